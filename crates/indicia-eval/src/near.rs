//! Items that look alike: perceptual hashes of files and clusters of them.

use std::collections::HashMap;
use std::path::Path;

use indicia_core::{Limits, Result};
use indicia_ops::phash::{NearPairs, PerceptualHash, near_pairs};

use crate::files;

/// Pairs of like hashes that are looked at, at most: more say no more.
const MOST_PAIRS: usize = 20_000_000;

/// The perceptual hash of a picture in a file.
///
/// # Errors
/// `Io`; those of decoding it.
pub fn hash_file(path: &Path, limits: &Limits) -> Result<PerceptualHash> {
    let evidence = indicia_codec::open(files::read(path, limits.bytes)?, limits.clone())?;
    Ok(*evidence.view::<PerceptualHash>(())?)
}

/// Pictures by their hashes, each hash once, with pairs of like hashes.
#[derive(Debug, Clone, Default)]
pub struct Alike {
    /// The hashes, in rising order.
    pub hashes: Vec<PerceptualHash>,
    /// The items of each hash, in rising order.
    pub items: Vec<Vec<u32>>,
    /// Pairs of places in `hashes`.
    pub pairs: NearPairs,
}

impl Alike {
    /// Groups the items that have a hash, and finds the pairs within `distance` bits (at most 4).
    pub fn of(hashes: &[Option<PerceptualHash>], distance: u32) -> Self {
        let mut order: Vec<(PerceptualHash, u32)> =
            hashes.iter().zip(0..).filter_map(|(hash, item)| Some(((*hash)?, item))).collect();
        order.sort_unstable();
        let mut out = Self::default();
        for same in order.chunk_by(|a, b| a.0 == b.0) {
            out.hashes.push(same[0].0);
            out.items.push(same.iter().map(|(_, item)| *item).collect());
        }
        out.pairs = near_pairs(&out.hashes, distance, MOST_PAIRS);
        out
    }

    /// Clusters of two items and more: each is within the distance of some other of its cluster. Items of a
    /// cluster and clusters are in rising order.
    pub fn clusters(&self) -> Vec<Vec<u32>> {
        let mut parent: Vec<u32> = (0..self.hashes.len() as u32).collect();
        for &(a, b, _) in &self.pairs.pairs {
            let (a, b) = (root(&mut parent, a), root(&mut parent, b));
            parent[a.max(b) as usize] = a.min(b);
        }
        let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
        for place in 0..self.hashes.len() as u32 {
            let root = root(&mut parent, place);
            members.entry(root).or_default().extend(&self.items[place as usize]);
        }
        let mut clusters: Vec<Vec<u32>> = members.into_values().filter(|items| items.len() > 1).collect();
        clusters.iter_mut().for_each(|items| items.sort_unstable());
        clusters.sort_unstable();
        clusters
    }
}

/// The root of a tree of a union-find, with paths halved on the way.
fn root(parent: &mut [u32], mut place: u32) -> u32 {
    while parent[place as usize] != place {
        parent[place as usize] = parent[parent[place as usize] as usize];
        place = parent[place as usize];
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_chain_near_hashes_and_leave_out_items_without_one() {
        let hash = |bits| Some(PerceptualHash(bits));
        // 0, 0b1111 and 0xFF are a chain of steps of four bits; item 2 has no hash; items 1 and 5 are equal.
        let far = 0xFFFF_0000_0000;
        let hashes = [hash(0), hash(far), None, hash(0xFF), hash(0b1111), hash(far), hash(0x5555_5555)];
        let alike = Alike::of(&hashes, 4);
        assert_eq!(alike.hashes.len(), 5);
        assert_eq!(alike.clusters(), [vec![0, 3, 4], vec![1, 5]]);
        assert_eq!(Alike::of(&hashes, 3).clusters(), [vec![1, 5]]);
        assert_eq!(Alike::of(&[], 4).clusters(), Vec::<Vec<u32>>::new());
    }
}

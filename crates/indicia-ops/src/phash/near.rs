use super::PerceptualHash;

/// Blocks that a hash is cut into. Hashes within [`MAX_DISTANCE`] bits agree wholly in at least two of them.
const BLOCKS: usize = 6;
/// First bit of each block, and the end of the last.
const EDGES: [u32; BLOCKS + 1] = [0, 11, 22, 33, 43, 54, 64];
/// Greatest distance that is found.
pub const MAX_DISTANCE: u32 = (BLOCKS - 2) as u32;

/// Pairs of like hashes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NearPairs {
    /// Places of the two hashes, the lower first, and their distance (at least 1), sorted.
    pub pairs: Vec<(u32, u32, u8)>,
    /// True if there were more pairs than were wanted.
    pub cut: bool,
}

/// All pairs among distinct hashes that differ in at most `distance` bits (at most 4), without comparing all
/// with all: of six blocks two must be equal, so that the hashes are sorted by each of the fifteen pairs of
/// blocks, and only those that share such a key are compared (Manku, Jain and Das Sarma, "Detecting
/// Near-Duplicates for Web Crawling", WWW 2007, section 3). The keys have 20 to 22 bits. Stops after
/// `at_most` pairs. Equal hashes are to be merged before.
///
/// # Panics
/// Never; a `distance` beyond 4 is taken as 4.
pub fn near_pairs(hashes: &[PerceptualHash], distance: u32, at_most: usize) -> NearPairs {
    let distance = distance.min(MAX_DISTANCE);
    let mut found = NearPairs::default();
    let mut order: Vec<(u64, u32)> = Vec::with_capacity(hashes.len());
    for (index, (a, b)) in pairs_of_blocks().enumerate() {
        let mask = block(a) | block(b);
        order.clear();
        order.extend(hashes.iter().zip(0..).map(|(hash, place)| (hash.0 & mask, place)));
        order.sort_unstable();
        for same in order.chunk_by(|x, y| x.0 == y.0) {
            for (i, &(_, first)) in same.iter().enumerate() {
                let hash = hashes[first as usize];
                for &(_, second) in &same[i + 1..] {
                    let difference = hash.0 ^ hashes[second as usize].0;
                    let bits = difference.count_ones();
                    // A pair that agrees in more than two blocks is met several times and counted at the first.
                    if bits <= distance && bits > 0 && first_agreement(difference) == index {
                        if found.pairs.len() >= at_most {
                            found.cut = true;
                            found.pairs.sort_unstable();
                            return found;
                        }
                        found.pairs.push((first, second, bits as u8));
                    }
                }
            }
        }
    }
    found.pairs.sort_unstable();
    found
}

fn block(index: usize) -> u64 {
    let ones = |bits: u32| if bits == 64 { u64::MAX } else { (1 << bits) - 1 };
    ones(EDGES[index + 1]) & !ones(EDGES[index])
}

fn pairs_of_blocks() -> impl Iterator<Item = (usize, usize)> {
    (0..BLOCKS).flat_map(|a| (a + 1..BLOCKS).map(move |b| (a, b)))
}

/// Number of the first pair of blocks in which hashes of this difference agree.
fn first_agreement(difference: u64) -> usize {
    pairs_of_blocks().position(|(a, b)| difference & (block(a) | block(b)) == 0).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_with_all(hashes: &[PerceptualHash], distance: u32) -> Vec<(u32, u32, u8)> {
        let mut out = vec![];
        for (i, a) in hashes.iter().enumerate() {
            for (j, b) in hashes.iter().enumerate().skip(i + 1) {
                let bits = a.distance(*b);
                if (1..=distance).contains(&bits) {
                    out.push((i as u32, j as u32, bits as u8));
                }
            }
        }
        out
    }

    #[test]
    fn blocks_cover_all_bits_once() {
        assert_eq!((0..BLOCKS).map(block).fold(0, |all, b| all ^ b), u64::MAX);
        assert_eq!(pairs_of_blocks().count(), 15);
    }

    #[test]
    fn the_pairs_are_those_of_comparing_all_with_all() {
        // Clusters around a few centres: every bit pattern of up to five changed bits occurs.
        let mut state = 1_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 20 ^ state << 21
        };
        let centres: Vec<u64> = (0..6).map(|_| next()).collect();
        let mut hashes: Vec<PerceptualHash> = (0..600)
            .map(|i| {
                let flips = (0..i % 4).fold(0, |bits, _| bits | 1 << (next() >> 7 & 63));
                PerceptualHash(centres[i % 6] ^ flips)
            })
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        for distance in 0..=4 {
            let found = near_pairs(&hashes, distance, usize::MAX);
            assert_eq!(found.pairs, all_with_all(&hashes, distance), "{distance}");
            assert!(!found.cut);
        }
        let all = near_pairs(&hashes, 4, usize::MAX).pairs.len();
        assert!(all > 1000);
        let few = near_pairs(&hashes, 4, 10);
        assert!(few.cut && few.pairs.len() == 10);
        assert_eq!(near_pairs(&[], 4, 10), NearPairs::default());
    }
}

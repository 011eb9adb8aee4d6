//! Which forgeries are made of which sources.

use indicia_core::{Error, Result};
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::kinds::Kind;
use super::recipe::Source;

/// Sources that are tried for one forgery.
const TRIED: usize = 60;

/// A part of a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    /// Its name, such as `train`.
    pub name: String,
    /// Its share of the groups.
    pub share: f64,
}

/// For each source the number of its split. Sources of one group come into the same; groups are spread in
/// random order so that every split holds its share of them, to the nearest whole number.
///
/// # Errors
/// `Configuration` if there are no splits, a share is not above 0, or they do not sum to 1 (within 0.001).
pub fn splits(sources: &[Source], shares: &[Share], seed: u64) -> Result<Vec<usize>> {
    let total: f64 = shares.iter().map(|s| s.share).sum();
    if shares.iter().any(|s| !s.share.is_finite() || s.share <= 0.0) || (total - 1.0).abs() > 1e-3 {
        return Err(Error::configuration(format!(
            "expected splits with shares above 0 that sum to 1, got {total} in all"
        )));
    }
    let mut groups: Vec<&str> = sources.iter().map(|s| s.group.as_str()).collect();
    groups.sort_unstable();
    groups.dedup();
    let mut order = groups.clone();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    let mut of_group = vec![0; groups.len()];
    let (mut next, mut until) = (0, 0.0);
    for (split, share) in shares.iter().enumerate() {
        until += share.share * groups.len() as f64;
        let last = split + 1 == shares.len();
        while next < order.len() && (last || next < until.round() as usize) {
            if let Ok(at) = groups.binary_search(&order[next]) {
                of_group[at] = split;
            }
            next += 1;
        }
    }
    let split = |s: &Source| groups.binary_search(&s.group.as_str()).map_or(0, |at| of_group[at]);
    Ok(sources.iter().map(split).collect())
}

/// One forgery to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its number, from 0.
    pub number: u64,
    /// Its kind; `None` for an authentic picture.
    pub kind: Option<Kind>,
    /// Sources to try, in order, until one serves.
    pub sources: Vec<usize>,
}

/// All forgeries of a data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// They, by number.
    pub jobs: Vec<Job>,
    seed: u64,
}

impl Plan {
    /// `count` forgeries of each kind from `sources` sources, or of each kind and source. The sources of a
    /// kind take turns in random order; where one does not serve, those after it are tried.
    pub fn new(kinds: &[Option<Kind>], sources: usize, count: u64, per_source: bool, seed: u64) -> Self {
        let mut jobs = vec![];
        for (k, kind) in kinds.iter().enumerate() {
            let mut order: Vec<usize> = (0..sources).collect();
            if !per_source {
                let mut rng = ChaCha8Rng::seed_from_u64(seed);
                // Streams of items begin at 0.
                rng.set_stream(u64::MAX - k as u64);
                order.shuffle(&mut rng);
            }
            let rounds = if per_source { sources as u64 * count } else { count };
            for n in 0..rounds {
                let first = if per_source { n / count } else { n % sources.max(1) as u64 } as usize;
                let tried = if per_source { 1 } else { sources.min(TRIED) };
                let sources = (0..tried).map(|i| order[(first + i) % sources]).collect();
                jobs.push(Job { number: jobs.len() as u64, kind: *kind, sources });
            }
        }
        Self { jobs, seed }
    }

    /// Random numbers of a job's try with one of its sources.
    pub fn random(&self, job: &Job, attempt: usize) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(job.number * TRIED as u64 + attempt as u64);
        rng
    }
}

/// A source for a region of a splice: of the same split as `source`, of another group. `None` if there is
/// none.
pub fn donor(sources: &[Source], splits: &[usize], source: usize, rng: &mut ChaCha8Rng) -> Option<usize> {
    let suits = |i: &usize| splits[*i] == splits[source] && sources[*i].group != sources[source].group;
    let count = (0..sources.len()).filter(suits).count();
    (count > 0).then(|| rng.random_range(0..count)).and_then(|n| (0..sources.len()).filter(suits).nth(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(groups: &[&str]) -> Vec<Source> {
        let source = |group: &&str| Source {
            path: String::new(),
            digest: String::new(),
            group: (*group).to_owned(),
            domain: None,
            quality: None,
            width: 64,
            height: 64,
        };
        groups.iter().map(source).collect()
    }

    fn shares(shares: &[f64]) -> Vec<Share> {
        shares.iter().map(|share| Share { name: String::new(), share: *share }).collect()
    }

    #[test]
    fn splits_hold_their_shares_and_keep_groups_together() {
        let names: Vec<String> = (0..20).map(|i| (i / 2).to_string()).collect();
        let all = sources(&names.iter().map(String::as_str).collect::<Vec<_>>());
        for seed in 0..10 {
            let split = splits(&all, &shares(&[0.7, 0.3]), seed).unwrap();
            assert_eq!(split.iter().filter(|s| **s == 0).count(), 14);
            assert!((0..10).all(|i| split[2 * i] == split[2 * i + 1]));
        }
        let drawn = |seed| splits(&all, &shares(&[0.5, 0.5]), seed).unwrap();
        assert_ne!(drawn(0), drawn(1));
        for bad in [&[][..], &[0.5], &[1.5, -0.5], &[f64::NAN, 1.0]] {
            assert!(splits(&all, &shares(bad), 0).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn donors_come_from_the_same_split_and_another_group() {
        let all = sources(&["a", "a", "b", "c", "d"]);
        let split = [0, 0, 0, 1, 1];
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        for _ in 0..20 {
            assert_eq!(donor(&all, &split, 0, &mut rng), Some(2));
            assert_eq!(donor(&all, &split, 3, &mut rng), Some(4));
            assert!(donor(&all, &split, 2, &mut rng).is_some_and(|d| d < 2));
        }
        assert_eq!(donor(&all, &[0, 0, 1, 2, 3], 0, &mut rng), None);
    }

    #[test]
    fn sources_take_turns() {
        let plan = Plan::new(&[Some(Kind::Splice), None], 3, 7, false, 5);
        assert_eq!(plan.jobs.len(), 14);
        for kind in plan.jobs.chunks(7) {
            let mut first: Vec<usize> = kind.iter().map(|job| job.sources[0]).collect();
            assert_eq!(first[0], first[3]);
            first.truncate(3);
            first.sort_unstable();
            assert_eq!(first, [0, 1, 2]);
            assert!(kind.iter().all(|job| job.sources.len() == 3));
        }
        let plan = Plan::new(&[Some(Kind::Splice)], 3, 2, true, 5);
        let sources: Vec<_> = plan.jobs.iter().map(|job| job.sources.clone()).collect();
        assert_eq!(sources, [[0], [0], [1], [1], [2], [2]]);
        let numbers = |attempt| plan.random(&plan.jobs[1], attempt).random::<u64>();
        assert_ne!(numbers(0), numbers(1));
        assert_eq!(numbers(1), numbers(1));
    }
}

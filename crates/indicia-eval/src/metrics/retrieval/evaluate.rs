use indicia_core::{Error, Result};

use super::catalogue::METRICS;
use crate::metrics::Section;
use crate::stats::{
    Bootstrap, Estimate, Groups, IntervalMethod, Tallies, estimate_sums, percentile_interval,
};

/// A reference that was returned for a query.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pair {
    /// Query, as an index.
    pub query: u32,
    /// Score, higher is more alike.
    pub score: f64,
    /// Whether the reference is a true one of the query.
    pub is_true: bool,
}

/// Ranks of recall.
const RANKS: [usize; 3] = [1, 5, 10];

/// Columns of a query: true references, those at the ranks, whether it has any, average precision, one over
/// the first rank.
const COLUMNS: usize = RANKS.len() + 4;

/// Precision of `recall_at_p90`.
const PRECISION: f64 = 0.9;

/// Measures retrieval. `truths` holds the number of true references of each query, returned or not, and
/// `groups` a number for each query; intervals are of the bootstrap over them. Queries without a true
/// reference only add wrong pairs.
///
/// # Errors
/// `Input` for a score that is NaN, a query out of range, more true pairs than a query has references, and
/// groups that are not as many as queries.
pub fn evaluate(pairs: &[Pair], truths: &[u32], groups: &[u32], bootstrap: Bootstrap) -> Result<Section> {
    if groups.len() != truths.len() {
        let (want, got) = (truths.len(), groups.len());
        return Err(Error::input(format!("expected as many groups as queries ({want}), got {got}")));
    }
    let mut found = vec![0; truths.len()];
    for (number, pair) in pairs.iter().enumerate() {
        if pair.score.is_nan() {
            return Err(Error::input(format!("expected a number as score of pair {number}, got NaN")));
        }
        let Some(found) = found.get_mut(pair.query as usize) else {
            let (queries, got) = (truths.len(), pair.query);
            return Err(Error::input(format!(
                "expected a query below {queries} in pair {number}, got {got}"
            )));
        };
        *found += u32::from(pair.is_true);
    }
    if let Some(query) = (0..truths.len()).find(|query| found[*query] > truths[*query]) {
        let (truths, found) = (truths[query], found[query]);
        return Err(Error::input(format!(
            "expected at most {truths} true pairs of query {query}, got {found}"
        )));
    }
    // Falling scores, wrong pairs first among equal ones.
    let mut ranked = pairs.to_vec();
    // Adding 0 makes -0 and 0 one score.
    ranked.iter_mut().for_each(|pair| pair.score += 0.0);
    ranked.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.is_true.cmp(&b.is_true)));
    let groups = Groups::from_ids(groups)?;
    let mut estimates = pooled(&ranked, truths, &groups, bootstrap).to_vec();
    estimates.extend(estimate_sums(&by_query(&mut ranked, truths), &groups, bootstrap, values));
    let count = |wanted: fn(&u32) -> bool| truths.iter().filter(|count| wanted(count)).count() as u64;
    Ok(Section {
        name: "retrieval",
        counts: vec![
            ("queries", truths.len() as u64),
            ("queries_with_truth", count(|truths| *truths > 0)),
            ("groups", groups.len() as u64),
            ("pairs", pairs.len() as u64),
            ("true_pairs", truths.iter().map(|count| u64::from(*count)).sum()),
            ("true_pairs_returned", found.iter().map(|count| u64::from(*count)).sum()),
        ],
        protocol: "pairs by falling score, wrong ones first among equal scores".to_owned(),
        metrics: METRICS.iter().zip(estimates).collect(),
        by_type: vec![],
        of: String::new(),
    })
}

/// Micro-average precision and recall at the precision, of ranked pairs.
fn pooled(ranked: &[Pair], truths: &[u32], groups: &Groups, bootstrap: Bootstrap) -> [Option<Estimate>; 2] {
    let mut group_of = vec![0_u32; truths.len()];
    let mut truths_of = vec![0.0; groups.len()];
    for (group, range) in groups.ranges().enumerate() {
        for &query in &groups.items()[range] {
            group_of[query as usize] = group as u32;
            truths_of[group] += f64::from(truths[query as usize]);
        }
    }
    let pairs: Vec<(u32, bool)> =
        ranked.iter().map(|pair| (group_of[pair.query as usize], pair.is_true)).collect();
    let measure = |draws: &[u32]| {
        let truths: f64 = truths_of.iter().zip(draws).map(|(truths, draws)| truths * f64::from(*draws)).sum();
        let (mut right, mut returned, mut area, mut recall) = (0.0, 0.0, 0.0, 0.0);
        for (group, is_true) in &pairs {
            // A pair that was drawn several times comes several times, one after the other.
            let draws = draws[*group as usize];
            if !is_true {
                returned += f64::from(draws);
                continue;
            }
            for _ in 0..draws {
                right += 1.0;
                returned += 1.0;
                area += right / returned;
                if right / returned >= PRECISION {
                    recall = right;
                }
            }
        }
        (truths > 0.0).then(|| [area / truths, recall / truths])
    };
    let exact = measure(&vec![1; groups.len()]);
    let drawn = match groups.len() {
        0 | 1 => vec![],
        count => bootstrap.run(count, || (), |(), draws| measure(draws)),
    };
    [0, 1].map(|place| {
        let interval = percentile_interval(drawn.iter().map(|values| Some(values.as_ref()?[place])));
        Some(Estimate::new(exact.as_ref()?[place], interval, IntervalMethod::Bootstrap))
    })
}

/// What is counted of each query. Takes ranked pairs and sorts them by query.
fn by_query(ranked: &mut [Pair], truths: &[u32]) -> Tallies {
    ranked.sort_by_key(|pair| pair.query);
    let mut tallies = Tallies::new(COLUMNS);
    let mut rest = &*ranked;
    for (query, &truths) in truths.iter().enumerate() {
        let (own, others) = rest.split_at(rest.partition_point(|pair| pair.query as usize <= query));
        rest = others;
        let mut row = [0.0; COLUMNS];
        let (mut right, mut area) = (0.0, 0.0);
        for (place, _) in own.iter().enumerate().filter(|(_, pair)| pair.is_true) {
            let rank = place + 1;
            right += 1.0;
            area += right / rank as f64;
            if right == 1.0 {
                row[COLUMNS - 1] = 1.0 / rank as f64;
            }
            for (column, at) in row[1..].iter_mut().zip(RANKS) {
                *column += f64::from(u8::from(rank <= at));
            }
        }
        if truths > 0 {
            row[0] = f64::from(truths);
            row[RANKS.len() + 1] = 1.0;
            row[RANKS.len() + 2] = area / f64::from(truths);
        }
        tallies.push(row.into_iter().enumerate());
    }
    tallies
}

fn values(sums: &[f64]) -> Vec<Option<f64>> {
    let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
    let queries = sums[RANKS.len() + 1];
    let recalls = sums[1..=RANKS.len()].iter().map(|hits| share(*hits, sums[0]));
    let means = sums[RANKS.len() + 2..].iter().map(|sum| share(*sum, queries));
    recalls.chain(means).collect()
}

use indicia_core::{Error, Result};
use rayon::prelude::*;

use super::catalogue::{METRICS, WAYS, named};
use super::count::{Document, any, count, pair};
use crate::metrics::{Definition, Section};
use crate::stats::{Bootstrap, Estimate, Groups, Tallies, estimate_sums};

/// Most types: every resample holds the values of all.
pub const MAX_TYPES: usize = 1000;

/// What is reported of one type after its exact, overlap and token metrics.
const OF_TYPE: [&str; 5] =
    ["binary_exact_recall", "binary_overlap_recall", "binary_token_recall", "char_recall", "covered_recall"];

/// Values of one type: four for each of three ways, then [`OF_TYPE`].
const VALUES: usize = 12 + OF_TYPE.len();

/// Measures spans: all together and by type, with intervals of the bootstrap over groups (one number a
/// document). Spans of types that do not occur are in no mean.
///
/// # Errors
/// `Input` for a span without characters, a type without name, tokens that are not in order and groups that
/// are not as many as documents; `Limits` for more than [`MAX_TYPES`] types.
pub fn evaluate(
    documents: &[Document],
    types: &[String],
    groups: &[u32],
    bootstrap: Bootstrap,
) -> Result<Section> {
    if types.len() > MAX_TYPES {
        return Err(Error::limits(format!("expected at most {MAX_TYPES} types, got {}", types.len())));
    }
    if groups.len() != documents.len() {
        let (want, got) = (documents.len(), groups.len());
        return Err(Error::input(format!("expected as many groups as documents ({want}), got {got}")));
    }
    let mut tallies = Tallies::new(pair::COUNT + types.len() * any::COLUMNS);
    for (number, document) in documents.iter().enumerate() {
        check(document, types.len()).map_err(|e| Error::input(format!("document {number}: {e}")))?;
    }
    let counted: Vec<_> = documents.par_iter().map(count).collect();
    counted.into_iter().for_each(|cells| tallies.push(cells));
    let groups = Groups::from_ids(groups)?;
    let tokenised = documents.iter().filter(|document| document.tokens.is_some()).count();
    let with_tokens = tokenised == documents.len();
    let estimates = estimate_sums(&tallies, &groups, bootstrap, |sums| values(sums, with_tokens));

    let sums = tallies.sums();
    let number = |place: usize| sums[place] as u64;
    let all = &estimates[..METRICS.len()];
    let mut by_type = vec![];
    for ((index, name), own) in types.iter().enumerate().zip(estimates[METRICS.len()..].chunks(VALUES)) {
        let base = pair::COUNT + index * any::COLUMNS;
        let (truth, predicted) = (number(base + pair::TRUE), number(base + pair::PREDICTED));
        if truth + predicted == 0 {
            continue;
        }
        let rest = OF_TYPE.iter().filter_map(|id| named(id));
        by_type.push(Section {
            name: "spans",
            counts: vec![("true_spans", truth), ("predicted_spans", predicted)],
            protocol: String::new(),
            metrics: METRICS[..12].iter().chain(rest).zip(own.iter().copied()).collect(),
            by_type: vec![],
            of: name.clone(),
        });
    }
    let of_types = |column: usize| by_type.iter().map(|section| section.counts[column].1).sum();
    let mut protocol =
        "spans of half-open character ranges, each counted once a document and type".to_owned();
    if !with_tokens {
        let without = documents.len() - tokenised;
        protocol += &format!(
            "; no token metrics, since {without} of {} documents have neither text nor tokens",
            documents.len()
        );
    }
    let metrics: Vec<(&'static Definition, Option<Estimate>)> =
        METRICS.iter().zip(all.iter().copied()).collect();
    Ok(Section {
        name: "spans",
        counts: vec![
            ("documents", documents.len() as u64),
            ("groups", groups.len() as u64),
            ("true_spans", of_types(0)),
            ("predicted_spans", of_types(1)),
        ],
        protocol,
        metrics,
        by_type,
        of: String::new(),
    })
}

fn check(document: &Document, types: usize) -> Result<()> {
    for span in document.truth.iter().chain(&document.predicted) {
        if span.start >= span.end {
            let (start, end) = (span.start, span.end);
            return Err(Error::input(format!(
                "expected a span that ends after its start {start}, got end {end}"
            )));
        }
        if span.kind as usize >= types {
            return Err(Error::input(format!("expected a type below {types}, got {}", span.kind)));
        }
    }
    let tokens = document.tokens.as_deref().unwrap_or_default();
    let ordered =
        tokens.iter().all(|(start, end)| start < end) && tokens.windows(2).all(|w| w[0].1 <= w[1].0);
    if ordered { Ok(()) } else { Err(Error::input("expected tokens in order that do not overlap")) }
}

/// Fβ of precision and recall; 0 where only one of them can be told, `None` where neither can.
fn f(beta: f64, precision: Option<f64>, recall: Option<f64>) -> Option<f64> {
    match (precision, recall) {
        (None, None) => None,
        (Some(p), Some(r)) if p + r > 0.0 => {
            let beta = beta * beta;
            Some((1.0 + beta) * p * r / (beta * p + r))
        }
        _ => Some(0.0),
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Precision, recall, F1 and F2.
fn four(right: f64, predicted: f64, found: f64, truth: f64) -> [Option<f64>; 4] {
    let (precision, recall) = (share(right, predicted), share(found, truth));
    [precision, recall, f(1.0, precision, recall), f(2.0, precision, recall)]
}

/// The three ways to compare, of sums that begin as those of `pair`.
fn ways(sums: &[f64], with_tokens: bool) -> [[Option<f64>; 4]; 3] {
    use pair::{EXACT, FOUND, PREDICTED, PREDICTED_TOKENS, RIGHT, TOKENS, TRUE, TRUE_TOKENS};
    let exact = four(sums[EXACT], sums[PREDICTED], sums[EXACT], sums[TRUE]);
    let overlap = four(sums[RIGHT], sums[PREDICTED], sums[FOUND], sums[TRUE]);
    let token = four(sums[TOKENS], sums[PREDICTED_TOKENS], sums[TOKENS], sums[TRUE_TOKENS]);
    [exact, overlap, if with_tokens { token } else { [None; 4] }]
}

/// All metrics, then `VALUES` for each type.
fn values(sums: &[f64], with_tokens: bool) -> Vec<Option<f64>> {
    let (binary, types) = sums.split_at(pair::COUNT);
    let mut total = [0.0; any::COLUMNS];
    let mut means = [[(0.0, 0.0); 4]; 3];
    let mut of_types = Vec::with_capacity(types.len() / any::COLUMNS * VALUES);
    for own in types.chunks(any::COLUMNS) {
        total.iter_mut().zip(own).for_each(|(sum, count)| *sum += count);
        let ways = ways(own, with_tokens);
        for (mean, values) in means.iter_mut().zip(&ways) {
            // F1 has a value wherever the type occurs; what else is not there counts 0.
            for (mean, value) in mean.iter_mut().zip(values).filter(|_| values[2].is_some()) {
                *mean = (mean.0 + value.unwrap_or(0.0), mean.1 + 1.0);
            }
        }
        of_types.extend(ways.into_iter().flatten());
        of_types.extend([
            share(own[any::EXACT], own[pair::TRUE]),
            share(own[any::FOUND], own[pair::TRUE]),
            share(own[any::TOKENS], own[pair::TRUE_TOKENS]).filter(|_| with_tokens),
            share(own[pair::COVERED], own[pair::TRUE_CHARS]),
            share(own[any::COVERED], own[pair::TRUE]),
        ]);
    }
    let binary_ways = ways(binary, with_tokens);
    let covered = share(total[any::COVERED], total[pair::TRUE]);
    let mut all = Vec::with_capacity(METRICS.len() + of_types.len());
    all.extend(ways(&total, with_tokens).into_iter().flatten());
    all.extend(means.into_iter().flatten().map(|(sum, count)| share(sum, count)));
    all.extend(binary_ways.into_iter().flatten());
    debug_assert_eq!(all.len(), WAYS * 4);
    all.push(share(binary[pair::COVERED], binary[pair::TRUE_CHARS]));
    all.push(covered);
    all.push(f(2.0, binary_ways[1][0], covered));
    all.extend(of_types);
    all
}

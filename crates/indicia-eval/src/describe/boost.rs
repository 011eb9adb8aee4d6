//! Boosted stumps (Friedman, Annals of Statistics 29, 2001, with the second-order steps of Chen and Guestrin, KDD
//! 2016): enough to add up what single properties tell.

use rayon::prelude::*;

use super::confounds::{Feature, Values, encoded};

/// Stumps of a model.
const ROUNDS: usize = 60;
/// Share of each step that is taken.
const RATE: f64 = 0.3;
/// Added to the curvature of a leaf, so that few items move little.
const RIDGE: f64 = 1.0;
/// Least curvature of a leaf, some 20 items that are undecided.
const LEAST: f64 = 5.0;
/// Bins of a property.
const BINS: usize = 32;
/// Items that a model is trained on, at most.
const MOST_ITEMS: usize = 200_000;

/// Numbers in at most `most` bins of about equal size, equal values together, and how many bins there are. Labels
/// are not looked at.
pub(super) fn bins(values: &[f64], most: usize) -> (Vec<u32>, usize) {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|v| !v.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    // Bins end below these values.
    let edges: Vec<f64> = if distinct.len() <= most {
        distinct.into_iter().skip(1).collect()
    } else {
        let mut edges: Vec<f64> = (1..most).map(|k| sorted[k * sorted.len() / most]).collect();
        edges.dedup();
        edges.retain(|edge| *edge > sorted[0]);
        edges
    };
    let bin = |value: &f64| match value.is_nan() {
        true => edges.len() as u32 + 1,
        false => edges.partition_point(|edge| edge <= value) as u32,
    };
    (values.iter().map(bin).collect(), edges.len() + 2)
}

/// Scores of every item by models that were trained on the other folds. `None` if every property is the same for
/// all.
pub(super) fn out_of_fold(
    features: &[&Feature],
    labels: &[bool],
    folds: &[u32],
    count: u32,
) -> Option<Vec<f64>> {
    let step = labels.len().div_ceil(MOST_ITEMS).max(1);
    let mut scores = vec![0.0; labels.len()];
    let mut told = false;
    for fold in 0..count {
        // Words become shares of fakes without a look at the labels of this fold.
        let column = |feature: &&Feature| {
            let (bins, count) = match feature.values() {
                Values::Numbers(values) => bins(values, BINS),
                Values::Categories(values) => bins(&encoded(values, labels, folds, Some(fold)), BINS),
            };
            (bins.iter().map(|b| *b as u8).collect(), count)
        };
        let columns: Vec<(Vec<u8>, usize)> = features.par_iter().map(column).collect();
        let train: Vec<usize> = (0..labels.len()).filter(|i| folds[*i] != fold).step_by(step).collect();
        let model = train_model(&columns, labels, &train);
        told |= !model.is_empty();
        for item in (0..labels.len()).filter(|i| folds[*i] == fold) {
            scores[item] = model.iter().map(|stump| stump.of(&columns, item)).sum();
        }
    }
    told.then_some(scores)
}

/// One step: items in bins below `edge` of a property get one value, the others another.
struct Stump {
    column: usize,
    edge: u8,
    below: f64,
    above: f64,
}

impl Stump {
    fn of(&self, columns: &[(Vec<u8>, usize)], item: usize) -> f64 {
        if columns[self.column].0[item] < self.edge { self.below } else { self.above }
    }
}

fn train_model(columns: &[(Vec<u8>, usize)], labels: &[bool], train: &[usize]) -> Vec<Stump> {
    let mut margins = vec![0.0_f64; train.len()];
    let mut model = vec![];
    for _ in 0..ROUNDS {
        // Gradient and curvature of the logistic loss.
        let slopes: Vec<(f64, f64)> = margins
            .iter()
            .zip(train)
            .map(|(margin, item)| {
                let p = 1.0 / (1.0 + (-margin).exp());
                (f64::from(u8::from(labels[*item])) - p, p * (1.0 - p))
            })
            .collect();
        let best = columns
            .par_iter()
            .enumerate()
            .filter_map(|(column, (bins, count))| best_edge(column, bins, *count, train, &slopes))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.column.cmp(&a.1.column)));
        let Some((gain, stump)) = best else { break };
        if gain <= 1e-9 {
            break;
        }
        for (margin, item) in margins.iter_mut().zip(train) {
            *margin += stump.of(columns, *item);
        }
        model.push(stump);
    }
    model
}

/// The best place to cut a property, with what it gains.
fn best_edge(
    column: usize,
    bins: &[u8],
    count: usize,
    train: &[usize],
    slopes: &[(f64, f64)],
) -> Option<(f64, Stump)> {
    let mut sums = vec![(0.0, 0.0); count];
    for (item, slope) in train.iter().zip(slopes) {
        let sum = &mut sums[usize::from(bins[*item])];
        sum.0 += slope.0;
        sum.1 += slope.1;
    }
    let total = sums.iter().fold((0.0, 0.0), |t, s| (t.0 + s.0, t.1 + s.1));
    let worth = |g: f64, h: f64| g * g / (h + RIDGE);
    let mut below = (0.0, 0.0);
    let mut best: Option<(f64, Stump)> = None;
    for edge in 1..count {
        below = (below.0 + sums[edge - 1].0, below.1 + sums[edge - 1].1);
        let above = (total.0 - below.0, total.1 - below.1);
        if below.1 < LEAST || above.1 < LEAST {
            continue;
        }
        let gain = worth(below.0, below.1) + worth(above.0, above.1) - worth(total.0, total.1);
        if best.as_ref().is_none_or(|(known, _)| gain > *known) {
            let step = |(g, h): (f64, f64)| RATE * g / (h + RIDGE);
            let stump = Stump { column, edge: edge as u8, below: step(below), above: step(above) };
            best = Some((gain, stump));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_keep_equal_values_together_and_put_missing_ones_last() {
        assert_eq!(bins(&[3.0, 1.0, f64::NAN, 3.0, 2.0], 32), (vec![2, 0, 3, 2, 1], 4));
        let many: Vec<f64> = (0..1000).map(f64::from).collect();
        let (found, count) = bins(&many, 10);
        assert_eq!((count, found[0], found[99], found[100], found[999]), (11, 0, 0, 1, 9));
        let (found, _) = bins(&[vec![0.0; 900], many].concat(), 10);
        assert!(found[..901].iter().all(|b| *b == 0));
        assert_eq!(bins(&[], 4), (vec![], 2));
    }
}

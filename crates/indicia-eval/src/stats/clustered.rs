use indicia_core::Result;
use serde::Serialize;

use super::NORMAL_975;
use super::delong::structural_components;

/// Area under the ROC curve where items of a group are not independent, and where scores compare only within a
/// stratum, as those of different folds of a cross-validation: the mean of the strata's areas, weighted by
/// their numbers of pairs.
///
/// Variance after Obuchowski (Biometrics 53, 1997): DeLong's structural components are summed within a group
/// before they are squared. With one stratum and each item its own group it is DeLong's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClusteredAuc {
    /// The area.
    pub auc: f64,
    /// Its variance.
    pub variance: f64,
    /// Normal 95 % interval, cut to between 0 and 1; `None` from a single group.
    pub ci95: Option<[f64; 2]>,
}

impl ClusteredAuc {
    /// From a score, label, stratum and group an item. Strata in which a class has fewer than two items are
    /// left out; `None` if none is left.
    ///
    /// # Errors
    ///
    /// `Input` where the lengths differ or a score is NaN.
    pub fn of(scores: &[f64], labels: &[bool], strata: &[u32], groups: &[u32]) -> Result<Option<Self>> {
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        order.sort_by_key(|&i| strata.get(i as usize));
        let (mut pairs, mut area) = (0.0, 0.0);
        let mut influence: Vec<(u32, f64)> = Vec::with_capacity(scores.len());
        for stratum in order.chunk_by(|&a, &b| strata.get(a as usize) == strata.get(b as usize)) {
            let of = |i: &u32| *i as usize;
            let scores: Vec<f64> = stratum.iter().map(|i| scores[of(i)]).collect();
            let classes: Vec<bool> = stratum.iter().filter_map(|i| labels.get(of(i)).copied()).collect();
            let Some((auc, shares)) = structural_components(&scores, &classes)? else { continue };
            let positives = classes.iter().filter(|l| **l).count() as f64;
            let negatives = classes.len() as f64 - positives;
            let weight = positives * negatives;
            pairs += weight;
            area += weight * auc;
            for ((item, share), label) in stratum.iter().zip(shares).zip(classes) {
                let n = if label { positives } else { negatives };
                // The root makes the sum of squares that of a sample variance.
                let part = weight * (share - auc) / n * (n / (n - 1.0)).sqrt();
                influence.push((groups.get(of(item)).copied().unwrap_or(*item), part));
            }
        }
        if pairs == 0.0 {
            return Ok(None);
        }
        influence.sort_by_key(|(group, _)| *group);
        let of_groups = influence.chunk_by(|a, b| a.0 == b.0);
        let several = of_groups.clone().nth(1).is_some();
        let squares: f64 =
            of_groups.map(|group| group.iter().map(|(_, part)| part).sum::<f64>().powi(2)).sum();
        let (auc, variance) = (area / pairs, squares / (pairs * pairs));
        let half = NORMAL_975 * variance.sqrt();
        let ci95 = several.then(|| [(auc - half).max(0.0), (auc + half).min(1.0)]);
        Ok(Some(Self { auc, variance, ci95 }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::DeLong;

    #[test]
    fn single_items_in_one_stratum_give_delong() {
        let scores = [0.1, 0.4, 0.35, 0.8, 0.6, 0.6, 0.2];
        let labels = [false, false, true, true, false, true, true];
        let groups: Vec<u32> = (0..7).collect();
        let clustered = ClusteredAuc::of(&scores, &labels, &[0; 7], &groups).unwrap().unwrap();
        let delong = DeLong::of(&scores, &labels).unwrap().unwrap();
        assert!((clustered.auc - delong.auc).abs() < 1e-12);
        assert!((clustered.variance - delong.variance).abs() < 1e-12);
    }

    #[test]
    fn copies_in_a_group_add_no_certainty() {
        let scores = [0.1, 0.4, 0.35, 0.8, 0.6, 0.5];
        let labels = [false, false, true, true, false, true];
        let copy = |n: usize| {
            let (mut s, mut l, mut g) = (vec![], vec![], vec![]);
            for i in 0..6 {
                for _ in 0..n {
                    s.push(scores[i]);
                    l.push(labels[i]);
                    g.push(i as u32);
                }
            }
            ClusteredAuc::of(&s, &l, &vec![0; s.len()], &g).unwrap().unwrap()
        };
        let (one, many) = (copy(1), copy(50));
        assert!((one.auc - many.auc).abs() < 1e-12);
        // Apart from n - 1 in place of n: 3 items a class.
        assert!((many.variance * 150.0 / 149.0 / (one.variance * 2.0 / 3.0) - 1.0).abs() < 0.02);
    }

    #[test]
    fn strata_are_compared_within() {
        // Each stratum ranks perfectly; between them all scores are the wrong way round.
        let scores = [0.0, 0.1, 0.2, 0.3, 0.5, 0.6, 0.7, 0.8];
        let labels = [false, false, true, true, false, false, true, true];
        let strata = [0, 0, 0, 0, 1, 1, 1, 1];
        let groups: Vec<u32> = (0..8).collect();
        let found = ClusteredAuc::of(&scores, &labels, &strata, &groups).unwrap().unwrap();
        assert_eq!((found.auc, found.variance), (1.0, 0.0));
        let lone = ClusteredAuc::of(&scores[..3], &labels[..3], &strata[..3], &groups[..3]).unwrap();
        assert_eq!(lone, None);
        assert!(ClusteredAuc::of(&[f64::NAN; 4], &labels[..4], &strata[..4], &groups[..4]).is_err());
    }
}

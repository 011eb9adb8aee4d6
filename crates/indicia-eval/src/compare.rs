//! Detectors that judged the same items, in pairs.

use std::collections::HashMap;

use indicia_core::Result;
use serde::Serialize;

use crate::metrics::binary::{self, Comparison};
use crate::score::{Items, Options, Predictions, kind_of, rows_by_series, scored};

/// Two detectors on the items that both scored.
#[derive(Debug, Clone, Serialize)]
pub struct Pair {
    /// The first.
    pub first: String,
    /// The second.
    pub second: String,
    /// Condition of both.
    pub condition: String,
    /// Items that both scored; only these are compared.
    pub items: usize,
    /// Differences, the first minus the second.
    pub comparison: Comparison,
}

/// Compares every two detectors under the same condition, training set and seed, on the items that both
/// scored: paired bootstrap over groups for every metric, DeLong's test for the AUC.
///
/// # Errors
/// `Input` as [`crate::score::score`].
pub fn compare(predictions: &Predictions, options: &Options<'_>) -> Result<Vec<Pair>> {
    let rows = rows_by_series(predictions, |index| scored(predictions, index));
    let series = predictions.series();
    let mut pairs = vec![];
    for (a, first) in series.iter().enumerate() {
        for (b, second) in series.iter().enumerate().skip(a + 1) {
            let same = (&first.condition, &first.trained_on, &first.seed)
                == (&second.condition, &second.trained_on, &second.seed);
            if !same || first.detector == second.detector {
                continue;
            }
            let of_first: HashMap<u32, u32> =
                rows[a].iter().map(|&index| (predictions.rows[index as usize].item, index)).collect();
            let shared: Vec<(u32, u32)> = rows[b]
                .iter()
                .filter_map(|&index| Some((*of_first.get(&predictions.rows[index as usize].item)?, index)))
                .collect();
            if shared.is_empty() {
                continue;
            }
            let (rows_a, rows_b): (Vec<u32>, Vec<u32>) = shared.iter().copied().unzip();
            let sides = [(&rows_a, first), (&rows_b, second)].map(|(rows, series)| {
                let kind = kind_of(predictions, rows, series, options).0;
                Items::of_rows(predictions, rows).map(|items| (items, kind))
            });
            let [one, two] = sides;
            let ((one, kind_one), (two, kind_two)) = (one?, two?);
            let settings = binary::Options { bootstrap: options.bootstrap, ..binary::Options::default() };
            let comparison = binary::compare(
                &one.predictions(kind_one, options.threshold),
                &two.predictions(kind_two, options.threshold),
                one.labels(),
                Some(one.groups()),
                &settings,
            )?;
            pairs.push(Pair {
                first: first.detector.clone(),
                second: second.detector.clone(),
                condition: first.condition.clone(),
                items: shared.len(),
                comparison,
            });
        }
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::score::Reading;
    use crate::stats::Bootstrap;

    #[test]
    fn only_items_that_both_scored_are_compared() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.csv");
        let mut csv = "path,label,score,detector,status\n".to_owned();
        for i in 0..40 {
            let label = i % 2;
            csv += &format!("{i},{label},{},good,ok\n", f64::from(label) + f64::from(i) / 100.0);
            let (score, status) =
                if i < 30 { (f64::from(i % 7).to_string(), "ok") } else { (String::new(), "failed") };
            csv += &format!("{i},{label},{score},poor,{status}\n");
        }
        fs::write(&path, csv).unwrap();
        let predictions = Predictions::read(&[path], &Reading::default()).unwrap();
        let bootstrap = Bootstrap { replicates: 200, seed: 1 };
        let pairs = compare(&predictions, &Options { bootstrap, ..Options::default() }).unwrap();
        assert_eq!(pairs.len(), 1);
        assert_eq!((pairs[0].first.as_str(), pairs[0].second.as_str(), pairs[0].items), ("good", "poor", 30));
        let auc = pairs[0].comparison.get("auc").unwrap();
        assert_eq!(auc.first, 1.0);
        assert!(auc.difference.value > 0.3 && auc.p_value.unwrap() < 0.05);
    }
}

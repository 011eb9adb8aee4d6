use super::*;
use crate::metrics::binary::Ranking;

fn close(got: f64, expected: f64, tolerance: f64) {
    assert!((got - expected).abs() < tolerance, "expected {expected}, got {got}");
}

#[test]
fn wilson_by_hand() {
    // 1 of 10 with z = 1.96: known from tables as 0.0179 to 0.4042.
    let [lower, upper] = wilson_interval(1, 10).unwrap();
    close(lower, 0.017_876, 1e-5);
    close(upper, 0.404_150, 1e-5);
    // None of 10: 0 to z²/(10 + z²).
    let z2 = NORMAL_975 * NORMAL_975;
    let [lower, upper] = wilson_interval(0, 10).unwrap();
    assert_eq!(lower, 0.0);
    close(upper, z2 / (10.0 + z2), 1e-12);
    assert_eq!(wilson_interval(10, 10).unwrap()[1], 1.0);
    assert_eq!(
        (wilson_interval(0, 0), wilson_interval(3, 2), Estimate::proportion(0, 0)),
        (None, None, None)
    );
    let estimate = Estimate::proportion(0, 10).unwrap();
    assert_eq!(serde_json::to_value(estimate).unwrap()["interval"], "wilson");
    assert_eq!((estimate.value, estimate.ci95), (0.0, wilson_interval(0, 10)));
}

#[test]
fn summary_by_hand() {
    let summary = Summary::of(&[1.0, 2.0, 6.0]).unwrap();
    assert_eq!((summary.count, summary.mean, summary.min, summary.max), (3, 3.0, 1.0, 6.0));
    close(summary.standard_deviation.unwrap(), 7.0_f64.sqrt(), 1e-12);
    assert_eq!(Summary::of(&[4.0]).unwrap().standard_deviation, None);
    assert_eq!(Summary::of(&[]), None);
    assert_eq!(Summary::of(&[1.0, f64::NAN]), None);
}

#[test]
fn delong_by_hand() {
    // Positives 3, 4; negatives 1, 2, 3. Shares below the positives: 2.5/3 and 1; above the negatives: 1, 1
    // and 1.5/2. Sample variances 1/72 and 1/48; variance 1/144 + 1/144.
    let measured =
        DeLong::of(&[3.0, 1.0, 4.0, 2.0, 3.0], &[true, false, true, false, false]).unwrap().unwrap();
    close(measured.auc, 5.5 / 6.0, 1e-12);
    close(measured.variance, 1.0 / 72.0, 1e-12);
    assert_eq!(measured.ci95[1], 1.0);
    assert_eq!(serde_json::to_value(measured.estimate()).unwrap()["interval"], "delong");
    close(measured.ci95[0], 5.5 / 6.0 - NORMAL_975 * (1.0_f64 / 72.0).sqrt(), 1e-12);
    assert_eq!(DeLong::of(&[1.0, 2.0, 3.0], &[true, false, false]).unwrap(), None);
    assert!(DeLong::of(&[f64::NAN, 2.0], &[true, false]).is_err());
}

#[test]
fn delong_difference_by_hand() {
    let labels = [true, true, false, false];
    // The first ranks 4 3 | 2 1 rightly; the second puts one positive between and one below: shares of its
    // positives 1/2 and 0, of its negatives 1/2 and 0. The first has no variance, so that of the difference
    // is the second's: 1/8 / 2 + 1/8 / 2.
    let difference = DeLong::compare(&[4.0, 3.0, 2.0, 1.0], &[2.0, 0.0, 1.0, 3.0], &labels).unwrap().unwrap();
    close(difference.difference, 0.75, 1e-12);
    close(difference.variance, 1.0 / 8.0, 1e-12);
    close(difference.z.unwrap(), 0.75 * 8.0_f64.sqrt(), 1e-12);
    // Two-sided normal tail of 2.1213.
    close(difference.p_value.unwrap(), 0.033_895, 1e-6);
    let alike = DeLong::compare(&[2.0, 0.0, 1.0, 3.0], &[20.0, 0.0, 10.0, 30.0], &labels).unwrap().unwrap();
    assert_eq!((alike.difference, alike.z, alike.p_value), (0.0, None, Some(1.0)));
    let certain = DeLong::compare(&[4.0, 3.0, 2.0, 1.0], &[1.0, 2.0, 3.0, 4.0], &labels).unwrap().unwrap();
    assert_eq!((certain.difference, certain.p_value), (1.0, None));
}

#[test]
fn groups_keep_their_items_together() {
    let groups = Groups::from_ids(&[7, 3, 7, 900, 3, 7]).unwrap();
    assert_eq!(groups.len(), 3);
    let members: Vec<&[u32]> = groups.ranges().map(|range| &groups.items()[range]).collect();
    assert_eq!(members, [&[1, 4][..], &[0, 2, 5], &[3]]);
    let none = Groups::from_ids(&[]).unwrap();
    assert_eq!((none.len(), none.is_empty()), (0, true));
}

/// Mean and variance of the counts of the first, a middle and the last kind, and the covariance of the first
/// and the last, over many replicates.
fn moments(replicates: &[Vec<u32>]) -> Vec<f64> {
    let count = replicates.len() as f64;
    let kinds = replicates[0].len();
    let mean = |kind: usize| replicates.iter().map(|counts| f64::from(counts[kind])).sum::<f64>() / count;
    let covariance = |a: usize, b: usize| {
        let products = replicates.iter().map(|counts| f64::from(counts[a]) * f64::from(counts[b]));
        products.sum::<f64>() / count - mean(a) * mean(b)
    };
    let (middle, last) = (kinds / 2, kinds - 1);
    vec![
        mean(0),
        mean(middle),
        mean(last),
        covariance(0, 0),
        covariance(middle, middle),
        covariance(last, last),
        covariance(0, last),
    ]
}

#[test]
fn draws_follow_the_multinomial_law() {
    let bootstrap = Bootstrap { replicates: 20_000, seed: 5 };
    // Three groups, drawn three times: mean 1, variance 3 · 1/3 · 2/3, covariance -3 · 1/9.
    let drawn = bootstrap.run(3, || (), |(), counts| counts.to_vec());
    assert!(drawn.iter().all(|counts| counts.iter().sum::<u32>() == 3));
    let expected = [1.0, 1.0, 1.0, 2.0 / 3.0, 2.0 / 3.0, 2.0 / 3.0, -1.0 / 3.0];
    for (got, expected) in moments(&drawn).into_iter().zip(expected) {
        close(got, expected, 0.03);
    }
    // Kinds of 2, 5 and 3 groups: mean n p, variance n p (1 - p), covariance -n p q.
    let drawn = bootstrap.run_kinds(&[2, 5, 3], || (), |(), counts| counts.to_vec());
    let expected = [2.0, 5.0, 3.0, 1.6, 2.5, 2.1, -0.6];
    for (got, expected) in moments(&drawn).into_iter().zip(expected) {
        close(got, expected, 0.08);
    }
    // More groups than a block: the law does not know of blocks.
    let bootstrap = Bootstrap { replicates: 4000, seed: 5 };
    let drawn = bootstrap.run(
        5000,
        || (),
        |(), counts| {
            assert_eq!(counts.iter().sum::<u32>(), 5000);
            let half: u32 = counts[..2500].iter().sum();
            vec![counts[0], half, counts[4999]]
        },
    );
    let got = moments(&drawn);
    for (got, expected) in [got[0], got[2], got[3], got[5]].into_iter().zip([1.0; 4]) {
        close(got, expected, 0.1);
    }
    close(got[1], 2500.0, 2.5);
    close(got[4], 1250.0, 125.0);
}

#[test]
fn replicates_do_not_depend_on_threads() {
    let bootstrap = Bootstrap { replicates: 50, seed: 9 };
    let run = |threads: usize, bootstrap: Bootstrap| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| bootstrap.run(20, || (), |(), counts| counts.to_vec()))
    };
    assert_eq!(run(1, bootstrap), run(3, bootstrap));
    assert_ne!(run(1, bootstrap), run(1, Bootstrap { seed: 10, ..bootstrap }));
    // Neighbouring seeds share no streams.
    let (a, b) = (run(1, bootstrap), run(1, Bootstrap { seed: 10, ..bootstrap }));
    assert!(a.iter().all(|replicate| !b.contains(replicate)));
    assert!(bootstrap.run(0, || (), |(), counts| counts.len()).iter().all(|&len| len == 0));
}

#[test]
fn percentiles_by_hand() {
    // 0 to 40 in a shuffled order: 2.5 % of 40 is 1, 97.5 % is 39.
    let values = (0..41).map(|index| Some(f64::from(index * 7 % 41)));
    assert_eq!(percentile_interval(values), Some([1.0, 39.0]));
    let [lower, upper] = percentile_interval([Some(1.0), None, Some(3.0)]).unwrap();
    close(lower, 1.05, 1e-12);
    close(upper, 2.95, 1e-12);
    assert_eq!(percentile_interval([Some(1.0), Some(2.0), None, None, None]), None);
    assert_eq!(percentile_interval([Some(1.0)]), None);
}

#[test]
fn p_values_by_hand() {
    // Distances from the value 2: 2, 1, 0, 1, 3; two are at least 2 away.
    let replicates = [0.0, 1.0, 2.0, 3.0, 5.0].map(Some);
    assert_eq!(shifted_p_value(2.0, replicates), Some(3.0 / 6.0));
    assert_eq!(shifted_p_value(0.0, replicates), Some(1.0));
    assert_eq!(shifted_p_value(0.0, [None]), None);
}

/// The bootstrap of a mean has the standard error of the mean, and that of the groups' means where the items
/// of a group are equal.
#[test]
fn intervals_cover_what_theory_says() {
    let items = 400;
    let ids: Vec<u32> = (0..items).map(|item| item / 4).collect();
    let value = |item: u32| f64::from((item / 4) * 37 % 100);
    let groups = Groups::from_ids(&ids).unwrap();
    let bootstrap = Bootstrap { replicates: 4000, seed: 1 };
    let means = bootstrap.run(
        groups.len(),
        || (),
        |(), counts| {
            let sum: f64 = groups
                .ranges()
                .zip(counts)
                .map(|(range, &draws)| {
                    f64::from(draws) * groups.items()[range].iter().map(|&item| value(item)).sum::<f64>()
                })
                .sum();
            Some(sum / f64::from(items))
        },
    );
    let [lower, upper] = percentile_interval(means).unwrap();
    // The values 0 to 99 once per group: standard error sqrt((100² - 1) / 12 / 100).
    let error = (9999.0_f64 / 1200.0).sqrt();
    close(upper - lower, 2.0 * NORMAL_975 * error, 0.05 * 2.0 * NORMAL_975 * error);
    close((lower + upper) / 2.0, 49.5, 0.3);
}

#[test]
fn delong_has_the_one_auc() {
    let scores = [0.2, 0.2, 0.7, 0.4, 0.7, 0.9, 0.1];
    let labels = [false, true, true, false, false, true, true];
    let ranking = Ranking::from_items(&scores, &labels, None).unwrap();
    assert_eq!(DeLong::of(&scores, &labels).unwrap().unwrap().auc, ranking.auc().unwrap());
}

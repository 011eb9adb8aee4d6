use super::{Bootstrap, Estimate, Groups, IntervalMethod, percentile_interval};

/// Means of several values an item, with intervals of the bootstrap over groups. NaN values are left out of
/// their mean; a mean of nothing is `None`.
pub fn group_means<const N: usize>(
    values: &[[f64; N]],
    groups: &Groups,
    bootstrap: Bootstrap,
) -> [Option<Estimate>; N] {
    let add = |sums: &mut [(f64, f64); N], row: &[f64; N], weight: f64| {
        for (sum, value) in sums.iter_mut().zip(row).filter(|(_, value)| !value.is_nan()) {
            *sum = (sum.0 + weight * value, sum.1 + weight);
        }
    };
    let means = |sums: &[(f64, f64); N]| sums.map(|(sum, weight)| (weight > 0.0).then(|| sum / weight));
    // Sums of groups suffice: a draw only weighs them.
    let of_groups: Vec<[(f64, f64); N]> = groups
        .ranges()
        .map(|range| {
            let mut sums = [(0.0, 0.0); N];
            groups.items()[range].iter().for_each(|item| add(&mut sums, &values[*item as usize], 1.0));
            sums
        })
        .collect();
    let mut all = [(0.0, 0.0); N];
    values.iter().for_each(|row| add(&mut all, row, 1.0));
    let drawn = bootstrap.run(
        groups.len(),
        || (),
        |(), draws| {
            let mut sums = [(0.0, 0.0); N];
            for (group, draw) in of_groups.iter().zip(draws).filter(|(_, draw)| **draw > 0) {
                for (sum, part) in sums.iter_mut().zip(group) {
                    *sum = (sum.0 + f64::from(*draw) * part.0, sum.1 + f64::from(*draw) * part.1);
                }
            }
            means(&sums)
        },
    );
    let exact = means(&all);
    std::array::from_fn(|i| {
        // From one group nothing can be said of others.
        let several = of_groups.iter().filter(|sums| sums[i].1 > 0.0).nth(1).is_some();
        let ci95 = percentile_interval(drawn.iter().map(|d| d[i])).filter(|_| several);
        exact[i].map(|value| Estimate::new(value, ci95, IntervalMethod::Bootstrap))
    })
}

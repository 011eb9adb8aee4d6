use crate::stats::{Bootstrap, Estimate, Groups, IntervalMethod, percentile_interval};

/// Number of the group of every item, as draws are numbered.
pub fn group_of(groups: &Groups) -> Vec<u32> {
    let mut of = vec![0; groups.items().len()];
    for (range, group) in groups.ranges().zip(0..) {
        groups.items()[range].iter().for_each(|item| of[*item as usize] = group);
    }
    of
}

/// Something whose values can be measured on a resampled set. NaN stands for no value: half the memory of an
/// option.
pub trait Resampled: Sync {
    /// What a thread keeps between resamples.
    type Scratch: Default + Send;

    /// Values of a set that has each group as often as `draws` says, always as many.
    fn values(&self, draws: &[u32], scratch: &mut Self::Scratch) -> Vec<f64>;
}

/// Values on all items, measured by `exact`, with intervals of the bootstrap over groups on `resampled`, which
/// may be coarser: intervals are moved by what that changes in the value. All values lie between 0 and 1.
pub fn estimate<R: Resampled>(
    groups: &Groups,
    bootstrap: Bootstrap,
    exact: &R,
    resampled: impl FnOnce() -> R,
) -> Vec<Option<Estimate>> {
    let all = vec![1; groups.len()];
    let values = exact.values(&all, &mut R::Scratch::default());
    let (mut coarse, mut drawn) = (vec![], vec![]);
    if groups.len() >= 2 && bootstrap.replicates > 0 {
        let resampled = resampled();
        coarse = resampled.values(&all, &mut R::Scratch::default());
        drawn = bootstrap
            .run(groups.len(), R::Scratch::default, |scratch, draws| resampled.values(draws, scratch));
    }
    let estimate = |(place, &value): (usize, &f64)| {
        if value.is_nan() {
            return None;
        }
        let column = drawn.iter().map(|values| Some(values[place]).filter(|value| !value.is_nan()));
        let moved = |ends: [f64; 2]| ends.map(|end| (end + value - coarse[place]).clamp(0.0, 1.0));
        Some(Estimate::new(value, percentile_interval(column).map(moved), IntervalMethod::Bootstrap))
    };
    values.iter().enumerate().map(estimate).collect()
}

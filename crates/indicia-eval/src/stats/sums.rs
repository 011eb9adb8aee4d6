use super::{Bootstrap, Estimate, Groups, IntervalMethod, percentile_interval};

/// Counts of many items in many columns, of which each item has few that are not 0.
#[derive(Debug, Clone, Default)]
pub struct Tallies {
    columns: usize,
    cells: Vec<(u32, f64)>,
    /// Where the cells of each item end.
    ends: Vec<usize>,
}

impl Tallies {
    /// No items yet.
    pub fn new(columns: usize) -> Self {
        Self { columns, cells: vec![], ends: vec![] }
    }

    /// Adds an item: its columns (below their number) with what is counted in them.
    pub fn push(&mut self, cells: impl IntoIterator<Item = (usize, f64)>) {
        let counted = cells.into_iter().filter(|(_, count)| *count != 0.0);
        self.cells.extend(counted.map(|(column, count)| (column as u32, count)));
        self.ends.push(self.cells.len());
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are no items.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Sums over all items.
    pub fn sums(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns];
        self.cells.iter().for_each(|(column, count)| sums[*column as usize] += count);
        sums
    }

    fn item(&self, item: usize) -> &[(u32, f64)] {
        let start = if item == 0 { 0 } else { self.ends[item - 1] };
        &self.cells[start..self.ends[item]]
    }

    /// The same with the items of each group added up.
    fn by_group(&self, groups: &Groups) -> Self {
        let mut merged = Self::new(self.columns);
        let mut cells: Vec<(u32, f64)> = vec![];
        for range in groups.ranges() {
            cells.clear();
            groups.items()[range].iter().for_each(|item| cells.extend(self.item(*item as usize)));
            cells.sort_by_key(|(column, _)| *column);
            let same = cells.chunk_by(|a, b| a.0 == b.0);
            merged.push(same.map(|same| (same[0].0 as usize, same.iter().map(|(_, count)| count).sum())));
        }
        merged
    }
}

/// Values that `measure` finds in the sums of the columns (as many values each time), with intervals of the
/// bootstrap over groups: sums are drawn again, not values. `groups` holds the items of `tallies`.
pub fn estimate_sums(
    tallies: &Tallies,
    groups: &Groups,
    bootstrap: Bootstrap,
    measure: impl Fn(&[f64]) -> Vec<Option<f64>> + Sync + Send,
) -> Vec<Option<Estimate>> {
    let exact = measure(&tallies.sums());
    // NaN for no value: half the memory of an option.
    let drawn: Vec<Vec<f64>> = if groups.len() < 2 {
        vec![]
    } else {
        let of_groups = tallies.by_group(groups);
        bootstrap.run(
            groups.len(),
            || vec![0.0; tallies.columns],
            |sums, draws| {
                sums.fill(0.0);
                for (group, draws) in draws.iter().enumerate().filter(|(_, draws)| **draws > 0) {
                    for (column, count) in of_groups.item(group) {
                        sums[*column as usize] += f64::from(*draws) * count;
                    }
                }
                measure(sums).into_iter().map(|value| value.unwrap_or(f64::NAN)).collect()
            },
        )
    };
    let estimate = |(place, value): (usize, Option<f64>)| {
        let column = drawn.iter().map(|values| Some(values[place]).filter(|value| !value.is_nan()));
        Some(Estimate::new(value?, percentile_interval(column), IntervalMethod::Bootstrap))
    };
    exact.into_iter().enumerate().map(estimate).collect()
}

/// Places (characters, tokens) that ranges cover: disjoint half-open ranges in rising order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cover {
    ranges: Vec<(u32, u32)>,
    /// How many places are covered before each range.
    before: Vec<u64>,
    length: u64,
}

impl Cover {
    /// The union of ranges.
    pub(super) fn of(ranges: impl IntoIterator<Item = (u32, u32)>) -> Self {
        let mut sorted: Vec<(u32, u32)> = ranges.into_iter().filter(|(start, end)| start < end).collect();
        sorted.sort_unstable();
        let mut this = Self::default();
        for (start, end) in sorted {
            match this.ranges.last_mut() {
                Some(last) if start <= last.1 => last.1 = last.1.max(end),
                _ => this.ranges.push((start, end)),
            }
        }
        for (start, end) in &this.ranges {
            this.before.push(this.length);
            this.length += u64::from(end - start);
        }
        this
    }

    /// How many places are covered.
    pub(super) fn len(&self) -> u64 {
        self.length
    }

    /// How many places below `place` are covered.
    fn below(&self, place: u32) -> u64 {
        match self.ranges.partition_point(|(start, _)| *start < place) {
            0 => 0,
            count => {
                let (start, end) = self.ranges[count - 1];
                self.before[count - 1] + u64::from(end.min(place) - start)
            }
        }
    }

    /// How many places of a range are covered.
    pub(super) fn within(&self, (start, end): (u32, u32)) -> u64 {
        self.below(end) - self.below(start)
    }

    /// How many places both cover.
    pub(super) fn shared(&self, other: &Self) -> u64 {
        self.ranges.iter().map(|range| other.within(*range)).sum()
    }

    /// The tokens (by index) of which any character is covered.
    pub(super) fn tokens(&self, tokens: &[(u32, u32)]) -> Self {
        Self::of(self.ranges.iter().map(|&(start, end)| {
            let first = tokens.partition_point(|token| token.1 <= start);
            let after = tokens.partition_point(|token| token.0 < end);
            (first as u32, after as u32)
        }))
    }
}

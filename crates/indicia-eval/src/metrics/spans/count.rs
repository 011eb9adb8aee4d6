use super::cover::Cover;

/// A typed span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Type, as an index into the names of the types.
    pub kind: u32,
    /// First character.
    pub start: u32,
    /// Character after the last; beyond `start`.
    pub end: u32,
}

/// A text with its true and its predicted spans.
#[derive(Debug, Clone, Default)]
pub struct Document {
    /// What is there.
    pub truth: Vec<Span>,
    /// What was predicted.
    pub predicted: Vec<Span>,
    /// Tokens as ranges of characters, rising and disjoint; without them there are no token metrics.
    pub tokens: Option<Vec<(u32, u32)>>,
}

/// What is counted of a pair of sets of spans.
pub(super) mod pair {
    pub const TRUE: usize = 0;
    pub const PREDICTED: usize = 1;
    pub const EXACT: usize = 2;
    /// True spans that a predicted one overlaps.
    pub const FOUND: usize = 3;
    /// Predicted spans that overlap a true one.
    pub const RIGHT: usize = 4;
    pub const TRUE_TOKENS: usize = 5;
    pub const PREDICTED_TOKENS: usize = 6;
    pub const TOKENS: usize = 7;
    pub const TRUE_CHARS: usize = 8;
    /// True characters that any predicted span covers.
    pub const COVERED: usize = 9;
    /// How many there are.
    pub const COUNT: usize = 10;
}

/// What is counted of a type besides, with predicted spans of all types.
pub(super) mod any {
    pub const EXACT: usize = super::pair::COUNT;
    pub const FOUND: usize = EXACT + 1;
    pub const TOKENS: usize = EXACT + 2;
    /// True spans of which enough is covered.
    pub const COVERED: usize = EXACT + 3;
    /// How many columns a type has.
    pub const COLUMNS: usize = EXACT + 4;
}

/// Share of a true span that must be covered, in hundredths.
const ENOUGH: u64 = 80;

/// Spans as ranges, in order and each once, with what they cover.
struct Side {
    ranges: Vec<(u32, u32)>,
    chars: Cover,
    tokens: Cover,
}

impl Side {
    fn of(spans: &[Span], tokens: &[(u32, u32)]) -> Self {
        let mut ranges: Vec<(u32, u32)> = spans.iter().map(|span| (span.start, span.end)).collect();
        ranges.sort_unstable();
        ranges.dedup();
        let chars = Cover::of(ranges.iter().copied());
        Self { tokens: chars.tokens(tokens), chars, ranges }
    }

    /// How many spans the other side has too.
    fn exact(&self, other: &Self) -> usize {
        self.ranges.iter().filter(|range| other.ranges.binary_search(range).is_ok()).count()
    }

    /// How many spans share a character with the other side.
    fn touched(&self, other: &Self) -> usize {
        self.ranges.iter().filter(|range| other.chars.within(**range) > 0).count()
    }
}

/// Counts one document: first all types together, without types; then `any::COLUMNS` for each type that
/// occurs.
pub(super) fn count(document: &Document) -> Vec<(usize, f64)> {
    let tokens = document.tokens.as_deref().unwrap_or_default();
    let sorted = |spans: &[Span]| {
        let mut spans = spans.to_vec();
        spans.sort_unstable();
        spans
    };
    let (truth, predicted) = (&sorted(&document.truth), &sorted(&document.predicted));
    let all = Side::of(predicted, tokens);
    let mut cells = vec![];
    compare(&mut cells, 0, &Side::of(truth, tokens), &all, &all);
    let mut kinds: Vec<u32> = truth.iter().chain(predicted).map(|span| span.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let (truth, own) =
            (Side::of(of_kind(truth, kind), tokens), Side::of(of_kind(predicted, kind), tokens));
        let base = pair::COUNT + kind as usize * any::COLUMNS;
        compare(&mut cells, base, &truth, &own, &all);
        let enough =
            |range: &&(u32, u32)| all.chars.within(**range) * 100 >= ENOUGH * u64::from(range.1 - range.0);
        let counts = [
            (any::EXACT, truth.exact(&all)),
            (any::FOUND, truth.touched(&all)),
            (any::TOKENS, truth.tokens.shared(&all.tokens) as usize),
            (any::COVERED, truth.ranges.iter().filter(enough).count()),
        ];
        cells.extend(counts.map(|(column, count)| (base + column, count as f64)));
    }
    cells
}

fn of_kind(spans: &[Span], kind: u32) -> &[Span] {
    let start = spans.partition_point(|span| span.kind < kind);
    &spans[start..spans.partition_point(|span| span.kind <= kind)]
}

fn compare(cells: &mut Vec<(usize, f64)>, base: usize, truth: &Side, predicted: &Side, all: &Side) {
    let counts = [
        (pair::TRUE, truth.ranges.len() as u64),
        (pair::PREDICTED, predicted.ranges.len() as u64),
        (pair::EXACT, truth.exact(predicted) as u64),
        (pair::FOUND, truth.touched(predicted) as u64),
        (pair::RIGHT, predicted.touched(truth) as u64),
        (pair::TRUE_TOKENS, truth.tokens.len()),
        (pair::PREDICTED_TOKENS, predicted.tokens.len()),
        (pair::TOKENS, truth.tokens.shared(&predicted.tokens)),
        (pair::TRUE_CHARS, truth.chars.len()),
        (pair::COVERED, truth.chars.shared(&all.chars)),
    ];
    cells.extend(counts.map(|(column, count)| (base + column, count as f64)));
}

use std::collections::BTreeSet;

use serde::Serialize;

use super::rows::{Row, Rows};
use crate::near::Alike;
use crate::score::intern::NONE;

/// Greatest distance of hashes that are called near, of 64 bits.
pub(super) const NEAR: u32 = 4;
/// Examples that are listed.
const EXAMPLES: usize = 5;

/// Items that are the same, or look it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Copies {
    /// Items that have a copy.
    pub items: u64,
    /// Sets of copies.
    pub sets: u64,
    /// Items with a copy in another split.
    pub across_splits: u64,
    /// Items with a copy of the other label. Of pictures that look alike those of one group do not count: a forgery
    /// and its authentic twin are one.
    pub across_labels: u64,
    /// The first sets: those across splits or labels first. Rows of two of their items.
    pub examples: Vec<[u64; 2]>,
    /// Whether there were too many pairs to look at all of them.
    pub cut: bool,
}

/// Two items, by places, that are copies of each other in different splits or labels, or in the same.
#[derive(Default)]
struct Examples {
    across: Vec<[u32; 2]>,
    within: Vec<[u32; 2]>,
}

/// The splits and labels that a set of items has.
#[derive(Default, Clone, PartialEq, Eq)]
struct Sides {
    splits: BTreeSet<u32>,
    labels: BTreeSet<bool>,
    /// Groups; an item without one is its own.
    groups: BTreeSet<u64>,
}

impl Sides {
    fn of(rows: &[Row], items: &[u32]) -> Self {
        let mut sides = Self::default();
        for (item, row) in items.iter().map(|i| (*i, &rows[*i as usize])) {
            sides.splits.extend(Some(row.split).filter(|s| *s != NONE));
            sides.labels.extend(row.label);
            sides.groups.insert(match row.group {
                NONE => u64::from(NONE) + u64::from(item) + 1,
                group => u64::from(group),
            });
        }
        sides
    }

    fn differ_in_label(&self) -> bool {
        self.labels.len() > 1 && self.groups.len() > 1
    }
}

impl Copies {
    /// Files with the same digest.
    pub(super) fn same(rows: &Rows) -> Self {
        let readable =
            |(i, row): (usize, &Row)| (row.readable && row.digest != 0).then_some((row.digest, i as u32));
        let mut order: Vec<(u128, u32)> = rows.rows.iter().enumerate().filter_map(readable).collect();
        order.sort_unstable();
        let (mut out, mut examples) = (Self::default(), Examples::default());
        for same in order.chunk_by(|a, b| a.0 == b.0).filter(|same| same.len() > 1) {
            let items: Vec<u32> = same.iter().map(|(_, i)| *i).collect();
            out.sets += 1;
            out.items += items.len() as u64;
            let sides = Sides::of(&rows.rows, &items);
            out.count_within(&sides, &rows.rows, &items, &mut examples);
        }
        out.finish(examples)
    }

    /// Counts items that have, among these copies, one on another side.
    fn count_within(&mut self, sides: &Sides, rows: &[Row], items: &[u32], examples: &mut Examples) {
        let has = |f: &dyn Fn(&Row) -> bool| items.iter().filter(|i| f(&rows[**i as usize])).count() as u64;
        if sides.splits.len() > 1 {
            self.across_splits += has(&|row| row.split != NONE);
        }
        if sides.labels.len() > 1 {
            self.across_labels += has(&|row| row.label.is_some());
        }
        examples.add(rows, items[0], &items[1..]);
    }

    fn finish(mut self, examples: Examples) -> Self {
        let chosen = examples.across.into_iter().chain(examples.within).take(EXAMPLES);
        self.examples = chosen.map(|pair| pair.map(u64::from)).collect();
        self
    }

    /// Pictures whose perceptual hashes are equal or near.
    pub(super) fn near(rows: &Rows) -> Self {
        let hashes: Vec<_> = rows.rows.iter().map(|row| row.hash).collect();
        let alike = Alike::of(&hashes, NEAR);
        let clusters = alike.clusters();
        let mut out = Self {
            items: clusters.iter().map(|c| c.len() as u64).sum(),
            sets: clusters.len() as u64,
            cut: alike.pairs.cut,
            ..Self::default()
        };
        let sides: Vec<Sides> = alike.items.iter().map(|items| Sides::of(&rows.rows, items)).collect();
        let mut split_marked: Vec<bool> = sides.iter().map(|s| s.splits.len() > 1).collect();
        let mut label_marked: Vec<bool> = sides.iter().map(Sides::differ_in_label).collect();
        let mut examples = Examples::default();
        for items in alike.items.iter().filter(|items| items.len() > 1) {
            examples.add(&rows.rows, items[0], &items[1..]);
        }
        for &(a, b, _) in &alike.pairs.pairs {
            let (a, b) = (a as usize, b as usize);
            // Two hashes on one side each: if the sides differ, all items of both have a copy across. If one
            // of them has several sides, its own items are marked already, and it has a side that differs
            // from the other's.
            if sides[a].splits.union(&sides[b].splits).count() > 1
                && !(sides[a].splits.is_empty() || sides[b].splits.is_empty())
            {
                (split_marked[a], split_marked[b]) = (true, true);
            }
            if sides[a].labels.union(&sides[b].labels).count() > 1
                && sides[a].groups.union(&sides[b].groups).count() > 1
                && !(sides[a].labels.is_empty() || sides[b].labels.is_empty())
            {
                (label_marked[a], label_marked[b]) = (true, true);
            }
            examples.add(&rows.rows, alike.items[a][0], &alike.items[b]);
        }
        for (place, items) in alike.items.iter().enumerate() {
            let has = |f: &dyn Fn(&Row) -> bool| {
                items.iter().filter(|i| f(&rows.rows[**i as usize])).count() as u64
            };
            if split_marked[place] {
                out.across_splits += has(&|row| row.split != NONE);
            }
            if label_marked[place] {
                out.across_labels += has(&|row| row.label.is_some());
            }
        }
        out.finish(examples)
    }
}

impl Examples {
    /// Notes one pair of a set: the first item with one on another side, if there is one.
    fn add(&mut self, rows: &[Row], first: u32, others: &[u32]) {
        if self.across.len() >= EXAMPLES {
            return;
        }
        let one = &rows[first as usize];
        let differs = |i: &&u32| {
            let other = &rows[**i as usize];
            (other.split != one.split && other.split != NONE && one.split != NONE)
                || (other.label.is_some() && one.label.is_some() && other.label != one.label)
        };
        match (others.iter().find(differs), others.first()) {
            (Some(other), _) => self.across.push([first, *other]),
            (None, Some(other)) if self.within.len() < EXAMPLES => self.within.push([first, *other]),
            _ => {}
        }
    }
}

/// Groups that have items in several splits.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct GroupLeaks {
    /// Groups in the table.
    pub groups: u64,
    /// Groups in several splits.
    pub across_splits: u64,
    /// Names of the first of them.
    pub examples: Vec<String>,
}

impl GroupLeaks {
    pub(super) fn of(rows: &Rows) -> Self {
        let mut sides: Vec<(u32, u32)> = rows
            .rows
            .iter()
            .filter(|row| row.group != NONE && row.split != NONE)
            .map(|row| (row.group, row.split))
            .collect();
        sides.sort_unstable();
        sides.dedup();
        let mut out = Self { groups: u64::from(rows.groups.len()), ..Self::default() };
        for group in sides.chunk_by(|a, b| a.0 == b.0).filter(|sides| sides.len() > 1) {
            out.across_splits += 1;
            if out.examples.len() < EXAMPLES {
                out.examples.extend(rows.groups.text(group[0].0).map(str::to_owned));
            }
        }
        out
    }
}

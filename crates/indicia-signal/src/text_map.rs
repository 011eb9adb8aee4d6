//! Maps of what departs in a page's text, shared by the methods that look at text.

use indicia_core::{Direction, Exhibit, ExhibitData, Map, Table};
use indicia_ops::text::{Area, TextLines};
use ndarray::{Array2, s};
use std::sync::Arc;

/// What a map shows on text that does not depart at all: text is what is altered on a page.
const TEXT: f32 = 0.1;
/// Surprise at which a map reaches 63 % of the way up.
const SCALE: f32 = 6.0;

/// Map value of a surprise of text, [`TEXT`] to 1.
pub(crate) fn shade(surprise: f32) -> f32 {
    TEXT + (1.0 - TEXT) * (1.0 - (-surprise / SCALE).exp())
}

/// Side of a map's cells for a picture of this size: the strokes of large scans are wide.
pub(crate) fn cell_of(width: usize, height: usize) -> usize {
    match width * height {
        0..=2_500_000 => 1,
        2_500_001..=10_000_000 => 2,
        _ => 4,
    }
}

/// A map of zeros for a picture.
pub(crate) fn blank(width: usize, height: usize) -> Map {
    let cell = cell_of(width, height);
    let values = Array2::zeros((height.div_ceil(cell), width.div_ceil(cell)));
    Map {
        values,
        cell,
        width,
        height,
        outside: 0.0,
        low: 0.0,
        high: 1.0,
        direction: Direction::HigherIsSuspicious,
    }
}

/// Raises a map to `value` in an area.
pub(crate) fn raise(map: &mut Map, area: &Area, value: f32) {
    let cell = map.cell;
    let rows = area.top / cell..area.bottom.div_ceil(cell);
    let columns = area.left / cell..area.right.div_ceil(cell);
    map.values.slice_mut(s![rows, columns]).mapv_inplace(|v| v.max(value));
}

/// The exhibit `map`.
pub(crate) fn exhibit(map: Map, title: &str, legend: &str) -> Exhibit {
    Exhibit {
        id: "map".into(),
        title: title.into(),
        legend: legend.into(),
        data: ExhibitData::Map(Arc::new(map)),
    }
}

/// The exhibit `table`: the words with the largest `sums`, where they are, and their strongest departures.
pub(crate) fn strongest<const D: usize>(
    text: &TextLines,
    words: &[[f32; D]],
    sums: &[f32],
    names: &[&str; D],
    rows: usize,
) -> Exhibit {
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by(|a, b| sums[*b].total_cmp(&sums[*a]).then(a.cmp(b)));
    let row = |&i: &usize| {
        let area = &text.words[i].area;
        let mut features: Vec<usize> = (0..D).collect();
        features.sort_by(|a, b| words[i][*b].abs().total_cmp(&words[i][*a].abs()).then(a.cmp(b)));
        let said: Vec<String> =
            features.iter().take(3).map(|&d| format!("{} {:+.1}", names[d], words[i][d])).collect();
        vec![
            format!("{},{}", area.left, area.top),
            format!("{}x{}", area.width(), area.height()),
            format!("{:.1}", sums[i]),
            said.join(", "),
        ]
    };
    let columns = ["left,top", "size", "departure", "strongest, in robust standard deviations"];
    Exhibit {
        id: "table".into(),
        title: "Words that depart most".into(),
        legend: "Where the word is in pixels, how much it departs in all, and by what".into(),
        data: ExhibitData::Table(Table {
            columns: columns.map(str::to_owned).to_vec(),
            rows: order.iter().take(rows).map(row).collect(),
        }),
    }
}

/// Why a picture is not examined for its text.
pub(crate) const NO_TEXT: &str = "needs a page with at least three lines of dark text on even, lighter paper";

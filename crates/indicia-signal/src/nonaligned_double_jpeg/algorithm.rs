//! Which part of a picture kept another grid than the rest.

use super::field::{CELL, Field};
use super::likelihood::Model;
use super::search::{History, block_count, mean3, pass, ratios_on_cells, refined};

/// Evidence a block that a history of the whole picture needs.
const COMMON: f64 = 0.3;

/// Log likelihood ratio, mean over 3x3 cells, from which on a cell is taken to follow a part's history. Blocks
/// of such a part have 5 to 10; chance and smooth texture reach about 1.
const FOLLOWS: f32 = 1.5;

/// Log likelihood ratio of a cell from which on it counts when it is asked which history covers more.
const DECIDED: f32 = 1.0;

/// Shifts that are looked at closely, those with most evidence.
const CANDIDATES: usize = 3;

/// What was found.
pub(super) struct Analysis {
    /// The history that most of the picture shares, if there is one.
    pub common: Option<History>,
    /// The best supported history of a part, if any shift has support.
    pub part: Option<History>,
    /// Evidence of the cells that follow the part's history, beyond the common one and beyond none.
    pub inside: f64,
    /// The same for the next best other shift: what chance and model errors reach in this picture.
    pub rival: f64,
    /// Evidence of the other cells against the part's history.
    pub outside: f64,
    /// Cells in a row.
    pub wide: usize,
    /// Part minus common history, log likelihood ratio of each cell, smoothed.
    pub contrast: Vec<f32>,
    /// Cells that follow the part's history.
    pub region: Vec<bool>,
}

impl Analysis {
    /// How strongly a part departs from the rest: evidence for the part's history inside it, less what the
    /// next best shift reaches, and no more than the evidence against it outside. A history that the whole
    /// picture shares has nothing outside.
    pub fn contradiction(&self) -> f64 {
        (self.inside - self.rival).min(self.outside).max(0.0)
    }

    /// Moves the cells of a picture that was cropped by `shift` (`8 * y + x`) pixels back to the grid of the
    /// whole, which has `(wide, high)` cells: each takes the cell that covers its middle.
    pub fn uncrop(&mut self, shift: usize, (wide, high): (usize, usize)) {
        let last = (self.wide - 1, self.contrast.len() / self.wide - 1);
        let from = |cell: usize, shift: usize, last: usize| {
            if shift > CELL / 2 { cell.saturating_sub(1) } else { cell }.min(last)
        };
        let (mut contrast, mut region) = (vec![], vec![]);
        for row in 0..high {
            for column in 0..wide {
                let i = from(row, shift / CELL, last.1) * self.wide + from(column, shift % CELL, last.0);
                contrast.push(self.contrast[i]);
                region.push(self.region[i]);
            }
        }
        (self.wide, self.contrast, self.region) = (wide, contrast, region);
    }

    /// Evidence is strongest in texture, so that a textured part may outweigh a smooth rest: of two histories,
    /// that of fewer cells is the part's.
    fn put_the_smaller_first(&mut self) {
        let count = |sign: f32| self.contrast.iter().filter(|&&c| sign * c > DECIDED).count();
        if self.common.is_some() && self.contradiction() > 0.0 && count(1.0) > count(-1.0) {
            std::mem::swap(&mut self.common, &mut self.part);
            self.contrast.iter_mut().for_each(|c| *c = -*c);
            self.region = self.contrast.iter().map(|&c| c > DECIDED).collect();
        }
    }

    /// Share of the cells that follow the part's history.
    pub fn share(&self) -> f64 {
        self.region.iter().filter(|&&r| r).count() as f64 / self.region.len() as f64
    }
}

/// Mean magnitude of a coefficient from which on it can show a step at all.
const VARIES: f32 = 0.8;
/// Share of the cells that must vary that much.
const VARIED: f64 = 0.01;

/// Looks for a part of the picture on another grid than the rest. `None` if next to nothing in it varies.
///
/// `second` are the luma steps of the last save, in natural order, if the last save was a JPEG.
///
/// # Panics
/// If the picture is smaller than a block or `luma` is not `width` by `height`.
pub(super) fn analyse(
    luma: &[u8],
    width: usize,
    height: usize,
    second: Option<&[u16; 64]>,
) -> Option<Analysis> {
    let field = Field::new(luma, width, height, Model::new(second));
    if field.varied(VARIES) < VARIED {
        return None;
    }
    let found = pass(&field, None);
    let cells = field.wide * field.high;
    let by_evidence = |mut histories: Vec<History>| {
        histories.sort_by(|a, b| b.evidence.total_cmp(&a.evidence));
        histories
    };
    let whole = by_evidence(found.whole);
    let common = (whole[0].evidence > COMMON * block_count(&field))
        .then(|| refined(&field, &whole[0], &vec![true; cells]));
    let (ratios, candidates) = match &common {
        Some(history) => {
            let ratios = ratios_on_cells(&field, history);
            let unexplained: Vec<bool> = mean3(&ratios, field.wide).iter().map(|&r| r < 0.0).collect();
            let found = pass(&field, Some(&unexplained));
            let local = found.local.into_iter().chain(found.whole);
            (ratios, local.filter(|h| h.shift != history.shift).collect())
        }
        None => (vec![0.0; cells], found.local),
    };
    let mut shifts: Vec<History> = vec![];
    for history in by_evidence(candidates) {
        if shifts.len() < CANDIDATES
            && history.evidence > 0.0
            && shifts.iter().all(|h| h.shift != history.shift)
        {
            shifts.push(history);
        }
    }
    let mut parts: Vec<Part> = shifts.iter().map(|history| Part::new(&field, history, &ratios)).collect();
    parts.sort_by(|a, b| b.inside.total_cmp(&a.inside));
    let rival = parts.get(1).map_or(0.0, |part| part.inside);
    let mut analysis = Analysis {
        common,
        part: None,
        inside: 0.0,
        rival,
        outside: 0.0,
        wide: field.wide,
        contrast: mean3(&ratios, field.wide).into_iter().map(|r| -r).collect(),
        region: vec![false; cells],
    };
    if let Some(part) = parts.into_iter().next() {
        analysis.inside = part.inside;
        analysis.outside = part.outside;
        analysis.contrast = part.contrast;
        analysis.region = part.region;
        analysis.part = Some(part.history);
        analysis.put_the_smaller_first();
    }
    Some(analysis)
}

/// A history of a part, with where it holds.
struct Part {
    history: History,
    inside: f64,
    outside: f64,
    contrast: Vec<f32>,
    region: Vec<bool>,
}

impl Part {
    /// `common` are the common history's ratios. The steps are fitted again over the cells that follow the
    /// history.
    fn new(field: &Field<'_>, history: &History, common: &[f32]) -> Self {
        let first = Self::place(field, history.clone(), common);
        if first.region.contains(&true) {
            let again = Self::place(field, refined(field, history, &first.region), common);
            if again.inside > first.inside {
                return again;
            }
        }
        first
    }

    fn place(field: &Field<'_>, history: History, common: &[f32]) -> Self {
        let ratios = ratios_on_cells(field, &history);
        let contrast: Vec<f32> = ratios.iter().zip(common).map(|(r, c)| r - c).collect();
        let least: Vec<f32> = ratios.iter().zip(&contrast).map(|(r, c)| r.min(*c)).collect();
        let region: Vec<bool> = mean3(&least, field.wide).iter().map(|&l| l > FOLLOWS).collect();
        let sum = |of: &[f32], inside: bool| -> f64 {
            of.iter().zip(&region).filter(|(_, r)| **r == inside).map(|(v, _)| f64::from(*v)).sum()
        };
        let (inside, outside) = (sum(&least, true), -sum(&contrast, false));
        let contrast = mean3(&contrast, field.wide);
        Self { history, inside, outside, contrast, region }
    }
}

use std::collections::BTreeMap;
use std::sync::Arc;

use indicia_core::Map;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::Grid;
use crate::detector::Judgement;

/// What one method said of an item.
#[derive(Debug, Clone)]
pub struct Reading {
    /// Its strength, higher is more suspicious.
    pub strength: f64,
    /// Its map, where higher values are suspicious.
    pub map: Option<Arc<Map>>,
}

/// What the methods that apply said of an item, by id.
pub type Readings = BTreeMap<String, Reading>;

impl Reading {
    /// From a judgement; `None` where the method had nothing to say.
    pub fn of(judgement: &Judgement) -> Option<Self> {
        match judgement {
            Judgement::Scored { score, map, .. } if score.is_finite() => {
                let suspicious =
                    |map: &Arc<Map>| map.direction == indicia_core::Direction::HigherIsSuspicious;
                Some(Self { strength: *score, map: map.clone().filter(suspicious) })
            }
            _ => None,
        }
    }
}

/// What is learned from one item: the methods' strengths, and ranks of their maps at some of its pixels. One
/// line of the file that a calibration goes on from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The item, as its table names it.
    pub item: String,
    /// Whether it was altered.
    pub altered: bool,
    /// Its source; items of one source stay in one fold.
    pub group: String,
    /// The kind of alteration, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Strength by method; methods that did not apply are absent.
    pub strengths: BTreeMap<String, f64>,
    /// Methods that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed: Vec<String>,
    /// Pixels, of altered items with a mask.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pixels: Option<PixelSample>,
}

/// Ranks of maps at pixels drawn from an altered item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PixelSample {
    /// By method, the ranks (0 to 255) of the altered pixels, then those of as many others.
    pub ranks: BTreeMap<String, Vec<u8>>,
    /// Pixels of each sort.
    pub each: usize,
}

/// Pixels of each sort that are drawn from an item.
const PIXELS: usize = 150;

impl PixelSample {
    /// Draws pixels at even steps from those that the mask marks and from the others. `None` if the mask has
    /// another size than the maps, or marks nothing or everything.
    pub fn of(readings: &Readings, mask: &Array2<bool>) -> Option<Self> {
        let (height, width) = mask.dim();
        if width == 0 || height == 0 {
            return None;
        }
        let grid = Grid::of(width, height);
        let columns = grid.columns();
        let (mut marked, mut others) = (vec![], vec![]);
        for cell in 0..columns * grid.rows() {
            let (x, y) = grid.pixel(cell % columns, cell / columns);
            if mask[(y, x)] { marked.push(cell) } else { others.push(cell) }
        }
        let each = PIXELS.min(marked.len()).min(others.len());
        if each == 0 {
            return None;
        }
        let spread =
            |cells: &[usize]| -> Vec<usize> { (0..each).map(|i| cells[i * cells.len() / each]).collect() };
        let drawn = [spread(&marked), spread(&others)].concat();
        let maps = readings.iter().filter_map(|(id, reading)| Some((id, reading.map.as_deref()?)));
        let fitting = maps.filter(|(_, map)| (map.width, map.height) == (width, height));
        let ranks = fitting.map(|(id, map)| {
            let ranks = grid.ranks(map);
            (id.clone(), drawn.iter().map(|&cell| (ranks[cell] * 255.0).round() as u8).collect())
        });
        Some(Self { ranks: ranks.collect(), each })
    }
}

use std::collections::BTreeMap;
use std::sync::Arc;

use indicia_core::{Direction, Map};

use super::{Grid, Population, Readings};

/// What the methods' readings are worth together, in a population.
#[derive(Debug, Clone)]
pub struct Assessment {
    /// log10 likelihood ratio by method.
    pub ratios: BTreeMap<String, f64>,
    /// The fused score, at least 0.
    pub score: f64,
    /// log10 likelihood ratio of the fused score.
    pub log10_likelihood_ratio: f64,
    /// Whether the score reaches the operating point.
    pub called: bool,
    /// Where the picture may have been altered.
    pub located: Option<Located>,
}

/// Where a picture may have been altered.
#[derive(Debug, Clone)]
pub struct Located {
    /// Values from 0 to 1, higher is more suspicious.
    pub map: Arc<Map>,
    /// The part of each method (natural log odds) in the cells that stand out most.
    pub parts: BTreeMap<String, f64>,
}

impl Population {
    /// log10 likelihood ratios of methods, from their readings; methods that are not calibrated are left out.
    pub fn ratios(&self, readings: &Readings) -> BTreeMap<String, f64> {
        let known = readings
            .iter()
            .filter_map(|(id, reading)| Some((id.clone(), self.methods.get(id)?.curve.at(reading.strength))));
        known.collect()
    }

    /// What the readings of a picture of this size are worth together.
    pub fn assess(&self, readings: &Readings, width: usize, height: usize) -> Assessment {
        let ratios = self.ratios(readings);
        let score = self.fusion.score(ratios.iter().map(|(id, ratio)| (id.as_str(), *ratio)));
        let located = self.locator.as_ref().filter(|_| width > 0 && height > 0).map(|locator| {
            let grid = Grid::of(width, height);
            let (values, parts) = locator.apply(readings, &ratios, grid);
            let map = Map {
                values,
                cell: grid.cell,
                width,
                height,
                outside: 0.0,
                low: 0.0,
                high: 1.0,
                direction: Direction::HigherIsSuspicious,
            };
            Located { map: Arc::new(map), parts }
        });
        Assessment {
            log10_likelihood_ratio: if self.locates_only { 0.0 } else { self.curve.at(score) },
            called: !self.locates_only && score >= self.operating_point.threshold,
            ratios,
            score,
            located,
        }
    }
}

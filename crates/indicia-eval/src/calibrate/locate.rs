use std::collections::BTreeMap;

use indicia_core::Result;
use ndarray::Array2;
use serde::{Deserialize, Serialize};

use super::curve::rounded;
use super::fusion::logistic;
use super::{Bounds, Curve, Grid, Readings, Sample, Weighted};

/// Puts maps together: the log odds of a cell being altered are a weighted sum over methods of what the rank
/// of its value is worth. A method's weight grows with how strongly it speaks in the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locator {
    /// Log odds (natural) where nothing speaks.
    pub intercept: f64,
    /// Methods by id.
    pub methods: BTreeMap<String, MapModel>,
}

/// What a method's map is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapModel {
    /// From a rank (0 to 255) to the log10 likelihood ratio of a pixel being altered.
    pub curve: Curve,
    /// Weight whatever the picture's ratio.
    pub always: f64,
    /// Weight times the positive part of the method's log10 likelihood ratio for the picture.
    pub by_ratio: f64,
}

/// Pixel ratios stay within what a few hundred pictures can tell.
const PIXEL_BOUNDS: Bounds = Bounds { low: -2.0, high: 2.0 };

/// Weight of a picture in which the method says nothing, when its pixel curve is learned.
const SILENT: f64 = 0.02;

/// Ridge of the regression, an item.
const RIDGE: f64 = 0.02;

impl Locator {
    /// Learns from the pixels of altered samples; `ratios` holds for each sample the methods' log10 likelihood
    /// ratios. `None` without pixels.
    ///
    /// # Errors
    /// Those of [`Curve::learn`].
    pub(super) fn learn(samples: &[&Sample], ratios: &[BTreeMap<String, f64>]) -> Result<Option<Self>> {
        let with_pixels: Vec<_> = samples
            .iter()
            .zip(ratios)
            .filter_map(|(sample, ratios)| Some((sample.pixels.as_ref()?, ratios)))
            .collect();
        if with_pixels.is_empty() {
            return Ok(None);
        }
        let mut ids: Vec<&String> = with_pixels.iter().flat_map(|(pixels, _)| pixels.ranks.keys()).collect();
        ids.sort_unstable();
        ids.dedup();
        let speaks =
            |ratios: &BTreeMap<String, f64>, id: &str| ratios.get(id).copied().unwrap_or(0.0).max(0.0);
        let mut curves = vec![];
        for id in &ids {
            let pixels = with_pixels.iter().flat_map(|(pixels, ratios)| {
                let weight = (speaks(ratios, id) + SILENT) / pixels.each as f64;
                let ranks = pixels.ranks.get(*id).into_iter().flatten().enumerate();
                ranks.map(move |(i, &rank)| Weighted {
                    score: f64::from(rank),
                    altered: i < pixels.each,
                    weight,
                })
            });
            curves.push(Curve::learn(pixels, PIXEL_BOUNDS)?);
        }
        let (mut columns, mut altered, mut weights) = (vec![vec![]; 2 * ids.len()], vec![], vec![]);
        for (pixels, ratios) in &with_pixels {
            for (k, id) in ids.iter().enumerate() {
                let speaks = speaks(ratios, id) as f32;
                let values: Vec<f32> = match pixels.ranks.get(*id) {
                    Some(ranks) => ranks.iter().map(|&rank| curves[k].at(f64::from(rank)) as f32).collect(),
                    None => vec![0.0; 2 * pixels.each],
                };
                columns[2 * k + 1].extend(values.iter().map(|v| v * speaks));
                columns[2 * k].extend(values);
            }
            altered.extend((0..2 * pixels.each).map(|i| i < pixels.each));
            weights.extend(std::iter::repeat_n(1.0 / pixels.each as f64, 2 * pixels.each));
        }
        let ridge = RIDGE * with_pixels.len() as f64;
        let (intercept, solution) = logistic(&columns, &altered, &weights, ridge);
        let methods = ids.into_iter().zip(curves).enumerate().map(|(k, (id, curve))| {
            (
                id.clone(),
                MapModel { curve, always: rounded(solution[2 * k]), by_ratio: rounded(solution[2 * k + 1]) },
            )
        });
        let methods = methods.filter(|(_, m)| m.always + m.by_ratio > 0.0).collect();
        Ok(Some(Self { intercept: rounded(intercept), methods }))
    }

    /// The probability of each cell being altered if as many cells were altered as not, rows by columns of
    /// `grid`, and each method's part in the cells that stand out most.
    pub(super) fn apply(
        &self,
        readings: &Readings,
        ratios: &BTreeMap<String, f64>,
        grid: Grid,
    ) -> (Array2<f32>, BTreeMap<String, f64>) {
        let mut odds = vec![self.intercept as f32; grid.columns() * grid.rows()];
        let mut parts: Vec<(&String, Vec<f32>)> = vec![];
        for (id, model) in &self.methods {
            let Some(map) = readings.get(id).and_then(|reading| reading.map.as_deref()) else { continue };
            if (map.width, map.height) != (grid.width, grid.height) {
                continue;
            }
            let speaks = ratios.get(id).copied().unwrap_or(0.0).max(0.0);
            let weight = model.always + model.by_ratio * speaks;
            if weight == 0.0 {
                continue;
            }
            let worth: Vec<f32> =
                (0..=255).map(|rank| (weight * model.curve.at(f64::from(rank))) as f32).collect();
            let part: Vec<f32> = grid
                .ranks(map)
                .into_iter()
                .map(|rank| {
                    // Straight between whole ranks: a finer order of cells than 256 steps.
                    let (low, share) = ((rank * 255.0) as usize, (rank * 255.0).fract());
                    worth[low] + share * (worth[(low + 1).min(255)] - worth[low])
                })
                .collect();
            odds.iter_mut().zip(&part).for_each(|(sum, part)| *sum += part);
            parts.push((id, part));
        }
        let mut order: Vec<u32> = (0..odds.len() as u32).collect();
        let top = (odds.len() / 50).max(1).min(odds.len());
        if top < order.len() {
            order.select_nth_unstable_by(top, |a, b| odds[*b as usize].total_cmp(&odds[*a as usize]));
        }
        let mean = |part: &[f32]| {
            order[..top].iter().map(|&i| f64::from(part[i as usize])).sum::<f64>() / top as f64
        };
        let shares = parts.iter().map(|(id, part)| ((*id).clone(), mean(part))).collect();
        let values = odds.into_iter().map(|odds| 1.0 / (1.0 + (-odds).exp())).collect();
        let shape = (grid.rows(), grid.columns());
        (Array2::from_shape_vec(shape, values).unwrap_or_else(|_| Array2::zeros(shape)), shares)
    }
}

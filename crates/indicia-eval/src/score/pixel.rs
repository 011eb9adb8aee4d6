use std::sync::{Mutex, PoisonError};

use indicia_core::Result;
use rayon::prelude::*;

use super::subset::groups;
use super::{Options, Predictions};
use crate::maps;
use crate::metrics::pixel::{ImagePixels, PixelReport, Pool, measure, summarise};

/// Measures the maps of rows that have one. A row with a map needs a mask or label 0.
///
/// `None` if no row has a map.
pub(super) fn score(
    predictions: &Predictions,
    rows: &[u32],
    options: &Options<'_>,
) -> Result<Option<PixelReport>> {
    let with_map: Vec<u32> =
        rows.iter().copied().filter(|i| predictions.text("predicted_mask", *i as usize).is_some()).collect();
    if with_map.is_empty() {
        return Ok(None);
    }
    // A pool has 16 MB: each thread takes one up and lays it down again.
    let pools: Mutex<Vec<Pool>> = Mutex::new(vec![]);
    let lock = || pools.lock().unwrap_or_else(PoisonError::into_inner);
    let one = |&index: &u32| {
        let taken = lock().pop();
        let mut pool = taken.unwrap_or_default();
        let result = measure_row(predictions, index as usize, options, &mut pool);
        lock().push(pool);
        if let Some(advance) = options.progress {
            advance();
        }
        result
    };
    let images: Vec<ImagePixels> = with_map.par_iter().map(one).collect::<Result<_>>()?;
    let mut all = Pool::default();
    lock().iter().for_each(|pool| all.merge(pool));
    let groups = groups(predictions, &with_map);
    summarise(&images, &groups, &all, &options.pixel, options.bootstrap).map(Some)
}

fn measure_row(
    predictions: &Predictions,
    index: usize,
    options: &Options<'_>,
    pool: &mut Pool,
) -> Result<ImagePixels> {
    let at = |column: &'static str| move |e| predictions.at(index, column, &e);
    let (Some(map), mask) = (predictions.file("predicted_mask", index), predictions.file("mask", index))
    else {
        return Err(predictions.at(index, "predicted_mask", &"expected a path, got nothing"));
    };
    let map = maps::read(&map, &options.limits).map_err(at("predicted_mask"))?;
    let mask = match (mask, predictions.rows[index].label) {
        (Some(mask), _) => Some(maps::read_mask(&mask, &options.limits).map_err(at("mask"))?),
        (None, Some(false)) => None,
        (None, _) => {
            let message = "expected a mask for a map of an item that is not labelled 0";
            return Err(predictions.at(index, "mask", &message));
        }
    };
    measure(map.view(), mask.as_ref().map(|mask| mask.view()), &options.pixel, pool)
        .map_err(at("predicted_mask"))
}

use indicia_core::{Error, Result};
use ndarray::{ArrayView2, Zip};

use super::pool::{Pool, THRESHOLDS};
use super::protocol::{ALTERED, AUTHENTIC, IGNORED};
use super::sort::{key, sort};
use super::sweep::sweep;
use super::{PER_IMAGE, PixelProtocol};
use crate::maps;
use crate::metrics::binary::Confusion;

/// What one picture adds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ImagePixels {
    /// A picture with altered pixels: its metrics in the order of [`PER_IMAGE`].
    Forged([f64; PER_IMAGE.len()]),
    /// A picture of which nothing is altered: the share of its pixels that is called altered.
    Authentic(f64),
    /// A forged picture in which no altered or no authentic pixel counts.
    Uncounted,
}

/// Measures one map. `mask` is the truth, `None` for an authentic picture; a mask without altered pixels means
/// the same. Pixels of forged pictures are added to `pool`.
///
/// # Errors
/// `Input` if the sizes differ and the protocol does not resize, or the map is empty or holds a NaN.
pub fn measure(
    map: ArrayView2<'_, f32>,
    mask: Option<ArrayView2<'_, bool>>,
    protocol: &PixelProtocol,
    pool: &mut Pool,
) -> Result<ImagePixels> {
    if map.is_empty() {
        return Err(Error::input("the map is empty"));
    }
    let resized;
    let map = match mask {
        Some(mask) if mask.dim() != map.dim() => {
            let ((height, width), (rows, columns)) = (mask.dim(), map.dim());
            if !protocol.resize {
                return Err(Error::input(format!(
                    "the map has {columns}x{rows} pixels, the mask {width}x{height} (--resize brings maps to the mask)"
                )));
            }
            if mask.is_empty() {
                return Err(Error::input("the mask is empty"));
            }
            resized = maps::resize_nearest(map, height, width);
            resized.view()
        }
        _ => map,
    };
    let Some(mask) = mask.filter(|mask| mask.iter().any(|m| *m)) else {
        let called = map.iter().filter(|v| **v >= protocol.threshold).count();
        return Ok(ImagePixels::Authentic(called as f64 / map.len() as f64));
    };
    let [mut altered, mut authentic, mut scratch] = std::mem::take(&mut pool.scratch);
    altered.clear();
    authentic.clear();
    let mut soft = [0.0_f64; 2];
    let mut add = |zone: u8, v: f32| match zone {
        ALTERED => {
            altered.push(key(v));
            soft[0] += f64::from(v.clamp(0.0, 1.0));
        }
        AUTHENTIC => {
            authentic.push(key(v));
            soft[1] += f64::from(v.clamp(0.0, 1.0));
        }
        _ => debug_assert_eq!(zone, IGNORED),
    };
    if protocol.trimap.is_some() {
        Zip::from(&protocol.zones(mask)).and(map).for_each(|zone, v| add(*zone, *v));
    } else {
        Zip::from(mask).and(map).for_each(|m, v| add(u8::from(*m), *v));
    }
    sort(&mut altered, &mut scratch);
    sort(&mut authentic, &mut scratch);
    let values = (!altered.is_empty() && !authentic.is_empty())
        .then(|| forged(&altered, &authentic, soft, protocol, pool));
    pool.scratch = [altered, authentic, scratch];
    Ok(values.map_or(ImagePixels::Uncounted, ImagePixels::Forged))
}

fn forged(
    altered: &[u32],
    authentic: &[u32],
    soft: [f64; 2],
    protocol: &PixelProtocol,
    pool: &mut Pool,
) -> [f64; PER_IMAGE.len()] {
    let counts = [altered.len() as f64, authentic.len() as f64];
    let called = |keys: &[u32], threshold: f32| keys.len() - keys.partition_point(|k| *k < key(threshold));
    let confusion = |threshold| {
        let (tp, fp) = (called(altered, threshold) as f64, called(authentic, threshold) as f64);
        outcomes(tp, fp, counts)
    };
    for (at, sum) in pool.f1.iter_mut().enumerate() {
        *sum += confusion(at as f32 / (THRESHOLDS - 1) as f32).f1().unwrap_or(0.0);
    }
    pool.add(altered, authentic);
    let hard = confusion(protocol.threshold);
    let counted = [hard.true_positives, hard.false_positives, hard.false_negatives, hard.true_negatives];
    pool.outcomes.iter_mut().zip(counted).for_each(|(sum, v)| *sum += v as u64);
    let order = sweep(altered.iter().rev().copied(), authentic.iter().rev().copied());
    let values = values(hard, order, outcomes(soft[0], soft[1], counts));
    if !protocol.inverted {
        return values;
    }
    // The inverse of a map on the scale of 0 to 1 is 1 minus it: its pixels above the threshold are those
    // below 1 minus the threshold, including it.
    let below = |keys: &[u32]| keys.partition_point(|k| *k <= key(1.0 - protocol.threshold)) as f64;
    let hard = outcomes(below(altered), below(authentic), counts);
    let order = sweep(altered.iter().map(|k| !k), authentic.iter().map(|k| !k));
    let soft = outcomes(counts[0] - soft[0], counts[1] - soft[1], counts);
    let inverse = self::values(hard, order, soft);
    std::array::from_fn(|i| values[i].max(inverse[i]))
}

fn outcomes(tp: f64, fp: f64, [positives, negatives]: [f64; 2]) -> Confusion {
    Confusion {
        true_positives: tp,
        false_positives: fp,
        true_negatives: negatives - fp,
        false_negatives: positives - tp,
    }
}

/// In the order of [`PER_IMAGE`].
fn values(hard: Confusion, order: super::sweep::Order, soft: Confusion) -> [f64; PER_IMAGE.len()] {
    let or_zero = |v: Option<f64>| v.unwrap_or(0.0);
    [
        or_zero(hard.f1()),
        or_zero(hard.iou()),
        or_zero(hard.mcc()),
        or_zero(hard.balanced_accuracy()),
        order.best_f1,
        // IoU rises with F1, so that both are best at the same threshold.
        order.best_f1 / (2.0 - order.best_f1),
        order.auc,
        order.average_precision,
        or_zero(soft.f1()),
        or_zero(soft.iou()),
        or_zero(soft.mcc()),
    ]
}

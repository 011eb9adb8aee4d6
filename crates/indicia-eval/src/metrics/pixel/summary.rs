use indicia_core::Result;
use serde::Serialize;
use serde::ser::SerializeMap;

use super::catalogue::OVERALL;
use super::pool::THRESHOLDS;
use super::{ImagePixels, PER_IMAGE, PixelProtocol, Pool};
use crate::metrics::Definition;
use crate::metrics::binary::Confusion;
use crate::stats::{Bootstrap, Estimate, Groups, group_means};

/// Metrics over the pixels of a set of pictures.
#[derive(Debug, Clone)]
pub struct PixelReport {
    /// Forged pictures.
    pub forged: usize,
    /// Authentic pictures.
    pub authentic: usize,
    /// Forged pictures in which no altered or no authentic pixel counts; they are in no metric.
    pub uncounted: usize,
    /// The threshold of `one_threshold_f1`.
    pub one_threshold: Option<f64>,
    /// How maps were compared with masks, in words.
    pub protocol: String,
    /// Values in the order of the definitions; absent without forged (or authentic) pictures.
    pub metrics: Vec<(&'static Definition, Option<Estimate>)>,
}

impl PixelReport {
    /// The value of the metric of this id, where there is one.
    pub fn get(&self, id: &str) -> Option<Estimate> {
        self.metrics.iter().find(|(info, _)| info.id == id)?.1
    }
}

/// Counts, the protocol in words and a map from metric to estimate, all in one object.
impl Serialize for PixelReport {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("forged", &self.forged)?;
        map.serialize_entry("authentic", &self.authentic)?;
        map.serialize_entry("uncounted", &self.uncounted)?;
        map.serialize_entry("protocol", &self.protocol)?;
        map.serialize_entry("one_threshold", &self.one_threshold)?;
        for (info, estimate) in &self.metrics {
            map.serialize_entry(info.id, estimate)?;
        }
        map.end()
    }
}

/// Sums up pictures. Intervals are of the bootstrap over `groups` (one number a picture); pooled figures have
/// none, since pixels are no independent items.
///
/// # Errors
/// `Limits` from 2^32 pictures on.
pub fn summarise(
    images: &[ImagePixels],
    groups: &[u32],
    pool: &Pool,
    protocol: &PixelProtocol,
    bootstrap: Bootstrap,
) -> Result<PixelReport> {
    const N: usize = PER_IMAGE.len() + 2;
    let row = |image: &ImagePixels| {
        let mut row = [f64::NAN; N];
        match image {
            ImagePixels::Forged(values) => row[..PER_IMAGE.len()].copy_from_slice(values),
            ImagePixels::Authentic(share) => {
                row[N - 2] = *share;
                row[N - 1] = f64::from(u8::from(*share > protocol.alarm_share));
            }
            ImagePixels::Uncounted => {}
        }
        row
    };
    let rows: Vec<[f64; N]> = images.iter().map(row).collect();
    let means = group_means(&rows, &Groups::from_ids(groups)?, bootstrap);
    let count = |wanted: fn(&ImagePixels) -> bool| images.iter().filter(|i| wanted(i)).count();
    let forged = count(|i| matches!(i, ImagePixels::Forged(_)));
    let [tp, fp, missed, tn] = pool.outcomes.map(|n| n as f64);
    let pooled =
        Confusion { true_positives: tp, false_positives: fp, false_negatives: missed, true_negatives: tn };
    let ranking = pool.ranking()?;
    let best = pool.f1.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).filter(|_| forged > 0);
    let alone = |value: Option<f64>| value.map(|value| Estimate { value, ci95: None, interval: None });
    let overall = [
        alone(best.map(|(_, sum)| sum / forged as f64)),
        alone(pooled.f1()),
        alone(pooled.iou()),
        alone(pooled.mcc()),
        alone(ranking.auc()),
        alone(ranking.average_precision()),
        means[N - 2],
        means[N - 1],
    ];
    let metrics = PER_IMAGE.iter().chain(&OVERALL).zip(means[..PER_IMAGE.len()].iter().chain(&overall));
    Ok(PixelReport {
        forged,
        authentic: count(|i| matches!(i, ImagePixels::Authentic(_))),
        uncounted: count(|i| matches!(i, ImagePixels::Uncounted)),
        one_threshold: best.map(|(at, _)| at as f64 / (THRESHOLDS - 1) as f64),
        protocol: protocol.describe(),
        metrics: metrics.map(|(info, estimate)| (info, *estimate)).collect(),
    })
}

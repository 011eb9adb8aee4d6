use indicia_core::{Error, Result};
use serde_json::Value;

use super::content::{check_keys, number, one_of, short};
use super::objects::{Columns, Named, Typed, type_of};
use super::subset::groups;
use super::{Options, Predictions};
use crate::metrics::Section;
use crate::metrics::segments::{PredictedSegment, TrueSegment, Video, evaluate};

const COLUMNS: Columns<TrueSegment, PredictedSegment> = Columns {
    words: ["segment", "segments"],
    names: ["segments", "predicted_segments"],
    truth: true_segment,
    predicted: predicted_segment,
};

impl Typed for TrueSegment {
    fn kind(&mut self) -> &mut u32 {
        &mut self.kind
    }
}

impl Typed for PredictedSegment {
    fn kind(&mut self) -> &mut u32 {
        &mut self.kind
    }
}

/// Measures segments of rows: `segments` against `predicted_segments`.
///
/// `None` if no row has predicted segments.
pub(super) fn score(
    predictions: &Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<Section>> {
    let Some(objects) = COLUMNS.read(predictions, used)? else { return Ok(None) };
    let videos: Vec<Video> =
        objects.rows.into_iter().map(|(truth, predicted)| Video { truth, predicted }).collect();
    evaluate(&videos, &objects.types, &groups(predictions, used), options.bootstrap).map(Some)
}

const KEYS: [&str; 6] = ["start", "end", "type", "category", "label", "score"];

/// Start, end, score where there is one, and type.
fn parts<'v>(value: &'v Value, bare: &str) -> Result<(f64, f64, Option<&'v Value>, String)> {
    let (start, end, score, name) = match value {
        Value::Array(parts) => match &parts[..] {
            [start, end] => (Some(start), Some(end), None, String::new()),
            [start, end, score] => (Some(start), Some(end), Some(score), String::new()),
            _ => return Err(Error::input(format!("expected {bare}, got {}", short(Some(value))))),
        },
        Value::Object(map) => {
            check_keys(map, &KEYS)?;
            (map.get("start"), map.get("end"), one_of(map, &["score"])?, type_of(map)?)
        }
        other => return Err(Error::input(format!("expected a segment, got {}", short(Some(other))))),
    };
    Ok((number("start", start)?, number("end", end)?, score, name))
}

fn true_segment(value: &Value) -> Result<Named<TrueSegment>> {
    let (start, end, score, name) = parts(value, "[start, end]")?;
    score.map(|score| number("score", Some(score))).transpose()?;
    let segment = TrueSegment { start, end, kind: 0 };
    segment.check()?;
    Ok((segment, name))
}

fn predicted_segment(value: &Value) -> Result<Named<PredictedSegment>> {
    let (start, end, score, name) = parts(value, "[start, end, score]")?;
    let segment = PredictedSegment { start, end, kind: 0, score: number("score", score)? };
    segment.check()?;
    Ok((segment, name))
}

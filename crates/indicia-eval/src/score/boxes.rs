use indicia_core::{Error, Result};
use serde_json::{Map, Value};

use super::content::{check_keys, number, one_of, short};
use super::objects::{Columns, Named, Typed, type_of};
use super::subset::groups;
use super::{Options, Predictions};
use crate::metrics::Section;
use crate::metrics::boxes::{Picture, PredictedBox, Rect, TrueBox, evaluate};

const COLUMNS: Columns<TrueBox, PredictedBox> = Columns {
    words: ["box", "boxes"],
    names: ["boxes", "predicted_boxes"],
    truth: true_box,
    predicted: predicted_box,
};

impl Typed for TrueBox {
    fn kind(&mut self) -> &mut u32 {
        &mut self.kind
    }
}

impl Typed for PredictedBox {
    fn kind(&mut self) -> &mut u32 {
        &mut self.kind
    }
}

/// Measures boxes of rows: `boxes` against `predicted_boxes`.
///
/// `None` if no row has predicted boxes.
pub(super) fn score(
    predictions: &Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<Section>> {
    let Some(objects) = COLUMNS.read(predictions, used)? else { return Ok(None) };
    let pictures: Vec<Picture> =
        objects.rows.into_iter().map(|(truth, predicted)| Picture { truth, predicted }).collect();
    let groups = groups(predictions, used);
    evaluate(&pictures, &objects.types, &groups, &options.boxes, options.bootstrap).map(Some)
}

/// Keys of a box, true or predicted. `area` is that of the object's outline, as COCO gives it.
const KEYS: [&str; 9] = ["box", "bbox", "type", "category", "label", "score", "crowd", "iscrowd", "area"];

fn rect(sides: &[Value]) -> Result<Rect> {
    let [x, y, width, height] = sides else {
        let got = sides.len();
        return Err(Error::input(format!("expected x, y, width and height, got {got} values")));
    };
    let side = |what: &str, value: &Value| number(what, Some(value));
    let rect = Rect {
        x: side("x", x)?,
        y: side("y", y)?,
        width: side("width", width)?,
        height: side("height", height)?,
    };
    rect.check()?;
    Ok(rect)
}

fn rect_of(map: &Map<String, Value>) -> Result<Rect> {
    check_keys(map, &KEYS)?;
    match one_of(map, &["box", "bbox"])? {
        Some(Value::Array(sides)) => rect(sides),
        other => Err(Error::input(format!("expected box: [x, y, width, height], got {}", short(other)))),
    }
}

fn crowd(map: &Map<String, Value>) -> Result<bool> {
    match one_of(map, &["crowd", "iscrowd"])? {
        None => Ok(false),
        Some(Value::Bool(crowd)) => Ok(*crowd),
        Some(Value::Number(number)) if number.as_u64() == Some(0) => Ok(false),
        Some(Value::Number(number)) if number.as_u64() == Some(1) => Ok(true),
        other => Err(Error::input(format!("expected true or false as crowd, got {}", short(other)))),
    }
}

fn true_box(value: &Value) -> Result<Named<TrueBox>> {
    match value {
        Value::Array(sides) => Ok((TrueBox::new(rect(sides)?, 0), String::new())),
        Value::Object(map) => {
            let of_box = TrueBox { crowd: crowd(map)?, ..TrueBox::new(rect_of(map)?, 0) };
            let area = match one_of(map, &["area"])? {
                None => of_box.area,
                area => number("area", area)?,
            };
            if area < 0.0 {
                return Err(Error::input(format!("expected an area of at least 0, got {area}")));
            }
            // Some tables say how sure an annotator was; a score that is there is a number.
            one_of(map, &["score"])?.map(|score| number("score", Some(score))).transpose()?;
            Ok((TrueBox { area, ..of_box }, type_of(map)?))
        }
        other => Err(Error::input(format!("expected a box, got {}", short(Some(other))))),
    }
}

fn predicted_box(value: &Value) -> Result<Named<PredictedBox>> {
    let (rect, score, name) = match value {
        Value::Array(parts) => match &parts[..] {
            [sides @ .., score] if sides.len() == 4 => (rect(sides)?, Some(score), String::new()),
            _ => {
                let got = short(Some(value));
                return Err(Error::input(format!("expected [x, y, width, height, score], got {got}")));
            }
        },
        Value::Object(map) => {
            if crowd(map)? {
                return Err(Error::input("expected crowds among true boxes only"));
            }
            (rect_of(map)?, map.get("score"), type_of(map)?)
        }
        other => return Err(Error::input(format!("expected a box, got {}", short(Some(other))))),
    };
    Ok((PredictedBox { rect, kind: 0, score: number("score", score)? }, name))
}

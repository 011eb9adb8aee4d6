use std::borrow::Cow;

use ndarray::Array2;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Where in the evidence a finding lies. Coordinates are those of the picture as decoded, before any EXIF
/// rotation; the origin is the top left corner.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Region {
    /// The whole input.
    Whole,
    /// The set pixels of a mask.
    Mask(Mask),
    /// A rectangle.
    Box(PixelBox),
    /// A run of the input's bytes, such as one marker segment.
    Bytes {
        /// First byte.
        offset: u64,
        /// Number of bytes.
        length: u64,
    },
}

/// A rectangle of whole pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PixelBox {
    /// Left column.
    pub x: u32,
    /// Top row.
    pub y: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

/// A set of pixels of a picture, height by width. Written to JSON as its size, the box around it, its
/// area, and run lengths in row order that begin with a run of unset pixels.
#[derive(Clone, PartialEq)]
pub struct Mask {
    set: Array2<bool>,
}

impl Mask {
    /// From an array of height by width.
    pub fn new(set: Array2<bool>) -> Self {
        Self { set }
    }

    /// The pixels, height by width.
    pub fn pixels(&self) -> &Array2<bool> {
        &self.set
    }

    /// Columns.
    pub fn width(&self) -> usize {
        self.set.ncols()
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.set.nrows()
    }

    /// Number of set pixels.
    pub fn area(&self) -> usize {
        self.set.iter().filter(|set| **set).count()
    }

    /// The smallest rectangle around the set pixels; `None` if there are none.
    pub fn bounding_box(&self) -> Option<PixelBox> {
        let mut bounds: Option<(usize, usize, usize, usize)> = None;
        for (y, row) in self.set.outer_iter().enumerate() {
            let Some(first) = row.iter().position(|set| *set) else { continue };
            let last = row.iter().rposition(|set| *set).unwrap_or(first);
            bounds = Some(match bounds {
                None => (first, y, last, y),
                Some((x0, y0, x1, _)) => (x0.min(first), y0, x1.max(last), y),
            });
        }
        bounds.map(|(x0, y0, x1, y1)| PixelBox {
            x: x0 as u32,
            y: y0 as u32,
            width: (x1 - x0 + 1) as u32,
            height: (y1 - y0 + 1) as u32,
        })
    }

    /// Run lengths in row order, unset pixels first (so the first may be 0). They add up to the number of
    /// pixels.
    pub fn run_lengths(&self) -> Vec<u32> {
        let mut runs = vec![];
        let (mut value, mut length) = (false, 0_u32);
        for &set in &self.set {
            if set == value {
                length += 1;
            } else {
                runs.push(length);
                (value, length) = (set, 1);
            }
        }
        runs.push(length);
        runs
    }
}

impl std::fmt::Debug for Mask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Mask({}x{}, {} set)", self.width(), self.height(), self.area())
    }
}

impl Serialize for Mask {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Mask", 5)?;
        out.serialize_field("width", &self.width())?;
        out.serialize_field("height", &self.height())?;
        out.serialize_field("area", &self.area())?;
        out.serialize_field("bounding_box", &self.bounding_box())?;
        out.serialize_field("run_lengths", &self.run_lengths())?;
        out.end()
    }
}

impl JsonSchema for Mask {
    fn schema_name() -> Cow<'static, str> {
        "Mask".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let pixel_box = generator.subschema_for::<Option<PixelBox>>();
        let count = json_schema!({ "type": "integer", "minimum": 0 });
        json_schema!({
            "type": "object",
            "description": "A set of pixels. run_lengths go in row order, unset pixels first, and add up to width times height.",
            "properties": {
                "width": count, "height": count, "area": count, "bounding_box": pixel_box,
                "run_lengths": { "type": "array", "items": count }
            },
            "required": ["width", "height", "area", "bounding_box", "run_lengths"]
        })
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn a_mask_is_written_as_box_area_and_runs() {
        let mask = Mask::new(array![[false, true, true, false], [false, true, false, false]]);
        assert_eq!(mask.area(), 3);
        assert_eq!(mask.bounding_box(), Some(PixelBox { x: 1, y: 0, width: 2, height: 2 }));
        assert_eq!(mask.run_lengths(), [1, 2, 2, 1, 2]);
    }

    #[test]
    fn an_empty_mask_has_no_box_and_a_full_one_begins_with_a_zero_run() {
        let empty = Mask::new(Array2::from_elem((2, 3), false));
        assert_eq!((empty.bounding_box(), empty.run_lengths()), (None, vec![6]));
        assert_eq!(Mask::new(Array2::from_elem((2, 3), true)).run_lengths(), [0, 6]);
        assert_eq!(Mask::new(Array2::from_elem((0, 0), true)).run_lengths(), [0]);
    }
}

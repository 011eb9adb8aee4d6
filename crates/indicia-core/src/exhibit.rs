use std::sync::Arc;

use ndarray::{Array2, s};
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

/// Something to look at: a map that lies on the picture, a small picture, a table. An exhibit shows; by
/// itself it claims nothing.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Exhibit {
    /// Short name, unique within the finding: `map`, `mask`, `thumbnail`, `markers`.
    pub id: String,
    /// What it shows, for a heading.
    pub title: String,
    /// How to read it, in a sentence or two.
    pub legend: String,
    /// The thing itself; in JSON its kind and size only.
    pub data: ExhibitData,
}

/// Content of an [`Exhibit`].
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExhibitData {
    /// A value a pixel, or a value a cell of pixels.
    Map(Arc<Map>),
    /// A small 8-bit RGB picture, such as an embedded thumbnail.
    Picture(Arc<Picture>),
    /// Rows of text.
    Table(Table),
}

/// Which end of a map's range deserves suspicion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Higher means more suspicious.
    HigherIsSuspicious,
    /// The map is to be looked at for contrast between alike regions; neither end is suspicious by itself.
    Contrast,
}

/// A map over the picture. One value covers `cell` by `cell` pixels; the last cells may hang over the
/// picture's right and lower edge, and pixels beyond the last cell have the value [`Map::outside`].
#[derive(Debug, Clone)]
pub struct Map {
    /// Values, rows by columns of cells. Finite.
    pub values: Array2<f32>,
    /// Side of a cell in pixels, at least 1.
    pub cell: usize,
    /// Columns of the picture.
    pub width: usize,
    /// Rows of the picture.
    pub height: usize,
    /// Value where no cell lies.
    pub outside: f32,
    /// Value at the lower end of the colour scale.
    pub low: f32,
    /// Value at the upper end of the colour scale.
    pub high: f32,
    /// Which end is suspicious.
    pub direction: Direction,
}

impl Map {
    /// A map with a value a pixel, coloured from `low` to `high`, higher being more suspicious.
    pub fn per_pixel(values: Array2<f32>, low: f32, high: f32) -> Self {
        let (height, width) = values.dim();
        let direction = Direction::HigherIsSuspicious;
        Self { values, cell: 1, width, height, outside: low, low, high, direction }
    }

    /// Value at a pixel.
    ///
    /// # Panics
    /// If the pixel lies outside the picture.
    pub fn at(&self, x: usize, y: usize) -> f32 {
        assert!(x < self.width && y < self.height, "pixel {x},{y} outside {}x{}", self.width, self.height);
        *self.values.get((y / self.cell, x / self.cell)).unwrap_or(&self.outside)
    }

    /// A value a pixel, height by width: each cell repeated over its pixels.
    pub fn to_pixels(&self) -> Array2<f32> {
        let mut out = Array2::from_elem((self.height, self.width), self.outside);
        for ((row, column), &value) in self.values.indexed_iter() {
            let (y, x) = ((row * self.cell).min(self.height), (column * self.cell).min(self.width));
            let (y1, x1) = ((y + self.cell).min(self.height), (x + self.cell).min(self.width));
            out.slice_mut(s![y..y1, x..x1]).fill(value);
        }
        out
    }
}

#[derive(Serialize, JsonSchema)]
struct MapSummary {
    width: usize,
    height: usize,
    cell: usize,
    low: f32,
    high: f32,
    direction: Direction,
}

impl Serialize for Map {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { cell, width, height, low, high, direction, .. } = *self;
        MapSummary { width, height, cell, low, high, direction }.serialize(serializer)
    }
}

impl JsonSchema for Map {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Map".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        MapSummary::json_schema(generator)
    }
}

/// An 8-bit RGB picture, rows from the top, three bytes a pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `width * height * 3` samples.
    pub rgb: Vec<u8>,
}

#[derive(Serialize, JsonSchema)]
struct PictureSummary {
    width: usize,
    height: usize,
}

impl Serialize for Picture {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        PictureSummary { width: self.width, height: self.height }.serialize(serializer)
    }
}

impl JsonSchema for Picture {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Picture".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        PictureSummary::json_schema(generator)
    }
}

/// Rows of text under column heads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Table {
    /// Column heads.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn cells_repeat_over_their_pixels_and_stop_at_the_edge() {
        let map = Map {
            values: array![[1.0, 2.0]],
            cell: 2,
            width: 3,
            height: 3,
            outside: -1.0,
            low: 0.0,
            high: 2.0,
            direction: Direction::HigherIsSuspicious,
        };
        assert_eq!(map.to_pixels(), array![[1.0, 1.0, 2.0], [1.0, 1.0, 2.0], [-1.0, -1.0, -1.0]]);
        for ((y, x), &value) in map.to_pixels().indexed_iter() {
            assert_eq!(map.at(x, y), value);
        }
    }

    #[test]
    fn json_has_a_summary_and_not_the_values() {
        let map = Map::per_pixel(array![[0.25, 0.5]], 0.0, 1.0);
        let json = serde_json::to_value(ExhibitData::Map(Arc::new(map))).unwrap();
        let expected = serde_json::json!({
            "type": "map", "width": 2, "height": 1, "cell": 1, "low": 0.0, "high": 1.0,
            "direction": "higher_is_suspicious"
        });
        assert_eq!(json, expected);
    }
}

use std::f64::consts::TAU;

use indicia_core::Picture;
use indicia_core::{Error, Result};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::mask::Patch;
use super::segment;

/// Form of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// A closed curve of cubic Bezier pieces through 5 to 9 random points around the middle.
    Bezier,
    /// A polygon of 3 to 8 random corners around the middle.
    Polygon,
    /// An ellipse.
    Ellipse,
    /// A rectangle.
    Rectangle,
    /// What resembles the pixel in the middle: a region grown by colour, up to its strongest edge.
    Segment,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Bezier, Self::Polygon, Self::Ellipse, Self::Rectangle, Self::Segment];

    /// Name as histories and tables write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bezier => "bezier",
            Self::Polygon => "polygon",
            Self::Ellipse => "ellipse",
            Self::Rectangle => "rectangle",
            Self::Segment => "segment",
        }
    }
}

/// A region of a picture, complete enough to be drawn again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Its form.
    pub shape: Shape,
    /// Column of its middle, in pixel edges.
    pub x: f64,
    /// Row of its middle.
    pub y: f64,
    /// Pixels that it should have; those beyond the picture's border are cut off. A segment ends between 0.6
    /// and 1.5 times as many, where its edge is strongest.
    pub area: f64,
    /// Width over height before rotation; of no meaning to segments.
    pub aspect: f64,
    /// Rotation in degrees; of no meaning to segments.
    pub angle: f64,
    /// Seed of its random corners.
    pub seed: u64,
}

impl Region {
    /// The region's pixels, fully opaque.
    ///
    /// # Errors
    /// `Input` if no pixel lies in it or a number is no finite one.
    pub fn draw(&self, picture: &Picture) -> Result<Patch> {
        let numbers = [self.x, self.y, self.area, self.aspect, self.angle];
        if numbers.iter().any(|v| !v.is_finite()) || self.area <= 0.0 || self.aspect <= 0.0 {
            return Err(Error::input(format!("expected a region of finite numbers, got {self:?}")));
        }
        let patch = if self.shape == Shape::Segment {
            segment::grow(picture, (self.x, self.y), self.area)
        } else {
            fill(&self.outline(), picture.width, picture.height)
        };
        patch.ok_or_else(|| {
            let (w, h) = (picture.width, picture.height);
            Error::input(format!("expected a region inside {w}x{h} pixels, got none of {self:?}"))
        })
    }

    /// Corners of the region's outline.
    fn outline(&self) -> Vec<[f64; 2]> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut points = match self.shape {
            Shape::Rectangle => vec![[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]],
            Shape::Polygon => {
                let corners = rng.random_range(3..=8);
                star(corners, 0.5, &mut rng)
            }
            Shape::Bezier => {
                let anchors = rng.random_range(5..=9);
                smooth(&star(anchors, 0.45, &mut rng))
            }
            Shape::Ellipse | Shape::Segment => {
                (0..128).map(|i| (f64::from(i) / 128.0 * TAU).sin_cos()).map(|(s, c)| [c, s]).collect()
            }
        };
        let scale = (self.area / area(&points)).sqrt();
        let (across, down) = (scale * self.aspect.sqrt(), scale / self.aspect.sqrt());
        let (sin, cos) = self.angle.to_radians().sin_cos();
        for point in &mut points {
            let [x, y] = [point[0] * across, point[1] * down];
            *point = [self.x + x * cos - y * sin, self.y + x * sin + y * cos];
        }
        points
    }
}

/// Points around the origin in order of their angle, at distances from `nearest` to 1.
fn star(count: u32, nearest: f64, rng: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    (0..count)
        .map(|i| {
            let angle = (f64::from(i) + rng.random_range(0.0..0.8)) / f64::from(count) * TAU;
            let distance = rng.random_range(nearest..=1.0);
            [angle.cos() * distance, angle.sin() * distance]
        })
        .collect()
}

/// Closed cubic Bezier curve through the points, with the tangents of a Catmull-Rom spline.
fn smooth(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    const STEPS: u32 = 16;
    let n = points.len();
    let at = |i: usize| points[i % n];
    let piece = |i: usize| {
        let (before, start, end, after) = (at(i + n - 1), at(i), at(i + 1), at(i + 2));
        (0..STEPS).map(move |step| {
            let t = f64::from(step) / f64::from(STEPS);
            let s = 1.0 - t;
            [0, 1].map(|k| {
                let first = start[k] + (end[k] - before[k]) / 6.0;
                let second = end[k] - (after[k] - start[k]) / 6.0;
                s * s * s * start[k] + 3.0 * s * s * t * first + 3.0 * s * t * t * second + t * t * t * end[k]
            })
        })
    };
    (0..n).flat_map(piece).collect()
}

/// Enclosed area by the shoelace formula.
fn area(points: &[[f64; 2]]) -> f64 {
    let next = points.iter().cycle().skip(1);
    (points.iter().zip(next).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum::<f64>() / 2.0).abs()
}

/// Pixels whose middles a closed outline winds around, in a picture of `width` x `height`.
fn fill(outline: &[[f64; 2]], width: usize, height: usize) -> Option<Patch> {
    let side = |v: f64, most: usize| v.clamp(0.0, most as f64) as usize;
    let bounds = |k: usize| {
        let values = outline.iter().map(move |p| p[k]);
        values.fold((f64::MAX, f64::MIN), |(low, high), v| (low.min(v), high.max(v)))
    };
    let ((left, right), (top, bottom)) = (bounds(0), bounds(1));
    let (x, y) = (side(left.floor(), width), side(top.floor(), height));
    let (right, bottom) = (side(right.ceil(), width), side(bottom.ceil(), height));
    let mut patch = Patch::solid(x, y, right.saturating_sub(x), bottom.saturating_sub(y));
    patch.alpha.fill(0);
    let mut crossings: Vec<(f64, i32)> = vec![];
    for (row, out) in patch.alpha.chunks_exact_mut(patch.width.max(1)).enumerate() {
        let middle = (y + row) as f64 + 0.5;
        crossings.clear();
        for (a, b) in outline.iter().zip(outline.iter().cycle().skip(1)) {
            if (a[1] <= middle) != (b[1] <= middle) {
                let at = a[0] + (middle - a[1]) / (b[1] - a[1]) * (b[0] - a[0]);
                crossings.push((at, if a[1] < b[1] { 1 } else { -1 }));
            }
        }
        crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut winding = 0;
        for pair in crossings.windows(2) {
            winding += pair[0].1;
            // Pixel c lies inside if its middle, c + 1/2, lies from the first crossing up to the second.
            let column = |v: f64| side((v - 0.5).ceil() - x as f64, patch.width);
            let (from, to) = (column(pair[0].0), column(pair[1].0));
            if winding != 0 && from < to {
                out[from..to].fill(255);
            }
        }
    }
    patch.trimmed()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blank(width: usize, height: usize) -> Picture {
        Picture { width, height, rgb: vec![0; width * height * 3] }
    }

    fn region(shape: Shape) -> Region {
        Region { shape, x: 100.0, y: 80.0, area: 4000.0, aspect: 1.5, angle: 20.0, seed: 3 }
    }

    #[test]
    fn a_rectangle_covers_the_pixels_whose_middles_it_holds() {
        let region =
            Region { x: 4.0, y: 3.0, area: 8.0, aspect: 2.0, angle: 0.0, ..region(Shape::Rectangle) };
        // Four wide and two high around (4, 3).
        assert_eq!(region.draw(&blank(9, 9)).unwrap(), Patch::solid(2, 2, 4, 2));
        // Cut off at the border.
        assert_eq!(region.draw(&blank(3, 9)).unwrap(), Patch::solid(2, 2, 1, 2));
        assert!(region.draw(&blank(2, 9)).is_err());
        assert!(Region { x: f64::NAN, ..region.clone() }.draw(&blank(9, 9)).is_err());
        assert!(Region { x: 1e300, ..region }.draw(&blank(9, 9)).is_err());
    }

    #[test]
    fn a_triangle_is_filled_by_rows() {
        let patch = fill(&[[0.0, 0.0], [4.0, 0.0], [0.0, 4.0]], 9, 9).unwrap();
        let rows: Vec<usize> =
            patch.alpha.chunks(patch.width).map(|row| row.iter().filter(|a| **a > 0).count()).collect();
        // In row y the hypotenuse crosses at x = 3.5 - y, and a middle on it is outside.
        assert_eq!(rows, [3, 2, 1]);
    }

    #[test]
    fn every_outline_has_the_area_that_it_was_asked_for() {
        for shape in [Shape::Bezier, Shape::Polygon, Shape::Ellipse, Shape::Rectangle] {
            for seed in 0..20 {
                let area = Region { seed, ..region(shape) }.draw(&blank(300, 300)).unwrap().area();
                assert!(area.abs_diff(4000) < 80, "{shape:?} {seed}: {area}");
            }
        }
    }

    #[test]
    fn a_segment_ends_at_the_edge_of_its_object() {
        // A disc of radius 40 (5,027 pixels), a little uneven, on another colour.
        let mut picture = blank(240, 200);
        for (i, pixel) in picture.rgb.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (x, y) = ((i % 240) as f64 - 120.0, (i / 240) as f64 - 90.0);
            let inside = x * x + y * y < 1600.0;
            let uneven = ((i * 7919) % 11) as u8;
            *pixel = if inside { [180 + uneven, 60, 40] } else { [60, 90 + uneven, 150] };
        }
        let region = Region { x: 110.0, y: 100.0, area: 4500.0, ..region(Shape::Segment) };
        let area = region.draw(&picture).unwrap().area();
        assert!(area.abs_diff(5027) < 250, "{area}");
    }
}

//! Changes of place.

use indicia_core::{Geometry, Picture, Result};
use rand::RngExt;
use rayon::prelude::*;

use super::blur::sample;
use super::kernel::{Border, Rows, gaussian, separable};
use super::random::between;
use super::warp::bicubic;
use super::{Context, Corruption, Output, Parameter, Placement, Suite};

/// See its text.
pub(super) static CROP: Corruption = Corruption {
    id: "crop",
    title: "Crop",
    text: "Keeps a part of the picture at a random place, as tall and as wide in proportion to it.",
    suite: Suite::Common,
    source: "ours; a random place breaks the grid of an earlier JPEG compression in 63 of 64 cases",
    agreement: "",
    geometry: Geometry::Moved,
    parameters: &[Parameter::new("kept", "share of a side", 0.01, 1.0)],
    severities: &[&[0.95], &[0.9], &[0.8], &[0.65], &[0.5]],
    run: |picture, values, context| {
        let (x, y, width, height) = crop_box((picture.width, picture.height), values, context);
        Ok(Output::Picture(part(&picture, x, y, width, height)))
    },
    place: Some(|size, values, context| {
        let (x, y, width, height) = crop_box(size, values, context);
        Ok(Placement::part(x as f64, y as f64, width, height))
    }),
    spread: None,
};

fn crop_box(
    (width, height): (usize, usize),
    values: &[f64],
    context: &Context<'_>,
) -> (usize, usize, usize, usize) {
    let mut random = context.seed.whole();
    let side = |n: usize| crate::resample::times(n, values[0]);
    let mut place = |n: usize| between(random.random(), 0.0, (n - side(n) + 1) as f64) as usize;
    (place(width), place(height), side(width), side(height))
}

/// A rectangle inside a picture.
pub(super) fn part(picture: &Picture, x: usize, y: usize, width: usize, height: usize) -> Picture {
    let rows = picture.rgb.chunks_exact(picture.width * 3).skip(y).take(height);
    let rgb = rows.flat_map(|row| &row[x * 3..(x + width) * 3]).copied().collect();
    Picture { width, height, rgb }
}

/// See its text.
pub(super) static HORIZONTAL_FLIP: Corruption = Corruption {
    id: "horizontal_flip",
    title: "Horizontal flip",
    text: "Mirrors the picture left to right.",
    suite: Suite::Common,
    source: "the usual definition",
    agreement: "equal",
    geometry: Geometry::Moved,
    parameters: &[],
    severities: &[],
    run: |mut picture, _, _| {
        picture.rgb.par_chunks_mut(picture.width * 3).for_each(|row| {
            row.reverse();
            row.chunks_exact_mut(3).for_each(<[u8]>::reverse);
        });
        Ok(Output::Picture(picture))
    },
    place: Some(|(width, height), _, _| {
        let to_source = [-1.0, 0.0, width as f64, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0];
        Ok(Placement { width, height, to_source })
    }),
    spread: None,
};

/// See its text.
pub(super) static ROTATION: Corruption = Corruption {
    id: "rotation",
    title: "Rotation",
    text: "Turns the picture counter-clockwise about its centre, bicubic, and keeps the largest upright rectangle that lies inside, so that no pixel is made up.",
    suite: Suite::Common,
    source: "ours",
    agreement: "",
    geometry: Geometry::Moved,
    parameters: &[Parameter::new("angle", "degrees", -180.0, 180.0)],
    severities: &[&[1.0], &[2.0], &[5.0], &[10.0], &[20.0]],
    run: |picture, values, _| {
        let placement = rotated((picture.width, picture.height), values[0]);
        Ok(Output::Picture(bicubic(&picture, &placement)))
    },
    place: Some(|size, values, _| Ok(rotated(size, values[0]))),
    spread: None,
};

fn rotated((width, height): (usize, usize), angle: f64) -> Placement {
    let (sin, cos) = (libm::sin(angle.to_radians()), libm::cos(angle.to_radians()));
    let [w, h] = [width, height].map(|n| n as f64);
    let (inner_width, inner_height) = inner(w, h, sin.abs(), cos.abs());
    // A hair of room for sides that are whole but for rounding, as after a turn by 90 degrees.
    let [inner_width, inner_height] = [inner_width, inner_height].map(|n| ((n + 1e-9) as usize).max(1));
    let (x, y) = (inner_width as f64 / 2.0, inner_height as f64 / 2.0);
    // Rows point down: a point that is turned counter-clockwise came from one turned clockwise.
    let to_source =
        [cos, -sin, w / 2.0 - cos * x + sin * y, sin, cos, h / 2.0 - sin * x - cos * y, 0.0, 0.0, 1.0];
    Placement { width: inner_width, height: inner_height, to_source }
}

/// Sides of the largest upright rectangle inside a rectangle that was turned.
fn inner(w: f64, h: f64, sin: f64, cos: f64) -> (f64, f64) {
    let (long, short) = (w.max(h), w.min(h));
    if short <= 2.0 * sin * cos * long || (sin - cos).abs() < 1e-10 {
        // Two corners touch the long sides, the other two lie on the middle line.
        let half = short / 2.0;
        return if w >= h { (half / sin, half / cos) } else { (half / cos, half / sin) };
    }
    let double = cos * cos - sin * sin;
    ((w * cos - h * sin) / double, (h * cos - w * sin) / double)
}

/// See its text.
pub(super) static ELASTIC_TRANSFORM: Corruption = Corruption {
    id: "elastic_transform",
    title: "Elastic transform",
    text: "Moves every pixel along a smooth random field, some hundredths of the height at most.",
    suite: Suite::Common,
    source: "elastic_transform of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2",
    agreement: "at most 1 level, on 0.2 % of samples, with the same random numbers",
    geometry: Geometry::Moved,
    parameters: &[Parameter::new("strength", "1", 0.0, 100.0)],
    severities: &[&[12.5], &[16.25], &[21.25], &[25.0], &[30.0]],
    run: |picture, values, context| {
        let rows = picture.height;
        let field = |axis: usize, y: usize, out: &mut [f32]| {
            let mut random = context.seed.row(axis * rows + y);
            out.iter_mut().for_each(|v| *v = between(random.random(), -1.0, 1.0) as f32);
        };
        elastic(&picture, values[0], context, &field).map(Output::Picture)
    },
    place: None,
    spread: None,
};

/// `field` gives numbers from -1 to 1 for a row, of the columns' field (0) and of the rows' (1).
pub(super) fn elastic(
    picture: &Picture,
    strength: f64,
    context: &Context<'_>,
    field: &(dyn Fn(usize, usize, &mut [f32]) + Sync),
) -> Result<Picture> {
    let Picture { width, height, rgb } = picture;
    let (width, height) = (*width, *height);
    context.limits.check_picture(width as u64, height as u64, 8 + 3)?;
    let [across, down] = [width, height].map(|n| gaussian(n as f64 * 0.01, 3.0));
    let reach = (height as f64 * 0.005 * strength) as f32;
    let smooth = |axis: usize| {
        let load = |y: usize, out: &mut [f32]| field(axis, y, out);
        let mut out = vec![0.0_f32; width * height];
        let rows = Rows { width, height, channels: 1, load: &load };
        separable(&rows, [&across, &down], Border::Reflect, &mut out, |v| v * reach);
        out
    };
    let [dx, dy] = [0, 1].map(smooth);
    let mut out = vec![0; rgb.len()];
    out.par_chunks_mut(width * 3).enumerate().for_each(|(y, out)| {
        for (x, out) in out.chunks_exact_mut(3).enumerate() {
            let [u, v] = [x as f32 + dx[y * width + x], y as f32 + dy[y * width + x]];
            let (left, top) = (u.floor(), v.floor());
            let (across, down) = (u - left, v - top);
            let at = |dy: isize, dx: isize| {
                let y = Border::Reflect.at(top as isize + dy, height);
                (y * width + Border::Reflect.at(left as isize + dx, width)) * 3
            };
            let places = [at(0, 0), at(0, 1), at(1, 0), at(1, 1)];
            for (c, out) in out.iter_mut().enumerate() {
                let [a, b, d, e] = places.map(|at| f32::from(rgb[at + c]));
                let (above, below) = (a + across * (b - a), d + across * (e - d));
                *out = sample(above + down * (below - above));
            }
        }
    });
    Ok(Picture { width, height, rgb: out })
}

/// See its text.
pub(super) static OCCLUDE: Corruption = Corruption {
    id: "occlude",
    title: "Occlusion",
    text: "Covers one cell of a grid with the picture's mean colour. Rows and columns alone stand for one recipe a cell; a row or column of 0 is drawn.",
    suite: Suite::Common,
    source: "occlusion sensitivity of Zeiler and Fergus (ECCV 2014), with the mean colour instead of gray",
    agreement: "",
    geometry: Geometry::Same,
    parameters: &[
        Parameter::new("rows", "cells", 1.0, 64.0).whole(),
        Parameter::new("columns", "cells", 1.0, 64.0).whole(),
        Parameter::new("row", "from 1, 0 to draw it", 0.0, 64.0).whole(),
        Parameter::new("column", "from 1, 0 to draw it", 0.0, 64.0).whole(),
    ],
    severities: &[
        &[8.0, 8.0, 0.0, 0.0],
        &[6.0, 6.0, 0.0, 0.0],
        &[4.0, 4.0, 0.0, 0.0],
        &[3.0, 3.0, 0.0, 0.0],
        &[2.0, 2.0, 0.0, 0.0],
    ],
    run: |mut picture, values, context| {
        let mut random = context.seed.whole();
        let mut cell = |count: f64, given: f64| {
            let drawn = between(random.random(), 0.0, count) as usize;
            if given == 0.0 { drawn } else { given.min(count) as usize - 1 }
        };
        let (rows, columns) = (values[0] as usize, values[1] as usize);
        let (row, column) = (cell(values[0], values[2]), cell(values[1], values[3]));
        let mean = super::colour::means(&picture).map(|mean| mean.round() as u8);
        let edge = |i: usize, n: usize, count: usize| i * n / count;
        let x = edge(column, picture.width, columns)..edge(column + 1, picture.width, columns);
        let y = edge(row, picture.height, rows)..edge(row + 1, picture.height, rows);
        for line in picture.rgb.chunks_exact_mut(picture.width * 3).take(y.end).skip(y.start) {
            line[x.start * 3..x.end * 3].chunks_exact_mut(3).for_each(|pixel| pixel.copy_from_slice(&mean));
        }
        Ok(Output::Picture(picture))
    },
    place: None,
    spread: Some(|values| {
        let &[rows, columns] = values else { return None };
        let cells = |n: f64| (1..=n as u32).map(f64::from);
        Some(cells(rows).flat_map(|r| cells(columns).map(move |c| vec![rows, columns, r, c])).collect())
    }),
};

#[cfg(test)]
mod tests {
    use indicia_core::{Digest, Limits};

    use super::super::Recipe;
    use super::*;

    #[test]
    fn a_turn_by_a_right_angle_is_exact_and_a_small_one_stays_inside() {
        let rgb = (0..6).flat_map(|i| [i * 40; 3]).collect();
        let picture = Picture { width: 3, height: 2, rgb };
        let turned = bicubic(&picture, &rotated((3, 2), 90.0));
        assert_eq!((turned.width, turned.height), (2, 3));
        // Counter-clockwise: the right column becomes the top row.
        assert_eq!(turned.rgb.chunks(3).map(|p| p[0] / 40).collect::<Vec<_>>(), [2, 5, 1, 4, 0, 3]);
        for angle in [-170.0, -45.0, 0.5, 3.0, 30.0, 45.0, 60.0, 135.0, 180.0] {
            for (w, h) in [(400, 300), (300, 400), (100, 100), (1000, 10), (1, 1)] {
                let placement = rotated((w, h), angle);
                let (inner_w, inner_h) = (placement.width as f64, placement.height as f64);
                for (x, y) in [(0.0, 0.0), (inner_w, 0.0), (0.0, inner_h), (inner_w, inner_h)] {
                    let (u, v) = placement.source(x, y).unwrap();
                    let room = if w == 1 || h == 10 { 0.5 } else { 1e-6 };
                    let inside = |at: f64, side: usize| at > -room && at < side as f64 + room;
                    assert!(inside(u, w) && inside(v, h), "{angle} {w}x{h}: {u} {v}");
                }
            }
        }
        assert_eq!(rotated((400, 300), 0.0), Placement::same(400, 300));
    }

    #[test]
    fn a_grid_stands_for_its_cells_and_each_covers_one() {
        let all = Recipe::parse_all("occlude:4x4").unwrap();
        assert_eq!((all.len(), all[5].name()), (16, "occlude:4,4,2,2".to_owned()));
        assert!(Recipe::parse("occlude:4x4").unwrap_err().to_string().contains("stands for 16"));
        assert!(Recipe::parse("occlude:4").unwrap_err().to_string().contains("a value for columns"));
        let limits = Limits::default();
        let context = Context { seed: super::super::Seed::of(Digest::of(b""), 0, 0, ""), limits: &limits };
        let picture = Picture { width: 5, height: 2, rgb: (0..30).map(|i| i as u8 * 8).collect() };
        let Output::Picture(out) = (OCCLUDE.run)(picture.clone(), &[2.0, 2.0, 1.0, 2.0], &context).unwrap()
        else {
            panic!("pixels")
        };
        // Columns 2 to 4 of row 0; the channels' means are 13.5, 14.5 and 15.5 times 8.
        let mut expected = picture.rgb.clone();
        for x in 2..5 {
            expected[x * 3..x * 3 + 3].copy_from_slice(&[108, 116, 124]);
        }
        assert_eq!(out.rgb, expected);
    }

    #[test]
    fn pictures_are_mirrored_and_masks_with_them() {
        let limits = Limits::default();
        let context = Context { seed: super::super::Seed::of(Digest::of(b""), 0, 0, ""), limits: &limits };
        let picture = Picture { width: 2, height: 1, rgb: vec![1, 2, 3, 4, 5, 6] };
        let Output::Picture(out) = (HORIZONTAL_FLIP.run)(picture, &[], &context).unwrap() else {
            panic!("pixels")
        };
        assert_eq!(out.rgb, [4, 5, 6, 1, 2, 3]);
        let place = (HORIZONTAL_FLIP.place.unwrap())((2, 1), &[], &context).unwrap();
        assert_eq!(place.mask(&ndarray::array![[true, false]]), ndarray::array![[false, true]]);
    }
}

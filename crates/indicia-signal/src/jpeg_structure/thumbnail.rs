//! Compares an embedded thumbnail with the picture that carries it.
//!
//! Both are brought to small gray grids. The picture's grid is the mean of each luma block, read from the DC
//! coefficients without decoding pixels. The comparison is the normalised correlation, so exposure and
//! contrast do not matter; its absolute value, so a negative does not either. EXIF orientation is not
//! applied: cameras store the thumbnail as they store the picture.

use indicia_codec::jpeg::Component;
use ndarray::{Array2, ArrayView2, s};

/// Longer side of the grids that are compared.
const GRID: usize = 48;

/// Smallest side of a grid that is worth comparing.
const LEAST: usize = 12;

/// Least standard deviation, of 255, for a correlation to mean anything.
const LEAST_CONTRAST: f64 = 12.0;

/// Smallest side of a window that is searched for.
const LEAST_WINDOW: usize = 8;

/// Least standard deviation for a correlation to count against the picture.
const PLAIN_CONTRAST: f64 = 20.0;

/// Share of the side above which a part is the whole, but for the camera's framing.
const FRAMING: f64 = 0.9;

/// Least mean luma for a correlation to count against the picture: lights in the dark correlate with little.
const PLAIN_LUMA: f32 = 30.0;

/// Correlation that a window must stay below everywhere for two scenes to be called different.
const OTHER_PART: f64 = 0.6;

/// Correlation from which two grids show one scene.
pub(crate) const SAME: f64 = 0.85;

/// Correlation below which, over every orientation and crop, they do not.
pub(crate) const OTHER: f64 = 0.3;

/// Largest mean luma, and largest luma, of a border row or column that counts as a letterbox bar. The edge
/// of a bar rings into the picture in a strongly compressed thumbnail.
const BAR: (f32, f32) = (12.0, 48.0);

/// Sizes of the window that is searched for, as shares of the larger grid's side.
const WINDOWS: [f64; 10] = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.6, 0.5, 0.4, 0.3];

/// How thumbnail and picture relate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Relation {
    /// The same scene, the same way up.
    Same { correlation: f64 },
    /// The same scene, turned or mirrored; `orientation` is the EXIF number of the turn.
    Turned { orientation: u8, correlation: f64 },
    /// The picture is a part of the thumbnail.
    PictureIsPart { share: f64, correlation: f64 },
    /// The thumbnail is a part of the picture.
    ThumbnailIsPart { share: f64, correlation: f64 },
    /// Neither alike nor plainly another scene.
    Differs { correlation: f64 },
    /// Another scene under every orientation and crop that was tried.
    Other { correlation: f64 },
    /// Too small or too flat to be compared.
    Unclear,
}

/// Means of the luma blocks, 0 to 255, rows by columns; empty if the component has no blocks.
pub(crate) fn block_means(luma: &Component) -> Array2<f32> {
    let step = f32::from(luma.steps[0]);
    // The DC coefficient of the orthonormal 8 by 8 DCT is 8 times the mean; samples are shifted by 128.
    let means = luma.blocks.iter().map(|block| f32::from(block[0]) * step / 8.0 + 128.0).collect();
    Array2::from_shape_vec((luma.blocks_high, luma.blocks_wide), means).unwrap_or_default()
}

/// Tells how `thumbnail` and `picture` relate, both gray, 0 to 255.
pub(crate) fn relate(picture: &Array2<f32>, thumbnail: &Array2<f32>) -> Relation {
    let trimmed = without_bars(thumbnail);
    let smallest = |a: ArrayView2<'_, f32>| a.nrows().min(a.ncols());
    if smallest(picture.view()) < LEAST || smallest(trimmed) < LEAST {
        return Relation::Unclear;
    }
    let thumbs = [fit(thumbnail.view()), fit(trimmed)];
    let picture = fit(picture.view());
    if deviation(picture.view()) < LEAST_CONTRAST || deviation(thumbs[1].view()) < LEAST_CONTRAST {
        return Relation::Unclear;
    }
    let mut turned = (1_u8, 0.0);
    for orientation in 1..=8 {
        for thumb in &thumbs {
            let candidate = orient(thumb, orientation);
            let whole = whole_correlation(&picture, &candidate).max(aspect_correlation(&picture, &candidate));
            if orientation == 1 && whole >= SAME {
                return Relation::Same { correlation: whole };
            }
            if whole > turned.1 {
                turned = (orientation, whole);
            }
        }
    }
    if turned.1 >= SAME {
        return Relation::Turned { orientation: turned.0, correlation: turned.1 };
    }
    let best = turned.1;
    // A crop after the thumbnail was made leaves the picture as a part of it; the other way round is rarer.
    let (framed, upright) = (&thumbs[0], &thumbs[1]);
    let trimmed_off = framed.dim() != upright.dim();
    let (mut share, mut part) = find_within(upright, &picture);
    if part < SAME && trimmed_off {
        // What looked like bars may be a dark scene.
        let (framed_share, framed_part) = find_within(framed, &picture);
        if framed_part > part {
            (share, part) = (framed_share, framed_part);
        }
    }
    let (thumb_share, thumb_part) = find_within(&picture, upright);
    // Cameras' thumbnails leave out or add a few per cent at the border.
    let (best_share, best_part) = if part >= thumb_part { (share, part) } else { (thumb_share, thumb_part) };
    if best_part >= SAME && best_share > FRAMING {
        return Relation::Same { correlation: best_part };
    }
    if part >= SAME && part >= thumb_part {
        return Relation::PictureIsPart { share, correlation: part };
    }
    if thumb_part >= SAME {
        return Relation::ThumbnailIsPart { share: thumb_share, correlation: thumb_part };
    }
    let turned_parts = (2..=8).map(|orientation| {
        let candidate = orient(upright, orientation);
        find_within(&candidate, &picture).1.max(find_within(&picture, &candidate).1)
    });
    let parts = turned_parts.fold(part.max(thumb_part), f64::max);
    // Small windows find something alike in most pictures, so this leaves many a foreign thumbnail unnamed,
    // which is the price of not accusing a crop.
    let plain = |a: &Array2<f32>| {
        smallest(a.view()) >= LEAST && deviation(a.view()) >= PLAIN_CONTRAST && a.mean() >= Some(PLAIN_LUMA)
    };
    if best < OTHER && parts < OTHER_PART && plain(&picture) && plain(upright) {
        return Relation::Other { correlation: best };
    }
    Relation::Differs { correlation: best.max(parts) }
}

/// The part without dark bars at opposite edges. Bars are taken off in pairs of edges only up to a third of
/// the side, so that a dark picture is not eaten.
fn without_bars(a: &Array2<f32>) -> ArrayView2<'_, f32> {
    let (rows, columns) = a.dim();
    let dark = |line: ndarray::ArrayView1<'_, f32>| {
        line.mean().is_some_and(|mean| mean <= BAR.0) && line.iter().all(|v| *v <= BAR.1)
    };
    let count = |n: usize, is: &dyn Fn(usize) -> bool| (0..n / 3).take_while(|&i| is(i)).count();
    let top = count(rows, &|i| dark(a.row(i)));
    let bottom = count(rows, &|i| dark(a.row(rows - 1 - i)));
    let left = count(columns, &|i| dark(a.column(i)));
    let right = count(columns, &|i| dark(a.column(columns - 1 - i)));
    a.slice(s![top..rows - bottom, left..columns - right])
}

/// Mean-filtered copy whose longer side is at most [`GRID`].
fn fit(a: ArrayView2<'_, f32>) -> Array2<f32> {
    let (rows, columns) = a.dim();
    let most = rows.max(columns).max(1);
    let side = |n: usize| (n * GRID.min(most)).div_ceil(most).max(1);
    resize(a, side(rows), side(columns))
}

/// Copy of `rows` by `columns` whose cells are area means of the source.
fn resize(a: ArrayView2<'_, f32>, rows: usize, columns: usize) -> Array2<f32> {
    let down = resize_rows(a, rows);
    resize_rows(down.t(), columns).reversed_axes()
}

fn resize_rows(a: ArrayView2<'_, f32>, rows: usize) -> Array2<f32> {
    let n = a.nrows();
    let mut out = Array2::zeros((rows, a.ncols()));
    for (i, mut row) in out.outer_iter_mut().enumerate() {
        let (from, to) = (i as f64 * n as f64 / rows as f64, (i + 1) as f64 * n as f64 / rows as f64);
        for source in from as usize..(to.ceil() as usize).min(n) {
            let covered = (to.min((source + 1) as f64) - from.max(source as f64)).max(0.0) / (to - from);
            row.scaled_add(covered as f32, &a.row(source));
        }
    }
    out
}

/// The grid turned as the EXIF orientation number says.
fn orient(a: &Array2<f32>, orientation: u8) -> Array2<f32> {
    let flipped = |v: ArrayView2<'_, f32>, rows: bool, columns: bool| {
        v.slice(s![..; if rows { -1 } else { 1 }, ..; if columns { -1 } else { 1 }]).to_owned()
    };
    match orientation {
        2 => flipped(a.view(), false, true),
        3 => flipped(a.view(), true, true),
        4 => flipped(a.view(), true, false),
        5 => a.t().to_owned(),
        6 => flipped(a.t(), false, true),
        7 => flipped(a.t(), true, true),
        8 => flipped(a.t(), true, false),
        _ => a.clone(),
    }
}

/// Correlation with one grid stretched over the other.
fn whole_correlation(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
    correlation(a.view(), resize(b.view(), a.nrows(), a.ncols()).view())
}

/// Correlation with one of both cut in its middle to the other's aspect, whichever fits better: a thumbnail
/// that fills its frame, or one with bars.
fn aspect_correlation(a: &Array2<f32>, b: &Array2<f32>) -> f64 {
    let middle = |of: &Array2<f32>, like: &Array2<f32>| {
        let (rows, columns) = of.dim();
        let high = (columns * like.nrows() / like.ncols()).clamp(1, rows);
        let wide = (rows * like.ncols() / like.nrows()).clamp(1, columns);
        let (y, x) = ((rows - high) / 2, (columns - wide) / 2);
        of.slice(s![y..y + high, x..x + wide]).to_owned()
    };
    whole_correlation(&middle(a, b), b).max(whole_correlation(a, &middle(b, a)))
}

/// The best place of `part`, scaled to each of [`WINDOWS`], within `whole`: its size as a share of the
/// larger of `whole`'s sides it is scaled against, and the correlation there.
fn find_within(whole: &Array2<f32>, part: &Array2<f32>) -> (f64, f64) {
    let (rows, columns) = whole.dim();
    let mut best = (0.0, 0.0);
    for share in WINDOWS {
        // The window keeps the part's aspect and fits into the share of both sides.
        let scale = share * (rows as f64 / part.nrows() as f64).min(columns as f64 / part.ncols() as f64);
        let high = (part.nrows() as f64 * scale).round() as usize;
        let wide = (part.ncols() as f64 * scale).round() as usize;
        if high < LEAST_WINDOW || wide < LEAST_WINDOW {
            continue;
        }
        let window = resize(part.view(), high, wide);
        for y in 0..=rows.saturating_sub(high) {
            for x in 0..=columns.saturating_sub(wide) {
                let place = whole.slice(s![y..(y + high).min(rows), x..(x + wide).min(columns)]);
                if place.dim() == window.dim() {
                    let here = correlation(place, window.view());
                    if here > best.1 {
                        best = (share, here);
                    }
                }
            }
        }
    }
    best
}

/// Absolute normalised correlation of two grids of one size; 0 if one of them is flat.
fn correlation(a: ArrayView2<'_, f32>, b: ArrayView2<'_, f32>) -> f64 {
    let n = a.len().max(1) as f64;
    let (mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (&x, &y) in a.iter().zip(b) {
        let (x, y) = (f64::from(x), f64::from(y));
        sa += x;
        sb += y;
        saa += x * x;
        sbb += y * y;
        sab += x * y;
    }
    let variance = (saa - sa * sa / n) * (sbb - sb * sb / n);
    if variance <= 1e-6 { 0.0 } else { ((sab - sa * sb / n) / variance.sqrt()).abs().min(1.0) }
}

fn deviation(a: ArrayView2<'_, f32>) -> f64 {
    let n = a.len().max(1) as f64;
    let (sum, squares) = a.iter().fold((0.0, 0.0), |(s, q), &v| {
        let v = f64::from(v);
        (s + v, q + v * v)
    });
    (squares / n - (sum / n).powi(2)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    /// A scene of soft blobs, told apart by its seed.
    fn scene(rows: usize, columns: usize, seed: f32) -> Array2<f32> {
        Array2::from_shape_fn((rows, columns), |(y, x)| {
            let (y, x) = (y as f32 / rows as f32, x as f32 / columns as f32);
            let wave = (7.0 * x * seed + 2.0 * seed).sin()
                + (9.0 * y + 5.0 * x * y * seed).cos()
                + (14.0 * x - 11.0 * y * seed).sin();
            128.0 + 35.0 * wave
        })
    }

    #[test]
    fn resizing_means_over_areas() {
        let a = array![[0.0, 2.0, 4.0, 6.0], [2.0, 4.0, 6.0, 8.0]];
        assert_eq!(resize(a.view(), 1, 2), array![[2.0, 6.0]]);
        // Three columns from four: each covers 4/3, so the first is (0 + 2 / 3) / (4 / 3) = 0.5 above.
        let thirds = resize(a.view(), 2, 3);
        assert!((thirds[[0, 0]] - 0.5).abs() < 1e-6 && (thirds[[0, 1]] - 3.0).abs() < 1e-6, "{thirds}");
    }

    #[test]
    fn orientations_turn_as_exif_says() {
        let a = array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]];
        assert_eq!(orient(&a, 6), array![[5.0, 3.0, 1.0], [6.0, 4.0, 2.0]]);
        assert_eq!(orient(&a, 8), array![[2.0, 4.0, 6.0], [1.0, 3.0, 5.0]]);
        assert_eq!(orient(&a, 3), array![[6.0, 5.0], [4.0, 3.0], [2.0, 1.0]]);
        assert_eq!(orient(&a, 2), array![[2.0, 1.0], [4.0, 3.0], [6.0, 5.0]]);
    }

    #[test]
    fn correlation_ignores_exposure_and_sign() {
        let a = array![[0.0, 1.0], [2.0, 3.0]];
        assert!((correlation(a.view(), a.mapv(|v| 200.0 - 3.0 * v).view()) - 1.0).abs() < 1e-9);
        assert_eq!(correlation(a.view(), array![[5.0, 5.0], [5.0, 5.0]].view()), 0.0);
        // Sum of products of the deviations -1.5..1.5 and (-1, 1, -1, 1): 2, over sqrt(5 * 4).
        assert!(
            (correlation(a.view(), array![[0.0, 2.0], [0.0, 2.0]].view()) - 2.0 / 20.0_f64.sqrt()).abs()
                < 1e-9
        );
    }

    #[test]
    fn the_same_scene_is_recognised_turned_cropped_and_letterboxed() {
        let picture = scene(150, 225, 1.0);
        let thumbnail = resize(picture.view(), 80, 120);
        assert!(matches!(relate(&picture, &thumbnail), Relation::Same { .. }));
        let darker = thumbnail.mapv(|v| 0.5 * v + 10.0);
        assert!(matches!(relate(&picture, &darker), Relation::Same { .. }));
        let mut boxed = Array2::zeros((100, 120));
        boxed.slice_mut(s![10..90, ..]).assign(&thumbnail);
        assert!(matches!(relate(&picture, &boxed), Relation::Same { .. }));
        let turned = relate(&picture, &orient(&thumbnail, 6));
        assert!(matches!(turned, Relation::Turned { orientation: 8, .. }), "{turned:?}");
        let cropped = picture.slice(s![20..110, 30..180]).to_owned();
        let part = relate(&cropped, &thumbnail);
        assert!(matches!(part, Relation::PictureIsPart { .. }), "{part:?}");
        let part = relate(&picture, &resize(cropped.view(), 80, 133));
        assert!(matches!(part, Relation::ThumbnailIsPart { .. }), "{part:?}");
    }

    #[test]
    fn another_scene_is_not_the_same() {
        let other = relate(&scene(150, 225, 1.0), &resize(scene(150, 225, 2.3).view(), 80, 120));
        assert!(matches!(other, Relation::Other { .. } | Relation::Differs { .. }), "{other:?}");
        // Stripes along against stripes across have nothing in common under any crop of one orientation,
        // but turned they are alike: this must not be called another scene.
        let stripes = Array2::from_shape_fn((96, 96), |(y, _)| if y / 12 % 2 == 0 { 40.0 } else { 220.0 });
        let across = stripes.t().to_owned();
        assert!(matches!(relate(&stripes, &across), Relation::Turned { .. }));
    }

    #[test]
    fn a_dark_or_thin_picture_is_never_called_another_scene() {
        let dark = |seed| scene(150, 225, seed).mapv(|v| 0.2 * v);
        let thin = |seed| scene(12, 900, seed);
        for (a, b) in [(dark(1.0), dark(2.3)), (thin(1.0), thin(2.3)), (thin(1.0), scene(150, 225, 2.3))] {
            assert!(!matches!(relate(&a, &b), Relation::Other { .. }));
        }
    }

    #[test]
    fn flat_or_tiny_pictures_are_unclear() {
        let flat = Array2::from_elem((50, 50), 100.0);
        assert_eq!(relate(&flat, &scene(50, 50, 1.0)), Relation::Unclear);
        assert_eq!(relate(&scene(50, 50, 1.0), &flat), Relation::Unclear);
        assert_eq!(relate(&Array2::zeros((0, 0)), &flat), Relation::Unclear);
        assert_eq!(relate(&scene(1, 400, 1.0), &scene(60, 80, 1.0)), Relation::Unclear);
        assert_eq!(relate(&scene(60, 80, 1.0), &Array2::zeros((60, 80))), Relation::Unclear);
    }
}

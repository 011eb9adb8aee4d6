//! Small letters of single strokes. Their shapes are our own; sizes and spacing are those of the font that
//! MedMNIST-C writes with, the duplex one of Hershey as OpenCV has it.

use indicia_core::Picture;

/// Units between baseline and ascender, which a size of 1 makes pixels.
pub(super) const ADVANCE: f64 = 19.0;
/// Width of a stroke, pixels.
const STROKE: f64 = 1.45;

/// Strokes of a letter: points in units, right and up from the baseline's left end.
type Strokes = &'static [&'static [[i8; 2]]];

const BOWL: &[[i8; 2]] = &[[13, 11], [10, 14], [6, 14], [2, 11], [2, 3], [6, 0], [10, 0], [13, 3]];

/// a to z.
const LETTERS: [Strokes; 26] = [
    &[BOWL, &[[13, 14], [13, 0]]],
    &[&[[2, 21], [2, 0]], &[[2, 11], [6, 14], [10, 14], [13, 11], [13, 3], [10, 0], [6, 0], [2, 3]]],
    &[BOWL],
    &[BOWL, &[[13, 21], [13, 0]]],
    &[&[[2, 8], [13, 8], [13, 11], [10, 14], [6, 14], [2, 11], [2, 3], [6, 0], [10, 0], [13, 3]]],
    &[&[[11, 21], [8, 21], [6, 18], [6, 0]], &[[2, 14], [10, 14]]],
    &[BOWL, &[[13, 14], [13, -3], [10, -7], [5, -7]]],
    &[&[[2, 21], [2, 0]], &[[2, 11], [6, 14], [10, 14], [13, 11], [13, 0]]],
    &[&[[5, 14], [5, 0]], &[[5, 19], [5, 20]]],
    &[&[[6, 14], [6, -4], [3, -7]], &[[6, 19], [6, 20]]],
    &[&[[2, 21], [2, 0]], &[[12, 14], [2, 4]], &[[6, 8], [13, 0]]],
    &[&[[5, 21], [5, 0]]],
    &[&[[2, 14], [2, 0]], &[[2, 11], [5, 14], [8, 11], [8, 0]], &[[8, 11], [12, 14], [15, 11], [15, 0]]],
    &[&[[2, 14], [2, 0]], &[[2, 11], [6, 14], [10, 14], [13, 11], [13, 0]]],
    &[BOWL, &[[13, 3], [13, 11]]],
    &[&[[2, 14], [2, -7]], &[[2, 11], [6, 14], [10, 14], [13, 11], [13, 3], [10, 0], [6, 0], [2, 3]]],
    &[BOWL, &[[13, 14], [13, -7]]],
    &[&[[3, 14], [3, 0]], &[[3, 9], [6, 13], [10, 14]]],
    &[&[[12, 12], [9, 14], [5, 14], [2, 11], [5, 8], [10, 7], [13, 4], [10, 0], [5, 0], [2, 2]]],
    &[&[[6, 21], [6, 3], [9, 0], [11, 0]], &[[2, 14], [10, 14]]],
    &[&[[2, 14], [2, 3], [5, 0], [9, 0], [13, 3]], &[[13, 14], [13, 0]]],
    &[&[[1, 14], [7, 0], [13, 14]]],
    &[&[[1, 14], [5, 0], [9, 14], [13, 0], [17, 14]]],
    &[&[[2, 14], [13, 0]], &[[13, 14], [2, 0]]],
    &[&[[1, 14], [7, 0]], &[[13, 14], [7, 0], [4, -7], [1, -7]]],
    &[&[[2, 14], [13, 14], [2, 0], [13, 0]]],
];

/// Writes a word of letters (0 for a, 25 for z), its baseline from `place` on, a unit `size` pixels large.
pub(super) fn write(picture: &mut Picture, word: &[u8], place: [f64; 2], size: f64, color: [u8; 3]) {
    let Picture { width, height, ref mut rgb } = *picture;
    for (i, letter) in word.iter().enumerate() {
        let left = place[0] + i as f64 * ADVANCE * size;
        let point = |[x, y]: [i8; 2]| [left + f64::from(x) * size, place[1] - f64::from(y) * size];
        let strokes = LETTERS[usize::from(*letter) % 26];
        let lines: Vec<_> =
            strokes.iter().flat_map(|s| s.windows(2)).map(|w| [point(w[0]), point(w[1])]).collect();
        let range = |low: f64, high: f64, n: usize| {
            let end = ((high + 2.0).ceil().max(0.0) as usize).min(n);
            ((low - 1.0).floor().max(0.0) as usize).min(end)..end
        };
        for y in range(place[1] - 21.0 * size, place[1] + 7.0 * size, height) {
            for x in range(left, left + ADVANCE * size, width) {
                let nearest =
                    lines.iter().map(|line| distance([x as f64, y as f64], line)).fold(f64::MAX, f64::min);
                // The share of the pixel that the stroke covers, by its distance from the middle of it.
                let cover = (STROKE / 2.0 + 0.5 - nearest).clamp(0.0, 1.0);
                let pixel = &mut rgb[(y * width + x) * 3..][..3];
                for (sample, ink) in pixel.iter_mut().zip(color) {
                    let (old, ink) = (f64::from(*sample), f64::from(ink));
                    *sample = (old + (ink - old) * cover).round() as u8;
                }
            }
        }
    }
}

/// Distance of a point from a line between two others.
fn distance([x, y]: [f64; 2], [[ax, ay], [bx, by]]: &[[f64; 2]; 2]) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let length = dx * dx + dy * dy;
    let along = if length > 0.0 { (((x - ax) * dx + (y - ay) * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
    let (dx, dy) = (x - ax - along * dx, y - ay - along * dy);
    f64::sqrt(dx * dx + dy * dy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_covers_its_strokes() {
        let mut picture = Picture { width: 20, height: 30, rgb: vec![255; 1800] };
        // An l: the stroke lies 5 units right of its place.
        write(&mut picture, &[11], [2.0, 24.0], 1.0, [0, 0, 0]);
        let row: Vec<u8> = picture.rgb[12 * 60..13 * 60].iter().step_by(3).copied().collect();
        assert_eq!(row[5..10], [255, 198, 0, 198, 255]);
        assert!(picture.rgb[..60].iter().all(|v| *v == 255));
        assert_eq!(distance([0.0, 0.0], &[[3.0, 4.0], [3.0, 9.0]]), 5.0);
    }
}

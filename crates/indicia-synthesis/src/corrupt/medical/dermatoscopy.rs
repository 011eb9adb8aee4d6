//! What dermatoscopes and their software add: black corners and letters.

use indicia_core::Geometry::Same;
use indicia_core::Picture;
use rand::RngExt;

use super::letters::write;
use super::{entry, scale};
use crate::corrupt::{Corruption, Output, Parameter};

/// Black outside of a circle.
pub(in crate::corrupt) static BLACK_CORNER: Corruption = Corruption {
    agreement: "equal, sample by sample",
    ..entry(
        "black_corner",
        "Black corners",
        "Makes black what lies outside of a circle about the middle, as a tube leaves it. The library's table has 0.90 before 0.95; severities here are in order.",
        Same,
        &[Parameter::new("radius", "of half the shorter side", 0.0, 4.0)],
        &[&[1.10], &[1.05], &[1.00], &[0.95], &[0.90]],
        |picture, values, _| Ok(Output::Picture(black_corner(picture, values[0]))),
    )
};

/// Words written on the picture.
pub(in crate::corrupt) static CHARACTERS: Corruption = Corruption {
    agreement: "changed pixels 6 to 8 % fewer, mean change within 2.7 %, over 400 draws against 1,000; the shapes of the letters are our own",
    ..entry(
        "characters",
        "Letters",
        "Writes one up to a number of words of small letters, each in a colour of its own.",
        Same,
        &[
            Parameter::new("words", "words, at most", 1.0, 1000.0).whole(),
            Parameter::new("letters", "letters a word, at most", 3.0, 100.0).whole(),
            Parameter::new("size", "21 pixels of 224, at most", 0.14, 5.0),
        ],
        &[&[1.0, 6.0, 0.14], &[2.0, 7.0, 0.15], &[3.0, 8.0, 0.16], &[4.0, 9.0, 0.17], &[6.0, 10.0, 0.18]],
        |mut picture, values, context| {
            let mut random = context.seed.whole();
            let scale = scale(&picture);
            let words = random.random_range(1..=values[0] as u32);
            for _ in 0..words {
                let count = random.random_range(3..=values[1] as usize);
                let largest = (values[2] * 100.0 + 1e-9) as u32;
                let size = f64::from(random.random_range(14..=largest.max(14))) / 100.0 * scale;
                let word: Vec<u8> = (0..count).map(|_| random.random_range(0..26)).collect();
                let mut place = |low: f64, high: f64| {
                    if low < high { random.random_range(low..high) } else { low.min(high).max(0.0) }
                };
                let x = place(10.0 * scale, picture.width as f64 - 8.0 * count as f64 * scale);
                let y = place(10.0 * scale, picture.height as f64 - 10.0 * scale);
                let color = std::array::from_fn(|_| random.random());
                write(&mut picture, &word, [x, y], size, color);
            }
            Ok(Output::Picture(picture))
        },
    )
};

fn black_corner(mut picture: Picture, radius: f64) -> Picture {
    let Picture { width, height, ref mut rgb } = picture;
    let (cx, cy) = (width / 2, height / 2);
    let shortest = cx.min(cy).min(width - cx).min(height - cy);
    let reach = half_chords((shortest as f64 * radius) as usize);
    for (y, row) in rgb.chunks_exact_mut(width * 3).enumerate() {
        let half = reach.get(y.abs_diff(cy)).copied();
        for (x, pixel) in row.chunks_exact_mut(3).enumerate() {
            if half.is_none_or(|half| x.abs_diff(cx) > half) {
                pixel.fill(0);
            }
        }
    }
    picture
}

/// Half the width of a disc, without the middle, for each distance from its middle row: the disc that the
/// midpoint method gives, which walks one eighth of the circle and keeps the error of its equation.
fn half_chords(radius: usize) -> Vec<usize> {
    let mut reach = vec![0; radius + 1];
    let (mut x, mut y) = (radius, 0);
    let mut error = 0i64;
    while y <= x {
        reach[y] = reach[y].max(x);
        reach[x] = reach[x].max(y);
        error += 2 * y as i64 + 1;
        y += 1;
        if error > 0 && x > 0 {
            error -= 2 * x as i64 - 1;
            x -= 1;
        } else if x == 0 {
            break;
        }
    }
    reach
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discs_of_the_midpoint_method() {
        assert_eq!(half_chords(0), [0]);
        assert_eq!(half_chords(1), [1, 0]);
        // x, y: (3, 0), error 1, so (2, 1), error -4 + 3, so (2, 2), as OpenCV draws it.
        assert_eq!(half_chords(3), [3, 2, 2, 0]);
    }

    #[test]
    fn what_lies_outside_is_black() {
        let white = Picture { width: 5, height: 5, rgb: vec![255; 75] };
        let round = black_corner(white, 1.0);
        let rows: Vec<String> = round
            .rgb
            .chunks_exact(15)
            .map(|row| row.iter().step_by(3).map(|v| if *v == 0 { '.' } else { '#' }).collect())
            .collect();
        assert_eq!(rows, ["..#..", ".###.", "#####", ".###.", "..#.."]);
    }
}

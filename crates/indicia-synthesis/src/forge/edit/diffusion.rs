//! Filling by diffusion: the values inside become the solution of Laplace's equation with those at the border
//! (T. F. Chan, J. Shen, "Mathematical models for local nontexture inpaintings", SIAM J. Appl. Math. 62, 2002),
//! by successive over-relaxation. At the picture's border nothing flows.

use indicia_core::Picture;

use crate::forge::mask::Patch;
use crate::forge::step::crop;

/// Most rounds of relaxation. Holes more than about a thousand pixels wide end a little before equilibrium.
const MOST_ROUNDS: usize = 2000;
/// Change of all values, in grey levels, below which a round is the last.
const SETTLED: f32 = 0.02;

/// The picture with the hole filled; the rest stays as it is.
pub(super) fn fill(picture: &Picture, hole: &Patch) -> Picture {
    let around = hole.widened(1, picture.width, picture.height);
    let (width, height) = (around.width, around.height);
    let cut = crop(picture, around.x, around.y, width, height);
    let mut colour: Vec<[f32; 3]> =
        cut.rgb.as_chunks::<3>().0.iter().map(|pixel| pixel.map(f32::from)).collect();
    let inside: Vec<usize> = (0..around.alpha.len()).filter(|i| around.alpha[*i] > 0).collect();
    start(&mut colour, &around, &inside);
    // The factor that is best for a square of this side.
    let side = hole.width.min(hole.height) as f32 + 1.0;
    let factor = 2.0 / (1.0 + (std::f32::consts::PI / side).sin());
    for _ in 0..MOST_ROUNDS.min(8 * (side as usize + 8)) {
        let mut largest = 0_f32;
        for &i in &inside {
            let (x, y) = (i % width, i / width);
            let (mut sum, mut count) = ([0.0; 3], 0.0);
            let mut add = |there: bool, at: usize| {
                if there {
                    sum.iter_mut().zip(colour[at]).for_each(|(sum, v)| *sum += v);
                    count += 1.0;
                }
            };
            add(x > 0, i.wrapping_sub(1));
            add(x + 1 < width, i + 1);
            add(y > 0, i.wrapping_sub(width));
            add(y + 1 < height, i + width);
            for (v, sum) in colour[i].iter_mut().zip(sum) {
                let change = factor * (sum / f32::max(count, 1.0) - *v);
                *v += change;
                largest = largest.max(change.abs());
            }
        }
        if largest < SETTLED {
            break;
        }
    }
    let mut out = picture.clone();
    let pixels = out.rgb.as_chunks_mut::<3>().0;
    for i in inside {
        let at = (around.y + i / width) * picture.width + around.x + i % width;
        pixels[at] = colour[i].map(|v| (v + 0.5) as u8);
    }
    out
}

/// Begins with the mean of the nearest known values to the left and right in each row, or of all.
fn start(colour: &mut [[f32; 3]], around: &Patch, inside: &[usize]) {
    let known = |i: &usize| around.alpha[*i] == 0;
    let all: Vec<[f32; 3]> = (0..colour.len()).filter(known).map(|i| colour[i]).collect();
    let mean = [0, 1, 2].map(|k| all.iter().map(|c| c[k]).sum::<f32>() / all.len().max(1) as f32);
    for &i in inside {
        let row = i / around.width * around.width;
        let left = (row..i).rev().find(known);
        let right = (i..row + around.width).find(known);
        colour[i] = match (left, right) {
            (Some(a), Some(b)) => {
                let t = (i - a) as f32 / (b - a) as f32;
                [0, 1, 2].map(|k| colour[a][k] + t * (colour[b][k] - colour[a][k]))
            }
            (Some(a), None) | (None, Some(a)) => colour[a],
            (None, None) => mean,
        };
    }
}

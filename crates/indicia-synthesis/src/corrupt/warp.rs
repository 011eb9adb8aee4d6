//! Pictures read at places between pixels.

use indicia_core::Picture;
use rayon::prelude::*;

use super::Placement;
use super::kernel::Border;

/// Weights of the four neighbours of a place that lies `t` after the second (Keys 1981, a = -1/2).
pub(super) fn cubic(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t3 + t2 - 0.5 * t, 1.5 * t3 - 2.5 * t2 + 1.0, -1.5 * t3 + 2.0 * t2 + 0.5 * t, 0.5 * t3 - 0.5 * t2]
}

/// The picture that `placement` shows of `picture`, bicubic, edge pixels repeated, samples rounded.
pub(super) fn bicubic(picture: &Picture, placement: &Placement) -> Picture {
    let Placement { width, height, .. } = *placement;
    let mut rgb = vec![0; width * height * 3];
    rgb.par_chunks_mut(width * 3).enumerate().for_each(|(y, out)| {
        for (x, out) in out.chunks_exact_mut(3).enumerate() {
            let Some((u, v)) = placement.source(x as f64 + 0.5, y as f64 + 0.5) else { continue };
            // Places far outside are as good as those at the edge, and fit an integer.
            let u = (u - 0.5).clamp(-2.0, picture.width as f64 + 1.0);
            let v = (v - 0.5).clamp(-2.0, picture.height as f64 + 1.0);
            let (left, top) = (u.floor(), v.floor());
            let (across, down) = (cubic((u - left) as f32), cubic((v - top) as f32));
            let mut sum = [0.0_f32; 3];
            for (dy, wy) in (-1..).zip(down) {
                let line = Border::Nearest.at(top as isize + dy, picture.height) * picture.width;
                for (dx, wx) in (-1..).zip(across) {
                    let at = (line + Border::Nearest.at(left as isize + dx, picture.width)) * 3;
                    for (sum, sample) in sum.iter_mut().zip(&picture.rgb[at..at + 3]) {
                        *sum += wy * wx * f32::from(*sample);
                    }
                }
            }
            out.iter_mut().zip(sum).for_each(|(out, sum)| *out = (sum + 0.5) as u8);
        }
    });
    Picture { width, height, rgb }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_pixels_stay_and_halves_are_interpolated() {
        let picture =
            Picture { width: 4, height: 1, rgb: [10, 20, 40, 40].iter().flat_map(|v| [*v; 3]).collect() };
        assert_eq!(bicubic(&picture, &Placement::same(4, 1)), picture);
        let part = bicubic(&picture, &Placement::part(1.0, 0.0, 2, 1));
        assert_eq!(part.rgb, [20, 20, 20, 40, 40, 40]);
        // (-10 + 9 * 20 + 9 * 40 - 40) / 16 = 30.6
        assert_eq!(bicubic(&picture, &Placement::part(1.5, 0.0, 1, 1)).rgb, [31; 3]);
        assert_eq!(bicubic(&picture, &Placement::part(1e9, -1e9, 1, 1)).rgb, [40; 3]);
    }
}

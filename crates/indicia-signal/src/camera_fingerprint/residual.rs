//! What a picture shows of its sensor: the noise residual, cleaned of everything that no sensor makes, and the
//! intensity that it is weighted by.

use indicia_ops::fft::Spectrum;
use indicia_ops::filter::{attenuate, residual};
use indicia_ops::wavelet::Daubechies;
use indicia_ops::{Plane, Rgb8};
use rayon::prelude::*;

/// Standard deviation of the noise that the denoiser looks for, in gray levels, and its levels: those of the
/// Binghamton toolbox and prnu-python.
const SIGMA: f32 = 5.0;
const LEVELS: usize = 4;

/// Weights of red, green and blue in the gray fingerprint, those of the same toolboxes.
const GRAY: [f32; 3] = [0.298_936, 0.587_043_07, 0.114_020_9];

/// From this sample value on a channel can be saturated.
const SATURATED: u8 = 250;

/// Frequencies on each side of one that its power is compared with.
const REACH: usize = 4;

/// A picture as enrolment and matching see it: for each channel the residual and the intensity.
pub struct Traces {
    /// Noise residual of each channel in gray levels: red, green, blue, or one for a gray picture.
    pub residuals: Vec<Plane>,
    /// Intensity of each channel from 0 to 1, 0 where it is saturated.
    pub intensities: Vec<Plane>,
}

impl Traces {
    /// Of a picture of any size.
    pub fn of(rgb: &Rgb8) -> Self {
        let (width, height) = (rgb.width, rgb.height);
        let is_gray = rgb.samples.as_chunks::<3>().0.iter().all(|[r, g, b]| r == g && g == b);
        let channels = if is_gray { 1 } else { 3 };
        let mut traces = Self { residuals: vec![], intensities: vec![] };
        for channel in 0..channels {
            let plane = Plane::from_channel(width, height, &rgb.samples, 3, channel);
            traces.residuals.push(residual(&plane, Daubechies::Eight, LEVELS, SIGMA));
            traces.intensities.push(intensity(plane));
        }
        traces
    }

    /// The residual of the gray picture as the denoiser left it.
    pub fn raw(&self) -> Plane {
        gray(&self.residuals)
    }

    /// The intensity of the gray picture.
    pub fn intensity(&self) -> Plane {
        gray(&self.intensities)
    }
}

/// Intensity from 0 to 1 of samples from 0 to 255. A sample is saturated, and 0 here, if it has the greatest
/// value of the plane, that is at least 250, and a neighbour in its row or column has it too.
fn intensity(mut plane: Plane) -> Plane {
    let (width, height) = (plane.width, plane.height);
    let top = plane.samples.iter().copied().fold(0.0, f32::max);
    if top < f32::from(SATURATED) {
        plane.samples.iter_mut().for_each(|v| *v /= 255.0);
        return plane;
    }
    let mut out = Plane::zeros(width, height);
    out.samples.par_chunks_mut(width).enumerate().for_each(|(y, out)| {
        let row = plane.row(y);
        let above = y.checked_sub(1).map(|y| plane.row(y));
        let below = (y + 1 < height).then(|| plane.row(y + 1));
        for x in 0..width {
            let beside = (x > 0 && row[x - 1] == top) || (x + 1 < width && row[x + 1] == top);
            let over = [above, below].iter().flatten().any(|row| row[x] == top);
            out[x] = if row[x] == top && (beside || over) { 0.0 } else { row[x] / 255.0 };
        }
    });
    out
}

/// The gray plane of three channels, or the only one.
pub fn gray(channels: &[Plane]) -> Plane {
    let [red, green, blue] = channels else { return channels[0].clone() };
    let mut out = Plane::zeros(red.width, red.height);
    out.samples
        .par_iter_mut()
        .zip(&red.samples)
        .zip(&green.samples)
        .zip(&blue.samples)
        .for_each(|(((out, r), g), b)| *out = GRAY[0] * r + GRAY[1] * g + GRAY[2] * b);
    out
}

/// Takes from a residual, or a fingerprint, what its sensor did not make: means of rows and columns, as the
/// colour filter's interpolation and the read-out leave them, and peaks of its spectrum, as JPEG blocks do.
pub fn clean(mut plane: Plane) -> Plane {
    zero_means(&mut plane);
    flatten_spectrum(plane)
}

/// Subtracts the mean of every row and column, for each of the four lattices of every second row and column.
pub fn zero_means(plane: &mut Plane) {
    let (width, height) = (plane.width, plane.height);
    // Sums in double precision; one row after the other, so that they do not depend on the threads.
    let mut columns = [vec![0.0_f64; width], vec![0.0; width]];
    let mut rows = vec![[0.0_f64; 2]; height];
    for (y, row) in rows.iter_mut().enumerate() {
        for (x, (sum, &value)) in columns[y % 2].iter_mut().zip(plane.row(y)).enumerate() {
            *sum += f64::from(value);
            row[x % 2] += f64::from(value);
        }
    }
    let wide = [width.div_ceil(2), width / 2].map(|n| n.max(1) as f64);
    let high = [height.div_ceil(2), height / 2].map(|n| n.max(1) as f64);
    let mut totals = [[0.0; 2]; 2];
    for (y, row) in rows.iter_mut().enumerate() {
        for ((total, sum), wide) in totals[y % 2].iter_mut().zip(row).zip(wide) {
            *sum /= wide;
            *total += *sum / high[y % 2];
        }
    }
    for (py, sums) in columns.iter_mut().enumerate() {
        sums.iter_mut().for_each(|sum| *sum /= high[py]);
    }
    plane.samples.par_chunks_mut(width.max(1)).zip(&rows).enumerate().for_each(|(y, (out, row))| {
        for (x, (value, column)) in out.iter_mut().zip(&columns[y % 2]).enumerate() {
            *value -= (row[x % 2] + column - totals[y % 2][x % 2]) as f32;
        }
    });
}

/// Wiener filter of the spectrum: every frequency keeps the share of its power that is noise with the plane's
/// own variance, with the local power the least over windows of side 3, 5, 7 and 9. Windows go round the
/// spectrum's edges, as it is periodic.
pub fn flatten_spectrum(plane: Plane) -> Plane {
    let count = plane.samples.len();
    if count < 2 {
        return plane;
    }
    let sums: Vec<(f64, f64)> = plane
        .samples
        .par_chunks(plane.width)
        .map(|row| row.iter().fold((0.0, 0.0), |(s, q), &v| (s + f64::from(v), q + f64::from(v).powi(2))))
        .collect();
    let (sum, squares) = sums.iter().fold((0.0, 0.0), |(s, q), (a, b)| (s + a, q + b));
    let variance = (squares - sum * sum / count as f64) / (count - 1) as f64;
    if variance <= 0.0 {
        return plane;
    }
    let mut spectrum = Spectrum::forward(&plane);
    drop(plane);
    let (width, height) = (spectrum.width as isize, spectrum.height);
    let columns = width as usize / 2 + 1;
    let reach = REACH as isize;
    let scale = 1.0 / (count as f32).sqrt();
    // Rows of this plane are columns of the spectrum, with those of the neighbourhood around.
    let mut power = Plane::zeros(height + 2 * REACH, columns + 2 * REACH);
    power.samples.par_chunks_mut(height + 2 * REACH).zip(-reach..columns as isize + reach).for_each(
        |(out, u)| {
            let at = u.rem_euclid(width) as usize;
            if at < columns {
                let column = &spectrum.values[at * height..(at + 1) * height];
                for (out, value) in out[REACH..].iter_mut().zip(column) {
                    *out = value.norm() * scale;
                }
            } else {
                for (v, out) in out[REACH..REACH + height].iter_mut().enumerate() {
                    *out = spectrum.at(u, v as isize).norm() * scale;
                }
            }
            for i in 0..REACH {
                let round = |v: isize| REACH + v.rem_euclid(height as isize) as usize;
                out[i] = out[round(i as isize - reach)];
                out[REACH + height + i] = out[round(i as isize)];
            }
        },
    );
    let kept = attenuate(&power, variance as f32);
    spectrum.values.par_chunks_mut(height).enumerate().for_each(|(u, column)| {
        let (kept, all) = (kept.row(u + REACH), power.row(u + REACH));
        for ((value, kept), all) in column.iter_mut().zip(&kept[REACH..]).zip(&all[REACH..]) {
            *value *= if *all > 0.0 { kept / all } else { 0.0 };
        }
    });
    spectrum.inverse()
}

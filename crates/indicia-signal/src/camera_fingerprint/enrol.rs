//! Making a fingerprint from pictures of one camera.

use std::sync::Arc;

use indicia_core::{Error, Result};
use indicia_ops::{Plane, Rgb8};
use rayon::prelude::*;

use super::compare::{Camera, locate};
use super::file::{About, LeftOut, SCHEMA, Source};
use super::predictor::{Predictor, Samples};
use super::residual::{Traces, clean, gray};
use super::{LEAST, MATCH};

/// Pictures that are left out in turn to tell the fingerprint's quality, at most.
const LEFT_OUT_AT_MOST: usize = 24;

/// Fewer pictures than this give a weak fingerprint; natural pictures take some 50 for a good one.
pub const FEW: usize = 10;

/// Sums over the pictures of one camera, from which the maximum-likelihood estimate of its fingerprint comes:
/// `K = sum of W I / (sum of I I + 1)` for each channel, with the residual W in gray levels and the intensity
/// I from 0 to 1, 0 where it is saturated (M. Chen et al. 2008).
pub struct Sums {
    weighted: Vec<Plane>,
    squares: Vec<Plane>,
}

impl Sums {
    /// Of no pictures yet.
    pub fn new(width: usize, height: usize) -> Self {
        let planes = || vec![Plane::zeros(width, height); 3];
        Self { weighted: planes(), squares: planes() }
    }

    /// Adds a picture of the same size. A gray one counts in all channels.
    pub fn add(&mut self, traces: &Traces) {
        for (channel, (weighted, squares)) in self.weighted.iter_mut().zip(&mut self.squares).enumerate() {
            let (residual, intensity) = of_channel(traces, channel);
            let sums = weighted.samples.par_iter_mut().zip(&mut squares.samples);
            sums.zip(&residual.samples).zip(&intensity.samples).for_each(|(((weighted, square), w), i)| {
                *weighted += w * i;
                *square += i * i;
            });
        }
    }

    /// The fingerprint of all pictures.
    pub fn fingerprint(&self) -> Plane {
        self.estimate(|_, _| (0.0, 0.0))
    }

    /// The fingerprint of all pictures but one of them.
    pub fn without(&self, traces: &Traces) -> Plane {
        self.estimate(|channel, at| {
            let (residual, intensity) = of_channel(traces, channel);
            let (w, i) = (residual.samples[at], intensity.samples[at]);
            (w * i, i * i)
        })
    }

    fn estimate(&self, left_out: impl Fn(usize, usize) -> (f32, f32) + Sync) -> Plane {
        let channels: Vec<Plane> = (0..3)
            .map(|channel| {
                let (weighted, squares) = (&self.weighted[channel], &self.squares[channel]);
                let mut out = Plane::zeros(weighted.width, weighted.height);
                out.samples.par_iter_mut().enumerate().for_each(|(at, out)| {
                    let (w, s) = left_out(channel, at);
                    *out = (weighted.samples[at] - w) / ((squares.samples[at] - s).max(0.0) + 1.0);
                });
                out
            })
            .collect();
        clean(gray(&channels))
    }
}

fn of_channel(traces: &Traces, channel: usize) -> (&Plane, &Plane) {
    let channel = channel.min(traces.residuals.len() - 1);
    (&traces.residuals[channel], &traces.intensities[channel])
}

/// Pictures that [`enrol`] reads for so many: every one, and again those that it leaves out in turn.
pub fn steps(count: usize) -> usize {
    count + left_out(count).count()
}

/// Which pictures are left out in turn: all, or some spread evenly.
fn left_out(count: usize) -> impl Iterator<Item = usize> {
    let some = if count < 2 { 0 } else { count.min(LEFT_OUT_AT_MOST) };
    (0..some).map(move |i| i * count / some)
}

/// Makes the fingerprint of a camera from `count` of its pictures. `read` gives the picture of a number, and
/// is asked again for those that are left out; `done` is told after each of [`steps`]. The file of the
/// fingerprint tells how well each left-out picture is found by the others.
///
/// # Errors
/// `Configuration` if the pictures are too small or differ in size; those of `read`.
pub fn enrol(
    count: usize,
    mut read: impl FnMut(usize) -> Result<(Source, Arc<Rgb8>)>,
    mut done: impl FnMut(),
) -> Result<Camera> {
    let mut sums: Option<Sums> = None;
    let mut pictures: Vec<Source> = vec![];
    let mut size = (0, 0);
    for number in 0..count {
        let (source, rgb) = read(number)?;
        if let Some(first) = pictures.first() {
            same_size(size, &first.name, (rgb.width, rgb.height), &source.name)?;
        } else {
            size = (rgb.width, rgb.height);
        }
        if let Some(twin) = pictures.iter().find(|p| p.digest == source.digest) {
            return Err(Error::configuration(format!("{} and {} are one file", twin.name, source.name)));
        }
        sums.get_or_insert_with(|| Sums::new(size.0, size.1)).add(&Traces::of(&rgb));
        pictures.push(source);
        done();
    }
    let sums = sums.ok_or_else(|| Error::configuration("no picture was given to enrol"))?;
    if size.0.min(size.1) < LEAST {
        return Err(Error::configuration(format!(
            "a fingerprint needs {LEAST} pixels in both directions, the pictures have {}x{}",
            size.0, size.1
        )));
    }
    let mut samples = Samples::default();
    let mut found = vec![];
    for number in left_out(count) {
        let (source, rgb) = read(number)?;
        let traces = Traces::of(&rgb);
        let others = Camera::of(sums.without(&traces));
        if let Some((peak, windows)) = locate(&traces, &others.fingerprint, others.spectrum()) {
            // A picture that the others do not find teaches nothing about those that carry the fingerprint.
            if peak.pce >= MATCH {
                samples.add(&windows);
            }
            found.push(LeftOut { name: source.name, pce: peak.pce });
        }
        done();
    }
    let about = About {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        width: size.0,
        height: size.1,
        pictures,
        left_out: found,
        predictor: Predictor::fit(&samples),
    };
    Ok(Camera::enrolled(sums.fingerprint(), about))
}

fn same_size(first: (usize, usize), name: &str, size: (usize, usize), other: &str) -> Result<()> {
    if first == size {
        return Ok(());
    }
    let turned = if (size.1, size.0) == first { " (turned by 90 degrees?)" } else { "" };
    Err(Error::configuration(format!(
        "pictures of one camera must have one size, as the sensor recorded them: {name} has {}x{}, {other} has \
         {}x{}{turned}",
        first.0, first.1, size.0, size.1
    )))
}

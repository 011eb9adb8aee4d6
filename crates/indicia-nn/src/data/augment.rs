//! Changes of training pictures. Geometry is in [`super::cut`]; masks follow it.

use std::f64::consts::LN_2;

use indicia_codec::jpeg::{Subsampling, recompress};
use indicia_core::{Error, Result};
use indicia_ops::{Plane, filter};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::{Cut, Equalise, ImageConfig, Range, Sizing, Turn, random};

/// How training pictures are changed. Each change is drawn for each picture and pass from numbers of its own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Augment {
    /// Whether half of the pictures are flipped from left to right.
    pub flip: bool,
    /// Whether pictures are turned by 0, 90, 180 or 270 degrees.
    pub turn: bool,
    /// Scale of the part that is cut out, drawn evenly in octaves: at 0.5 the part is twice as large as the
    /// network's square and is reduced to it.
    pub scale: Range,
    /// Share of pictures that are saved as JPEG.
    pub jpeg: f64,
    /// Quality of that JPEG.
    pub jpeg_quality: Range,
    /// Share of pictures that are blurred.
    pub blur: f64,
    /// Standard deviation of the blur, pixels.
    pub blur_sigma: Range,
    /// Share of pictures that get noise.
    pub noise: f64,
    /// Standard deviation of the noise, of 255.
    pub noise_sigma: Range,
    /// Largest change of brightness, of 1.
    pub brightness: f64,
    /// Largest change of contrast: 0.2 multiplies by 0.8 to 1.2.
    pub contrast: f64,
}

impl Default for Augment {
    fn default() -> Self {
        Self {
            flip: true,
            turn: false,
            scale: Range(1.0, 1.0),
            jpeg: 0.0,
            jpeg_quality: Range(50.0, 95.0),
            blur: 0.0,
            blur_sigma: Range(0.3, 1.5),
            noise: 0.0,
            noise_sigma: Range(1.0, 5.0),
            brightness: 0.0,
            contrast: 0.0,
        }
    }
}

impl Augment {
    /// Checks every value.
    ///
    /// # Errors
    /// `Configuration` that names the key.
    pub fn check(&self) -> Result<()> {
        let shares = [
            ("jpeg", self.jpeg),
            ("blur", self.blur),
            ("noise", self.noise),
            ("brightness", self.brightness),
            ("contrast", self.contrast),
        ];
        for (key, value) in shares {
            if !(0.0..=1.0).contains(&value) {
                return Err(Error::configuration(format!(
                    "data.augment.{key} is {value}, expected a number from 0 to 1"
                )));
            }
        }
        self.scale.check("data.augment.scale", 0.05, 4.0)?;
        self.jpeg_quality.check("data.augment.jpeg_quality", 1.0, 100.0)?;
        self.blur_sigma.check("data.augment.blur_sigma", 0.0, 20.0)?;
        self.noise_sigma.check("data.augment.noise_sigma", 0.0, 128.0)
    }
}

/// A number from 0 to below 1.
fn unit(rng: &mut impl Rng) -> f64 {
    rng.random::<f64>()
}

/// Which part of a picture of this size is used. `key` decides what is drawn; for `None` it is the middle.
pub(super) fn place(config: &ImageConfig, width: usize, height: usize, key: Option<&[u8]>) -> Cut {
    let shorter = width.min(height) as f64;
    let mut turn = Turn::default();
    let mut scale = 1.0;
    let mut at = None;
    if let Some(key) = key {
        let rng = &mut random("geometry", &[key]);
        // All are drawn whether they are used or not, so that one switch leaves the others as they are.
        let (flip, quarters) = (rng.random::<bool>(), rng.random_range(0..4));
        let octaves = Range(config.augment.scale.0.ln() / LN_2, config.augment.scale.1.ln() / LN_2);
        scale = octaves.at(unit(rng)).exp2();
        at = Some([unit(rng), unit(rng)]);
        turn.flip = flip && config.augment.flip;
        turn.quarters = if config.augment.turn { quarters } else { 0 };
    }
    let wanted = match config.sizing {
        Sizing::Cut => config.size as f64 / scale,
        Sizing::Fit => shorter / scale,
    };
    let side = wanted.min(shorter);
    let free = [width as f64 - side, height as f64 - side];
    let place = |free: f64, u: f64| {
        let place = free * u;
        // A part that is not scaled begins at a whole pixel, so that it is not interpolated.
        if side == config.size as f64 { place.round() } else { place }
    };
    let [u, v] = at.unwrap_or([0.5, 0.5]);
    Cut { left: place(free[0], u), top: place(free[1], v), side, size: config.size, turn }
}

/// Changes a square of interleaved RGB by what `augment` draws for `key`.
pub fn change(rgb: Vec<u8>, size: usize, augment: &Augment, key: &[u8]) -> Vec<u8> {
    let mut rgb = rgb;
    let rng = &mut random("light", &[key]);
    let brightness = (2.0 * unit(rng) - 1.0) * augment.brightness * 255.0;
    let contrast = 1.0 + (2.0 * unit(rng) - 1.0) * augment.contrast;
    if brightness != 0.0 || contrast != 1.0 {
        let mean = rgb.iter().map(|v| f64::from(*v)).sum::<f64>() / rgb.len().max(1) as f64;
        let shade =
            |v: u8| ((f64::from(v) - mean) * contrast + mean + brightness).round().clamp(0.0, 255.0) as u8;
        let table: [u8; 256] = std::array::from_fn(|v| shade(v as u8));
        rgb.iter_mut().for_each(|v| *v = table[usize::from(*v)]);
    }
    let rng = &mut random("blur", &[key]);
    let (drawn, sigma) = (unit(rng) < augment.blur, augment.blur_sigma.at(unit(rng)));
    if drawn {
        blur(&mut rgb, size, sigma as f32);
    }
    let rng = &mut random("noise", &[key]);
    let (drawn, sigma) = (unit(rng) < augment.noise, augment.noise_sigma.at(unit(rng)));
    if drawn {
        for v in &mut rgb {
            let normal: f64 = StandardNormal.sample(rng);
            *v = (f64::from(*v) + sigma * normal).round().clamp(0.0, 255.0) as u8;
        }
    }
    let rng = &mut random("jpeg", &[key]);
    let (drawn, quality) = (unit(rng) < augment.jpeg, augment.jpeg_quality.at(unit(rng)));
    if drawn {
        rgb = recompress(&rgb, size, size, quality.round() as u8, Subsampling::S420);
    }
    rgb
}

fn blur(rgb: &mut [u8], size: usize, sigma: f32) {
    for channel in 0..3 {
        let samples = rgb.iter().skip(channel).step_by(3).map(|v| f32::from(*v)).collect();
        let plane = filter::gaussian(&Plane { width: size, height: size, samples }, sigma);
        for (v, smooth) in rgb.iter_mut().skip(channel).step_by(3).zip(&plane.samples) {
            *v = smooth.round().clamp(0.0, 255.0) as u8;
        }
    }
}

/// Compresses a square of interleaved RGB by the law that is the same for all classes.
pub(super) fn equalise(rgb: Vec<u8>, size: usize, law: &Equalise, key: &[u8]) -> Vec<u8> {
    if !law.enabled {
        return rgb;
    }
    let quality = law.quality.at(unit(&mut random("equalise", &[key]))).round() as u8;
    recompress(&rgb, size, size, quality, Subsampling::S420)
}

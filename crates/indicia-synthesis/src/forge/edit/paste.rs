use indicia_core::Picture;
use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Edited, blend, pixels_of};
use crate::forge::filter;
use crate::forge::mask::Patch;
use crate::forge::region::Region;
use crate::forge::sampling::sample;
use crate::forge::step::{Step, apply_all};

/// How a region comes from where it was to where it goes: mirrored, scaled and rotated around its rectangle's
/// middle, then moved.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Transform {
    /// Columns that it moves to the right.
    pub dx: i64,
    /// Rows that it moves down.
    pub dy: i64,
    /// Enlargement; 1 keeps its size.
    pub scale: f64,
    /// Rotation in degrees, clockwise as seen.
    pub rotation: f64,
    /// Mirrored left to right.
    pub flip: bool,
}

impl Transform {
    /// A move and nothing else.
    pub fn shift(dx: i64, dy: i64) -> Self {
        Self { dx, dy, scale: 1.0, rotation: 0.0, flip: false }
    }

    /// True if pixels are moved without being computed anew.
    pub fn is_shift(&self) -> bool {
        self.scale == 1.0 && self.rotation == 0.0 && !self.flip
    }

    fn check(&self) -> Result<()> {
        // Far moves would overflow the arithmetic of places.
        let far = [self.dx, self.dy].iter().any(|v| v.unsigned_abs() > 1 << 32);
        if far || !(0.01..=100.0).contains(&self.scale) || !self.rotation.is_finite() {
            return Err(Error::input(format!(
                "expected a scale of 0.01 to 100 and finite moves, got {self:?}"
            )));
        }
        Ok(())
    }
}

/// A region of another picture, pasted in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Splice {
    /// The region in the donor, after its steps.
    pub region: Region,
    /// What happened to the donor before.
    pub donor_steps: Vec<Step>,
    /// From the donor's place to the picture's.
    pub transform: Transform,
    /// How far mean and spread of the region's colours come to those that it covers, 0 to 1.
    pub match_colour: f64,
    /// Standard deviation of the Gaussian that softens its edge, in pixels.
    pub feather: f64,
}

/// A region of the same picture, pasted in once or several times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CopyMove {
    /// The region.
    pub region: Region,
    /// Its copies, all made from the picture as it was.
    pub copies: Vec<Copied>,
    /// Standard deviation of the Gaussian that softens their edges, in pixels.
    pub feather: f64,
}

/// One copy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Copied {
    /// Where it goes.
    pub transform: Transform,
    /// Grey levels added to all channels.
    pub brightness: f64,
}

impl Splice {
    pub(super) fn apply(&self, picture: &Picture, donor: &Picture) -> Result<Edited> {
        if !(0.0..=1.0).contains(&self.match_colour) {
            return Err(Error::input(format!("expected match_colour of 0 to 1, got {}", self.match_colour)));
        }
        let donor = apply_all(&self.donor_steps, donor)?;
        let region = self.region.draw(&donor)?;
        let (patch, mut pixels) = place(&donor, &region, &self.transform, self.feather, picture)?;
        if self.match_colour > 0.0 {
            match_colours(&mut pixels, &pixels_of(picture, &patch), &patch.alpha, self.match_colour);
        }
        let mut picture = picture.clone();
        blend(&mut picture, &patch, &pixels);
        Ok(Edited { picture, altered: vec![patch], copied_from: vec![] })
    }
}

impl CopyMove {
    pub(super) fn apply(&self, picture: &Picture) -> Result<Edited> {
        let region = self.region.draw(picture)?;
        let mut edited =
            Edited { picture: picture.clone(), altered: vec![], copied_from: vec![region.clone()] };
        for Copied { transform, brightness } in &self.copies {
            if !brightness.is_finite() {
                return Err(Error::input(format!("expected a finite brightness, got {brightness}")));
            }
            let (patch, mut pixels) = place(picture, &region, transform, self.feather, picture)?;
            if *brightness != 0.0 {
                pixels.iter_mut().flatten().for_each(|v| *v = (f64::from(*v) + brightness + 0.5) as u8);
            }
            blend(&mut edited.picture, &patch, &pixels);
            edited.altered.push(patch);
        }
        Ok(edited)
    }
}

/// Where a region of `source` comes to lie in a picture the size of `onto`, with its colours there. Opacity is
/// 0 where the source has no pixel.
fn place(
    source: &Picture,
    region: &Patch,
    transform: &Transform,
    feather: f64,
    onto: &Picture,
) -> Result<(Patch, Vec<[u8; 3]>)> {
    transform.check()?;
    if !(0.0..=50.0).contains(&feather) {
        return Err(Error::input(format!("expected a feather of 0 to 50 pixels, got {feather}")));
    }
    let (cx, cy) = region.centre();
    let (tx, ty) = (cx + transform.dx as f64, cy + transform.dy as f64);
    let (sin, cos) = transform.rotation.to_radians().sin_cos();
    let mirror = if transform.flip { -1.0 } else { 1.0 };
    // Half the sides of the rectangle that holds the turned and scaled one.
    let half = (region.width as f64 / 2.0 * transform.scale, region.height as f64 / 2.0 * transform.scale);
    let reach = (half.0 * cos.abs() + half.1 * sin.abs(), half.0 * sin.abs() + half.1 * cos.abs());
    let margin = filter::radius(feather) as f64;
    let low = |v: f64, most: usize| v.floor().clamp(0.0, most as f64) as usize;
    let high = |v: f64, most: usize| v.ceil().clamp(0.0, most as f64) as usize;
    let (left, right) = (low(tx - reach.0 - margin, onto.width), high(tx + reach.0 + margin, onto.width));
    let (top, bottom) = (low(ty - reach.1 - margin, onto.height), high(ty + reach.1 + margin, onto.height));
    let outside = || {
        let (w, h) = (onto.width, onto.height);
        Error::input(format!("expected the region to land inside {w}x{h} pixels, got {transform:?}"))
    };
    if left >= right || top >= bottom {
        return Err(outside());
    }
    let (width, height) = (right - left, bottom - top);
    // The place in the source, in pixel edges, that a pixel's middle shows.
    let origin = |i: usize| {
        let (x, y) = ((left + i % width) as f64 + 0.5 - tx, (top + i / width) as f64 + 0.5 - ty);
        let (x, y) = (x * cos + y * sin, y * cos - x * sin);
        (cx + x * mirror / transform.scale, cy + y / transform.scale)
    };
    let hard = |i: usize| {
        let (u, v) = origin(i);
        region.at(u.floor() as i64, v.floor() as i64)
    };
    let alpha = (0..width * height).map(hard).collect();
    let mut patch = Patch { x: left, y: top, width, height, alpha };
    patch.soften(feather);
    let mut pixels = vec![[0; 3]; width * height];
    for (i, (pixel, alpha)) in pixels.iter_mut().zip(&mut patch.alpha).enumerate() {
        if *alpha > 0 {
            let (u, v) = origin(i);
            if u < 0.0 || v < 0.0 || u >= source.width as f64 || v >= source.height as f64 {
                *alpha = 0;
            } else {
                *pixel = sample(source, u - 0.5, v - 0.5);
            }
        }
    }
    if patch.area() == 0 {
        return Err(outside());
    }
    Ok((patch, pixels))
}

/// Brings mean and standard deviation of each channel of `pixels` towards those of `onto`, by `strength`
/// (E. Reinhard et al., "Color transfer between images", IEEE CG&A 21, 2001, here in RGB). Counted are pixels
/// of at least half opacity; the spread changes by a factor of 1/2 to 2.
fn match_colours(pixels: &mut [[u8; 3]], onto: &[[u8; 3]], alpha: &[u8], strength: f64) {
    let moments = |pixels: &[[u8; 3]], k: usize| {
        let values = || pixels.iter().zip(alpha).filter(|(_, a)| **a >= 128).map(|(p, _)| f64::from(p[k]));
        let count = values().count().max(1) as f64;
        let mean = values().sum::<f64>() / count;
        (mean, (values().map(|v| (v - mean) * (v - mean)).sum::<f64>() / count).sqrt())
    };
    for k in 0..3 {
        let ((mean, spread), (mean_onto, spread_onto)) = (moments(pixels, k), moments(onto, k));
        // One grey level more keeps flat regions finite.
        let gain = ((spread_onto + 1.0) / (spread + 1.0)).clamp(0.5, 2.0).powf(strength);
        let target = mean + strength * (mean_onto - mean);
        for pixel in pixels.iter_mut() {
            pixel[k] = (target + gain * (f64::from(pixel[k]) - mean) + 0.5) as u8;
        }
    }
}

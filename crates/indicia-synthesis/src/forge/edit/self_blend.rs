use indicia_core::Picture;
use indicia_core::{Error, Result};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::{Edited, blend};
use crate::forge::filter;
use crate::forge::mask::Patch;
use crate::forge::region::Region;
use crate::forge::sampling::sample;
use crate::forge::step::{Step, apply_all};

/// A picture blended with a changed version of itself (K. Shiohara, T. Yamasaki, "Detecting deepfakes with
/// self-blended images", CVPR 2022). Instead of the hull of a face's landmarks, any region is the mask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SelfBlend {
    /// The mask before it is deformed.
    pub region: Region,
    /// What is done to the version that is blended in; its size must stay.
    pub steps: Vec<Step>,
    /// Enlargement of that version and its mask, around the picture's middle.
    pub scale: f64,
    /// Columns that they move.
    pub dx: f64,
    /// Rows that they move.
    pub dy: f64,
    /// Strength of the elastic deformation of the mask: a field of random moves of -1 to 1, smoothed, times
    /// this.
    pub elastic: f64,
    /// Standard deviation of that smoothing, in pixels.
    pub elastic_sigma: f64,
    /// Standard deviations of the two Gaussian blurs of the mask, in pixels.
    pub blur: [f64; 2],
    /// Share of the changed version where the mask is full, 0 to 1.
    pub ratio: f64,
    /// Seed of the deformation.
    pub seed: u64,
}

impl SelfBlend {
    pub(super) fn apply(&self, picture: &Picture) -> Result<Edited> {
        let Self { scale, dx, dy, elastic, ratio, .. } = *self;
        let sound = [dx, dy, elastic].iter().all(|v| v.abs() <= 1e6)
            && (0.1..=10.0).contains(&scale)
            && (0.0..=1.0).contains(&ratio)
            && self.blur.iter().chain([&self.elastic_sigma]).all(|v| (0.0..=50.0).contains(v));
        if !sound {
            return Err(Error::input(format!(
                "expected a self-blend of numbers in their ranges, got {self:?}"
            )));
        }
        let (width, height) = (picture.width, picture.height);
        let changed = apply_all(&self.steps, picture)?;
        if (changed.width, changed.height) != (width, height) {
            return Err(Error::input(format!("expected steps that keep the size, got {:?}", self.steps)));
        }
        let centre = (width as f64 / 2.0, height as f64 / 2.0);
        // The place, in pixel edges, that a place shows after scaling and moving.
        let origin =
            |x: f64, y: f64| (centre.0 + (x - dx - centre.0) / scale, centre.1 + (y - dy - centre.1) / scale);
        let region = self.region.draw(picture)?;
        let mut patch = self.deformed(&region, origin, width, height);
        patch.soften(self.blur[0]);
        patch.soften(self.blur[1]);
        let mut pixels = vec![[0; 3]; patch.alpha.len()];
        for (i, (pixel, alpha)) in pixels.iter_mut().zip(&mut patch.alpha).enumerate() {
            *alpha = (f64::from(*alpha) * ratio + 0.5) as u8;
            let (x, y) = (patch.x + i % patch.width, patch.y + i / patch.width);
            let (u, v) = origin(x as f64 + 0.5, y as f64 + 0.5);
            if u < 0.0 || v < 0.0 || u >= width as f64 || v >= height as f64 {
                *alpha = 0;
            } else if *alpha > 0 {
                *pixel = sample(&changed, u - 0.5, v - 0.5);
            }
        }
        if patch.area() == 0 {
            return Err(Error::input(format!("expected a self-blend inside the picture, got {self:?}")));
        }
        let mut picture = picture.clone();
        blend(&mut picture, &patch, &pixels);
        Ok(Edited { picture, altered: vec![patch], copied_from: vec![] })
    }

    /// The region scaled, moved and elastically deformed, on a rectangle with room for its blurs.
    fn deformed(
        &self,
        region: &Patch,
        origin: impl Fn(f64, f64) -> (f64, f64),
        width: usize,
        height: usize,
    ) -> Patch {
        let blurs: usize = self.blur.iter().map(|sigma| filter::radius(*sigma)).sum();
        // A smoothed field of moves hardly ever passes a third of its strength.
        let reach = self.elastic.abs() / 3.0 + self.dx.abs().max(self.dy.abs());
        let growth =
            (region.width.max(region.height) as f64 + width.max(height) as f64) * (self.scale - 1.0).abs();
        let margin = blurs + (reach + growth).ceil().min(1e6) as usize;
        let mut patch = region.widened(margin, width, height);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut field = || {
            let raw: Vec<f32> = (0..patch.alpha.len()).map(|_| rng.random_range(-1.0..=1.0)).collect();
            filter::smooth::<1, _, _>(&raw, patch.width, self.elastic_sigma, |v| v)
        };
        let (moves_x, moves_y) = (field(), field());
        let columns = patch.width;
        let (left, top) = (patch.x, patch.y);
        for (i, alpha) in patch.alpha.iter_mut().enumerate() {
            let x = (left + i % columns) as f64 + 0.5 + self.elastic * f64::from(moves_x[i]);
            let y = (top + i / columns) as f64 + 0.5 + self.elastic * f64::from(moves_y[i]);
            let (u, v) = origin(x, y);
            *alpha = region.at(u.floor() as i64, v.floor() as i64);
        }
        patch
    }
}

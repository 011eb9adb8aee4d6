//! Descriptors, their field of matches, and the regions that it copies.

use indicia_ops::patchmatch::{Descriptor, Search, nearest_field};
use indicia_ops::zernike::ZernikeBank;

use super::field::regions;
use crate::copies::{APART, Copied, Plane, Scene, verify_all};

/// Pixels of the picture that is searched; larger ones are reduced.
const SEARCHED: usize = 2_600_000;
/// Half the diameter of the disc of a descriptor, in pixels of the searched picture.
const RADIUS: usize = 6;
/// Largest order of moments: sixteen moments.
const ORDER: usize = 6;
/// Square root of the energy of all moments but the mean below which a disc counts as flat, in grey levels.
const FLAT: f32 = 2.5;
/// Sweeps of the search.
const SWEEPS: usize = 5;

/// Regions of `scene` that repeat others, copies and look-alikes, the strongest evidence first. `None` for a flat
/// picture.
pub fn copies(scene: &Scene) -> Option<Vec<Copied>> {
    let Plane { width, height, .. } = scene.luma;
    let finer = (1..).find(|k| width * height / (k * k) <= SEARCHED).expect("some factor is large enough");
    let searched = scene.luma.coarser(finer);
    let described = describe(&searched);
    let (descriptors, active): (Vec<_>, Vec<_>) = described.into_iter().unzip();
    if !active.contains(&true) {
        return None;
    }
    let apart = (APART / finer as f64).ceil() as usize + RADIUS;
    let search = Search { iterations: SWEEPS, apart, seed: 1 };
    let field = nearest_field(&descriptors, &active, searched.width, search);
    let hypotheses = regions(&field, searched.width);
    Some(verify_all(scene, &hypotheses, finer as f64))
}

/// Magnitudes of the Zernike moments around each pixel, on a scale that is linear near zero and logarithmic
/// beyond, and whether there is any detail.
pub fn describe(picture: &Plane) -> Vec<(Descriptor, bool)> {
    let bank = ZernikeBank::new(RADIUS, ORDER);
    // The first moment is the mean, times the square root of the disc's pixels.
    let pixels = (RADIUS as f32 + 0.5).powi(2) * std::f32::consts::PI;
    let levels = 255.0 / (1.0_f32 + 2000.0 / 8.0).ln();
    bank.describe(&picture.values, picture.width, |moments| {
        let mut descriptor = [0; 16];
        for (code, &moment) in descriptor.iter_mut().zip(moments) {
            *code = (levels * (1.0 + moment / 8.0).ln()) as u8;
        }
        descriptor[0] = (moments[0] / pixels.sqrt() / 8.0) as u8;
        let energy: f32 = moments[1..].iter().map(|m| m * m).sum();
        (descriptor, energy > FLAT * FLAT)
    })
}

//! Descriptors, their field of matches, and the regions that it copies.

use indicia_ops::patchmatch::{Descriptor, Search, nearest_field};
use indicia_ops::zernike::ZernikeBank;

use super::field::regions;
use crate::copies::{APART, Copied, Plane, Scene, verify_all};

/// Half the diameter of the disc of a descriptor, in pixels of the scene.
const RADIUS: usize = 6;
/// Largest order of moments: sixteen moments.
const ORDER: usize = 6;
/// Square root of the energy of all moments but the mean below which a disc counts as flat, in grey levels.
const FLAT: f32 = 2.5;
/// Stands for a flat disc: a mean of 255 is above the codes of means.
const NOTHING: Descriptor = [255; 16];
/// How the field is searched. Discs of a pixel and its match do not overlap by much.
const SEARCH: Search = Search { iterations: 4, apart: APART as usize + RADIUS, around: 16, step: 2, seed: 1 };

/// Regions of `scene` that repeat others, copies and look-alikes, the strongest evidence first. `None` for a flat
/// picture.
pub fn copies(scene: &Scene) -> Option<Vec<Copied>> {
    let (descriptors, active) = describe(&scene.luma);
    if !active.contains(&true) {
        return None;
    }
    let field = nearest_field(&descriptors, &active, scene.luma.width, SEARCH);
    drop((descriptors, active));
    Some(verify_all(scene, &regions(&field), 1.0))
}

/// Magnitudes of the Zernike moments around each pixel, on a scale that is linear near zero and logarithmic
/// beyond, and whether there is any detail.
fn describe(picture: &Plane) -> (Vec<Descriptor>, Vec<bool>) {
    let bank = ZernikeBank::new(RADIUS, ORDER);
    // The first moment is the mean, times the square root of the disc's pixels.
    let pixels = (RADIUS as f32 + 0.5).powi(2) * std::f32::consts::PI;
    let levels = 255.0 / (1.0_f32 + 2000.0 / 8.0).ln();
    let descriptors = bank.describe(&picture.values, picture.width, |moments| {
        let energy: f32 = moments[1..].iter().map(|m| m * m).sum();
        if energy <= FLAT * FLAT {
            return NOTHING;
        }
        let mut descriptor = [0; 16];
        for (code, &moment) in descriptor.iter_mut().zip(moments) {
            *code = (levels * logarithm(1.0 + moment / 8.0)) as u8;
        }
        descriptor[0] = (moments[0] / pixels.sqrt() / 8.0) as u8;
        descriptor
    });
    let active = descriptors.iter().map(|d| *d != NOTHING).collect();
    (descriptors, active)
}

/// Natural logarithm of a number from 1 on, to 0.006: the exponent, and a parabola through the mantissa's ends and
/// middle. Codes need no more, and the exact one would take longer than the moments.
fn logarithm(value: f32) -> f32 {
    let bits = value.to_bits();
    let exponent = (bits >> 23) as f32 - 127.0;
    let mantissa = f32::from_bits(bits & 0x007F_FFFF | 0x3F80_0000) - 1.0;
    (exponent + mantissa * (1.339_85 - 0.339_85 * mantissa)) * std::f32::consts::LN_2
}

//! Keypoints, the maps that their pairs follow, and the regions that they copy.

use super::matching::{maps, pairs};
use super::sift::keypoints;
use crate::copies::{APART, Copied, Plane, Scene, verify_all};

/// Pixels of the picture in which keypoints are looked for; larger ones are reduced.
const SEARCHED: usize = 1_500_000;
/// Pixels below which a picture is enlarged to twice its size.
const SMALL: usize = 400_000;
/// Places with keypoints that are kept.
const PLACES: usize = 8000;

/// Regions of `scene` that repeat others, copies and look-alikes, the strongest evidence first. `None` for a
/// picture without keypoints.
pub fn copies(scene: &Scene) -> Option<Vec<Copied>> {
    let pixels = scene.luma.values.len();
    let (searched, finer) = if pixels < SMALL {
        (enlarged(&scene.luma), 0.5)
    } else {
        let finer = (1..).find(|k| pixels / (k * k) <= SEARCHED).expect("some factor is large enough");
        (scene.luma.coarser(finer), finer as f64)
    };
    let keypoints = keypoints(&searched, PLACES);
    if keypoints.is_empty() {
        return None;
    }
    let pairs = pairs(&keypoints, (APART + 4.0) / finer);
    Some(verify_all(scene, &maps(&pairs), finer))
}

/// The picture at twice its size, by linear interpolation.
fn enlarged(picture: &Plane) -> Plane {
    let (width, height) = (2 * picture.width, 2 * picture.height);
    // The two samples and the weight of the second at half the place.
    let between = |i: usize, n: usize| {
        let at = (i as f32 - 0.5) / 2.0;
        let low = at.floor();
        let clamp = |v: f32| (v.max(0.0) as usize).min(n - 1);
        (clamp(low), clamp(low + 1.0), at - low)
    };
    let mut values = Vec::with_capacity(width * height);
    for y in 0..height {
        let (y0, y1, wy) = between(y, picture.height);
        for x in 0..width {
            let (x0, x1, wx) = between(x, picture.width);
            let row = |y: usize| {
                let row = &picture.values[y * picture.width..];
                row[x0] + wx * (row[x1] - row[x0])
            };
            values.push(row(y0) + wy * (row(y1) - row(y0)));
        }
    }
    Plane { width, height, values }
}

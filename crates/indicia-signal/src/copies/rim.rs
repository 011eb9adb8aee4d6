//! The rim of a copied region, pixel by pixel.
//!
//! Windows that see whether detail agrees reach over the rim of what was copied, and regions grown by them are as
//! much too large. Here each pixel is asked by itself: its grey level differs from that of its image otherwise
//! inside a copy than outside, and how, the region itself teaches. Among all sets of pixels that one is taken for
//! which these pixels speak most, less a cost of the length of its rim.

use indicia_ops::morphology::dilate_square;
use multiversion::multiversion;

use super::verify::{AREA, fill_holes, flood};
use super::{Copied, Plane};

/// Upper ends of the classes of differences, in grey levels.
const DIFFERENCES: [f32; 8] = [0.5, 1.5, 2.5, 4.5, 7.5, 12.5, 20.5, f32::INFINITY];
/// Upper ends of the classes of contrast, in grey levels: where there is none, equal pixels mean little.
const CONTRASTS: [f32; 5] = [2.5, 6.5, 16.5, 40.5, f32::INFINITY];
/// Classes of both together.
const CLASSES: usize = DIFFERENCES.len() * CONTRASTS.len();
/// How far from the rim of the grown region pixels are surely inside, in pixels.
const INNER: usize = 6;
/// Fewest pixels that are learnt from.
const ENOUGH: usize = 50;
/// Differences outside are learnt where the region is farther than the first and not farther than the second, in
/// pixels.
const OUTER: (usize, usize) = (2, 16);
/// Pixels that each class of contrast is taken to have besides its own, with differences as inside and outside
/// together.
const PRIOR: f32 = 8.0;
/// Most that a pixel may say.
const SURE: f32 = 3.0;
/// What speaks against pixels outside the grown region: it is rather too large.
const BEYOND: f32 = 0.3;
/// Cost of a pixel's length of the rim.
const RIM: f32 = 1.5;
/// How often differences are learnt, from the grown region at first.
const ROUNDS: usize = 2;
/// Steps of the minimisation.
const STEPS: usize = 150;

/// Moves the rim of a region to where grey levels of `luma`, the scene, cease to agree. The region stays as it was
/// if too little would be left.
pub fn trim(luma: &Plane, copied: &mut Copied) {
    let width = copied.width;
    let (differences, contrasts) = differences(luma, copied);
    let mut mask = copied.mask.clone();
    for _ in 0..ROUNDS {
        let core = inner(&mask, width);
        let (near, far) = (dilate_square(&mask, width, OUTER.0), dilate_square(&mask, width, OUTER.1));
        // A copy may have been made lighter or darker.
        let offset =
            median(differences.iter().zip(&core).filter(|(_, inside)| **inside).filter_map(|(d, _)| *d));
        let class = |(difference, contrast): (&Option<f32>, &f32)| {
            let difference = ((*difference)? - offset).abs();
            Some(place(&CONTRASTS, *contrast) * DIFFERENCES.len() + place(&DIFFERENCES, difference))
        };
        let classes: Vec<Option<usize>> = differences.iter().zip(&contrasts).map(class).collect();
        let weights = weights(&classes, &core, |i| far[i] && !near[i]);
        let says = |(class, grown): (&Option<usize>, &bool)| {
            class.map_or(-SURE, |class| weights[class] - if *grown { 0.0 } else { BEYOND })
        };
        let says: Vec<f32> = classes.iter().zip(&copied.mask).map(says).collect();
        let set = best_set(&says, &mask, width, RIM);
        mask = flood(&set, width, (0..set.len()).filter(|&i| set[i] && core[i]).collect());
        fill_holes(&mut mask, width);
    }
    let area = mask.iter().filter(|set| **set).count();
    if area >= AREA {
        (copied.mask, copied.area) = (mask, area);
    }
}

/// Difference of the grey levels at each pixel of the box and at its image, and the contrast around them: the larger
/// range of 3 by 3 pixels. The difference is `None` where the image lies outside the picture.
fn differences(luma: &Plane, copied: &Copied) -> (Vec<Option<f32>>, Vec<f32>) {
    let whole = copied.map.is_whole();
    let range = |x: usize, y: usize| {
        let columns = x.saturating_sub(1)..(x + 2).min(luma.width);
        let (mut low, mut high) = (f32::MAX, f32::MIN);
        for row in luma.values[y.saturating_sub(1) * luma.width..]
            .chunks(luma.width)
            .take(y + 2 - y.saturating_sub(1))
        {
            for &v in &row[columns.clone()] {
                (low, high) = (low.min(v), high.max(v));
            }
        }
        high - low
    };
    let pair = |i: usize| {
        let (x, y) = (copied.origin.0 + i % copied.width, copied.origin.1 + i / copied.width);
        let (u, v) = copied.map.at(x as f64, y as f64);
        let Some(there) = luma.between(u, v, whole) else { return (None, 0.0) };
        let contrast = range(x, y).max(range(u.round() as usize, v.round() as usize));
        (Some(luma.values[y * luma.width + x] - there), contrast)
    };
    (0..copied.mask.len()).map(pair).unzip()
}

/// Number of the class that holds a value.
fn place(ends: &[f32], value: f32) -> usize {
    ends.iter().take_while(|end| value >= **end).count().min(ends.len() - 1)
}

/// Pixels well inside: 6 pixels from the rim, or less where too few are.
fn inner(mask: &[bool], width: usize) -> Vec<bool> {
    let outside: Vec<bool> = mask.iter().map(|set| !set).collect();
    (1..=INNER)
        .rev()
        .map(|radius| dilate_square(&outside, width, radius).into_iter().map(|set| !set).collect::<Vec<_>>())
        .find(|inside| inside.iter().filter(|set| **set).count() >= ENOUGH)
        .unwrap_or_else(|| mask.to_vec())
}

/// What each class says: the natural logarithm of how much more often its difference is met inside than outside
/// among pixels of its contrast.
fn weights(classes: &[Option<usize>], core: &[bool], outside: impl Fn(usize) -> bool) -> [f32; CLASSES] {
    let (mut inner, mut outer) = ([0.0_f32; CLASSES], [0.0_f32; CLASSES]);
    for (i, class) in classes.iter().enumerate() {
        let Some(class) = *class else { continue };
        if core[i] {
            inner[class] += 1.0;
        } else if outside(i) {
            outer[class] += 1.0;
        }
    }
    let levels = DIFFERENCES.len();
    let sum = |counts: &[f32]| counts.iter().sum::<f32>();
    std::array::from_fn(|class| {
        let alike = class / levels * levels..class / levels * levels + levels;
        let (inside, outside) = (sum(&inner[alike.clone()]), sum(&outer[alike]));
        // A little more than nothing, so that a class that was never met says nothing.
        let prior = PRIOR * (inner[class] + outer[class] + 0.01) / (inside + outside + 0.01);
        let share = |count: f32, of: f32| (count + prior) / (of + PRIOR);
        (share(inner[class], inside) / share(outer[class], outside)).ln().clamp(-SURE, SURE)
    })
}

/// Middle of some values, 0 if there are none.
fn median(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

/// The set of pixels with the largest sum of `says`, less `cost` times the length of its rim: where the function from
/// 0 to 1 with the least cost times total variation less sum of products with `says` is above a half (T. Chan, S.
/// Esedoglu, M. Nikolova, SIAM J. Appl. Math. 66, 2006), found by primal-dual steps (A. Chambolle, T. Pock, J. Math.
/// Imaging Vis. 40, 2011) from `start`.
#[multiversion(targets("x86_64+avx2+fma", "aarch64+neon"))]
fn best_set(says: &[f32], start: &[bool], width: usize, cost: f32) -> Vec<bool> {
    // Its square times 8, the bound of the squared norm of the gradient, is below 1.
    const STEP: f32 = 0.353;
    let mut now: Vec<f32> = start.iter().map(|&set| f32::from(u8::from(set))).collect();
    let mut ahead = now.clone();
    // Flows to the right and down; none leaves the box.
    let (mut across, mut down) = (vec![0.0_f32; now.len()], vec![0.0_f32; now.len()]);
    let none = vec![0.0_f32; width];
    let mut gradient = vec![0.0_f32; width];
    for _ in 0..STEPS {
        for (y, (across, down)) in
            across.chunks_exact_mut(width).zip(down.chunks_exact_mut(width)).enumerate()
        {
            let here = &ahead[y * width..(y + 1) * width];
            let below = ahead.get((y + 1) * width..(y + 2) * width).unwrap_or(here);
            gradient.iter_mut().zip(&here[1..]).zip(here).for_each(|((g, right), v)| *g = right - v);
            for (((across, down), gradient), (v, below)) in
                across.iter_mut().zip(down).zip(&gradient).zip(here.iter().zip(below))
            {
                let (a, d) = (*across + STEP * gradient, *down + STEP * (below - v));
                let shrink = cost / (a * a + d * d).sqrt().max(cost);
                (*across, *down) = (a * shrink, d * shrink);
            }
        }
        for (y, now) in now.chunks_exact_mut(width).enumerate() {
            let row = y * width..(y + 1) * width;
            let (across, under) = (&across[row.clone()], &down[row.clone()]);
            let above = if y > 0 { &down[row.start - width..row.start] } else { &none };
            // What flows out of a pixel less what flows in; the first column has no left neighbour.
            gradient[0] = across[0];
            gradient[1..]
                .iter_mut()
                .zip(&across[1..])
                .zip(across)
                .for_each(|((g, out), into)| *g = out - into);
            for ((((now, ahead), says), flow), (under, above)) in now
                .iter_mut()
                .zip(&mut ahead[row.clone()])
                .zip(&says[row])
                .zip(&gradient)
                .zip(under.iter().zip(above))
            {
                let moved = (*now + STEP * (flow + under - above + says)).clamp(0.0, 1.0);
                *ahead = 2.0 * moved - *now;
                *now = moved;
            }
        }
        // The last column has no right neighbour: its entry was used for flows.
        gradient[width - 1] = 0.0;
    }
    now.into_iter().map(|v| v > 0.5).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::copies::Affine;
    use crate::copies::evidence::Evidence;
    use crate::copies::tests::{paste, similarity, texture};

    #[test]
    fn classes_say_how_much_more_often_they_are_met_inside() {
        // Contrast class 1, so classes from 8 on: equal pixels 24 times inside and 8 times outside, different ones
        // 16 times outside. 8 pixels of the prior are (24 + 8) / 48 and 16 / 48.
        let equal = [Some(8); 32];
        let other = [Some(15); 16];
        let classes: Vec<_> = equal.into_iter().chain(other).chain([None]).collect();
        let core: Vec<bool> = (0..classes.len()).map(|i| i < 24).collect();
        let weights = weights(&classes, &core, |_| true);
        let prior = [8.0 * 32.0 / 48.0, 8.0 * 16.0 / 48.0];
        let expected = |inside: f32, outside: f32, prior: f32| {
            (((inside + prior) / 32.0) / ((outside + prior) / 32.0)).ln()
        };
        assert!((weights[8] - expected(24.0, 8.0, prior[0])).abs() < 1e-3, "{}", weights[8]);
        assert!((weights[15] - expected(0.0, 16.0, prior[1])).abs() < 1e-3, "{}", weights[15]);
        // (29 + 1/3) / (13 + 1/3) = 2.2, and (2 + 2/3) / (18 + 2/3) = 1/7.
        assert!((weights[8] - 2.2_f32.ln()).abs() < 1e-3 && (weights[15] + 7.0_f32.ln()).abs() < 1e-3);
        // What was never met says nothing, nor does a contrast that was never met.
        assert!(weights[9].abs() < 1e-3 && weights[0].abs() < 1e-6 && weights[39].abs() < 1e-6);
        assert_eq!([0.0, 0.5, 1.4, 20.5, 1e9].map(|v| place(&DIFFERENCES, v)), [0, 1, 1, 7, 7]);
    }

    #[test]
    fn a_pixel_is_kept_if_it_says_more_than_its_rim_costs() {
        // The rim of one pixel is 2 + sqrt(2) long: steps to the right and down start at it, two more end there.
        let mut says = vec![-1.0; 49];
        says[24] = 3.0;
        let alone = |cost: f32| best_set(&says, &[false; 49], 7, cost).iter().filter(|v| **v).count();
        assert_eq!([alone(0.75), alone(1.0)], [1, 0], "2.6 is below 3, 3.4 is above");
        // The same turned round: a hole.
        let holed: Vec<f32> = says.iter().map(|v| -v).collect();
        let hole = |cost: f32| best_set(&holed, &[true; 49], 7, cost).iter().filter(|v| !**v).count();
        assert_eq!([hole(0.75), hole(1.0)], [1, 0]);
        // Half a picture needs no rim at the border.
        let half: Vec<f32> = (0..48).map(|i| if i % 8 < 4 { 0.2 } else { -0.2 }).collect();
        let expected: Vec<bool> = half.iter().map(|v| *v > 0.0).collect();
        assert_eq!(best_set(&half, &[false; 48], 8, 0.5), expected);
        assert_eq!(best_set(&[1.0, -1.0, 1.0], &[false; 3], 1, 0.1), [true, false, true]);
        assert_eq!(best_set(&[1.0, -1.0, 1.0], &[false; 3], 3, 0.1), [true, false, true]);
    }

    /// A copied disc around (60, 80) in a box from (20, 40) of 80 by 80 pixels, grown by 5 pixels.
    fn grown(map: Affine, radius: f64) -> (Plane, Copied, Vec<bool>) {
        let mut picture = texture(260, 160, 3);
        paste(&mut picture, &map, (60.0, 80.0), radius);
        let disc = |radius: f64| -> Vec<bool> {
            (0..6400).map(|i| (f64::from(i % 80) - 40.0).hypot(f64::from(i / 80) - 40.0) <= radius).collect()
        };
        let mask = disc(radius + 5.0);
        let area = mask.iter().filter(|v| **v).count();
        let copied = Copied {
            map,
            origin: (20, 40),
            width: 80,
            mask,
            agreement: vec![1.0; 6400],
            evidence: Evidence::default(),
            reflection: false,
            area,
        };
        (picture, copied, disc(radius))
    }

    #[test]
    fn rims_of_copies_are_found_to_the_pixel() {
        let wrong =
            |copied: &Copied, truth: &[bool]| copied.mask.iter().zip(truth).filter(|(a, b)| a != b).count();
        // Moved by whole pixels, made lighter, and turned. The disc of radius 24 has some 1,800 pixels, the grown one
        // 800 more.
        let (picture, mut copied, truth) = grown(Affine([1.0, 0.0, 130.0, 0.0, 1.0, -5.0]), 24.0);
        let mut lighter = (picture.clone(), copied.clone());
        trim(&picture, &mut copied);
        assert!(wrong(&copied, &truth) < 20, "{}", wrong(&copied, &truth));
        assert_eq!(copied.area, copied.mask.iter().filter(|v| **v).count());
        lighter.0.values.iter_mut().enumerate().filter(|(i, _)| i % 260 > 130).for_each(|(_, v)| *v += 9.0);
        trim(&lighter.0, &mut lighter.1);
        assert_eq!(lighter.1.mask, copied.mask);
        let turned = similarity(20.0, 1.0, false, (60.0, 80.0), (190.0, 75.0));
        let (picture, mut copied, truth) = grown(turned, 24.0);
        trim(&picture, &mut copied);
        assert!(wrong(&copied, &truth) < 120, "{}", wrong(&copied, &truth));
    }

    #[test]
    fn too_little_is_no_region_and_images_outside_are_no_copies() {
        let (picture, mut copied, _) = grown(Affine([1.0, 0.0, 130.0, 0.0, 1.0, -5.0]), 5.0);
        let before = copied.mask.clone();
        trim(&picture, &mut copied);
        assert_eq!(copied.mask, before, "81 pixels are below the smallest region");
        // The map leads half of the region beyond the right border.
        let (picture, mut copied, _) = grown(Affine([1.0, 0.0, 200.0, 0.0, 1.0, 0.0]), 24.0);
        trim(&picture, &mut copied);
        assert!(copied.mask.iter().enumerate().all(|(i, set)| !set || 20 + i % 80 + 200 < 260));
    }
}

//! From a field of matches to regions that follow one affine map: the dense linear fitting of Cozzolino, Poggi
//! and Verdoliva (2015).

use indicia_ops::patchmatch::Field;

use crate::copies::{Affine, Hypothesis, box_sum};

/// Half the side of the window of the fit, in pixels of the grid.
const FIT_RADIUS: usize = 3;
/// Largest root mean square distance of a window's matches to the fitted map, in pixels.
const FIT_ERROR: f32 = 1.2;
/// Neighbours of a region go to places at most this far apart, in steps of the grid.
const JUMP: i32 = 2;
/// Smallest region, in pixels of the grid.
const REGION: usize = 12;
/// Cost of a match that halves the weight of a region.
const COST: f64 = 8.0;

/// A hypothesis for each region of the field that follows one affine map. Those with many pixels and good matches
/// come first.
pub fn regions(field: &Field) -> Vec<Hypothesis> {
    let width = field.width;
    let step = field.step as i32;
    let linear = linear(field);
    let mut label = vec![false; linear.len()];
    let mut out: Vec<(f64, Hypothesis)> = vec![];
    for start in 0..linear.len() {
        if !linear[start] || label[start] {
            continue;
        }
        label[start] = true;
        let mut members = vec![start];
        let mut next = 0;
        while next < members.len() {
            let i = members[next];
            next += 1;
            let (x, here) = (i % width, field.target[i]);
            let sides = [
                (x > 0).then(|| i - 1),
                (x + 1 < width).then_some(i + 1),
                i.checked_sub(width),
                (i + width < linear.len()).then_some(i + width),
            ];
            for j in sides.into_iter().flatten().filter(|&j| linear[j]) {
                let there = field.target[j];
                let jump = |k: usize| (i32::from(here[k]) - i32::from(there[k])).abs();
                if !label[j] && jump(0).max(jump(1)) <= JUMP * step {
                    label[j] = true;
                    members.push(j);
                }
            }
        }
        if members.len() < REGION {
            continue;
        }
        let pair = |&i: &usize| {
            let [u, v] = field.target[i].map(f64::from);
            [(i % width * field.step) as f64, (i / width * field.step) as f64, u, v]
        };
        let pairs: Vec<_> = members.iter().map(pair).collect();
        if let Some(map) = Affine::fit_most(&pairs).filter(Affine::plausible) {
            let seeds: Vec<_> = pairs.iter().filter(|p| map.error(p) < 3.0).map(|p| (p[0], p[1])).collect();
            if seeds.len() >= REGION {
                let cost: f64 = members.iter().map(|&i| f64::from(field.cost[i])).sum();
                let cost = cost / members.len() as f64;
                out.push((seeds.len() as f64 / (cost + COST), Hypothesis { map, seeds }));
            }
        }
    }
    out.sort_by(|a, b| b.0.total_cmp(&a.0));
    out.into_iter().map(|(_, hypothesis)| hypothesis).collect()
}

/// Pixels around which the matches follow an affine map, after a median filter of offsets.
fn linear(field: &Field) -> Vec<bool> {
    let width = field.width;
    let height = field.cost.len() / width;
    let offsets: Vec<[f32; 2]> = (0..field.cost.len())
        .map(|i| {
            let [u, v] = field.target[i];
            [f32::from(u) - (i % width * field.step) as f32, f32::from(v) - (i / width * field.step) as f32]
        })
        .collect();
    let filtered = median(&offsets, width);
    // Sums over windows of 1, u, v, u^2 + v^2 and of products with coordinates relative to the window's centre:
    // sum (x - x0) u = sum x u - x0 sum u.
    let known = |i: usize| field.cost[i] != Field::NONE;
    let plane = |value: &dyn Fn(usize) -> f32| {
        let mut sums: Vec<f32> = (0..offsets.len()).map(|i| if known(i) { value(i) } else { 0.0 }).collect();
        box_sum(&mut sums, width, FIT_RADIUS);
        sums
    };
    let count = plane(&|_| 1.0);
    let energy = plane(&|i| filtered[i][0] * filtered[i][0] + filtered[i][1] * filtered[i][1]);
    let mut explained = vec![0.0; offsets.len()];
    let side = (2 * FIT_RADIUS + 1) as f32;
    // Sum of the squares of one coordinate over a full window.
    let spread = side * (1..=FIT_RADIUS).map(|k| 2 * k * k).sum::<usize>() as f32;
    for k in [0, 1] {
        let sum = plane(&|i| filtered[i][k]);
        let by_x = plane(&|i| filtered[i][k] * (i % width) as f32);
        let by_y = plane(&|i| filtered[i][k] * (i / width) as f32);
        for (i, explained) in explained.iter_mut().enumerate() {
            let (gx, gy) = (by_x[i] - (i % width) as f32 * sum[i], by_y[i] - (i / width) as f32 * sum[i]);
            *explained += sum[i] * sum[i] / (side * side) + (gx * gx + gy * gy) / spread;
        }
    }
    let inside = |i: usize, n: usize| i >= FIT_RADIUS && i + FIT_RADIUS < n;
    (0..offsets.len())
        .map(|i| {
            inside(i % width, width)
                && inside(i / width, height)
                && count[i] > side * side - 0.5
                && energy[i] - explained[i] < FIT_ERROR * FIT_ERROR * side * side
        })
        .collect()
}

/// Median of 3 by 3 of each component; the border stays.
fn median(offsets: &[[f32; 2]], width: usize) -> Vec<[f32; 2]> {
    let height = offsets.len() / width;
    let mut out = offsets.to_vec();
    for y in 1..height.saturating_sub(1) {
        for x in 1..width.saturating_sub(1) {
            let i = y * width + x;
            let near: [usize; 9] = std::array::from_fn(|k| i + k % 3 + k / 3 * width - width - 1);
            // Most windows agree; those need no sorting.
            if near.iter().all(|&j| offsets[j] == offsets[i]) {
                continue;
            }
            for k in 0..2 {
                let mut values = near.map(|j| offsets[j][k]);
                out[i][k] = *values.select_nth_unstable_by(4, f32::total_cmp).1;
            }
        }
    }
    out
}

//! Seeded region growing (R. Adams, L. Bischof, "Seeded region growing", IEEE Trans. PAMI 16, 1994): the
//! pixel at the region's edge that is most like the region joins it next. Where pixels suddenly differ more,
//! an object ends.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use indicia_core::Picture;

use super::mask::Patch;
use crate::resample::bicubic;

/// Longer side of the reduced picture in which regions grow.
const WORK_SIDE: usize = 256;
/// Shares of the wanted area between which the region may end.
const LEAST: f64 = 0.6;
const MOST: f64 = 1.5;

/// Grows a region around `seed` (in pixel edges) to about `area` pixels. `None` if it holds no pixel.
pub(super) fn grow(picture: &Picture, seed: (f64, f64), area: f64) -> Option<Patch> {
    let (width, height) = (picture.width, picture.height);
    let shrink = (WORK_SIDE as f64 / width.max(height) as f64).min(1.0);
    let side = |n: usize| ((n as f64 * shrink).round() as usize).max(1);
    let small = bicubic(picture, side(width), side(height)).ok()?;
    let (across, down) = (small.width as f64 / width as f64, small.height as f64 / height as f64);
    let place = |v: f64, most: usize| (v.max(0.0) as usize).min(most - 1);
    let start = place(seed.1 * down, small.height) * small.width + place(seed.0 * across, small.width);
    let wanted = area * across * down;
    let order = joining_order(&small, start, (wanted * MOST).ceil() as usize);
    let count = strongest_edge(&order, (wanted * LEAST) as usize);
    let mut member = vec![false; small.rgb.len() / 3];
    order[..count].iter().for_each(|(pixel, _)| member[*pixel] = true);
    fill_holes(&mut member, small.width);
    let member = majority(&member, small.width);
    enlarge(&member, small.width, width, height)
}

/// Pixels in the order in which they join, each with its squared colour distance to the region before it.
fn joining_order(picture: &Picture, start: usize, most: usize) -> Vec<(usize, f64)> {
    let pixels = picture.rgb.as_chunks::<3>().0;
    let colour = |i: usize| pixels[i].map(f64::from);
    let distance =
        |a: [f64; 3], b: [f64; 3]| -> f64 { a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum() };
    let mut queued = vec![false; pixels.len()];
    let mut order = vec![];
    let mut sum = [0.0; 3];
    // Distances are whole numbers here, so that equal ones are told apart by place and nothing else.
    let mut edge = BinaryHeap::from([(Reverse(0_u64), Reverse(start))]);
    queued[start] = true;
    while order.len() < most.max(1) {
        let Some((_, Reverse(pixel))) = edge.pop() else { break };
        let own = colour(pixel);
        let count = order.len().max(1) as f64;
        let mean = if order.is_empty() { own } else { sum.map(|v| v / count) };
        order.push((pixel, distance(own, mean)));
        sum.iter_mut().zip(own).for_each(|(sum, v)| *sum += v);
        let mean = sum.map(|v| v / order.len() as f64);
        let (x, y) = (pixel % picture.width, pixel / picture.width);
        let left = (x > 0).then(|| pixel - 1);
        let right = (x + 1 < picture.width).then(|| pixel + 1);
        let above = (y > 0).then(|| pixel - picture.width);
        let below = (y + 1 < picture.height).then(|| pixel + picture.width);
        for next in [left, right, above, below].into_iter().flatten() {
            if !std::mem::replace(&mut queued[next], true) {
                // A step in colour beside the pixel counts as much as the distance from the whole region.
                let cost = distance(colour(next), mean) + distance(colour(next), own);
                edge.push((Reverse(cost as u64), Reverse(next)));
            }
        }
    }
    order
}

/// How many pixels to keep, at least `least`: up to where those that follow differ most from those before.
fn strongest_edge(order: &[(usize, f64)], least: usize) -> usize {
    let window = (order.len() / 20).max(4);
    let mut sums = vec![0.0];
    order.iter().for_each(|(_, d)| sums.push(sums[sums.len() - 1] + d.sqrt()));
    let mean = |from: usize, to: usize| (sums[to] - sums[from]) / (to - from).max(1) as f64;
    let contrast = |k: usize| mean(k, (k + window).min(order.len())) - mean(k.saturating_sub(window), k);
    let candidates = least.clamp(1, order.len())..=order.len();
    let best = candidates.fold((order.len(), 0.0), |best, k| {
        let contrast = if k + window <= order.len() { contrast(k) } else { 0.0 };
        if contrast > best.1 { (k, contrast) } else { best }
    });
    best.0
}

/// Adds what the region encloses.
fn fill_holes(member: &mut [bool], width: usize) {
    let height = member.len() / width;
    let mut outside = vec![false; member.len()];
    let border = (0..member.len()).filter(|i| {
        let (x, y) = (i % width, i / width);
        x == 0 || y == 0 || x + 1 == width || y + 1 == height
    });
    let mut open: Vec<usize> = border.filter(|i| !member[*i]).collect();
    open.iter().for_each(|i| outside[*i] = true);
    while let Some(i) = open.pop() {
        let (x, y) = (i % width, i / width);
        let near = [
            (x > 0).then(|| i - 1),
            (x + 1 < width).then(|| i + 1),
            (y > 0).then(|| i - width),
            (y + 1 < height).then(|| i + width),
        ];
        for next in near.into_iter().flatten() {
            if !member[next] && !std::mem::replace(&mut outside[next], true) {
                open.push(next);
            }
        }
    }
    member.iter_mut().zip(outside).for_each(|(member, outside)| *member = !outside);
}

/// Each pixel as most of the 5x5 around it are; a small region is kept as it is.
fn majority(member: &[bool], width: usize) -> Vec<bool> {
    if member.iter().filter(|m| **m).count() < 50 {
        return member.to_vec();
    }
    let height = member.len() / width;
    let smoothed = |i: usize| {
        let (x, y) = (i % width, i / width);
        let rows = y.saturating_sub(2)..(y + 3).min(height);
        let columns = x.saturating_sub(2)..(x + 3).min(width);
        let inside = rows.clone().flat_map(|y| columns.clone().map(move |x| member[y * width + x]));
        2 * inside.filter(|m| *m).count() > rows.len() * columns.len()
    };
    (0..member.len()).map(smoothed).collect()
}

/// The region in a larger picture: pixels at which the bilinear interpolation of membership is above half.
fn enlarge(member: &[bool], from: usize, width: usize, height: usize) -> Option<Patch> {
    let rows = member.len() / from;
    let place = |i: usize, large: usize, small: usize| {
        let v = ((i as f64 + 0.5) * small as f64 / large as f64 - 0.5).clamp(0.0, small as f64 - 1.0);
        (v as usize, (v as usize + 1).min(small - 1), v.fract())
    };
    let columns: Vec<_> = (0..width).map(|x| place(x, width, from)).collect();
    let mut patch = Patch::solid(0, 0, width, height);
    for (y, out) in patch.alpha.chunks_exact_mut(width).enumerate() {
        let (top, bottom, fy) = place(y, height, rows);
        let at = |row: usize, column: usize| if member[row * from + column] { 1.0 } else { 0.0 };
        for (out, (left, right, fx)) in out.iter_mut().zip(&columns) {
            let across = |row| at(row, *left) * (1.0 - fx) + at(row, *right) * fx;
            let value = across(top) * (1.0 - fy) + across(bottom) * fy;
            *out = if value > 0.5 { 255 } else { 0 };
        }
    }
    patch.trimmed()
}

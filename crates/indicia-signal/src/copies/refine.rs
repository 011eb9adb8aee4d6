//! Fits an affine map to the picture itself.

use super::{Affine, Plane};

/// Points that the fit looks at.
const POINTS: usize = 3000;
/// How far the first search shifts the map, in pixels.
const REACH: i32 = 4;

/// At most `most` of the points, evenly chosen.
pub fn thin(points: &[(f64, f64)], most: usize) -> Vec<(f64, f64)> {
    let step = points.len().div_ceil(most).max(1);
    points.iter().copied().step_by(step).collect()
}

/// The map with the whole shift of up to 4 pixels under which detail at `points` and at their images agrees
/// best.
pub fn shift(fine: &Plane, map: Affine, points: &[(f64, f64)]) -> Affine {
    let points = thin(points, POINTS / 2);
    let mut best = (f64::NEG_INFINITY, map);
    for dy in -REACH..=REACH {
        for dx in -REACH..=REACH {
            let mut moved = map;
            moved.0[2] += f64::from(dx);
            moved.0[5] += f64::from(dy);
            let agreement = agreement(fine, &moved, &points);
            if agreement > best.0 {
                best = (agreement, moved);
            }
        }
    }
    best.1
}

/// `2 sum(ab) / sum(a^2 + b^2)` of detail at the pixels next to points and next to their images.
fn agreement(fine: &Plane, map: &Affine, points: &[(f64, f64)]) -> f64 {
    let nearest = |x: f64, y: f64| {
        let (x, y) = (x.round(), y.round());
        let inside = x >= 0.0 && y >= 0.0 && x < fine.width as f64 && y < fine.height as f64;
        if inside { f64::from(fine.values[y as usize * fine.width + x as usize]) } else { 0.0 }
    };
    let (mut both, mut energy) = (0.0, 1e-9);
    for &(x, y) in points {
        let (u, v) = map.at(x, y);
        let (a, b) = (nearest(x, y), nearest(u, v));
        both += a * b;
        energy += a * a + b * b;
    }
    2.0 * both / energy
}

/// As [`agreement`], with the images between pixels.
pub fn exact_agreement(fine: &Plane, map: &Affine, points: &[(f64, f64)]) -> f64 {
    let (mut both, mut energy) = (0.0, 1e-9);
    for &(x, y) in &thin(points, POINTS) {
        let (u, v) = map.at(x, y);
        let (Some(a), Some(b)) = (fine.cubic(x, y), fine.cubic(u, v)) else { continue };
        both += f64::from(a * b);
        energy += f64::from(a * a + b * b);
    }
    2.0 * both / energy
}

/// Gauss-Newton steps on all six numbers of the map and a gain (B. D. Lucas, T. Kanade, "An iterative image
/// registration technique with an application to stereo vision", IJCAI 1981). The fifth of the points that fits
/// worst is left out of each step. Stays where it was if that agrees better.
pub fn refine(fine: &Plane, start: Affine, points: &[(f64, f64)]) -> Affine {
    let points = thin(points, POINTS);
    if points.len() < 20 {
        return start;
    }
    let n = points.len() as f64;
    let (mx, my) = (points.iter().map(|p| p.0).sum::<f64>() / n, points.iter().map(|p| p.1).sum::<f64>() / n);
    let size = points.iter().map(|p| (p.0 - mx).abs() + (p.1 - my).abs()).sum::<f64>() / n + 1.0;
    let mut map = start;
    let mut best = (exact_agreement(fine, &start, &points), start);
    for _ in 0..10 {
        let mut rows = Vec::with_capacity(points.len());
        let (mut both, mut energy) = (0.0, 1e-9);
        for &(x, y) in &points {
            let (u, v) = map.at(x, y);
            let at = |dx: f64, dy: f64| fine.cubic(u + dx, v + dy).map(f64::from);
            let (Some(a), Some(b)) = (fine.cubic(x, y).map(f64::from), at(0.0, 0.0)) else { continue };
            let (Some(right), Some(left), Some(down), Some(up)) =
                (at(0.5, 0.0), at(-0.5, 0.0), at(0.0, 0.5), at(0.0, -0.5))
            else {
                continue;
            };
            both += a * b;
            energy += b * b;
            let (gx, gy) = (right - left, down - up);
            let (x, y) = ((x - mx) / size, (y - my) / size);
            rows.push(([gx * x, gx * y, gx, gy * x, gy * y, gy], a, b));
        }
        let gain = (both / energy).clamp(0.5, 2.0);
        let error = |&(_, a, b): &([f64; 6], f64, f64)| (a - gain * b).abs();
        let keep = rows.len() * 4 / 5;
        if keep < 20 {
            break;
        }
        rows.select_nth_unstable_by(keep, |p, q| error(p).total_cmp(&error(q)));
        let mut normal = [[0.0; 7]; 6];
        for (row, a, b) in &rows[..keep] {
            for (i, line) in normal.iter_mut().enumerate() {
                (0..6).for_each(|j| line[j] += row[i] * row[j]);
                line[6] += row[i] * (a / gain - b);
            }
        }
        let Some(step) = solve(normal) else { break };
        // The step holds for centred, scaled coordinates.
        let [a, b, c, d, e, f] = step;
        let (a, b, d, e) = (a / size, b / size, d / size, e / size);
        let step = [a, b, c - a * mx - b * my, d, e, f - d * mx - e * my];
        map.0.iter_mut().zip(step).for_each(|(value, step)| *value += step);
        if !map.plausible() {
            break;
        }
        let now = exact_agreement(fine, &map, &points);
        let gained = now - best.0;
        if gained > 0.0 {
            best = (now, map);
        }
        if gained < 1e-5 {
            break;
        }
    }
    best.1
}

/// The solution of six linear equations, each with its right side last; `None` if they do not determine it.
fn solve(mut m: [[f64; 7]; 6]) -> Option<[f64; 6]> {
    let scale = (0..6).map(|i| m[i][i]).fold(0.0, f64::max);
    for k in 0..6 {
        let pivot = (k..6).max_by(|&i, &j| m[i][k].abs().total_cmp(&m[j][k].abs()))?;
        if m[pivot][k].abs() <= 1e-9 * scale {
            return None;
        }
        m.swap(k, pivot);
        let row = m[k];
        for line in m.iter_mut().skip(k + 1) {
            let factor = line[k] / row[k];
            line.iter_mut().zip(row).for_each(|(value, pivot)| *value -= factor * pivot);
        }
    }
    let mut x = [0.0; 6];
    for k in (0..6).rev() {
        let rest: f64 = (k + 1..6).map(|j| m[k][j] * x[j]).sum();
        x[k] = (m[k][6] - rest) / m[k][k];
    }
    Some(x)
}

/// The nearest map that moves pixels onto pixels (a shift, with quarter turns or mirroring), if the map is that
/// close to it all over `points` and detail agrees as well.
pub fn snap(fine: &Plane, map: Affine, points: &[(f64, f64)]) -> Affine {
    let [a, b, c, d, e, f] = map.0;
    let mut whole = Affine([a.round(), b.round(), c, d.round(), e.round(), f]);
    let [wa, wb, .., wd, we, _] = whole.0;
    if wa.abs() + wb.abs() != 1.0 || wd.abs() + we.abs() != 1.0 || wa.abs() != we.abs() {
        return map;
    }
    let points = thin(points, POINTS);
    let n = points.len().max(1) as f64;
    let mean = |g: &dyn Fn((f64, f64), (f64, f64)) -> f64| {
        points.iter().map(|&(x, y)| g(map.at(x, y), whole.at(x, y))).sum::<f64>() / n
    };
    let (dx, dy) = (mean(&|p, q| p.0 - q.0), mean(&|p, q| p.1 - q.1));
    whole.0[2] = (c + dx).round();
    whole.0[5] = (f + dy).round();
    let far = points.iter().map(|&(x, y)| whole.error(&[x, y, map.at(x, y).0, map.at(x, y).1]));
    if far.fold(0.0, f64::max) > 1.5 {
        return map;
    }
    let (exact, as_it_was) = (exact_agreement(fine, &whole, &points), exact_agreement(fine, &map, &points));
    if exact + 0.002 >= as_it_was { whole } else { map }
}

//! Filling by smooth continuation: A. Telea, "An image inpainting technique based on the fast marching
//! method", Journal of Graphics Tools 9, 2004. Pixels are filled in the order of their distance from the
//! hole's border; each is a weighted mean of its known neighbours' first-order continuations.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use indicia_core::Picture;

use crate::forge::mask::Patch;
use crate::forge::step::crop;

/// Radius of the neighbourhood that a pixel is made from (the paper's epsilon, 3 to 10).
const RADIUS: i64 = 5;

/// State of a pixel (section 2.3).
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Known,
    Band,
    Inside,
}

struct March {
    width: i64,
    height: i64,
    state: Vec<State>,
    /// Distance to the border.
    time: Vec<f64>,
    colour: Vec<[f64; 3]>,
}

/// The picture with the hole filled; the rest stays as it is.
pub(super) fn fill(picture: &Picture, hole: &Patch) -> Picture {
    let box_ = hole.widened(RADIUS as usize + 2, picture.width, picture.height);
    let cut = crop(picture, box_.x, box_.y, box_.width, box_.height);
    let inside: Vec<bool> = box_.alpha.iter().map(|a| *a > 0).collect();
    let mut march = March {
        width: box_.width as i64,
        height: box_.height as i64,
        state: inside.iter().map(|i| if *i { State::Inside } else { State::Known }).collect(),
        time: inside.iter().map(|i| if *i { 1e6 } else { 0.0 }).collect(),
        colour: cut.rgb.as_chunks::<3>().0.iter().map(|p| p.map(f64::from)).collect(),
    };
    march.run();
    let mut out = picture.clone();
    let pixels = out.rgb.as_chunks_mut::<3>().0;
    for (i, colour) in march.colour.iter().enumerate().filter(|(i, _)| inside[*i]) {
        let at = (box_.y + i / box_.width) * picture.width + box_.x + i % box_.width;
        pixels[at] = colour.map(|v| (v + 0.5) as u8);
    }
    out
}

impl March {
    fn near(&self, i: usize) -> impl Iterator<Item = usize> + use<> {
        let (x, y) = (i as i64 % self.width, i as i64 / self.width);
        let (width, height) = (self.width, self.height);
        [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
            .into_iter()
            .filter(move |(x, y)| *x >= 0 && *y >= 0 && *x < width && *y < height)
            .map(move |(x, y)| (y * width + x) as usize)
    }

    fn run(&mut self) {
        let mut band = BinaryHeap::new();
        // Distances are not negative, so that their bits are in their order.
        let key = |time: f64, i: usize| Reverse((time.to_bits(), i));
        let border: Vec<usize> = (0..self.state.len())
            .filter(|i| self.state[*i] == State::Known)
            .filter(|i| self.near(*i).any(|n| self.state[n] == State::Inside))
            .collect();
        for i in border {
            self.state[i] = State::Band;
            band.push(key(0.0, i));
        }
        while let Some(Reverse((_, i))) = band.pop() {
            if self.state[i] == State::Known {
                continue;
            }
            self.state[i] = State::Known;
            for next in self.near(i) {
                if self.state[next] == State::Known {
                    continue;
                }
                if self.state[next] == State::Inside {
                    self.time[next] = self.distance(next);
                    self.colour[next] = self.continued(next);
                    self.state[next] = State::Band;
                } else {
                    self.time[next] = self.time[next].min(self.distance(next));
                }
                band.push(key(self.time[next], next));
            }
        }
    }

    /// Solution of the eikonal equation |grad T| = 1 from the neighbours (eq. 5).
    fn distance(&self, i: usize) -> f64 {
        let (x, y) = (i as i64 % self.width, i as i64 / self.width);
        let time = |x: i64, y: i64| {
            let inside = x >= 0 && y >= 0 && x < self.width && y < self.height;
            let i = (y * self.width + x) as usize;
            if inside && self.state[i] != State::Inside { self.time[i] } else { f64::INFINITY }
        };
        let across = time(x - 1, y).min(time(x + 1, y));
        let down = time(x, y - 1).min(time(x, y + 1));
        let (low, high) = (across.min(down), across.max(down));
        if high - low >= 1.0 || high.is_infinite() {
            return low + 1.0;
        }
        (low + high + (2.0 - (high - low) * (high - low)).sqrt()) / 2.0
    }

    /// Difference of `value` along an axis between pixels that are not inside.
    fn slope(&self, i: usize, step: usize, before: bool, after: bool, value: impl Fn(usize) -> f64) -> f64 {
        let before = before && self.state[i - step] != State::Inside;
        let after = after && self.state[i + step] != State::Inside;
        match (before, after) {
            (true, true) => (value(i + step) - value(i - step)) / 2.0,
            (true, false) => value(i) - value(i - step),
            (false, true) => value(i + step) - value(i),
            (false, false) => 0.0,
        }
    }

    fn gradient(&self, i: usize, value: impl Fn(usize) -> f64) -> [f64; 2] {
        let (x, y) = (i as i64 % self.width, i as i64 / self.width);
        [
            self.slope(i, 1, x > 0, x + 1 < self.width, &value),
            self.slope(i, self.width as usize, y > 0, y + 1 < self.height, &value),
        ]
    }

    /// Weighted mean of the known neighbours, each continued by its gradient (eq. 2 to 4).
    fn continued(&self, i: usize) -> [f64; 3] {
        let (x, y) = (i as i64 % self.width, i as i64 / self.width);
        let normal = self.gradient(i, |j| self.time[j]);
        let (mut sum, mut total) = ([0.0; 3], 0.0);
        for ny in (y - RADIUS).max(0)..=(y + RADIUS).min(self.height - 1) {
            for nx in (x - RADIUS).max(0)..=(x + RADIUS).min(self.width - 1) {
                let j = (ny * self.width + nx) as usize;
                let way = [(x - nx) as f64, (y - ny) as f64];
                let square = way[0] * way[0] + way[1] * way[1];
                if self.state[j] == State::Inside || square > (RADIUS * RADIUS) as f64 || square == 0.0 {
                    continue;
                }
                let along = (way[0] * normal[0] + way[1] * normal[1]) / square.sqrt();
                let direction = along.abs().max(1e-6);
                let level = 1.0 / (1.0 + (self.time[j] - self.time[i]).abs());
                let weight = direction * level / square;
                let own = self.colour[j];
                for k in 0..3 {
                    let slope = self.gradient(j, |j| self.colour[j][k]);
                    sum[k] += weight * (own[k] + slope[0] * way[0] + slope[1] * way[1]);
                }
                total += weight;
            }
        }
        // Continuations may leave the range; unbounded ones would feed on themselves.
        if total > 0.0 { sum.map(|v| (v / total).clamp(0.0, 255.0)) } else { self.colour[i] }
    }
}

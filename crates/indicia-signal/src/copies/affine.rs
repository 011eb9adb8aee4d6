//! Affine maps of the plane, fitted to pairs of points.

/// `x' = a x + b y + c`, `y' = d x + e y + f`, as `[a, b, c, d, e, f]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine(pub [f64; 6]);

impl Affine {
    /// The image of a point.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let [a, b, c, d, e, f] = self.0;
        (a * x + b * y + c, d * x + e * y + f)
    }

    /// Determinant of the linear part: the factor of areas, negative for mirrored maps.
    pub fn determinant(&self) -> f64 {
        let [a, b, _, d, e, _] = self.0;
        a * e - b * d
    }

    /// The map back, if there is one.
    pub fn inverse(&self) -> Option<Self> {
        let [a, b, c, d, e, f] = self.0;
        let det = self.determinant();
        if det.abs() < 1e-9 || !det.is_finite() {
            return None;
        }
        let [ia, ib, id, ie] = [e / det, -b / det, -d / det, a / det];
        Some(Self([ia, ib, -(ia * c + ib * f), id, ie, -(id * c + ie * f)]))
    }

    /// True for maps that take pixels onto pixels.
    pub fn is_whole(&self) -> bool {
        self.0.iter().all(|v| v.fract() == 0.0)
    }

    /// Factor of lengths: the square root of that of areas.
    pub fn scale(&self) -> f64 {
        self.determinant().abs().sqrt()
    }

    /// True if the map mirrors.
    pub fn mirrors(&self) -> bool {
        self.determinant() < 0.0
    }

    /// The direction, in radians from the rows, of the line across which the map lays each point of a place about
    /// `(x, y)`, as water, glass and symmetric things do: it mirrors, nearly keeps lengths, and hardly moves along
    /// the line. `None` of other maps: a mirrored copy that was pasted anywhere else moves along it too.
    pub fn reflection_axis(&self, x: f64, y: f64) -> Option<f64> {
        let [a, b, _, d, e, _] = self.0;
        let (u, v) = self.at(x, y);
        let (dx, dy) = (u - x, v - y);
        let axis = 0.5 * (b + d).atan2(a - e);
        let along = dx * axis.cos() + dy * axis.sin();
        let reflects =
            self.mirrors() && (self.scale() - 1.0).abs() < 0.15 && along.abs() < 0.1 * dx.hypot(dy);
        reflects.then_some(axis)
    }

    /// Rotation in degrees from -180 to 180, clockwise as rows go down; of a mirroring map, that after columns
    /// were mirrored.
    pub fn rotation(&self) -> f64 {
        let [a, b, _, d, e, _] = self.0;
        let (a, d) = if self.mirrors() { (-a, -d) } else { (a, d) };
        (d - b).atan2(a + e).to_degrees()
    }

    /// Singular values of the linear part, the larger first.
    pub fn stretches(&self) -> (f64, f64) {
        let [a, b, _, d, e, _] = self.0;
        let sum = a * a + b * b + d * d + e * e;
        let det = self.determinant().abs();
        let (plus, minus) = ((sum + 2.0 * det).sqrt(), (sum - 2.0 * det).max(0.0).sqrt());
        (0.5 * (plus + minus), 0.5 * (plus - minus))
    }

    /// True for maps that a paste could be: scaled by a third to three, and stretched by at most 1.6 more in one
    /// direction than in the other.
    pub fn plausible(&self) -> bool {
        let (long, short) = self.stretches();
        self.0.iter().all(|v| v.is_finite()) && short > 0.33 && long < 3.0 && long < 1.6 * short
    }

    /// The same map where pixels are `factor` times as large: coordinates are those of pixels' centres, and
    /// pixel 0 covers pixels 0 to `factor - 1`.
    pub fn to_coarser(&self, factor: f64) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let half = 0.5 * (factor - 1.0);
        let shift = |p: f64, q: f64, r: f64| (p * half + q * half + r - half) / factor;
        Self([a, b, shift(a, b, c), d, e, shift(d, e, f)])
    }

    /// The same map where pixels are `factor` times as small; undoes [`Affine::to_coarser`].
    pub fn to_finer(&self, factor: f64) -> Self {
        let [a, b, c, d, e, f] = self.0;
        let half = 0.5 * (factor - 1.0);
        let shift = |p: f64, q: f64, r: f64| factor * r + half - p * half - q * half;
        Self([a, b, shift(a, b, c), d, e, shift(d, e, f)])
    }

    /// The map with the least squares of distances that takes the first point of each pair to the second.
    /// `None` for fewer than three pairs and for points in a line.
    pub fn fit(pairs: &[[f64; 4]]) -> Option<Self> {
        if pairs.len() < 3 {
            return None;
        }
        let n = pairs.len() as f64;
        let mean = |i: usize| pairs.iter().map(|p| p[i]).sum::<f64>() / n;
        let [mx, my, mu, mv] = [mean(0), mean(1), mean(2), mean(3)];
        let [mut xx, mut xy, mut yy, mut xu, mut yu, mut xv, mut yv] = [0.0; 7];
        for &[x, y, u, v] in pairs {
            let (x, y, u, v) = (x - mx, y - my, u - mu, v - mv);
            xx += x * x;
            xy += x * y;
            yy += y * y;
            xu += x * u;
            yu += y * u;
            xv += x * v;
            yv += y * v;
        }
        let det = xx * yy - xy * xy;
        if det <= 1e-6 * (xx + yy) * (xx + yy) {
            return None;
        }
        let (a, b) = ((xu * yy - yu * xy) / det, (yu * xx - xu * xy) / det);
        let (d, e) = ((xv * yy - yv * xy) / det, (yv * xx - xv * xy) / det);
        Some(Self([a, b, mu - a * mx - b * my, d, e, mv - d * mx - e * my]))
    }

    /// [`Affine::fit`] to most of the pairs: those that lie far from the map, by the median distance, are left out
    /// step by step.
    pub fn fit_most(pairs: &[[f64; 4]]) -> Option<Self> {
        let mut map = Self::fit(pairs)?;
        for _ in 0..5 {
            let mut errors: Vec<f64> = pairs.iter().map(|p| map.error(p)).collect();
            let middle = errors.len() / 2;
            let bound = 2.0 * *errors.select_nth_unstable_by(middle, f64::total_cmp).1 + 0.25;
            let kept: Vec<_> = pairs.iter().copied().filter(|p| map.error(p) <= bound).collect();
            map = Self::fit(&kept)?;
        }
        Some(map)
    }

    /// Distance of the image of a pair's first point to its second.
    pub fn error(&self, &[x, y, u, v]: &[f64; 4]) -> f64 {
        let (px, py) = self.at(x, y);
        (px - u).hypot(py - v)
    }
}

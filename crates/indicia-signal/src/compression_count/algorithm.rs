//! Features of a JPEG's coefficients that tell how often it was compressed, and the model that reads them.

use indicia_codec::jpeg::{Component, Jpeg, Subsampling, encode, parse};
use indicia_core::{Evidence, Limits, Result};
use indicia_ops::Rgb8;
use indicia_ops::compression_history::{Chain, Earlier, chain, earlier};

/// Names of the features, in the order of [`Features::values`].
pub const NAMES: [&str; 12] = [
    "ln gain of one earlier compression",
    "ln gain of two earlier compressions over one",
    "ln gain of free earlier steps",
    "ln share of coefficients that the same tables change",
    "ln of that share over the next",
    "ln share changed, times ln mean step",
    "ln distance from Benford's law",
    "share of first digit 2",
    "share of first digit 5",
    "share of first digit 7",
    "ln mean step",
    "ln share of coefficients that are not 0",
];

/// AC frequencies whose first digits are counted: the first 20 in zig-zag order (Milani et al. 2012), natural
/// indices.
const DIGIT_FREQUENCIES: [usize; 20] =
    [1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40];

/// Side of the crop that is compressed again, in pixels: a whole number of MCUs.
const CROP: usize = 1024;

/// Blocks that a picture must have.
pub(crate) const LEAST_BLOCKS: usize = 256;

/// What was measured on one file.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    /// Values by [`NAMES`]. Finite.
    pub values: [f64; NAMES.len()],
    /// The best single earlier compression.
    pub earlier: Earlier,
    /// The best chain of two earlier compressions.
    pub chain: Chain,
    /// Share of luma coefficients that compressing again with the same tables changes, the first time and the
    /// second.
    pub changed: [f64; 2],
    /// Share of each first digit 1 to 9 among the AC coefficients that are not 0.
    pub digits: [f64; 9],
}

/// Measures a file; `None` for one with too few blocks, without coefficients, or in a form that
/// [`encode`] does not write (two or four components, other samplings, steps above 255).
///
/// # Errors
/// If the crop cannot be written or read again.
pub fn features(jpeg: &Jpeg, rgb: &Rgb8) -> Result<Option<Features>> {
    let Some(luma) = jpeg.components.first().filter(|c| c.blocks.len() >= LEAST_BLOCKS) else {
        return Ok(None);
    };
    let (Some(earlier), Some(chain)) = (earlier(luma), chain(luma)) else { return Ok(None) };
    let Some(digits) = digits(luma) else { return Ok(None) };
    let Some(changed) = changed(jpeg, rgb)? else { return Ok(None) };
    let ac = (1..64).filter(|&at| at / 8 + at % 8 <= 4);
    let step = ac.clone().map(|at| f64::from(luma.steps[at].max(1))).sum::<f64>() / ac.count() as f64;
    let present = luma.blocks.iter().flat_map(|b| &b[1..]).filter(|v| **v != 0).count();
    let present = present as f64 / (63 * luma.blocks.len()) as f64;
    let benford: f64 = (1..=9)
        .zip(digits)
        .map(|(d, share)| {
            let law = (1.0 + 1.0 / f64::from(d)).log10();
            (share - law).powi(2) / law
        })
        .sum();
    let ln = |value: f64, floor: f64| (value.max(0.0) + floor).ln();
    let (first, second) = (ln(changed[0], 1e-4), ln(changed[1], 1e-4));
    let values = [
        ln(earlier.gain, 0.005),
        ln(chain.gain, 0.002),
        ln(earlier.free_gain, 0.005),
        first,
        first - second,
        first * step.ln(),
        ln(benford, 1e-4),
        digits[1],
        digits[4],
        digits[6],
        step.ln(),
        ln(present, 1e-4),
    ];
    Ok(Some(Features { values, earlier, chain, changed, digits }))
}

/// Shares of the first digits 1 to 9 among the coefficients that are not 0 of the low AC frequencies; `None`
/// without any.
pub(crate) fn digits(luma: &Component) -> Option<[f64; 9]> {
    let mut counts = [0_u64; 9];
    for value in luma.blocks.iter().flat_map(|block| DIGIT_FREQUENCIES.map(|at| block[at].unsigned_abs())) {
        let mut leading = value;
        while leading >= 10 {
            leading /= 10;
        }
        if leading > 0 {
            counts[usize::from(leading) - 1] += 1;
        }
    }
    let total: u64 = counts.iter().sum();
    (total > 0).then(|| counts.map(|n| n as f64 / total as f64))
}

/// Share of the luma coefficients of the middle of the picture that change when its pixels are compressed again
/// with the file's tables, and when that is done once more (Huang et al. 2010). `None` where the file's form
/// cannot be written.
fn changed(jpeg: &Jpeg, rgb: &Rgb8) -> Result<Option<[f64; 2]>> {
    let form = match &jpeg.components[..] {
        [one] => Some(([one.steps; 2], Subsampling::S444)),
        [y, cb, cr] if cb.steps == cr.steps && (cb.h, cb.v, cr.h, cr.v) == (1, 1, 1, 1) => {
            let sampling = match (y.h, y.v) {
                (1, 1) => Some(Subsampling::S444),
                (2, 1) => Some(Subsampling::S422),
                (2, 2) => Some(Subsampling::S420),
                _ => None,
            };
            sampling.map(|sampling| ([y.steps, cb.steps], sampling))
        }
        _ => None,
    };
    let writable = |tables: &[[u16; 64]; 2]| tables.iter().flatten().all(|step| (1..=255).contains(step));
    let Some((tables, sampling)) = form.filter(|(tables, _)| writable(tables)) else { return Ok(None) };
    let (left, wide) = middle(rgb.width);
    let (top, high) = middle(rgb.height);
    if wide == 0 || high == 0 {
        return Ok(None);
    }
    let rows = (top..top + high).flat_map(|y| {
        let start = 3 * (y * rgb.width + left);
        rgb.samples[start..start + 3 * wide].iter().copied()
    });
    let bytes = encode(&rows.collect::<Vec<_>>(), wide, high, &tables, sampling)?;
    let once = parse(&bytes, &Limits::default())?;
    let pixels = Evidence::new(indicia_core::Kind::Jpeg, bytes, Limits::default()).view::<Rgb8>(())?;
    let again = encode(&pixels.samples, wide, high, &tables, sampling)?;
    let twice = parse(&again, &Limits::default())?;
    let luma = &jpeg.components[0];
    let (left, top) = (left / 8, top / 8);
    let share = |before: &dyn Fn(usize, usize) -> [i16; 64], after: &Component| {
        let mut different = 0_usize;
        for y in 0..high / 8 {
            for x in 0..wide / 8 {
                let (a, b) = (before(x, y), &after.blocks[y * after.blocks_wide + x]);
                different += a.iter().zip(b).filter(|(a, b)| a != b).count();
            }
        }
        different as f64 / (wide * high) as f64
    };
    let (one, two) = (&once.components[0], &twice.components[0]);
    Ok(Some([
        share(&|x, y| luma.blocks[(top + y) * luma.blocks_wide + left + x], one),
        share(&|x, y| one.blocks[y * one.blocks_wide + x], two),
    ]))
}

/// Start and length of the middle of a side: whole MCUs of at most 16 pixels, at most [`CROP`].
fn middle(side: usize) -> (usize, usize) {
    let length = (side / 16 * 16).min(CROP);
    ((side - length) / 2 / 16 * 16, length)
}

/// A multinomial logistic model of three classes: compressed once, twice, three times or more.
#[derive(Debug, Clone, PartialEq)]
pub struct Model {
    /// Mean of each feature.
    pub mean: [f64; NAMES.len()],
    /// Standard deviation of each feature.
    pub deviation: [f64; NAMES.len()],
    /// For each class: bias, weights of the scaled features, weights of their squares.
    pub weights: [[f64; INPUTS]; 3],
}

/// Inputs of a class: bias, features, squares.
pub const INPUTS: usize = 1 + 2 * NAMES.len();

impl Model {
    /// Inputs of the classes: 1, the features scaled to mean 0 and deviation 1 and cut at 4 deviations, and their
    /// squares.
    pub fn inputs(&self, values: &[f64; NAMES.len()]) -> [f64; INPUTS] {
        let mut inputs = [1.0; INPUTS];
        for i in 0..NAMES.len() {
            let scaled = ((values[i] - self.mean[i]) / self.deviation[i]).clamp(-4.0, 4.0);
            (inputs[1 + i], inputs[1 + NAMES.len() + i]) = (scaled, scaled * scaled);
        }
        inputs
    }

    /// Natural logarithms of the classes' probabilities.
    pub fn ln_probabilities(&self, values: &[f64; NAMES.len()]) -> [f64; 3] {
        let inputs = self.inputs(values);
        let logits = self.weights.map(|w| w.iter().zip(inputs).map(|(w, x)| w * x).sum::<f64>());
        let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let total = most + logits.iter().map(|l| (l - most).exp()).sum::<f64>().ln();
        logits.map(|l| l - total)
    }
}

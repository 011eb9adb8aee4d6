//! Activation functions on the processor.
//!
//! burn-flex computes them on one thread with scalar functions of a mathematical library, and their derivatives
//! again when they are needed. Here one pass on all threads computes the values, with gradients also the
//! derivatives, from formulas without branches that compilers turn into vector instructions. Errors are below 2e-6
//! of the larger of 1 and the value.

use burn::tensor::{DType, Tensor};
use rayon::prelude::*;

use crate::device::cpu;

/// Numbers that one task handles: a share of a second-level cache.
const CHUNK: usize = 1 << 14;

/// Whether [`apply`] takes the tensor: one of `f32` on the processor.
pub(super) fn takes<const D: usize>(input: &Tensor<D>) -> bool {
    input.dtype() == DType::F32 && input.device().inner() == cpu()
}

/// Applies a function, given with its derivative as `(f(x), f'(x))`, to each number.
///
/// First derivatives alone pass through: the derivative is a constant for the graph.
pub(super) fn apply<const D: usize>(
    input: Tensor<D>,
    function: impl Fn(f32) -> (f32, f32) + Sync,
) -> Tensor<D> {
    let tracked = input.is_autodiff();
    let device = input.device().inner();
    // Without gradients the tensor is consumed, and where nobody else holds it, written over.
    let (kept, plain) = if tracked { (Some(input.clone()), input.inner()) } else { (None, input) };
    let mut values = plain.into_data();
    let shape = values.shape().clone();
    let numbers = values.as_mut_slice::<f32>().expect("a tensor of f32");
    let Some(input) = kept else {
        numbers.par_chunks_mut(CHUNK).for_each(|chunk| {
            for x in chunk {
                *x = function(*x).0;
            }
        });
        return Tensor::from_data(values, &device);
    };
    // `f(x) = x f'(x) + rest` with both constants has the value and the slope that are wanted.
    let mut slopes = vec![0f32; numbers.len()];
    numbers.par_chunks_mut(CHUNK).zip(slopes.par_chunks_mut(CHUNK)).for_each(|(chunk, slopes)| {
        for (x, slope) in chunk.iter_mut().zip(slopes) {
            let (value, derivative) = function(*x);
            *slope = derivative;
            *x = value - *x * derivative;
        }
    });
    let slopes = burn::tensor::TensorData::new(slopes, shape);
    let constant = |data| Tensor::<D>::from_inner(Tensor::from_data(data, &device));
    input * constant(slopes) + constant(values)
}

/// `x Φ(x)`.
#[inline(always)]
pub(super) fn gelu(x: f32) -> (f32, f32) {
    let below = 0.5 * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2));
    let density = 0.398_942_3 * exp(-0.5 * x * x);
    (x * below, below + x * density)
}

/// `x σ(scale (x + cubic x³))`, which is GELU's approximation by tanh, QuickGELU and SiLU.
#[inline(always)]
pub(super) fn gated(x: f32, scale: f32, cubic: f32) -> (f32, f32) {
    // Far out all is decided, and the square must not overflow.
    let square = (x * x).min(1e4);
    let gate = 1.0 / (1.0 + exp(-scale * x * (1.0 + cubic * square)));
    (x * gate, gate + x * gate * (1.0 - gate) * scale * (1.0 + 3.0 * cubic * square))
}

/// The error function as a rational function of degree 13 over 8 on [-4, 4], coefficients of Eigen's
/// `generic_fast_erf_float`; beyond it is ±1 in `f32`.
#[inline(always)]
fn erf(number: f32) -> f32 {
    let x = number.clamp(-4.0, 4.0);
    let s = x * x;
    let p = -2.726_142_3e-10;
    let p = p * s + 2.770_681_4e-8;
    let p = p * s - 2.101_024e-6;
    let p = p * s - 5.692_506_5e-5;
    let p = p * s - 7.349_906_5e-4;
    let p = p * s - 2.954_6e-3;
    let p = p * s - 1.609_603_3e-2;
    let q = -1.456_607_2e-5;
    let q = q * s - 2.133_740_5e-4;
    let q = q * s - 1.682_827e-3;
    let q = q * s - 7.373_329_4e-3;
    let q = q * s - 1.426_473_9e-2;
    if number.abs() < 4.0 { x * p / q } else { number.signum() }
}

/// The exponential function: a power of two, and a polynomial on [-ln 2 / 2, ln 2 / 2].
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding this number to a small one leaves the nearest whole number in the lowest bits.
    const SHIFT: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + SHIFT;
    let whole = shifted - SHIFT;
    // ln 2 in two parts, the first exact in products with whole numbers of this size.
    let r = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let p = 1.0 / 5040.0;
    let p = p * r + 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r + 1.0;
    let p = p * r + 1.0;
    let power = (shifted.to_bits().wrapping_sub(SHIFT.to_bits()).wrapping_add(127)) << 23;
    p * f32::from_bits(power)
}

//! What both copy-move methods share: hypotheses of an affine map between two places of a picture are refined,
//! grown and weighed by the correlation of fine detail, and shown.

mod affine;
mod evidence;
mod refine;
mod rim;
mod scene;
mod show;
#[cfg(test)]
pub mod tests;
mod verify;

pub use affine::Affine;
pub use scene::{Plane, box_sum};
pub use show::{ACCEPTED, report};
pub use verify::{APART, Copied, Hypothesis, SMALLEST, Scene, verify_all};

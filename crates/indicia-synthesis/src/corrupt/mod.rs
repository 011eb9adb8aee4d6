//! Corruptions of known strength: what networks, cameras, screens and people do to pictures, each with five
//! severities, and recipes that chain them.
//!
//! A [`Corruption`] is an entry of [`CORRUPTIONS`]: its words, its range, and a pure function of a picture, a
//! strength and a seed. A [`Recipe`] names some of them with their strength, as protocols write conditions,
//! and makes a changed file of a file.
//!
//! Those that Hendrycks and Dietterich (ICLR 2019) define follow the code that is used under their name,
//! imagecorruptions 1.1.2, down to its habit of cutting the fraction of a sample off instead of rounding:
//! half a gray level darker on average.

mod entry;
mod files;
mod noise;
pub(crate) mod normal;
mod placement;
mod recipe;

pub use entry::{Context, Corruption, Output, Parameter, Seed, Suite};
pub use placement::Placement;
pub use recipe::{Corrupted, Recipe};

/// All corruptions, by id. One entry a line, in alphabetical order.
pub static CORRUPTIONS: &[&Corruption] = &[&noise::GAUSSIAN_NOISE, &files::JPEG, &files::WEBP];

/// The corruption of this id.
pub fn find(id: &str) -> Option<&'static Corruption> {
    CORRUPTIONS.iter().find(|c| c.id == id).copied()
}

//! Forgeries with exact masks, made from authentic pictures, each with its authentic twin.
//!
//! A [`Recipe`] holds everything that happens to a picture: what comes before the edit ([`Step`]s: JPEG, crop,
//! resize), the [`Edit`], what comes after, and the final file. It is drawn by [`draw`] from the ranges of a
//! [`Kind`] and of [`Histories`], and makes the same files whenever it is made again from the same pictures
//! by the same version.
//!
//! **Masks.** A mask holds the pixels whose content the edit replaced, before the final file is written: those
//! with an opacity above 0 (or of at least one half, [`MaskRule`]), 255 on 0. Outside it the picture before
//! the final file equals its twin exactly. Steps after the edit that move pixels move the mask likewise, by
//! nearest neighbour; a resize then mixes pixels up to two (reduced: two new) pixels across its edge.
//!
//! **Twins.** The twin goes through the same steps and the same final file, with the same random numbers, and
//! is not edited, so that nothing but the forgery differs.

mod document;
mod draw;
pub mod edit;
mod filter;
mod kinds;
mod mask;
mod plan;
mod recipe;
mod region;
mod sampling;
mod segment;
mod step;

pub use document::{Document, FORMAT, FileEntry};
pub use draw::{Request, SHORTEST_SIDE, draw};
pub use edit::Edit;
pub use kinds::{Grid, Histories, KINDS, Kind, KindInfo, PRESETS, Parameter, Preset, RegionHistory};
pub use mask::{Mask, MaskRule, Patch};
pub use plan::{Job, Plan, Share, donor, splits};
pub use recipe::{Made, Recipe, Save, Source, fit};
pub use region::{Region, Shape};
pub use step::{Step, Subsampling};

#[cfg(test)]
mod tests;

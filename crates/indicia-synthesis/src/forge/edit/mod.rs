//! What is done to a picture: each edit with its parameters, complete enough to be done again.

mod diffusion;
mod exemplar;
mod local;
mod paste;
mod self_blend;
mod text;

use indicia_core::Picture;
use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::mask::Patch;
use super::region::Region;

pub use local::Local;
pub use paste::{Copied, CopyMove, Splice, Transform};
pub use self_blend::SelfBlend;
pub use text::{Layout, Move, Moves, Rect, TextLine, Word};

/// One edit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Edit {
    /// A region of another picture is pasted in.
    Splice(Splice),
    /// A region of the same picture is pasted in.
    CopyMove(CopyMove),
    /// A region is filled from its surroundings.
    Removal(Removal),
    /// Words or lines of a page change places.
    TextSwap(Moves),
    /// Glyphs of a page are replaced by others of it.
    DigitEdit(Moves),
    /// A picture is blended with a changed version of itself.
    SelfBlend(SelfBlend),
    /// A region is smoothed.
    LocalBlur(Local),
    /// A region is sharpened, recoloured or made noisy.
    LocalEnhance(Local),
}

/// A region and how it is filled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Removal {
    /// What is removed.
    pub region: Region,
    /// How it is filled.
    pub fill: Fill,
    /// Seed of the search for patches.
    pub seed: u64,
}

/// How a removed region is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fill {
    /// From the most similar patches around it.
    Exemplar,
    /// By diffusion of the values at its border.
    Diffusion,
}

/// A picture after an edit.
#[derive(Debug, Clone, PartialEq)]
pub struct Edited {
    /// The picture.
    pub picture: Picture,
    /// Where it was edited. Outside every patch's opacity it is as before.
    pub altered: Vec<Patch>,
    /// Where copied content came from, if from the same picture.
    pub copied_from: Vec<Patch>,
}

impl Edit {
    /// Id of its kind.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Splice(_) => "splice",
            Self::CopyMove(_) => "copy_move",
            Self::Removal(_) => "removal",
            Self::TextSwap(_) => "text_swap",
            Self::DigitEdit(_) => "digit_edit",
            Self::SelfBlend(_) => "self_blend",
            Self::LocalBlur(_) => "local_blur",
            Self::LocalEnhance(_) => "local_enhance",
        }
    }

    /// The region that it begins with, if it has one.
    pub fn region(&self) -> Option<&Region> {
        match self {
            Self::Splice(e) => Some(&e.region),
            Self::CopyMove(e) => Some(&e.region),
            Self::Removal(e) => Some(&e.region),
            Self::SelfBlend(e) => Some(&e.region),
            Self::LocalBlur(e) | Self::LocalEnhance(e) => Some(&e.region),
            Self::TextSwap(_) | Self::DigitEdit(_) => None,
        }
    }

    /// Does it to a picture. `donor` is the other picture of a splice.
    ///
    /// # Errors
    /// `Input` if a parameter lies outside its range or the picture, or a splice has no donor.
    pub fn apply(&self, picture: &Picture, donor: Option<&Picture>) -> Result<Edited> {
        match self {
            Self::Splice(edit) => match donor {
                Some(donor) => edit.apply(picture, donor),
                None => Err(Error::input("expected another picture for a splice, got none")),
            },
            Self::CopyMove(edit) => edit.apply(picture),
            Self::Removal(edit) => edit.apply(picture),
            Self::TextSwap(edit) | Self::DigitEdit(edit) => edit.apply(picture),
            Self::SelfBlend(edit) => edit.apply(picture),
            Self::LocalBlur(edit) | Self::LocalEnhance(edit) => edit.apply(picture),
        }
    }
}

impl Removal {
    fn apply(&self, picture: &Picture) -> Result<Edited> {
        let hole = self.region.draw(picture)?;
        if hole.area() == picture.width * picture.height {
            return Err(Error::input("expected a region to remove with something around it, got all"));
        }
        let filled = match self.fill {
            Fill::Exemplar => exemplar::fill(picture, &hole, self.seed),
            Fill::Diffusion => diffusion::fill(picture, &hole),
        };
        Ok(Edited { picture: filled, altered: vec![hole], copied_from: vec![] })
    }
}

/// Mixes `pixels` (of the patch's rectangle) into the picture by the patch's opacity, rounding to nearest.
fn blend(picture: &mut Picture, patch: &Patch, pixels: &[[u8; 3]]) {
    let width = picture.width;
    let out = picture.rgb.as_chunks_mut::<3>().0;
    for (row, (alpha, new)) in
        patch.alpha.chunks_exact(patch.width.max(1)).zip(pixels.chunks_exact(patch.width.max(1))).enumerate()
    {
        let start = (patch.y + row) * width + patch.x;
        for ((out, alpha), new) in out[start..start + patch.width].iter_mut().zip(alpha).zip(new) {
            let alpha = u32::from(*alpha);
            for (out, new) in out.iter_mut().zip(new) {
                *out = ((alpha * u32::from(*new) + (255 - alpha) * u32::from(*out) + 127) / 255) as u8;
            }
        }
    }
}

/// The pixels of a patch's rectangle.
fn pixels_of(picture: &Picture, patch: &Patch) -> Vec<[u8; 3]> {
    let rows = picture.rgb.as_chunks::<3>().0.chunks_exact(picture.width).skip(patch.y).take(patch.height);
    rows.flat_map(|row| &row[patch.x..patch.x + patch.width]).copied().collect()
}

#[cfg(test)]
mod tests;

use indicia_core::Picture;
use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::edit::{Edit, Edited};
use super::mask::{Mask, MaskRule};
use super::step::{Step, Subsampling, apply_all};
use crate::encode;
use crate::resample::bicubic;

/// A picture that forgeries are made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its file.
    pub path: String,
    /// SHA-256 of the file, `sha256:...`.
    pub digest: String,
    /// What must stay on one side of every split with it.
    pub group: String,
    /// Where it comes from: a data set, a device, a site.
    pub domain: Option<String>,
    /// Quality of the JPEG that it is, on libjpeg's scale; nothing for other files.
    pub quality: Option<u8>,
    /// Columns of its picture.
    pub width: usize,
    /// Rows of its picture.
    pub height: usize,
}

/// The file that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "format", rename_all = "snake_case")]
pub enum Save {
    /// A PNG.
    Png,
    /// A baseline JPEG, as libjpeg-turbo writes it.
    Jpeg {
        /// libjpeg's quality, 1 to 100.
        quality: u8,
        /// Sampling of the colour planes.
        subsampling: Subsampling,
    },
}

impl Save {
    /// Ending of its files' names.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg { .. } => "jpg",
        }
    }

    fn write(self, picture: &Picture) -> Result<Vec<u8>> {
        match self {
            Self::Png => encode::png(picture),
            Self::Jpeg { quality, subsampling } => encode::jpeg(picture, quality, subsampling.into()),
        }
    }
}

/// Everything that makes a forgery, and its authentic twin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// The picture that is forged.
    pub source: Source,
    /// The picture that a region comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub donor: Option<Source>,
    /// Longest side to which both are reduced at first, by [`fit`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<usize>,
    /// What happens before the edit.
    pub before: Vec<Step>,
    /// The edit; none for an authentic picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edit: Option<Edit>,
    /// What happens after the edit.
    pub after: Vec<Step>,
    /// The final file.
    pub save: Save,
    /// Which opacities the mask counts.
    pub mask: MaskRule,
    /// Whether the twin is made too.
    pub twin: bool,
}

/// The files that a recipe makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The forgery, or the authentic picture of a recipe without an edit.
    pub picture: Vec<u8>,
    /// Mask of what was altered: a PNG of 0 and 255.
    pub mask: Option<Vec<u8>>,
    /// Mask of where copied content came from.
    pub copied_from: Option<Vec<u8>>,
    /// The authentic picture with the same history.
    pub twin: Option<Vec<u8>>,
    /// Columns of all of them.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Pixels of the mask.
    pub altered: usize,
}

/// A picture reduced so that its longer side has at most `size` pixels.
///
/// # Errors
/// `Limits` if it still has more pixels than the default ones.
pub fn fit(picture: Picture, size: Option<usize>) -> Result<Picture> {
    let (width, height) = fitted(picture.width, picture.height, size);
    if (width, height) == (picture.width, picture.height) {
        return Ok(picture);
    }
    bicubic(&picture, width, height)
}

/// Columns and rows of a picture of `width` x `height` after [`fit`].
fn fitted(width: usize, height: usize, size: Option<usize>) -> (usize, usize) {
    let longest = width.max(height);
    let Some(size) = size.filter(|size| (1..longest).contains(size)) else { return (width, height) };
    let side = |n: usize| (n as f64 * size as f64 / longest as f64).round().max(1.0) as usize;
    (side(width), side(height))
}

impl Recipe {
    /// Factors by which the resizes before and after the edit change the picture's columns.
    pub fn resizes(&self) -> (Option<f64>, Option<f64>) {
        let mut columns = fitted(self.source.width, self.source.height, self.size).0;
        let mut factor = |steps: &[Step]| {
            let mut found = None;
            for step in steps {
                match step {
                    Step::Crop { width, .. } => columns = *width,
                    Step::Resize { width, .. } => {
                        found = Some(found.unwrap_or(1.0) * *width as f64 / columns.max(1) as f64);
                        columns = *width;
                    }
                    _ => {}
                }
            }
            found
        };
        (factor(&self.before), factor(&self.after))
    }

    /// Makes the files from the pictures as [`fit`] gives them.
    ///
    /// # Errors
    /// `Input` if a number lies outside its range or the picture.
    pub fn make(&self, source: &Picture, donor: Option<&Picture>) -> Result<Made> {
        let background = apply_all(&self.before, source)?;
        let edited = self.edit.as_ref().map(|edit| edit.apply(&background, donor)).transpose()?;
        self.finish(&background, edited)
    }

    /// Goes on from the picture before the edit and after it.
    pub(super) fn finish(&self, background: &Picture, edited: Option<Edited>) -> Result<Made> {
        let (width, height) = (background.width, background.height);
        if let Save::Jpeg { quality, .. } = self.save
            && !(1..=100).contains(&quality)
        {
            return Err(Error::input(format!("expected a quality of 1 to 100, got {quality}")));
        }
        let write = |picture: &Picture| {
            let picture = apply_all(&self.after, picture)?;
            Ok::<_, Error>((self.save.write(&picture)?, picture.width, picture.height))
        };
        let Some(edited) = edited else {
            let (picture, width, height) = write(background)?;
            return Ok(Made {
                picture,
                mask: None,
                copied_from: None,
                twin: None,
                width,
                height,
                altered: 0,
            });
        };
        let mut altered = Mask::empty(width, height);
        edited.altered.iter().for_each(|patch| altered.paint(patch, self.mask));
        let mut sources = Mask::empty(width, height);
        edited.copied_from.iter().for_each(|patch| sources.paint(patch, self.mask));
        // Where a copy covers its source, the source is no longer to be seen.
        edited.altered.iter().for_each(|patch| sources.clear(patch, self.mask));
        let moved = |mask: Mask| self.after.iter().fold(mask, |mask, step| step.apply_to_mask(&mask));
        let (altered, sources) = (moved(altered), moved(sources));
        if altered.area() == 0 {
            return Err(Error::input("expected a mask with pixels in it, got none"));
        }
        let file = |mask: &Mask| encode::png_gray(&mask.samples, mask.width, mask.height);
        let (picture, width, height) = write(&edited.picture)?;
        Ok(Made {
            picture,
            mask: Some(file(&altered)?),
            copied_from: (sources.area() > 0).then(|| file(&sources)).transpose()?,
            twin: if self.twin { Some(write(background)?.0) } else { None },
            width,
            height,
            altered: altered.area(),
        })
    }
}

//! Pictures that are not JPEG: PNG, TIFF, WebP, BMP, GIF.

use indicia_core::{Error, Evidence, Result};

use crate::Pixels;

pub(crate) fn decode(evidence: &Evidence) -> Result<Pixels> {
    Err(Error::unsupported(format!("{} is not read yet", evidence.kind())))
}

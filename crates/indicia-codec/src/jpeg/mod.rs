//! JPEG (ITU-T T.81): layout, tables, quantised coefficients of every component, and pixels equal to
//! libjpeg's.

mod types;

use indicia_core::{Error, Evidence, Limits, Result, View};

use crate::Pixels;

pub use types::*;

impl View for Jpeg {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        parse(evidence.bytes(), evidence.limits())
    }
}

/// Parses a JPEG.
pub fn parse(_bytes: &[u8], _limits: &Limits) -> Result<Jpeg> {
    Err(Error::unsupported("JPEG is not read yet"))
}

/// Pixels from coefficients.
pub(crate) fn decode_pixels(_jpeg: &Jpeg) -> Result<Pixels> {
    Err(Error::unsupported("JPEG is not read yet"))
}

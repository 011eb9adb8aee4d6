//! JPEG (ITU-T T.81): layout, tables, quantised coefficients of every component, and pixels equal to
//! libjpeg's.

mod bits;
mod frame;
mod huffman;
mod parse;
mod progressive;
mod scan;
mod sequential;
mod standard_huffman;
mod types;
mod zigzag;

use indicia_core::{Error, Evidence, Result, View};

use crate::Pixels;

pub use parse::parse;
pub use types::*;

impl View for Jpeg {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        parse(evidence.bytes(), evidence.limits())
    }
}

/// Pixels from coefficients.
pub(crate) fn decode_pixels(_jpeg: &Jpeg) -> Result<Pixels> {
    Err(Error::unsupported("JPEG is not read yet"))
}

//! JPEG (ITU-T T.81): layout, tables, quantised coefficients of every component, and pixels equal to
//! libjpeg's.

mod bits;
mod color;
mod forward;
mod frame;
mod huffman;
mod idct;
mod parse;
mod progressive;
mod quality;
mod render;
mod scan;
mod sequential;
mod standard_huffman;
mod types;
mod upsample;
mod zigzag;

use indicia_core::{Evidence, Result, View};

pub use forward::recompress;
pub use parse::parse;
pub use quality::{estimate_quality, standard_tables};
pub(crate) use render::decode_pixels;
pub use types::*;

impl View for Jpeg {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        parse(evidence.bytes(), evidence.limits())
    }
}

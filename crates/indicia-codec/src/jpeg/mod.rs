//! JPEG (ITU-T T.81): layout, tables, quantised coefficients of every component, and pixels equal to
//! libjpeg-turbo's.
//!
//! [`parse`] decodes the entropy-coded data once; coefficient forensics reads [`Jpeg::components`], and
//! pixels are made from the same coefficients. Read are baseline, extended sequential (Huffman, 8 bits) and
//! progressive files; arithmetic, lossless, hierarchical and 12-bit ones are refused by name. Damage is met
//! as libjpeg meets it, except that it smooths the blocks of progressive files whose later scans are
//! missing, which this reader does not.
//!
//! `parse` reads markers in order (`frame`: headers), `scan` runs through a scan's MCUs and restarts with a
//! block coder of `sequential` or `progressive` over `bits` and `huffman`. `render` makes pixels band by band
//! (`idct`, `upsample`, `color`); `forward` is the way into quantised coefficients that [`recompress`] adds and
//! `encode` writes to a file.

mod bits;
mod color;
mod encode;
mod forward;
mod frame;
mod huffman;
mod idct;
mod lanes;
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

pub(crate) use color::{ColorSpace, color_space};
pub use encode::encode;
pub use forward::recompress;
pub use parse::{parse, parse_header};
pub use quality::{estimate_quality, standard_tables};
pub(crate) use render::decode_pixels;
pub use types::*;

impl View for Jpeg {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        parse(evidence.bytes(), evidence.limits())
    }
}

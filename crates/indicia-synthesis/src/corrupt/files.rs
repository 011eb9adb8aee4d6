//! Compression: the changed picture is a file.

use indicia_codec::jpeg::Subsampling;
use indicia_core::{Error, Geometry, Result};

use super::{Corruption, Output, Parameter, Suite};
use crate::encode;

/// See its text.
pub(super) static JPEG: Corruption = Corruption {
    id: "jpeg",
    title: "JPEG compression",
    text: "Saves the picture as a baseline JPEG with libjpeg's standard tables, 4:2:0 unless 422 or 444 is asked for.",
    suite: Suite::Common,
    source: "jpeg_compression of Hendrycks and Dietterich (ICLR 2019), imagecorruptions 1.1.2; qualities of libjpeg",
    agreement: "files equal byte for byte to Pillow 10.4",
    geometry: Geometry::Same,
    parameters: &[
        Parameter::new("quality", "1", 1.0, 100.0).whole(),
        Parameter::new("chroma", "420, 422 or 444", 420.0, 444.0).whole().or(420.0),
    ],
    severities: &[&[25.0, 420.0], &[18.0, 420.0], &[15.0, 420.0], &[10.0, 420.0], &[7.0, 420.0]],
    run: |picture, values, _| {
        encode::jpeg(&picture, values[0] as u8, subsampling(values[1])?).map(Output::File)
    },
    place: None,
    spread: None,
};

/// See its text.
pub(super) static WEBP: Corruption = Corruption {
    id: "webp",
    title: "WebP compression",
    text: "Saves the picture as a lossy WebP by libwebp with its default settings.",
    suite: Suite::Common,
    source: "libwebp and its quality scale; severities ours",
    agreement: "files equal byte for byte to Pillow 10.4 (libwebp 1.4)",
    geometry: Geometry::Same,
    parameters: &[Parameter::new("quality", "1", 0.0, 100.0)],
    severities: &[&[80.0], &[60.0], &[40.0], &[20.0], &[5.0]],
    run: |picture, values, _| encode::webp(&picture, values[0] as f32).map(Output::File),
    place: None,
    spread: None,
};

/// The subsampling of a number such as 420.
pub(super) fn subsampling(number: f64) -> Result<Subsampling> {
    match number as u32 {
        420 => Ok(Subsampling::S420),
        422 => Ok(Subsampling::S422),
        444 => Ok(Subsampling::S444),
        other => Err(Error::input(format!("expected chroma 420, 422 or 444, got {other}"))),
    }
}

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a piece of evidence is, decided by its bytes and never by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Kind {
    /// JPEG (ITU-T T.81).
    Jpeg,
    /// PNG.
    Png,
    /// TIFF.
    Tiff,
    /// WebP, lossy or lossless.
    Webp,
    /// Windows bitmap.
    Bmp,
    /// GIF.
    Gif,
    /// DICOM file.
    Dicom,
    /// PDF document.
    Pdf,
    /// A picture decoded out of another file, such as a page or a frame: pixels without bytes of their own.
    Frame,
}

impl Kind {
    /// The usual name, as a person writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "JPEG",
            Self::Png => "PNG",
            Self::Tiff => "TIFF",
            Self::Webp => "WebP",
            Self::Bmp => "BMP",
            Self::Gif => "GIF",
            Self::Dicom => "DICOM",
            Self::Pdf => "PDF",
            Self::Frame => "frame",
        }
    }

    /// IANA media type; that of unspecified bytes for a frame.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Tiff => "image/tiff",
            Self::Webp => "image/webp",
            Self::Bmp => "image/bmp",
            Self::Gif => "image/gif",
            Self::Dicom => "application/dicom",
            Self::Pdf => "application/pdf",
            Self::Frame => "application/octet-stream",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

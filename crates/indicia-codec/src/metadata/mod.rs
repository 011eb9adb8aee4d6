//! What a file says of itself: EXIF, XMP, IPTC, ICC, text chunks, comments.

use indicia_core::{Error, Evidence, MetadataEntry, Result, View};

/// The metadata of a file, read leniently: what is damaged is named in `warnings` and the rest is read.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// Every field in the order of the file.
    pub entries: Vec<MetadataEntry>,
    /// EXIF orientation, 1 to 8.
    pub orientation: Option<u8>,
    /// The bytes of the embedded EXIF thumbnail, a JPEG in most files.
    pub thumbnail: Option<Vec<u8>>,
    /// Damage that did not stop the reading, each in a phrase.
    pub warnings: Vec<String>,
}

impl View for Metadata {
    type Key = ();

    fn compute(_evidence: &Evidence, (): &()) -> Result<Self> {
        Err(Error::unsupported("metadata is not read yet"))
    }
}

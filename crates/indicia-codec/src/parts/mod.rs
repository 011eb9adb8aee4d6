//! The parts of a file: pages, frames, embedded files.
//!
//! A reader lists what is there without decoding it; each part is made into evidence of its own when it is
//! asked for, so that a document of ten thousand pages costs no more than those that are looked at. A part
//! that stands in the file in its own coding (a JPEG in a DICOM file) becomes evidence from those bytes, any
//! other becomes evidence from its pixels.

mod jpeg;

use std::sync::Arc;

use indicia_core::{Evidence, Kind, Part, Result, View};

/// Makes evidence of the part at an index.
type Load = dyn Fn(&Evidence, usize) -> Result<Evidence> + Send + Sync;

/// The parts of a file beyond what its own [`Pixels`](crate::Pixels) show, in the order of the file: of an
/// animation the frames from the second on. A file without parts has an empty list.
#[derive(Clone)]
pub struct Parts {
    /// What each part is. Never more than the limits allow to count.
    pub list: Vec<Part>,
    /// What hindered the listing, each in a phrase.
    pub warnings: Vec<String>,
    load: Arc<Load>,
}

impl Parts {
    /// A list of parts. `load` gets the evidence that the list was made from and an index below `list.len()`;
    /// it makes the part with [`Evidence::embedded`] or [`Pixels::into_evidence`](crate::Pixels::into_evidence),
    /// which bound how deep parts lie in parts.
    pub fn new(
        list: Vec<Part>,
        load: impl Fn(&Evidence, usize) -> Result<Evidence> + Send + Sync + 'static,
    ) -> Self {
        Self { list, warnings: vec![], load: Arc::new(load) }
    }

    /// No parts.
    pub fn none() -> Self {
        Self::new(vec![], |_, index| {
            Err(indicia_core::Error::internal(format!("part {index} of a file without parts")))
        })
    }

    /// The part at `index` as evidence. `evidence` is that which the list was made from.
    ///
    /// # Errors
    /// `Input` if the part is damaged, `Unsupported` if it is of a kind that is not read, `Limits` if it asks
    /// for more than the limits allow, `Internal` if there is no such part.
    pub fn load(&self, evidence: &Evidence, index: usize) -> Result<Evidence> {
        if index >= self.list.len() {
            return Err(indicia_core::Error::internal(format!(
                "part {index} of {} was asked for",
                self.list.len()
            )));
        }
        (self.load)(evidence, index)
    }
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts").field("list", &self.list).field("warnings", &self.warnings).finish()
    }
}

impl View for Parts {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        match evidence.kind() {
            Kind::Jpeg => jpeg::parts(evidence),
            Kind::Png | Kind::Tiff | Kind::Webp | Kind::Gif => crate::raster::parts(evidence),
            Kind::Bmp | Kind::Frame => Ok(Self::none()),
            #[cfg(feature = "dicom")]
            Kind::Dicom => crate::dicom::parts(evidence),
            #[cfg(feature = "pdf")]
            Kind::Pdf => crate::pdf::parts(evidence),
            other => Err(indicia_core::Error::unsupported(format!("{other} is recognised but not read yet"))),
        }
    }
}

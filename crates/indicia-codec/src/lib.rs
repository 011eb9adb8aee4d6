//! Bytes to evidence.
//!
//! [`open`] tells what the bytes are by their content; everything decoded from them is a view:
//! [`Pixels`], [`jpeg::Jpeg`] (quantised coefficients, tables, layout), [`Metadata`] and [`Provenance`]. Pages,
//! frames and embedded files are its [`Parts`].

mod bytes;
mod chunks;
#[cfg(feature = "dicom")]
mod dicom;
mod header;
pub mod jpeg;
pub mod metadata;
mod open;
mod parts;
#[cfg(feature = "pdf")]
pub mod pdf;
mod pixels;
#[cfg(feature = "provenance")]
mod provenance;
mod raster;

pub use header::{Header, Stored, header};
pub use metadata::Metadata;
pub use open::{Content, content, identify, open, sniff};
pub use parts::Parts;
pub use pixels::{ColorModel, Damage, Pixels, Samples};
#[cfg(feature = "provenance")]
pub use provenance::{Provenance, ProvenanceKey};

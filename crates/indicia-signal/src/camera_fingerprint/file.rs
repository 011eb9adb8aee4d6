//! The file of a fingerprint: an NPZ archive with the float32 array `fingerprint`, rows by columns, and
//! `about.json`. NumPy reads it with `numpy.load`.

use std::io::{Cursor, Read, Write};

use indicia_core::{Error, Result};
use indicia_ops::Plane;
use ndarray::{Array2, ArrayView2};
use ndarray_npy::{ReadNpyExt, WriteNpyExt};
use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::predictor::Predictor;

/// Name of the format.
pub const SCHEMA: &str = "indicia.fingerprint/1";

const ARRAY: &str = "fingerprint.npy";
const ABOUT: &str = "about.json";

/// Most bytes of `about.json` that are read.
const ABOUT_AT_MOST: u64 = 1 << 24;

/// What a fingerprint was made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of Indicia that made it.
    pub version: String,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The pictures, in the order of enrolment.
    pub pictures: Vec<Source>,
    /// How well pictures were found by the fingerprint of the others.
    pub left_out: Vec<LeftOut>,
    /// What correlation to expect where; absent if there was too little to learn it from.
    pub predictor: Option<Predictor>,
}

/// A picture that a fingerprint was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Name of its file.
    pub name: String,
    /// SHA-256 of its file.
    pub digest: String,
}

/// A picture against the fingerprint of the others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Name of its file.
    pub name: String,
    /// Peak-to-correlation energy.
    pub pce: f64,
}

/// The bytes of a fingerprint's file. The same content gives the same bytes.
///
/// # Errors
/// `Internal` if the archive cannot be made.
pub fn write(fingerprint: &Plane, about: &About) -> Result<Vec<u8>> {
    let failed = |e: String| Error::internal(format!("the fingerprint's archive cannot be made: {e}"));
    let values = ArrayView2::from_shape((fingerprint.height, fingerprint.width), &fingerprint.samples)
        .map_err(|e| failed(e.to_string()))?;
    let text = serde_json::to_vec_pretty(about).map_err(|e| failed(e.to_string()))?;
    let mut archive = ZipWriter::new(Cursor::new(vec![]));
    // Noise does not compress.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    archive.start_file(ABOUT, options).map_err(|e| failed(e.to_string()))?;
    archive.write_all(&text).map_err(|e| failed(e.to_string()))?;
    archive.start_file(ARRAY, options).map_err(|e| failed(e.to_string()))?;
    values.write_npy(&mut archive).map_err(|e| failed(e.to_string()))?;
    Ok(archive.finish().map_err(|e| failed(e.to_string()))?.into_inner())
}

/// Reads a fingerprint's file.
///
/// # Errors
/// `Configuration` if it is none, or one that this version does not read.
pub fn read(bytes: &[u8]) -> Result<(Plane, About)> {
    let wrong = |why: String| Error::configuration(format!("this is no fingerprint of a camera: {why}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| wrong(e.to_string()))?;
    let mut text = vec![];
    let entry = archive.by_name(ABOUT).map_err(|e| wrong(format!("{ABOUT}: {e}")))?;
    entry.take(ABOUT_AT_MOST).read_to_end(&mut text).map_err(|e| wrong(e.to_string()))?;
    let about: About = serde_json::from_slice(&text).map_err(|e| wrong(format!("{ABOUT}: {e}")))?;
    if about.schema != SCHEMA {
        return Err(wrong(format!("expected the schema {SCHEMA}, got {}", about.schema)));
    }
    let entry = archive.by_name(ARRAY).map_err(|e| wrong(format!("{ARRAY}: {e}")))?;
    // A compressed entry may claim any size.
    if entry.compression() != CompressionMethod::Stored {
        return Err(wrong(format!("{ARRAY} is compressed")));
    }
    let mut raw = Vec::with_capacity(bytes.len());
    entry.take(bytes.len() as u64).read_to_end(&mut raw).map_err(|e| wrong(e.to_string()))?;
    let values = Array2::<f32>::read_npy(&raw[..]).map_err(|e| wrong(format!("{ARRAY}: {e}")))?;
    let (height, width) = values.dim();
    if (width, height) != (about.width, about.height) || values.is_empty() {
        return Err(wrong(format!(
            "{ARRAY} has {width}x{height} values, {ABOUT} says {}x{}",
            about.width, about.height
        )));
    }
    if !values.iter().all(|v| v.is_finite()) {
        return Err(wrong(format!("{ARRAY} holds values that are not finite")));
    }
    if about.predictor.as_ref().is_some_and(|p| !p.is_sound()) {
        return Err(wrong(format!("{ABOUT} holds an unsound predictor")));
    }
    let samples = values.as_standard_layout().iter().copied().collect();
    Ok((Plane { width, height, samples }, about))
}

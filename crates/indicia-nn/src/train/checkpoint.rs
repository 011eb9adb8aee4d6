//! A checkpoint: everything that a run needs to go on, in one file.
//!
//! The file holds a first line, the length of a header in eight bytes (little-endian), the header in JSON, the
//! numbers, and the SHA-256 of all of it. It is written beside its place and renamed, so that a kill leaves the
//! one before.

use std::io::Write as _;
use std::path::Path;

use indicia_core::{Digest, Error, Result};
use indicia_eval::files::{self, WholeFile};
use serde::{Deserialize, Serialize};

use super::{Named, State};

const MAGIC: &[u8] = b"indicia.checkpoint/1\n";

/// The state of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// Counters, history, what must be equal to go on.
    pub state: State,
    /// Weights.
    pub module: Vec<Named>,
    /// Moving average of the weights.
    pub ema: Option<Vec<Named>>,
    /// State of the optimiser, as burn packs it.
    pub optimizer: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Header {
    state: State,
    module: Vec<Place>,
    ema: Option<Vec<Place>>,
    optimizer: u64,
}

#[derive(Serialize, Deserialize)]
struct Place {
    path: String,
    id: u64,
    shape: Vec<usize>,
}

impl Checkpoint {
    /// Writes the file.
    ///
    /// # Errors
    /// `Io` with the path.
    pub fn write(&self, path: &Path) -> Result<()> {
        let places = |all: &[Named]| {
            all.iter().map(|n| Place { path: n.path.clone(), id: n.id, shape: n.shape.clone() }).collect()
        };
        let header = Header {
            state: self.state.clone(),
            module: places(&self.module),
            ema: self.ema.as_deref().map(places),
            optimizer: self.optimizer.len() as u64,
        };
        let header = serde_json::to_vec(&header)
            .map_err(|e| Error::internal_from("the checkpoint's header cannot be written", e))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend((header.len() as u64).to_le_bytes());
        bytes.extend(header);
        for named in self.module.iter().chain(self.ema.iter().flatten()) {
            bytes.extend(named.values.iter().flat_map(|v| v.to_le_bytes()));
        }
        bytes.extend(&self.optimizer);
        let digest = Digest::of(&bytes);
        bytes.extend(digest.as_bytes());
        let mut file = WholeFile::create(path)?;
        file.write_all(&bytes).map_err(|e| Error::io_from(format!("cannot write {}", path.display()), e))?;
        file.finish()
    }

    /// Reads the file.
    ///
    /// # Errors
    /// `Io` with the path; `Configuration` if it is no checkpoint or damaged.
    pub fn read(path: &Path) -> Result<Self> {
        let bytes = files::read(path, u64::MAX)?;
        let wrong = |why: &str| Error::configuration(format!("{}: {why}", path.display()));
        let damaged = || wrong("the checkpoint is damaged or cut off");
        let Some(body) = bytes.strip_prefix(MAGIC) else {
            return Err(wrong("expected a checkpoint of this version of indicia (indicia.checkpoint/1)"));
        };
        let end = bytes.len().checked_sub(32).filter(|end| *end >= MAGIC.len() + 8).ok_or_else(damaged)?;
        if Digest::of(&bytes[..end]).as_bytes() != &bytes[end..] {
            return Err(damaged());
        }
        let body = &body[..end - MAGIC.len()];
        let (length, rest) = body.split_at(8);
        let length = u64::from_le_bytes(length.try_into().map_err(|_| damaged())?);
        let length = usize::try_from(length).ok().filter(|n| *n <= rest.len()).ok_or_else(damaged)?;
        let (header, mut rest) = rest.split_at(length);
        let header: Header = serde_json::from_slice(header).map_err(|_| damaged())?;
        let mut take = |places: Vec<Place>| -> Result<Vec<Named>> {
            let one = |place: Place| {
                let count = place.shape.iter().try_fold(4_usize, |n, side| n.checked_mul(*side));
                let count = count.filter(|n| *n <= rest.len()).ok_or_else(damaged)?;
                let (values, after) = rest.split_at(count);
                rest = after;
                let value = |b: &[u8]| f32::from_le_bytes([b[0], b[1], b[2], b[3]]);
                let values = values.chunks_exact(4).map(value).collect();
                Ok(Named { path: place.path, id: place.id, shape: place.shape, values })
            };
            places.into_iter().map(one).collect()
        };
        let module = take(header.module)?;
        let ema = header.ema.map(&mut take).transpose()?;
        if rest.len() as u64 != header.optimizer {
            return Err(damaged());
        }
        Ok(Self { state: header.state, module, ema, optimizer: rest.to_vec() })
    }
}

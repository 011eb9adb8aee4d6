//! `indicia camera`.

pub mod args;
mod compare;
mod enrol;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use indicia_core::CameraFile;

use args::CameraCommand;

/// Exit status if a picture could not be used as it should.
const SOME_FAILED: u8 = 2;

/// Does what the arguments say. Returns the exit status.
pub fn run(command: &CameraCommand) -> Result<u8> {
    match command {
        CameraCommand::Enrol(args) => enrol::run(args),
        CameraCommand::Match(args) => compare::run(args),
    }
}

/// The file of a fingerprint, not read yet.
pub fn read(path: &Path) -> Result<CameraFile> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(CameraFile::new(bytes))
}

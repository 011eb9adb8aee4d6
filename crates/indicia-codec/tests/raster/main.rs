//! PNG, TIFF, WebP, BMP and GIF as a user meets them: good files decode to the exact samples, bad ones to a
//! clear error, whatever was done to them.

mod bad;
mod exact;
mod make;
mod parts;

use std::sync::Arc;

use indicia_codec::{Pixels, open};
use indicia_core::{ErrorKind, Limits, Result};

/// Pixels of a file under limits that a test machine can bear.
fn decode(bytes: &[u8]) -> Result<Arc<Pixels>> {
    decode_under(bytes, limits())
}

fn decode_under(bytes: &[u8], limits: Limits) -> Result<Arc<Pixels>> {
    open(bytes.to_vec(), limits)?.view::<Pixels>(())
}

fn limits() -> Limits {
    Limits { pixels: 4_000_000, memory: 64 << 20, frames: 100, ..Limits::default() }
}

fn kind(bytes: &[u8]) -> ErrorKind {
    decode(bytes).expect_err("expected an error").kind()
}

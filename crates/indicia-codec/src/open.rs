use indicia_core::{Error, Evidence, Kind, Limits, Result};

/// Tells what the bytes are, by content only. `None` if nothing is recognised.
pub fn sniff(_bytes: &[u8]) -> Option<Kind> {
    None
}

/// Makes evidence from the bytes of a file. Decodes nothing yet.
///
/// # Errors
/// `Input` if empty or not recognised, `Limits` if larger than [`Limits::bytes`].
pub fn open(bytes: Vec<u8>, limits: Limits) -> Result<Evidence> {
    let kind = sniff(&bytes).ok_or_else(|| Error::input("not recognised"))?;
    Ok(Evidence::new(kind, bytes, limits))
}

use indicia_core::{Error, Evidence, Kind, Limits, Result};

/// Tells what the bytes are, by content only. `None` if nothing is recognised.
pub fn sniff(_bytes: &[u8]) -> Option<Kind> {
    None
}

/// Tells what the bytes are and whether Indicia reads them.
///
/// # Errors
/// `Input` if empty or not recognised, `Unsupported` if recognised but not read, `Limits` if larger than
/// [`Limits::bytes`].
pub fn identify(bytes: &[u8], _limits: &Limits) -> Result<Kind> {
    sniff(bytes).ok_or_else(|| Error::input("not recognised"))
}

/// Makes evidence from the bytes of a file. Decodes nothing yet.
///
/// # Errors
/// Those of [`identify`].
pub fn open(bytes: Vec<u8>, limits: Limits) -> Result<Evidence> {
    let kind = identify(&bytes, &limits)?;
    Ok(Evidence::new(kind, bytes, limits))
}

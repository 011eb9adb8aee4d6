//! Numbers at a place of a file, and buffers for what is decoded from it.

use indicia_core::{Error, Result};

/// The two bytes at `at`, big-endian, if they are there.
pub(crate) fn u16_be(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_be_bytes)
}

/// The two bytes at `at`, little-endian, if they are there.
pub(crate) fn u16_le(bytes: &[u8], at: usize) -> Option<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// The four bytes at `at`, little-endian, if they are there.
pub(crate) fn u32_le(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// The four bytes at `at`, big-endian, if they are there.
pub(crate) fn u32_be(bytes: &[u8], at: usize) -> Option<u32> {
    array(bytes, at).map(u32::from_be_bytes)
}

/// The `N` bytes at `at`, if they are there.
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

/// A buffer of `length` zeros, or an error where the memory is not to be had: the limits allow more than
/// some machines have, and a failed allocation would otherwise end the process.
pub(crate) fn zeros<T: Clone + Default>(length: usize) -> Result<Vec<T>> {
    let mut buffer = Vec::new();
    buffer.try_reserve_exact(length).map_err(|error| {
        let bytes = length.saturating_mul(size_of::<T>());
        Error::limits_from(
            format!("the picture needs {bytes} bytes of memory, which this machine lacks"),
            error,
        )
    })?;
    buffer.resize(length, T::default());
    Ok(buffer)
}

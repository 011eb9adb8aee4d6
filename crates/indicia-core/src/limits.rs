use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Upper bounds that every decoder obeys. Untrusted bytes may reach them, never pass them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Bytes of one input. Default 2 GiB.
    pub bytes: u64,
    /// Pixels of one picture (width times height). Default 250 million.
    pub pixels: u64,
    /// Pixels for each byte of the file, for pictures above [`Limits::FREE_PIXELS`]. Default 200: a flat
    /// JPEG has some 300, a deflated plane of zeros 1,000, no photograph of that size as many as 50.
    pub expansion: u64,
    /// Bytes of memory that decoding one picture may hold at once. Default 8 GiB.
    pub memory: u64,
    /// Bytes of one metadata block (EXIF, XMP, a text chunk, inflated). Default 16 MiB.
    pub metadata: u64,
    /// Pages, frames or directories that are counted. Default 10,000.
    pub frames: u32,
    /// Scans of one progressive JPEG. Default 200.
    pub scans: u32,
    /// Depth of containers inside containers. Default 8.
    pub nesting: u32,
    /// Pages, frames and embedded files that are examined of one file. Default 20.
    pub parts: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 2 << 30,
            pixels: 250_000_000,
            expansion: 200,
            memory: 8 << 30,
            metadata: 16 << 20,
            frames: 10_000,
            scans: 200,
            nesting: 8,
            parts: 20,
        }
    }
}

impl Limits {
    /// Pictures up to this many pixels may come from a file of any size.
    pub const FREE_PIXELS: u64 = 64 << 20;

    /// Refuses a large picture from a file that is far too small for it: a decompression bomb.
    ///
    /// # Errors
    /// `Limits` if a picture above [`Limits::FREE_PIXELS`] has more than [`Limits::expansion`] pixels for
    /// each byte of its file.
    pub fn check_expansion(&self, width: u64, height: u64, file_bytes: u64) -> Result<()> {
        let pixels = width.saturating_mul(height);
        if pixels > Self::FREE_PIXELS && pixels / file_bytes.max(1) > self.expansion {
            return Err(Error::limits(format!(
                "picture size {width}x{height} from {file_bytes} bytes, more than {} pixels a byte, as in a \
                 decompression bomb (raise it with --limits expansion=N)",
                self.expansion
            )));
        }
        Ok(())
    }

    /// Checks a picture's size before anything is allocated for it.
    ///
    /// # Errors
    /// `Input` if a side is 0; `Limits` if width times height exceeds [`Limits::pixels`], or that many
    /// pixels at `bytes_per_pixel` exceed [`Limits::memory`].
    pub fn check_picture(&self, width: u64, height: u64, bytes_per_pixel: u64) -> Result<()> {
        if width == 0 || height == 0 {
            return Err(Error::input(format!("picture size {width}x{height}, expected at least 1x1")));
        }
        let pixels = width.saturating_mul(height);
        if pixels > self.pixels {
            return Err(Error::limits(format!(
                "picture size {width}x{height} is {pixels} pixels, limit {} (raise it with --limits pixels=N)",
                self.pixels
            )));
        }
        self.check_memory(width, height, pixels.saturating_mul(bytes_per_pixel))
    }

    /// Checks the bytes that decoding a picture will hold at once.
    ///
    /// # Errors
    /// `Limits` if they exceed [`Limits::memory`].
    pub fn check_memory(&self, width: u64, height: u64, memory: u64) -> Result<()> {
        if memory > self.memory {
            return Err(Error::limits(format!(
                "decoding {width}x{height} needs {memory} bytes of memory, limit {} (raise it with --limits memory=N)",
                self.memory
            )));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;

    #[test]
    fn a_large_picture_from_a_small_file_is_refused() {
        let limits = Limits::default();
        let kind = |w, h, b| limits.check_expansion(w, h, b).map_err(|e| e.kind());
        assert_eq!(kind(8192, 8192, 0), Ok(()));
        assert_eq!(kind(20_000, 10_000, 1_000_000), Ok(()));
        assert_eq!(kind(20_000, 10_000, 990_000), Err(ErrorKind::Limits));
    }

    #[test]
    fn a_picture_is_checked_by_side_area_and_memory() {
        let limits = Limits { pixels: 100, memory: 250, ..Limits::default() };
        let kind = |w, h, b| limits.check_picture(w, h, b).map_err(|e| e.kind());
        assert_eq!(kind(10, 10, 2), Ok(()));
        assert_eq!(kind(0, 10, 1), Err(ErrorKind::Input));
        assert_eq!(kind(10, 11, 1), Err(ErrorKind::Limits));
        assert_eq!(kind(10, 10, 3), Err(ErrorKind::Limits));
        assert_eq!(kind(u64::MAX, u64::MAX, 4), Err(ErrorKind::Limits));
    }
}

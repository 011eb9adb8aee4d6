use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// Upper bounds that every decoder obeys. Untrusted bytes may reach them, never pass them.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Limits {
    /// Bytes of one input. Default 2 GiB.
    pub bytes: u64,
    /// Pixels of one picture (width times height). Default 400 million.
    pub pixels: u64,
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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes: 2 << 30,
            pixels: 400_000_000,
            memory: 8 << 30,
            metadata: 16 << 20,
            frames: 10_000,
            scans: 200,
            nesting: 8,
        }
    }
}

impl Limits {
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
        let memory = pixels.saturating_mul(bytes_per_pixel);
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

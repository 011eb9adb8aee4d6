use indicia_core::{Digest, Error, Evidence, Kind, Result, View};

use crate::{jpeg, raster};

/// What the channels of a pixel mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorModel {
    /// One channel.
    Gray,
    /// Gray and alpha.
    GrayAlpha,
    /// Red, green, blue.
    Rgb,
    /// Red, green, blue, alpha (not premultiplied).
    Rgba,
    /// Cyan, magenta, yellow, black; 255 is full ink.
    Cmyk,
}

impl ColorModel {
    /// Samples a pixel.
    pub fn channels(self) -> usize {
        match self {
            Self::Gray => 1,
            Self::GrayAlpha => 2,
            Self::Rgb => 3,
            Self::Rgba | Self::Cmyk => 4,
        }
    }
}

/// Interleaved samples, rows from the top, `width * height * channels` of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Samples {
    /// 8 bits a sample.
    U8(Vec<u8>),
    /// 16 bits a sample.
    U16(Vec<u16>),
}

/// The decoded picture: samples as stored, before any EXIF rotation or colour management, so that forensic
/// traces stay where they are. Of several frames or pages, the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pixels {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// What the channels mean.
    pub model: ColorModel,
    /// The samples.
    pub samples: Samples,
    /// Samples that are shown as black and as full white, where that is not the whole range of their type:
    /// those of medical pictures lie in a part of it. Those beyond are shown as these.
    pub shown: Option<[u16; 2]>,
    /// Frames or pages in the file, this one included.
    pub frames: u32,
    /// Damage that did not stop the decoding, each in a phrase.
    pub warnings: Vec<String>,
}

impl View for Pixels {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        match evidence.kind() {
            Kind::Jpeg => jpeg::decode_pixels(&*evidence.view::<jpeg::Jpeg>(())?),
            Kind::Png | Kind::Tiff | Kind::Webp | Kind::Bmp | Kind::Gif => raster::decode(evidence),
            #[cfg(feature = "dicom")]
            Kind::Dicom => crate::dicom::decode(evidence),
            #[cfg(feature = "pdf")]
            Kind::Pdf => {
                // A file that does not open says so; one that does shows its pages as parts.
                evidence.view::<crate::pdf::Document>(())?;
                Err(Error::absent("a PDF is looked at page by page"))
            }
            other => Err(Error::unsupported(format!("{other} is recognised but not read yet"))),
        }
    }
}

/// What hindered the decoding of the picture, [`Pixels::warnings`]: what is left of them when the pixels
/// themselves are dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage(pub Vec<String>);

impl View for Damage {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        Ok(Self(evidence.view::<Pixels>(())?.warnings.clone()))
    }
}

impl Pixels {
    /// Evidence of its own from these pixels, which were decoded out of `parent`. The pixels are kept for as
    /// long as it lives.
    ///
    /// # Errors
    /// `Limits` if parts lie in parts deeper than the limits allow.
    pub fn into_evidence(mut self, parent: &Evidence) -> Result<Evidence> {
        self.frames = 1;
        let digest = self.digest();
        parent.decoded(digest, (), self)
    }

    /// SHA-256 of the picture: the words `indicia pixels`, width, height, channels and bits a sample as
    /// little-endian 64-bit numbers, then the samples, little-endian.
    pub fn digest(&self) -> Digest {
        const AT_ONCE: usize = 1 << 15;
        let (bits, count) = match &self.samples {
            Samples::U8(samples) => (8, samples.len()),
            Samples::U16(samples) => (16, samples.len()),
        };
        let head = [self.width as u64, self.height as u64, self.model.channels() as u64, bits];
        let head = [&b"indicia pixels"[..], &head.map(u64::to_le_bytes).concat()].concat();
        let samples = (0..count).step_by(AT_ONCE).map(|from| {
            let to = count.min(from + AT_ONCE);
            match &self.samples {
                Samples::U8(samples) => samples[from..to].to_vec(),
                Samples::U16(samples) => samples[from..to].iter().flat_map(|v| v.to_le_bytes()).collect(),
            }
        });
        Digest::of_parts(std::iter::once(head).chain(samples))
    }

    /// 8-bit RGB, three bytes a pixel. Samples are scaled from [`Pixels::shown`] to 0 to 255; where that is
    /// not given, 16-bit samples keep their upper byte. Alpha is dropped, gray is
    /// repeated, CMYK is converted by `(255 - ink) * (255 - black) / 255` without colour management.
    pub fn to_rgb8(&self) -> Vec<u8> {
        let scaled = |value: u16, [black, white]: [u16; 2]| {
            let range = u32::from(white.saturating_sub(black)).max(1);
            let above = u32::from(value.clamp(black, white.max(black)) - black);
            ((above * 255 + range / 2) / range).min(255) as u8
        };
        match (&self.samples, self.shown) {
            (Samples::U8(samples), None | Some([0, 255])) => self.rgb_from(samples, |v| v),
            (Samples::U8(samples), Some(shown)) => self.rgb_from(samples, |v| scaled(v.into(), shown)),
            (Samples::U16(samples), None) => self.rgb_from(samples, |v| (v >> 8) as u8),
            (Samples::U16(samples), Some(shown)) => self.rgb_from(samples, |v| scaled(v, shown)),
        }
    }

    fn rgb_from<T: Copy>(&self, samples: &[T], to8: impl Fn(T) -> u8) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.width * self.height * 3);
        let pixels = samples.chunks_exact(self.model.channels());
        match self.model {
            ColorModel::Gray | ColorModel::GrayAlpha => out.extend(pixels.flat_map(|p| [to8(p[0]); 3])),
            ColorModel::Rgb | ColorModel::Rgba => {
                out.extend(pixels.flat_map(|p| [to8(p[0]), to8(p[1]), to8(p[2])]));
            }
            ColorModel::Cmyk => out.extend(pixels.flat_map(|p| {
                let paper = 255 - u32::from(to8(p[3]));
                [p[0], p[1], p[2]].map(|ink| ((255 - u32::from(to8(ink))) * paper / 255) as u8)
            })),
        }
        out
    }
}

use std::sync::Arc;

use indicia_codec::Pixels;
use indicia_core::{Error, Limits, Result};
use indicia_eval::files;
use indicia_eval::maps::read_mask;

use super::{Data, Entry, ImageConfig, Masks, augment, change, cut};

/// A picture that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Place of its item.
    pub index: usize,
    /// Red, then green, then blue plane, `3 * size * size` values from 0 to 1.
    pub planes: Vec<f32>,
    /// Side of the square.
    pub size: usize,
    /// True for what a detector should find.
    pub label: bool,
    /// 1 where altered, `size * size` values, for methods that learn masks.
    pub mask: Option<Vec<f32>>,
}

/// The pictures of one split of a table.
#[derive(Debug, Clone)]
pub struct Images {
    /// They.
    pub entries: Arc<Vec<Entry>>,
    /// How they become samples.
    pub config: ImageConfig,
    /// Whether masks are read.
    pub masks: Masks,
    /// Seed of what is random.
    pub seed: u64,
    /// Bounds for each file.
    pub limits: Limits,
}

impl Data for Images {
    type Sample = Sample;

    fn len(&self) -> usize {
        self.entries.len()
    }

    fn stratum(&self, index: usize) -> (u32, u32) {
        let entry = &self.entries[index];
        (u32::from(entry.label), entry.domain)
    }

    fn name(&self, index: usize) -> String {
        self.entries[index].name.clone()
    }

    fn load(&self, index: usize, pass: Option<u64>) -> Result<Sample> {
        let entry = &self.entries[index];
        let bytes = files::read(&entry.path, self.limits.bytes)?;
        let evidence = indicia_codec::open(bytes, self.limits.clone())?;
        let pixels = evidence.view::<Pixels>(())?;
        let (width, height) = (pixels.width, pixels.height);
        // The name that the table gives, not where the table lies, decides what is drawn.
        let fixed = [&self.seed.to_le_bytes()[..], entry.name.as_bytes()].concat();
        let drawn = pass.map(|pass| [&fixed[..], &pass.to_le_bytes()[..]].concat());
        let key = drawn.as_deref();
        let place = augment::place(&self.config, width, height, key);
        let size = place.size;
        let mut rgb = cut(&pixels.to_rgb8(), width, height, 3, place)?;
        if let Some(key) = key {
            rgb = change(rgb, size, &self.config.augment, key);
        }
        let rgb = augment::equalise(rgb, size, &self.config.equalise, key.unwrap_or(&fixed));
        let mask = match self.masks {
            Masks::Unused => None,
            Masks::Needed => Some(self.mask(entry, width, height, place)?),
        };
        let mut planes = vec![0.0; 3 * size * size];
        for (i, pixel) in rgb.chunks_exact(3).enumerate() {
            for (channel, v) in pixel.iter().enumerate() {
                planes[channel * size * size + i] = f32::from(*v) / 255.0;
            }
        }
        Ok(Sample { index, planes, size, label: entry.label, mask })
    }
}

impl Images {
    fn mask(&self, entry: &Entry, width: usize, height: usize, place: super::Cut) -> Result<Vec<f32>> {
        let Some(path) = &entry.mask else {
            // Of an authentic picture nothing is altered; altered ones without a mask were refused before.
            return Ok(vec![0.0; place.size * place.size]);
        };
        let mask = read_mask(path, &self.limits)?;
        if mask.dim() != (height, width) {
            let (rows, columns) = mask.dim();
            return Err(Error::input(format!(
                "the mask {} has {columns}x{rows} pixels, its picture {width}x{height}",
                path.display()
            )));
        }
        let gray: Vec<u8> = mask.iter().map(|set| if *set { 255 } else { 0 }).collect();
        let cut = cut(&gray, width, height, 1, place)?;
        Ok(cut.into_iter().map(|v| if v >= 128 { 1.0 } else { 0.0 }).collect())
    }
}

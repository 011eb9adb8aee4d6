//! Pages as pictures.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use indicia_core::{Error, Result};

use super::{Document, on_deep_stack};
use crate::{ColorModel, Pixels, Samples};

/// Resolution of rendered pages in pixels an inch.
pub const DEFAULT_DPI: f32 = 150.0;
/// Pixels of a rendered page; larger pages are rendered at a lower resolution.
const MAX_PAGE_PIXELS: u64 = 64 << 20;
/// Side of a rendered page: the rasteriser counts in 16 bits.
const MAX_SIDE: f32 = 32_000.0;
/// Bytes that drawing holds for a pixel of the page.
const BYTES_PER_PIXEL: u64 = 16;

impl Document {
    /// The resolution at which a page of this index can be rendered, at most `dpi`.
    ///
    /// # Errors
    /// `Configuration` if there is no such page.
    pub fn resolution(&self, page: usize, dpi: f32) -> Result<f32> {
        let size = self.pages.get(page).ok_or_else(|| {
            Error::configuration(format!("page {} of a PDF with {} pages", page + 1, self.pages.len()))
        })?;
        let most = MAX_PAGE_PIXELS.min(self.limits.pixels).min(self.limits.memory / BYTES_PER_PIXEL) as f32;
        let by_area = (most / (size.width * size.height)).sqrt() * 72.0;
        let by_side = MAX_SIDE / size.width.max(size.height) * 72.0;
        Ok(dpi.min(by_area).min(by_side))
    }

    /// Draws a page, counted from 0, on white paper as 8-bit RGB, with its annotations and without hidden
    /// layers. Large pages are drawn at a lower resolution, which a warning tells.
    ///
    /// # Errors
    /// `Configuration` if there is no such page, `Limits` if it draws more than any page needs, `Internal`
    /// if the renderer fails.
    pub fn render(&self, page: usize, dpi: f32) -> Result<Pixels> {
        let used = self.resolution(page, dpi)?;
        let scale = used / 72.0;
        let size = self.pages[page];
        // The renderer cuts sides to whole pixels. A side of a whole number of pixels must not lose one to
        // rounding, and a page of less than one gets one.
        let exact = |points: f32| (points * scale + 0.01).max(1.0);
        let side = |points: f32| exact(points) as u32;
        let (width, height) = (side(size.width), side(size.height));
        self.limits.check_picture(u64::from(width), u64::from(height), BYTES_PER_PIXEL)?;
        // What a page draws is counted before it is drawn.
        self.content(page)?;
        let mut warnings = vec![];
        if used < dpi {
            warnings.push(format!("page {} is rendered at {used:.0} dpi to stay within bounds", page + 1));
        }
        let rgb = on_deep_stack("drawing a page of a PDF", || {
            let pages = self.pdf.pages();
            let drawn = render(
                &pages[page],
                &RenderCache::new(),
                &InterpreterSettings::default(),
                &RenderSettings::default(),
                &PixmapSettings {
                    x_scale: exact(size.width) / size.width,
                    y_scale: exact(size.height) / size.height,
                    bg_color: WHITE,
                },
            );
            let mut rgb = Vec::with_capacity(drawn.data().len() * 3);
            rgb.extend(drawn.data().iter().flat_map(|p| [p.r, p.g, p.b]));
            Ok((usize::from(drawn.width()), usize::from(drawn.height()), rgb))
        })?;
        let (width, height, samples) = rgb;
        Ok(Pixels {
            width,
            height,
            model: ColorModel::Rgb,
            samples: Samples::U8(samples),
            frames: self.pages.len() as u32,
            shown: None,
            warnings,
        })
    }
}

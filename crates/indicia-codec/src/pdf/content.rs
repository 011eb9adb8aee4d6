//! What a page draws, in its order: text that nobody sees, and shapes laid over text and pictures.
//!
//! The page is interpreted without drawing. Work is counted, so that forms that draw each other many times,
//! patterns of endless tiles and dashes without number end here with an error, before anything is drawn.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

use hayro::hayro_interpret::font::{Glyph, GlyphRun};
use hayro::hayro_interpret::hayro_cmap::BfString;
use hayro::hayro_interpret::pattern::Pattern;
use hayro::hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, Paint, RenderContent, SoftMask, TransformExt, interpret_page,
};
use hayro::kurbo::{Affine, BezPath, Rect, Shape};
use indicia_core::{Error, Limits, Result};

use super::inventory::fonts_of_page;
use super::{Document, ObjectId, images, on_deep_stack};

/// Steps that a page may take: drawing calls, path elements, glyphs, and tiles of patterns.
const MAX_WORK: u64 = 10_000_000;
/// Steps that a clip counts as: every form begins with one, and costs its decoding.
const CLIP_WORK: u64 = 50;
/// Time after which a page is given up; pages within [`MAX_WORK`] take a second or two.
const MAX_TIME: Duration = Duration::from_secs(30);
/// Tiles of one pattern that differ in what they show.
const MAX_TILES: f64 = 10_000.0;
/// Glyphs and shapes of a page that are remembered.
const MAX_KEPT: usize = 200_000;
/// Comparisons of shapes with glyphs.
const MAX_COMPARED: usize = 50_000_000;
/// A page-wide shape is a background, not a cover.
const PAGE_WIDE: f64 = 0.6;

/// A font as a page uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FontUse {
    /// Its object; `None` if its dictionary stands in the resources themselves.
    pub id: Option<ObjectId>,
    /// Its name with the prefix of a subset.
    pub name: String,
    /// Bytes of text shown in it; two a glyph in composite fonts.
    pub bytes: u64,
}

/// What a shape over something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CoverKind {
    /// A dark rectangle.
    Dark,
    /// A rectangle as light as paper.
    Light,
    /// A rectangle of another colour.
    Colored,
    /// A picture.
    Picture,
}

/// An opaque shape laid over text or a picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cover {
    /// What it is.
    pub kind: CoverKind,
    /// Left, top, right, bottom in points from the page's upper left corner.
    pub area: [f32; 4],
    /// Letters under it that are still in the file.
    pub hidden: u32,
    /// Letters drawn over it afterwards.
    pub above: u32,
    /// True if it lies on a picture much larger than itself.
    pub on_picture: bool,
}

/// What a page draws.
#[derive(Debug, Clone, Default)]
pub struct PageContent {
    /// Letters, blanks not counted.
    pub letters: u32,
    /// Letters in the invisible text mode.
    pub invisible: u32,
    /// Invisible letters that lie on a picture: a scan's recognised text.
    pub invisible_on_picture: u32,
    /// Letters in the colour of paper with nothing darker under them.
    pub paper_colored: u32,
    /// Letters smaller than one point.
    pub tiny: u32,
    /// Share of the page that its largest picture covers.
    pub largest_picture: f32,
    /// Pictures drawn.
    pub pictures: u32,
    /// Opaque shapes over text, or small ones over pictures.
    pub covers: Vec<Cover>,
    /// Fonts and how much text is shown in each.
    pub fonts: Vec<FontUse>,
    /// Annotations over letters: subtype and the number of letters under it.
    pub covering_annotations: Vec<(String, u32)>,
}

impl Document {
    /// What a page, counted from 0, draws without its annotations.
    ///
    /// # Errors
    /// `Configuration` if there is no such page, `Limits` if it draws more than any page needs, `Internal`
    /// if the parser fails.
    pub fn content(&self, page: usize) -> Result<PageContent> {
        let size = *self.pages.get(page).ok_or_else(|| {
            Error::configuration(format!("page {} of a PDF with {} pages", page + 1, self.pages.len()))
        })?;
        on_deep_stack("reading a page of a PDF", || {
            let pages = self.pdf.pages();
            let page_of = &pages[page];
            let cache = InterpreterCache::new();
            let area = Rect::new(0.0, 0.0, f64::from(size.width), f64::from(size.height));
            let transform = page_of.initial_transform(true).to_kurbo();
            let mut recorder = Recorder::new(area, &self.limits);
            // Annotations are drawn too, for the sake of their work, but not kept.
            for part in [RenderContent::PAGE, RenderContent::ANNOTATIONS] {
                recorder.keeps = part == RenderContent::PAGE;
                let settings = InterpreterSettings { render_content: part, ..InterpreterSettings::default() };
                let run = catch_unwind(AssertUnwindSafe(|| {
                    let mut context = Context::new(transform, area, &cache, page_of.xref(), settings);
                    interpret_page(page_of, &mut context, &mut recorder);
                }));
                run.map_err(|panic| stopped(panic, page))?;
            }
            let mut content = recorder.summary();
            content.fonts = fonts_of_page(page_of);
            content.covering_annotations = recorder.under_annotations(page_of, transform);
            Ok(content)
        })
    }
}

/// Thrown where a page exceeds its bounds; unlike a panic it prints nothing.
enum Stop {
    Work,
    Picture(Error),
}

fn stopped(panic: Box<dyn Any + Send>, page: usize) -> Error {
    match panic.downcast::<Stop>() {
        Ok(stop) => match *stop {
            Stop::Work => {
                Error::limits(format!("page {} of the PDF draws more than any page needs", page + 1))
            }
            Stop::Picture(error) => error,
        },
        Err(panic) => resume_unwind(panic),
    }
}

struct Letter {
    area: Rect,
    order: u32,
    invisible: bool,
    paper: bool,
    tiny: bool,
}

struct Opaque {
    area: Rect,
    order: u32,
    kind: CoverKind,
}

struct Recorder<'l> {
    page: Rect,
    limits: &'l Limits,
    keeps: bool,
    work: u64,
    started: Instant,
    order: u32,
    clips: Vec<Rect>,
    opacities: Vec<bool>,
    letters: Vec<Letter>,
    shapes: Vec<Opaque>,
    /// What is darker than paper, whatever its form: bounds and order.
    grounds: Vec<(Rect, u32)>,
    pictures: u32,
}

impl<'l> Recorder<'l> {
    fn new(page: Rect, limits: &'l Limits) -> Self {
        Self {
            page,
            limits,
            keeps: true,
            work: 0,
            started: Instant::now(),
            order: 0,
            clips: vec![],
            opacities: vec![],
            letters: vec![],
            shapes: vec![],
            grounds: vec![],
            pictures: 0,
        }
    }

    fn spend(&mut self, steps: u64) {
        let before = self.work >> 10;
        self.work = self.work.saturating_add(steps);
        if self.work > MAX_WORK || (self.work >> 10 != before && self.started.elapsed() > MAX_TIME) {
            resume_unwind(Box::new(Stop::Work));
        }
    }

    fn clipped(&self, area: Rect) -> Rect {
        self.clips.last().map_or(self.page, |clip| *clip).intersect(area)
    }

    /// The colour of an opaque paint.
    fn color(&self, props: &DrawProps<'_>) -> Option<[f32; 3]> {
        let opaque = self.opacities.iter().all(|&o| o)
            && props.soft_mask.is_none()
            && props.blend_mode == BlendMode::default();
        match &props.paint {
            Paint::Color(color) if opaque => {
                let [r, g, b, a] = color.to_rgba().components();
                (a > 0.95).then_some([r, g, b])
            }
            _ => None,
        }
    }

    fn keep(&mut self, area: Rect, kind: CoverKind) {
        self.order += 1;
        if self.keeps && self.shapes.len() < MAX_KEPT && area.width() > 1.0 && area.height() > 1.0 {
            self.shapes.push(Opaque { area, order: self.order, kind });
        }
    }

    fn ground(&mut self, area: Rect) {
        let area = self.clipped(area);
        self.order += 1;
        if self.keeps && self.grounds.len() < MAX_KEPT && area.area() > 0.0 {
            self.grounds.push((area, self.order));
        }
    }

    /// What a paint or a mask draws by itself counts too.
    fn nested<'a>(&mut self, props: &DrawProps<'a>, stroke: bool) {
        self.masked(props.soft_mask.as_ref());
        if let Paint::Pattern(pattern) = &props.paint
            && let Pattern::Tiling(tiling) = &**pattern
        {
            let copies = |side: f64, step: f32| (side.abs() / f64::from(step.abs())).ceil() + 1.0;
            let tiles =
                copies(tiling.bbox.width(), tiling.x_step) * copies(tiling.bbox.height(), tiling.y_step);
            if tiles.is_nan() || tiles > MAX_TILES {
                resume_unwind(Box::new(Stop::Work));
            }
            let before = self.work;
            self.quietly(|device| {
                tiling.interpret(device, Affine::IDENTITY, stroke);
            });
            let once = self.work - before;
            self.spend(once.saturating_mul(tiles as u64));
        }
    }

    fn masked(&mut self, mask: Option<&SoftMask<'_>>) {
        if let Some(mask) = mask {
            self.quietly(|device| mask.interpret(device));
        }
    }

    fn quietly(&mut self, f: impl FnOnce(&mut Self)) {
        let (keeps, clips) = (self.keeps, self.clips.len());
        self.keeps = false;
        f(self);
        self.keeps = keeps;
        self.clips.truncate(clips);
    }

    fn check_dashes(&mut self, path: &BezPath, mode: &DrawMode) {
        let (DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke)) = mode else { return };
        let period: f64 = stroke.dash_array.iter().map(|&d| f64::from(d.abs())).sum();
        if period > 0.0 {
            let length: f64 =
                path.segments().take(100_000).map(|s| s.bounding_box()).map(|b| b.width() + b.height()).sum();
            let dashes = length / period;
            self.spend(if dashes.is_finite() { dashes.min(1e18) as u64 } else { u64::MAX });
        }
    }
}

impl<'a> Device<'a> for Recorder<'_> {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        self.spend(1 + path.elements().len() as u64);
        self.check_dashes(path, mode);
        self.nested(&props, matches!(mode, DrawMode::Stroke(_)));
        let path = props.transform * path;
        let color = self.color(&props);
        let width = match mode {
            DrawMode::Stroke(stroke) => {
                f64::from(stroke.line_width) * props.transform.determinant().abs().sqrt()
            }
            _ => 0.0,
        };
        let bounds = path.bounding_box();
        if !color.is_some_and(|c| c.iter().all(|&v| v > 0.97)) {
            self.ground(bounds.inflate(width / 2.0, width / 2.0));
        }
        if !matches!(mode, DrawMode::Fill(_) | DrawMode::FillAndStroke(..)) {
            return;
        }
        // Ovals and letters drawn as paths are no covers.
        if bounds.area() <= 0.0 || path.area().abs() < 0.95 * bounds.area() {
            return;
        }
        if let Some(color) = color {
            let kind = match color.map(f64::from) {
                [r, g, b] if r.min(g).min(b) > 0.9 => CoverKind::Light,
                [r, g, b] if r.max(g).max(b) < 0.3 => CoverKind::Dark,
                _ => CoverKind::Colored,
            };
            self.keep(self.clipped(bounds), kind);
        }
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.spend(CLIP_WORK + clip.path.elements().len() as u64);
        let area = self.clipped(clip.path.bounding_box());
        self.clips.push(area);
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn push_transparency_group(&mut self, opacity: f32, mask: Option<SoftMask<'a>>, blend: BlendMode) {
        self.spend(1);
        self.masked(mask.as_ref());
        self.opacities.push(opacity > 0.95 && mask.is_none() && blend == BlendMode::default());
    }

    fn pop_transparency_group(&mut self) {
        self.opacities.pop();
    }

    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        self.spend(1 + run.glyphs().len() as u64);
        self.nested(&props, matches!(mode, DrawMode::Stroke(_)));
        self.order += 1;
        let invisible = matches!(mode, DrawMode::Invisible);
        let paper = self.color(&props).is_some_and(|c| c.iter().all(|&v| v > 0.97));
        for glyph in run.glyphs() {
            let transform = props.transform * glyph.transform();
            let advance = match &**glyph {
                Glyph::Outline(outline) => outline.advance_width(),
                Glyph::Type3(type3) => {
                    self.quietly(|device| {
                        type3.interpret(device, props.transform, glyph.transform(), &props.paint);
                    });
                    type3.advance_width()
                }
            };
            if !self.keeps || self.letters.len() >= MAX_KEPT || is_blank(glyph) {
                continue;
            }
            // The core of a small letter in units of a thousandth of the font's size.
            let advance = f64::from(advance.unwrap_or(500.0)).clamp(50.0, 2000.0);
            let area = transform.transform_rect_bbox(Rect::new(0.1 * advance, 50.0, 0.9 * advance, 450.0));
            let height = area.height().max(area.width() * 0.1);
            if self.clipped(area).area() > 0.0 {
                self.letters.push(Letter {
                    area,
                    order: self.order,
                    invisible,
                    paper,
                    tiny: !invisible && height < 0.4,
                });
            }
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        self.spend(16);
        self.masked(props.soft_mask.as_ref());
        let (width, height) = (image.width(), image.height());
        let stream = match &image {
            Image::Stencil(stencil) => stencil.stream(),
            Image::Raster(raster) => raster.stream(),
        };
        // Inline pictures are met here for the first time.
        let stored = stream.raw_data().len();
        let fits = images::check_side(u64::from(width), u64::from(height), stored, self.limits);
        if let Err(error) = fits {
            resume_unwind(Box::new(Stop::Picture(error)));
        }
        let area = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
        let area = self.clipped(props.transform.transform_rect_bbox(area));
        self.ground(area);
        if let Image::Raster(_) = image {
            self.pictures += u32::from(self.keeps);
            let dict = stream.dict();
            let whole = !dict.contains_key(b"SMask") && !dict.contains_key(b"Mask");
            if whole && self.opacities.iter().all(|&o| o) {
                self.keep(area, CoverKind::Picture);
            }
        }
    }
}

fn is_blank(glyph: &Glyph<'_>) -> bool {
    match glyph.as_unicode() {
        Some(BfString::Char(c)) => c.is_whitespace() || c.is_control(),
        Some(BfString::String(text)) => text.trim().is_empty(),
        None => false,
    }
}

impl Recorder<'_> {
    fn summary(&mut self) -> PageContent {
        let page_area = self.page.area().max(1.0);
        let pictures: Vec<(Rect, u32)> =
            self.shapes.iter().filter(|s| s.kind == CoverKind::Picture).map(|s| (s.area, s.order)).collect();
        let count = |test: &dyn Fn(&Letter) -> bool| self.letters.iter().filter(|l| test(l)).count() as u32;
        let on_picture = |l: &Letter| pictures.iter().take(256).any(|(p, _)| p.contains(l.area.center()));
        let grounded = |l: &Letter| {
            let mut grounds = self.grounds.iter().take(4096);
            grounds.any(|(area, order)| *order < l.order && area.contains(l.area.center()))
        };
        let mut out = PageContent {
            letters: self.letters.len() as u32,
            invisible: count(&|l| l.invisible),
            invisible_on_picture: count(&|l| l.invisible && on_picture(l)),
            paper_colored: count(&|l| !l.invisible && l.paper && !grounded(l)),
            tiny: count(&|l| l.tiny),
            largest_picture: pictures.iter().map(|(p, _)| p.area() / page_area).fold(0.0, f64::max) as f32,
            pictures: self.pictures,
            ..PageContent::default()
        };
        self.letters.sort_by(|a, b| a.area.y0.total_cmp(&b.area.y0));
        let mut taken = vec![false; self.letters.len()];
        let mut compared = 0;
        for shape in &self.shapes {
            if shape.area.area() > PAGE_WIDE * page_area && shape.kind != CoverKind::Picture {
                continue;
            }
            let within = shape.area.inflate(0.5, 0.5);
            let first = self.letters.partition_point(|l| l.area.y0 < within.y0);
            let (mut hidden, mut above) = (0, 0);
            for (index, letter) in self.letters.iter().enumerate().skip(first) {
                if letter.area.y0 > within.y1 || compared > MAX_COMPARED {
                    break;
                }
                compared += 1;
                let inside = within.contains_rect(letter.area);
                if !inside || letter.invisible {
                    continue;
                }
                if letter.order > shape.order {
                    above += 1;
                } else if !taken[index] && !letter.paper {
                    taken[index] = true;
                    hidden += 1;
                }
            }
            let on_picture = shape.kind != CoverKind::Picture
                && pictures.iter().take(256).any(|(picture, order)| {
                    *order < shape.order
                        && picture.area() > 4.0 * shape.area.area()
                        && picture.contains_rect(shape.area)
                });
            if hidden > 0 || on_picture {
                let Rect { x0, y0, x1, y1 } = shape.area;
                let area = [x0, y0, x1, y1].map(|v| v as f32);
                out.covers.push(Cover { kind: shape.kind, area, hidden, above, on_picture });
            }
        }
        out
    }

    /// Annotations with a body of their own and the letters under each.
    fn under_annotations(
        &self,
        page: &hayro::hayro_syntax::page::Page<'_>,
        transform: Affine,
    ) -> Vec<(String, u32)> {
        use hayro::hayro_syntax::object::{Array, Dict, Name, Rect as PdfRect};
        const BODIES: [&str; 9] =
            ["FreeText", "Square", "Circle", "Stamp", "Redact", "Polygon", "Ink", "Line", "Screen"];
        let Some(annotations) = page.raw().get::<Array<'_>>(b"Annots") else { return vec![] };
        let mut out = vec![];
        for annotation in annotations.iter::<Dict<'_>>().take(10_000) {
            let Some(subtype) = annotation.get::<Name<'_>>(b"Subtype") else { continue };
            let hidden = annotation.get::<u32>(b"F").unwrap_or(0) & 0x22 != 0;
            let Some(rect) = annotation.get::<PdfRect>(b"Rect").filter(|_| !hidden) else { continue };
            if !BODIES.contains(&subtype.as_str()) {
                continue;
            }
            let area = transform.transform_rect_bbox(Rect::new(rect.x0, rect.y0, rect.x1, rect.y1));
            let first = self.letters.partition_point(|l| l.area.y0 < area.y0);
            let under = self.letters[first..]
                .iter()
                .take_while(|l| l.area.y0 <= area.y1)
                .filter(|l| area.contains_rect(l.area))
                .count();
            if under > 0 {
                out.push((subtype.as_str().to_owned(), under as u32));
            }
        }
        out
    }
}

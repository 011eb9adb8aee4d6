//! Draws recipes.

mod page;
mod pasted;

use indicia_core::{Error, Picture, Result};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::edit::{Edit, Edited, Fill, Local, Removal, SelfBlend};
use super::kinds::{Grid, Histories, Kind, short};
use super::mask::{MaskRule, Patch};
use super::recipe::{Made, Recipe, Save, Source};
use super::region::{Region, Shape};
use super::step::{Step, Subsampling, apply_all};

/// Shortest side of a picture that is forged, in pixels.
pub const SHORTEST_SIDE: usize = 64;
/// Edits that are drawn until one can be seen.
const TRIES: usize = 12;
/// Share of an edit's pixels that must differ from before.
const VISIBLE: f64 = 0.1;

/// What is to be made.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The kind; `None` for an authentic picture.
    pub kind: Option<Kind>,
    /// What else happens.
    pub histories: &'a Histories,
    /// Longest side of the pictures, to which [`super::fit`] reduced them.
    pub size: Option<usize>,
    /// Which opacities the mask counts.
    pub mask: MaskRule,
    /// Whether the authentic twin is made too.
    pub twin: bool,
}

/// Draws a recipe for a picture and makes its files. `donor` is needed by splices.
///
/// # Errors
/// `Input` if the picture is too small, has no text where text is needed, or no edit that can be seen is found.
pub fn draw(
    request: &Request<'_>,
    (source, picture): (&Source, &Picture),
    donor: Option<(&Source, &Picture)>,
    rng: &mut ChaCha8Rng,
) -> Result<(Recipe, Made)> {
    let histories = request.histories;
    for Picture { width, height, .. } in [Some(picture), donor.map(|d| d.1)].into_iter().flatten() {
        if *width.min(height) < SHORTEST_SIDE {
            return Err(Error::input(format!(
                "expected sides of at least {SHORTEST_SIDE} pixels, got {width}x{height}"
            )));
        }
    }
    let mut before = before(histories, picture, rng);
    let self_blend = (request.kind == Some(Kind::SelfBlend)).then(|| SelfBlendSteps::draw(rng));
    before.extend(self_blend.iter().flat_map(|steps| steps.background.clone()));
    let background = apply_all(&before, picture)?;
    let (after, save) = after(histories, &background, rng);
    let mut recipe = Recipe {
        source: source.clone(),
        donor: None,
        size: request.size,
        before,
        edit: None,
        after,
        save,
        mask: request.mask,
        twin: request.twin,
    };
    let Some(kind) = request.kind else {
        let made = recipe.finish(&background, None)?;
        return Ok((recipe, made));
    };
    let (edit, edited) = match kind {
        Kind::Splice => {
            let (donor, donor_picture) = donor.ok_or_else(|| {
                Error::input("expected another source in the same split for a splice, got none")
            })?;
            recipe.donor = Some(donor.clone());
            let steps = pasted::donor_steps(histories, first_save(&recipe.before), rng);
            let changed = apply_all(&steps, donor_picture)?;
            seen(&background, Some(donor_picture), |_| {
                pasted::splice(histories, &steps, &changed, &background, rng)
            })
        }
        Kind::CopyMove => seen(&background, None, |_| pasted::copy_move(histories, &background, rng)),
        Kind::Removal => seen(&background, None, |_| removal(&background, rng)),
        Kind::TextSwap | Kind::DigitEdit => {
            let layout = page::layout(&background)?;
            seen(&background, None, |_| page::edit(kind, &layout, &background, rng))
        }
        Kind::SelfBlend => {
            let steps = self_blend.map(|steps| steps.foreground).unwrap_or_default();
            seen(&background, None, |_| blend(&background, &steps, rng))
        }
        Kind::LocalBlur | Kind::LocalEnhance => {
            seen(&background, None, |_| local(kind, &background, histories.plain, rng))
        }
    }?;
    recipe.edit = Some(edit);
    let made = recipe.finish(&background, Some(edited))?;
    Ok((recipe, made))
}

/// Draws edits until one changes enough of the pixels that it covers.
fn seen(
    background: &Picture,
    donor: Option<&Picture>,
    mut draw: impl FnMut(usize) -> Result<Edit>,
) -> Result<(Edit, Edited)> {
    let mut last = Error::internal("no edit was tried");
    for attempt in 0..TRIES {
        let edited = draw(attempt).and_then(|edit| Ok((edit.apply(background, donor)?, edit)));
        match edited {
            Ok((edited, edit)) if is_seen(background, &edited) => return Ok((edit, edited)),
            Ok(_) => last = Error::input("no edit that changes what is seen was found"),
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn is_seen(before: &Picture, edited: &Edited) -> bool {
    let (old, new) = (before.rgb.as_chunks::<3>().0, edited.picture.rgb.as_chunks::<3>().0);
    let differ = |patch: &Patch| {
        let rows = patch.alpha.chunks_exact(patch.width).enumerate();
        rows.map(|(y, row)| {
            let start = (patch.y + y) * before.width + patch.x;
            let at = |x: usize| old[start + x] != new[start + x];
            row.iter().enumerate().filter(|(x, alpha)| **alpha > 0 && at(*x)).count()
        })
        .sum::<usize>()
    };
    edited.altered.iter().all(|patch| differ(patch) as f64 >= VISIBLE * patch.area() as f64)
}

fn uniform(range: (f64, f64), rng: &mut ChaCha8Rng) -> f64 {
    short(rng.random_range(range.0..=range.1))
}

fn subsampling(rng: &mut ChaCha8Rng) -> Subsampling {
    match rng.random_range(0..10) {
        0..6 => Subsampling::S420,
        6 => Subsampling::S422,
        _ => Subsampling::S444,
    }
}

fn jpeg((low, high): (u8, u8), rng: &mut ChaCha8Rng) -> Step {
    Step::Jpeg { quality: rng.random_range(low..=high), subsampling: subsampling(rng) }
}

/// True for a broken grid.
fn broken(grid: Grid, rng: &mut ChaCha8Rng) -> bool {
    match grid {
        Grid::Any => rng.random(),
        Grid::Keep => false,
        Grid::Break => true,
    }
}

/// An offset of 0 to 7 columns and rows, not 0 in both.
fn off_grid(rng: &mut ChaCha8Rng) -> (usize, usize) {
    let place = rng.random_range(1..64);
    (place % 8, place / 8)
}

fn resized(picture: (usize, usize), factor: f64) -> Step {
    let side = |n: usize| ((n as f64 * factor).round() as usize).max(SHORTEST_SIDE);
    Step::Resize { width: side(picture.0), height: side(picture.1) }
}

fn before(histories: &Histories, picture: &Picture, rng: &mut ChaCha8Rng) -> Vec<Step> {
    let mut steps = vec![];
    let (mut width, mut height) = (picture.width, picture.height);
    if let Some(range) = histories.scale_before {
        let step = resized((width, height), uniform(range, rng));
        if let Step::Resize { width: columns, height: rows } = step {
            (width, height) = (columns, rows);
        }
        steps.push(step);
    }
    if let Some(range) = histories.blur {
        steps.push(Step::Blur { sigma: uniform(range, rng) });
    }
    if let Some(range) = histories.quality_first {
        steps.push(jpeg(range, rng));
        if broken(histories.grid, rng) {
            let (x, y) = off_grid(rng);
            steps.push(Step::Crop { x, y, width: width - x, height: height - y });
        }
    }
    steps
}

fn after(histories: &Histories, picture: &Picture, rng: &mut ChaCha8Rng) -> (Vec<Step>, Save) {
    let mut steps = vec![];
    if let Some(range) = histories.scale_after {
        steps.push(resized((picture.width, picture.height), uniform(range, rng)));
    }
    if let Some(range) = histories.noise {
        steps.push(Step::Noise { sigma: uniform(range, rng), seed: rng.random() });
    }
    steps.extend(histories.quality_between.map(|range| jpeg(range, rng)));
    let save = match histories.quality_last.map(|range| jpeg(range, rng)) {
        Some(Step::Jpeg { quality, subsampling }) => Save::Jpeg { quality, subsampling },
        _ => Save::Png,
    };
    (steps, save)
}

fn first_save(steps: &[Step]) -> Option<&Step> {
    steps.iter().find(|step| matches!(step, Step::Jpeg { .. }))
}

/// A region of about `area` pixels that lies inside the picture, and its pixels.
fn region(
    kind: Kind,
    picture: &Picture,
    area: f64,
    shapes: &[Shape],
    rng: &mut ChaCha8Rng,
) -> Result<(Region, Patch)> {
    let (width, height) = (picture.width as f64, picture.height as f64);
    for _ in 0..TRIES {
        let shape = shapes[rng.random_range(0..shapes.len())];
        let aspect = kind.draw("aspect", rng);
        // Half of the region's extent; a region near the size of the picture lies in its middle.
        let reach = |size: f64, side: f64| (size * 0.6).min(side * 0.45);
        let (across, down) = (reach((area * aspect).sqrt(), width), reach((area / aspect).sqrt(), height));
        let region = Region {
            shape,
            x: short(rng.random_range(across..=width - across)),
            y: short(rng.random_range(down..=height - down)),
            area: area.round(),
            aspect,
            angle: if shape == Shape::Rectangle { 0.0 } else { short(rng.random_range(0.0..180.0)) },
            seed: rng.random(),
        };
        let patch = region.draw(picture)?;
        let least = if shape == Shape::Segment { 0.4 } else { 0.8 };
        if patch.area() as f64 >= least * area && patch.area() >= 16 {
            return Ok((region, patch));
        }
    }
    Err(Error::input(format!("no region of about {area:.0} pixels was found")))
}

fn pixels(picture: &Picture) -> f64 {
    (picture.width * picture.height) as f64
}

fn removal(picture: &Picture, rng: &mut ChaCha8Rng) -> Result<Edit> {
    let kind = Kind::Removal;
    let area = kind.draw("share", rng) * pixels(picture);
    // Objects are what people remove.
    let shapes =
        if rng.random() { &[Shape::Segment][..] } else { &[Shape::Bezier, Shape::Ellipse, Shape::Polygon] };
    let (region, _) = region(kind, picture, area, shapes, rng)?;
    let fill = if rng.random_ratio(3, 4) { Fill::Exemplar } else { Fill::Diffusion };
    Ok(Edit::Removal(Removal { region, fill, seed: rng.random() }))
}

fn local(kind: Kind, picture: &Picture, plain: bool, rng: &mut ChaCha8Rng) -> Result<Edit> {
    let area = kind.draw("share", rng) * pixels(picture);
    let (region, _) = region(kind, picture, area, &Shape::ALL, rng)?;
    let feather = if plain { 0.0 } else { kind.draw("feather", rng) };
    let steps = vec![match kind {
        Kind::LocalBlur if rng.random_ratio(2, 3) => Step::Blur { sigma: kind.draw("sigma", rng) },
        Kind::LocalBlur => Step::Median { radius: rng.random_range(1..=3) },
        _ => match rng.random_range(0..3) {
            0 => Step::Sharpen { amount: kind.draw("sharpen", rng) },
            1 => Step::Noise { sigma: kind.draw("noise", rng), seed: rng.random() },
            _ => {
                let (gain, offset) = (kind.draw("gain", rng), kind.draw("offset", rng));
                Step::Colour {
                    gain: [gain; 3],
                    offset: [offset; 3],
                    saturation: kind.draw("saturation", rng),
                }
            }
        },
    }];
    let local = Local { region, steps, feather };
    Ok(if kind == Kind::LocalBlur { Edit::LocalBlur(local) } else { Edit::LocalEnhance(local) })
}

/// What is done to either version of a self-blend.
struct SelfBlendSteps {
    background: Vec<Step>,
    foreground: Vec<Step>,
}

impl SelfBlendSteps {
    fn draw(rng: &mut ChaCha8Rng) -> Self {
        let kind = Kind::SelfBlend;
        let mut draw = |name| kind.draw(name, rng);
        let gain = draw("gain");
        let offset = [0, 1, 2].map(|_| draw("colour_offset"));
        let mut steps = vec![Step::Colour { gain: [gain; 3], offset, saturation: draw("saturation") }];
        steps.push(if rng.random() {
            Step::DownUp { factor: kind.draw("down_up", rng) }
        } else {
            Step::Sharpen { amount: kind.draw("sharpen", rng) }
        });
        if rng.random() {
            Self { background: vec![], foreground: steps }
        } else {
            Self { background: steps, foreground: vec![] }
        }
    }
}

fn blend(picture: &Picture, steps: &[Step], rng: &mut ChaCha8Rng) -> Result<Edit> {
    /// Side of the pictures for which the published numbers were made.
    const PUBLISHED_SIDE: f64 = 380.0;
    let kind = Kind::SelfBlend;
    let area = kind.draw("share", rng) * pixels(picture);
    let (region, _) = region(kind, picture, area, &[Shape::Bezier, Shape::Ellipse, Shape::Segment], rng)?;
    let (width, height) = (picture.width as f64, picture.height as f64);
    let unit = (width.max(height) / PUBLISHED_SIDE).max(1.0);
    let ratio = [0.25, 0.5, 0.75, 1.0, 1.0, 1.0][rng.random_range(0..6)];
    Ok(Edit::SelfBlend(SelfBlend {
        region,
        steps: steps.to_vec(),
        scale: kind.draw("scale", rng),
        dx: (kind.draw("shift_x", rng) * width).round(),
        dy: (kind.draw("shift_y", rng) * height).round(),
        elastic: short(50.0 * unit * unit),
        elastic_sigma: short((7.0 * unit).min(50.0)),
        blur: [0, 1].map(|_| short((kind.draw("blur", rng) * unit).min(25.0))),
        ratio,
        seed: rng.random(),
    }))
}

//! What is measured on words and glyphs, and how much they depart, on plain arrays.

use indicia_ops::Rgb8;
use indicia_ops::text::{Area, TextLines, Unit, departures, median};
use rayon::prelude::*;

/// Number of features.
pub(crate) const FEATURES: usize = 9;

/// Names of the features, in their order.
pub(crate) const NAMES: [&str; FEATURES] = [
    "height",
    "baseline",
    "stroke width",
    "ink contrast",
    "ink colour (red - green)",
    "ink colour (blue - green)",
    "spacing",
    "paper brightness",
    "paper colour",
];

/// Standard deviation of each feature that a page of one hand has anyway: heights and strokes as logarithms,
/// baseline and spacing in heights, colours and brightness in levels of 8 bits.
const FLOORS: [f32; FEATURES] = [0.08, 0.06, 0.08, 8.0, 3.0, 3.0, 0.05, 2.0, 1.5];

/// Weight of each feature's departure in the sum. Heights, baselines and spacing vary with the letters of a word;
/// the ink's colour and contrast hardly do.
const WEIGHTS: [f32; FEATURES] = [0.4, 0.6, 0.8, 1.5, 3.0, 3.0, 0.7, 1.0, 2.0];

/// Share of a word's departure that its glyphs' departures are counted at: a glyph is measured on fewer
/// pixels, and letters differ in shape.
const GLYPH_SHARE: f32 = 0.7;

/// Words, and glyphs, with how much they depart.
pub(crate) struct Departures {
    /// A vector of departures for each word.
    pub words: Vec<[f32; FEATURES]>,
    /// The sum of each word.
    pub word_sums: Vec<f32>,
    /// The sum of each glyph.
    pub glyph_sums: Vec<f32>,
}

/// Measures the text and compares.
pub(crate) fn examine(text: &TextLines, rgb: &Rgb8) -> Departures {
    let baselines = baselines(text);
    let words: Vec<Unit<FEATURES>> = text
        .words
        .par_iter()
        .map(|word| measure(text, rgb, word.glyphs.clone(), word.area, word.line, &baselines))
        .collect();
    let mut lines = vec![0; text.glyphs.len()];
    for (number, line) in text.lines.iter().enumerate() {
        lines[line.glyphs.clone()].fill(number);
    }
    let glyphs: Vec<Unit<FEATURES>> = (0..text.glyphs.len())
        .into_par_iter()
        .map(|i| measure(text, rgb, i..i + 1, text.glyphs[i].area, lines[i], &baselines))
        .collect();
    let words = departures(&words, &FLOORS);
    let glyphs = departures(&glyphs, &FLOORS);
    // The shape of a single letter says nothing of height, baseline and stroke.
    let glyph_sums = glyphs.iter().map(|z| GLYPH_SHARE * surprise(&z[3..], &WEIGHTS[3..])).collect();
    Departures { word_sums: words.iter().map(|z| surprise(z, &WEIGHTS)).collect(), words, glyph_sums }
}

/// How surprising departures are together: the sum of `ln(1 + (w z)^2 / 4)`, which grows slowly where one is large.
pub(crate) fn surprise(departures: &[f32], weights: &[f32]) -> f32 {
    departures.iter().zip(weights).map(|(z, w)| (w * z).powi(2) / 4.0).map(f32::ln_1p).sum()
}

/// Offset of each glyph's lower edge from its line's base in heights of the line. The base is a straight line
/// through the lower edges: the median of the slopes between glyphs half a line apart, and the median offset.
fn baselines(text: &TextLines) -> Vec<f32> {
    let mut offsets = vec![0.0; text.glyphs.len()];
    for line in &text.lines {
        let glyphs = &text.glyphs[line.glyphs.clone()];
        let base = |i: usize| {
            let area = &glyphs[i].area;
            ((area.left + area.right) as f32 / 2.0, area.bottom as f32)
        };
        let half = glyphs.len() / 2;
        let mut slopes: Vec<f32> = (0..glyphs.len() - half)
            .filter_map(|i| {
                let ((x0, y0), (x1, y1)) = (base(i), base(i + half));
                (x1 > x0 + line.height).then(|| (y1 - y0) / (x1 - x0))
            })
            .collect();
        let slope = median(&mut slopes).unwrap_or(0.0);
        let rest = |i: usize| base(i).1 - slope * base(i).0;
        let mut rests: Vec<f32> = (0..glyphs.len()).map(rest).collect();
        let level = median(&mut rests).unwrap_or(0.0);
        for (i, offset) in offsets[line.glyphs.clone()].iter_mut().enumerate() {
            *offset = (rest(i) - level) / line.height;
        }
    }
    offsets
}

fn measure(
    text: &TextLines,
    rgb: &Rgb8,
    glyphs: std::ops::Range<usize>,
    area: Area,
    line: usize,
    baselines: &[f32],
) -> Unit<FEATURES> {
    let parts = &text.glyphs[glyphs.clone()];
    let line_height = text.lines[line].height;
    let tall = parts.iter().map(|glyph| glyph.area.height()).max().unwrap_or(1) as f32;
    // Marks are left out: they do not stand on the line.
    let letters =
        || parts.iter().zip(&baselines[glyphs.clone()]).filter(|(g, _)| 2.0 * g.area.height() as f32 > tall);
    let mut heights: Vec<f32> = letters().map(|(glyph, _)| glyph.area.height() as f32).collect();
    let mut bases: Vec<f32> = letters().map(|(_, base)| *base).collect();
    let height = median(&mut heights).unwrap_or(tall);
    let mut gaps: Vec<f32> = parts
        .windows(2)
        .map(|pair| (pair[1].area.left as f32 - pair[0].area.right as f32) / line_height)
        .collect();
    let (ink, perimeter) = parts.iter().fold((0, 0), |(i, p), glyph| (i + glyph.ink, p + glyph.perimeter));
    let colours = Colours::of(text, rgb, area.widened(margin(area.height()), text.width, text.height));
    let features = [
        Some(tall.ln()),
        median(&mut bases),
        Some((2.0 * ink as f32 / perimeter.max(1) as f32).ln()),
        colours.map(|c| c.paper[0] - c.ink[0]),
        colours.map(|c| c.ink[1]),
        colours.map(|c| c.ink[2]),
        if gaps.len() >= 2 { median(&mut gaps) } else { None },
        colours.map(|c| c.paper[0]),
        colours.map(|c| c.paper[1] - c.paper[2]),
    ];
    Unit { area, height, features }
}

/// Paper around a word that belongs to it, in pixels, for ink `height` pixels high.
pub(crate) fn margin(height: usize) -> usize {
    (height / 5).clamp(2, 12)
}

/// Mean green, red less green and blue less green of ink and paper.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Colours {
    pub ink: [f32; 3],
    pub paper: [f32; 3],
}

impl Colours {
    /// Of the darkest third of the ink and the lightest half of the rest, by green. `None` if either lacks.
    pub(crate) fn of(text: &TextLines, rgb: &Rgb8, area: Area) -> Option<Self> {
        let mut counts = [[0_u32; 256]; 2];
        let each = |visit: &mut dyn FnMut(bool, &[u8])| {
            for y in area.top..area.bottom {
                let row = y * text.width + area.left..y * text.width + area.right;
                let pixels = rgb.samples[3 * row.start..3 * row.end].chunks_exact(3);
                text.ink[row].iter().zip(pixels).for_each(|(ink, pixel)| visit(*ink, pixel));
            }
        };
        each(&mut |ink, p| counts[usize::from(ink)][usize::from(p[1])] += 1);
        let [paper, ink] = counts.map(|counts| counts.iter().sum::<u32>());
        if paper == 0 || ink == 0 {
            return None;
        }
        let level = |counts: &[u32; 256], below: u32| {
            let mut sum = 0;
            counts.iter().position(|n| {
                sum += n;
                sum >= below
            })
        };
        let lightest = level(&counts[0], paper / 2 + 1)?;
        let darkest = level(&counts[1], ink / 3 + 1)?;
        let (mut sums, mut numbers) = ([[0.0_f32; 3]; 2], [0.0_f32; 2]);
        each(&mut |ink, p| {
            let green = usize::from(p[1]);
            if if ink { green <= darkest } else { green >= lightest } {
                let [r, g, b] = [0, 1, 2].map(|c| f32::from(p[c]));
                let sums = &mut sums[usize::from(ink)];
                [g, r - g, b - g].iter().zip(sums).for_each(|(v, sum)| *sum += v);
                numbers[usize::from(ink)] += 1.0;
            }
        });
        let [paper, ink] = [0, 1].map(|i| sums[i].map(|sum| sum / numbers[i]));
        Some(Self { ink, paper })
    }
}

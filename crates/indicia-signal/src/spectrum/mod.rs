//! The Fourier spectrum of the picture, to look at.
//!
//! Periodic traces show as lone points: blocks of compression, screens and printing, enlargement, generators. A
//! picture that was reduced, smoothed or compressed strongly lacks high frequencies; one that was turned has a frame
//! of them that is turned too.
//!
//! Luma is read. It shows and claims nothing. Steps: see `page.md`.

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_core::{
    Evidence, Examination, Fidelity, Finding, Method, MethodInfo, Picture, RankedBy, Result, Source, Status,
    Topic, ViewNeed,
};
use indicia_ops::Luma8;
use indicia_ops::fft::Spectrum;

use crate::exhibit::{self, too_small};
use crate::picture::reduced;
use algorithm::{RINGS, SECTORS};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.spectrum",
    title: "Fourier spectrum",
    summary: "The picture by frequency, with its profile by distance and direction; to look at, not a test.",
    applies: "Any picture of at least 32 by 32 pixels that is not flat.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "R. Durall, M. Keuper, J. Keuper, Watch your up-convolution: CNN based generative deep neural \
                       networks are failing to reproduce spectral distributions, CVPR, 2020 (the profile by distance)",
            url: "https://doi.org/10.1109/CVPR42600.2020.00791",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "sherloq, a digital photo forensic toolset (its frequency split)",
            url: "https://github.com/GuidoBartoli/sherloq",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Luma8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(SpectrumView))
    },
};

/// Smallest side of a picture that is looked at, in pixels.
const SMALLEST: usize = 32;

/// Decibels between black and white.
const RANGE: f32 = 80.0;

/// Size of the plots of the profiles, in pixels.
const PLOT: (usize, usize) = (640, 240);

struct SpectrumView;

/// Power in decibels; a hundredth of what rounding leaves stands for nothing.
fn decibels(power: f64) -> f64 {
    10.0 * power.max(1e-3).log10()
}

/// The spectrum, frequency 0 in the middle, from black at power 0.01 on.
fn shown(spectrum: &Spectrum) -> Picture {
    let (width, height) = (spectrum.width, spectrum.height);
    let scale = 1.0 / (width as f32 * height as f32 * 9.0 / 64.0);
    let half = (width / 2, height / 2);
    let value = |i: usize| {
        let (u, v) = ((i % width) as isize - half.0 as isize, (i / width) as isize - half.1 as isize);
        [scale * spectrum.at(u, v).norm_sqr(); 3]
    };
    reduced(width, height, value, |power| (10.0 * power.max(1e-6).log10() + 20.0) * 255.0 / RANGE)
}

/// A line through decibels at even distances, from their least to their largest.
fn plot(values: &[f64]) -> Picture {
    let (width, height) = PLOT;
    let levels: Vec<f64> = values.iter().map(|&v| decibels(v)).collect();
    let (low, high) = levels.iter().fold((f64::MAX, f64::MIN), |(low, high), &v| (low.min(v), high.max(v)));
    let range = (high - low).max(1.0);
    let mut rgb = vec![255_u8; 3 * width * height];
    let row = |x: usize| {
        let at = x as f64 / (width - 1) as f64 * (levels.len() - 1) as f64;
        let left = (at as usize).min(levels.len() - 2);
        let level = levels[left] + (at - left as f64) * (levels[left + 1] - levels[left]);
        ((high - level) / range * (height - 1) as f64).round() as usize
    };
    for x in 0..width {
        let (from, to) = (row(x), row((x + 1).min(width - 1)));
        for y in from.min(to)..=from.max(to) {
            rgb[3 * (y * width + x)..][..3].fill(0);
        }
    }
    Picture { width, height, rgb }
}

/// Heading of powers in tables.
const POWER: &str = "power, decibels";

fn rows(powers: impl Iterator<Item = (String, f64)>) -> Vec<Vec<String>> {
    powers.map(|(name, power)| vec![name, format!("{:.1}", decibels(power))]).collect()
}

fn examine_luma(luma: &Luma8) -> Examination {
    let (width, height) = (luma.width, luma.height);
    if let Some(refusal) = too_small(width, height, SMALLEST) {
        return refusal;
    }
    if luma.samples.iter().all(|&s| s == luma.samples[0]) {
        return Examination::not_applicable("the picture is flat");
    }
    let spectrum = algorithm::transform(&luma.samples, width, height);
    let profile = algorithm::profile(&spectrum);
    let ring = |i: usize| format!("{:.3} to {:.3}", i as f64 / 64.0, (i + 1) as f64 / 64.0);
    let sector = |i: usize| format!("{}", i * 180 / SECTORS);
    let exhibits = vec![
        exhibit::shown(
            "spectrum",
            "Spectrum",
            "Power by frequency, frequency 0 in the middle, half the sampling frequency at the edges; black is -20 \
             decibels, white 60 (noise of deviation 1 of 255 is 0). Lone points away from the middle are periodic \
             traces; those at multiples of an eighth of the width and height are blocks of JPEG.",
            shown(&spectrum),
        ),
        exhibit::shown(
            "radial",
            "Profile by distance",
            "Mean power, from frequency 0 at the left to half the sampling frequency at the right, in decibels. A \
             photograph falls evenly; a step or a rise at the end was made.",
            plot(&profile.rings),
        ),
        exhibit::table(
            "radial-table",
            "Profile by distance, in numbers",
            "Mean power over rings of frequencies, in cycles a pixel.",
            &["cycles a pixel", POWER],
            rows((0..RINGS).map(|i| (ring(i), profile.rings[i]))),
        ),
        exhibit::table(
            "angular",
            "Profile by direction",
            "Mean power by direction of the wave, in degrees from across (0) over down (90), above 0.05 cycles a \
             pixel. Edges along an axis raise 0 and 90.",
            &["degrees", POWER],
            rows((0..SECTORS).map(|i| (sector(i), profile.sectors[i]))),
        ),
    ];
    let share = decibels(profile.rings[RINGS - 1]) - decibels(profile.rings[RINGS / 4]);
    let statement = format!(
        "From an eighth to half of the sampling frequency the power changes by {share:.0} decibels; look for lone \
         points in the spectrum."
    );
    Examination::Findings(vec![Finding { exhibits, ..Finding::observation(INFO.id, statement) }])
}

impl Method for SpectrumView {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_luma(&*evidence.view::<Luma8>(())?))
    }
}

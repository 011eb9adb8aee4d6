//! The picture with its maps and outlines, as the template wants it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use indicia_core::{Direction, ExhibitData, Map, Picture, Region, Report, Result};
use rayon::prelude::*;

use super::outline::outline;
use super::resample::{Levels, levels, shrink};
use super::turn::Turn;
use super::words::{count, number, visible};
use super::{colour, encode};

/// Long side of the picture's copy on the page, in pixels.
pub const PICTURE_LIMIT: usize = 1600;

/// Long side of a map on the page, in cells.
const MAP_LIMIT: usize = 1600;

/// Everything that lies on the picture, and the picture.
pub struct Viewer {
    pub width: usize,
    pub height: usize,
    pub picture: Option<Base>,
    pub maps: Vec<Layer>,
    pub outlines: Vec<Outline>,
    pub turn: Option<TurnView>,
    /// No map is shown at first.
    pub none_chosen: bool,
    /// Rules that need numbers of this page.
    pub style: String,
    pub palettes: Vec<(&'static str, String)>,
}

/// The picture's copy.
pub struct Base {
    pub uri: String,
    pub width: usize,
    pub height: usize,
    pub note: String,
}

/// One map.
pub struct Layer {
    /// Index of the finding in the report, and of the exhibit in the finding.
    pub finding: usize,
    pub exhibit: usize,
    pub method: String,
    pub title: String,
    /// It is shown at first.
    pub chosen: bool,
    pub image: MapImage,
}

/// A map's picture and scale.
pub struct MapImage {
    pub uri: String,
    pub columns: usize,
    pub rows: usize,
    pub cell: usize,
    /// Size in percent of the picture's; over 100 if the last cells hang over its edge.
    pub width_percent: String,
    pub height_percent: String,
    pub low: f32,
    pub high: f32,
    pub low_text: String,
    pub high_text: String,
    pub scale: &'static str,
    pub direction: &'static str,
    pub low_words: &'static str,
    pub high_words: &'static str,
    pub note: String,
}

/// A region of a finding.
pub struct Outline {
    pub finding: usize,
    pub method: String,
    pub path: String,
    pub counts: bool,
    pub coarse: bool,
}

/// How the picture turns upright.
pub struct TurnView {
    pub css: String,
    pub matrix: String,
    pub swaps: bool,
    pub words: &'static str,
    pub orientation: u8,
}

impl Viewer {
    /// The viewer of a report; `None` if there is nothing to show on it or the report is private.
    pub fn of(report: &Report, picture: Option<&Picture>) -> Result<Option<Self>> {
        if report.custody.private {
            return Ok(None);
        }
        let Some((width, height)) = size(report, picture) else { return Ok(None) };
        let picture = picture.map(base).transpose()?;
        let basis = basis(report);
        let mut maps = maps(report, (width, height), &basis)?;
        let outlines = outlines(report, (width, height), &basis);
        if picture.is_none() && maps.is_empty() && outlines.is_empty() {
            return Ok(None);
        }
        let against = report.verdict.as_ref().is_some_and(|v| v.conclusion.is_against_authenticity());
        // A bright map over a picture looks like an accusation: one is shown at first only where the verdict
        // rests on it, or where there is no picture.
        if let Some(map) = maps.first_mut() {
            map.chosen = picture.is_none() || (against && basis.contains(&map.finding));
        }
        let none_chosen = maps.first().is_none_or(|map| !map.chosen);
        let turn = report.input.orientation.and_then(|orientation| {
            let turn = Turn::of(orientation)?;
            let matrix = turn.matrix.map(|n| n.to_string()).join(",");
            Some(TurnView {
                css: turn.css(),
                matrix,
                swaps: turn.swaps_sides(),
                words: turn.words,
                orientation,
            })
        });
        let style = style(width, height, maps.len(), turn.as_ref());
        let palettes = colour::scales().iter().map(|scale| (scale.name, scale.hex())).collect();
        Ok(Some(Self { width, height, picture, maps, outlines, turn, none_chosen, style, palettes }))
    }
}

/// Findings that moved the verdict; indices that lead nowhere are dropped.
pub fn basis(report: &Report) -> BTreeSet<usize> {
    let indices = report.verdict.iter().flat_map(|verdict| &verdict.basis).copied();
    indices.filter(|index| *index < report.findings.len()).collect()
}

/// The picture's size as maps know it.
pub fn size(report: &Report, picture: Option<&Picture>) -> Option<(usize, usize)> {
    let of_map = || {
        let exhibits = report.findings.iter().flat_map(|finding| &finding.exhibits);
        exhibits.into_iter().find_map(|exhibit| match &exhibit.data {
            ExhibitData::Map(map) => Some((map.width, map.height)),
            _ => None,
        })
    };
    let of_input = || Some((report.input.width? as usize, report.input.height? as usize));
    let size = picture.map(|p| (p.width, p.height)).or_else(of_input).or_else(of_map);
    size.filter(|(width, height)| *width > 0 && *height > 0)
}

fn base(picture: &Picture) -> Result<Base> {
    let copy = shrink(picture, PICTURE_LIMIT);
    let encoded = encode::picture(&copy)?;
    let coding = match encoded.format {
        "PNG" => "without loss",
        _ => "as a JPEG of quality 90",
    };
    let note = if copy.width == picture.width && copy.height == picture.height {
        format!("Shown at its full size, embedded {coding}. The methods read the file itself.")
    } else {
        let factor = picture.width.max(picture.height) as f64 / copy.width.max(copy.height) as f64;
        format!(
            "Shown as a copy of {} × {} pixels, {} times smaller than the original {} × {}, embedded {coding}. The methods read the original.",
            count(copy.width as u64),
            count(copy.height as u64),
            number((factor * 100.0).round() / 100.0),
            count(picture.width as u64),
            count(picture.height as u64),
        )
    };
    Ok(Base { uri: encoded.uri, width: copy.width, height: copy.height, note })
}

fn maps(report: &Report, size: (usize, usize), basis: &BTreeSet<usize>) -> Result<Vec<Layer>> {
    let mut found = vec![];
    for (finding, entry) in report.findings.iter().enumerate() {
        for (exhibit, shown) in entry.exhibits.iter().enumerate() {
            if let ExhibitData::Map(map) = &shown.data
                && (map.width, map.height) == size
            {
                found.push((finding, exhibit, map));
            }
        }
    }
    // Those that moved the verdict first, else in the report's order.
    found.sort_by_key(|(finding, ..)| !basis.contains(finding));
    let layers = found.into_par_iter().map(|(finding, exhibit, map)| {
        let entry = &report.findings[finding];
        let Some(image) = MapImage::of(map)? else { return Ok(None) };
        let title = visible(&entry.exhibits[exhibit].title);
        Ok(Some(Layer { finding, exhibit, method: visible(&entry.method), title, chosen: false, image }))
    });
    layers.filter_map(Result::transpose).collect()
}

impl MapImage {
    /// The map encoded; `None` if it has no cell.
    pub fn of(map: &Map) -> Result<Option<Self>> {
        let Some(small) = levels(map, MAP_LIMIT) else { return Ok(None) };
        let scale = colour::scale(map.direction);
        let uri = encode::levels(small.columns, small.rows, &small.levels, &scale.palette)?;
        let percent = |cells: usize, side: usize| {
            format!("{:.4}", cells as f64 * small.cell as f64 / side.max(1) as f64 * 100.0)
        };
        let (direction, low_words, high_words) = match map.direction {
            Direction::HigherIsSuspicious => {
                ("Higher values are more suspicious.", "less suspicious", "more suspicious")
            }
            Direction::Contrast => (
                "Look for contrast between regions that should be alike; neither end is suspicious by itself.",
                "low",
                "high",
            ),
        };
        Ok(Some(Self {
            uri,
            columns: small.columns,
            rows: small.rows,
            cell: small.cell,
            width_percent: percent(small.columns, map.width),
            height_percent: percent(small.rows, map.height),
            low: map.low,
            high: map.high,
            low_text: number(f64::from(map.low)),
            high_text: number(f64::from(map.high)),
            scale: scale.name,
            direction,
            low_words,
            high_words,
            note: map_note(map, &small),
        }))
    }
}

fn map_note(map: &Map, small: &Levels) -> String {
    let own = match map.cell {
        1 => "One value a pixel".to_owned(),
        cell => format!("One value for {cell} × {cell} pixels"),
    };
    match small.merged {
        1 => format!("{own}."),
        merged => {
            let how = if small.binary { "the largest" } else { "the mean" };
            format!("{own}; the page shows {how} of {merged} × {merged} values.")
        }
    }
}

fn outlines(report: &Report, (width, height): (usize, usize), basis: &BTreeSet<usize>) -> Vec<Outline> {
    let drawn = report.findings.iter().enumerate().filter_map(|(finding, entry)| {
        let (path, cell) = match &entry.region {
            Region::Mask(mask) if (mask.width(), mask.height()) == (width, height) => outline(mask),
            Region::Box(b) => {
                let (x1, y1) = (u64::from(b.x) + u64::from(b.width), u64::from(b.y) + u64::from(b.height));
                (format!("M{} {}L{x1} {}L{x1} {y1}L{} {y1}Z", b.x, b.y, b.y, b.x), 1)
            }
            _ => return None,
        };
        let counts = basis.contains(&finding);
        let method = visible(&entry.method);
        (!path.is_empty()).then_some(Outline { finding, method, path, counts, coarse: cell > 1 })
    });
    drawn.collect()
}

/// The rules that tie this page's choices to its layers. They work without the script.
fn style(width: usize, height: usize, maps: usize, turn: Option<&TurnView>) -> String {
    let mut out = format!("#viewer{{--w:{width};--h:{height}}}");
    for map in 0..maps {
        let _ = write!(out, "#viewer:has(#choose-{map}:checked) #map-{map}{{display:block}}");
        let _ = write!(out, "#viewer:has(#choose-{map}:checked) #legend-{map}{{display:block}}");
    }
    for scale in colour::scales() {
        let _ = write!(out, ".bar.{}{{background:{}}}", scale.name, scale.gradient());
    }
    if let Some(turn) = turn {
        let _ = write!(out, "#viewer.turned .layers{{transform:{}}}", turn.css);
        if turn.swaps {
            let _ = write!(out, "#viewer.turned{{--fw:{height};--fh:{width}}}");
            let _ = write!(
                out,
                "#viewer.turned .layers{{width:calc(100% * {width} / {height});height:calc(100% * {height} / {width})}}"
            );
        }
    }
    out
}

//! What is said and shown of copies.

use std::sync::Arc;

use indicia_core::{
    Direction, Examination, Exhibit, ExhibitData, Finding, Map, Mask, Picture, Region, Score, Table,
};
use indicia_ops::Rgb8;
use ndarray::Array2;

use super::{Copied, Scene};

/// Excess from which a region counts as copied: 0.5 in the map. Frozen on forgeries of photographs and their
/// authentic twins.
pub const ACCEPTED: f64 = 5.0;
/// Longest side of the picture that is shown, in pixels.
const SHOWN: usize = 1600;
/// Rows of the table.
const ROWS: usize = 24;
/// Colours of outlines and lines, one a pair, from the start again after the last.
const COLOURS: [[u8; 3]; 6] =
    [[255, 0, 60], [0, 200, 255], [255, 200, 0], [60, 220, 60], [230, 60, 255], [255, 130, 0]];

/// The finding about `copies`, the strongest first.
pub fn report(method: &str, rgb: &Rgb8, scene: &Scene, copies: &[Copied]) -> Examination {
    let accepted = copies.partition_point(|c| c.evidence.excess >= ACCEPTED);
    let map = map(rgb, scene, copies);
    let (accepted, others) = copies.split_at(accepted);
    let strongest = copies.first().map_or(0.0, |c| c.evidence.excess.max(0.0));
    let mut statement = match accepted.len() {
        0 => "No region repeats another more exactly than the picture's own look-alikes do.".to_owned(),
        1 => format!(
            "A region of {} pixels repeats another, {}, more exactly than anything around it: one of the two was \
             copied.",
            scene_pixels(scene, &accepted[0]),
            moved(&accepted[0])
        ),
        n => format!(
            "{n} pairs of regions repeat each other more exactly than anything around them: regions were copied."
        ),
    };
    if others.iter().any(|c| c.reflection) {
        statement.push_str(
            " A region is mirrored straight across a line, as by water, glass or a symmetric thing, which is not \
             counted.",
        );
    }
    let region = if accepted.is_empty() {
        Region::Whole
    } else {
        Region::Mask(Mask::new(map.to_pixels().mapv(|v| v > 0.5)))
    };
    let exhibit = |id: &str, title: &str, legend: &str, data| Exhibit {
        id: id.to_owned(),
        title: title.to_owned(),
        legend: legend.to_owned(),
        data,
    };
    let mut exhibits = vec![exhibit(
        "map",
        "Copied regions",
        "Above 0.5: regions and their copies, higher where detail agrees more exactly. Below 0.5: regions that look \
         alike without repeating detail more exactly than other places do.",
        ExhibitData::Map(Arc::new(map)),
    )];
    if !accepted.is_empty() {
        exhibits.push(exhibit(
            "pairs",
            "Regions and their copies",
            "Each pair is outlined in one colour and joined by lines. Which of the two is the original cannot be \
             seen here.",
            ExhibitData::Picture(Arc::new(picture(rgb, scene, accepted))),
        ));
    }
    if !copies.is_empty() {
        exhibits.push(exhibit(
            "table",
            "Pairs of regions",
            "Offset, rotation, scale and mirroring lead from the region to its copy. Agreement of detail is at most \
             1; its rival is the next best place within 32 pixels. Pairs whose excess is too small are look-alikes.",
            ExhibitData::Table(table(scene, accepted, others)),
        ));
    }
    Examination::Findings(vec![Finding {
        score: Some(Score::raw("excess of agreement over look-alikes", strongest)),
        region,
        exhibits,
        ..Finding::observation(method, statement)
    }])
}

/// Pixels of a region in the picture.
fn scene_pixels(scene: &Scene, copied: &Copied) -> usize {
    copied.area * scene.factor * scene.factor
}

/// How a region was moved, in words.
fn moved(copied: &Copied) -> String {
    let mut words = vec![];
    if copied.map.mirrors() {
        words.push("mirrored".to_owned());
    }
    if copied.map.rotation().abs() >= 0.5 {
        words.push(format!("turned by {:.0} degrees", copied.map.rotation()));
    }
    if (copied.map.scale() - 1.0).abs() >= 0.01 {
        words.push(format!("scaled by {:.2}", copied.map.scale()));
    }
    if words.is_empty() { "only shifted".to_owned() } else { words.join(", ") }
}

/// A value a pixel of the scene.
fn map(rgb: &Rgb8, scene: &Scene, copies: &[Copied]) -> Map {
    let (width, height) = (scene.luma.width, scene.luma.height);
    let mut values = Array2::<f32>::zeros((height, width));
    for copied in copies {
        let excess = copied.evidence.excess;
        let value = |i: usize| {
            let agreement = copied.agreement[i].max(0.0);
            if excess < ACCEPTED {
                if copied.mask[i] { (0.45 * excess.max(0.0) / ACCEPTED) as f32 * agreement } else { 0.0 }
            } else if copied.mask[i] {
                0.6 + 0.4 * agreement
            } else {
                0.0
            }
        };
        for (i, &set) in copied.mask.iter().enumerate() {
            if set {
                let at =
                    &mut values[(copied.origin.1 + i / copied.width, copied.origin.0 + i % copied.width)];
                *at = at.max(value(i));
            }
        }
        let Some(back) = copied.map.inverse() else { continue };
        let (x0, y0, x1, y1) = bounds_of_copy(copied, width, height);
        for y in y0..y1 {
            for x in x0..x1 {
                let (u, v) = back.at(x as f64, y as f64);
                if let Some(i) = copied.index(u, v).filter(|&i| copied.mask[i]) {
                    values[(y, x)] = values[(y, x)].max(value(i));
                }
            }
        }
    }
    let mut map = Map {
        values,
        cell: scene.factor,
        width: rgb.width,
        height: rgb.height,
        outside: 0.0,
        low: 0.0,
        high: 1.0,
        direction: Direction::HigherIsSuspicious,
    };
    map.values.mapv_inplace(|v| v.clamp(0.0, 1.0));
    map
}

/// The box of the scene that holds the copy of a region, ends excluded.
fn bounds_of_copy(copied: &Copied, width: usize, height: usize) -> (usize, usize, usize, usize) {
    let (x0, y0) = (copied.origin.0 as f64, copied.origin.1 as f64);
    let (x1, y1) = (x0 + copied.width as f64, y0 + (copied.mask.len() / copied.width) as f64);
    let corners = [(x0, y0), (x1, y0), (x0, y1), (x1, y1)].map(|(x, y)| copied.map.at(x, y));
    let low = |v: &dyn Fn((f64, f64)) -> f64, n: usize| {
        corners.iter().map(|&p| v(p)).fold(f64::MAX, f64::min).floor().clamp(0.0, n as f64) as usize
    };
    let high = |v: &dyn Fn((f64, f64)) -> f64, n: usize| {
        (corners.iter().map(|&p| v(p)).fold(f64::MIN, f64::max).ceil() + 1.0).clamp(0.0, n as f64) as usize
    };
    (low(&|p| p.0, width), low(&|p| p.1, height), high(&|p| p.0, width), high(&|p| p.1, height))
}

/// The picture, reduced and in grey, with both regions of each pair outlined and joined.
fn picture(rgb: &Rgb8, scene: &Scene, accepted: &[Copied]) -> Picture {
    let step = rgb.width.max(rgb.height).div_ceil(SHOWN).max(1);
    let (width, height) = (rgb.width.div_ceil(step), rgb.height.div_ceil(step));
    let mut canvas = Picture { width, height, rgb: Vec::with_capacity(3 * width * height) };
    for y in 0..height {
        for x in 0..width {
            let at = 3 * (y * step * rgb.width + x * step);
            canvas.rgb.extend(rgb.samples[at..at + 3].iter().map(|&v| (f32::from(v) * 0.75 + 30.0) as u8));
        }
    }
    // From places in the scene to places in what is shown.
    let scale = scene.factor as f64 / step as f64;
    for (k, copied) in accepted.iter().enumerate() {
        let colour = COLOURS[k % COLOURS.len()];
        let Some(back) = copied.map.inverse() else { continue };
        let within = |x: i64, y: i64, copy: bool| {
            let (x, y) = (x as f64 / scale, y as f64 / scale);
            let (x, y) = if copy { back.at(x, y) } else { (x, y) };
            copied.holds(x, y)
        };
        let (x0, y0) = copied.origin;
        let region = (x0, y0, x0 + copied.width, y0 + copied.mask.len() / copied.width);
        let boxes = [(region, false), (bounds_of_copy(copied, scene.luma.width, scene.luma.height), true)];
        for ((x0, y0, x1, y1), copy) in boxes {
            let shown = |v: usize| (v as f64 * scale) as i64;
            for y in shown(y0)..=shown(y1) {
                for x in shown(x0)..=shown(x1) {
                    // The outline is two pixels wide.
                    let edge = within(x, y, copy)
                        && [(2, 0), (-2, 0), (0, 2), (0, -2)]
                            .iter()
                            .any(|&(a, b)| !within(x + a, y + b, copy));
                    if edge {
                        paint(&mut canvas, x, y, colour);
                    }
                }
            }
        }
        for (p, q) in lines(copied) {
            draw(&mut canvas, (p.0 * scale, p.1 * scale), (q.0 * scale, q.1 * scale), colour);
        }
    }
    canvas
}

/// Up to five pairs of places that a region's copy joins: its centre and points half way to its outermost.
fn lines(copied: &Copied) -> Vec<((f64, f64), (f64, f64))> {
    let [(cx, cy), _] = copied.centres();
    let far = |dx: f64, dy: f64| {
        let ahead = |&(x, y): &(usize, usize)| dx * (x as f64 - cx) + dy * (y as f64 - cy);
        let (x, y) = copied.pixels().max_by(|a, b| ahead(a).total_cmp(&ahead(b)))?;
        Some((0.5 * (x as f64 + cx), 0.5 * (y as f64 + cy)))
    };
    let ends = [(1.0, 0.0), (-1.0, 0.0), (0.0, 1.0), (0.0, -1.0)].into_iter().filter_map(|(x, y)| far(x, y));
    std::iter::once((cx, cy)).chain(ends).map(|p| (p, copied.map.at(p.0, p.1))).collect()
}

fn draw(canvas: &mut Picture, (x0, y0): (f64, f64), (x1, y1): (f64, f64), colour: [u8; 3]) {
    let steps = (x1 - x0).abs().max((y1 - y0).abs()).ceil().max(1.0);
    for i in 0..=steps as usize {
        let t = i as f64 / steps;
        paint(canvas, (x0 + t * (x1 - x0)).round() as i64, (y0 + t * (y1 - y0)).round() as i64, colour);
    }
}

fn paint(canvas: &mut Picture, x: i64, y: i64, colour: [u8; 3]) {
    if x >= 0 && y >= 0 && x < canvas.width as i64 && y < canvas.height as i64 {
        let at = 3 * (y as usize * canvas.width + x as usize);
        canvas.rgb[at..at + 3].copy_from_slice(&colour);
    }
}

fn table(scene: &Scene, accepted: &[Copied], others: &[Copied]) -> Table {
    let columns = [
        "Pair",
        "Centre",
        "Centre of copy",
        "Offset",
        "Rotation",
        "Scale",
        "Mirrored",
        "Pixels",
        "Agreement",
        "Rival",
        "Excess",
    ];
    let pairs = accepted
        .iter()
        .map(|c| (c, "copied"))
        .chain(others.iter().map(|c| (c, if c.reflection { "reflection" } else { "look-alike" })));
    let row = |(copied, kind): (&Copied, &str)| {
        let factor = scene.factor as f64;
        let [(x, y), (u, v)] = copied.centres().map(|(x, y)| (x * factor, y * factor));
        vec![
            kind.to_owned(),
            format!("{x:.0}, {y:.0}"),
            format!("{u:.0}, {v:.0}"),
            format!("{:+.0}, {:+.0}", u - x, v - y),
            format!("{:.1}°", copied.map.rotation()),
            format!("{:.3}", copied.map.scale()),
            if copied.map.mirrors() { "yes" } else { "no" }.to_owned(),
            scene_pixels(scene, copied).to_string(),
            format!("{:.3}", copied.evidence.agreement),
            format!("{:.3}", copied.evidence.rival),
            format!("{:.1}", copied.evidence.excess),
        ]
    };
    Table { columns: columns.map(str::to_owned).to_vec(), rows: pairs.take(ROWS).map(row).collect() }
}

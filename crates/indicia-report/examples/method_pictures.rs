//! Makes the pictures of the methods' pages: on the left an altered picture, on the right its authentic twin,
//! above as they are, below the first thing that the method shows of each.
//!
//! `cargo run --release -p indicia-report --example method_pictures -- OUT ALTERED AUTHENTIC [ID ...]`
//! writes OUT/ID.jpg for each method that shows a map or a picture of both.

use std::path::Path;

use indicia_core::{Finding, Limits, Picture};
use indicia_report::{Examiner, Options, html};

/// Width of a panel in pixels.
const PANEL: usize = 330;
/// Pixels between panels.
const GAP: usize = 6;

/// What is shown of a file: itself, and the first exhibit that can be.
struct Column {
    own: Picture,
    shows: Picture,
}

fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [out, altered, authentic, ids @ ..] = &args[..] else {
        return Err("usage: method_pictures OUT ALTERED AUTHENTIC [ID ...]".into());
    };
    std::fs::create_dir_all(out)?;
    let chosen = indicia_registry::methods().filter(|i| ids.is_empty() || ids.iter().any(|id| id == i.id));
    for info in chosen {
        let options = Options { keep_picture: true, limits: Limits::default(), ..Options::default() };
        let examiner = Examiner::new([info], options)?;
        let column = |path: &String| -> std::io::Result<Option<Column>> {
            let examined = examiner.examine(path, std::fs::read(path)?);
            let shows = examined.report.findings.iter().find_map(first);
            Ok(examined.picture.zip(shows).map(|(own, shows)| Column { own: fit(&own), shows }))
        };
        let (Some(left), Some(right)) = (column(altered)?, column(authentic)?) else {
            println!("{}: shows nothing of one of them", info.id);
            continue;
        };
        let mosaic = mosaic(&[left, right]);
        let path = Path::new(out).join(format!("{}.jpg", info.id));
        let encoder = jpeg_encoder::Encoder::new_file(&path, 82)?;
        let (width, height) = (mosaic.width as u16, mosaic.height as u16);
        encoder.encode(&mosaic.rgb, width, height, jpeg_encoder::ColorType::Rgb)?;
        println!("{}", path.display());
    }
    Ok(())
}

fn first(finding: &Finding) -> Option<Picture> {
    finding.exhibits.iter().find_map(|exhibit| html::shown(&exhibit.data, PANEL))
}

fn fit(picture: &Picture) -> Picture {
    html::shown(&indicia_core::ExhibitData::Picture(picture.clone().into()), PANEL)
        .expect("a picture can be shown")
}

fn mosaic(columns: &[Column]) -> Picture {
    let tops = columns.iter().map(|c| c.own.height).max().unwrap_or(0);
    let bottoms = columns.iter().map(|c| c.shows.height).max().unwrap_or(0);
    let (width, height) = (columns.len() * (PANEL + GAP) - GAP, tops + GAP + bottoms);
    let mut out = Picture { width, height, rgb: vec![255; 3 * width * height] };
    for (i, column) in columns.iter().enumerate() {
        for (panel, top) in [(&column.own, 0), (&column.shows, tops + GAP)] {
            for (y, row) in panel.rgb.chunks_exact(3 * panel.width).enumerate() {
                let at = 3 * ((top + y) * width + i * (PANEL + GAP));
                out.rgb[at..at + row.len()].copy_from_slice(row);
            }
        }
    }
    out
}

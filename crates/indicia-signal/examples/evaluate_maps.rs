//! Scores the maps of this family's methods against masks and against another implementation's maps.
//!
//! `INDICIA_DATA=DIR [INDICIA_PEERS=DIR] cargo run --release -p indicia-signal --example evaluate_maps -- \
//!  [--methods ID,...] [--csv FILE] [FOLDER...]`
//!
//! `--csv` writes a row a picture: folder, name, method, score, AUC, seconds.
//!
//! Folders are relative to `INDICIA_DATA` and default to `manipulation/jpeg_splices` and
//! `manipulation/grid_large`. A picture `NAME.jpg` has its mask in `NAME.mask.png`; its kind is its name
//! without leading digits (`000_dq_splice` is a `dq_splice`). For every method that puts an exhibit `map`
//! into a finding, and every kind, it prints:
//!
//! - `AUC`: area under the pixel ROC curve of the soft map, ties counted half, direction fixed (higher is
//!   more suspicious), averaged over the pictures whose mask is neither empty nor full;
//! - `F1`, `IoU` at 0.5 against the mask, averaged over the same pictures, for maps within 0 and 1;
//! - `score`: mean and largest raw statistic of the finding that holds the map;
//! - against the maps in `INDICIA_PEERS` (`NAME.PEER.npz`, key `map`, after `grid_large_` for that folder):
//!   mean absolute difference, over how many pictures it is at most 0.02, and the mean IoU of both maps cut
//!   at 0.5, where two empty masks count as 1.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use flate2::read::DeflateDecoder;
use indicia_codec::{Pixels, Samples, open};
use indicia_core::{BuildContext, Examination, ExhibitData, Limits};
use indicia_signal::METHODS;
use ndarray::Array2;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// Names that the other implementation gives to methods, where they differ from the id's last part.
const PEER_NAMES: [(&str, &str); 1] = [("double-quantization", "dq")];

/// What one picture gave.
#[derive(Default)]
struct Row {
    name: String,
    auc: Option<f64>,
    overlap: Option<(f64, f64)>,
    score: Option<f64>,
    agreement: Option<(f64, f64)>,
    seconds: f64,
}

fn main() -> Outcome<()> {
    let data = PathBuf::from(std::env::var_os("INDICIA_DATA").ok_or("set INDICIA_DATA to the data folder")?);
    let peers = std::env::var_os("INDICIA_PEERS").map(PathBuf::from);
    let mut folders = vec![];
    let mut wanted: Option<Vec<String>> = None;
    let mut csv = None;
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--methods" => {
                let ids = arguments.next().ok_or("--methods needs ids")?;
                wanted = Some(ids.split(',').map(str::to_owned).collect());
            }
            "--csv" => {
                let mut file = File::create(arguments.next().ok_or("--csv needs a file")?)?;
                writeln!(file, "folder,name,method,score,auc,seconds")?;
                csv = Some(file);
            }
            folder => folders.push(folder.to_owned()),
        }
    }
    if folders.is_empty() {
        folders = ["manipulation/jpeg_splices", "manipulation/grid_large"].map(str::to_owned).to_vec();
    }
    for folder in folders {
        println!("{folder}");
        for info in METHODS {
            if wanted.as_ref().is_some_and(|ids| !ids.iter().any(|id| id == info.id)) {
                continue;
            }
            let rows = evaluate(&data.join(&folder), info, peers.as_deref())?;
            report(info.id, &rows);
            if let Some(file) = &mut csv {
                for row in rows.values().flatten() {
                    let number = |value: Option<f64>| value.map_or(String::new(), |v| v.to_string());
                    let (score, auc) = (number(row.score), number(row.auc));
                    writeln!(file, "{folder},{},{},{score},{auc},{}", row.name, info.id, row.seconds)?;
                }
            }
        }
    }
    Ok(())
}

fn evaluate(
    folder: &Path,
    info: &indicia_core::MethodInfo,
    peers: Option<&Path>,
) -> Outcome<BTreeMap<String, Vec<Row>>> {
    let method = (info.build)(&BuildContext::default())?;
    let mut paths: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    paths.sort_by_key(std::fs::DirEntry::file_name);
    let mut rows: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for path in paths.iter().map(std::fs::DirEntry::path) {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        let Some((stem, extension)) = name.rsplit_once('.') else { continue };
        if stem.ends_with(".mask") || !["jpg", "jpeg", "png"].contains(&extension.to_lowercase().as_str()) {
            continue;
        }
        let evidence = open(std::fs::read(&path)?, Limits::default())?;
        let start = Instant::now();
        let Examination::Findings(findings) = method.examine(&evidence)? else { continue };
        let seconds = start.elapsed().as_secs_f64();
        let found = findings.iter().find_map(|finding| {
            let map = finding.exhibits.iter().find(|exhibit| exhibit.id == "map")?;
            match &map.data {
                ExhibitData::Map(map) => Some((map.to_pixels(), finding.score.as_ref())),
                _ => None,
            }
        });
        let Some((map, score)) = found else { continue };
        // What is compared with a peer where the map itself departs from the publication.
        let published = findings.iter().flat_map(|finding| &finding.exhibits).find_map(|exhibit| {
            match (&exhibit.data, exhibit.id.as_str()) {
                (ExhibitData::Map(map), "published") => Some(map.to_pixels()),
                _ => None,
            }
        });
        let mut row =
            Row { name: stem.to_owned(), score: score.map(|s| s.statistic), seconds, ..Row::default() };
        let mask = folder.join(format!("{stem}.mask.png"));
        if mask.exists() {
            let mask = read_mask(&mask)?;
            row.auc = area_under_curve(&map, &mask);
            if row.auc.is_some() && map.iter().all(|v| (0.0..=1.0).contains(v)) {
                row.overlap = Some(overlap(&map, &mask));
            }
        }
        let peer = info.id.rsplit('.').next().unwrap_or_default();
        let peer = PEER_NAMES.iter().find(|(id, _)| *id == peer).map_or(peer, |(_, name)| name);
        let prefix = if folder.ends_with("grid_large") { "grid_large_" } else { "" };
        let peer = peers.map(|p| p.join(format!("{prefix}{stem}.{peer}.npz"))).filter(|p| p.exists());
        if let Some(peer) = peer {
            let peer = read_npz(&std::fs::read(peer)?)?;
            row.agreement = Some(agreement(published.as_ref().unwrap_or(&map), &peer)?);
        }
        // Only folders with masks name the kind.
        let kind = stem.trim_start_matches(|c: char| c.is_ascii_digit() || c == '_');
        let kind = if mask.exists() { kind } else { "all" };
        rows.entry(kind.to_owned()).or_default().push(row);
    }
    Ok(rows)
}

fn report(id: &str, rows: &BTreeMap<String, Vec<Row>>) {
    for (kind, rows) in rows {
        let seconds: f64 = rows.iter().map(|r| r.seconds).sum();
        print!("  {id:28} {kind:16} n {:3}", rows.len());
        if let Some(auc) = mean(rows.iter().filter_map(|r| r.auc)) {
            print!("  AUC {auc:.5}");
        }
        if let Some(f1) = mean(rows.iter().filter_map(|r| r.overlap.map(|o| o.0))) {
            let iou = mean(rows.iter().filter_map(|r| r.overlap.map(|o| o.1))).unwrap_or(0.0);
            print!("  F1 {f1:.3} IoU {iou:.3}");
        }
        if let Some(score) = mean(rows.iter().filter_map(|r| r.score)) {
            let most = rows.iter().filter_map(|r| r.score).fold(f64::NEG_INFINITY, f64::max);
            print!("  score mean {score:.4} max {most:.4}");
        }
        println!("  {:.1} ms each", 1e3 * seconds / rows.len() as f64);
    }
    let agreements: Vec<_> = rows.values().flatten().filter_map(|r| r.agreement).collect();
    if let Some(difference) = mean(agreements.iter().map(|a| a.0)) {
        let near = agreements.iter().filter(|a| a.0 <= 0.02).count();
        let most = agreements.iter().map(|a| a.0).fold(0.0, f64::max);
        let iou = mean(agreements.iter().map(|a| a.1)).unwrap_or(0.0);
        let equal = agreements.iter().filter(|a| a.1 >= 0.98).count();
        println!(
            "  {id:28} against peer     n {:3}  mean absolute difference {difference:.5} max {most:.5}, \
             at most 0.02 on {near}; IoU mean {iou:.4}, at least 0.98 on {equal}",
            agreements.len()
        );
    }
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for value in values {
        sum += value;
        count += 1;
    }
    (count > 0).then(|| sum / count as f64)
}

fn read_mask(path: &Path) -> Outcome<Array2<bool>> {
    let evidence = open(std::fs::read(path)?, Limits::default())?;
    let pixels = evidence.view::<Pixels>(())?;
    let channels = pixels.model.channels();
    let set: Vec<bool> = match &pixels.samples {
        Samples::U8(samples) => samples.chunks_exact(channels).map(|p| p[0] >= 128).collect(),
        Samples::U16(samples) => samples.chunks_exact(channels).map(|p| p[0] >= 32768).collect(),
    };
    Ok(Array2::from_shape_vec((pixels.height, pixels.width), set)?)
}

/// The first array of a NumPy archive: a ZIP file whose first member is a float32 matrix in C order, stored
/// or deflated.
fn read_npz(bytes: &[u8]) -> Outcome<Array2<f32>> {
    let field = |at: usize, n: usize| bytes.get(at..at + n).ok_or("the archive ends early");
    if field(0, 4)? != b"PK\x03\x04" {
        return Err("no ZIP archive".into());
    }
    let number = |at: usize| field(at, 2).map(|b| usize::from(b[0]) | usize::from(b[1]) << 8);
    let data = bytes.get(30 + number(26)? + number(28)?..).ok_or("the archive ends early")?;
    let mut array = vec![];
    match number(8)? {
        0 => array.extend_from_slice(data),
        8 => drop(DeflateDecoder::new(data).read_to_end(&mut array)?),
        method => return Err(format!("compression method {method} is not read").into()),
    }
    // NPY 1.0: magic, version, header length in two bytes, a Python dictionary, the values.
    let header = usize::from(*array.get(8).ok_or("no header")?) | usize::from(array[9]) << 8;
    let text = std::str::from_utf8(array.get(10..10 + header).ok_or("the header ends early")?)?;
    if !text.contains("'<f4'") || !text.contains("'fortran_order': False") {
        return Err(format!("expected float32 in C order, got {text}").into());
    }
    let shape = text.split_once("'shape': (").and_then(|(_, rest)| rest.split_once(')')).ok_or("no shape")?.0;
    let shape = shape.split(',').filter(|n| !n.trim().is_empty()).map(|n| n.trim().parse());
    let shape = shape.collect::<Result<Vec<usize>, _>>()?;
    let &[rows, columns] = shape.as_slice() else { return Err("expected a matrix".into()) };
    let values = array[10 + header..].chunks_exact(4).take(rows * columns);
    Ok(Array2::from_shape_vec(
        (rows, columns),
        values.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
    )?)
}

/// Area under the ROC curve by the rank sum; `None` if the mask has only one class.
fn area_under_curve(map: &Array2<f32>, mask: &Array2<bool>) -> Option<f64> {
    assert_eq!(map.dim(), mask.dim(), "map and mask must have one size");
    let mut pairs: Vec<(f32, bool)> = map.iter().copied().zip(mask.iter().copied()).collect();
    pairs.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    let positives = pairs.iter().filter(|p| p.1).count() as f64;
    let negatives = pairs.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    let (mut ranks, mut done) = (0.0, 0_usize);
    for tied in pairs.chunk_by(|a, b| a.0 == b.0) {
        let rank = done as f64 + (tied.len() as f64 + 1.0) / 2.0;
        ranks += rank * tied.iter().filter(|p| p.1).count() as f64;
        done += tied.len();
    }
    Some((ranks - positives * (positives + 1.0) / 2.0) / (positives * negatives))
}

/// F1 and IoU of the map cut at 0.5 against the mask.
fn overlap(map: &Array2<f32>, mask: &Array2<bool>) -> (f64, f64) {
    let (mut both, mut either, mut sum) = (0_usize, 0_usize, 0_usize);
    for (&value, &set) in map.iter().zip(mask) {
        let found = value > 0.5;
        both += usize::from(found && set);
        either += usize::from(found || set);
        sum += usize::from(found) + usize::from(set);
    }
    (2.0 * both as f64 / sum.max(1) as f64, both as f64 / either.max(1) as f64)
}

/// Mean absolute difference of two maps and IoU of both cut at 0.5.
fn agreement(map: &Array2<f32>, peer: &Array2<f32>) -> Outcome<(f64, f64)> {
    if map.dim() != peer.dim() {
        return Err(format!("map is {:?}, the peer's {:?}", map.dim(), peer.dim()).into());
    }
    let difference: f64 = map.iter().zip(peer).map(|(a, b)| f64::from((a - b).abs())).sum();
    let both = map.iter().zip(peer).filter(|(a, b)| **a > 0.5 && **b > 0.5).count();
    let either = map.iter().zip(peer).filter(|(a, b)| **a > 0.5 || **b > 0.5).count();
    let iou = if either == 0 { 1.0 } else { both as f64 / either as f64 };
    Ok((difference / map.len().max(1) as f64, iou))
}

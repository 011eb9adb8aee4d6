//! Measures camera fingerprints: enrols every camera from its pictures and compares other pictures with each.
//!
//! `cargo run --release -p indicia-signal --example measure_cameras -- ENROL TEST [--crop WxH+X+Y]`
//!
//! `ENROL` and `TEST` are folders of pictures whose camera is their name up to the last underscore
//! (`Nikon_D70_0_19445.JPG` is of `Nikon_D70_0`). With `--crop` test pictures are cut before they are compared.
//! For each camera it prints how well left-out pictures are found; for each pair of test picture and camera of
//! at least its size whether it is of that camera, the PCE, log10 of the p-value, the place, the gain of the
//! predictor, the strongest evidence that a window lacks the fingerprint, the share of windows with evidence
//! above 1 nat, and processor seconds (all threads') of decoding and of comparing.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicia_codec::open;
use indicia_core::{Digest, Limits};
use indicia_ops::Rgb8;
use indicia_signal::camera_fingerprint::{Camera, Source, enrol};

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folders, crop) = match &arguments[..] {
        [enrol, test] => ([enrol, test], None),
        [enrol, test, flag, crop] if flag == "--crop" => ([enrol, test], Some(parse(crop)?)),
        _ => return Err("usage: measure_cameras ENROL TEST [--crop WxH+X+Y]".into()),
    };
    let [enrolled, tested] = folders.map(|folder| by_camera(Path::new(folder)));
    let tested = tested?;
    println!("picture,camera,same,pce,log10_p,x,y,gain,strongest,missing,decode_s,compare_s");
    for (name, paths) in enrolled? {
        let read = |i: usize| {
            let path: &PathBuf = &paths[i];
            let wrong = |e: std::io::Error| indicia_core::Error::io_from(path.display().to_string(), e);
            let bytes = std::fs::read(path).map_err(wrong)?;
            let source = Source { name: path.display().to_string(), digest: Digest::of(&bytes).to_string() };
            Ok((source, open(bytes, Limits::default())?.view::<Rgb8>(())?))
        };
        let camera = match enrol(paths.len(), read, || ()) {
            Ok(camera) => camera,
            Err(error) => {
                println!("# {name}: {error}");
                continue;
            }
        };
        let about = camera.about.as_ref().ok_or("enrolled cameras tell what they were made of")?;
        let left_out: Vec<String> = about.left_out.iter().map(|l| format!("{:.0}", l.pce)).collect();
        let predictor = about.predictor.as_ref().map(|p| (p.mean, p.error, p.windows));
        println!(
            "# {name}: {} pictures, left out {}, predictor {predictor:?}",
            paths.len(),
            left_out.join(" ")
        );
        for (of, paths) in &tested {
            for path in paths {
                compare(&camera, &name, of, path, crop)?;
            }
        }
    }
    Ok(())
}

fn compare(camera: &Camera, name: &str, of: &str, path: &Path, crop: Option<[usize; 4]>) -> Outcome<()> {
    let bytes = std::fs::read(path)?;
    let start = processor_seconds();
    let mut rgb = open(bytes, Limits::default())?.view::<Rgb8>(())?;
    let decoded = processor_seconds();
    if let Some(crop) = crop {
        rgb = Arc::new(cut(&rgb, crop)?);
    }
    let found = match camera.compare(&rgb) {
        Ok(found) => found,
        Err(why) => {
            println!("# {} against {name}: {why}", path.display());
            return Ok(());
        }
    };
    let compared = processor_seconds();
    let missing = found.missing.iter().filter(|v| **v > 1.0).count() as f64 / found.missing.len() as f64;
    println!(
        "{},{name},{},{:.1},{:.1},{},{},{:.2},{:.2},{missing:.3},{:.2},{:.2}",
        path.file_name().and_then(|n| n.to_str()).unwrap_or_default(),
        u8::from(of == name),
        found.peak.pce,
        found.peak.log10_p(),
        found.peak.place.0,
        found.peak.place.1,
        found.gain,
        found.strongest(),
        decoded - start,
        compared - decoded,
    );
    Ok(())
}

/// Pictures of a folder by camera, in order.
fn by_camera(folder: &Path) -> Outcome<BTreeMap<String, Vec<PathBuf>>> {
    let mut out: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    let mut paths =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if let Some((camera, _)) = name.rsplit_once('_') {
            out.entry(camera.to_owned()).or_default().push(path);
        }
    }
    Ok(out)
}

/// Width, height, left and top of `WxH+X+Y`.
fn parse(crop: &str) -> Outcome<[usize; 4]> {
    let numbers: Vec<usize> = crop.split(['x', '+']).map(str::parse).collect::<Result<_, _>>()?;
    numbers.try_into().map_err(|_| "expected WxH+X+Y".into())
}

fn cut(rgb: &Rgb8, [width, height, left, top]: [usize; 4]) -> Outcome<Rgb8> {
    if left + width > rgb.width || top + height > rgb.height {
        return Err(format!("the crop lies outside {}x{}", rgb.width, rgb.height).into());
    }
    let rows = rgb.samples.chunks_exact(rgb.width * 3).skip(top).take(height);
    let samples = rows.flat_map(|row| &row[left * 3..(left + width) * 3]).copied().collect();
    Ok(Rgb8 { width, height, samples })
}

/// Seconds that all threads of this process worked, as Linux counts them; 0 elsewhere.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|f| f.parse::<f64>().ok()).unwrap_or(0.0);
    // Fields 14 and 15 of the line, user and system time in ticks of 1/100 s.
    (ticks(11) + ticks(12)) / 100.0
}

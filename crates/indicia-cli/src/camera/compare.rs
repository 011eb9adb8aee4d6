//! `indicia camera match`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};
use indicia_core::{Error, Limits, guarded};
use indicia_ops::Rgb8;
use indicia_report::summary::printable;
use indicia_signal::camera_fingerprint::{Camera, Comparison, INFO};
use serde_json::json;

use super::SOME_FAILED;
use super::args::MatchArgs;
use crate::args::Format;
use crate::inputs::{Input, expand};
use crate::names;
use crate::output::{print_line, with_ending, write_whole};
use crate::work::{INTERRUPTED, handle_interrupt, in_pool, progress, threads};

/// A picture that was compared, and its size.
struct Compared {
    digest: String,
    found: Comparison,
    width: usize,
    height: usize,
}

/// Compares what the arguments name. Returns the exit status.
pub fn run(args: &MatchArgs) -> Result<u8> {
    let inputs = expand(&args.images);
    let file = super::read(&args.fingerprint)?;
    let camera = Camera::from_bytes(file.bytes()).with_context(|| args.fingerprint.display().to_string())?;
    let fingerprint = file.digest().to_string();
    drop(file);
    let limits = args.limits.clone().unwrap_or_default();
    let names = names::assign(&inputs);
    let threads = threads(args.jobs.map(usize::from));
    let stop = Arc::new(AtomicBool::new(false));
    handle_interrupt(&stop)?;
    if args.format == Format::Human {
        print_line("      PCE  log10(p)  place        outcome    picture")?;
    }
    let bar = progress(inputs.len() as u64, "pictures");
    let mut failed = 0;
    for (number, (input, name)) in inputs.iter().zip(&names).enumerate() {
        if stop.load(Ordering::SeqCst) {
            bar.finish_and_clear();
            eprintln!("stopped after {number} of {} pictures", inputs.len());
            return Ok(INTERRUPTED);
        }
        let compared = in_pool(threads, || one(input, &camera, &limits));
        failed += u64::from(compared.is_err());
        if let (Ok(compared), Some(folder)) = (&compared, &args.maps) {
            write_map(folder, name, compared)?;
        }
        let line = match args.format {
            Format::Human => line(input, &compared),
            Format::Json => document(input, &compared, &fingerprint),
        };
        bar.inc(1);
        bar.suspend(|| print_line(&line))?;
    }
    bar.finish_and_clear();
    Ok(if failed == 0 { 0 } else { SOME_FAILED })
}

fn one(input: &Input, camera: &Camera, limits: &Limits) -> indicia_core::Result<Compared> {
    let bytes = input.read(limits.bytes)?;
    guarded(INFO.id, || {
        let evidence = indicia_codec::open(bytes, limits.clone())?;
        let rgb = evidence.view::<Rgb8>(())?;
        let found = camera.compare(&rgb).map_err(Error::absent)?;
        let digest = evidence.digest().to_string();
        Ok(Compared { digest, found, width: rgb.width, height: rgb.height })
    })
}

fn write_map(folder: &Path, name: &Path, compared: &Compared) -> Result<()> {
    let path = folder.join(with_ending(name, &format!(".{}.npy", INFO.id)));
    let pixels = compared.found.map(compared.width, compared.height).to_pixels();
    write_whole(&path, |out| Ok(ndarray_npy::WriteNpyExt::write_npy(&pixels, out)?))
}

fn line(input: &Input, compared: &indicia_core::Result<Compared>) -> String {
    let name = printable(&input.name());
    match compared {
        Ok(Compared { found, .. }) => {
            let (peak, place) = (&found.peak, format!("{},{}", found.peak.place.0, found.peak.place.1));
            let outcome = found.outcome.words();
            format!("{:9.1}  {:8.1}  {place:<11}  {outcome:<9}  {name}", peak.pce, peak.log10_p())
        }
        Err(error) => format!("{:>9}  {:>8}  {:<11}  {:<9}  {name}: {error}", "-", "-", "-", "not done"),
    }
}

fn document(input: &Input, compared: &indicia_core::Result<Compared>, fingerprint: &str) -> String {
    let value = match compared {
        Ok(Compared { digest, found, width, height }) => json!({
            "path": input.name(),
            "digest": digest,
            "width": width,
            "height": height,
            "fingerprint": fingerprint,
            "outcome": found.outcome.words(),
            "pce": found.peak.pce,
            "log10_p": found.peak.log10_p(),
            "correlation": found.peak.correlation,
            "place": [found.peak.place.0, found.peak.place.1],
            "places_searched": found.peak.searched,
            "gain": found.gain,
            "strongest_missing": found.strongest(),
        }),
        Err(error) => json!({
            "path": input.name(),
            "fingerprint": fingerprint,
            "error": { "kind": error.kind(), "reason": error.to_string() },
        }),
    };
    value.to_string()
}

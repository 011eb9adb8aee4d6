//! `indicia camera enrol`.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use indicia_codec::Metadata;
use indicia_core::{CameraFile, Digest, Error};
use indicia_ops::Rgb8;
use indicia_report::summary::printable;
use indicia_signal::camera_fingerprint::{self, About, Camera, FEW, MATCH, Source};

use super::SOME_FAILED;
use super::args::EnrolArgs;
use crate::inputs::{Input, expand};
use crate::output::{print_line, write_whole};
use crate::work::{INTERRUPTED, handle_interrupt, in_pool, progress, threads};

/// Makes a fingerprint. Returns the exit status.
pub fn run(args: &EnrolArgs) -> Result<u8> {
    let inputs = expand(&args.images);
    let limits = args.limits.clone().unwrap_or_default();
    let stop = Arc::new(AtomicBool::new(false));
    handle_interrupt(&stop)?;
    let bar = progress(camera_fingerprint::steps(inputs.len()) as u64, "steps");
    let mut models: Vec<String> = vec![];
    let read = |i: usize| -> indicia_core::Result<(Source, Arc<Rgb8>)> {
        if stop.load(Ordering::SeqCst) {
            return Err(Error::io("stopped"));
        }
        let input: &Input = &inputs[i];
        let named = |e: Error| Error::configuration(format!("{}: {e}", input.name()));
        let evidence = input.read(limits.bytes).and_then(|bytes| indicia_codec::open(bytes, limits.clone()));
        let evidence = evidence.map_err(named)?;
        if let Ok(metadata) = evidence.view::<Metadata>(()) {
            let model = metadata.entries.iter().find(|e| e.group == "EXIF" && e.name == "Model");
            models.extend(model.map(|entry| entry.value.clone()));
        }
        let rgb = evidence.view::<Rgb8>(()).map_err(named)?;
        let name = input.name();
        let name = Path::new(&name).file_name().map_or(name.clone(), |n| n.to_string_lossy().into_owned());
        Ok((Source { name, digest: evidence.digest().to_string() }, rgb))
    };
    let made = in_pool(threads(args.jobs.map(usize::from)), || {
        camera_fingerprint::enrol(inputs.len(), read, || bar.inc(1))
    });
    bar.finish_and_clear();
    if stop.load(Ordering::SeqCst) {
        eprintln!("stopped; nothing was written");
        return Ok(INTERRUPTED);
    }
    let camera = made?;
    let bytes = camera.to_bytes()?;
    let digest: Digest = CameraFile::new(bytes.clone()).digest();
    write_whole(&args.out, |out| Ok(out.write_all(&bytes)?))?;
    models.sort();
    models.dedup();
    if models.len() > 1 {
        let names: Vec<String> = models.iter().map(|m| printable(m)).collect();
        eprintln!("indicia: the pictures name several cameras: {}", names.join(", "));
    }
    tell(&camera, &args.out, digest)
}

/// Prints what was made and how good it is.
fn tell(camera: &Camera, path: &Path, digest: Digest) -> Result<u8> {
    let Some(About { pictures, left_out, predictor, width, height, .. }) = &camera.about else {
        return Ok(0);
    };
    if pictures.len() < FEW {
        eprintln!(
            "indicia: {} pictures give a weak fingerprint; 10 to 20 evenly lit ones, or 50 ordinary ones, give a \
             good one",
            pictures.len()
        );
    }
    print_line(&format!("fingerprint of {} pictures, {width}x{height}: {}", pictures.len(), path.display()))?;
    print_line(&format!("digest {digest}"))?;
    let mut sorted: Vec<f64> = left_out.iter().map(|l| l.pce).collect();
    sorted.sort_by(f64::total_cmp);
    if let (Some(least), Some(most)) = (sorted.first(), sorted.last()) {
        print_line(&format!(
            "each of {} pictures against the others: PCE {least:.0} to {most:.0}, median {:.0}; {MATCH:.0} decides",
            sorted.len(),
            sorted[sorted.len() / 2]
        ))?;
    }
    if predictor.is_none() {
        eprintln!(
            "indicia: too little was found by the others to learn where the fingerprint should be seen; maps take \
             it for equally strong everywhere"
        );
    }
    let strangers: Vec<_> = left_out.iter().filter(|l| l.pce < MATCH).collect();
    for stranger in &strangers {
        eprintln!(
            "indicia: {} is not found by the others (PCE {:.0}): another camera's, turned, or resized?",
            printable(&stranger.name),
            stranger.pce
        );
    }
    Ok(if strangers.is_empty() { 0 } else { SOME_FAILED })
}

//! Prints the C2PA state and failure codes of files, one JSON line each, for comparison with other
//! validators: `cargo run --example provenance_codes -- [--anchors FILE.pem] PATH...`. Folders are read
//! (not their subfolders) in the order of names.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use indicia_codec::{Provenance, ProvenanceKey};
use indicia_core::{Evidence, Kind, Limits, TrustSettings};

/// The kind by the first bytes, as far as C2PA needs it.
fn kind(bytes: &[u8]) -> Option<Kind> {
    Some(match bytes {
        [0xFF, 0xD8, ..] => Kind::Jpeg,
        [0x89, b'P', b'N', b'G', ..] => Kind::Png,
        [b'G', b'I', b'F', ..] => Kind::Gif,
        [b'R', b'I', b'F', b'F', ..] => Kind::Webp,
        [b'I', b'I', ..] | [b'M', b'M', ..] => Kind::Tiff,
        _ => return None,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut trust = TrustSettings::default();
    let (mut paths, mut timing) = (vec![], false);
    let mut arguments = env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--anchors" => {
                trust.anchors_pem =
                    Some(fs::read_to_string(arguments.next().ok_or("--anchors needs a file")?)?)
            }
            "--timing" => timing = true,
            _ => {
                let path = PathBuf::from(argument);
                if path.is_dir() {
                    let mut entries = fs::read_dir(path)?
                        .map(|e| Ok(e?.path()))
                        .collect::<Result<Vec<_>, std::io::Error>>()?;
                    entries.sort();
                    paths.extend(entries);
                } else {
                    paths.push(path);
                }
            }
        }
    }
    let key = ProvenanceKey(Arc::new(trust));
    for path in paths {
        let bytes = fs::read(&path)?;
        let Some(kind) = kind(&bytes) else { continue };
        let evidence = Evidence::new(kind, bytes, Limits::default());
        let start = Instant::now();
        let provenance = evidence.view::<Provenance>(key.clone())?;
        let seconds = start.elapsed().as_secs_f64();
        let mut failures: Vec<_> =
            provenance.0.codes.iter().filter(|c| c.outcome == "failure").map(|c| c.code.as_str()).collect();
        failures.sort_unstable();
        let mut line = serde_json::json!({
            "path": path.file_name().map(|name| name.to_string_lossy()),
            "state": provenance.0.state,
            "failures": failures,
        });
        if timing {
            line["seconds"] = seconds.into();
        }
        println!("{line}");
    }
    Ok(())
}

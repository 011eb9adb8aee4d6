//! `cargo xtask fuzz`.

use anyhow::{Context, Result, bail};

use crate::{cargo, check, root};

/// Runs every fuzz target on its corpus, `seconds` in all.
pub fn run(seconds: &str) -> Result<()> {
    let seconds: u64 = seconds.parse().with_context(|| format!("expected seconds, got {seconds:?}"))?;
    if !cargo().args(["fuzz", "--version"]).output().is_ok_and(|out| out.status.success()) {
        check(cargo().args(["install", "--locked", "--debug", "cargo-fuzz"]))?;
    }
    let mut targets = vec![];
    for entry in std::fs::read_dir(root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        if path.extension().is_some_and(|e| e == "rs")
            && let Some(name) = path.file_stem().and_then(|s| s.to_str())
        {
            targets.push(name.to_owned());
        }
    }
    targets.sort();
    if targets.is_empty() {
        bail!("no fuzz targets in fuzz/fuzz_targets");
    }
    let each = (seconds / targets.len() as u64).max(1).to_string();
    for target in &targets {
        println!("fuzz {target}: {each} s");
        // libFuzzer adds what it finds to the first folder: that is a scratch copy, not the seeds.
        let scratch = root().join("target/fuzz-corpus").join(target);
        std::fs::create_dir_all(&scratch)?;
        let mut command = cargo();
        command.env("RUSTC_BOOTSTRAP", "1").args(["fuzz", "run", "--sanitizer", "none", target]);
        command.arg(&scratch).arg(root().join("fuzz/corpus").join(target));
        command.args(["--", "-timeout=10", "-rss_limit_mb=2048", "-verbosity=0"]);
        check(command.arg(format!("-max_total_time={each}")))?;
    }
    println!("fuzz: {} passed, 0 failed", targets.len());
    Ok(())
}

//! `cargo xtask test`.

use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::{browser, cargo, check, root};

/// Every test of the workspace, then the browser check.
pub fn run() -> Result<()> {
    check(cargo().args(["test", "--workspace", "--no-fail-fast"]))?;
    browser()
}

/// Writes the pages of the sample folder and has a real browser check them.
pub fn browser() -> Result<()> {
    let folder = root().join("target/browser");
    let pages = folder.join("pages");
    if pages.exists() {
        std::fs::remove_dir_all(&pages)?;
    }
    // As the README's first command builds it: nothing is compiled for this alone.
    let inspect = ["run", "--release", "--quiet", "--", "inspect", "samples", "--out"];
    let status = cargo().args(inspect).arg(&pages).stdout(std::process::Stdio::null()).status()?;
    // 1 says that something was found, which the forged sample is there for.
    if !matches!(status.code(), Some(0 | 1)) {
        bail!("inspecting the samples ended with {status}");
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(&pages)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, std::io::Error>>()?;
    files.sort();
    browser::check(&files)?;
    println!("browser check: {} passed, 0 failed", files.len());
    Ok(())
}

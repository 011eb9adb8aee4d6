//! `cargo xtask new-method`.

use anyhow::{Context, Result, bail, ensure};

use crate::root;

/// Makes the folder of a new method. It is not registered, so that nothing unfinished is ever listed.
pub fn new(id: &str) -> Result<()> {
    let (family, name) = id.split_once('.').context("expected family.method-name")?;
    let word = |s: &str| {
        !s.is_empty()
            && s.starts_with(|c: char| c.is_ascii_lowercase())
            && s.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
    };
    ensure!(word(family) && word(name), "expected lower case words joined by hyphens, got {id:?}");
    let source = root().join(format!("crates/indicia-{family}/src"));
    ensure!(source.is_dir(), "there is no family crate at {}", source.display());
    let module = name.replace('-', "_");
    let folder = source.join(&module);
    if folder.exists() {
        bail!("{} is already there", folder.display());
    }
    std::fs::create_dir(&folder)?;
    for (file, text) in [("mod.rs", MOD), ("algorithm.rs", ALGORITHM), ("tests.rs", TESTS), ("page.md", PAGE)]
    {
        std::fs::write(folder.join(file), text.replace("FAMILY.NAME", id))?;
    }
    println!("made {}", folder.display());
    println!("next: CONTRIBUTING.md, \"Add a method\"; register with `mod {module};` and `&{module}::INFO`");
    Ok(())
}

const MOD: &str = r#"//! What it detects, in a sentence.
//!
//! # Assumptions
//!
//! # Steps
//!
//! # Deviations
//!
//! # Limits
//!
//! # References

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_core::{
    BuildContext, Evidence, Examination, Fidelity, Method, MethodInfo, RankedBy, Result, Source, Status, Topic,
};

/// What the registry knows of the method.
pub static INFO: MethodInfo = MethodInfo {
    id: "FAMILY.NAME",
    title: "",
    summary: "",
    applies: "",
    page: include_str!("page.md"),
    sources: &[Source { citation: "", url: "", fidelity: Fidelity::Faithful }],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Claims,
    needs: &[],
    parameters: &[],
    build,
};
"#;

const ALGORITHM: &str = "//! Pure functions on arrays.\n";
const TESTS: &str = "//! Hand-computed values on tiny inputs first.\n";
const PAGE: &str = "\
## What it detects

## Assumptions

## Steps

## Deviations from the publication

## How to read it

## Limits

## Measured results
";

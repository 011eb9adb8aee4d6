//! The corruptions in words.

use std::fmt::Write;

use super::medical::{MODALITIES, Modality};
use super::{CORRUPTIONS, Corruption};

/// What one corruption does, in Markdown.
pub fn page(c: &Corruption) -> String {
    let mut out = format!("# {} (`{}`)\n\n{}\n\n", c.title, c.id, c.text);
    let mut line = |text: String| writeln!(out, "- {text}").unwrap_or_else(|_| unreachable!("text grows"));
    line(format!("Suite: {}", c.suite.name()));
    line(format!("Definition: {}", c.source));
    if !c.agreement.is_empty() {
        line(format!("Agreement with it: {}", c.agreement));
    }
    line(format!("Pixels afterwards: {}", geometry(c)));
    for (i, p) in c.parameters.iter().enumerate() {
        let whole = if p.whole { "whole, " } else { "" };
        let default = p.default.map(|v| format!("; {v} if not given")).unwrap_or_default();
        line(format!("Value {}, `{}` ({}): {whole}{} to {}{default}", i + 1, p.name, p.unit, p.min, p.max));
    }
    for (i, values) in c.severities.iter().enumerate() {
        line(format!("Severity {}: `{}@{0}` is `{1}:{2}`", i + 1, c.id, list(values)));
    }
    out
}

fn geometry(c: &Corruption) -> &'static str {
    match (c.geometry, c.place) {
        (indicia_core::Geometry::Same, _) => "where they were",
        (indicia_core::Geometry::Scaled, _) => "the whole picture at another size; masks follow",
        (indicia_core::Geometry::Moved, Some(_)) => "elsewhere; masks follow",
        (indicia_core::Geometry::Moved, None) => "elsewhere; masks cannot follow",
    }
}

fn list(values: &[f64]) -> String {
    values.iter().map(f64::to_string).collect::<Vec<_>>().join(",")
}

/// All corruptions in one table, in Markdown, with how recipes are written.
pub fn catalogue() -> String {
    let mut out = String::from(HEAD);
    for c in CORRUPTIONS {
        let names: Vec<_> = c.parameters.iter().map(|p| format!("{} ({})", p.name, p.unit)).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let severities: Vec<_> = c.severities.iter().map(|values| list(values)).collect();
        let severities = if severities.is_empty() { "none".to_owned() } else { severities.join(" / ") };
        let agreement = if c.agreement.is_empty() { "nothing to compare with" } else { c.agreement };
        writeln!(
            out,
            "| `{}` | {} | {} | {names} | {severities} | {} | {agreement} |",
            c.id,
            c.suite.name(),
            c.text,
            c.source
        )
        .unwrap_or_else(|_| unreachable!("text grows"));
    }
    out += MODALITIES_HEAD;
    MODALITIES.iter().for_each(|m| out += &modality(m));
    out
}

/// The conditions of one kind of picture.
fn modality(m: &Modality) -> String {
    let gray = if m.gray { "; results are made gray" } else { "" };
    let mut out = format!("\n### {} (`{}`)\n\nTable: {}{gray}.\n\n", m.title, m.id, m.source);
    out += "| Condition | Corruption | Severities 1 / 2 / 3 / 4 / 5 |\n|---|---|---|\n";
    for c in m.conditions {
        let severities = c.severities.map(list).join(" / ");
        out += &format!("| `{}/{}` | `{}` | {severities} |\n", m.id, c.name, c.corruption);
    }
    out
}

const MODALITIES_HEAD: &str = "
## Kinds of medical pictures

`KIND/CONDITION@SEVERITY` in a recipe stands for the corruption below at the strength of that kind of picture:
`chestmnist/gaussian_noise@2` is `gaussian_noise:0.08+grayscale`. The tables of the twelve data sets of MedMNIST are
those of MedMNIST-C; blots, bubbles and letters are measured in pixels of its pictures of 224 by 224 and scaled with
the shorter side. The sixteen of `endoscopic` are those of EndoDepth; `endoscopic_scene` is our own. Stored outputs are in `crates/indicia-synthesis/src/corrupt/medical/fixtures` and beside it.
";

const HEAD: &str = "\
# Corruptions

What networks, cameras, screens and people do to pictures, at known strength, to see what a detector makes of
them. `indicia corrupt` writes changed files; `indicia eval run --condition RECIPE` judges items after it;
protocols name them as `conditions`. This page is written from the list in `crates/indicia-synthesis`.

A **recipe** is one step or several joined with `+`: `jpeg:70`, `gaussian_noise@2`, `resize:0.5+jpeg:80`. A step is
`id:VALUES` (numbers with commas between, in the order of the column Values), `id@SEVERITY` (1 to 5), or `id` alone,
which means severity 3. `occlude:4x4` stands for 16 recipes, one for each cell. `clean` is no change at all.

- Files are read by their pixels, as 8-bit RGB: metadata, a stored rotation, colour profiles and alpha are not
  carried over, and gray becomes RGB. The new file is a PNG if the last step leaves pixels, else the JPEG or WebP
  that the last step made.
- Whatever is random follows from the digest of the file, `--seed`, the place of the step in the recipe and its
  values: the same on every machine and with any number of threads.
- Those that Hendrycks and Dietterich define follow imagecorruptions 1.1.2, which cuts fractions off instead of
  rounding. How near they come was measured on stored outputs (`crates/indicia-synthesis/src/corrupt/fixtures`),
  the random ones with the reference's own random numbers or by their distribution. Its `frost` needs photographs
  of frost that are not ours, and its `spatter` OpenCV's edge detector: both are left out.

| Id | Suite | What it does | Values | Severities 1 / 2 / 3 / 4 / 5 | Whose definition | Measured agreement |
|---|---|---|---|---|---|---|
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corrupt::find;

    #[test]
    fn a_page_names_values_and_severities() {
        let page = page(find("jpeg").unwrap());
        for part in ["`quality` (1): whole, 1 to 100", "420 if not given", "`jpeg@1` is `jpeg:25,420`"] {
            assert!(page.contains(part), "{page}");
        }
    }
}

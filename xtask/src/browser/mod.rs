//! The browser check: opens report pages in a real Chromium and uses them as a reader would.
//!
//! Chromium is driven through its DevTools protocol over a pipe, so that no driver, no port and no network
//! is needed. Screenshots go to `target/browser/`.

mod chromium;
mod protocol;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};

use chromium::Chromium;
use protocol::Tab;

/// Functions that the check calls inside the page.
const PROBE: &str = include_str!("probe.js");

/// Window widths at which pages must work.
const WIDTHS: [u32; 2] = [1280, 400];

/// What was checked.
#[derive(Debug, Default)]
pub struct Summary {
    /// Pages times widths.
    pub views: usize,
    /// Maps that were chosen and seen to change the picture.
    pub maps: usize,
    /// Pages whose picture was turned.
    pub turns: usize,
    /// Single assertions that held.
    pub assertions: usize,
    /// Screenshots that were written.
    pub screenshots: Vec<PathBuf>,
}

/// Opens every page at every width and uses it. Report pages and lists of files are told apart by the page.
///
/// # Errors
/// Lists every assertion that failed; names the missing package if there is no Chromium.
pub fn check(report_files: &[PathBuf]) -> Result<Summary> {
    ensure!(!report_files.is_empty(), "no report page to check");
    let mut browser = Chromium::start()?;
    let folder = target_folder().join("browser");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut summary = Summary::default();
    let mut faults = vec![];
    for (number, page) in report_files.iter().enumerate() {
        for width in WIDTHS {
            let stem = page.file_stem().unwrap_or_default().to_string_lossy();
            let shot = folder.join(format!("{:02}-{stem}-{width}.png", number + 1));
            let found = check_page(&mut browser, page, width, &shot, &mut summary)
                .with_context(|| format!("{} at {width} pixels", page.display()))?;
            faults.extend(found.into_iter().map(|fault| format!("{} at {width}: {fault}", page.display())));
        }
    }
    browser.close();
    ensure!(faults.is_empty(), "{} faults in pages:\n  {}", faults.len(), faults.join("\n  "));
    Ok(summary)
}

/// Writes a picture of a page's top as a window of this size shows it.
///
/// # Errors
/// If there is no Chromium, or the page or the file cannot be opened.
pub fn screenshot(page: &Path, width: u32, height: u32, out: &Path) -> Result<()> {
    let mut browser = Chromium::start()?;
    let mut tab = browser.open(page, width, height)?;
    let png = tab.screenshot(None, false)?;
    fs::write(out, png).with_context(|| format!("cannot write {}", out.display()))?;
    browser.close();
    Ok(())
}

/// Where cargo builds: screenshots belong there.
fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), PathBuf::from)
}

/// Collects failed assertions and counts those that held.
struct Assertions<'a> {
    faults: Vec<String>,
    held: &'a mut usize,
}

impl Assertions<'_> {
    fn that(&mut self, holds: bool, fault: impl FnOnce() -> String) {
        if holds {
            *self.held += 1;
        } else {
            self.faults.push(fault());
        }
    }
}

fn check_page(
    browser: &mut Chromium,
    page: &Path,
    width: u32,
    shot: &Path,
    summary: &mut Summary,
) -> Result<Vec<String>> {
    let mut tab = browser.open(page, width, 900)?;
    tab.evaluate(PROBE)?;
    let mut check = Assertions { faults: vec![], held: &mut summary.assertions };
    let facts = tab.evaluate("probe.facts()")?;
    summary.views += 1;

    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    check.that(facts["headings"] == json!(true), || "headings skip a level or there is not one h1".into());
    for (name, what) in [
        ("small", "text under 14 px"),
        ("faint", "text without AA contrast"),
        ("unlabelled", "control without a label"),
    ] {
        let found = list(&facts[name]);
        check.that(found.is_empty(), || format!("{what}: {}", Value::from(found)));
    }
    no_overflow(&mut tab, &mut check, "at first")?;

    match facts["page"].as_str() {
        Some("report") => {
            check.that(facts["verdict"].as_str().is_some_and(|text| text.len() > 5), || {
                "no verdict text".into()
            });
            report(&mut tab, &facts, &mut check, &mut summary.maps, &mut summary.turns)?;
        }
        Some("index") => {
            for fault in list(&tab.evaluate("probe.index()")?) {
                check.faults.push(fault.to_string());
            }
        }
        other => bail!("the page calls itself {other:?}, expected a report or an index"),
    }
    tab.emulate_print(true)?;
    if let Some(fault) = tab.evaluate("probe.printed()")?.as_str() {
        check.faults.push(format!("on paper {fault}"));
    }
    tab.emulate_print(false)?;
    let png = tab.screenshot(None, true)?;
    fs::write(shot, png).with_context(|| format!("cannot write {}", shot.display()))?;
    summary.screenshots.push(shot.to_owned());

    let Assertions { mut faults, .. } = check;
    faults.extend(tab.complaints());
    tab.close()?;
    Ok(faults)
}

fn report(
    tab: &mut Tab<'_>,
    facts: &Value,
    check: &mut Assertions<'_>,
    maps: &mut usize,
    turns: &mut usize,
) -> Result<()> {
    let fault = |value: Value| value.as_str().map(str::to_owned);
    if let Some(fault) = fault(tab.evaluate("probe.filter()")?) {
        check.faults.push(fault);
    }
    if facts["private"] == json!(true) {
        check.that(facts["images"] == json!(0), || "a private page has pictures".into());
        return Ok(());
    }
    if facts["viewer"] != json!(true) {
        return Ok(());
    }
    if facts["hasPicture"] == json!(true) {
        check.that(facts["naturalWidth"].as_u64().is_some_and(|n| n > 0), || {
            "the picture is not drawn".into()
        });
    }
    // Choosing each map must change what is drawn, and another map must look different.
    let none = frame(tab, "probe.choose(null)")?;
    let count = facts["maps"].as_u64().unwrap_or(0);
    for map in 0..count {
        let drawn = frame(tab, &format!("probe.choose({map})"))?;
        check.that(drawn != none, || format!("choosing map {map} changes nothing"));
        *maps += 1;
        for opacity in [20, 90] {
            let got = tab.evaluate(&format!("probe.opacity({map}, {opacity})"))?;
            check.that(got == json!(f64::from(opacity) / 100.0), || {
                format!("opacity of map {map} is {got} after setting {opacity} %")
            });
        }
        let read = tab.evaluate("probe.read()")?;
        let text = read.as_str().unwrap_or_default();
        check.that(
            text.starts_with("Column ")
                && (text.contains(": about ") || text.contains(": at ") || text.contains(": no value")),
            || format!("the read-out of map {map} says {text:?}"),
        );
        tab.evaluate(&format!("probe.opacity({map}, 65)"))?;
    }
    if facts["turn"] == json!(true) {
        let before = frame(tab, "probe.state()")?;
        if let Some(fault) = fault(tab.evaluate("probe.turn()")?) {
            check.faults.push(fault);
        }
        check.that(frame(tab, "probe.state()")? != before || facts["tiny"] == json!(true), || {
            "turning changes nothing".into()
        });
        no_overflow(tab, check, "when turned")?;
        if let Some(fault) = fault(tab.evaluate("probe.turn()")?) {
            check.faults.push(fault);
        }
        check.that(frame(tab, "probe.state()")? == before, || {
            "turning back does not restore the picture".into()
        });
        *turns += 1;
    }
    for step in ["probe.keyboard()", "probe.sideBySide()", "probe.full()", "probe.previews()"] {
        if let Some(fault) = fault(tab.evaluate(step)?) {
            check.faults.push(fault);
        } else {
            *check.held += 1;
        }
        no_overflow(tab, check, step)?;
    }
    tab.evaluate("probe.reset()")?;
    Ok(())
}

/// The frame's pixels after an expression ran.
fn frame(tab: &mut Tab<'_>, expression: &str) -> Result<Vec<u8>> {
    tab.evaluate(expression)?;
    let clip = tab.evaluate("probe.clip()")?;
    tab.screenshot(Some(clip), false)
}

fn no_overflow(tab: &mut Tab<'_>, check: &mut Assertions<'_>, when: &str) -> Result<()> {
    let wide = tab.evaluate("probe.overflow()")?;
    check.that(wide.is_null(), || format!("the page scrolls sideways {when}: {wide}"));
    Ok(())
}

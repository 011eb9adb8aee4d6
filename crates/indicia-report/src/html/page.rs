//! The page of one report.

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indicia_core::{Conclusion, Digest, Error, Picture, Report, Result};

use super::cards::{Group, groups};
use super::custody::{Fact, MetadataRow, ProvenanceView, RunView, facts, metadata, runs};
use super::viewer::{Viewer, basis};
use super::words::{expected_false_alarms, href, meaning, strength, visible};

/// Style sheet of every page.
pub const STYLE: &str = include_str!("../../templates/style.css");
const SCRIPT: &str = include_str!("../../templates/report.js");

/// A content security policy that loads nothing and runs this script only.
pub fn policy(script: &str) -> String {
    let digest = STANDARD.encode(Digest::of(script.as_bytes()).as_bytes());
    format!(
        "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page {
    policy: String,
    style: &'static str,
    script: &'static str,
    name: String,
    path: String,
    digest: Option<String>,
    index: Option<String>,
    private: bool,
    error: Option<String>,
    warnings: Vec<String>,
    verdict: Option<VerdictView>,
    viewer: Option<Viewer>,
    parts: Vec<PartView>,
    groups: Vec<Group>,
    not_applicable: Vec<(String, String)>,
    failures: Vec<(String, String)>,
    provenance: Option<ProvenanceView>,
    metadata: Vec<MetadataRow>,
    metadata_more: usize,
    metadata_hidden: usize,
    facts: Vec<Fact>,
    runs: Vec<RunView>,
    tool: String,
    options: String,
}

struct VerdictView {
    class: &'static str,
    phrase: String,
    strength: Option<&'static str>,
    statement: String,
    false_alarms: String,
    means: &'static str,
    means_not: &'static str,
    limits: Vec<String>,
    basis: Vec<usize>,
}

/// A part of the file, with what was found on it.
struct PartView {
    name: String,
    class: &'static str,
    conclusion: String,
    about: String,
    statement: String,
    findings: Vec<(String, String)>,
}

/// The parts of a report and theirs, named by the way to them.
fn parts(report: &Report, above: &str, out: &mut Vec<PartView>) {
    for inner in &report.parts {
        let Some(part) = &inner.part else { continue };
        let name = if above.is_empty() { part.name.clone() } else { format!("{above}, {}", part.name) };
        let mut about = vec![];
        about.extend(inner.input.kind.map(|kind| kind.name().to_owned()));
        about.extend(inner.input.width.zip(inner.input.height).map(|(w, h)| format!("{w} × {h} pixels")));
        about.extend(part.span.map(|span| format!("{} bytes at byte {}", span.length, span.offset)));
        about.extend(part.note.clone());
        about.extend(inner.input.digest.clone());
        let unread = inner.error.as_ref().map(|error| error.reason.clone());
        let verdict = inner.verdict.as_ref();
        out.push(PartView {
            name: visible(&name),
            class: verdict.map_or("unread", |verdict| class(verdict.conclusion)),
            conclusion: verdict.map_or("Not read".to_owned(), |verdict| capital(verdict.conclusion.phrase())),
            about: visible(&about.join("; ")),
            statement: visible(&unread.or(verdict.map(|v| v.statement.clone())).unwrap_or_default()),
            findings: inner.findings.iter().map(|f| (visible(&f.method), visible(&f.statement))).collect(),
        });
        parts(inner, &name, out);
    }
}

/// Renders a report as one self-contained page.
///
/// `picture` is the decoded, unrotated picture, `index_href` the relative path from the page to the list of
/// all files of its run. A private report's page has no picture, no map and no identifying metadata,
/// whatever is given.
///
/// # Errors
/// `Internal` if a picture's samples do not fit its size or an encoder or the template refuses.
pub fn render(report: &Report, picture: Option<&Picture>, index_href: Option<&str>) -> Result<String> {
    let viewer = Viewer::of(report, picture)?;
    let basis = basis(report);
    let groups = groups(report, viewer.as_ref(), &basis)?;
    let (metadata, metadata_more, metadata_hidden) = metadata(report);
    let verdict = report.verdict.as_ref().map(|verdict| {
        let [means, means_not] = meaning(verdict.conclusion);
        VerdictView {
            class: class(verdict.conclusion),
            phrase: capital(verdict.conclusion.phrase()),
            strength: verdict.strength.map(strength),
            statement: visible(&verdict.statement),
            false_alarms: verdict
                .expected_false_alarms
                .map_or("not known: no statistical method applied".to_owned(), expected_false_alarms),
            means,
            means_not,
            limits: verdict.limits.iter().map(|limit| visible(limit)).collect(),
            basis: basis.iter().copied().collect(),
        }
    });
    let mut views = vec![];
    parts(report, "", &mut views);
    let pair = |a: &str, b: &str| (visible(a), visible(b));
    let page = Page {
        policy: policy(SCRIPT),
        style: STYLE,
        script: SCRIPT,
        name: file_name(&report.input.path),
        path: visible(&report.input.path),
        digest: report.input.digest.as_deref().map(visible),
        index: index_href.map(href),
        private: report.custody.private,
        error: report.error.as_ref().map(|error| visible(&error.reason)),
        warnings: report.input.warnings.iter().map(|warning| visible(warning)).collect(),
        verdict,
        viewer,
        parts: views,
        groups,
        not_applicable: report.not_applicable.iter().map(|entry| pair(&entry.method, &entry.why)).collect(),
        failures: report.failures.iter().map(|failure| pair(&failure.method, &failure.reason)).collect(),
        provenance: report.provenance.as_ref().map(ProvenanceView::of),
        metadata,
        metadata_more,
        metadata_hidden,
        facts: facts(report),
        runs: runs(report),
        tool: visible(&format!("{} {}", capital(&report.tool.name), report.tool.version)),
        options: visible(&report.custody.options_digest),
    };
    page.render().map_err(|error| Error::internal_from("the page could not be written", error))
}

/// Class of a conclusion in the style sheet.
pub fn class(conclusion: Conclusion) -> &'static str {
    match conclusion {
        Conclusion::SupportsAuthentic => "authentic",
        _ if conclusion.is_against_authenticity() => "against",
        _ => "inconclusive",
    }
}

/// The text with its first letter as a capital.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// The last part of a path.
pub fn file_name(path: &str) -> String {
    let name = path.trim_end_matches('/').rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(path);
    visible(if name == "-" { "standard input" } else { name })
}

//! Provenance, metadata and the chain of custody.

use indicia_core::{Provenance, Report, ViewUse};

use super::cards::{Cell, MAX_ROWS};
use super::words::{bytes, count, number, seconds, visible};

/// Signed provenance.
pub struct ProvenanceView {
    pub state: String,
    pub words: &'static str,
    pub facts: Vec<(&'static str, String)>,
    pub manifests: Vec<ManifestView>,
    pub codes: Vec<CodeView>,
    pub more_codes: usize,
}

/// One manifest.
pub struct ManifestView {
    pub label: String,
    pub active: bool,
    pub facts: Vec<(&'static str, String)>,
}

/// One line of a validation.
pub struct CodeView {
    pub outcome: String,
    pub failed: bool,
    pub code: String,
    pub of: &'static str,
    pub explanation: Cell,
}

impl ProvenanceView {
    pub fn of(provenance: &Provenance) -> Self {
        let words = match provenance.state.as_str() {
            "none" => {
                "The file carries no C2PA manifest. Most files do not; this says nothing for or against it."
            }
            "invalid" => {
                "The file carries a C2PA manifest that does not hold: the file or the manifest was changed after signing, or the manifest breaks the specification. The codes below say which."
            }
            "valid" => {
                "The C2PA manifest fits these bytes, but its signer is not on a trust list in force, so nobody vouches for who signed."
            }
            "trusted" => "The C2PA manifest fits these bytes, and its signer is on the trust list in force.",
            _ => "",
        };
        let mut facts = vec![];
        facts.extend(provenance.active_manifest.as_ref().map(|label| ("Active manifest", visible(label))));
        facts.extend(provenance.remote_url.as_ref().map(|url| ("Kept outside the file, at", visible(url))));
        facts.extend(
            provenance.error.as_ref().map(|error| ("The manifest store could not be read", visible(error))),
        );
        let manifests = provenance.manifests.iter().take(MAX_ROWS).map(|manifest| {
            let mut facts = vec![];
            let mut add =
                |name, value: &Option<String>| facts.extend(value.as_ref().map(|v| (name, visible(v))));
            add("Claim by", &manifest.claim_generator);
            add("Title", &manifest.title);
            add("Signer", &manifest.signer);
            add("Certificate issued by", &manifest.issuer);
            add("Signed at", &manifest.signed_at);
            let mut list = |name, values: &[String]| {
                if !values.is_empty() {
                    facts.push((name, visible(&values.join(", "))));
                }
            };
            list("Declared actions", &manifest.actions);
            list("Digital source types", &manifest.digital_source_types);
            let active = provenance.active_manifest.as_ref() == Some(&manifest.label);
            ManifestView { label: visible(&manifest.label), active, facts }
        });
        let codes = provenance.codes.iter().take(MAX_ROWS).map(|code| CodeView {
            outcome: visible(&code.outcome),
            failed: code.outcome == "failure",
            code: visible(&code.code),
            of: if code.ingredient { "ingredient" } else { "active manifest" },
            explanation: Cell::of(code.explanation.as_deref().or(code.url.as_deref()).unwrap_or_default()),
        });
        Self {
            state: visible(&provenance.state),
            words,
            facts,
            manifests: manifests.collect(),
            codes: codes.collect(),
            more_codes: provenance.codes.len().saturating_sub(MAX_ROWS),
        }
    }
}

/// One field of metadata.
pub struct MetadataRow {
    pub group: String,
    pub name: String,
    pub value: Cell,
    pub identifying: bool,
}

/// Fields for the page, and how many are left out for length and for privacy.
pub fn metadata(report: &Report) -> (Vec<MetadataRow>, usize, usize) {
    let private = report.custody.private;
    let kept: Vec<_> = report.metadata.iter().filter(|entry| !(private && entry.identifying)).collect();
    let hidden = report.metadata.len() - kept.len();
    let rows = kept.iter().take(MAX_ROWS).map(|entry| MetadataRow {
        group: visible(&entry.group),
        name: visible(&entry.name),
        value: Cell::of(&entry.value),
        identifying: entry.identifying,
    });
    (rows.collect(), kept.len().saturating_sub(MAX_ROWS), hidden)
}

/// A fact of the chain of custody.
pub struct Fact {
    pub name: &'static str,
    pub value: String,
    pub mono: bool,
}

/// What was examined, by what, under which options.
pub fn facts(report: &Report) -> Vec<Fact> {
    let fact = |name, value: String| Fact { name, value, mono: false };
    let mono = |name, value: &str| Fact { name, value: visible(value), mono: true };
    let (input, custody) = (&report.input, &report.custody);
    let mut out = vec![mono("Path as given", &input.path)];
    out.extend(input.digest.as_ref().map(|digest| mono("Digest of the file", digest)));
    out.extend(input.size.map(|size| fact("Size", bytes(size))));
    out.extend(input.kind.map(|kind| fact("Kind, by content", format!("{kind} ({})", kind.media_type()))));
    if let (Some(width), Some(height)) = (input.width, input.height) {
        let size = format!("{} × {} pixels", count(width.into()), count(height.into()));
        out.push(fact("Picture as decoded", size));
    }
    out.extend(input.orientation.map(|orientation| {
        let words =
            super::turn::Turn::of(orientation).map_or("upright".to_owned(), |t| format!("to be {}", t.words));
        fact("EXIF orientation", format!("{orientation} ({words})"))
    }));
    out.extend(
        input.frames.filter(|frames| *frames > 1).map(|frames| {
            fact("Pages or frames", format!("{}; the first was examined", count(frames.into())))
        }),
    );
    out.push(fact("Examined by", visible(&format!("{} {}", report.tool.name, report.tool.version))));
    out.push(mono("Form of the report", &report.schema));
    out.push(mono("Digest of all options", &custody.options_digest));
    out.push(match &custody.trust_list {
        Some(digest) => mono("Digest of the trust list", digest),
        None => fact("Trust list", "none given".to_owned()),
    });
    out.extend(custody.camera.as_ref().map(|digest| mono("Digest of the camera's fingerprint", digest)));
    out.push(fact("Network", if custody.online { "allowed" } else { "not used" }.to_owned()));
    out.push(fact(
        "Privacy",
        if custody.private { "picture, maps and identifying metadata left out" } else { "nothing left out" }
            .to_owned(),
    ));
    let limits = &custody.limits;
    let words = format!(
        "input {}, picture {} pixels, memory {}, one metadata block {}, {} frames, {} scans, nesting {}, {} parts",
        short_bytes(limits.bytes),
        count(limits.pixels),
        short_bytes(limits.memory),
        short_bytes(limits.metadata),
        count(limits.frames.into()),
        count(limits.scans.into()),
        count(limits.nesting.into()),
        count(limits.parts.into()),
    );
    out.push(fact("Limits in force", words));
    out.push(fact("Time taken", seconds(report.timing.total_seconds)));
    out.extend(shared_work(report).map(|words| fact("Shared work", words)));
    out
}

/// How often what several methods share was computed.
fn shared_work(report: &Report) -> Option<String> {
    let views = &report.timing.views;
    let sum = |of: fn(&ViewUse) -> u64| views.iter().map(of).sum::<u64>();
    let (keys, computed) = (sum(|used| used.keys), sum(|used| used.computed));
    let times =
        if computed == keys { "each once".to_owned() } else { format!("in {} runs", count(computed)) };
    (keys > 0).then(|| {
        format!(
            "{} intermediate results, such as decoded pixels, computed {times} in {}, asked for {} times",
            count(keys),
            seconds(views.iter().map(|used| used.seconds).sum()),
            count(sum(|used| used.asked))
        )
    })
}

fn short_bytes(size: u64) -> String {
    for (unit, name) in [(1_u64 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] {
        if size >= unit {
            return format!("{} {name}", number(size as f64 / unit as f64));
        }
    }
    format!("{} bytes", count(size))
}

/// A method that was run.
pub struct RunView {
    pub id: String,
    pub outcome: String,
    pub parameters: String,
    pub time: String,
}

/// Every method that was run, with what came of it.
pub fn runs(report: &Report) -> Vec<RunView> {
    let run = |run: &indicia_core::MethodRun| {
        let findings = report.findings.iter().filter(|finding| finding.method == run.id).count();
        let outcome = if report.failures.iter().any(|failure| failure.method == run.id) {
            "failed".to_owned()
        } else if report.not_applicable.iter().any(|entry| entry.method == run.id) {
            "not applicable".to_owned()
        } else if findings == 1 {
            "1 finding".to_owned()
        } else {
            format!("{} findings", count(findings as u64))
        };
        let parameters: Vec<_> =
            run.parameters.0.iter().map(|(name, value)| format!("{name} = {}", number(*value))).collect();
        let parameters =
            if parameters.is_empty() { "none".to_owned() } else { visible(&parameters.join(", ")) };
        let time = report.timing.seconds.get(&run.id).map_or(String::new(), |time| seconds(*time));
        RunView { id: visible(&run.id), outcome, parameters, time }
    };
    report.custody.methods.iter().map(run).collect()
}

//! Leaving picture and identifying metadata out of a report.

use indicia_core::{ExhibitData, Finding, Provenance, Report};

const LEFT_OUT: &str = "[left out]";

/// Takes out of `report` whatever may show or name a person or place: identifying metadata, small
/// pictures, maps (an error level map shows the scene), and every mention of an identifying value in
/// statements, tables and provenance. Path and digest stay: without them nobody can tell what was examined.
pub(crate) fn strip(report: &mut Report) {
    strip_knowing(report, &[]);
}

/// As [`strip`]; `known` are identifying values of the file that this one is a part of.
fn strip_knowing(report: &mut Report, known: &[String]) {
    let mut secrets: Vec<String> = report
        .metadata
        .iter()
        .filter(|entry| entry.identifying)
        .map(|entry| entry.value.trim().to_owned())
        // Shorter values occur in any sentence by chance.
        .filter(|value| value.chars().count() >= 3)
        .chain(known.iter().cloned())
        .collect();
    // Longer ones first, so that a value inside another leaves no remainder of it.
    secrets.sort_by_key(|value| std::cmp::Reverse(value.len()));
    secrets.dedup();
    report.metadata.retain(|entry| !entry.identifying);
    let hide = |text: &mut String| {
        for secret in &secrets {
            if text.contains(secret) {
                *text = text.replace(secret, LEFT_OUT);
            }
        }
    };
    report.metadata.iter_mut().for_each(|entry| hide(&mut entry.value));
    report.findings.iter_mut().for_each(|finding| strip_finding(finding, &hide));
    report.input.warnings.iter_mut().for_each(hide);
    report.failures.iter_mut().for_each(|failure| hide(&mut failure.reason));
    if let Some(verdict) = &mut report.verdict {
        hide(&mut verdict.statement);
    }
    if let Some(note) = report.part.as_mut().and_then(|part| part.note.as_mut()) {
        hide(note);
    }
    report.parts.iter_mut().for_each(|part| strip_knowing(part, &secrets));
    if let Some(provenance) = &mut report.provenance {
        strip_provenance(provenance, &hide);
    }
}

fn strip_finding(finding: &mut Finding, hide: &impl Fn(&mut String)) {
    hide(&mut finding.statement);
    finding.exhibits.retain(|exhibit| !matches!(exhibit.data, ExhibitData::Picture(_) | ExhibitData::Map(_)));
    for exhibit in &mut finding.exhibits {
        if let ExhibitData::Table(table) = &mut exhibit.data {
            table.rows.iter_mut().flatten().for_each(hide);
        }
    }
}

fn strip_provenance(provenance: &mut Provenance, hide: &impl Fn(&mut String)) {
    for manifest in &mut provenance.manifests {
        // Titles are file names, which name persons as often as not.
        if manifest.title.is_some() {
            manifest.title = Some(LEFT_OUT.to_owned());
        }
    }
    provenance.codes.iter_mut().filter_map(|code| code.explanation.as_mut()).for_each(hide);
}

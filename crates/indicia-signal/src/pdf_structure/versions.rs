//! Earlier versions and what signatures cover.

use std::collections::BTreeMap;

use indicia_codec::pdf::{Change, Document, Inventory, RevisionChanges, Role, Signature};
use indicia_core::{Claim, ExhibitData, Finding, Region, Result};

use super::{count, observation, pages};
use crate::exhibit::table;

/// Rows of a table.
const MAX_ROWS: usize = 200;

/// The earlier versions and what each later one changed.
pub(super) fn findings(document: &Document) -> Result<Vec<Finding>> {
    let revisions = &document.revisions;
    let mut out = vec![];
    if !revisions.trailing.is_empty() && revisions.trailing.len() > 2 {
        let mut finding = observation(format!(
            "{} follow the end of the document.",
            count(revisions.trailing.len(), "byte")
        ));
        finding.region = bytes(revisions.trailing.start, revisions.trailing.end);
        out.push(finding);
    }
    if revisions.all.len() < 2 {
        return Ok(out);
    }
    let changes = document.changes()?;
    let later = revisions.all.len() - 1 + revisions.unlisted;
    let mut finding = observation(format!(
        "The document was saved {} after it was first written, and the earlier {} still in the file.",
        if later == 1 { "once more".to_owned() } else { format!("{later} more times") },
        if later == 1 { "version is" } else { "versions are" }
    ));
    let rows = revisions.all.iter().enumerate().take(MAX_ROWS).map(|(index, revision)| {
        let change = changes.iter().find(|c| c.revision == index);
        vec![
            (index + 1).to_string(),
            format!("{}-{}", revision.bytes.start, revision.bytes.end),
            revision.section.name().to_owned(),
            (revision.written.len() + revision.deleted.len()).to_string(),
            change
                .map_or_else(|| if index == 0 { "first version".to_owned() } else { String::new() }, summary),
        ]
    });
    finding.exhibits.push(table(
        "versions",
        "Versions in the file",
        "The bytes up to the end of each row are the file as it was saved then.",
        &["version", "bytes", "cross-reference", "objects", "what it changed"],
        rows.collect(),
    ));
    let rows: Vec<Vec<String>> = changes
        .iter()
        .flat_map(|change| change.objects.iter().map(|object| (change.revision, object)))
        .filter(|(_, object)| object.change != Change::Rewritten)
        .take(MAX_ROWS)
        .map(|(revision, object)| {
            vec![
                (revision + 1).to_string(),
                object.id.to_string(),
                object.role.name().to_owned(),
                object.page.map_or_else(String::new, |p| (p + 1).to_string()),
                object.change.name().to_owned(),
                object.keys.join(", "),
            ]
        })
        .collect();
    let changed = table(
        "changes",
        "Changed objects",
        "Objects that each later version added, changed or deleted; those written again as they were are left out.",
        &["version", "object", "what it is", "page", "change", "entries"],
        rows,
    );
    // A version may write objects again as they were, or only lay down a signature.
    let has_rows = matches!(&changed.data, ExhibitData::Table(table) if !table.rows.is_empty());
    finding.exhibits.extend(has_rows.then_some(changed));
    out.push(finding);
    for change in &changes {
        let revision = &revisions.all[change.revision];
        let mut told = vec![];
        if change.pages.0 != change.pages.1 {
            told.push(format!("changed the number of pages from {} to {}", change.pages.0, change.pages.1));
        } else if !change.redrawn.is_empty() {
            told.push(format!("changed what {} shows", pages(&change.redrawn)));
        }
        let pictures: Vec<usize> = change
            .objects
            .iter()
            .filter(|o| o.role == Role::Picture && o.change == Change::Changed)
            .map(|o| o.page.unwrap_or(0))
            .collect();
        if !pictures.is_empty() {
            told.push(format!("replaced {}", count(pictures.len(), "picture")));
        }
        if told.is_empty() {
            continue;
        }
        let mut finding = observation(format!("Version {} {}.", change.revision + 1, told.join(" and ")));
        finding.region = bytes(revision.bytes.start, revision.bytes.end);
        out.push(finding);
    }
    Ok(out)
}

fn bytes(start: usize, end: usize) -> Region {
    Region::Bytes { offset: start as u64, length: (end - start) as u64 }
}

/// `page content 2, form field 1`.
fn summary(change: &RevisionChanges) -> String {
    let mut counts: BTreeMap<&Role, usize> = BTreeMap::new();
    for object in change.objects.iter().filter(|o| o.change != Change::Rewritten) {
        *counts.entry(&object.role).or_default() += 1;
    }
    if counts.is_empty() {
        return "nothing".to_owned();
    }
    let parts: Vec<String> =
        counts.iter().map(|(role, number)| format!("{} {number}", role.name())).collect();
    parts.join(", ")
}

/// What signatures cover, and what came after them.
pub(super) fn signatures(document: &Document, inventory: &Inventory, file: &[u8]) -> Result<Vec<Finding>> {
    let mut out = vec![];
    let mut rows = vec![];
    for signature in inventory.signatures.iter().take(MAX_ROWS) {
        let end = usize::try_from(signature.end()).unwrap_or(usize::MAX);
        let sound = signature.has_sound_gap(file) && end <= file.len();
        let after = file.len().saturating_sub(end);
        let whole = sound && file[end..].iter().all(u8::is_ascii_whitespace);
        rows.push(vec![
            signature.id.to_string(),
            if signature.timestamp { "time stamp".to_owned() } else { signature.format.clone() },
            signature.date.clone().unwrap_or_default(),
            if sound { format!("first {end} bytes") } else { "not one run around itself".to_owned() },
            after.to_string(),
            match signature.permission {
                None => "not stated".to_owned(),
                Some(1) => "nothing".to_owned(),
                Some(2) => "filling in forms, signing".to_owned(),
                Some(_) => "forms, signing, annotations".to_owned(),
            },
        ]);
        if signature.timestamp {
            continue;
        }
        out.extend(if !sound {
            Some(observation(
                "A signature leaves out more of the file than itself, so that parts of the document are not signed; \
                 whether the signature is valid was not checked.",
            ))
        } else if whole {
            None
        } else {
            Some(after_signing(document, signature, end, after)?)
        });
    }
    if let Some(first) = rows.first() {
        let whole = first[4] == "0" && rows.len() == 1 && out.is_empty();
        let mut finding = observation(format!(
            "The document carries {}{}; whether {} valid was not checked.",
            count(rows.len(), "signature"),
            if whole { " that covers the whole file" } else { "" },
            if rows.len() == 1 { "it is" } else { "they are" }
        ));
        finding.exhibits.push(table(
            "signatures",
            "Signatures",
            "What each signature covers and allows; the signatures themselves were not verified.",
            &["object", "format", "date", "covers", "bytes after it", "allows to change"],
            rows,
        ));
        out.insert(0, finding);
    }
    Ok(out)
}

fn after_signing(document: &Document, signature: &Signature, end: usize, after: usize) -> Result<Finding> {
    let compared = document.redrawn_since(end)?;
    let redrawn = compared.clone().unwrap_or_default();
    let altered = redrawn.before != redrawn.now || !redrawn.pages.is_empty();
    let what = if redrawn.before != redrawn.now {
        format!("the number of pages changed from {} to {}", redrawn.before, redrawn.now)
    } else {
        format!("what {} shows was changed", pages(&redrawn.pages))
    };
    let mut finding = match (altered, signature.permission) {
        // Any permission forbids to change pages: 3, the widest, allows annotations. It claims and does not
        // vote: neither the signature's cryptography nor its false alarms on real files are checked.
        (true, Some(_)) => Finding {
            claim: Claim::Manipulated,
            ..observation(format!(
                "A certifying signature forbids to change the pages, and after it {what}; the signature's \
                 cryptography was not checked."
            ))
        },
        (true, None) => observation(format!(
            "After the document was signed, {what}; whether the signature is valid was not checked."
        )),
        (false, _) if compared.is_none() => observation(format!(
            "{} were added after the signature, and the signed bytes are no document by themselves.",
            count(after, "byte")
        )),
        (false, _) => observation(format!(
            "{} were added after the signature; what the pages themselves draw is as it was signed.",
            count(after, "byte")
        )),
    };
    finding.region = bytes(end, end + after);
    Ok(finding)
}

//! From validated provenance to findings: pure functions.

use std::collections::BTreeMap;

use indicia_core::{
    Claim, Exhibit, ExhibitData, Finding, Provenance, ProvenanceManifest, Region, Standing, Table,
    ValidationCode,
};

use super::codes::{Meaning, meaning, meaning_among};
use super::sources::{Source, classify};

const METHOD: &str = "signal.provenance";
/// Longest text from a file that goes into a sentence, in characters.
const QUOTED: usize = 120;

/// Findings about a file that has a manifest, names one, or has something that should be one.
/// `None`: there is nothing of the sort.
pub(super) fn findings(provenance: &Provenance) -> Option<Vec<Finding>> {
    let mut findings = match provenance.state.as_str() {
        "none" => vec![remote(provenance)?],
        _ if provenance.manifests.is_empty() => vec![unreadable(provenance)],
        _ => read(provenance),
    };
    if let Some(first) = findings.first_mut() {
        first.exhibits = exhibits(provenance);
    }
    Some(findings)
}

fn remote(provenance: &Provenance) -> Option<Finding> {
    let url = quote(provenance.remote_url.as_deref()?);
    let why = match &provenance.error {
        Some(error) => format!("it could not be had ({})", quote(error)),
        None => "it was not read, because the network was not allowed".to_owned(),
    };
    let statement = format!("The file says that its C2PA manifest is kept at {url}; {why}.");
    Some(Finding::observation(METHOD, statement))
}

fn unreadable(provenance: &Provenance) -> Finding {
    let why = provenance.error.as_deref().map(quote).unwrap_or_else(|| "no reason given".to_owned());
    let statement = format!(
        "The file holds C2PA data that cannot be read ({why}), so its provenance is unknown; that alone is no sign of \
         forgery, for copying and editing programs damage such data too."
    );
    Finding::observation(METHOD, statement)
}

fn read(provenance: &Provenance) -> Vec<Finding> {
    let failures = failures(provenance);
    let contradictions: Vec<_> = failures
        .iter()
        .filter(|(meaning, _)| meaning.is_contradiction())
        .flat_map(|(_, codes)| codes)
        .collect();
    let mut findings = vec![];
    if contradictions.is_empty() {
        findings.extend(declared(provenance));
    } else {
        findings.push(contradicted(provenance, &failures));
    }
    for (meaning, codes) in &failures {
        // That nobody vouches for the signer has been said with what was signed.
        let said = *meaning == Meaning::Signer && contradictions.is_empty() && provenance.state == "valid";
        if !meaning.is_contradiction() && !said {
            let statement = format!("{} (C2PA: {}.)", meaning.sentence(), codes.join(", "));
            findings.push(Finding::observation(METHOD, statement));
        }
    }
    if provenance.codes.iter().any(|c| c.code == "assertion.dataHash.additionalExclusionsPresent") {
        let statement = "The signature leaves out parts of the file besides its own place, metadata for example; those \
                         may have been changed without a trace.";
        findings.push(Finding::observation(METHOD, statement));
    }
    findings
}

/// Failure codes by what they mean, each once.
fn failures(provenance: &Provenance) -> BTreeMap<Meaning, Vec<String>> {
    let mut by_meaning: BTreeMap<Meaning, Vec<String>> = BTreeMap::new();
    for code in provenance.codes.iter().filter(|code| code.outcome == "failure") {
        let codes = by_meaning.entry(meaning_among(code, &provenance.codes)).or_default();
        let code = quote(&code.code);
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    by_meaning
}

fn contradicted(provenance: &Provenance, failures: &BTreeMap<Meaning, Vec<String>>) -> Finding {
    let codes = |meaning| failures.get(&meaning).map(|codes| codes.join(", "));
    let signer = active(provenance).map_or_else(|| "its signer".to_owned(), signer);
    let content = codes(Meaning::ContentChanged).map(|codes| {
        format!(
            "the file's bytes were changed after {signer} signed them, picture or metadata, for they no longer have the \
             signed hash (C2PA: {codes})"
        )
    });
    let manifest = codes(Meaning::ManifestChanged).map(|codes| {
        format!("the provenance manifest itself was changed after {signer} signed it (C2PA: {codes})")
    });
    let words: Vec<_> = [content, manifest].into_iter().flatten().collect();
    let statement = format!("Contradiction with the signature in the file: {}.", words.join("; and "));
    vote(Claim::Manipulated, statement)
}

/// A contradiction with the signature in a file that is damaged: a broken transfer changes bytes as a forger
/// does, so that it is shown and does not count.
pub(super) fn allow_for_damage(mut finding: Finding) -> Finding {
    if finding.claim == Claim::Manipulated && finding.standing == Standing::Vote {
        finding.standing = Standing::Exhibit;
        finding.statement.push_str(
            " The file is damaged too, and damage alone, as of a broken transfer, breaks the match; so this does not count.",
        );
    }
    finding
}

fn vote(claim: Claim, statement: String) -> Finding {
    Finding {
        claim,
        standing: Standing::Vote,
        region: Region::Whole,
        ..Finding::observation(METHOD, statement)
    }
}

fn active(provenance: &Provenance) -> Option<&ProvenanceManifest> {
    let label = provenance.active_manifest.as_deref()?;
    provenance.manifests.iter().find(|manifest| manifest.label == label)
}

fn signer(manifest: &ProvenanceManifest) -> String {
    manifest.signer.as_deref().map_or_else(|| "a signer without a name".to_owned(), quote)
}

/// What a manifest that nothing contradicts says of its picture.
fn declared(provenance: &Provenance) -> Option<Finding> {
    let active = active(provenance)?;
    let trusted = provenance.state == "trusted";
    let good = trusted || provenance.state == "valid";
    let signed = match &active.signed_at {
        Some(time) => format!("signed by {} at {}", signer(active), quote(time)),
        None => format!("signed by {}", signer(active)),
    };
    let standing = if trusted {
        "a signer on the trust list that was given"
    } else if good {
        "a signer who is not on the trust list that was given, if any was, so the name is the signer's own word"
    } else {
        "a signature that does not fully hold, as the other findings say"
    };
    let of = |relation: Option<&str>| {
        let manifests = provenance.manifests.iter().filter(move |m| {
            if relation.is_none() { m.label == active.label } else { m.relationship.as_deref() == relation }
        });
        manifests.flat_map(|m| &m.digital_source_types).map(|t| classify(t)).collect::<Vec<_>>()
    };
    let (own, parents, parts, inputs) =
        (of(None), of(Some("parentOf")), of(Some("componentOf")), of(Some("inputTo")));

    // The picture itself, or the one it was made from, is declared to be generated.
    for (sources, whose) in [(&own, "the picture is"), (&parents, "an earlier version of the picture was")] {
        let Some(Source::Generated(how)) = sources.iter().find(|s| matches!(s, Source::Generated(_))) else {
            continue;
        };
        let statement =
            format!("The provenance manifest, {signed} ({standing}), declares that {whose} {how}.");
        return Some(if good {
            vote(Claim::Synthetic, statement)
        } else {
            Finding::observation(METHOD, statement)
        });
    }
    if parts.iter().chain(&inputs).any(|s| matches!(s, Source::Generated(_))) {
        let statement = format!(
            "The provenance manifest, {signed} ({standing}), declares that generated material was put into the picture \
             or used in making it."
        );
        return Some(Finding::observation(METHOD, statement));
    }
    if !good {
        let statement =
            format!("The file has a C2PA manifest, {signed}; it is not valid, as the other findings say.");
        return Some(Finding::observation(METHOD, statement));
    }

    let bound = provenance.codes.iter().any(|c| {
        let hashes = ["assertion.dataHash.match", "assertion.bmffHash.match", "assertion.boxesHash.match"];
        c.outcome == "success" && !c.ingredient && hashes.contains(&c.code.as_str())
    });
    if !bound {
        let statement =
            format!("The provenance manifest, {signed} ({standing}), is not bound to the content by a hash.");
        return Some(Finding::observation(METHOD, statement));
    }
    let unchanged = format!(
        "The file is {signed}, {standing}; nothing that the signature covers has changed since. This shows who signed and \
         that the file is unchanged, not that the scene is true."
    );
    if !trusted {
        return Some(Finding::observation(METHOD, unchanged));
    }
    let lineage: Vec<_> = own.iter().chain(&parents).chain(&parts).collect();
    let origin =
        own.iter().chain(&parents).find_map(|s| if let Source::Human(how) = s { Some(how) } else { None });
    let foreign = provenance.codes.iter().any(|c| c.code == "ingredient.unknownProvenance");
    match origin {
        Some(how) if lineage.iter().all(|s| matches!(s, Source::Human(_))) && !foreign => {
            Some(vote(Claim::Authentic, format!("{unchanged} The signer declares that it {how}.")))
        }
        _ => {
            let gap = if foreign {
                "a part or earlier version of it came without provenance"
            } else if lineage.is_empty() {
                "the signer does not declare how it was made"
            } else {
                "the signer does not declare a capture or edits by people alone"
            };
            Some(Finding::observation(
                METHOD,
                format!("{unchanged} It does not show an authentic recording: {gap}."),
            ))
        }
    }
}

fn exhibits(provenance: &Provenance) -> Vec<Exhibit> {
    let mut exhibits = vec![];
    if !provenance.manifests.is_empty() {
        exhibits.push(Exhibit {
            id: "manifests".to_owned(),
            title: "Manifests in the file".to_owned(),
            legend: "What each signer states, the active manifest first. Times without a trusted time stamp and all \
                     declarations are the signer's own word."
                .to_owned(),
            data: ExhibitData::Table(manifest_table(provenance)),
        });
    }
    if !provenance.codes.is_empty() {
        exhibits.push(Exhibit {
            id: "codes".to_owned(),
            title: "Validation".to_owned(),
            legend:
                "Every check of the C2PA validation with its outcome and its code in the C2PA specification."
                    .to_owned(),
            data: ExhibitData::Table(code_table(provenance)),
        });
    }
    exhibits
}

fn manifest_table(provenance: &Provenance) -> Table {
    let columns = [
        "manifest",
        "relation",
        "signed by",
        "certificate of",
        "signed at",
        "made with",
        "actions",
        "declared source",
    ];
    let or_none = |text: &Option<String>| text.as_deref().map(quote).unwrap_or_else(|| "-".to_owned());
    let list = |items: &[String]| {
        let items: Vec<_> = items.iter().map(|item| quote(item.rsplit('/').next().unwrap_or(item))).collect();
        if items.is_empty() { "-".to_owned() } else { items.join(", ") }
    };
    let row = |m: &ProvenanceManifest| {
        let relation = match m.relationship.as_deref() {
            _ if provenance.active_manifest.as_deref() == Some(&m.label) => "active",
            Some("parentOf") => "earlier version",
            Some("componentOf") => "part",
            Some("inputTo") => "input",
            _ => "not referred to",
        };
        vec![
            quote(&m.label),
            relation.to_owned(),
            or_none(&m.signer),
            or_none(&m.issuer),
            or_none(&m.signed_at),
            or_none(&m.claim_generator),
            list(&m.actions),
            list(&m.digital_source_types),
        ]
    };
    Table {
        columns: columns.map(str::to_owned).to_vec(),
        rows: provenance.manifests.iter().map(row).collect(),
    }
}

fn code_table(provenance: &Provenance) -> Table {
    let row = |code: &ValidationCode| {
        let part = if code.ingredient { "ingredient" } else { "active manifest" };
        let detail = code.explanation.as_deref().map(quote).unwrap_or_else(|| "-".to_owned());
        let meaning = match code.outcome.as_str() {
            "failure" => match meaning_among(code, &provenance.codes) {
                Meaning::Ingredient => meaning(&code.code).sentence(),
                meaning => meaning.sentence(),
            },
            _ => "-",
        };
        vec![part.to_owned(), code.outcome.clone(), quote(&code.code), meaning.to_owned(), detail]
    };
    Table {
        columns: ["of", "outcome", "code", "meaning", "validator's words"].map(str::to_owned).to_vec(),
        rows: provenance.codes.iter().map(row).collect(),
    }
}

/// Text from the file as it may stand in a sentence: on one line, and not longer than [`QUOTED`].
pub(super) fn quote(text: &str) -> String {
    let mut line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(QUOTED).collect();
    if text.chars().nth(QUOTED).is_some() {
        line.push('…');
    }
    line
}

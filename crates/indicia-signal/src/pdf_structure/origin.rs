//! Programs and dates that contradict each other, and what acts or hides beside the pages.

use std::collections::BTreeMap;

use indicia_codec::Metadata;
use indicia_codec::metadata::{DateField, Timestamp};
use indicia_codec::pdf::Inventory;
use indicia_core::Finding;

use super::{count, observation};
use crate::exhibit::table;

/// Seconds by which two fields for one moment may differ.
const TOLERANCE: i64 = 60;
/// Time zones lie within this of each other.
const ZONES: i64 = 26 * 3600;

/// Programs that write PDFs and the names by which their fields tell them. Facts, not a judgement.
const FAMILIES: [(&str, &[&str]); 14] = [
    ("Microsoft Office", &["microsoft"]),
    ("LibreOffice or OpenOffice", &["libreoffice", "openoffice"]),
    ("Adobe", &["adobe", "acrobat", "indesign", "distiller", "photoshop"]),
    ("TeX", &["latex", "pdftex", "xetex", "luatex", "tex output", "dvips", "dvipdf"]),
    ("Apple", &["quartz pdfcontext", "pages", "macos", "mac os"]),
    ("Ghostscript", &["ghostscript"]),
    ("Chromium", &["skia", "chromium", "mozilla"]),
    ("iText", &["itext"]),
    ("PyPDF or pikepdf", &["pypdf", "pikepdf", "pymupdf", "mupdf"]),
    ("qpdf", &["qpdf"]),
    ("an online PDF editor", &["ilovepdf", "smallpdf", "sejda", "pdfescape", "pdf24", "sodapdf", "dochub"]),
    ("Foxit", &["foxit"]),
    ("Nitro", &["nitro"]),
    (
        "a library for web pages or reports",
        &["reportlab", "wkhtmltopdf", "pdf-lib", "pdfsharp", "tcpdf", "fpdf", "jspdf"],
    ),
];

/// Pairs that one ordinary way of making a PDF writes.
const USUAL: [(&str, &str); 5] = [
    ("Microsoft Office", "Adobe"),
    ("Microsoft Office", "Apple"),
    ("Adobe", "Apple"),
    ("TeX", "Ghostscript"),
    ("LibreOffice or OpenOffice", "Ghostscript"),
];

fn family(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    FAMILIES.iter().find(|(_, words)| words.iter().any(|w| lower.contains(w))).map(|(family, _)| *family)
}

/// Contradictions between the information dictionary, the XMP packet and the versions in the file.
pub(super) fn programs(metadata: &Metadata, versions: usize) -> Vec<Finding> {
    let mut out = vec![];
    let pdf = |name: &str| metadata.find("PDF", name).map(str::trim).filter(|v| !v.is_empty());
    let xmp = |name: &str| {
        let mut found = metadata.entries.iter().filter(|e| e.group == "XMP");
        found.find(|e| e.name == name || e.name.ends_with(&format!("/{name}"))).map(|e| e.value.trim())
    };
    let mut rows = vec![];
    let mut differ = vec![];
    for (field, other) in [("Producer", "pdf:Producer"), ("Creator", "xmp:CreatorTool")] {
        if let (Some(a), Some(b)) = (pdf(field), xmp(other)) {
            rows.push(vec![field.to_owned(), a.to_owned(), other.to_owned(), b.to_owned()]);
            if a != b {
                differ.push(field.to_lowercase());
            }
        }
    }
    let date = |field: &str| {
        let found = metadata.dates.iter().find(|d| d.field == field);
        found.filter(|d| d.value.is_some())
    };
    let created = date("PDF CreationDate");
    let modified = date("PDF ModDate");
    for (a, b, word) in [
        (created, date("XMP xmp:CreateDate"), "date of creation"),
        (modified, date("XMP xmp:ModifyDate"), "date of change"),
    ] {
        if let (Some(a), Some(b)) = (a, b) {
            rows.push(vec![a.field.clone(), a.text.clone(), b.field.clone(), b.text.clone()]);
            if disagree(a, b) {
                differ.push(word.to_owned());
            }
        }
    }
    if !differ.is_empty() {
        let mut finding = observation(format!(
            "The two places where a PDF names its origin contradict each other in the {}; programs that change a \
             file often update only one.",
            differ.join(" and the ")
        ));
        finding.exhibits.push(table(
            "fields",
            "Fields of the two places",
            "The information dictionary on the left, the XMP packet on the right.",
            &["field", "value", "field", "value"],
            rows,
        ));
        out.push(finding);
    }
    if let (Some(created), Some(modified)) = (created, modified)
        && let Some(seconds) = between(created, modified)
        && seconds < -TOLERANCE
    {
        out.push(observation(format!(
            "The file says that it was changed on {} and made later, on {}.",
            modified.value.map_or_else(String::new, |v| v.to_string()),
            created.value.map_or_else(String::new, |v| v.to_string())
        )));
    }
    if versions > 1
        && let (Some(created), Some(modified)) = (created, modified)
        && created.value == modified.value
    {
        out.push(observation(
            "The file's dates say that it was never changed, while it holds more than one version.",
        ));
    }
    if let (Some(creator), Some(producer)) = (pdf("Creator"), pdf("Producer"))
        && let (Some(made), Some(written)) = (family(creator), family(producer))
        && made != written
        && !USUAL.contains(&(made, written))
    {
        out.push(observation(format!(
            "The file names {made} as the program of its content and {written} as the one that wrote it: it went \
             through more than one program."
        )));
    }
    out
}

/// Seconds from `a` to `b`; `None` where a time zone that is not written could explain the difference.
fn between(a: &DateField, b: &DateField) -> Option<i64> {
    let (a, b): (Timestamp, Timestamp) = (a.value?, b.value?);
    if let (Some(a), Some(b)) = (a.utc_seconds(), b.utc_seconds()) {
        return Some(b - a);
    }
    let apart = b.wall_seconds() - a.wall_seconds();
    (apart.abs() > ZONES).then_some(apart)
}

fn disagree(a: &DateField, b: &DateField) -> bool {
    between(a, b).is_some_and(|seconds| seconds.abs() > TOLERANCE)
}

/// Scripts, actions, attached files and hidden layers.
pub(super) fn active(inventory: &Inventory) -> Vec<Finding> {
    let mut out = vec![];
    let mut kinds: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for action in &inventory.active {
        kinds.entry(&action.kind).or_default().push(action.id.to_string());
    }
    if !kinds.is_empty() {
        let mut what: Vec<&str> = kinds
            .keys()
            .map(|kind| match *kind {
                "JavaScript" => "scripts",
                "Launch" => "actions that start programs or open files",
                "SubmitForm" => "actions that send form data",
                "ImportData" => "actions that read data in",
                "GoToR" | "GoToE" => "links into other files",
                _ => "media actions",
            })
            .collect();
        what.dedup();
        let mut finding =
            observation(format!("The document holds {}; nothing of it was run.", what.join(", ")));
        let rows = kinds.iter().map(|(kind, ids)| {
            vec![
                (*kind).to_owned(),
                ids.len().to_string(),
                ids.iter().take(20).cloned().collect::<Vec<_>>().join(", "),
            ]
        });
        finding.exhibits.push(table(
            "actions",
            "Actions",
            "What acts when the document is opened or used, with the objects that hold it.",
            &["action", "number", "objects"],
            rows.collect(),
        ));
        out.push(finding);
    }
    if !inventory.attachments.is_empty() {
        let mut finding = observation(format!(
            "{} attached inside the document.",
            match inventory.attachments.len() {
                1 => "A file is".to_owned(),
                number => format!("{number} files are"),
            }
        ));
        let rows =
            inventory.attachments.iter().take(200).map(|a| vec![a.id.to_string(), a.stored.to_string()]);
        finding.exhibits.push(table(
            "attachments",
            "Attached files",
            "Objects and their bytes as stored.",
            &["object", "bytes"],
            rows.collect(),
        ));
        out.push(finding);
    }
    let hidden = inventory.layers.iter().filter(|l| !l.visible).count();
    if hidden > 0 {
        out.push(observation(format!(
            "{hidden} of {} {} hidden when the document is opened.",
            count(inventory.layers.len(), "layer"),
            if hidden == 1 { "is" } else { "are" }
        )));
    }
    out
}

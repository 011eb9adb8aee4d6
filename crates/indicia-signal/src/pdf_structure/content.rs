//! What pages draw without showing it, and fonts.

use std::collections::{BTreeMap, BTreeSet};

use indicia_codec::pdf::{CoverKind, Document, Font, Inventory, ObjectId, PageContent};
use indicia_core::Finding;

use super::{count, observation, pages};
use crate::exhibit::table;

/// Rows of a table.
const MAX_ROWS: usize = 200;
/// Letters under a cover from which it is told: fewer are touching lines or an accent.
const FEW_LETTERS: u32 = 2;
/// Bytes of text up to which a font counts as used for a few letters only.
const FEW_BYTES: u64 = 40;

/// Hidden text, covers and fonts of the first pages.
pub(super) fn findings(document: &Document, inventory: &Inventory, max_pages: usize) -> Vec<Finding> {
    let mut read: Vec<(usize, PageContent)> = vec![];
    let mut failed = vec![];
    for page in 0..document.pages.len().min(max_pages) {
        match document.content(page) {
            Ok(content) => read.push((page, content)),
            Err(error) => failed.push((page, error.to_string())),
        }
    }
    let mut out = vec![];
    if let Some((first, why)) = failed.first() {
        let all: Vec<usize> = failed.iter().map(|(page, _)| *page).collect();
        out.push(observation(format!(
            "{} could not be read; of page {} the reason is: {why}.",
            capital(&pages(&all)),
            first + 1
        )));
    }
    if document.pages.len() > max_pages {
        out.push(observation(format!(
            "Of {} pages the first {max_pages} were searched for hidden text.",
            document.pages.len()
        )));
    }
    out.extend(covered(&read));
    out.extend(unseen(&read));
    out.extend(fonts(&read, &inventory.fonts));
    out
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn kind_name(kind: CoverKind) -> &'static str {
    match kind {
        CoverKind::Dark => "dark rectangle",
        CoverKind::Light => "paper-coloured rectangle",
        CoverKind::Colored => "coloured rectangle",
        CoverKind::Picture => "picture",
    }
}

/// Shapes laid over text or pictures, each sort in a sentence.
fn covered(read: &[(usize, PageContent)]) -> Vec<Finding> {
    let mut out = vec![];
    let mut rows = vec![];
    let mut dark: (BTreeSet<usize>, u32) = Default::default();
    let mut replaced: (BTreeSet<usize>, u32) = Default::default();
    let mut light: (BTreeSet<usize>, u32) = Default::default();
    let mut under_picture: (BTreeSet<usize>, u32) = Default::default();
    let mut patched: BTreeSet<usize> = BTreeSet::new();
    let mut blacked: BTreeSet<usize> = BTreeSet::new();
    for (page, content) in read {
        for cover in &content.covers {
            let tells = cover.hidden >= FEW_LETTERS;
            if tells {
                let group = match (cover.kind, cover.above > 0) {
                    (CoverKind::Picture, _) => &mut under_picture,
                    (_, true) => &mut replaced,
                    (CoverKind::Dark, false) => &mut dark,
                    (_, false) => &mut light,
                };
                group.0.insert(*page);
                group.1 += cover.hidden;
            } else if cover.on_picture && cover.kind == CoverKind::Dark && cover.above == 0 {
                blacked.insert(*page);
            } else if cover.on_picture && cover.kind == CoverKind::Light && cover.above >= FEW_LETTERS {
                patched.insert(*page);
            } else {
                continue;
            }
            let [x0, y0, x1, y1] = cover.area;
            rows.push(vec![
                (page + 1).to_string(),
                kind_name(cover.kind).to_owned(),
                format!("{x0:.0}, {y0:.0} to {x1:.0}, {y1:.0}"),
                cover.hidden.to_string(),
                cover.above.to_string(),
                if cover.on_picture { "yes" } else { "no" }.to_owned(),
            ]);
        }
    }
    let list = |set: &BTreeSet<usize>| pages(&set.iter().copied().collect::<Vec<_>>());
    let letters = |number: u32| count(number as usize, "letter");
    if !dark.0.is_empty() {
        out.push(observation(format!(
            "On {}, {} stand under dark rectangles and can still be read from the file: a redaction that hides \
             without removing.",
            list(&dark.0),
            letters(dark.1)
        )));
    }
    if !replaced.0.is_empty() {
        out.push(observation(format!(
            "On {}, {} are covered and other text is drawn over the cover, as when text is replaced in an editor.",
            list(&replaced.0),
            letters(replaced.1)
        )));
    }
    if !light.0.is_empty() {
        out.push(observation(format!(
            "On {}, {} are covered by rectangles of paper's or another colour and cannot be seen.",
            list(&light.0),
            letters(light.1)
        )));
    }
    if !under_picture.0.is_empty() {
        out.push(observation(format!(
            "On {}, {} are covered by pictures; text recognised in a scan is often put there.",
            list(&under_picture.0),
            letters(under_picture.1)
        )));
    }
    if !blacked.is_empty() {
        out.push(observation(format!(
            "On {}, dark rectangles are laid over pictures, whose own pixels below them are still in the file.",
            list(&blacked)
        )));
    }
    if !patched.is_empty() {
        out.push(observation(format!(
            "On {}, paper-coloured patches with text on them are laid over pictures, as when a scan is altered in \
             an editor.",
            list(&patched)
        )));
    }
    if let Some(first) = out.first_mut() {
        rows.truncate(MAX_ROWS);
        first.exhibits.push(table(
            "covers",
            "Shapes over text and pictures",
            "Areas are left, top to right, bottom in points of 1/72 inch from the page's upper left corner.",
            &["page", "shape", "area", "letters under it", "letters over it", "on a picture"],
            rows,
        ));
    }
    let annotated: Vec<(usize, &str, u32)> = read
        .iter()
        .flat_map(|(page, content)| {
            content.covering_annotations.iter().map(|(kind, letters)| (*page, kind.as_str(), *letters))
        })
        .collect();
    if !annotated.is_empty() {
        let on: BTreeSet<usize> = annotated.iter().map(|a| a.0).collect();
        let mut finding = observation(format!("On {}, annotations lie over text.", list(&on)));
        let rows = annotated.iter().take(MAX_ROWS).map(|(page, kind, letters)| {
            vec![(page + 1).to_string(), (*kind).to_owned(), letters.to_string()]
        });
        finding.exhibits.push(table(
            "annotations",
            "Annotations over text",
            "A markup may be see-through; a filled shape, a text box or a stamp is not.",
            &["page", "annotation", "letters under it"],
            rows.collect(),
        ));
        out.push(finding);
    }
    out
}

/// Text that nobody sees though nothing covers it.
fn unseen(read: &[(usize, PageContent)]) -> Vec<Finding> {
    let mut out = vec![];
    let mut tell = |number: &dyn Fn(&PageContent) -> u32, words: &str| {
        let on: Vec<usize> = read.iter().filter(|(_, c)| number(c) >= FEW_LETTERS).map(|(p, _)| *p).collect();
        let all: u32 = read.iter().map(|(_, c)| number(c)).sum();
        if !on.is_empty() {
            out.push(observation(format!("On {}, {} {words}.", pages(&on), count(all as usize, "letter"))));
        }
    };
    tell(
        &|c| c.invisible_on_picture,
        "of invisible text lie over pictures: the recognised text of a scan, which may differ from what the scan shows",
    );
    tell(&|c| c.invisible - c.invisible_on_picture, "of invisible text lie where no picture is");
    tell(&|c| c.paper_colored, "are drawn in the colour of paper on paper");
    tell(&|c| c.tiny, "are smaller than a point");
    out
}

/// The same font in several subsets, and fonts for a few letters.
fn fonts(read: &[(usize, PageContent)], fonts: &[Font]) -> Vec<Finding> {
    let known: BTreeMap<ObjectId, &Font> = fonts.iter().map(|f| (f.id, f)).collect();
    // Pages, text and the subsets of a font.
    let mut usage: BTreeMap<ObjectId, (BTreeSet<usize>, u64)> = BTreeMap::new();
    let mut twice: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (page, content) in read {
        let mut subsets: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
        for used in &content.fonts {
            let Some(font) = used.id.and_then(|id| known.get(&id)) else { continue };
            let entry = usage.entry(font.id).or_default();
            entry.0.insert(*page);
            entry.1 += used.bytes;
            if let Some(subset) = &font.subset {
                subsets.entry((&font.name, &font.kind)).or_default().insert(subset);
            }
        }
        for ((name, _), subsets) in subsets {
            if subsets.len() > 1 {
                twice.entry(name.to_owned()).or_default().insert(*page);
            }
        }
    }
    let total: u64 = usage.values().map(|u| u.1).sum();
    let used: Vec<(&Font, &BTreeSet<usize>, u64)> =
        usage.iter().filter_map(|(id, (on, bytes))| Some((*known.get(id)?, on, *bytes))).collect();
    // A font of a few letters on one page that differs from all others in being embedded or not.
    let odd: Vec<&Font> = used
        .iter()
        .filter(|(font, on, bytes)| {
            let others = || used.iter().filter(|(other, ..)| other.id != font.id);
            *bytes <= FEW_BYTES
                && total >= 10 * FEW_BYTES
                && on.len() == 1
                && others().all(|(other, ..)| other.embedded != font.embedded)
        })
        .map(|(font, ..)| *font)
        .collect();
    let mut out = vec![];
    if !twice.is_empty() {
        let on: BTreeSet<usize> = twice.values().flatten().copied().collect();
        out.push(observation(format!(
            "On {}, {} in several subsets, as when text is added to a finished page or pages are put together.",
            pages(&on.into_iter().collect::<Vec<_>>()),
            if twice.len() == 1 { "one font is used".to_owned() } else { format!("{} fonts are used", twice.len()) }
        )));
    }
    if !odd.is_empty() {
        out.push(observation(format!(
            "{} used for a few letters on one page only, and {} in whether its outlines are in the file.",
            if odd.len() == 1 { "A font is".to_owned() } else { format!("{} fonts are", odd.len()) },
            if odd.len() == 1 { "it differs from all others" } else { "each differs from all others" },
        )));
    }
    if let Some(first) = out.first_mut() {
        let rows = used.iter().take(MAX_ROWS).map(|(font, on, bytes)| {
            vec![
                font.name.clone(),
                font.subset.clone().unwrap_or_default(),
                font.kind.clone(),
                if font.embedded { "yes" } else { "no" }.to_owned(),
                pages(&on.iter().copied().collect::<Vec<_>>()),
                bytes.to_string(),
            ]
        });
        first.exhibits.push(table(
            "fonts",
            "Fonts",
            "Text is counted in bytes of its strings; composite fonts take two a letter.",
            &["font", "subset", "kind", "embedded", "pages", "bytes of text"],
            rows.collect(),
        ));
    }
    out
}

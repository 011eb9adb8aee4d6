use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use indicia_codec::Content;
use indicia_core::{Error, Result};
use serde_json::{Value, json};

use super::scan::{Found, Scan, read_text};
use super::{Draft, Drafts, Layout, pictures};
use crate::table::{Cell, Faults};

/// Longest text or annotation file.
const LIMIT: u64 = 64 << 20;

/// Whether there is a text with annotations.
pub(super) fn is_there(scan: &Scan) -> bool {
    !pairs(scan).is_empty()
}

/// Paths without ending that have both a `.txt` and a `.ann` file.
fn pairs(scan: &Scan) -> HashSet<&str> {
    let with = |ending: &'static str| {
        scan.files.iter().filter_map(move |f| f.relative.strip_suffix(ending)).collect::<HashSet<_>>()
    };
    let annotated = with(".ann");
    with(".txt").into_iter().filter(|path| annotated.contains(path)).collect()
}

/// Texts with their spans.
///
/// # Errors
/// `Input` with file and line where an annotation is malformed or leaves its text.
pub(super) fn read(root: &Path, scan: Scan) -> Result<Drafts> {
    let pairs = pairs(&scan);
    let mut out = Drafts { layouts: vec![Layout::Brat], skipped: scan.skipped.clone(), ..Drafts::default() };
    let mut faults = Faults::default();
    let mut totals = Totals::default();
    let items: Vec<&Found> = scan
        .files
        .iter()
        .filter(|f| f.relative.strip_suffix(".txt").is_some_and(|path| pairs.contains(path)))
        .collect();
    let folders = pictures::Folders::of(items.iter().copied(), &BTreeMap::new());
    for file in &items {
        let base = file.relative.strip_suffix(".txt").unwrap_or_default();
        let mut item = folders.describe(file);
        let spans = read_text(&root.join(&file.relative), LIMIT).and_then(|text| {
            let annotations = read_text(&root.join(format!("{base}.ann")), LIMIT)?;
            spans(&text, &annotations, &mut totals).map_err(|e| Error::input(format!("{base}.ann: {e}")))
        });
        match spans {
            Ok(spans) => item.attributes.push(("spans".to_owned(), Cell::Json(spans))),
            Err(error) => faults.add(|| error.to_string()),
        }
        out.drafts.push(Draft { file: root.join(&file.relative), mask: None, item });
    }
    faults.into_error("some annotations cannot be used")?;
    for file in &scan.files {
        let base = file.relative.strip_suffix(".txt").or_else(|| file.relative.strip_suffix(".ann"));
        if base.is_some_and(|base| pairs.contains(base)) {
            continue;
        }
        let reason = match (file.ending().as_str(), file.content) {
            ("txt", _) => "text without annotations",
            ("ann", _) => "annotations without a text",
            (_, Content::Text | Content::Unknown) => "neither text nor annotations",
            (_, Content::Kind(kind)) => kind.name(),
            (_, Content::Other(name)) => name,
        };
        out.skipped.add(reason, || file.relative.clone());
    }
    out.notes = totals.notes();
    Ok(out)
}

/// What was met in annotation files.
#[derive(Debug, Default)]
struct Totals {
    spans: u64,
    discontinuous: u64,
    differing: u64,
    others: u64,
}

impl Totals {
    fn notes(&self) -> Vec<String> {
        let mut notes =
            vec![format!("{} spans; start and end are characters, the end is not included", self.spans)];
        if self.discontinuous > 0 {
            notes.push(format!(
                "{} spans have gaps: each of their parts is a span of its own, with the annotation's id as part_of",
                self.discontinuous
            ));
        }
        if self.differing > 0 {
            notes.push(format!(
                "{} spans state another text than their place holds, as where line ends or encoding were changed",
                self.differing
            ));
        }
        if self.others > 0 {
            notes.push(format!(
                "{} relations, events, attributes, normalisations and notes are left out",
                self.others
            ));
        }
        notes
    }
}

/// The spans of a BRAT file: `T1<tab>TYPE start end[;start end]...<tab>text` lines. Other annotations are
/// counted.
fn spans(text: &str, annotations: &str, totals: &mut Totals) -> Result<Value> {
    let characters: Vec<char> = text.chars().collect();
    let mut spans = vec![];
    for (number, line) in annotations.trim_start_matches('\u{feff}').lines().enumerate() {
        let at = |what: String| Error::input(format!("line {}: {what}", number + 1));
        match line.chars().next() {
            None => continue,
            Some('T') => {}
            Some('E' | 'R' | 'A' | 'M' | 'N' | '#' | '*') => {
                totals.others += 1;
                continue;
            }
            Some(_) if line.trim().is_empty() => continue,
            Some(_) => {
                return Err(at(format!(
                    "expected an annotation such as T1<tab>TYPE 0 4<tab>text, got {line:.60?}"
                )));
            }
        }
        let mut fields = line.splitn(3, '\t');
        let (id, middle, stated) = (fields.next().unwrap_or_default(), fields.next(), fields.next());
        let Some((kind, ranges)) = middle.and_then(|m| m.trim().split_once(' ')) else {
            return Err(at(format!("expected TYPE start end after a tab, got {line:.60?}")));
        };
        let ranges: Vec<&str> = ranges.split(';').collect();
        let mut covered = vec![];
        for range in &ranges {
            let numbers: Option<Vec<usize>> = range.split_whitespace().map(|n| n.parse().ok()).collect();
            let Some(&[start, end]) = numbers.as_deref() else {
                return Err(at(format!("expected two whole numbers, got {range:.40?}")));
            };
            let Some(part) = characters.get(start..end).filter(|part| !part.is_empty()) else {
                return Err(at(format!(
                    "expected a range within the {} characters of the text, got {start} to {end}",
                    characters.len()
                )));
            };
            covered.push(part.iter().collect::<String>());
            let mut span = json!({"start": start, "end": end, "type": kind});
            if ranges.len() > 1 {
                span["part_of"] = id.into();
            }
            spans.push(span);
        }
        totals.spans += 1;
        totals.discontinuous += u64::from(ranges.len() > 1);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let differs = stated.is_some_and(|stated| words(stated) != words(&covered.join(" ")));
        totals.differing += u64::from(differs);
    }
    Ok(Value::Array(spans))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn spans_count_characters_and_parts_stand_alone() {
        let mut totals = Totals::default();
        // "ñ" has two bytes and is one character.
        let text = "Peña y García viven";
        let annotations =
            "T1\tNAME 0 4\tPeña\nT2\tNAME 0 4;7 13\tPeña García\n\nR1\tx Arg1:T1\nT3\tX 5 6\tz\n#1\tnote";
        let found = spans(text, annotations, &mut totals).unwrap();
        assert_eq!(
            found,
            json!([
                {"start": 0, "end": 4, "type": "NAME"},
                {"start": 0, "end": 4, "type": "NAME", "part_of": "T2"},
                {"start": 7, "end": 13, "type": "NAME", "part_of": "T2"},
                {"start": 5, "end": 6, "type": "X"},
            ])
        );
        assert_eq!((totals.spans, totals.discontinuous, totals.differing, totals.others), (3, 1, 1, 2));
        assert_eq!(totals.notes().len(), 4);
        assert_eq!(spans("", "", &mut totals).unwrap(), json!([]));
    }

    #[test]
    fn faulty_lines_are_named() {
        for (line, part) in [
            ("T1\tNAME 0 99\tx", "within the 3 characters"),
            ("T1\tNAME 2 2\t", "got 2 to 2"),
            ("T1\tNAME 3 1\tx", "got 3 to 1"),
            ("T1\tNAME -1 2\tx", "two whole numbers"),
            ("T1\tNAME 1\tx", "two whole numbers"),
            ("T1\tNAME 18446744073709551616 2\tx", "two whole numbers"),
            ("T1 NAME 0 1", "after a tab"),
            ("T1\tNAME", "after a tab"),
            ("garbage", "expected an annotation"),
        ] {
            let error = spans("abc", &format!("T9\tX 0 1\ta\n{line}"), &mut Totals::default()).unwrap_err();
            assert!(error.to_string().starts_with("line 2: "), "{error}");
            assert!(error.to_string().contains(part), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_annotations_give_spans_or_an_error(text in ".{0,40}", lines in "(T[0-9]\\t[A-Z]{1,3} ?[0-9; -]{0,12}\\t.{0,9}\n|.{0,20}\n){0,6}") {
            if let Ok(found) = spans(&text, &lines, &mut Totals::default()) {
                let length = text.chars().count() as u64;
                for span in found.as_array().unwrap() {
                    prop_assert!(span["start"].as_u64() < span["end"].as_u64());
                    prop_assert!(span["end"].as_u64().unwrap() <= length);
                }
            }
        }
    }
}

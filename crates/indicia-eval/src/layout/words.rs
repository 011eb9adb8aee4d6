//! Names of folders and files: what they say of labels, splits and masks, and their order.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::table::label_of_word;

/// Folder words for authentic, besides those that a label column may hold.
const REAL: [&str; 12] = [
    "reals",
    "originals",
    "authentics",
    "nature",
    "natural",
    "human",
    "au",
    "bonafide",
    "live",
    "unaltered",
    "untampered",
    "unmanipulated",
];
/// Folder words for fake, besides those that a label column may hold.
const FAKE: [&str; 14] = [
    "fakes",
    "ai",
    "aigc",
    "machine",
    "tp",
    "forgery",
    "forgeries",
    "deepfake",
    "deepfakes",
    "inpainted",
    "morphed",
    "spoof",
    "splice",
    "splices",
];
/// Words that say nothing of what is in a folder.
const FILLER: [&str; 27] = [
    "a",
    "all",
    "data",
    "dataset",
    "datasets",
    "file",
    "files",
    "frame",
    "frames",
    "image",
    "images",
    "imgs",
    "img",
    "jpg",
    "jpeg",
    "photo",
    "photos",
    "picture",
    "pictures",
    "png",
    "sample",
    "samples",
    "sequences",
    "set",
    "split",
    "text",
    "texts",
];
/// Folders of masks.
const MASKS: [&str; 8] = ["mask", "masks", "gt", "gts", "groundtruth", "groundtruths", "ground", "truth"];

/// What a name means for the split.
pub(super) fn split_word(word: &str) -> Option<&'static str> {
    // train2017, val2014
    Some(match word.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "train" | "training" | "trn" => "train",
        "val" | "valid" | "validation" | "dev" | "development" => "validation",
        "test" | "testing" | "eval" | "evaluation" => "test",
        _ => return None,
    })
}

/// What the name of a folder says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Role {
    /// The class of what is in it.
    pub label: Option<bool>,
    /// The split.
    pub split: Option<&'static str>,
    /// It holds masks.
    pub mask: bool,
    /// It has a name of its own: a generator, a category, a source.
    pub own: bool,
}

/// Reads the name of a folder; `words` gives labels to names of the user's choice.
pub(super) fn role(name: &str, words: &BTreeMap<String, bool>) -> Role {
    let lower = name.trim().to_lowercase();
    if let Some(label) = words.get(&lower) {
        return Role { label: Some(*label), ..Role::default() };
    }
    let mut role = Role::default();
    for word in lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()) {
        if word.bytes().all(|b| b.is_ascii_digit()) || FILLER.contains(&word) {
            continue;
        }
        if let Some(label) = class_word(word) {
            // "real_fake" is no class.
            role.own |= role.label.is_some_and(|before| before != label);
            role.label = Some(label);
        } else if let Some(split) = split_word(word) {
            role.split = Some(split);
        } else if MASKS.contains(&word) {
            role.mask = true;
        } else {
            role.own = true;
        }
    }
    // "stargan_fakes_v2" or "test_site_b" has a name of its own; "casia 2 groundtruth" still holds masks.
    if role.own {
        Role { own: true, mask: role.mask, ..Role::default() }
    } else {
        let nothing = role.label.is_none() && role.split.is_none() && !role.mask;
        let filler = lower.split(|c: char| !c.is_alphanumeric()).any(|w| FILLER.contains(&w));
        Role { own: nothing && !filler, ..role }
    }
}

/// The label that a word means as the name of a folder.
pub(super) fn class_word(word: &str) -> Option<bool> {
    label_of_word(word)
        .or_else(|| if REAL.contains(&word) { Some(false) } else { FAKE.contains(&word).then_some(true) })
}

/// The name of a picture without its ending, and whether the name is that of a mask: `x.mask`, `x_mask`,
/// `x-gt`, `x_groundtruth`, `mask_x`.
pub(super) fn mask_stem(stem: &str) -> Option<&str> {
    const ENDINGS: [&str; 6] = ["mask", "gt", "groundtruth", "ground_truth", "msk", "edgemask"];
    let lower = stem.to_ascii_lowercase();
    for ending in ENDINGS {
        if let Some(rest) = lower.strip_suffix(ending)
            && rest.len() > 1
            && rest.ends_with(['.', '_', '-', ' '])
        {
            return stem.get(..rest.len() - 1);
        }
        if let Some(rest) = lower.strip_prefix(ending)
            && rest.len() > 1
            && rest.starts_with(['.', '_', '-', ' '])
        {
            return stem.get(stem.len() - rest.len() + 1..);
        }
    }
    None
}

/// The order of names in which `x2` comes before `x10`. Digits compare by their value, everything else by its
/// bytes; names that differ in leading zeros alone are still told apart.
pub(super) fn natural(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a.as_bytes(), b.as_bytes());
    loop {
        let digits = |s: &[u8]| s.iter().take_while(|c| c.is_ascii_digit()).count();
        let (nx, ny) = (digits(x), digits(y));
        let order = if nx > 0 && ny > 0 {
            let value = |s: &'_ [u8]| -> (usize, Vec<u8>) {
                let s: Vec<u8> = s.iter().copied().skip_while(|c| *c == b'0').collect();
                (s.len(), s)
            };
            let order = value(&x[..nx]).cmp(&value(&y[..ny]));
            (x, y) = (&x[nx..], &y[ny..]);
            order
        } else {
            match (x.first(), y.first()) {
                (None, None) => return a.cmp(b),
                (first, second) => {
                    // A folder's content stands before names that go on: '/' is the lowest.
                    let rank = |c: Option<&u8>| c.map(|c| if *c == b'/' { 0 } else { u16::from(*c) + 1 });
                    let order = rank(first).cmp(&rank(second));
                    (x, y) = (x.get(1..).unwrap_or_default(), y.get(1..).unwrap_or_default());
                    order
                }
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folder_names_say_label_split_or_nothing() {
        let read = |name: &str| {
            let r = role(name, &BTreeMap::from([("cats".to_owned(), false)]));
            (r.label, r.split, r.mask, r.own)
        };
        assert_eq!(read("0_real"), (Some(false), None, false, false));
        assert_eq!(read("1_fake"), (Some(true), None, false, false));
        assert_eq!(read("FAKE images"), (Some(true), None, false, false));
        assert_eq!(read("training_real"), (Some(false), Some("train"), false, false));
        assert_eq!(read("val2017"), (None, Some("validation"), false, false));
        assert_eq!(read("images"), (None, None, false, false));
        assert_eq!(read("CASIA 2 Groundtruth"), (None, None, true, true));
        assert_eq!(read("Gt"), (None, None, true, false));
        assert_eq!(read("progan"), (None, None, false, true));
        assert_eq!(read("real_fake"), (None, None, false, true));
        assert_eq!(read("fake_stargan"), (None, None, false, true));
        assert_eq!(read("Cats"), (Some(false), None, false, false));
        assert_eq!(read("2017"), (None, None, false, true));
        assert_eq!(read("---"), (None, None, false, true));
    }

    #[test]
    fn masks_are_told_by_their_names() {
        for (stem, expected) in [
            ("a.mask", Some("a")),
            ("Tp_D_1_gt", Some("Tp_D_1")),
            ("a-MASK", Some("a")),
            ("mask_7", Some("7")),
            ("b_ground_truth", Some("b")),
            ("mask", None),
            (".mask", None),
            ("unmask", None),
            ("gt", None),
            ("masks", None),
            ("é_mask", Some("é")),
        ] {
            assert_eq!(mask_stem(stem), expected, "{stem}");
        }
    }

    #[test]
    fn names_are_ordered_as_people_count() {
        let mut names = ["x10", "x2", "x02", "a/9", "a-1", "a/10", "x2b", "", "x99999999999999999999"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["", "a/9", "a/10", "a-1", "x02", "x2", "x2b", "x10", "x99999999999999999999"]);
        assert_eq!(natural("x2", "x2"), Ordering::Equal);
    }
}

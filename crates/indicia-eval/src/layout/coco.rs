use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use indicia_codec::Content;
use indicia_core::{Error, Result};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::scan::{Scan, Skipped};
use super::words::split_word;
use super::{Draft, Drafts, Layout};
use crate::files;
use crate::table::{Cell, Faults, Item};

/// Largest annotation file. That of COCO 2017's training set has 0.45 GB.
const LIMIT: u64 = 2 << 30;

/// Parts of a COCO file that are read; outlines are passed over.
#[derive(Debug, Deserialize)]
struct Coco {
    images: Vec<Image>,
    annotations: Vec<Annotation>,
    #[serde(default)]
    categories: Vec<Category>,
}

#[derive(Debug, Deserialize)]
struct Image {
    id: Value,
    file_name: String,
}

#[derive(Debug, Deserialize)]
struct Annotation {
    image_id: Value,
    category_id: Option<Value>,
    bbox: Option<Vec<f64>>,
    iscrowd: Option<Value>,
    segmentation: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
struct Category {
    id: Value,
    name: String,
}

/// Enough to tell a COCO file from another.
#[derive(Debug, Deserialize)]
struct Probe {
    #[serde(rename = "images")]
    _images: Vec<IgnoredAny>,
    #[serde(rename = "annotations")]
    _annotations: Vec<IgnoredAny>,
}

/// Whether a file is a COCO file.
///
/// # Errors
/// `Io`; `Limits` if it is too long.
pub(super) fn is_coco(path: &Path) -> Result<bool> {
    let mut head = [0; 512];
    let length = std::io::Read::read(&mut files::open(path)?, &mut head)
        .map_err(|e| Error::io_from(format!("cannot read {}", path.display()), e))?;
    let first = head[..length].iter().find(|b| !b.is_ascii_whitespace());
    Ok(first == Some(&b'{') && serde_json::from_slice::<Probe>(&files::read(path, LIMIT)?).is_ok())
}

/// The COCO files of a scan.
///
/// # Errors
/// Those of [`is_coco`].
pub(super) fn find(root: &Path, scan: &Scan) -> Result<Vec<PathBuf>> {
    let json = scan.files.iter().filter(|f| f.content == Content::Text && f.ending() == "json");
    let mut found = vec![];
    for file in json {
        let path = root.join(&file.relative);
        if is_coco(&path)? {
            found.push(path);
        }
    }
    Ok(found)
}

/// Pictures with boxes.
///
/// # Errors
/// `Input` with file and annotation.
pub(super) fn read(root: &Path, scan: Scan, found: &[PathBuf]) -> Result<Drafts> {
    let mut out = Drafts { layouts: vec![Layout::Coco], skipped: scan.skipped.clone(), ..Drafts::default() };
    let places = Places::of(&scan);
    let mut faults = Faults::default();
    let mut named: HashMap<usize, String> = HashMap::new();
    let (mut outlines, mut without_box) = (0_u64, 0_u64);
    for path in found {
        let name = path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
        let coco: Coco = serde_json::from_slice(&files::read(path, LIMIT)?)
            .map_err(|e| Error::input_from(format!("{name}: expected COCO"), e))?;
        let stem = super::scan::stem(name.rsplit('/').next().unwrap_or_default()).to_owned();
        let split = stem.split(|c: char| !c.is_alphanumeric()).find_map(split_word);
        outlines += coco.annotations.iter().filter(|a| a.segmentation.is_some()).count() as u64;
        let images: Vec<(String, String)> =
            coco.images.iter().map(|i| (key(&i.id), i.file_name.clone())).collect();
        let mut boxes = boxes(&name, coco, &mut faults, &mut without_box);
        for (id, file_name) in images {
            let boxes = boxes.remove(&id).unwrap_or_default();
            let Some(place) = places.find(&name, &stem, &file_name) else {
                out.skipped.add("picture of the annotations that is not there", || file_name);
                continue;
            };
            let file = &scan.files[place];
            if !usable(file.content, &file.relative, &mut out.skipped) {
                continue;
            }
            if let Some(before) = named.insert(place, format!("{name}, image {id}")) {
                faults.add(|| format!("{name}: image {id} is {}, as is that of {before}", file.relative));
                continue;
            }
            let item = Item {
                split: split.map(str::to_owned),
                attributes: vec![("boxes".to_owned(), Cell::Json(Value::Array(boxes)))],
                ..Item::default()
            };
            out.drafts.push(Draft { file: root.join(&file.relative), mask: None, item });
        }
    }
    faults.into_error("some annotations cannot be used")?;
    out.notes.push("boxes are x, y, width and height in pixels, with type and crowd".to_owned());
    if outlines > 0 {
        out.notes
            .push(format!("{outlines} outlines (polygons, run lengths) are not drawn: there are no masks"));
    }
    if without_box > 0 {
        out.notes.push(format!("{without_box} annotations have no box and are left out"));
    }
    for (place, file) in scan.files.iter().enumerate() {
        if matches!(file.content, Content::Kind(_)) && !named.contains_key(&place) {
            out.skipped.add("picture that no annotation file names", || file.relative.clone());
        }
    }
    Ok(out)
}

/// Whether a file may be an item; else it is counted.
pub(super) fn usable(content: Content, name: &str, skipped: &mut Skipped) -> bool {
    match content {
        Content::Kind(_) | Content::Text => return true,
        Content::Other(what) => skipped.add(what, || name.to_owned()),
        Content::Unknown => skipped.add("not recognised", || name.to_owned()),
    }
    false
}

/// Ids are numbers in most files and text in some.
fn key(id: &Value) -> String {
    id.as_str().map_or_else(|| id.to_string(), str::to_owned)
}

/// The boxes of each picture, by its id.
fn boxes(name: &str, coco: Coco, faults: &mut Faults, without: &mut u64) -> BTreeMap<String, Vec<Value>> {
    let categories: HashMap<String, String> =
        coco.categories.into_iter().map(|c| (key(&c.id), c.name)).collect();
    let mut boxes: BTreeMap<String, Vec<Value>> =
        coco.images.iter().map(|image| (key(&image.id), vec![])).collect();
    for (number, annotation) in coco.annotations.into_iter().enumerate() {
        let at = |what: String| format!("{name}: annotations[{number}]: {what}");
        let id = key(&annotation.image_id);
        let Some(of_image) = boxes.get_mut(&id) else {
            faults.add(|| at(format!("no image has the id {id}")));
            continue;
        };
        let Some(bounds) = annotation.bbox.filter(|b| !b.is_empty()) else {
            *without += 1;
            continue;
        };
        if bounds.len() != 4 || bounds.iter().any(|v| !v.is_finite()) || bounds[2] < 0.0 || bounds[3] < 0.0 {
            faults.add(|| at(format!("expected x, y, width and height, got {bounds:?}")));
            continue;
        }
        let kind = match annotation.category_id.as_ref().map(key) {
            None => Value::Null,
            Some(id) => match categories.get(&id) {
                Some(name) => name.as_str().into(),
                None => {
                    faults.add(|| at(format!("no category has the id {id}")));
                    continue;
                }
            },
        };
        let crowd = match annotation.iscrowd {
            None => false,
            Some(Value::Bool(crowd)) => crowd,
            Some(Value::Number(n)) if n.as_u64().is_some_and(|n| n < 2) => n.as_u64() == Some(1),
            Some(other) => {
                faults.add(|| at(format!("expected iscrowd 0 or 1, got {other}")));
                continue;
            }
        };
        of_image.push(json!({"box": bounds, "type": kind, "crowd": crowd}));
    }
    boxes
}

/// Files of a scan by their paths and names.
struct Places<'s> {
    by_path: HashMap<&'s str, usize>,
    /// By name, where a name is there once.
    by_name: HashMap<&'s str, Option<usize>>,
}

impl<'s> Places<'s> {
    fn of(scan: &'s Scan) -> Self {
        let by_path = scan.files.iter().enumerate().map(|(i, f)| (&*f.relative, i)).collect();
        let mut by_name: HashMap<&str, Option<usize>> = HashMap::new();
        for (place, file) in scan.files.iter().enumerate() {
            by_name.entry(file.name()).and_modify(|p| *p = None).or_insert(Some(place));
        }
        Self { by_path, by_name }
    }

    /// The file that an annotation file means: beside it, in a folder `images` or one that is named as the
    /// annotation file or its split, here or one folder up; or the only one of that name.
    fn find(&self, annotations: &str, stem: &str, file_name: &str) -> Option<usize> {
        let folder: Vec<&str> =
            annotations.split('/').rev().skip(1).collect::<Vec<_>>().into_iter().rev().collect();
        let last = stem.rsplit('_').next().unwrap_or(stem);
        let above = &folder[..folder.len().saturating_sub(1)];
        for base in [&folder[..], above] {
            for middle in [&[][..], &["images"], &[stem], &[last], &["images", last]] {
                let path = joined(base.iter().chain(middle).copied(), file_name)?;
                if let Some(place) = self.by_path.get(&*path) {
                    return Some(*place);
                }
            }
        }
        let name = file_name.rsplit(['/', '\\']).next()?;
        self.by_name.get(name).copied().flatten()
    }
}

/// A path without `.` and `..`; `None` if it leaves the folder.
fn joined<'a>(base: impl Iterator<Item = &'a str>, file_name: &'a str) -> Option<String> {
    let mut parts: Vec<&str> = vec![];
    for part in base.chain(file_name.split(['/', '\\'])) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_stay_inside() {
        let path = |base: &[&'static str], name| joined(base.iter().copied(), name);
        assert_eq!(path(&["a", "b"], "../c/./d.png").as_deref(), Some("a/c/d.png"));
        assert_eq!(path(&["a"], "../../d.png"), None);
        assert_eq!(path(&[], "/etc/x").as_deref(), Some("etc/x"));
    }

    proptest! {
        #[test]
        fn any_annotations_give_boxes_or_faults(values in proptest::collection::vec((0u8..4, -2.0f64..9.0, 0usize..6, 0u8..5), 0..12)) {
            let annotations: Vec<Value> = values.iter().map(|(image, v, n, crowd)| {
                json!({"image_id": image, "category_id": crowd, "bbox": vec![v; *n], "iscrowd": crowd})
            }).collect();
            let text = json!({"images": [{"id": 1, "file_name": "a"}, {"id": "2", "file_name": "b"}],
                "annotations": annotations, "categories": [{"id": 0, "name": "x"}, {"id": 1, "name": "y"}]});
            let coco: Coco = serde_json::from_value(text).unwrap();
            let (mut faults, mut without) = (Faults::default(), 0);
            let found = boxes("t", coco, &mut faults, &mut without);
            let kept: usize = found.values().map(Vec::len).sum();
            prop_assert_eq!(kept as u64 + faults.count() + without, values.len() as u64);
        }
    }
}

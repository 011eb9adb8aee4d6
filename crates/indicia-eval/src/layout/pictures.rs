use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use indicia_codec::Content;
use indicia_core::{Error, Result};

use super::scan::{Found, Scan};
use super::words::{Role, mask_stem, role};
use super::{Draft, Drafts, Layout, Options, Progress};
use crate::maps::read_mask;
use crate::ordered::{self, Order};
use crate::table::{Faults, Item};

/// What the names of folders say.
#[derive(Debug, Default)]
pub(super) struct Folders {
    roles: HashMap<String, Role>,
    /// How many folders all items share, up to the first that says a class or split.
    shared: usize,
}

impl Folders {
    /// The folders above `files`; `words` gives labels to names of the user's choice.
    pub(super) fn of<'f>(
        files: impl Iterator<Item = &'f Found> + Clone,
        words: &BTreeMap<String, bool>,
    ) -> Self {
        let mut folders = Self::default();
        for name in files.clone().flat_map(Found::folders) {
            if !folders.roles.contains_key(name) {
                folders.roles.insert(name.to_owned(), role(name, words));
            }
        }
        folders.share(files);
        folders
    }

    fn role(&self, folder: &str) -> Role {
        self.roles.get(folder).copied().unwrap_or_default()
    }

    fn share<'f>(&mut self, mut files: impl Iterator<Item = &'f Found>) {
        let Some(first) = files.next() else { return };
        let own = |name: &&str| {
            let role = self.role(name);
            role.label.is_none() && role.split.is_none()
        };
        let common: Vec<&str> = first.folders().take_while(own).collect();
        let shared = files.fold(common.len(), |shared, file| {
            file.folders().zip(&common).take(shared).take_while(|(a, b)| a == *b).count()
        });
        self.shared = shared;
    }

    /// What the folders of a file say of it: label, split, method, domain, and in `class` what else there is.
    pub(super) fn describe(&self, file: &Found) -> Item {
        let mut item = Item::default();
        let (mut before, mut after): (Vec<&str>, Vec<&str>) = (vec![], vec![]);
        for (depth, name) in file.folders().enumerate() {
            let role = self.role(name);
            item.split = role.split.map(str::to_owned).or(item.split.take());
            match role.label {
                // "manipulated_sequences/Deepfakes": the second says how.
                Some(label) if item.label == Some(label) => after.push(name),
                Some(label) => {
                    item.label = Some(label);
                    before.append(&mut after);
                }
                None if depth < self.shared => {
                    item.domain = role.own.then(|| name.to_owned()).or(item.domain.take())
                }
                None if role.own && !role.mask && item.label.is_none() => before.push(name),
                None if role.own && !role.mask => after.push(name),
                None => {}
            }
        }
        let mut rest = vec![];
        if item.label.is_none() {
            rest.append(&mut before);
        }
        let mut before = before.into_iter();
        let mut after = after.into_iter();
        item.method = before.next().map(str::to_owned);
        if item.method.is_none() {
            match item.label {
                Some(true) => item.method = after.next().map(str::to_owned),
                Some(false) => item.domain = after.next().map(str::to_owned).or(item.domain.take()),
                None => {}
            }
        }
        rest.extend(before.chain(after));
        if !rest.is_empty() {
            item.attributes.push(("class".to_owned(), rest.join("/").into()));
        }
        item
    }
}

/// Files sorted into items and their masks, by place in the scan.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    /// The items, each with its mask.
    items: Vec<(usize, Option<usize>)>,
    /// Masks in folders of masks that belong to no picture, or to several.
    stray: Vec<(usize, &'static str)>,
    folders: Folders,
    seen: [bool; 2],
}

impl Sorted {
    /// How many of the two classes folders name.
    pub(super) fn classes(&self) -> usize {
        self.seen.iter().filter(|s| **s).count()
    }

    /// Whether any picture has a mask.
    pub(super) fn has_masks(&self) -> bool {
        self.items.iter().any(|(_, mask)| mask.is_some())
    }

    /// Whether there are no items.
    pub(super) fn is_empty(&self) -> bool {
        self.items.is_empty()
    }
}

/// Finds the items of a scan and pairs masks with them.
pub(super) fn sort(scan: &Scan, options: &Options) -> Sorted {
    let folders = Folders::of(scan.files.iter(), &options.labels);
    let mut sorted = Sorted::default();
    let pictures = scan.files.iter().any(|f| matches!(f.content, Content::Kind(_)));
    let usable = |f: &Found| match f.content {
        Content::Kind(_) => true,
        Content::Text => !pictures,
        _ => false,
    };
    let in_masks = |f: &Found| f.folders().any(|folder| folders.role(folder).mask);
    let is_candidate = |f: &Found| in_masks(f) || mask_stem(f.stem()).is_some();
    let mut items: Vec<(usize, Option<usize>)> = vec![];
    let mut candidates: Vec<usize> = vec![];
    for (place, file) in scan.files.iter().enumerate().filter(|(_, f)| usable(f)) {
        if pictures && is_candidate(file) {
            candidates.push(place);
        } else {
            items.push((place, None));
        }
    }
    // Where folders of images and masks stand side by side, only their names differ.
    let folder_key = |f: &Found| {
        let kept = f.folders().filter(|name| {
            let role = folders.role(name);
            role.own || role.label.is_some() || role.split.is_some()
        });
        kept.filter(|name| !folders.role(name).mask).collect::<Vec<_>>().join("/")
    };
    let mut by_folder: HashMap<(String, &str), Vec<usize>> = HashMap::new();
    let mut by_stem: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, (place, _)) in items.iter().enumerate() {
        let file = &scan.files[*place];
        by_folder.entry((folder_key(file), file.stem())).or_default().push(index);
        by_stem.entry(file.stem()).or_default().push(index);
    }
    let mut lone: Vec<usize> = vec![];
    for place in candidates {
        let file = &scan.files[place];
        let short = mask_stem(file.stem());
        let wanted = [short, in_masks(file).then(|| file.stem())];
        let key = folder_key(file);
        let near = wanted.iter().flatten().find_map(|stem| by_folder.get(&(key.clone(), *stem)));
        match near.or_else(|| wanted.iter().flatten().find_map(|stem| by_stem.get(stem))).map(Vec::as_slice) {
            Some(&[index]) if items[index].1.is_none() => items[index].1 = Some(place),
            Some(&[_]) => sorted.stray.push((place, "second mask of a picture")),
            Some(_) => sorted.stray.push((place, "mask that fits several pictures")),
            None if in_masks(file) => sorted.stray.push((place, "mask without a picture")),
            // Its name alone made it a candidate, and there is nothing that it could be the mask of.
            None => lone.push(place),
        }
    }
    items.extend(lone.into_iter().map(|place| (place, None)));
    items.sort_unstable();
    for (place, _) in &items {
        if let Some(label) = label(scan.files[*place].folders().map(|f| folders.role(f))) {
            sorted.seen[usize::from(label)] = true;
        }
    }
    sorted.folders = folders;
    sorted.folders.share(items.iter().map(|(place, _)| &scan.files[*place]));
    sorted.items = items;
    sorted
}

/// The innermost class.
fn label(roles: impl Iterator<Item = Role>) -> Option<bool> {
    roles.filter_map(|r| r.label).last()
}

/// Items from folders of classes and masks. `classes_only` leaves out what lies in no folder of a class.
pub(super) fn read(
    root: &Path,
    scan: Scan,
    sorted: Sorted,
    classes_only: bool,
    options: &Options,
    progress: Progress<'_>,
) -> Result<Drafts> {
    let mut out = Drafts { skipped: scan.skipped.clone(), ..Drafts::default() };
    let pictures = scan.files.iter().any(|f| matches!(f.content, Content::Kind(_)));
    for file in &scan.files {
        match file.content {
            Content::Text if pictures => out.skipped.add("text beside pictures", || file.relative.clone()),
            Content::Other(name) => out.skipped.add(name, || file.relative.clone()),
            Content::Unknown => out.skipped.add("not recognised", || file.relative.clone()),
            Content::Text | Content::Kind(_) => {}
        }
    }
    for (place, reason) in &sorted.stray {
        out.skipped.add(*reason, || scan.files[*place].relative.clone());
    }
    let (has_classes, has_masks) = (sorted.classes() > 0, sorted.has_masks());
    out.layouts.extend(has_classes.then_some(Layout::Classes));
    out.layouts.extend(has_masks.then_some(Layout::Masks));
    for (place, mask) in &sorted.items {
        let file = &scan.files[*place];
        let mut item = sorted.folders.describe(file);
        if item.label.is_none() && mask.is_none() && has_classes && (classes_only || !has_masks) {
            // With a label for all of them, there is no file without a class.
            if options.label.is_none() {
                out.skipped.add("in no folder of a class", || file.relative.clone());
                continue;
            }
        }
        if item.label.is_none() && mask.is_none() && has_masks && options.unmasked_authentic {
            item.label = Some(false);
        }
        let mask = mask.map(|place| root.join(&scan.files[place].relative));
        out.drafts.push(Draft { file: root.join(&file.relative), mask, item });
    }
    label_by_masks(&mut out, options, progress)?;
    let unlabelled = out.drafts.iter().filter(|d| d.item.label.is_none()).count();
    if has_masks && unlabelled > 0 && options.label.is_none() {
        out.notes.push(format!(
            "{unlabelled} pictures have no mask and are in no folder of authentic ones: they have no label \
             (--unmasked authentic gives them label 0)"
        ));
    }
    Ok(out)
}

/// Labels of items whose masks decide, and a note where masks and folders disagree.
fn label_by_masks(out: &mut Drafts, options: &Options, progress: Progress<'_>) -> Result<()> {
    let asked: Vec<usize> = (0..out.drafts.len())
        .filter(|i| out.drafts[*i].mask.is_some() && out.drafts[*i].item.label != Some(true))
        .collect();
    let total = asked.len() as u64;
    let never = AtomicBool::new(false);
    let (mut faults, mut contradicted) = (Faults::default(), 0_u64);
    let drafts = &mut out.drafts;
    let masks: BTreeMap<usize, _> = asked.iter().map(|i| (*i, drafts[*i].mask.clone())).collect();
    let look = |(index, mask): (usize, Option<std::path::PathBuf>)| {
        let altered = mask.map(|m| read_mask(&m, &options.limits).map(|mask| mask.iter().any(|a| *a)));
        (index, altered.transpose())
    };
    ordered::run(masks.into_iter(), options.jobs, Order::Items, &never, look, |place, (index, altered)| {
        progress("masks", place as u64 + 1, total);
        match (altered, &mut drafts[index].item.label) {
            (Err(error), _) => faults.add(|| error.to_string()),
            (Ok(altered), label @ None) => *label = altered,
            (Ok(altered), Some(_)) => contradicted += u64::from(altered == Some(true)),
        }
        Ok::<_, Error>(())
    })?;
    faults.into_error("some masks cannot be read")?;
    if contradicted > 0 {
        out.notes.push(format!(
            "{contradicted} pictures in folders of authentic ones have masks with altered pixels: their label is 0, \
             as the folder says"
        ));
    }
    Ok(())
}

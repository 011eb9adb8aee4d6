//! Items of a table, by split.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use indicia_core::{Digest, Error, Limits, Result};
use indicia_eval::describe::{self, describe};
use indicia_eval::table::{Item, ItemReader};
use serde::Serialize;

use super::{ImageConfig, Images, seed_of};

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file.
    pub path: PathBuf,
    /// The file as the table names it.
    pub name: String,
    /// True for what a detector should find.
    pub label: bool,
    /// Ground-truth mask.
    pub mask: Option<PathBuf>,
    /// Number of its domain.
    pub domain: u32,
    /// Source that must stay on one side of every split.
    pub group: String,
}

/// Whether a method learns masks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Masks {
    /// It does not.
    Unused,
    /// Altered pictures need one; authentic ones count as altered nowhere.
    Needed,
}

/// What a method needs of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Needs {
    /// Whether it learns masks.
    pub masks: Masks,
    /// Whether both classes must be there.
    pub both_classes: bool,
}

/// What a table holds, for log and card.
#[derive(Debug, Clone, Serialize)]
pub struct Census {
    /// The table as it was named.
    pub table: String,
    /// SHA-256 of names, labels, masks, domains and groups of all items that are used, by split.
    pub digest: String,
    /// Items by split, authentic and altered.
    pub items: BTreeMap<String, [u64; 2]>,
    /// Names of the domains.
    pub domains: Vec<String>,
    /// Items that are left out, by reason.
    pub left_out: BTreeMap<String, u64>,
    /// Whether the validation split was taken from the training split.
    pub validation_held_out: bool,
    /// What else could be learned in place of the content, as the table's description says it.
    pub confounds: Vec<String>,
    /// What was said of the table that a user should know.
    pub warnings: Vec<String>,
}

/// The splits of a table.
#[derive(Debug)]
pub struct Splits {
    /// What is learned from.
    pub train: Arc<Images>,
    /// What decides when to stop.
    pub validation: Arc<Images>,
    /// What is measured at the end, if the table has such a split.
    pub test: Option<Arc<Images>>,
    /// What the table holds.
    pub census: Census,
}

/// Reads the items of a table into splits, by its column `split`; items without one are trained on.
///
/// # Errors
/// `Input` for a table without items to train on, without a class that is needed, with altered pictures that
/// lack a mask that is needed, or with an unknown split.
pub fn open(
    table: &Path,
    config: &ImageConfig,
    needs: Needs,
    seed: u64,
    limits: &Limits,
    threads: usize,
) -> Result<Splits> {
    config.check()?;
    let found = Found::of(table, config, needs)?;
    if !found.without_mask.is_empty() {
        let names = &found.without_mask;
        return Err(Error::input(format!(
            "{} altered pictures have no mask, which this method learns from: {}{} (give the column mask, or leave \
             them out by data.skip_missing_masks = true)",
            names.len(),
            names[..names.len().min(3)].join(", "),
            if names.len() > 3 { ", ..." } else { "" }
        )));
    }
    let Found { mut splits, domains, left_out, .. } = found;
    let mut warnings = vec![];
    let mut train = splits.remove("train").unwrap_or_default();
    if train.is_empty() {
        return Err(Error::input(format!(
            "{} has no item to train on{}",
            table.display(),
            if left_out.is_empty() { String::new() } else { format!(" (left out: {left_out:?})") }
        )));
    }
    require_classes("train", &train, needs)?;
    let mut validation = splits.remove("validation").unwrap_or_default();
    let held_out = validation.is_empty();
    if held_out {
        (train, validation) = hold_out(train, config.validation, seed);
        if validation.is_empty() {
            validation.clone_from(&train);
            warnings.push(
                "too few groups for a validation split: validation is on the training pictures, and says nothing \
                 about new ones"
                    .to_owned(),
            );
        }
    }
    require_classes("train", &train, needs)?;
    let test = splits.remove("test").filter(|test| !test.is_empty());
    let count = |entries: &[Entry]| {
        let altered = entries.iter().filter(|e| e.label).count() as u64;
        [entries.len() as u64 - altered, altered]
    };
    let named = [("train", Some(&train)), ("validation", Some(&validation)), ("test", test.as_ref())];
    let items = named
        .iter()
        .filter_map(|(name, entries)| Some(((*name).to_owned(), count(entries.as_ref()?))))
        .collect();
    let lines = named.iter().flat_map(|(name, entries)| {
        entries.iter().flat_map(move |e| e.iter()).map(move |e| {
            format!("{name}\t{}\t{}\t{:?}\t{}\t{}\n", e.name, e.label, e.mask.is_some(), e.domain, e.group)
        })
    });
    let digest = Digest::of_parts(lines.collect::<Vec<_>>()).to_string();
    let options = describe::Options { hashes: false, limits: limits.clone(), jobs: threads.max(1) };
    let description = describe(table, &options, &|_, _, _| {})?;
    let confounds = description.confounds.into_iter().filter(|c| c.called_out).map(|c| c.statement).collect();
    let census = Census {
        table: table.display().to_string(),
        digest,
        items,
        domains,
        left_out,
        validation_held_out: held_out,
        confounds,
        warnings,
    };
    let images = |entries: Vec<Entry>| {
        let (config, limits) = (config.clone(), limits.clone());
        Arc::new(Images { entries: Arc::new(entries), config, masks: needs.masks, seed, limits })
    };
    Ok(Splits { train: images(train), validation: images(validation), test: test.map(images), census })
}

/// Labelled items of one split, `train`, `validation` or `test`, or of all for `all`, without masks.
///
/// # Errors
/// `Input` if there is none.
pub fn read(table: &Path, config: &ImageConfig, split: &str, seed: u64, limits: &Limits) -> Result<Images> {
    let needs = Needs { masks: Masks::Unused, both_classes: false };
    let mut found = Found::of(table, config, needs)?;
    let entries: Vec<Entry> = match split {
        "all" => found.splits.into_values().flatten().collect(),
        one => found.splits.remove(one).unwrap_or_default(),
    };
    if entries.is_empty() {
        return Err(Error::input(format!("{} has no labelled item of the split {split:?}", table.display())));
    }
    let (config, limits) = (config.clone(), limits.clone());
    Ok(Images { entries: Arc::new(entries), config, masks: needs.masks, seed, limits })
}

#[derive(Default)]
struct Found {
    splits: BTreeMap<&'static str, Vec<Entry>>,
    domains: Vec<String>,
    left_out: BTreeMap<String, u64>,
    without_mask: Vec<String>,
}

impl Found {
    fn of(table: &Path, config: &ImageConfig, needs: Needs) -> Result<Self> {
        let mut reader = ItemReader::open(table)?;
        let mut found = Self::default();
        while let Some(item) = reader.next_item()? {
            let path = reader.resolve(&item.path);
            let mask = item.mask.as_deref().map(|mask| reader.resolve(mask));
            found.take(item, path, mask, config, needs)?;
        }
        Ok(found)
    }

    fn take(
        &mut self,
        item: Item,
        path: PathBuf,
        mask: Option<PathBuf>,
        config: &ImageConfig,
        needs: Needs,
    ) -> Result<()> {
        let split = match item.split.as_deref().map(|s| s.trim().to_ascii_lowercase()).as_deref() {
            None | Some("" | "train" | "training") => "train",
            Some("validation" | "val" | "valid" | "dev") => "validation",
            Some("test" | "testing") => "test",
            Some(other) => {
                return Err(Error::input(format!(
                    "row {}: expected the split train, validation or test, got {other:?}",
                    item.row
                )));
            }
        };
        let Some(label) = item.label else {
            *self.left_out.entry("no label".to_owned()).or_default() += 1;
            return Ok(());
        };
        if needs.masks == Masks::Needed && label && mask.is_none() {
            if config.skip_missing_masks {
                *self.left_out.entry("altered, without a mask".to_owned()).or_default() += 1;
            } else {
                self.without_mask.push(item.path);
            }
            return Ok(());
        }
        let domain = item.domain.or(item.method).unwrap_or_default();
        let domain = self.domains.iter().position(|d| *d == domain).unwrap_or_else(|| {
            self.domains.push(domain);
            self.domains.len() - 1
        });
        let domain = u32::try_from(domain)
            .map_err(|_| Error::limits("more than 4294967295 domains in one table".to_owned()))?;
        let group = item.group.unwrap_or_else(|| item.path.clone());
        self.splits.entry(split).or_default().push(Entry {
            path,
            name: item.path,
            label,
            mask,
            domain,
            group,
        });
        Ok(())
    }
}

fn require_classes(split: &str, entries: &[Entry], needs: Needs) -> Result<()> {
    if !needs.both_classes {
        return Ok(());
    }
    for (label, word) in [(false, "0 (authentic)"), (true, "1 (what is to be found)")] {
        if !entries.iter().any(|e| e.label == label) {
            return Err(Error::input(format!(
                "the split {split} has {} items and none with label {word}; this method learns to tell the two apart",
                entries.len()
            )));
        }
    }
    Ok(())
}

/// Takes a share of each class, whole groups at a time, in an order that follows from the groups' names. At least
/// one group of each class stays for training.
fn hold_out(entries: Vec<Entry>, share: f64, seed: u64) -> (Vec<Entry>, Vec<Entry>) {
    let rank = |group: &str| seed_of("validation", &[&seed.to_le_bytes(), group.as_bytes()]);
    let mut held = std::collections::BTreeSet::new();
    for label in [false, true] {
        let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
        for entry in entries.iter().filter(|e| e.label == label) {
            *groups.entry(&entry.group).or_default() += 1;
        }
        let total: usize = groups.values().sum();
        let mut order: Vec<(&str, usize)> = groups.into_iter().collect();
        order.sort_by_key(|(group, _)| rank(group));
        let wanted = (share * total as f64).round() as usize;
        let mut taken: usize =
            order.iter().filter(|(group, _)| held.contains(*group)).map(|(_, count)| count).sum();
        let keep = order.len().saturating_sub(1);
        for (group, count) in order.iter().take(keep) {
            if taken + count > wanted {
                break;
            }
            if held.insert((*group).to_owned()) {
                taken += count;
            }
        }
    }
    entries.into_iter().partition(|e| !held.contains(&e.group))
}

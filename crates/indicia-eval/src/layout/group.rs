use std::sync::atomic::AtomicBool;

use indicia_core::{Error, Result};

use super::{Drafts, GroupRule, Options, Progress};
use crate::near::{Alike, hash_file};
use crate::ordered::{self, Order};

/// Gives every item its group. Paths must be known.
pub(super) fn assign(
    rule: &GroupRule,
    made: &mut Drafts,
    options: &Options,
    progress: Progress<'_>,
) -> Result<()> {
    match rule {
        GroupRule::Column(column) => by_column(column, made),
        GroupRule::Prefix(text) => {
            if text.is_empty() {
                return Err(Error::configuration("a group of file names ends at some text, got none"));
            }
            for draft in &mut made.drafts {
                let name = draft.item.path.rsplit('/').next().unwrap_or_default();
                let stem = super::scan::stem(name);
                draft.item.group =
                    Some(stem.split_once(text.as_str()).map_or(stem, |(first, _)| first).to_owned());
            }
            Ok(())
        }
        GroupRule::Folder => {
            for draft in &mut made.drafts {
                let folder = draft.item.path.rsplit_once('/').map_or(".", |(folder, _)| folder);
                draft.item.group = Some(folder.to_owned());
            }
            Ok(())
        }
        GroupRule::Near(distance) => by_looks(*distance, made, options, progress),
    }
}

fn by_column(column: &str, made: &mut Drafts) -> Result<()> {
    let groups: Vec<Option<String>> = made.drafts.iter().map(|d| d.item.get(column)).collect();
    if groups.iter().all(Option::is_none) {
        let mut names: Vec<&str> =
            made.drafts.iter().flat_map(|d| d.item.attributes.iter().map(|(name, _)| &**name)).collect();
        names.sort_unstable();
        names.dedup();
        return Err(Error::configuration(format!(
            "no item has a column {column:?} to group by; columns besides those with a meaning: {}",
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        )));
    }
    for (draft, group) in made.drafts.iter_mut().zip(groups) {
        draft.item.group = group;
    }
    Ok(())
}

/// Clusters are named by their first item; what is in none is its own.
fn by_looks(distance: u32, made: &mut Drafts, options: &Options, progress: Progress<'_>) -> Result<()> {
    let total = made.drafts.len() as u64;
    let never = AtomicBool::new(false);
    let mut hashes = Vec::with_capacity(made.drafts.len());
    let files = made.drafts.iter().map(|d| d.file.clone());
    let hash = |file: std::path::PathBuf| hash_file(&file, &options.limits).ok();
    ordered::run(files, options.jobs, Order::Items, &never, hash, |place, hash| {
        progress("pictures hashed", place as u64 + 1, total);
        hashes.push(hash);
        Ok::<_, Error>(())
    })?;
    let without = hashes.iter().filter(|h| h.is_none()).count();
    if without > 0 {
        made.notes
            .push(format!("{without} items are no pictures that can be decoded: each is a group of its own"));
    }
    for draft in &mut made.drafts {
        draft.item.group = Some(draft.item.path.clone());
    }
    let alike = Alike::of(&hashes, distance);
    if alike.pairs.cut {
        made.notes.push("there are too many like pictures to find all: groups may be too small".to_owned());
    }
    let clusters = alike.clusters();
    for cluster in &clusters {
        let name = made.drafts[cluster[0] as usize].item.path.clone();
        for item in cluster {
            made.drafts[*item as usize].item.group = Some(name.clone());
        }
    }
    let joined: usize = clusters.iter().map(Vec::len).sum();
    made.notes.push(format!(
        "groups: {joined} items are in {} clusters of pictures that differ in at most {distance} of 64 bits",
        clusters.len()
    ));
    Ok(())
}

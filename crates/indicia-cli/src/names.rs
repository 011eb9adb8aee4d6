//! What the pages and maps of each input are called.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

use crate::inputs::{Input, Place};

/// A relative path without extension for each input, all different: the file's name without its ending
/// where that is unique, with the folders it was found in where names collide, with its full name where
/// two files differ in the ending alone, with the path as given where even that collides.
pub fn assign(inputs: &[Input]) -> Vec<PathBuf> {
    let levels: [fn(&Input) -> PathBuf; 5] = [
        stem,
        |input| input.folder.join(stem(input)),
        |input| input.folder.join(file_name(input)),
        |input| given_folder(input).join(stem(input)),
        |input| given_folder(input).join(file_name(input)),
    ];
    let mut names: Vec<Option<PathBuf>> = vec![None; inputs.len()];
    let mut taken: HashMap<PathBuf, usize> = HashMap::new();
    for level in levels {
        let mut count: HashMap<PathBuf, usize> = HashMap::new();
        let candidates: Vec<_> = inputs.iter().map(level).collect();
        for candidate in &candidates {
            *count.entry(candidate.clone()).or_default() += 1;
        }
        for (name, candidate) in names.iter_mut().zip(candidates) {
            if name.is_none() && count[&candidate] == 1 && !taken.contains_key(&candidate) {
                taken.insert(candidate.clone(), 0);
                *name = Some(candidate);
            }
        }
    }
    // The same path given twice.
    let finish = |(input, name): (&Input, Option<PathBuf>)| {
        name.unwrap_or_else(|| {
            let base = given_folder(input).join(file_name(input));
            loop {
                let number = taken.entry(base.clone()).or_default();
                *number += 1;
                let numbered = PathBuf::from(format!("{}~{number}", base.display()));
                if !taken.contains_key(&numbered) {
                    taken.insert(numbered.clone(), 0);
                    return numbered;
                }
            }
        })
    };
    inputs.iter().zip(names).map(finish).collect()
}

fn path(input: &Input) -> &Path {
    match &input.place {
        Place::Stdin => Path::new("stdin"),
        Place::File(path) | Place::Unlisted(path, _) => path,
    }
}

fn stem(input: &Input) -> PathBuf {
    path(input).file_stem().map_or_else(|| PathBuf::from("unnamed"), PathBuf::from)
}

fn file_name(input: &Input) -> PathBuf {
    path(input).file_name().map_or_else(|| PathBuf::from("unnamed"), PathBuf::from)
}

/// The folders of the path as given, without root and `..`, so that nothing is written outside the output
/// folder.
fn given_folder(input: &Input) -> PathBuf {
    let parent = path(input).parent().unwrap_or(Path::new(""));
    parent.components().filter(|c| matches!(c, Component::Normal(_))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(files: &[(&str, &str)]) -> Vec<String> {
        let inputs: Vec<_> = files
            .iter()
            .map(|(path, folder)| Input { place: Place::File(path.into()), folder: folder.into() })
            .collect();
        assign(&inputs).iter().map(|p| p.display().to_string()).collect()
    }

    #[test]
    fn unique_names_stay_short_and_others_keep_what_tells_them_apart() {
        assert_eq!(names(&[("in/a.jpg", ""), ("in/b/c.jpg", "b")]), ["a", "c"]);
        assert_eq!(names(&[("in/x/a.jpg", "x"), ("in/y/a.jpg", "y")]), ["x/a", "y/a"]);
        assert_eq!(names(&[("in/a.jpg", ""), ("in/a.png", "")]), ["a.jpg", "a.png"]);
        assert_eq!(names(&[("p/a.jpg", ""), ("../q/a.jpg", "")]), ["p/a", "q/a"]);
        assert_eq!(names(&[("a.jpg", ""), ("a.jpg", "")]), ["a.jpg~1", "a.jpg~2"]);
        assert_eq!(names(&[("../../etc/a.jpg", ""), ("/etc/a.jpg", "")]), ["etc/a.jpg~1", "etc/a.jpg~2"]);
    }

    #[test]
    fn names_are_different_in_a_hard_mix() {
        let mut all = names(&[
            ("in/a.jpg", ""),
            ("in/a.jpg.png", ""),
            ("in/a.png", ""),
            ("in/s/a.jpg", "s"),
            ("in/s/a.jpg", "s"),
            ("other/s/a.jpg", "s"),
            ("-/a", ""),
        ]);
        let count = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), count, "{all:?}");
    }
}

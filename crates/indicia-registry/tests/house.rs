//! What holds for every method: folders, ids, sources, pages.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use indicia_core::BuildContext;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn ids_are_unique_in_order_and_name_their_folder() {
    let ids: Vec<_> = indicia_registry::methods().map(|info| info.id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "not in strict alphabetical order: {ids:?}");
    for id in ids {
        let (family, name) = id.split_once('.').expect("family.method-name");
        let folder = root().join(format!("crates/indicia-{family}/src/{}", name.replace('-', "_")));
        for file in ["mod.rs", "tests.rs", "page.md"] {
            assert!(folder.join(file).is_file(), "{id} has no {}", folder.join(file).display());
        }
    }
}

#[test]
fn every_method_folder_is_registered() {
    let ids: BTreeSet<_> = indicia_registry::methods().map(|info| info.id.to_owned()).collect();
    for entry in std::fs::read_dir(root().join("crates/indicia-signal/src")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.join("page.md").exists() {
            let id = format!("signal.{}", path.file_name().unwrap().to_str().unwrap().replace('_', "-"));
            assert!(ids.contains(&id), "{id} is not in METHODS");
        }
    }
}

#[test]
fn every_method_has_a_source_a_page_sound_parameters_and_builds_by_default() {
    for info in indicia_registry::methods() {
        let id = info.id;
        assert!(!info.sources.is_empty(), "{id} has no source");
        assert!(info.page.len() > 400, "{id}: its page says too little");
        assert!(!info.summary.is_empty() && !info.applies.is_empty() && !info.title.is_empty(), "{id}");
        for p in info.parameters {
            assert!(p.min <= p.default && p.default <= p.max, "{id}.{}", p.name);
            assert!(!p.description.is_empty() && !p.unit.is_empty(), "{id}.{}", p.name);
        }
        (info.build)(&BuildContext::default()).unwrap_or_else(|e| panic!("{id}: {e}"));
    }
}

#[test]
fn pages_in_docs_are_the_ones_the_command_prints() {
    let update = std::env::var_os("UPDATE_GOLDEN").is_some();
    let folder = root().join("docs/methods");
    let pictures = root().join("docs/images/methods");
    for info in indicia_registry::methods() {
        let path = folder.join(format!("{}.md", info.id));
        let mut page = indicia_registry::page(info);
        if pictures.join(format!("{}.jpg", info.id)).exists() {
            page.push_str(&format!(
                "\n## What it shows of an altered and of an authentic picture\n\n\
                 ![Left altered, right authentic; above as they are, below what the method shows](../images/methods/{}.jpg)\n",
                info.id
            ));
        }
        if update {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &page).unwrap();
        }
        let stored = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == page, "{} is out of date: run `cargo xtask docs`", path.display());
    }
}

#[test]
fn trainers_are_in_order_and_name_their_folder() {
    let ids: Vec<_> = indicia_registry::trainers().map(|t| t.info().id).collect();
    assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "not in strict alphabetical order: {ids:?}");
    for id in ids {
        let (family, name) = id.split_once('.').expect("family.method-name");
        let folder = root().join(format!("crates/indicia-{family}/src/{}", name.replace('-', "_")));
        for file in ["mod.rs", "tests.rs", "config.toml"] {
            assert!(folder.join(file).is_file(), "{id} has no {}", folder.join(file).display());
        }
        assert!(!indicia_registry::trainer(id).unwrap().info().summary.is_empty(), "{id}");
    }
}

//! The page of corruptions in `docs` is the one that the list prints.

use std::path::Path;

use indicia_synthesis::corrupt::catalogue;

#[test]
fn the_page_in_docs_is_the_one_of_the_list() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/corruptions.md");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, catalogue()).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == catalogue(), "docs/corruptions.md is out of date: run `cargo xtask docs`");
}

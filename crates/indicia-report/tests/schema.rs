//! The schema in `docs` is the one of the types, and real reports obey it.

use std::path::{Path, PathBuf};

use indicia_report::{Examiner, Options};
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn stored_schema() -> Value {
    let text = std::fs::read_to_string(root().join("docs/report.schema.json")).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

#[test]
fn the_schema_in_docs_is_that_of_the_types() {
    let schema = indicia_report::schema();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(root().join("docs/report.schema.json"), format!("{schema:#}\n")).unwrap();
    }
    assert!(schema == stored_schema(), "docs/report.schema.json is out of date: run `cargo xtask docs`");
}

#[test]
fn reports_of_samples_and_of_unreadable_files_obey_the_schema() {
    let validator = jsonschema::validator_for(&indicia_report::schema()).unwrap();
    let examiner = Examiner::new(indicia_registry::methods(), Options::default()).unwrap();
    let mut inputs: Vec<(String, Vec<u8>)> = std::fs::read_dir(root().join("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    assert!(inputs.len() >= 3);
    inputs.push(("empty".to_owned(), vec![]));
    inputs.push(("text".to_owned(), b"nothing that is a picture".to_vec()));
    for (path, bytes) in inputs {
        let report = examiner.examine(&path, bytes).report;
        for finding in &report.findings {
            let text = &finding.statement;
            let sentence = text.ends_with('.') && !text.starts_with(char::is_lowercase);
            assert!(sentence, "{}: not a sentence: {text}", finding.method);
        }
        let report = serde_json::to_value(report).unwrap();
        let errors: Vec<_> =
            validator.iter_errors(&report).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{path}: {errors:#?}");
    }
    // The validator does refuse what is wrong.
    assert!(!validator.is_valid(&serde_json::json!({ "schema": "indicia.report/1" })));
}

#[test]
fn the_same_input_gives_the_same_report() {
    let examiner = Examiner::new(indicia_registry::methods(), Options::default()).unwrap();
    let bytes = std::fs::read(root().join("samples/desert-with-sign.png")).unwrap();
    let report = || {
        let mut report = examiner.examine("x", bytes.clone()).report;
        report.timing = Default::default();
        serde_json::to_string(&report).unwrap()
    };
    assert_eq!(report(), report());
}

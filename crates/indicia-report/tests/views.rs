//! What invariant 3 promises of whole examinations: each view is computed once, however many ask for it.

use std::path::Path;

use indicia_codec::pdf::write::Writer;
use indicia_core::{Report, ViewUse};
use indicia_report::{Examiner, Options, shipped_calibration};

/// The report on a file, all methods run on one thread, so that no two race for a view.
fn report(name: &str, bytes: Vec<u8>) -> Report {
    let options =
        Options { calibration: Some(std::sync::Arc::new(shipped_calibration())), ..Options::default() };
    let examiner = Examiner::new(indicia_registry::methods(), options).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| examiner.examine(name, bytes).report)
}

fn file(path: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// Everything of the report and its parts was computed once. Gives what became of the report's own views.
fn once(report: &Report) -> Vec<ViewUse> {
    assert!(report.failures.is_empty() && report.error.is_none(), "{:?} {:?}", report.failures, report.error);
    let path = &report.input.path;
    for used in &report.timing.views {
        assert_eq!(used.computed, used.keys, "of {path}: {used:?}");
        assert!(used.keys > 0 && used.seconds >= 0.0, "of {path}: {used:?}");
    }
    report.parts.iter().for_each(|part| drop(once(part)));
    report.timing.views.clone()
}

#[test]
fn each_view_of_a_photograph_is_computed_once_and_shared() {
    for sample in ["lake.jpg", "lake-with-extra-rock.jpg", "desert-with-sign.png"] {
        let views = once(&report(sample, file(&format!("samples/{sample}"))));
        let mut names: Vec<_> = views.iter().map(|used| &used.view).collect();
        names.dedup();
        assert_eq!(names.len(), views.len(), "two views have one name: {names:?}");
        let asked = |view: &str| views.iter().find(|used| used.view == view).map_or(0, |used| used.asked);
        for (shared, least) in [("Pixels", 3), ("Rgb8", 3), ("Luma8", 3), ("Metadata", 2)] {
            assert!(asked(shared) >= least, "{shared} of {sample} was asked for {} times", asked(shared));
        }
        assert_eq!(asked("Jpeg") >= 5, sample.ends_with(".jpg"), "Jpeg of {sample}: {}", asked("Jpeg"));
    }
}

#[test]
fn so_is_each_view_of_a_signed_picture_and_of_a_document_and_its_parts() {
    once(&report("signed", file("crates/indicia-signal/src/provenance/golden/captured.jpg")));
    let mut document = Writer::page("BT /F1 12 Tf 20 50 Td (Total 100) Tj ET");
    document.stream(4, "", b"BT /F1 12 Tf 20 50 Td (Total 900) Tj ET").end("/Root 1 0 R");
    let report = report("document", document.bytes().to_vec());
    let views = once(&report);
    assert!(report.parts.len() >= 2, "{} parts", report.parts.len());
    assert!(views.iter().any(|used| used.view == "Document"), "{views:?}");
}

#[test]
fn the_views_of_an_unreadable_file_are_told_too() {
    let mut cut = file("samples/lake.jpg");
    cut.truncate(20);
    let report = report("cut", cut);
    assert!(report.error.is_some());
    assert!(report.timing.views.iter().any(|used| used.view == "Pixels" && used.computed == 1));
}

use indicia_codec::Metadata;
use indicia_codec::metadata::{
    DateField, DateRole, ExifSummary, GenerationField, GenerationLayout, HistoryEvent, IccProfile, MakerNote,
    SoftwareName, StatedSize, Timestamp,
};
use indicia_core::{BuildContext, Claim, ErrorKind, Finding, Limits, Standing};
use proptest::prelude::*;

use super::software::{Sort, other_maker, other_note, recognise, source_type};
use super::*;

const CHECKS: Checks =
    Checks { earliest_year: 1990, latest_year: 2030, tolerance: 60, gps_seconds: 26 * 3600 };
const PICTURE: PictureShape = PictureShape { width: 3872, height: 2592, colors: 3 };

fn date(role: DateRole, field: &str, text: &str) -> DateField {
    DateField { role, field: field.into(), text: text.into(), value: Timestamp::parse(text) }
}

/// Metadata as a Nikon D200 writes it.
fn camera() -> Metadata {
    Metadata {
        exif: Some(ExifSummary {
            make: Some("NIKON CORPORATION".into()),
            model: Some("NIKON D200".into()),
            exposure_fields: vec!["ExposureTime".into(), "FNumber".into()],
            maker_note: Some(MakerNote { length: 30_000, signature: "Nikon".into() }),
            ..ExifSummary::default()
        }),
        software: vec![SoftwareName { field: "EXIF Software".into(), name: "Ver.2.00".into() }],
        dates: vec![
            date(DateRole::Captured, "EXIF DateTimeOriginal", "2009:01:06 13:27:07"),
            date(DateRole::Digitized, "EXIF DateTimeDigitized", "2009:01:06 13:27:07"),
            date(DateRole::Modified, "EXIF DateTime", "2009:01:06 13:27:07"),
        ],
        stated_sizes: vec![StatedSize {
            field: "EXIF PixelXDimension and PixelYDimension".into(),
            width: 3872,
            height: 2592,
        }],
        thumbnail_size: Some((160, 120)),
        orientation: Some(1),
        exif_blocks: 1,
        ..Metadata::default()
    }
}

fn examine(metadata: &Metadata) -> Vec<Finding> {
    let findings = algorithm::examine(metadata, &PICTURE, &CHECKS);
    for finding in &findings {
        assert_eq!(finding.standing, Standing::Exhibit);
        assert_ne!(finding.claim, Claim::Manipulated);
        assert!(
            finding.statement.ends_with('.') && !finding.statement.contains("  "),
            "{}",
            finding.statement
        );
        for exhibit in &finding.exhibits {
            let indicia_core::ExhibitData::Table(table) = &exhibit.data else { panic!("expected a table") };
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", exhibit.id);
        }
    }
    findings
}

/// Statements beside the first, which tells the camera.
fn beside_camera(metadata: &Metadata) -> Vec<String> {
    let findings = examine(metadata);
    assert!(findings[0].statement.starts_with("The metadata names the camera"), "{}", findings[0].statement);
    findings.into_iter().skip(1).map(|f| f.statement).collect()
}

fn one(statements: Vec<String>, words: &[&str]) {
    assert_eq!(statements.len(), 1, "{statements:#?}");
    for word in words {
        assert!(statements[0].contains(word), "{word} not in {}", statements[0]);
    }
}

#[test]
fn a_camera_original_gets_one_calm_sentence() {
    let findings = examine(&camera());
    assert_eq!(findings.len(), 1);
    assert_eq!(
        findings[0].statement,
        "The metadata names the camera \u{201c}NIKON D200\u{201d} (EXIF Make and Model), with exposure settings and the \
         capture time 2009-01-06 13:27:07; such fields are not signed, so they alone do not show that the picture is \
         as the camera made it."
    );
}

#[test]
fn an_empty_file_gets_the_plain_fact_and_no_claim() {
    let findings = examine(&Metadata::default());
    assert_eq!(findings.len(), 1);
    assert!(findings[0].statement.starts_with("The file names no camera"));
    assert_eq!(findings[0].claim, Claim::Observation);
    // A profile alone tells nothing of camera, program or date.
    let icc = IccProfile { color_space: "RGB".into(), class: "mntr".into(), ..IccProfile::default() };
    assert_eq!(examine(&Metadata { icc: Some(icc), ..Metadata::default() }).len(), 1);
}

#[test]
fn programs_are_recognised_by_sort_and_not_within_words() {
    for (name, product, sort) in [
        ("Adobe Photoshop CC 2019 (Windows)", "Adobe Photoshop", Sort::Editor),
        ("Adobe Photoshop Lightroom Classic 9.0 (Macintosh)", "Adobe Lightroom", Sort::RawDeveloper),
        ("GIMP 2.10.30", "GIMP", Sort::Editor),
        ("Snapseed 2.0", "Snapseed", Sort::Editor),
        ("CREATOR: gd-jpeg v1.0 (using IJG JPEG v62), quality = 82", "GD (PHP)", Sort::Library),
        ("Image::ExifTool 12.57", "ExifTool", Sort::MetadataTool),
        ("Adobe XMP Core 5.1.0-jc003", "Adobe XMP toolkit", Sort::Toolkit),
        ("NovelAI", "NovelAI", Sort::Generator),
        ("DALL·E 3", "DALL-E", Sort::Generator),
        ("Lavc58.54.100", "FFmpeg", Sort::Library),
    ] {
        assert_eq!(recognise(name), Some((product, sort)), "{name}");
    }
    for firmware in [
        "Ver.2.00",
        "15.1.2",
        "G991BXXU5CVGB",
        "Firmware Version 1.0.3",
        "version1.2",
        "HDR+ 1.0.345618096zd",
        "",
    ] {
        assert_eq!(recognise(firmware), None, "{firmware}");
    }
}

#[test]
fn editors_are_observations_and_generators_claim_synthesis() {
    let named = |name: &str| {
        let mut m = camera();
        m.software = vec![SoftwareName { field: "EXIF Software".into(), name: name.into() }];
        m
    };
    one(
        beside_camera(&named("Adobe Photoshop 21.2")),
        &["a picture editor", "21.2", "EXIF Software", "not that its content"],
    );
    let findings = examine(&named("Midjourney"));
    assert_eq!(findings[1].claim, Claim::Synthetic);
    let mut m = Metadata::default();
    let text = "my face\nSteps: 20, Sampler: Euler a, Seed: 7, Model: v1-5";
    m.generation.push(GenerationField {
        field: "PNG text parameters".into(),
        layout: GenerationLayout::WebUi,
        text: text.into(),
        length: text.len() as u64,
    });
    let findings = examine(&m);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].claim, Claim::Synthetic);
    let shown = format!("{:?}", findings[0]);
    assert!(shown.contains("Euler a") && shown.contains("v1-5") && !shown.contains("my face"), "{shown}");
}

#[test]
fn source_types_that_declare_a_model_claim_synthesis() {
    let base = "http://cv.iptc.org/newscodes/digitalsourcetype/";
    for (word, generated) in [
        ("trainedAlgorithmicMedia", true),
        ("compositeWithTrainedAlgorithmicMedia", true),
        ("digitalCapture", false),
    ] {
        assert_eq!(source_type(word).unwrap().1, generated);
        let m = Metadata { digital_source_types: vec![format!("{base}{word}"); 2], ..Metadata::default() };
        let findings = examine(&m);
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].claim == Claim::Synthetic, generated, "{word}");
    }
    let m = Metadata { digital_source_types: vec!["other".into()], ..Metadata::default() };
    assert!(examine(&m)[0].statement.contains("does not know"));
}

#[test]
fn dates_in_an_impossible_order_are_told_with_their_values() {
    let mut m = camera();
    m.dates[2] = date(DateRole::Modified, "EXIF DateTime", "2008:12:01 10:00:00");
    one(
        beside_camera(&m),
        &[
            "changed before it was taken",
            "2008-12-01 10:00:00",
            "36 days before EXIF DateTimeOriginal 2009-01-06 13:27:07",
        ],
    );
    m.dates[2] = date(DateRole::Modified, "EXIF DateTime", "2009:01:06 12:27:07");
    one(beside_camera(&m), &["60 min before", "time zones could explain it"]);
    // Later is what editing does, and a few seconds are what cameras do.
    for fine in ["2012:12:01 10:00:00", "2009:01:06 13:26:10"] {
        m.dates[2] = date(DateRole::Modified, "EXIF DateTime", fine);
        assert_eq!(beside_camera(&m), Vec::<String>::new());
    }
    m.dates[1] = date(DateRole::Digitized, "EXIF DateTimeDigitized", "2001:01:01 00:00:00");
    one(beside_camera(&m), &["digitised before it was taken"]);
}

#[test]
fn fields_for_one_moment_that_differ_are_told_unless_a_time_zone_explains_it() {
    let with = |text: &str| {
        let mut m = camera();
        m.dates.push(date(DateRole::Captured, "XMP photoshop:DateCreated", text));
        beside_camera(&m)
    };
    one(
        with("2010-05-05T13:27:07"),
        &["time of capture", "XMP photoshop:DateCreated says 2010-05-05 13:27:07", "484 days"],
    );
    one(with("2009-01-06T14:31:40"), &["64 min"]);
    for fine in ["2009-01-06T14:27:07", "2009-01-06T13:27:30", "2009-01-06", "2009-01-06T20:12:07+06:00"] {
        assert_eq!(with(fine), Vec::<String>::new(), "{fine}");
    }
    one(with("2009-01-07"), &["24 h"]);
}

#[test]
fn satellite_time_may_differ_by_a_time_zone_only() {
    let with = |text: &str| {
        let mut m = camera();
        m.dates.push(date(DateRole::Gps, "EXIF GPSDateStamp and GPSTimeStamp", text));
        beside_camera(&m)
    };
    assert_eq!(with("2009-01-07 13:00:00"), Vec::<String>::new());
    assert_eq!(with("2009-01-05"), Vec::<String>::new());
    one(with("2009-01-08 13:27:07Z"), &["2 days apart", "2009-01-08 13:27:07 UTC"]);
    let mut m = camera();
    m.dates[0].value = m.dates[0].value.map(|v| v.with_offset("+02:00"));
    m.dates.push(date(DateRole::Gps, "EXIF GPSDateStamp", "2009:01:06 11:27:07Z"));
    assert_eq!(beside_camera(&m), Vec::<String>::new());
}

#[test]
fn implausible_years_are_told() {
    for (text, told) in
        [("1904:01:01 00:00:00", true), ("2036:01:01 00:00:00", true), ("1990:01:01 00:00:00", false)]
    {
        let mut m = camera();
        m.dates = vec![date(DateRole::Captured, "EXIF DateTimeOriginal", text)];
        let statements = beside_camera(&m);
        assert_eq!(!statements.is_empty(), told, "{text}");
        assert!(statements.iter().all(|s| s.contains("outside the years 1990 to 2030")));
    }
}

#[test]
fn stated_sizes_may_be_swapped_and_must_else_fit() {
    let with = |width, height| {
        let mut m = camera();
        m.stated_sizes[0].width = width;
        m.stated_sizes[0].height = height;
        beside_camera(&m)
    };
    assert_eq!(with(2592, 3872), Vec::<String>::new());
    one(with(4000, 3000), &["4000x3000", "3872x2592", "resized or cropped"]);
    one(with(100, 100), &["enlarged or extended"]);
}

#[test]
fn makers_models_and_their_blocks_must_fit() {
    assert_eq!(other_maker("Canon", "iPhone 12"), Some("apple"));
    assert_eq!(other_maker("Apple", "iPhone 12"), None);
    assert_eq!(other_maker("RICOH IMAGING COMPANY, LTD.", "PENTAX K-1"), None);
    assert_eq!(other_maker("Anything", "Something"), None);
    assert_eq!(other_note("NIKON CORPORATION", "Nikon"), None);
    assert_eq!(other_note("Canon", "Nikon"), Some("nikon"));
    let change = |f: fn(&mut ExifSummary)| {
        let mut m = camera();
        f(m.exif.as_mut().unwrap());
        beside_camera(&m)
    };
    one(
        change(|e| e.model = Some("Canon EOS 5D".into())),
        &["belongs to the maker canon", "NIKON CORPORATION"],
    );
    one(change(|e| e.maker_note.as_mut().unwrap().signature = "Apple iOS".into()), &["of the maker apple"]);
    one(change(|e| e.lens = Some("iPhone 12 back camera".into())), &["Apple device"]);
    let mut m = camera();
    m.exif.as_mut().unwrap().exposure_fields.clear();
    m.dates.clear();
    one(beside_camera(&m), &["without any exposure setting"]);
    let mut m = camera();
    for (group, name, value) in [("EXIF", "Make", "NIKON CORPORATION"), ("XMP", "tiff:Make", "Canon")] {
        let (group, name, value) = (group.into(), name.into(), value.into());
        m.entries.push(indicia_core::MetadataEntry { group, name, value, identifying: false });
    }
    one(beside_camera(&m), &["XMP tiff:Make is \u{201c}Canon\u{201d}"]);
}

#[test]
fn a_turned_preview_a_strange_profile_and_two_packets_are_told() {
    let mut m = camera();
    m.thumbnail_size = Some((120, 160));
    one(beside_camera(&m), &["120x160", "EXIF Orientation 1"]);
    let profile = |description: &str, space: &str, class: &str| {
        let mut m = camera();
        m.icc = Some(IccProfile {
            description: Some(description.into()),
            color_space: space.into(),
            class: class.into(),
            ..IccProfile::default()
        });
        beside_camera(&m)
    };
    assert_eq!(profile("sRGB IEC61966-2.1", "RGB", "mntr"), Vec::<String>::new());
    one(profile("c2", "RGB", "mntr"), &["social networks"]);
    one(profile("Dot Gain 20%", "GRAY", "prtr"), &["GRAY", "3 colour channels"]);
    one(profile("x", "RGB", "link"), &["class"]);
    let mut m = camera();
    m.xmp_packets = 2;
    one(beside_camera(&m), &["2 XMP packets"]);
}

#[test]
fn a_history_is_told_with_its_steps() {
    let mut m = camera();
    let step = |action: &str, parameters: Option<&str>| HistoryEvent {
        action: action.into(),
        parameters: parameters.map(Into::into),
        ..HistoryEvent::default()
    };
    m.history = vec![
        step("created", None),
        step("converted", Some("from image/tiff to image/jpeg")),
        step("saved", None),
    ];
    m.documents.ancestors = 2;
    one(beside_camera(&m), &["3 steps", "saved once", "from image/tiff to image/jpeg", "2 documents"]);
}

#[test]
fn the_method_is_built_with_checked_parameters_and_leaves_other_kinds_alone() {
    let method = (INFO.build)(&BuildContext::default()).unwrap();
    let pdf = Evidence::new(Kind::Pdf, b"%PDF".to_vec(), Limits::default());
    assert!(matches!(method.examine(&pdf).unwrap(), Examination::NotApplicable { .. }));
    let set = |name: &str, value: f64| BuildContext {
        parameters: [("signal.metadata".to_owned(), [(name.to_owned(), value)].into())].into(),
        ..BuildContext::default()
    };
    assert!((INFO.build)(&set("latest_year", 2020.0)).is_ok());
    let error = (INFO.build)(&set("tolerance", -1.0)).err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

proptest! {
    #[test]
    fn any_metadata_is_examined_without_a_panic(
        texts in prop::collection::vec("\\PC{0,30}", 6),
        dates in prop::collection::vec("[0-9:TZ+. -]{0,26}", 4),
        (width, height) in (0_u32..5000, 0_u32..5000),
        length in 0_u64..100,
    ) {
        let mut m = camera();
        let exif = m.exif.as_mut().unwrap();
        exif.make = Some(texts[0].clone());
        exif.model = Some(texts[1].clone());
        m.software.push(SoftwareName { field: "x".into(), name: texts[2].clone() });
        m.digital_source_types.push(texts[3].clone());
        m.generation.push(GenerationField {
            field: "x".into(), layout: GenerationLayout::OtherJson, text: format!("Steps: {0}, \"model\":{1}", texts[4], texts[5]), length,
        });
        for (i, text) in dates.iter().enumerate() {
            let role = [DateRole::Captured, DateRole::Digitized, DateRole::Modified, DateRole::Gps][i];
            m.dates.push(date(role, "XMP x", text));
        }
        m.stated_sizes.push(StatedSize { field: "x".into(), width, height });
        m.thumbnail_size = Some((width, height));
        algorithm::examine(&m, &PictureShape { width: 1, height: 1, colors: 1 }, &CHECKS);
    }
}

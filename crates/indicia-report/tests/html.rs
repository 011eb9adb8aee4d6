//! Pages of made reports: what must be there, what must never be there, and degenerate inputs.

use std::sync::Arc;

use indicia_core::{
    Claim, Conclusion, Custody, Direction, ErrorKind, ErrorReport, Exhibit, ExhibitData, Finding, Input,
    Kind, Limits, Map, Mask, MetadataEntry, MethodFailure, MethodRun, NotApplicable, ParameterValues,
    Picture, PixelBox, Provenance, ProvenanceManifest, Region, Report, SCHEMA_ID, Score, Standing, Strength,
    Table, Timing, Tool, Topic, ValidationCode, Verdict, ViewUse,
};
use indicia_report::html::{IndexRow, render, render_index};
use ndarray::Array2;

/// A picture of slopes with a grid of squares.
fn picture(width: usize, height: usize) -> Picture {
    let mut rgb = Vec::with_capacity(width * height * 3);
    for y in 0..height {
        for x in 0..width {
            let square = if (x / 16 + y / 16) % 2 == 0 { 40 } else { 0 };
            rgb.extend([(x * 200 / width) as u8 + square, (y * 200 / height) as u8 + square, 90]);
        }
    }
    Picture { width, height, rgb }
}

fn exhibit(id: &str, title: &str, legend: &str, data: ExhibitData) -> Exhibit {
    Exhibit { id: id.into(), title: title.into(), legend: legend.into(), data }
}

/// A report in which every text that a stranger could have written is `text`.
fn report(text: &str, width: usize, height: usize) -> Report {
    let s = || text.to_owned();
    let values =
        Array2::from_shape_fn((height.div_ceil(8), width.div_ceil(8)), |(y, x)| (x + y) as f32 / 40.0);
    let blocks = Map {
        values,
        cell: 8,
        width,
        height,
        outside: 0.0,
        low: 0.0,
        high: 1.0,
        direction: Direction::HigherIsSuspicious,
    };
    let fine = Array2::from_shape_fn((height, width), |(y, x)| ((x * 7 + y * 13) % 29) as f32 / 29.0);
    let levels = Map { direction: Direction::Contrast, ..Map::per_pixel(fine, 0.0, 0.5) };
    let small = Map::per_pixel(Array2::from_elem((3, 5), 0.5), 0.0, 1.0);
    let mask = Array2::from_shape_fn((height, width), |(y, x)| {
        (height / 4..height / 2).contains(&y) && (width / 4..width / 2).contains(&x)
    });
    let table =
        Table { columns: vec![s(), "second".into()], rows: vec![vec![s(), s()], vec![s().repeat(40), s()]] };
    let findings = vec![
        Finding {
            exhibits: vec![
                exhibit("map", "Contrast map", &s(), ExhibitData::Map(Arc::new(levels))),
                exhibit("small", &s(), &s(), ExhibitData::Map(Arc::new(small))),
                exhibit("thumbnail", &s(), &s(), ExhibitData::Picture(Arc::new(picture(20, 10)))),
                exhibit("markers", &s(), &s(), ExhibitData::Table(table)),
            ],
            ..Finding::observation("signal.error-level", s())
        },
        Finding {
            method: "signal.zero".into(),
            topic: Topic::Compression,
            claim: Claim::Manipulated,
            standing: Standing::Vote,
            score: Some(Score {
                name: s(),
                statistic: 12.25,
                log10_nfa: Some(-3.2),
                log10_likelihood_ratio: Some(2.0),
            }),
            region: Region::Mask(Mask::new(mask)),
            statement: s(),
            exhibits: vec![exhibit("map", "Grid votes", &s(), ExhibitData::Map(Arc::new(blocks)))],
        },
        Finding {
            region: Region::Box(PixelBox { x: 1, y: 2, width: 3, height: 4 }),
            ..Finding::observation(text, s())
        },
        Finding {
            region: Region::Bytes { offset: 1234, length: 56 },
            standing: Standing::Vote,
            ..Finding::observation("signal.jpeg-structure", s())
        },
    ];
    Report {
        schema: SCHEMA_ID.into(),
        tool: Tool { name: "indicia".into(), version: "0.1.0".into() },
        input: Input {
            path: format!("evidence/{text}"),
            digest: Some("sha256:00ff".into()),
            kind: Some(Kind::Jpeg),
            size: Some(123_456),
            width: Some(width as u32),
            height: Some(height as u32),
            orientation: Some(6),
            frames: Some(2),
            warnings: vec![s()],
        },
        part: None,
        findings,
        calibration: None,
        not_applicable: vec![NotApplicable { method: s(), why: s() }],
        failures: vec![MethodFailure { method: s(), kind: ErrorKind::Internal, reason: s() }],
        verdict: Some(Verdict {
            conclusion: Conclusion::SupportsManipulation,
            strength: Some(Strength::Moderate),
            statement: s(),
            basis: vec![1, 99],
            basis_parts: vec![],
            expected_false_alarms: Some(0.01),
            limits: vec![s()],
        }),
        provenance: Some(Provenance {
            state: "invalid".into(),
            active_manifest: Some(s()),
            manifests: vec![ProvenanceManifest {
                relationship: None,
                label: s(),
                claim_generator: Some(s()),
                title: Some(s()),
                signer: Some(s()),
                issuer: Some(s()),
                signed_at: Some(s()),
                actions: vec![s()],
                digital_source_types: vec![s()],
            }],
            codes: vec![ValidationCode {
                outcome: "failure".into(),
                code: s(),
                url: Some(s()),
                explanation: Some(s()),
                ingredient: false,
            }],
            remote_url: Some(s()),
            error: Some(s()),
        }),
        metadata: vec![
            MetadataEntry { group: s(), name: s(), value: s(), identifying: false },
            MetadataEntry {
                group: "EXIF".into(),
                name: "Artist".into(),
                value: "Secret Person".into(),
                identifying: true,
            },
        ],
        custody: Custody {
            calibration: None,
            methods: vec![MethodRun { id: s(), parameters: ParameterValues([(s(), 2.5)].into()) }],
            limits: Limits::default(),
            trust_list: Some(s()),
            camera: Some(s()),
            online: false,
            private: false,
            options_digest: s(),
        },
        timing: Timing {
            total_seconds: 0.5,
            seconds: [(s(), 0.25)].into(),
            views: vec![ViewUse { view: s(), keys: 1, computed: 2, asked: 3, seconds: 0.125 }],
        },
        error: None,
        parts: vec![],
    }
}

fn plain() -> Report {
    report("words", 100, 60)
}

/// Every attribute value and every tag name of a page, by a reader that knows quotes.
fn tags(page: &str) -> Vec<(String, String)> {
    let mut out = vec![];
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with(['/', '!']) {
            continue;
        }
        let name: String = rest.chars().take_while(|c| c.is_ascii_alphanumeric()).collect();
        let mut quoted = false;
        let end = rest
            .find(|c| {
                quoted ^= c == '"';
                c == '>' && !quoted
            })
            .expect("every tag ends");
        out.push((name.clone(), rest[..end].to_owned()));
        rest = &rest[end..];
        if name == "script" || name == "style" {
            rest = &rest[rest.find(&format!("</{name}>")).expect("it ends")..];
        }
    }
    out
}

#[test]
fn hostile_text_stays_text_everywhere() {
    for text in [
        "<script>alert(1)</script>",
        "\"><img src=x onerror=alert(1)>",
        "' onmouseover='alert(1)",
        "</style></script><script>alert(1)</script>",
        "{{ 7 * 7 }}{% raw %}&lt;script&gt;",
    ] {
        let mut hostile = report(text, 100, 60);
        hostile.tool.version = text.into();
        hostile.schema = text.into();
        hostile.provenance.as_mut().unwrap().state = text.into();
        let page = render(&hostile, Some(&picture(100, 60)), Some(text)).unwrap();
        let row = IndexRow { error: Some(text.into()), ..IndexRow::new(&hostile, None, Some(text)).unwrap() };
        let index = render_index(&[row]).unwrap();
        let clean = render(&plain(), Some(&picture(100, 60)), Some("x")).unwrap();
        let count = |page: &str, tag: &str| tags(page).iter().filter(|(name, _)| name == tag).count();
        for tag in ["script", "style", "link", "iframe", "object", "form", "svg", "meta", "button"] {
            assert_eq!(count(&page, tag), count(&clean, tag), "{tag} with {text}");
        }
        // The long cell of the table shows its beginning and the whole.
        assert_eq!(count(&page, "img"), count(&clean, "img"), "{text}");
        assert_eq!((count(&index, "script"), count(&index, "img")), (1, 0), "{text}");
        for (name, attributes) in tags(&page).into_iter().chain(tags(&index)) {
            let outside_quotes: String = attributes.split('"').step_by(2).collect();
            assert!(
                !outside_quotes.contains("onerror") && !outside_quotes.contains("onmouse"),
                "{name} {attributes}"
            );
        }
        assert!(page.contains("Expected false alarms"), "the page is whole");
    }
}

#[test]
fn bidirectional_overrides_in_names_are_shown() {
    let page = render(&report("exe.\u{202e}gpj", 16, 16), None, None).unwrap();
    assert!(page.contains("exe.⟨U+202E⟩gpj"));
    assert!(!page.contains('\u{202e}'));
}

#[test]
fn nothing_is_loaded_from_outside() {
    let page = render(&plain(), Some(&picture(100, 60)), Some("../index.html")).unwrap();
    let index =
        render_index(&[IndexRow::new(&plain(), Some(&picture(100, 60)), Some("a b.html")).unwrap()]).unwrap();
    for (name, attributes) in tags(&page).into_iter().chain(tags(&index)) {
        for attribute in ["src=\"", "srcset=\"", "data=\"", "action=\"", "poster=\""] {
            for part in attributes.split(attribute).skip(1).filter(|_| attribute != "data=\"") {
                assert!(part.starts_with("data:image/"), "{name}: {part:.40}");
            }
        }
        for part in attributes.split(" href=\"").skip(1) {
            assert!(part.starts_with(['#', '.']), "{name}: {part:.40}");
        }
    }
    for page in [&page, &index] {
        assert!(!page.contains("url(") && !page.contains("@import"));
        assert!(
            page.contains("default-src &#39;none&#39;; img-src data:")
                || page.contains("default-src 'none'; img-src data:")
        );
        assert!(page.contains("script-src &#39;sha256-") || page.contains("script-src 'sha256-"));
    }
    assert!(page.contains("href=\"../index.html\"") && index.contains("href=\"./a%20b.html\""));
}

#[test]
fn findings_stand_in_their_groups_with_scores_in_words() {
    let page = render(&plain(), Some(&picture(100, 60)), None).unwrap();
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(at(">What moved the verdict</h2>") < at("id=\"finding-1\""));
    assert!(at("id=\"finding-1\"") < at(">Other findings that may count</h2>"));
    assert!(at(">Other findings that may count</h2>") < at("id=\"finding-3\""));
    assert!(at("id=\"finding-3\"") < at("id=\"finding-0\""), "what only shows comes last");
    for text in [
        ">Supports manipulation</h2>",
        "at most 1 in 100 authentic images",
        "about 1 in 1,600 images",
        "words = 12.25",
        "375 pixels (6.3 % of the picture), within columns 25 to 49, rows 15 to 29",
        "columns 1 to 3, rows 2 to 5",
        "56 bytes of the file from byte 1,234 on",
        "moderate support (likelihood ratio 10 to 100)",
        "turned by 90° clockwise (EXIF orientation 6)",
        "matrix(0,1,-1,0,0,0) translate(0%,-100%)",
        "d=\"M25 15L50 15L50 30L25 30Z\"",
        "(identifying)",
        "Higher values are more suspicious.",
        "neither end is suspicious by itself",
        "This map has another size than the picture",
        "href=\"#finding-1\"",
    ] {
        at(text);
    }
    // The basis names a finding that does not exist: it is not linked.
    assert!(!page.contains("finding-99"));
    // The map that the verdict rests on comes first and is shown, the other is there.
    assert!(
        at("id=\"map-0\" class=\"map\" alt=\"Map: Grid votes\"")
            < at("id=\"map-1\" class=\"map\" alt=\"Map: Contrast map\"")
    );
    assert!(page.contains("id=\"choose-0\" value=\"0\" checked"));
    // 100 pixels are 12.5 cells of 8: the thirteenth hangs over.
    at("style=\"width:104.0000%;height:106.6667%\"");
}

#[test]
fn a_map_covers_the_picture_only_where_the_verdict_rests_on_it() {
    let mut report = plain();
    report.verdict.as_mut().unwrap().conclusion = Conclusion::Inconclusive;
    let page = render(&report, Some(&picture(100, 60)), None).unwrap();
    assert!(
        page.contains("id=\"choose-none\" value=\"\" checked")
            && !page.contains("id=\"choose-0\" value=\"0\" checked")
    );
    assert!(page.contains("It does not say that the picture is authentic."));
}

#[test]
fn a_private_page_has_no_picture_no_map_and_no_identity() {
    let mut report = plain();
    report.custody.private = true;
    let page = render(&report, Some(&picture(100, 60)), None).unwrap();
    assert!(page.contains("Private report.") && page.contains("data-private"));
    assert!(!page.contains("data:image") && !page.contains("<img") && !page.contains("<svg"));
    assert!(!page.contains("Secret Person") && !page.contains("Artist"));
    assert!(page.contains("1 identifying fields are left out"));
    assert!(page.contains("3 maps or pictures are left out of this private report."));
    assert!(page.contains("within columns 25 to 49, rows 15 to 29"));
    let row = IndexRow::new(&report, Some(&picture(100, 60)), None).unwrap();
    assert_eq!(row.thumbnail, None);
}

#[test]
fn a_report_without_findings_and_one_of_an_unreadable_file() {
    let mut report = plain();
    report.findings.clear();
    report.metadata.clear();
    report.provenance = None;
    let verdict = report.verdict.as_mut().unwrap();
    (verdict.conclusion, verdict.expected_false_alarms) = (Conclusion::Inconclusive, None);
    let page = render(&report, None, None).unwrap();
    assert!(
        page.contains("No method that applied found anything to show.")
            && page.contains(">Inconclusive</h2>")
    );
    assert!(page.contains("not known: no statistical method applied") && !page.contains("id=\"viewer\""));
    report.verdict = None;
    report.error =
        Some(ErrorReport { path: "x".into(), kind: ErrorKind::Input, reason: "data ends at byte 3".into() });
    let page = render(&report, None, None).unwrap();
    assert!(page.contains("This file could not be read") && page.contains("data ends at byte 3"));
    assert!(!page.contains("No method that applied"));
}

#[test]
fn degenerate_pictures_and_maps_render() {
    for (width, height) in [(1, 1), (1, 10_000), (10_000, 1), (7, 3), (1601, 2)] {
        let page = render(&report("words", width, height), Some(&picture(width, height)), None).unwrap();
        assert!(
            page.contains(&format!("data-width=\"{width}\" data-height=\"{height}\"")),
            "{width}x{height}"
        );
        assert!(page.contains("id=\"picture\""));
    }
    let mut empty = plain();
    let none = Map::per_pixel(Array2::zeros((0, 0)), 0.0, 1.0);
    empty.findings[0].exhibits = vec![
        exhibit("map", "Nothing", "", ExhibitData::Map(Arc::new(none))),
        exhibit("p", "", "", ExhibitData::Picture(Arc::new(Picture { width: 0, height: 0, rgb: vec![] }))),
        exhibit("t", "", "", ExhibitData::Table(Table { columns: vec![], rows: vec![] })),
    ];
    render(&empty, Some(&picture(100, 60)), None).unwrap();
    // Maps without a picture lie on blank ground and are seen at once.
    let page = render(&plain(), None, None).unwrap();
    assert!(page.contains("class=\"blank\"") && page.contains("id=\"choose-0\" value=\"0\" checked"));
}

#[test]
fn long_values_and_long_tables_are_bounded() {
    let mut report = plain();
    report.metadata = (0..2100)
        .map(|n| MetadataEntry {
            group: "XMP".into(),
            name: format!("field {n}"),
            value: "v".repeat(10_000),
            identifying: false,
        })
        .collect();
    let page = render(&report, None, None).unwrap();
    assert!(page.contains("100 more fields are not on this page."));
    assert!(page.contains("… and 6000 more characters") && !page.contains(&"v".repeat(4001)));
    assert!(page.contains("<summary>vvvv"));
}

#[test]
fn big_pictures_and_maps_are_embedded_small_and_the_page_says_so() {
    let (width, height) = (3300, 1000);
    let page = render(&report("words", width, height), Some(&picture(width, height)), None).unwrap();
    assert!(page.contains(
        "Shown as a copy of 1,600 × 485 pixels, 2.06 times smaller than the original 3,300 × 1,000"
    ));
    assert!(page.contains("One value a pixel; the page shows the mean of 3 × 3 values."));
    assert!(page.contains("src=\"data:image/jpeg;base64,"));
    assert!(page.len() < 3_000_000, "{} bytes", page.len());
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let (one, two) = (report("words", 333, 222), report("words", 333, 222));
    let page = |report| render(report, Some(&picture(333, 222)), Some("i.html")).unwrap();
    assert_eq!(page(&one), page(&two));
}

#[test]
fn the_list_counts_and_orders_verdicts() {
    let mut rows = vec![];
    for (name, conclusion) in [
        ("a.jpg", Some(Conclusion::Inconclusive)),
        ("b.jpg", Some(Conclusion::SupportsManipulation)),
        ("c.jpg", Some(Conclusion::Inconclusive)),
        ("d.jpg", None),
    ] {
        let mut report = plain();
        report.input.path = name.into();
        report.verdict =
            conclusion.map(|conclusion| Verdict { conclusion, ..report.verdict.clone().unwrap() });
        if conclusion.is_none() {
            report.error =
                Some(ErrorReport { path: name.into(), kind: ErrorKind::Input, reason: "empty file".into() });
        }
        let page = conclusion.map(|_| format!("{name}.html"));
        rows.push(IndexRow::new(&report, Some(&picture(40, 30)), page.as_deref()).unwrap());
    }
    let page = render_index(&rows).unwrap();
    let totals: Vec<_> = ["1</b>Supports manipulation", "1</b>Not read", "2</b>Inconclusive"]
        .map(|text| page.find(text).unwrap_or_else(|| panic!("{text}")))
        .into();
    assert!(totals.is_sorted());
    assert!(
        page.contains("href=\"./a.jpg.html\"") && !page.contains("d.jpg.html") && page.contains("empty file")
    );
    assert_eq!(page.matches("data:image/jpeg").count(), 4);
    // Two votes a file: findings 1 and 3.
    assert_eq!(page.matches("data-key=\"2\">2</td>").count(), 4);
    assert_eq!(render_index(&[]).unwrap().matches("<tr").count(), 1);
}

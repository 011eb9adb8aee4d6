use indicia_core::{BuildContext, Limits};

use super::*;
use crate::testing::gray_jpeg;

/// Laplace-like blocks quantised with `first` (0 for not) and then with the table of quality 95.
fn blocks(first: Option<u8>) -> Vec<[i16; 64]> {
    let last = tables::libjpeg_luma(95);
    let first = first.map(tables::libjpeg_luma);
    let mut state = 1_u64;
    let mut unit = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..1500)
        .map(|_| {
            std::array::from_fn(|at| {
                let u = unit() - 0.5;
                let x = -14.0 * u.signum() * (1.0 - 2.0 * u.abs()).max(1e-12).ln();
                let noise = 0.5 * (unit() + unit() + unit() - 1.5);
                let x = first.map_or(x, |t| (x / f64::from(t[at])).round() * f64::from(t[at]) + noise);
                (x / f64::from(last[at])).round() as i16
            })
        })
        .collect()
}

#[test]
fn an_earlier_quality_is_found_and_a_single_compression_is_not_accused() {
    let twice = gray_jpeg(tables::libjpeg_luma(95), 50, blocks(Some(70)));
    let earlier = compression_history::earlier(&twice.components[0]).unwrap();
    assert_eq!(earlier.quality, 70, "{earlier:?}");
    assert!(earlier.gain > STATED_GAIN && earlier.free_gain >= earlier.gain, "{earlier:?}");
    let finding = history_finding(&twice).unwrap();
    assert!(finding.statement.contains("about quality 70"), "{}", finding.statement);
    assert_eq!((finding.claim, finding.standing), (Claim::Observation, Standing::Exhibit));
    let once = gray_jpeg(tables::libjpeg_luma(95), 50, blocks(None));
    let finding = history_finding(&once).unwrap();
    assert!(finding.score.unwrap().statistic < 0.05);
    assert!(finding.statement.contains("no clear trace"), "{}", finding.statement);
}

#[test]
fn degenerate_components_are_no_error() {
    let empty = gray_jpeg([1; 64], 0, vec![]);
    assert!(history_finding(&empty).is_none());
    assert_eq!(thumbnail::block_means(&empty.components[0]).dim(), (0, 0));
    let zero = gray_jpeg([0; 64], 1, vec![[0; 64]]);
    assert_eq!(history_finding(&zero).unwrap().score.unwrap().statistic, 0.0);
    let extreme = gray_jpeg([u16::MAX; 64], 2, vec![[i16::MIN; 64], [i16::MAX; 64]]);
    assert!(history_finding(&extreme).unwrap().score.unwrap().statistic.is_finite());
}

#[test]
fn tables_are_named() {
    let finding = tables_finding(&gray_jpeg(tables::libjpeg_luma(88), 0, vec![]));
    assert_eq!(
        finding.statement,
        "Quantisation tables: the luma table is exactly that of libjpeg quality 88."
    );
    let mut steps = tables::libjpeg_luma(88);
    steps[0] += 16;
    let finding = tables_finding(&gray_jpeg(steps, 0, vec![]));
    assert!(
        finding.statement.contains("nearest libjpeg quality 88 (mean step difference 0.25)"),
        "{}",
        finding.statement
    );
    let mut none = gray_jpeg(steps, 0, vec![]);
    none.quantization.clear();
    assert_eq!(tables_finding(&none).statement, "The file defines no quantisation table.");
}

#[test]
fn trailing_bytes_are_placed() {
    let mut with = gray_jpeg([1; 64], 0, vec![]);
    with.trailing = 3..9;
    let finding = trailing_finding(b"abc\xFF\xD8\xFFxyz", &with).unwrap();
    assert_eq!(finding.region, Region::Bytes { offset: 3, length: 6 });
    assert_eq!(
        finding.statement,
        "After the picture follow 6 bytes: another JPEG; JPEG data begins at byte 3; no index in the file declares it."
    );
    // A range beyond the bytes is not followed.
    assert!(trailing_finding(b"abc", &with).is_none());
}

#[test]
fn only_another_scene_votes() {
    for relation in [
        Relation::Same { correlation: 0.9 },
        Relation::Turned { orientation: 6, correlation: 0.9 },
        Relation::PictureIsPart { share: 0.5, correlation: 0.9 },
        Relation::ThumbnailIsPart { share: 0.5, correlation: 0.9 },
        Relation::Differs { correlation: 0.5 },
        Relation::Unclear,
    ] {
        let (claim, standing, ..) = describe(relation, "160x120");
        assert_eq!((claim, standing), (Claim::Observation, Standing::Exhibit));
    }
    let (claim, standing, ..) = describe(Relation::Other { correlation: 0.1 }, "160x120");
    assert_eq!((claim, standing), (Claim::Manipulated, Standing::Vote));
}

#[test]
fn a_png_is_not_applicable() {
    let method = (INFO.build)(&BuildContext::default()).unwrap();
    let evidence = Evidence::new(Kind::Png, vec![], Limits::default());
    let Examination::NotApplicable { why } = method.examine(&evidence).unwrap() else { panic!("applies") };
    assert_eq!(why, "needs a JPEG, this is a PNG");
}

use indicia_core::ExhibitData;
use indicia_ops::luma_of_rgb;

use super::algorithm::*;
use super::*;
use crate::testing::text_page;

fn examine_page(rgb: &Rgb8) -> Examination {
    let text = TextLines::of(&luma_of_rgb(&rgb.samples), rgb.width);
    TextLineOutliers::examine_page(&text, rgb)
}

fn finding(rgb: &Rgb8) -> Finding {
    let Examination::Findings(mut findings) = examine_page(rgb) else { panic!("the page has text") };
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

#[test]
fn surprise_is_the_sum_of_logarithms() {
    // ln(1 + 4/4) + ln(1 + (2 * 3)^2 / 4) = ln 2 + ln 10.
    assert!((surprise(&[2.0, -3.0], &[1.0, 2.0]) - 20.0_f32.ln()).abs() < 1e-6);
    assert_eq!(surprise(&[0.0; 4], &[1.0; 4]), 0.0);
}

#[test]
fn colours_are_those_of_the_darkest_ink_and_the_lightest_paper() {
    // A white page, a blot of 2 by 2 pixels: three of (10, 20, 40), one of (60, 60, 60).
    let mut rgb = Rgb8 { width: 40, height: 40, samples: vec![255; 4800] };
    for (i, (x, y)) in [(20, 20), (21, 20), (20, 21), (21, 21)].into_iter().enumerate() {
        let pixel = if i == 3 { [60, 60, 60] } else { [10, 20, 40] };
        rgb.samples[3 * (40 * y + x)..][..3].copy_from_slice(&pixel);
    }
    let text = TextLines::of(&luma_of_rgb(&rgb.samples), 40);
    let area = indicia_ops::text::Area { left: 18, top: 18, right: 24, bottom: 24 };
    let colours = Colours::of(&text, &rgb, area).unwrap();
    assert_eq!(colours, Colours { ink: [20.0, -10.0, 20.0], paper: [255.0, 0.0, 0.0] });
    let empty = indicia_ops::text::Area { left: 0, top: 0, right: 9, bottom: 9 };
    assert_eq!(Colours::of(&text, &rgb, empty), None);
}

#[test]
fn a_word_in_other_ink_stands_out_and_its_twin_does_not() {
    let twin = text_page(300, 240);
    let mut forged = twin.clone();
    // The second word of the third line: its ink becomes bluish.
    for (y, x) in (70..86).flat_map(|y| (58..96).map(move |x| (y, x))) {
        let at = 3 * (y * 300 + x);
        if forged.samples[at] < 100 {
            forged.samples[at + 2] += 60;
        }
    }
    let (twin, forged) = (finding(&twin), finding(&forged));
    let score = |finding: &Finding| finding.score.as_ref().unwrap().statistic;
    assert!(score(&forged) > score(&twin) + 2.0, "{} and {}", score(&forged), score(&twin));
    let ExhibitData::Map(map) = &forged.exhibits[0].data else { panic!("a map") };
    let most = map.values.iter().copied().fold(0.0, f32::max);
    assert_eq!(map.at(75, 78), most, "the word is the brightest place");
    assert_eq!(map.at(2, 2), 0.0);
    let ExhibitData::Table(table) = &forged.exhibits[1].data else { panic!("a table") };
    assert_eq!(table.rows.len(), ROWS);
    assert!(table.rows[0][3].starts_with("ink colour (blue - green)"), "{:?}", table.rows[0]);
}

#[test]
fn pictures_without_text_are_not_examined() {
    for (width, height) in [(1, 1), (1, 200), (3, 5000), (64, 64)] {
        for value in [0, 128, 255] {
            let rgb = Rgb8 { width, height, samples: vec![value; 3 * width * height] };
            assert!(matches!(examine_page(&rgb), Examination::NotApplicable { .. }), "{width}x{height}");
        }
    }
}

use indicia_ops::luma_of_rgb;

use super::*;
use crate::testing::text_page;

fn examine_page(rgb: &Rgb8) -> Examination {
    let luma = Luma8 { width: rgb.width, height: rgb.height, samples: luma_of_rgb(&rgb.samples) };
    DuplicateGlyphs::examine_page(&TextLines::of(&luma.samples, rgb.width), &luma, rgb)
}

fn finding(rgb: &Rgb8) -> Finding {
    let Examination::Findings(mut findings) = examine_page(rgb) else { panic!("the page is examined") };
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

#[test]
fn a_copied_glyph_is_paired_with_its_source_and_the_twin_has_no_such_pair() {
    let twin = text_page(300, 240);
    let mut forged = twin.clone();
    // The first glyph of the second line is put over the fourth of the fifth: 27 columns and 90 rows on.
    for (y, x) in (40..58).flat_map(|y| (13..23).map(move |x| (y, x))) {
        let (from, to) = (3 * (y * 300 + x), 3 * ((y + 90) * 300 + x + 27));
        forged.samples.copy_within(from..from + 3, to);
    }
    let luma = luma_of_rgb(&forged.samples);
    let text = TextLines::of(&luma, 300);
    let Likeness::Pairs(pairs) = examine(&text, &luma) else { panic!("pairs") };
    let corner = |i: usize| (text.glyphs[i].area.left, text.glyphs[i].area.top);
    assert_eq!((corner(pairs[0].glyphs.0), corner(pairs[0].glyphs.1)), ((15, 42), (42, 132)));
    assert_eq!(pairs[0].difference, 0.0);
    let (twin, forged) = (finding(&twin), finding(&forged));
    let score = |finding: &Finding| finding.score.as_ref().unwrap().statistic;
    assert!(score(&forged) > score(&twin) + 3.0, "{} and {}", score(&forged), score(&twin));
    let drawn = forged.exhibits.iter().find(|exhibit| exhibit.id == "pairs").unwrap();
    let ExhibitData::Picture(picture) = &drawn.data else { panic!("a picture") };
    assert_eq!((picture.width, picture.height), (300, 240));
    // The line between the centres passes half way.
    let red = |x: usize| picture.rgb[3 * (93 * 300 + x)..][..3] == [230, 30, 30];
    assert!((29..35).any(red));
}

#[test]
fn a_page_of_equal_letters_was_not_scanned() {
    let mut rgb = text_page(300, 240);
    rgb.samples.iter_mut().for_each(|v| *v = if *v < 130 { 40 } else { 220 });
    let Examination::NotApplicable { why } = examine_page(&rgb) else {
        panic!("a clean page is not examined")
    };
    assert!(why.contains("equal"), "{why}");
}

#[test]
fn pictures_without_text_are_not_examined() {
    for (width, height) in [(1, 1), (1, 200), (3, 5000), (64, 64)] {
        let rgb = Rgb8 { width, height, samples: vec![128; 3 * width * height] };
        assert!(matches!(examine_page(&rgb), Examination::NotApplicable { .. }), "{width}x{height}");
    }
}

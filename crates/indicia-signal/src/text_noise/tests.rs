use indicia_core::ExhibitData;
use indicia_ops::luma_of_rgb;

use super::algorithm::*;
use super::*;
use crate::testing::text_page;

fn examine_page(rgb: &Rgb8) -> Examination {
    let luma = Luma8 { width: rgb.width, height: rgb.height, samples: luma_of_rgb(&rgb.samples) };
    TextNoise::examine_page(&TextLines::of(&luma.samples, rgb.width), &luma, rgb)
}

fn finding(rgb: &Rgb8) -> Finding {
    let Examination::Findings(mut findings) = examine_page(rgb) else { panic!("the page has text") };
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

#[test]
fn a_quiet_patch_of_paper_is_marked_and_even_noise_is_not() {
    // Noise of plus or minus 4 everywhere but in the cells 4 to 6 of the rows 4 to 6.
    let quiet = |x: usize, y: usize| (32..56).contains(&x) && (32..56).contains(&y);
    let luma: Vec<u8> = (0..128 * 128)
        .map(|i| {
            let (x, y) = (i % 128, i / 128);
            if quiet(x, y) { 200 } else { 196 + 8 * ((x * 7 + y * 13 + x * y) % 3 / 2) as u8 }
        })
        .collect();
    let text = TextLines::of(&luma, 128);
    let cells = Page { luma: &luma, error: &luma, text: &text }.cells();
    assert_eq!(cells.dim(), (16, 16));
    assert!(cells[(5, 5)] > 5.0, "{}", cells[(5, 5)]);
    assert!(cells[(12, 12)] < 1.0, "{}", cells[(12, 12)]);
}

#[test]
fn a_word_on_clean_paper_stands_out_and_its_twin_does_not() {
    let twin = text_page(300, 240);
    let mut forged = twin.clone();
    // Around the second word of the third line ink and paper become clean.
    for (y, x) in (68..88).flat_map(|y| (56..96).map(move |x| (y, x))) {
        let at = 3 * (y * 300 + x);
        let value = if forged.samples[at] < 130 { 40 } else { 220 };
        forged.samples[at..at + 3].fill(value);
    }
    let (twin, forged) = (finding(&twin), finding(&forged));
    let score = |finding: &Finding| finding.score.as_ref().unwrap().statistic;
    assert!(score(&forged) > score(&twin) + 2.0, "{} and {}", score(&forged), score(&twin));
    let ExhibitData::Map(map) = &forged.exhibits[0].data else { panic!("a map") };
    let most = map.values.iter().copied().fold(0.0, f32::max);
    assert_eq!(map.at(75, 78), most, "the word is the brightest place");
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

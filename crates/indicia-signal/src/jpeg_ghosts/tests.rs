use indicia_codec::jpeg::Component;
use indicia_core::Picture;
use ndarray::array;

use super::algorithm::*;
use super::*;
use crate::testing::{Random, area_under_curve, examines_awkward_jpegs, gray_jpeg, texture};

#[test]
fn a_value_lies_on_or_off_the_multiples() {
    // Step 3 has a tolerance of 1.5 + 0.9 = 2.4; an earlier step must be at least 7.2.
    assert_eq!(place(4, 3, 7), Place::Silent);
    assert_eq!(place(0, 3, 16), Place::Silent);
    assert_eq!(place(1, 3, 16), Place::Off, "3 is 3 away from 0");
    assert_eq!(place(5, 3, 16), Place::On, "15 is 1 away from 16");
    assert_eq!(place(6, 3, 16), Place::On, "18 is 2 away from 16");
    assert_eq!(place(7, 3, 16), Place::Off, "21 is 5 away from 16");
    assert_eq!(place(11, 3, 16), Place::On, "33 is 1 away from 32");
}

#[test]
fn a_blocks_evidence_is_cut() {
    assert_eq!(strongest(&array![[10.0]]), (4.0, 10.0));
    assert_eq!(strongest(&array![[-10.0, 1.0], [0.5, 0.0]]), (0.0, 0.0));
    assert_eq!(strongest(&Array2::from_elem((9, 9), 7.0)), (MOST_EVIDENCE, 175.0));
}

#[test]
fn differences_are_those_of_the_paper() {
    // One coefficient of 16: steps of 16, 10 and 32 leave 0, 16 - 20 = -4 and 16, squares over 64 are 0, 1/4
    // and 4, scaled 0, 1/16 and 1.
    let mut block = [0_i16; 64];
    block[9] = 16;
    let grid = BlockGrid { wide: 1, high: 1, origin: (0, 0), steps: [1; 64], blocks: vec![block].into() };
    let maps = differences(&grid, &[[16; 64], [10; 64], [32; 64]], 0);
    assert_eq!(maps, [array![[0.0]], array![[0.0625]], array![[1.0]]]);
    // Without any difference there is nothing to scale.
    assert_eq!(differences(&grid, &[[16; 64], [8; 64]], 0), [array![[0.0]], array![[0.0]]]);
}

/// Blocks of Laplace coefficients coded at quality 92; those of the region, or all others, were coded at quality
/// 60 before.
fn blocks(wide: usize, high: usize, before: impl Fn(usize, usize) -> bool) -> Vec<[i16; 64]> {
    let (first, last) = (standard_tables(60)[0], standard_tables(92)[0]);
    let mut random = Random(5);
    (0..wide * high)
        .map(|i| {
            std::array::from_fn(|at| {
                let u = random.unit() - 0.5;
                let scale = 60.0 / (1.0 + (at / 8 + at % 8) as f64);
                let x = -scale * u.signum() * (1.0 - 2.0 * u.abs()).max(1e-12).ln();
                let noise = 0.5 * (random.unit() + random.unit() + random.unit() - 1.5);
                let step = f64::from(first[at]);
                let x = if before(i % wide, i / wide) { (x / step).round() * step + noise } else { x };
                (x / f64::from(last[at])).round() as i16
            })
        })
        .collect()
}

fn search(blocks: Vec<[i16; 64]>, wide: usize) -> Outcome {
    let jpeg = gray_jpeg(standard_tables(92)[0], wide, blocks);
    let (width, height) = (jpeg.width, jpeg.height);
    let rgb = Rgb8 { width, height, samples: vec![128; 3 * width * height] };
    let luma = Luma8 { width, height, samples: vec![128; width * height] };
    let method = JpegGhosts::new(&BuildContext::default()).unwrap();
    let own = BlockGrid::of_jpeg(&jpeg).unwrap();
    let outcome = method.search(&own, &rgb, &luma).unwrap();
    assert_eq!(outcome.map.values.dim(), (height / 8, width / 8));
    outcome
}

#[test]
fn a_region_that_lacks_the_pictures_ghost_stands_out() {
    let region = |x: usize, y: usize| (10..18).contains(&x) && (8..16).contains(&y);
    let spliced = search(blocks(40, 30, |x, y| !region(x, y)), 40);
    assert!(spliced.whole && spliced.chosen.quality == 60, "{:?}", spliced.chosen);
    assert!(spliced.score > 90.0, "{}", spliced.score);
    let auc = area_under_curve(&spliced.map.values, region);
    assert!(auc > 0.95, "{auc}");
    let twin = search(blocks(40, 30, |_, _| true), 40);
    assert!(twin.whole && twin.score < 30.0, "{:?} {}", twin.chosen, twin.score);
}

#[test]
fn a_region_that_alone_has_a_ghost_stands_out() {
    let region = |x: usize, y: usize| (10..18).contains(&x) && (8..16).contains(&y);
    let spliced = search(blocks(40, 30, region), 40);
    assert!(!spliced.whole && spliced.chosen.quality.abs_diff(60) <= 1, "{:?}", spliced.chosen);
    let auc = area_under_curve(&spliced.map.values, region);
    assert!(spliced.score > 60.0 && auc > 0.93, "{} {auc}", spliced.score);
    let once = search(blocks(40, 30, |_, _| false), 40);
    assert!(!once.whole && once.score < 20.0, "{:?} {}", once.chosen, once.score);
}

#[test]
fn a_ghost_on_another_grid_is_found_where_asked() {
    // The middle of a picture was saved at quality 50 on a grid that is off by 3, 5.
    let (width, height) = (320, 240);
    let mut samples = texture(width, height, 11);
    let crop = |x: usize, y: usize| 3 * ((y + 61) * width + x + 83);
    let mut part: Vec<u8> =
        (0..96 * 96).flat_map(|i| [0, 1, 2].map(|c| samples[crop(i % 96, i / 96) + c])).collect();
    part = indicia_codec::jpeg::recompress(&part, 96, 96, 50, indicia_codec::jpeg::Subsampling::S444);
    for (i, pixel) in part.chunks_exact(3).enumerate() {
        let at = crop(i % 96, i / 96);
        samples[at..at + 3].copy_from_slice(pixel);
    }
    let luma = Luma8 { width, height, samples: indicia_ops::luma_of_rgb(&samples) };
    let rgb = Rgb8 { width, height, samples };
    let own = BlockGrid::of_luma(&luma, (0, 0));
    let parameters =
        [("shifts".to_owned(), 1.0), ("first".to_owned(), 45.0), ("last".to_owned(), 55.0)].into();
    let context =
        BuildContext { parameters: [(INFO.id.to_owned(), parameters)].into(), ..BuildContext::default() };
    let outcome = JpegGhosts::new(&context).unwrap().search(&own, &rgb, &luma).unwrap();
    assert_eq!((outcome.chosen.origin, outcome.whole), ((3, 5), false), "{:?}", outcome.chosen);
    let inside = |x: usize, y: usize| (11..22).contains(&x) && (8..19).contains(&y);
    let auc = area_under_curve(&outcome.map.values, inside);
    assert!(outcome.score > 60.0 && auc > 0.9, "{} {auc}", outcome.score);
}

#[test]
fn a_ghost_is_found_below_the_last_compression_in_pixels() {
    // All but a square was saved at quality 55, then all at 93, and kept as pixels.
    let (width, height) = (320, 240);
    let original = texture(width, height, 13);
    let again = |rgb: &[u8], quality| {
        indicia_codec::jpeg::recompress(rgb, width, height, quality, indicia_codec::jpeg::Subsampling::S444)
    };
    let region = |x: usize, y: usize| (10..20).contains(&x) && (8..18).contains(&y);
    let search = |spliced: bool| {
        let mut samples = again(&original, 55);
        for (i, pixel) in samples.chunks_exact_mut(3).enumerate() {
            if spliced && region(i % width / 8, i / width / 8) {
                pixel.copy_from_slice(&original[3 * i..3 * i + 3]);
            }
        }
        let rgb = Rgb8 { width, height, samples: again(&samples, 93) };
        let luma = Luma8 { width, height, samples: indicia_ops::luma_of_rgb(&rgb.samples) };
        let own = BlockGrid::of_luma(&luma, (0, 0));
        JpegGhosts::new(&BuildContext::default()).unwrap().search(&own, &rgb, &luma).unwrap()
    };
    let (spliced, twin) = (search(true), search(false));
    assert!(spliced.whole && spliced.score > 60.0, "{:?} {}", spliced.chosen, spliced.score);
    assert!(twin.score < 40.0, "{:?} {}", twin.chosen, twin.score);
    let auc = area_under_curve(&spliced.map.values, region);
    assert!(auc > 0.9, "{auc}");
}

#[test]
fn a_sheet_stays_within_its_bounds() {
    let maps = vec![Array2::from_elem((500, 300), 1.0); 14];
    let Picture { width, height, rgb } = sheet::contact_sheet(&maps);
    assert!(width <= 1600 && height <= 1600 && rgb.len() == 3 * width * height, "{width}x{height}");
    assert_eq!(rgb[3 * (4 * width + 4)..][..3], [255; 3]);
    let one = sheet::contact_sheet(&[array![[0.0, 1.0]]]);
    assert_eq!((one.width, one.height), (16, 12));
    assert_eq!(one.rgb[3 * (4 * 16 + 4)..][..3], [0; 3]);
    assert_eq!(sheet::contact_sheet(&[]).width, 1);
}

#[test]
fn awkward_files_are_no_error() {
    examines_awkward_jpegs(&INFO);
}

#[test]
fn extreme_and_missing_coefficients_are_no_error() {
    let mut jpeg = gray_jpeg([1; 64], 20, vec![[i16::MIN; 64]; 400]);
    let own = BlockGrid::of_jpeg(&jpeg).unwrap();
    assert!(lattice(&Sparse::new(&own, &[]), 60).is_none(), "values beyond 255 are not read");
    assert!(differences(&own, &[standard_tables(50)[0]], 1)[0].iter().all(|v| v.is_finite()));
    jpeg.components.push(Component { h: 2, ..jpeg.components[0].clone() });
    assert!(BlockGrid::of_jpeg(&jpeg).is_none(), "a subsampled first component is read from pixels");
}

#[test]
fn qualities_must_be_in_order() {
    let parameters = [("first".to_owned(), 80.0), ("last".to_owned(), 40.0)].into();
    let context =
        BuildContext { parameters: [(INFO.id.to_owned(), parameters)].into(), ..BuildContext::default() };
    assert!(JpegGhosts::new(&context).unwrap_err().to_string().contains("first is 80"));
}

use super::algorithm::*;
use super::*;
use crate::testing::gray_jpeg;

#[test]
fn the_histogram_has_unit_bins_and_closes_the_last_one() {
    // Values -2, 0, 1, 2 counted 1, 2, 1, 3 times (the last value carries weight 3).
    let values = [-2, 0, 0, 1, 2];
    assert_eq!(histogram(&values, &[1, 1, 1, 1, 3], -2, 2), [1, 0, 2, 4]);
    assert_eq!(histogram(&[5, 5], &[1, 1], 5, 5), Vec::<u64>::new());
}

#[test]
fn the_comb_period_is_that_of_the_peaks() {
    // 100 bins, periods below 99 / 20 = 4 are tried; every third bin from 1 on holds 9, the others 1.
    let h: Vec<u64> = (0..100).map(|i| if i % 3 == 1 { 9 } else { 1 }).collect();
    assert_eq!(histogram_period(&h, 1.0), 3);
    // Flat: the teeth of p = 1 are all 99 bins below the last, mean 99 / 100; no other comb is denser.
    assert_eq!(histogram_period(&[1; 100], 1.0), 1);
    assert_eq!(histogram_period(&[1; 10], 1.0), 1);
    assert_eq!(histogram_period(&[], 1.0), 1);
}

#[test]
fn a_tooth_below_bin_zero_reads_from_the_end() {
    // n = 61: periods 1 and 2. The peak is at bin 1, so p = 2 begins at -1, which reads bin 60, and its
    // teeth 1, 3, ..., 57 follow: 30 intervals above, the last tooth 59 included, 60 excluded.
    let mut h = vec![0_u64; 61];
    h[1] = 10;
    assert_eq!(histogram_period(&h, 1.0), 2, "10 / (1 + 30 + 1) beats 10 / (1 + 59 + 1)");
    // With weight at the end, p = 2 gains it and p = 1 does not.
    h[60] = 9;
    assert_eq!(histogram_period(&h, 1.0), 2);
}

#[test]
fn peaks_are_thinned_from_the_highest_down() {
    let x = [0.0, 1.0, 0.0, 3.0, 0.0, 2.0, 2.0, 2.0, 0.0, 1.0];
    assert_eq!(find_peaks(&x, 1), [1, 3, 6]);
    assert_eq!(find_peaks(&x, 3), [3, 6]);
    assert_eq!(find_peaks(&x, 4), [3]);
    assert_eq!(find_peaks(&[1.0, 2.0], 1), Vec::<usize>::new());
}

/// A comb of the given period under a tent, as in the values below.
fn comb(n: i64, period: i64) -> Vec<u64> {
    (0..n)
        .map(|i| if i % period == 3 { 2000 } else { 20 } * (200 - (i - 100).abs()) / 200)
        .map(|h| h as u64)
        .collect()
}

#[test]
fn the_spectral_period_depends_on_the_index_as_in_numpy() {
    // Computed with numpy 2 (fft, fftshift) and scipy 1 (signal.find_peaks, distance 10) for the three ways
    // to index. The lines of period 12 in 240 bins lie 20 apart: as released, the first is taken for 21.
    let ways = [SpectrumIndex::Released, SpectrumIndex::Frequency, SpectrumIndex::Corrected];
    assert_eq!(ways.map(|way| spectrum_period(&comb(240, 12), way)), [11, 12, 12]);
    assert_eq!(ways.map(|way| spectrum_period(&comb(251, 9), way)), [14, 15, 9]);
    assert_eq!(ways.map(|way| spectrum_period(&comb(300, 20), way)), [3, 3, 20]);
    assert_eq!([histogram_period(&comb(240, 12), 1.0), histogram_period(&comb(251, 9), 1.0)], [6, 9]);
    assert_eq!(ways.map(|way| spectrum_period(&[1, 2], way)), [1; 3]);
}

#[test]
fn the_posterior_compares_a_bin_with_its_period() {
    // p = 2: value 1 has P_u = 8 / (2 + 8) = 0.8 and posterior 0.5 / 1.3; value 2 has 2 / (8 + 2) = 0.2
    // and 0.5 / 0.7. The ends (0 and 4) get 0.
    let got = posterior(&[2, 8, 2, 8], 2);
    let expected = [0.0, 0.5 / 1.3, 0.5 / 0.7, 0.5 / 1.3, 0.0];
    assert!(got.iter().zip(expected).all(|(g, e)| (g - e).abs() < 1e-12), "{got:?}");
    assert_eq!(got.len(), 5);
    assert_eq!(posterior(&[1, 0, 1], 2)[1], 0.0);
}

#[test]
fn a_chroma_block_counts_once_for_each_cell_it_covers() {
    // 5x3 cells, 3x2 blocks of a component at half resolution.
    let cover = Cover::new((5, 3), (3, 2), (1, 1), (2, 2));
    assert_eq!((cover.columns.clone(), cover.rows.clone()), (vec![0, 0, 1, 1, 2], vec![0, 0, 1]));
    assert_eq!(cover.weights((3, 2)), [4, 4, 2, 2, 2, 1]);
}

/// A generator of numbers (xorshift64*), so that the test needs no crate.
struct Random(u64);

impl Random {
    fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Laplace of the given scale.
    fn laplace(&mut self, scale: f64) -> f64 {
        let u = self.unit() - 0.5;
        -scale * u.signum() * (1.0 - 2.0 * u.abs()).max(1e-12).ln()
    }
}

/// A gray JPEG of 64x48 blocks, first quantised with step `first` outside the square of blocks 20..36 in
/// both directions, then everywhere with `second`.
fn spliced(first: f64, second: f64) -> (Jpeg, Array2<bool>) {
    let (wide, high) = (64, 48);
    let mut random = Random(7);
    let region = Array2::from_shape_fn((high, wide), |(y, x)| (20..36).contains(&x) && (20..36).contains(&y));
    let blocks = region
        .iter()
        .map(|&pasted| {
            let mut block = [0_i16; 64];
            for position in ZIGZAG {
                let x = random.laplace(90.0);
                // Decoding rounds pixels; in the DCT domain that is noise of variance 1/12.
                let noise = (random.unit() + random.unit() + random.unit() - 1.5) / 3.0_f64.sqrt();
                let once = if pasted { x } else { (x / first).round() * first };
                block[position] = ((once + noise) / second).round() as i16;
            }
            block
        })
        .collect();
    let jpeg = gray_jpeg([1; 64], wide, blocks);
    (jpeg, region)
}

fn map_of(findings: &[Finding]) -> &Map {
    let ExhibitData::Map(map) = &findings[0].exhibits[0].data else { panic!("the first exhibit is the map") };
    map
}

fn area_under_curve(scores: &Array2<f32>, mask: &Array2<bool>) -> f64 {
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (&a, _) in scores.iter().zip(mask).filter(|(_, m)| **m) {
        for (&b, _) in scores.iter().zip(mask).filter(|(_, m)| !**m) {
            wins += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
            pairs += 1.0;
        }
    }
    wins / pairs
}

#[test]
fn a_region_that_was_compressed_once_stands_out() {
    for index in [0.0, 1.0, 2.0] {
        let parameters = [("spectrum_index".to_owned(), index)].into();
        let context =
            BuildContext { parameters: [(INFO.id.to_owned(), parameters)].into(), ..BuildContext::default() };
        let method = DoubleQuantization::new(&context).unwrap();
        let (jpeg, region) = spliced(16.0, 3.0);
        let findings = method.examine_jpeg(&jpeg);
        let map = map_of(&findings);
        assert_eq!((map.values.dim(), map.cell, map.width, map.height), ((48, 64), 8, 512, 384));
        assert!(map.values.iter().all(|v| (0.0..=1.0).contains(v)));
        let auc = area_under_curve(&map.values, &region);
        assert!(auc > 0.95, "spectrum_index {index}: area under the curve {auc}");
        // The same picture compressed with one and the same step has nothing that could stand out.
        let (jpeg, region) = spliced(3.0, 3.0);
        let auc = area_under_curve(&map_of(&method.examine_jpeg(&jpeg)).values, &region);
        assert!((auc - 0.5).abs() < 0.1, "spectrum_index {index}: area under the curve {auc}");
    }
}

#[test]
fn degenerate_pictures_give_a_map_of_zeros() {
    let method = DoubleQuantization::new(&BuildContext::default()).unwrap();
    for (wide, high) in [(1, 1), (1, 200), (200, 1)] {
        let findings = method.examine_jpeg(&gray_jpeg([1; 64], wide, vec![[0; 64]; wide * high]));
        assert!(map_of(&findings).values.iter().all(|v| *v == 0.0));
        assert_eq!(findings[0].score.as_ref().unwrap().statistic, 0.0);
        assert!(findings[0].statement.starts_with("None of 8"), "{}", findings[0].statement);
    }
    // A component without blocks, as a file that breaks off may leave it, is skipped.
    let mut jpeg = gray_jpeg([1; 64], 2, vec![[0; 64]; 4]);
    jpeg.components[0].blocks = vec![];
    jpeg.components[0].blocks_wide = 0;
    assert_eq!(map_of(&method.examine_jpeg(&jpeg)).values.dim(), (2, 2));
}

#[test]
fn extreme_values_are_counted_without_overflow() {
    let blocks = (0..400).map(|i| [if i % 2 == 0 { i16::MIN } else { i16::MAX }; 64]).collect();
    let method = DoubleQuantization::new(&BuildContext::default()).unwrap();
    let findings = method.examine_jpeg(&gray_jpeg([1; 64], 20, blocks));
    assert!(map_of(&findings).values.iter().all(|v| v.is_finite()));
}

#[test]
fn a_png_is_not_applicable() {
    let method = (INFO.build)(&BuildContext::default()).unwrap();
    let evidence = Evidence::new(Kind::Png, vec![], indicia_core::Limits::default());
    let Examination::NotApplicable { why } = method.examine(&evidence).unwrap() else { panic!("applies") };
    assert_eq!(why, "needs a JPEG, this is a PNG");
}

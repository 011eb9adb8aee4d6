use indicia_codec::jpeg::{Subsampling, encode, recompress, standard_tables};
use indicia_core::{BuildContext, Limits};

use super::*;
use crate::testing::{examines_awkward_jpegs, gray_jpeg, texture};

#[test]
fn first_digits_are_counted() {
    // AC values 1, -19, 250, 8: first digits 1, 1, 2, 8. DC and a frequency beyond the first 20 do not count.
    let mut block = [0_i16; 64];
    (block[0], block[63]) = (700, 9);
    (block[1], block[8], block[9], block[33]) = (1, -19, 250, 8);
    let jpeg = gray_jpeg([1; 64], 1, vec![block]);
    let digits = algorithm::digits(&jpeg.components[0]).unwrap();
    assert_eq!(digits, [0.5, 0.25, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0]);
    assert!(algorithm::digits(&gray_jpeg([1; 64], 1, vec![[0; 64]]).components[0]).is_none());
    let extreme = gray_jpeg([1; 64], 1, vec![[i16::MIN; 64]]);
    assert_eq!(algorithm::digits(&extreme.components[0]).unwrap()[2], 1.0, "32768 begins with 3");
}

#[test]
fn the_model_is_a_softmax_over_scaled_inputs() {
    let mut model = Model { mean: [1.0; 12], deviation: [2.0; 12], weights: [[0.0; INPUTS]; 3] };
    let third = (1.0_f64 / 3.0).ln();
    assert!(model.ln_probabilities(&[5.0; 12]).iter().all(|l| (l - third).abs() < 1e-12));
    // 5 is scaled to 2 and 100 is cut at 4. Class 1 gets bias 0.5 + 3 * 2, its square counts 4.
    (model.weights[1][0], model.weights[1][1], model.weights[1][13]) = (0.5, 3.0, -1.0);
    let mut values = [1.0; 12];
    values[0] = 5.0;
    let logit = 0.5 + 3.0 * 2.0 - 4.0;
    let expected = logit - (2.0 + f64::exp(logit)).ln();
    assert!((model.ln_probabilities(&values)[1] - expected).abs() < 1e-12);
    values[0] = 100.0;
    assert_eq!(model.inputs(&values)[1], 4.0);
}

fn measured(history: &[u8]) -> Features {
    let (width, height) = (320, 256);
    let mut rgb = texture(width, height, 9);
    let (last, before) = history.split_last().unwrap();
    for &quality in before {
        rgb = recompress(&rgb, width, height, quality, Subsampling::S420);
    }
    let bytes = encode(&rgb, width, height, &standard_tables(*last), Subsampling::S420).unwrap();
    let evidence = indicia_codec::open(bytes, Limits::default()).unwrap();
    features(&evidence.view::<Jpeg>(()).unwrap(), &evidence.view::<Rgb8>(()).unwrap()).unwrap().unwrap()
}

fn score(features: &Features) -> f64 {
    finding(features).score.unwrap().statistic
}

#[test]
fn a_second_compression_is_seen() {
    let (once, twice) = (measured(&[92]), measured(&[62, 92]));
    assert!(twice.earlier.quality.abs_diff(62) <= 1 && twice.earlier.gain > 0.2, "{:?}", twice.earlier);
    assert!(once.earlier.gain < 0.05, "{:?}", once.earlier);
    // The same tables again change fewer coefficients than after one compression.
    let [fresh, same] = [measured(&[97]), measured(&[97, 97])].map(|f| f.changed[0]);
    assert!(0.0 < same && same < fresh, "{same} {fresh}");
    assert!(score(&twice) > 5.0 && score(&once) < 1.0, "{} {}", score(&twice), score(&once));
    let statement = finding(&twice).statement;
    assert!(statement.contains("before at about quality 6"), "{statement}");
    assert!(finding(&once).statement.contains("compressed once;"), "{}", finding(&once).statement);
}

#[test]
fn the_shipped_model_is_whole() {
    assert!(MODEL.deviation.iter().all(|d| *d > 0.0));
    assert!(MODEL.weights.as_flattened().iter().all(|w| w.is_finite()));
    assert!(MODEL.weights.iter().all(|class| class.iter().any(|w| *w != 0.0)));
}

#[test]
fn other_kinds_and_awkward_files_are_no_error() {
    examines_awkward_jpegs(&INFO);
    let method = (INFO.build)(&BuildContext::default()).unwrap();
    let evidence = Evidence::new(Kind::Png, vec![], Limits::default());
    let Examination::NotApplicable { why } = method.examine(&evidence).unwrap() else { panic!("applies") };
    assert_eq!(why, "needs a JPEG, this is a PNG");
}

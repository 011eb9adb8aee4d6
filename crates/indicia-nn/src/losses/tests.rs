use burn::module::{Module, Param};
use burn::tensor::{Int, Tensor, activation};

use super::*;
use crate::device::cpu;
use crate::gradients::assert_all;
use crate::parity;

fn value(loss: Tensor<1>) -> f64 {
    f64::from(loss.into_scalar::<f32>())
}

#[track_caller]
fn close(loss: Tensor<1>, expected: f64) {
    let found = value(loss);
    assert!((found - expected).abs() < 1e-5, "{found}, expected {expected}");
}

fn matrix<const N: usize, const M: usize>(values: [[f32; M]; N]) -> Tensor<2> {
    Tensor::from_data(values, &cpu())
}

fn labels<const N: usize>(values: [i64; N]) -> Tensor<1, Int> {
    Tensor::from_data(values, &cpu())
}

#[test]
fn binary_cross_entropy_is_as_by_hand() {
    let ln = f64::ln;
    // Logits ln 3 and 0 have probabilities 3/4 and 1/2.
    let logits = matrix([[3_f32.ln(), 0.0]]);
    close(binary_cross_entropy(logits.clone(), matrix([[1.0, 0.0]]), None), (ln(4.0 / 3.0) + ln(2.0)) / 2.0);
    let soft = 0.25 * ln(4.0 / 3.0) + 0.75 * ln(4.0);
    let weights = Some(matrix([[2.0, 0.0]]));
    close(binary_cross_entropy(logits.clone(), matrix([[0.25, 1.0]]), weights), soft);
    close(binary_cross_entropy(logits, matrix([[1.0, 0.0]]), Some(matrix([[0.0, 0.0]]))), 0.0);
    // Far out it is linear, not infinite.
    close(binary_cross_entropy(matrix([[-300.0, 300.0]]), matrix([[1.0, 1.0]]), None), 150.0);
}

#[test]
fn focal_loss_is_as_by_hand() {
    let logits = matrix([[3_f32.ln(), 3_f32.ln()]]);
    let targets = matrix([[1.0, 0.0]]);
    let (right, wrong) = ((4.0_f64 / 3.0).ln(), 4.0_f64.ln());
    close(focal(logits.clone(), targets.clone(), None, 0.0), (right + wrong) / 2.0);
    close(focal(logits.clone(), targets.clone(), None, 2.0), (right / 16.0 + wrong * 9.0 / 16.0) / 2.0);
    let weighted = (0.25 * right / 16.0 + 0.75 * wrong * 9.0 / 16.0) / 2.0;
    close(focal(logits, targets, Some(0.25), 2.0), weighted);
    close(focal(matrix([[300.0, -300.0]]), matrix([[1.0, 1.0]]), None, 0.5), 150.0);
}

#[test]
fn cross_entropy_is_as_by_hand() {
    // Softmax 1/4, 1/4, 1/2 and 2/3, 1/6, 1/6.
    let logits = matrix([[0.0, 0.0, 2_f32.ln()], [4_f32.ln(), 0.0, 0.0]]);
    let plain = CrossEntropy::default();
    let (first, second) = (2.0_f64.ln(), 6.0_f64.ln());
    close(cross_entropy(logits.clone(), labels([2, 1]), &plain), (first + second) / 2.0);
    let weighted = CrossEntropy { weights: vec![9.0, 0.5, 2.5], ignore: None };
    close(cross_entropy(logits.clone(), labels([2, 1]), &weighted), (2.5 * first + 0.5 * second) / 3.0);
    let ignoring = CrossEntropy { ignore: Some(-1), ..weighted };
    close(cross_entropy(logits.clone(), labels([-1, 1]), &ignoring), second);
    close(cross_entropy(logits.clone(), labels([-1, -1]), &ignoring), 0.0);
    // As a map of one row: classes on the second axis.
    let map = logits.transpose().reshape([1, 3, 1, 2]);
    let rows = labels([2, -1]).reshape([1, 1, 2]);
    close(cross_entropy_map(map, rows, &ignoring), first);
}

#[test]
fn dice_is_as_by_hand() {
    let p = matrix([[0.5, 1.0, 0.0], [0.5, 0.5, 0.0]]);
    let t = matrix([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]);
    let none = Overlap { smooth: 0.0, squares: false };
    close(dice(p.clone(), t.clone(), None, none), ((1.0 - 3.0 / 3.5) + 1.0) / 2.0);
    let smooth = Overlap::default();
    close(dice(p.clone(), t.clone(), None, smooth), ((1.0 - 4.0 / 4.5) + (1.0 - 1.0 / 2.0)) / 2.0);
    let squares = Overlap { smooth: 0.0, squares: true };
    close(dice(p.clone(), t.clone(), None, squares), ((1.0 - 3.0 / 3.25) + 1.0) / 2.0);
    let valid = matrix([[0.0, 1.0, 1.0], [1.0, 0.0, 1.0]]);
    close(dice(p.clone(), t.clone(), Some(valid), smooth), (0.0 + (1.0 - 1.0 / 1.5)) / 2.0);
    let empty = matrix([[0.0, 0.0]]);
    close(dice(empty.clone(), empty.clone(), None, none), 1.0);
    close(dice(empty.clone(), empty, None, smooth), 0.0);
}

#[test]
fn iou_is_as_by_hand() {
    let p = matrix([[0.5, 1.0, 0.0], [0.5, 0.5, 0.0]]);
    let t = matrix([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]);
    close(iou(p.clone(), t.clone(), None, 0.0), ((1.0 - 1.5 / 2.0) + 1.0) / 2.0);
    close(iou(p.clone(), t.clone(), None, 1.0), ((1.0 - 2.5 / 3.0) + (1.0 - 1.0 / 2.0)) / 2.0);
    let valid = matrix([[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]]);
    close(iou(p, t, Some(valid), 1.0), (1.0 - 1.5 / 2.0) / 2.0);
}

#[test]
fn contrastive_and_triplet_are_as_by_hand() {
    let a = matrix([[0.0, 0.0], [0.0, 0.0], [1.0, 1.0]]);
    let b = matrix([[3.0, 4.0], [0.6, 0.8], [1.0, 1.0]]);
    let same = Tensor::<1>::from_data([1.0, 0.0, 0.0], &cpu());
    // Distances 5, 1 and 0; squares 25 and shortfalls of margin 2: 1 and 2.
    close(contrastive(a.clone(), b.clone(), same, 2.0), (25.0 + 1.0 + 4.0) / 6.0);
    let n = matrix([[0.0, 2.0], [0.0, 2.0], [1.0, 4.0]]);
    close(triplet(a.clone(), b.clone(), n.clone(), 0.5, Distance::Euclidean), (5.0 - 2.0 + 0.5) / 3.0);
    close(triplet(a, b, n, 0.5, Distance::Squared), (25.0 - 4.0 + 0.5) / 3.0);
}

#[test]
fn supervised_contrastive_is_as_by_hand() {
    // Directions right, right and up: products 1, 0 and 0; at temperature 1 the first item chooses the second with
    // e / (e + 1), the second the first likewise; the third has no other of its label.
    let z = matrix([[2.0, 0.0], [5.0, 0.0], [0.0, 3.0]]);
    let e = std::f64::consts::E;
    close(supervised_contrastive(z.clone(), labels([7, 7, 1]), 1.0), ((e + 1.0) / e).ln());
    // All of one label: the mean over two positives; the third chooses between equals.
    let first = (((e + 1.0) / e).ln() + (e + 1.0).ln()) / 2.0;
    close(supervised_contrastive(z.clone(), labels([7, 7, 7]), 1.0), (2.0 * first + 2.0_f64.ln()) / 3.0);
    close(supervised_contrastive(z, labels([1, 2, 3]), 0.1), 0.0);
}

/// What is given to a loss, as parameters.
#[derive(Module, Debug)]
struct Inputs {
    a: Param<Tensor<2>>,
    b: Param<Tensor<2>>,
    c: Param<Tensor<2>>,
}

#[test]
fn gradients_are_those_of_the_functions() {
    let device = cpu().autodiff();
    let make = |key: &str| {
        let values: Vec<f32> = parity::raw(key, 12).map(|v| 2.0 * v as f32).collect();
        Param::from_data(burn::tensor::TensorData::new(values, [4, 3]), &device)
    };
    let inputs = Inputs { a: make("a"), b: make("b"), c: make("c") };
    let targets = Tensor::<2>::from_data([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0; 3], [1.0; 3]], &device);
    let valid = Tensor::<2>::from_data([[1.0, 0.0, 1.0], [1.0; 3], [1.0; 3], [0.0, 1.0, 1.0]], &device);
    let classes = || Tensor::<1, Int>::from_data([0, 2, -1, 1], &device);
    let kinds = || Tensor::<1, Int>::from_data([0, 1, 0, 1], &device);
    let same = Tensor::<1>::from_data([1.0, 0.0, 0.0, 1.0], &device);
    let how = CrossEntropy { weights: vec![0.5, 2.5, 1.0], ignore: Some(-1) };
    let p = |x: &Param<Tensor<2>>| activation::sigmoid(x.val());
    let used = |inputs: &Inputs| {
        // Parameters that a loss does not use still get a gradient, which is known.
        (inputs.a.val() + inputs.b.val() + inputs.c.val()).sum()
    };
    type Loss<'a> = (&'a str, Box<dyn Fn(&Inputs) -> Tensor<1> + 'a>);
    let losses: Vec<Loss<'_>> = vec![
        ("bce", Box::new(|i| binary_cross_entropy(i.a.val(), p(&i.b), Some(valid.clone())))),
        (
            "bce at 0",
            Box::new(|i| binary_cross_entropy(i.a.val() - i.a.val().detach(), targets.clone(), None)),
        ),
        ("focal", Box::new(|i| focal(i.a.val(), targets.clone(), Some(0.25), 2.0))),
        ("focal below 1", Box::new(|i| focal(i.a.val(), targets.clone(), None, 0.5))),
        ("cross-entropy", Box::new(|i| cross_entropy(i.a.val(), classes(), &how))),
        ("dice", Box::new(|i| dice(p(&i.a), targets.clone(), Some(valid.clone()), Overlap::default()))),
        ("squared dice", Box::new(|i| dice(p(&i.a), p(&i.b), None, Overlap { smooth: 0.0, squares: true }))),
        ("iou", Box::new(|i| iou(p(&i.a), targets.clone(), Some(valid.clone()), 1.0))),
        ("contrastive", Box::new(|i| contrastive(i.a.val(), i.b.val(), same.clone(), 3.0))),
        ("triplet", Box::new(|i| triplet(i.a.val(), i.b.val(), i.c.val(), 1.0, Distance::Euclidean))),
        ("squared triplet", Box::new(|i| triplet(i.a.val(), i.b.val(), i.c.val(), 2.0, Distance::Squared))),
        ("supervised", Box::new(|i| supervised_contrastive(i.a.val(), kinds(), 0.5))),
    ];
    for (name, loss) in losses {
        // "bce at 0" is a function of its input's difference from itself: finite differences see nothing of it.
        if name == "bce at 0" {
            let gradient = loss(&inputs).backward();
            let found: Vec<f32> = inputs.a.val().grad(&gradient).unwrap().into_data().try_to_vec().unwrap();
            let expected: Vec<f32> =
                targets.to_data().try_to_vec::<f32>().unwrap().iter().map(|t| (0.5 - t) / 12.0).collect();
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
            continue;
        }
        println!("{name}");
        assert_all(&inputs, 12, 1e-2, 1e-2, |i| loss(i) + used(i).mul_scalar(0.01));
    }
}

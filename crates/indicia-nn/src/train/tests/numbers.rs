//! Schedules, averages, norms and groups against hand-computed numbers.

use burn::module::Param;
use burn::nn::{Linear, LinearConfig};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

use super::super::*;
use crate::device::cpu;

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

#[test]
fn schedules_go_as_their_formulas() {
    let schedule = |text: &str| read_config::<Schedule>(text).unwrap();
    let constant = schedule("kind = \"constant\"\nwarmup = 4");
    assert_eq!([0, 1, 3, 4, 9].map(|s| constant.factor(s, 10)), [0.25, 0.5, 1.0, 1.0, 1.0]);
    // Ten steps after two of warm-up: t = 0, 1/2 and 9/10.
    let cosine = schedule("kind = \"cosine\"\nwarmup = 2\nfloor = 0.1");
    assert_eq!(cosine.factor(0, 12), 0.5);
    assert_eq!(cosine.factor(2, 12), 1.0);
    assert!(near(cosine.factor(7, 12), 0.1 + 0.9 * 0.5));
    assert!(near(cosine.factor(11, 12), 0.1 + 0.45 * (1.0 - 0.951_056_516_295_153_5)));
    assert!(near(cosine.factor(99, 12), 0.1));
    let poly = schedule("kind = \"poly\"");
    assert_eq!(poly.factor(0, 10), 1.0);
    // 0.5^0.9 and 0.1^0.9.
    assert!(near(poly.factor(5, 10), 0.535_886_731_268_146_5));
    assert!(near(poly.factor(9, 10), 0.125_892_541_179_416_73));
    assert_eq!(poly.factor(10, 10), 0.0);
    let step = schedule("kind = \"step\"\nevery = 3\nfactor = 0.5\nwarmup = 1");
    assert_eq!([0, 1, 3, 4, 7, 10].map(|s| step.factor(s, 100)), [1.0, 1.0, 1.0, 0.5, 0.25, 0.125]);
    assert_eq!(schedule("").factor(0, 0), 1.0);
}

fn scalar(weight: f32) -> Linear {
    let device = cpu().autodiff();
    let mut layer = LinearConfig::new(1, 1).with_bias(false).init(&device);
    layer.weight = Param::from_data([[weight]], &device);
    layer
}

fn value(layer: &Linear) -> f64 {
    f64::from(layer.weight.val().into_scalar::<f32>())
}

#[test]
fn the_moving_average_is_its_formula() {
    let mut ema = Ema::new(&scalar(1.0), 0.5);
    let with = |weight: f32, like: &Linear| {
        let mut layer = like.clone();
        layer.weight = layer.weight.map(|w| w.zeros_like() + weight);
        layer
    };
    let layer = ema.module().clone();
    // Decays 2/11, 3/12, 4/13, then 5/14, all below 1/2.
    let mut expected = 1.0;
    for (n, weight) in [(1.0, 3.0), (2.0, -1.0), (3.0, 2.0), (4.0, 2.0)] {
        ema = ema.update(&with(weight as f32, &layer));
        let decay: f64 = f64::min(0.5, (1.0 + n) / (10.0 + n));
        expected = decay * expected + (1.0 - decay) * weight;
        assert!((value(ema.module()) - expected).abs() < 1e-6, "{n}");
    }
    assert!((2.0 / 11.0 * 1.0 + 9.0 / 11.0 * 3.0 - 2.636_363_636_f64).abs() < 1e-9);
    assert_eq!(ema.updates(), 4);
    for _ in 0..20 {
        ema = ema.update(&with(2.0, &layer));
    }
    let before = value(ema.module());
    ema = ema.update(&with(4.0, &layer));
    assert!((value(ema.module()) - (before + 4.0) / 2.0).abs() < 1e-6);
}

#[test]
fn gradients_are_measured_and_scaled_together() {
    let device = cpu().autodiff();
    let layer = LinearConfig::new(2, 1).init(&device);
    // The gradient of the sum is the input for weights and 1 for the bias: (3, 4, ...) times two rows.
    let input = Tensor::<2>::from_data([[1.0, 2.0], [1.0, 0.0]], &device);
    let loss = layer.forward(input).sum();
    let mut gradients = GradientsParams::from_grads(loss.backward(), &layer);
    let size = norm(&layer, &gradients);
    assert!(near((size * 1e5).round() / 1e5, (12.0_f64.sqrt() * 1e5).round() / 1e5), "{size}");
    clip(&layer, &mut gradients, size, 100.0);
    assert_eq!(norm(&layer, &gradients), size);
    clip(&layer, &mut gradients, size, 1.0);
    assert!((norm(&layer, &gradients) - 1.0).abs() < 1e-5);
    let weight = gradients.get::<2>(layer.weight.id).unwrap().into_data().try_to_vec::<f32>().unwrap();
    assert!((weight[0] - 2.0 / 12.0_f32.sqrt()).abs() < 1e-5 && weight[0] == weight[1]);
}

#[test]
fn groups_have_their_own_decay_and_rate() {
    // Plain descent: weight 1 - lr scale (gradient + decay weight), bias without decay.
    let device = cpu().autodiff();
    let step = |text: &str| {
        let mut layer = LinearConfig::new(1, 1).init(&device);
        layer.weight = Param::from_data([[2.0]], &device);
        layer.bias = Some(Param::from_data([2.0], &device));
        let config: TrainConfig = read_config(text).unwrap();
        let loss = layer.forward(Tensor::<2>::from_data([[3.0]], &device)).sum();
        let gradients = GradientsParams::from_grads(loss.backward(), &layer);
        let after = optimizer(&layer, &config).unwrap().step(0.1, layer, gradients);
        [after.weight.val().into_scalar::<f32>(), after.bias.unwrap().val().into_scalar::<f32>()]
    };
    let sgd = "[optimizer]\nkind = \"sgd\"\nweight_decay = 0.5\nmomentum = 0.0\n";
    let close = |[a, b]: [f32; 2], [c, d]: [f32; 2]| (a - c).abs() < 1e-6 && (b - d).abs() < 1e-6;
    assert!(close(step(sgd), [2.0 - 0.1 * (3.0 + 1.0), 2.0 - 0.1]));
    assert!(close(step(&format!("{sgd}decay_vectors = true\n")), [1.6, 2.0 - 0.1 * 2.0]));
    let scaled = format!("[[lr_scale]]\npath = \"bias\"\nscale = 0.5\n{sgd}");
    assert!(close(step(&scaled), [1.6, 1.95]));
    // The first step of Adam has the size of the learning rate; decay comes on top for AdamW.
    let adam = "[optimizer]\nkind = \"adamw\"\nweight_decay = 0.5\n";
    assert!(close(step(adam), [2.0 * (1.0 - 0.05) - 0.1, 1.9]));
    assert!(close(step(&adam.replace("adamw", "adam")), [1.9, 1.9]));
}

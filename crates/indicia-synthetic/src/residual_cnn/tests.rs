use indicia_nn::burn::module::Module;
use indicia_nn::burn::tensor::Tensor;
use indicia_nn::data::{ImageConfig, Sample};
use indicia_nn::train::{ImageTask, Learner, read_config, snapshot};
use indicia_nn::{device, gradients};

use super::*;

fn samples(count: usize, size: usize) -> Vec<Sample> {
    let value = |i: usize| (i * 7919 % 997) as f32 / 997.0;
    (0..count)
        .map(|index| Sample {
            index,
            planes: (0..3 * size * size).map(|i| value(i + index * 31)).collect(),
            size,
            label: index % 2 == 1,
            mask: None,
        })
        .collect()
}

#[test]
fn cross_entropy_is_its_definition_far_out_too() {
    let device = device::cpu();
    let loss = |logits: [f32; 2], labels: [f32; 2]| {
        cross_entropy(Tensor::from_data(logits, &device), Tensor::from_data(labels, &device))
            .into_scalar::<f32>()
    };
    assert!((loss([0.0, 0.0], [0.0, 1.0]) - std::f32::consts::LN_2).abs() < 1e-6);
    // ln(1 + e^2) and ln(1 + e^-1).
    assert!((loss([2.0, 1.0], [0.0, 1.0]) - (2.126_928 + 0.313_261_7) / 2.0).abs() < 1e-5);
    assert_eq!(loss([200.0, -300.0], [0.0, 1.0]), 250.0);
    assert_eq!(loss([200.0, -300.0], [1.0, 0.0]), 0.0);
}

#[test]
fn every_parameter_has_its_gradient() {
    // Running statistics change from call to call, but not what training computes.
    let device = device::cpu().autodiff();
    device.seed(3);
    let task = Classifier { model: Model { width: 2, dropout: 0.0, ..Model::default() } };
    let module = task.build(&device).unwrap();
    let samples = samples(6, 16);
    // Truncation and ReLU have kinks that a central difference crosses; a missing or wrong gradient is off by more.
    gradients::assert_all(&module, 3, 1e-3, 0.3, |m| task.loss(m, &samples, &device).unwrap().total);
}

#[test]
fn it_takes_squares_of_every_odd_size_and_has_as_many_parameters_as_said() {
    let device = device::cpu();
    let task = Classifier { model: Model::default() };
    let module = task.build(&device).unwrap();
    let count: usize = snapshot(&module).iter().map(|n| n.values.len()).sum();
    assert!((200_000..500_000).contains(&count), "{count}");
    for size in [8, 9, 31, 33] {
        let scores = task.predict(&module, &samples(2, size), &device).unwrap();
        assert!(scores.len() == 2 && scores.iter().all(|s| s.is_finite()));
    }
    // The fixed kernels see a constant as nothing.
    let flat = Tensor::<4>::ones([1, 3, 16, 16], &device) * 0.5;
    let features = module.valid().features(flat);
    assert_eq!(features.dims(), [1, 256]);
}

#[test]
fn the_own_settings_are_sound() {
    #[derive(serde::Deserialize)]
    struct Config {
        data: ImageConfig,
        train: indicia_nn::train::TrainConfig,
    }
    let config: Config = read_config(CONFIG).unwrap();
    config.data.check().unwrap();
    config.train.check().unwrap();
    Classifier::new(&Model::default(), &config.data).unwrap();
    let text = |model: Model| Classifier::new(&model, &config.data).map(drop).unwrap_err().to_string();
    assert!(text(Model { width: 3, ..Model::default() }).contains("model.width is 3"));
    assert!(text(Model { dropout: 1.0, ..Model::default() }).contains("model.dropout is 1"));
    assert!(text(Model { truncation: f64::NAN, ..Model::default() }).contains("model.truncation is NaN"));
    let small = ImageConfig { size: 7, ..config.data.clone() };
    assert!(Classifier::new(&Model::default(), &small).is_err());
    let mixed = [samples(1, 8), samples(1, 9)].concat();
    let device = device::cpu();
    assert!(batch(&mixed, &device).is_err() && batch(&[], &device).is_err());
}

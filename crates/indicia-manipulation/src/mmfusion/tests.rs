use burn::tensor::{Device, Int, Tensor};
use indicia_core::ErrorKind;
use indicia_nn::convolution::ConvNormRelu;
use indicia_nn::decoders::SegformerHead;
use indicia_nn::device::cpu;
use indicia_nn::encoders::mit::MitConfig;
use indicia_nn::gradients::assert_all;
use indicia_nn::parity::{self, Entry, Sampled};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Case {
    size: [usize; 2],
    views: Vec<Sampled>,
    features: Vec<Sampled>,
    map: Sampled,
    confidence: Sampled,
    score: Sampled,
}

#[derive(Deserialize)]
struct Fixture {
    keys: Vec<Entry>,
    cases: Vec<Case>,
}

/// The released network at the sizes of the fixtures.
fn released(fusion: Fusion) -> MmFusionConfig {
    let mut config = MmFusionConfig { decoder_width: 12, ..MmFusionConfig::published(fusion) };
    for encoder in [&mut config.encoder, &mut config.noise_encoder] {
        encoder.widths = [8, 16, 20, 32];
        encoder.depths = [1; 4];
    }
    config
}

/// The smallest sizes that have every part.
fn tiny(fusion: Fusion, views: Vec<View>, mixer: MixerConfig) -> MmFusionConfig {
    let encoder = MitConfig {
        // A norm over two channels is a step function, of which differences say little.
        widths: [6, 8, 10, 8],
        depths: [1; 4],
        // Several keys a stage on the small pictures of these tests: with one alone nothing depends on queries.
        reductions: [2, 1, 1, 1],
        expansion: 1,
        drop_path: 0.0,
        ..MitConfig::B0
    };
    MmFusionConfig {
        views,
        mixer,
        noiseprint: [3, 2],
        encoder: encoder.clone(),
        noise_encoder: encoder,
        reduction: 1,
        decoder_width: 4,
        dropout: 0.0,
        head_dropout: 0.0,
        score_dropout: 0.0,
        ..MmFusionConfig::small(fusion)
    }
}

const CONVOLUTIONS: MixerConfig = MixerConfig::Convolutions { width: 2, depth: 2, dropout: 0.0 };

fn picture(key: &str, height: usize, width: usize, device: &Device) -> Tensor<4> {
    parity::picture(key, [2, 3, height, width], device)
}

fn equals_the_released_network(fusion: Fusion, fixture: &str) {
    let fixture: Fixture = serde_json::from_str(fixture).unwrap();
    let device = cpu();
    let mut network = MmFusion::new(&released(fusion), &device).unwrap();
    let renames = renames(&network, fusion);
    parity::load(&mut network, &fixture.keys, &renames).unwrap();
    for case in fixture.cases {
        let [height, width] = case.size;
        let picture = picture(&format!("mmfusion{height}"), height, width, &device);
        let close = |what: &str, difference: f64| {
            println!("{fusion:?} {height}x{width} {what}: {difference:.2e}");
            assert!(difference < 1e-4, "{fusion:?} {height}x{width} {what}: {difference}");
        };
        for (view, expected) in network.views(picture.clone()).into_iter().zip(&case.views) {
            close("view", expected.difference(view));
        }
        for (map, expected) in network.features(picture.clone()).unwrap().into_iter().zip(&case.features) {
            close("features", expected.difference(map));
        }
        let output = network.forward(picture.clone()).unwrap();
        close("map", case.map.difference(output.map));
        close("confidence", case.confidence.difference(output.confidence.unwrap()));
        close("score", case.score.difference(output.score.unwrap()));
        close("map alone", case.map.difference(network.localise(picture).unwrap()));
    }
}

#[test]
fn early_fusion_equals_the_released_network() {
    equals_the_released_network(Fusion::Early, include_str!("fixtures/early.json"));
}

#[test]
fn late_fusion_equals_the_released_network() {
    equals_the_released_network(Fusion::Late, include_str!("fixtures/late.json"));
}

#[test]
fn the_released_quirks_matter() {
    let fixture: Fixture = serde_json::from_str(include_str!("fixtures/early.json")).unwrap();
    let device = cpu();
    let config = MmFusionConfig { released: false, ..released(Fusion::Early) };
    let mut network = MmFusion::new(&config, &device).unwrap();
    let renames = renames(&network, Fusion::Early);
    parity::load(&mut network, &fixture.keys, &renames).unwrap();
    let features = network.features(picture("mmfusion64", 64, 64, &device)).unwrap();
    let differences: Vec<f64> =
        features.into_iter().zip(&fixture.cases[0].features).map(|(map, f)| f.difference(map)).collect();
    // The first stage comes before the scattered patches are added.
    assert!(differences[0] < 1e-3 && differences[1..].iter().all(|&d| d > 0.05), "{differences:?}");
}

/// The network with running statistics in every batch normalisation: those of the batch take biases away, and
/// what is left of their gradients is rounding. (Layers with statistics of the batch have tests of their own.)
fn with_running_statistics(mut network: MmFusion) -> MmFusion {
    let head = |mut head: SegformerHead| {
        head.linear_fuse.bn.training = head.linear_fuse.bn.training.with_value(false);
        head
    };
    let conv = |conv: &mut ConvNormRelu| conv.bn.training = conv.bn.training.clone().with_value(false);
    network.decode_head = head(network.decode_head);
    network.conf_head = network.conf_head.map(head);
    if let Some(stem) = &mut network.stem {
        conv(&mut stem.first);
        conv(&mut stem.second);
    }
    if let Some(mixer) = &mut network.mixer {
        mixer.blocks.iter_mut().flat_map(|block| &mut block.convs).for_each(conv);
        mixer.mixer.convs.iter_mut().for_each(conv);
    }
    for fuse in network.streams.iter_mut().flat_map(|stream| &mut stream.fuse) {
        for norm in [&mut fuse.channel_emb.inner_norm, &mut fuse.channel_emb.norm] {
            norm.training = norm.training.clone().with_value(false);
        }
    }
    network
}

/// `key` names a picture on which no ReLU is so near its kink that differences reach across it.
fn gradients_hold(config: &MmFusionConfig, key: &str) {
    let device = cpu().autodiff();
    let network = with_running_statistics(parity::seeded(MmFusion::new(config, &device).unwrap()));
    let weights = |map: &Tensor<4>| parity::picture("weights", map.dims(), &device).div_scalar(64.0) - 2.0;
    assert_all(&network, 1, 2e-3, 0.06, |network| {
        let picture = parity::picture(key, [1, 3, 20, 17], &device);
        let output = network.forward(picture).unwrap();
        let confidence = output.confidence.unwrap();
        let map = (output.map.clone() * weights(&output.map)).mean();
        let confidence = (confidence.clone() * weights(&confidence)).mean();
        map + confidence + output.score.unwrap().sum()
    });
}

#[test]
fn gradients_hold_in_early_fusion_with_a_stem() {
    gradients_hold(
        &tiny(Fusion::Early, vec![View::Bayar, View::Srm], MixerConfig::Stem { width: 3 }),
        "gradient",
    );
}

#[test]
fn gradients_hold_in_early_fusion_with_convolutions() {
    gradients_hold(&tiny(Fusion::Early, vec![View::Noiseprint, View::Bayar], CONVOLUTIONS), "gradient 2");
}

#[test]
fn gradients_hold_in_late_fusion() {
    gradients_hold(&tiny(Fusion::Late, vec![View::Bayar, View::Srm], CONVOLUTIONS), "gradient");
}

#[test]
fn every_combination_of_views_has_a_map() {
    let device = cpu();
    for views in [vec![], vec![View::Srm], vec![View::Bayar], vec![View::Noiseprint, View::Bayar, View::Srm]]
    {
        for fusion in [Fusion::Early, Fusion::Late] {
            for mixer in [CONVOLUTIONS, MixerConfig::Stem { width: 3 }, MixerConfig::Concatenation] {
                let network = MmFusion::new(&tiny(fusion, views.clone(), mixer), &device).unwrap();
                let output = network.forward(picture("views", 23, 30, &device)).unwrap();
                assert_eq!(output.map.dims(), [2, 2, 23, 30], "{views:?} {fusion:?} {mixer:?}");
                assert_eq!(output.score.as_ref().unwrap().dims(), [2]);
                let p = output.probability();
                assert_eq!(p.dims(), [2, 23, 30]);
                assert!(p.clone().min().into_scalar::<f32>() >= 0.0 && p.max().into_scalar::<f32>() <= 1.0);
            }
        }
    }
}

#[test]
fn every_size_from_one_sample_has_a_map() {
    let device = cpu();
    let network = MmFusion::new(&MmFusionConfig::small(Fusion::Early), &device).unwrap();
    let sizes = (1..=8).map(|n| (n, n)).chain([(1, 200), (31, 29), (97, 64)]);
    for (height, width) in sizes {
        let output = network.forward(picture("size", height, width, &device)).unwrap();
        assert_eq!(output.map.dims(), [2, 2, height, width]);
        assert!(output.map.is_finite().all().into_scalar::<bool>(), "{height}x{width}");
        assert!(output.score.unwrap().is_finite().all().into_scalar::<bool>());
    }
    for shape in [[1, 3, 0, 5], [1, 4, 8, 8], [0, 3, 8, 8]] {
        let error = network.forward(Tensor::zeros(shape, &device)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
    }
}

#[test]
fn configurations_that_do_not_fit_are_refused() {
    let message = |config: MmFusionConfig| MmFusion::new(&config, &cpu()).unwrap_err().to_string();
    let small = || MmFusionConfig::small(Fusion::Early);
    let wide = small().noise_encoder.scaled(2.0);
    let even = small().encoder;
    let even = MitConfig { patch: [8, 8], ..even };
    assert!(message(MmFusionConfig { encoder: even, ..small() }).contains("odd sides"));
    let twice = MmFusionConfig { views: vec![View::Srm, View::Srm], ..small() };
    assert!(message(twice).contains("each once"));
    assert!(message(MmFusionConfig { reduction: 5, ..small() }).contains("24 channels reduced by 5"));
    assert!(message(MmFusionConfig { noise_encoder: wide, ..small() }).contains("differ"));
    assert!(
        message(MmFusionConfig { encoder: MitConfig::B0.with_channels(1), ..small() }).contains("expected 3")
    );
    assert!(message(MmFusionConfig { head_dropout: 1.0, ..small() }).contains("dropped"));
}

#[test]
fn a_configuration_survives_json() {
    for config in [MmFusionConfig::published(Fusion::Late), MmFusionConfig::small(Fusion::Early)] {
        let json = serde_json::to_string(&config).unwrap();
        assert_eq!(serde_json::from_str::<MmFusionConfig>(&json).unwrap(), config);
    }
}

#[test]
fn a_few_steps_fit_a_changed_square() {
    use burn::optim::{AdamConfig, GradientsParams};

    let device = cpu().autodiff();
    device.seed(1);
    let config = tiny(Fusion::Early, vec![View::Bayar, View::Srm], MixerConfig::Stem { width: 4 });
    let mut network = MmFusion::new(&config, &device).unwrap();
    let mut optimiser = AdamConfig::new().init();
    let noisy = parity::picture("noisy", [1, 3, 64, 64], &device);
    // The left half is flat where the right half is noisy.
    let flat = Tensor::full([1, 3, 64, 32], 128.0, &device);
    let both = Tensor::cat(vec![flat, noisy.narrow(3, 32, 32)], 3);
    let mask: Tensor<3, Int> =
        Tensor::cat(vec![Tensor::ones([1, 64, 32], &device), Tensor::zeros([1, 64, 32], &device)], 2);
    let mut losses = Vec::new();
    for _ in 0..40 {
        let logits = network.localise(both.clone()).unwrap();
        let loss = loss::localisation(logits, mask.clone(), 1.0);
        losses.push(loss.clone().into_scalar::<f32>());
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        network = optimiser.step(1e-2, network, gradients);
    }
    assert!(losses[39] < 0.3 * losses[0], "{losses:?}");
}

use burn::tensor::Device;
use indicia_core::ErrorKind;
use serde::Deserialize;

use super::*;
use crate::decoders::{SegformerHead, SegformerHeadConfig};
use crate::device::cpu;
use crate::gradients::assert_all;
use crate::parity::{self, Entry, Sampled};

#[derive(Deserialize)]
struct Case {
    size: [usize; 2],
    maps: Vec<Sampled>,
    logits: Sampled,
}

#[derive(Deserialize)]
struct Fixture {
    keys: Vec<Entry>,
    head: Vec<Entry>,
    stored: Vec<Entry>,
    cases: Vec<Case>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/segformer.json")).unwrap()
}

/// The configuration of the fixture; transformers adds 1e-5 to every variance.
fn tiny() -> MitConfig {
    MitConfig {
        channels: 4,
        widths: [4, 8, 20, 16],
        depths: [1, 2, 1, 1],
        expansion: 2,
        norm_epsilon: 1e-5,
        drop_path: 0.0,
        ..MitConfig::B0
    }
}

fn encoder(config: &MitConfig, device: &Device) -> Mit {
    Mit::new(config, device).unwrap()
}

#[test]
fn encoder_and_head_equal_those_of_transformers() {
    let fixture = fixture();
    let device = cpu();
    let mut encoder = encoder(&tiny(), &device);
    parity::load(&mut encoder, &fixture.keys, &vec![]).unwrap();
    let mut head = SegformerHead::new(&SegformerHeadConfig::new(tiny().widths, 12, 3), &device);
    parity::load(&mut head, &fixture.head, &vec![]).unwrap();
    for case in fixture.cases {
        let [height, width] = case.size;
        let picture =
            parity::picture(&format!("mit{height}"), [2, 4, height, width], &device).div_scalar(255.0);
        let maps = encoder.forward(picture);
        let sizes = tiny().sizes(height, width);
        for ((map, expected), size) in maps.iter().zip(&case.maps).zip(sizes) {
            assert_eq!(map.dims()[2..], size);
            let difference = expected.difference(map.clone());
            assert!(difference < 1e-4, "{:?}: {difference}", case.size);
        }
        let difference = case.logits.difference(head.forward(maps));
        assert!(difference < 1e-4, "{:?}: logits {difference}", case.size);
    }
}

#[test]
fn names_of_stored_transformers_checkpoints_are_known() {
    let joined: Vec<Entry> = fixture()
        .stored
        .into_iter()
        .filter(|(key, _)| !key.contains("self.value."))
        .map(|(key, mut shape)| match key.contains("self.key.") {
            true => {
                shape[0] *= 2;
                (key.replace("self.key.", "self.kv."), shape)
            }
            false => (key, shape),
        })
        .collect();
    let (body, head): (Vec<Entry>, Vec<Entry>) =
        joined.into_iter().partition(|(k, _)| k.starts_with("segformer."));
    let device = cpu();
    parity::load(&mut encoder(&tiny(), &device), &body, &renames_from_transformers("segformer.encoder."))
        .unwrap();
    let mut decoder = SegformerHead::new(&SegformerHeadConfig::new(tiny().widths, 12, 3), &device);
    let renames = crate::decoders::renames_from_transformers("decode_head.");
    parity::load(&mut decoder, &head, &renames).unwrap();
}

#[test]
fn every_parameter_has_the_gradient_of_the_function() {
    let device = cpu().autodiff();
    let config = MitConfig {
        channels: 2,
        // A norm over two channels is a step function, of which differences say little.
        widths: [6, 8, 10, 8],
        depths: [1; 4],
        // With one key alone nothing depends on queries.
        reductions: [4, 2, 1, 1],
        expansion: 1,
        drop_path: 0.0,
        ..MitConfig::B0
    };
    let encoder = parity::seeded(encoder(&config, &device));
    assert_all(&encoder, 3, 8e-3, 6e-2, |encoder| {
        let weighted = encoder.forward(input(&device)).map(|map| {
            let weights = parity::picture("weights", map.dims(), &device).div_scalar(64.0) - 2.0;
            (map * weights).mean()
        });
        weighted.into_iter().reduce(|a, b| a + b).unwrap()
    });
}

fn input(device: &Device) -> Tensor<4> {
    parity::picture("gradient", [1, 2, 37, 33], device).div_scalar(128.0)
}

#[test]
fn pictures_of_every_size_have_four_maps() {
    let device = cpu();
    let config = MitConfig { depths: [1; 4], ..MitConfig::B0.scaled(0.125) };
    let encoder = encoder(&config, &device);
    for (height, width) in [(1, 1), (2, 1), (3, 3), (5, 8), (8, 8), (1, 70), (31, 29), (65, 33)] {
        let maps =
            encoder.forward(parity::picture("small", [1, 3, height, width], &device).div_scalar(255.0));
        let strides = [4, 8, 16, 32];
        for (stage, map) in maps.into_iter().enumerate() {
            let expected =
                [1, config.widths[stage], height.div_ceil(strides[stage]), width.div_ceil(strides[stage])];
            assert_eq!(map.dims(), expected, "{height} by {width}");
            assert!(map.is_finite().all().into_scalar::<bool>());
        }
    }
}

#[test]
fn sizes_are_the_published_ones() {
    let device = cpu();
    // Counted by hand for the first stage of B0: patches 7*7*3*32 + 32 and a norm of 64; a block has two norms of
    // 64, q and proj 32*32 + 32, kv 32*64 + 64, sr 8*8*32*32 + 32, its norm 64, fc1 32*128 + 128, a depthwise
    // convolution 9*128 + 128, fc2 128*32 + 32; then a norm of 64.
    let block = 128 + 2 * 1056 + 2112 + 65_568 + 64 + 4224 + 1280 + 4128;
    let stage = 4736 + 64 + 2 * block + 64;
    let b0 = encoder(&MitConfig::B0, &device);
    let counted = b0.patch_embed1.num_params() + b0.block1.num_params() + b0.norm1.num_params();
    assert_eq!(counted, stage);
    // timm and transformers count these for the encoders without classifier.
    let parameters = |config: &MitConfig| encoder(config, &device).num_params();
    assert_eq!(parameters(&MitConfig::B0), 3_319_392);
    assert_eq!(parameters(&MitConfig::B2), 24_196_288);
    assert_eq!(MitConfig::B2.scaled(0.25).widths, [16, 32, 80, 128]);
    assert_eq!(MitConfig::B2.scaled(0.001).widths, [1, 2, 5, 8]);
}

#[test]
fn multiply_adds_are_as_by_hand() {
    // One block a stage on 32 by 32: maps of 8, 4, 2 and 1 in each direction, keys reduced to one.
    let config =
        MitConfig { channels: 1, widths: [1, 2, 5, 8], depths: [1, 0, 0, 0], expansion: 1, ..MitConfig::B0 };
    let patches = 64 * 49 + 16 * 9 * 2 + 4 * 9 * 10 + 9 * 40;
    let block = 64 + 64 * 2 + 2 + 2 * 64 + 64 * (2 + 9);
    assert_eq!(config.multiply_adds(32, 32), patches + block);
}

#[test]
fn unusable_sizes_are_refused() {
    let odd = MitConfig { widths: [4, 9, 20, 16], ..MitConfig::B0 };
    let error = Mit::new(&odd, &cpu()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("9 channels and 2 heads"), "{error}");
    assert!(MitConfig { channels: 0, ..MitConfig::B0 }.check().is_err());
    assert!(MitConfig { drop_path: 1.0, ..MitConfig::B0 }.check().is_err());
}

use burn::store::{ModuleSnapshot, ModuleStore, SafetensorsStore};
use burn::tensor::{Distribution, TensorData};

use super::*;
use crate::device::cpu;
use crate::gradients::assert_all;
use crate::layers::Activation;
use crate::layers::tests::{assert_near, expected, fixture, read, roused};

fn tiny() -> VitConfig {
    VitConfig::new(4, 24, 2, 2).with_image(20).with_hidden(Some(48))
}

fn tiny_clip() -> VitConfig {
    tiny()
        .with_activation(Activation::QuickGelu)
        .with_patch_bias(false)
        .with_norm_pre(true)
        .with_epsilon(1e-5)
        .with_head(Some(Head { width: 16, bias: false }))
        .with_position_antialias(false)
}

fn tiny_dinov2() -> VitConfig {
    tiny().with_layer_scale(Some(1.0)).with_position_antialias(false)
}

fn tiny_siglip() -> VitConfig {
    tiny()
        .with_activation(Activation::GeluTanh)
        .with_class_token(false)
        .with_pool(Pool::Attention)
        .with_position_antialias(false)
}

fn gated(config: VitConfig) -> VitConfig {
    config.with_gated(true).with_activation(Activation::Silu).with_hidden(Some(32))
}

/// Compares all that a fixture holds, at its native and two further sizes, without and with gradients.
fn assert_parity(config: VitConfig, name: &str) {
    for device in [cpu(), cpu().autodiff()] {
        let network = read(config.init(&device).unwrap(), name);
        let mut store = fixture(&format!("{name}.expected"));
        let keys = store.keys().unwrap();
        for size in ["native", "larger", "smaller"] {
            let images = Tensor::<4>::from_data(expected(&mut store, &format!("{size}.images")), &device);
            let keep = Keep { tokens: &[0, 1, 2], maps: &[1, 2], pool_map: true };
            let out = network.forward(images.clone(), keep);
            let mut compared = 0;
            let mut compare = |key: &str, got: Option<Tensor<4>>, shape: Option<usize>| {
                let key = format!("{size}.{key}");
                if !keys.contains(&key) {
                    return;
                }
                compared += 1;
                let got = got.unwrap_or_else(|| panic!("the network gives no {key}"));
                match shape {
                    Some(2) => assert_near(&got.squeeze_dims::<2>(&[0, 1]), expected(&mut store, &key), &key),
                    Some(3) => assert_near(&got.squeeze_dim::<3>(0), expected(&mut store, &key), &key),
                    _ => assert_near(&got, expected(&mut store, &key), &key),
                }
            };
            for (at, tokens) in out.kept.iter().enumerate() {
                compare(&format!("hidden.{at}"), Some(tokens.clone().unsqueeze()), Some(3));
            }
            for (at, map) in out.maps.iter().enumerate() {
                compare(&format!("map.{}", at + 1), Some(map.clone()), None);
            }
            compare("pool_map", out.pool_map.clone(), None);
            // A norm after pooling leaves tokens as the last block gave them, in timm's sense too.
            compare("tokens", Some(out.tokens.clone().unsqueeze()), Some(3));
            compare("pooled", Some(out.pooled.clone().unsqueeze()), Some(2));
            compare("projected", out.projected.clone().map(|p| p.unsqueeze()), Some(2));
            assert!(compared >= 3, "{name} at its {size} size compares {compared} things");

            // Without maps the fused kernel computes the same.
            let plain = network.forward(images.clone(), Keep::default());
            assert_near(&plain.tokens, out.tokens.to_data(), "tokens without maps");
            let early = network.tokens(images, &[1]);
            assert_near(&early[0], out.kept[1].to_data(), "tokens of the first block alone");
        }
    }
}

#[test]
fn clip_equals_transformers() {
    assert_parity(tiny_clip(), "clip");
}

#[test]
fn dinov2_equals_transformers() {
    assert_parity(tiny_dinov2(), "dinov2");
}

#[test]
fn gated_dinov2_equals_transformers() {
    assert_parity(gated(tiny_dinov2()), "dinov2_gated");
}

#[test]
fn dinov2_with_registers_equals_transformers() {
    let config = tiny_dinov2().with_registers(3).with_position_antialias(true);
    assert_parity(config, "dinov2_registers");
}

#[test]
fn siglip_equals_transformers() {
    assert_parity(tiny_siglip(), "siglip");
}

#[test]
fn vit_equals_timm() {
    assert_parity(tiny().with_head(Some(Head { width: 10, bias: true })), "timm");
}

#[test]
fn pooling_by_mean_equals_timm() {
    let config = tiny()
        .with_head(Some(Head { width: 10, bias: true }))
        .with_pool(Pool::Mean)
        .with_norm_after_pool(true);
    assert_parity(config, "timm_mean");
}

#[test]
fn three_matrices_equal_one() {
    let device = cpu();
    let fused = read(tiny_clip().init(&device).unwrap(), "clip");
    let mut apart = tiny_clip().with_fused_qkv(false).init(&device).unwrap();
    let mut whole = SafetensorsStore::from_bytes(None).allow_partial(true);
    fused.save_into(&mut whole).unwrap();
    let bytes = whole.get_bytes().unwrap();
    apart.load_from(&mut SafetensorsStore::from_bytes(Some(bytes)).allow_partial(true)).unwrap();
    for (theirs, ours) in fused.blocks.iter().zip(&mut apart.blocks) {
        let qkv = theirs.attn.qkv.as_ref().unwrap();
        let attn = &mut ours.attn;
        for (part, layer) in [&mut attn.q, &mut attn.k, &mut attn.v].into_iter().enumerate() {
            let layer = layer.as_mut().unwrap();
            layer.weight = Param::from_tensor(qkv.weight.val().narrow(1, part * 24, 24));
            layer.bias = Some(Param::from_tensor(qkv.bias.as_ref().unwrap().val().narrow(0, part * 24, 24)));
        }
    }
    let images = Tensor::random([2, 3, 20, 20], Distribution::Default, &device);
    let [a, b] = [&fused, &apart].map(|network| network.forward(images.clone(), Keep::default()));
    assert_near(&a.tokens, b.tokens.to_data(), "tokens");
    assert_eq!(fused.attention_layers().count(), 2 * 2);
    assert_eq!(apart.attention_layers().count(), 2 * 4);
}

#[test]
fn output_is_taken_apart_by_kind() {
    let device = cpu();
    let network = tiny_dinov2().with_registers(3).init(&device).unwrap();
    let images = Tensor::random([2, 3, 12, 21], Distribution::Default, &device);
    let out = network.forward(images, Keep { tokens: &[2], ..Keep::default() });
    assert_eq!(out.grid, [3, 5]);
    assert_eq!(out.tokens.dims(), [2, 1 + 3 + 15, 24]);
    assert_eq!(out.patches().dims(), [2, 15, 24]);
    assert_eq!(out.patch_map().dims(), [2, 24, 3, 5]);
    // The token in row 1 and column 2 of the second picture.
    let place = out.tokens.clone().slice([1..2, 4 + 7..4 + 8, 0..24]);
    assert_near(
        &out.patch_map().slice([1..2, 0..24, 1..2, 2..3]).reshape([1, 1, 24]),
        place.to_data(),
        "place",
    );
    let normed = network.norm.as_ref().unwrap().forward(out.patches_of(&out.kept[0]));
    assert_near(&normed, out.patches().to_data(), "patches of the last block");
    assert_near(&out.class().unwrap(), out.pooled.to_data(), "class token");
    assert!(
        tiny_siglip()
            .init(&device)
            .unwrap()
            .forward(Tensor::zeros([1, 3, 20, 20], &device), Keep::default())
            .class()
            .is_none()
    );
}

#[test]
fn what_sits_beside_a_block_is_added_to_it() {
    let device = cpu();
    let network = tiny().init(&device).unwrap();
    let images = Tensor::random([1, 3, 20, 20], Distribution::Default, &device);
    let keep = Keep { tokens: &[1, 2], ..Keep::default() };
    let without = network.forward(images.clone(), keep);
    let with = network.forward_beside(images, keep, |block, tokens, grid| {
        assert_eq!((tokens.dims(), grid), ([1, 26, 24], [5, 5]));
        (block == 2).then(|| tokens.ones_like() * 3.0)
    });
    assert_near(&with.kept[0], without.kept[0].to_data(), "block 1");
    assert_near(&with.kept[1], (without.kept[1].clone() + 3.0).to_data(), "block 2");
}

#[test]
fn presets_hold_as_many_numbers_as_published() {
    let path = format!("{}/fixtures/vit/counts.json", env!("CARGO_MANIFEST_DIR"));
    let counts: std::collections::BTreeMap<String, usize> =
        serde_json::from_reader(std::fs::File::open(path).unwrap()).unwrap();
    let mut compared = 0;
    for entry in PRESETS {
        entry.config().check().unwrap();
        if let Some(&count) = counts.get(entry.name) {
            // Parameters are made at first use, so that this allocates none.
            assert_eq!(entry.config().init(&cpu()).unwrap().num_params(), count, "{}", entry.name);
            compared += 1;
        }
    }
    assert!(compared >= 19, "{compared}");
}

#[test]
fn names_and_configurations_that_cannot_be_are_refused() {
    let error = preset("vit-huge-99").unwrap_err().to_string();
    assert!(error.contains("vit-huge-99") && error.contains("clip-vit-l-14"), "{error}");
    for (config, word) in [
        (VitConfig { heads: 5, ..tiny() }, "heads"),
        (VitConfig { heads: 0, ..tiny() }, "heads"),
        (tiny().with_image(3), "image"),
        (VitConfig { depth: 0, ..tiny() }, "depth"),
        (tiny().with_class_token(false), "class token"),
        (tiny().with_drop_path(1.0), "drop_path"),
    ] {
        let error = config.init(&cpu()).unwrap_err();
        assert!(matches!(error, Error::Configuration(_)), "{error:?}");
        assert!(error.to_string().contains(word), "{error}");
    }
    let names: std::collections::BTreeSet<_> = PRESETS.iter().map(|preset| preset.name).collect();
    assert_eq!(names.len(), PRESETS.len());
}

#[test]
#[should_panic(expected = "holds no patch")]
fn a_picture_smaller_than_a_patch_is_refused() {
    let device = cpu();
    tiny().init(&device).unwrap().forward(Tensor::zeros([1, 3, 3, 20], &device), Keep::default());
}

fn assert_gradients(config: VitConfig, side: [usize; 2], tolerance: f64) {
    let device = cpu().autodiff();
    let network = roused(config.init(&device).unwrap());
    let pixels: Vec<_> = (0..2 * 3 * side[0] * side[1]).map(|i| (0.37 * i as f32).cos()).collect();
    let images = Tensor::<4>::from_data(TensorData::new(pixels, [2, 3, side[0], side[1]]), &device);
    assert_all(&network, 3, 1e-2, tolerance, |network: &VisionTransformer| {
        let out = network.forward(images.clone(), Keep::default());
        let last = out.projected.unwrap_or(out.pooled);
        let width = last.dims()[1];
        let weights = Tensor::<1, burn::tensor::Int>::arange(0..width as i64, &device).float().sin();
        let loss = (last * weights.unsqueeze()).sum() + out.tokens.sin().mean();
        // Small, so that its rounding stays below the gradients that count.
        loss * 0.1
    });
}

fn small() -> VitConfig {
    VitConfig::new(2, 8, 2, 2).with_image(6).with_hidden(Some(12))
}

#[test]
fn gradients_of_clip_are_those_of_its_definition() {
    let config = small()
        .with_activation(Activation::QuickGelu)
        .with_patch_bias(false)
        .with_norm_pre(true)
        .with_head(Some(Head { width: 5, bias: false }))
        .with_fused_qkv(false)
        .with_position_antialias(false);
    assert_gradients(config, [6, 6], 3e-2);
}

#[test]
fn gradients_of_dinov2_are_those_of_its_definition() {
    let config = small()
        .with_layer_scale(Some(1.0))
        .with_registers(2)
        .with_gated(true)
        .with_activation(Activation::Silu);
    // At another size, so that they pass through resampled positions.
    assert_gradients(config, [8, 4], 3e-2);
}

#[test]
fn gradients_of_siglip_are_those_of_its_definition() {
    let config =
        small().with_activation(Activation::GeluTanh).with_class_token(false).with_pool(Pool::Attention);
    // What the pooling query gets is hardly more than rounding.
    assert_gradients(config, [6, 6], 6e-2);
}

#[test]
fn gradients_of_vit_are_those_of_its_definition() {
    let config = small()
        .with_pool(Pool::Mean)
        .with_norm_after_pool(true)
        .with_head(Some(Head { width: 3, bias: true }));
    assert_gradients(config, [6, 6], 3e-2);
}

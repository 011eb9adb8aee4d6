use burn::module::{Module, ModuleMapper, Param};
use burn::store::{ModuleSnapshot, ModuleStore, PyTorchToBurnAdapter, SafetensorsStore};
use burn::tensor::{Distribution, Tensor, TensorData};

use super::resample::{Kernel, axis_weights, resample_grid};
use super::*;
use crate::device::cpu;
use crate::gradients::assert_all;

/// Tolerance of all comparisons with the references, absolute.
const TOLERANCE: f32 = 1e-4;

pub(crate) fn fixture(name: &str) -> SafetensorsStore {
    SafetensorsStore::from_file(format!("{}/fixtures/vit/{name}.safetensors", env!("CARGO_MANIFEST_DIR")))
}

pub(crate) fn expected(store: &mut SafetensorsStore, key: &str) -> TensorData {
    let tensor = store.get_tensor(key).unwrap().unwrap_or_else(|| panic!("no {key}"));
    burn::store::bridge::to_data(tensor).unwrap()
}

pub(crate) fn assert_near<const D: usize>(got: &Tensor<D>, expected: TensorData, what: &str) {
    assert_eq!(got.dims().as_slice(), expected.shape().as_slice(), "shape of {what}");
    let got = got.to_data().convert::<f32>().try_to_vec::<f32>().unwrap();
    let expected = expected.convert::<f32>().try_to_vec::<f32>().unwrap();
    let worst = got.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(worst <= TOLERANCE, "{what} differs from the reference by {worst}");
}

/// Reads a network's weights; every key must be used and every parameter found.
pub(crate) fn read<M: Module>(mut module: M, name: &str) -> M {
    let mut store = fixture(name).with_from_adapter(PyTorchToBurnAdapter);
    let result = module.load_from(&mut store).unwrap();
    assert!(result.missing.is_empty(), "{name} lacks {:?}", result.missing);
    assert!(result.unused.is_empty(), "{name} also holds {:?}", result.unused);
    assert!(result.errors.is_empty(), "{name}: {:?}", result.errors);
    module
}

/// The module with weights large and different enough for each gradient to be felt.
pub(crate) fn roused<M: Module>(module: M) -> M {
    struct Rouse(f32);
    impl ModuleMapper for Rouse {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            self.0 += 1.0;
            let trained = param.is_require_grad();
            let seed = self.0;
            param.map(|tensor| {
                let (shape, device) = (tensor.shape(), tensor.device());
                let at = |i: usize| 0.4 * (1.7 * i as f32 + seed).sin() + 0.1;
                let values: Vec<_> = (0..shape.num_elements()).map(at).collect();
                Tensor::from_data(TensorData::new(values, shape), &device).set_require_grad(trained)
            })
        }
    }
    module.map(&mut Rouse(0.0))
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_to_vec().unwrap()
}

#[test]
fn activations_have_their_defined_values() {
    // Φ(1) = 0.841345, tanh form 0.841192, σ(1.702) = 0.845795, σ(1) = 0.731059.
    let at =
        |activation: Activation, x: f32| values(activation.forward(Tensor::<1>::from_data([x], &cpu())))[0];
    for (activation, one, minus_one) in [
        (Activation::Gelu, 0.841_345, -0.158_655),
        (Activation::GeluTanh, 0.841_192, -0.158_808),
        (Activation::QuickGelu, 0.845_796, -0.154_204),
        (Activation::Silu, 0.731_059, -0.268_941),
        (Activation::Relu, 1.0, 0.0),
    ] {
        assert!((at(activation, 1.0) - one).abs() < 2e-6, "{activation:?} {}", at(activation, 1.0));
        assert!((at(activation, -1.0) - minus_one).abs() < 2e-6, "{activation:?} {}", at(activation, -1.0));
        assert_eq!(at(activation, 0.0), 0.0);
    }
}

#[test]
fn fast_activations_equal_burns() {
    // All of [-12, 12] in steps of 1/1000, in more than one task, and what is not a number.
    let points: Vec<_> = (-12_000..=12_000).map(|i| i as f32 / 1000.0).collect();
    for activation in [Activation::Gelu, Activation::GeluTanh, Activation::QuickGelu, Activation::Silu] {
        let device = cpu().autodiff();
        let input = Tensor::<1>::from_data(points.as_slice(), &device).require_grad();
        let both = [true, false].map(|fast| {
            let out = if fast {
                activation.forward(input.clone())
            } else {
                activation.on_any_device(input.clone())
            };
            let gradient = input.grad(&out.clone().sum().backward()).unwrap();
            (values(out), values(gradient))
        });
        let plain = values(activation.forward(input.clone().inner()));
        for i in 0..points.len() {
            let near = |a: f32, b: f32| (a - b).abs() <= 2e-6 * b.abs().max(1.0);
            assert!(near(both[0].0[i], both[1].0[i]), "{activation:?} of {}: {:?}", points[i], both[0].0[i]);
            assert!(near(plain[i], both[1].0[i]), "{activation:?} of {}: {}", points[i], plain[i]);
            assert!(near(both[0].1[i], both[1].1[i]), "slope of {activation:?} at {}", points[i]);
        }
        let odd = Tensor::<1>::from_data([f32::NAN, 1e30, -1e30], &cpu());
        let odd = values(activation.forward(odd));
        assert!(odd[0].is_nan() && odd[1] == 1e30 && odd[2].abs() < 1e-6, "{activation:?} {odd:?}");
    }
}

#[test]
fn resampling_equals_pytorch() {
    let mut store = fixture("resampling.expected");
    let table = Tensor::<3>::from_data(expected(&mut store, "table"), &cpu());
    for new in [[7, 9], [3, 2]] {
        let scales = new.map(|side| 5.0 / side as f64);
        let offset = new.map(|side| 5.0 / (side as f64 + 0.1));
        for (name, scales, kernel) in [
            ("plain", scales, Kernel::Bicubic),
            ("antialiased", scales, Kernel::BicubicAntialiased),
            ("offset", offset, Kernel::Bicubic),
        ] {
            let key = format!("{name}.{}x{}", new[0], new[1]);
            let got = resample_grid(table.clone(), new, scales, kernel);
            assert_near(&got, expected(&mut store, &key), &key);
        }
    }
}

#[test]
fn resampling_to_the_same_size_changes_nothing() {
    for kernel in [Kernel::Bicubic, Kernel::BicubicAntialiased] {
        let weights = axis_weights(4, 4, 1.0, kernel);
        for (i, weight) in weights.iter().enumerate() {
            assert_eq!(*weight, f32::from(u8::from(i % 4 == i / 4)), "{kernel:?}");
        }
        // One sample to three, and three to one: each row still sums to one.
        for (old, new) in [(1, 3), (3, 1), (2, 7)] {
            for row in axis_weights(old, new, old as f64 / new as f64, kernel).chunks(old) {
                assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{kernel:?} {old} {new} {row:?}");
            }
        }
    }
}

#[test]
fn patches_are_those_of_the_convolution() {
    let device = cpu();
    let layer = PatchEmbedConfig::new(3, 5).with_channels(2).init(&device);
    let images = Tensor::<4>::random([2, 2, 7, 11], Distribution::Default, &device);
    let (tokens, grid) = layer.forward(images.clone());
    assert_eq!(grid, [2, 3]);
    let convolved = layer.proj.forward(images).flatten::<3>(2, 3).swap_dims(1, 2);
    assert_near(&tokens, convolved.into_data(), "tokens");
}

#[test]
fn attention_of_two_tokens_is_as_by_hand() {
    // Products 0 and ln 3 give weights 1/4 and 3/4; width 1 leaves them unscaled.
    for device in [cpu(), cpu().autodiff()] {
        let q = Tensor::<4>::from_data([[[[1.0], [0.0]]]], &device);
        let k = Tensor::<4>::from_data([[[[0.0], [3f32.ln()]]]], &device);
        let v = Tensor::<4>::from_data([[[[4.0], [8.0]]]], &device);
        let near = |got: Tensor<4>, expected: &[f32]| {
            for (a, b) in values(got).iter().zip(expected) {
                assert!((a - b).abs() < 1e-5, "{a} {b}");
            }
        };
        let (mixed, map) = attend(q.clone(), k.clone(), v.clone(), Mask::None, true);
        near(mixed, &[7.0, 6.0]);
        near(map.unwrap(), &[0.25, 0.75, 0.5, 0.5]);
        near(attend(q.clone(), k.clone(), v.clone(), Mask::None, false).0, &[7.0, 6.0]);
        for want_map in [false, true] {
            let (mixed, _) = attend(q.clone(), k.clone(), v.clone(), Mask::Causal, want_map);
            near(mixed, &[4.0, 6.0]);
            // Adding ln 3 to the first key evens the first query out.
            let bias = Tensor::<4>::from_data([[[[3f32.ln(), 0.0]]]], &device);
            let (mixed, _) = attend(q.clone(), k.clone(), v.clone(), Mask::Additive(&bias), want_map);
            near(mixed, &[6.0, 5.0]);
        }
    }
}

#[test]
fn attention_takes_large_products() {
    for device in [cpu(), cpu().autodiff()] {
        let q = Tensor::<4>::from_data([[[[300.0], [-300.0]]]], &device);
        let v = Tensor::<4>::from_data([[[[4.0], [8.0]]]], &device);
        assert_eq!(values(attend(q.clone(), q, v, Mask::None, false).0), [4.0, 8.0]);
    }
}

#[test]
fn self_attention_is_attention_to_oneself() {
    for device in [cpu(), cpu().autodiff()] {
        for fused in [true, false] {
            let layer = AttentionConfig::new(6, 3).with_fused(fused).init(&device);
            let tokens = Tensor::<3>::random([2, 5, 6], Distribution::Default, &device);
            let (alone, map) = layer.forward(tokens.clone(), Mask::None, true);
            let (cross, _) = layer.forward_cross(tokens.clone(), tokens.clone(), Mask::None, false);
            assert_near(&cross, alone.into_data(), "cross");
            let rows = map.unwrap().sum_dim(3);
            assert_eq!(rows.dims(), [2, 3, 5, 1]);
            assert_near(&rows, TensorData::new(vec![1f32; 30], [2, 3, 5, 1]), "sums");
            let few = layer.forward_cross(tokens.clone().narrow(1, 1, 2), tokens, Mask::None, true);
            assert_eq!((few.0.dims(), few.1.unwrap().dims()), ([2, 2, 6], [2, 3, 2, 5]));
        }
    }
}

#[test]
fn gradients_of_attention_are_those_of_its_definition() {
    let device = cpu().autodiff();
    let tokens: Vec<_> = (0..2 * 4 * 6).map(|i| (0.61 * i as f32).sin()).collect();
    let tokens = Tensor::<3>::from_data(TensorData::new(tokens, [2, 4, 6]), &device);
    for fused in [true, false] {
        let layer = roused(AttentionConfig::new(6, 2).with_fused(fused).init(&device));
        for want_map in [true, false] {
            assert_all(&layer, 4, 1e-2, 2e-2, |layer: &Attention| {
                let (mixed, map) = layer.forward(tokens.clone(), Mask::Causal, want_map);
                mixed.sin().sum() + map.map_or(Tensor::zeros([1], &device), |map| map.square().sum())
            });
        }
        assert_all(&layer, 4, 1e-2, 2e-2, |layer: &Attention| {
            layer
                .forward_cross(tokens.clone().narrow(1, 0, 2), tokens.clone(), Mask::None, false)
                .0
                .sin()
                .sum()
        });
    }
}

#[test]
fn gradients_of_the_feed_forward_layers_are_those_of_their_definitions() {
    let device = cpu().autodiff();
    let tokens = Tensor::<3>::from_data([[[0.3, -0.8, 1.1], [0.9, 0.2, -0.4]]], &device);
    let all = [Activation::Gelu, Activation::GeluTanh, Activation::QuickGelu, Activation::Silu];
    for activation in all {
        for gated in [false, true] {
            let layer = roused(MlpConfig::new(3, 4, activation).with_gated(gated).init(&device));
            assert_all(&layer, 4, 1e-2, 2e-2, |layer: &Mlp| layer.forward(tokens.clone()).sin().sum());
        }
    }
}

#[test]
fn dropped_paths_are_whole_items_and_keep_the_mean() {
    let device = cpu().autodiff();
    let layer = DropPath::new(0.25);
    let ones = Tensor::<3>::ones([400, 2, 3], &device);
    let items = values(layer.forward(ones.clone()));
    let kept = items
        .chunks(6)
        .filter(|item| {
            assert!(
                item.iter().all(|x| *x == item[0]) && (item[0] == 0.0 || (item[0] - 4.0 / 3.0).abs() < 1e-6)
            );
            item[0] > 0.0
        })
        .count();
    // 300 expected; the deviation of the count is 9.
    assert!((250..350).contains(&kept), "{kept}");
    assert_eq!(values(layer.clone().freeze().forward(ones.clone())), values(ones));
    assert_eq!(values(layer.forward(Tensor::ones([9, 1, 1], &cpu()))), [1.0; 9]);
}

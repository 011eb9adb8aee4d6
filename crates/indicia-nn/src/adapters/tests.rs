use burn::module::{Module, Param, ParamGroup};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Distribution, Tensor, TensorData};

use super::svd::{SvdResidual, SvdResidualConfig, regularisers};
use super::*;
use crate::device::cpu;
use crate::encoders::vit::{VisionTransformer, VitConfig, preset};
use crate::gradients::{assert_all, compare};
use crate::layers::tests::{assert_near, expected, fixture, read, roused};

const ATTENTION: &str = r"attn\.(q|k|v|proj)\.weight$";

fn attention() -> ParamGroup {
    ParamGroup::from_regex(ATTENTION).unwrap()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().convert::<f32>().try_to_vec().unwrap()
}

fn assert_close<const D: usize>(a: Tensor<D>, b: Tensor<D>, tolerance: f32, what: &str) {
    let worst: f32 = (a - b).abs().max().into_scalar();
    assert!(worst <= tolerance, "{what}: {worst}");
}

fn layer(from: usize, to: usize, trained: usize, basis: bool) -> (Linear, Linear) {
    let device = cpu().autodiff();
    let mut plain = roused(LinearConfig::new(from, to).init(&device));
    // Of full rank, so that all directions are determined.
    let weight: Vec<_> = (0..from * to).map(|i| (0.37 * (i * i) as f32 + i as f32).sin()).collect();
    plain.weight = Param::from_data(TensorData::new(weight, [from, to]), &device);
    let config = SvdResidualConfig { trained, basis, ..SvdResidualConfig::new(ParamGroup::all()) };
    (plain.clone(), plain.apply_reparameterization(config))
}

fn residual(layer: &Linear) -> &SvdResidual {
    layer.weight.reparameterization().unwrap()
}

#[test]
fn a_split_of_a_diagonal_is_as_by_hand() {
    // Singular values 3, 2 and 1 along the axes: the smallest is in the middle.
    let device = cpu().autodiff();
    let mut plain = LinearConfig::new(3, 3).with_bias(false).init(&device);
    plain.weight = Param::from_data([[3.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -2.0]], &device);
    let split = plain.apply_reparameterization(SvdResidualConfig::new(ParamGroup::all()));
    let main = [3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -2.0];
    for (a, b) in values(split.weight.base()).iter().zip(main) {
        assert!((a - b).abs() < 1e-6, "{a} {b}");
    }
    let residual = residual(&split);
    assert!((values(residual.S_residual.val())[0] - 1.0).abs() < 1e-6);
    let [u, v] = [&residual.U_residual, &residual.V_residual].map(|factor| values(factor.val()));
    assert!((u[1] * v[1] - 1.0).abs() < 1e-6, "{u:?} {v:?}");
}

#[test]
fn a_split_layer_starts_as_the_plain_one() {
    for (from, to, trained) in [(8, 8, 1), (5, 9, 2), (9, 5, 3), (4, 4, 9)] {
        let (plain, split) = layer(from, to, trained, false);
        let residual = residual(&split);
        let count = trained.min(from).min(to);
        assert_eq!(residual.U_residual.dims(), [to, count]);
        assert_eq!(residual.S_residual.dims(), [count]);
        assert_eq!(residual.V_residual.dims(), [count, from]);
        assert_close(split.weight.val(), plain.weight.val(), 1e-6, "weight");
        let input = Tensor::<3>::random([2, 3, from], Distribution::Default, &cpu().autodiff());
        let expected = plain.forward(input.clone());
        assert_close(split.forward(input.clone()), expected.clone(), 1e-5, "composed");
        assert_close(project(&split, input), expected, 1e-5, "by narrow factors");
    }
}

#[test]
fn only_the_residual_is_trained_and_its_gradients_are_right() {
    let (_, split) = layer(6, 5, 2, true);
    let input = Tensor::<2>::from_data([[0.3, -0.2, 0.8, 1.0, -0.7, 0.1]], &cpu().autodiff());
    let loss = |layer: &Linear| project(layer, input.clone()).sin().sum();
    let paths: Vec<_> = compare(&split, 1, 1e-2, loss).into_iter().map(|c| c.path).collect();
    assert_eq!(paths, ["weight.svd.U_residual", "weight.svd.S_residual", "weight.svd.V_residual"]);
    assert_all(&split, 12, 1e-2, 1e-2, loss);
    assert_all(&split, 12, 1e-2, 1e-2, |layer: &Linear| layer.forward(input.clone()).sin().sum());
    assert_eq!(trained(&split), 2 * (6 + 5 + 1));
    assert_eq!(residual(&split).trained(), 2 * (6 + 5 + 1));
}

#[test]
fn merged_equals_unmerged() {
    let device = cpu().autodiff();
    let config = VitConfig::new(4, 24, 2, 2).with_image(12).with_fused_qkv(false);
    let plain = roused(config.init(&device).unwrap());
    let images = Tensor::random([2, 3, 12, 12], Distribution::Default, &device);
    let pooled = |network: &VisionTransformer| network.forward(images.clone(), Default::default()).pooled;

    let split = plain.clone().apply_reparameterization(SvdResidualConfig::new(attention()));
    assert_close(pooled(&split), pooled(&plain), 1e-5, "split");
    assert_eq!(trained(&split), 2 * 4 * (24 + 24 + 1));
    let moved = split.map(&mut Nudge);
    assert!(values((pooled(&moved) - pooled(&plain)).abs().max())[0] > 1e-3, "the residual moves the result");
    let merged = moved.clone().materialize();
    assert!(merged.attention_layers().all(|layer| !is_adapted(layer)));
    assert_eq!(merged.num_params(), plain.num_params());
    assert_close(pooled(&merged), pooled(&moved), 1e-5, "merged");

    let lora = plain.clone().apply_lora(Lora::new(3, 6.0).set_param_group(attention()));
    assert_close(pooled(&lora), pooled(&plain), 1e-5, "lora");
    assert_eq!(trained(&lora), 2 * 4 * 3 * (24 + 24));
    let moved = lora.map(&mut Nudge);
    assert!(values((pooled(&moved) - pooled(&plain)).abs().max())[0] > 1e-3, "the adapter moves the result");
    assert_close(pooled(&moved.clone().materialize()), pooled(&moved), 1e-5, "merged");
}

/// Moves what is trained.
struct Nudge;

impl burn::module::ModuleMapper for Nudge {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        if param.is_require_grad() {
            param.map(|tensor| {
                let device = tensor.device();
                Tensor::from_data((tensor + 0.05).into_data(), &device).require_grad()
            })
        } else {
            param
        }
    }
}

#[test]
fn lora_by_narrow_factors_has_the_gradients_of_its_definition() {
    let device = cpu().autodiff();
    let plain = roused(LinearConfig::new(5, 4).init(&device));
    let layer = roused(plain.apply_lora(Lora::new(2, 4.0)));
    assert!(is_adapted(&layer));
    let input = Tensor::<2>::from_data([[0.3, -0.2, 0.8, 1.0, -0.7]], &device);
    assert_close(project(&layer, input.clone()), layer.forward(input.clone()), 1e-5, "both ways");
    assert_all(&layer, 10, 1e-2, 1e-2, |layer: &Linear| project(layer, input.clone()).sin().sum());
}

#[test]
fn effort_trains_as_many_numbers_of_clip_as_published() {
    // Parameters are made at first use: no weight of the network is allocated.
    let network = preset("clip-vit-l-14").unwrap().with_fused_qkv(false).init(&cpu()).unwrap();
    let config = SvdResidualConfig { decompose: false, ..SvdResidualConfig::new(attention()) };
    let network = network.apply_reparameterization(config);
    let residuals: Vec<_> = network
        .attention_layers()
        .filter_map(|layer| layer.weight.reparameterization::<SvdResidual>())
        .collect();
    assert_eq!(residuals.len(), 24 * 4);
    assert_eq!(residuals.iter().map(|residual| residual.trained()).sum::<usize>(), 196_704);
}

#[test]
fn an_empty_split_is_filled_from_the_published_parameters() {
    use burn::store::{ModuleSnapshot, PyTorchToBurnAdapter, SafetensorsStore};
    let (_, split) = layer(6, 5, 1, true);
    let mut store = SafetensorsStore::from_bytes(None).with_to_adapter(burn::store::BurnToPyTorchAdapter);
    split.save_into(&mut store).unwrap();
    let bytes = store.get_bytes().unwrap();

    let config =
        SvdResidualConfig { basis: true, decompose: false, ..SvdResidualConfig::new(ParamGroup::all()) };
    let mut empty = LinearConfig::new(6, 5).init(&cpu().autodiff()).apply_reparameterization(config);
    let mut store = SafetensorsStore::from_bytes(Some(bytes)).with_from_adapter(PyTorchToBurnAdapter);
    let result = empty.load_from(&mut store).unwrap();
    assert!(result.missing.is_empty() && result.unused.is_empty(), "{result:?}");
    assert_close(empty.weight.val(), split.weight.val(), 0.0, "weight");
    assert_eq!(trained(&empty), 6 + 5 + 1);
}

/// The published formulas, word for word, from the factors' values.
fn by_definition(layer: &Linear, original: &Linear) -> (f64, f64) {
    let residual = residual(layer);
    let join = |a: &Option<Param<Tensor<2>>>, b: &Param<Tensor<2>>, axis| {
        Tensor::cat(vec![a.as_ref().unwrap().val(), b.val()], axis)
    };
    let departure = |product: Tensor<2>| {
        let [n, _] = product.dims();
        let square = (product.clone() - Tensor::eye(n, &product.device())).square().sum();
        f64::from(square.sqrt().into_scalar::<f32>())
    };
    let u = join(&residual.U_r, &residual.U_residual, 1);
    let v = join(&residual.V_r, &residual.V_residual, 0);
    let both = departure(u.clone().matmul(u.transpose())) + departure(v.clone().matmul(v.transpose()));
    let norm = |layer: &Linear| f64::from(layer.weight.val().square().sum().into_scalar::<f32>());
    (0.5 * both, (norm(layer) - norm(original)).abs())
}

#[test]
fn regularisers_equal_their_definitions_and_have_their_gradients() {
    for (from, to) in [(6, 6), (7, 5), (5, 7)] {
        let (plain, split) = layer(from, to, 2, true);
        let moved = split.map(&mut Nudge);
        let got = regularisers([&moved, &plain]);
        let (orthogonality, weight) = by_definition(&moved, &plain);
        let number = |term: &Option<Tensor<1>>| f64::from(term.clone().unwrap().into_scalar::<f32>());
        let (a, b) = (number(&got.orthogonality), number(&got.weight));
        assert!((a - orthogonality).abs() < 1e-4, "{from} {to}: {a} {orthogonality}");
        assert!((b - weight).abs() < 1e-3, "{from} {to}: {b} {weight}");
        assert_all(&moved, 9, 1e-3, 2e-2, |layer: &Linear| {
            let terms = regularisers([layer]);
            // The singular values have no part in orthogonality; the other term gives them a gradient.
            terms.orthogonality.unwrap() + terms.weight.unwrap()
        });
    }
    let (plain, split) = layer(6, 6, 1, false);
    assert!(regularisers([&split]).orthogonality.is_none());
    assert!(regularisers([&plain]).weight.is_none());
}

#[test]
fn regularisers_of_a_fresh_split_are_near_zero_and_finite() {
    let (_, split) = layer(6, 6, 1, true);
    let terms = regularisers([&split]);
    let sum = terms.orthogonality.unwrap() + terms.weight.unwrap();
    assert!(values(sum.clone())[0] < 1e-4);
    let gradients = burn::optim::GradientsParams::from_grads(sum.backward(), &split);
    let gradient = gradients.get::<2>(residual(&split).U_residual.id).unwrap();
    assert!(values(gradient).iter().all(|x| x.is_finite()));
}

#[test]
fn haar_of_one_square_is_as_by_hand() {
    let square = Tensor::<4>::from_data([[[[1.0], [2.0]], [[3.0], [5.0]]]], &cpu());
    let bands = haar(square.clone());
    assert_eq!(bands.dims(), [1, 4, 1, 1, 1]);
    assert_eq!(values(bands.clone()), [5.5, -2.5, -1.5, 0.5]);
    assert_eq!(values(inverse_haar(bands)), values(square));
}

#[test]
fn haar_and_its_inverse_leave_whole_numbers_as_they_are() {
    let count = 2 * 4 * 6 * 3;
    let numbers: Vec<_> = (0..count).map(|i| f32::from((i * 37 % 101) as u8)).collect();
    let grid = Tensor::<4>::from_data(TensorData::new(numbers.clone(), [2, 4, 6, 3]), &cpu());
    let bands = haar(grid);
    assert_eq!(bands.dims(), [2, 4, 2, 3, 3]);
    assert_eq!(values(inverse_haar(bands.clone())), numbers);
    // Orthonormal: the energy stays.
    let energy = |x: &[f32]| x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
    assert!((energy(&values(bands)) / energy(&numbers) - 1.0).abs() < 1e-6);
}

#[test]
#[should_panic(expected = "both must be even")]
fn haar_of_an_odd_grid_is_refused() {
    haar(Tensor::zeros([1, 3, 4, 1], &cpu()));
}

fn small_adapter() -> ForgeryAwareAdapterConfig {
    ForgeryAwareAdapterConfig::new().with_dim(16).with_bottleneck(4).with_heads(4).with_groups(8)
}

#[test]
fn the_forgery_aware_adapter_equals_its_reference() {
    let device = cpu();
    let adapter = read(small_adapter().init(&device), "adapter");
    let mut store = fixture("adapter.expected");
    let tokens = Tensor::<3>::from_data(expected(&mut store, "tokens"), &device);
    let grid = tokens.clone().narrow(1, 1, 16).reshape([2, 4, 4, 16]);
    assert_near(&haar(grid), expected(&mut store, "bands"), "bands");
    assert_near(&adapter.forward(tokens, [4, 4]), expected(&mut store, "out"), "out");
}

#[test]
fn the_forgery_aware_adapter_is_as_large_as_published() {
    let adapter = ForgeryAwareAdapterConfig::new().init(&cpu());
    // Per adapter: two attentions 4 · 1024², 8 more in the feed-forward layer, the narrow path and small ones.
    let attention = 4 * (1024 * 1024 + 1024);
    let image = 2 * 64 * 1024 + 64 + 1024;
    let fed = 2 * 4 * 1024 * 1024 + 5 * 1024;
    assert_eq!(adapter.num_params(), 2 * attention + image + fed + 4 * 2 * 1024 + 1);
    assert_eq!(8 * adapter.num_params() / 1_000_000, 135);
}

#[test]
fn gradients_of_adapters_are_those_of_their_definitions() {
    let device = cpu().autodiff();
    let adapter = roused(small_adapter().with_dropout(0.0).init(&device));
    let tokens: Vec<_> = (0..17 * 16).map(|i| (0.61 * i as f32).sin()).collect();
    let tokens = Tensor::<3>::from_data(TensorData::new(tokens, [1, 17, 16]), &device);
    assert_all(&adapter, 3, 2e-3, 3e-2, |adapter: &ForgeryAwareAdapter| {
        adapter.forward(tokens.clone(), [4, 4]).sin().sum()
    });
    let adapter = roused(BottleneckAdapter::new(16, 3, 0.0, 0.1, &device));
    assert_all(&adapter, 6, 1e-2, 2e-2, |adapter: &BottleneckAdapter| {
        adapter.forward(tokens.clone()).sin().sum()
    });
}

#[test]
fn adapters_start_without_effect() {
    let device = cpu();
    let tokens = Tensor::<3>::random([1, 17, 16], Distribution::Default, &device);
    let adapter = BottleneckAdapter::new(16, 3, 0.1, 0.1, &device);
    assert_eq!(values(adapter.forward(tokens.clone())), vec![0.0; 17 * 16]);
    // The forgery-aware adapter's image path starts at random, as published; its frequency path has no gain yet.
    let mut adapter = small_adapter().init(&device);
    let before = adapter.forward(tokens.clone(), [4, 4]);
    adapter.linear2.weight = Param::from_tensor(adapter.linear2.weight.val() * 2.0);
    assert_close(adapter.forward(tokens, [4, 4]), before, 0.0, "frequency path");
}

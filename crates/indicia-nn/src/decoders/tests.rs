use burn::module::Module;
use burn::tensor::{Device, Tensor};
use serde::Deserialize;

use super::*;
use crate::device::cpu;
use crate::gradients::assert_all;
use crate::parity::{self, Entry, Sampled};

const WIDTHS: [usize; 4] = [2, 3, 4, 5];

/// Four maps of a picture of 27 by 19.
fn maps(device: &Device) -> [Tensor<4>; 4] {
    [[7, 5], [4, 3], [2, 2], [1, 1]].map(|[height, width]| {
        let channels = WIDTHS[[7, 4, 2, 1].iter().position(|&h| h == height).unwrap()];
        parity::picture(&format!("map{height}"), [2, channels, height, width], device).div_scalar(128.0) - 1.0
    })
}

/// Around zero, so that the sum is small beside its terms and rounding small beside differences.
fn weighted(map: Tensor<4>) -> Tensor<1> {
    let weights = parity::picture("weights", map.dims(), &map.device()).div_scalar(64.0) - 2.0;
    (map * weights).mean()
}

#[derive(Deserialize)]
struct Fixture {
    layer_scale_sum: (Vec<Entry>, Sampled),
    unet: (Vec<Entry>, Sampled),
    segformer: (Vec<Entry>, Sampled),
}

#[test]
fn values_are_those_of_the_reference() {
    let fixture: Fixture = serde_json::from_str(include_str!("fixtures/decoders.json")).unwrap();
    let device = cpu();
    let mut head = SegformerHead::new(&SegformerHeadConfig::new(WIDTHS, 6, 2), &device);
    parity::load(&mut head, &fixture.segformer.0, &vec![]).unwrap();
    let mut sum = LayerScaleSum::new(WIDTHS, 6, 1, &device);
    parity::load(&mut sum, &fixture.layer_scale_sum.0, &vec![]).unwrap();
    let mut unet = UnetDecoder::new(WIDTHS, [4, 3, 2], 2, &device);
    parity::load(&mut unet, &fixture.unet.0, &vec![]).unwrap();
    for (name, output, expected) in [
        ("segformer", head.forward(maps(&device)), fixture.segformer.1),
        ("layer scale", sum.forward(maps(&device)), fixture.layer_scale_sum.1),
        ("unet", unet.forward(maps(&device)), fixture.unet.1),
    ] {
        let difference = expected.difference(output);
        assert!(difference < 1e-4, "{name}: {difference}");
    }
}

#[test]
fn every_parameter_has_the_gradient_of_the_function() {
    let device = cpu().autodiff();
    let config = SegformerHeadConfig { dropout: 0.0, ..SegformerHeadConfig::new(WIDTHS, 6, 2) };
    let head = parity::seeded(SegformerHead::new(&config, &device));
    // Batch statistics take every bias away, which leaves rounding beside 0; running ones do not.
    assert_all(&head, 4, 1e-2, 0.15, |head| weighted(head.forward(maps(&device))));
    let mut frozen = head;
    frozen.linear_fuse.bn.training = frozen.linear_fuse.bn.training.with_value(false);
    assert_all(&frozen, 4, 1e-3, 3e-2, |head| weighted(head.forward(maps(&device))));
    let mut unet = parity::seeded(UnetDecoder::new(WIDTHS, [4, 3, 2], 2, &device));
    for step in &mut unet.steps {
        for layer in [&mut step.first, &mut step.second] {
            layer.bn.training = layer.bn.training.clone().with_value(false);
        }
    }
    assert_all(&unet, 4, 1e-3, 3e-2, |unet| weighted(unet.forward(maps(&device))));
    let sum = parity::seeded(LayerScaleSum::new(WIDTHS, 6, 1, &device));
    assert_all(&sum, 4, 1e-2, 3e-2, |sum| weighted(sum.forward(maps(&device))));
}

#[test]
fn fresh_layer_scales_give_little_at_first() {
    let device = cpu();
    let sum = LayerScaleSum::new(WIDTHS, 6, 1, &device);
    // Gains of 1e-6 leave a variance of some 1e-12, next to which the norm's 1e-6 is large: the output is small.
    let output = sum.forward(maps(&device));
    assert_eq!(output.dims(), [2, 1, 7, 5]);
    assert!(output.abs().max().into_scalar::<f32>() < 0.1);
    assert_eq!(sum.num_params(), 4 * 6 + (2 + 3 + 4 + 5) * 6 + 4 * 6 + 2 * 6 + 7);
}

#[test]
fn multiply_adds_are_as_by_hand() {
    let config = SegformerHeadConfig::new(WIDTHS, 6, 2);
    let sizes = [[7, 5], [4, 3], [2, 2], [1, 1]];
    let expected = 35 * 6 * (2 + 6) + 12 * 6 * (3 + 6) + 4 * 6 * (4 + 6) + 6 * (5 + 6) + 35 * 6 * 2;
    assert_eq!(config.multiply_adds(sizes), expected);
}

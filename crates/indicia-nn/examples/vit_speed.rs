//! Times ViT-S/16 on pictures of 224 x 224: a forward pass, and one with its backward pass.
//!
//!     RAYON_NUM_THREADS=2 cargo run --release -p indicia-nn --example vit_speed [BATCH] [RUNS]
//!
//! Prints medians in seconds, after a first run that is not counted. A number means something beside that of
//! another library, measured on the same machine in the same hour.

use std::time::Instant;

use indicia_nn::burn::tensor::{Distribution, Tensor};
use indicia_nn::device::cpu;
use indicia_nn::encoders::vit::{Keep, preset};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let batch = arguments.next().unwrap_or(8);
    let runs = arguments.next().unwrap_or(9);

    let device = cpu();
    let config = preset("vit-small-16").expect("a preset");
    let network = config.init(&device).expect("a sound preset");
    let images = Tensor::<4>::random([batch, 3, 224, 224], Distribution::Default, &device);
    let forward = median(runs, || {
        network.forward(images.clone(), Keep::default()).projected.expect("a head").into_data();
    });
    println!("forward {forward:.3}");

    let device = device.autodiff();
    let network = config.init(&device).expect("a sound preset");
    let images = Tensor::<4>::random([batch, 3, 224, 224], Distribution::Default, &device);
    let both = median(runs, || {
        let out = network.forward(images.clone(), Keep::default()).projected.expect("a head");
        let gradients = out.square().mean().backward();
        network.head.as_ref().expect("a head").weight.val().grad(&gradients).expect("a gradient").into_data();
    });
    println!("forward and backward {both:.3}");
}

fn median(runs: usize, mut work: impl FnMut()) -> f64 {
    work();
    let mut times: Vec<_> = (0..runs.max(1))
        .map(|_| {
            let start = Instant::now();
            work();
            start.elapsed().as_secs_f64()
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

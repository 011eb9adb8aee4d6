//! Prints parameters, multiply-adds and the time of a forward pass of MMFusion's variants.
//!
//! `RAYON_NUM_THREADS=1 cargo run --release -p indicia-manipulation --example mmfusion_cost [SIDE [REPEATS]]`

use std::time::Instant;

use burn::module::Module;
use indicia_manipulation::mmfusion::{Fusion, MixerConfig, MmFusion, MmFusionConfig, View};
use indicia_nn::{device::cpu, parity};

fn main() -> indicia_core::Result<()> {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>().expect("a number"));
    let side = arguments.next().unwrap_or(512);
    let repeats = arguments.next().unwrap_or(5);
    let device = cpu();
    let small = || MmFusionConfig::small(Fusion::Early);
    let variants = [
        ("small early", small()),
        ("small late", MmFusionConfig::small(Fusion::Late)),
        ("small early, concatenated", MmFusionConfig { mixer: MixerConfig::Concatenation, ..small() }),
        ("small srm", MmFusionConfig { views: vec![View::Srm], ..small() }),
        ("small colours", MmFusionConfig { views: vec![], ..small() }),
        ("published early", MmFusionConfig::published(Fusion::Early)),
        ("published late", MmFusionConfig::published(Fusion::Late)),
    ];
    println!("{side} by {side}, best of {repeats}");
    println!(
        "{:26} {:>10} {:>12} {:>11} {:>9} {:>9}",
        "", "parameters", "M mult-adds", "a sample", "map ms", "all ms"
    );
    for (name, config) in variants {
        let network = MmFusion::new(&config, &device)?;
        let work = config.multiply_adds(side, side);
        let of_sample = work as f64 / (side * side) as f64;
        print!("{name:26} {:>10} {:>12.1} {of_sample:>11.0}", network.num_params(), work as f64 / 1e6);
        let picture = parity::picture("cost", [1, 3, side, side], &device);
        let timed = |run: &dyn Fn()| {
            let of_one = |_| {
                let start = Instant::now();
                run();
                start.elapsed().as_secs_f64() * 1e3
            };
            (0..repeats).map(of_one).fold(f64::INFINITY, f64::min)
        };
        // The published networks take too long for a table that is made often.
        if name.starts_with("small") {
            let map = timed(&|| drop(network.localise(picture.clone()).map(|map| map.into_data())));
            let all = timed(&|| {
                drop(
                    network
                        .forward(picture.clone())
                        .map(|out| (out.map.into_data(), out.score.map(|s| s.into_data()))),
                )
            });
            println!(" {map:>9.1} {all:>9.1}");
        } else {
            println!();
        }
    }
    Ok(())
}

//! Prints parameters, multiply-adds and the time of a forward pass of MMFusion's variants.
//!
//! `RAYON_NUM_THREADS=1 cargo run --release -p indicia-manipulation --example mmfusion_cost [SIDE [REPEATS]]`

use std::time::Instant;

use burn::module::Module;
use indicia_manipulation::mmfusion::{Fusion, MixerConfig, MmFusion, MmFusionConfig, View};
use indicia_nn::encoders::mit::MitConfig;
use indicia_nn::{device::cpu, parity};

/// Processor time of this process; NaN where the system does not say it as Linux does.
fn processor_ms() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name in brackets; user and system time are the 12th and 13th, in hundredths of a second.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |i: usize| fields.get(i).and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) * 10.0
}

/// A quarter of B2's width and two blocks a stage, instead of the sizes of the small network.
fn quarter() -> MmFusionConfig {
    let encoder = MitConfig { depths: [2; 4], ..MitConfig::B2.scaled(0.25) };
    let small = MmFusionConfig::small(Fusion::Early);
    MmFusionConfig { encoder: encoder.clone(), noise_encoder: encoder, decoder_width: 64, ..small }
}

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
        ("quarter of the width", quarter()),
        ("published early", MmFusionConfig::published(Fusion::Early)),
        ("published late", MmFusionConfig::published(Fusion::Late)),
    ];
    println!("{side} by {side}, best of {repeats}");
    println!(
        "{:26} {:>10} {:>12} {:>11} {:>9} {:>9} {:>9} {:>9}",
        "", "parameters", "M mult-adds", "a sample", "map ms", "CPU ms", "all ms", "CPU ms"
    );
    for (name, config) in variants {
        let network = MmFusion::new(&config, &device)?;
        let work = config.multiply_adds(side, side);
        let of_sample = work as f64 / (side * side) as f64;
        print!("{name:26} {:>10} {:>12.1} {of_sample:>11.0}", network.num_params(), work as f64 / 1e6);
        let picture = parity::picture("cost", [1, 3, side, side], &device);
        // The published networks take too long for a table that is made often.
        if name.starts_with("published") {
            println!();
            continue;
        }
        let timed = |run: &dyn Fn()| {
            run();
            let (mut best, before) = (f64::INFINITY, processor_ms());
            for _ in 0..repeats {
                let start = Instant::now();
                run();
                best = best.min(start.elapsed().as_secs_f64() * 1e3);
            }
            (best, (processor_ms() - before) / repeats as f64)
        };
        let (map, of_map) = timed(&|| drop(network.localise(picture.clone()).map(|map| map.into_data())));
        let (all, of_all) = timed(&|| {
            let output = network.forward(picture.clone()).expect("a picture with samples");
            drop((output.map.into_data(), output.score.map(|score| score.into_data())));
        });
        println!(" {map:>9.1} {of_map:>9.1} {all:>9.1} {of_all:>9.1}");
    }
    Ok(())
}

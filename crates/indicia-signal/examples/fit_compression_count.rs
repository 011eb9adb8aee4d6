//! Fits the model of `signal.compression-count` and measures it.
//!
//! `cargo run --release -p indicia-signal --example fit_compression_count -- --train FOLDER... --test FOLDER...`
//!
//! Every JPEG of the folders is halved (mean of 2 by 2 pixels), which erases its own history; of large ones up to
//! eight tiles of 512 by 512 pixels are halved. Each base picture is then compressed in eight ways: twice once,
//! three times twice and three times three times, with qualities and sampling drawn from a generator that is seeded
//! by the picture's place in the sorted list. The model is fitted on `--train` by gradient descent with a ridge
//! penalty; printed are its numbers as Rust and the confusion tables of both sets.

use std::error::Error;
use std::path::PathBuf;

use indicia_codec::jpeg::{Jpeg, Subsampling, encode, recompress, standard_tables};
use indicia_codec::open;
use indicia_core::Limits;
use indicia_ops::Rgb8;
use indicia_signal::compression_count::{INPUTS, MODEL, Model, NAMES, features};
use rayon::prelude::*;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Side of the tiles of large pictures, before halving.
const TILE: usize = 512;
const TILES: usize = 8;
const RIDGE: f64 = 1e-3;
const ROUNDS: usize = 4000;
const RATE: f64 = 0.3;

struct Sample {
    count: usize,
    history: Vec<u8>,
    values: [f64; NAMES.len()],
}

fn main() -> Outcome<()> {
    let mut sets: [Vec<PathBuf>; 2] = Default::default();
    let (mut set, mut fit) = (0, true);
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--train" => set = 0,
            "--test" => set = 1,
            "--shipped" => fit = false,
            folder => sets[set].push(folder.into()),
        }
    }
    let [train, test] = sets;
    let test = samples(&test)?;
    let model = if fit {
        let train = samples(&train)?;
        let model = fitted(&train);
        print_model(&model);
        confusion("train", &model, &train);
        model
    } else {
        MODEL.clone()
    };
    confusion("test", &model, &test);
    Ok(())
}

/// A generator of numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % n
    }

    fn quality(&mut self, low: u8, high: u8) -> u8 {
        low + self.below(u64::from(high - low) + 1) as u8
    }

    /// A quality at least 3 away from another.
    fn other(&mut self, than: u8, low: u8, high: u8) -> u8 {
        loop {
            let quality = self.quality(low, high);
            if quality.abs_diff(than) >= 3 {
                return quality;
            }
        }
    }
}

fn samples(folders: &[PathBuf]) -> Outcome<Vec<Sample>> {
    let mut paths = vec![];
    for folder in folders {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("jpg")) {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let all: Vec<Outcome<Vec<Sample>>> =
        paths.par_iter().enumerate().map(|(i, path)| of_picture(i, path)).collect();
    let mut out = vec![];
    for samples in all {
        out.extend(samples?);
    }
    Ok(out)
}

fn of_picture(number: usize, path: &PathBuf) -> Outcome<Vec<Sample>> {
    let rgb = open(std::fs::read(path)?, Limits::default())?.view::<Rgb8>(())?;
    let mut random = Random(0x9E37_79B9_7F4A_7C15 ^ (number as u64 + 1));
    let mut out = vec![];
    for base in bases(&rgb) {
        let sampling = if random.below(3) == 0 { Subsampling::S444 } else { Subsampling::S420 };
        let last = random.quality(60, 98);
        let same = random.quality(60, 98);
        let (low, middle) = (random.quality(45, 70), random.quality(71, 84));
        let high = random.quality(85, 98);
        let second = random.other(last, 50, 98);
        let histories = [
            vec![random.quality(60, 98)],
            vec![random.quality(45, 98)],
            vec![second, last],
            vec![same, same],
            vec![low, high],
            vec![random.other(second, 50, 98), second, last],
            vec![low, middle, high],
            vec![same, same, same],
        ];
        for history in histories {
            if let Some(values) = measured(&base, &history, sampling)? {
                out.push(Sample { count: history.len(), history, values });
            }
        }
    }
    Ok(out)
}

/// Halved pictures: the whole one, or tiles of a large one.
fn bases(rgb: &Rgb8) -> Vec<Rgb8> {
    let halved = |left: usize, top: usize, wide: usize, high: usize| {
        let (width, height) = (wide / 2, high / 2);
        let mut samples = Vec::with_capacity(3 * width * height);
        for y in 0..height {
            for x in 0..width {
                for c in 0..3 {
                    let at = |dx, dy| {
                        u16::from(rgb.samples[3 * ((top + 2 * y + dy) * rgb.width + left + 2 * x + dx) + c])
                    };
                    samples.push(((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1) + 2) / 4) as u8);
                }
            }
        }
        Rgb8 { width, height, samples }
    };
    if rgb.width * rgb.height < 4 * TILE * TILE {
        return vec![halved(0, 0, rgb.width, rgb.height)];
    }
    let (across, down) = (rgb.width / TILE, rgb.height / TILE);
    let step = (across * down / TILES).max(1);
    (0..across * down)
        .step_by(step)
        .take(TILES)
        .map(|i| halved(i % across * TILE, i / across * TILE, TILE, TILE))
        .collect()
}

fn measured(base: &Rgb8, history: &[u8], sampling: Subsampling) -> Outcome<Option<[f64; NAMES.len()]>> {
    let (last, before) = history.split_last().ok_or("a history has a compression")?;
    let (width, height) = (base.width, base.height);
    let mut samples = base.samples.clone();
    for &quality in before {
        samples = recompress(&samples, width, height, quality, sampling);
    }
    let bytes = encode(&samples, width, height, &standard_tables(*last), sampling)?;
    let evidence = open(bytes, Limits::default())?;
    let measured = features(&*evidence.view::<Jpeg>(())?, &*evidence.view::<Rgb8>(())?)?;
    Ok(measured.map(|f| f.values))
}

fn fitted(samples: &[Sample]) -> Model {
    let n = samples.len() as f64;
    let mut model = MODEL.clone();
    for i in 0..NAMES.len() {
        let mean = samples.iter().map(|s| s.values[i]).sum::<f64>() / n;
        let variance = samples.iter().map(|s| (s.values[i] - mean).powi(2)).sum::<f64>() / n;
        (model.mean[i], model.deviation[i]) = (mean, variance.sqrt().max(1e-6));
    }
    model.weights = [[0.0; INPUTS]; 3];
    // Each class counts alike, however many histories it has.
    let share = [1, 2, 3].map(|c| 3.0 * samples.iter().filter(|s| s.count == c).count() as f64);
    for _ in 0..ROUNDS {
        let mut gradient = [[0.0; INPUTS]; 3];
        for sample in samples {
            let inputs = model.inputs(&sample.values);
            let weight = 1.0 / share[sample.count - 1];
            for (class, ln) in model.ln_probabilities(&sample.values).iter().enumerate() {
                let rest = f64::from(u8::from(sample.count == class + 1)) - ln.exp();
                gradient[class].iter_mut().zip(inputs).for_each(|(g, x)| *g += weight * rest * x);
            }
        }
        for (weights, gradient) in model.weights.iter_mut().zip(gradient) {
            weights.iter_mut().zip(gradient).for_each(|(w, g)| *w += RATE * (g - RIDGE * *w));
        }
    }
    model
}

fn print_model(model: &Model) {
    let list = |values: &[f64]| values.iter().map(|v| format!("{v:.4}")).collect::<Vec<_>>().join(", ");
    println!(
        "    mean: [{}],\n    deviation: [{}],\n    weights: [",
        list(&model.mean),
        list(&model.deviation)
    );
    for weights in &model.weights {
        println!("        [{}],", list(weights));
    }
    println!("    ],");
}

fn confusion(name: &str, model: &Model, samples: &[Sample]) {
    let mut counts = [[0_usize; 3]; 3];
    let (mut once, mut more) = (vec![], vec![]);
    let mut kinds: std::collections::BTreeMap<&str, [usize; 3]> = Default::default();
    for sample in samples {
        let ln = model.ln_probabilities(&sample.values);
        let guess = (0..3).fold(0, |best, i| if ln[i] > ln[best] { i } else { best });
        counts[sample.count - 1][guess] += 1;
        let score = (ln[1].exp() + ln[2].exp()).ln() - ln[0];
        if sample.count == 1 { &mut once } else { &mut more }.push(score);
        let h = &sample.history;
        let kind = match h[..] {
            [_] => "1",
            [a, b] if a == b => "2, same tables",
            [a, b] if a < b => "2, first weaker quality",
            [_, _] => "2, first better quality",
            [a, b, _] if a == b => "3, same tables",
            _ => "3, others",
        };
        kinds.entry(kind).or_default()[guess] += 1;
    }
    once.sort_by(f64::total_cmp);
    let mut wins = 0.0;
    for score in &more {
        wins += once.partition_point(|s| s < score) as f64;
    }
    println!("{name}: {} files, rows once, twice, three times; columns as said", samples.len());
    for row in counts {
        let total = row.iter().sum::<usize>().max(1) as f64;
        println!("  {row:?}  {:?} %", row.map(|n| (1000.0 * n as f64 / total).round() / 10.0));
    }
    for (kind, row) in kinds {
        println!("  {kind}: {row:?}");
    }
    if once.is_empty() || more.is_empty() {
        return;
    }
    println!("  AUC of at least two: {:.4}", wins / (once.len() * more.len()) as f64);
    for rate in [0.01, 0.05] {
        let threshold = once[once.len() - 1 - (rate * once.len() as f64) as usize];
        let found = more.iter().filter(|s| **s > threshold).count() as f64 / more.len() as f64;
        println!("  found at {:.0} % false alarms: {:.1} %", 100.0 * rate, 100.0 * found);
    }
}

//! Scores one table of predictions and says what that cost, to be compared with other programs:
//! `score_predictions TABLE [RESAMPLES]`.

use std::path::PathBuf;
use std::time::Instant;

use indicia_core::Result;
use indicia_eval::score::{Options, Predictions, Reading, score};
use indicia_eval::stats::Bootstrap;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let table = PathBuf::from(args.next().unwrap_or_default());
    let replicates = args.next().and_then(|count| count.parse().ok()).unwrap_or(0);
    let options = Options { bootstrap: Bootstrap { replicates, seed: 0 }, ..Options::default() };
    let start = Instant::now();
    let predictions = Predictions::read(&[table], &Reading::default())?;
    let read = start.elapsed();
    for scores in score(&predictions, &options)? {
        println!("{:#}", scores.to_json(false));
    }
    eprintln!("read {:.2} s, scored {:.2} s", read.as_secs_f64(), (start.elapsed() - read).as_secs_f64());
    Ok(())
}

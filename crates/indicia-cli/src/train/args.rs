use std::path::PathBuf;

use clap::Args;
use indicia_core::Limits;

use crate::args::parse_limits;

#[derive(Debug, Args)]
#[command(after_long_help = "\
The table has the columns path and label (0 authentic, 1 what is to be found), and may have split (train,
validation, test), group, domain and mask, as `indicia eval table` writes it. The folder PACK gets
weights.safetensors, config.json, card.md, curves.png and test.csv, and in run/ the log (one JSON document a
line), the last checkpoint and the best weights. docs/training.md shows the whole way.

Exit status:
  0   done
  64  wrong usage, settings or data
  130 stopped by Ctrl-C; the same command with --resume goes on")]
pub struct TrainArgs {
    /// Id of what is trained, such as synthetic.residual-cnn; without it, all that can be trained are listed
    #[arg(value_name = "METHOD")]
    pub method: Option<String>,

    /// Table of labelled items
    #[arg(long, value_name = "TABLE", required_unless_present_any = ["print_config", "list"])]
    pub data: Option<PathBuf>,

    /// Settings in TOML [default: the method's own]
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,

    /// Folder of the pack; with --evaluate, file of the predictions
    #[arg(long, value_name = "PACK", required_unless_present_any = ["print_config", "list", "dry_run"])]
    pub out: Option<PathBuf>,

    /// Go on with the run in PACK from its last checkpoint; the result is that of a run that was not interrupted
    #[arg(long)]
    pub resume: bool,

    /// Seed of everything random, instead of that of the settings
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// Threads, of the network's arithmetic and of loading [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,

    /// Keep files as they are: what format, size and compression tell of the label is then learned too
    #[arg(long)]
    pub no_equalise: bool,

    /// Learn from one batch, and print shapes, memory and the time that training would take
    #[arg(long)]
    pub dry_run: bool,

    /// Score a split of the table with this trained pack instead
    #[arg(long, value_name = "PACK", conflicts_with_all = ["resume", "dry_run", "config", "seed"])]
    pub evaluate: Option<PathBuf>,

    /// The split that is scored: train, validation, test or all
    #[arg(long, value_name = "NAME", default_value = "test", requires = "evaluate")]
    pub split: String,

    /// Print the method's own settings
    #[arg(long, requires = "method")]
    pub print_config: bool,

    /// List what can be trained
    #[arg(long, conflicts_with = "method")]
    pub list: bool,

    /// Upper bounds for each file, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,
}

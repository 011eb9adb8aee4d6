use std::path::PathBuf;

use clap::Args;
use indicia_core::Limits;

use crate::args::parse_limits;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Changed files lie in DIR/RECIPE/, a PNG where pixels were changed, else the JPEG or WebP that was made. A table of
items gives a table of the same name in DIR, with a row for each item and recipe, the columns condition and
source_digest, and masks that moved with the pixels. DIR/history.jsonl says what was done to what.

Exit status:
  0   done
  2   done, but some input could not be read or changed
  64  wrong usage, or a faulty table
  130 stopped by Ctrl-C")]
pub struct CorruptArgs {
    /// Pictures, folders (with everything below them), or tables of items (Parquet, CSV, JSON Lines)
    #[arg(required_unless_present = "list", value_name = "INPUT")]
    pub inputs: Vec<PathBuf>,

    /// What is done, such as jpeg:70, gaussian_noise@3 or resize:0.5+jpeg:80; may be given several times
    #[arg(long, value_name = "RECIPE", required_unless_present = "list")]
    pub with: Vec<String>,

    /// Folder for the changed files, the history and the tables
    #[arg(long, value_name = "DIR", required_unless_present = "list")]
    pub out: Option<PathBuf>,

    /// Number from which, with a file's digest, all that is random follows
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Upper bounds for one input, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,

    /// List the corruptions, or print what one does
    #[arg(long, value_name = "ID", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["with", "out"])]
    pub list: Option<String>,
}

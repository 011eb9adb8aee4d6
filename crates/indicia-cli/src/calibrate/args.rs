use std::path::PathBuf;

use clap::Args;
use indicia_core::Limits;

use crate::args::{Setting, parse_limits, parse_set};

#[derive(Debug, Args)]
#[command(after_long_help = "\
Both tables may be one, such as the table that `indicia forge` writes: of the authentic one the rows with
label 0 are used, of the altered one those with label 1. The column `group` (or `source`) tells which
pictures come from one source; pictures of one source stay together when the calibration is tested, and
the number of sources bounds what a likelihood ratio may say. `method` names the kind of alteration,
`mask` the altered pixels, from which the fused map is learned.

FILE.samples.jsonl keeps what the methods said, so that a stopped command goes on, and learning again with
other options takes seconds.

Exit status:
  0   done
  2   done, but some picture could not be read or some method failed on it
  64  wrong usage
  130 stopped by Ctrl-C; the same command goes on")]
pub struct CalibrateArgs {
    /// Table of authentic pictures
    #[arg(long, value_name = "TABLE", required = true)]
    pub authentic: Vec<PathBuf>,

    /// Table of altered pictures
    #[arg(long, value_name = "TABLE", required = true)]
    pub altered: Vec<PathBuf>,

    /// Calibration to write; a population of the same name in it is replaced, others stay
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,

    /// Name of the population, in the plural
    #[arg(long, value_name = "NAME", default_value = "pictures")]
    pub name: String,

    /// Where the pictures come from and what was done to them, for reports
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub describe: String,

    /// The population holds only pictures to which this method applies
    #[arg(long, value_name = "ID")]
    pub if_applies: Option<String>,

    /// The population holds only pictures to which this method does not apply
    #[arg(long, value_name = "ID")]
    pub unless_applies: Option<String>,

    /// Learn where to look and not what that is worth: for pictures that only stand in for others
    #[arg(long)]
    pub locate_only: bool,

    /// Share of authentic sources that may be called altered
    #[arg(long, value_name = "SHARE", default_value_t = 0.01)]
    pub false_alarms: f64,

    /// Use these methods only (see `indicia methods`) [default: all but views]
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    pub methods: Vec<String>,

    /// Set a parameter of a method, such as signal.error-level.quality=95
    #[arg(long, value_name = "ID.NAME=VALUE", value_parser = parse_set)]
    pub set: Vec<Setting>,

    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Upper bounds for one picture, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,
}

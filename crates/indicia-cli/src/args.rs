use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use indicia_core::Limits;

use crate::calibrate::args::CalibrateArgs;
use crate::camera::args::CameraCommand;
use crate::corrupt::args::CorruptArgs;
use crate::eval::args::EvalCommand;
use crate::forge::args::ForgeArgs;
use crate::train::args::TrainArgs;
use crate::weights::args::WeightsCommand;

/// Tells whether photographs and other visual evidence can be trusted.
#[derive(Debug, Parser)]
#[command(name = "indicia", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Examine files and say what speaks for and against them
    Inspect(Box<InspectArgs>),
    /// List the methods, or print the page of one
    Methods {
        /// Id of a method, such as signal.zero
        id: Option<String>,
    },
    /// Change pictures in known ways and strengths: compression, noise, blur, screenshots
    Corrupt(Box<CorruptArgs>),
    /// Learn what the methods' scores are worth from authentic and altered pictures
    Calibrate(Box<CalibrateArgs>),
    /// Enrol cameras by the fingerprint of their sensors, and tell which pictures they took
    #[command(subcommand)]
    Camera(CameraCommand),
    /// Measure detectors on tables of labelled items
    #[command(subcommand)]
    Eval(EvalCommand),
    /// Make forgeries with exact masks and authentic twins from authentic pictures
    Forge(Box<ForgeArgs>),
    /// List, add, check and fetch weights of networks
    #[command(subcommand)]
    Weights(WeightsCommand),
    /// Train a method that learns, on a table of labelled items
    Train(Box<TrainArgs>),
    /// Print the JSON schema of reports
    Schema,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status:
  0   nothing was found that speaks against authenticity
  1   something was found
  2   some input could not be read
  3   both
  64  wrong usage
  130 stopped by Ctrl-C")]
pub struct InspectArgs {
    /// Files, folders (with everything below them), or - for standard input
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// What to print: a summary for people, or one indicia.report/1 document a line
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Write NAME.html, a self-contained page, for each input, and index.html over all
    /// [default: indicia-reports with the human format, none with json]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Write no pages
    #[arg(long, conflicts_with = "out")]
    pub no_pages: bool,

    /// Write the maps as NAME.METHOD-ID.npy (float32, height x width, higher is more suspicious), all of
    /// them together as NAME.fused.npy, and of what kind that is as NAME.fused.json
    #[arg(long, value_name = "DIR")]
    pub maps: Option<PathBuf>,

    /// Run these methods only (see `indicia methods`)
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    pub methods: Vec<String>,

    /// Set a parameter of a method, such as signal.error-level.quality=95
    #[arg(long, value_name = "ID.NAME=VALUE", value_parser = parse_set)]
    pub set: Vec<Setting>,

    /// Threads to work with: across inputs where there are many, inside the one where there is one
    /// [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Upper bounds for one input: bytes, pixels, expansion (pixels a byte), memory, metadata, frames, scans, nesting, parts; such as
    /// pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,

    /// Take what scores are worth from this file, made by `indicia calibrate`, instead of the shipped one
    #[arg(long, value_name = "FILE.json")]
    pub calibration: Option<PathBuf>,

    /// Fuse nothing: only votes of single methods count
    #[arg(long, conflicts_with = "calibration")]
    pub no_calibration: bool,

    /// Compare pictures with the camera of this fingerprint, made by `indicia camera enrol`
    #[arg(long, value_name = "FILE")]
    pub camera: Option<PathBuf>,

    /// Append reports to this JSON Lines file, skipping inputs whose digest it already holds for this
    /// version and these options
    #[arg(long, value_name = "FILE.jsonl")]
    pub resume: Option<PathBuf>,

    /// Leave picture and identifying metadata out of reports and pages
    #[arg(long)]
    pub private: bool,

    /// Trust C2PA signers whose certificates chain to these anchors (PEM)
    #[arg(long, value_name = "FILE.pem")]
    pub trust: Option<PathBuf>,

    /// Trust exactly these C2PA signer certificates (PEM)
    #[arg(long, value_name = "FILE.pem")]
    pub trust_allowed: Option<PathBuf>,

    /// Accept these extended key usages beside the standard ones (one OID a line)
    #[arg(long, value_name = "FILE")]
    pub trust_usages: Option<PathBuf>,

    /// Let C2PA fetch remote manifests and revocation answers; without this, nothing reads the network
    #[arg(long)]
    pub online: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Human,
    Json,
}

/// One `--set`.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    pub method: String,
    pub parameter: String,
    pub value: f64,
}

pub fn parse_set(text: &str) -> Result<Setting, String> {
    let expected = || format!("expected ID.NAME=VALUE, such as signal.zero.max_nfa_vote=0.001, got {text:?}");
    let (path, value) = text.split_once('=').ok_or_else(expected)?;
    let (method, parameter) = path.rsplit_once('.').ok_or_else(expected)?;
    let value = value.trim().parse().map_err(|_| format!("expected a number, got {value:?}"))?;
    Ok(Setting { method: method.trim().to_owned(), parameter: parameter.trim().to_owned(), value })
}

pub fn parse_limits(text: &str) -> Result<Limits, String> {
    let mut limits = Limits::default();
    for part in text.split(',') {
        let (name, value) = part.split_once('=').ok_or_else(|| format!("expected NAME=N, got {part:?}"))?;
        let value = parse_count(value)?;
        let small =
            || u32::try_from(value).map_err(|_| format!("{name} is at most {}, got {value}", u32::MAX));
        match name.trim() {
            "bytes" => limits.bytes = value,
            "pixels" => limits.pixels = value,
            "expansion" => limits.expansion = value,
            "memory" => limits.memory = value,
            "metadata" => limits.metadata = value,
            "frames" => limits.frames = small()?,
            "scans" => limits.scans = small()?,
            "nesting" => limits.nesting = small()?,
            "parts" => limits.parts = small()?,
            other => {
                return Err(format!(
                    "no limit {other:?}, known: bytes, pixels, expansion, memory, metadata, frames, scans, nesting, parts"
                ));
            }
        }
    }
    Ok(limits)
}

/// A whole number with an optional k, M or G (powers of 1000).
fn parse_count(text: &str) -> Result<u64, String> {
    let text = text.trim();
    let (digits, unit) = match text.char_indices().next_back() {
        Some((i, 'k' | 'K')) => (&text[..i], 1_000),
        Some((i, 'M')) => (&text[..i], 1_000_000),
        Some((i, 'G')) => (&text[..i], 1_000_000_000),
        _ => (text, 1),
    };
    let expected = || format!("expected a whole number such as 50M, got {text:?}");
    let count: u64 = digits.parse().map_err(|_| expected())?;
    count.checked_mul(unit).ok_or_else(expected)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn limits_are_read_with_units_and_wrong_ones_named() {
        let limits = parse_limits("pixels=50M,frames=7").unwrap();
        assert_eq!((limits.pixels, limits.frames), (50_000_000, 7));
        assert_eq!(limits.memory, Limits::default().memory);
        for (bad, part) in [
            ("pixel=5", "no limit \"pixel\""),
            ("pixels", "expected NAME=N"),
            ("pixels=x", "expected a whole number"),
            ("frames=5G", "at most 4294967295"),
            ("bytes=99999999999999999999", "expected a whole number"),
            ("bytes=-1", "expected a whole number"),
        ] {
            let error = parse_limits(bad).unwrap_err();
            assert!(error.contains(part), "{bad}: {error}");
        }
    }

    #[test]
    fn settings_name_method_and_parameter() {
        let setting = parse_set("signal.error-level.quality=95").unwrap();
        assert_eq!((&*setting.method, &*setting.parameter), ("signal.error-level", "quality"));
        assert_eq!(setting.value, 95.0);
        assert!(parse_set("quality=95").is_err());
        assert!(parse_set("signal.error-level.quality=high").is_err());
    }
}

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use indicia_core::Limits;
use indicia_synthesis::forge::{Grid, MaskRule, Share};

use crate::args::parse_limits;

/// Arguments of `indicia forge`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Written are images/, masks/, table.parquet for `indicia eval`, and histories.jsonl, from which --replay makes
the same files again. Masks hold 255 where content was replaced before the final save, else 0.

Exit status:
  0   done
  2   done, but some source could not be used or some forgery could not be made
  64  wrong usage
  130 stopped by Ctrl-C; the same command goes on")]
pub struct ForgeArgs {
    /// Authentic pictures: files, folders (with everything below them), or tables of items with label 0
    #[arg(value_name = "SOURCE", required_unless_present_any = ["list", "replay"])]
    pub sources: Vec<PathBuf>,

    /// List the kinds and presets with their parameters
    #[arg(long, exclusive = true)]
    pub list: bool,

    /// Make the files of a histories.jsonl again; sources are found by their digests among SOURCE, or where
    /// the histories say
    #[arg(long, value_name = "FILE", conflicts_with_all = ["kind", "preset", "per_source"])]
    pub replay: Option<PathBuf>,

    /// Folder for the data set; a stopped command goes on in it
    #[arg(long, value_name = "DIR", required_unless_present = "list")]
    pub out: Option<PathBuf>,

    /// Kinds to make (see --list) [default: the preset's, or all]
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    pub kind: Vec<String>,

    /// Histories under a name (see --list); options below change single points of it
    #[arg(long, value_name = "ID")]
    pub preset: Option<String>,

    /// Forgeries of each kind, or of each kind and source with --per-source
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    pub count: u64,

    /// Make --count forgeries of each kind from every source
    #[arg(long)]
    pub per_source: bool,

    /// Seed: the same seed, sources and options give the same files
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// Reduce sources to this longest side at first [default: as they are]
    #[arg(long, value_name = "PIXELS", value_parser = clap::value_parser!(u32).range(64..=65_535))]
    pub size: Option<u32>,

    /// Parts of the data set with their shares of the sources; groups are never divided, and regions come
    /// from the same part
    #[arg(long, value_name = "NAME=SHARE,...", value_parser = parse_split)]
    pub split: Option<Split>,

    /// Quality of a JPEG before the edit, such as 50..95, 75 or none [default: 50..95, or the preset's]
    #[arg(long, value_name = "RANGE", value_parser = parse_quality)]
    pub quality_first: Option<Quality>,

    /// Quality of a JPEG between the edit and the final file [default: none]
    #[arg(long, value_name = "RANGE", value_parser = parse_quality)]
    pub quality_between: Option<Quality>,

    /// Quality of the final JPEG; none for PNG [default: 60..98, or the preset's]
    #[arg(long, value_name = "RANGE", value_parser = parse_quality)]
    pub quality_last: Option<Quality>,

    /// Whether a crop of 0 to 7 pixels takes the first JPEG's grid off the final one [default: any, or the
    /// preset's]
    #[arg(long, value_enum)]
    pub grid: Option<GridArg>,

    /// Factors of a resize before the first JPEG, such as 0.5..1 [default: none]
    #[arg(long, value_name = "RANGE", value_parser = parse_factor)]
    pub resize_before: Option<(f64, f64)>,

    /// Factors of a resize after the edit [default: none]
    #[arg(long, value_name = "RANGE", value_parser = parse_factor)]
    pub resize_after: Option<(f64, f64)>,

    /// Standard deviations of noise after the edit, in grey levels [default: none]
    #[arg(long, value_name = "RANGE", value_parser = parse_noise)]
    pub noise: Option<(f64, f64)>,

    /// What masks hold: any pixel that the edit touched, or those that it holds by half
    #[arg(long, value_enum, default_value_t = MaskArg::Any)]
    pub mask: MaskArg,

    /// Make an authentic twin with the same history of each forgery (the default)
    #[arg(long, overrides_with = "no_twins")]
    pub twins: bool,

    /// Make no twins
    #[arg(long)]
    pub no_twins: bool,

    /// Format of the table
    #[arg(long, value_enum, default_value_t = TableArg::Parquet)]
    pub table: TableArg,

    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Upper bounds for one source, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,
}

/// `--split`.
#[derive(Debug, Clone, PartialEq)]
pub struct Split(pub Vec<Share>);

/// A range of qualities, or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quality(pub Option<(u8, u8)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GridArg {
    Any,
    Keep,
    Break,
}

impl From<GridArg> for Grid {
    fn from(value: GridArg) -> Self {
        match value {
            GridArg::Any => Self::Any,
            GridArg::Keep => Self::Keep,
            GridArg::Break => Self::Break,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MaskArg {
    Any,
    Half,
}

impl From<MaskArg> for MaskRule {
    fn from(value: MaskArg) -> Self {
        match value {
            MaskArg::Any => Self::Any,
            MaskArg::Half => Self::Half,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum TableArg {
    Parquet,
    Csv,
    Jsonl,
}

impl TableArg {
    /// Name of the table's file.
    pub fn file(self) -> &'static str {
        match self {
            Self::Parquet => "table.parquet",
            Self::Csv => "table.csv",
            Self::Jsonl => "table.jsonl",
        }
    }
}

fn parse_split(text: &str) -> Result<Split, String> {
    let part = |part: &str| {
        let (name, share) =
            part.split_once('=').ok_or_else(|| format!("expected NAME=SHARE, got {part:?}"))?;
        let share = share.trim().parse().map_err(|_| format!("expected a share, got {share:?}"))?;
        Ok::<_, String>(Share { name: name.trim().to_owned(), share })
    };
    let shares: Vec<Share> = text.split(',').map(part).collect::<Result<_, _>>()?;
    let mut names: Vec<&str> = shares.iter().map(|s| s.name.as_str()).collect();
    names.sort_unstable();
    if names.first() == Some(&"") || names.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(format!("expected a name for each part, each once, got {text:?}"));
    }
    Ok(Split(shares))
}

/// `A..B` or `A`, within bounds.
fn parse_range(text: &str, low: f64, high: f64) -> Result<(f64, f64), String> {
    let (a, b) = text.split_once("..").unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|v| (low..=high).contains(v));
    match (number(a), number(b)) {
        (Some(a), Some(b)) if a <= b => Ok((a, b)),
        _ => Err(format!("expected A..B from {low} to {high}, the lower first, or one number, got {text:?}")),
    }
}

fn parse_quality(text: &str) -> Result<Quality, String> {
    if text.trim() == "none" {
        return Ok(Quality(None));
    }
    let (a, b) = parse_range(text, 1.0, 100.0)?;
    if a.fract() != 0.0 || b.fract() != 0.0 {
        return Err(format!("expected whole qualities, got {text:?}"));
    }
    Ok(Quality(Some((a as u8, b as u8))))
}

fn parse_factor(text: &str) -> Result<(f64, f64), String> {
    parse_range(text, 0.05, 8.0)
}

fn parse_noise(text: &str) -> Result<(f64, f64), String> {
    parse_range(text, 0.0, 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_splits_are_read_and_wrong_ones_named() {
        assert_eq!(parse_quality("50..95"), Ok(Quality(Some((50, 95)))));
        assert_eq!(parse_quality("75"), Ok(Quality(Some((75, 75)))));
        assert_eq!(parse_quality("none"), Ok(Quality(None)));
        for bad in ["0..95", "95..50", "50..101", "x", "", "50.5", "NaN"] {
            assert!(parse_quality(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_factor("0.5..1"), Ok((0.5, 1.0)));
        let split = parse_split("train=0.7,test=0.3").unwrap();
        assert_eq!(split.0[1], Share { name: "test".into(), share: 0.3 });
        for bad in ["train", "train=x", "=1", "a=0.5,a=0.5"] {
            assert!(parse_split(bad).is_err(), "{bad}");
        }
    }
}

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use indicia_core::Limits;

use crate::args::{Format, Setting, parse_limits, parse_set};

#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Run methods over a table and write their predictions; goes on where a stopped run ended
    Run(Box<RunArgs>),
    /// Score predictions: anyone's, a table with path, label and score, or masks
    Score(Box<ScoreArgs>),
    /// Compare detectors that judged the same items, in pairs
    Compare(Box<CompareArgs>),
    /// Write a leaderboard: a page, Markdown or JSON by the ending of --out
    Leaderboard(Box<LeaderboardArgs>),
    /// Score answers to a multiple-choice exam (Forensics-Bench), or make a table of it
    Exam(Box<ExamArgs>),
    /// Write the training and test tables of a protocol, for detectors that are trained elsewhere
    Split(SplitArgs),
    /// List the built-in protocols, or print one
    Protocols {
        /// Name of a protocol, such as df40/1
        name: Option<String>,
    },
    /// List the metrics with their definitions
    Metrics,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Exit status:
  0   done
  2   done, but some judgement failed or some file could not be read
  64  wrong usage, or a faulty table
  130 stopped by Ctrl-C; the same command goes on")]
pub struct RunArgs {
    /// Table of items (Parquet, CSV, JSON Lines): path, and label, mask, method, domain, split, group
    pub table: PathBuf,

    /// Folder for the predictions; the same command again goes on in it
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,

    /// Methods to run (see `indicia methods`) [default: all]
    #[arg(long, value_name = "ID,...", value_delimiter = ',')]
    pub methods: Vec<String>,

    /// Protocol whose test items and conditions are run: a built-in name or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    pub protocol: Option<String>,

    /// What is done to the items first, such as clean, jpeg:70 or gaussian_noise@3; may be given several
    /// times [default: the protocol's, or clean]
    #[arg(long = "condition", value_name = "NAME")]
    pub conditions: Vec<String>,

    /// Keep the maps of items with a mask and of authentic items, to be scored against the masks
    #[arg(long)]
    pub maps: bool,

    /// Go on although files are missing; their rows fail
    #[arg(long)]
    pub skip_missing: bool,

    /// Set a parameter of a method, such as signal.error-level.quality=95
    #[arg(long, value_name = "ID.NAME=VALUE", value_parser = parse_set)]
    pub set: Vec<Setting>,

    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Upper bounds for one input, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,
}

/// How predictions are read and scored.
#[derive(Debug, Args)]
pub struct Scoring {
    /// Predictions (Parquet, CSV, JSON Lines), or folders that `indicia eval run` wrote
    #[arg(required = true, value_name = "PREDICTIONS")]
    pub predictions: Vec<PathBuf>,

    /// Table with the truth, joined by path, where the predictions do not hold it
    #[arg(long, value_name = "TABLE")]
    pub table: Option<PathBuf>,

    /// Score by a protocol: a built-in name or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    pub protocol: Option<String>,

    /// What the scores mean, where the predictions do not say it [default: probability if all lie between 0
    /// and 1, else raw]
    #[arg(long, value_enum, value_name = "KIND")]
    pub score_kind: Option<KindArg>,

    /// Scores from here on decide for label 1, where there is no column decision
    #[arg(long, value_name = "X", allow_negative_numbers = true)]
    pub threshold: Option<f64>,

    /// Score what is there although predictions lack items of --table
    #[arg(long)]
    pub partial: bool,

    /// How frames of a video (column video) become its score
    #[arg(long, value_enum, default_value_t = VideoArg::Mean)]
    pub video: VideoArg,

    /// Pixels of a map from here on are called altered
    #[arg(long, value_name = "X", default_value_t = 0.5)]
    pub pixel_threshold: f32,

    /// Leave pixels near the edge of a mask out, as TruFor does (eroded by 15, dilated by 11)
    #[arg(long)]
    pub trimap: bool,

    /// Take the better one of each map and its inverse, as TruFor does (optimistic)
    #[arg(long)]
    pub inverted: bool,

    /// Bring maps of another size to their mask by nearest neighbour
    #[arg(long)]
    pub resize: bool,

    /// When a predicted box hits a true one, for sensitivity at false positives a picture: from IoU 0.5 on, or
    /// with its centre inside
    #[arg(long, value_enum, value_name = "RULE", default_value_t = HitArg::Iou)]
    pub box_hit: HitArg,

    /// Predicted boxes from this score on count for precision, recall, F1 and the Hungarian IoU
    #[arg(long, value_name = "X", default_value_t = 0.5, allow_negative_numbers = true)]
    pub box_threshold: f64,

    /// Resamples for intervals; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub replicates: usize,

    /// Upper bounds for one map or mask, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KindArg {
    Raw,
    Probability,
    LogLikelihoodRatio,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HitArg {
    Iou,
    Centre,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum VideoArg {
    Mean,
    Max,
    Median,
}

#[derive(Debug, Args)]
pub struct ScoreArgs {
    #[command(flatten)]
    pub scoring: Scoring,

    /// What to print: tables for people, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Put ROC, precision-recall and reliability curves into the JSON
    #[arg(long)]
    pub curves: bool,
}

#[derive(Debug, Args)]
pub struct CompareArgs {
    #[command(flatten)]
    pub scoring: Scoring,

    /// Metrics that are compared (see `indicia eval metrics`, section image)
    #[arg(long, value_name = "ID,...", value_delimiter = ',', default_values_t = ["auc".to_owned(), "ap".to_owned(), "balanced_accuracy".to_owned()])]
    pub metrics: Vec<String>,

    /// What to print: tables for people, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
}

#[derive(Debug, Args)]
pub struct LeaderboardArgs {
    #[command(flatten)]
    pub scoring: Scoring,

    /// File to write: .html for a page, .md for Markdown, .json
    #[arg(long, value_name = "FILE", required = true)]
    pub out: Vec<PathBuf>,

    /// Title of the page
    #[arg(long, default_value = "Leaderboard")]
    pub title: String,

    /// Leave pictures of items out of the page
    #[arg(long)]
    pub private: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Answers are told from free text by rules: the only option letter that stands alone, else the only option whose
text the answer contains; refusals and what cannot be told are wrong. Beside every model stand each constant
letter, the best of them, and chance: its expected value and one draw.

With --table the exam becomes a table of items, and with --predictions the answers become predictions for it,
which `indicia eval score --protocol forensics-bench/VIEW` scores.")]
pub struct ExamArgs {
    /// Exam in VLMEvalKit's layout: index, question, A, B, ..., answer, category, and hint, split, image
    pub exam: PathBuf,

    /// Answers of a model: index, and prediction or text; may be given several times
    #[arg(long, value_name = "FILE")]
    pub answers: Vec<PathBuf>,

    /// How options are told from text
    #[arg(long, value_name = "NAME", default_value = "forensics-bench", value_parser = ["forensics-bench", "vlmevalkit", "described"])]
    pub rules: String,

    /// What becomes of items without an answer
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = UnansweredArg::Refuse)]
    pub unanswered: UnansweredArg,

    /// Only the items of this split
    #[arg(long, value_name = "NAME")]
    pub split: Option<String>,

    /// Seed of the random answers
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,

    /// Resamples for intervals; 0 for none
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub replicates: usize,

    /// Write the exam as a table of items instead of scoring it (.parquet, .csv, .jsonl)
    #[arg(long, value_name = "OUT")]
    pub table: Option<PathBuf>,

    /// Folder for the pictures of --table
    #[arg(long, value_name = "DIR", requires = "table")]
    pub pictures: Option<PathBuf>,

    /// Write the answers as predictions for --table
    #[arg(long, value_name = "OUT", requires = "table", requires = "answers")]
    pub predictions: Option<PathBuf>,

    /// What to print: tables for people, or one JSON object
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// File to write besides: .html for a page
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnansweredArg {
    /// They are an error
    Refuse,
    /// They are left out of the accuracy
    LeaveOut,
    /// They are wrong
    Wrong,
}

#[derive(Debug, Args)]
pub struct SplitArgs {
    /// Table of items
    pub table: PathBuf,

    /// Protocol: a built-in name or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    pub protocol: String,

    /// Folder for train-NAME.parquet and test.parquet
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
}

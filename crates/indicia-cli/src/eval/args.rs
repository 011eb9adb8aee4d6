use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use indicia_core::Limits;

use crate::args::{Format, Setting, parse_limits, parse_set};

#[derive(Debug, Subcommand)]
pub enum EvalCommand {
    /// Make a table of items from a folder: real and fake, masks, COCO, BRAT, or a table with other columns
    Table(Box<TableArgs>),
    /// Describe a table: counts, faults, copies across splits, and what tells the label without the content
    Describe(DescribeArgs),
    /// Run methods over a table and write their predictions; goes on where a stopped run ended
    Run(Box<RunArgs>),
    /// Score predictions: anyone's, a table with path, label and score, or masks, spans, texts, references
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
Layouts, detected in this order, or forced by --layout:
  coco     JSON with images, annotations and categories, in the folder or below. Pictures
           lie beside it, in images or in a folder named as the file or its last word.
           Column boxes: [{\"box\": [x, y, width, height], \"type\", \"crowd\"}]. Polygons
           and run lengths are not drawn: there are no masks.
  brat     NAME.txt with NAME.ann. Column spans: [{\"start\", \"end\", \"type\"}] in
           characters, the end not included; each part of a span with gaps is a span of its
           own, with the annotation's id as part_of.
  classes  folders named real, fake, authentic, tampered, 0_real, 1_fake, nature, ai, Au, Tp
           and the like, at any depth. train, val, test become split; the folder above the
           class (progan/0_real) or below fake (fake/progan) becomes method, one below real
           domain, further ones class.
  masks    NAME.mask.png, NAME_mask.png, NAME_gt.png beside NAME.*, or the same names in
           folders masks or gt. Label 1 where the mask has altered pixels. A picture without
           a mask has no label, unless it lies in a folder such as pristine (see
           --unmasked). Classes and masks may occur together.
  table    CSV, Parquet or JSON Lines whose columns have other names (image, filename,
           target, is_fake, generator, subset, patient_id, ...): guessed, or given by --map.
           Other columns are kept.

Columns written: path (relative to the table), label (1 fake, 0 authentic), mask, method,
domain, split, group, digest (sha256:...), and what the layout gives besides. Columns
without any value are left out. Only pictures, PDF, DICOM and text get in, told by content;
what is left out is counted by reason.

Exit status:
  0   done
  64  wrong usage, no known layout, or faulty annotations")]
pub struct TableArgs {
    /// Folder, or a COCO file or table in place of it
    #[arg(value_name = "FOLDER")]
    pub source: PathBuf,

    /// Table to write: .parquet, .csv or .jsonl
    #[arg(long, value_name = "TABLE")]
    pub out: PathBuf,

    /// Layout [default: detected]
    #[arg(long, value_enum, value_name = "NAME")]
    pub layout: Option<LayoutArg>,

    /// Label of items that have none
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u8).range(0..=1))]
    pub label: Option<u8>,

    /// Split of items that have none
    #[arg(long, value_name = "NAME")]
    pub split: Option<String>,

    /// Domain of items that have none
    #[arg(long, value_name = "NAME")]
    pub domain: Option<String>,

    /// What items of one source have in common: column:NAME, prefix:TEXT (the file's name up to it), folder, or
    /// near or near:BITS (pictures whose perceptual hashes differ in at most 4 bits)
    #[arg(long, value_name = "RULE", value_parser = super::table::parse_group)]
    pub group: Option<indicia_eval::layout::GroupRule>,

    /// Columns of the source table, such as path=image_name,label=target
    #[arg(long, value_name = "NAME=COLUMN,...", value_delimiter = ',', value_parser = super::table::parse_map)]
    pub map: Vec<(String, String)>,

    /// What words of the label column, or names of folders, mean, such as 2=1,real=0
    #[arg(long, value_name = "WORD=0|1,...", value_delimiter = ',', value_parser = super::table::parse_label)]
    pub label_map: Vec<(String, bool)>,

    /// What a picture without a mask is, among pictures with masks [default: it has no label]
    #[arg(long, value_enum, value_name = "WHAT")]
    pub unmasked: Option<UnmaskedArg>,

    /// Leave the digests out
    #[arg(long)]
    pub no_digest: bool,

    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Upper bounds for one file, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LayoutArg {
    Classes,
    Masks,
    Coco,
    Brat,
    Table,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum UnmaskedArg {
    /// Label 0
    Authentic,
}

#[derive(Debug, Args)]
#[command(after_long_help = "\
Confounds are properties that tell the label without a look at the content: format, file
size, bytes a pixel, width, height, pixels, aspect ratio, JPEG quality, quantisation tables,
subsampling and process, bits and channels, presence of EXIF, XMP, ICC profile and
thumbnail, software tag, and the table's columns (method apart). Each has its AUC for the
label: numbers by rank in either direction, or in bins where the rank tells less; words by
the share of fakes among items of the same value in the other folds of a five-fold cross-
validation; all together by boosted stumps, out of fold.

Exit status:
  0   done
  64  wrong usage, or not a table")]
pub struct DescribeArgs {
    /// Table of items (Parquet, CSV, JSON Lines): path, and label, mask, method, domain, split, group
    pub table: PathBuf,

    /// What to print: tables for people, or one indicia.table/1 object
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,

    /// Decode no pixels: no perceptual hashes, and no search for pictures that look alike
    #[arg(long)]
    pub no_hash: bool,

    /// Threads to work with [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,

    /// Upper bounds for one file, such as pixels=50M,memory=2G
    #[arg(long, value_name = "NAME=N,...", value_parser = parse_limits)]
    pub limits: Option<Limits>,
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

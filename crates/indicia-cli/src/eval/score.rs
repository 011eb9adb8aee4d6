use std::path::{Path, PathBuf};

use anyhow::Result;
use indicia_eval::metrics::binary::ScoreKind;
use indicia_eval::metrics::boxes::{BoxProtocol, HitRule};
use indicia_eval::metrics::pixel::{PixelProtocol, Trimap};
use indicia_eval::protocol::{self, Protocol, ProtocolReport};
use indicia_eval::report::{self, About};
use indicia_eval::run::PREDICTIONS;
use indicia_eval::score::{self, Options, Predictions, Reading, Scores, VideoRule, definition};
use indicia_eval::stats::Bootstrap;
use serde_json::{Value, json};

use super::args::{HitArg, KindArg, ScoreArgs, Scoring, VideoArg};
use crate::args::Format;
use crate::output::print_line;
use crate::work::progress;

/// Metrics that people see first; those without any value are left out.
const SHOWN: &[&str] = &[
    "auc",
    "ap",
    "eer",
    "balanced_accuracy",
    "tpr_at_fpr_0.01",
    "false_positive_rate",
    "cllr",
    "ece",
    "video.auc",
    "pixel.f1",
    "pixel.iou",
    "pixel.auc",
    "pixel.false_alarm_images",
    "classes.accuracy",
    "boxes.map50",
    "boxes.map50_95",
    "boxes.ar100",
    "boxes.cpm",
    "boxes.sensitivity_at_fppi_0.5",
    "segments.ap50_95",
    "segments.ar100",
    "spans.exact_f1",
    "spans.overlap_f1",
    "spans.token_f1",
    "spans.binary_overlap_recall",
    "spans.covered_recall",
    "text.bleu_4",
    "text.rouge_l",
    "text.token_f1",
    "retrieval.mu_ap",
    "retrieval.recall_at_p90",
    "retrieval.recall_at_1",
    "choice.accuracy",
    "choice.point_score",
    "choice.pair_accuracy",
];

/// Predictions with what was made of them.
pub struct Scored {
    pub predictions: Predictions,
    pub about: About,
    pub scores: Vec<Scores>,
    pub protocol: Option<ProtocolReport>,
}

/// Reads predictions and scores them, by a protocol if one is named.
pub fn scored(args: &Scoring) -> Result<Scored> {
    let protocol = args.protocol.as_deref().map(Protocol::load).transpose()?;
    let columns = protocol.as_ref().map(Protocol::columns).unwrap_or_default();
    let predictions = read(args, columns)?;
    let bar = progress(predictions.maps() as u64, "maps");
    let advance = || bar.inc(1);
    let options = options(args, Some(&advance));
    let (scores, protocol) = match &protocol {
        None => (score::score(&predictions, &options)?, None),
        Some(protocol) => {
            let report = protocol::score(&predictions, protocol, &options)?;
            (report.cells.iter().flat_map(|c| c.scores.clone()).collect(), Some(report))
        }
    };
    bar.finish_and_clear();
    let about = About::of(&predictions, command_line())?;
    if let Some(missing) = predictions.missing() {
        eprintln!("indicia: {missing}");
    }
    Ok(Scored { predictions, about, scores, protocol })
}

/// Reads predictions; a folder means the predictions of the run in it.
pub fn read(args: &Scoring, columns: Vec<String>) -> Result<Predictions> {
    let file = |path: &PathBuf| if path.is_dir() { path.join(PREDICTIONS) } else { path.clone() };
    let paths: Vec<PathBuf> = args.predictions.iter().map(file).collect();
    if let Some(unfinished) = paths.iter().find(|p| p.ends_with(PREDICTIONS) && !p.exists()) {
        let folder = unfinished.parent().unwrap_or(Path::new(".")).display().to_string();
        anyhow::bail!(
            "{folder} holds no finished run ({PREDICTIONS} is not there); run `indicia eval run` to its end"
        );
    }
    let reading = Reading { table: args.table.clone(), columns, partial: args.partial };
    Ok(Predictions::read(&paths, &reading)?)
}

pub fn options<'a>(args: &Scoring, progress: Option<&'a (dyn Fn() + Sync)>) -> Options<'a> {
    Options {
        score_kind: args.score_kind.map(|kind| match kind {
            KindArg::Raw => ScoreKind::Raw,
            KindArg::Probability => ScoreKind::Probability,
            KindArg::LogLikelihoodRatio => ScoreKind::LogLikelihoodRatio,
        }),
        threshold: args.threshold,
        video: match args.video {
            VideoArg::Mean => VideoRule::Mean,
            VideoArg::Max => VideoRule::Max,
            VideoArg::Median => VideoRule::Median,
        },
        bootstrap: Bootstrap { replicates: args.replicates, ..Bootstrap::default() },
        pixel: PixelProtocol {
            threshold: args.pixel_threshold,
            trimap: args.trimap.then_some(Trimap::TRUFOR),
            inverted: args.inverted,
            resize: args.resize,
            ..PixelProtocol::default()
        },
        boxes: BoxProtocol {
            hit: match args.box_hit {
                HitArg::Iou => HitRule::Iou,
                HitArg::Centre => HitRule::Centre,
            },
            threshold: args.box_threshold,
        },
        limits: args.limits.clone().unwrap_or_default(),
        progress,
        ..Options::default()
    }
}

/// The command as it was typed.
pub fn command_line() -> String {
    let quoted =
        |arg: String| if arg.contains([' ', '\'', '"', '*', ';']) { format!("{arg:?}") } else { arg };
    let args = std::env::args_os().skip(1).map(|arg| quoted(arg.to_string_lossy().into_owned()));
    std::iter::once("indicia".to_owned()).chain(args).collect::<Vec<_>>().join(" ")
}

/// Scores predictions and prints what came out.
pub fn run(args: &ScoreArgs) -> Result<u8> {
    let scored = scored(&args.scoring)?;
    match args.format {
        Format::Json => print_line(&format!("{:#}", to_json(&scored, args.curves)))?,
        Format::Human => print_line(to_text(&scored).trim_end())?,
    }
    Ok(0)
}

/// All as one object.
pub fn to_json(scored: &Scored, curves: bool) -> Value {
    match &scored.protocol {
        None => scored.about.scores(&scored.scores, curves),
        Some(report) => {
            let mut out = scored.about.head(scored.scores.iter());
            if let Value::Object(report) = report.to_json() {
                out.extend(report);
            }
            json!(out)
        }
    }
}

/// Metrics with a value in any of the scores.
pub fn shown_metrics(scored: &Scored) -> Vec<String> {
    if let Some(report) = &scored.protocol {
        return report.protocol.metrics.clone();
    }
    let has = |metric: &&&str| scored.scores.iter().any(|s| s.metric(metric).is_some());
    SHOWN.iter().filter(has).map(|m| (*m).to_owned()).collect()
}

fn to_text(scored: &Scored) -> String {
    let metrics = shown_metrics(scored);
    let mut out = String::new();
    match &scored.protocol {
        None => out += &report::results(&scored.scores, &metrics).text(),
        Some(report) => {
            out += &format!("{}\n{}\n", report.protocol.title, report.protocol.description);
            for cell in &report.cells {
                if report.cells.len() > 1 {
                    out += &format!("\n{}\n", cell.cell.name);
                }
                out += &format!("\n{}", report::results(&cell.scores, &metrics).text());
            }
            for (title, grid) in report::matrix(report) {
                out += &format!("\n{title}\n{}", grid.text());
            }
            if let Some(grid) = report::subgroups(report) {
                out += &format!("\n{}", grid.text());
            }
            if let Some(grid) = report::derived(report) {
                out += &format!("\n{}", grid.text());
                for measure in protocol::MEASURES.iter() {
                    if report.derived.iter().any(|d| d.measure == measure.id) {
                        out += &format!("{}: {}\n", measure.name, measure.text);
                    }
                }
            }
            let averages = report::averages(report);
            if !averages.rows.is_empty() {
                out += &format!("\n{}", averages.text());
            }
        }
    }
    for note in report::notes(&scored.scores) {
        out += &format!("\n{note}\n");
    }
    out.push('\n');
    for metric in &metrics {
        if let Some(definition) = definition(metric) {
            let direction = if definition.higher_is_better { "higher" } else { "lower" };
            out += &format!("{}: {} ({direction} is better)\n", report::heading(metric), definition.text);
        }
    }
    out
}

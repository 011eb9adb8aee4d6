use std::collections::{BTreeMap, HashSet};

use indicia_core::{Limits, Result};
use serde::Serialize;

use super::classes::{self, ClassReport};
use super::intern::NONE;
use super::predictions::Status;
use super::{OpenSet, Predictions, Series, pixel, retrieval, sections};
use crate::metrics::Section;
use crate::metrics::binary::{self, BinaryReport, ScoreKind};
use crate::metrics::boxes::BoxProtocol;
use crate::metrics::pixel::{PixelProtocol, PixelReport};
use crate::stats::Bootstrap;

/// How predictions are scored.
#[derive(Clone)]
pub struct Options<'a> {
    /// What scores mean where the predictions do not say it. Without it scores that all lie between 0 and 1
    /// are taken as probabilities, which the result states.
    pub score_kind: Option<ScoreKind>,
    /// Scores from here on decide for label 1 where there is no column `decision`.
    pub threshold: Option<f64>,
    /// How the frames of a video become its score.
    pub video: VideoRule,
    /// Resampling for intervals.
    pub bootstrap: Bootstrap,
    /// How maps are compared with masks.
    pub pixel: PixelProtocol,
    /// How boxes are compared.
    pub boxes: BoxProtocol,
    /// Bounds for decoders of maps and masks.
    pub limits: Limits,
    /// Which classes are known, where attribution with rejection is measured. A protocol sets it.
    pub open_set: Option<OpenSet<'a>>,
    /// Column of the family of an item's class, where attribution to families is measured. A protocol sets it.
    pub family: Option<&'a str>,
    /// Called for every map that is done.
    pub progress: Option<&'a (dyn Fn() + Sync)>,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            score_kind: None,
            threshold: None,
            video: VideoRule::Mean,
            bootstrap: Bootstrap::default(),
            pixel: PixelProtocol::default(),
            boxes: BoxProtocol::default(),
            limits: Limits::default(),
            open_set: None,
            family: None,
            progress: None,
        }
    }
}

/// How the frames of a video become its score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoRule {
    /// Mean of all frames.
    Mean,
    /// Highest frame.
    Max,
    /// Median of all frames.
    Median,
}

/// How many items a detector spoke of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Coverage {
    /// Items.
    pub items: usize,
    /// With a score.
    pub scored: usize,
    /// To which the detector does not apply.
    pub not_applicable: usize,
    /// On which it failed.
    pub failed: usize,
}

/// An item that a detector got most wrong.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    /// Its path.
    pub path: String,
    /// Its score.
    pub score: f64,
    /// Its label.
    pub label: bool,
}

/// Scores of one series of answers on one set of items.
#[derive(Debug, Clone)]
pub struct Scores {
    /// Whose answers.
    pub series: Series,
    /// How many items they cover.
    pub coverage: Coverage,
    /// True if the meaning of scores was guessed from their range.
    pub kind_assumed: bool,
    /// Decision of each picture, frame or document.
    pub image: Option<BinaryReport>,
    /// Decision of each video.
    pub video: Option<BinaryReport>,
    /// Maps against masks.
    pub pixel: Option<PixelReport>,
    /// Decision among classes.
    pub classes: Option<ClassReport>,
    /// Other kinds of output that the predictions hold: boxes, spans, segments, ranks, texts.
    pub sections: Vec<Section>,
    /// The highest scores of authentic and the lowest of forged items.
    pub worst: Vec<Example>,
}

/// Examples of each sort that are shown.
const WORST: usize = 6;

/// Scores every series on all its items.
///
/// Boxes are a list a row in `boxes` and `predicted_boxes`: `[{"box": [x, y, width, height], "type": "gun",
/// "score": 0.9}, ...]`, or `[x, y, width, height, score]` each. `bbox` stands for `box`, and `category` or
/// `label` for `type`; true boxes have no score and may have `crowd` (or `iscrowd`) and `area`. Time segments
/// are `[{"start": 1.5, "end": 3.0, "type": "splice", "score": 0.8}, ...]` or `[start, end, score]` each in
/// `segments` and `predicted_segments`. An empty list means that nothing is there; an empty cell of the truth
/// does where the label is 0.
///
/// # Errors
/// `Input` with row and column for a missing label, map or mask, maps of another size than their mask, a
/// probability outside 0 to 1.
pub fn score(predictions: &Predictions, options: &Options<'_>) -> Result<Vec<Scores>> {
    let rows = rows_by_series(predictions, |_| true);
    rows.iter().enumerate().map(|(series, rows)| score_rows(predictions, series, rows, options)).collect()
}

/// Indices of the rows of each series that are kept.
pub(crate) fn rows_by_series(predictions: &Predictions, keep: impl Fn(usize) -> bool) -> Vec<Vec<u32>> {
    let mut rows = vec![vec![]; predictions.series.len()];
    for (index, row) in predictions.rows.iter().enumerate().filter(|(index, _)| keep(*index)) {
        rows[row.series as usize].push(index as u32);
    }
    rows
}

/// Scores the rows (by index) of one series.
pub(crate) fn score_rows(
    predictions: &Predictions,
    series: usize,
    rows: &[u32],
    options: &Options<'_>,
) -> Result<Scores> {
    let ranked = retrieval::is_ranked(predictions, rows);
    let mut coverage = Coverage::default();
    let (mut used, mut seen) = (vec![], HashSet::new());
    for &index in rows {
        let row = &predictions.rows[index as usize];
        // A query has a row for each reference, and is one item.
        let counted = usize::from(!ranked || seen.insert(row.item));
        coverage.items += counted;
        match row.status {
            Status::Scored => {
                used.push(index);
                coverage.scored += counted;
            }
            Status::NotApplicable => coverage.not_applicable += counted,
            Status::Failed => coverage.failed += counted,
        }
    }
    let series = predictions.series[series].clone();
    let (kind, kind_assumed) = kind_of(predictions, &used, &series, options);
    let mut scores = Scores {
        series,
        coverage,
        kind_assumed,
        image: None,
        video: None,
        pixel: pixel::score(predictions, &used, options)?,
        classes: classes::score(predictions, &used, options)?,
        sections: sections::score(predictions, &used, options)?,
        worst: vec![],
    };
    let has_scores = used.iter().any(|i| !predictions.rows[*i as usize].score.is_nan());
    // Scores of references rank them; they do not judge the query.
    if has_scores && !ranked {
        let frames = Items::of_rows(predictions, &used)?;
        scores.worst = frames.worst(predictions);
        scores.image = Some(frames.evaluate(kind, options)?);
        if predictions.codes("video").is_some() {
            let videos = frames.by_video(predictions, options.video)?;
            scores.video = Some(videos.evaluate(kind, options)?);
        }
    }
    Ok(scores)
}

/// True if a row has a score.
pub(crate) fn scored(predictions: &Predictions, index: usize) -> bool {
    let row = &predictions.rows[index];
    row.status == Status::Scored && !row.score.is_nan()
}

/// Groups of rows; a row without one stands for itself, numbered after the groups there are.
pub(crate) fn groups(predictions: &Predictions, rows: &[u32]) -> Vec<u32> {
    let mut next = predictions.texts.len();
    let group = |&index: &u32| match predictions.rows[index as usize].group {
        NONE => {
            next += 1;
            next - 1
        }
        group => group,
    };
    rows.iter().map(group).collect()
}

/// What the scores of rows mean, and whether that was guessed.
pub(crate) fn kind_of(
    predictions: &Predictions,
    used: &[u32],
    series: &Series,
    options: &Options<'_>,
) -> (ScoreKind, bool) {
    if let Some(kind) = series.score_kind.or(options.score_kind) {
        return (kind, false);
    }
    let unit = |index: &u32| (0.0..=1.0).contains(&predictions.rows[*index as usize].score);
    if !used.is_empty() && used.iter().all(unit) {
        (ScoreKind::Probability, true)
    } else {
        (ScoreKind::Raw, true)
    }
}

/// Labelled scores.
pub(crate) struct Items {
    rows: Vec<u32>,
    scores: Vec<f64>,
    labels: Vec<bool>,
    decisions: Option<Vec<bool>>,
    groups: Vec<u32>,
}

impl Items {
    pub(crate) fn of_rows(predictions: &Predictions, used: &[u32]) -> Result<Self> {
        let count = used.len();
        let mut items = Self {
            rows: used.to_vec(),
            scores: Vec::with_capacity(count),
            labels: Vec::with_capacity(count),
            decisions: Some(Vec::with_capacity(count)),
            groups: groups(predictions, used),
        };
        for &index in used {
            let row = &predictions.rows[index as usize];
            let Some(label) = row.label else {
                let nothing = "expected a label 0 or 1, got nothing (labels may come from --table)";
                return Err(predictions.at(index as usize, "label", &nothing));
            };
            items.scores.push(row.score);
            items.labels.push(label);
            match (row.decision, &mut items.decisions) {
                (Some(decision), Some(decisions)) => decisions.push(decision),
                _ => items.decisions = None,
            }
        }
        Ok(items)
    }

    pub(crate) fn labels(&self) -> &[bool] {
        &self.labels
    }

    pub(crate) fn groups(&self) -> &[u32] {
        &self.groups
    }

    /// As the metrics take them.
    pub(crate) fn predictions(&self, kind: ScoreKind, threshold: Option<f64>) -> binary::Predictions<'_> {
        binary::Predictions { scores: &self.scores, kind, decisions: self.decisions.as_deref(), threshold }
    }

    fn evaluate(&self, kind: ScoreKind, options: &Options<'_>) -> Result<BinaryReport> {
        let settings = binary::Options { bootstrap: options.bootstrap, ..binary::Options::default() };
        let predictions = self.predictions(kind, options.threshold);
        binary::evaluate(&predictions, &self.labels, Some(&self.groups), &settings)
    }

    /// Videos of frames: label 1 if any frame has it. Rows without a video are left out.
    fn by_video(&self, predictions: &Predictions, rule: VideoRule) -> Result<Self> {
        let codes = predictions.codes("video").unwrap_or_default();
        let mut videos: BTreeMap<u32, (Vec<f64>, bool, u32, u32)> = BTreeMap::new();
        for (at, &row) in self.rows.iter().enumerate() {
            let code = codes[row as usize];
            if code == NONE {
                continue;
            }
            let video = videos.entry(code).or_insert_with(|| (vec![], false, self.groups[at], row));
            video.0.push(self.scores[at]);
            video.1 |= self.labels[at];
        }
        let mut items =
            Self { rows: vec![], scores: vec![], labels: vec![], decisions: None, groups: vec![] };
        for (scores, label, group, row) in videos.into_values() {
            items.scores.push(rule.apply(scores));
            items.labels.push(label);
            items.groups.push(group);
            items.rows.push(row);
        }
        Ok(items)
    }

    fn worst(&self, predictions: &Predictions) -> Vec<Example> {
        let of = |wanted: bool| {
            let mut places: Vec<usize> = (0..self.rows.len()).filter(|i| self.labels[*i] == wanted).collect();
            let order = |a: &usize, b: &usize| {
                let falling = self.scores[*b].total_cmp(&self.scores[*a]);
                if wanted { falling.reverse() } else { falling }
            };
            if places.len() > WORST {
                places.select_nth_unstable_by(WORST, order);
                places.truncate(WORST);
            }
            places.sort_by(order);
            places
        };
        let example = |at: usize| Example {
            path: predictions.item(predictions.rows[self.rows[at] as usize].item).to_owned(),
            score: self.scores[at],
            label: self.labels[at],
        };
        of(false).into_iter().chain(of(true)).map(example).collect()
    }
}

impl VideoRule {
    fn apply(self, mut scores: Vec<f64>) -> f64 {
        match self {
            Self::Mean => scores.iter().sum::<f64>() / scores.len() as f64,
            Self::Max => scores.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Self::Median => {
                scores.sort_unstable_by(f64::total_cmp);
                let middle = scores.len() / 2;
                if scores.len() % 2 == 1 {
                    scores[middle]
                } else {
                    (scores[middle - 1] + scores[middle]) / 2.0
                }
            }
        }
    }
}

//! Detectors side by side.

use askama::Template;
use indicia_core::{Error, Picture, Result};
use indicia_eval::metrics::binary::BinaryReport;
use indicia_eval::protocol::ProtocolReport;
use indicia_eval::report::{About, Grid, averages, derived, heading, matrix, notes, shown, subgroups};
use indicia_eval::score::{Scores, definition};

use super::chart::{Chart, Key, Line};
use super::encode;
use super::page::{STYLE, policy};
use super::resample::shrink;
use super::words::visible;

const SCRIPT: &str =
    concat!(include_str!("../../templates/sort.js"), include_str!("../../templates/leaderboard.js"));

/// Long side of an example, in pixels.
const THUMBNAIL: usize = 150;
/// Lines of a chart; more are told, not drawn.
const LINES: usize = 24;

/// What a leaderboard shows.
pub struct Board<'a> {
    /// Its title.
    pub title: &'a str,
    /// Where the numbers come from.
    pub about: &'a About,
    /// The scores.
    pub scores: &'a [Scores],
    /// Metrics in their order, as protocols name them.
    pub metrics: &'a [String],
    /// The protocol's report, if there is one.
    pub protocol: Option<&'a ProtocolReport>,
    /// Gives the picture of an item by its path; `None` if it cannot or must not be shown.
    pub picture: &'a dyn Fn(&str) -> Option<Picture>,
}

#[derive(Template)]
#[template(path = "leaderboard.html")]
struct Page {
    policy: String,
    style: &'static str,
    script: &'static str,
    title: String,
    headings: Vec<Heading>,
    also: Vec<&'static str>,
    rows: Vec<Row>,
    notes: Vec<String>,
    figures: Vec<Figure>,
    grids: Vec<(String, Grid)>,
    examples: Vec<Examples>,
    definitions: Vec<(String, &'static str)>,
    protocol: Option<(String, String, String)>,
    facts: Vec<(String, String)>,
}

struct Heading {
    name: String,
    direction: &'static str,
}

struct Row {
    names: Vec<String>,
    items: usize,
    scored: usize,
    cells: Vec<Value>,
}

struct Value {
    text: String,
    interval: String,
    key: String,
    best: bool,
}

struct Figure {
    title: &'static str,
    says: String,
    svg: String,
    keys: Vec<Key>,
    left_out: usize,
}

struct Examples {
    name: String,
    sorts: Vec<(&'static str, Vec<Shown>)>,
}

struct Shown {
    path: String,
    score: String,
    uri: Option<String>,
}

/// Renders a leaderboard as one self-contained page that sorts without a network.
///
/// # Errors
/// `Internal` if a picture or the template cannot be encoded.
pub fn render_leaderboard(board: &Board<'_>) -> Result<String> {
    let head = |metric: &String| {
        let higher = definition(metric).is_none_or(|d| d.higher_is_better);
        Heading {
            name: heading(metric),
            direction: if higher { "higher is better" } else { "lower is better" },
        }
    };
    let also = also(board.scores);
    let word = |metric: &String| definition(metric).map(|d| (heading(metric), d.text));
    let page = Page {
        policy: policy(SCRIPT),
        style: STYLE,
        script: SCRIPT,
        title: visible(board.title),
        headings: board.metrics.iter().map(head).collect(),
        rows: rows(board, &also),
        also,
        notes: notes(board.scores),
        figures: figures(board),
        grids: grids(board),
        examples: examples(board)?,
        definitions: board.metrics.iter().filter_map(word).collect(),
        protocol: board.protocol.map(|p| {
            (visible(&p.protocol.title), visible(&p.protocol.description), visible(&p.protocol.source))
        }),
        facts: facts(board.about),
    };
    page.render().map_err(|error| Error::internal_from("the leaderboard could not be written", error))
}

/// Parts of a series' name that are used.
fn also(scores: &[Scores]) -> Vec<&'static str> {
    let used = [
        ("trained on", scores.iter().any(|s| !s.series.trained_on.is_empty())),
        ("seed", scores.iter().any(|s| !s.series.seed.is_empty())),
    ];
    used.into_iter().filter(|(_, used)| *used).map(|(name, _)| name).collect()
}

fn rows(board: &Board<'_>, also: &[&'static str]) -> Vec<Row> {
    let best = |metric: &String, condition: &str| {
        let higher = definition(metric).is_none_or(|d| d.higher_is_better);
        let of = board.scores.iter().filter(|s| s.series.condition == condition);
        let values = of.filter_map(|s| s.metric(metric)).map(|e| e.value);
        values.reduce(|a, b| if (a > b) == higher { a } else { b })
    };
    let row = |s: &Scores| {
        let mut names = vec![visible(&s.series.detector), visible(&s.series.condition)];
        names.extend(
            also.iter()
                .map(|name| visible(if *name == "seed" { &s.series.seed } else { &s.series.trained_on })),
        );
        let cell = |metric: &String| {
            let estimate = s.metric(metric);
            let text = shown(estimate);
            let (value, interval) = text.split_once(' ').unwrap_or((&text, ""));
            Value {
                text: value.to_owned(),
                interval: interval.to_owned(),
                key: estimate.map_or("-1e9".to_owned(), |e| e.value.to_string()),
                best: estimate.is_some_and(|e| best(metric, &s.series.condition) == Some(e.value)),
            }
        };
        Row {
            names,
            items: s.coverage.items,
            scored: s.coverage.scored,
            cells: board.metrics.iter().map(cell).collect(),
        }
    };
    board.scores.iter().map(row).collect()
}

fn figures(board: &Board<'_>) -> Vec<Figure> {
    let mut conditions: Vec<&str> = vec![];
    for scores in board.scores {
        if !conditions.contains(&scores.series.condition.as_str()) {
            conditions.push(&scores.series.condition);
        }
    }
    let Some(&first) = conditions.first() else { return vec![] };
    let of_first = || board.scores.iter().filter(move |s| s.series.condition == first);
    let mut figures = vec![];
    let mut unit =
        |title, x: &str, y: &str, says: String, diagonal, points: &dyn Fn(&BinaryReport) -> Vec<[f64; 2]>| {
            let line = |s: &Scores| {
                let points = points(s.image.as_ref()?);
                (!points.is_empty()).then(|| Line { name: visible(&short(s)), points })
            };
            let lines = of_first().filter_map(line).collect();
            let chart =
                Chart { x: x.into(), y: y.into(), range: [0.0, 1.0], places: vec![], diagonal, lines };
            figures.extend(figure(title, says, chart));
        };
    let under = if conditions.len() > 1 { format!(" Condition: {first}.") } else { String::new() };
    unit(
        "ROC",
        "false positive rate",
        "true positive rate",
        format!("Every threshold's false alarms and hits; the diagonal is chance.{under}"),
        true,
        &|r| {
            let curve = r.curves.roc.as_ref();
            curve.map_or(vec![], |c| pairs(&c.false_positive_rate, &c.true_positive_rate))
        },
    );
    unit(
        "Precision and recall",
        "recall",
        "precision",
        format!("Share of alarms that are right over share of forgeries found.{under}"),
        false,
        &|r| {
            let curve = r.curves.precision_recall.as_ref();
            curve.map_or(vec![], |c| pairs(&c.recall, &c.precision))
        },
    );
    unit(
        "Reliability",
        "stated probability",
        "observed share",
        format!(
            "On the diagonal probabilities can be taken at their word; only detectors that give probabilities are here.{under}"
        ),
        true,
        &|r| {
            let bins = r.curves.reliability.iter().flatten();
            bins.filter_map(|b| Some([b.mean_probability?, b.positive_share?])).collect()
        },
    );
    if conditions.len() > 1 {
        for metric in board.metrics {
            figures.extend(robustness(board, &conditions, metric));
        }
    }
    figures
}

/// A metric over the conditions.
fn robustness(board: &Board<'_>, conditions: &[&str], metric: &str) -> Option<Figure> {
    let mut lines: Vec<Line> = vec![];
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for scores in board.scores {
        let at = conditions.iter().position(|c| *c == scores.series.condition)?;
        let Some(estimate) = scores.metric(metric) else { continue };
        low = low.min(estimate.value);
        high = high.max(estimate.value);
        let name = visible(&short(scores));
        let point = [at as f64, estimate.value];
        match lines.iter_mut().find(|l| l.name == name) {
            Some(line) => line.points.push(point),
            None => lines.push(Line { name, points: vec![point] }),
        }
    }
    let chart = Chart {
        x: String::new(),
        y: heading(metric),
        range: [low, high],
        places: conditions.iter().map(|c| visible(c)).collect(),
        diagonal: false,
        lines,
    };
    figure("Robustness", format!("{} after each condition.", heading(metric)), chart)
}

fn figure(title: &'static str, says: String, mut chart: Chart) -> Option<Figure> {
    let left_out = chart.lines.len().saturating_sub(LINES);
    chart.lines.truncate(LINES);
    (!chart.lines.is_empty()).then(|| Figure { title, says, svg: chart.svg(), keys: chart.keys(), left_out })
}

fn pairs(x: &[f64], y: &[f64]) -> Vec<[f64; 2]> {
    x.iter().zip(y).map(|(x, y)| [*x, *y]).collect()
}

/// Detector with what it was trained on.
fn short(scores: &Scores) -> String {
    let parts = [&scores.series.detector, &scores.series.trained_on, &scores.series.seed];
    parts.into_iter().filter(|p| !p.is_empty()).map(String::as_str).collect::<Vec<_>>().join(" / ")
}

fn grids(board: &Board<'_>) -> Vec<(String, Grid)> {
    let Some(report) = board.protocol else { return vec![] };
    let mut grids: Vec<(String, Grid)> = matrix(report);
    grids.extend(subgroups(report).map(|grid| ("Subgroups".to_owned(), grid)));
    grids.extend(derived(report).map(|grid| ("What follows".to_owned(), grid)));
    let averages = averages(report);
    if !averages.rows.is_empty() {
        grids.push(("Means".to_owned(), averages));
    }
    for (title, grid) in &mut grids {
        *title = visible(title);
        let cells = grid.head.iter_mut().chain(grid.rows.iter_mut().flatten());
        cells.for_each(|cell| *cell = visible(cell));
    }
    grids
}

fn examples(board: &Board<'_>) -> Result<Vec<Examples>> {
    let mut out = vec![];
    let Some(first) = board.scores.first().map(|s| s.series.condition.clone()) else { return Ok(out) };
    for scores in board.scores.iter().filter(|s| s.series.condition == first && !s.worst.is_empty()) {
        let mut sorts = vec![];
        for (label, title) in [(false, "Authentic, scored highest"), (true, "Forged, scored lowest")] {
            let mut shown = vec![];
            for example in scores.worst.iter().filter(|e| e.label == label) {
                let picture = (board.picture)(&example.path);
                let thumbnail = |p: &Picture| encode::thumbnail(&shrink(p, THUMBNAIL));
                shown.push(Shown {
                    path: visible(&example.path),
                    score: super::words::number(example.score),
                    uri: picture.as_ref().map(thumbnail).transpose()?,
                });
            }
            if !shown.is_empty() {
                sorts.push((title, shown));
            }
        }
        out.push(Examples { name: visible(&short(scores)), sorts });
    }
    Ok(out)
}

fn facts(about: &About) -> Vec<(String, String)> {
    let mut facts =
        vec![("Made by".to_owned(), about.tool.clone()), ("Command".to_owned(), visible(&about.command))];
    for source in &about.predictions {
        facts.push(("Predictions".to_owned(), format!("{} ({})", visible(&source.path), source.digest)));
        let Some(run) = &source.run else { continue };
        let text =
            |pointer: &str| run.pointer(pointer).and_then(|v| v.as_str()).unwrap_or_default().to_owned();
        facts.push(("Run".to_owned(), format!("{} {}", text("/tool/name"), text("/tool/version"))));
        let table = format!("{} ({})", visible(&text("/table/path")), text("/table/digest"));
        facts.push(("Table of the run".to_owned(), table));
        let detectors = run.get("detectors").map(|d| visible(&d.to_string())).unwrap_or_default();
        facts.push(("Detectors".to_owned(), detectors));
    }
    if let Some(table) = &about.table {
        facts.push(("Table".to_owned(), format!("{} ({})", visible(&table.path), table.digest)));
    }
    facts
}

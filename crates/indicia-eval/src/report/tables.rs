use crate::metrics::binary::ScoreKind;
use crate::protocol::{Derived, MEASURES, ProtocolReport};
use crate::score::{Scores, definition};
use crate::stats::Estimate;

/// A table of text: as aligned columns or as Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grid {
    /// Headings.
    pub head: Vec<String>,
    /// Rows of as many cells.
    pub rows: Vec<Vec<String>>,
    /// How many columns from the left hold words; the others hold numbers and are aligned right.
    pub words: usize,
}

impl Grid {
    /// Aligned columns, a rule below the headings.
    pub fn text(&self) -> String {
        let widths: Vec<usize> = (0..self.head.len())
            .map(|c| self.lines().map(|row| row[c].chars().count()).max().unwrap_or(0))
            .collect();
        let mut out = String::new();
        for (number, row) in self.lines().enumerate() {
            let mut line = String::new();
            for (c, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let gap = if c == 0 { "" } else { "  " };
                line += &if c < self.words {
                    format!("{gap}{cell:<width$}")
                } else {
                    format!("{gap}{cell:>width$}")
                };
            }
            out += line.trim_end();
            out.push('\n');
            if number == 0 {
                let length = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
                out += &"-".repeat(length);
                out.push('\n');
            }
        }
        out
    }

    /// A Markdown table.
    pub fn markdown(&self) -> String {
        let line = |cells: &[String]| {
            let cells: Vec<_> = cells.iter().map(|c| c.replace('|', "\\|").replace('\n', " ")).collect();
            format!("| {} |\n", cells.join(" | "))
        };
        let rule = (0..self.head.len()).map(|c| if c < self.words { "---" } else { "---:" }.to_owned());
        let mut out = line(&self.head) + &line(&rule.collect::<Vec<_>>());
        self.rows.iter().for_each(|row| out += &line(row));
        out
    }

    fn lines(&self) -> impl Iterator<Item = &Vec<String>> {
        std::iter::once(&self.head).chain(&self.rows)
    }
}

/// A value with its interval: `0.912 [0.880, 0.941]`; a dash for none.
pub fn shown(estimate: Option<Estimate>) -> String {
    match estimate {
        None => "-".to_owned(),
        Some(Estimate { value, ci95: Some([low, high]), .. }) => format!("{value:.3} [{low:.3}, {high:.3}]"),
        Some(Estimate { value, .. }) => format!("{value:.3}"),
    }
}

/// Heading of a metric: its name, after that of its section where it is of no picture and no class.
pub fn heading(metric: &str) -> String {
    let Some(definition) = definition(metric) else { return metric.to_owned() };
    // An id may hold a point itself, as that of a rate does.
    match metric.split_once('.') {
        Some((section, id)) if id == definition.id && !matches!(section, "image" | "classes") => {
            format!("{section} {}", definition.name)
        }
        _ => definition.name.to_owned(),
    }
}

/// Whether any of the series has several values of a part of its name.
pub(crate) struct Shown {
    pub trained_on: bool,
    pub seed: bool,
}

impl Shown {
    pub(crate) fn of(scores: &[Scores]) -> Self {
        Self {
            trained_on: scores.iter().any(|s| !s.series.trained_on.is_empty()),
            seed: scores.iter().any(|s| !s.series.seed.is_empty()),
        }
    }
}

/// A row for each series, a column for each metric.
pub fn results(scores: &[Scores], metrics: &[String]) -> Grid {
    let also = Shown::of(scores);
    let mut head = vec!["detector".to_owned(), "condition".to_owned()];
    head.extend(also.trained_on.then(|| "trained on".to_owned()));
    head.extend(also.seed.then(|| "seed".to_owned()));
    let words = head.len();
    head.push("items".to_owned());
    head.push("scored".to_owned());
    head.extend(metrics.iter().map(|m| heading(m)));
    let row = |s: &Scores| {
        let mut row = vec![s.series.detector.clone(), s.series.condition.clone()];
        row.extend(also.trained_on.then(|| s.series.trained_on.clone()));
        row.extend(also.seed.then(|| s.series.seed.clone()));
        row.push(s.coverage.items.to_string());
        row.push(s.coverage.scored.to_string());
        row.extend(metrics.iter().map(|m| shown(s.metric(m))));
        row
    };
    Grid { rows: scores.iter().map(row).collect(), head, words }
}

/// What a reader must know beside the numbers.
pub fn notes(scores: &[Scores]) -> Vec<String> {
    let mut notes = vec![];
    let assumed =
        |s: &Scores| s.kind_assumed && s.image.as_ref().is_some_and(|i| i.kind == ScoreKind::Probability);
    if scores.iter().any(assumed) {
        notes.push(
            "Where predictions do not say what their scores mean and all lie between 0 and 1, they are taken as probabilities (--score-kind raw if they are none)."
                .to_owned(),
        );
    }
    if let Some(pixel) = scores.iter().find_map(|s| s.pixel.as_ref()) {
        notes.push(format!("Maps: {}.", pixel.protocol));
    }
    for section in scores.iter().flat_map(|s| &s.sections) {
        let note = format!("In {}: {}.", section.name, section.protocol);
        if !section.protocol.is_empty() && !notes.contains(&note) {
            notes.push(note);
        }
    }
    if scores.iter().any(|s| s.coverage.items > s.coverage.scored) {
        notes.push(
            "Items to which a detector does not apply, or on which it failed, are in none of its metrics: compare items and scored."
                .to_owned(),
        );
    }
    if scores.iter().filter_map(|s| s.image.as_ref()).any(|r| r.counts.groups < 2) {
        notes.push("With fewer than two groups there are no intervals.".to_owned());
    }
    notes
}

/// Means over cells, seeds and subgroups.
pub fn averages(report: &ProtocolReport) -> Grid {
    let head = ["detector", "condition", "metric", "over", "count", "mean", "lowest", "highest"];
    let rows = report.averages.iter().map(|a| {
        let s = &a.summary;
        let mut row = vec![a.detector.clone(), a.condition.clone(), heading(&a.metric), a.over.clone()];
        row.push(s.count.to_string());
        row.extend([s.mean, s.min, s.max].map(|v| format!("{v:.3}")));
        row
    });
    Grid { rows: rows.collect(), head: head.map(str::to_owned).to_vec(), words: 4 }
}

/// What follows from several cells or subgroups together: gaps, forgetting, trends.
pub fn derived(report: &ProtocolReport) -> Option<Grid> {
    if report.derived.is_empty() {
        return None;
    }
    let seeds = report.derived.iter().any(|d| !d.seed.is_empty());
    let mut head = vec!["detector", "condition"];
    head.extend(seeds.then_some("seed"));
    head.extend(["what", "metric", "of", "detail"]);
    let words = head.len();
    head.push("value");
    let row = |d: &Derived| {
        let name = MEASURES.iter().find(|m| m.id == d.measure).map_or(d.measure, |m| m.name);
        let mut row = vec![d.detector.clone(), d.condition.clone()];
        row.extend(seeds.then(|| d.seed.clone()));
        row.extend([name.to_owned(), heading(&d.metric), d.of.clone(), d.detail.clone()]);
        row.push(shown(Some(d.estimate)));
        row
    };
    let rows = report.derived.iter().map(row).collect();
    Some(Grid { head: head.into_iter().map(str::to_owned).collect(), rows, words })
}

/// Subgroups: a row for each value and series, with the first metrics.
pub fn subgroups(report: &ProtocolReport) -> Option<Grid> {
    if report.subgroups.is_empty() || report.protocol.mean_over.is_some() {
        return None;
    }
    let several = report.cells.len() > 1;
    let mut head: Vec<String> = several.then(|| "cell".to_owned()).into_iter().collect();
    head.extend(["subgroup", "detector", "condition"].map(str::to_owned));
    let words = head.len();
    head.push("items".to_owned());
    head.extend(report.protocol.metrics.iter().map(|m| heading(m)));
    let rows = report.subgroups.iter().flat_map(|group| {
        group.scores.iter().map(move |s| {
            let mut row: Vec<String> = several.then(|| group.cell.clone()).into_iter().collect();
            row.push(format!("{} {}", group.column, group.value));
            row.extend([s.series.detector.clone(), s.series.condition.clone(), s.coverage.items.to_string()]);
            row.extend(report.protocol.metrics.iter().map(|m| shown(s.metric(m))));
            row
        })
    });
    Some(Grid { rows: rows.collect(), head, words })
}

/// Designs that are matrices: the first metric by training set (row) and test set (column), one for each
/// detector and condition.
pub fn matrix(report: &ProtocolReport) -> Vec<(String, Grid)> {
    let places: Vec<_> = report.cells.iter().filter_map(|c| c.cell.place.as_ref()).collect();
    let (mut from, mut on): (Vec<String>, Vec<String>) = (vec![], vec![]);
    for (row, column) in places {
        for (list, name) in [(&mut from, row), (&mut on, column)] {
            if !list.contains(name) {
                list.push(name.clone());
            }
        }
    }
    let Some(metric) = report.protocol.metrics.first().filter(|_| !from.is_empty()) else { return vec![] };
    let mut series: Vec<(String, String)> = vec![];
    for s in report.cells.iter().flat_map(|c| &c.scores) {
        let pair = (s.series.detector.clone(), s.series.condition.clone());
        if !series.contains(&pair) {
            series.push(pair);
        }
    }
    let value = |(detector, condition): &(String, String), row: &String, column: &String| {
        let cell = report
            .cells
            .iter()
            .find(|c| c.cell.place.as_ref().is_some_and(|p| p.0 == *row && p.1 == *column));
        let of = |s: &&Scores| s.series.detector == *detector && s.series.condition == *condition;
        let estimate = cell.and_then(|c| c.scores.iter().find(of)).and_then(|s| s.metric(metric));
        estimate.map_or("-".to_owned(), |e| format!("{:.3}", e.value))
    };
    let grid = |pair: &(String, String)| {
        let mut head = vec!["trained on \\ tested on".to_owned()];
        head.extend(on.iter().cloned());
        let row = |from: &String| {
            let mut row = vec![from.clone()];
            row.extend(on.iter().map(|on| value(pair, from, on)));
            row
        };
        let title = format!("{}, {}: {}", pair.0, pair.1, heading(metric));
        (title, Grid { head, rows: from.iter().map(row).collect(), words: 1 })
    };
    series.iter().map(grid).collect()
}

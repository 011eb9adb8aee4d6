//! Every built-in protocol from its file to its numbers: a made table is planned and its training tables are
//! written, made predictions are scored, and both are held to a direct computation that knows nothing of
//! filters and cells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use super::*;
use crate::score::{Options, Predictions, Reading, Scores};
use crate::stats::Bootstrap;
use crate::table::ItemReader;

/// Columns of an item that hold something.
type Row = BTreeMap<&'static str, String>;

/// A number from 0 to 1 that depends on all of a text (FNV-1a, its bits mixed once more).
fn chance(text: &str) -> f64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash = hash.wrapping_mul(0xd6e8_feb8_6659_fd93);
    ((hash >> 11) as f64) / (1_u64 << 53) as f64
}

fn pick(seed: &str, from: &[&str]) -> String {
    from[(chance(seed) * from.len() as f64) as usize].to_owned()
}

/// `count` items, half forged, a third for training. Values of forged items only are in `forged`.
fn items(count: usize, forged: &[(&'static str, &[&str])], all: &[(&'static str, &[&str])]) -> Vec<Row> {
    let item = |n: usize| {
        let mut row = Row::from([
            ("path", format!("{n}.png")),
            ("label", (n % 2).to_string()),
            ("split", if n.is_multiple_of(3) { "train" } else { "test" }.to_owned()),
        ]);
        let fill = |row: &mut Row, columns: &[(&'static str, &[&str])]| {
            row.extend(columns.iter().map(|(name, from)| (*name, pick(&format!("{name}{n}"), from))));
        };
        fill(&mut row, all);
        if n % 2 == 1 {
            fill(&mut row, forged);
        }
        row
    };
    (0..count).map(item).collect()
}

fn is(row: &Row, column: &str, value: &str) -> bool {
    row.get(column).is_some_and(|own| own == value)
}

/// True for an authentic item and for a forged one with this value.
fn of(row: &Row, column: &str, value: &str) -> bool {
    is(row, "label", "0") || is(row, column, value)
}

fn tested(row: &Row) -> bool {
    is(row, "split", "test")
}

fn csv(rows: &[Row]) -> String {
    let names: BTreeSet<&str> = rows.iter().flat_map(|row| row.keys().copied()).collect();
    let mut text = names.iter().copied().collect::<Vec<_>>().join(",") + "\n";
    for row in rows {
        let cell =
            |name: &&str| format!("\"{}\"", row.get(name).map_or("", String::as_str).replace('"', "\"\""));
        text += &(names.iter().map(cell).collect::<Vec<_>>().join(",") + "\n");
    }
    text
}

/// The score of an item by a training and under a condition: forged items tend higher.
fn made_score(row: &Row, trained_on: &str, condition: &str) -> f64 {
    let label: f64 = row["label"].parse().unwrap();
    0.7 * chance(&format!("{} {trained_on} {condition}", row["path"])) + 0.3 * label
}

/// Whether an item is of a set.
type Chooses = Box<dyn Fn(&Row) -> bool>;
/// Whether a training has an item.
type Trains = Box<dyn Fn(&str, &Row) -> bool>;
/// What a detector of a training says of an item.
type Says = Box<dyn Fn(&Row, &str) -> Row>;

/// What a test knows of a protocol.
struct Known<'a> {
    name: &'a str,
    rows: Vec<Row>,
    /// Name of each cell, its training, and which items it tests.
    cells: Vec<(String, String, Chooses)>,
    /// Items of a training; none where nothing is trained, or which items is a matter of chance.
    trains: Option<Trains>,
    /// Further columns of predictions.
    says: Says,
}

fn known<'a>(name: &'a str, rows: Vec<Row>) -> Known<'a> {
    Known { name, rows, cells: vec![], trains: None, says: Box::new(|_, _| Row::new()) }
}

impl<'a> Known<'a> {
    fn cell(mut self, name: &str, trained_on: &str, test: impl Fn(&Row) -> bool + 'static) -> Self {
        self.cells.push((name.to_owned(), trained_on.to_owned(), Box::new(test)));
        self
    }

    fn trains(mut self, trains: impl Fn(&str, &Row) -> bool + 'static) -> Self {
        self.trains = Some(Box::new(trains));
        self
    }

    fn says(mut self, says: impl Fn(&Row, &str) -> Row + 'static) -> Self {
        self.says = Box::new(says);
        self
    }

    /// Plans, writes training tables, scores, and holds cells to `check`, which gets the items of a cell, its
    /// training, the condition and what was found.
    fn run(&self, check: impl Fn(&[&Row], &str, &str, &Scores)) -> ProtocolReport {
        let folder = tempfile::tempdir().unwrap();
        let protocol = Protocol::load(self.name).unwrap();
        let table = folder.path().join("table.csv");
        fs::write(&table, csv(&self.rows)).unwrap();
        let plan = Plan::of(&protocol, &table).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        let cells =
            |cells: &[Cell]| cells.iter().map(|c| (c.name.clone(), c.trained_on.clone())).collect::<Vec<_>>();
        let expected: Vec<_> = self.cells.iter().map(|c| (c.0.clone(), c.1.clone())).collect();
        assert_eq!(cells(plan.cells()), expected, "{}", self.name);
        let mut judged = 0;
        let mut reader = ItemReader::open(&table).unwrap();
        for row in &self.rows {
            let item = reader.next_item().unwrap().unwrap();
            let any = self.cells.iter().any(|(_, _, test)| test(row));
            assert_eq!(plan.judges(&item), any, "{} {row:?}", self.name);
            judged += usize::from(any);
        }
        if plan.cells().iter().any(|cell| cell.train.is_some()) {
            let out = folder.path().join("out");
            let written = plan.write_tables(&table, &out).unwrap_or_else(|e| panic!("{}: {e}", self.name));
            let count = |path: &Path| {
                let mut reader = ItemReader::open(path).unwrap();
                let mut names = BTreeSet::new();
                while let Some(item) = reader.next_item().unwrap() {
                    names.insert(item.path.rsplit('/').next().unwrap().to_owned());
                }
                names
            };
            assert_eq!(count(&out.join("test.parquet")).len(), judged);
            for (trained_on, path) in &written {
                let Some(trains) = &self.trains else { continue };
                let wanted: BTreeSet<String> =
                    self.rows.iter().filter(|r| trains(trained_on, r)).map(|r| r["path"].clone()).collect();
                assert_eq!(count(path), wanted, "{} {trained_on}", self.name);
            }
        }
        let mut said = vec![];
        let trainings: BTreeSet<&String> = self.cells.iter().map(|(_, trained_on, _)| trained_on).collect();
        for trained_on in trainings {
            for condition in &protocol.conditions {
                for row in self
                    .rows
                    .iter()
                    .filter(|row| self.cells.iter().any(|(_, t, test)| t == trained_on && test(row)))
                {
                    let mut says = (self.says)(row, trained_on);
                    says.entry("score").or_insert_with(|| made_score(row, trained_on, condition).to_string());
                    says.extend([
                        ("path", row["path"].clone()),
                        ("condition", condition.clone()),
                        ("trained_on", trained_on.clone()),
                    ]);
                    said.push(says);
                }
            }
        }
        let path = folder.path().join("predictions.csv");
        fs::write(&path, csv(&said)).unwrap();
        let reading = Reading { table: Some(table), columns: protocol.columns(), partial: true };
        let predictions = Predictions::read(&[path], &reading).unwrap();
        let options = Options { bootstrap: Bootstrap { replicates: 20, seed: 1 }, ..Options::default() };
        let report =
            score(&predictions, &protocol, &options).unwrap_or_else(|e| panic!("{}: {e}", self.name));
        assert_eq!(report.cells.len(), self.cells.len());
        for (cell, (name, trained_on, test)) in report.cells.iter().zip(&self.cells) {
            assert_eq!(cell.cell.name, *name);
            assert_eq!(cell.scores.len(), protocol.conditions.len(), "{name}");
            let rows: Vec<&Row> = self.rows.iter().filter(|row| test(row)).collect();
            for scores in &cell.scores {
                assert_eq!(scores.coverage.scored, rows.len(), "{} {name}", self.name);
                for metric in &protocol.metrics {
                    assert!(scores.metric(metric).is_some(), "{} {name}: no {metric}", self.name);
                }
                check(&rows, trained_on, &scores.series.condition, scores);
            }
        }
        let json = report.to_json();
        assert_eq!(json["cells"].as_array().unwrap().len(), self.cells.len());
        report
    }

    /// With the area under the ROC curve as the check.
    fn auc(&self) -> ProtocolReport {
        self.run(|rows, trained_on, condition, scores| {
            let expected = auc(rows, &|row| made_score(row, trained_on, condition));
            close(scores.metric("auc").unwrap().value, expected);
        })
    }
}

/// Share of pairs of a forged and an authentic item in which the forged scores higher, ties counted half.
fn auc(rows: &[&Row], score: &dyn Fn(&Row) -> f64) -> f64 {
    let of = |label: &str| -> Vec<f64> {
        rows.iter().filter(|row| is(row, "label", label)).map(|row| score(row)).collect()
    };
    pairs(&of("1"), &of("0"))
}

fn pairs(high: &[f64], low: &[f64]) -> f64 {
    let one = |a: f64, b: f64| {
        if a > b {
            1.0
        } else if a == b {
            0.5
        } else {
            0.0
        }
    };
    let sum: f64 = high.iter().flat_map(|a| low.iter().map(move |b| one(*a, *b))).sum();
    sum / (high.len() * low.len()) as f64
}

fn close(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    values.into_iter().for_each(|value| (sum, count) = (sum + value, count + 1.0));
    sum / count
}

const METHODS: &[&str] = &["a", "b", "c"];
const DOMAINS: &[&str] = &["d", "e"];
const FAMILIES: &[&str] = &["entire_synthesis", "face_swap", "reenactment"];

fn usual() -> Vec<Row> {
    items(360, &[("method", METHODS)], &[("domain", DOMAINS)])
}

#[test]
fn conditions_are_scored_by_themselves() {
    for name in ["all", "robustness", "equalised", "occlusion"] {
        known(name, usual()).cell("all", "", |_| true).auc();
    }
    for name in ["dragon/4", "dragon/5"] {
        known(name, usual()).cell("all", "", tested).auc();
    }
}

#[test]
fn subgroups_and_their_gap() {
    let report = known("subgroups", usual()).cell("all", "", |_| true).auc();
    let rows = usual();
    let mut found = BTreeMap::new();
    for group in &report.subgroups {
        let own = |row: &&Row| match group.column.as_str() {
            "method" => of(row, "method", &group.value),
            column => is(row, column, &group.value),
        };
        let rows: Vec<&Row> = rows.iter().filter(own).collect();
        let expected = auc(&rows, &|row| made_score(row, "", "clean"));
        close(group.scores[0].metric("auc").unwrap().value, expected);
        found.entry(group.column.clone()).or_insert_with(Vec::new).push((group.value.clone(), expected));
    }
    assert_eq!(found.values().map(Vec::len).collect::<Vec<_>>(), [2, 3]);
    for (column, mut values) in found {
        values.sort_by(|a, b| b.1.total_cmp(&a.1));
        let is = |d: &&Derived| d.of == column && d.measure == "gap" && d.metric == "auc";
        let gap = report.derived.iter().find(is).unwrap();
        close(gap.estimate.value, values[0].1 - values[values.len() - 1].1);
        assert!(gap.estimate.ci95.is_some());
        assert!(gap.detail.starts_with(&format!("best {} (", values[0].0)), "{}", gap.detail);
        // The share of forged items at 0.5 and above, the best less the worst.
        let rate = |value: &str| {
            let own =
                rows.iter().filter(|r| is_forged(r) && r.get(column.as_str()).is_some_and(|v| v == value));
            mean(own.map(|r| f64::from(u8::from(made_score(r, "", "clean") >= 0.5))))
        };
        let rates: Vec<f64> = values.iter().map(|(value, _)| rate(value)).collect();
        let ends = rates.iter().fold((1.0_f64, 0.0_f64), |e, r| (e.0.min(*r), e.1.max(*r)));
        let is = |d: &&Derived| d.of == column && d.measure == "equal_opportunity_difference";
        close(report.derived.iter().find(is).unwrap().estimate.value, ends.1 - ends.0);
    }
    let grid = crate::report::derived(&report).unwrap();
    assert!(grid.text().contains("Equal-opportunity difference"));
}

fn is_forged(row: &Row) -> bool {
    is(row, "label", "1")
}

#[test]
fn one_left_out() {
    for (name, column, values) in
        [("leave-one-method-out", "method", METHODS), ("leave-one-domain-out", "domain", DOMAINS)]
    {
        let mut known = known(name, usual());
        for value in values {
            let own = move |row: &Row| {
                tested(row)
                    && if column == "method" { of(row, column, value) } else { is(row, column, value) }
            };
            known = known.cell(value, &format!("without {value}"), own);
        }
        let trains = move |trained_on: &str, row: &Row| {
            !tested(row) && !is(row, column, trained_on.trim_start_matches("without "))
        };
        let report = known.trains(trains).auc();
        let average = report.averages.iter().find(|a| a.over == "cells" && a.metric == "auc").unwrap();
        close(
            average.summary.mean,
            mean(report.cells.iter().map(|c| c.scores[0].metric("auc").unwrap().value)),
        );
    }
}

#[test]
fn matrices() {
    let ff = |row: &Row| is(row, "domain", "ff");
    let df40 = || items(500, &[("method", METHODS), ("family", FAMILIES)], &[("domain", &["cdf", "ff"])]);
    // Editing is of no domain that is trained on, and must not become a row of the matrix.
    let mut with_editing = df40();
    for (n, row) in with_editing.iter_mut().enumerate().filter(|(n, _)| n % 10 == 9) {
        row.insert("domain", "unknown".to_owned());
        row.insert("family", "face_edit".to_owned());
        row.insert("method", format!("edit{}", n % 3));
    }
    for (name, column, values, rows, all) in [
        ("one-against-all", "method", METHODS, usual(), true),
        ("df40/1", "family", FAMILIES, with_editing.clone(), false),
        ("df40/4", "method", METHODS, with_editing, false),
    ] {
        let mut known = known(name, rows);
        for (from, on) in values.iter().flat_map(|a| values.iter().map(move |b| (a, b))) {
            known = known.cell(&format!("{from} to {on}"), from, move |row| {
                tested(row) && (all || ff(row)) && of(row, column, on)
            });
        }
        let known = known.trains(move |from, row| !tested(row) && (all || ff(row)) && of(row, column, from));
        let report = known.auc();
        let values: Vec<f64> =
            report.cells.iter().map(|c| c.scores[0].metric("auc").unwrap().value).collect();
        let find = |measure: &str| {
            report.derived.iter().find(|d| d.measure == measure && d.metric == "auc").unwrap()
        };
        close(find("within").estimate.value, mean([0, 4, 8].map(|i| values[i])));
        close(find("across").estimate.value, mean([1, 2, 3, 5, 6, 7].map(|i| values[i])));
        let (_, grid) = &crate::report::matrix(&report)[0];
        assert_eq!(grid.rows[1][1], format!("{:.3}", values[3]));
    }
}

#[test]
fn df40_across_domains() {
    let rows =
        || items(700, &[("method", METHODS), ("family", FAMILIES)], &[("domain", &["cdf", "ff", "unknown"])]);
    let named = |family: &str| format!("domain ff; family {family}; split train");
    let trains = |on: &str, row: &Row| {
        let family = FAMILIES.iter().find(|family| on.contains(*family)).unwrap();
        !tested(row) && is(row, "domain", "ff") && of(row, "family", family)
    };
    let pairs = [
        ("face swap", "face_swap"),
        ("reenactment", "reenactment"),
        ("entire synthesis", "entire_synthesis"),
    ];
    let (mut second, mut third) = (known("df40/2", rows()), known("df40/3", rows()));
    for (title, family) in pairs {
        second = second.cell(title, &named(family), move |row| {
            tested(row) && is(row, "domain", "cdf") && of(row, "family", family)
        });
        third = third.cell(&format!("from {title}"), &named(family), |row| {
            tested(row) && is(row, "domain", "unknown")
        });
    }
    second.trains(trains).auc();
    let report = third.trains(trains).auc();
    assert_eq!(report.subgroups.len(), 9);
}

#[test]
fn curves_over_sizes() {
    let usual_sizes = ["1%", "3%", "10%", "30%", "100%"];
    // One item in ten thousand is little: the smallest set needs many.
    let dragon_sizes = ["0.01%", "0.1%", "1%", "10%", "100%"];
    let many = |rows: usize| {
        let mut rows = items(rows, &[("method", METHODS)], &[]);
        rows.iter_mut().skip(300).for_each(|row| drop(row.insert("split", "train".to_owned())));
        rows
    };
    for (name, sizes, count) in [("size-curve", usual_sizes, 3000), ("dragon/1", dragon_sizes, 100_000)] {
        let mut known = known(name, many(count));
        for size in sizes {
            known = known.cell(size, size, tested);
        }
        let report = known.auc();
        let values: Vec<f64> =
            report.cells.iter().map(|c| c.scores[0].metric("auc").unwrap().value).collect();
        let fall = values.windows(2).map(|w| w[0] - w[1]).fold(0.0, f64::max);
        let find = |measure: &str| {
            report.derived.iter().find(|d| d.measure == measure && d.metric == "auc").unwrap().estimate.value
        };
        close(find("largest_fall"), fall);
        let sign = |a: f64, b: f64| if b > a { 1.0 } else { -1.0 };
        let signs: f64 =
            (0..5).flat_map(|i| (0..i).map(move |j| (j, i))).map(|(j, i)| sign(values[j], values[i])).sum();
        close(find("trend"), signs / 10.0);
    }
}

#[test]
fn sequences() {
    let types = ["hybrid", "reenactment", "face_swap", "entire_synthesis"];
    let sets = ["sdv21", "ff", "dfdcp", "cdf"];
    for (name, column, order, rows) in [
        ("incremental/types", "family", types, items(400, &[("family", &types)], &[])),
        ("incremental/datasets", "domain", sets, items(400, &[], &[("domain", &sets)])),
    ] {
        let own = move |row: &Row, value: &str| {
            if column == "family" { of(row, column, value) } else { is(row, column, value) }
        };
        let mut known = known(name, rows);
        for (k, task) in order.iter().enumerate() {
            for on in &order[..=k] {
                let on = *on;
                let title = format!("after {task}, on {on}");
                known = known.cell(&title, &format!("up to {task}"), move |row| tested(row) && own(row, on));
            }
        }
        let known = known.trains(move |on, row| !tested(row) && own(row, on.trim_start_matches("up to ")));
        let report = known.auc();
        let value = |after: usize, on: usize| {
            let title = format!("after {}, on {}", order[after], order[on]);
            let cell = report.cells.iter().find(|c| c.cell.name == title).unwrap();
            cell.scores[0].metric("auc").unwrap().value
        };
        let find = |measure: &str| {
            report.derived.iter().find(|d| d.measure == measure && d.metric == "auc").unwrap().estimate.value
        };
        close(find("final_average"), mean((0..4).map(|on| value(3, on))));
        close(find("backward_transfer"), mean((0..3).map(|on| value(3, on) - value(on, on))));
        let lost = |on: usize| (on..3).map(|after| value(after, on)).fold(0.0, f64::max) - value(3, on);
        close(find("forgetting"), mean((0..3).map(lost)));
        close(
            find("incremental_average"),
            mean((0..4).map(|after| mean((0..=after).map(|on| value(after, on))))),
        );
    }
}

/// Generators with the family of each; real items are a class too.
fn generators() -> Vec<Row> {
    let names = ["sd1", "sd2", "flux", "real"];
    let mut rows = items(360, &[], &[]);
    for (n, row) in rows.iter_mut().enumerate() {
        let class = pick(&format!("class{n}"), if n % 2 == 1 { &names[..3] } else { &names[3..] });
        if class.starts_with("sd") {
            row.insert("family", "one".to_owned());
        }
        row.insert("class", class);
    }
    rows
}

/// A list of all classes in an order by chance, the right one more often first.
fn ranked(row: &Row) -> Vec<&'static str> {
    let key = |name: &str| {
        chance(&format!("{} {name}", row["path"])) + if is(row, "class", name) { 0.4 } else { 0.0 }
    };
    let mut names = vec!["sd1", "sd2", "flux", "real"];
    names.sort_by(|a, b| key(b).total_cmp(&key(a)));
    names
}

#[test]
fn attribution() {
    let says = |row: &Row, _: &str| {
        let mut list = String::new();
        write!(list, "{:?}", ranked(row)).unwrap();
        Row::from([("predicted_classes", list)])
    };
    let share = |rows: &[&Row], right: &dyn Fn(&Row) -> bool| {
        mean(rows.iter().map(|r| f64::from(u8::from(right(r)))))
    };
    let family = |name: &str| if name.starts_with("sd") { "one".to_owned() } else { name.to_owned() };
    known("dragon/2", generators()).cell("all", "", tested).says(says).run(|rows, _, _, scores| {
        let found = |metric: &str| scores.metric(&format!("classes.{metric}")).unwrap().value;
        close(found("accuracy"), share(rows, &|r| ranked(r)[0] == r["class"]));
        close(found("top_3_accuracy"), share(rows, &|r| ranked(r)[..3].contains(&r["class"].as_str())));
        close(found("family_accuracy"), share(rows, &|r| family(ranked(r)[0]) == family(&r["class"])));
        let wrong: Vec<&Row> = rows.iter().copied().filter(|r| ranked(r)[0] != r["class"]).collect();
        close(found("errors_within_family"), share(&wrong, &|r| family(ranked(r)[0]) == family(&r["class"])));
    });
}

#[test]
fn attribution_with_rejection() {
    // The most likely of the known ones, unless that is little likely.
    let confidence = |row: &Row, on: &str| chance(&format!("{} {on}", row["path"]));
    let decided = move |row: &Row, on: &str| {
        let first = ranked(row).into_iter().find(|name| format!("without {name}") != on).unwrap();
        if confidence(row, on) < 0.2 { String::new() } else { first.to_owned() }
    };
    let mut known = known("dragon/3", generators());
    for name in ["flux", "sd1", "sd2"] {
        known = known.cell(name, &format!("without {name}"), tested);
    }
    let known = known.trains(|on, row| !tested(row) && format!("without {}", row["class"]) != on).says(
        move |row, on| {
            Row::from([
                ("predicted_class", decided(row, on)),
                ("confidence", confidence(row, on).to_string()),
            ])
        },
    );
    known.run(|rows, on, _, scores| {
        let (unknown, known): (Vec<&Row>, Vec<&Row>) =
            rows.iter().partition(|r| format!("without {}", r["class"]) == on);
        let of = |rows: &[&Row]| rows.iter().map(|r| confidence(r, on)).collect::<Vec<_>>();
        let found = |metric: &str| scores.metric(&format!("open_set.{metric}")).unwrap().value;
        close(found("auroc"), pairs(&of(&known), &of(&unknown)));
        let right: Vec<&Row> = known.iter().copied().filter(|r| decided(r, on) == r["class"]).collect();
        close(found("closed_set_accuracy"), right.len() as f64 / known.len() as f64);
        // No two confidences are the same: the area is that of pairs, of the known ones put rightly.
        let share = right.len() as f64 / known.len() as f64;
        close(found("oscr"), pairs(&of(&right), &of(&unknown)) * share);
        let mut sorted = of(&known);
        sorted.sort_by(|a, b| b.total_cmp(a));
        let least = sorted[(0.95 * known.len() as f64).ceil() as usize - 1];
        close(found("fpr95"), mean(of(&unknown).iter().map(|c| f64::from(u8::from(*c >= least)))));
        let classes = ["flux", "sd1", "sd2", "real"]
            .map(|name| if format!("without {name}") == on { "" } else { name });
        let class = |r: &Row| {
            if format!("without {}", r["class"]) == on { String::new() } else { r["class"].clone() }
        };
        let f1 = |name: &str| {
            let count = |of: &dyn Fn(&Row) -> bool| rows.iter().filter(|r| of(r)).count() as f64;
            let hits = count(&|r| class(r) == name && decided(r, on) == name);
            2.0 * hits / (count(&|r| class(r) == name) + count(&|r| decided(r, on) == name))
        };
        close(found("f1"), mean(classes.map(f1)));
    });
}

#[test]
fn forgerynet() {
    let rows = || {
        let mut rows = items(300, &[("method", &crate::forgerynet::CLASSES[1..])], &[]);
        for row in &mut rows {
            let class = row.get("method").cloned().unwrap_or_else(|| "real".to_owned());
            let family = if class == "real" { 0 } else { 1 + usize::from(class.len() % 2 == 0) };
            row.insert("class", class);
            row.insert("family", crate::forgerynet::FAMILIES[family].to_owned());
        }
        rows
    };
    let decided = |row: &Row| {
        if chance(&row["path"]) < 0.5 {
            row["class"].clone()
        } else {
            pick(&row["path"], &crate::forgerynet::CLASSES)
        }
    };
    let says = move |row: &Row, _: &str| Row::from([("predicted_class", decided(row))]);
    let all = rows();
    let family = move |class: &str| {
        all.iter().filter(|r| tested(r)).find(|r| r["class"] == class).map(|r| r["family"].clone())
    };
    known("forgerynet/image", rows()).cell("all", "", tested).says(says).run(|rows, _, _, scores| {
        close(scores.metric("auc").unwrap().value, auc(rows, &|row| made_score(row, "", "clean")));
        let right = |r: &Row| f64::from(u8::from((made_score(r, "", "clean") >= 0.5) == is_forged(r)));
        close(scores.metric("accuracy").unwrap().value, mean(rows.iter().map(|r| right(r))));
        let hits = rows.iter().map(|r| f64::from(u8::from(decided(r) == r["class"])));
        close(scores.metric("classes.accuracy").unwrap().value, mean(hits));
        let hits = rows.iter().map(|r| f64::from(u8::from(family(&decided(r)) == Some(r["family"].clone()))));
        close(scores.metric("classes.family_accuracy").unwrap().value, mean(hits));
    });
    // Videos of five frames each, forged if any of them is; few are, so that some are real.
    let mut frames = items(600, &[("method", METHODS)], &[]);
    for (n, row) in frames.iter_mut().enumerate() {
        row.insert("video", (n / 5).to_string());
        row.insert("split", if n / 5 % 3 == 0 { "train" } else { "test" }.to_owned());
        let forged = n / 5 % 2 == 1 && n % 5 < 2;
        row.insert("label", u8::from(forged).to_string());
        row.remove("method");
        if forged {
            row.insert("method", pick(&n.to_string(), METHODS));
        }
    }
    known("forgerynet/video", frames).cell("all", "", tested).run(|rows, _, _, scores| {
        let mut videos: BTreeMap<&str, (Vec<f64>, bool)> = BTreeMap::new();
        for row in rows {
            let video = videos.entry(&row["video"]).or_default();
            video.0.push(made_score(row, "", "clean"));
            video.1 |= is_forged(row);
        }
        let of = |forged: bool| -> Vec<f64> {
            videos.values().filter(|v| v.1 == forged).map(|v| mean(v.0.iter().copied())).collect()
        };
        close(scores.metric("video.auc").unwrap().value, pairs(&of(true), &of(false)));
    });
}

#[test]
fn forgerynet_maps() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().to_owned();
    let write = move |name: String, map: [f32; 4]| {
        let path = place.join(name);
        ndarray_npy::write_npy(&path, &ndarray::Array2::from_shape_vec((2, 2), map.to_vec()).unwrap())
            .unwrap();
        path.to_string_lossy().into_owned()
    };
    let map = |row: &Row, what: &str| {
        std::array::from_fn(|i| f32::from(u8::from(chance(&format!("{what}{i}{}", row["path"])) < 0.5)))
    };
    let mut rows = items(60, &[("method", METHODS)], &[]);
    for row in rows.iter_mut().filter(|row| is_forged(row)) {
        let mut mask: [f32; 4] = map(row, "mask");
        // Altered in part: of a picture that is all altered no map can be wrong.
        (mask[0], mask[1]) = (1.0, 0.0);
        row.insert("mask", write(format!("mask{}.npy", row["path"]), mask));
    }
    let says = move |row: &Row, _: &str| {
        Row::from([("predicted_mask", write(format!("map{}.npy", row["path"]), map(row, "map")))])
    };
    known("forgerynet/spatial", rows).cell("all", "", tested).says(says).run(|rows, _, _, scores| {
        let iou = |row: &&&Row| {
            let (mut mask, map): ([f32; 4], [f32; 4]) = (map(row, "mask"), map(row, "map"));
            (mask[0], mask[1]) = (1.0, 0.0);
            let count =
                |of: &dyn Fn(f32, f32) -> bool| (0..4).filter(|i| of(mask[*i], map[*i])).count() as f64;
            count(&|a, b| a * b > 0.5) / count(&|a, b| a + b > 0.5)
        };
        let forged: Vec<f64> = rows.iter().filter(|row| is_forged(row)).map(|row| iou(&row)).collect();
        close(scores.metric("pixel.iou").unwrap().value, mean(forged));
        let alarms = rows.iter().filter(|row| !is_forged(row));
        let alarms = alarms.map(|row| mean(map(row, "map").map(f64::from)));
        close(scores.metric("pixel.false_alarm_pixels").unwrap().value, mean(alarms));
    });
}

#[test]
fn forensics_bench() {
    let categories = [
        "human_faceswap_gan_visibleimage_category",
        "human_faceswap_gan_video_temporal",
        "human_real_none_nirimage_category",
        "nonhuman_real_none_visibleimage_category",
        "nonhuman_copymove_traditional_visibleimage_seg",
    ];
    let views = ["semantic", "type", "model", "modality", "task"];
    let rows = || {
        let mut rows = items(200, &[], &[("category", &categories), ("class", &["A", "B", "C"])]);
        for row in &mut rows {
            // As converted tables are: without a label.
            row.remove("label");
            let category = row["category"].clone();
            row.extend(views.iter().copied().zip(category.split('_').map(str::to_owned)));
        }
        rows
    };
    let decided = |row: &Row| if chance(&row["path"]) < 0.5 { row["class"].clone() } else { "B".to_owned() };
    for view in views {
        let name = format!("forensics-bench/{view}");
        let known = known(&name, rows()).says(move |row, _| Row::from([("predicted_class", decided(row))]));
        let report = known.run_choices();
        let mut values: BTreeMap<String, BTreeMap<String, Vec<f64>>> = BTreeMap::new();
        for row in rows() {
            let hit = f64::from(u8::from(decided(&row) == row["class"]));
            values
                .entry(row[view].clone())
                .or_default()
                .entry(row["category"].clone())
                .or_default()
                .push(hit);
        }
        let of_values = values.values().map(|of| mean(of.values().map(|hits| mean(hits.iter().copied()))));
        let average = report.averages.iter().find(|a| a.over == format!("values of {view}")).unwrap();
        close(average.summary.mean, mean(of_values));
    }
}

impl Known<'_> {
    /// As [`Known::run`] for choices, which have neither scores nor labels.
    fn run_choices(&self) -> ProtocolReport {
        let folder = tempfile::tempdir().unwrap();
        let protocol = Protocol::load(self.name).unwrap();
        let table = folder.path().join("table.csv");
        fs::write(&table, csv(&self.rows)).unwrap();
        assert_eq!(Plan::of(&protocol, &table).unwrap().cells().len(), 1);
        let says = |row: &Row| {
            let mut says = (self.says)(row, "");
            says.insert("path", row["path"].clone());
            says
        };
        let path = folder.path().join("predictions.csv");
        fs::write(&path, csv(&self.rows.iter().map(says).collect::<Vec<_>>())).unwrap();
        let reading = Reading { table: Some(table), columns: protocol.columns(), partial: false };
        let predictions = Predictions::read(&[path], &reading).unwrap();
        let options = Options { bootstrap: Bootstrap { replicates: 5, seed: 1 }, ..Options::default() };
        score(&predictions, &protocol, &options).unwrap()
    }
}

#[test]
fn forgerynet_segments() {
    let frames = |n: usize, what: &str| {
        let start = (chance(&format!("start{n}{what}")) * 50.0).floor();
        (start, start + 10.0 + (chance(&format!("end{n}{what}")) * 50.0).floor())
    };
    // What is predicted lies near the truth: it begins and ends some frames later.
    let predicted = move |n: usize| {
        let (start, end) = frames(n, "truth");
        let off = |what: &str| (chance(&format!("{what}{n}")) * 12.0).floor();
        (start + off("a"), end + off("b"), chance(&format!("score{n}")))
    };
    let mut rows = items(240, &[("method", METHODS)], &[]);
    for (n, row) in rows.iter_mut().enumerate() {
        let (start, end) = frames(n, "truth");
        let list =
            if n % 2 == 1 { format!(r#"[{{"start": {start}, "end": {end}}}]"#) } else { "[]".to_owned() };
        row.insert("segments", list);
    }
    let number = |row: &Row| row["path"].trim_end_matches(".png").parse::<usize>().unwrap();
    // A false alarm in every other authentic video.
    let alarms = move |row: &Row| is_forged(row) || number(row) % 4 == 0;
    let says = move |row: &Row, _: &str| {
        let (start, end, score) = predicted(number(row));
        let one = format!(r#"[{{"start": {start}, "end": {end}, "score": {score}}}]"#);
        Row::from([("predicted_segments", if alarms(row) { one } else { "[]".to_owned() })])
    };
    known("forgerynet/temporal", rows).cell("all", "", tested).says(says).run(|rows, _, _, scores| {
        let iou = |row: &Row| {
            let ((a, b), (c, d, _)) = (frames(number(row), "truth"), predicted(number(row)));
            let shared = b.min(d) - a.max(c);
            if shared > 0.0 { shared / (b - a + d - c - shared) } else { 0.0 }
        };
        let forged: Vec<&Row> = rows.iter().copied().filter(|row| is_forged(row)).collect();
        let bounds = (0..10).map(|i| 0.5 + 0.05 * f64::from(i));
        let reached =
            |bound: f64| mean(forged.iter().map(|row| f64::from(u8::from(iou(row) >= bound - 1e-9))));
        close(scores.metric("segments.ar10").unwrap().value, mean(bounds.map(reached)));
        // Predictions in falling order; precision is the highest from there on.
        let mut order: Vec<&Row> = rows.iter().copied().filter(|row| alarms(row)).collect();
        order.sort_by(|a, b| predicted(number(b)).2.total_cmp(&predicted(number(a)).2));
        let (mut hits, mut points) = (0.0, vec![]);
        for (place, row) in order.iter().enumerate() {
            let hit = is_forged(row) && iou(row) >= 0.5;
            hits += f64::from(u8::from(hit));
            points.push((hit, hits / (place + 1) as f64));
        }
        let best = |from: usize| points[from..].iter().map(|p| p.1).fold(0.0, f64::max);
        let area: f64 = (0..points.len()).filter(|i| points[*i].0).map(best).sum();
        close(scores.metric("segments.ap50").unwrap().value, area / forged.len() as f64);
    });
}

#[test]
fn every_built_in_protocol_has_a_world() {
    let text = include_str!("world.rs");
    // Views of Forensics-Bench are named by their prefix.
    let named = |name: &&str| text.contains(&format!("\"{name}\"")) || name.starts_with("forensics-bench/");
    let without: Vec<&str> = names().filter(|name| !named(name)).collect();
    assert_eq!(without, Vec::<&str>::new());
}

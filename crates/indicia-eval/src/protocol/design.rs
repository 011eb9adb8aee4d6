use std::collections::BTreeSet;

use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};

use super::Filter;
use super::filter::names_nothing;

/// Training and test sets of a protocol.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Design {
    /// One test set, nothing is trained.
    #[default]
    Test,
    /// Named pairs of training and test sets: train on A, test on B.
    Pairs {
        /// The pairs.
        cells: Vec<Pair>,
    },
    /// For each value of a column: train without it, test on it.
    LeaveOneOut {
        /// The column.
        column: String,
        /// Training rows, besides.
        #[serde(default)]
        train: Filter,
        /// Test rows, besides.
        #[serde(default)]
        test: Filter,
    },
    /// For each value of a column: train on it alone, test on each value. A matrix.
    OneAgainstAll {
        /// The column.
        column: String,
        /// Training rows, besides.
        #[serde(default)]
        train: Filter,
        /// Test rows, besides.
        #[serde(default)]
        test: Filter,
    },
    /// Train on more and more groups, each set holding the one before; one test set.
    SizeCurve {
        /// Shares of the training groups, rising, above 0 up to 1.
        shares: Vec<f64>,
        /// Training rows.
        train: Filter,
        /// Test rows.
        test: Filter,
    },
    /// Train on some classes, test on these and on others that should be rejected: on `known`, or with
    /// `leave_out` on all but one class, for each in turn. Needs the columns `predicted_class` (empty, or none
    /// of the known, for a rejected item) and `confidence` (higher is surer that it is one of the known) in the
    /// predictions. Authentic items are known wherever they are trained on.
    OpenSet {
        /// Column of the class.
        column: String,
        /// Classes that are trained on.
        #[serde(default)]
        known: Vec<String>,
        /// Every class in turn is the unknown one, instead of `known`.
        #[serde(default)]
        leave_out: bool,
        /// Training rows, besides.
        #[serde(default)]
        train: Filter,
        /// Test rows, besides.
        #[serde(default)]
        test: Filter,
    },
    /// Train on one task after another; after each, test on all tasks so far.
    Incremental {
        /// Column of the task.
        column: String,
        /// Tasks in their order.
        order: Vec<String>,
        /// Training rows, besides.
        #[serde(default)]
        train: Filter,
        /// Test rows, besides.
        #[serde(default)]
        test: Filter,
    },
}

/// A training and a test set with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Name of the pair.
    pub name: String,
    /// Training rows. Pairs with the same training rows share one training.
    #[serde(default)]
    pub train: Option<Filter>,
    /// Test rows.
    pub test: Filter,
}

/// One training set with one test set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// Name.
    pub name: String,
    /// Name of the training set: what predictions hold in their column `trained_on`. Empty if nothing is
    /// trained.
    pub trained_on: String,
    /// Training rows.
    pub train: Option<Filter>,
    /// Share of the training groups that is used.
    pub share: f64,
    /// Test rows.
    pub test: Filter,
    /// Row and column of the cell, for designs that are matrices.
    pub place: Option<(String, String)>,
    /// Classes that are known, for designs with unknown ones.
    pub known: Vec<String>,
}

/// Tells the values of a column, among forged items where the column is empty for authentic ones.
pub type Values<'a> = &'a dyn Fn(&str) -> Result<BTreeSet<String>>;

impl Design {
    /// The cells for a table with these values.
    ///
    /// # Errors
    /// `Input` if a column lacks the values that are needed.
    pub fn cells(&self, values: Values<'_>) -> Result<Vec<Cell>> {
        Ok(match self {
            Self::Test => vec![cell("all", "", None, Filter::default())],
            Self::Pairs { cells } => {
                let named = |train: &Filter| train.words().replace(", ", "; ");
                let make = |pair: &Pair| {
                    let trained_on = pair.train.as_ref().map(named).unwrap_or_default();
                    cell(&pair.name, &trained_on, pair.train.clone(), pair.test.clone())
                };
                cells.iter().map(make).collect()
            }
            Self::LeaveOneOut { column, train, test } => {
                let values = several(column, values(column)?)?;
                let make = |value: &String| {
                    let (out, on) = (Filter::is_not(column, value), Filter::is(column, value));
                    cell(value, &format!("without {value}"), Some(train.and(&out)), test.and(&on))
                };
                values.iter().map(make).collect()
            }
            Self::OneAgainstAll { column, train, test } => {
                let values = several(column, values(column)?)?;
                let pairs = values.iter().flat_map(|a| values.iter().map(move |b| (a, b)));
                let make = |(from, on): (&String, &String)| Cell {
                    place: Some((from.clone(), on.clone())),
                    ..cell(
                        &format!("{from} to {on}"),
                        from,
                        Some(train.and(&Filter::is(column, from))),
                        test.and(&Filter::is(column, on)),
                    )
                };
                pairs.map(make).collect()
            }
            Self::SizeCurve { shares, train, test } => {
                let make = |&share: &f64| {
                    let name = format!("{}%", share * 100.0);
                    Cell { share, ..cell(&name, &name, Some(train.clone()), test.clone()) }
                };
                shares.iter().map(make).collect()
            }
            Self::OpenSet { column, leave_out: true, train, test, .. } => {
                let mut values = values(column)?;
                // Authentic items are no class to be left out.
                values.retain(|value| !names_nothing(Some(value)));
                let values = several(column, values)?;
                let make = |value: &String| Cell {
                    known: values.iter().filter(|other| *other != value).cloned().collect(),
                    ..cell(
                        value,
                        &format!("without {value}"),
                        Some(train.and(&Filter::is_not(column, value))),
                        test.clone(),
                    )
                };
                values.iter().map(make).collect()
            }
            Self::OpenSet { column, known, train, test, .. } => {
                let values = several(column, values(column)?)?;
                if let Some(absent) =
                    known.iter().find(|name| !values.contains(*name) && !names_nothing(Some(name)))
                {
                    return Err(Error::input(format!(
                        "the protocol knows the class {absent:?}, which no item has in the column {column}"
                    )));
                }
                let rows = super::Rule::In(known.clone());
                let known_rows = Filter([(column.clone(), rows)].into());
                let one = cell("open set", "known", Some(train.and(&known_rows)), test.clone());
                vec![Cell { known: known.clone(), ..one }]
            }
            Self::Incremental { column, order, train, test } => {
                let mut cells = vec![];
                for (k, task) in order.iter().enumerate() {
                    let train = train.and(&Filter::is(column, task));
                    cells.extend(order[..=k].iter().map(|on| Cell {
                        place: Some((task.clone(), on.clone())),
                        ..cell(
                            &format!("after {task}, on {on}"),
                            &format!("up to {task}"),
                            Some(train.clone()),
                            test.and(&Filter::is(column, on)),
                        )
                    }));
                }
                cells
            }
        })
    }

    /// Columns it looks at.
    pub(super) fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = vec![];
        let mut add = |filters: &[&Filter]| {
            columns.extend(filters.iter().flat_map(|f| f.columns()).map(str::to_owned));
        };
        match self {
            Self::Test => {}
            Self::Pairs { cells } => {
                for pair in cells {
                    add(&[&pair.test]);
                    add(&pair.train.iter().collect::<Vec<_>>());
                }
            }
            Self::SizeCurve { train, test, .. } => add(&[train, test]),
            Self::LeaveOneOut { column, train, test }
            | Self::OneAgainstAll { column, train, test }
            | Self::OpenSet { column, train, test, .. }
            | Self::Incremental { column, train, test, .. } => {
                add(&[train, test]);
                columns.push(column.clone());
            }
        }
        columns
    }

    pub(super) fn check(&self) -> Result<()> {
        let wrong = |what: &str| Err(Error::configuration(what));
        match self {
            Self::Pairs { cells } if cells.is_empty() => wrong("design.cells is empty"),
            Self::SizeCurve { shares, .. }
                if shares.is_empty()
                    || !shares.is_sorted()
                    || shares.iter().any(|s| !(*s > 0.0 && *s <= 1.0)) =>
            {
                wrong("design.shares should rise, above 0 and up to 1")
            }
            Self::OpenSet { known, leave_out, .. } if known.is_empty() != *leave_out => {
                wrong("expected either design.known with classes or design.leave_out = true")
            }
            Self::Incremental { order, .. } if order.len() < 2 => {
                wrong("design.order should name at least two tasks")
            }
            _ => Ok(()),
        }
    }
}

fn cell(name: &str, trained_on: &str, train: Option<Filter>, test: Filter) -> Cell {
    Cell {
        name: name.to_owned(),
        trained_on: trained_on.to_owned(),
        train,
        share: 1.0,
        test,
        place: None,
        known: vec![],
    }
}

fn several(column: &str, values: BTreeSet<String>) -> Result<BTreeSet<String>> {
    if values.len() < 2 {
        let found: Vec<_> = values.into_iter().collect();
        return Err(Error::input(format!(
            "the protocol needs at least two values of {column}, the table has {}",
            if found.is_empty() { "none".to_owned() } else { found.join(", ") }
        )));
    }
    Ok(values)
}

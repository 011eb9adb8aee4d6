use std::collections::BTreeMap;

use indicia_core::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A number that is written as its bits, so that it comes back as it was.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
pub struct Exact(pub f64);

impl From<u64> for Exact {
    fn from(bits: u64) -> Self {
        Self(f64::from_bits(bits))
    }
}

impl From<Exact> for u64 {
    fn from(number: Exact) -> Self {
        number.0.to_bits()
    }
}

/// A point of a curve.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Steps done.
    pub step: u64,
    /// `loss`, `lr`, or a metric's name.
    pub name: String,
    /// Its value.
    pub value: Exact,
}

/// The best validation so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Best {
    /// Value of the metric.
    pub value: Exact,
    /// Steps done.
    pub step: u64,
}

/// Sums of losses since the last line of the log.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Losses {
    /// Batches.
    pub count: u64,
    /// Sums by part; the loss itself is `loss`.
    pub sums: BTreeMap<String, Exact>,
}

impl Losses {
    /// Takes one number in.
    pub fn add(&mut self, part: &str, value: f64) {
        match self.sums.get_mut(part) {
            Some(sum) => sum.0 += value,
            None => drop(self.sums.insert(part.to_owned(), Exact(value))),
        }
    }

    /// Mean of a part.
    pub fn mean(&self, part: &str) -> f64 {
        self.sums.get(part).map_or(0.0, |sum| sum.0 / self.count.max(1) as f64)
    }
}

/// Counters and history of a run.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct State {
    /// What decides the run: it must be equal for a run to go on.
    pub identity: Value,
    /// Steps done.
    pub step: u64,
    /// Updates of the moving average.
    pub ema_updates: u64,
    /// The best validation so far.
    pub best: Option<Best>,
    /// Validations since then.
    pub since_best: u64,
    /// Whether the run is over.
    pub finished: bool,
    /// Losses since the last line of the log.
    pub losses: Losses,
    /// Points of the curves.
    pub history: Vec<Point>,
    /// Bytes of the log.
    pub log_bytes: u64,
    /// Unreadable items: names with reasons.
    pub unreadable: BTreeMap<String, String>,
    /// Seconds of training, validation included.
    pub seconds: Exact,
}

impl State {
    /// Checks that what decides this run is what decided the checkpoint's.
    ///
    /// # Errors
    /// `Configuration` that names what differs.
    pub fn require(&self, identity: &Value) -> Result<()> {
        let mut found = vec![];
        // Numbers are compared as they are read, since the checkpoint's were written and read.
        let now = serde_json::from_str(&identity.to_string()).unwrap_or_default();
        differences("", &self.identity, &now, &mut found);
        if found.is_empty() {
            return Ok(());
        }
        Err(Error::configuration(format!(
            "the run cannot go on with other settings, since its result would be neither run's: {}",
            found.join("; ")
        )))
    }
}

fn differences(path: &str, before: &Value, now: &Value, found: &mut Vec<String>) {
    match (before, now) {
        (Value::Object(a), Value::Object(b)) => {
            let mut keys: Vec<_> = a.keys().chain(b.keys()).collect();
            keys.sort();
            keys.dedup();
            for key in keys {
                let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                let none = &Value::Null;
                differences(&inner, a.get(key).unwrap_or(none), b.get(key).unwrap_or(none), found);
            }
        }
        _ if before != now => found.push(format!("{path} was {before}, is {now}")),
        _ => {}
    }
}

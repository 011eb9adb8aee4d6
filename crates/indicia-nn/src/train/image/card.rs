//! The pack's card.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::TrainerInfo;
use crate::data::Census;

/// What a user says of the data.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Card {
    /// Where the data come from.
    data: String,
    /// Under which licences they may be used.
    licence: String,
    /// Anything else.
    notes: String,
}

/// The measured numbers in a line.
pub(super) fn line(results: &Value) -> String {
    let mut parts = vec![];
    for (name, metrics) in results.as_object().into_iter().flatten() {
        let numbers: Vec<_> = metrics
            .as_object()
            .into_iter()
            .flatten()
            .map(|(metric, value)| format!("{metric} {:.4}", value.as_f64().unwrap_or(f64::NAN)))
            .collect();
        parts.push(format!("{}: {}", name.replace('_', " "), numbers.join(", ")));
    }
    parts.join("; ")
}

/// The card in Markdown.
pub(super) fn text(info: &TrainerInfo, card: &Card, census: &Census, document: &Value) -> String {
    let mut out = format!("# Weights of {}\n\n{}\n\n## Data\n\n", info.id, info.summary);
    // Writing to a string cannot fail.
    let or = |text: &str, absent: &str| if text.is_empty() { absent.to_owned() } else { text.to_owned() };
    let _ = writeln!(out, "- Source: {}", or(&card.data, "not stated (`[card] data`)"));
    let _ = writeln!(out, "- Licence of the data: {}", or(&card.licence, "not stated (`[card] licence`)"));
    let _ = writeln!(out, "- Table: `{}`, items {}", census.table, census.digest);
    for (split, [authentic, altered]) in &census.items {
        let held = if split == "validation" && census.validation_held_out {
            ", held out of the training split by groups"
        } else {
            ""
        };
        let _ = writeln!(out, "- {split}: {authentic} authentic, {altered} to be found{held}");
    }
    for (reason, count) in &census.left_out {
        let _ = writeln!(out, "- left out: {count} ({reason})");
    }
    if let Some(unreadable) = document["unreadable"].as_object().filter(|u| !u.is_empty()) {
        let names: Vec<_> = unreadable.keys().take(10).map(String::as_str).collect();
        let _ = writeln!(out, "- unreadable and left out: {} ({})", unreadable.len(), names.join(", "));
    }
    for warning in &census.warnings {
        let _ = writeln!(out, "- {warning}");
    }
    out.push_str("\n## What was made alike between the classes\n\n");
    let equalise = &document["data"]["equalise"];
    if equalise["enabled"] == true {
        let _ = writeln!(
            out,
            "Every picture was decoded, brought to {size} by {size} pixels by one law ({sizing}) and saved as JPEG \
             once more, 4:2:0, at a quality drawn evenly from {quality} without regard to its label.",
            size = document["data"]["size"],
            sizing = document["data"]["sizing"].as_str().unwrap_or_default(),
            quality = equalise["quality"],
        );
    } else {
        out.push_str(
            "Nothing (`--no-equalise`): whatever format, size and compression tell of the label was learned too.\n",
        );
    }
    if census.confounds.is_empty() {
        out.push_str("\nNo property of the files tells the classes apart without the content.\n");
    } else {
        out.push_str("\nBefore that, these told the classes apart without the content:\n\n");
        for confound in &census.confounds {
            let _ = writeln!(out, "- {confound}");
        }
    }
    let _ = writeln!(
        out,
        "\n## Training\n\n{} steps, best after {}; {} parameters; {:.0} s. Settings: `config.json`.\n\n\
         ![Curves](curves.png)\n\n## Measured\n\n| on | metric | value |\n|---|---|---|",
        document["steps"],
        document["best_step"],
        document["parameters"],
        document["seconds"].as_f64().unwrap_or(0.0),
    );
    for (name, metrics) in document["results"].as_object().into_iter().flatten() {
        for (metric, value) in metrics.as_object().into_iter().flatten() {
            let value = value.as_f64().unwrap_or(f64::NAN);
            let _ = writeln!(out, "| {} | {metric} | {value:.4} |", name.replace('_', " "));
        }
    }
    out.push_str(
        "\nThese numbers hold for pictures like those of the table. `test as stored` and `test equalised` are the \
         same pictures with the other treatment of files.\n",
    );
    if !card.notes.is_empty() {
        let _ = writeln!(out, "\n## Notes\n\n{}", card.notes);
    }
    out
}

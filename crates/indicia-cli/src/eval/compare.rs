use anyhow::{Result, bail};
use indicia_eval::compare::{Pair, compare};
use indicia_eval::report::{About, Grid, heading, shown};
use serde_json::json;

use super::args::CompareArgs;
use super::score::{command_line, options, read};
use crate::args::Format;
use crate::output::print_line;

/// Compares detectors in pairs.
pub fn run(args: &CompareArgs) -> Result<u8> {
    let predictions = read(&args.scoring, vec![])?;
    let pairs = compare(&predictions, &options(&args.scoring, None))?;
    if pairs.is_empty() {
        bail!("there are no two series under the same condition to compare");
    }
    let about = About::of(&predictions, command_line())?;
    match args.format {
        Format::Json => {
            let mut out = about.head(std::iter::empty());
            out.insert("comparisons".into(), json!(pairs));
            print_line(&format!("{:#}", json!(out)))?;
        }
        Format::Human => print_line(text(&pairs, &args.metrics).trim_end())?,
    }
    Ok(0)
}

fn text(pairs: &[Pair], metrics: &[String]) -> String {
    let head = ["first", "second", "condition", "items", "metric", "first", "second", "difference", "p"];
    let mut rows = vec![];
    for pair in pairs {
        for metric in metrics {
            let Some(found) = pair.comparison.get(metric) else { continue };
            let mut row = vec![pair.first.clone(), pair.second.clone(), pair.condition.clone()];
            row.extend([pair.items.to_string(), heading(metric)]);
            row.extend([found.first, found.second].map(|v| format!("{v:.3}")));
            row.push(shown(Some(found.difference)));
            row.push(found.p_value.map_or("-".to_owned(), |p| format!("{p:.4}")));
            rows.push(row);
        }
    }
    let grid = Grid { head: head.map(str::to_owned).to_vec(), rows, words: 3 };
    let mut out = grid.text();
    out += "\nDifferences are first minus second on the items that both scored, with 95 % intervals and two-sided\n\
            p-values of the paired bootstrap over groups. They are not corrected for the number of comparisons.\n";
    out
}

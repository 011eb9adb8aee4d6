use std::sync::Mutex;

use anyhow::{Result, bail};
use indicatif::ProgressBar;
use indicia_eval::describe::{self, describe, to_text};
use indicia_eval::layout::{self, GroupRule, Layout, make};
use serde_json::json;

use super::args::{DescribeArgs, LayoutArg, TableArgs, UnmaskedArg};
use crate::args::Format;
use crate::output::print_line;
use crate::work::{progress, threads};

/// Makes a benchmark table.
pub fn make_table(args: &TableArgs) -> Result<u8> {
    let mut labels = std::collections::BTreeMap::new();
    for (word, label) in &args.label_map {
        if labels.insert(word.to_lowercase(), *label).is_some_and(|before| before != *label) {
            bail!("--label-map gives {word:?} both labels");
        }
    }
    let options = layout::Options {
        layout: args.layout.map(|layout| match layout {
            LayoutArg::Classes => Layout::Classes,
            LayoutArg::Masks => Layout::Masks,
            LayoutArg::Coco => Layout::Coco,
            LayoutArg::Brat => Layout::Brat,
            LayoutArg::Table => Layout::Table,
        }),
        label: args.label.map(|label| label == 1),
        split: args.split.clone(),
        domain: args.domain.clone(),
        group: args.group.clone(),
        map: args.map.iter().cloned().collect(),
        labels,
        unmasked_authentic: args.unmasked == Some(UnmaskedArg::Authentic),
        digests: !args.no_digest,
        limits: args.limits.clone().unwrap_or_default(),
        jobs: threads(args.jobs.map(usize::from)),
    };
    let bars = Bars::default();
    let made = make(&args.source, &args.out, &options, &|step, done, total| bars.show(step, done, total));
    bars.finish();
    let made = made?;
    let names: Vec<_> = made.layouts.iter().map(|l| l.description()).collect();
    let layout = if names.is_empty() { "files of one label".to_owned() } else { names.join("; ") };
    eprintln!("layout: {layout}");
    let [authentic, fake, none] = made.labels;
    eprintln!("{} rows: {authentic} authentic, {fake} fake, {none} without a label", made.rows);
    eprintln!("columns: {}", made.columns.join(", "));
    for note in &made.notes {
        eprintln!("{note}");
    }
    if made.skipped.count() > 0 {
        eprintln!("left out: {}", made.skipped.count());
    }
    for (reason, count, first) in made.skipped.iter() {
        let more = if count > 1 { ", ..." } else { "" };
        eprintln!("  {count} {reason}: {first}{more}");
    }
    print_line(&args.out.display().to_string())?;
    Ok(0)
}

/// Describes a table.
pub fn describe_table(args: &DescribeArgs) -> Result<u8> {
    let options = describe::Options {
        hashes: !args.no_hash,
        limits: args.limits.clone().unwrap_or_default(),
        jobs: threads(args.jobs.map(usize::from)),
    };
    let bars = Bars::default();
    let described = describe(&args.table, &options, &|step, done, total| bars.show(step, done, total));
    bars.finish();
    let described = described?;
    match args.format {
        Format::Json => print_line(&format!("{:#}", json!(described)))?,
        Format::Human => print_line(to_text(&described).trim_end())?,
    }
    Ok(0)
}

/// A bar for the step in hand.
#[derive(Default)]
struct Bars(Mutex<Option<(&'static str, ProgressBar)>>);

impl Bars {
    fn show(&self, step: &'static str, done: u64, total: u64) {
        let Ok(mut current) = self.0.lock() else { return };
        if current.as_ref().is_none_or(|(name, _)| *name != step) {
            if let Some((_, bar)) = current.take() {
                bar.finish_and_clear();
            }
            *current = Some((step, progress(total, step)));
        }
        if let Some((_, bar)) = &*current {
            bar.set_position(done);
        }
    }

    fn finish(&self) {
        if let Ok(mut current) = self.0.lock()
            && let Some((_, bar)) = current.take()
        {
            bar.finish_and_clear();
        }
    }
}

/// Reads the value of `--group`.
pub fn parse_group(text: &str) -> Result<GroupRule, String> {
    let expected =
        || format!("expected column:NAME, prefix:TEXT, folder, near or near:BITS (0 to 4), got {text:?}");
    match text.split_once(':') {
        None if text == "folder" => Ok(GroupRule::Folder),
        None if text == "near" => Ok(GroupRule::Near(4)),
        Some(("column", name)) if !name.is_empty() => Ok(GroupRule::Column(name.to_owned())),
        Some(("prefix", prefix)) if !prefix.is_empty() => Ok(GroupRule::Prefix(prefix.to_owned())),
        Some(("near", bits)) => {
            bits.parse().ok().filter(|bits| *bits <= 4).map(GroupRule::Near).ok_or_else(expected)
        }
        _ => Err(expected()),
    }
}

/// Reads one `--map`.
pub fn parse_map(text: &str) -> Result<(String, String), String> {
    let expected = || format!("expected NAME=COLUMN, such as path=image_name, got {text:?}");
    let (name, column) = text.split_once('=').ok_or_else(expected)?;
    if name.trim().is_empty() || column.is_empty() {
        return Err(expected());
    }
    Ok((name.trim().to_owned(), column.to_owned()))
}

/// Reads one `--label-map`.
pub fn parse_label(text: &str) -> Result<(String, bool), String> {
    let expected = || format!("expected WORD=0 or WORD=1, got {text:?}");
    let (word, label) = text.rsplit_once('=').ok_or_else(expected)?;
    match label.trim() {
        "0" => Ok((word.trim().to_owned(), false)),
        "1" => Ok((word.trim().to_owned(), true)),
        _ => Err(expected()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_and_wrong_ones_named() {
        assert_eq!(parse_group("prefix:_"), Ok(GroupRule::Prefix("_".into())));
        assert_eq!(parse_group("column:patient"), Ok(GroupRule::Column("patient".into())));
        assert_eq!(
            (parse_group("folder"), parse_group("near:2")),
            (Ok(GroupRule::Folder), Ok(GroupRule::Near(2)))
        );
        for bad in ["near:5", "prefix:", "files", "column", "near:x"] {
            assert!(parse_group(bad).unwrap_err().contains("expected column:NAME"), "{bad}");
        }
        assert_eq!(parse_map("path=image name"), Ok(("path".into(), "image name".into())));
        assert!(parse_map("path").is_err() && parse_map("=x").is_err());
        assert_eq!(parse_label("a=b=1"), Ok(("a=b".into(), true)));
        assert!(parse_label("a=2").is_err() && parse_label("a").is_err());
    }
}

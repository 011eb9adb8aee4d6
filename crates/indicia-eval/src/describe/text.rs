use super::{Confound, Copies, Description, LabelCounts, Measure};
use crate::report::Grid;

/// Values of a column that are shown.
const SHOWN: usize = 20;

/// Sentences that a reader must not miss.
pub(super) fn warnings(d: &Description) -> Vec<String> {
    let mut out = vec![];
    let of = |label: &str| d.labels.get(label).copied().unwrap_or(0);
    match (of("0"), of("1")) {
        (0, 0) => out.push("no row has a label: confounds cannot be measured".to_owned()),
        (0, _) => out.push("all labels are 1: no detector can be judged without authentic items".to_owned()),
        (_, 0) => out.push("all labels are 0: no detector can be judged without fakes".to_owned()),
        _ => {}
    }
    if of("none") > 0 && of("0") + of("1") > 0 {
        out.push(format!("{} rows have no label", of("none")));
    }
    for (what, copies) in [
        ("the same bytes as another", Some(&d.same_bytes)),
        ("a picture that looks like another", d.look_alike.as_ref()),
    ] {
        let Some(copies) = copies else { continue };
        if copies.across_splits > 0 {
            out.push(format!("{} items hold {what} in another split", copies.across_splits));
        }
        if copies.across_labels > 0 {
            out.push(format!("{} items hold {what} with the other label", copies.across_labels));
        }
    }
    if d.groups.across_splits > 0 {
        out.push(format!("{} of {} groups are in several splits", d.groups.across_splits, d.groups.groups));
    }
    let called: Vec<&Confound> = d.confounds.iter().filter(|c| c.called_out).collect();
    let of_table =
        |c: &&&Confound| c.id.starts_with("column.") || matches!(c.id.as_str(), "domain" | "split" | "all");
    // What files alone tell is not told again together with the table's columns.
    let told = called.iter().any(|c| c.id == "file_properties");
    out.extend(called.iter().filter(|c| !(told && c.id == "all")).map(|c| c.statement.clone()));
    if called.iter().any(|c| !of_table(&c)) {
        out.push(
            "a detector may learn or show these in place of forgery: judge it with all files equalised (--protocol \
             equalised, or --condition equalise:256,96) beside the files as they are"
                .to_owned(),
        );
    }
    out
}

/// The description for people.
pub fn to_text(d: &Description) -> String {
    let mut out = format!("{}: {} rows\n", d.table, d.rows);
    let labels: Vec<String> = d.labels.iter().map(|(label, n)| format!("label {label}: {n}")).collect();
    out += &format!("{}\n", labels.join(", "));
    for (id, values) in &d.counts {
        let mut values: Vec<(&String, &LabelCounts)> = values.iter().collect();
        values.sort_by_key(|(name, c)| (std::cmp::Reverse(c.authentic + c.fake + c.none), (*name).clone()));
        let more = values.len().saturating_sub(SHOWN);
        let rows = values.iter().take(SHOWN).map(|(name, c)| {
            let counts = [c.authentic, c.fake, c.none].map(|n| n.to_string());
            std::iter::once((*name).clone()).chain(counts).collect()
        });
        let head = [*id, "authentic", "fake", "no label"].map(str::to_owned).to_vec();
        out += &format!("\n{}", Grid { head, rows: rows.collect(), words: 1 }.text());
        if more > 0 {
            out += &format!("and {more} more\n");
        }
    }
    if !d.quantiles.is_empty() {
        let head = ["", "items", "least", "25 %", "50 %", "75 %", "greatest"].map(str::to_owned).to_vec();
        let rows = d.quantiles.iter().map(|(id, q)| {
            let values = [q.min, q.q25, q.median, q.q75, q.max];
            let shown =
                values.map(|v| if *id == "altered_share" { format!("{v:.4}") } else { format!("{v}") });
            [(*id).replace('_', " "), q.count.to_string()].into_iter().chain(shown).collect()
        });
        out += &format!("\n{}", Grid { head, rows: rows.collect(), words: 1 }.text());
    }
    out += "\nCopies\n";
    let copies = |name: &str, c: &Copies| {
        let examples: Vec<_> = c.examples.iter().map(|[a, b]| format!("rows {a} and {b}")).collect();
        let examples =
            if examples.is_empty() { String::new() } else { format!(" ({})", examples.join(", ")) };
        let cut = if c.cut { "; too many to find all" } else { "" };
        format!(
            "{name}: {} items in {} sets, {} across splits, {} across labels{examples}{cut}\n",
            c.items, c.sets, c.across_splits, c.across_labels
        )
    };
    out += &copies("same bytes", &d.same_bytes);
    match &d.look_alike {
        Some(c) => out += &copies("look alike (perceptual hashes within 4 of 64 bits)", c),
        None => out += "look alike: not looked for (--no-hash)\n",
    }
    if d.groups.groups > 0 {
        let examples = d.groups.examples.join(", ");
        let examples = if examples.is_empty() { String::new() } else { format!(" ({examples})") };
        out +=
            &format!("groups: {}, {} in several splits{examples}\n", d.groups.groups, d.groups.across_splits);
    }
    for problem in &d.problems {
        out += &format!("\n{}: {} rows\n", problem.what, problem.rows);
        problem.examples.iter().for_each(|e| out += &format!("  {e}\n"));
        if problem.rows > problem.examples.len() as u64 {
            out += &format!("  and {} more\n", problem.rows - problem.examples.len() as u64);
        }
    }
    if !d.confounds.is_empty() {
        out += "\nWhat tells the label without a look at the content\n";
        let head = ["property", "items", "AUC [95 %]", "measured by", ""].map(str::to_owned).to_vec();
        let telling = |c: &&Confound| c.called_out || c.auc.is_some_and(|auc| auc >= TELLING);
        let shown = d.confounds.iter().filter(telling).count().max(d.confounds.len().min(LEAST_SHOWN));
        let rows = d.confounds[..shown].iter().map(confound).collect();
        out += &Grid { head, rows, words: 1 }.text();
        if shown < d.confounds.len() {
            let rest = d.confounds.len() - shown;
            out += &format!("and {rest} more below {TELLING} (all with --format json)\n");
        }
        out += "\nAUC 0.5 tells nothing, 1 tells all. Words and bins: share of fakes among items of the same value in other\n\
                folds; together: boosted stumps, out of fold. Intervals over groups. Called out (!): AUC of at least 0.6\n\
                whose interval lies above 0.5 and that chance would not give.\n";
    }
    if !d.warnings.is_empty() {
        out += "\nTo be thought of\n";
        d.warnings.iter().for_each(|w| out += &format!("- {w}\n"));
    }
    out
}

/// Properties with a smaller AUC are told only while there are few.
const TELLING: f64 = 0.55;
const LEAST_SHOWN: usize = 8;

fn confound(c: &Confound) -> Vec<String> {
    let auc = match (c.auc, c.ci95) {
        (Some(auc), Some([low, high])) => format!("{auc:.3} [{low:.3}, {high:.3}]"),
        (Some(auc), None) => format!("{auc:.3}"),
        _ => "-".to_owned(),
    };
    let measure = match c.measure {
        Measure::RankHigher => "rank, higher in fakes",
        Measure::RankLower => "rank, lower in fakes",
        Measure::Categories => "value",
        Measure::Bins => "bins",
        Measure::Combined => "together",
    };
    let mark = if c.called_out { "!" } else { "" };
    vec![c.name.clone(), c.items.to_string(), auc, measure.to_owned(), mark.to_owned()]
}

use super::{Contestant, ExamReport, Kind, VIEWS};
use crate::metrics::Section;
use crate::report::{Grid, shown};

/// A row for each contestant, overall and by view.
pub fn summary(report: &ExamReport) -> Grid {
    let mut head = vec!["answers".to_owned(), "items".to_owned()];
    let first = report.contestants.first();
    head.extend(first.into_iter().flat_map(|c| &c.section.metrics).map(|(d, _)| d.name.to_owned()));
    let row = |c: &Contestant| {
        let items = c.section.counts.first().map_or(0, |(_, count)| *count);
        let mut row = vec![c.name.clone(), items.to_string()];
        row.extend(c.section.metrics.iter().map(|(_, estimate)| shown(*estimate)));
        row
    };
    Grid { head, rows: report.contestants.iter().map(row).collect(), words: 1 }
}

/// Of one view, or of `category`, a row for each value and a column for each model, the best constant letter and
/// the expected value of chance.
pub fn values(report: &ExamReport, view: &str) -> Grid {
    let of = |section: &Section| -> Option<String> {
        section.of.strip_prefix(view)?.strip_prefix(' ').map(str::to_owned)
    };
    let mut head = vec![view.to_owned(), "categories".to_owned(), "items".to_owned()];
    let shown_ones: Vec<&Contestant> = report
        .contestants
        .iter()
        .filter(|c| matches!(c.kind, Kind::Model | Kind::BestConstant | Kind::Chance))
        .collect();
    head.extend(shown_ones.iter().map(|c| c.name.clone()));
    // Where answers are left out a contestant may lack a value; the blind ones have all.
    let all = report.contestants.last();
    let rows = all.into_iter().flat_map(|c| &c.section.by_type).filter_map(|part| {
        let mut row = vec![of(part)?];
        row.extend(["categories", "items"].map(|name| {
            part.counts.iter().find(|(of, _)| *of == name).map_or(0, |(_, count)| *count).to_string()
        }));
        row.extend(shown_ones.iter().map(|c| {
            let same = c.section.by_type.iter().find(|other| other.of == part.of);
            shown(same.and_then(|part| part.get("accuracy")))
        }));
        Some(row)
    });
    debug_assert!(view == "category" || VIEWS.contains(&view));
    Grid { rows: rows.collect(), head, words: 1 }
}

use indicia_core::{Error, Result};

use super::Run;
use super::journal::{Answer, Journal, Line, Status};
use crate::detector::Detector;
use crate::files;
use crate::table::{Cell, Column, ColumnType, Item, ItemReader, TableWriter, resolve};

/// Name of the table of predictions in a run's folder.
pub const PREDICTIONS: &str = "predictions.parquet";

/// Columns before the table's own attributes.
const FIRST: [(&str, ColumnType); 18] = [
    ("row", ColumnType::Int),
    ("path", ColumnType::Text),
    ("label", ColumnType::Int),
    ("mask", ColumnType::Text),
    ("method", ColumnType::Text),
    ("domain", ColumnType::Text),
    ("split", ColumnType::Text),
    ("group", ColumnType::Text),
    ("digest", ColumnType::Text),
    ("detector", ColumnType::Text),
    ("condition", ColumnType::Text),
    ("status", ColumnType::Text),
    ("score", ColumnType::Float),
    ("score_kind", ColumnType::Text),
    ("decision", ColumnType::Bool),
    ("predicted_mask", ColumnType::Text),
    ("why", ColumnType::Text),
    ("seconds", ColumnType::Float),
];

/// Writes a row for every item, condition and detector, in the order of the table. `attributes` are the
/// table's further columns; one that is named like a column of predictions gets `table.` before its name.
/// Returns how many judgements failed.
pub(super) fn write(run: &Run<'_>, attributes: &[String], journal: &mut Journal) -> Result<u64> {
    let taken = |name: &str| FIRST.iter().any(|(first, _)| *first == name);
    let named = |name: &String| if taken(name) { format!("table.{name}") } else { name.clone() };
    let first = FIRST.iter().map(|(name, kind)| Column::new(*name, *kind));
    let further = attributes.iter().map(|name| Column::new(named(name), ColumnType::Text));
    let mut table = TableWriter::create(&run.predictions(), first.chain(further).collect())?;
    let mut items = ItemReader::open(run.table)?;
    let conditions = run.conditions.len() as u64;
    let (mut current, mut failed) = (Item::default(), 0);
    journal.in_order(|line| {
        while current.row < line.row {
            current = items.next_item()?.ok_or_else(|| {
                Error::input(format!("{} has no row {} any more", run.table.display(), line.row))
            })?;
        }
        let condition = run.conditions[(line.piece % conditions) as usize].name();
        for (detector, answer) in run.detectors.iter().zip(&line.answers) {
            failed += u64::from(answer.status == Status::Failed);
            let first = first_cells(run, &current, &line, *detector, condition, answer);
            let further = attributes.iter().map(|name| Cell::from(current.get(name)));
            table.push(&first.into_iter().chain(further).collect::<Vec<_>>())?;
        }
        Ok(())
    })?;
    table.finish()?;
    Ok(failed)
}

fn first_cells(
    run: &Run<'_>,
    item: &Item,
    line: &Line,
    detector: &dyn Detector,
    condition: &str,
    answer: &Answer,
) -> [Cell; FIRST.len()] {
    // Masks lie beside the table of items, not beside the predictions.
    let mask = item.mask.as_ref().map(|mask| files::absolute(&resolve(run.table, mask)));
    [
        Cell::Int(item.row as i64),
        item.path.clone().into(),
        item.label.map(i64::from).into(),
        mask.into(),
        item.method.clone().into(),
        item.domain.clone().into(),
        item.split.clone().into(),
        item.group.clone().into(),
        line.digest.clone().into(),
        detector.id().into(),
        condition.into(),
        answer.status.name().into(),
        answer.score.into(),
        detector.score_kind().id().into(),
        answer.decision.into(),
        answer.map.clone().into(),
        answer.why.clone().into(),
        answer.seconds.into(),
    ]
}

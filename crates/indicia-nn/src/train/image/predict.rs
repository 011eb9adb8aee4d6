use std::path::Path;
use std::sync::Arc;

use indicia_core::{Error, Result};
use indicia_eval::table::{Cell, Column, ColumnType, TableWriter};

use super::{ImageTask, ImageTrainer, Prediction};
use crate::data::{Data as _, Images, Loader};
use crate::train::Run;

impl<T: ImageTask> ImageTrainer<T> {
    /// Scores of all pictures that can be read.
    pub(super) fn predictions(
        &self,
        task: &T,
        module: &T::Module,
        images: &Arc<Images>,
        run: &Run<'_, T>,
    ) -> Result<Vec<Prediction>> {
        let (batch, count) = (run.config.batch, images.len());
        let shared = Arc::clone(images);
        let loader =
            Loader::start(count.div_ceil(batch) as u64, run.threads, 4 * run.threads.max(1), move |i| {
                let first = i as usize * batch;
                Ok((first..(first + batch).min(count))
                    .map(|index| (index, shared.load(index, None)))
                    .collect::<Vec<_>>())
            });
        let (mut predictions, mut unreadable) = (vec![], vec![]);
        for loaded in loader {
            let mut samples = vec![];
            for (index, sample) in loaded? {
                match sample {
                    Ok(sample) => samples.push(sample),
                    Err(error) => unreadable.push(format!("{} ({error})", images.name(index))),
                }
            }
            if unreadable.len() > run.max_unreadable {
                return Err(Error::input(format!(
                    "{} items cannot be read, more than data.max_unreadable = {}: {}",
                    unreadable.len(),
                    run.max_unreadable,
                    unreadable[..unreadable.len().min(5)].join(", ")
                )));
            }
            if samples.is_empty() {
                continue;
            }
            let scores = task.predict(module, &samples, &run.device)?;
            predictions.extend(
                samples.iter().zip(scores).map(|(sample, score)| Prediction { index: sample.index, score }),
            );
        }
        unreadable.iter().for_each(|item| run.watch.say(&format!("left out: {item}")));
        Ok(predictions)
    }
}

/// Writes predictions as a table that `indicia eval score` reads.
pub(super) fn write(path: &Path, images: &Images, predictions: &[Prediction], id: &str) -> Result<()> {
    let column = |(name, kind): &(&str, ColumnType)| Column::new(*name, *kind);
    let columns = [
        ("path", ColumnType::Text),
        ("label", ColumnType::Int),
        ("group", ColumnType::Text),
        ("detector", ColumnType::Text),
        ("score", ColumnType::Float),
        ("decision", ColumnType::Int),
    ];
    let mut table = TableWriter::create(path, columns.iter().map(column).collect())?;
    for prediction in predictions {
        let entry = &images.entries[prediction.index];
        table.push(&[
            Cell::Text(entry.name.clone()),
            Cell::Int(entry.label.into()),
            Cell::Text(entry.group.clone()),
            Cell::Text(id.to_owned()),
            Cell::Float(prediction.score),
            Cell::Int((prediction.score > 0.0).into()),
        ])?;
    }
    table.finish()
}

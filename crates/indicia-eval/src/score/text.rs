use indicia_core::Result;

use super::subset::groups;
use super::{Options, Predictions};
use crate::metrics::Section;
use crate::metrics::text::{self, Answer};

/// Measures written answers: `predicted_text` against `text`, which holds one reference or a JSON list of
/// several. A row without a predicted text is an empty answer.
///
/// `None` if no row has a predicted text.
pub(super) fn score(
    predictions: &Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<Section>> {
    if !used.iter().any(|i| predictions.text("predicted_text", *i as usize).is_some()) {
        return Ok(None);
    }
    let references = |index: &u32| {
        let index = *index as usize;
        let cell = predictions.text("text", index).unwrap_or_default();
        // A text that only looks like a list, such as "[1]", is a text.
        let list = serde_json::from_str(cell).unwrap_or_else(|_| vec![cell.to_owned()]);
        if list.iter().all(String::is_empty) {
            return Err(predictions.at(index, "text", &"expected a reference text, got nothing"));
        }
        Ok(list)
    };
    let references: Vec<Vec<String>> = used.iter().map(references).collect::<Result<_>>()?;
    let references: Vec<Vec<&str>> =
        references.iter().map(|list| list.iter().map(String::as_str).collect()).collect();
    let answers: Vec<Answer<'_>> = used
        .iter()
        .zip(&references)
        .map(|(index, references)| Answer {
            text: predictions.text("predicted_text", *index as usize).unwrap_or_default(),
            references,
        })
        .collect();
    text::evaluate(&answers, &groups(predictions, used), options.bootstrap).map(Some)
}

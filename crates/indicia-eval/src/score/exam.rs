use indicia_core::Result;

use super::subset::groups;
use super::{Options, Predictions};
use crate::exam;
use crate::metrics::Section;

/// Options that a model chose, where every item has a category of Forensics-Bench.
pub(super) fn score(
    predictions: &Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<Section>> {
    let columns = ["category", "class", "predicted_class"].map(|name| predictions.codes(name));
    let [Some(_), Some(class), Some(chosen)] = columns else { return Ok(None) };
    let ids = groups(predictions, used);
    let answered = |(&index, group): (&u32, u32)| {
        let category = predictions.text("category", index as usize)?;
        let known = exam::Category::parse(category).is_ok_and(|c| c.is_known());
        let hit = f64::from(u8::from(class[index as usize] == chosen[index as usize]));
        known.then_some(exam::Answered { category, hit, group })
    };
    // Other tables have categories too: of another kind, they are none of ours.
    let answered: Option<Vec<_>> = used.iter().zip(ids).map(answered).collect();
    match answered {
        Some(answered) if !answered.is_empty() => exam::measure(&answered, options.bootstrap).map(Some),
        _ => Ok(None),
    }
}

use indicia_core::Result;

use super::subset::groups;
use super::{Options, Predictions, open_set};
use crate::exam;
use crate::metrics::{Definition, Section};

/// A kind of output that predictions can hold besides scores, maps and classes.
pub(super) struct SectionKind {
    /// Name in JSON and before the point in protocols.
    pub name: &'static str,
    /// Its metrics.
    pub definitions: &'static [Definition],
    /// Measures the rows (by index) of one series; `None` if they hold nothing of this kind.
    pub score: fn(&Predictions, &[u32], &Options<'_>) -> Result<Option<Section>>,
}

/// Every kind, in the order in which they are reported.
pub(super) static SECTIONS: &[SectionKind] = &[
    SectionKind { name: "exam", definitions: &exam::DEFINITIONS, score: exam },
    SectionKind { name: "open_set", definitions: &crate::metrics::open_set::METRICS, score: open_set::score },
];

/// Measures what the rows of one series hold besides scores, maps and classes.
pub(super) fn score(predictions: &Predictions, used: &[u32], options: &Options<'_>) -> Result<Vec<Section>> {
    SECTIONS.iter().filter_map(|kind| (kind.score)(predictions, used, options).transpose()).collect()
}

/// Options that a model chose, where every item has a category of Forensics-Bench.
fn exam(predictions: &Predictions, used: &[u32], options: &Options<'_>) -> Result<Option<Section>> {
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

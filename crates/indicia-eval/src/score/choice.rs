use std::collections::HashMap;

use indicia_core::Result;

use super::intern::NONE;
use super::subset::groups;
use super::{Options, Predictions};
use crate::metrics::Section;
use crate::metrics::choice::{self, Choice, Question};

/// Column that names the pair which a question belongs to.
const PAIR: &str = "pair";

/// Measures choices among options: `predicted_answer` (empty for none) against `answer`, both as written;
/// rows with the same `pair` are two questions of which both must be right.
///
/// `None` if no row has a predicted answer.
pub(super) fn score(
    predictions: &Predictions,
    used: &[u32],
    options: &Options<'_>,
) -> Result<Option<Section>> {
    let Some(chosen) = predictions.codes("predicted_answer") else { return Ok(None) };
    if used.iter().all(|index| chosen[*index as usize] == NONE) {
        return Ok(None);
    }
    let read = |index: u32| {
        let code = |codes: &[u32]| Some(codes[index as usize]).filter(|code| *code != NONE);
        let right = predictions.codes("answer").and_then(code).ok_or_else(|| {
            predictions.at(index as usize, "answer", &"expected the right option, got nothing")
        })?;
        Ok(Choice { right, chosen: code(chosen) })
    };
    let pair_of = |index: u32| {
        let code = predictions.codes(PAIR).map_or(NONE, |codes| codes[index as usize]);
        Some(code).filter(|code| *code != NONE)
    };
    // The rows of each pair in the place of its first.
    let mut members: Vec<Vec<u32>> = vec![];
    let mut places: HashMap<u32, usize> = HashMap::new();
    for &index in used {
        match pair_of(index) {
            None => members.push(vec![index]),
            Some(pair) => {
                let place = *places.entry(pair).or_insert(members.len());
                if place == members.len() {
                    members.push(vec![]);
                }
                members[place].push(index);
            }
        }
    }
    let mut questions = vec![];
    for rows in &members {
        questions.push(match rows[..] {
            [one] if pair_of(one).is_none() => Question::Single(read(one)?),
            [first, second] => {
                let of = |index: u32| predictions.rows[index as usize].group;
                if of(first) != of(second) {
                    let message = "expected the group of the other question of the pair";
                    return Err(predictions.at(second as usize, "group", &message));
                }
                Question::Pair([read(first)?, read(second)?])
            }
            _ => {
                let message = format!("expected two questions of each pair, got {}", rows.len());
                return Err(predictions.at(rows[rows.len() - 1] as usize, PAIR, &message));
            }
        });
    }
    let first: Vec<u32> = members.iter().map(|rows| rows[0]).collect();
    choice::evaluate(&questions, &groups(predictions, &first), options.bootstrap).map(Some)
}

use indicia_core::{Error, Result};
use rayon::prelude::*;

use super::catalogue::METRICS;
use super::{BleuCounts, BleuTokens, ChrfCounts, Rouge, bleu, chrf, exact_match, rouge, token_f1};
use crate::metrics::Section;
use crate::stats::{Bootstrap, Groups, Tallies, estimate_sums};

/// A written answer with the texts that would be right.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// What was written; empty if nothing was.
    pub text: &'a str,
    /// Right texts, at least one.
    pub references: &'a [&'a str],
}

/// Columns of a [`BleuCounts`].
const BLEU: usize = 2 + 2 * bleu::ORDERS;
/// Where the counts of chrF begin, after BLEU of both kinds of tokens.
const CHRF: usize = 2 * BLEU;
/// Where sums over answers begin: their number, then each figure.
const MEANS: usize = CHRF + 3 * chrf::ORDERS;
/// Sentence BLEU, ROUGE without and with stems, exact match, token F1.
const FIGURES: usize = bleu::ORDERS + 6 + 2;
/// How many columns there are: the last counts answers whose references have a word.
const COLUMNS: usize = MEANS + FIGURES + 2;

/// Measures written answers, with intervals of the bootstrap over groups (one number an answer).
///
/// # Errors
/// `Input` for an answer without reference and groups that are not as many as answers; `Limits` for a text of
/// more than [`MAX_WORDS`](super::MAX_WORDS) words.
pub fn evaluate(answers: &[Answer<'_>], groups: &[u32], bootstrap: Bootstrap) -> Result<Section> {
    if groups.len() != answers.len() {
        let (want, got) = (answers.len(), groups.len());
        return Err(Error::input(format!("expected as many groups as answers ({want}), got {got}")));
    }
    let counted: Vec<[f64; COLUMNS]> = answers.par_iter().map(count).collect::<Result<_>>()?;
    let mut tallies = Tallies::new(COLUMNS);
    counted.into_iter().for_each(|row| tallies.push(row.into_iter().enumerate()));
    let groups = Groups::from_ids(groups)?;
    let estimates = estimate_sums(&tallies, &groups, bootstrap, values);
    let references = answers.iter().map(|answer| answer.references.len() as u64).sum();
    Ok(Section {
        name: "text",
        counts: vec![
            ("answers", answers.len() as u64),
            ("groups", groups.len() as u64),
            ("references", references),
        ],
        protocol: "fractions; of several references the best one for each figure, for BLEU all together"
            .to_owned(),
        metrics: METRICS.iter().zip(estimates).collect(),
        by_type: vec![],
        of: String::new(),
    })
}

fn count(answer: &Answer<'_>) -> Result<[f64; COLUMNS]> {
    let Answer { text, references } = *answer;
    if references.is_empty() {
        return Err(Error::input("expected a reference text, got none"));
    }
    let mut row = [0.0; COLUMNS];
    let mteval = BleuCounts::of(text, references, BleuTokens::Mteval13a);
    let space = BleuCounts::of(text, references, BleuTokens::WhiteSpace);
    for (columns, counts) in row[..CHRF].chunks_mut(BLEU).zip([mteval, space]) {
        columns[..2].copy_from_slice(&[counts.answer, counts.reference]);
        columns[2..2 + bleu::ORDERS].copy_from_slice(&counts.matched);
        columns[2 + bleu::ORDERS..].copy_from_slice(&counts.total);
    }
    row[CHRF..MEANS].copy_from_slice(ChrfCounts::of(text, references).0.as_flattened());
    let (plain, stemmed) = (rouge(text, references, false)?, rouge(text, references, true)?);
    let f1 = |rouge: Rouge| [rouge.one.f1, rouge.two.f1, rouge.longest.f1];
    let figures = (1..=bleu::ORDERS)
        .map(|order| mteval.bleu(order, true).unwrap_or(0.0))
        .chain(f1(plain))
        .chain(f1(stemmed))
        .chain([f64::from(u8::from(exact_match(text, references))), token_f1(text, references)]);
    row[MEANS] = 1.0;
    row[MEANS + 1..].iter_mut().zip(figures).for_each(|(column, figure)| *column = figure);
    row[COLUMNS - 1] = f64::from(u8::from(mteval.reference > 0.0));
    Ok(row)
}

fn values(sums: &[f64]) -> Vec<Option<f64>> {
    let mut values = Vec::with_capacity(METRICS.len());
    for columns in sums[..CHRF].chunks(BLEU) {
        let four = |start: usize| std::array::from_fn(|order| columns[start + order]);
        let counts = BleuCounts {
            answer: columns[0],
            reference: columns[1],
            matched: four(2),
            total: four(2 + bleu::ORDERS),
        };
        values.extend((1..=bleu::ORDERS).map(|order| counts.bleu(order, false)));
    }
    let (answers, with_words) = (sums[MEANS], sums[COLUMNS - 1]);
    let figures = &sums[MEANS + 1..COLUMNS - 1];
    let mean = |sum: f64, count: f64| (count > 0.0).then(|| sum / count);
    values.extend(figures[..bleu::ORDERS].iter().map(|sum| mean(*sum, with_words)));
    let orders = std::array::from_fn(|order| std::array::from_fn(|side| sums[CHRF + 3 * order + side]));
    values.push(ChrfCounts(orders).chrf());
    values.extend(figures[bleu::ORDERS..].iter().map(|sum| mean(*sum, answers)));
    values
}

//! Metrics of questions with options: points, and pairs of questions that are told apart only by what is
//! looked at (two pictures, one question, different right options).
//!
//! Points are those of Med-HALT: 1 for the right option, -0.25 for anything else. Pairs are scored as
//! MediConfusion does.

use indicia_core::{Error, Result};

use super::{Definition, Section};
use crate::stats::{Bootstrap, Groups, Tallies, estimate_sums};

/// All metrics of choices.
pub const METRICS: &[Definition] = &[
    Definition::higher("accuracy", "Answers right", "Share of questions answered with the right option."),
    Definition::higher(
        "point_score",
        "Point score",
        "Mean points: 1 for the right option, -0.25 for a wrong or no option.",
    ),
    Definition::lower("invalid", "No option", "Share of questions answered with none of the options."),
    Definition::higher(
        "pair_accuracy",
        "Pairs right",
        "Share of pairs of which both questions are answered rightly.",
    ),
    Definition::lower(
        "pair_confusion",
        "Pairs confused",
        "Share of pairs answered with the same option for both questions.",
    ),
];

/// Points for anything but the right option.
const WRONG: f64 = -0.25;

/// An answered question. Options are numbers that mean the same within a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// The right option.
    pub right: u32,
    /// What was chosen; `None` for no option.
    pub chosen: Option<u32>,
}

/// Questions that are drawn together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// One alone.
    Single(Choice),
    /// Two that only the evidence tells apart.
    Pair([Choice; 2]),
}

/// Columns: questions, right, invalid, pairs, both right, same option.
const COLUMNS: usize = 6;

/// Measures choices, with intervals of the bootstrap over groups (one number for each of `questions`, pairs
/// being one).
///
/// # Errors
/// `Input` for groups that are not as many as questions.
pub fn evaluate(questions: &[Question], groups: &[u32], bootstrap: Bootstrap) -> Result<Section> {
    if groups.len() != questions.len() {
        let (want, got) = (questions.len(), groups.len());
        return Err(Error::input(format!("expected as many groups as questions ({want}), got {got}")));
    }
    let mut tallies = Tallies::new(COLUMNS);
    questions.iter().for_each(|question| tallies.push(count(question).into_iter().enumerate()));
    let groups = Groups::from_ids(groups)?;
    let estimates = estimate_sums(&tallies, &groups, bootstrap, |sums| {
        let share = |part: f64, whole: f64| (whole > 0.0).then(|| part / whole);
        let &[questions, right, invalid, pairs, both, same] = sums else { return vec![None; METRICS.len()] };
        let points = right + WRONG * (questions - right);
        vec![
            share(right, questions),
            share(points, questions),
            share(invalid, questions),
            share(both, pairs),
            share(same, pairs),
        ]
    });
    let sums = tallies.sums();
    Ok(Section {
        name: "choice",
        counts: vec![
            ("questions", sums[0] as u64),
            ("pairs", sums[3] as u64),
            ("groups", groups.len() as u64),
        ],
        protocol: String::new(),
        metrics: METRICS.iter().zip(estimates).collect(),
        by_type: vec![],
        of: String::new(),
    })
}

fn count(question: &Question) -> [f64; COLUMNS] {
    let (choices, pair) = match question {
        Question::Single(choice) => (std::slice::from_ref(choice), false),
        Question::Pair(choices) => (&choices[..], true),
    };
    let right = choices.iter().filter(|choice| choice.chosen == Some(choice.right)).count();
    let invalid = choices.iter().filter(|choice| choice.chosen.is_none()).count();
    let same = pair && invalid == 0 && choices.iter().all(|choice| choice.chosen == choices[0].chosen);
    let flag = |flag: bool| f64::from(u8::from(flag));
    let number = |count: usize| count as f64;
    [
        number(choices.len()),
        number(right),
        number(invalid),
        flag(pair),
        flag(pair && right == choices.len()),
        flag(same),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let choice = |right, chosen| Choice { right, chosen };
        let questions = [
            Question::Pair([choice(0, Some(0)), choice(1, Some(1))]),
            Question::Pair([choice(0, Some(1)), choice(1, Some(1))]),
            Question::Pair([choice(0, None), choice(1, None)]),
            Question::Single(choice(2, Some(2))),
        ];
        let quick = Bootstrap { replicates: 40, seed: 1 };
        let section = evaluate(&questions, &[0, 1, 2, 3], quick).unwrap();
        let values: Vec<f64> = section.metrics.iter().map(|(_, value)| value.unwrap().value).collect();
        let points = (4.0 - 0.25 * 3.0) / 7.0;
        assert_eq!(values, [4.0 / 7.0, points, 2.0 / 7.0, 1.0 / 3.0, 1.0 / 3.0]);
        assert_eq!(section.counts, [("questions", 7), ("pairs", 3), ("groups", 4)]);
        assert!(section.get("accuracy").unwrap().ci95.is_some());
        // A chooser that never looks: the right options differ, so that it has no pair.
        let blind = [Question::Pair([choice(0, Some(0)), choice(1, Some(0))]); 5];
        let section = evaluate(&blind, &[0, 1, 2, 3, 4], quick).unwrap();
        assert_eq!(section.get("pair_accuracy").unwrap().value, 0.0);
        assert_eq!(section.get("pair_confusion").unwrap().value, 1.0);
        let empty = evaluate(&[], &[], quick).unwrap();
        assert!(empty.metrics.iter().all(|(_, value)| value.is_none()));
        assert!(evaluate(&[], &[1], quick).unwrap_err().to_string().contains("questions (0), got 1"));
    }
}

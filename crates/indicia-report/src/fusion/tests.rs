use indicia_core::{
    BuildContext, Claim, Conclusion, Finding, MethodRun, NotApplicable, ParameterValues, Standing,
};

use super::verdict;
use crate::{Examiner, Options};

fn report(findings: &[(Claim, Standing)]) -> indicia_core::Report {
    let options = Options { context: BuildContext::default(), ..Options::default() };
    let examiner = Examiner::new([], options).unwrap();
    let mut report = examiner.examine("x", vec![]).report;
    report.findings = findings
        .iter()
        .enumerate()
        .map(|(i, &(claim, standing))| Finding {
            claim,
            standing,
            ..Finding::observation("test.method", format!("Ground {i}."))
        })
        .collect();
    report
}

use Claim::{Authentic, Manipulated, Observation, Synthetic};
use Standing::{Exhibit, Vote};

#[test]
fn only_votes_move_the_verdict() {
    for (findings, conclusion, basis) in [
        (&[][..], Conclusion::Inconclusive, &[][..]),
        (&[(Manipulated, Exhibit), (Synthetic, Exhibit)], Conclusion::Inconclusive, &[]),
        (&[(Observation, Vote)], Conclusion::Inconclusive, &[]),
        (&[(Observation, Exhibit), (Manipulated, Vote)], Conclusion::SupportsManipulation, &[1]),
        (&[(Synthetic, Vote)], Conclusion::SupportsSynthesis, &[0]),
        (&[(Synthetic, Vote), (Manipulated, Vote)], Conclusion::SupportsManipulation, &[1, 0]),
        (&[(Authentic, Vote)], Conclusion::SupportsAuthentic, &[0]),
        (&[(Authentic, Exhibit)], Conclusion::Inconclusive, &[]),
        // Votes that contradict each other support neither side.
        (&[(Authentic, Vote), (Manipulated, Vote)], Conclusion::Inconclusive, &[1, 0]),
    ] {
        let verdict = verdict(&report(findings));
        assert_eq!((verdict.conclusion, &verdict.basis[..]), (conclusion, basis), "{findings:?}");
        for &i in basis {
            assert!(verdict.statement.contains(&format!("Ground {i}.")), "{}", verdict.statement);
        }
    }
}

#[test]
fn false_alarms_of_methods_that_could_have_voted_add_up() {
    let mut report = report(&[]);
    assert_eq!(verdict(&report).expected_false_alarms, None);
    let run = |id: &str, rate: Option<f64>| MethodRun {
        id: id.to_owned(),
        parameters: ParameterValues(rate.map(|r| ("max_nfa_vote".to_owned(), r)).into_iter().collect()),
    };
    report.custody.methods =
        vec![run("a", Some(0.01)), run("b", None), run("c", Some(0.002)), run("d", Some(0.5))];
    report.not_applicable = vec![NotApplicable { method: "d".to_owned(), why: String::new() }];
    assert_eq!(verdict(&report).expected_false_alarms, Some(0.012));
}

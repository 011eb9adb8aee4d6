use indicia_core::{
    BuildContext, Claim, Conclusion, Finding, MethodRun, NotApplicable, ParameterValues, Part, PartRole,
    Standing,
};

use super::{verdict, with_parts};
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

/// A part in this role with such findings.
fn part(role: PartRole, name: &str, findings: &[(Claim, Standing)]) -> indicia_core::Report {
    let mut report = report(findings);
    report.verdict = Some(verdict(&report));
    report.part = Some(Part::new(role, name));
    report
}

#[test]
fn a_part_that_the_file_shows_moves_its_verdict_and_is_named() {
    let own = |findings: &[(Claim, Standing)]| verdict(&report(findings));
    let clean = part(PartRole::Page, "page 2", &[]);
    let forged = part(PartRole::Page, "page 3", &[(Manipulated, Vote)]);
    let generated = part(PartRole::Frame, "frame 4", &[(Synthetic, Vote)]);
    let earlier = part(PartRole::Version, "version 1", &[(Manipulated, Vote)]);

    let moved = with_parts(own(&[]), &[clean.clone(), forged.clone()]);
    assert_eq!((moved.conclusion, &moved.basis_parts[..]), (Conclusion::SupportsManipulation, &[1][..]));
    assert!(
        moved.statement.contains("page 3") && moved.statement.contains("Ground 0."),
        "{}",
        moved.statement
    );
    assert!(!moved.limits.iter().any(|limit| limit.contains("Absence of traces")));

    assert_eq!(with_parts(own(&[]), &[generated]).conclusion, Conclusion::SupportsSynthesis);
    // What the file does not show speaks for itself only, and an authentic part not for the whole.
    let untouched = with_parts(own(&[]), &[clean, earlier, part(PartRole::Page, "p", &[(Authentic, Vote)])]);
    assert_eq!((untouched.conclusion, untouched.basis_parts.len()), (Conclusion::Inconclusive, 0));
    // A signature over the whole and a forged page contradict each other.
    let torn = with_parts(own(&[(Authentic, Vote)]), &[forged]);
    assert_eq!(torn.conclusion, Conclusion::Inconclusive);
    assert!(torn.statement.starts_with("The evidence contradicts itself."));
}

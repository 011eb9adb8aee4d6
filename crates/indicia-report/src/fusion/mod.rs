//! From findings to a verdict.
//!
//! Only findings that stand as votes count: a method whose rate of false alarms is controlled (an a-contrario
//! test at a stated number of false alarms an image), a file that contradicts its own signed or structural
//! statements, and the fused finding where it reaches the operating point of its calibration. Everything else
//! is an exhibit. Inconclusive is the default, and only positive evidence supports authenticity.

use indicia_core::{Claim, Conclusion, Finding, MAX_NFA_VOTE, Report, Standing, Strength, Verdict};

/// The verdict on a report whose findings, failures and custody are complete.
pub fn verdict(report: &Report) -> Verdict {
    let votes = |claim: Claim| -> Vec<usize> {
        let is_vote = |f: &Finding| f.standing == Standing::Vote && f.claim == claim;
        report.findings.iter().enumerate().filter(|(_, f)| is_vote(f)).map(|(i, _)| i).collect()
    };
    let (manipulated, synthetic, authentic) =
        (votes(Claim::Manipulated), votes(Claim::Synthetic), votes(Claim::Authentic));
    let against: Vec<usize> = manipulated.iter().chain(&synthetic).copied().collect();
    let (conclusion, basis) = if !against.is_empty() && !authentic.is_empty() {
        (Conclusion::Inconclusive, [against, authentic].concat())
    } else if !manipulated.is_empty() {
        (Conclusion::SupportsManipulation, against)
    } else if !synthetic.is_empty() {
        (Conclusion::SupportsSynthesis, synthetic)
    } else if !authentic.is_empty() {
        (Conclusion::SupportsAuthentic, authentic)
    } else {
        (Conclusion::Inconclusive, vec![])
    };
    let statement = statement(conclusion, &basis, report);
    let expected_false_alarms = expected_false_alarms(report);
    let limits = limits(conclusion, report);
    let strength = strength(conclusion, &basis, report);
    Verdict { conclusion, strength, statement, basis, basis_parts: vec![], expected_false_alarms, limits }
}

/// The grade of the strongest calibrated ratio among the findings that moved a verdict against authenticity.
fn strength(conclusion: Conclusion, basis: &[usize], report: &Report) -> Option<Strength> {
    let scores = basis.iter().filter_map(|&i| report.findings[i].score.as_ref());
    let ratio = scores.filter_map(|score| score.log10_likelihood_ratio).fold(f64::NEG_INFINITY, f64::max);
    if conclusion.is_against_authenticity() { Strength::of(ratio) } else { None }
}

/// The verdict on a file whose own verdict is `own`, its parts taken into account: evidence against a page, a
/// frame or a picture that the file shows is evidence against the file, and is named. Support for a part's
/// authenticity stays with the part.
pub fn with_parts(mut own: Verdict, parts: &[Report]) -> Verdict {
    let shown = |report: &&Report| report.part.as_ref().is_some_and(|part| part.role.shown_by_file());
    let examined: Vec<&Verdict> =
        parts.iter().filter(shown).filter_map(|part| part.verdict.as_ref()).collect();
    // One false alarm in any part is one for the file.
    if let Some(sum) = examined.iter().filter_map(|v| v.expected_false_alarms).reduce(|a, b| a + b) {
        own.expected_false_alarms = Some(own.expected_false_alarms.unwrap_or(0.0) + sum);
    }
    let against = |report: &Report| {
        let conclusion = report.verdict.as_ref().map(|verdict| verdict.conclusion);
        conclusion.filter(|c| c.is_against_authenticity())
    };
    let basis: Vec<usize> =
        (0..parts.len()).filter(|&i| shown(&&parts[i]) && against(&parts[i]).is_some()).collect();
    let Some(&first) = basis.first() else { return own };
    let name = |i: usize| parts[i].part.as_ref().map_or("", |part| part.name.as_str());
    let mut names: Vec<&str> = basis.iter().take(5).map(|&i| name(i)).collect();
    let more = format!("{} more", basis.len().saturating_sub(5));
    if basis.len() > 5 {
        names.push(&more);
    }
    let ground = parts[first].verdict.as_ref().map_or("", |verdict| verdict.statement.as_str());
    let words =
        format!("Parts of the file speak against it: {}. On {}: {ground}", names.join(", "), name(first));
    if own.conclusion == Conclusion::Inconclusive && own.basis.is_empty() {
        own.conclusion =
            if basis.iter().any(|&i| against(&parts[i]) == Some(Conclusion::SupportsManipulation)) {
                Conclusion::SupportsManipulation
            } else {
                Conclusion::SupportsSynthesis
            };
        own.statement = words;
        own.limits.retain(|limit| limit != ABSENCE);
        own.limits.insert(0, INNOCENT.to_owned());
    } else {
        if own.conclusion == Conclusion::SupportsAuthentic {
            own.conclusion = Conclusion::Inconclusive;
            own.statement = format!("The evidence contradicts itself. {}", own.statement);
        }
        own.statement = format!("{} {words}", own.statement);
    }
    own.basis_parts = basis;
    own
}

const ABSENCE: &str =
    "Absence of traces is not evidence of authenticity: many alterations leave none that these methods see.";
const INNOCENT: &str = "Alteration is not deceit: cropping together, retouching and montage have innocent reasons, and the finding says only where and how the file departs from one recording.";

fn statement(conclusion: Conclusion, basis: &[usize], report: &Report) -> String {
    let grounds: Vec<&str> = basis.iter().map(|&i| report.findings[i].statement.as_str()).collect();
    let shown = grounds.iter().take(3).copied().collect::<Vec<_>>().join(" ");
    let more = match grounds.len().saturating_sub(3) {
        0 => String::new(),
        n => format!(" {n} more findings point the same way."),
    };
    match conclusion {
        Conclusion::SupportsManipulation => {
            format!("The evidence supports that the content was altered. {shown}{more}")
        }
        Conclusion::SupportsSynthesis => {
            format!("The evidence supports that the content was generated. {shown}{more}")
        }
        Conclusion::SupportsAuthentic => {
            format!("The evidence supports that the content is as its signer made it. {shown}{more}")
        }
        _ if !basis.is_empty() => format!("The evidence contradicts itself. {shown}{more}"),
        _ => "Nothing was found that is strong enough to support or to refute authenticity.".to_owned(),
    }
}

/// Sum of the stated numbers of false alarms of the statistical voters that ran and applied, and of the upper
/// bound of the fused finding's rate: by the union bound, no more than this many authentic images in one hear a
/// false alarm.
fn expected_false_alarms(report: &Report) -> Option<f64> {
    let silent = |id: &str| {
        report.not_applicable.iter().any(|n| n.method == id) || report.failures.iter().any(|f| f.method == id)
    };
    let rates = report.custody.methods.iter().filter(|m| !silent(&m.id));
    let rates = rates.filter_map(|m| m.parameters.0.get(MAX_NFA_VOTE).copied());
    let rates: Vec<f64> = rates.chain(report.calibration.as_ref().map(|c| c.false_alarm_bound)).collect();
    (!rates.is_empty()).then(|| rates.iter().sum())
}

fn limits(conclusion: Conclusion, report: &Report) -> Vec<String> {
    let mut limits = vec![];
    if matches!(conclusion, Conclusion::Inconclusive) {
        limits.push(ABSENCE.to_owned());
    }
    if conclusion == Conclusion::SupportsAuthentic {
        limits.push("A signature shows who signed and that nothing changed since; it does not show that the scene is what it seems.".to_owned());
    }
    if conclusion.is_against_authenticity() {
        limits.push(INNOCENT.to_owned());
    }
    limits.push("Of the methods run, only those whose rate of false alarms is controlled, signed provenance, contradictions inside the file, and what all methods say together where that is calibrated move the verdict; all others are shown for an examiner's eye.".to_owned());
    limits.push(match &report.calibration {
        Some(calibration) => format!(
            "Likelihood ratios and the rate of false alarms hold for pictures like those of the calibration ({}); for others they are not known.",
            calibration.description.trim_end_matches('.')
        ),
        None => "No calibration holds for this input, so that what all methods say together does not count."
            .to_owned(),
    });
    limits.push(
        "No detector of generated images without a declared origin is part of this version.".to_owned(),
    );
    if !report.failures.is_empty() {
        let failed: Vec<_> = report.failures.iter().map(|f| f.method.as_str()).collect();
        limits.push(format!("Not all methods could be run; failed: {}.", failed.join(", ")));
    }
    if !report.input.warnings.is_empty() {
        limits.push("The file is damaged; what was lost could not be examined.".to_owned());
    }
    limits
}

#[cfg(test)]
mod tests;

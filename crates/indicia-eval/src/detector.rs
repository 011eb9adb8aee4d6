//! What can be measured: anything that gives an item a score, a decision, a map.

use std::sync::Arc;

use indicia_core::{
    BuildContext, Claim, Evidence, Examination, ExhibitData, Finding, Map, Method, MethodInfo,
    ParameterValues, RankedBy, Result, Score, guarded,
};
use serde_json::{Value, json};

use crate::metrics::binary::ScoreKind;

/// Something that judges one item.
pub trait Detector: Sync {
    /// Name in tables.
    fn id(&self) -> &str;

    /// Everything that changes its answers: version, parameters, digests of weights.
    fn describe(&self) -> Value;

    /// What its scores mean.
    fn score_kind(&self) -> ScoreKind {
        ScoreKind::Raw
    }

    /// Judges an item.
    ///
    /// # Errors
    /// When the item cannot be read far enough, or the detector fails.
    fn judge(&self, evidence: &Evidence) -> Result<Judgement>;
}

/// Answer of a [`Detector`].
#[derive(Debug, Clone)]
pub enum Judgement {
    /// It applies.
    Scored {
        /// Higher is more suspicious. Zero if nothing was found.
        score: f64,
        /// The detector's own decision, where it makes one.
        decision: Option<bool>,
        /// A map over the picture.
        map: Option<Arc<Map>>,
    },
    /// It has nothing to say about evidence of this sort.
    NotApplicable {
        /// The reason.
        why: String,
    },
}

/// A [`Method`] as a detector. Its score is the strength of its strongest finding of the sort that
/// [`MethodInfo::ranked_by`] names, 0 if there is none; its decision is whether it claims manipulation or
/// synthesis; its map is the exhibit `map`.
pub struct MethodDetector {
    info: &'static MethodInfo,
    method: Box<dyn Method>,
    parameters: ParameterValues,
}

impl MethodDetector {
    /// Builds the method.
    ///
    /// # Errors
    /// `Configuration` for an unknown parameter or a value outside its range; the method's own.
    pub fn new(info: &'static MethodInfo, context: &BuildContext) -> Result<Self> {
        let parameters = info.parameter_values(context)?;
        Ok(Self { info, method: (info.build)(context)?, parameters })
    }
}

impl Detector for MethodDetector {
    fn id(&self) -> &str {
        self.info.id
    }

    fn describe(&self) -> Value {
        json!({ "id": self.info.id, "version": env!("CARGO_PKG_VERSION"), "parameters": self.parameters })
    }

    fn judge(&self, evidence: &Evidence) -> Result<Judgement> {
        guarded(self.info.id, || {
            // A view that fails is the method's to judge: it may do without, or not apply at all.
            for need in self.info.needs {
                let _ = need.prepare(evidence);
            }
            Ok(match Examination::settle(self.method.examine(evidence))? {
                Examination::NotApplicable { why } => Judgement::NotApplicable { why },
                Examination::Findings(findings) => Judgement::of(&findings, self.info.ranked_by),
            })
        })
    }
}

impl Judgement {
    /// What findings come to: see [`MethodDetector`].
    pub fn of(findings: &[Finding], ranked_by: RankedBy) -> Self {
        let strongest = Self::ranked(findings, ranked_by).map(|(_, strength)| strength);
        let map = findings.iter().flat_map(|f| &f.exhibits).find_map(|exhibit| match &exhibit.data {
            ExhibitData::Map(map) if exhibit.id == "map" => Some(Arc::clone(map)),
            _ => None,
        });
        Self::Scored {
            score: strongest.unwrap_or(0.0).max(0.0),
            decision: Some(findings.iter().any(claims)),
            map,
        }
    }

    /// The finding that ranks an item, by its place, and its strength. `None` if none does.
    pub fn ranked(findings: &[Finding], ranked_by: RankedBy) -> Option<(usize, f64)> {
        // The number of false alarms of an observation, such as a JPEG grid, says nothing of manipulation.
        let strength = |f: &Finding| match ranked_by {
            RankedBy::Claims => claims(f).then(|| f.score.as_ref().map_or(1.0, Score::strength)),
            RankedBy::Observations => {
                f.score.as_ref().filter(|_| f.claim == Claim::Observation).map(Score::strength)
            }
        };
        let ranked = findings.iter().enumerate().filter_map(|(i, f)| Some((i, strength(f)?)));
        ranked.max_by(|a, b| a.1.total_cmp(&b.1))
    }
}

fn claims(finding: &Finding) -> bool {
    matches!(finding.claim, Claim::Manipulated | Claim::Synthetic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(claim: Claim, strength: f64) -> Finding {
        let score = Some(Score::raw("share", strength));
        Finding { claim, score, ..Finding::observation("x", "") }
    }

    #[test]
    fn findings_of_the_sort_that_ranks_count_and_no_others() {
        let judge = |findings: &[Finding], ranked_by| match Judgement::of(findings, ranked_by) {
            Judgement::Scored { score, decision, .. } => (score, decision),
            Judgement::NotApplicable { .. } => panic!("it applies"),
        };
        let [shown, claimed] = [finding(Claim::Observation, 5.0), finding(Claim::Manipulated, 0.7)];
        let fact = Finding { score: None, ..claimed.clone() };
        let authentic = finding(Claim::Authentic, 9.0);
        let both = [shown.clone(), authentic.clone(), claimed.clone()];
        assert_eq!(judge(&[], RankedBy::Claims), (0.0, Some(false)));
        assert_eq!(judge(&[shown.clone(), authentic], RankedBy::Claims), (0.0, Some(false)));
        assert_eq!(judge(&both, RankedBy::Claims), (0.7, Some(true)));
        assert_eq!(judge(&both, RankedBy::Observations), (5.0, Some(true)));
        assert_eq!(judge(&[fact], RankedBy::Claims), (1.0, Some(true)));
    }
}

//! What can be measured: anything that gives an item a score, a decision, a map.

use std::sync::Arc;

use indicia_core::{
    BuildContext, Claim, Evidence, Examination, ExhibitData, Finding, Map, Method, MethodInfo,
    ParameterValues, Result, guarded,
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

/// A [`Method`] as a detector. Its score is the strength of its strongest finding that does not speak for
/// authenticity, 0 if it found nothing; its decision is whether it claims manipulation or synthesis, for
/// methods that ever claim it; its map is the exhibit `map`.
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
            Ok(match self.method.examine(evidence)? {
                Examination::NotApplicable { why } => Judgement::NotApplicable { why },
                Examination::Findings(findings) => summarise(&findings),
            })
        })
    }
}

fn summarise(findings: &[Finding]) -> Judgement {
    let claimed = |f: &Finding| matches!(f.claim, Claim::Manipulated | Claim::Synthetic);
    let suspicious = findings.iter().filter(|f| f.claim != Claim::Authentic);
    let strengths = suspicious.filter_map(|f| f.score.as_ref()).map(indicia_core::Score::strength);
    let map = findings.iter().flat_map(|f| &f.exhibits).find_map(|exhibit| match &exhibit.data {
        ExhibitData::Map(map) if exhibit.id == "map" => Some(Arc::clone(map)),
        _ => None,
    });
    Judgement::Scored {
        score: strengths.fold(0.0, f64::max),
        decision: Some(findings.iter().any(claimed)),
        map,
    }
}

#[cfg(test)]
mod tests {
    use indicia_core::Score;

    use super::*;

    fn finding(claim: Claim, strength: f64) -> Finding {
        let score = Some(Score::raw("share", strength));
        Finding { claim, score, ..Finding::observation("x", "") }
    }

    #[test]
    fn the_strongest_finding_that_is_not_for_authenticity_counts() {
        let judge = |findings: &[Finding]| match summarise(findings) {
            Judgement::Scored { score, decision, .. } => (score, decision),
            Judgement::NotApplicable { .. } => panic!("it applies"),
        };
        assert_eq!(judge(&[]), (0.0, Some(false)));
        let observed = finding(Claim::Observation, 0.2);
        assert_eq!(judge(&[observed.clone(), finding(Claim::Authentic, 9.0)]), (0.2, Some(false)));
        assert_eq!(judge(&[observed, finding(Claim::Manipulated, 0.7)]), (0.7, Some(true)));
    }
}

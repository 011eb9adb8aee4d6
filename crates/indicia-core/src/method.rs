use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, Error, Evidence, Examination, Result, ViewNeed};

/// Something that reads evidence and returns findings. Built once by [`MethodInfo::build`], used from many
/// threads.
pub trait Method: Send + Sync {
    /// Examines one piece of evidence.
    ///
    /// # Errors
    /// When the evidence cannot be read far enough. Evidence of a sort that the method has nothing to say
    /// about is no error but [`Examination::NotApplicable`].
    fn examine(&self, evidence: &Evidence) -> Result<Examination>;
}

/// Everything about a method but its work.
#[derive(Debug)]
pub struct MethodInfo {
    /// `family.method-name`, stable once released.
    pub id: &'static str,
    /// Name for headings.
    pub title: &'static str,
    /// What it detects, in a sentence.
    pub summary: &'static str,
    /// When it applies and when it has nothing to say, in a sentence.
    pub applies: &'static str,
    /// The method's page in Markdown: assumptions, steps, deviations, limits, measured results.
    pub page: &'static str,
    /// Publications and definitions, the main one first.
    pub sources: &'static [Source],
    /// Maturity.
    pub status: Status,
    /// The question that it helps to answer.
    pub topic: Topic,
    /// What orders items by suspicion when the method is measured or calibrated.
    pub ranked_by: RankedBy,
    /// Views that it reads under their default keys.
    pub needs: &'static [ViewNeed],
    /// Parameters that a user may set.
    pub parameters: &'static [Parameter],
    /// Checks the parameters and makes the method.
    pub build: fn(&BuildContext) -> Result<Box<dyn Method>>,
}

/// The question that a method helps to answer. Reports group findings by it, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Topic {
    /// Where does the file come from, by what it says of itself?
    Origin,
    /// How was it compressed, and every part alike?
    Compression,
    /// Did one sensor record every part: noise, colour filter, fingerprint?
    Sensor,
    /// Was a part copied from elsewhere in the picture?
    Copies,
    /// Was it, or a part, scaled, turned or otherwise resampled?
    Geometry,
    /// Was it filtered, retouched or its contrast changed?
    Processing,
    /// Does it carry traces of a generator?
    Generation,
    /// Is the text of one hand: fonts, lines, strokes?
    Text,
    /// Nothing by itself: a way to look at the picture.
    View,
}

impl Topic {
    /// Every topic, in the order of reports.
    pub const ALL: [Self; 9] = [
        Self::Origin,
        Self::Compression,
        Self::Sensor,
        Self::Copies,
        Self::Geometry,
        Self::Processing,
        Self::Generation,
        Self::Text,
        Self::View,
    ];

    /// The question, as a heading.
    pub fn question(self) -> &'static str {
        match self {
            Self::Origin => "Where does the file come from?",
            Self::Compression => "How was it compressed, and every part alike?",
            Self::Sensor => "Did one sensor record every part?",
            Self::Copies => "Was a part copied within the picture?",
            Self::Geometry => "Was it, or a part, scaled or turned?",
            Self::Processing => "Was it filtered or retouched?",
            Self::Generation => "Does it carry traces of a generator?",
            Self::Text => "Is the text of one hand?",
            Self::View => "Views to look at",
        }
    }
}

/// Which findings of a method give an item its score, when items are ordered by suspicion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RankedBy {
    /// Those that claim manipulation or synthesis: the strongest counts, a plain fact counts 1, none counts 0.
    Claims,
    /// Observations, of methods that claim nothing by themselves: the strongest counts, none counts 0.
    Observations,
}

/// Where a method comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Source {
    /// Authors, title, venue, year.
    pub citation: &'static str,
    /// DOI or page.
    pub url: &'static str,
    /// How closely it is followed.
    pub fidelity: Fidelity,
}

/// How closely a source is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fidelity {
    /// As published; deviations are named on the page.
    Faithful,
    /// Changed on purpose, as the page says.
    Adapted,
    /// The idea only.
    Inspired,
}

/// Maturity of a method. There is no status for a stub: what does not work is not listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its id, parameters and output keep their meaning.
    Stable,
    /// It works and may still change.
    Preview,
}

/// A number that a user may set. The default is the publication's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Parameter {
    /// Name, `snake_case`.
    pub name: &'static str,
    /// What it does, in a phrase.
    pub description: &'static str,
    /// Unit: `px`, `blocks`, `quality`, `1` for a pure number.
    pub unit: &'static str,
    /// Smallest allowed value.
    pub min: f64,
    /// Largest allowed value.
    pub max: f64,
    /// Default value.
    pub default: f64,
    /// Only whole numbers are allowed.
    pub integer: bool,
}

/// Name of the parameter that a statistical voter declares: the number of false alarms an image that its
/// votes may cost. The verdict adds these up.
pub const MAX_NFA_VOTE: &str = "max_nfa_vote";

impl MethodInfo {
    /// The values that a build with `context` uses: defaults, with the user's on top.
    ///
    /// # Errors
    /// `Configuration` for an unknown name or a value outside its range.
    pub fn parameter_values(&self, context: &BuildContext) -> Result<ParameterValues> {
        let mut values: BTreeMap<String, f64> =
            self.parameters.iter().map(|p| (p.name.to_owned(), p.default)).collect();
        for (name, &value) in context.parameters.get(self.id).into_iter().flatten() {
            let Some(parameter) = self.parameters.iter().find(|p| p.name == name) else {
                let known: Vec<_> = self.parameters.iter().map(|p| p.name).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                return Err(Error::configuration(format!(
                    "{} has no parameter {name:?}, known: {known}",
                    self.id
                )));
            };
            let Parameter { min, max, unit, integer, .. } = *parameter;
            if !(min..=max).contains(&value) || (integer && value.fract() != 0.0) {
                let whole = if integer { "a whole number" } else { "a number" };
                return Err(Error::configuration(format!(
                    "{}.{name} is {value}, expected {whole} from {min} to {max} ({unit})",
                    self.id
                )));
            }
            values.insert(name.clone(), value);
        }
        Ok(ParameterValues(values))
    }
}

/// Checked parameter values of one method, by name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ParameterValues(pub BTreeMap<String, f64>);

impl ParameterValues {
    /// A value that the method declared.
    ///
    /// # Panics
    /// If the method did not declare it.
    pub fn number(&self, name: &str) -> f64 {
        self.0[name]
    }

    /// A declared whole number of at least 0.
    ///
    /// # Panics
    /// If the method did not declare it.
    pub fn count(&self, name: &str) -> usize {
        self.number(name) as usize
    }
}

/// What methods are built with.
#[derive(Debug, Clone, Default)]
pub struct BuildContext {
    /// The user's parameter values, by method id and parameter name.
    pub parameters: BTreeMap<String, BTreeMap<String, f64>>,
    /// Whom to trust as signer of provenance.
    pub trust: Arc<TrustSettings>,
    /// The fingerprint of the camera to compare pictures with, if one was enrolled.
    pub camera: Option<Arc<CameraFile>>,
}

/// The file of a camera's fingerprint, whole, as methods read it.
pub struct CameraFile {
    digest: Digest,
    bytes: Vec<u8>,
}

impl CameraFile {
    /// The file's bytes, not read yet.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self { digest: Digest::of(&bytes), bytes }
    }

    /// SHA-256 of the file.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The file.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl std::fmt::Debug for CameraFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CameraFile").field("digest", &self.digest).finish_non_exhaustive()
    }
}

/// Whom to trust as signer of provenance manifests, and whether the network may be asked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct TrustSettings {
    /// Trust anchors: certificates in PEM, one after the other. `None`: no signer is trusted.
    pub anchors_pem: Option<String>,
    /// Single signer certificates that are trusted as they are, in PEM.
    pub allowed_pem: Option<String>,
    /// Extended key usages to accept, one OID a line, beside the standard ones.
    pub key_usages: Option<String>,
    /// Whether remote manifests and revocation answers may be fetched. Off by default.
    pub online: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    const INFO: MethodInfo = MethodInfo {
        id: "test.method",
        title: "",
        summary: "",
        applies: "",
        page: "",
        sources: &[],
        status: Status::Preview,
        topic: Topic::View,
        ranked_by: RankedBy::Claims,
        needs: &[],
        parameters: &[Parameter {
            name: "window",
            description: "",
            unit: "px",
            min: 1.0,
            max: 9.0,
            default: 3.0,
            integer: true,
        }],
        build: |_| Err(Error::internal("not built in this test")),
    };

    fn values(set: &[(&str, f64)]) -> Result<ParameterValues> {
        let given = set.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect();
        let parameters = [("test.method".to_owned(), given)].into();
        INFO.parameter_values(&BuildContext { parameters, ..BuildContext::default() })
    }

    #[test]
    fn parameters_default_and_are_checked_once() {
        assert_eq!(values(&[]).unwrap().count("window"), 3);
        assert_eq!(values(&[("window", 9.0)]).unwrap().count("window"), 9);
        for bad in [0.0, 10.0, 2.5, f64::NAN] {
            let text = values(&[("window", bad)]).unwrap_err().to_string();
            assert!(text.contains("expected a whole number from 1 to 9 (px)"), "{text}");
        }
        let text = values(&[("windows", 3.0)]).unwrap_err().to_string();
        assert!(text.contains("no parameter \"windows\", known: window"), "{text}");
    }
}

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ErrorKind, Finding, Kind, Limits, ParameterValues, Part, Verdict};

/// Name and version of the report's form.
pub const SCHEMA_ID: &str = "indicia.report/1";

/// Everything that Indicia says of one input. The same input, version and options give the same report,
/// [`Timing`] apart.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(title = "Indicia report")]
pub struct Report {
    /// Always `indicia.report/1`.
    pub schema: String,
    /// The program that made it.
    pub tool: Tool,
    /// What was examined.
    pub input: Input,
    /// What it is to the file that it was found in. Absent for a file as it was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<Part>,
    /// What every method that applied found, in the order of method ids.
    pub findings: Vec<Finding>,
    /// Methods that have nothing to say about evidence of this sort, with the reason.
    pub not_applicable: Vec<NotApplicable>,
    /// Methods that failed on this input, with the reason.
    pub failures: Vec<MethodFailure>,
    /// The population that scores were calibrated on. Absent if there is none for an input of this sort.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calibration: Option<CalibrationUse>,
    /// What the findings together support. Absent if the input could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// The signed provenance of the input. Absent if the input could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provenance: Option<Provenance>,
    /// Metadata in the order of the file.
    pub metadata: Vec<MetadataEntry>,
    /// What went into the report besides the input.
    pub custody: Custody,
    /// Durations; not part of what is reproducible.
    pub timing: Timing,
    /// Why the input could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorReport>,
    /// Reports on the parts of the input that were examined or named, in the order of the file: pages, frames,
    /// embedded files.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parts: Vec<Report>,
}

/// The program that made a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// `indicia`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// What was examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// Path as the user gave it; `-` for standard input. Of a part, the path of its file, `#` and its name.
    pub path: String,
    /// SHA-256 of its bytes, `sha256:` and 64 hex digits; of a frame, of its decoded content. Absent if it could not be read at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// What it is, by content. Absent if that could not be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Kind>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
    /// Columns of the decoded picture, before any rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Rows of the decoded picture, before any rotation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
    /// EXIF orientation, 1 to 8; 1 means upright.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub orientation: Option<u8>,
    /// Pages or frames in the file; this report is on the first, `parts` has the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames: Option<u32>,
    /// Damage that did not stop the reading, each in a phrase: `data ends in the middle of scan 1`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub warnings: Vec<String>,
}

/// A method that has nothing to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NotApplicable {
    /// Method id.
    pub method: String,
    /// The reason.
    pub why: String,
}

/// A method that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MethodFailure {
    /// Method id.
    pub method: String,
    /// Who must act.
    pub kind: ErrorKind,
    /// The reason.
    pub reason: String,
}

/// Why an input could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorReport {
    /// Path as the user gave it.
    pub path: String,
    /// Who must act.
    pub kind: ErrorKind,
    /// The reason.
    pub reason: String,
}

/// One field of metadata.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct MetadataEntry {
    /// Where it stands: `EXIF`, `EXIF GPS`, `EXIF thumbnail`, `XMP`, `IPTC`, `ICC`, `PNG text`, `JPEG comment`, ...
    pub group: String,
    /// Name of the field.
    pub name: String,
    /// Value as text; long binary values as their length.
    pub value: String,
    /// It may tell who or where someone is (names, places, serial numbers, free text): left out of private
    /// reports.
    pub identifying: bool,
}

/// The C2PA provenance of an input.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenance {
    /// `none` (no manifest), `invalid`, `valid` or `trusted`, as the C2PA specification's validation states;
    /// `unreadable` if the reader itself failed.
    pub state: String,
    /// Label of the active manifest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub active_manifest: Option<String>,
    /// Every manifest of the store, the active one first.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub manifests: Vec<ProvenanceManifest>,
    /// Validation codes of success, information and failure, in the order of validation.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub codes: Vec<ValidationCode>,
    /// Where the manifest says it is kept, if it is not in the file. Read only with `--online`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub remote_url: Option<String>,
    /// Why the manifest store could not be read.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error: Option<String>,
}

/// One manifest of a C2PA store.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProvenanceManifest {
    /// Its label.
    pub label: String,
    /// The product that made the claim.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub claim_generator: Option<String>,
    /// Title of the asset.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<String>,
    /// Common or organisation name of the signer's certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signer: Option<String>,
    /// Issuer of the signer's certificate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub issuer: Option<String>,
    /// Signing time, as the manifest gives it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signed_at: Option<String>,
    /// Actions that the manifest declares, such as `c2pa.created`.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub actions: Vec<String>,
    /// IPTC digital source types that the manifest declares.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub digital_source_types: Vec<String>,
    /// How the manifest's content entered the one examined: `parentOf`, `componentOf` or `inputTo` (along a chain
    /// the loosest link, of several chains the closest). Absent for the active manifest and unreferenced ones.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub relationship: Option<String>,
}

/// One line of a C2PA validation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ValidationCode {
    /// `success`, `informational` or `failure`.
    pub outcome: String,
    /// Code of the C2PA specification, such as `assertion.dataHash.mismatch`.
    pub code: String,
    /// The part of the store that it speaks of.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub url: Option<String>,
    /// The validator's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub explanation: Option<String>,
    /// It speaks of an ingredient's manifest, not of the active one.
    #[serde(default)]
    pub ingredient: bool,
}

/// The population that likelihood ratios and the fused finding of a report rest on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CalibrationUse {
    /// Name of the population.
    pub population: String,
    /// Where its pictures come from and what was done to them.
    pub description: String,
    /// Authentic pictures.
    pub authentic_items: u64,
    /// Independent sources of the authentic pictures.
    pub authentic_sources: u64,
    /// Altered pictures.
    pub altered_items: u64,
    /// Independent sources of the altered pictures.
    pub altered_sources: u64,
    /// Lowest fused score that is called altered.
    pub threshold: f64,
    /// Authentic sources that reached it, when they had no part in the learning.
    pub false_alarms: u64,
    /// Upper 95 % bound of the share of such sources that reach it.
    pub false_alarm_bound: f64,
    /// Cost of the fused likelihood ratio in bits, on sources not learned from: 0 is perfect, 1 says nothing.
    pub cllr: f64,
    /// The part of it that is lost by discrimination; the rest is lost by calibration.
    pub min_cllr: f64,
    /// How many altered pictures of each kind reach the threshold, on sources not learned from.
    pub kinds: Vec<KindRate>,
}

/// How many altered pictures of a kind are called altered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KindRate {
    /// The kind.
    pub kind: String,
    /// Pictures.
    pub items: u64,
    /// Those that reach the operating point.
    pub called: u64,
    /// 95 % interval of the share.
    pub ci95: [f64; 2],
}

/// What went into a report besides the input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Custody {
    /// Methods that were run, with every parameter's value.
    pub methods: Vec<MethodRun>,
    /// Limits in force.
    pub limits: Limits,
    /// SHA-256 of the trust list, if one was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub trust_list: Option<String>,
    /// SHA-256 of the calibration, if one was in force.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub calibration: Option<String>,
    /// SHA-256 of the file of the camera's fingerprint, if one was given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub camera: Option<String>,
    /// Whether the network was allowed.
    pub online: bool,
    /// Whether picture and identifying metadata were left out.
    pub private: bool,
    /// SHA-256 over everything that may change the report besides the input: version, methods, parameters,
    /// limits, trust, calibration, camera, privacy.
    pub options_digest: String,
}

/// A method that was run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MethodRun {
    /// Method id.
    pub id: String,
    /// Every parameter with its value.
    pub parameters: ParameterValues,
}

/// Durations of one examination.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Timing {
    /// Seconds from reading the first byte to the verdict.
    pub total_seconds: f64,
    /// Seconds by method id; views computed for several methods stand under `views`.
    pub seconds: BTreeMap<String, f64>,
    /// What was derived from the input for more than one reader, and how often. Those of parts stand in
    /// the parts' reports.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub views: Vec<ViewUse>,
}

/// What became of the views of one type: decoded pixels, luma, metadata and the like.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ViewUse {
    /// Name of its type.
    pub view: String,
    /// Different ones that were asked for, such as one a channel.
    pub keys: u64,
    /// Computations. As many as `keys` if each was computed once; more if one was computed again after it
    /// was dropped, or by two threads at once.
    pub computed: u64,
    /// Times that a method, another view or the report asked for one.
    pub asked: u64,
    /// Seconds that the computations took, without the views that they asked for.
    pub seconds: f64,
}

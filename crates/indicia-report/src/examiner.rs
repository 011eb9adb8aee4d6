use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use indicia_codec::{Metadata, Pixels, Provenance, ProvenanceKey};
use indicia_core::{
    BuildContext, Custody, Digest, Error, ErrorReport, Evidence, Examination, Finding, Input, Limits, Method,
    MethodFailure, MethodInfo, MethodRun, NotApplicable, ParameterValues, Picture, Report, Result, SCHEMA_ID,
    Timing, Tool, ViewNeed, guarded,
};

use crate::fused::Gathered;
use crate::{fusion, private};
use indicia_eval::calibrate::Calibration;

/// What an [`Examiner`] is made with.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Parameters and trust.
    pub context: BuildContext,
    /// Bounds for decoders.
    pub limits: Limits,
    /// Leave picture and identifying metadata out of reports.
    pub private: bool,
    /// Keep the decoded picture beside the report, for pages.
    pub keep_picture: bool,
    /// What scores are worth; without it nothing is fused. [`crate::shipped_calibration`] is the usual one.
    pub calibration: Option<Arc<Calibration>>,
}

/// Methods that are built and ready, and the options they run under. Used from many threads.
pub struct Examiner {
    methods: Vec<Ready>,
    options: Options,
    custody: Custody,
}

struct Ready {
    info: &'static MethodInfo,
    method: Box<dyn Method>,
    parameters: ParameterValues,
}

/// A report and what its pages need besides.
#[derive(Debug)]
pub struct Examined {
    /// The report.
    pub report: Report,
    /// The decoded picture, if it was asked for and the report is not private.
    pub picture: Option<Picture>,
}

impl Examiner {
    /// Builds `methods` under `options`.
    ///
    /// # Errors
    /// `Configuration` if a parameter is unknown or out of range, or names a method that is not among
    /// `methods`; the methods' own build errors.
    pub fn new(methods: impl IntoIterator<Item = &'static MethodInfo>, options: Options) -> Result<Self> {
        let mut infos: Vec<_> = methods.into_iter().collect();
        infos.sort_by_key(|info| info.id);
        infos.dedup_by_key(|info| info.id);
        if let Some(id) = options.context.parameters.keys().find(|id| infos.iter().all(|i| i.id != **id)) {
            return Err(Error::configuration(format!(
                "parameter for {id:?}, which is not among the methods"
            )));
        }
        let methods = infos
            .into_iter()
            .map(|info| {
                let parameters = info.parameter_values(&options.context)?;
                let method = (info.build)(&options.context)?;
                Ok(Ready { info, method, parameters })
            })
            .collect::<Result<Vec<_>>>()?;
        let custody = custody(&methods, &options);
        Ok(Self { methods, options, custody })
    }

    /// What goes into every report of this examiner besides the input.
    pub fn custody(&self) -> &Custody {
        &self.custody
    }

    /// The bounds for decoders and readers.
    pub fn limits(&self) -> &Limits {
        &self.options.limits
    }

    /// Examines the bytes of one input. A failure to read it is a report too, with `error` set. `path` is
    /// what the report calls it.
    pub fn examine(&self, path: &str, bytes: Vec<u8>) -> Examined {
        let started = Instant::now();
        let mut report = self.empty_report(path);
        report.input.size = Some(bytes.len() as u64);
        report.input.kind = indicia_codec::sniff(&bytes);
        let kind = match indicia_codec::identify(&bytes, &self.options.limits) {
            Ok(kind) => kind,
            Err(error) => {
                report.input.digest = Some(Digest::of(&bytes).to_string());
                return Examined { report: failed(report, &error), picture: None };
            }
        };
        let evidence = Evidence::new(kind, bytes, self.options.limits.clone());
        report.input.digest = Some(evidence.digest().to_string());
        let mut picture = None;
        let outcome = guarded("reading the picture", || self.read(&evidence, &mut report, &mut picture));
        if let Err(error) = outcome {
            return Examined { report: failed(report, &error), picture: None };
        }
        let gathered = self.run_methods(&evidence, &mut report);
        if let Some(calibration) = &self.options.calibration {
            gathered.fuse(calibration, &mut report);
        }
        report.verdict = Some(fusion::verdict(&report));
        if self.options.private {
            private::strip(&mut report);
        }
        report.timing.total_seconds = started.elapsed().as_secs_f64();
        Examined { report, picture }
    }

    /// A report for an input that could not even be read into memory.
    pub fn unreadable(&self, path: &str, error: &Error) -> Report {
        failed(self.empty_report(path), error)
    }

    fn empty_report(&self, path: &str) -> Report {
        Report {
            schema: SCHEMA_ID.to_owned(),
            tool: Tool { name: "indicia".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() },
            input: Input {
                path: path.to_owned(),
                digest: None,
                kind: None,
                size: None,
                width: None,
                height: None,
                orientation: None,
                frames: None,
                warnings: vec![],
            },
            findings: vec![],
            not_applicable: vec![],
            failures: vec![],
            calibration: None,
            part: None,
            parts: vec![],
            verdict: None,
            provenance: None,
            metadata: vec![],
            custody: self.custody.clone(),
            timing: Timing::default(),
            error: None,
        }
    }

    /// Decodes what every report shows: the picture's size, metadata, provenance. A picture that cannot be
    /// decoded fails the input; damaged metadata or provenance is told in the report.
    fn read(&self, evidence: &Evidence, report: &mut Report, picture: &mut Option<Picture>) -> Result<()> {
        let started = Instant::now();
        let pixels = evidence.view::<Pixels>(())?;
        report.input.width = Some(pixels.width as u32);
        report.input.height = Some(pixels.height as u32);
        report.input.frames = Some(pixels.frames);
        report.input.warnings.clone_from(&pixels.warnings);
        if self.options.keep_picture && !self.options.private {
            let (width, height) = (pixels.width, pixels.height);
            *picture = Some(Picture { width, height, rgb: pixels.to_rgb8() });
        }
        match evidence.view::<Metadata>(()) {
            Ok(metadata) => {
                report.input.orientation = metadata.orientation;
                report.metadata.clone_from(&metadata.entries);
                report.input.warnings.extend(metadata.warnings.iter().cloned());
            }
            Err(error) => report.input.warnings.push(format!("metadata could not be read: {error}")),
        }
        let key = ProvenanceKey(Arc::clone(&self.options.context.trust));
        report.provenance = Some(match evidence.view::<Provenance>(key) {
            Ok(provenance) => provenance.0.clone(),
            Err(error) => indicia_core::Provenance {
                state: "unreadable".to_owned(),
                error: Some(error.to_string()),
                ..Default::default()
            },
        });
        report.timing.seconds.insert("reading".to_owned(), started.elapsed().as_secs_f64());
        Ok(())
    }

    /// Runs the methods one after the other; their kernels use all threads of the pool. Each declared view
    /// is computed before its first user and dropped after its last. Returns what they read.
    fn run_methods(&self, evidence: &Evidence, report: &mut Report) -> Gathered {
        let mut gathered = Gathered::default();
        let mut users = HashMap::<TypeId, usize>::new();
        for need in self.methods.iter().flat_map(|ready| ready.info.needs) {
            *users.entry(need.id()).or_default() += 1;
        }
        let mut views = 0.0;
        for Ready { info, method, .. } in &self.methods {
            let started = Instant::now();
            let outcome = guarded(info.id, || {
                // A view that fails is the method's to judge: it may do without, or not apply at all.
                for need in info.needs {
                    let _ = need.prepare(evidence);
                }
                views += started.elapsed().as_secs_f64();
                let started = Instant::now();
                let examination = method.examine(evidence)?;
                report.timing.seconds.insert(info.id.to_owned(), started.elapsed().as_secs_f64());
                Ok(examination)
            });
            let applies = matches!(outcome, Ok(Examination::Findings(_)));
            let first = report.findings.len();
            self.record(info, outcome, report);
            if applies {
                gathered.note(info, &report.findings[first..], first);
            }
            release_unused(info.needs, &mut users, evidence);
        }
        report.timing.seconds.insert("views".to_owned(), views);
        gathered
    }

    fn record(&self, info: &MethodInfo, outcome: Result<Examination>, report: &mut Report) {
        let method = info.id.to_owned();
        match outcome {
            Ok(Examination::Findings(findings)) => {
                let findings = findings.into_iter().map(|f| Finding { topic: info.topic, ..finite(f) });
                report.findings.extend(findings);
            }
            Ok(Examination::NotApplicable { why }) => {
                report.not_applicable.push(NotApplicable { method, why });
            }
            Err(error) => {
                let (kind, reason) = (error.kind(), error.to_string());
                report.failures.push(MethodFailure { method, kind, reason });
            }
        }
    }
}

fn release_unused(needs: &[ViewNeed], users: &mut HashMap<TypeId, usize>, evidence: &Evidence) {
    for need in needs {
        let left = users.entry(need.id()).or_default();
        *left = left.saturating_sub(1);
        if *left == 0 {
            need.release(evidence);
        }
    }
}

/// A score beyond the range of a double, such as log10 of an NFA of zero, is written as the largest finite
/// number: JSON knows no infinity.
fn finite(mut finding: Finding) -> Finding {
    fn clamp(value: f64) -> f64 {
        if value.is_nan() { 0.0 } else { value.clamp(f64::MIN, f64::MAX) }
    }
    if let Some(score) = &mut finding.score {
        score.statistic = clamp(score.statistic);
        score.log10_nfa = score.log10_nfa.map(clamp);
        score.log10_likelihood_ratio = score.log10_likelihood_ratio.map(clamp);
    }
    finding
}

fn failed(mut report: Report, error: &Error) -> Report {
    let path = report.input.path.clone();
    report.error = Some(ErrorReport { path, kind: error.kind(), reason: error.to_string() });
    report
}

fn custody(methods: &[Ready], options: &Options) -> Custody {
    let trust = &options.context.trust;
    let lists = [&trust.anchors_pem, &trust.allowed_pem, &trust.key_usages];
    let trust_list = lists.iter().any(|list| list.is_some()).then(|| {
        // Lengths stand between the lists so that no two different settings give the same bytes.
        let joined: String = lists
            .iter()
            .map(|list| list.as_deref().map_or("-\n".to_owned(), |text| format!("{}\n{text}", text.len())))
            .collect();
        Digest::of(joined.as_bytes()).to_string()
    });
    let methods = methods
        .iter()
        .map(|r| MethodRun { id: r.info.id.to_owned(), parameters: r.parameters.clone() })
        .collect();
    let mut custody = Custody {
        methods,
        limits: options.limits.clone(),
        trust_list,
        calibration: options.calibration.as_ref().map(|calibration| {
            let text = serde_json::to_string(calibration.as_ref()).expect("a calibration is plain data");
            Digest::of(text.as_bytes()).to_string()
        }),
        camera: options.context.camera.as_ref().map(|file| file.digest().to_string()),
        online: trust.online,
        private: options.private,
        options_digest: String::new(),
    };
    let text = serde_json::to_string(&(env!("CARGO_PKG_VERSION"), &custody)).expect("custody is plain data");
    custody.options_digest = Digest::of(text.as_bytes()).to_string();
    custody
}

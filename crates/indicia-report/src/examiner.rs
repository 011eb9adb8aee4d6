use std::any::TypeId;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use indicia_codec::{Damage, Metadata, Parts, Pixels, Provenance, ProvenanceKey};
use indicia_core::{
    BuildContext, Custody, Digest, Error, ErrorKind, ErrorReport, Evidence, Examination, Finding, Input,
    Kind, Limits, Method, MethodFailure, MethodInfo, MethodRun, NotApplicable, ParameterValues, Picture,
    Report, Result, SCHEMA_ID, Timing, Tool, ViewNeed, guarded,
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
        let limits = &self.options.limits;
        let mut allowance = Allowance { parts: limits.parts, pixels: limits.pixels };
        let mut picture = None;
        let mut report = self.examine_evidence(report, &evidence, &mut picture, &mut allowance);
        if report.error.is_some() {
            picture = None;
        }
        if self.options.private {
            private::strip(&mut report);
        }
        report.timing.total_seconds = started.elapsed().as_secs_f64();
        Examined { report, picture }
    }

    /// Examines evidence and, as far as the allowance goes, its parts. `report` has its path and part.
    fn examine_evidence(
        &self,
        mut report: Report,
        evidence: &Evidence,
        picture: &mut Option<Picture>,
        allowance: &mut Allowance,
    ) -> Report {
        report.input.digest = Some(evidence.digest().to_string());
        report.input.kind = Some(evidence.kind());
        let outcome = guarded("reading the picture", || self.read(evidence, &mut report, picture));
        if let Err(error) = outcome {
            report.timing.views = evidence.view_uses();
            return failed(report, &error);
        }
        // Listed before the methods run, while the views that lists are made from are there.
        let parts = guarded("listing the parts", || evidence.view::<Parts>(()));
        let gathered = self.run_methods(evidence, &mut report);
        if let Some(calibration) = &self.options.calibration {
            gathered.fuse(calibration, &mut report);
        }
        let mut verdict = fusion::verdict(&report);
        match parts {
            Ok(parts) => {
                report.input.warnings.extend(parts.warnings.iter().cloned());
                let left_out = self.examine_parts(&mut report, evidence, &parts, allowance);
                verdict = fusion::with_parts(verdict, &report.parts);
                verdict.limits.extend(left_out);
            }
            Err(error) => verdict.limits.push(format!("Its parts could not be listed: {error}.")),
        }
        report.verdict = Some(verdict);
        report.timing.views = evidence.view_uses();
        report
    }

    /// Examines the parts one after the other, each with all methods. Gives a sentence on those left out.
    fn examine_parts(
        &self,
        report: &mut Report,
        evidence: &Evidence,
        parts: &Parts,
        allowance: &mut Allowance,
    ) -> Option<String> {
        for (index, part) in parts.list.iter().enumerate() {
            if allowance.is_used_up() {
                let last = parts.list.last().filter(|last| last.name != part.name);
                let which = last.map_or(part.name.clone(), |last| format!("{} to {}", part.name, last.name));
                return Some(format!(
                    "{} parts of the file were not examined ({which}); the limit is {} parts a file and {} pixels in \
                     all of them (raise it with --limits parts=N).",
                    parts.list.len() - index,
                    self.options.limits.parts,
                    self.options.limits.pixels
                ));
            }
            let started = Instant::now();
            let mut of_part = self.empty_report(&format!("{}#{}", report.input.path, part.name));
            of_part.input.size = part.span.map(|span| span.length);
            of_part.part = Some(part.clone());
            let loaded = guarded("reading a part", || parts.load(evidence, index));
            let mut done = match loaded {
                Ok(inner) => {
                    if inner.kind() != Kind::Frame {
                        of_part.input.size = Some(inner.bytes().len() as u64);
                    }
                    self.examine_evidence(of_part, &inner, &mut None, allowance)
                }
                Err(error) => failed(of_part, &error),
            };
            done.timing.total_seconds = started.elapsed().as_secs_f64();
            allowance.spend(&done.input);
            report.parts.push(done);
        }
        None
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
            part: None,
            findings: vec![],
            not_applicable: vec![],
            failures: vec![],
            calibration: None,
            verdict: None,
            provenance: None,
            metadata: vec![],
            custody: self.custody.clone(),
            timing: Timing::default(),
            error: None,
            parts: vec![],
        }
    }

    /// Decodes what every report shows: the picture's size, metadata, provenance. A picture that cannot be
    /// decoded fails the input, a file that holds none does not; damaged metadata or provenance is told in the
    /// report.
    fn read(&self, evidence: &Evidence, report: &mut Report, picture: &mut Option<Picture>) -> Result<()> {
        let started = Instant::now();
        match evidence.view::<Pixels>(()) {
            Ok(pixels) => {
                report.input.width = Some(pixels.width as u32);
                report.input.height = Some(pixels.height as u32);
                report.input.frames = Some(pixels.frames);
                report.input.warnings.clone_from(&evidence.view::<Damage>(())?.0);
                if self.options.keep_picture && !self.options.private && report.part.is_none() {
                    let (width, height) = (pixels.width, pixels.height);
                    *picture = Some(Picture { width, height, rgb: pixels.to_rgb8() });
                }
            }
            Err(error) if error.kind() == ErrorKind::Absent => {}
            Err(error) => return Err(error),
        }
        match evidence.view::<Metadata>(()) {
            Ok(metadata) => {
                report.input.orientation = metadata.orientation;
                report.metadata.clone_from(&metadata.entries);
                // Pixels and metadata may tell of the same damage.
                let told = &mut report.input.warnings;
                let new: Vec<_> = metadata.warnings.iter().filter(|w| !told.contains(w)).cloned().collect();
                told.extend(new);
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

    /// Runs the methods one after the other; their kernels use all threads of the pool. All declared views are
    /// computed before the first method, for some are made from others that may be dropped by the time that
    /// their own first user comes; each is dropped after its last. Returns what the methods read.
    fn run_methods(&self, evidence: &Evidence, report: &mut Report) -> Gathered {
        let mut gathered = Gathered::default();
        let mut users = HashMap::<TypeId, usize>::new();
        let started = Instant::now();
        for need in self.methods.iter().flat_map(|ready| ready.info.needs) {
            *users.entry(need.id()).or_default() += 1;
            // A view that fails is the method's to judge: it may do without, or not apply at all.
            let _ = guarded(need.name(), || need.prepare(evidence));
        }
        report.timing.seconds.insert("views".to_owned(), started.elapsed().as_secs_f64());
        for Ready { info, method, .. } in &self.methods {
            let started = Instant::now();
            let outcome = guarded(info.id, || method.examine(evidence));
            if outcome.is_ok() {
                report.timing.seconds.insert(info.id.to_owned(), started.elapsed().as_secs_f64());
            }
            let applies = matches!(outcome, Ok(Examination::Findings(_)));
            let first = report.findings.len();
            self.record(info, outcome, report);
            if applies {
                gathered.note(info, &report.findings[first..], first);
            }
            release_unused(info.needs, &mut users, evidence);
        }
        gathered
    }

    fn record(&self, info: &MethodInfo, outcome: Result<Examination>, report: &mut Report) {
        let method = info.id.to_owned();
        match Examination::settle(outcome) {
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

/// What may still be examined of the parts of one input.
struct Allowance {
    parts: u32,
    pixels: u64,
}

impl Allowance {
    fn is_used_up(&self) -> bool {
        self.parts == 0 || self.pixels == 0
    }

    /// Takes off a part that was examined; one that could not be read costs nothing but its place.
    fn spend(&mut self, input: &Input) {
        let pixels = u64::from(input.width.unwrap_or(0)) * u64::from(input.height.unwrap_or(0));
        self.parts = self.parts.saturating_sub(1);
        self.pixels = self.pixels.saturating_sub(pixels);
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

//! `indicia inspect`.

use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result, bail};
use indicia_core::{BuildContext, Claim, Digest, Report, Standing, TrustSettings};
use indicia_eval::calibrate::Calibration;
use indicia_eval::ordered::{self, Order};
use indicia_report::html::{self, IndexRow};
use indicia_report::summary::{self, Style};
use indicia_report::{Examined, Examiner, Options};

use crate::args::{Format, InspectArgs};
use crate::inputs::{Input, Place, expand};
use crate::names;
use crate::output::{print_line, with_ending, write_maps, write_whole};
use crate::resume::Resume;
use crate::work::{INTERRUPTED, handle_interrupt, in_pool, parameters, progress, selection, threads};

/// Where pages go when nothing was said.
const DEFAULT_PAGES: &str = "indicia-reports";

/// How an input came out, for the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing against authenticity.
    Clear,
    /// Something against authenticity.
    Found,
    /// It could not be read.
    NotRead,
}

impl Outcome {
    /// By the report: any vote against authenticity counts, even one that another vote contradicts, and so does
    /// one against a part that the file shows.
    pub fn of(report: &Report) -> Self {
        let against = |f: &indicia_core::Finding| {
            f.standing == Standing::Vote && matches!(f.claim, Claim::Manipulated | Claim::Synthetic)
        };
        let part_against = |inner: &Report| {
            let shown = inner.part.as_ref().is_some_and(|part| part.role.shown_by_file());
            shown && Self::of(inner) == Self::Found
        };
        if report.error.is_some() {
            Self::NotRead
        } else if report.findings.iter().any(against) || report.parts.iter().any(part_against) {
            Self::Found
        } else {
            Self::Clear
        }
    }
}

/// Everything that the workers share.
struct Run {
    examiner: Examiner,
    inputs: Vec<Input>,
    names: Vec<PathBuf>,
    pages: Option<PathBuf>,
    maps: Option<PathBuf>,
    resume: Option<Resume>,
    format: Format,
}

/// What a worker hands back for one input.
struct Done {
    outcome: Outcome,
    /// Absent if the report was already in the file to go on with.
    report: Option<Report>,
    line: String,
    page: Option<PathBuf>,
    row: Option<IndexRow>,
}

/// Examines what the arguments name. Returns the exit status.
pub fn run(args: &InspectArgs) -> Result<u8> {
    let inputs = expand(&args.paths);
    if inputs.iter().filter(|input| input.place == Place::Stdin).count() > 1 {
        bail!("standard input (-) was given twice");
    }
    let pages = pages_folder(args)?;
    let options = Options {
        context: context(args)?,
        limits: args.limits.clone().unwrap_or_default(),
        private: args.private,
        keep_picture: pages.is_some(),
        calibration: calibration(args)?.map(Arc::new),
    };
    let examiner = Examiner::new(selection(&args.methods)?, options)?;
    let resume = args.resume.as_ref().map(|path| Resume::open(path, examiner.custody())).transpose()?;
    let names = names::assign(&inputs);
    let run = Run { examiner, inputs, names, pages, maps: args.maps.clone(), resume, format: args.format };
    run.all(args.jobs.map(usize::from))
}

fn pages_folder(args: &InspectArgs) -> Result<Option<PathBuf>> {
    if let Some(folder) = &args.out {
        fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
        return Ok(Some(folder.clone()));
    }
    if args.no_pages || args.format == Format::Json {
        return Ok(None);
    }
    let folder = PathBuf::from(DEFAULT_PAGES);
    match fs::create_dir_all(&folder) {
        Ok(()) => Ok(Some(folder)),
        Err(error) => {
            eprintln!(
                "indicia: no pages are written, ./{DEFAULT_PAGES} cannot be made: {error} (choose a folder with --out)"
            );
            Ok(None)
        }
    }
}

fn calibration(args: &InspectArgs) -> Result<Option<Calibration>> {
    let Some(path) = &args.calibration else {
        return Ok((!args.no_calibration).then(indicia_report::shipped_calibration));
    };
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let read = Calibration::from_json(&text).with_context(|| path.display().to_string())?;
    Ok(Some(read))
}

fn context(args: &InspectArgs) -> Result<BuildContext> {
    let read = |path: &Option<PathBuf>| -> Result<Option<String>> {
        let read =
            |path| fs::read_to_string(path).with_context(|| format!("cannot read {}", Path::display(path)));
        path.as_deref().map(read).transpose()
    };
    let trust = TrustSettings {
        anchors_pem: read(&args.trust)?,
        allowed_pem: read(&args.trust_allowed)?,
        key_usages: read(&args.trust_usages)?,
        online: args.online,
    };
    let camera = args.camera.as_deref().map(crate::camera::read).transpose()?.map(Arc::new);
    Ok(BuildContext { parameters: parameters(&args.set), trust: Arc::new(trust), camera })
}

impl Run {
    fn all(&self, jobs: Option<usize>) -> Result<u8> {
        let stop = Arc::new(AtomicBool::new(false));
        handle_interrupt(&stop)?;
        let jobs = threads(jobs);
        let workers = jobs.min(self.inputs.len()).max(1);
        let threads_each = (jobs / workers).max(1);
        let bar = progress(self.inputs.len() as u64, "inputs");
        let (mut found, mut not_read, mut finished) = (0, 0, 0);
        let mut rows = vec![];
        let outcome = ordered::run(
            0..self.inputs.len(),
            workers,
            Order::Items,
            &stop,
            |item| in_pool(threads_each, || self.one(item)),
            |_, done: Result<Done>| {
                let done = done?;
                match done.outcome {
                    Outcome::Clear => {}
                    Outcome::Found => found += 1,
                    Outcome::NotRead => not_read += 1,
                }
                finished += 1;
                rows.extend(done.row.clone());
                bar.inc(1);
                bar.suspend(|| self.show(&done))
            },
        );
        bar.finish_and_clear();
        outcome?;
        self.finish(&rows)?;
        if stop.load(Ordering::SeqCst) {
            eprintln!("stopped after {finished} of {} inputs", self.inputs.len());
            return Ok(INTERRUPTED);
        }
        if self.inputs.len() > 1 || (self.format == Format::Human && self.pages.is_some()) {
            self.tell_end(found, not_read);
        }
        Ok(u8::from(found > 0) + if not_read > 0 { 2 } else { 0 })
    }

    /// Reads and examines one input and writes its page and maps.
    fn one(&self, item: usize) -> Result<Done> {
        let input = &self.inputs[item];
        let path = input.name();
        let examined = match input.read(self.examiner.limits().bytes) {
            Err(error) => Examined { report: self.examiner.unreadable(&path, &error), picture: None },
            Ok(bytes) => {
                let done_before = self.resume.as_ref().and_then(|r| r.take(&Digest::of(&bytes).to_string()));
                if let Some(outcome) = done_before {
                    return Ok(Done { outcome, report: None, line: String::new(), page: None, row: None });
                }
                self.examiner.examine(&path, bytes)
            }
        };
        let name = &self.names[item];
        let report = &examined.report;
        let mut page = None;
        if report.error.is_none() {
            if let Some(folder) = &self.maps {
                write_maps(folder, name, report)?;
            }
            if let Some(folder) = &self.pages {
                page = Some(write_page(folder, name, &examined, self.inputs.len() > 1)?);
            }
        }
        let row = match &self.pages {
            Some(folder) if self.inputs.len() > 1 => {
                let href =
                    page.as_ref().and_then(|page| page.strip_prefix(folder).ok()).map(Path::to_string_lossy);
                Some(IndexRow::new(report, examined.picture.as_ref(), href.as_deref())?)
            }
            _ => None,
        };
        let line = match self.format {
            Format::Json => serde_json::to_string(report)?,
            Format::Human => String::new(),
        };
        Ok(Done { outcome: Outcome::of(report), report: Some(examined.report), line, page, row })
    }

    /// Prints one result, or appends it to the file to go on with.
    fn show(&self, done: &Done) -> Result<()> {
        let Some(report) = &done.report else { return Ok(()) };
        if let Some(resume) = &self.resume {
            resume.append(report)?;
        }
        match self.format {
            Format::Json if self.resume.is_some() => Ok(()),
            Format::Json => print_line(&done.line),
            Format::Human => {
                let (style, width) = terminal();
                let mut text = summary::render(report, style, width);
                if let Some(page) = &done.page {
                    text.push_str(&format!(
                        "    report: {}\n",
                        summary::printable(&page.display().to_string())
                    ));
                }
                print_line(&text)
            }
        }
    }

    fn finish(&self, rows: &[IndexRow]) -> Result<()> {
        let Some(folder) = self.pages.as_ref().filter(|_| self.inputs.len() > 1) else { return Ok(()) };
        let page = html::render_index(rows)?;
        write_whole(&folder.join("index.html"), |out| Ok(out.write_all(page.as_bytes())?))
    }

    fn tell_end(&self, found: usize, not_read: usize) {
        let count = self.inputs.len();
        let mut parts = vec![format!("{count} {}", if count == 1 { "input" } else { "inputs" })];
        parts.push(format!("{found} with evidence against authenticity"));
        if not_read > 0 {
            parts.push(format!("{not_read} not read"));
        }
        eprint!("{}", parts.join(", "));
        match &self.pages {
            Some(folder) if count > 1 => eprintln!("; reports: {}", folder.join("index.html").display()),
            Some(folder) => eprintln!("; reports are in {}", folder.display()),
            None => eprintln!(),
        }
    }
}

fn write_page(folder: &Path, name: &Path, examined: &Examined, has_index: bool) -> Result<PathBuf> {
    let path = folder.join(with_ending(name, ".html"));
    let up = "../".repeat(name.components().count() - 1);
    let index = has_index.then(|| format!("{up}index.html"));
    let page = html::render(&examined.report, examined.picture.as_ref(), index.as_deref())?;
    write_whole(&path, |out| Ok(out.write_all(page.as_bytes())?))?;
    Ok(path)
}

fn terminal() -> (Style, usize) {
    let is_terminal = std::io::stdout().is_terminal();
    let style =
        if is_terminal && std::env::var_os("NO_COLOR").is_none() { Style::Ansi } else { Style::Plain };
    let columns = console_width().filter(|_| is_terminal).unwrap_or(100);
    (style, columns.clamp(40, 120))
}

fn console_width() -> Option<usize> {
    let (_, columns) = console::Term::stdout().size_checked()?;
    Some(usize::from(columns))
}

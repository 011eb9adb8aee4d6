//! Going on with a JSON Lines file of reports.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result, bail};
use indicia_core::{Custody, PartRole, Report};
use serde_json::Value;

use crate::inspect::Outcome;

/// A file of reports, and which of them still stand for an input.
pub struct Resume {
    path: PathBuf,
    file: Mutex<File>,
    /// Reports already there for this version and these options: digest to outcomes, one a report.
    done: Mutex<HashMap<String, Vec<Outcome>>>,
}

impl Resume {
    /// Opens or makes the file, reads what it holds, and cuts off a last line that a kill left unfinished.
    ///
    /// # Errors
    /// If the file cannot be opened, or holds something that is not a report.
    pub fn open(path: &Path, custody: &Custody) -> Result<Self> {
        let mut file = OpenOptions::new()
            .read(true)
            .append(true)
            .create(true)
            .open(path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        let mut done: HashMap<String, Vec<Outcome>> = HashMap::new();
        let mut reader = BufReader::new(&mut file);
        let (mut line, mut whole, mut number) = (Vec::new(), 0_u64, 0_u64);
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 || line.last() != Some(&b'\n') {
                break;
            }
            number += 1;
            whole += read as u64;
            if line.trim_ascii().is_empty() {
                continue;
            }
            let report: Value = match serde_json::from_slice(&line) {
                Ok(report) => report,
                Err(error) => bail!("{} line {number} is not a report: {error}", path.display()),
            };
            if report["schema"] != indicia_core::SCHEMA_ID {
                bail!("{} line {number} is not a report of {}", path.display(), indicia_core::SCHEMA_ID);
            }
            let same_options = report["custody"]["options_digest"] == *custody.options_digest;
            // What the operating system refused may be allowed now.
            let is_final = report["error"]["kind"] != "io";
            if let (true, true, Some(digest)) = (same_options, is_final, report["input"]["digest"].as_str()) {
                done.entry(digest.to_owned()).or_default().push(outcome(&report));
            }
        }
        file.set_len(whole).with_context(|| format!("cannot mend {}", path.display()))?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file), done: Mutex::new(done) })
    }

    /// The outcome that the file already holds for this digest. Each report stands for one input: of two
    /// equal files, the second is done when the file holds two reports.
    pub fn take(&self, digest: &str) -> Option<Outcome> {
        self.done.lock().ok()?.get_mut(digest)?.pop()
    }

    /// Appends a report as one line.
    ///
    /// # Errors
    /// With the path and the operating system's reason.
    pub fn append(&self, report: &Report) -> Result<()> {
        let mut line = serde_json::to_vec(report)?;
        line.push(b'\n');
        let mut file = self.file.lock().map_err(|_| anyhow::anyhow!("a thread failed while writing"))?;
        file.write_all(&line).with_context(|| format!("cannot append to {}", self.path.display()))
    }
}

fn outcome(report: &Value) -> Outcome {
    if !report["error"].is_null() {
        return Outcome::NotRead;
    }
    let votes = report["findings"].as_array().is_some_and(|findings| {
        findings.iter().any(|f| f["standing"] == "vote" && f["claim"] != "authentic")
    });
    let shown = |part: &Value| {
        let role = part["part"]["role"].clone();
        serde_json::from_value::<PartRole>(role).is_ok_and(PartRole::shown_by_file)
    };
    let parts = report["parts"].as_array();
    let votes = votes
        || parts.is_some_and(|parts| parts.iter().any(|part| shown(part) && outcome(part) == Outcome::Found));
    if votes { Outcome::Found } else { Outcome::Clear }
}

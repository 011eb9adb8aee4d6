//! The list of all files of a run.

use askama::Template;
use indicia_core::{Conclusion, Error, Picture, Report, Result, Standing};

use super::encode;
use super::page::{STYLE, capital, class, policy};
use super::resample::shrink;
use super::words::{count, href, visible};

const SCRIPT: &str =
    concat!(include_str!("../../templates/sort.js"), include_str!("../../templates/index.js"));

/// Long side of a thumbnail, in pixels.
const THUMBNAIL: usize = 96;

/// Lists longer than this have no thumbnails.
const MAX_THUMBNAILS: usize = 2000;

/// One file of a run. Small: a run over many files keeps these and no reports.
#[derive(Debug, Clone)]
pub struct IndexRow {
    /// Path of the input as the user gave it.
    pub path: String,
    /// Relative path from the list to the file's page, as the file system has it; `None` if there is none.
    pub page: Option<String>,
    /// A small picture as a `data:` address.
    pub thumbnail: Option<String>,
    /// The verdict's conclusion; `None` if the input could not be read.
    pub conclusion: Option<Conclusion>,
    /// The verdict's statement.
    pub statement: String,
    /// Number of findings that may count.
    pub votes: usize,
    /// Number of methods that failed.
    pub failures: usize,
    /// Why the input could not be read.
    pub error: Option<String>,
}

impl IndexRow {
    /// A row for a report. The picture of a private report is not looked at.
    ///
    /// # Errors
    /// `Internal` if the picture's samples do not fit its size or the encoder refuses.
    pub fn new(report: &Report, picture: Option<&Picture>, page: Option<&str>) -> Result<Self> {
        let picture = picture.filter(|_| !report.custody.private);
        let thumbnail = picture.map(|picture| encode::thumbnail(&shrink(picture, THUMBNAIL))).transpose()?;
        let verdict = report.verdict.as_ref();
        Ok(Self {
            path: report.input.path.clone(),
            page: page.map(str::to_owned),
            thumbnail,
            conclusion: verdict.map(|verdict| verdict.conclusion),
            statement: verdict.map_or(String::new(), |verdict| verdict.statement.clone()),
            votes: report.findings.iter().filter(|finding| finding.standing == Standing::Vote).count(),
            failures: report.failures.len(),
            error: report.error.as_ref().map(|error| error.reason.clone()),
        })
    }
}

#[derive(Template)]
#[template(path = "index.html")]
struct Index<'a> {
    policy: String,
    style: &'static str,
    script: &'static str,
    totals: Vec<(String, &'static str, String)>,
    rows: Vec<RowView<'a>>,
    pictures: bool,
    too_many: bool,
    files: String,
}

struct RowView<'a> {
    path: String,
    page: Option<String>,
    thumbnail: Option<&'a str>,
    phrase: String,
    class: &'static str,
    /// What suspicion sorts by: against, unreadable, inconclusive, authentic.
    order: u8,
    text: String,
    votes: usize,
    failures: usize,
}

/// Renders the list of a run's files. It sorts and filters with the script and reads without.
///
/// # Errors
/// `Internal` if the template refuses.
pub fn render_index(rows: &[IndexRow]) -> Result<String> {
    let too_many = rows.len() > MAX_THUMBNAILS;
    let view = |row: &'_ IndexRow| -> (String, &'static str, u8) {
        match row.conclusion {
            Some(conclusion) => {
                let class = class(conclusion);
                let order = match class {
                    "against" => 0,
                    "authentic" => 3,
                    _ => 2,
                };
                (capital(conclusion.phrase()), class, order)
            }
            None => ("Not read".to_owned(), "unread", 1),
        }
    };
    let mut totals: Vec<(u8, String, &'static str, u64)> = vec![];
    let mut views = Vec::with_capacity(rows.len());
    for row in rows {
        let (phrase, class, order) = view(row);
        match totals.iter_mut().find(|(_, known, ..)| *known == phrase) {
            Some(total) => total.3 += 1,
            None => totals.push((order, phrase.clone(), class, 1)),
        }
        views.push(RowView {
            path: visible(&row.path),
            page: row.page.as_deref().map(href),
            thumbnail: row.thumbnail.as_deref().filter(|uri| !too_many && uri.starts_with("data:image/")),
            phrase,
            class,
            order,
            text: visible(row.error.as_deref().unwrap_or(&row.statement)),
            votes: row.votes,
            failures: row.failures,
        });
    }
    totals.sort();
    let index = Index {
        policy: policy(SCRIPT),
        style: STYLE,
        script: SCRIPT,
        totals: totals.into_iter().map(|(_, phrase, class, n)| (phrase, class, count(n))).collect(),
        pictures: views.iter().any(|row| row.thumbnail.is_some()),
        rows: views,
        too_many,
        files: count(rows.len() as u64),
    };
    index.render().map_err(|error| Error::internal_from("the list could not be written", error))
}

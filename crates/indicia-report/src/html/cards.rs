//! Findings as cards.

use std::collections::BTreeSet;

use indicia_core::{Exhibit, ExhibitData, Finding, Picture, Report, Result, Standing, Table, Topic};

use super::encode;
use super::resample::shrink;
use super::viewer::{MapImage, Viewer};
use super::words::{claim, count, cut, false_alarms, likelihood_ratio, number, region, visible};
use crate::fused::FUSED;

/// Rows of one table, and characters of one cell, that a page shows.
pub const MAX_ROWS: usize = 2000;
pub const MAX_CELL: usize = 4000;

/// Long side of a small picture.
const SMALL_PICTURE: usize = 640;

/// Findings under one heading.
pub struct Group {
    pub id: String,
    pub title: &'static str,
    pub lead: &'static str,
    pub cards: Vec<Card>,
}

/// One finding.
pub struct Card {
    pub index: usize,
    pub method: String,
    pub claim: &'static str,
    pub counts: bool,
    pub statement: String,
    pub facts: Vec<(&'static str, String)>,
    pub exhibits: Vec<Shown>,
    pub left_out: usize,
}

/// One exhibit.
pub struct Shown {
    pub title: String,
    pub legend: String,
    /// Index of a map on the picture.
    pub layer: Option<usize>,
    /// A map of another size than the picture's.
    pub apart: Option<MapImage>,
    pub picture: Option<SmallPicture>,
    pub table: Option<Rows>,
}

/// A small picture.
pub struct SmallPicture {
    pub uri: String,
    pub width: usize,
    pub height: usize,
    pub note: String,
}

/// A table.
pub struct Rows {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Cell>>,
    pub more: usize,
}

/// A value, folded if it is long.
pub struct Cell {
    /// Beginning of a long value.
    pub head: Option<String>,
    pub text: String,
    /// Characters that are not on the page.
    pub more: usize,
}

impl Cell {
    /// A value for a table.
    pub fn of(text: &str) -> Self {
        let (text, more) = cut(text, MAX_CELL);
        let (head, rest) = cut(text, 160);
        let head = (rest > 0).then(|| visible(head));
        Self { head, text: visible(text), more }
    }
}

/// Findings in groups: those that moved the verdict, other votes, and exhibits by the question that they help
/// to answer.
pub fn groups(report: &Report, viewer: Option<&Viewer>, basis: &BTreeSet<usize>) -> Result<Vec<Group>> {
    let group = |id: &str, title, lead| Group { id: id.to_owned(), title, lead, cards: vec![] };
    let mut groups = vec![
        group("basis", "What moved the verdict", "These findings count, and the verdict rests on them."),
        group("votes", "Other findings that may count", "These findings may count but did not decide."),
        group(
            "together",
            "All methods together",
            "Not strong enough to count. The map shows where to look first.",
        ),
    ];
    let exhibits = groups.len();
    groups.extend(Topic::ALL.iter().enumerate().map(|(i, topic)| {
        group(
            &format!("question-{i}"),
            topic.question(),
            "Shown for the examiner's own judgement. One by one these findings do not count towards the verdict.",
        )
    }));
    for (index, finding) in report.findings.iter().enumerate() {
        let topic =
            Topic::ALL.iter().position(|topic| *topic == finding.topic).unwrap_or(Topic::ALL.len() - 1);
        let place = match finding.standing {
            _ if basis.contains(&index) => 0,
            Standing::Vote => 1,
            Standing::Exhibit if finding.method == FUSED => 2,
            Standing::Exhibit => exhibits + topic,
        };
        groups[place].cards.push(card(index, finding, viewer, report.custody.private)?);
    }
    Ok(groups.into_iter().filter(|group| !group.cards.is_empty()).collect())
}

fn card(index: usize, finding: &Finding, viewer: Option<&Viewer>, private: bool) -> Result<Card> {
    let mut facts = vec![];
    if let Some(score) = &finding.score {
        if let Some(nfa) = score.log10_nfa {
            facts.push(("False alarms this strong", false_alarms(nfa)));
        }
        if let Some(ratio) = score.log10_likelihood_ratio {
            facts.push(("Likelihood ratio", likelihood_ratio(ratio)));
        }
        facts.push(("Statistic", format!("{} = {}", visible(&score.name), number(score.statistic))));
    }
    facts.extend(region(&finding.region).map(|words| ("Where", words)));
    let mut exhibits = vec![];
    let mut left_out = 0;
    for (at, exhibit) in finding.exhibits.iter().enumerate() {
        let layer = viewer.and_then(|v| v.maps.iter().position(|m| (m.finding, m.exhibit) == (index, at)));
        // A map may show the content as well as a picture does.
        if private && !matches!(exhibit.data, ExhibitData::Table(_)) {
            left_out += 1;
        } else {
            exhibits.push(shown(exhibit, layer)?);
        }
    }
    Ok(Card {
        index,
        method: visible(&finding.method),
        claim: claim(finding.claim),
        counts: finding.standing == Standing::Vote,
        statement: visible(&finding.statement),
        facts,
        exhibits,
        left_out,
    })
}

fn shown(exhibit: &Exhibit, layer: Option<usize>) -> Result<Shown> {
    let (title, legend) = (visible(&exhibit.title), visible(&exhibit.legend));
    let mut shown = Shown { title, legend, layer, apart: None, picture: None, table: None };
    match &exhibit.data {
        ExhibitData::Map(map) if layer.is_none() => shown.apart = MapImage::of(map)?,
        ExhibitData::Picture(picture) => shown.picture = small_picture(picture)?,
        ExhibitData::Table(table) => shown.table = Some(rows(table)),
        _ => {}
    }
    Ok(shown)
}

fn small_picture(picture: &Picture) -> Result<Option<SmallPicture>> {
    if picture.width == 0 || picture.height == 0 {
        return Ok(None);
    }
    let copy = shrink(picture, SMALL_PICTURE);
    let uri = encode::picture(&copy)?.uri;
    let note = format!("{} × {} pixels", count(picture.width as u64), count(picture.height as u64));
    Ok(Some(SmallPicture { uri, width: copy.width, height: copy.height, note }))
}

fn rows(table: &Table) -> Rows {
    Rows {
        columns: table.columns.iter().map(|column| visible(column)).collect(),
        rows: table
            .rows
            .iter()
            .take(MAX_ROWS)
            .map(|row| row.iter().map(|cell| Cell::of(cell)).collect())
            .collect(),
        more: table.rows.len().saturating_sub(MAX_ROWS),
    }
}

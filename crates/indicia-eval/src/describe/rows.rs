use indicia_core::Digest;
use indicia_ops::phash::PerceptualHash;

use super::facts::{Facts, Fault, Mask};
use crate::score::intern::{Interner, NONE};
use crate::table::{Cell, Item};

/// Distinct values of a column that are kept apart; a column with more is no category.
const MOST_VALUES: usize = 10_000;

/// What is kept of a row: a hundred bytes.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub label: Option<bool>,
    pub readable: bool,
    pub split: u32,
    pub group: u32,
    pub bytes: u64,
    pub size: Option<(u32, u32)>,
    pub quality: Option<u8>,
    /// Numbers of the values of [`CATEGORIES`], in its order.
    pub categories: [u32; CATEGORIES.len()],
    pub digest: u128,
    pub hash: Option<PerceptualHash>,
    pub altered: f32,
}

/// Properties of files that are words.
pub(super) const CATEGORIES: [(&str, &str); 11] = [
    ("format", "format"),
    ("mode", "storage (bits and channels)"),
    ("jpeg_process", "JPEG process"),
    ("quantisation_tables", "set of JPEG quantisation tables"),
    ("chroma_subsampling", "chroma subsampling"),
    ("exif", "presence of EXIF"),
    ("xmp", "presence of XMP"),
    ("icc_profile", "presence of an ICC profile"),
    ("thumbnail", "presence of a thumbnail"),
    ("software", "software tag"),
    ("domain", "column domain"),
];

/// A further column of the table.
#[derive(Debug, Default)]
pub(super) struct Attribute {
    pub name: String,
    pub names: Interner,
    /// A number of a name each row.
    pub values: Vec<u32>,
    /// A number each row, as long as all of them are numbers.
    pub numbers: Option<Vec<f64>>,
    /// True once there are too many different values, or lists.
    pub dropped: bool,
}

impl Attribute {
    fn push(&mut self, cell: &Cell, row: usize) {
        let number = match cell {
            Cell::Json(_) => {
                self.dropped = true;
                return;
            }
            cell => cell.number().ok().flatten().filter(|n| n.is_finite()),
        };
        if let Some(numbers) = &mut self.numbers {
            match number {
                Some(number) => {
                    numbers.resize(row, f64::NAN);
                    numbers.push(number);
                }
                None => self.numbers = None,
            }
        }
        if self.names.len() as usize <= MOST_VALUES {
            let text = cell.text().unwrap_or_default();
            // Long text is content, no property.
            if text.len() > 200 || text.starts_with(['[', '{']) {
                self.dropped = true;
                return;
            }
            let number = self.names.code(Some(&text));
            self.values.resize(row, NONE);
            self.values.push(number);
        }
    }
}

/// All rows of a table, with counts of what is wrong with them.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub rows: Vec<Row>,
    pub names: [Interner; CATEGORIES.len()],
    pub splits: Interner,
    pub groups: Interner,
    pub methods: Interner,
    pub method_of: Vec<u32>,
    pub attributes: Vec<Attribute>,
    pub faults: Vec<Problem>,
}

/// Something wrong with rows.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// What.
    pub what: String,
    /// How many rows.
    pub rows: u64,
    /// The first few, each with its row.
    pub examples: Vec<String>,
}

impl Rows {
    /// Notes what is wrong with a row.
    pub(super) fn fault(&mut self, what: &str, row: u64, example: &str) {
        let place = match self.faults.iter().position(|p| p.what == what) {
            Some(place) => place,
            None => {
                self.faults.push(Problem { what: what.to_owned(), rows: 0, examples: vec![] });
                self.faults.len() - 1
            }
        };
        let problem = &mut self.faults[place];
        problem.rows += 1;
        if problem.examples.len() < 5 {
            problem.examples.push(format!("row {row}: {example}"));
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, item: &Item, facts: &Facts) {
        match &facts.fault {
            Some(Fault::Missing) => self.fault("missing files", item.row, &item.path),
            Some(Fault::Unreadable(why)) => self.fault("unreadable files", item.row, why),
            None => {}
        }
        if let (Some(stated), Some(found)) = (&item.digest, facts.digest)
            && *stated != found.to_string()
        {
            self.fault("file changed since its digest was recorded", item.row, &item.path);
        }
        let mut altered = f32::NAN;
        match (&facts.mask, &item.mask) {
            (Some(Mask::Missing), Some(mask)) => self.fault("missing masks", item.row, mask),
            (Some(Mask::Unreadable(why)), _) => self.fault("unreadable masks", item.row, why),
            (Some(Mask::Read(share, width, height)), _) => {
                altered = *share as f32;
                if let Some((w, h)) = facts.size.filter(|size| *size != (*width, *height)) {
                    let sizes = format!("{}: mask {width}x{height}, picture {w}x{h}", item.path);
                    self.fault("mask of another size than its picture", item.row, &sizes);
                }
                if *share > 0.0 && item.label == Some(false) {
                    self.fault("label 0 with altered pixels in the mask", item.row, &item.path);
                }
                if *share == 0.0 && item.label == Some(true) {
                    self.fault("label 1 with an empty mask", item.row, &item.path);
                }
            }
            _ => {}
        }
        let place = self.rows.len();
        let yes = |present: bool| Some(if present { "yes" } else { "no" });
        let metadata = facts.metadata.as_ref();
        let jpeg = facts.jpeg.as_ref();
        let has = |part: fn(&super::facts::MetadataFacts) -> bool| metadata.and_then(|m| yes(part(m)));
        let texts: [Option<&str>; CATEGORIES.len()] = [
            Some(&*facts.format).filter(|f| !f.is_empty()),
            facts.mode.as_deref(),
            jpeg.map(|j| j.process),
            jpeg.map(|j| &*j.tables),
            jpeg.map(|j| &*j.subsampling),
            has(|m| m.exif),
            has(|m| m.xmp),
            has(|m| m.icc),
            has(|m| m.thumbnail),
            metadata.map(|m| m.software.as_deref().unwrap_or("none")),
            item.domain.as_deref(),
        ];
        let mut categories = [NONE; CATEGORIES.len()];
        for ((number, names), text) in categories.iter_mut().zip(&mut self.names).zip(texts) {
            *number = names.code(text);
        }
        self.method_of.push(self.methods.code(item.method.as_deref()));
        for (name, cell) in &item.attributes {
            let column = match self.attributes.iter().position(|a| a.name == *name) {
                Some(column) => column,
                None => {
                    let numbers = Some(vec![]);
                    self.attributes.push(Attribute { name: name.clone(), numbers, ..Attribute::default() });
                    self.attributes.len() - 1
                }
            };
            let attribute = &mut self.attributes[column];
            if !attribute.dropped {
                attribute.push(cell, place);
            }
        }
        self.rows.push(Row {
            label: item.label,
            readable: facts.fault.is_none(),
            split: self.splits.code(item.split.as_deref()),
            group: self.groups.code(item.group.as_deref()),
            bytes: facts.bytes,
            size: facts.size,
            quality: jpeg.and_then(|j| j.quality),
            categories,
            digest: facts.digest.map_or(0, short),
            hash: facts.hash,
            altered,
        });
    }
}

/// The first half of a digest: enough to tell a billion files apart.
fn short(digest: Digest) -> u128 {
    digest.as_bytes().first_chunk().map_or(0, |half| u128::from_be_bytes(*half))
}

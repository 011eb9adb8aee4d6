use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use indicia_core::{Error, Result};
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{Answered, Chosen, DEFINITIONS, ExamItem, ExamReader, Extraction, How, Rules, extract, measure};
use crate::metrics::Section;
use crate::score::{Coverage, Scores, Series};
use crate::stats::Bootstrap;
use crate::table::{Faults, TableReader, hash};

/// What becomes of items that a model did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    /// They are an error.
    #[default]
    Refused,
    /// They are left out of its accuracy, as the released code does without a word.
    LeftOut,
    /// They are wrong.
    Wrong,
}

/// How an exam is scored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Settings {
    /// How options are told.
    pub rules: Rules,
    /// What becomes of items without an answer.
    pub unanswered: Unanswered,
    /// Only this split. The released code, given several, shows the scores of whichever comes first in a set
    /// without order.
    pub split: Option<String>,
    /// Seed of the random answers.
    pub seed: u64,
    /// Resampling for intervals.
    pub bootstrap: Bootstrap,
}

/// Answers of one model, by index.
#[derive(Debug, Clone)]
pub struct Answers {
    /// Name of the model: that of the file.
    pub name: String,
    path: PathBuf,
    /// Row, index and text by the hash of the index.
    texts: HashMap<u128, (u64, Box<str>, Box<str>)>,
}

impl Answers {
    /// Reads answers: a table with the columns `index` and `prediction` (as VLMEvalKit writes it) or `text`.
    /// An empty text is an answer that tells nothing.
    ///
    /// # Errors
    /// `Input` with row and column for a missing index and one that is there twice; `Io`.
    pub fn read(path: &Path) -> Result<Self> {
        let mut table = TableReader::open(path)?;
        let index = table.require("index")?;
        let text = match table.column("prediction") {
            Some(column) => column,
            None => table.column("text").ok_or_else(|| {
                Error::input(format!(
                    "{} has no column \"prediction\" or \"text\", it has: {}",
                    path.display(),
                    table.columns().join(", ")
                ))
            })?,
        };
        let mut texts: HashMap<u128, (u64, Box<str>, Box<str>)> = HashMap::new();
        while let Some(mut record) = table.next_record()? {
            let at = |message: String| table.at(record.row, "index", &Error::input(message));
            let Some(of) = record.cell(index).text().map(|text| text.into_owned()) else {
                return Err(at("expected an index, got nothing".to_owned()));
            };
            let key = hash(&[&of]);
            if let Some((first, ..)) = texts.get(&key) {
                return Err(at(format!("{of} for the second time (first in row {first})")));
            }
            let text = record.take(text).into_text().unwrap_or_default();
            texts.insert(key, (record.row, of.into(), text.into()));
        }
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { name, path: path.to_owned(), texts })
    }

    /// The answer to an item.
    pub fn of(&self, index: &str) -> Option<&str> {
        self.texts.get(&hash(&[index])).map(|(_, _, text)| &**text)
    }

    /// The released code leaves answers to unknown items out without a word; here they are an error, as they
    /// are most often answers to another exam.
    pub(super) fn check(&self, known: &HashSet<u128>) -> Result<()> {
        let mut unknown: Vec<_> =
            self.texts.iter().filter(|(key, _)| !known.contains(*key)).map(|(_, text)| text).collect();
        unknown.sort_unstable_by_key(|(row, ..)| *row);
        let mut faults = Faults::default();
        unknown.iter().for_each(|(row, index, _)| faults.add(|| format!("row {row}, column index: {index}")));
        faults.into_error(&format!("{} answers items that the exam does not have", self.path.display()))
    }
}

/// What sits the exam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A model's answers.
    #[default]
    Model,
    /// The same letter everywhere.
    Constant,
    /// The constant letter that is right most often.
    BestConstant,
    /// Chance, its expected value.
    Chance,
    /// Chance, drawn once.
    Draw,
}

/// One that sits the exam.
#[derive(Debug, Clone)]
pub struct Contestant {
    /// Name.
    pub name: String,
    /// What it is. All but models do not look.
    pub kind: Kind,
    /// Items without an answer.
    pub unanswered: u64,
    /// By what its options were told.
    pub told: BTreeMap<How, u64>,
    /// How often it chose each letter, `Z` for none.
    pub letters: BTreeMap<char, u64>,
    /// Accuracy overall, by category and by view.
    pub section: Section,
}

/// A scored exam.
#[derive(Debug, Clone)]
pub struct ExamReport {
    /// How it was scored.
    pub settings: Settings,
    /// Items of the exam, of the split.
    pub items: u64,
    /// Models in the order of their answers, then the blind ones: each constant letter, the best of them,
    /// the expected value of chance, one draw of chance.
    pub contestants: Vec<Contestant>,
    /// What a reader must know beside the numbers.
    pub notes: Vec<String>,
}

/// Right or wrong, item by item.
#[derive(Default)]
struct Sheet {
    name: String,
    kind: Kind,
    /// Places of the items with their hits.
    hits: Vec<(u32, f64)>,
    told: BTreeMap<How, u64>,
    letters: BTreeMap<char, u64>,
    unanswered: u64,
}

/// Scores answers to an exam beside constant letters and chance.
///
/// As the released code: the option by [`Rules`], a hit if it is the right one; accuracy overall and by
/// category; of each view the mean over its values of the mean over their categories. Differences: items
/// without an answer and answers without an item are errors unless asked otherwise; items without pictures,
/// which the released loader drops, stay; categories and values that are not of the published vocabulary are
/// scored, where the released code stops.
///
/// Chance chooses every option of an item with the same probability; its expected values are exact, since
/// every mean is linear in the hits. A constant letter that an item does not have is wrong.
///
/// # Errors
/// Those of [`ExamReader::next_item`]; `Input` for items without a right option or a category of five fields,
/// for no items, and for answers and items that do not fit together.
pub fn evaluate(exam: &Path, answers: &[Answers], settings: &Settings) -> Result<ExamReport> {
    let mut reader = ExamReader::open(exam)?;
    let mut known: HashSet<u128> = HashSet::new();
    let mut items: Vec<(u32, u32)> = vec![];
    let mut categories: BTreeMap<String, u32> = BTreeMap::new();
    let mut models: Vec<Sheet> =
        answers.iter().map(|a| Sheet { name: a.name.clone(), ..Sheet::default() }).collect();
    let mut missing: Vec<Faults> = answers.iter().map(|_| Faults::default()).collect();
    let mut constants: BTreeMap<char, Sheet> = BTreeMap::new();
    let blind = |kind: Kind, name: String| Sheet { name, kind, ..Sheet::default() };
    let mut chance = blind(Kind::Chance, "random, expected".to_owned());
    let mut drawn = blind(Kind::Draw, format!("random, seed {}", settings.seed));
    let mut random = Xoshiro256PlusPlus::seed_from_u64(settings.seed);
    let mut groups: HashMap<u128, u32> = HashMap::new();
    while let Some(item) = reader.next_item()? {
        known.insert(hash(&[&item.index]));
        if settings.split.is_some() && item.split != settings.split {
            continue;
        }
        let (right, category) = needed(&reader, &item)?;
        let next = categories.len() as u32;
        let category = *categories.entry(category.to_owned()).or_insert(next);
        let place = u32::try_from(items.len()).map_err(|_| Error::limits("more than 4 billion items"))?;
        let next = groups.len() as u32;
        let group = *groups.entry(hash(&[item.reference().unwrap_or(&item.index)])).or_insert(next);
        items.push((category, group));
        let right = Chosen::Option(right);
        for (place_of, (answers, sheet)) in answers.iter().zip(&mut models).enumerate() {
            match answers.of(&item.index) {
                Some(text) => {
                    let Extraction { chosen, how } = extract(text, &item.options, &settings.rules);
                    *sheet.told.entry(how).or_default() += 1;
                    *sheet.letters.entry(chosen.letter()).or_default() += 1;
                    sheet.hits.push((place, f64::from(u8::from(chosen == right))));
                }
                None => {
                    sheet.unanswered += 1;
                    missing[place_of].add(|| format!("row {}, column index: {}", item.row, item.index));
                    if settings.unanswered == Unanswered::Wrong {
                        sheet.hits.push((place, 0.0));
                    }
                }
            }
        }
        for (letter, _) in &item.options {
            let sheet = constants
                .entry(*letter)
                .or_insert_with(|| blind(Kind::Constant, format!("constant {letter}")));
            // Letters of which there is no sheet yet were in no item before: those are wrong, and added below.
            if Chosen::Option(*letter) == right {
                sheet.hits.push((place, 1.0));
            }
        }
        let count = item.options.len() as u64;
        chance.hits.push((place, 1.0 / count as f64));
        // At most 26 of 2^64 more likely than others by one part.
        let draw = item.options[((u128::from(random.next_u64()) * u128::from(count)) >> 64) as usize].0;
        *drawn.letters.entry(draw).or_default() += 1;
        drawn.hits.push((place, f64::from(u8::from(Chosen::Option(draw) == right))));
    }
    for answers in answers {
        answers.check(&known)?;
    }
    if items.is_empty() {
        let of = settings.split.as_ref().map(|split| format!(" of the split {split:?}")).unwrap_or_default();
        return Err(Error::input(format!("{} has no items{of}", exam.display())));
    }
    if settings.unanswered == Unanswered::Refused {
        for (answers, missing) in answers.iter().zip(missing) {
            missing.into_error(&format!("{} lacks answers to items of the exam", answers.path.display()))?;
        }
    }
    let mut sheets = models;
    let mut best: Option<(usize, Sheet)> = None;
    for (_, sheet) in constants {
        let right = sheet.hits.len();
        let mut all: Vec<(u32, f64)> = (0..items.len() as u32).map(|place| (place, 0.0)).collect();
        sheet.hits.iter().for_each(|(place, hit)| all[*place as usize].1 = *hit);
        if best.as_ref().is_none_or(|(most, _)| right > *most) {
            let name = format!("best constant ({})", sheet.name.trim_start_matches("constant "));
            best = Some((right, Sheet { hits: all.clone(), ..blind(Kind::BestConstant, name) }));
        }
        sheets.push(Sheet { hits: all, ..sheet });
    }
    sheets.extend(best.map(|(_, sheet)| sheet));
    sheets.extend([chance, drawn]);
    let mut names = vec![""; categories.len()];
    categories.iter().for_each(|(name, number)| names[*number as usize] = name);
    let contestant = |sheet: Sheet| {
        let answered = |(place, hit): &(u32, f64)| {
            let (category, group) = items[*place as usize];
            Answered { category: names[category as usize], hit: *hit, group }
        };
        let answered: Vec<_> = sheet.hits.iter().map(answered).collect();
        let Sheet { name, kind, told, letters, unanswered, .. } = sheet;
        let section = measure(&answered, settings.bootstrap)?;
        Ok(Contestant { name, kind, unanswered, told, letters, section })
    };
    let contestants = sheets.into_iter().map(contestant).collect::<Result<Vec<_>>>()?;
    let notes = notes(settings, &contestants, &names);
    Ok(ExamReport { settings: settings.clone(), items: items.len() as u64, contestants, notes })
}

fn needed<'i>(reader: &ExamReader, item: &'i ExamItem) -> Result<(char, &'i str)> {
    let at = |column: &str, error: &Error| reader.at(item.row, column, error);
    let Some(right) = item.answer else {
        return Err(at("answer", &Error::input("expected the right option, got nothing")));
    };
    let category = item.category.as_deref().unwrap_or_default();
    super::Category::parse(category).map_err(|e| at("category", &e))?;
    Ok((right, category))
}

fn notes(settings: &Settings, contestants: &[Contestant], categories: &[&str]) -> Vec<String> {
    let mut notes = vec![];
    let unknown = |name: &&&str| !super::Category::parse(name).is_ok_and(|c| c.is_known());
    if let Some(first) = categories.iter().find(unknown) {
        let count = categories.iter().filter(unknown).count();
        notes.push(format!(
            "{count} of {} categories have a modality or task that Forensics-Bench does not have, such as {first}.",
            categories.len()
        ));
    }
    for contestant in contestants.iter().filter(|c| c.unanswered > 0) {
        let became = match settings.unanswered {
            Unanswered::Wrong => "count as wrong",
            _ => "are left out",
        };
        notes.push(format!(
            "{}: {} items have no answer and {became}.",
            contestant.name, contestant.unanswered
        ));
    }
    if contestants.iter().any(|c| c.kind == Kind::Model) {
        notes.push(
            "Chance and the best constant letter are what a model has to beat to have looked at anything."
                .to_owned(),
        );
    }
    notes
}

impl ExamReport {
    /// As scores of detectors, for leaderboards.
    pub fn scores(&self) -> Vec<Scores> {
        let one = |contestant: &Contestant| {
            let scored = contestant.section.counts.first().map_or(0, |(_, count)| *count as usize);
            Scores {
                series: Series {
                    detector: contestant.name.clone(),
                    condition: "clean".to_owned(),
                    trained_on: String::new(),
                    seed: String::new(),
                    score_kind: None,
                },
                coverage: Coverage { items: self.items as usize, scored, ..Coverage::default() },
                kind_assumed: false,
                image: None,
                video: None,
                pixel: None,
                classes: None,
                sections: vec![contestant.section.clone()],
                worst: vec![],
            }
        };
        self.contestants.iter().map(one).collect()
    }

    /// As JSON: rules, definitions, and of each contestant its accuracies and what was told by what.
    pub fn to_json(&self) -> Value {
        let one = |contestant: &Contestant| {
            let letters: Map<String, Value> =
                contestant.letters.iter().map(|(letter, count)| (letter.to_string(), json!(count))).collect();
            json!({
                "name": contestant.name,
                "kind": contestant.kind,
                "unanswered": contestant.unanswered,
                "told_by": contestant.told,
                "letters": letters,
                "exam": contestant.section,
            })
        };
        let words: Map<String, Value> =
            DEFINITIONS.iter().map(|d| (d.id.to_owned(), json!(d.text))).collect();
        json!({
            "schema": "indicia.exam/1",
            "rules": self.settings.rules,
            "unanswered_items": self.settings.unanswered,
            "split": self.settings.split,
            "bootstrap": self.settings.bootstrap,
            "definitions": words,
            "items": self.items,
            "contestants": self.contestants.iter().map(one).collect::<Vec<_>>(),
            "notes": self.notes,
        })
    }
}

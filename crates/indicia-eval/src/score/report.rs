use serde_json::{Map, Value, json};

use super::Scores;
use super::sections::SECTIONS;
use crate::metrics::binary::{self, BinaryReport};
use crate::metrics::{Definition, pixel};
use crate::stats::Estimate;

/// Sections whose metrics a protocol can name, and the metrics of each.
pub fn definitions() -> Vec<(&'static str, Definition)> {
    let image = binary::METRICS.iter().map(|m| {
        let definition =
            Definition { id: m.id, name: m.name, text: m.definition, higher_is_better: m.higher_is_better };
        ("image", definition)
    });
    let video = image.clone().map(|(_, d)| ("video", d));
    let classes = CLASSES.iter().map(|d| ("classes", *d));
    let pixel = pixel::definitions().map(|m| ("pixel", *m));
    let sections = SECTIONS.iter().flat_map(|kind| kind.definitions.iter().map(|d| (kind.name, *d)));
    image.chain(video).chain(classes).chain(pixel).chain(sections).collect()
}

const CLASSES: [Definition; 6] = [
    Definition::higher("accuracy", "Class accuracy", "Share of items put into their class."),
    Definition::higher(
        "balanced_accuracy",
        "Balanced class accuracy",
        "Mean over classes of the share of their items that is put into them.",
    ),
    Definition::higher(
        "macro_f1",
        "Macro F1",
        "Mean over classes of the harmonic mean of precision and recall; a class that only occurs as a decision counts 0.",
    ),
    Definition::higher(
        "top_3_accuracy",
        "Top-3 accuracy",
        "Share of items whose class is among the first three of predicted_classes.",
    ),
    Definition::higher(
        "family_accuracy",
        "Family accuracy",
        "Share of items put into a class of their own family; a class that no item has is of no family.",
    ),
    Definition::higher(
        "errors_within_family",
        "Errors within the family",
        "Share of the items put into a wrong class that are put into a class of their family.",
    ),
];

/// The definition of a metric that a protocol names: `auc` of pictures, `pixel.f1`, `video.auc`,
/// `classes.accuracy`, `boxes.map50`.
pub fn definition(name: &str) -> Option<Definition> {
    let (section, id) = name.split_once('.').filter(|(s, _)| is_section(s)).unwrap_or(("image", name));
    let wanted = |(of, d): &(&str, Definition)| d.id == id && *of == section;
    definitions().into_iter().find(wanted).map(|(_, d)| d)
}

fn is_section(name: &str) -> bool {
    matches!(name, "image" | "video" | "pixel" | "classes") || SECTIONS.iter().any(|kind| kind.name == name)
}

impl Scores {
    /// A metric by the name that a protocol gives it.
    pub fn metric(&self, name: &str) -> Option<Estimate> {
        let of = |report: &Option<BinaryReport>, id: &str| report.as_ref()?.metrics.get(id).copied();
        match name.split_once('.') {
            Some(("image", id)) => of(&self.image, id),
            Some(("video", id)) => of(&self.video, id),
            Some(("pixel", id)) => self.pixel.as_ref()?.get(id),
            Some(("classes", id)) => self.classes.as_ref()?.get(id),
            Some((section, id)) if is_section(section) => {
                self.sections.iter().find(|s| s.name == section)?.get(id)
            }
            _ => of(&self.image, name),
        }
    }

    /// As JSON: who, how many, and a section for each kind of answer. Metrics without a value are null, with
    /// the reason in `absent`.
    pub fn to_json(&self, curves: bool) -> Value {
        let mut out = Map::new();
        let series = &self.series;
        out.insert("detector".into(), json!(series.detector));
        out.insert("condition".into(), json!(series.condition));
        for (key, value) in [("trained_on", &series.trained_on), ("seed", &series.seed)] {
            if !value.is_empty() {
                out.insert(key.into(), json!(value));
            }
        }
        out.insert("coverage".into(), json!(self.coverage));
        let mut absent = Map::new();
        for (key, report) in [("image", &self.image), ("video", &self.video)] {
            let Some(report) = report else { continue };
            let mut section = json!(report.metrics);
            if let Some(section) = section.as_object_mut() {
                section.insert("counts".into(), json!(report.counts));
                section.insert("threshold".into(), json!(report.threshold));
                section.insert("score_kind".into(), json!(report.kind));
                section.insert("score_kind_assumed".into(), json!(self.kind_assumed));
                section.insert("bootstrap".into(), json!(report.bootstrap));
                if curves {
                    section.insert("curves".into(), json!(report.curves));
                }
            }
            for (info, _) in report.metrics.iter().filter(|(_, value)| value.is_err()) {
                absent.insert(format!("{key}.{}", info.id), json!(report.metrics.reason_of_absence(info.id)));
            }
            out.insert(key.into(), section);
        }
        if let Some(pixel) = &self.pixel {
            out.insert("pixel".into(), json!(pixel));
        }
        if let Some(classes) = &self.classes {
            out.insert("classes".into(), json!(classes));
        }
        for section in &self.sections {
            out.insert(section.name.into(), json!(section));
        }
        if !absent.is_empty() {
            out.insert("absent".into(), Value::Object(absent));
        }
        Value::Object(out)
    }
}

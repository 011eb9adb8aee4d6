use std::collections::BTreeMap;

use indicia_core::Result;

use super::{Category, VIEWS};
use crate::metrics::{Definition, Section};
use crate::stats::{Bootstrap, Estimate, Groups, IntervalMethod, percentile_interval};

/// Metrics of an exam, in the order in which they are shown.
pub static DEFINITIONS: [Definition; 7] = [
    Definition::higher("overall", "Overall", "Share of items answered rightly, all weighing the same."),
    Definition::higher(
        "categories",
        "Mean of categories",
        "Mean over categories of the share of their items answered rightly.",
    ),
    Definition::higher("semantic", "Semantic", VIEW),
    Definition::higher("type", "Type", VIEW),
    Definition::higher("model", "Model", VIEW),
    Definition::higher("modality", "Modality", VIEW),
    Definition::higher("task", "Task", VIEW),
];

const VIEW: &str = "Mean over the values of this view of the mean over the categories that share a value of the share of their items answered rightly (macro of macro).";

static ACCURACY: Definition = Definition::higher(
    "accuracy",
    "Accuracy",
    "Mean over the categories that share this value of the share of their items answered rightly.",
);

/// An answered item.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Answered<'c> {
    /// Its category.
    pub category: &'c str,
    /// 1 if answered rightly, 0 if not; in between for an expected value.
    pub hit: f64,
    /// Items of one group are resampled together.
    pub group: u32,
}

/// What is measured: categories that are averaged by value, and values by view.
struct Layout<'c> {
    categories: Vec<&'c str>,
    /// Of each view its values with their categories.
    views: [Vec<(&'c str, Vec<usize>)>; 5],
}

/// Accuracy overall, by category, by value of each view (mean of its categories) and by view (mean of its
/// values), as the released scorer has them, with intervals of the bootstrap over groups. In `by_type` are the
/// values, as `modality video`, and the categories, as `category ...`.
///
/// A resample without items of a category goes without it, and so an exam whose categories have few items has
/// intervals that are somewhat too narrow.
///
/// # Errors
/// `Input` for a category that is not of five fields; `Limits`.
pub fn measure(items: &[Answered<'_>], bootstrap: Bootstrap) -> Result<Section> {
    let mut names: BTreeMap<&str, usize> = items.iter().map(|item| (item.category, 0)).collect();
    for (place, (_, number)) in names.iter_mut().enumerate() {
        *number = place;
    }
    let layout = Layout::of(names.keys().copied().collect())?;
    let category: Vec<usize> = items.iter().map(|item| names[item.category]).collect();
    let groups = Groups::from_ids(&items.iter().map(|item| item.group).collect::<Vec<_>>())?;
    let empty = || vec![(0.0, 0.0); layout.categories.len()];
    let mut counts = empty();
    for (item, &category) in items.iter().zip(&category) {
        counts[category] = (counts[category].0 + item.hit, counts[category].1 + 1.0);
    }
    let values = layout.values(&counts);
    let drawn = if groups.len() < 2 {
        vec![]
    } else {
        bootstrap.run(groups.len(), empty, |counts, draws| {
            counts.fill((0.0, 0.0));
            for (range, draws) in groups.ranges().zip(draws).filter(|(_, draws)| **draws > 0) {
                let draws = f64::from(*draws);
                for &item in &groups.items()[range] {
                    let count = &mut counts[category[item as usize]];
                    *count = (count.0 + draws * items[item as usize].hit, count.1 + draws);
                }
            }
            layout.values(counts)
        })
    };
    let estimate = |place: usize| {
        let ci95 = percentile_interval(drawn.iter().map(|values| values[place]));
        values[place].map(|value| Estimate::new(value, ci95, IntervalMethod::Bootstrap))
    };
    let protocol = "right letter; categories averaged by value, values by view".to_owned();
    let mut section = Section {
        name: "exam",
        counts: vec![("items", items.len() as u64), ("categories", layout.categories.len() as u64)],
        protocol,
        metrics: DEFINITIONS.iter().enumerate().map(|(place, d)| (d, estimate(place))).collect(),
        by_type: vec![],
        of: String::new(),
    };
    let mut place = DEFINITIONS.len();
    let mut part = |of: String, categories: &[usize]| {
        let of_items = categories.iter().map(|c| counts[*c].1 as u64).sum();
        section.by_type.push(Section {
            name: "exam",
            counts: vec![("items", of_items), ("categories", categories.len() as u64)],
            protocol: String::new(),
            metrics: vec![(&ACCURACY, estimate(place))],
            by_type: vec![],
            of,
        });
        place += 1;
    };
    for (view, values) in VIEWS.iter().zip(&layout.views) {
        values.iter().for_each(|(value, categories)| part(format!("{view} {value}"), categories));
    }
    for (number, name) in layout.categories.iter().enumerate() {
        part(format!("category {name}"), &[number]);
    }
    Ok(section)
}

impl<'c> Layout<'c> {
    fn of(categories: Vec<&'c str>) -> Result<Self> {
        let mut views: [BTreeMap<&str, Vec<usize>>; 5] = Default::default();
        for (number, name) in categories.iter().enumerate() {
            for (view, field) in views.iter_mut().zip(Category::parse(name)?.fields) {
                view.entry(field).or_default().push(number);
            }
        }
        Ok(Self { categories, views: views.map(|view| view.into_iter().collect()) })
    }

    /// Values in the order of [`DEFINITIONS`], then of the values of the views, then of the categories, from
    /// the sum of hits and of weights of each category.
    fn values(&self, counts: &[(f64, f64)]) -> Vec<Option<f64>> {
        let ratio = |(hits, weight): (f64, f64)| (weight > 0.0).then(|| hits / weight);
        let mean = |values: &mut dyn Iterator<Item = Option<f64>>| {
            ratio(values.flatten().fold((0.0, 0.0), |sum, value| (sum.0 + value, sum.1 + 1.0)))
        };
        let accuracies: Vec<_> = counts.iter().copied().map(ratio).collect();
        let all = counts.iter().fold((0.0, 0.0), |sum, count| (sum.0 + count.0, sum.1 + count.1));
        let of_values: Vec<Vec<Option<f64>>> = self
            .views
            .iter()
            .map(|view| view.iter().map(|(_, of)| mean(&mut of.iter().map(|c| accuracies[*c]))).collect())
            .collect();
        let mut out = vec![ratio(all), mean(&mut accuracies.iter().copied())];
        out.extend(of_values.iter().map(|view| mean(&mut view.iter().copied())));
        out.extend(of_values.into_iter().flatten());
        out.extend(accuracies);
        out
    }
}

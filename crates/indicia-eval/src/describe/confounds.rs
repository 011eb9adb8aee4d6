use indicia_core::Result;
use serde::Serialize;

use super::boost;
use super::rows::{CATEGORIES, Row, Rows};
use crate::score::intern::NONE;
use crate::stats::ClusteredAuc;

/// Folds of the cross-validation.
const FOLDS: u32 = 5;
/// Weight of the training set's share of fakes in that of a category, in items.
const PRIOR: f64 = 5.0;
/// Bins of a number that is taken as a category.
const BINS: usize = 32;
/// Categories of a further column, at most.
const FEW_VALUES: u32 = 100;
/// A confound is called out from this area on.
const CALLED_OUT: f64 = 0.6;
/// Standard errors of an area without any relation, from which on it is called out.
const SURE: f64 = 1.959_963_984_540_054;

/// How well a property tells the classes apart without the content being looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Confound {
    /// Id: `file_size`, `format`, `column.site`.
    pub id: String,
    /// Its name in words.
    pub name: String,
    /// How the area was found.
    pub measure: Measure,
    /// Area under the ROC curve for the label, at least 0.5 for numbers that are ranked; absent where the
    /// property is the same for all, or a class lacks it.
    pub auc: Option<f64>,
    /// 95 % interval (Obuchowski's, over groups).
    pub ci95: Option<[f64; 2]>,
    /// Items that have the property.
    pub items: u64,
    /// Whether it is called out: at least 0.6, and the interval and a test without its assumptions exclude 0.5.
    pub called_out: bool,
    /// One sentence for people.
    pub statement: String,
}

/// How an area was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// By the rank of a number: fakes have higher values.
    RankHigher,
    /// By the rank of a number: fakes have lower values.
    RankLower,
    /// By the share of fakes among items with the same value in the other folds of a cross-validation.
    Categories,
    /// The same for a number in bins, where its rank alone tells less.
    Bins,
    /// By boosted stumps over several properties, out of fold.
    Combined,
}

/// A property of every item.
pub(super) struct Feature {
    id: String,
    name: String,
    values: Values,
}

pub(super) enum Values {
    Numbers(Vec<f64>),
    Categories(Vec<u32>),
}

/// Measures every property and all of them together. Empty unless both classes are there.
pub(super) fn measure(rows: &Rows) -> Result<Vec<Confound>> {
    let kept: Vec<usize> =
        (0..rows.rows.len()).filter(|i| rows.rows[*i].readable && rows.rows[*i].label.is_some()).collect();
    let labels: Vec<bool> = kept.iter().map(|i| rows.rows[*i].label == Some(true)).collect();
    if labels.iter().all(|l| *l) || !labels.contains(&true) {
        return Ok(vec![]);
    }
    let groups = groups(rows, &kept);
    let folds = folds(&labels, &groups);
    let sample = Sample { labels, groups, folds };
    let (of_file, of_table) = features(rows, &kept);
    let mut out: Vec<Confound> =
        of_file.iter().chain(&of_table).map(|f| sample.measure(f)).collect::<Result<_>>()?;
    // What is the same for all says nothing; it is in the counts already.
    out.retain(|c| c.auc.is_some());
    out.sort_by(|a, b| b.auc.unwrap_or(0.0).total_cmp(&a.auc.unwrap_or(0.0)).then_with(|| a.id.cmp(&b.id)));
    let mut combined = vec![];
    let all: Vec<&Feature> = of_file.iter().collect();
    combined.extend(sample.combined("file_properties", "all properties of the files together", &all)?);
    if !of_table.is_empty() {
        let all: Vec<&Feature> = of_file.iter().chain(&of_table).collect();
        combined.extend(sample.combined("all", "all properties of files and columns together", &all)?);
    }
    combined.extend(out);
    Ok(combined)
}

/// Group of each item; each is its own where there are none.
fn groups(rows: &Rows, kept: &[usize]) -> Vec<u32> {
    let named = rows.groups.len();
    let group = |(place, i): (usize, &usize)| match rows.rows[*i].group {
        NONE => named + place as u32,
        group => group,
    };
    kept.iter().enumerate().map(group).collect()
}

/// A fold for every item: groups stay together, and each class of groups (by its first item) is dealt round in
/// a shuffled order that does not change from run to run.
fn folds(labels: &[bool], groups: &[u32]) -> Vec<u32> {
    let mut order: Vec<(u32, bool)> = groups.iter().copied().zip(labels.iter().copied()).collect();
    order.sort_by_key(|(group, _)| *group);
    order.dedup_by_key(|(group, _)| *group);
    // SplitMix64's finaliser (Steele, Lea and Flood, OOPSLA 2014).
    let mixed = |group: u32| {
        let mut z = u64::from(group).wrapping_add(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    };
    order.sort_by_key(|(group, label)| (*label, mixed(*group)));
    let fold: std::collections::HashMap<u32, u32> =
        order.iter().zip(0..).map(|((group, _), place)| (*group, place % FOLDS)).collect();
    groups.iter().map(|group| fold.get(group).copied().unwrap_or(0)).collect()
}

/// Properties of files, and columns of the table.
fn features(rows: &Rows, kept: &[usize]) -> (Vec<Feature>, Vec<Feature>) {
    let numbers = |id: &str, name: &str, f: &dyn Fn(&Row) -> Option<f64>| Feature {
        id: id.to_owned(),
        name: name.to_owned(),
        values: Values::Numbers(kept.iter().map(|i| f(&rows.rows[*i]).unwrap_or(f64::NAN)).collect()),
    };
    let side = |f: fn(f64, f64) -> f64| move |row: &Row| row.size.map(|(w, h)| f(f64::from(w), f64::from(h)));
    let mut of_file = vec![
        numbers("file_size", "file size", &|row| Some(row.bytes as f64)),
        numbers("bytes_per_pixel", "number of bytes per pixel", &|row| {
            row.size.map(|(w, h)| row.bytes as f64 / (f64::from(w) * f64::from(h)).max(1.0))
        }),
        numbers("width", "width", &side(|w, _| w)),
        numbers("height", "height", &side(|_, h| h)),
        numbers("megapixels", "number of pixels", &side(|w, h| w * h / 1e6)),
        numbers("aspect_ratio", "aspect ratio", &side(|w, h| w / h.max(1.0))),
        numbers("jpeg_quality", "JPEG quality", &|row| row.quality.map(f64::from)),
    ];
    let mut of_table = vec![];
    for (place, (id, name)) in CATEGORIES.iter().enumerate() {
        let values = Values::Categories(kept.iter().map(|i| rows.rows[*i].categories[place]).collect());
        let feature = Feature { id: (*id).to_owned(), name: (*name).to_owned(), values };
        if *id == "domain" { of_table.push(feature) } else { of_file.push(feature) }
    }
    if rows.splits.len() > 1 {
        let values = Values::Categories(kept.iter().map(|i| rows.rows[*i].split).collect());
        of_table.push(Feature { id: "split".to_owned(), name: "column split".to_owned(), values });
    }
    for attribute in rows.attributes.iter().filter(|a| !a.dropped) {
        let id = format!("column.{}", attribute.name);
        let name = format!("column {}", attribute.name);
        let values = match &attribute.numbers {
            Some(numbers) => {
                Values::Numbers(kept.iter().map(|i| numbers.get(*i).copied().unwrap_or(f64::NAN)).collect())
            }
            None if attribute.names.len() <= FEW_VALUES => Values::Categories(
                kept.iter().map(|i| attribute.values.get(*i).copied().unwrap_or(NONE)).collect(),
            ),
            None => continue,
        };
        of_table.push(Feature { id, name, values });
    }
    (of_file, of_table)
}

/// Labels with groups and folds.
struct Sample {
    labels: Vec<bool>,
    groups: Vec<u32>,
    folds: Vec<u32>,
}

impl Sample {
    fn measure(&self, feature: &Feature) -> Result<Confound> {
        let (found, measure, items) = match &feature.values {
            Values::Categories(values) => {
                let items = values.iter().filter(|v| **v != NONE).count();
                (self.by_categories(values)?, Measure::Categories, items)
            }
            Values::Numbers(values) => {
                let kept: Vec<usize> = (0..values.len()).filter(|i| values[*i].is_finite()).collect();
                let ranked = self.ranked(values, &kept)?;
                let part = self.part(&kept);
                let chosen: Vec<f64> = kept.iter().map(|i| values[*i]).collect();
                let binned = part.by_categories(&boost::bins(&chosen, BINS).0)?;
                match (ranked, binned) {
                    (Some((ranked, measure)), Some(binned)) if binned.auc <= ranked.auc + 0.02 => {
                        (Some(ranked), measure, kept.len())
                    }
                    (_, Some(binned)) => (Some(binned), Measure::Bins, kept.len()),
                    (ranked, None) => {
                        let measure = ranked.map_or(Measure::RankHigher, |(_, m)| m);
                        (ranked.map(|(auc, _)| auc), measure, kept.len())
                    }
                }
            }
        };
        Ok(self.confound(&feature.id, &feature.name, found, measure, items))
    }

    fn confound(
        &self,
        id: &str,
        name: &str,
        found: Option<ClusteredAuc>,
        measure: Measure,
        items: usize,
    ) -> Confound {
        let called_out = found.is_some_and(|f| {
            f.auc >= CALLED_OUT
                && f.ci95.is_some_and(|ci| ci[0] > 0.5)
                && (f.auc - 0.5) >= SURE * self.null_error()
        });
        Confound {
            id: id.to_owned(),
            name: name.to_owned(),
            measure,
            auc: found.map(|f| f.auc),
            ci95: found.and_then(|f| f.ci95),
            items: items as u64,
            called_out,
            statement: found.map_or_else(String::new, |f| statement(name, &f, measure, called_out)),
        }
    }

    /// Standard error of the area of a property that tells nothing, from the numbers of groups of each class
    /// (Mann and Whitney, 1947). Where an area is 1, its own error is 0 however few items there are.
    fn null_error(&self) -> f64 {
        let count = |class: bool| {
            let mut groups: Vec<u32> =
                (0..self.labels.len()).filter(|i| self.labels[*i] == class).map(|i| self.groups[i]).collect();
            groups.sort_unstable();
            groups.dedup();
            groups.len() as f64
        };
        let (m, n) = (count(true), count(false));
        ((m + n + 1.0) / (12.0 * m * n)).sqrt()
    }

    fn part(&self, kept: &[usize]) -> Self {
        Self {
            labels: kept.iter().map(|i| self.labels[*i]).collect(),
            groups: kept.iter().map(|i| self.groups[*i]).collect(),
            folds: kept.iter().map(|i| self.folds[*i]).collect(),
        }
    }

    /// The area by rank, turned so that it is at least 0.5. `None` if all values are equal.
    fn ranked(&self, values: &[f64], kept: &[usize]) -> Result<Option<(ClusteredAuc, Measure)>> {
        let scores: Vec<f64> = kept.iter().map(|i| values[*i]).collect();
        if scores.windows(2).all(|pair| pair[0] == pair[1]) {
            return Ok(None);
        }
        let part = self.part(kept);
        let found = ClusteredAuc::of(&scores, &part.labels, &vec![0; scores.len()], &part.groups)?;
        Ok(found.map(|found| {
            if found.auc >= 0.5 {
                return (found, Measure::RankHigher);
            }
            let ci95 = found.ci95.map(|[low, high]| [1.0 - high, 1.0 - low]);
            (ClusteredAuc { auc: 1.0 - found.auc, ci95, ..found }, Measure::RankLower)
        }))
    }

    /// The area of the share of fakes among items of the same value in the other folds, compared within each
    /// fold: a value that few items share is judged by hardly more than the overall share, so that many small
    /// categories do not look telling. `None` if all values are equal.
    fn by_categories(&self, values: &[u32]) -> Result<Option<ClusteredAuc>> {
        if values.windows(2).all(|pair| pair[0] == pair[1]) {
            return Ok(None);
        }
        let scores = encoded(values, &self.labels, &self.folds, None);
        ClusteredAuc::of(&scores, &self.labels, &self.folds, &self.groups)
    }

    fn combined(&self, id: &str, name: &str, features: &[&Feature]) -> Result<Option<Confound>> {
        let scores = boost::out_of_fold(features, &self.labels, &self.folds, FOLDS);
        let Some(scores) = scores else { return Ok(None) };
        let found = ClusteredAuc::of(&scores, &self.labels, &self.folds, &self.groups)?;
        Ok(Some(self.confound(id, name, found, Measure::Combined, self.labels.len())))
    }
}

impl Feature {
    pub(super) fn values(&self) -> &Values {
        &self.values
    }
}

/// For every item the smoothed share of fakes among the items of its value in the other folds; of `unseen`, if
/// that is a fold, no label is looked at.
pub(super) fn encoded(values: &[u32], labels: &[bool], folds: &[u32], unseen: Option<u32>) -> Vec<f64> {
    // Values are codes; the one for "none" comes last.
    let count = values.iter().filter(|v| **v != NONE).max().map_or(0, |v| *v as usize + 1) + 1;
    let place = |value: u32| if value == NONE { count - 1 } else { value as usize };
    let mut all = vec![[0.0_f64; 2]; count];
    let mut of_fold = vec![vec![[0.0_f64; 2]; count]; FOLDS as usize];
    let mut totals = [[0.0_f64; 2]; FOLDS as usize];
    let mut total = [0.0_f64; 2];
    for ((value, label), fold) in values.iter().zip(labels).zip(folds) {
        if unseen == Some(*fold) {
            continue;
        }
        let class = usize::from(*label);
        all[place(*value)][class] += 1.0;
        of_fold[*fold as usize][place(*value)][class] += 1.0;
        totals[*fold as usize][class] += 1.0;
        total[class] += 1.0;
    }
    let score = |(value, fold): (&u32, &u32)| {
        let (value, fold) = (place(*value), *fold as usize);
        let rest = |class: usize| all[value][class] - of_fold[fold][value][class];
        let outside = |class: usize| total[class] - totals[fold][class];
        let share = outside(1) / (outside(0) + outside(1)).max(1.0);
        (rest(1) + PRIOR * share) / (rest(0) + rest(1) + PRIOR)
    };
    values.iter().zip(folds).map(score).collect()
}

/// One sentence for people.
fn statement(name: &str, found: &ClusteredAuc, measure: Measure, called_out: bool) -> String {
    let several = measure == Measure::Combined;
    let (subject, alone) = if several { (name.to_owned(), "") } else { (format!("the {name}"), "alone ") };
    let s = if several { "" } else { "s" };
    let telling = match found.auc {
        _ if !called_out => format!("say{s} little or nothing of real and fake"),
        auc if auc >= 0.995 => format!("{alone}tell{s} real from fake"),
        auc if auc >= 0.9 => format!("{alone}nearly tell{s} real from fake"),
        auc if auc >= 0.75 => format!("say{s} much of real and fake"),
        _ => format!("say{s} something of real and fake"),
    };
    let how = match measure {
        Measure::RankHigher if called_out => " (higher in fakes)",
        Measure::RankLower if called_out => " (lower in fakes)",
        _ => "",
    };
    format!("{subject} {telling}: AUC {:.2}{how}", found.auc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(labels: Vec<bool>) -> Sample {
        let groups: Vec<u32> = (0..labels.len() as u32).collect();
        let folds = folds(&labels, &groups);
        Sample { labels, groups, folds }
    }

    fn random(seed: u64) -> impl FnMut() -> u32 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as u32
        }
    }

    fn feature(values: Values) -> Feature {
        Feature { id: "x".into(), name: "x".into(), values }
    }

    #[test]
    fn folds_are_balanced_and_keep_groups_together() {
        let labels: Vec<bool> = (0..100).map(|i| i % 4 == 0).collect();
        let groups: Vec<u32> = (0..100).collect();
        let dealt = folds(&labels, &groups);
        for fold in 0..FOLDS {
            let of: Vec<usize> = (0..100).filter(|i| dealt[*i] == fold).collect();
            assert_eq!(of.iter().filter(|i| labels[**i]).count(), 5);
            assert_eq!(of.len(), 20);
        }
        let pairs: Vec<u32> = (0..100).map(|i| i / 2).collect();
        let dealt = folds(&labels, &pairs);
        assert!(dealt.chunks(2).all(|pair| pair[0] == pair[1]));
    }

    #[test]
    fn encoding_leaves_the_own_fold_out() {
        // Value 7: in fold 0 one fake; in fold 1 two real. Value 3: only in fold 0.
        let values = [7, 7, 7, 3, NONE];
        let labels = [true, false, false, true, false];
        let folds = [0, 1, 1, 0, 1];
        let scores = encoded(&values, &labels, &folds, None);
        // Outside fold 0 there are three real: share 0. Value 7 there: 0 of 2.
        assert_eq!(scores[0], 0.0);
        // Outside fold 1 there are two fakes: share 1. Value 7 there: 1 of 1.
        assert_eq!(scores[1], 1.0);
        assert_eq!((scores[3], scores[4]), (0.0, 1.0));
        let mixed = encoded(&[1, 1, 1, 1], &[true, false, false, false], &[0, 1, 2, 3], None);
        // Outside fold 1: one fake of three. (1 + 5/3) / (3 + 5) = 1/3.
        assert!((mixed[1] - 1.0 / 3.0).abs() < 1e-12);
        // Without fold 0 no fake is seen.
        let unseen = encoded(&[1, 1, 1, 1], &[true, false, false, false], &[0, 1, 2, 3], Some(0));
        assert_eq!(unseen, [0.0; 4]);
    }

    #[test]
    fn many_small_categories_tell_nothing() {
        let labels: Vec<bool> = (0..1000).map(|i| i % 2 == 0).collect();
        let sample = sample(labels);
        // Every item a value of its own, and pairs of values by chance.
        let own = sample.measure(&feature(Values::Categories((0..1000).collect()))).unwrap();
        assert_eq!(own.auc, Some(0.5));
        let mut random = random(7);
        let pairs = (0..1000).map(|_| random() % 500).collect();
        let pairs = sample.measure(&feature(Values::Categories(pairs))).unwrap();
        let ci = pairs.ci95.unwrap();
        assert!(ci[0] < 0.5 && ci[1] > 0.5 && !pairs.called_out, "{pairs:?}");
        let constant = sample.measure(&feature(Values::Categories(vec![4; 1000]))).unwrap();
        assert_eq!((constant.auc, constant.called_out), (None, false));
    }

    #[test]
    fn numbers_are_ranked_either_way_and_binned_where_the_middle_tells() {
        let labels: Vec<bool> = (0..400).map(|i| i % 2 == 0).collect();
        let sample = sample(labels);
        let low = (0..400).map(|i| if i % 2 == 0 { -1.0 } else { 1.0 }).collect();
        let low = sample.measure(&feature(Values::Numbers(low))).unwrap();
        assert_eq!((low.auc, low.measure, low.called_out), (Some(1.0), Measure::RankLower, true));
        assert_eq!(low.statement, "the x alone tells real from fake: AUC 1.00 (lower in fakes)");
        // Fakes are all 512 wide; real ones 256 or 1024: the rank says nothing.
        let width = (0..400).map(|i| {
            if i % 2 == 0 {
                512.0
            } else if i % 4 == 1 {
                256.0
            } else {
                1024.0
            }
        });
        let width = sample.measure(&feature(Values::Numbers(width.collect()))).unwrap();
        assert_eq!((width.auc, width.measure), (Some(1.0), Measure::Bins));
        // Three fakes of four and one real of four have the value 1: 0.5 + (0.75 - 0.25) / 2.
        let planted = (0..400).map(|i| f64::from(u8::from((i / 2 % 4 != 0) == (i % 2 == 0)))).collect();
        let planted = sample.measure(&feature(Values::Numbers(planted))).unwrap();
        assert!((planted.auc.unwrap() - 0.75).abs() < 1e-12, "{planted:?}");
    }

    #[test]
    fn two_of_each_class_prove_nothing() {
        let sample = sample(vec![true, true, false, false]);
        let perfect = sample.measure(&feature(Values::Numbers(vec![2.0, 2.0, 1.0, 1.0]))).unwrap();
        assert_eq!((perfect.auc, perfect.called_out), (Some(1.0), false));
        let missing = sample.measure(&feature(Values::Numbers(vec![1.0, 2.0, f64::NAN, f64::NAN]))).unwrap();
        assert_eq!((missing.auc, missing.items), (None, 2));
    }

    #[test]
    fn together_properties_tell_what_each_tells_half() {
        // Fakes have a and b set by halves; real ones have neither.
        let labels: Vec<bool> = (0..800).map(|i| i % 2 == 0).collect();
        let sample = sample(labels);
        let a = feature(Values::Categories((0..800).map(|i| u32::from(i % 4 == 0)).collect()));
        let b = feature(Values::Numbers((0..800).map(|i| f64::from(u8::from(i % 4 == 2))).collect()));
        assert!((sample.measure(&a).unwrap().auc.unwrap() - 0.75).abs() < 0.01);
        let both = sample.combined("all", "all together", &[&a, &b]).unwrap().unwrap();
        assert_eq!(both.auc, Some(1.0));
        let mut random = random(8);
        let noise = feature(Values::Numbers((0..800).map(|_| f64::from(random())).collect()));
        let nothing = sample.combined("all", "all together", &[&noise]).unwrap().unwrap();
        assert!(!nothing.called_out && nothing.auc.unwrap() < 0.56, "{nothing:?}");
    }
}

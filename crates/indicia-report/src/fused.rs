//! What the methods say together: likelihood ratios of their scores, and the fused finding.

use std::collections::BTreeMap;

use indicia_core::{
    Claim, Exhibit, ExhibitData, Finding, Map, Mask, MethodInfo, ParameterValues, Region, Report, Score,
    Standing, Table, Topic,
};
use indicia_eval::calibrate::{Assessment, Calibration, Population, Reading, Readings};
use indicia_eval::detector::Judgement;
use ndarray::Array2;

/// The map without the parts above 0.5 that stay below the middle between 0.5 and its highest value: what stands
/// out is marked, and not every cell that is a little more likely altered than not.
fn prominent(map: &Map) -> Map {
    let most = map.values.iter().copied().fold(0.5, f32::max);
    let mut kept = Array2::from_elem(map.values.dim(), false);
    let mut open: Vec<(usize, usize)> = map
        .values
        .indexed_iter()
        .filter(|(_, v)| **v > 0.5 && **v >= 0.5 * (0.5 + most))
        .map(|(at, _)| at)
        .collect();
    open.iter().for_each(|&at| kept[at] = true);
    while let Some((row, column)) = open.pop() {
        for near in (0..9).map(|i| ((row + i / 3).wrapping_sub(1), (column + i % 3).wrapping_sub(1))) {
            if map.values.get(near).is_some_and(|v| *v > 0.5) && !kept[near] {
                kept[near] = true;
                open.push(near);
            }
        }
    }
    let mut out = map.clone();
    out.values.zip_mut_with(&kept, |value, kept| *value = if *kept { *value } else { value.min(0.5) });
    out
}

/// Name of the finding that all methods give together, and of its map in files.
pub const FUSED: &str = "fused";

/// The shipped calibration. Its populations are described in the reports that rest on it.
pub fn shipped() -> Calibration {
    Calibration::from_json(include_str!("../calibration.json")).expect("the shipped calibration is tested")
}

/// What each method read in one input, gathered while methods run.
#[derive(Default)]
pub(crate) struct Gathered {
    readings: Readings,
    /// Place in the report of the finding that ranks the input, and what the method is.
    ranked: BTreeMap<String, (usize, &'static MethodInfo)>,
}

impl Gathered {
    /// Notes what a method found; its findings stand in the report from place `first` on.
    pub(crate) fn note(&mut self, info: &'static MethodInfo, findings: &[Finding], first: usize) {
        let Some(reading) = Reading::of(&Judgement::of(findings, info.ranked_by)) else { return };
        self.readings.insert(info.id.to_owned(), reading);
        if let Some((place, _)) = Judgement::ranked(findings, info.ranked_by) {
            self.ranked.insert(info.id.to_owned(), (first + place, info));
        }
    }

    /// Gives the scores of `report` their likelihood ratios and adds the fused finding, where a population
    /// of `calibration` holds the input; says in the report which.
    pub(crate) fn fuse(mut self, calibration: &Calibration, report: &mut Report) {
        let Some(population) = self.population(calibration, report) else { return };
        // Scores under other parameters are other scores.
        let parameters = |id: &str| report.custody.methods.iter().find(|m| m.id == id).map(|m| &m.parameters);
        let holds = |id: &str, learned: &ParameterValues| parameters(id) == Some(learned);
        self.readings.retain(|id, _| population.methods.get(id).is_some_and(|m| holds(id, &m.parameters)));
        let size = (report.input.width.unwrap_or(0) as usize, report.input.height.unwrap_or(0) as usize);
        let assessment = population.assess(&self.readings, size.0, size.1);
        if !population.locates_only {
            for (id, ratio) in &assessment.ratios {
                let ranked = self.ranked.get(id).and_then(|(place, _)| report.findings.get_mut(*place));
                if let Some(score) = ranked.and_then(|finding| finding.score.as_mut()) {
                    score.log10_likelihood_ratio = Some(*ratio);
                }
            }
            report.calibration = Some(population.summary());
        }
        report.findings.push(self.finding(population, &assessment));
    }

    fn population<'c>(&self, calibration: &'c Calibration, report: &Report) -> Option<&'c Population> {
        let ran = |id: &str| report.custody.methods.iter().any(|m| m.id == id);
        let conditions =
            |p: &Population| p.if_applies.iter().chain(&p.unless_applies).cloned().collect::<Vec<_>>();
        // Whether a method applies is known only if it ran.
        if !calibration.populations.iter().flat_map(conditions).all(|id| ran(&id)) {
            return None;
        }
        calibration.population(|id| self.readings.contains_key(id))
    }

    fn finding(&self, population: &Population, assessment: &Assessment) -> Finding {
        let kind = self.kind(population, assessment);
        let mut exhibits = vec![];
        let mut region = Region::Whole;
        if let Some(located) = &assessment.located {
            if assessment.called {
                let marked = prominent(&located.map).to_pixels().mapv(|value| value > 0.5);
                if marked.iter().any(|&set| set) {
                    region = Region::Mask(Mask::new(marked));
                }
            }
            exhibits.push(Exhibit {
                id: "map".into(),
                title: "All maps together".into(),
                legend:
                    "How likely each cell is altered if the picture is: the methods' maps, each weighted \
                         by how strongly the method speaks in this picture. Look where it is bright first; \
                         if the picture as a whole was not called altered, brightness shows nothing."
                        .into(),
                data: ExhibitData::Map(located.map.clone()),
            });
        }
        // Ratios and scores that hold nowhere are not told.
        if !population.locates_only {
            exhibits.push(Exhibit {
            id: "methods".into(),
            title: "What each method adds".into(),
            legend:
                "Likelihood ratios above 1 add their logarithm times the method's weight; methods that see \
                     the same trace share a weight."
                    .into(),
            data: ExhibitData::Table(self.table(population, assessment)),
        });
        }
        Finding {
            topic: kind,
            claim: if assessment.called { Claim::Manipulated } else { Claim::Observation },
            standing: if assessment.called { Standing::Vote } else { Standing::Exhibit },
            score: (!population.locates_only).then(|| Score {
                log10_likelihood_ratio: Some(assessment.log10_likelihood_ratio),
                ..Score::raw("fused score", assessment.score)
            }),
            region,
            exhibits,
            ..Finding::observation(FUSED, statement(population, assessment, kind))
        }
    }

    /// The question that what stands out most on the map answers; without a map, that of the strongest ratio.
    fn kind(&self, population: &Population, assessment: &Assessment) -> Topic {
        let mut by_topic: BTreeMap<Topic, f64> = BTreeMap::new();
        let mut add = |id: &String, amount: f64| {
            if let Some((_, info)) = self.ranked.get(id) {
                *by_topic.entry(info.topic).or_default() += amount.max(0.0);
            }
        };
        match &assessment.located {
            Some(located) => located.parts.iter().for_each(|(id, part)| add(id, *part)),
            None => assessment.ratios.iter().for_each(|(id, ratio)| {
                add(id, ratio * population.fusion.weights.get(id).copied().unwrap_or(0.0));
            }),
        }
        let most = by_topic.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        most.filter(|(_, amount)| *amount > 0.0).map_or(Topic::View, |(topic, _)| topic)
    }

    fn table(&self, population: &Population, assessment: &Assessment) -> Table {
        let mut rows: Vec<(f64, Vec<String>)> = vec![];
        for (id, ratio) in &assessment.ratios {
            let weight = population.fusion.weights.get(id).copied().unwrap_or(0.0);
            let part = assessment.located.as_ref().and_then(|located| located.parts.get(id));
            let row = vec![
                id.clone(),
                format!("{:.4}", self.readings[id].strength),
                format!("{:.2}", 10_f64.powf(*ratio)),
                format!("{weight:.2}"),
                format!("{:.2}", weight * ratio.max(0.0)),
                part.map_or_else(|| "-".to_owned(), |part| format!("{part:.2}")),
            ];
            rows.push((weight * ratio.max(0.0), row));
        }
        rows.sort_by(|a, b| b.0.total_cmp(&a.0));
        let columns =
            ["method", "strength", "likelihood ratio", "weight", "adds", "part of the map's bright cells"];
        Table {
            columns: columns.map(str::to_owned).to_vec(),
            rows: rows.into_iter().map(|(_, row)| row).collect(),
        }
    }
}

fn statement(population: &Population, assessment: &Assessment, kind: Topic) -> String {
    if population.locates_only {
        return format!(
            "The map joins what all methods show, as learned from {} that stand in for real ones: it says where to \
             look first and not whether anything was altered.",
            population.name
        );
    }
    let ratio = 10_f64.powf(assessment.log10_likelihood_ratio);
    let point = &population.operating_point;
    let sources = population.authentic.sources;
    let alarms = match point.false_alarms {
        0 => format!("none of {sources} authentic sources"),
        1 => format!("one of {sources} authentic sources"),
        n => format!("{n} of {sources} authentic sources"),
    };
    let bound = 100.0 * point.false_alarm_bound;
    if assessment.called {
        let kind = match kind {
            Topic::View => String::new(),
            kind => format!(" What stands out answers to: {}", kind.question()),
        };
        format!(
            "Taken together, such traces are about {} times as frequent in altered {} as in authentic ones; \
             {alarms} showed as much, which allows {bound:.1} % of them at most (95 %).{kind}",
            short(ratio),
            population.name
        )
    } else {
        format!(
            "Taken together, the traces do not reach the strength from which {} are called altered \
             (likelihood ratio {}).",
            population.name,
            short(ratio)
        )
    }
}

fn short(ratio: f64) -> String {
    if ratio >= 10.0 { format!("{ratio:.0}") } else { format!("{ratio:.1}") }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn what_is_marked_reaches_half_way_to_the_highest_value() {
        let values = array![[0.9, 0.6, 0.1, 0.1, 0.1], [0.1, 0.1, 0.6, 0.1, 0.6], [0.1, 0.1, 0.1, 0.1, 0.6]];
        let map = Map::per_pixel(values, 0.0, 1.0);
        let marked = prominent(&map).values.mapv(|v| v > 0.5);
        let expected = array![
            [true, true, false, false, false],
            [false, false, true, false, false],
            [false, false, false, false, false]
        ];
        assert_eq!(marked, expected, "what hangs together with the peak, corners included");
        let low = Map::per_pixel(array![[0.2, 0.4]], 0.0, 1.0);
        assert!(prominent(&low).values.iter().all(|&v| v <= 0.5));
    }
}

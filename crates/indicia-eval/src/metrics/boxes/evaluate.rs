use indicia_core::{Error, Result};
use rayon::prelude::*;

use super::catalogue::{METRICS, OF_TYPE};
use super::compare::{compare, hungarian_iou};
use super::layout::{Data, Layout};
use super::{BoxProtocol, MAX_TYPES, Picture};
use crate::metrics::Section;
use crate::metrics::detection::{EXACT_ENTRIES, estimate, group_of, in_item};
use crate::stats::{Bootstrap, Groups};

/// Measures boxes: all together and by type, with intervals of the bootstrap over groups (one number a
/// picture). The types have names; one type with an empty name stands for boxes without type.
///
/// With N predictions and R resamples the intervals take some 4 N R additions, and little else: predictions
/// are ranked once, and curves of more than 1024 of them are resampled in cells.
///
/// # Errors
/// `Input` for boxes with negative or infinite sides, NaN scores, a type without name, and groups that are not
/// as many as pictures; `Limits` for more than [`MAX_TYPES`] types, or more than
/// [`MAX_OBJECTS`](super::MAX_OBJECTS) true or predicted boxes of one picture.
pub fn evaluate(
    pictures: &[Picture],
    types: &[String],
    groups: &[u32],
    protocol: &BoxProtocol,
    bootstrap: Bootstrap,
) -> Result<Section> {
    if types.len() > MAX_TYPES {
        return Err(Error::limits(format!("expected at most {MAX_TYPES} types, got {}", types.len())));
    }
    if groups.len() != pictures.len() {
        let (want, got) = (pictures.len(), groups.len());
        return Err(Error::input(format!("expected as many groups as pictures ({want}), got {got}")));
    }
    if protocol.threshold.is_nan() {
        return Err(Error::configuration("expected a number as threshold of boxes, got NaN"));
    }
    for (number, picture) in pictures.iter().enumerate() {
        picture.check(types.len()).map_err(|e| in_item("picture", number, &e))?;
    }
    let groups = Groups::from_ids(groups)?;
    let group_of = group_of(&groups);
    let (compared, hungarian): (Vec<_>, Vec<_>) = pictures
        .par_iter()
        .zip(&group_of)
        .map(|(picture, &group)| {
            (compare(picture, group, protocol), hungarian_iou(picture, protocol.threshold))
        })
        .unzip();
    let mut data = Data::new(compared, types.len(), groups.len());
    for (&group, iou) in group_of.iter().zip(hungarian) {
        data.pictures[group as usize] += 1;
        if let Some(iou) = iou {
            let sums = &mut data.hungarian[group as usize];
            *sums = (sums.0 + iou, sums.1 + 1);
        }
    }
    let exact = Layout::new(&data, usize::MAX);
    let estimates = estimate(&groups, bootstrap, &exact, || Layout::new(&data, EXACT_ENTRIES));

    let mut counts = vec![[0_u64; 3]; types.len()];
    for picture in pictures {
        picture.truth.iter().for_each(|b| counts[b.kind as usize][usize::from(b.crowd)] += 1);
        picture.predicted.iter().for_each(|b| counts[b.kind as usize][2] += 1);
    }
    let named = |[truth, crowds, predicted]: [u64; 3]| {
        [("true_boxes", truth), ("crowds", crowds), ("predicted_boxes", predicted)]
    };
    let mut by_type = vec![];
    for ((name, counts), own) in types.iter().zip(&counts).zip(estimates[METRICS.len()..].chunks(OF_TYPE)) {
        if name.is_empty() || counts.iter().all(|count| *count == 0) {
            continue;
        }
        by_type.push(Section {
            name: "boxes",
            counts: named(*counts).to_vec(),
            protocol: String::new(),
            metrics: METRICS.iter().zip(own.iter().copied()).collect(),
            by_type: vec![],
            of: name.clone(),
        });
    }
    let mut all = vec![("pictures", pictures.len() as u64), ("groups", groups.len() as u64)];
    all.extend(named(std::array::from_fn(|column| counts.iter().map(|counts| counts[column]).sum())));
    Ok(Section {
        name: "boxes",
        counts: all,
        protocol: protocol.describe(),
        metrics: METRICS.iter().zip(estimates.iter().copied()).collect(),
        by_type,
        of: String::new(),
    })
}

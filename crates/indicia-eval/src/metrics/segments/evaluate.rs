use indicia_core::{Error, Result};
use rayon::prelude::*;

use super::catalogue::{METRICS, OF_TYPE, PROPOSALS};
use super::compare::{Ranks, Tally, compare, reached};
use super::layout::{Data, Layout};
use super::{MAX_TYPES, Video};
use crate::metrics::Section;
use crate::metrics::detection::{EXACT_ENTRIES, estimate, group_of, in_item};
use crate::stats::{Bootstrap, Groups};

/// Measures segments: all together and by type, with intervals of the bootstrap over groups (one number a
/// video). The types have names; one type with an empty name stands for segments without type.
///
/// In resamples a video keeps its share of proposals for `ar_an10` and its like.
///
/// # Errors
/// `Input` for segments that end before they start, NaN scores, a type without name, and groups that are not
/// as many as videos; `Limits` for more than [`MAX_TYPES`] types, or more than
/// [`MAX_OBJECTS`](super::MAX_OBJECTS) true or predicted segments of one video.
pub fn evaluate(videos: &[Video], types: &[String], groups: &[u32], bootstrap: Bootstrap) -> Result<Section> {
    if types.len() > MAX_TYPES {
        return Err(Error::limits(format!("expected at most {MAX_TYPES} types, got {}", types.len())));
    }
    if groups.len() != videos.len() {
        let (want, got) = (videos.len(), groups.len());
        return Err(Error::input(format!("expected as many groups as videos ({want}), got {got}")));
    }
    for (number, video) in videos.iter().enumerate() {
        video.check(types.len()).map_err(|e| in_item("video", number, &e))?;
    }
    let groups = Groups::from_ids(groups)?;
    let group_of = group_of(&groups);
    let (compared, ranks): (Vec<_>, Vec<_>) =
        videos.par_iter().zip(&group_of).map(|(video, &group)| compare(video, group)).unzip();
    let data = Data::new(compared, tallies(videos, &ranks, &group_of), types.len());
    let exact = Layout::new(&data, usize::MAX);
    let estimates = estimate(&groups, bootstrap, &exact, || Layout::new(&data, EXACT_ENTRIES));

    let mut counts = vec![[0_u64; 2]; types.len()];
    for video in videos {
        video.truth.iter().for_each(|s| counts[s.kind as usize][0] += 1);
        video.predicted.iter().for_each(|s| counts[s.kind as usize][1] += 1);
    }
    let named = |[truth, predicted]: [u64; 2]| [("true_segments", truth), ("predicted_segments", predicted)];
    let mut by_type = vec![];
    for ((name, counts), own) in types.iter().zip(&counts).zip(estimates[METRICS.len()..].chunks(OF_TYPE)) {
        if name.is_empty() || counts.iter().all(|count| *count == 0) {
            continue;
        }
        by_type.push(Section {
            name: "segments",
            counts: named(*counts).to_vec(),
            protocol: String::new(),
            metrics: METRICS.iter().zip(own.iter().copied()).collect(),
            by_type: vec![],
            of: name.clone(),
        });
    }
    let mut all = vec![("videos", videos.len() as u64), ("groups", groups.len() as u64)];
    all.extend(named(std::array::from_fn(|column| counts.iter().map(|counts| counts[column]).sum())));
    Ok(Section {
        name: "segments",
        counts: all,
        protocol: "matching within video and type by falling scores, without a limit of predictions; \
                   precision interpolated at every recall"
            .to_owned(),
        metrics: METRICS.iter().zip(estimates.iter().copied()).collect(),
        by_type,
        of: String::new(),
    })
}

/// What proposals reach in every video, types aside. For N on average, every video with true segments gives
/// the same share of its proposals, rounded down: first so many that there are 100 a video in the mean over all
/// proposals, then N of 100 of what is left.
fn tallies(videos: &[Video], ranks: &[Ranks], group_of: &[u32]) -> Vec<Tally> {
    let with_truth = || videos.iter().filter(|video| !video.truth.is_empty());
    let most = PROPOSALS[PROPOSALS.len() - 1] as f64;
    let wanted = most * with_truth().count() as f64;
    let share = |video: &Video, ratio: f64| {
        let count = video.predicted.len();
        ((count as f64 * ratio) as usize).min(count)
    };
    let proposals: usize = videos.iter().map(|video| video.predicted.len()).sum();
    let first = wanted / proposals as f64;
    let kept: usize = with_truth().map(|video| share(video, first)).sum();
    let one = |((video, ranks), &group): ((&Video, &Ranks), &u32)| {
        let mut tally = Tally { group, positives: video.truth.len() as u32, ..Tally::default() };
        for (place, count) in PROPOSALS.into_iter().enumerate() {
            tally.reached[place] = reached(ranks, count);
            // Without proposals none are reached, whatever the ratio.
            let left = share(video, first);
            let ratio = count as f64 / most * (wanted / kept as f64);
            let count = ((left as f64 * ratio) as usize).min(left);
            tally.reached[PROPOSALS.len() + place] = reached(ranks, count);
        }
        tally
    };
    videos.iter().zip(ranks).zip(group_of).map(one).collect()
}

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use indicia_core::{Digest, Error, Evidence, Map, Result, guarded};

use super::journal::{Answer, Line, Status};
use super::{Condition, Geometry, Run};
use crate::detector::{Detector, Judgement};
use crate::table::{Item, resolve};
use crate::{files, maps};

/// One item under one condition.
pub(super) struct Piece {
    /// Place among all pieces.
    pub piece: u64,
    /// Index of the condition.
    pub condition: usize,
    pub item: Arc<Item>,
}

/// Judges pieces.
pub(super) struct Worker<'r> {
    pub run: &'r Run<'r>,
}

impl Worker<'_> {
    /// Lets every detector judge the piece. What cannot be read or judged is an answer too.
    ///
    /// # Errors
    /// If a map cannot be written, or the mask cannot be read that it must be scaled to.
    pub(super) fn run(&self, piece: &Piece) -> Result<Line> {
        let condition = self.run.conditions[piece.condition];
        let mut digest = None;
        let answers = match self.evidence(&piece.item, condition, &mut digest) {
            Ok(evidence) => self.judge(piece, &evidence)?,
            Err(error) => {
                let why = Some(error.to_string());
                vec![Answer { status: Status::Failed, why, ..Answer::default() }; self.run.detectors.len()]
            }
        };
        let digest = digest.map(|d: Digest| d.to_string());
        Ok(Line { piece: piece.piece, row: piece.item.row, digest, answers })
    }

    fn evidence(
        &self,
        item: &Item,
        condition: &dyn Condition,
        digest: &mut Option<Digest>,
    ) -> Result<Evidence> {
        let limits = &self.run.limits;
        let bytes = files::read(&resolve(self.run.table, &item.path), limits.bytes)?;
        let found = *digest.insert(Digest::of(&bytes));
        if let Some(expected) = &item.digest
            && *expected != found.to_string()
        {
            return Err(Error::input(format!(
                "the file is not the one of the table: expected the digest {expected}, got {found}"
            )));
        }
        let bytes = guarded(condition.name(), || condition.apply(bytes, found))?;
        indicia_codec::open(bytes, limits.clone())
    }

    fn judge(&self, piece: &Piece, evidence: &Evidence) -> Result<Vec<Answer>> {
        let answer = |detector: &&dyn Detector| {
            let start = Instant::now();
            let judgement = guarded(detector.id(), || detector.judge(evidence));
            let seconds = start.elapsed().as_secs_f64();
            let answer = Answer { seconds, ..Answer::default() };
            Ok(match judgement {
                Ok(Judgement::Scored { score, decision, map }) if score.is_finite() => {
                    let map = map.map(|map| self.keep(piece, detector.id(), &map)).transpose()?.flatten();
                    Answer { score: Some(score), decision, map, ..answer }
                }
                Ok(Judgement::Scored { score, .. }) => {
                    let why = Some(format!("the detector's score is {score}"));
                    Answer { status: Status::Failed, why, ..answer }
                }
                Ok(Judgement::NotApplicable { why }) => {
                    Answer { status: Status::NotApplicable, why: Some(why), ..answer }
                }
                Err(error) => Answer { status: Status::Failed, why: Some(error.to_string()), ..answer },
            })
        };
        self.run.detectors.iter().map(answer).collect()
    }

    /// Writes a map that can be compared with the truth. Returns its place in the run's folder.
    fn keep(&self, piece: &Piece, detector: &str, map: &Map) -> Result<Option<String>> {
        let item = &piece.item;
        let condition = self.run.conditions[piece.condition];
        let compared = item.mask.is_some() || item.label == Some(false);
        if !self.run.maps || !compared || condition.geometry() == Geometry::Moved {
            return Ok(None);
        }
        let name = format!("maps/{}/{}/{}.npz", file_name(detector), file_name(condition.name()), item.row);
        let place = self.run.out.join(Path::new(&name));
        match &item.mask {
            Some(mask) if condition.geometry() == Geometry::Scaled => {
                let mask = maps::read_mask(&resolve(self.run.table, mask), &self.run.limits)?;
                let (height, width) = mask.dim();
                maps::write_scaled(&place, map, height, width)?;
            }
            _ => maps::write(&place, map)?,
        }
        Ok(Some(name))
    }
}

/// A name as part of a path: letters, digits, `.`, `-` and `_` stay.
fn file_name(name: &str) -> String {
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    name.chars().map(safe).collect()
}

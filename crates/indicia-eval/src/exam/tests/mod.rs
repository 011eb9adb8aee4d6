use std::fs;
use std::path::{Path, PathBuf};

use super::*;
use crate::stats::Bootstrap;

mod extract;
mod hostile;
mod pictures;
mod score;
mod views;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }
}

fn settings() -> Settings {
    Settings { bootstrap: Bootstrap { replicates: 50, seed: 1 }, ..Settings::default() }
}

fn value(report: &ExamReport, contestant: &str, metric: &str) -> f64 {
    let found = report.contestants.iter().find(|c| c.name == contestant);
    found.unwrap_or_else(|| panic!("no {contestant}")).section.get(metric).unwrap().value
}

fn items(path: &Path) -> indicia_core::Result<Vec<ExamItem>> {
    let mut reader = ExamReader::open(path)?;
    std::iter::from_fn(|| reader.next_item().transpose()).collect()
}

/// Four items of three categories: two of visible light, of which one is a decision, and a video.
const EXAM: &str = "index\tquestion\tA\tB\tC\tanswer\tcategory\n\
    1\t\"Is it\nreal?\"\treal\tfake\t\tB\thuman_real_none_visibleimage_category\n\
    2\tWhere?\tleft\tright\ttop\tA\thuman_faceedit_gan_visibleimage_seg\n\
    3\tWhere?\tleft\tright\ttop\tA\thuman_faceedit_gan_visibleimage_seg\n\
    4\tWhen?\tearly\tlate\t\tB\tnonhuman_faceedit_gan_video_temporal\n";

mod objects;

use std::fs;
use std::path::PathBuf;

use super::*;
use crate::metrics::binary::ScoreKind;
use crate::stats::Bootstrap;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn read(&self, text: &str, reading: &Reading) -> indicia_core::Result<Predictions> {
        Predictions::read(&[self.file("p.csv", text)], reading)
    }

    fn fault(&self, text: &str) -> String {
        let predictions = self.read(text, &Reading::default());
        match predictions.and_then(|p| score(&p, &options())) {
            Err(error) => error.to_string(),
            Ok(_) => panic!("no fault in {text}"),
        }
    }

    fn scores(&self, text: &str) -> Vec<Scores> {
        score(&self.read(text, &Reading::default()).unwrap(), &options()).unwrap()
    }
}

fn options() -> Options<'static> {
    Options { bootstrap: Bootstrap { replicates: 50, seed: 1 }, ..Options::default() }
}

#[test]
fn a_table_of_path_label_and_score_is_enough() {
    let scores = Folder::new().scores("path,label,score\na,1,0.9\nb,0,0.4\nc,1,0.3\nd,0,0.1\n");
    assert_eq!(scores.len(), 1);
    let one = &scores[0];
    assert_eq!((one.series.detector.as_str(), one.series.condition.as_str()), ("p", "clean"));
    assert_eq!(one.metric("auc").unwrap().value, 0.75);
    assert_eq!(one.metric("accuracy").unwrap().value, 0.75);
    assert!(one.kind_assumed && one.image.as_ref().unwrap().kind == ScoreKind::Probability);
    assert_eq!(one.worst[0].path, "b");
    let json = one.to_json(false);
    assert_eq!(json["image"]["auc"]["value"], 0.75);
    assert!(json["image"]["auc"]["ci95"].is_array());
    assert_eq!(json["image"]["score_kind"], "probability");
    // Raw scores have no calibration, and the reason is told.
    let raw = Folder::new().scores("path,label,score\na,1,9\nb,0,4\n");
    let json = raw[0].to_json(false);
    assert!(json["image"]["cllr"].is_null());
    assert!(json["absent"]["image.cllr"].as_str().unwrap().contains("neither probabilities"));
}

#[test]
fn faults_name_row_and_column() {
    let folder = Folder::new();
    let has = |text: &str, part: &str| {
        let fault = folder.fault(text);
        assert!(fault.contains(part), "{fault}");
    };
    has("path,label,score\na,1,NaN\nb,0,1\n", "row 1, column score: NaN");
    has("path,label,score\na,1,\nb,0,1\n", "row 1, column score: nothing");
    has("path,label,score\na,1,x\n", "row 1, column score: expected a number, got \"x\"");
    has("path,label,score\na,2,0.5\n", "row 1, column label: expected a label 0 or 1");
    has("path,label,score\na,,0.5\n", "row 1, column label: expected a label 0 or 1, got nothing");
    has("path,label,score\na,1,0.5\nb,0,1\na,1,0.7\n", "row 3, column path: the same as in row 1");
    has("label,score\n1,0.5\n", "no column \"path\"");
    has("path,label,score\n", "has no rows");
    has("", "is empty");
    has("path,label,score,status\na,1,0.5,perhaps\n", "row 1, column status: expected ok, not_applicable");
    has("path,label,score,score_kind\na,1,0.5,odds\n", "row 1, column score_kind: expected raw");
    has("path,label,score,score_kind\na,1,1.5,probability\n", "probability");
    has("path,label,predicted_mask\na,1,no.png\n", "row 1, column predicted_mask");
}

#[test]
fn one_class_only_leaves_what_can_be_said() {
    let scores = Folder::new().scores("path,label,score\na,0,0.9\nb,0,0.4\n");
    assert!(scores[0].metric("auc").is_none());
    assert_eq!(scores[0].metric("accuracy").unwrap().value, 0.5);
    let json = scores[0].to_json(false);
    assert!(json["absent"]["image.auc"].as_str().unwrap().contains("positive"));
}

#[test]
fn truth_is_joined_by_path_and_gaps_are_named() {
    let folder = Folder::new();
    let table = folder.file("t.csv", "path,label,group,camera\na,1,g,x\nb,0,g,y\nc,1,h,x\nd,0,,y\n");
    let reading = Reading { table: Some(table), columns: vec!["camera".into()], partial: false };
    let text = "path,score\nd,0.1\na,0.9\nb,0.4\nc,0.3\n";
    let predictions = folder.read(text, &reading).unwrap();
    assert_eq!(predictions.text("camera", 0), Some("y"));
    let scores = score(&predictions, &options()).unwrap();
    assert_eq!(scores[0].metric("auc").unwrap().value, 0.75);
    assert_eq!(scores[0].image.as_ref().unwrap().counts.groups, 3);
    let fault = folder.read("path,score\na,0.9\nz,0.4\n", &reading).unwrap_err().to_string();
    assert!(fault.contains("row 2, column path: z"), "{fault}");
    let fault = folder.read("path,score\na,0.9\nb,0.4\n", &reading).unwrap_err().to_string();
    assert!(fault.contains("no prediction for c") && fault.contains("2 of 4 items"), "{fault}");
    let partial = Reading { partial: true, ..reading.clone() };
    assert!(folder.read("path,score\na,0.9\n", &partial).unwrap().missing().unwrap().contains("--partial"));
    let fault = folder.read("path,score,label\na,0.9,0\n", &partial).unwrap_err().to_string();
    assert!(fault.contains("0 here, 1 in the table"), "{fault}");
}

#[test]
fn series_are_told_apart_and_coverage_is_counted() {
    let text = "path,label,score,detector,condition,status\n\
        a,1,0.9,x,clean,ok\nb,0,0.1,x,clean,ok\nc,1,,x,clean,not_applicable\nd,0,,x,clean,failed\n\
        a,1,0.2,y,jpeg:50,ok\nb,0,0.4,y,jpeg:50,ok\n";
    let scores = Folder::new().scores(text);
    assert_eq!(scores.len(), 2);
    assert_eq!(scores[0].coverage, Coverage { items: 4, scored: 2, not_applicable: 1, failed: 1 });
    assert_eq!(scores[1].series.name(), "y / jpeg:50");
    assert_eq!(scores[1].metric("auc").unwrap().value, 0.0);
}

#[test]
fn frames_become_videos() {
    let text = "path,label,score,video\na1,0,0.2,a\na2,1,0.9,a\nb1,0,0.1,b\nb2,0,0.5,b\n";
    let folder = Folder::new();
    let predictions = folder.read(text, &Reading::default()).unwrap();
    let of = |video: VideoRule| score(&predictions, &Options { video, ..options() }).unwrap();
    let mean = of(VideoRule::Mean);
    assert_eq!(mean[0].video.as_ref().unwrap().counts.positives, 1);
    // Means 0.55 and 0.3: both right at 0.5; highest frames 0.9 and 0.5: the second is wrong.
    assert_eq!(mean[0].metric("video.accuracy").unwrap().value, 1.0);
    assert_eq!(of(VideoRule::Max)[0].metric("video.accuracy").unwrap().value, 0.5);
    assert_eq!(of(VideoRule::Median)[0].metric("video.auc").unwrap().value, 1.0);
}

#[test]
fn maps_are_measured_against_masks_and_authentic_pictures_counted() {
    let folder = Folder::new();
    let map = |name: &str, values: [f32; 2]| {
        let values = ndarray::Array2::from_shape_vec((1, 2), values.to_vec()).unwrap();
        ndarray_npy::write_npy(folder.0.path().join(name), &values).unwrap();
    };
    map("m.npy", [1.0, 0.0]);
    map("good.npy", [0.9, 0.2]);
    map("alarm.npy", [0.9, 0.2]);
    map("large.npy", [0.0, 0.0]);
    let text = "path,label,mask,predicted_mask\na,1,m.npy,good.npy\nb,0,,alarm.npy\n";
    let scores = folder.scores(text);
    assert!(scores[0].image.is_none());
    assert_eq!(scores[0].metric("pixel.f1").unwrap().value, 1.0);
    assert_eq!(scores[0].metric("pixel.false_alarm_pixels").unwrap().value, 0.5);
    let fault = folder.fault("path,label,predicted_mask\na,1,good.npy\n");
    assert!(fault.contains("row 1, column mask"), "{fault}");
    let wide = ndarray::Array2::<f32>::zeros((2, 2));
    ndarray_npy::write_npy(folder.0.path().join("wide.npy"), &wide).unwrap();
    let fault = folder.fault("path,label,mask,predicted_mask\na,1,m.npy,wide.npy\n");
    assert!(fault.contains("row 1, column predicted_mask: the map has 2x2 pixels, the mask 2x1"), "{fault}");
}

#[test]
fn classes_are_scored_by_name() {
    let text = "path,class,predicted_class\na,real,real\nb,gan,real\nc,gan,gan\nd,diffusion,gan\n";
    let scores = Folder::new().scores(text);
    assert_eq!(scores[0].metric("classes.accuracy").unwrap().value, 0.5);
    assert_eq!(scores[0].classes.as_ref().unwrap().classes, ["diffusion", "gan", "real"]);
    let fault = Folder::new().fault("path,class,predicted_class\na,real,\n");
    assert!(fault.contains("row 1, column predicted_class"), "{fault}");
}

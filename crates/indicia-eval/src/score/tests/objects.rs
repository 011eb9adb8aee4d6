//! Boxes and time segments, from table to JSON.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| row.to_string() + "\n").collect()
}

fn close(scores: &Scores, metric: &str, expected: f64) {
    let got = scores.metric(metric).unwrap_or_else(|| panic!("{metric} has no value")).value;
    assert!((got - expected).abs() < 1e-12, "{metric}: expected {expected}, got {got}");
}

#[test]
fn boxes_alone_are_scored() {
    let text = lines(&[
        json!({"path": "a", "group": "g",
            "boxes": [{"box": [0, 0, 10, 10], "type": "gun"}, {"bbox": [50, 0, 40, 40], "category": "knife",
                "iscrowd": 0, "area": 900.0, "score": null}],
            "predicted_boxes": [{"box": [0, 0, 10, 10], "type": "gun", "score": 0.9, "crowd": false},
                {"bbox": [90, 90, 5, 5], "label": "gun", "score": 0.95}]}),
        json!({"path": "b", "label": 0, "predicted_boxes": []}),
        json!({"path": "c", "boxes": [], "predicted_boxes": "[]"}),
    ]);
    let scores = Folder::new().scores(&text);
    let one = &scores[0];
    // No scores of pictures: nothing is said of pictures.
    assert!(one.image.is_none() && one.worst.is_empty() && one.coverage.scored == 3);
    close(one, "boxes.map50", 0.25);
    close(one, "boxes.sensitivity_at_fppi_0.5", 0.5);
    close(one, "boxes.hungarian_iou", 0.5);
    let json = one.to_json(false);
    assert!(json.get("image").is_none());
    assert_eq!(json["boxes"]["pictures"], 3);
    assert_eq!(json["boxes"]["groups"], 3);
    assert_eq!(json["boxes"]["by_type"]["gun"]["map50"]["value"], 0.5);
    // The area that is given decides the size: 900 is small, 40 x 40 would be medium.
    assert_eq!(json["boxes"]["by_type"]["knife"]["map_small"]["value"], 0.0);
    assert!(json["boxes"]["by_type"]["knife"]["map_medium"].is_null());
    assert!(json["boxes"]["f1"]["ci95"].is_array());
    assert!(json["boxes"]["protocol"].as_str().unwrap().contains("COCO"));
    let definition = definition("boxes.map50").unwrap();
    assert_eq!((definition.name, definition.higher_is_better), ("mAP50", true));
}

#[test]
fn boxes_as_csv_text_and_bare_beside_scores() {
    let text = "path,label,score,boxes,predicted_boxes\n\
        a,1,0.9,\"[[0,0,10,10]]\",\"[[0,0,10,8,0.7]]\"\n\
        b,0,0.2,,[]\n";
    let scores = Folder::new().scores(text);
    close(&scores[0], "auc", 1.0);
    close(&scores[0], "boxes.map50_95", 0.7);
    assert!(scores[0].to_json(false)["boxes"].get("by_type").is_none());
}

#[test]
fn truth_of_boxes_comes_from_the_table() {
    let folder = Folder::new();
    let table = folder.file("t.csv", "path,boxes\na,\"[[0,0,10,10]]\"\nb,[]\n");
    let reading = Reading { table: Some(table), ..Reading::default() };
    let text = "path,predicted_boxes\nb,[]\na,\"[[0,0,10,10,0.5]]\"\n";
    let predictions = folder.read(text, &reading).unwrap();
    let scores = score(&predictions, &options()).unwrap();
    close(&scores[0], "boxes.map50_95", 1.0);
}

#[test]
fn boxes_in_parquet_as_text() {
    use crate::table::{Column, ColumnType, TableWriter};
    let folder = Folder::new();
    let path = folder.0.path().join("p.parquet");
    let columns = ["path", "boxes", "predicted_boxes"];
    let columns = columns.map(|name| Column::new(name, ColumnType::Text)).to_vec();
    let mut writer = TableWriter::create(&path, columns).unwrap();
    writer.push(&["a".into(), "[[0,0,10,10]]".into(), "[[0,0,10,10,1]]".into()]).unwrap();
    writer.finish().unwrap();
    let predictions = Predictions::read(&[path], &Reading::default()).unwrap();
    close(&score(&predictions, &options()).unwrap()[0], "boxes.map50", 1.0);
}

#[test]
fn boxes_in_parquet_as_lists_of_records() {
    use std::sync::Arc;

    use arrow_array::builder::{
        FixedSizeListBuilder, Float32Builder, ListBuilder, StringBuilder, StructBuilder,
    };
    use arrow_array::{ArrayRef, RecordBatch};
    use arrow_schema::{DataType, Field, Fields};

    let side = Arc::new(Field::new("item", DataType::Float32, true));
    let fields = Fields::from(vec![
        Field::new("box", DataType::FixedSizeList(side, 4), true),
        Field::new("type", DataType::Utf8, true),
        Field::new("score", DataType::Float32, true),
    ]);
    let list = |score: Option<f32>| -> ArrayRef {
        let parts: Vec<Box<dyn arrow_array::builder::ArrayBuilder>> = vec![
            Box::new(FixedSizeListBuilder::new(Float32Builder::new(), 4)),
            Box::new(StringBuilder::new()),
            Box::new(Float32Builder::new()),
        ];
        let mut list = ListBuilder::new(StructBuilder::new(fields.clone(), parts));
        let record = list.values();
        let sides = record.field_builder::<FixedSizeListBuilder<Float32Builder>>(0).unwrap();
        sides.values().append_slice(&[0.5, 0.0, 10.0, 10.0]);
        sides.append(true);
        record.field_builder::<StringBuilder>(1).unwrap().append_value("gun");
        record.field_builder::<Float32Builder>(2).unwrap().append_option(score);
        record.append(true);
        list.append(true);
        Arc::new(list.finish())
    };
    let folder = Folder::new();
    let measured = |score_of: Option<f32>| {
        let paths: ArrayRef = Arc::new(arrow_array::StringArray::from(vec!["a"]));
        let columns = [("path", paths), ("boxes", list(None)), ("predicted_boxes", list(score_of))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let path = folder.0.path().join("p.parquet");
        let file = fs::File::create(&path).unwrap();
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        Predictions::read(&[path], &Reading::default()).and_then(|p| score(&p, &options()))
    };
    close(&measured(Some(0.5)).unwrap()[0], "boxes.map50", 1.0);
    let fault = measured(Some(f32::NAN)).unwrap_err().to_string();
    assert!(fault.contains("row 1, column predicted_boxes: box 1: expected a number as score"), "{fault}");
}

#[test]
fn faulty_boxes_are_named() {
    let folder = Folder::new();
    let has = |column: &str, cell: Value, part: &str| {
        let mut row = json!({"path": "a", "boxes": [], "predicted_boxes": []});
        row[column] = cell;
        let fault = folder.fault(&row.to_string());
        assert!(fault.contains(&format!("row 1, column {column}: ")) && fault.contains(part), "{fault}");
    };
    let predicted = |cell: Value, part: &str| has("predicted_boxes", cell, part);
    predicted(json!([[0, 0, 1, 1, 0.5], [0, 0, -1, 1, 0.5]]), "box 2: expected width between 0 and");
    predicted(json!([[0, 0, 1, 1]]), "box 1: expected [x, y, width, height, score], got [0,0,1,1]");
    predicted(json!([{"box": [0, 0, 1, 1]}]), "expected a number as score, got nothing");
    predicted(json!([{"box": [0, 0, 1, 1], "score": "high"}]), "as score, got \"high\"");
    predicted(json!([{"box": [0, 0, 1], "score": 1}]), "expected x, y, width and height, got 3 values");
    predicted(json!([{"box": [0, 0, 1, "1"], "score": 1}]), "expected a number as height, got \"1\"");
    predicted(json!([{"score": 1}]), "expected box: [x, y, width, height], got nothing");
    predicted(json!([{"box": [0, 0, 1, 1], "bbox": [0, 0, 1, 1], "score": 1}]), "got more than one");
    predicted(json!([{"box": [0, 0, 1, 1], "scores": 1}]), "got \"scores\"");
    predicted(json!([{"box": [0, 0, 1, 1], "score": 1, "crowd": true}]), "crowds among true boxes only");
    predicted(json!([{"box": [0, 0, 1, 1], "score": 1, "type": ""}]), "expected the name of a type");
    predicted(json!([{"box": [0, 1e300, 1, 1], "score": 1}]), "expected y between");
    predicted(json!([7]), "expected a box, got 7");
    predicted(json!({"box": []}), "expected a list of boxes");
    predicted(json!("[[0,0,1,1,NaN]]"), "expected a JSON list of boxes");
    predicted(json!("[[0,0,1,1,1e999]]"), "expected a JSON list of boxes");
    let truth = |cell: Value, part: &str| has("boxes", cell, part);
    truth(json!([[0, 0, 1, 1, 0.5]]), "got 5 values");
    truth(json!([{"box": [0, 0, 1, 1], "iscrowd": 2}]), "as crowd, got 2");
    truth(json!([{"box": [0, 0, 1, 1], "area": -1}]), "an area of at least 0, got -1");
    truth(Value::Null, "expected a list of boxes ([] for none), or label 0, got nothing");
    let deep = "[".repeat(100_000);
    predicted(json!(deep), "expected a JSON list of boxes");
    let row = json!({"path": "a", "boxes": [{"box": [0, 0, 1, 1], "type": "gun"}],
        "predicted_boxes": [[0, 0, 1, 1, 0.5]]});
    let fault = folder.fault(&row.to_string());
    let part = "row 1, column predicted_boxes: expected a type for every one of the boxes or for none";
    assert!(fault.contains(part), "{fault}");
    let rows =
        lines(&[json!({"path": "a", "boxes": [], "predicted_boxes": []}), json!({"path": "b", "boxes": []})]);
    let fault = folder.fault(&rows);
    assert!(
        fault.contains("row 2, column predicted_boxes: expected a list of boxes ([] for none)"),
        "{fault}"
    );
}

#[test]
fn segments_alone_are_scored() {
    let text = lines(&[
        json!({"path": "a.mp4", "segments": [{"start": 1.5, "end": 3.0}],
            "predicted_segments": [{"start": 1.5, "end": 3.0, "score": 0.8}, [7, 8, 0.9]]}),
        json!({"path": "b.mp4", "label": 0, "predicted_segments": []}),
    ]);
    let scores = Folder::new().scores(&text);
    assert!(scores[0].image.is_none());
    close(&scores[0], "segments.ap50", 0.5);
    close(&scores[0], "segments.ar10", 1.0);
    let json = scores[0].to_json(false);
    assert_eq!(json["segments"]["videos"], 2);
    assert!(json.get("boxes").is_none());
    assert_eq!(definition("segments.ap50_95").unwrap().name, "AP@0.5:0.95");
}

#[test]
fn faulty_segments_are_named() {
    let folder = Folder::new();
    let has = |column: &str, cell: Value, part: &str| {
        let mut row = json!({"path": "a", "segments": [], "predicted_segments": []});
        row[column] = cell;
        let fault = folder.fault(&row.to_string());
        assert!(fault.contains(&format!("row 1, column {column}: ")) && fault.contains(part), "{fault}");
    };
    let predicted = |cell: Value, part: &str| has("predicted_segments", cell, part);
    predicted(json!([[3, 2, 0.5]]), "segment 1: expected an end not before the start 3, got 2");
    predicted(json!([[1, 2, 0.5], [1, 2]]), "segment 2: expected a number as score, got nothing");
    predicted(json!([[1]]), "expected [start, end, score], got [1]");
    predicted(json!([{"end": 1, "score": 1}]), "expected a number as start, got nothing");
    predicted(json!([{"start": 0, "end": 1, "score": 1, "stop": 2}]), "got \"stop\"");
    has("segments", json!([[2, 2]]), "expected an end after the start 2, got 2");
    has("segments", Value::Null, "or label 0, got nothing");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cell_gives_values_or_an_error(
        parts in proptest::collection::vec(
            prop::sample::select(vec![
                "[", "]", "{", "}", ",", ":", "\"box\"", "\"score\"", "\"start\"", "\"end\"", "\"type\"", "\"gun\"",
                "1", "-2", "3e300", "null", "true", "[[0,0,1,1,0.5]", "[0,1,0.5]", "{\"box\":[0,0,1,1],\"score\":1}",
            ]),
            0..12,
        ),
    ) {
        let cell = parts.concat();
        let row = json!({"path": "a", "label": 0, "predicted_boxes": cell, "predicted_segments": cell});
        let folder = Folder::new();
        let _ = folder.read(&row.to_string(), &Reading::default()).and_then(|p| score(&p, &options()));
    }
}

use super::*;
use crate::report::Grid;

#[test]
fn categories_are_averaged_by_value_and_values_by_view() {
    let folder = Folder::new();
    let exam = folder.file("exam.tsv", EXAM);
    let file = folder.file("model.jsonl", "{\"index\":1,\"text\":\"B\"}\n{\"index\":\"2\",\"text\":\"left\"}\n{\"index\":3,\"text\":\"B.\"}\n{\"index\":4,\"text\":\"I see nothing\"}\n");
    let report = evaluate(&exam, &[Answers::read(&file).unwrap()], &settings()).unwrap();
    // Right: item 1 (category 1 of 1), item 2 (1 of 2); wrong: item 4 (0 of 1).
    let of = |metric: &str| value(&report, "model", metric);
    assert_eq!(of("overall"), 0.5);
    assert_eq!(of("categories"), 0.5);
    // Human: (1 + 1/2) / 2, other: 0.
    assert_eq!(of("semantic"), 0.375);
    // Real: 1; face edit: (1/2 + 0) / 2.
    assert_eq!(of("type"), 0.625);
    assert_eq!(of("model"), 0.625);
    assert_eq!(of("modality"), 0.375);
    // A decision 1, segmentation 1/2, temporal 0.
    assert_eq!(of("task"), 0.5);
    let model = &report.contestants[0];
    assert_eq!(model.told.get(&How::Letter), Some(&2));
    assert_eq!((model.told[&How::Text], model.told[&How::Untold]), (1, 1));
    assert_eq!(model.letters.get(&'Z'), Some(&1));
    let part = model.section.by_type.iter().find(|s| s.of == "modality visibleimage").unwrap();
    assert_eq!(part.get("accuracy").unwrap().value, 0.75);
    assert_eq!(part.counts, [("items", 3), ("categories", 2)]);
}

#[test]
fn blind_columns_are_exact() {
    let folder = Folder::new();
    let report = evaluate(&folder.file("exam.tsv", EXAM), &[], &settings()).unwrap();
    let names: Vec<_> = report.contestants.iter().map(|c| c.name.as_str()).collect();
    let expected =
        ["constant A", "constant B", "constant C", "best constant (A)", "random, expected", "random, seed 0"];
    assert_eq!(names, expected);
    assert!(report.contestants.iter().all(|c| c.kind != Kind::Model));
    // A is right in items 2 and 3, B in 1 and 4: even, so that the first letter is named.
    assert_eq!(value(&report, "constant A", "overall"), 0.5);
    assert_eq!(value(&report, "constant B", "task"), (1.0 + 0.0 + 1.0) / 3.0);
    assert_eq!(value(&report, "constant C", "overall"), 0.0);
    // One of two, of three, of three, of two.
    let chance = (0.5 + 1.0 / 3.0 + 1.0 / 3.0 + 0.5) / 4.0;
    assert!((value(&report, "random, expected", "overall") - chance).abs() < 1e-15);
    assert!((value(&report, "random, expected", "task") - (0.5 + 1.0 / 3.0 + 0.5) / 3.0).abs() < 1e-15);
}

#[test]
fn draws_of_chance_approach_its_expected_value_and_keep_to_their_seed() {
    let folder = Folder::new();
    let mut exam = "index\tquestion\tA\tB\tC\tanswer\tcategory\n".to_owned();
    for n in 0..3000 {
        exam += &format!(
            "{n}\tq\tx\ty\t{}\tA\thuman_real_none_video_category\n",
            if n % 2 == 0 { "z" } else { "" }
        );
    }
    let exam = folder.file("exam.tsv", exam);
    let quick = Settings { bootstrap: Bootstrap { replicates: 0, seed: 0 }, ..settings() };
    let of = |seed: u64| {
        let report = evaluate(&exam, &[], &Settings { seed, ..quick.clone() }).unwrap();
        value(&report, &format!("random, seed {seed}"), "overall")
    };
    let expected = (1.0 / 3.0 + 0.5) / 2.0;
    // Three standard deviations of 3000 draws.
    for seed in 0..3 {
        assert!((of(seed) - expected).abs() < 3.0 * (0.25_f64 / 3000.0).sqrt(), "{}", of(seed));
    }
    assert_eq!(of(1), of(1));
    assert_ne!(of(0), of(1));
}

#[test]
fn unanswered_items_are_refused_left_out_or_wrong() {
    let folder = Folder::new();
    let exam = folder.file("exam.tsv", EXAM);
    let answers = [Answers::read(&folder.file("m.csv", "index,prediction\n1,B\n2,A\n")).unwrap()];
    let of = |unanswered| evaluate(&exam, &answers, &Settings { unanswered, ..settings() });
    let fault = of(Unanswered::Refused).unwrap_err().to_string();
    assert!(fault.contains("row 3, column index: 3") && fault.contains("lacks answers"), "{fault}");
    let left_out = of(Unanswered::LeftOut).unwrap();
    assert_eq!(value(&left_out, "m", "overall"), 1.0);
    assert!(left_out.notes.iter().any(|n| n.contains("2 items have no answer and are left out")));
    assert_eq!(value(&of(Unanswered::Wrong).unwrap(), "m", "overall"), 0.5);
    let answers = [Answers::read(&folder.file("m.csv", "index,prediction\n1,B\n9,A\n")).unwrap()];
    let fault = evaluate(&exam, &answers, &Settings { unanswered: Unanswered::Wrong, ..settings() });
    let fault = fault.unwrap_err().to_string();
    assert!(fault.contains("row 2, column index: 9") && fault.contains("does not have"), "{fault}");
}

#[test]
fn json_and_grids_hold_what_was_measured() {
    let folder = Folder::new();
    let exam = folder.file("exam.tsv", EXAM);
    let answers =
        [Answers::read(&folder.file("m.csv", "index,prediction\n1,B\n2,A\n3,C\n4,early\n")).unwrap()];
    let report = evaluate(&exam, &answers, &settings()).unwrap();
    let json = report.to_json();
    assert_eq!(json["schema"], "indicia.exam/1");
    assert_eq!(json["contestants"][0]["exam"]["overall"]["value"], 0.5);
    assert_eq!(json["contestants"][0]["exam"]["by_type"]["task temporal"]["accuracy"]["value"], 0.0);
    assert_eq!(json["contestants"][0]["told_by"]["text"], 1);
    assert_eq!(json["rules"]["refusals_first"], true);
    let Grid { head, rows, .. } = summary(&report);
    assert_eq!(
        head,
        [
            "answers",
            "items",
            "Overall",
            "Mean of categories",
            "Semantic",
            "Type",
            "Model",
            "Modality",
            "Task"
        ]
    );
    assert_eq!((rows[0][0].as_str(), rows.len()), ("m", 7));
    let tasks = values(&report, "task");
    let found: Vec<_> = tasks.rows.iter().map(|row| (&row[0][..], &row[1][..], &row[2][..])).collect();
    assert_eq!(found, [("category", "1", "1"), ("seg", "1", "2"), ("temporal", "1", "1")]);
    let scores = report.scores();
    assert_eq!(scores[0].metric("exam.overall").unwrap().value, 0.5);
    assert_eq!(scores[0].coverage.items, 4);
}

#[test]
fn the_released_scorer_finds_the_same_numbers() {
    let fixture: serde_json::Value = serde_json::from_str(include_str!("../fixtures/exam.json")).unwrap();
    let folder = Folder::new();
    // Written out as a table that needs quotes: questions have tabs and new lines.
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let names = ["index", "question", "hint", "A", "B", "C", "D", "E", "answer", "category", "split"];
    let mut exam = names.join("\t") + "\n";
    let mut answers = String::new();
    for row in fixture["rows"].as_array().unwrap() {
        let text = |name: &&str| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned);
        exam += &(names.iter().map(|name| quoted(&text(name))).collect::<Vec<_>>().join("\t") + "\n");
        answers +=
            &format!("{}\n", serde_json::json!({ "index": row["index"], "prediction": row["prediction"] }));
    }
    let answers = [Answers::read(&folder.file("model.jsonl", answers)).unwrap()];
    let report = evaluate(&folder.file("exam.tsv", exam), &answers, &settings()).unwrap();
    let close = |found: f64, expected: &serde_json::Value| {
        assert!((found - expected.as_f64().unwrap()).abs() < 1e-12, "{found} {expected}");
    };
    close(value(&report, "model", "overall"), &fixture["overall"]);
    let model = &report.contestants[0].section;
    let part = |of: &str| {
        let found = model.by_type.iter().find(|s| s.of == of).unwrap_or_else(|| panic!("no {of}"));
        found.get("accuracy").unwrap().value
    };
    for (category, expected) in fixture["categories"].as_object().unwrap() {
        close(part(&format!("category {category}")), expected);
    }
    let mut compared = 0;
    for view in VIEWS {
        close(value(&report, "model", view), &fixture["views"][view]["mean"]);
        for (of, expected) in fixture["views"][view]["values"].as_object().unwrap() {
            close(part(&format!("{view} {of}")), expected);
            compared += 1;
        }
    }
    assert!(compared > 20, "{compared}");
}

//! Spans, written answers and ranked references, from table to JSON.

use serde_json::json;

use super::*;

fn close(scores: &Scores, metric: &str, expected: f64) {
    let got = scores.metric(metric).unwrap_or_else(|| panic!("{metric} has no value")).value;
    assert!((got - expected).abs() < 1e-12, "{metric}: expected {expected}, got {got}");
}

#[test]
fn spans_alone_are_scored() {
    // "é" is one character: offsets are not bytes.
    let lines = [
        json!({"path": "a", "text": "é John Smith, 58", "group": "g",
            "spans": [{"start": 2, "end": 12, "type": "NAME"}, {"start": 14, "end": 16, "type": "AGE"}],
            "predicted_spans": [[2, 12, "NAME"], {"start": 14, "end": 16, "label": "ID", "score": 0.4}]}),
        json!({"path": "b", "text": "nobody", "group": "h", "spans": [], "predicted_spans": "[]"}),
        json!({"path": "c", "text": "Ann", "group": "h", "spans": [[0, 3, "NAME"]], "predicted_spans": []}),
    ];
    let text = lines.map(|line| line.to_string()).join("\n");
    let scores = Folder::new().scores(&text);
    let one = &scores[0];
    assert!(one.image.is_none() && one.coverage.scored == 3);
    close(one, "spans.exact_recall", 1.0 / 3.0);
    close(one, "spans.exact_precision", 1.0 / 2.0);
    close(one, "spans.token_recall", 2.0 / 4.0);
    close(one, "spans.binary_overlap_recall", 2.0 / 3.0);
    close(one, "spans.char_recall", 12.0 / 15.0);
    let json = one.to_json(false);
    assert_eq!(json["spans"]["documents"], 3);
    assert_eq!(json["spans"]["groups"], 2);
    assert_eq!(json["spans"]["by_type"]["NAME"]["exact_recall"]["value"], 0.5);
    assert_eq!(json["spans"]["by_type"]["AGE"]["binary_exact_recall"]["value"], 1.0);
    assert!(json["spans"]["exact_f1"]["ci95"].is_array());
    assert!(definition("spans.exact_f1").is_some() && definition("spans.map50").is_none());
}

#[test]
fn spans_need_no_text_and_take_given_tokens() {
    let head = "path,spans,predicted_spans,tokens\n";
    let row = "a,\"[[0,8,\"\"A\"\"]]\",\"[[4,8,\"\"A\"\"]]\",";
    let scores = Folder::new().scores(&format!("{head}{row}\n"));
    close(&scores[0], "spans.char_recall", 0.5);
    assert!(scores[0].metric("spans.token_f1").is_none());
    let protocol = scores[0].to_json(false)["spans"]["protocol"].as_str().unwrap().to_owned();
    assert!(protocol.contains("no token metrics, since 1 of 1 documents have neither text"), "{protocol}");
    let scores = Folder::new().scores(&format!("{head}{row}\"[[0,2],[3,5],[6,9]]\"\n"));
    close(&scores[0], "spans.token_recall", 2.0 / 3.0);
}

#[test]
fn faulty_spans_are_named() {
    let folder = Folder::new();
    let has = |spans: serde_json::Value, part: &str| {
        let line = json!({"path": "a", "text": "12345", "spans": [], "predicted_spans": spans});
        let fault = folder.fault(&line.to_string());
        assert!(fault.contains("row 1, column predicted_spans") && fault.contains(part), "{fault}");
    };
    has(json!([[0, 1, "A"], [3, 2, "A"]]), "span 2: expected an end after the start 3, got 2");
    has(json!([[0, 6, "A"]]), "span 1: expected an end within the text of 5 characters, got 6");
    has(json!([[0, 0, "A"]]), "expected an end after the start 0, got 0");
    has(json!([[-1, 2, "A"]]), "expected a whole number of characters as start, got -1");
    has(json!([[0, 4294967296_u64, "A"]]), "as end, got 4294967296");
    has(json!([[0, 1.5, "A"]]), "as end, got 1.5");
    has(json!([[0, 1]]), "expected [start, end, type], got [0,1]");
    has(json!([{"start": 0, "end": 1, "type": "A", "entity": "B"}]), "got \"entity\"");
    has(json!([{"start": 0, "end": 1}]), "expected the name of a type, got nothing");
    has(json!([{"start": 0, "end": 1, "type": "A", "label": "A"}]), "expected one of type, label");
    has(json!([{"start": 0, "end": 1, "type": "A", "score": "x"}]), "expected a number as score");
    has(json!([{"end": 1, "type": "A"}]), "as start, got nothing");
    has(json!([7]), "expected a span, got 7");
    has(json!({"start": 1}), "expected a list of spans, got");
    has(json!("[[0, 1, \"A\""), "expected a JSON list of spans");
    let fault = folder.fault(&json!({"path": "a", "predicted_spans": []}).to_string());
    assert!(fault.contains("row 1, column spans: expected a list of spans ([] for none)"), "{fault}");
    let tokens = json!({"path": "a", "spans": [], "predicted_spans": [], "tokens": [[0, 2], [1, 3]]});
    let fault = folder.fault(&tokens.to_string());
    assert!(fault.contains("row 1, column tokens: token 2: expected a start from 2 on"), "{fault}");
}

#[test]
fn spans_are_joined_with_the_truth_and_told_apart() {
    let folder = Folder::new();
    let truth = json!({"path": "a", "text": "Ann", "spans": [[0, 3, "NAME"]]}).to_string();
    let table = folder.file("t.jsonl", &truth);
    let line = |detector: &str, spans: serde_json::Value| {
        json!({"path": "a", "detector": detector, "predicted_spans": spans}).to_string()
    };
    let text = [line("x", json!([[0, 3, "NAME"]])), line("y", json!([]))].join("\n");
    let reading = Reading { table: Some(table), ..Reading::default() };
    let scores = score(&folder.read(&text, &reading).unwrap(), &options()).unwrap();
    close(&scores[0], "spans.token_f1", 1.0);
    close(&scores[1], "spans.token_f1", 0.0);
    // What did not run has no spans.
    let text = "path,status,spans,predicted_spans\na,ok,[],[]\nb,failed,,\n";
    let scores = folder.scores(text);
    assert_eq!(
        (scores[0].coverage.failed, scores[0].to_json(false)["spans"]["documents"].as_u64()),
        (1, Some(1))
    );
}

#[test]
fn texts_alone_are_scored() {
    let text = "path,text,predicted_text\na,No effusion.,no effusion\nb,\"[\"\"left\"\", \"\"the right\"\"]\",right\nc,[1],\n";
    let scores = Folder::new().scores(text);
    assert!(scores[0].image.is_none());
    close(&scores[0], "text.exact_match", 2.0 / 3.0);
    close(&scores[0], "text.rouge_1", (1.0 + 2.0 / 3.0) / 3.0);
    let json = scores[0].to_json(false);
    assert_eq!((json["text"]["answers"].as_u64(), json["text"]["references"].as_u64()), (Some(3), Some(4)));
    let fault = Folder::new().fault("path,text,predicted_text\na,,x\n");
    assert!(fault.contains("row 1, column text: expected a reference text, got nothing"), "{fault}");
    let fault = Folder::new().fault("path,predicted_text\na,x\n");
    assert!(fault.contains("row 1, column text"), "{fault}");
}

#[test]
fn ranked_references_are_scored() {
    let text = "path,reference,predicted_reference,score\n\
        q1,r1,r1,0.9\nq1,r1,r2,0.8\nq2,\"[\"\"r3\"\", \"\"r4\"\"]\",r4,0.7\nq3,,r1,0.6\nq4,r9,,\n";
    let scores = Folder::new().scores(text);
    let one = &scores[0];
    assert!(one.image.is_none());
    assert_eq!((one.coverage.items, one.coverage.scored), (4, 4));
    close(one, "retrieval.mu_ap", (1.0 + 2.0 / 3.0) / 4.0);
    close(one, "retrieval.recall_at_p90", 1.0 / 4.0);
    close(one, "retrieval.recall_at_1", 2.0 / 4.0);
    close(one, "retrieval.map", (1.0 + 0.5) / 3.0);
    assert_eq!(one.to_json(false)["retrieval"]["true_pairs"], 4);
}

#[test]
fn ranked_references_are_joined_with_the_truth() {
    let folder = Folder::new();
    let table = folder.file(
        "t.jsonl",
        "{\"path\": \"q1\", \"reference\": [7, 8]}\n{\"path\": \"q2\", \"reference\": []}\n",
    );
    let reading = Reading { table: Some(table), ..Reading::default() };
    let text = "path,predicted_reference,score\nq1,7,3\nq1,9,2\nq2,7,1\n";
    let scores = score(&folder.read(text, &reading).unwrap(), &options()).unwrap();
    close(&scores[0], "retrieval.mu_ap", 0.5);
    // Two rows for q1 do not stand for q2.
    let fault =
        folder.read("path,predicted_reference,score\nq1,7,3\nq1,9,2\n", &reading).unwrap_err().to_string();
    assert!(fault.contains("1 of 2 items") && fault.contains("no prediction for q2"), "{fault}");
}

#[test]
fn faulty_references_are_named() {
    let folder = Folder::new();
    let head = "path,reference,predicted_reference,score\n";
    let has = |rows: &str, part: &str| {
        let fault = folder.fault(&format!("{head}{rows}"));
        assert!(fault.contains(part), "{fault}");
    };
    has("q,r,r,1\nq,r,s,1\nq,r,r,2\n", "row 3, columns path and predicted_reference: the same as in row 1");
    has("q,r,r,1\nq,s,s,1\n", "row 2, column reference: expected the same as in row 1 of the same query");
    has("q,r,r,\n", "row 1, column score: nothing");
    has("q,r,r,NaN\n", "row 1, column score: NaN");
    has("q,[r,r,1\n", "row 1, column reference: expected a reference or a JSON list");
    has("q,\"[[1]]\",r,1\n", "row 1, column reference: expected a reference or a JSON list");
    let fault = folder.fault("path,predicted_reference,score\nq,r,1\n");
    assert!(fault.contains("expected a column \"reference\""), "{fault}");
    let fault = folder.fault("path,reference,predicted_reference\nq,r,r\n");
    assert!(fault.contains("row 1, column score: expected the score"), "{fault}");
}

#[test]
fn choices_are_scored_alone_and_in_pairs() {
    let text = "path,answer,predicted_answer,pair,group\n\
        a1,A,A,1,g\na2,B,B,1,g\nb1,A,B,2,h\nb2,B,B,2,h\nc,no,yes,,\nd,no,,,\n";
    let scores = Folder::new().scores(text);
    assert!(scores[0].image.is_none());
    close(&scores[0], "choice.accuracy", 3.0 / 6.0);
    close(&scores[0], "choice.point_score", (3.0 - 0.25 * 3.0) / 6.0);
    close(&scores[0], "choice.invalid", 1.0 / 6.0);
    close(&scores[0], "choice.pair_accuracy", 1.0 / 2.0);
    close(&scores[0], "choice.pair_confusion", 1.0 / 2.0);
    assert_eq!(scores[0].to_json(false)["choice"]["groups"], 4);
    let fault = |rows: &str| Folder::new().fault(&format!("path,answer,predicted_answer,pair,group\n{rows}"));
    let single = fault("a,A,A,1,g\nb,A,A,2,g\nc,A,A,2,g\n");
    assert!(single.contains("row 1, column pair: expected two questions of each pair, got 1"), "{single}");
    let apart = fault("a,A,A,1,g\nb,A,A,1,h\n");
    assert!(apart.contains("row 2, column group: expected the group of the other"), "{apart}");
    let nothing = fault("a,,A,,\n");
    assert!(nothing.contains("row 1, column answer: expected the right option"), "{nothing}");
}

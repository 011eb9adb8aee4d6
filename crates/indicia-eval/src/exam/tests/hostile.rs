use proptest::prelude::*;

use super::*;

fn fault(text: &str) -> String {
    items(&Folder::new().file("exam.tsv", text)).unwrap_err().to_string()
}

#[test]
fn layouts_are_read() {
    let folder = Folder::new();
    let read = items(&folder.file("e.tsv", EXAM)).unwrap();
    assert_eq!(read[0].question, "Is it\nreal?");
    assert_eq!(read[0].options, [('A', "real".to_owned()), ('B', "fake".to_owned())]);
    assert_eq!((read[0].answer, read[1].options.len()), (Some('B'), 3));
    // Other capitals, a list of pictures in JSON, paths instead of pictures, Parquet's cousin JSON Lines.
    let line = r#"{"Index": 5, "Question": "q", "A": "x", "B": 2, "Answer": "B", "image": ["aaa", "bbb"], "image_path": "['a.jpg', \"b.jpg\"]"}"#;
    let read = items(&folder.file("e.jsonl", line)).unwrap();
    assert_eq!((read[0].index.as_str(), read[0].answer), ("5", Some('B')));
    assert_eq!(
        (&read[0].pictures[..], &read[0].paths[..]),
        (&["aaa".into(), "bbb".into()][..], &["a.jpg".into(), "b.jpg".into()][..])
    );
}

#[test]
fn faults_name_row_and_column() {
    let has = |text: &str, part: &str| {
        let fault = fault(text);
        assert!(fault.contains(part), "{fault}");
    };
    let head = "index\tquestion\tA\tB\tanswer\n";
    has("index\tA\tB\tanswer\n1\tx\ty\tA\n", "no column \"question\"");
    has("index\tquestion\tA\tanswer\n1\tq\tx\tA\n", "has 1 columns of options");
    has(&format!("{head}\tq\tx\ty\tA\n"), "row 1, column index: expected an index, got nothing");
    has(&format!("{head}1\t\tx\ty\tA\n"), "row 1, column question");
    has(&format!("{head}1\tq\tx\ty\tC\n"), "row 1, column answer: expected one of the options AB, got \"C\"");
    has(&format!("{head}1\tq\tx\ty\tA\n1\tq\tx\ty\tA\n"), "row 2, column index: 1 for the second time");
    has(&format!("{head}1\tq\tx\n"), "row 1: expected 5 fields as in the header, got 3");
    has(&format!("{head}1\tq\t\t\tA\n"), "row 1, column A: expected options, got none");
    has("", "is empty");
    let folder = Folder::new();
    let exam = folder.file("e.tsv", format!("{head}1\tq\tx\ty\tA\n"));
    let fault = evaluate(&exam, &[], &settings()).unwrap_err().to_string();
    assert!(fault.contains("row 1, column category: expected a category of five fields"), "{fault}");
    let exam = folder.file("e.tsv", head);
    assert!(evaluate(&exam, &[], &settings()).unwrap_err().to_string().contains("has no items"));
    let answers = folder.file("a.csv", "index,prediction\n1,A\n1,B\n");
    let fault = Answers::read(&answers).unwrap_err().to_string();
    assert!(fault.contains("row 2, column index: 1 for the second time (first in row 1)"), "{fault}");
    let answers = folder.file("a.csv", "index,said\n1,A\n");
    assert!(
        Answers::read(&answers).unwrap_err().to_string().contains("no column \"prediction\" or \"text\"")
    );
}

#[test]
fn a_quote_that_never_closes_does_not_fill_the_memory() {
    let folder = Folder::new();
    let path = folder.file("e.tsv", "index\tquestion\tA\tB\tanswer\n1\t\"");
    // 80 MB of one field, sparse on disk.
    fs::OpenOptions::new().append(true).open(&path).unwrap().set_len(80 << 20).unwrap();
    let fault = items(&path).unwrap_err().to_string();
    assert!(fault.contains("row 1: a row has more than 67108864 bytes"), "{fault}");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), cut in 0..500_usize) {
        let folder = Folder::new();
        let mut text = EXAM.as_bytes().to_vec();
        text.truncate(cut);
        text.extend(bytes);
        let path = folder.file("e.tsv", text);
        let _ = items(&path);
        let _ = evaluate(&path, &[], &Settings { bootstrap: Bootstrap { replicates: 2, seed: 0 }, ..settings() });
        let _ = convert(&path, &folder.path("t.csv"), Some(&folder.path("p")));
    }

    #[test]
    fn no_answer_panics(answer in ".*", texts in proptest::collection::vec(".*", 0..5)) {
        let options: Vec<_> = ('A'..).zip(texts).collect();
        for rules in [Rules::FORENSICS_BENCH, Rules::VLMEVALKIT, Rules::DESCRIBED] {
            let found = super::super::extract(&answer, &options, &rules);
            let known = matches!(found.chosen, Chosen::Option(l) if options.iter().any(|o| o.0 == l));
            prop_assert!(known || found.chosen == Chosen::None);
        }
    }
}

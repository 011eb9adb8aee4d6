use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn written(name: &str, content: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn rows(path: &Path) -> indicia_core::Result<Vec<Record>> {
    let mut reader = TableReader::open(path)?;
    let mut rows = vec![];
    while let Some(record) = reader.next_record()? {
        rows.push(record);
    }
    Ok(rows)
}

fn error(name: &str, content: &[u8]) -> String {
    let (_folder, path) = written(name, content);
    rows(&path).unwrap_err().to_string()
}

#[test]
fn csv_tsv_and_json_lines_are_told_by_content() {
    let (_folder, path) = written("a.parquet", b"\xEF\xBB\xBFpath,label\nx.jpg,1\n\"y, z.jpg\",\n");
    let read = rows(&path).unwrap();
    assert_eq!(read[1], Record { row: 2, cells: vec!["y, z.jpg".into(), Cell::Null] });
    let (_folder, path) = written("a", b"path\tlabel\nx,y.jpg\t1\n");
    assert_eq!(rows(&path).unwrap()[0].cells, ["x,y.jpg".into(), Cell::from("1")]);
    let (_folder, path) =
        written("a.csv", b"\n{\"path\": \"x\", \"n\": 3}\n\n{\"path\": \"y\", \"boxes\": [[1, 2]]}\n");
    let mut reader = TableReader::open(&path).unwrap();
    assert_eq!(reader.columns(), ["path", "n"]);
    assert_eq!(reader.next_record().unwrap().unwrap().cell(1), &Cell::Int(3));
    let second = reader.next_record().unwrap().unwrap();
    assert_eq!(second.cell(reader.column("boxes").unwrap()), &Cell::Json(json!([[1, 2]])));
    assert_eq!(second.cell(1), &Cell::Null);
    assert!(reader.next_record().unwrap().is_none());
}

#[test]
fn what_is_written_is_read_again_in_every_format() {
    let columns = || {
        vec![
            Column::new("path", ColumnType::Text),
            Column::new("label", ColumnType::Int),
            Column::new("score", ColumnType::Float),
            Column::new("flag", ColumnType::Bool),
        ]
    };
    let table: Vec<[Cell; 4]> = vec![
        ["a, \"b\"\n.jpg".into(), Cell::Int(1), Cell::Float(0.1), Cell::Bool(true)],
        ["é".into(), Cell::Null, Cell::Null, Cell::Null],
        ["c".into(), Cell::Int(-7), Cell::Float(f64::NEG_INFINITY), Cell::Bool(false)],
    ];
    let folder = tempfile::tempdir().unwrap();
    for ending in ["parquet", "csv", "jsonl"] {
        let path = folder.path().join(format!("t.{ending}"));
        let mut writer = TableWriter::create(&path, columns()).unwrap();
        for row in &table {
            writer.push(row).unwrap();
        }
        assert!(!path.exists());
        writer.finish().unwrap();
        let read = rows(&path).unwrap();
        assert_eq!(read.len(), 3);
        for (record, row) in read.iter().zip(&table) {
            for (i, cell) in row.iter().enumerate() {
                assert_eq!(record.cell(i).text(), cell.text(), "{ending}");
            }
        }
        assert_eq!(read[2].cell(2).number().unwrap(), Some(f64::NEG_INFINITY));
    }
    let Err(refused) = TableWriter::create(&folder.path().join("t.xls"), columns()) else {
        panic!("an unknown ending was accepted")
    };
    assert!(refused.to_string().contains(".parquet, .csv or .jsonl"));
}

#[test]
fn errors_name_file_row_and_column() {
    assert!(error("t.csv", b"").contains("is empty, expected a table"));
    assert!(error("t.csv", b"path,path\nx,y\n").contains("the column \"path\" twice"));
    assert!(error("t.csv", b"path,\nx,y\n").contains("column 2 has no name"));
    assert!(
        error("t.csv", b"path,label\nx,1\ny\n")
            .contains("t.csv: row 2: expected 2 fields as in the header, got 1")
    );
    assert!(error("t.csv", b"path\n\xFF\xFE\n").contains("row 1: expected UTF-8 text"));
    assert!(error("t", b"{\"a\": 1}\n{\"a\": \n").contains("row 2: expected a JSON object in one line"));
    assert!(error("t", b"PAR1 and no more").contains("expected a Parquet file"));
    let (_folder, path) = written("t.csv", b"file,label\nx,1\n");
    let text = ItemReader::open(&path).map(drop).unwrap_err().to_string();
    assert!(text.contains("no column \"path\", it has: file, label"), "{text}");
    let (_folder, path) = written("t.csv", b"path,label\nx,1\ny,maybe\n");
    let mut items = ItemReader::open(&path).unwrap();
    items.next_item().unwrap();
    let text = items.next_item().unwrap_err().to_string();
    assert!(
        text.contains("row 2, column label: expected a label 0 or 1") && text.contains("\"maybe\""),
        "{text}"
    );
}

#[test]
fn items_keep_their_columns() {
    let (folder, path) = written("t.csv", b"path,label,site,group\nx.jpg,Fake,A,g1\n/y.jpg,,,\n");
    let mut items = ItemReader::open(&path).unwrap();
    let first = items.next_item().unwrap().unwrap();
    assert_eq!((first.label, first.get("site").as_deref()), (Some(true), Some("A")));
    assert_eq!(first.get("group").as_deref(), Some("g1"));
    assert_eq!(items.resolve(&first.path), folder.path().join("x.jpg"));
    let second = items.next_item().unwrap().unwrap();
    assert_eq!(
        (second.label, second.get("label"), items.resolve(&second.path)),
        (None, None, "/y.jpg".into())
    );
}

#[test]
fn labels() {
    for (cell, expected) in [
        (Cell::from("real"), Some(false)),
        (Cell::from(" Tampered "), Some(true)),
        (Cell::Int(1), Some(true)),
        (Cell::Float(0.0), Some(false)),
        (Cell::Bool(true), Some(true)),
        (Cell::Null, None),
    ] {
        assert_eq!(label_of(&cell).unwrap(), expected);
    }
    for bad in
        [Cell::Int(2), Cell::Float(0.5), Cell::Float(f64::NAN), Cell::from("x"), Cell::Json(json!([1]))]
    {
        assert!(label_of(&bad).is_err(), "{bad:?}");
    }
}

proptest! {
    #[test]
    fn any_bytes_give_rows_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (_folder, path) = written("t", &bytes);
        let _ = rows(&path);
        let mut json = b"{".to_vec();
        json.extend(&bytes);
        let (_folder, path) = written("t", &json);
        let _ = rows(&path);
    }

    #[test]
    fn a_damaged_parquet_file_gives_rows_or_an_error(place in 0usize..2000, bit in 0u8..8, cut in 0usize..2000) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.parquet");
        let mut writer = TableWriter::create(&path, vec![Column::new("path", ColumnType::Text)]).unwrap();
        for i in 0..50 {
            writer.push(&[format!("picture-{i}").into()]).unwrap();
        }
        writer.finish().unwrap();
        let mut bytes = fs::read(&path).unwrap();
        let place = place % bytes.len();
        bytes[place] ^= 1 << bit;
        fs::write(&path, &bytes).unwrap();
        let _ = rows(&path);
        bytes.truncate(cut % bytes.len());
        fs::write(&path, &bytes).unwrap();
        let _ = rows(&path);
    }
}

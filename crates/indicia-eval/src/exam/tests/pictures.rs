use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::*;
use crate::table::ItemReader;

const HEAD: &str = "index\tquestion\tA\tB\tanswer\tcategory\timage\n";

fn picture(seed: u8) -> Vec<u8> {
    let mut bytes = vec![];
    let mut encoder = png::Encoder::new(&mut bytes, 8, 8);
    encoder.set_color(png::ColorType::Grayscale);
    let data: Vec<u8> = (0..64).map(|i: u8| i.wrapping_mul(37).wrapping_add(seed)).collect();
    encoder.write_header().unwrap().write_image_data(&data).unwrap();
    bytes
}

fn row(index: &str, image: &str) -> String {
    format!("{index}\tq\treal\tfake\tA\thuman_real_none_visibleimage_category\t{image}\n")
}

#[test]
fn pictures_are_written_once_each_and_shared_by_reference() {
    let folder = Folder::new();
    let code = |seed| BASE64_STANDARD.encode(picture(seed));
    let several = format!("\"['{}', '{}']\"", code(2), code(3));
    // An item refers to a later one, and an index is no name of a file.
    let text = HEAD.to_owned() + &row("7", "8") + &row("8", &code(1)) + &row("../9", &several);
    let exam = folder.file("exam.tsv", text);
    let (table, pictures) = (folder.path("table.csv"), folder.path("pictures"));
    let converted = convert(&exam, &table, Some(&pictures)).unwrap();
    assert_eq!(converted, Converted { items: 3, with_pictures: 3 });
    let mut reader = ItemReader::open(&table).unwrap();
    let mut found = vec![];
    while let Some(item) = reader.next_item().unwrap() {
        let bytes = fs::read(reader.resolve(&item.path)).unwrap();
        found.push((item.path.clone(), bytes, item.get("pictures"), item.group.clone().unwrap()));
    }
    assert_eq!(found[0].0, "pictures/7.png");
    assert_eq!((&found[0].1, &found[1].1), (&picture(1), &picture(1)));
    assert_eq!(found[2].0, "pictures/row_3-1.png");
    assert_eq!(found[2].1, picture(2));
    assert_eq!(found[2].2.as_deref(), Some(r#"["pictures/row_3-1.png","pictures/row_3-2.png"]"#));
    assert_eq!(fs::read(pictures.join("row_3-2.png")).unwrap(), picture(3));
    assert_eq!((&found[0].3, &found[1].3), (&"8".to_owned(), &"8".to_owned()));
    // Again over the same folder: nothing stands in the way.
    convert(&exam, &table, Some(&pictures)).unwrap();
    assert_eq!(fs::read(pictures.join("8.png")).unwrap(), picture(1));
}

#[test]
fn what_is_no_picture_is_named() {
    let folder = Folder::new();
    let fault = |image: &str| {
        let exam = folder.file("exam.tsv", HEAD.to_owned() + &row("1", image));
        let fault = convert(&exam, &folder.path("t.csv"), Some(&folder.path("p"))).unwrap_err().to_string();
        assert!(fault.contains("exam.tsv: row 1, column image: "), "{fault}");
        assert!(!folder.path("t.csv").exists());
        fault
    };
    assert!(fault(&"?".repeat(100)).contains("expected base64"));
    assert!(fault(&BASE64_STANDARD.encode([7; 100])).contains("expected a picture"));
    assert!(fault("5").contains("expected a picture or the index of an item with one, got \"5\""));
    assert!(fault("1").contains("got \"1\""));
}

#[test]
fn memory_does_not_go_with_the_size_of_pictures() {
    // 2000 items of 40 kB: rows pass one at a time, and only names are kept.
    let folder = Folder::new();
    let mut bytes = picture(0);
    bytes.resize(30_000, 7);
    let code = BASE64_STANDARD.encode(bytes);
    let mut text = HEAD.to_owned();
    (0..2000).for_each(|n| text += &row(&n.to_string(), &code));
    let exam = folder.file("exam.tsv", text);
    let mut reader = ExamReader::open(&exam).unwrap();
    let mut count = 0;
    while let Some(item) = reader.next_item().unwrap() {
        assert_eq!(item.pictures[0].len(), code.len());
        count += 1;
    }
    assert_eq!(count, 2000);
}

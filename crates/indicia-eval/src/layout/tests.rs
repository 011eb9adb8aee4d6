use std::fs;
use std::path::Path;

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::table::{Cell, ItemReader};

/// A 4x4 gray PNG of one value, or with one pixel of 255.
fn png(value: u8, altered: bool) -> Vec<u8> {
    let mut out = vec![];
    let mut encoder = png::Encoder::new(&mut out, 4, 4);
    encoder.set_color(png::ColorType::Grayscale);
    let mut pixels = [value; 16];
    pixels[5] = if altered { 255 } else { value };
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    out
}

fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn made(folder: &Path, options: &Options) -> Result<(Made, Vec<Item>)> {
    let out = tempfile::tempdir().unwrap();
    let table = out.path().join("t.parquet");
    let made = make(folder, &table, options, &|_, _, _| ())?;
    let mut reader = ItemReader::open(&table).unwrap();
    let mut items = vec![];
    while let Some(mut item) = reader.next_item().unwrap() {
        assert!(reader.resolve(&item.path).is_file(), "{}", item.path);
        assert!(item.mask.as_ref().is_none_or(|mask| reader.resolve(mask).is_file()));
        let root = folder.canonicalize().unwrap();
        let inside = reader.resolve(&item.path).canonicalize().unwrap();
        item.path = inside.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        items.push(item);
    }
    Ok((made, items))
}

fn skipped(made: &Made) -> Vec<(&str, u64)> {
    made.skipped.iter().map(|(reason, count, _)| (reason, count)).collect()
}

#[test]
fn folders_of_classes_with_splits_and_generators() {
    let p = png(9, false);
    let data = folder(&[
        ("corpus/progan/cat/0_real/a2.png", &p),
        ("corpus/progan/cat/0_real/a10.png", &p),
        ("corpus/progan/cat/1_fake/b.png", &p),
        ("corpus/biggan/1_fake/b.jpg", &p),
        ("corpus/val/real/coco/c.png", &p),
        ("corpus/val/fake/sdxl/c.png", &p),
        ("corpus/readme.txt", b"about these pictures"),
        ("corpus/loose.png", &p),
    ]);
    let (made, items) = made(data.path(), &Options::default()).unwrap();
    assert_eq!(made.layouts, [Layout::Classes]);
    assert_eq!((made.rows, made.labels), (6, [3, 3, 0]));
    assert_eq!(skipped(&made), [("in no folder of a class", 1), ("text beside pictures", 1)]);
    assert_eq!(made.columns, ["path", "label", "method", "domain", "split", "digest", "class"]);
    let row = |path: &str| {
        let item = items.iter().find(|i| i.path == path).unwrap();
        let get = |c: &str| item.get(c).unwrap_or_default();
        (get("label"), get("method"), get("domain"), get("split"), get("class"))
    };
    let expected = |a: &str, b: &str, c: &str, d: &str, e: &str| {
        (a.to_owned(), b.to_owned(), c.to_owned(), d.to_owned(), e.to_owned())
    };
    assert_eq!(row("corpus/progan/cat/0_real/a2.png"), expected("0", "progan", "corpus", "", "cat"));
    assert_eq!(row("corpus/biggan/1_fake/b.jpg"), expected("1", "biggan", "corpus", "", ""));
    assert_eq!(row("corpus/val/real/coco/c.png"), expected("0", "", "coco", "validation", ""));
    assert_eq!(row("corpus/val/fake/sdxl/c.png"), expected("1", "sdxl", "corpus", "validation", ""));
    let order: Vec<_> = items.iter().map(|i| &*i.path).collect();
    assert_eq!(order[1..3], ["corpus/progan/cat/0_real/a2.png", "corpus/progan/cat/0_real/a10.png"]);
    assert_eq!(items[0].digest.as_deref(), Some(&*indicia_core::Digest::of(&p).to_string()));
}

#[test]
fn folders_of_other_names_become_classes_by_words_of_the_user() {
    let p = png(9, false);
    let data = folder(&[("Cats/a.png", &p), ("dogs/b.png", &p)]);
    let error = made(data.path(), &Options::default()).unwrap_err().to_string();
    for part in ["no layout that is known", "found 2 pictures", "folders Cats, dogs", "BRAT", "--label-map"] {
        assert!(error.contains(part), "{error}");
    }
    fs::write(data.path().join("t.csv"), "id,text\n1,a\n").unwrap();
    let error = made(data.path(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("no column that looks like paths of files"), "{error}");
    let labels = [("cats".to_owned(), false), ("dogs".to_owned(), true)].into();
    let options = Options { labels, digests: false, ..Options::default() };
    let (table, items) = made(data.path(), &options).unwrap();
    assert_eq!((table.labels, items[0].digest.as_deref()), ([1, 1, 0], None));
    let constant = Options { label: Some(true), split: Some("test".into()), ..Options::default() };
    let (table, items) = made(data.path(), &constant).unwrap();
    assert_eq!((table.labels, items[1].split.as_deref()), ([0, 2, 0], Some("test")));
}

#[test]
fn masks_beside_pictures_decide_the_label() {
    let (p, clean, altered) = (png(9, false), png(0, false), png(0, true));
    let data = folder(&[
        ("a.png", &p),
        ("a.mask.png", &altered),
        ("b.jpg", &p),
        ("b_gt.png", &clean),
        ("c.png", &p),
        ("images/d.png", &p),
        ("masks/d.png", &altered),
        ("masks/e.png", &altered),
        ("pristine/f.png", &p),
        ("mask.png", &p),
        ("face_mask.png", &p),
    ]);
    let (table, items) = made(data.path(), &Options::default()).unwrap();
    assert_eq!(table.layouts, [Layout::Classes, Layout::Masks]);
    let rows: Vec<_> = items.iter().map(|i| (&*i.path, i.label, i.mask.is_some())).collect();
    assert_eq!(
        rows,
        [
            ("a.png", Some(true), true),
            ("b.jpg", Some(false), true),
            ("c.png", None, false),
            ("face_mask.png", None, false),
            ("images/d.png", Some(true), true),
            ("mask.png", None, false),
            ("pristine/f.png", Some(false), false),
        ]
    );
    assert_eq!(skipped(&table), [("mask without a picture", 1)]);
    assert!(table.notes[0].starts_with("3 pictures have no mask"), "{:?}", table.notes);
    let options = Options { unmasked_authentic: true, ..Options::default() };
    assert_eq!(made(data.path(), &options).unwrap().0.labels, [5, 2, 0]);
    fs::write(data.path().join("a.mask.png"), &altered[..altered.len() / 2]).unwrap();
    let error = made(data.path(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("some masks cannot be read") && error.contains("a.mask.png"), "{error}");
}

#[test]
fn parallel_folders_of_masks_pair_by_name_also_across_classes() {
    let (p, altered) = (png(9, false), png(0, true));
    let data = folder(&[
        ("Au/x.png", &p),
        ("Tp/t1.png", &p),
        ("CASIA Groundtruth/t1_gt.png", &altered),
        ("Tp/t2.png", &p),
        ("CASIA Groundtruth/t2_gt.png", &altered),
        ("CASIA Groundtruth/t2_mask.png", &altered),
    ]);
    let (table, items) = made(data.path(), &Options::default()).unwrap();
    let rows: Vec<_> = items.iter().map(|i| (&*i.path, i.label, i.mask.is_some())).collect();
    let expected =
        [("Au/x.png", Some(false), false), ("Tp/t1.png", Some(true), true), ("Tp/t2.png", Some(true), true)];
    assert_eq!(rows, expected);
    assert_eq!(skipped(&table), [("second mask of a picture", 1)]);
    let options = Options { layout: Some(Layout::Brat), ..Options::default() };
    let error = made(data.path(), &options).unwrap_err().to_string();
    assert!(error.contains("does not hold BRAT standoff"), "{error}");
}

#[test]
fn coco_becomes_boxes() {
    let p = png(9, false);
    let coco = json!({
        "images": [
            {"id": 1, "file_name": "a.png"},
            {"id": "two", "file_name": "b.png"},
            {"id": 3, "file_name": "../../gone.png"},
        ],
        "annotations": [
            {"image_id": 1, "category_id": 7, "bbox": [0, 1, 2.5, 3], "iscrowd": 1, "segmentation": [[0, 0]]},
            {"image_id": "two", "bbox": [0, 0, 1, 1]},
            {"image_id": 1, "category_id": 7},
        ],
        "categories": [{"id": 7, "name": "splice"}],
    });
    let data = folder(&[
        ("annotations/instances_train2017.json", coco.to_string().as_bytes()),
        ("train2017/a.png", &p),
        ("images/b.png", &p),
        ("images/unnamed.png", &p),
        ("other.json", b"{\"images\": 3}"),
    ]);
    let (table, items) = made(data.path(), &Options::default()).unwrap();
    assert_eq!(table.layouts, [Layout::Coco]);
    let boxes = |i: usize| -> serde_json::Value {
        let text = items[i].attributes.iter().find(|(name, _)| name == "boxes").unwrap();
        text.1.json().unwrap().unwrap().into_owned()
    };
    assert_eq!((&*items[0].path, &*items[1].path), ("images/b.png", "train2017/a.png"));
    assert_eq!(boxes(0), json!([{"box": [0.0, 0.0, 1.0, 1.0], "type": null, "crowd": false}]));
    assert_eq!(boxes(1), json!([{"box": [0.0, 1.0, 2.5, 3.0], "type": "splice", "crowd": true}]));
    assert_eq!(items[0].split.as_deref(), Some("train"));
    assert!(table.notes.iter().any(|n| n.starts_with("1 outlines")), "{:?}", table.notes);
    assert_eq!(
        skipped(&table),
        [("picture of the annotations that is not there", 1), ("picture that no annotation file names", 1)]
    );
    let file = data.path().join("annotations/instances_train2017.json");
    let out = data.path().join("t.csv");
    assert_eq!(make(&file, &out, &Options::default(), &|_, _, _| ()).unwrap().rows, 2);
}

#[test]
fn faulty_coco_is_refused_with_its_place() {
    let p = png(9, false);
    let bad = |annotation: serde_json::Value| {
        let coco = json!({"images": [{"id": 1, "file_name": "a.png"}], "annotations": [annotation]});
        let data = folder(&[("c.json", coco.to_string().as_bytes()), ("a.png", &p)]);
        made(data.path(), &Options::default()).unwrap_err().to_string()
    };
    for (annotation, part) in [
        (json!({"image_id": 2, "bbox": [0, 0, 1, 1]}), "no image has the id 2"),
        (json!({"image_id": 1, "bbox": [0, 0, -1, 1]}), "expected x, y, width and height"),
        (json!({"image_id": 1, "bbox": [0, 0, 1]}), "expected x, y, width and height"),
        (json!({"image_id": 1, "category_id": 5, "bbox": [0, 0, 1, 1]}), "no category has the id 5"),
        (json!({"image_id": 1, "bbox": [0, 0, 1, 1], "iscrowd": 9}), "expected iscrowd 0 or 1"),
        (json!({"bbox": [0, 0, 1, 1]}), "expected COCO"),
    ] {
        let error = bad(annotation);
        assert!(error.contains("c.json") && error.contains(part), "{error}");
    }
}

#[test]
fn brat_becomes_spans() {
    let data = folder(&[
        ("dev/a.txt", "Ana, 5 años".as_bytes()),
        ("dev/a.ann", "T1\tNOMBRE 0 3\tAna\nT2\tEDAD 5 6;7 11\t5 años\n".as_bytes()),
        ("train/b.txt", b"nothing here"),
        ("train/b.ann", b""),
        ("train/c.txt", b"no annotations"),
        ("d.ann", b"T1\tX 0 1\ta"),
        ("annotation.conf", b"[entities]"),
    ]);
    let (table, items) = made(data.path(), &Options::default()).unwrap();
    assert_eq!((&table.layouts[..], table.rows, table.labels), (&[Layout::Brat][..], 2, [0, 0, 2]));
    let spans = |i: usize| match &items[i].attributes[0] {
        (name, Cell::Text(text)) if name == "spans" => {
            serde_json::from_str::<serde_json::Value>(text).unwrap()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(items[0].split.as_deref(), Some("validation"));
    assert_eq!(spans(0).as_array().unwrap().len(), 3);
    assert_eq!(spans(0)[0], json!({"start": 0, "end": 3, "type": "NOMBRE"}));
    assert_eq!(spans(1), json!([]));
    assert_eq!(
        skipped(&table),
        [
            ("annotations without a text", 1),
            ("neither text nor annotations", 1),
            ("text without annotations", 1)
        ]
    );
    fs::write(data.path().join("dev/a.ann"), "T1\tX 0 12\tAna").unwrap();
    let error = made(data.path(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("dev/a.ann: line 1: expected a range within the 11 characters"), "{error}");
}

#[test]
fn tables_with_other_columns() {
    let (p, altered) = (png(9, false), png(0, true));
    let csv = "image_name,target,generator,site,digest\na.png,2,sd,x,zz\nimg/b.png,1,,y,\ngone.png,1,,,\nt.csv,1,,,\n";
    let data = folder(&[
        ("t.csv", csv.as_bytes()),
        ("images/a.png", &p),
        ("img/b.png", &p),
        ("masks/a.png", &altered),
    ]);
    let error = made(data.path(), &Options { layout: Some(Layout::Table), ..Options::default() });
    let error = error.unwrap_err().to_string();
    assert!(error.contains("row 1, column target") && error.contains("--label-map 2=0"), "{error}");
    let labels = [("2".to_owned(), true), ("1".to_owned(), false)].into();
    let options = Options { labels, layout: Some(Layout::Table), ..Options::default() };
    let (table, items) = made(data.path(), &options).unwrap();
    assert_eq!(table.rows, 3);
    assert_eq!(skipped(&table), [("file of the table that is not there", 1)]);
    assert_eq!(
        table.notes,
        ["t.csv: digest = digest, domain = site, label = target, method = generator, path = image_name"]
    );
    assert_eq!(
        items.iter().map(|i| (&*i.path, i.label, i.method.as_deref())).collect::<Vec<_>>(),
        [
            ("images/a.png", Some(true), Some("sd")),
            ("img/b.png", Some(false), None),
            ("t.csv", Some(false), None)
        ]
    );
    let map = [("path".to_owned(), "target".to_owned())].into();
    let wrong = Options { map, ..Options::default() };
    let error = made(&data.path().join("t.csv"), &wrong).unwrap_err().to_string();
    assert!(error.contains("nothing that belongs into a table"), "{error}");
}

#[test]
fn a_table_that_names_a_file_twice_is_refused_with_its_rows() {
    let p = png(9, false);
    let data =
        folder(&[("t.jsonl", b"{\"file\":\"a.png\"}\n{\"file\":\"./a.png\",\"label\":1}\n"), ("a.png", &p)]);
    let error = made(data.path(), &Options::default()).unwrap_err().to_string();
    assert!(error.contains("named twice") && error.contains("rows 1 and 2"), "{error}");
}

#[test]
fn archives_and_odd_sources_are_refused_in_words() {
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    let data = folder(&[("set.tar", &tar), ("x.png", &png(1, false))]);
    let refused =
        |name: &str, options: &Options| made(&data.path().join(name), options).unwrap_err().to_string();
    assert!(refused("set.tar", &Options::default()).contains("unpack it"));
    assert!(refused("none", &Options::default()).contains("none"));
    let options = Options { layout: Some(Layout::Classes), ..Options::default() };
    assert!(refused("x.png", &options).contains("is a file, expected folders of classes"));
    assert!(!refused("x.png", &Options::default()).is_empty());
}

#[test]
fn groups_follow_their_rule() {
    let noise = |seed: usize| {
        let pixels: Vec<u8> = (0..1024).map(|i| ((i * i * 31 + i * seed * 7) % 251) as u8).collect();
        let mut out = vec![];
        let mut encoder = png::Encoder::new(&mut out, 32, 32);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
        out
    };
    let data = folder(&[
        ("real/p1_a.png", &noise(1)),
        ("fake/p1_b.png", &noise(1)),
        ("fake/p2.png", &noise(2)),
        ("fake/sub/p3_c.png", &noise(3)),
    ]);
    let groups = |group: GroupRule| {
        let (_, items) = made(data.path(), &Options { group: Some(group), ..Options::default() }).unwrap();
        items.into_iter().map(|i| i.group.unwrap()).collect::<Vec<_>>()
    };
    // fake/p1_b, fake/p2, fake/sub/p3_c, real/p1_a
    assert_eq!(groups(GroupRule::Prefix("_".into())), ["p1", "p2", "p3", "p1"]);
    let by_folder = groups(GroupRule::Folder);
    assert!(
        by_folder[0] == by_folder[1] && by_folder[0] != by_folder[3] && by_folder[2].ends_with("fake/sub")
    );
    let near = groups(GroupRule::Near(4));
    assert!(near[0] == near[3] && near[0].ends_with("fake/p1_b.png"), "{near:?}");
    assert!(near[0] != near[1] && near[1] != near[2]);
    let none = Options { group: Some(GroupRule::Column("patient".into())), ..Options::default() };
    let error = made(data.path(), &none).unwrap_err().to_string();
    assert!(error.contains("no item has a column \"patient\""), "{error}");
}

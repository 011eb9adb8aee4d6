use std::fs;

use tempfile::TempDir;

use super::*;

/// A PNG of `width` by 8 with a pattern by `seed`, or a BMP of the same.
fn picture(width: u32, seed: u32, bmp: bool) -> Vec<u8> {
    let gray: Vec<u8> = (0..width * 8)
        .map(|i| {
            ((i % width * (seed % 7 + 3) + i / width * (seed % 11) * 5 + i * i % (seed + 13)) % 251) as u8
        })
        .collect();
    if bmp {
        let row = (width * 3).div_ceil(4) * 4;
        let mut out = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
        out.extend(width.to_le_bytes());
        out.extend(8_u32.to_le_bytes());
        out.extend([1, 0, 24, 0]);
        out.resize(54, 0);
        for line in gray.chunks(width as usize).rev() {
            let start = out.len();
            line.iter().for_each(|v| out.extend([*v; 3]));
            out.resize(start + row as usize, 0);
        }
        return out;
    }
    let mut out = vec![];
    let mut encoder = png::Encoder::new(&mut out, width, 8);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&gray).unwrap();
    out
}

fn table(rows: &str, files: &[(String, Vec<u8>)]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let path = folder.path().join("t.csv");
    fs::write(&path, rows).unwrap();
    (folder, path)
}

fn described(path: &Path, hashes: bool) -> Description {
    let options = Options { hashes, limits: Limits::default(), jobs: 2 };
    describe(path, &options, &|_, _, _| ()).unwrap()
}

fn confound<'d>(d: &'d Description, id: &str) -> &'d Confound {
    d.confounds.iter().find(|c| c.id == id).unwrap()
}

#[test]
fn a_planted_confound_is_found_and_named() {
    // Fakes: 30 BMP and 10 PNG; real: 10 BMP and 30 PNG. AUC of the format: 0.5 + (0.75 - 0.25) / 2.
    let mut files = vec![];
    let mut rows = "path,label,site,note\n".to_owned();
    for i in 0..80_u32 {
        let fake = i < 40;
        let bmp = if fake { i < 30 } else { i < 50 };
        files.push((format!("f{i}"), picture(16 + i % 5, i, bmp)));
        rows += &format!("f{i},{},{},{}\n", u8::from(fake), ["a", "b"][(i % 2) as usize], i % 3);
    }
    let (_folder, path) = table(&rows, &files);
    let d = described(&path, false);
    assert_eq!((d.labels["0"], d.labels["1"]), (40, 40));
    let format = confound(&d, "format");
    assert!((format.auc.unwrap() - 0.75).abs() < 0.02, "{format:?}");
    assert!(format.called_out && format.statement.starts_with("the format says"), "{format:?}");
    assert!(d.warnings.iter().any(|w| w.contains("equalised")));
    for id in ["column.site", "width"] {
        let c = confound(&d, id);
        let ci = c.ci95.unwrap();
        assert!(ci[0] <= 0.5 && ci[1] >= 0.5 && !c.called_out, "{c:?}");
    }
    assert!(d.confounds.iter().all(|c| c.id != "height"));
    assert_eq!(d.confounds[0].measure, Measure::Combined);
    assert_eq!(d.counts["format"]["BMP"], LabelCounts { authentic: 10, fake: 30, none: 0 });
    assert_eq!(d.quantiles["height"].median, 8.0);
    let text = to_text(&d);
    for part in ["80 rows", "label 0: 40", "the format says", "not looked for", "What tells the label"] {
        assert!(text.contains(part), "{text}");
    }
    let json = serde_json::to_value(&d).unwrap();
    assert_eq!((&json["schema"], &json["rows"]), (&"indicia.table/1".into(), &80.into()));
}

#[test]
fn a_balanced_table_calls_nothing_out() {
    let mut files = vec![];
    let mut rows = "path,label\n".to_owned();
    for i in 0..60_u32 {
        // Each picture stands once as real and once as fake, apart from one byte behind the picture.
        let mut bytes = picture(16 + i / 2 % 6, i / 2, i / 2 % 2 == 0);
        bytes.push(i as u8);
        files.push((format!("f{i}"), bytes));
        rows += &format!("f{i},{}\n", i % 2);
    }
    let (_folder, path) = table(&rows, &files);
    let d = described(&path, true);
    assert!(d.confounds.iter().all(|c| !c.called_out), "{:?}", d.confounds);
    let size = confound(&d, "file_size");
    assert!(size.ci95.is_some_and(|ci| ci[0] <= 0.5 && ci[1] >= 0.5), "{size:?}");
    // The pictures themselves are copies across the labels.
    assert_eq!(d.look_alike.as_ref().unwrap().across_labels, 60);
    assert_eq!(d.same_bytes.items, 0);
}

#[test]
fn wrong_rows_are_counted_and_named() {
    let p = picture(16, 3, false);
    let other = picture(16, 90, false);
    let mut mask = vec![];
    let mut encoder = png::Encoder::new(&mut mask, 2, 2);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.write_header().unwrap().write_image_data(&[0, 255, 0, 0]).unwrap();
    let files = [
        ("a".to_owned(), p.clone()),
        ("b".to_owned(), p.clone()),
        ("c".to_owned(), other.clone()),
        ("cut".to_owned(), p[..20].to_vec()),
        ("m".to_owned(), mask),
    ];
    let rows = "path,label,mask,split,group,digest\n\
                a,0,m,train,g,sha256:00\n\
                b,1,,test,g,\n\
                c,7,none,test,h,\n\
                c,1,,test,h,\n\
                cut,1,,test,,\n\
                gone,,,test,,\n";
    let (_folder, path) = table(rows, &files);
    let d = described(&path, true);
    let rows = |what: &str| d.problems.iter().find(|p| p.what == what).map(|p| p.rows);
    for what in [
        "label outside the set",
        "missing files",
        "unreadable files",
        "missing masks",
        "mask of another size than its picture",
        "label 0 with altered pixels in the mask",
        "file changed since its digest was recorded",
        "paths named twice",
    ] {
        assert_eq!(rows(what), Some(1), "{what}: {:?}", d.problems);
    }
    assert_eq!(d.problems.len(), 8);
    assert_eq!((d.same_bytes.items, d.same_bytes.sets), (4, 2));
    assert_eq!((d.same_bytes.across_splits, d.same_bytes.across_labels), (2, 2));
    assert_eq!(d.same_bytes.examples[0], [1, 2]);
    assert_eq!((d.groups.groups, d.groups.across_splits), (2, 1));
    assert_eq!(d.groups.examples, ["g"]);
    assert_eq!(d.quantiles["altered_share"].median, 0.25);
    assert_eq!((d.labels["none"], d.labels["1"]), (2, 3));
    assert!(d.warnings.iter().any(|w| w.contains("1 of 2 groups")), "{:?}", d.warnings);
    let near = d.look_alike.unwrap();
    // a and b are of one group, as a forgery and its twin are: that they look alike is no fault.
    assert!(near.across_splits >= 2 && near.across_labels == 0);
}

#[test]
fn pictures_that_look_alike_under_two_labels_are_told_unless_they_are_of_one_source() {
    let files = [("a".to_owned(), picture(16, 3, false)), ("b".to_owned(), picture(16, 3, false))];
    let across = |rows: &str| {
        let (_folder, path) = table(rows, &files);
        described(&path, true).look_alike.unwrap().across_labels
    };
    assert_eq!(across("path,label\na,0\nb,1\n"), 2);
    assert_eq!(across("path,label,group\na,0,x\nb,1,y\n"), 2);
    assert_eq!(across("path,label,group\na,0,x\nb,1,x\n"), 0);
}

#[test]
fn one_class_and_empty_tables_are_told() {
    let files = [("a".to_owned(), picture(16, 3, false))];
    let (_folder, path) = table("path,label\na,1\n", &files);
    let d = described(&path, true);
    assert!(d.confounds.is_empty() && d.warnings[0].starts_with("all labels are 1"), "{:?}", d.warnings);
    fs::write(&path, "path,label\n").unwrap();
    let options = Options { hashes: false, limits: Limits::default(), jobs: 1 };
    let error = describe(&path, &options, &|_, _, _| ()).unwrap_err();
    assert!(error.to_string().contains("no rows"), "{error}");
    fs::write(&path, "file,label\na,1\n").unwrap();
    assert!(describe(&path, &options, &|_, _, _| ()).unwrap_err().to_string().contains("no column \"path\""));
}

#[test]
fn quantiles_are_nearest_ranks() {
    let q = Quantiles::of([4.0, 1.0, f64::NAN, 3.0, 2.0].into_iter()).unwrap();
    assert_eq!((q.count, q.min, q.q25, q.median, q.q75, q.max), (4, 1.0, 1.0, 2.0, 3.0, 4.0));
    assert_eq!(Quantiles::of(std::iter::empty()), None);
}

use std::fs;

use proptest::prelude::*;

use super::*;

fn read(text: impl AsRef<[u8]>, of: fn(&Path) -> Result<Items>) -> Result<Vec<Item>> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("list.txt");
    fs::write(&path, text).unwrap();
    of(&path)?.collect()
}

fn fault(text: &str, of: fn(&Path) -> Result<Items>) -> String {
    read(text, of).unwrap_err().to_string()
}

#[test]
fn images_have_a_label_an_approach_and_a_family() {
    let items = read("a/b.jpg 0 0 0\n\nwith space.png 1 1 4\nc.png 1 2 15\n", images).unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!(
        (items[0].path.as_str(), items[0].label, items[0].method.as_deref()),
        ("a/b.jpg", Some(false), None)
    );
    assert_eq!(items[0].get("class").as_deref(), Some("real"));
    assert_eq!((items[1].path.as_str(), items[1].row), ("with space.png", 3));
    assert_eq!(items[1].method.as_deref(), Some("BlendFace"));
    assert_eq!(items[1].get("family").as_deref(), Some("identity_replaced"));
    assert_eq!(items[2].get("class").as_deref(), Some("DiscoFaceGAN"));
    assert_eq!(items[2].get("family").as_deref(), Some("identity_remained"));
}

#[test]
fn videos_have_their_fake_segments_in_frames() {
    let text = "3 v/1.mp4 0 50 real 50 20 fake 70 30 real 1 1 1\n1 2.mp4 0 90 0 0 0 0\n2 a b.mp4 0 5 1 9 5 1 1 2 8\n";
    let items = read(text, videos).unwrap();
    assert_eq!(items[0].path, "v/1.mp4");
    assert_eq!(items[0].get("segments").as_deref(), Some(r#"[{"start":50,"end":70}]"#));
    assert_eq!(items[0].get("frames").as_deref(), Some("100"));
    assert_eq!(items[0].get("segment_count").as_deref(), Some("3"));
    assert_eq!((items[1].get("segments").as_deref(), items[1].label), (Some("[]"), Some(false)));
    assert_eq!(items[2].path, "a b.mp4");
    assert_eq!(items[2].get("segments").as_deref(), Some(r#"[{"start":0,"end":5},{"start":9,"end":14}]"#));
}

#[test]
fn faults_name_file_and_line() {
    let image = |text: &str, part: &str| {
        let fault = fault(text, images);
        assert!(fault.contains("list.txt: line ") && fault.contains(part), "{fault}");
    };
    image("a.jpg 0 0 0\nb.jpg 0 0 x\n", "line 2: expected a number as the label of 16, got \"x\"");
    image("b.jpg 0 0\n", "expected a number as the binary label, got \"b.jpg\"");
    image("0 0 0\n", "got no name");
    image("b.jpg 2 1 1\n", "expected a binary label from 0 to 1, got 2");
    image("b.jpg 1 1 16\n", "expected a label of 16 from 0 to 15, got 16");
    image("b.jpg 0 0 3\n", "contradict each other: 0 of two, 0 of three, 3 of 16");
    image(
        "a 1 1 1\nb 1 2 2\n",
        "line 2: expected one number of three for identity_replaced throughout, got 2 after 1",
    );
    image(
        "a 1 1 1\nb 1 1 7\n",
        "for identity_remained throughout, got 1, which is that of identity_replaced",
    );
    let video = |text: &str, part: &str| {
        let fault = fault(text, videos);
        assert!(fault.contains("list.txt: line 1: ") && fault.contains(part), "{fault}");
    };
    video("x a.mp4 0 0 0\n", "expected a number as the count of segments, got \"x\"");
    video("2 a.mp4 0 5 real 0 0 0\n", "expected 2 segments");
    video("18446744073709551615 a.mp4 0 5 real 0 0 0\n", "segments");
    video("1 a.mp4 0 5 maybe 0 0 0\n", "expected a label 0 or 1");
    video("1 a.mp4 0 0 real 0 0 0\n", "a length of 0");
    video("1 a.mp4 9 18446744073709551615 real 0 0 0\n", "below 2^32");
    video("2 a.mp4 0 9 fake 5 9 real 1 1 1\n", "do not overlap");
    video("1 a.mp4 0 9 fake 0 0 0\n", "labelled real and has a fake segment");
    video("1 a.mp4 0 9 real 1 1 1\n", "labelled fake and has no fake segment");
    video("0 0 0 0\n", "expected a name");
    // Either order of the two families, as long as it is one.
    assert!(read("a 1 2 1\nb 1 1 7\n", images).is_ok());
    assert!(read([0xff, b' ', b'0'], images).unwrap_err().to_string().contains("UTF-8"));
    assert!(read("", images).unwrap().is_empty());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), cut in 0..100_usize) {
        let mut text = b"3 v/1.mp4 0 50 real 50 20 fake 70 30 real 1 1 1\n".to_vec();
        text.truncate(cut);
        text.extend(bytes);
        let _ = read(&text, images);
        let _ = read(&text, videos);
    }
}

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::path::PathBuf;

use burn::nn::LinearConfig;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::store::BuiltIn;
use super::*;
use crate::checkpoint::{Storage, to_bytes};
use crate::device::cpu;

const CARD_TEXT: &str = "# Tiny\n\nA layer that was\nnot trained.\n\nMore.\n";

fn config() -> PackConfig {
    PackConfig {
        schema: SCHEMA.into(),
        name: "tiny".into(),
        method: "manipulation.tiny".into(),
        version: "1".into(),
        licence: Licence { id: "CC0-1.0".into(), url: None, note: Some("anything goes".into()) },
        population: "no picture at all".into(),
        results: vec![Measured {
            on: "nothing".into(),
            metric: "auc".into(),
            value: 0.5,
            command: Some("indicia eval score run".into()),
        }],
        settings: serde_json::json!({ "width": 2 }),
        training: BTreeMap::new(),
    }
}

fn files() -> BTreeMap<String, Vec<u8>> {
    let layer = LinearConfig::new(2, 3).init(&cpu());
    BTreeMap::from([
        (WEIGHTS.into(), to_bytes(&layer, Storage::Full, &BTreeMap::new()).unwrap()),
        (CONFIG.into(), serde_json::to_vec_pretty(&config()).unwrap()),
        (CARD.into(), CARD_TEXT.into()),
        ("loss.png".into(), vec![1, 2, 3]),
    ])
}

fn folder(files: &BTreeMap<String, Vec<u8>>) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("anything");
    std::fs::create_dir(&path).unwrap();
    for (name, bytes) in files {
        std::fs::write(path.join(name), bytes).unwrap();
    }
    (dir, path)
}

fn zipped(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.pack");
    write_archive(&path, files).unwrap();
    std::fs::read(path).unwrap()
}

fn from_memory(bytes: Vec<u8>) -> Result<Pack> {
    Pack::from_bytes(Arc::new(bytes), "memory")
}

#[test]
fn a_pack_is_the_same_in_a_folder_an_archive_and_memory() {
    let files = files();
    let (dir, path) = folder(&files);
    // What file managers leave behind is no part of it.
    std::fs::write(path.join(".DS_Store"), "x").unwrap();
    let in_folder = Pack::open(&path).unwrap();
    let archive = dir.path().join("tiny.pack");
    in_folder.copy_to(&archive).unwrap();
    let in_archive = Pack::open(&archive).unwrap();
    let bytes = std::fs::read(&archive).unwrap();
    assert_eq!(bytes, zipped(&files));
    let in_memory = from_memory(bytes).unwrap();
    let total: usize = files.values().map(Vec::len).sum();
    let digest = in_folder.digest().unwrap();
    for pack in [&in_folder, &in_archive, &in_memory] {
        assert_eq!(pack.digest().unwrap(), digest);
        assert_eq!(pack.info().config, config());
        assert_eq!(pack.info().bytes, total as u64);
        assert_eq!(pack.info().summary, "A layer that was not trained.");
        assert_eq!((pack.card(), &pack.settings()["width"]), (CARD_TEXT, &serde_json::json!(2)));
        let weights = pack.weights().unwrap();
        assert_eq!(weights.names().collect::<Vec<_>>(), ["bias", "weight"]);
        let values = in_folder.weights().unwrap().values("weight").unwrap();
        assert_eq!(weights.values("weight").unwrap(), values);
    }
}

#[test]
fn the_digest_is_that_of_what_sha256sum_prints() {
    let files = BTreeMap::from([
        ("abc".to_owned(), b"abc".to_vec()),
        (CARD.to_owned(), vec![]),
        (CONFIG.to_owned(), serde_json::to_vec(&config()).unwrap()),
        (WEIGHTS.to_owned(), vec![]),
    ]);
    let pack = from_memory(zipped(&files)).unwrap();
    let line = |name: &str, bytes: &[u8]| format!("{}  {name}\n", &Digest::of(bytes).to_string()[7..]);
    let lines: String = files.iter().map(|(name, bytes)| line(name, bytes)).collect();
    assert!(lines.starts_with("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  abc\n"));
    assert_eq!(pack.digest().unwrap(), Digest::of(lines.as_bytes()));
}

#[test]
fn what_is_no_pack_says_what_is_wrong() {
    let without = |name: &str| {
        let mut files = files();
        files.remove(name);
        from_memory(zipped(&files)).unwrap_err().to_string()
    };
    for name in [WEIGHTS, CONFIG, CARD] {
        assert!(
            without(name).contains(&format!("no pack: {name} is missing, there is ")),
            "{}",
            without(name)
        );
    }
    let with = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut value = serde_json::to_value(config()).unwrap();
        change(&mut value);
        let mut files = files();
        files.insert(CONFIG.into(), value.to_string().into());
        from_memory(zipped(&files)).unwrap_err().to_string()
    };
    let other = with(&|v| v["schema"] = "indicia.pack/9".into());
    assert!(other.contains("schema \"indicia.pack/9\", expected \"indicia.pack/1\""), "{other}");
    assert!(with(&|v| v["name"] = "../up".into()).contains("name \"../up\", expected letters"));
    assert!(with(&|v| v["licence"]["id"] = " ".into()).contains("licence is empty"));
    assert!(with(&|v| drop(v.as_object_mut().unwrap().remove("population"))).contains("population"));
    assert!(with(&|v| v["more"] = 1.into()).contains("unknown field `more`"));
    let latin = |mut files: BTreeMap<String, Vec<u8>>| {
        files.insert(CARD.into(), vec![0xe9]);
        from_memory(zipped(&files)).unwrap_err().to_string()
    };
    assert!(latin(files()).contains("card.md is not UTF-8"));
    assert!(Pack::open(Path::new("/no/such")).unwrap_err().to_string().contains("cannot read /no/such"));
    assert!(from_memory(b"nothing".to_vec()).unwrap_err().to_string().contains("damaged ZIP archive"));
    let (_dir, path) = folder(&files());
    std::fs::create_dir(path.join("inner")).unwrap();
    assert!(Pack::open(&path).unwrap_err().to_string().contains("inner is not a plain file"));
}

#[test]
fn archives_that_would_reach_elsewhere_or_unpack_to_much_are_refused() {
    let with = |name: &str, options: SimpleFileOptions, bytes: &[u8]| {
        let mut zip = ZipWriter::new(Cursor::new(vec![]));
        for (name, bytes) in files() {
            let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
            zip.start_file(name, stored).unwrap();
            zip.write_all(&bytes).unwrap();
        }
        zip.start_file(name, options).unwrap();
        zip.write_all(bytes).unwrap();
        from_memory(zip.finish().unwrap().into_inner()).unwrap_err().to_string()
    };
    let plain = SimpleFileOptions::default();
    for name in ["../evil", "/etc/passwd", "a/b", ".hidden", "a b", "con\\x"] {
        let error = with(name, plain, b"x");
        assert!(error.contains("a file is named") || error.contains("not a plain file"), "{name}: {error}");
    }
    let zeros = vec![0; (64 << 20) + 1];
    let error = with("more.bin", plain.compression_method(CompressionMethod::Deflated), &zeros);
    assert!(error.contains("more.bin has 67108865 bytes, expected at most 67108864"), "{error}");
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    for (name, bytes) in files() {
        zip.start_file(name, plain.compression_method(CompressionMethod::Deflated)).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    let error = from_memory(zip.finish().unwrap().into_inner()).unwrap_err().to_string();
    assert!(error.contains("weights.safetensors is compressed, expected it stored"), "{error}");
}

#[test]
fn an_archive_cut_or_changed_is_found_out() {
    let bytes = zipped(&files());
    let good = from_memory(bytes.clone()).unwrap().digest().unwrap();
    for length in (0..bytes.len()).step_by(3) {
        let digest = from_memory(bytes[..length].to_vec()).and_then(|pack| pack.digest());
        assert!(digest.is_err(), "{length}");
    }
    for at in (0..bytes.len()).step_by(5) {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        // What is not content, such as a date, may change.
        if let Ok(digest) = from_memory(changed).and_then(|pack| pack.digest()) {
            assert_eq!(digest, good, "{at}");
        }
    }
}

#[test]
fn a_store_adds_finds_and_lists() {
    let (dir, path) = folder(&files());
    let pack = Pack::open(&path).unwrap();
    let digest = pack.digest().unwrap();
    let store = Store::at(&dir.path().join("deep/weights"));
    assert!(store.list(&[]).unwrap().is_empty());
    let error = store.find("tiny").unwrap_err().to_string();
    assert!(error.contains("no pack named \"tiny\", there are none"), "{error}");
    let (added, noted) = store.add(&pack, false).unwrap();
    assert_eq!((noted, store.noted("tiny")), (digest, Some(digest)));
    assert_eq!(store.find("tiny").unwrap().1, Origin::Added(added.clone()));
    // The same again is no harm; another of that name is.
    store.add(&pack, false).unwrap();
    let mut other = files();
    other.insert(CARD.into(), b"# Other\n".to_vec());
    let other = from_memory(zipped(&other)).unwrap();
    let error = store.add(&other, false).unwrap_err().to_string();
    assert!(error.contains("is another pack of that name"), "{error}");
    store.add(&other, true).unwrap();
    assert_eq!(store.find("tiny").unwrap().0.card(), "# Other\n");
    // Nothing is left over, and what cannot be read is told in its line.
    std::fs::write(added.with_file_name("broken.pack"), "x").unwrap();
    let list = store.list(&[]).unwrap();
    assert_eq!(list.iter().map(|l| &*l.name).collect::<Vec<_>>(), ["broken", "tiny"]);
    assert!(
        list[0].about.is_err() && list[1].about.as_ref().unwrap().digest == Some(other.digest().unwrap())
    );
    let names: Vec<_> =
        std::fs::read_dir(added.parent().unwrap()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(store.path("../x").is_err());
}

#[test]
fn packs_in_the_binary_are_listed_first_and_found_last() {
    let bytes: &'static [u8] = Vec::leak(zipped(&files()));
    let built_in: &'static [BuiltIn] = Vec::leak(vec![BuiltIn { name: "tiny", bytes }]);
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path()).with_built_in(built_in);
    assert_eq!(store.find("tiny").unwrap().1, Origin::BuiltIn);
    let (pack, _) = store.find("tiny").unwrap();
    store.add(&pack, false).unwrap();
    assert!(matches!(store.find("tiny").unwrap().1, Origin::Added(_)));
    let published = Published {
        name: "tiny".into(),
        method: "a.b".into(),
        version: "1".into(),
        licence: Licence { id: "MIT".into(), url: None, note: None },
        address: "https://example.org".into(),
        bytes: 1,
        digest: Digest::of(b""),
    };
    let other = Published { name: "other".into(), ..published.clone() };
    let list = store.list(&[published, other]).unwrap();
    let origins: Vec<_> = list.iter().map(|l| (&*l.name, matches!(l.origin, Origin::BuiltIn))).collect();
    assert_eq!(origins, [("tiny", true), ("tiny", false), ("other", false)]);
}

use std::io::{Cursor, Write};

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

use super::*;

/// The message that a file of these bytes gets, without its path.
fn refused(bytes: &[u8]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("file.pth");
    std::fs::write(&path, bytes).unwrap();
    let error = Checkpoint::open(&path).unwrap_err().to_string();
    error.strip_prefix(&format!("{}: ", path.display())).unwrap_or(&error).to_owned()
}

/// An archive as `torch.save` writes it, with this pickle.
fn archive(pickle: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    zip.start_file("file/data.pkl", SimpleFileOptions::default()).unwrap();
    zip.write_all(pickle).unwrap();
    zip.finish().unwrap().into_inner()
}

/// The fixture's archive with one entry changed.
fn changed(name: &str, entry: &str, change: impl Fn(Vec<u8>) -> Vec<u8>) -> Vec<u8> {
    let mut old = ZipArchive::new(Cursor::new(std::fs::read(fixture(name)).unwrap())).unwrap();
    let mut new = ZipWriter::new(Cursor::new(vec![]));
    let options = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for i in 0..old.len() {
        let mut file = old.by_index(i).unwrap();
        let mut bytes = vec![];
        std::io::Read::read_to_end(&mut file, &mut bytes).unwrap();
        let bytes = if file.name().ends_with(entry) { change(bytes) } else { bytes };
        new.start_file(file.name(), options).unwrap();
        new.write_all(&bytes).unwrap();
    }
    new.finish().unwrap().into_inner()
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|w| w == from).unwrap();
    [&bytes[..at], to, &bytes[at + from.len()..]].concat()
}

const HINT: &str = "; only weights are read, as torch.save(model.state_dict(), FILE) writes them";

#[test]
fn code_is_refused_by_name_in_every_layout() {
    let system = b"cposix\nsystem\n(S'id'\ntR.";
    let expected = format!("refused: the pickle calls posix.system, which is not a tensor{HINT}");
    assert_eq!(refused(system), expected);
    assert_eq!(refused(&archive(system)), expected);
    let mut legacy = std::fs::read(fixture("net-legacy.pth")).unwrap();
    let at = legacy.windows(11).position(|w| w == b"ccollection").unwrap();
    legacy.truncate(at);
    legacy.extend_from_slice(system);
    assert_eq!(refused(&legacy), expected);
    // A second pickle in the archive.
    let second = changed("net.pth", "byteorder", |bytes| bytes);
    let mut zip = ZipWriter::new_append(Cursor::new(second)).unwrap();
    zip.start_file("other/data.pkl", SimpleFileOptions::default()).unwrap();
    zip.write_all(system).unwrap();
    assert_eq!(refused(&zip.finish().unwrap().into_inner()), expected);
    // A network that was saved whole names its class.
    let whole = Checkpoint::open(&fixture("net-whole.pth")).unwrap_err().to_string();
    let expected = format!("refused: the pickle calls __main__.Net, which is not a tensor{HINT}");
    assert!(whole.ends_with(&expected), "{whole}");
}

#[test]
fn few_bytes_that_make_many_are_refused() {
    for name in ["bomb.pth", "repeated.pth"] {
        let length = std::fs::metadata(fixture(name)).unwrap().len();
        let error = Checkpoint::open(&fixture(name)).unwrap_err().to_string();
        assert!(error.contains("refused: ") && error.ends_with(&format!("in a file of {length}")), "{error}");
    }
    // A pickle that unpacks to more than is read of one.
    let mut zip = ZipWriter::new(Cursor::new(vec![]));
    zip.start_file(
        "file/data.pkl",
        SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated),
    )
    .unwrap();
    zip.write_all(b"(").unwrap();
    for _ in 0..80 {
        zip.write_all(&[b"X\xf8\xff\x0f\x00".to_vec(), vec![b'a'; 0x0f_fff8], b"0".to_vec()].concat())
            .unwrap();
    }
    let bomb = zip.finish().unwrap().into_inner();
    assert!(bomb.len() < 1 << 20);
    assert!(refused(&bomb).contains("more than 67108864 bytes"), "{}", refused(&bomb));
}

#[test]
fn storages_that_are_none_are_refused() {
    let with = |from: &[u8], to: &[u8]| {
        refused(&changed("net.pth", "data.pkl", |pickle| replaced(&pickle, from, to)))
    };
    let evil = with(b"ctorch\nFloatStorage\n", b"ctorch\nEvilStorage\n");
    assert_eq!(evil, format!("refused: the pickle calls torch.EvilStorage, which is not a tensor{HINT}"));
    // A storage of another type than its bytes: twice as many are needed.
    let wide = changed("net.pth", "data.pkl", |p| {
        replaced(&p, b"ctorch\nFloatStorage\n", b"ctorch\nDoubleStorage\n")
    });
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("wide.pth");
    std::fs::write(&path, wide).unwrap();
    let opened = Checkpoint::open(&path).and_then(|c| c.values("conv.weight"));
    assert!(opened.is_err(), "{opened:?}");
    // A storage that is cut, and one that is not there.
    for change in [|b: Vec<u8>| b[..b.len() / 2].to_vec(), |_: Vec<u8>| vec![]] {
        std::fs::write(&path, changed("net.pth", "data/0", change)).unwrap();
        let checkpoint = Checkpoint::open(&path).unwrap();
        let error = checkpoint.values("conv.weight").unwrap_err().to_string();
        assert!(error.contains("conv.weight"), "{error}");
        // And a module takes nothing of it.
        assert!(checkpoint.apply(Net::new(&cpu()), &Rules::strict()).is_err());
    }
}

#[test]
fn what_is_no_file_of_weights_says_so() {
    assert_eq!(refused(b""), "an empty file");
    assert_eq!(refused(b"hello"), "neither safetensors nor a file that torch.save wrote");
    assert!(refused(b"\x89HDF\r\n\x1a\n").contains("an HDF5 file"));
    assert!(refused(b"PK\x03\x04rest").contains("damaged ZIP archive"));
    let empty = ZipWriter::new(Cursor::new(vec![])).finish().unwrap().into_inner();
    assert!(refused(&empty).contains("without data.pkl"));
    let mut tar = vec![0; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(refused(&tar).contains("PyTorch before 0.1.10"));
    assert_eq!(refused(b"\x80\x02}."), "no tensors");
    assert!(refused(b"\x80\x02K\x01.").contains("no tensors"));
    assert!(
        Checkpoint::open(std::path::Path::new("/no/such"))
            .unwrap_err()
            .to_string()
            .contains("cannot read /no/such")
    );
}

#[test]
fn broken_safetensors_say_why() {
    let file = |header: &str, values: usize| {
        [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &vec![0; values]].concat()
    };
    let one = |dtype: &str, shape: &str, from: u64, to: u64| {
        format!(r#"{{"a":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{from},{to}]}}}}"#)
    };
    for (bytes, what) in [
        (file(&one("F32", "[2]", 0, 8), 7), "7 bytes of values, expected 8"),
        (file(&one("F32", "[2]", 0, 8), 9), "9 bytes of values, expected 8"),
        (file(&one("F32", "[3]", 0, 8), 8), "damaged safetensors"),
        (file(&one("F32", "[2]", 4, 12), 12), "damaged safetensors"),
        (file(&one("F32", "[18446744073709551615,2]", 0, 8), 8), "damaged safetensors"),
        (file(&one("F32", "[-1]", 0, 8), 8), "damaged safetensors"),
        (file(&one("F8_E4M3", "[8]", 0, 8), 8), "a has elements of type F8_E4M3, which are not read"),
        (file("{not json", 0), "damaged safetensors"),
        (
            [&u64::from(u32::MAX >> 8).to_le_bytes()[..], b"{}"].concat(),
            "a header of 16777215 bytes in a file of 10",
        ),
        ([&[0xff; 8][..], b"{}"].concat(), "neither safetensors nor"),
    ] {
        let error = refused(&bytes);
        assert!(error.contains(what), "{error}");
    }
}

#[test]
fn a_file_cut_anywhere_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cut");
    for name in ["net.pth", "net-legacy.pth", "net-nested.pth", "two.pth", "hf-segformer.safetensors"] {
        let bytes = std::fs::read(fixture(name)).unwrap();
        // Every length where the layout is, and of long files a share of the others.
        let step = if bytes.len() > 2_500 { 7 } else { 1 };
        for length in (0..bytes.len()).step_by(step) {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let opened = Checkpoint::open(&path);
            // What opens must fail at a value: the last storage of a legacy file ends the file.
            if let Ok(checkpoint) = opened {
                let read: Result<Vec<_>> = checkpoint.names().map(|name| checkpoint.values(name)).collect();
                assert!(read.is_err(), "{name} cut to {length} of {}", bytes.len());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_changed_file_is_read_or_refused_without_panic(
        which in 0usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let names = ["net.pth", "net-legacy.pth", "net-nested.pth", "kinds.pth", "hf-segformer.safetensors"];
        let mut bytes = std::fs::read(fixture(names[which])).unwrap();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("changed");
        std::fs::write(&path, bytes).unwrap();
        if let Ok(checkpoint) = Checkpoint::open(&path) {
            for name in checkpoint.names() {
                let _ = checkpoint.values(name);
            }
        }
    }
}

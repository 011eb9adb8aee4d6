//! `indicia weights` as its users run it, with a server of the test's own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

fn run(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_indicia"));
    // A proxy would not find the test's server.
    for proxy in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(proxy);
    }
    command.current_dir(folder).env("INDICIA_WEIGHTS", folder.join("mine")).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The files of a pack, by name: one tensor of eight zeros.
fn files(name: &str) -> [(&'static str, Vec<u8>); 3] {
    let header = r#"{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}  "#;
    let weights = [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &[0; 8]].concat();
    let config = json!({
        "schema": "indicia.pack/1",
        "name": name,
        "method": "manipulation.tiny",
        "version": "1.2",
        "licence": { "id": "CC-BY-NC-4.0", "note": "not for sale" },
        "population": "pictures of nothing",
        "results": [{ "on": "nothing", "metric": "auc", "value": 0.5 }],
        "settings": { "width": 2 },
    });
    [
        ("card.md", b"# Tiny\n\nIt finds nothing.\n".to_vec()),
        ("config.json", config.to_string().into_bytes()),
        ("weights.safetensors", weights),
    ]
}

/// As `sha256sum * | sha256sum` would print it.
fn digest(files: &[(&str, Vec<u8>)]) -> String {
    let hex = |bytes: &[u8]| Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect::<String>();
    let lines: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", hex(bytes))).collect();
    format!("sha256:{}", hex(lines.as_bytes()))
}

fn folder_pack(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    fs::create_dir(&path).unwrap();
    for (file, bytes) in files(name) {
        fs::write(path.join(file), bytes).unwrap();
    }
    path
}

fn archive(name: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(std::io::Cursor::new(vec![]));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (file, bytes) in files(name) {
        zip.start_file(file, stored).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn a_pack_is_added_listed_and_verified() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let none = run(folder, &["weights", "list"]);
    assert_eq!((none.status.code(), stdout(&none)), (Some(0), String::new()));
    assert!(stderr(&none).contains("there are no packs of weights"), "{}", stderr(&none));

    folder_pack(folder, "tiny");
    let digest = digest(&files("tiny"));
    let added = run(folder, &["weights", "add", "tiny"]);
    assert_eq!(added.status.code(), Some(0), "{}", stderr(&added));
    let text = stdout(&added);
    for line in [
        "tiny 1.2, weights for manipulation.tiny",
        "licence: CC-BY-NC-4.0 (not for sale)",
        "trained on: pictures of nothing",
        "measured: auc 0.5 on nothing",
        "card: It finds nothing.",
        &format!("digest: {digest}"),
    ] {
        assert!(text.lines().any(|l| l == line), "{line} in\n{text}");
    }
    assert!(folder.join("mine/tiny.pack").is_file());

    let list = stdout(&run(folder, &["weights", "list"]));
    let row = list.lines().nth(1).unwrap();
    for cell in ["tiny ", "manipulation.tiny", "CC-BY-NC-4.0 (not for sale)", &digest[7..19], "tiny.pack"] {
        assert!(row.contains(cell), "{cell} in {row}");
    }
    let document: Value =
        serde_json::from_str(stdout(&run(folder, &["weights", "list", "--format", "json"])).trim()).unwrap();
    assert_eq!((&document["name"], &document["digest"]), (&"tiny".into(), &digest.clone().into()));
    assert_eq!((&document["licence"]["id"], &document["version"]), (&"CC-BY-NC-4.0".into(), &"1.2".into()));

    let verified = run(folder, &["weights", "verify"]);
    assert_eq!(verified.status.code(), Some(0));
    assert_eq!(stdout(&verified), format!("tiny: {digest}, as added\n"));
    let path = run(folder, &["weights", "verify", "./tiny"]);
    assert_eq!(stdout(&path), format!("./tiny: {digest}, nothing noted\n"));

    // One byte of the weights, with the checksum of the archive made to fit.
    let mut other = files("tiny");
    other[2].1[70] = 1;
    let mut zip = ZipWriter::new(fs::File::create(folder.join("mine/tiny.pack")).unwrap());
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (file, bytes) in other {
        zip.start_file(file, stored).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap();
    let verified = run(folder, &["weights", "verify", "tiny"]);
    assert_eq!(verified.status.code(), Some(2));
    assert!(stdout(&verified).starts_with("tiny: CHANGED: sha256:"), "{}", stdout(&verified));
    // What was there is kept unless it is to be replaced.
    let again = run(folder, &["weights", "add", "tiny"]);
    assert_eq!(again.status.code(), Some(64));
    assert!(stderr(&again).contains("is another pack of that name"), "{}", stderr(&again));
    assert_eq!(run(folder, &["weights", "add", "tiny", "--replace"]).status.code(), Some(0));
    assert_eq!(run(folder, &["weights", "verify"]).status.code(), Some(0));

    fs::write(folder.join("mine/broken.pack"), "x").unwrap();
    let list = run(folder, &["weights", "list"]);
    assert_eq!(list.status.code(), Some(2));
    assert!(
        stdout(&list).contains("tiny") && stderr(&list).contains("broken.pack: no pack"),
        "{}",
        stderr(&list)
    );
    let unknown = run(folder, &["weights", "verify", "unknown"]);
    assert_eq!(unknown.status.code(), Some(64));
    assert!(
        stderr(&unknown).contains("no pack named \"unknown\", there are: broken, tiny"),
        "{}",
        stderr(&unknown)
    );
}

#[test]
fn what_is_no_pack_is_not_added() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    fs::write(folder.join("a.pack"), "x").unwrap();
    let half = folder_pack(folder, "half");
    fs::remove_file(half.join("card.md")).unwrap();
    let odd = folder_pack(folder, "odd");
    fs::write(odd.join("weights.safetensors"), "no weights").unwrap();
    for (pack, what) in [
        ("a.pack", "damaged ZIP archive"),
        ("half", "card.md is missing"),
        ("odd", "damaged safetensors"),
        ("none", "cannot read none"),
    ] {
        let added = run(folder, &["weights", "add", pack]);
        assert_eq!(added.status.code(), Some(64));
        assert!(stderr(&added).contains(what), "{}", stderr(&added));
    }
    assert!(!folder.join("mine").exists() || fs::read_dir(folder.join("mine")).unwrap().next().is_none());
}

/// What the server does with the next requests.
#[derive(Clone, Copy, PartialEq)]
enum Serve {
    /// All that is asked for.
    All,
    /// Breaks off after so many bytes.
    Cut(usize),
    /// Says that there is nothing.
    Missing,
}

/// A server of one file, which notes the ranges that it is asked for.
struct Server {
    address: String,
    serve: Arc<Mutex<Serve>>,
    ranges: Arc<Mutex<Vec<Option<usize>>>>,
}

impl Server {
    fn new(bytes: Vec<u8>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/tiny.pack", listener.local_addr().unwrap());
        let serve = Arc::new(Mutex::new(Serve::All));
        let ranges = Arc::new(Mutex::new(vec![]));
        let (how, noted) = (Arc::clone(&serve), Arc::clone(&ranges));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                answer(stream, &bytes, *how.lock().unwrap(), &noted);
            }
        });
        Self { address, serve, ranges }
    }

    fn set(&self, serve: Serve) {
        *self.serve.lock().unwrap() = serve;
    }
}

fn answer(mut stream: TcpStream, bytes: &[u8], serve: Serve, noted: &Mutex<Vec<Option<usize>>>) {
    let mut range = None;
    for line in BufReader::new(stream.try_clone().unwrap()).lines() {
        let line = line.unwrap().to_lowercase();
        if let Some(from) = line.strip_prefix("range: bytes=") {
            range = from.trim_end_matches('-').parse().ok();
        }
        if line.is_empty() {
            break;
        }
    }
    // Before the answer, so that whoever has it finds this noted.
    noted.lock().unwrap().push(range);
    let from = range.unwrap_or(0);
    let (length, all) = (bytes.len() - from, bytes.len());
    let head = match (serve, range) {
        (Serve::Missing, _) => "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
        (_, None) => format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"),
        (_, Some(from)) => format!(
            "HTTP/1.1 206 Partial Content\r\ncontent-length: {length}\r\ncontent-range: bytes {from}-{}/{all}\r\nconnection: close\r\n\r\n",
            all - 1
        ),
    };
    // The client may have gone away; then there is nothing to do.
    let _ = stream.write_all(head.as_bytes());
    let to = match serve {
        Serve::All => all,
        Serve::Cut(after) => (from + after).min(all),
        Serve::Missing => from,
    };
    let _ = stream.write_all(&bytes[from..to]);
}

/// A list with one pack.
fn published(folder: &Path, address: &str, bytes: usize, digest: &str) {
    let list = format!(
        "[[pack]]\nname = 'tiny'\nmethod = 'manipulation.tiny'\nversion = '1.2'\nlicence = 'CC-BY-NC-4.0'\nlicence_url = 'https://example.org/licence'\naddress = '{address}'\nbytes = {bytes}\ndigest = '{digest}'\n"
    );
    fs::write(folder.join("list.toml"), list).unwrap();
}

const FETCH: [&str; 5] = ["weights", "fetch", "tiny", "--published", "list.toml"];

fn fetch(folder: &Path) -> Output {
    run(folder, &[&FETCH[..], &["--accept-licence"]].concat())
}

#[test]
fn a_published_pack_is_fetched_once_its_licence_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let bytes = archive("tiny");
    let server = Server::new(bytes.clone());
    let digest = digest(&files("tiny"));
    published(folder, &server.address, bytes.len(), &digest);

    let list = stdout(&run(folder, &["weights", "list", "--published", "list.toml"]));
    assert!(list.contains(&format!("published: {}", server.address)), "{list}");

    // Nobody can be asked: nothing is fetched, but the licence is shown.
    let unasked = run(folder, &FETCH);
    assert_eq!(unasked.status.code(), Some(64));
    assert!(stderr(&unasked).contains("--accept-licence"), "{}", stderr(&unasked));
    assert!(
        stdout(&unasked).contains("licence: CC-BY-NC-4.0 (https://example.org/licence)"),
        "{}",
        stdout(&unasked)
    );
    assert!(server.ranges.lock().unwrap().is_empty());

    let fetched = fetch(folder);
    assert_eq!(fetched.status.code(), Some(0), "{}", stderr(&fetched));
    assert!(stdout(&fetched).contains(&format!("digest: {digest}")), "{}", stdout(&fetched));
    let left: Vec<_> = fs::read_dir(folder.join("mine")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(run(folder, &["weights", "verify"]).status.code(), Some(0));
    // Once there, it is not fetched again, and listed once.
    let again = fetch(folder);
    assert!(stdout(&again).starts_with("already there: "), "{}", stdout(&again));
    assert_eq!(*server.ranges.lock().unwrap(), [None]);
    let list = stdout(&run(folder, &["weights", "list", "--published", "list.toml"]));
    assert_eq!(list.lines().count(), 2, "{list}");
}

#[test]
fn a_download_that_breaks_off_is_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let bytes = archive("tiny");
    let server = Server::new(bytes.clone());
    published(folder, &server.address, bytes.len(), &digest(&files("tiny")));
    server.set(Serve::Cut(100));
    for at in [100, 200] {
        let cut = fetch(folder);
        assert_eq!(cut.status.code(), Some(64));
        let expected = format!("broke off after {at} of {} bytes", bytes.len());
        assert!(stderr(&cut).contains(&expected), "{}", stderr(&cut));
    }
    server.set(Serve::All);
    let fetched = fetch(folder);
    assert_eq!(fetched.status.code(), Some(0), "{}", stderr(&fetched));
    assert_eq!(*server.ranges.lock().unwrap(), [None, Some(100), Some(200)]);
    assert_eq!(fs::read_dir(folder.join("mine")).unwrap().count(), 2);
}

#[test]
fn what_is_not_what_was_published_is_not_kept() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    let bytes = archive("tiny");
    let server = Server::new(bytes.clone());
    let right = digest(&files("tiny"));
    let nothing_kept = || fs::read_dir(folder.join("mine")).map_or(0, Iterator::count) == 0;
    // Another content, too many bytes, no pack at all.
    published(folder, &server.address, bytes.len(), &digest(&files("other")));
    let wrong = fetch(folder);
    assert_eq!(wrong.status.code(), Some(64));
    assert!(stderr(&wrong).contains(&format!("gave a pack with the digest {right}")), "{}", stderr(&wrong));
    assert!(nothing_kept());
    published(folder, &server.address, bytes.len() - 1, &right);
    let long = fetch(folder);
    assert!(stderr(&long).contains("gives more than the"), "{}", stderr(&long));
    assert!(nothing_kept());
    let page = Server::new(b"<html>".to_vec());
    published(folder, &page.address, 6, &right);
    let html = fetch(folder);
    assert!(stderr(&html).contains("gave no pack"), "{}", stderr(&html));
    assert!(nothing_kept());
    server.set(Serve::Missing);
    published(folder, &server.address, bytes.len(), &right);
    let missing = fetch(folder);
    assert!(stderr(&missing).contains("answers with status 404"), "{}", stderr(&missing));
    assert!(nothing_kept());
    // No server, no name, no list.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    published(folder, &format!("http://{closed}/x"), 6, &right);
    let unreachable = fetch(folder);
    assert_eq!(unreachable.status.code(), Some(64));
    assert!(stderr(&unreachable).contains("(is there a network?)"), "{}", stderr(&unreachable));
    let unknown = run(folder, &["weights", "fetch", "unknown"]);
    assert_eq!(unknown.status.code(), Some(64));
    assert!(
        stderr(&unknown).contains("no published pack is named \"unknown\", there are none yet"),
        "{}",
        stderr(&unknown)
    );
}

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use indicia_core::{ErrorKind, Evidence, Kind, Limits, PartRole};

use super::write::{PAGE, Writer};
use super::*;
use crate::{Metadata, Parts, Pixels, Samples, jpeg};

const TEXT: &str = "BT /F1 24 Tf 20 50 Td (Total 100) Tj ET";

fn read(bytes: &[u8]) -> Result<Document> {
    Document::read(bytes, &Limits::default())
}

fn evidence(bytes: &[u8]) -> Evidence {
    Evidence::new(Kind::Pdf, bytes.to_vec(), Limits::default())
}

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut out = ZlibEncoder::new(vec![], Compression::best());
    out.write_all(data).unwrap();
    out.finish().unwrap()
}

fn small_jpeg() -> Vec<u8> {
    let pixels: Vec<u8> = (0..16 * 16 * 3).map(|i| (i * 7 % 251) as u8).collect();
    jpeg::encode(&pixels, 16, 16, &jpeg::standard_tables(80), jpeg::Subsampling::S444).unwrap()
}

/// A page that shows a JPEG and a deflated gray picture.
fn with_pictures() -> Writer {
    let mut out = Writer::page("q 50 0 0 50 10 10 cm /A Do Q q 50 0 0 50 100 10 cm /B Do Q");
    let picture = "/Type/XObject/Subtype/Image/BitsPerComponent 8";
    out.object(3, &PAGE.replace("/Font", "/XObject<</A 7 0 R/B 8 0 R>>/Font"))
        .stream(
            7,
            &format!("{picture}/Width 16/Height 16/ColorSpace/DeviceRGB/Filter/DCTDecode"),
            &small_jpeg(),
        )
        .stream(
            8,
            &format!("{picture}/Width 3/Height 2/ColorSpace/DeviceGray/Filter/FlateDecode"),
            &deflate(&[0, 50, 100, 150, 200, 250]),
        )
        .end("/Root 1 0 R");
    out
}

#[test]
fn a_page_is_drawn_where_its_content_says() {
    // 72 dpi: a point is a pixel. The origin of a PDF is the lower left corner.
    let file = Writer::page("1 0 0 rg 20 10 60 30 re f");
    let pixels = read(file.bytes()).unwrap().render(0, 72.0).unwrap();
    assert_eq!((pixels.width, pixels.height, pixels.frames), (200, 100, 1));
    let Samples::U8(samples) = &pixels.samples else { panic!("8 bits") };
    for y in 0..100 {
        for x in 0..200 {
            let red = (20..80).contains(&x) && (60..90).contains(&y);
            let expected = if red { [255, 0, 0] } else { [255; 3] };
            let at = (y * 200 + x) * 3;
            // Rasterisers round at edges.
            let near = samples[at..at + 3].iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 2);
            assert!(near, "{x},{y}: {:?}", &samples[at..at + 3]);
        }
    }
    let usual = read(file.bytes()).unwrap().render(0, DEFAULT_DPI).unwrap();
    assert_eq!((usual.width, usual.height), (416, 208));
    assert_eq!(read(file.bytes()).unwrap().render(1, 72.0).unwrap_err().kind(), ErrorKind::Configuration);
}

#[test]
fn large_pages_are_drawn_at_a_lower_resolution() {
    let file = Writer::page("");
    let limits = Limits { pixels: 5_000, ..Limits::default() };
    let pixels = Document::read(file.bytes(), &limits).unwrap().render(0, 150.0).unwrap();
    assert_eq!((pixels.width, pixels.height), (100, 50));
    assert_eq!(pixels.warnings, ["page 1 is rendered at 36 dpi to stay within bounds"]);
}

#[test]
fn each_version_is_a_prefix_of_the_file_and_its_changes_are_told() {
    let mut file = Writer::page(TEXT);
    let first = file.bytes().to_vec();
    file.stream(4, "", b"BT /F1 24 Tf (other) Tj ET").end("/Root 1 0 R");
    let second = file.bytes().to_vec();
    file.object(3, &PAGE.replace("/Contents", "/Annots[8 0 R]/Contents"))
        .object(8, "<</Type/Annot/Subtype/Square/Rect[0 0 9 9]>>")
        .object(5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
        .end("/Root 1 0 R");
    let found = revisions(file.bytes(), &Limits::default()).unwrap();
    let ends: Vec<usize> = found.all.iter().map(|r| r.bytes.end).collect();
    assert_eq!(ends, [first.len(), second.len(), file.bytes().len()]);
    assert!(found.trailing.is_empty() && !found.linearized);
    assert_eq!(&file.bytes()[..ends[1]], second);
    let numbers = |index: usize| found.all[index].written.iter().map(|id| id.number).collect::<Vec<_>>();
    assert_eq!(numbers(0), [1, 2, 3, 4, 5, 6]);
    assert_eq!(numbers(1), [4]);
    assert_eq!(numbers(2), [3, 5, 8]);

    let changes = read(file.bytes()).unwrap().changes().unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0].redrawn, [0]);
    assert_eq!(
        (changes[0].objects[0].role.clone(), changes[0].objects[0].change),
        (Role::Content, Change::Changed)
    );
    assert!(changes[1].redrawn.is_empty());
    let told: Vec<_> = changes[1].objects.iter().map(|o| (o.role.name(), o.change, o.keys.clone())).collect();
    assert_eq!(
        told,
        [
            ("page", Change::Changed, vec!["Annots".to_owned()]),
            ("font", Change::Rewritten, vec![]),
            ("annotation", Change::Added, vec![]),
        ]
    );
}

#[test]
fn versions_in_cross_reference_streams_and_object_streams_are_found() {
    let mut file = Writer::page(TEXT).bytes().to_vec();
    let first = file.len();
    let previous = memchr::memmem::rfind(&file, b"xref\n0 1").unwrap();
    let held = "5 0 6 51 <</Type/Font/Subtype/Type1/BaseFont/Times-Roman>>  <</Type/Font/Subtype/Type1/BaseFont/Courier>>";
    let start = held.find("<<").unwrap();
    let holder = file.len();
    write!(
        file,
        "9 0 obj\n<</Type/ObjStm/N 2/First {start}/Length {}>>\nstream\n{held}\nendstream\nendobj\n",
        held.len()
    )
    .unwrap();
    let xref = file.len();
    let mut rows: Vec<u8> = vec![];
    for index in 0..2_u8 {
        rows.extend([2, 0, 9, index]);
    }
    for offset in [holder, xref] {
        rows.extend([1, (offset >> 8) as u8, offset as u8, 0]);
    }
    write!(file, "10 0 obj\n<</Type/XRef/Size 11/Root 1 0 R/Prev {previous}/W[1 2 1]/Index[5 2 9 2]/Length {}>>\nstream\n", rows.len()).unwrap();
    file.extend(&rows);
    write!(file, "\nendstream\nendobj\nstartxref\n{xref}\n%%EOF\n").unwrap();
    let found = revisions(&file, &Limits::default()).unwrap();
    assert_eq!(found.all.iter().map(|r| r.bytes.end).collect::<Vec<_>>(), [first, file.len()]);
    assert_eq!(found.all[1].section, Section::Stream);
    assert_eq!(found.all[1].written.iter().map(|id| id.number).collect::<Vec<_>>(), [5, 6, 9, 10]);
    let changes = read(&file).unwrap().changes().unwrap();
    let told: Vec<_> = changes[0].objects.iter().map(|o| (o.id.number, o.change, o.keys.clone())).collect();
    assert_eq!(told, [(5, Change::Changed, vec!["BaseFont".to_owned()]), (6, Change::Rewritten, vec![])]);
}

#[test]
fn pictures_come_out_in_their_own_coding() {
    let document = read(with_pictures().bytes()).unwrap();
    let images = document.images().unwrap();
    assert_eq!(images.len(), 2);
    assert_eq!((images[0].coding, images[1].coding), (Coding::Jpeg, Coding::Samples));
    assert_eq!(document.image_bytes(images[0].id).unwrap(), small_jpeg());
    let pixels = document.image_pixels(images[1].id).unwrap();
    assert_eq!((pixels.width, pixels.height), (3, 2));
    assert_eq!(pixels.samples, Samples::U8(vec![0, 50, 100, 150, 200, 250]));
    assert_eq!(document.image_pixels(images[0].id).unwrap_err().kind(), ErrorKind::Unsupported);
    let none = ObjectId { number: 4, generation: 0 };
    assert_eq!(document.image_bytes(none).unwrap_err().kind(), ErrorKind::Input);
}

#[test]
fn filters_in_front_of_a_jpeg_are_undone() {
    let hex: String = small_jpeg().iter().fold(String::new(), |mut text, b| {
        let _ = write!(text, "{b:02x}");
        text
    });
    let mut file = Writer::page("/A Do");
    let entries = "/Subtype/Image/Width 16/Height 16/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter";
    file.stream(7, &format!("{entries}[/FlateDecode/DCTDecode]"), &deflate(&small_jpeg()))
        .stream(8, &format!("{entries}[/ASCIIHexDecode/DCTDecode]"), format!("{hex}>").as_bytes())
        .end("/Root 1 0 R");
    let document = read(file.bytes()).unwrap();
    for number in [7, 8] {
        let id = ObjectId { number, generation: 0 };
        assert_eq!(document.image_bytes(id).unwrap(), small_jpeg(), "{number}");
    }
}

#[test]
fn pages_pictures_versions_and_attachments_are_parts() {
    let mut file = with_pictures();
    file.stream(9, "/Type/EmbeddedFile", &small_jpeg()).end("/Root 1 0 R");
    let evidence = evidence(file.bytes());
    let parts = evidence.view::<Parts>(()).unwrap();
    let names: Vec<_> = parts.list.iter().map(|p| (p.name.as_str(), p.role)).collect();
    assert_eq!(
        names,
        [
            ("page 1", PartRole::Page),
            ("page 1, image 1", PartRole::EmbeddedImage),
            ("page 1, image 2", PartRole::EmbeddedImage),
            ("version 2", PartRole::Version),
            ("version 1", PartRole::Version),
            ("attachment 1", PartRole::Attachment),
        ]
    );
    let load = |index: usize| parts.load(&evidence, index).unwrap();
    assert_eq!(load(0).view::<Pixels>(()).unwrap().width, 416);
    assert_eq!((load(1).kind(), load(1).bytes()), (Kind::Jpeg, &small_jpeg()[..]));
    assert_eq!(load(2).view::<Pixels>(()).unwrap().width, 3);
    let version = load(3);
    assert_eq!(version.bytes().len() as u64, parts.list[3].span.unwrap().length);
    // A version's own versions are parts of the whole file already.
    assert!(version.view::<Parts>(()).unwrap().list.iter().all(|p| p.role != PartRole::Version));
    assert_eq!(load(5).bytes(), small_jpeg());
    assert_eq!(evidence.view::<Pixels>(()).unwrap_err().kind(), ErrorKind::Absent);
}

#[test]
fn metadata_is_read_from_both_places() {
    let mut file = Writer::page(TEXT);
    let packet = r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Writer 2"/></rdf:RDF></x:xmpmeta>"#;
    file.object(1, "<</Type/Catalog/Pages 2 0 R/Metadata 8 0 R>>")
        .object(7, "<</Producer(Maker 1)/Author<feff00410042>/CreationDate(D:20240601120000Z)>>")
        .stream(8, "/Type/Metadata/Subtype/XML", packet.as_bytes())
        .end("/Root 1 0 R/Info 7 0 R");
    let metadata = evidence(file.bytes()).view::<Metadata>(()).unwrap();
    assert_eq!(metadata.find("PDF", "Producer"), Some("Maker 1"));
    assert_eq!(metadata.find("PDF", "Author"), Some("AB"));
    assert!(metadata.entries.iter().any(|e| e.name == "Author" && e.identifying));
    assert_eq!(metadata.dates[0].value.unwrap().to_string(), "2024-06-01 12:00:00 UTC");
    assert!(metadata.software.iter().any(|s| s.name == "Writer 2"), "{:?}", metadata.software);
}

#[test]
fn a_file_without_its_cross_reference_is_searched() {
    let mut file = Writer::page(TEXT).bytes().to_vec();
    let at = memchr::memmem::find(&file, b"startxref").unwrap();
    file.truncate(at);
    assert_eq!(read(&file).unwrap().pages.len(), 1);
    // An offset that points into nowhere.
    file.extend(b"startxref\n7\n%%EOF\n");
    let document = read(&file).unwrap();
    assert_eq!(document.pages.len(), 1);
    assert_eq!(document.revisions.all.len(), 1);
    assert_eq!(document.revisions.all[0].section, Section::Unreadable);
    assert_eq!(document.revisions.all[0].written.len(), 6);
    for junk in [&b"%PDF-1.7"[..], b"%PDF-1.7\ntrailer <</Root 1 0 R>>", b""] {
        assert_eq!(read(junk).unwrap_err().kind(), ErrorKind::Input);
    }
}

#[test]
fn what_needs_a_password_is_unsupported() {
    let mut file = Writer::page(TEXT);
    let key = "0".repeat(64);
    file.object(7, &format!("<</Filter/Standard/V 2/R 3/Length 128/P -4/O<{key}>/U<{key}>>>"))
        .end("/Root 1 0 R/Encrypt 7 0 R/ID[<00><00>]");
    let error = read(file.bytes()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("needs a password"), "{error}");
}

#[test]
fn page_trees_that_hold_themselves_end() {
    let mut file = Writer::page(TEXT);
    file.object(2, "<</Type/Pages/Kids[3 0 R 2 0 R 7 0 R]/Count 3>>")
        .object(7, "<</Type/Pages/Kids[2 0 R 7 0 R]/Count 1/Parent 7 0 R>>")
        .end("/Root 1 0 R");
    assert_eq!(read(file.bytes()).unwrap().pages.len(), 1);
}

#[test]
fn deeply_nested_values_do_not_overflow_the_stack() {
    let mut file = Writer::page(TEXT);
    file.object(7, &format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)))
        .object(8, &format!("{}{}", "<</A".repeat(50_000), ">>".repeat(50_000)))
        .object(3, &PAGE.replace("/Contents", "/Annots 7 0 R/Metadata 8 0 R/Contents"))
        .end("/Root 1 0 R");
    let document = read(file.bytes()).unwrap();
    document.inventory().unwrap();
    document.changes().unwrap();
    document.content(0).unwrap();
}

/// Forms that each draw the next one ten times.
#[test]
fn forms_that_multiply_are_refused_before_they_are_drawn() {
    let mut file = Writer::page("/X Do");
    file.object(3, &PAGE.replace("/Font", "/XObject<</X 10 0 R>>/Font"));
    for number in 10..30 {
        let entries = format!("/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X {} 0 R>>>>", number + 1);
        file.stream(number, &entries, "/X Do ".repeat(10).as_bytes());
    }
    file.stream(30, "/Subtype/Form/BBox[0 0 9 9]", b"0 0 1 1 re f").end("/Root 1 0 R");
    let document = read(file.bytes()).unwrap();
    for error in [document.content(0).unwrap_err(), document.render(0, 72.0).unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Limits, "{error}");
    }
}

#[test]
fn endless_dashes_and_tiles_are_refused() {
    let dashes = Writer::page("[0.0000001] 0 d 0 0 m 200 100 l S");
    assert_eq!(read(dashes.bytes()).unwrap().content(0).unwrap_err().kind(), ErrorKind::Limits);
    let mut tiles = Writer::page("/Pattern cs /P scn 0 0 200 100 re f");
    tiles
        .object(3, &PAGE.replace("/Font", "/Pattern<</P 7 0 R>>/Font"))
        .stream(
            7,
            "/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 100 100]/XStep 0.01/YStep 0.01/Resources<<>>",
            b"0 0 1 1 re f",
        )
        .end("/Root 1 0 R");
    assert_eq!(read(tiles.bytes()).unwrap().content(0).unwrap_err().kind(), ErrorKind::Limits);
}

#[test]
fn huge_pictures_are_refused() {
    let mut file = Writer::page("/A Do");
    file.stream(7, "/Subtype/Image/Width 60000/Height 60000/BitsPerComponent 8/ColorSpace/DeviceRGB", b"x")
        .end("/Root 1 0 R");
    assert_eq!(read(file.bytes()).unwrap_err().kind(), ErrorKind::Limits);
    let inline = Writer::page("BI /W 60000 /H 60000 /BPC 8 /CS /RGB ID x\nEI ");
    assert_eq!(read(inline.bytes()).unwrap().content(0).unwrap_err().kind(), ErrorKind::Limits);
}

#[test]
fn bombs_are_refused_through_every_filter() {
    let limits = Limits { memory: 1 << 22, ..Limits::default() };
    let zeros = vec![0; 2 << 20];
    let once = deflate(&zeros);
    let cases: [(&str, Vec<u8>); 3] = [
        ("/Filter/FlateDecode", once.clone()),
        ("/Filter[/FlateDecode/FlateDecode]", deflate(&once)),
        ("/Filter[/ASCIIHexDecode/FlateDecode]", {
            let hex: String = once.iter().map(|b| format!("{b:02x}")).collect();
            format!("{hex}>").into_bytes()
        }),
    ];
    for (filter, data) in cases {
        let mut file = Writer::page("");
        file.stream(4, filter, &data).end("/Root 1 0 R");
        match Document::read(file.bytes(), &limits) {
            Err(error) => assert_eq!(error.kind(), ErrorKind::Limits, "{filter}"),
            Ok(_) => panic!("{filter} was read"),
        }
    }
}

#[test]
fn ten_thousand_pages_are_listed_and_no_more_than_the_limit() {
    let mut file = Writer::new();
    let kids: String = (0..10_001).map(|i| format!("{} 0 R ", i + 10)).collect();
    file.object(1, "<</Type/Catalog/Pages 2 0 R>>");
    file.object(2, &format!("<</Type/Pages/MediaBox[0 0 200 100]/Count 10001/Kids[{kids}]>>"));
    for index in 0..10_001 {
        file.object(index + 10, "<</Type/Page/Parent 2 0 R>>");
    }
    file.end("/Root 1 0 R");
    let evidence = evidence(file.bytes());
    let parts = evidence.view::<Parts>(()).unwrap();
    assert_eq!(parts.list.len(), 10_000);
    assert!(parts.warnings[0].contains("10001 pages"), "{:?}", parts.warnings);
    assert!(parts.load(&evidence, 9_999).is_ok());
}

#[test]
fn every_cut_of_a_file_is_read_or_refused() {
    let mut file = with_pictures();
    file.stream(4, "", TEXT.as_bytes()).end("/Root 1 0 R");
    let whole = file.bytes();
    for cut in (0..whole.len()).step_by(37) {
        if let Ok(document) = read(&whole[..cut]) {
            let _ = (document.inventory(), document.changes(), document.content(0), document.images());
        }
    }
}

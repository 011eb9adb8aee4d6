//! Tests over tiny files made here.

mod build;
mod damage;

use indicia_core::{Evidence, Kind, Limits};

use super::*;
use build::*;

fn read_with(kind: Kind, bytes: &[u8], limits: Limits) -> Metadata {
    let metadata = Evidence::new(kind, bytes.to_vec(), limits).view::<Metadata>(()).unwrap();
    Metadata::clone(&metadata)
}

fn read_file(kind: Kind, bytes: &[u8]) -> Metadata {
    read_with(kind, bytes, Limits::default())
}

fn camera_exif(thumbnail: &[u8]) -> Vec<u8> {
    let short = |tag, n: u16| (tag, 3, 1, n.to_be_bytes().to_vec());
    let rational = |tag, n: u32, d: u32| (tag, 5, 1, [n.to_be_bytes(), d.to_be_bytes()].concat());
    let dms =
        |d: u32, m: u32, s: u32| [d, 1, m, 1, s, 1].iter().flat_map(|n: &u32| n.to_be_bytes()).collect();
    let mut comment = b"UNICODE\0".to_vec();
    comment.extend("hé".encode_utf16().flat_map(u16::to_be_bytes));
    exif(
        &[
            ascii(0x10f, "NIKON CORPORATION"),
            ascii(0x110, "NIKON D200"),
            short(0x112, 6),
            ascii(0x131, "Ver.2.00"),
            ascii(0x132, "2009:01:06 13:27:07"),
            ascii(0x13b, "Anna"),
        ],
        &[
            rational(0x829a, 10, 3200),
            rational(0x829d, 71, 10),
            (0x9000, 7, 4, b"0221".to_vec()),
            ascii(0x9003, "2009:01:06 13:27:06"),
            ascii(0x9011, "+02:00"),
            (0x927c, 7, 12, b"Nikon\0\x02\x10abcd".to_vec()),
            (0x9286, 7, comment.len() as u32, comment),
            short(0xa002, 3872),
            short(0xa003, 2592),
            ascii(0xa431, "1234567"),
        ],
        &[(0x2, 5, 3, dms(60, 10, 20)), (0x7, 5, 3, dms(11, 27, 6)), ascii(0x1d, "2009:01:06")],
        thumbnail,
    )
}

fn identifying(metadata: &Metadata, name: &str) -> bool {
    metadata.entries.iter().find(|e| e.name == name).unwrap_or_else(|| panic!("no {name}")).identifying
}

fn field<'a>(metadata: &'a Metadata, group: &str, name: &str) -> &'a str {
    metadata.find(group, name).unwrap_or_else(|| panic!("no {group} {name} in {:#?}", metadata.entries))
}

#[test]
fn exif_of_a_jpeg_is_read_with_its_types_units_and_thumbnail() {
    let thumbnail = jpeg(&[]);
    let block = camera_exif(&thumbnail);
    let file = jpeg(&[app(0xe1, b"Exif\0\0", &block)]);
    let m = read_file(Kind::Jpeg, &file);
    assert_eq!(m.warnings, Vec::<String>::new());
    assert_eq!(field(&m, "EXIF", "Model"), "NIKON D200");
    assert_eq!(field(&m, "EXIF", "ExposureTime"), "1/320 s");
    assert_eq!(field(&m, "EXIF", "FNumber"), "f/7.1");
    assert_eq!(field(&m, "EXIF", "UserComment"), "hé");
    assert_eq!(field(&m, "EXIF", "MakerNote"), "12 bytes");
    assert_eq!(field(&m, "EXIF GPS", "GPSLatitude"), "60 deg 10 min 20 sec");
    assert_eq!(m.orientation, Some(6));
    let summary = m.exif.clone().unwrap();
    assert_eq!(summary.make.as_deref(), Some("NIKON CORPORATION"));
    assert_eq!(summary.exposure_fields, ["ExposureTime", "FNumber"]);
    assert_eq!(summary.maker_note, Some(MakerNote { length: 12, signature: "Nikon".into() }));
    assert!(summary.has_position);
    assert_eq!(m.software, [SoftwareName { field: "EXIF Software".into(), name: "Ver.2.00".into() }]);
    let shown: Vec<_> = m.dates.iter().map(|d| (d.role, d.value.unwrap().to_string())).collect();
    assert_eq!(
        shown,
        [
            (DateRole::Captured, "2009-01-06 13:27:06 +02:00".into()),
            (DateRole::Modified, "2009-01-06 13:27:07".into()),
            (DateRole::Gps, "2009-01-06 11:27:06 UTC".into())
        ]
    );
    assert_eq!(m.stated_sizes.len(), 1);
    assert_eq!((m.stated_sizes[0].width, m.stated_sizes[0].height), (3872, 2592));
    assert_eq!(m.thumbnail.as_deref(), Some(&thumbnail[..]));
    assert_eq!(m.thumbnail_size, Some((8, 6)));
    let span = m.thumbnail_span.unwrap();
    assert_eq!(&file[span.offset as usize..][..span.length as usize], thumbnail);
    for (name, expected) in [
        ("Artist", true),
        ("BodySerialNumber", true),
        ("UserComment", true),
        ("GPSLatitude", true),
        ("GPSDateStamp", false),
        ("Make", false),
        ("DateTimeOriginal", false),
    ] {
        assert_eq!(identifying(&m, name), expected, "{name}");
    }
}

#[test]
fn the_same_exif_reads_alike_in_every_container() {
    let block = camera_exif(&[]);
    let hex: String = block.iter().map(|b| format!("{b:02x}")).collect();
    let raw = format!("Raw profile type exif\0\nexif\n{}\n{hex}\n", block.len() + 6);
    // ImageMagick keeps the segment's name within the block.
    let raw = raw.replacen(&hex, &format!("457869660000{hex}"), 1);
    let files = [
        (Kind::Jpeg, jpeg(&[app(0xe1, b"Exif\0\0", &block)])),
        (Kind::Png, png(&[(b"eXIf", block.clone())])),
        (Kind::Png, png(&[(b"tEXt", raw.into_bytes())])),
        (Kind::Webp, webp(&[(b"EXIF", block.clone())])),
        (Kind::Webp, webp(&[(b"EXIF", [b"Exif\0\0".to_vec(), block].concat())])),
    ];
    let read: Vec<_> = files.iter().map(|(kind, file)| read_file(*kind, file)).collect();
    for m in &read {
        assert_eq!(m.warnings, Vec::<String>::new());
        assert_eq!(m.exif, read[0].exif);
        assert_eq!(m.dates, read[0].dates);
        let exif = |m: &Metadata| {
            m.entries.iter().filter(|e| e.group.starts_with("EXIF")).cloned().collect::<Vec<_>>()
        };
        assert_eq!(exif(m), exif(&read[0]));
    }
}

#[test]
fn xmp_is_flat_with_usual_prefixes_history_and_source_type() {
    let m = read_file(Kind::Jpeg, &jpeg(&[app(0xe1, XMP_HEAD, PACKET.as_bytes())]));
    assert_eq!(m.warnings, Vec::<String>::new());
    assert_eq!(field(&m, "XMP", "xmp:CreatorTool"), "Adobe Photoshop CC 2019 (Windows)");
    assert_eq!(field(&m, "XMP", "dc:subject"), "a & b; cd");
    assert_eq!(field(&m, "XMP", "xmpMM:History[1]/stEvt:action"), "created");
    assert_eq!(m.history.len(), 2);
    assert_eq!(m.history[0].software.as_deref(), Some("Adobe Photoshop CC 2019 (Windows)"));
    assert_eq!(m.history[1].action, "converted");
    assert_eq!(m.history[1].parameters.as_deref(), Some("from image/tiff to image/jpeg"));
    assert_eq!(m.documents.document.as_deref(), Some("xmp.did:1"));
    assert_eq!(m.documents.derived_from.as_deref(), Some("xmp.did:0"));
    assert!(m.digital_source_types[0].ends_with("/trainedAlgorithmicMedia"));
    assert_eq!((m.stated_sizes[0].width, m.stated_sizes[0].height), (4000, 3000));
    assert_eq!(m.date(DateRole::Modified).unwrap().value.unwrap().utc_seconds(), Some(1_577_930_645));
    let names: Vec<_> = m.software.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(
        names,
        ["Image::ExifTool 12.57", "Adobe Photoshop CC 2019 (Windows)", "Adobe Photoshop CC 2019 (Windows)"]
    );
    for (name, expected) in [
        ("dc:subject", true),
        ("xmpMM:DerivedFrom/stRef:filePath", true),
        ("xmpMM:DocumentID", true),
        ("xmp:CreatorTool", false),
        ("xmpMM:History[1]/stEvt:softwareAgent", false),
    ] {
        assert_eq!(identifying(&m, name), expected, "{name}");
    }
}

#[test]
fn the_same_packet_reads_alike_in_every_container() {
    let packet = PACKET.as_bytes().to_vec();
    let itxt =
        |flag: u8, text: Vec<u8>| [b"XML:com.adobe.xmp\0".to_vec(), vec![flag, 0, 0, 0], text].concat();
    let mut trailer = vec![1];
    trailer.extend((0..=255_u8).rev());
    trailer.push(0);
    let tiff = exif(&[(700, 1, packet.len() as u32, packet.clone())], &[], &[], &[]);
    let utf16: Vec<u8> =
        [0xfe, 0xff].into_iter().chain(PACKET.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    let files = [
        (Kind::Jpeg, jpeg(&[app(0xe1, XMP_HEAD, &packet)])),
        (Kind::Png, png(&[(b"iTXt", itxt(0, packet.clone()))])),
        (Kind::Png, png(&[(b"iTXt", itxt(1, deflate(&packet)))])),
        (Kind::Webp, webp(&[(b"XMP ", packet.clone())])),
        (Kind::Webp, webp(&[(b"XMP ", utf16)])),
        (Kind::Gif, gif(&[(0xff, [&b"\x0bXMP DataXMP"[..], &packet, &trailer].concat())])),
        (Kind::Tiff, tiff),
    ];
    let xmp = |m: &Metadata| m.entries.iter().filter(|e| e.group == "XMP").cloned().collect::<Vec<_>>();
    let first = xmp(&read_file(files[0].0, &files[0].1));
    assert!(first.len() >= 12);
    for (kind, file) in &files {
        let m = read_file(*kind, file);
        assert_eq!(m.warnings, Vec::<String>::new(), "{kind}");
        assert_eq!(xmp(&m), first, "{kind}");
        assert_eq!(m.xmp_packets, 1);
    }
}

#[test]
fn extended_xmp_is_put_together_and_a_missing_part_is_told() {
    let id = "0123456789ABCDEF0123456789ABCDEF";
    let main = format!(
        r#"<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:xmpNote="http://ns.adobe.com/xmp/note/" xmpNote:HasExtendedXMP="{id}"/></rdf:RDF></x:xmpmeta>"#
    );
    let packet = PACKET.as_bytes();
    let part = |at: usize, end: usize| {
        let head = b"http://ns.adobe.com/xmp/extension/\0".to_vec();
        let length = (packet.len() as u32).to_be_bytes();
        (0xe1, [&head[..], id.as_bytes(), &length, &(at as u32).to_be_bytes(), &packet[at..end]].concat())
    };
    let main = app(0xe1, XMP_HEAD, main.as_bytes());
    // The second part stands first.
    let m = read_file(Kind::Jpeg, &jpeg(&[main.clone(), part(700, packet.len()), part(0, 700)]));
    assert_eq!(m.warnings, Vec::<String>::new());
    assert_eq!(m.history.len(), 2);
    assert_eq!(m.xmp_packets, 1);
    let m = read_file(Kind::Jpeg, &jpeg(&[main, part(0, 700)]));
    assert!(m.warnings[0].contains(&format!("700 of {} bytes", packet.len())), "{:?}", m.warnings);
}

#[test]
fn photoshop_resources_iptc_and_icc_parts_are_read() {
    let datasets = [
        iim(1, 90, b"\x1b%G"),
        iim(2, 0, &[0, 4]),
        iim(2, 80, "Zoë".as_bytes()),
        iim(2, 55, b"20200102"),
        iim(2, 60, b"030405+0100"),
        iim(2, 65, b"Capture One"),
        iim(2, 70, b"20"),
    ]
    .concat();
    let resources = [resource(0x404, &datasets), resource(0x406, &[0, 8, 0, 0, 1])].concat();
    let profile = icc("sRGB IEC61966-2.1");
    let (a, b) = profile.split_at(100);
    let file = jpeg(&[
        app(0xe0, b"JFIF\0", &[1, 2, 1, 0, 72, 0, 72, 0, 0]),
        app(0xed, b"Photoshop 3.0\0", &resources),
        app(0xe2, b"ICC_PROFILE\0", &[&[2, 2][..], b].concat()),
        app(0xe2, b"ICC_PROFILE\0", &[&[1, 2][..], a].concat()),
        app(0xee, b"Adobe", &[0, 100, 0, 0, 0, 0, 1]),
        app(0xec, b"Ducky", &[0, 1, 0, 4, 0, 0, 0, 60, 0, 0]),
        app(0xe2, b"MPF\0", &exif(&[(0xb001, 4, 1, vec![0, 0, 0, 3])], &[], &[], &[])),
        app(0xeb, b"JP", &[0; 10]),
        (0xfe, b"CREATOR: gd-jpeg v1.0\nhello".to_vec()),
    ]);
    let m = read_file(Kind::Jpeg, &file);
    assert_eq!(m.warnings, Vec::<String>::new());
    assert!(m.has_iptc);
    assert_eq!(field(&m, "IPTC", "Byline"), "Zoë");
    assert!(identifying(&m, "Byline") && !identifying(&m, "OriginatingProgram"));
    assert_eq!(m.date(DateRole::Captured).unwrap().value.unwrap().to_string(), "2020-01-02 03:04:05 +01:00");
    assert_eq!(field(&m, "Photoshop", "JPEGQuality"), "12");
    assert_eq!(field(&m, "JPEG", "JFIF density"), "72x72, dots per inch");
    assert_eq!(field(&m, "JPEG", "Adobe transform"), "1 (YCbCr)");
    assert_eq!(field(&m, "JPEG", "Ducky quality"), "60");
    assert_eq!(field(&m, "JPEG", "Multi-picture images"), "3");
    assert_eq!(field(&m, "JPEG", "APP11 segment"), "JPEG universal metadata (JUMBF), 12 bytes");
    let profile = m.icc.unwrap();
    assert_eq!(profile.description.as_deref(), Some("sRGB IEC61966-2.1"));
    assert_eq!(
        (profile.class.as_str(), profile.color_space.as_str(), profile.version.as_str()),
        ("mntr", "RGB", "2.1")
    );
    assert_eq!(profile.created.unwrap().to_string(), "1998-02-09 06:49:00");
    let names: Vec<_> = m.software.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["CREATOR: gd-jpeg v1.0", "Capture One 20"]);
}

#[test]
fn what_generators_write_into_png_is_kept_with_its_layout() {
    let web_ui =
        "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Model: v1-5";
    let comfy = r#"{"3": {"class_type": "KSampler", "inputs": {"seed": 5}}}"#;
    let nai = r#"{"prompt": "a cat", "steps": 28, "sampler": "k_euler", "uc": "bad"}"#;
    let mj = "a cat --v 6 Job ID: 01234567-89ab-cdef-0123-456789abcdef";
    let file = png(&[
        (b"tEXt", [b"parameters\0", web_ui.as_bytes()].concat()),
        (b"tEXt", [b"prompt\0", comfy.as_bytes()].concat()),
        (b"zTXt", [&b"Dream\0\0"[..], &deflate(b"a cat -s 50")].concat()),
        (b"iTXt", [&b"Comment\0\0\0\0\0"[..], nai.as_bytes()].concat()),
        (b"tEXt", [b"Description\0", mj.as_bytes()].concat()),
        (b"tEXt", b"Software\0NovelAI".to_vec()),
        (b"tEXt", b"Title\0A plain title".to_vec()),
        (b"tIME", vec![0x07, 0xe8, 5, 31, 12, 30, 5]),
        (b"pHYs", vec![0, 0, 0x0b, 0x13, 0, 0, 0x0b, 0x13, 1]),
    ]);
    let m = read_file(Kind::Png, &file);
    assert_eq!(m.warnings, Vec::<String>::new());
    let layouts: Vec<_> = m.generation.iter().map(|g| (g.field.as_str(), g.layout)).collect();
    use GenerationLayout::*;
    assert_eq!(
        layouts,
        [
            ("PNG text parameters", WebUi),
            ("PNG text prompt", ComfyUi),
            ("PNG text Dream", InvokeAi),
            ("PNG text Comment", NovelAi),
            ("PNG text Description", Midjourney),
        ]
    );
    assert_eq!(m.generation[0].length, web_ui.len() as u64);
    assert_eq!(m.software, [SoftwareName { field: "PNG text Software".into(), name: "NovelAI".into() }]);
    assert_eq!(m.date(DateRole::Modified).unwrap().value.unwrap().to_string(), "2024-05-31 12:30:05 UTC");
    assert_eq!(field(&m, "PNG", "Resolution"), "2835x2835, pixels per metre");
    assert!(identifying(&m, "parameters") && !identifying(&m, "Software"));
}

#[test]
fn prose_is_not_taken_for_a_generators_field() {
    for text in ["Steps: take the stairs", "prompt service", "Job ID: 12345", "", "{\"prompt\": 1}"] {
        for keyword in ["Comment", "parameters", "Description", "prompt1"] {
            assert_eq!(generator::layout(keyword, text), None, "{keyword}: {text}");
        }
    }
    assert_eq!(generator::layout("prompt", "what to do"), None);
    assert_eq!(generator::layout("Make", "workflow:{\"1\": 2}"), Some(GenerationLayout::ComfyUi));
}

#[test]
fn gif_comments_and_bitmap_headers_are_read() {
    let m = read_file(Kind::Gif, &gif(&[(0xfe, b"\x11Created with GIMP\0".to_vec())]));
    assert_eq!(m.warnings, Vec::<String>::new());
    assert_eq!(field(&m, "GIF comment", "Comment"), "Created with GIMP");
    assert_eq!(m.software[0].name, "Created with GIMP");
    let mut bmp = b"BM".to_vec();
    bmp.resize(54, 0);
    bmp[14] = 40;
    bmp[28] = 24;
    bmp[38..40].copy_from_slice(&2835_u16.to_le_bytes());
    bmp[42..44].copy_from_slice(&2835_u16.to_le_bytes());
    let m = read_file(Kind::Bmp, &bmp);
    assert_eq!(field(&m, "BMP", "Resolution"), "2835x2835 pixels per metre");
}

#[test]
fn tiff_pages_are_counted_and_cycles_end() {
    let mut file = exif(&[ascii(0x131, "GIMP 2.10")], &[], &[], &[]);
    let m = read_file(Kind::Tiff, &file);
    assert_eq!(m.software, [SoftwareName { field: "TIFF Software".into(), name: "GIMP 2.10".into() }]);
    assert_eq!(m.exif, None);
    // The offset of the next directory stands behind the only entry.
    file[22..26].copy_from_slice(&8_u32.to_be_bytes());
    let m = read_file(Kind::Tiff, &file);
    assert!(m.warnings[0].contains("pointed to twice"), "{:?}", m.warnings);
    let end = file.len() as u32;
    file[22..26].copy_from_slice(&end.to_be_bytes());
    file.extend([0, 0, 0, 0, 0, 0]);
    assert_eq!(field(&read_file(Kind::Tiff, &file), "TIFF", "Directories"), "2");
}

#[test]
fn values_are_cut_with_their_length_and_cannot_disturb_a_terminal() {
    let long = "é".repeat(3000);
    let file = png(&[
        (b"tEXt", [b"Comment\0", "\u{1b}[31m\u{202e}red\0".as_bytes()].concat()),
        (b"iTXt", [&b"Title\0\0\0\0\0"[..], long.as_bytes()].concat()),
    ]);
    let m = read_file(Kind::Png, &file);
    assert_eq!(field(&m, "PNG text", "Comment"), "\u{fffd}[31m\u{fffd}red");
    let title = field(&m, "PNG text", "Title");
    assert!(title.ends_with("... (cut; 6000 bytes in all)") && title.len() < 4096 + 40, "{}", title.len());
    assert!(title.starts_with("éé"));
}

#[test]
fn a_file_without_metadata_has_none_and_a_broken_one_is_refused() {
    for (kind, file) in
        [(Kind::Jpeg, jpeg(&[])), (Kind::Png, png(&[])), (Kind::Webp, webp(&[])), (Kind::Gif, gif(&[]))]
    {
        let m = read_file(kind, &file);
        assert!(m.entries.is_empty() && m.warnings.is_empty(), "{kind}: {m:?}");
    }
    let frame = Evidence::new(Kind::Frame, vec![], Limits::default());
    assert!(frame.view::<Metadata>(()).unwrap().entries.is_empty(), "a frame has no bytes of its own");
    let pdf = Evidence::new(Kind::Pdf, b"%PDF".to_vec(), Limits::default());
    assert_eq!(pdf.view::<Metadata>(()).unwrap_err().kind(), indicia_core::ErrorKind::Input);
}

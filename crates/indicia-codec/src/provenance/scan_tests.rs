use super::*;

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap();
    [&[0xFF, marker], length.to_be_bytes().as_slice(), content].concat()
}

/// An APP11 segment: common identifier, instance, sequence number, then the box or its continuation.
fn app11(instance: u16, sequence: u32, kind: &[u8; 4]) -> Vec<u8> {
    let mut content = vec![b'J', b'P'];
    content.extend(instance.to_be_bytes());
    content.extend(sequence.to_be_bytes());
    content.extend(*b"\0\0\0\x28jumb\0\0\0\x20jumd");
    content.extend(kind);
    content.extend([0; 12]);
    segment(0xEB, &content)
}

fn look_at(kind: Kind, bytes: &[u8]) -> Traces {
    look(kind, bytes, &Limits::default())
}

#[test]
fn a_jpeg_store_is_found_with_its_further_segments() {
    let parts = [
        vec![0xFF, 0xD8],
        segment(0xE0, b"JFIF\0"),
        app11(1, 1, b"c2pa"),
        app11(1, 2, b"more"),
        app11(2, 1, b"othr"),
        vec![0xFF, 0xDA],
    ];
    let bytes = parts.concat();
    let start = parts[0].len() + parts[1].len();
    let range = start..start + parts[2].len() + parts[3].len();
    assert_eq!(look_at(Kind::Jpeg, &bytes), Traces { embedded: true, range: Some(range), remote: false });
}

#[test]
fn other_boxes_in_app11_are_no_store() {
    let bytes = [vec![0xFF, 0xD8], app11(1, 1, b"othr"), vec![0xFF, 0xDA, 1, 2, 3]].concat();
    assert_eq!(look_at(Kind::Jpeg, &bytes), Traces::default());
}

#[test]
fn a_jpeg_store_after_the_scan_is_found_without_its_place() {
    let bytes = [vec![0xFF, 0xD8, 0xFF, 0xDA, 0, 2, 5, 6, 7], app11(1, 1, b"c2pa")].concat();
    assert_eq!(look_at(Kind::Jpeg, &bytes), Traces { embedded: true, range: None, remote: false });
}

#[test]
fn the_address_of_a_remote_store_is_found_in_xmp() {
    let xmp = b"http://ns.adobe.com/xap/1.0/\0<x dcterms:provenance=\"https://a\"/>";
    let jpeg = [vec![0xFF, 0xD8], segment(0xE1, xmp), vec![0xFF, 0xDA]].concat();
    assert!(look_at(Kind::Jpeg, &jpeg).remote);
    let webp = [b"RIFF\0\0\0\0WEBPXMP ".as_slice(), &(xmp.len() as u32).to_le_bytes(), xmp].concat();
    assert_eq!(look_at(Kind::Webp, &webp), Traces { remote: true, ..Traces::default() });
}

#[test]
fn png_and_webp_chunks_are_found_where_they_are() {
    let chunk = |name: &[u8; 4], data: &[u8]| {
        [&(data.len() as u32).to_be_bytes(), name.as_slice(), data, &[0; 4]].concat()
    };
    let parts = [
        b"\x89PNG\r\n\x1A\n".to_vec(),
        chunk(b"IHDR", &[0; 13]),
        chunk(b"caBX", b"store"),
        chunk(b"IEND", b""),
    ];
    assert_eq!(look_at(Kind::Png, &parts.concat()).range, Some(33..50));
    let webp = b"RIFF\0\0\0\0WEBPVP8L\x03\0\0\0abc\0C2PA\x02\0\0\0xy";
    assert_eq!(look_at(Kind::Webp, webp).range, Some(24..34));
}

#[test]
fn tiff_directories_are_followed_in_both_byte_orders() {
    let little = b"II*\0\x08\0\0\0\x01\0\x00\x01\x03\0\x01\0\0\0\x01\0\0\0\x1A\0\0\0\x01\0\x41\xCD\x07\0\x04\0\0\0\0\0\0\0\0\0\0\0";
    assert!(look_at(Kind::Tiff, little).embedded);
    let big = b"MM\0*\0\0\0\x08\0\x01\xCD\x41\0\x07\0\0\0\x04\0\0\0\0\0\0\0\0";
    assert!(look_at(Kind::Tiff, big).embedded);
    let neither = b"MM\0*\0\0\0\x08\0\x01\xCD\x40\0\x07\0\0\0\x04\0\0\0\0\0\0\0\x08";
    // Its directory is its own successor: followed once.
    assert_eq!(look_at(Kind::Tiff, neither), Traces::default());
}

#[test]
fn every_cut_of_every_format_ends_without_panic() {
    let jpeg = [vec![0xFF, 0xD8], app11(1, 1, b"c2pa"), app11(1, 2, b"more"), vec![0xFF, 0xDA]].concat();
    let tiff = b"II*\0\x08\0\0\0\xFF\xFF\xBC\x02\x01\0\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x08\0\0\0".to_vec();
    let png = b"\x89PNG\r\n\x1A\n\xFF\xFF\xFF\xFFiTXtabc".to_vec();
    let webp = b"RIFF\0\0\0\0WEBPXMP \xFF\xFF\xFF\xFFab".to_vec();
    for (kind, bytes) in [
        (Kind::Jpeg, jpeg),
        (Kind::Tiff, tiff),
        (Kind::Png, png),
        (Kind::Webp, webp),
        (Kind::Gif, b"GIF89a".to_vec()),
    ] {
        for length in 0..=bytes.len() {
            look_at(kind, &bytes[..length]);
        }
    }
}

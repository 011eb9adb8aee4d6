//! Makes tiny files with metadata.

use std::io::Write;

/// A field of a TIFF directory: tag, type, number of values, bytes in the block's order.
pub type Tag = (u16, u16, u32, Vec<u8>);

pub fn ascii(tag: u16, text: &str) -> Tag {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(0);
    (tag, 2, bytes.len() as u32, bytes)
}

/// A big-endian EXIF block with a main, an EXIF and a GPS directory and a thumbnail.
pub fn exif(main: &[Tag], exif: &[Tag], gps: &[Tag], thumbnail: &[u8]) -> Vec<u8> {
    let mut main = main.to_vec();
    let mut out = b"MM\0\x2a\0\0\0\x08".to_vec();
    let size = |tags: &[Tag]| -> usize {
        let long = |t: &Tag| if t.3.len() > 4 { t.3.len() } else { 0 };
        2 + 12 * tags.len() + 4 + tags.iter().map(long).sum::<usize>()
    };
    let pointers = usize::from(!exif.is_empty()) + usize::from(!gps.is_empty());
    let exif_at = 8 + size(&main) + 12 * pointers;
    let gps_at = exif_at + if exif.is_empty() { 0 } else { size(exif) };
    let thumbnail_at = gps_at + if gps.is_empty() { 0 } else { size(gps) };
    let pointer = |tag: u16, at: usize| (tag, 4, 1, (at as u32).to_be_bytes().to_vec());
    if !exif.is_empty() {
        main.push(pointer(0x8769, exif_at));
    }
    if !gps.is_empty() {
        main.push(pointer(0x8825, gps_at));
    }
    directory(&mut out, &main, if thumbnail.is_empty() { 0 } else { thumbnail_at });
    if !exif.is_empty() {
        directory(&mut out, exif, 0);
    }
    if !gps.is_empty() {
        directory(&mut out, gps, 0);
    }
    if !thumbnail.is_empty() {
        let at = thumbnail_at + 2 + 24 + 4;
        directory(&mut out, &[pointer(0x201, at), pointer(0x202, thumbnail.len())], 0);
        out.extend_from_slice(thumbnail);
    }
    out
}

fn directory(out: &mut Vec<u8>, tags: &[Tag], next: usize) {
    let mut behind = out.len() + 2 + 12 * tags.len() + 4;
    let mut values = vec![];
    out.extend((tags.len() as u16).to_be_bytes());
    for (tag, kind, count, value) in tags {
        out.extend(tag.to_be_bytes());
        out.extend(kind.to_be_bytes());
        out.extend(count.to_be_bytes());
        if value.len() <= 4 {
            let mut word = value.clone();
            word.resize(4, 0);
            out.extend(word);
        } else {
            out.extend((behind as u32).to_be_bytes());
            behind += value.len();
            values.extend_from_slice(value);
        }
    }
    out.extend((next as u32).to_be_bytes());
    out.extend(values);
}

/// A JPEG of these segments, with an empty frame and scan that nothing here decodes.
pub fn jpeg(segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = vec![0xff, 0xd8];
    let frame = vec![8, 0, 6, 0, 8, 1, 1, 0x11, 0];
    for (marker, payload) in segments.iter().cloned().chain([(0xc0, frame), (0xda, vec![1, 1, 0, 0, 63, 0])])
    {
        out.extend([0xff, marker]);
        out.extend((payload.len() as u16 + 2).to_be_bytes());
        out.extend(payload);
    }
    out.extend([0x12, 0xff, 0x00, 0x34, 0xff, 0xd9]);
    out
}

pub fn app(marker: u8, head: &[u8], rest: &[u8]) -> (u8, Vec<u8>) {
    (marker, [head, rest].concat())
}

/// A PNG of these chunks between header and end.
pub fn png(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [0, 0, 0, 8, 0, 0, 0, 6, 8, 2, 0, 0, 0].to_vec();
    let all = [(b"IHDR", header)].into_iter().chain(chunks.iter().map(|(n, p)| (*n, p.clone())));
    for (name, payload) in all.chain([(b"IEND", vec![])]) {
        let mut crc = flate2::Crc::new();
        crc.update(name);
        crc.update(&payload);
        out.extend((payload.len() as u32).to_be_bytes());
        out.extend(name);
        out.extend(payload);
        out.extend(crc.sum().to_be_bytes());
    }
    out
}

pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(vec![], flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// A WebP of these chunks.
pub fn webp(chunks: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    for (name, payload) in chunks {
        body.extend(*name);
        body.extend((payload.len() as u32).to_le_bytes());
        body.extend(payload);
        if payload.len() % 2 == 1 {
            body.push(0);
        }
    }
    [b"RIFF".to_vec(), (body.len() as u32).to_le_bytes().to_vec(), body].concat()
}

/// A GIF with these extensions (label, then everything behind it).
pub fn gif(extensions: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = b"GIF89a\x08\0\x06\0\x80\0\0\0\0\0\xff\xff\xff".to_vec();
    for (label, rest) in extensions {
        out.extend([0x21, *label]);
        out.extend(rest);
    }
    out.extend(b"\x2c\0\0\0\0\x08\0\x06\0\0\x02\x02\x44\x01\0\x3b");
    out
}

/// An IPTC dataset.
pub fn iim(record: u8, dataset: u8, value: &[u8]) -> Vec<u8> {
    [&[0x1c, record, dataset][..], &(value.len() as u16).to_be_bytes(), value].concat()
}

/// A Photoshop resource.
pub fn resource(id: u16, value: &[u8]) -> Vec<u8> {
    let mut out = [b"8BIM".to_vec(), id.to_be_bytes().to_vec(), vec![0, 0]].concat();
    out.extend((value.len() as u32).to_be_bytes());
    out.extend(value);
    if value.len() % 2 == 1 {
        out.push(0);
    }
    out
}

/// A version 2 display profile for RGB with a description.
pub fn icc(description: &str) -> Vec<u8> {
    let mut out = vec![0; 128];
    out[8] = 2;
    out[9] = 0x10;
    out[12..16].copy_from_slice(b"mntr");
    out[16..20].copy_from_slice(b"RGB ");
    out[20..24].copy_from_slice(b"XYZ ");
    out[24..36].copy_from_slice(&[0x07, 0xce, 0, 2, 0, 9, 0, 6, 0, 49, 0, 0]);
    out[36..40].copy_from_slice(b"acsp");
    let text =
        [b"desc\0\0\0\0", &(description.len() as u32 + 1).to_be_bytes()[..], description.as_bytes(), b"\0"];
    let text = text.concat();
    out.extend(1_u32.to_be_bytes());
    out.extend(b"desc");
    out.extend(144_u32.to_be_bytes());
    out.extend((text.len() as u32).to_be_bytes());
    out.extend(text);
    let length = out.len() as u32;
    out[..4].copy_from_slice(&length.to_be_bytes());
    out
}

pub const XMP_HEAD: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// A packet with a history, a source type, and a prefix of the file's own for `xmp`.
pub const PACKET: &str = r#"<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Image::ExifTool 12.57">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xap="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/" xmlns:stEvt="http://ns.adobe.com/xap/1.0/sType/ResourceEvent#"
  xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#" xmlns:exif="http://ns.adobe.com/exif/1.0/"
  xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
  xap:CreatorTool="Adobe Photoshop CC 2019 (Windows)" xap:ModifyDate="2020-01-02T03:04:05+01:00"
  exif:PixelXDimension="4000" exif:PixelYDimension="3000" xmpMM:DocumentID="xmp.did:1">
 <dc:subject><rdf:Bag><rdf:li>a &amp; b</rdf:li><rdf:li>c&#100;</rdf:li></rdf:Bag></dc:subject>
 <xmpMM:DerivedFrom stRef:documentID="xmp.did:0" stRef:filePath="/home/anna/x.psd"/>
 <xmpMM:History><rdf:Seq>
  <rdf:li stEvt:action="created" stEvt:softwareAgent="Adobe Photoshop CC 2019 (Windows)"/>
  <rdf:li rdf:parseType="Resource"><stEvt:action>converted</stEvt:action><stEvt:parameters>from image/tiff to image/jpeg</stEvt:parameters></rdf:li>
 </rdf:Seq></xmpMM:History>
 <Iptc4xmpExt:DigitalSourceType rdf:resource="http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"/>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"#;

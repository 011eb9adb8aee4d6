//! Chunks of a PNG that carry metadata (W3C PNG, third edition).

use std::borrow::Cow;

use super::collect::{Collector, MAX_VALUE, utf8_or_latin1};
use super::{DateRole, Timestamp, exif, generator, icc, iptc, xmp};
use crate::bytes::{u16_be, u32_be};
use crate::chunks;

/// Damaged checksums that are named.
const MAX_CHECKSUMS: u32 = 8;

/// Reads the metadata of a PNG.
pub(super) fn read(data: &[u8], out: &mut Collector<'_>) {
    let mut at = 8_usize;
    let mut bad_checksums = 0;
    while let Some(found) = chunks::png(data, at) {
        let name = &found.name;
        if name == b"IEND" {
            return;
        }
        if metadata_chunk(name) && !out.skips() {
            let payload = &data[found.payload.clone()];
            if !found.is_whole() {
                return out.warn(format!(
                    "chunk {} at byte {at} states {} bytes, {} are left",
                    String::from_utf8_lossy(name),
                    found.stated,
                    payload.len()
                ));
            }
            if payload.len() as u64 <= out.limits.metadata {
                let mut crc = flate2::Crc::new();
                crc.update(name);
                crc.update(payload);
                if u32_be(data, found.payload.end) != Some(crc.sum()) {
                    bad_checksums += 1;
                    if bad_checksums <= MAX_CHECKSUMS {
                        out.warn(format!(
                            "checksum of chunk {} at byte {at} is wrong",
                            String::from_utf8_lossy(name)
                        ));
                    }
                }
            }
            chunk(name, payload, at + 8, out);
        }
        at = found.next;
    }
    out.warn("PNG ends before its last chunk IEND");
}

fn metadata_chunk(name: &[u8]) -> bool {
    matches!(
        name,
        b"tEXt"
            | b"zTXt"
            | b"iTXt"
            | b"eXIf"
            | b"iCCP"
            | b"tIME"
            | b"pHYs"
            | b"gAMA"
            | b"sRGB"
            | b"cICP"
            | b"caBX"
            | b"acTL"
    )
}

fn chunk(name: &[u8], payload: &[u8], at: usize, out: &mut Collector<'_>) {
    let word = |at| u32_be(payload, at);
    match name {
        b"tEXt" | b"zTXt" | b"iTXt" => {
            let sound = !out.fits("text chunk", payload.len() as u64) || text(name, payload, out).is_some();
            if !sound {
                out.warn(format!("text chunk at byte {at} is damaged"));
            }
        }
        b"eXIf" => {
            let skip = if payload.starts_with(b"Exif\0\0") { 6 } else { 0 };
            exif::read_block(&payload[skip..], Some((at + skip) as u64), out);
        }
        b"iCCP" => {
            let Some(end) = payload.iter().position(|&b| b == 0) else {
                return out.warn("chunk iCCP has no name");
            };
            out.fact("PNG", "ICC profile name", utf8_or_latin1(&payload[..end]));
            let profile = out.inflate("ICC profile", payload.get(end + 2..).unwrap_or(&[]));
            icc::read(&profile, out);
        }
        b"tIME" => match *payload {
            [high, low, month, day, hour, minute, second] => {
                let year = u16::from_be_bytes([high, low]);
                let clock = u32::from(hour) * 3600 + u32::from(minute) * 60 + u32::from(second);
                let text = format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}");
                out.fact("PNG", "Modified (tIME)", format!("{text} UTC"));
                let sound = hour < 24 && minute < 60 && second <= 60;
                let value = Timestamp::new(year, month, day, Some(clock), Some(0)).filter(|_| sound);
                out.date(DateRole::Modified, "PNG tIME", &text, value);
            }
            _ => out.warn(format!("chunk tIME has {} bytes, expected 7", payload.len())),
        },
        b"pHYs" => {
            if let (Some(x), Some(y), Some(unit)) = (word(0), word(4), payload.get(8)) {
                let unit = if *unit == 1 { "pixels per metre" } else { "aspect ratio only" };
                out.fact("PNG", "Resolution", format!("{x}x{y}, {unit}"));
            }
        }
        b"gAMA" => {
            if let Some(gamma) = word(0) {
                out.fact("PNG", "Gamma", format!("{:.5}", f64::from(gamma) / 100_000.0));
            }
        }
        b"sRGB" => {
            let intents = ["perceptual", "relative colorimetric", "saturation", "absolute colorimetric"];
            let intent = payload.first().and_then(|&i| intents.get(usize::from(i))).unwrap_or(&"unknown");
            out.fact("PNG", "sRGB intent", intent);
        }
        b"cICP" => {
            if let [primaries, transfer, matrix, range] = payload {
                out.fact(
                    "PNG",
                    "Coding-independent code points",
                    format!("{primaries}, {transfer}, {matrix}, {range}"),
                );
            }
        }
        b"caBX" => out.fact("PNG", "Content credentials (caBX)", format!("{} bytes", payload.len())),
        b"acTL" => out.fact("PNG", "Animation frames", word(0).map_or_else(String::new, |n| n.to_string())),
        _ => {}
    }
}

/// Reads a text chunk. `None` if it is damaged.
fn text(name: &[u8], payload: &[u8], out: &mut Collector<'_>) -> Option<()> {
    let end = payload.iter().position(|&b| b == 0)?;
    let keyword = utf8_or_latin1(&payload[..end]);
    let rest = &payload[end + 1..];
    let value: Cow<'_, [u8]> = match name {
        b"zTXt" => out.inflate("text chunk", rest.get(1..)?).into(),
        b"iTXt" => {
            let compressed = *rest.first()? == 1;
            let language = rest.get(2..)?;
            let translated = &language[language.iter().position(|&b| b == 0)? + 1..];
            let value = &translated[translated.iter().position(|&b| b == 0)? + 1..];
            if compressed { out.inflate("text chunk", value).into() } else { value.into() }
        }
        _ => rest.into(),
    };
    if keyword == "XML:com.adobe.xmp" {
        xmp::read(&value, out);
        return Some(());
    }
    if let Some(profile) = keyword.strip_prefix("Raw profile type ") {
        raw_profile(profile, &value, out);
        return Some(());
    }
    let length = value.len() as u64;
    // Latin-1 may take two bytes a character: four times the listed length is enough of either.
    let head = utf8_or_latin1(&value[..head_end(&value, 4 * MAX_VALUE)]);
    let technical = matches!(
        keyword.as_str(),
        "Software"
            | "Creation Time"
            | "create-date"
            | "modify-date"
            | "date:create"
            | "date:modify"
            | "date:timestamp"
    );
    out.entry_of_length(
        "PNG text",
        &keyword,
        &head,
        length.max(head.len().min(MAX_VALUE) as u64),
        !technical,
    );
    let field = format!("PNG text {keyword}");
    match keyword.as_str() {
        "Software" => out.software(&field, &head),
        "date:modify" => out.date(DateRole::Modified, &field, &head, Timestamp::parse(&head)),
        "Creation Time" => out.date(DateRole::Digitized, &field, &head, Timestamp::parse(&head)),
        _ => {}
    }
    generator::inspect(&field, &keyword, &head, length, out);
    Some(())
}

/// Up to `most` bytes, not ending within a UTF-8 character.
fn head_end(value: &[u8], most: usize) -> usize {
    let mut end = value.len().min(most);
    while end < value.len() && end > 0 && value[end] & 0xc0 == 0x80 && end + 4 > most {
        end -= 1;
    }
    end
}

/// ImageMagick's blocks in hexadecimal: a line with the name, one with the length, then the digits.
fn raw_profile(name: &str, text: &[u8], out: &mut Collector<'_>) {
    let what = format!("raw profile {name:?}");
    let mut lines = text.splitn(4, |&b| b == b'\n');
    let (_, _, length, digits) = (lines.next(), lines.next(), lines.next(), lines.next());
    let stated = length.and_then(|l| std::str::from_utf8(l).ok()).and_then(|l| l.trim().parse::<u64>().ok());
    let (Some(stated), Some(digits)) = (stated, digits) else {
        return out.warn(format!("{what} does not have its form"));
    };
    let nibbles: Vec<u8> =
        digits.iter().filter_map(|&b| char::from(b).to_digit(16)).map(|d| d as u8).collect();
    let block: Vec<u8> = nibbles.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    if block.len() as u64 != stated {
        out.warn(format!("{what} states {stated} bytes and has {}", block.len()));
    }
    out.fact("PNG text", &format!("Raw profile type {name}"), format!("{} bytes", block.len()));
    let xmp_head = b"http://ns.adobe.com/xap/1.0/\0";
    match name {
        "exif" | "EXIF" => exif::read_block(block.strip_prefix(b"Exif\0\0").unwrap_or(&block), None, out),
        "APP1" if block.starts_with(b"Exif\0\0") => exif::read_block(&block[6..], None, out),
        "APP1" if block.starts_with(xmp_head) => xmp::read(&block[xmp_head.len()..], out),
        "xmp" => xmp::read(&block, out),
        "iptc" | "8bim" if u16_be(&block, 0) == Some(0x3842) => iptc::read_resources(&block, out),
        "iptc" => iptc::read_iim(&block, out),
        "icc" | "icm" => icc::read(&block, out),
        _ => {}
    }
}

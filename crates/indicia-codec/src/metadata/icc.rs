//! Header and texts of an ICC profile (ICC.1:2022, 7.2 and 9.2).

use super::collect::{Collector, text_of, utf16};
use super::{IccProfile, Timestamp};
use crate::bytes::{u16_be, u32_be};

/// Tags of one profile that are looked at.
const MAX_TAGS: u32 = 256;

/// Reads a profile.
pub(super) fn read(data: &[u8], out: &mut Collector<'_>) {
    if !out.fits("ICC profile", data.len() as u64) {
        return;
    }
    let (Some(stated), Some(signature)) = (u32_be(data, 0), data.get(36..40)) else {
        return out.warn(format!("ICC profile has {} bytes, expected at least 128", data.len()));
    };
    if signature != b"acsp" {
        return out.warn("ICC profile has no signature acsp");
    }
    let word = |at: usize| data.get(at..at + 4).map(text_of).unwrap_or_default().trim().to_owned();
    let version = data.get(8..10).map_or(String::new(), |v| format!("{}.{}", v[0], v[1] >> 4));
    let part = |at: usize| u16_be(data, at).unwrap_or(0);
    let (hour, minute, second) = (u32::from(part(30)), u32::from(part(32)), u32::from(part(34)));
    let clock = (hour < 24 && minute < 60 && second <= 60).then_some(hour * 3600 + minute * 60 + second);
    let created = clock.and_then(|clock| {
        let small = |at| u8::try_from(part(at)).unwrap_or(0);
        Timestamp::new(part(24), small(26), small(28), Some(clock), None)
    });
    let profile = IccProfile {
        length: data.len() as u64,
        stated_length: u64::from(stated),
        version,
        class: word(12),
        color_space: word(16),
        description: text(data, b"desc"),
        copyright: text(data, b"cprt"),
        created,
    };
    out.fact("ICC", "ProfileSize", format!("{} bytes", profile.length));
    out.fact("ICC", "Version", &profile.version);
    out.fact("ICC", "DeviceClass", &profile.class);
    out.fact("ICC", "ColorSpace", &profile.color_space);
    out.fact("ICC", "ConnectionSpace", word(20));
    if let Some(created) = &profile.created {
        out.fact("ICC", "CreationDate", created.to_string());
    }
    for (name, value) in
        [("CMM", word(4)), ("Platform", word(40)), ("Manufacturer", word(48)), ("Creator", word(80))]
    {
        if !value.is_empty() {
            out.fact("ICC", name, value);
        }
    }
    for (name, value) in [("Description", &profile.description), ("Copyright", &profile.copyright)] {
        if let Some(value) = value {
            out.fact("ICC", name, value);
        }
    }
    if profile.stated_length != profile.length {
        out.warn(format!("ICC profile states {} bytes and has {}", profile.stated_length, profile.length));
    }
    out.found.icc.get_or_insert(profile);
}

/// Text of a tag: `desc` (version 2), `mluc` (version 4, its first language) or `text`.
fn text(data: &[u8], wanted: &[u8; 4]) -> Option<String> {
    let count = u32_be(data, 128)?.min(MAX_TAGS) as usize;
    let table = data.get(132..)?;
    let entry = table.chunks_exact(12).take(count).find(|entry| entry.starts_with(wanted))?;
    let (offset, length) = (u32_be(entry, 4)? as usize, u32_be(entry, 8)? as usize);
    let value = data.get(offset..offset.checked_add(length)?)?;
    let text = match value.get(..4)? {
        b"desc" => {
            let length = u32_be(value, 8)? as usize;
            text_of(value.get(12..12_usize.checked_add(length)?)?)
        }
        b"mluc" => {
            let (length, at) = (u32_be(value, 20)? as usize, u32_be(value, 24)? as usize);
            utf16(value.get(at..at.checked_add(length)?)?, true)
        }
        b"text" => text_of(value.get(8..)?),
        _ => return None,
    };
    Some(super::collect::clean(super::collect::cut(&text, 1024))).filter(|t| !t.is_empty())
}

use indicia_core::{Error, Result};
use serde_json::json;

use super::{CLASSES, FAMILIES, FAMILY_OF};
use crate::table::{Cell, Item, label_of};

/// The number of three that a list gives each family, once it was met.
#[derive(Debug, Default)]
pub(super) struct Families([Option<u64>; 3]);

impl Families {
    fn check(&mut self, family: usize, number: u64) -> Result<()> {
        let other = self.0.iter().position(|known| *known == Some(number)).filter(|of| *of != family);
        let known = *self.0[family].get_or_insert(number);
        if known != number || other.is_some() {
            return Err(Error::input(format!(
                "expected one number of three for {} throughout, got {number}{}",
                FAMILIES[family],
                other.map_or_else(
                    || format!(" after {known}"),
                    |of| format!(", which is that of {}", FAMILIES[of])
                )
            )));
        }
        Ok(())
    }
}

pub(super) fn image(line: &str, families: &mut Families) -> Result<Item> {
    let (name, labels) = labels(line)?;
    if name.is_empty() {
        return Err(Error::input("expected a name and three labels, got no name"));
    }
    item(name, labels, families)
}

pub(super) fn video(line: &str, families: &mut Families) -> Result<Item> {
    let (rest, labels) = labels(line)?;
    let (count, rest) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let count: usize = number("the count of segments", count)?;
    // From the end, as names may have spaces.
    let mut rest = rest.trim();
    let mut segments: Vec<(u64, u64, bool)> = vec![];
    for _ in 0..count {
        let mut fields = [""; 3];
        for field in fields.iter_mut().rev() {
            let Some((before, last)) = rest.rsplit_once(char::is_whitespace) else {
                return Err(Error::input(format!(
                    "expected {count} segments (start, length, fake or real) after the name, got {}",
                    segments.len()
                )));
            };
            (rest, *field) = (before.trim_end(), last);
        }
        let [start, length, fake] = fields;
        let (start, length): (u64, u64) = (number("a start", start)?, number("a length", length)?);
        let fake = label_of(&Cell::from(fake))?.unwrap_or_default();
        if length == 0 {
            return Err(Error::input(format!(
                "expected a segment of some frames at {start}, got a length of 0"
            )));
        }
        let Some(end) = start.checked_add(length).filter(|end| *end <= u64::from(u32::MAX)) else {
            return Err(Error::input(format!("expected frames below 2^32, got {start} and {length} more")));
        };
        segments.push((start, end, fake));
    }
    segments.reverse();
    if rest.is_empty() {
        return Err(Error::input("expected a name after the count of segments, got nothing"));
    }
    if let Some(pair) = segments.windows(2).find(|pair| pair[1].0 < pair[0].1) {
        return Err(Error::input(format!(
            "expected segments in order that do not overlap, got one from {} after one up to {}",
            pair[1].0, pair[0].1
        )));
    }
    let mut item = item(rest, labels, families)?;
    let fakes: Vec<_> = segments.iter().filter(|s| s.2).collect();
    if !segments.is_empty() && fakes.is_empty() == (item.label == Some(true)) {
        let (is, has) =
            if fakes.is_empty() { ("fake", "no fake segment") } else { ("real", "a fake segment") };
        return Err(Error::input(format!("the video is labelled {is} and has {has}")));
    }
    let listed: Vec<_> = fakes.iter().map(|(start, end, _)| json!({ "start": start, "end": end })).collect();
    let frames = segments.last().map_or(0, |(_, end, _)| *end);
    item.attributes.extend([
        ("segments".to_owned(), Cell::Json(listed.into())),
        ("frames".to_owned(), Cell::Int(frames as i64)),
        ("segment_count".to_owned(), Cell::Int(segments.len() as i64)),
    ]);
    Ok(item)
}

/// What comes before the three labels, and these.
fn labels(line: &str) -> Result<(&str, [u64; 3])> {
    let mut rest = line.trim();
    let mut labels = [0; 3];
    let names = ["the binary label", "the label of three", "the label of 16"];
    for (label, what) in labels.iter_mut().zip(names).rev() {
        let (before, last) = rest.rsplit_once(char::is_whitespace).unwrap_or(("", rest));
        *label = number(what, last)?;
        rest = before.trim_end();
    }
    Ok((rest, labels))
}

fn number<T: std::str::FromStr>(what: &str, text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::input(format!("expected a number as {what}, got {text:.40?}")))
}

fn item(name: &str, [binary, triple, class]: [u64; 3], families: &mut Families) -> Result<Item> {
    for (what, label, count) in
        [("binary label", binary, 2), ("label of three", triple, 3), ("label of 16", class, 16)]
    {
        if label >= count {
            return Err(Error::input(format!("expected a {what} from 0 to {}, got {label}", count - 1)));
        }
    }
    if (binary == 0) != (triple == 0) || (binary == 0) != (class == 0) {
        return Err(Error::input(format!(
            "the labels contradict each other: {binary} of two, {triple} of three, {class} of 16 (0 is real)"
        )));
    }
    let class = class as usize;
    let family = FAMILY_OF[class];
    families.check(family, triple)?;
    Ok(Item {
        path: name.to_owned(),
        label: Some(binary == 1),
        method: (class > 0).then(|| CLASSES[class].to_owned()),
        attributes: vec![
            ("class".to_owned(), CLASSES[class].into()),
            ("family".to_owned(), FAMILIES[family].into()),
        ],
        ..Item::default()
    })
}

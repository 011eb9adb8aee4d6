//! The document information dictionary and the XMP packet of a PDF.

use hayro::hayro_syntax::object::String as PdfString;
use hayro::hayro_syntax::object::{Dict, Stream};
use indicia_core::{Evidence, Result};

use super::{Document, on_deep_stack, revisions, text_string};
use crate::metadata::collect::Collector;
use crate::metadata::{DateRole, Timestamp, xmp};

/// Fields of the information dictionary that name no person or subject.
const TECHNICAL: [&str; 5] = ["Creator", "Producer", "CreationDate", "ModDate", "Trapped"];

/// Reads the information dictionary (group `PDF`) and the document's XMP packet.
pub(crate) fn read(evidence: &Evidence, out: &mut Collector<'_>) -> Result<()> {
    let document = evidence.view::<Document>(())?;
    let (fields, packet) =
        on_deep_stack("reading the metadata of a PDF", || Ok((document.information(), document.packet())))?;
    for (name, value) in fields {
        if matches!(name.as_str(), "Creator" | "Producer") {
            out.software(format!("PDF {name}"), &value);
        }
        let role = match name.as_str() {
            "CreationDate" => Some(DateRole::Digitized),
            "ModDate" => Some(DateRole::Modified),
            _ => None,
        };
        if let Some(role) = role {
            out.date(role, &format!("PDF {name}"), &value, pdf_date(&value));
        }
        out.entry("PDF", &name, &value, !TECHNICAL.contains(&name.as_str()));
    }
    if let Some(packet) = packet {
        xmp::read(&packet, out);
    }
    Ok(())
}

impl Document {
    /// The fields of the information dictionary of the last version that has one.
    fn information(&self) -> Vec<(String, String)> {
        let mut fields = vec![];
        for revision in self.revisions.all.iter().rev() {
            let Some(trailer) = revisions::trailer(&self.bytes, revision.xref) else { continue };
            let Some(id) = trailer.get_ref(b"Info") else { continue };
            let Some(info) = self.pdf.xref().get::<Dict<'_>>(id.into()) else { continue };
            for key in info.keys().take(256) {
                if let Some(value) = info.get::<PdfString<'_>>(key.as_ref()) {
                    fields.push((key.as_str().to_owned(), text_string(value.as_bytes())));
                }
            }
            break;
        }
        fields.sort();
        fields
    }

    fn packet(&self) -> Option<Vec<u8>> {
        let stream = Self::catalog(&self.pdf)?.get::<Stream<'_>>(b"Metadata")?;
        Some(stream.decoded_data().ok()?.into_owned())
    }
}

/// `D:YYYYMMDDHHmmSSOHH'mm'` (ISO 32000-1, 7.9.4); all behind the year may be left out.
fn pdf_date(text: &str) -> Option<Timestamp> {
    let text = text.trim().trim_start_matches("D:");
    let digits: String = text.chars().take_while(char::is_ascii_digit).take(14).collect();
    let part = |from: usize, otherwise: u32| match digits.get(from..from + 2) {
        Some(pair) => pair.parse().ok(),
        None => Some(otherwise),
    };
    let year = digits.get(..4)?.parse().ok()?;
    let (month, day) = (part(4, 1)?, part(6, 1)?);
    let (hour, minute, second) = (part(8, 0)?, part(10, 0)?, part(12, 0)?);
    let time = (digits.len() >= 10 && hour < 24 && minute < 60).then_some(hour * 3600 + minute * 60 + second);
    let zone: String = text.chars().skip(digits.len()).filter(|c| *c != '\'').collect();
    let stamp = Timestamp::new(year, u8::try_from(month).ok()?, u8::try_from(day).ok()?, time, None)?;
    Some(stamp.with_offset(&zone))
}

#[cfg(test)]
mod tests {
    use super::pdf_date;

    #[test]
    fn dates_are_read_in_all_their_lengths() {
        let at = |text| pdf_date(text).map(|t| t.to_string());
        assert_eq!(at("D:20240531123005+02'00'").as_deref(), Some("2024-05-31 12:30:05 +02:00"));
        assert_eq!(at("D:20240531123005Z").as_deref(), Some("2024-05-31 12:30:05 UTC"));
        assert_eq!(at("20240531").as_deref(), Some("2024-05-31"));
        assert_eq!(at("D:2024").as_deref(), Some("2024-01-01"));
        assert_eq!(at("D:20241331"), None);
        assert_eq!(at("yesterday"), None);
    }
}

//! Parts of a DICOM file: frames, JPEG frames in their own coding, an encapsulated document.

use std::borrow::Cow;

use indicia_core::{Error, Evidence, Kind, Part, PartRole, PartSpan, Result};

use super::codestream::{Coding, coding};
use super::image::{self, Image};
use super::walk::{Layout, PixelData, uid};
use crate::{Parts, sniff};

/// Encapsulated Document (PS3.3, C.24.2).
const DOCUMENT: u32 = 0x0042_0011;

#[derive(Clone, Copy)]
enum Place {
    /// A frame by its index, from its pixels.
    Frame(u32),
    /// A frame by its index, in its own coding.
    Jpeg(u32),
    Document,
}

/// Lists the frames that the first one's pixels do not show, and those that are JPEG files inside the file.
pub(crate) fn parts(evidence: &Evidence) -> Result<Parts> {
    let layout = evidence.view::<Layout>(())?;
    let bytes = evidence.bytes();
    let mut places = vec![];
    let mut list = vec![];
    if let Some(image) = Image::read(&layout, bytes, evidence.limits())? {
        for index in 0..image.frames {
            let jpeg = jpeg(&layout, bytes, &image, index);
            if jpeg.is_none() && index == 0 {
                continue;
            }
            let mut part = Part::new(PartRole::Frame, format!("frame {}", index + 1));
            part.span = jpeg.as_ref().and_then(|(_, span)| *span);
            if jpeg.is_some() {
                part.note = Some("JPEG data, examined in their own coding".into());
            }
            places.push(if jpeg.is_some() { Place::Jpeg(index) } else { Place::Frame(index) });
            list.push(part);
        }
    }
    if let Some(document) = document(&layout, bytes) {
        let kind = sniff(document).map_or("a file of unknown kind", Kind::name);
        let mut part = Part::new(PartRole::EmbeddedImage, "encapsulated document");
        part.note = Some(kind.to_owned());
        places.push(Place::Document);
        list.push(part);
    }
    Ok(Parts::new(list, move |evidence, index| {
        let layout = evidence.view::<Layout>(())?;
        match places[index] {
            Place::Frame(frame) => super::frame(evidence, frame)?.into_evidence(evidence),
            Place::Jpeg(frame) => {
                let image = Image::read(&layout, evidence.bytes(), evidence.limits())?;
                let jpeg = image.and_then(|image| jpeg(&layout, evidence.bytes(), &image, frame));
                let (data, _) = jpeg.ok_or_else(|| Error::internal("a JPEG frame has gone"))?;
                evidence.embedded(Kind::Jpeg, data.into_owned())
            }
            Place::Document => {
                let data = document(&layout, evidence.bytes()).unwrap_or_default();
                evidence.embedded(crate::identify(data, evidence.limits())?, data.to_vec())
            }
        }
    }))
}

/// The bytes of a frame that is a JPEG of a kind whose coefficients are read, and where they stand.
fn jpeg<'a>(
    layout: &'a Layout,
    bytes: &'a [u8],
    image: &Image,
    index: u32,
) -> Option<(Cow<'a, [u8]>, Option<PartSpan>)> {
    if !matches!(layout.pixels, Some(PixelData::Encapsulated { .. }))
        || layout.transfer.as_deref() == Some(uid::RLE)
    {
        return None;
    }
    let (data, place) = image::fragment(layout, bytes, image.frames, index).ok()?;
    if coding(&data) != Coding::Jpeg {
        return None;
    }
    // A fragment of odd length is padded with a zero.
    let length = if data.ends_with(b"\xFF\xD9\0") { data.len() - 1 } else { data.len() };
    let span = place
        .filter(|_| layout.inflated.is_none())
        .map(|place| PartSpan { offset: place.start as u64, length: length as u64 });
    let data = match data {
        Cow::Borrowed(data) => Cow::Borrowed(&data[..length]),
        Cow::Owned(mut data) => {
            data.truncate(length);
            Cow::Owned(data)
        }
    };
    Some((data, span))
}

fn document<'a>(layout: &'a Layout, bytes: &'a [u8]) -> Option<&'a [u8]> {
    layout.value(bytes, DOCUMENT).filter(|value| !value.is_empty())
}

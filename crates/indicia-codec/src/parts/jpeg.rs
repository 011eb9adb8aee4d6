//! What a JPEG file holds beside its main picture: the pictures of a multi-picture index (CIPA DC-007), the
//! film of a motion photo, further JPEG files and other data after the end.

use std::ops::Range;

use indicia_core::{Evidence, Part, PartRole, PartSpan, Result};
use memchr::memmem;

use super::Parts;
use crate::bytes::{array, u16_be, u32_be};
use crate::jpeg::Jpeg;
use crate::{identify, sniff};

/// Pieces of the data after the picture that are told apart.
const MOST: usize = 64;

struct Piece {
    role: PartRole,
    name: &'static str,
    range: Range<usize>,
    note: Option<String>,
}

/// Lists the parts of a JPEG. A file that cannot be read as one has none.
pub(super) fn parts(evidence: &Evidence) -> Result<Parts> {
    let Ok(jpeg) = evidence.view::<Jpeg>(()) else { return Ok(Parts::none()) };
    let bytes = evidence.bytes();
    let mut pieces = indexed(bytes, &jpeg, evidence.limits().frames);
    let known: Vec<Range<usize>> = pieces.iter().map(|piece| piece.range.clone()).collect();
    pieces.extend(trailing(bytes, jpeg.trailing.clone(), &known));
    pieces.sort_by_key(|piece| piece.range.start);
    let mut ranges = vec![];
    let mut list: Vec<Part> = vec![];
    // The main picture is the first.
    let mut pictures = 1;
    for Piece { role, name, range, note } in pieces {
        let number = if role == PartRole::Picture {
            pictures += 1;
            pictures
        } else {
            1 + list.iter().filter(|part| part.name.starts_with(name)).count()
        };
        let alone = number == 1;
        let span = PartSpan { offset: range.start as u64, length: range.len() as u64 };
        let name = if alone { name.to_owned() } else { format!("{name} {number}") };
        list.push(Part { name, role, span: Some(span), note });
        ranges.push(range);
    }
    Ok(Parts::new(list, move |evidence, index| {
        let data = evidence.bytes().get(ranges[index].clone()).unwrap_or_default();
        let kind = identify(data, evidence.limits())?;
        evidence.embedded(kind, data.to_vec())
    }))
}

/// Pictures that the multi-picture index places, the main one left out.
fn indexed(bytes: &[u8], jpeg: &Jpeg, most: u32) -> Vec<Piece> {
    entries(bytes, jpeg, most).unwrap_or_default()
}

fn entries(bytes: &[u8], jpeg: &Jpeg, most: u32) -> Option<Vec<Piece>> {
    let is_index = |range: &Range<usize>| bytes.get(range.clone()).is_some_and(|p| p.starts_with(b"MPF\0"));
    let segment = jpeg.segments.iter().find(|s| s.marker == 0xE2 && is_index(&s.payload))?;
    // Offsets count from the byte order mark.
    let base = segment.payload.start + 4;
    let tiff = bytes.get(base..segment.payload.end)?;
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let u16_at = |at: usize| u16_be(tiff, at).map(|v| if little { v.swap_bytes() } else { v });
    let u32_at = |at: usize| u32_be(tiff, at).map(|v| if little { v.swap_bytes() } else { v });
    let directory = u32_at(4)? as usize;
    let count = usize::from(u16_at(directory)?);
    let field = (0..count).map(|i| directory + 2 + 12 * i).find(|at| u16_at(*at) == Some(0xB002))?;
    let (length, place) = (u32_at(field + 4)? as usize, u32_at(field + 8)? as usize);
    let mut out = vec![];
    for i in 0..(length / 16).min(most as usize) {
        let at = place.checked_add(16 * i)?;
        let (Some(attribute), Some(size), Some(offset)) = (u32_at(at), u32_at(at + 4), u32_at(at + 8)) else {
            break;
        };
        // The main picture has offset 0.
        if offset == 0 {
            continue;
        }
        let start = base.saturating_add(offset as usize);
        let end = start.saturating_add(size as usize);
        let (role, kind) = match attribute & 0x00FF_FFFF {
            0x01_0001 => (PartRole::Thumbnail, "large thumbnail of VGA size"),
            0x01_0002 => (PartRole::Thumbnail, "large thumbnail of full HD size"),
            0x02_0001 => (PartRole::Picture, "a panorama's picture"),
            0x02_0002 => (PartRole::Picture, "disparity picture"),
            0x02_0003 => (PartRole::Picture, "one of several angles"),
            0x03_0000 => (PartRole::Picture, "primary picture"),
            _ => (PartRole::Picture, "of undefined type, as gain and depth maps have"),
        };
        let name = if role == PartRole::Thumbnail { "large thumbnail" } else { "picture" };
        let missing = if end > bytes.len() || start >= bytes.len() { ", not all in the file" } else { "" };
        let note = Some(format!("multi-picture index: {kind}{missing}"));
        out.push(Piece { role, name, range: start.min(bytes.len())..end.min(bytes.len()), note });
    }
    Some(out)
}

/// Tells apart what follows the picture and is in no index.
fn trailing(bytes: &[u8], range: Range<usize>, known: &[Range<usize>]) -> Vec<Piece> {
    let film_declared = ["MotionPhoto", "MicroVideo"]
        .iter()
        .any(|word| memmem::find(&bytes[..range.start.min(bytes.len())], word.as_bytes()).is_some());
    // Marks of beginnings may be many, and each may lead through all that follows.
    let mut budget = range.len().saturating_mul(8);
    let mut out = vec![];
    let mut at = range.start;
    while at < range.end && out.len() < MOST {
        if let Some(skip) = known.iter().find(|k| k.contains(&at)) {
            at = skip.end;
            continue;
        }
        let stop = known.iter().map(|k| k.start).filter(|start| *start > at).min().unwrap_or(range.end);
        let stop = stop.min(range.end);
        let data = &bytes[at..stop];
        if let Some(length) = jpeg_length(data, &mut budget) {
            let note = Some("follows the picture, and no index declares it".to_owned());
            out.push(Piece { role: PartRole::Picture, name: "picture", range: at..at + length, note });
            at += length;
        } else if let Some(length) = film_length(data) {
            let note = if film_declared {
                "MP4, declared by the picture's XMP as a motion photo's film"
            } else {
                "MP4, as in motion photos; the picture's XMP does not declare it"
            };
            let (role, name, note) = (PartRole::Video, "film", Some(note.to_owned()));
            out.push(Piece { role, name, range: at..at + length, note });
            at += length;
        } else {
            let next = next_start(data, &mut budget).map_or(stop, |next| at + next);
            let gap = &bytes[at..next];
            if !gap.iter().all(|b| matches!(b, 0 | 0xFF)) {
                let samsung =
                    memmem::find(gap, b"SEFH").is_some() || memmem::find(gap, b"MotionPhoto_Data").is_some();
                let note = match sniff(gap) {
                    Some(kind) => kind.name().to_owned(),
                    None if samsung => "Samsung's directory of what follows the picture".to_owned(),
                    None => "data that no index declares".to_owned(),
                };
                out.push(Piece {
                    role: PartRole::Trailer,
                    name: "trailing data",
                    range: at..next,
                    note: Some(note),
                });
            }
            at = next;
        }
    }
    out
}

/// Where, after its first byte, the next JPEG or film begins.
fn next_start(data: &[u8], budget: &mut usize) -> Option<usize> {
    let rest = data.get(1..)?;
    let jpeg = memmem::find_iter(rest, b"\xFF\xD8\xFF")
        .map(|at| at + 1)
        .take(MOST)
        .find(|at| jpeg_length(&data[*at..], budget).is_some());
    let film = memmem::find_iter(rest, b"ftyp")
        .filter_map(|at| (at + 1).checked_sub(4))
        .take(MOST)
        .find(|at| *at > 0 && film_length(&data[*at..]).is_some());
    [jpeg, film].into_iter().flatten().min()
}

/// Bytes of the JPEG that `data` begins with, by its markers; `None` if it has no frame or no end, or if the
/// `budget` of bytes to look through is spent.
fn jpeg_length(data: &[u8], budget: &mut usize) -> Option<usize> {
    if !data.starts_with(b"\xFF\xD8\xFF") {
        return None;
    }
    let mut at = 2;
    let mut frame = false;
    loop {
        *budget = budget.checked_sub(1)?;
        let [0xFF, marker] = array(data, at)? else { return None };
        match marker {
            0xFF => at += 1,
            0xD9 => return frame.then_some(at + 2),
            0x01 | 0xD0..=0xD8 => at += 2,
            _ => {
                frame |= matches!(marker, 0xC0..=0xC3);
                at += 2 + usize::from(u16_be(data, at + 2)?.max(2));
                if marker == 0xDA {
                    // Entropy-coded data: up to a marker that is no restart.
                    let coded = data.get(at..)?;
                    let coded = &coded[..coded.len().min(*budget)];
                    let end = memchr::memchr_iter(0xFF, coded)
                        .find(|i| coded.get(i + 1).is_some_and(|b| !matches!(b, 0 | 0xD0..=0xD7)));
                    *budget -= end.unwrap_or(coded.len());
                    at += end?;
                }
            }
        }
    }
}

/// Bytes of the MP4 film that `data` begins with (ISO/IEC 14496-12): its boxes one after the other.
fn film_length(data: &[u8]) -> Option<usize> {
    const BOXES: [&[u8; 4]; 12] = [
        b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"uuid", b"moof", b"mfra", b"meta", b"sidx",
        b"styp",
    ];
    if data.get(4..8)? != b"ftyp" {
        return None;
    }
    let mut at = 0;
    while let (Some(size), Some(name)) = (u32_be(data, at), array::<4>(data, at + 4)) {
        if !BOXES.contains(&&name) {
            break;
        }
        let size = match size {
            0 => (data.len() - at) as u64,
            1 => array(data, at + 8).map(u64::from_be_bytes)?,
            size => size.into(),
        };
        if size < 8 {
            break;
        }
        at = usize::try_from(size)
            .ok()
            .and_then(|size| at.checked_add(size))
            .map_or(data.len(), |end| end.min(data.len()));
    }
    (at > 8).then_some(at)
}

#[cfg(test)]
mod tests {
    use indicia_core::{ErrorKind, Kind, Limits};

    use super::*;
    use crate::Pixels;
    use crate::jpeg::{Subsampling, encode, standard_tables};

    fn jpeg(width: usize, gray: u8) -> Vec<u8> {
        let pixels = vec![gray; width * 16 * 3];
        encode(&pixels, width, 16, &standard_tables(80), Subsampling::S444).unwrap()
    }

    fn film() -> Vec<u8> {
        [&b"\0\0\0\x10ftypmp42\0\0\0\0"[..], b"\0\0\0\x0Cmdatabcd", b"\0\0\0\x08moov"].concat()
    }

    fn read(bytes: Vec<u8>) -> (Evidence, std::sync::Arc<Parts>) {
        let evidence = Evidence::new(Kind::Jpeg, bytes, Limits::default());
        let parts = evidence.view::<Parts>(()).unwrap();
        (evidence, parts)
    }

    /// An index of the main picture and one more, which the index says is at `offset` and `size` bytes long.
    fn with_index(main: &[u8], offset: u32, size: u32) -> Vec<u8> {
        let mut index = b"MPF\0MM\0*\0\0\0\x08\0\x01\xB0\x02\0\x07\0\0\0\x20\0\0\0\x1A\0\0\0\0".to_vec();
        for (attribute, size, offset) in [(0x2003_0000_u32, main.len() as u32, 0), (0, size, offset)] {
            [attribute, size, offset, 0].iter().for_each(|v| index.extend(v.to_be_bytes()));
        }
        let length = (index.len() as u16 + 2).to_be_bytes();
        [&main[..2], &[0xFF, 0xE2], &length, &index, &main[2..]].concat()
    }

    #[test]
    fn pictures_of_an_index_are_parts() {
        let (main, second) = (jpeg(16, 90), jpeg(24, 40));
        let whole = with_index(&main, 0, 0).len();
        // The index's base is 10 bytes into the file: SOI, marker, length, "MPF\0".
        let mut file = with_index(&main, (whole - 10) as u32, second.len() as u32);
        file.extend(&second);
        let (evidence, parts) = read(file);
        let [part] = &parts.list[..] else { panic!("{parts:?}") };
        assert_eq!((part.name.as_str(), part.role), ("picture 2", PartRole::Picture));
        assert_eq!(part.span, Some(PartSpan { offset: whole as u64, length: second.len() as u64 }));
        let child = parts.load(&evidence, 0).unwrap();
        assert_eq!((child.bytes(), child.depth()), (&second[..], 1));
        assert_eq!(child.view::<Pixels>(()).unwrap().width, 24);
    }

    #[test]
    fn what_follows_the_picture_is_told_apart() {
        let (main, second) = (jpeg(16, 90), jpeg(24, 40));
        let file = [&main[..], &second, b"\0\0", &film(), b"hello", &jpeg(8, 1)].concat();
        let (evidence, parts) = read(file);
        let told: Vec<_> =
            parts.list.iter().map(|p| (p.name.as_str(), p.role, p.span.unwrap().length)).collect();
        let expected = [
            ("picture 2", PartRole::Picture, second.len() as u64),
            ("film", PartRole::Video, film().len() as u64),
            ("trailing data", PartRole::Trailer, 5),
            ("picture 3", PartRole::Picture, jpeg(8, 1).len() as u64),
        ];
        assert_eq!(told, expected);
        assert_eq!(parts.load(&evidence, 1).unwrap_err().kind(), ErrorKind::Unsupported);
        assert_eq!(parts.load(&evidence, 3).unwrap().view::<Pixels>(()).unwrap().width, 8);
        assert_eq!(parts.load(&evidence, 4).unwrap_err().kind(), ErrorKind::Internal);
    }

    #[test]
    fn a_plain_file_has_no_parts_and_no_cut_disturbs() {
        assert!(read(jpeg(16, 9)).1.list.is_empty());
        assert!(read([jpeg(16, 9), vec![0; 9]].concat()).1.list.is_empty());
        let main = jpeg(16, 90);
        let whole = with_index(&main, 0, 0).len();
        let file = [with_index(&main, (whole - 10) as u32, 900), main, film()].concat();
        for cut in 0..file.len() {
            let (evidence, parts) = read(file[..cut].to_vec());
            for index in 0..parts.list.len() {
                let _ = parts.load(&evidence, index);
            }
        }
    }
}

//! The elements of a DICOM file (PS3.5 section 7, PS3.10 section 7), read in one pass without recursion.

use std::io::Read;
use std::ops::Range;
use std::sync::OnceLock;

use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::StandardDataDictionary;
use flate2::read::DeflateDecoder;
use indicia_core::{Error, Evidence, Limits, Result, View};

use crate::bytes::array;

/// Sequences inside sequences that are followed. Structured reports have a dozen.
const MAX_DEPTH: usize = 128;
/// Nested elements that are kept; those of the data set itself always are.
const MAX_NESTED: usize = 50_000;
/// Warnings of one file.
const MAX_WARNINGS: usize = 20;

const ITEM: u32 = 0xFFFE_E000;
const ITEM_END: u32 = 0xFFFE_E00D;
const SEQUENCE_END: u32 = 0xFFFE_E0DD;
const UNDEFINED: u32 = 0xFFFF_FFFF;

/// Tags that decide how the rest is read.
pub(super) mod tag {
    pub const TRANSFER_SYNTAX: u32 = 0x0002_0010;
    pub const EXTENDED_OFFSETS: u32 = 0x7FE0_0001;
    pub const FLOAT_PIXELS: u32 = 0x7FE0_0008;
    pub const DOUBLE_PIXELS: u32 = 0x7FE0_0009;
    pub const PIXELS: u32 = 0x7FE0_0010;
}

/// Transfer syntaxes that change how elements are read (PS3.5, annex A).
pub(super) mod uid {
    pub const IMPLICIT: &str = "1.2.840.10008.1.2";
    pub const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
    pub const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
    pub const JPIP_DEFLATED: &str = "1.2.840.10008.1.2.4.95";
    pub const JPIP_HTJ2K_DEFLATED: &str = "1.2.840.10008.1.2.4.205";
    pub const ENCAPSULATED_PLAIN: &str = "1.2.840.10008.1.2.1.98";
    pub const DEFLATED_FRAMES: &str = "1.2.840.10008.1.2.8.1";
    pub const RLE: &str = "1.2.840.10008.1.2.5";
}

/// Byte order and whether elements state their value representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    pub little: bool,
    pub explicit: bool,
}

/// One element.
#[derive(Debug, Clone)]
pub(super) struct Element {
    /// Group in the upper, element in the lower 16 bits.
    pub tag: u32,
    pub vr: [u8; 2],
    /// Sequences it stands in.
    pub depth: usize,
    /// Where its value lies; of a sequence, nothing.
    pub value: Range<usize>,
}

/// Where samples lie.
#[derive(Debug, Clone)]
pub(super) enum PixelData {
    /// Rows after rows.
    Native { value: Range<usize>, vr: [u8; 2] },
    /// Fragments of compressed data, and the offset of each frame's first one, counted from the first
    /// fragment's header.
    Encapsulated { offsets: Vec<u64>, fragments: Vec<Range<usize>> },
    /// Floating-point samples.
    Float,
}

/// What the pass finds. The view that pixels, metadata and parts are read from.
#[derive(Debug)]
pub(super) struct Layout {
    /// The data set, if it stands deflated in the file.
    pub inflated: Option<Vec<u8>>,
    pub syntax: Syntax,
    /// The transfer syntax that the file states.
    pub transfer: Option<String>,
    /// Elements of the file meta information: ranges of the file.
    pub meta: Vec<Element>,
    /// Elements of the data set, in order: ranges of [`Layout::data`].
    pub elements: Vec<Element>,
    pub pixels: Option<PixelData>,
    /// Indices of the fragments that frames begin with, worked out when first asked for: a file may have many
    /// frames and fragments, and to search all fragments for each frame would take its time.
    pub starts: OnceLock<Vec<usize>>,
    pub warnings: Vec<String>,
}

impl View for Layout {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        read(evidence.bytes(), evidence.limits())
    }
}

impl Layout {
    /// The bytes that ranges of the data set refer to.
    pub(super) fn data<'a>(&'a self, file: &'a [u8]) -> &'a [u8] {
        self.inflated.as_deref().unwrap_or(file)
    }

    /// The value of an element of the data set itself.
    pub(super) fn value<'a>(&'a self, file: &'a [u8], wanted: u32) -> Option<&'a [u8]> {
        let element = self.elements.iter().find(|e| e.depth == 0 && e.tag == wanted)?;
        self.data(file).get(element.value.clone())
    }

    /// The value of the first such element at any depth.
    pub(super) fn nested<'a>(&'a self, file: &'a [u8], wanted: u32) -> Option<&'a [u8]> {
        let element = self.elements.iter().find(|e| e.tag == wanted)?;
        self.data(file).get(element.value.clone())
    }
}

/// Reads the file's structure.
///
/// # Errors
/// `Input` if there is no data set, `Limits` if a deflated one is larger than the limits allow.
pub(super) fn read(bytes: &[u8], limits: &Limits) -> Result<Layout> {
    let mut warnings = vec![];
    let start = if bytes.get(128..132) == Some(b"DICM") { 132 } else { 0 };
    let mut meta = vec![];
    let mut at = start;
    let explicit = Syntax { little: true, explicit: true };
    while bytes.get(at..at + 2) == Some(&[2, 0]) {
        // A few writers leave the value representation out here as well.
        let syntax = if states_vr(bytes, at) { explicit } else { Syntax { explicit: false, ..explicit } };
        let Some(header) = header(bytes, at, syntax) else { break };
        let end = header.value_at.saturating_add(header.length as usize).min(bytes.len());
        meta.push(Element { tag: header.tag, vr: header.vr, depth: 0, value: header.value_at..end });
        at = end;
    }
    let transfer = meta.iter().find(|e| e.tag == tag::TRANSFER_SYNTAX).map(|e| {
        let text = String::from_utf8_lossy(&bytes[e.value.clone()]).into_owned();
        text.trim_matches(['\0', ' ']).to_owned()
    });
    let stated = transfer.as_deref().filter(|uid| !uid.is_empty());
    let inflated = match stated {
        Some(uid::DEFLATED | uid::JPIP_DEFLATED | uid::JPIP_HTJ2K_DEFLATED) => {
            Some(inflate(&bytes[at..], limits, &mut warnings)?)
        }
        _ => None,
    };
    let (data, from) = inflated.as_deref().map_or((bytes, at), |data| (data, 0));
    let syntax = syntax(data, from, stated, &mut warnings);
    let mut walk = Walk { data, syntax, elements: vec![], pixels: None, nested: 0, warnings };
    walk.run(from);
    let Walk { elements, pixels, warnings, .. } = walk;
    if elements.is_empty() {
        return Err(Error::input("there is no data set: no element can be read"));
    }
    Ok(Layout { starts: OnceLock::new(), syntax, transfer, meta, pixels, warnings, elements, inflated })
}

fn inflate(deflated: &[u8], limits: &Limits, warnings: &mut Vec<String>) -> Result<Vec<u8>> {
    let most = limits.bytes.min(limits.memory / 4);
    let mut out = vec![];
    let outcome = DeflateDecoder::new(deflated).take(most.saturating_add(1)).read_to_end(&mut out);
    if out.len() as u64 > most {
        return Err(Error::limits(format!("the deflated data set has more than {most} bytes")));
    }
    if let Err(error) = outcome {
        if out.is_empty() {
            return Err(Error::input_from("the deflated data set cannot be inflated", error));
        }
        warnings.push(format!("the deflated data set does not inflate to its end: {error}"));
    }
    Ok(out)
}

/// How elements are stored: as the transfer syntax says, unless the first element shows otherwise.
fn syntax(data: &[u8], at: usize, stated: Option<&str>, warnings: &mut Vec<String>) -> Syntax {
    let told = stated.map(|uid| Syntax { little: uid != uid::BIG_ENDIAN, explicit: uid != uid::IMPLICIT });
    // Groups of a data set are far below 0x0100 at its beginning, so that one byte of the tag is zero.
    let little = match data.get(at..at + 2) {
        Some([0, group]) if *group != 0 => false,
        Some([_, 0]) => true,
        _ => told.is_none_or(|t| t.little),
    };
    let seen = Syntax { little, explicit: states_vr(data, at) };
    match told {
        Some(told) if told == seen || data.len() < at + 8 => told,
        Some(_) => {
            warnings.push("the elements are not stored as the transfer syntax says".into());
            seen
        }
        None => seen,
    }
}

/// True if two capital letters stand where an explicit element has its value representation.
fn states_vr(data: &[u8], at: usize) -> bool {
    data.get(at.saturating_add(4)..at.saturating_add(6))
        .is_some_and(|vr| vr.iter().all(u8::is_ascii_uppercase))
}

struct ElementHeader {
    tag: u32,
    vr: [u8; 2],
    length: u32,
    value_at: usize,
}

fn tag_at(data: &[u8], at: usize, little: bool) -> Option<u32> {
    let [a, b, c, d] = array(data, at)?;
    Some(if little { u32::from_le_bytes([c, d, a, b]) } else { u32::from_be_bytes([a, b, c, d]) })
}

fn length_at(data: &[u8], at: usize, little: bool) -> Option<u32> {
    let four = array(data, at)?;
    Some(if little { u32::from_le_bytes(four) } else { u32::from_be_bytes(four) })
}

fn header(data: &[u8], at: usize, syntax: Syntax) -> Option<ElementHeader> {
    const LONG: [&[u8; 2]; 13] =
        [b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"];
    let tag = tag_at(data, at, syntax.little)?;
    // Delimiters have no value representation in any syntax.
    if !syntax.explicit || tag >> 16 == 0xFFFE || !states_vr(data, at) {
        let length = length_at(data, at + 4, syntax.little)?;
        return Some(ElementHeader { tag, vr: dictionary_vr(tag), length, value_at: at + 8 });
    }
    let vr: [u8; 2] = array(data, at + 4)?;
    if LONG.contains(&&vr) {
        let length = length_at(data, at + 8, syntax.little)?;
        return Some(ElementHeader { tag, vr, length, value_at: at + 12 });
    }
    let two = array(data, at + 6)?;
    let length = if syntax.little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) };
    Some(ElementHeader { tag, vr, length: length.into(), value_at: at + 8 })
}

/// The value representation that the standard gives a tag; `UN` where it gives none.
fn dictionary_vr(tag: u32) -> [u8; 2] {
    if tag & 0xFFFF == 0 {
        return *b"UL";
    }
    let entry = StandardDataDictionary.by_tag(Tag((tag >> 16) as u16, tag as u16));
    entry.map_or(VR::UN, |entry| entry.vr().relaxed()).to_bytes()
}

/// Something that elements stand in.
struct Open {
    is_item: bool,
    /// Where it ends, if it says so.
    end: Option<usize>,
    /// How its elements are stored.
    syntax: Syntax,
}

struct Walk<'a> {
    data: &'a [u8],
    syntax: Syntax,
    elements: Vec<Element>,
    pixels: Option<PixelData>,
    nested: usize,
    warnings: Vec<String>,
}

impl Walk<'_> {
    fn warn(&mut self, text: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(text);
        }
    }

    /// Reads elements from `at` to the end of the data, or to where they cannot be read on.
    fn run(&mut self, mut at: usize) {
        let mut open: Vec<Open> = vec![];
        while at < self.data.len() {
            while open.last().is_some_and(|o| o.end.is_some_and(|end| at >= end)) {
                open.pop();
            }
            let syntax = open.last().map_or(self.syntax, |o| o.syntax);
            let Some(header) = header(self.data, at, syntax) else {
                // Some writers pad the end of the file.
                if self.data[at..].iter().any(|b| *b != 0) {
                    self.warn(format!("the file ends inside an element's header, at byte {at}"));
                }
                return;
            };
            match header.tag {
                ITEM => {
                    let end = self.end_of(&header, at);
                    open.push(Open { is_item: true, end, syntax });
                    at = header.value_at;
                }
                ITEM_END | SEQUENCE_END => {
                    let wanted = header.tag == ITEM_END;
                    if open.last().is_some_and(|o| o.is_item == wanted) {
                        open.pop();
                    } else if header.tag == SEQUENCE_END && open.len() >= 2 {
                        open.truncate(open.len() - 2);
                    }
                    at = header.value_at;
                }
                _ => {
                    let Some(next) = self.element(&header, at, syntax, &mut open) else { return };
                    at = next;
                }
            }
            if open.len() > 2 * MAX_DEPTH {
                self.warn(format!("sequences are more than {MAX_DEPTH} deep; nothing after is read"));
                return;
            }
        }
    }

    fn end_of(&mut self, header: &ElementHeader, at: usize) -> Option<usize> {
        if header.length == UNDEFINED {
            return None;
        }
        let end = header.value_at.saturating_add(header.length as usize);
        if end > self.data.len() {
            self.warn(format!(
                "element ({:04x},{:04x}) at byte {at} states {} bytes, {} are there",
                header.tag >> 16,
                header.tag & 0xFFFF,
                header.length,
                self.data.len().saturating_sub(header.value_at)
            ));
        }
        Some(end.min(self.data.len()))
    }

    /// Takes in one element and gives the place of the next; `None` if reading cannot go on.
    fn element(
        &mut self,
        header: &ElementHeader,
        at: usize,
        syntax: Syntax,
        open: &mut Vec<Open>,
    ) -> Option<usize> {
        let depth = open.iter().filter(|o| o.is_item).count();
        let end = self.end_of(header, at);
        let (tag, vr) = (header.tag, header.vr);
        if tag == tag::PIXELS && depth == 0 {
            return match end {
                Some(end) => {
                    self.pixels = Some(PixelData::Native { value: header.value_at..end, vr });
                    Some(end)
                }
                None => {
                    let (pixels, next) = self.fragments(header.value_at, syntax.little);
                    self.pixels = Some(pixels);
                    Some(next)
                }
            };
        }
        if depth == 0 && matches!(tag, tag::FLOAT_PIXELS | tag::DOUBLE_PIXELS) {
            self.pixels = Some(PixelData::Float);
        }
        let is_sequence = &vr == b"SQ" || end.is_none();
        let value = if is_sequence { header.value_at..header.value_at } else { header.value_at..end? };
        if depth == 0 || self.nested < MAX_NESTED {
            self.nested += usize::from(depth > 0);
            self.elements.push(Element { tag, vr, depth, value: value.clone() });
            if is_sequence {
                // Elements of unknown representation and length are stored without representations
                // (PS3.5, 6.2.2, note 2).
                let inner = if &vr == b"UN" { Syntax { little: true, explicit: false } } else { syntax };
                open.push(Open { is_item: false, end, syntax: inner });
                return Some(header.value_at);
            }
        } else if end.is_none() {
            self.warn(format!("more than {MAX_NESTED} nested elements; nothing after is read"));
            return None;
        }
        Some(end.unwrap_or(header.value_at))
    }

    /// The fragments of encapsulated pixel data (PS3.5, A.4), and where they end.
    fn fragments(&mut self, mut at: usize, little: bool) -> (PixelData, usize) {
        let mut offsets = None;
        let mut fragments = vec![];
        loop {
            let (Some(tag), Some(length)) =
                (tag_at(self.data, at, little), length_at(self.data, at + 4, little))
            else {
                self.warn("the file ends before the end of the pixel data".into());
                at = self.data.len();
                break;
            };
            if tag != ITEM {
                if tag != SEQUENCE_END {
                    self.warn(format!("at byte {at} stands no fragment of the pixel data, which end there"));
                    at = self.data.len();
                } else {
                    at += 8;
                }
                break;
            }
            let end = (at + 8).saturating_add(length as usize);
            if end > self.data.len() {
                self.warn(format!(
                    "the file ends inside fragment {} of the pixel data",
                    fragments.len() + usize::from(offsets.is_some())
                ));
            }
            let range = at + 8..end.min(self.data.len());
            at = range.end;
            if offsets.is_none() {
                let table = self.data[range].chunks_exact(4);
                offsets = Some(table.filter_map(|o| length_at(o, 0, little).map(u64::from)).collect());
            } else {
                fragments.push(range);
            }
        }
        (PixelData::Encapsulated { offsets: offsets.unwrap_or_default(), fragments }, at)
    }
}

//! XMP packets (ISO 16684-1) as flat `prefix:name` fields.
//!
//! Structures keep their path (`xmpMM:DerivedFrom/stRef:documentID`), arrays of structures a number
//! (`xmpMM:History[1]/stEvt:action`); the items of a plain array are joined in one field. Prefixes are the
//! usual ones of their namespaces, whatever the file calls them.

use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::collect::{Collector, MAX_VALUE, cut, utf16};
use super::{DateRole, HistoryEvent, StatedSize, Timestamp, generator};

/// Packets of one file that are read.
const MAX_PACKETS: u32 = 16;
/// Elements inside elements.
const MAX_DEPTH: usize = 48;
/// Fields of one packet.
const MAX_FIELDS: usize = 5000;
/// Bytes of a path.
const MAX_PATH: usize = 512;
/// Steps of a history that are kept apart.
const MAX_HISTORY: usize = 1000;

/// Usual prefixes of namespaces.
const PREFIXES: &[(&str, &str)] = &[
    ("http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf"),
    ("adobe:ns:meta/", "x"),
    ("http://purl.org/dc/elements/1.1/", "dc"),
    ("http://ns.adobe.com/xap/1.0/", "xmp"),
    ("http://ns.adobe.com/xap/1.0/mm/", "xmpMM"),
    ("http://ns.adobe.com/xap/1.0/rights/", "xmpRights"),
    ("http://ns.adobe.com/xap/1.0/bj/", "xmpBJ"),
    ("http://ns.adobe.com/xap/1.0/t/pg/", "xmpTPg"),
    ("http://ns.adobe.com/xap/1.0/g/", "xmpG"),
    ("http://ns.adobe.com/xap/1.0/sType/ResourceEvent#", "stEvt"),
    ("http://ns.adobe.com/xap/1.0/sType/ResourceRef#", "stRef"),
    ("http://ns.adobe.com/xap/1.0/sType/Dimensions#", "stDim"),
    ("http://ns.adobe.com/xmp/sType/Area#", "stArea"),
    ("http://ns.adobe.com/xmp/note/", "xmpNote"),
    ("http://ns.adobe.com/photoshop/1.0/", "photoshop"),
    ("http://ns.adobe.com/camera-raw-settings/1.0/", "crs"),
    ("http://ns.adobe.com/lightroom/1.0/", "lr"),
    ("http://ns.adobe.com/tiff/1.0/", "tiff"),
    ("http://ns.adobe.com/exif/1.0/", "exif"),
    ("http://ns.adobe.com/exif/1.0/aux/", "aux"),
    ("http://cipa.jp/exif/1.0/", "exifEX"),
    ("http://ns.adobe.com/pdf/1.3/", "pdf"),
    ("http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/", "Iptc4xmpCore"),
    ("http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "Iptc4xmpExt"),
    ("http://ns.useplus.org/ldf/xmp/1.0/", "plus"),
    ("http://www.metadataworkinggroup.com/schemas/regions/", "mwg-rs"),
    ("http://ns.google.com/photos/1.0/camera/", "GCamera"),
    ("http://ns.google.com/photos/1.0/image/", "GImage"),
    ("http://ns.google.com/photos/1.0/depthmap/", "GDepth"),
    ("http://ns.google.com/photos/1.0/container/", "Container"),
    ("http://ns.google.com/photos/1.0/panorama/", "GPano"),
    ("http://ns.microsoft.com/photo/1.0/", "MicrosoftPhoto"),
    ("http://ns.apple.com/pixeldatainfo/1.0/", "apdi"),
    ("http://ns.apple.com/HDRGainMap/1.0/", "HDRGainMap"),
    ("http://www.gimp.org/xmp/", "GIMP"),
    ("http://www.digikam.org/ns/1.0/", "digiKam"),
    ("http://darktable.sf.net/", "darktable"),
    ("http://purl.org/dc/terms/", "dcterms"),
];

/// Reads a packet.
pub(crate) fn read(data: &[u8], out: &mut Collector<'_>) {
    if !out.fits("XMP packet", data.len() as u64) || !out.spend("XMP packet", data.len() as u64) {
        return;
    }
    out.found.xmp_packets += 1;
    match out.found.xmp_packets {
        1 => {}
        2..=MAX_PACKETS => out.warn("the file has more than one XMP packet"),
        _ => return out.warn(format!("an XMP packet beyond the first {MAX_PACKETS} is not read")),
    }
    read_part(data, out);
}

/// Reads the extension of a packet, put together from its parts.
pub(super) fn read_extension(data: &[u8], out: &mut Collector<'_>) {
    if out.fits("extended XMP", data.len() as u64) && out.spend("extended XMP", data.len() as u64) {
        read_part(data, out);
    }
}

fn read_part(data: &[u8], out: &mut Collector<'_>) {
    let text = decode(data);
    let mut flat = Flattener::default();
    if let Err(fault) = flat.run(&text) {
        out.warn(format!("XMP packet: {fault}"));
    }
    let fields = flat.into_fields();
    keep(&fields, out);
    for field in &fields {
        out.entry_of_length("XMP", &field.path, &field.value, field.length, identifies(&field.path));
    }
}

/// The packet as text: UTF-8, or UTF-16 where its first bytes show it.
fn decode(data: &[u8]) -> String {
    match data {
        [0xfe, 0xff, rest @ ..] => utf16(rest, true),
        [0xff, 0xfe, rest @ ..] => utf16(rest, false),
        [0, b'<', ..] => utf16(data, true),
        [b'<', 0, ..] => utf16(data, false),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(data).into_owned(),
    }
}

/// One field: its path and the beginning of its value.
struct FlatField {
    path: String,
    value: String,
    /// Bytes of the whole value.
    length: u64,
}

/// An open element.
struct Open {
    path: String,
    text: Text,
    items: usize,
    has_children: bool,
    is_resource: bool,
}

/// The beginning of a text and the length of all of it.
#[derive(Default)]
struct Text {
    head: String,
    length: u64,
}

impl Text {
    fn push(&mut self, text: &str) {
        self.length += text.len() as u64;
        if self.head.len() < MAX_VALUE {
            self.head.push_str(cut(text, MAX_VALUE + 4 - self.head.len()));
        }
    }
}

#[derive(Default)]
struct Flattener {
    stack: Vec<Open>,
    fields: Vec<FlatField>,
    /// The file's prefixes and their usual names. A prefix that is bound anew keeps its last meaning.
    prefixes: HashMap<String, String>,
}

impl Flattener {
    fn run(&mut self, text: &str) -> Result<(), String> {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        loop {
            let event = reader.read_event();
            match event.map_err(|e| format!("{e} at byte {}", reader.buffer_position()))? {
                Event::Start(element) => self.start(&element)?,
                Event::Empty(element) => {
                    self.start(&element)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => self.text(&text.into_inner()),
                Event::CData(text) => self.text(&text.into_inner()),
                Event::GeneralRef(reference) => {
                    if let Ok(Some(c)) = reference.resolve_char_ref() {
                        self.text(c.encode_utf8(&mut [0; 4]));
                    } else {
                        let known = quick_xml::escape::resolve_predefined_entity(&reference);
                        self.text(known.unwrap_or("\u{fffd}"));
                    }
                }
                Event::Eof => break,
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
            }
            if self.fields.len() > MAX_FIELDS {
                return Err(format!("more than {MAX_FIELDS} fields, the rest is not read"));
            }
        }
        let open = self.stack.len();
        while !self.stack.is_empty() {
            self.end();
        }
        if open > 0 { Err(format!("ends with {open} elements open")) } else { Ok(()) }
    }

    fn text(&mut self, text: &str) {
        if let Some(open) = self.stack.last_mut() {
            open.text.push(text);
        }
    }

    fn usual(&self, name: &str) -> String {
        match name.split_once(':') {
            Some((prefix, local)) => match self.prefixes.get(prefix) {
                Some(usual) => format!("{usual}:{local}"),
                None => name.to_owned(),
            },
            None => name.to_owned(),
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(format!("elements nest deeper than {MAX_DEPTH}, the rest is not read"));
        }
        for attribute in element.attributes().with_checks(false).flatten() {
            let key = attribute.key.as_ref();
            let Some(prefix) = key.strip_prefix("xmlns:") else { continue };
            let known = PREFIXES.iter().find(|(uri, _)| *uri == &*attribute.value);
            if self.prefixes.len() < 256 {
                let usual = known.map_or(prefix, |(_, usual)| usual);
                self.prefixes.insert(prefix.to_owned(), usual.to_owned());
            }
        }
        let name = self.usual(cut(element.name().as_ref(), 128));
        let parent = self.stack.last_mut();
        let base = parent.as_ref().map_or("", |open| open.path.as_str()).to_owned();
        let path = match name.as_str() {
            "x:xmpmeta" | "x:xapmeta" | "rdf:RDF" | "rdf:Description" | "rdf:Seq" | "rdf:Bag" | "rdf:Alt"
            | "rdf:value" => base,
            // Items are numbered by their array, which stands between them and the property.
            "rdf:li" => {
                let items = parent.map_or(1, |open| {
                    open.items += 1;
                    open.items
                });
                format!("{base}[{items}]")
            }
            _ if base.is_empty() => name.clone(),
            _ => format!("{base}/{name}"),
        };
        if let Some(open) = self.stack.last_mut() {
            open.has_children = true;
        }
        let path = cut(&path, MAX_PATH).to_owned();
        let mut is_resource = false;
        for attribute in element.attributes().with_checks(false).flatten() {
            let key = attribute.key.as_ref();
            if key == "xmlns" || key.starts_with("xmlns:") || key.starts_with("xml:") {
                continue;
            }
            let key = self.usual(cut(key, 128));
            let raw = cut(&attribute.value, 4 * MAX_VALUE);
            let value = quick_xml::escape::unescape(raw).map_or_else(|_| raw.to_owned(), |v| v.into_owned());
            let at = match key.as_str() {
                "rdf:about" | "rdf:parseType" | "rdf:ID" | "rdf:nodeID" | "about" => continue,
                "rdf:resource" => path.clone(),
                _ if path.is_empty() => key,
                _ => format!("{path}/{key}"),
            };
            is_resource = true;
            let whole = if raw.len() < attribute.value.len() { attribute.value.len() } else { value.len() };
            if self.fields.len() > MAX_FIELDS {
                break;
            }
            self.fields.push(FlatField {
                path: cut(&at, MAX_PATH).to_owned(),
                value: cut(&value, MAX_VALUE + 4).to_owned(),
                length: whole as u64,
            });
        }
        let open = Open { path, text: Text::default(), items: 0, has_children: false, is_resource };
        self.stack.push(open);
        Ok(())
    }

    fn end(&mut self) {
        let Some(open) = self.stack.pop() else { return };
        let text = open.text.head.trim();
        let bare = open.has_children || open.is_resource || open.path.is_empty();
        if !text.is_empty() && !bare {
            let length =
                if open.text.length > MAX_VALUE as u64 { open.text.length } else { text.len() as u64 };
            self.fields.push(FlatField { path: open.path, value: text.to_owned(), length });
        }
    }

    /// The fields, the items of plain arrays joined.
    fn into_fields(self) -> Vec<FlatField> {
        let mut out: Vec<FlatField> = vec![];
        for field in self.fields {
            let Some(array) = plain_item(&field.path) else {
                out.push(field);
                continue;
            };
            match out.last_mut().filter(|last| last.path == array) {
                // Language alternatives often repeat each other.
                Some(last) if last.value == field.value => {}
                Some(last) => {
                    last.length += 2 + field.length;
                    if last.value.len() <= MAX_VALUE {
                        last.value.push_str("; ");
                        last.value.push_str(&field.value);
                    }
                }
                None => out.push(FlatField { path: array.to_owned(), ..field }),
            }
        }
        out
    }
}

/// The array's path, if the path ends with an item's number.
fn plain_item(path: &str) -> Option<&str> {
    let open = path.strip_suffix(']')?.rfind('[')?;
    Some(&path[..open])
}

/// Keeps what the typed fields of [`super::Metadata`] need.
fn keep(fields: &[FlatField], out: &mut Collector<'_>) {
    let mut history: Vec<(String, HistoryEvent)> = vec![];
    let mut sizes: HashMap<&str, u32> = HashMap::new();
    for FlatField { path, value, length } in fields {
        let value = value.as_str();
        let own = || Some(cut(value, 256).to_owned());
        let date = |role| Some((role, Timestamp::parse(value)));
        let found_date = match path.as_str() {
            "exif:DateTimeOriginal" | "photoshop:DateCreated" => date(DateRole::Captured),
            "xmp:CreateDate" | "exif:DateTimeDigitized" => date(DateRole::Digitized),
            "xmp:ModifyDate" | "tiff:DateTime" => date(DateRole::Modified),
            "xmp:MetadataDate" => date(DateRole::Metadata),
            "exif:GPSTimeStamp" => date(DateRole::Gps),
            _ => None,
        };
        if let Some((role, stamp)) = found_date {
            out.date(role, &format!("XMP {path}"), value, stamp);
        }
        match path.as_str() {
            "xmp:CreatorTool" | "tiff:Software" | "x:xmptk" | "pdf:Producer" | "exif:Software" => {
                out.software(format!("XMP {path}"), value);
            }
            "xmpMM:DocumentID" => out.found.documents.document = own(),
            "xmpMM:InstanceID" => out.found.documents.instance = own(),
            "xmpMM:OriginalDocumentID" => out.found.documents.original_document = own(),
            "xmpMM:DerivedFrom/stRef:documentID" | "xmpMM:DerivedFrom/stRef:instanceID" => {
                let known = &mut out.found.documents.derived_from;
                *known = known.take().or_else(own);
            }
            "photoshop:DocumentAncestors" => {
                let count = value.split("; ").count() as u32;
                out.found.documents.ancestors = out.found.documents.ancestors.saturating_add(count);
            }
            "Iptc4xmpExt:DigitalSourceType" if out.found.digital_source_types.len() < 64 => {
                out.found.digital_source_types.extend(own());
            }
            "exif:PixelXDimension" | "exif:PixelYDimension" | "tiff:ImageWidth" | "tiff:ImageLength" => {
                if let Ok(number) = value.trim().parse() {
                    sizes.insert(path.as_str(), number);
                }
            }
            "exif:UserComment" | "dc:description" | "dc:title" => {
                generator::inspect(&format!("XMP {path}"), path, value, *length, out);
            }
            _ => {}
        }
        if path.starts_with("xmpMM:Ingredients[") && path.ends_with("stRef:documentID") {
            out.found.documents.ancestors = out.found.documents.ancestors.saturating_add(1);
        }
        history_part(path, value, &mut history);
    }
    for (x, y) in [("exif:PixelXDimension", "exif:PixelYDimension"), ("tiff:ImageWidth", "tiff:ImageLength")]
    {
        if let (Some(&width @ 1..), Some(&height @ 1..)) = (sizes.get(x), sizes.get(y)) {
            out.found.stated_sizes.push(StatedSize { field: format!("XMP {x} and {y}"), width, height });
        }
    }
    for (_, event) in history {
        if let Some(software) = &event.software {
            out.software("XMP xmpMM:History", software);
        }
        if out.found.history.len() < MAX_HISTORY {
            out.found.history.push(event);
        }
    }
}

/// Adds a field such as `xmpMM:History[2]/stEvt:when` to its step.
fn history_part(path: &str, value: &str, history: &mut Vec<(String, HistoryEvent)>) {
    let Some((index, name)) = path.strip_prefix("xmpMM:History[").and_then(|p| p.split_once("]/stEvt:"))
    else {
        return;
    };
    if history.last().is_none_or(|(last, _)| last != index) {
        if history.len() >= MAX_HISTORY {
            return;
        }
        history.push((index.to_owned(), HistoryEvent::default()));
    }
    let Some((_, event)) = history.last_mut() else { return };
    let text = cut(value, 256).to_owned();
    match name {
        "action" => event.action = text,
        "softwareAgent" => event.software = Some(text),
        "when" => event.when = Some(text),
        "changed" => event.changed = Some(text),
        "parameters" => event.parameters = Some(text),
        _ => {}
    }
}

/// Whether a field may tell who or where someone is. Only what is known to be technical does not.
fn identifies(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or(path);
    let (prefix, local) = last.split_once(':').unwrap_or(("", last));
    let personal =
        ["Serial", "Owner", "Artist", "Name", "UniqueID", "GPS", "Comment", "Description", "Path", "ID"]
            .iter()
            .any(|word| local.contains(word));
    let technical = match prefix {
        "tiff" => !matches!(local, "Copyright" | "ImageDescription"),
        "exif" => local != "RelatedSoundFile",
        "exifEX" | "crs" | "aux" | "stEvt" | "stDim" | "apdi" | "HDRGainMap" | "GPano" | "x" => true,
        "xmp" => matches!(local, "CreatorTool" | "CreateDate" | "ModifyDate" | "MetadataDate" | "Rating"),
        "dc" => local == "format",
        "photoshop" => {
            matches!(local, "ColorMode" | "ICCProfile" | "DateCreated" | "Urgency" | "LegacyIPTCDigest")
        }
        "Iptc4xmpExt" => local == "DigitalSourceType",
        "pdf" => local == "Producer",
        _ => false,
    };
    !technical || (personal && last != "stEvt:softwareAgent")
}

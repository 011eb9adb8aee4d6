//! What a PDF holds beside its pages: fonts, signatures, scripts and other actions, attached files, layers.

use std::collections::{BTreeMap, HashSet};

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::content::TypedIter;
use hayro::hayro_syntax::content::ops::TypedInstruction;
use hayro::hayro_syntax::object::String as PdfString;
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier, Stream};
use hayro::hayro_syntax::page::{Page, Resources};
use indicia_core::Result;

use super::{Document, FontUse, ObjectId, on_deep_stack, text_string};

/// Entries of dictionaries and arrays that are looked at.
const MAX_NODES: usize = 20_000_000;
/// Depth of values inside one object.
const MAX_DEPTH: usize = 64;
/// Things of one kind that are listed.
const MAX_LISTED: usize = 10_000;
/// Forms of a page that are searched for text, and how deep they stand in each other.
const MAX_FORMS: usize = 10_000;
const MAX_FORM_DEPTH: usize = 12;

/// A font in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Font {
    /// Its object.
    pub id: ObjectId,
    /// Its name without the prefix of a subset.
    pub name: String,
    /// The six letters of a subset.
    pub subset: Option<String>,
    /// `Type1`, `TrueType`, `Type0`, `Type3`, ...
    pub kind: String,
    /// True if its outlines are in the file.
    pub embedded: bool,
}

/// A signature, whose cryptography is not checked here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Its object.
    pub id: ObjectId,
    /// The format of its contents, such as `adbe.pkcs7.detached`.
    pub format: String,
    /// True for a document time stamp.
    pub timestamp: bool,
    /// When it was made, as its dictionary says.
    pub date: Option<String>,
    /// `ByteRange`: pairs of offset and length that are signed.
    pub ranges: Vec<(u64, u64)>,
    /// What a certifying signature allows to change: 1 nothing, 2 forms, 3 forms and annotations.
    pub permission: Option<u32>,
}

impl Signature {
    /// Where the last signed range ends.
    pub fn end(&self) -> u64 {
        self.ranges.iter().map(|(offset, length)| offset.saturating_add(*length)).max().unwrap_or(0)
    }

    /// True if the ranges begin with the file and leave out one gap, which holds a hexadecimal string and
    /// nothing else: the signature itself.
    pub fn has_sound_gap(&self, bytes: &[u8]) -> bool {
        let &[(0, first), (second, _)] = self.ranges.as_slice() else { return false };
        let (Ok(from), Ok(to)) = (usize::try_from(first), usize::try_from(second)) else { return false };
        match bytes.get(from..to) {
            Some([b'<', inner @ .., b'>']) => inner.iter().all(u8::is_ascii_hexdigit),
            _ => false,
        }
    }
}

/// Something that acts when the file is opened or used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Active {
    /// The action's type: `JavaScript`, `Launch`, `SubmitForm`, `ImportData`, `GoToR`, `RichMedia`, ...
    pub kind: String,
    /// The object that holds it.
    pub id: ObjectId,
}

/// A file inside the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The object of its bytes.
    pub id: ObjectId,
    /// Bytes as stored.
    pub stored: u64,
}

/// A layer (optional content group).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Its object.
    pub id: ObjectId,
    /// Its name.
    pub name: String,
    /// True if viewers show it when the file is opened.
    pub visible: bool,
}

/// What a PDF holds beside its pages.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    /// Fonts by object.
    pub fonts: Vec<Font>,
    /// Signatures in the order of what they cover.
    pub signatures: Vec<Signature>,
    /// Actions other than links within the document and to web pages.
    pub active: Vec<Active>,
    /// Attached files.
    pub attachments: Vec<Attachment>,
    /// Layers.
    pub layers: Vec<Layer>,
    /// Annotations by subtype.
    pub annotations: BTreeMap<String, usize>,
    /// True if the form says that it was made with XFA.
    pub xfa: bool,
}

impl Document {
    /// What the file holds beside its pages. Nothing of it is run or followed.
    ///
    /// # Errors
    /// `Internal` if the parser fails.
    pub fn inventory(&self) -> Result<Inventory> {
        on_deep_stack("listing what a PDF holds", || Ok(inventory(&self.pdf)))
    }
}

fn inventory(pdf: &Pdf) -> Inventory {
    let mut out = Inventory::default();
    let mut left = MAX_NODES;
    for object in pdf.objects() {
        let dict = match &object {
            Object::Stream(stream) => {
                note_stream(stream, &mut out);
                stream.dict().clone()
            }
            Object::Dict(dict) => dict.clone(),
            _ => continue,
        };
        let Some(id) = dict.obj_id().map(ObjectId::from) else { continue };
        walk(&dict, id, 0, &mut left, &mut out);
    }
    if let Some(catalog) = Document::catalog(pdf) {
        layers(pdf, &catalog, &mut out);
        out.xfa = catalog.get::<Dict<'_>>(b"AcroForm").is_some_and(|form| form.contains_key(b"XFA"));
    }
    out.fonts.sort_by_key(|f| f.id);
    out.signatures.sort_by_key(Signature::end);
    out.active.sort();
    out.active.dedup();
    out
}

fn note_stream(stream: &Stream<'_>, out: &mut Inventory) {
    let dict = stream.dict();
    let embedded = name(dict, b"Type") == "EmbeddedFile";
    if embedded && out.attachments.len() < MAX_LISTED {
        out.attachments
            .push(Attachment { id: stream.obj_id().into(), stored: stream.raw_data().len() as u64 });
    }
}

/// Looks at a dictionary and the dictionaries written inside it; references are met as objects.
fn walk(dict: &Dict<'_>, id: ObjectId, depth: usize, left: &mut usize, out: &mut Inventory) {
    note(dict, id, depth, out);
    if depth >= MAX_DEPTH {
        return;
    }
    for (_, value) in dict.entries() {
        if *left == 0 {
            return;
        }
        *left -= 1;
        if let MaybeRef::NotRef(object) = value {
            walk_value(&object, id, depth + 1, left, out);
        }
    }
}

fn walk_value(object: &Object<'_>, id: ObjectId, depth: usize, left: &mut usize, out: &mut Inventory) {
    match object {
        Object::Dict(dict) => walk(dict, id, depth, left, out),
        Object::Array(array) if depth < MAX_DEPTH => {
            for item in array.raw_iter() {
                if *left == 0 {
                    return;
                }
                *left -= 1;
                if let MaybeRef::NotRef(item @ (Object::Dict(_) | Object::Array(_))) = item {
                    walk_value(&item, id, depth + 1, left, out);
                }
            }
        }
        _ => {}
    }
}

fn note(dict: &Dict<'_>, id: ObjectId, depth: usize, out: &mut Inventory) {
    let kind = name(dict, b"Type");
    if depth == 0 && kind == "Font" && out.fonts.len() < MAX_LISTED {
        out.fonts.extend(font(dict, id));
    }
    if dict.contains_key(b"ByteRange") && dict.contains_key(b"Contents") && out.signatures.len() < MAX_LISTED
    {
        out.signatures.push(signature(dict, id, kind == "DocTimeStamp"));
    }
    let annotates = dict.contains_key(b"Rect") && dict.contains_key(b"Subtype");
    if annotates && (kind == "Annot" || kind.is_empty()) {
        let subtype = name(dict, b"Subtype");
        if out.annotations.len() < 256 || out.annotations.contains_key(&subtype) {
            *out.annotations.entry(subtype).or_default() += 1;
        }
    }
    // An action has a type `S`; other dictionaries with `S` have names that are no actions.
    const ACTIONS: [&str; 10] = [
        "JavaScript",
        "Launch",
        "SubmitForm",
        "ImportData",
        "GoToR",
        "GoToE",
        "RichMediaExecute",
        "Rendition",
        "Movie",
        "Sound",
    ];
    let action = name(dict, b"S");
    let is_action = ACTIONS.contains(&action.as_str());
    if is_action && out.active.len() < MAX_LISTED {
        out.active.push(Active { kind: action, id });
    } else if dict.contains_key(b"JS") && out.active.len() < MAX_LISTED {
        out.active.push(Active { kind: "JavaScript".to_owned(), id });
    }
}

fn name(dict: &Dict<'_>, key: &[u8]) -> String {
    dict.get::<Name<'_>>(key).map_or_else(String::new, |n| n.as_str().to_owned())
}

/// The six capital letters and plus sign before the name of a subset (ISO 32000-1, 9.6.4).
pub(super) fn split_subset(name: &str) -> (Option<String>, &str) {
    match name.split_once('+') {
        Some((prefix, rest)) if prefix.len() == 6 && prefix.bytes().all(|b| b.is_ascii_uppercase()) => {
            (Some(prefix.to_owned()), rest)
        }
        _ => (None, name),
    }
}

fn font(dict: &Dict<'_>, id: ObjectId) -> Option<Font> {
    let kind = name(dict, b"Subtype");
    // Descendants are told by their parent.
    if kind.starts_with("CIDFont") || kind.is_empty() {
        return None;
    }
    let base = name(dict, b"BaseFont");
    let (subset, plain) = split_subset(&base);
    let holder = match kind.as_str() {
        "Type0" => dict.get::<Array<'_>>(b"DescendantFonts").and_then(|a| a.iter::<Dict<'_>>().next()),
        _ => Some(dict.clone()),
    };
    let descriptor = holder.and_then(|h| h.get::<Dict<'_>>(b"FontDescriptor"));
    let embedded = kind == "Type3"
        || descriptor.is_some_and(|d| {
            [&b"FontFile"[..], b"FontFile2", b"FontFile3"].iter().any(|k| d.contains_key(k))
        });
    Some(Font { id, name: plain.to_owned(), subset, kind, embedded })
}

fn signature(dict: &Dict<'_>, id: ObjectId, timestamp: bool) -> Signature {
    let numbers: Vec<u64> = dict
        .get::<Array<'_>>(b"ByteRange")
        .map(|a| a.iter::<Object<'_>>().take(64).map(whole).collect())
        .unwrap_or_default();
    let permission = dict.get::<Array<'_>>(b"Reference").and_then(|references| {
        references
            .iter::<Dict<'_>>()
            .take(64)
            .find(|r| name(r, b"TransformMethod") == "DocMDP")
            .map(|r| r.get::<Dict<'_>>(b"TransformParams").and_then(|p| p.get::<u32>(b"P")).unwrap_or(2))
    });
    Signature {
        id,
        format: name(dict, b"SubFilter"),
        timestamp,
        date: dict.get::<PdfString<'_>>(b"M").map(|m| text_string(m.as_bytes())),
        ranges: numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect(),
        permission,
    }
}

fn whole(object: Object<'_>) -> u64 {
    object.into_number().map_or(0, |n| u64::try_from(n.as_i64()).unwrap_or(0))
}

fn layers(pdf: &Pdf, catalog: &Dict<'_>, out: &mut Inventory) {
    let Some(properties) = catalog.get::<Dict<'_>>(b"OCProperties") else { return };
    let config = properties.get::<Dict<'_>>(b"D").unwrap_or_default();
    let listed = |dict: &Dict<'_>, key: &[u8]| -> HashSet<ObjectId> {
        let items = dict.get::<Array<'_>>(key);
        let ids = items.iter().flat_map(|a| a.raw_iter().take(MAX_LISTED));
        ids.filter_map(|item| Some(ObjectIdentifier::from(item.as_obj_ref()?).into())).collect()
    };
    let (on, off) = (listed(&config, b"ON"), listed(&config, b"OFF"));
    let base_off = name(&config, b"BaseState") == "OFF";
    let Some(groups) = properties.get::<Array<'_>>(b"OCGs") else { return };
    for reference in groups.raw_iter().take(MAX_LISTED).filter_map(|item| item.as_obj_ref()) {
        let Some(group) = pdf.xref().get::<Dict<'_>>(reference.into()) else { continue };
        let id = ObjectId::from(ObjectIdentifier::from(reference));
        let name =
            group.get::<PdfString<'_>>(b"Name").map_or_else(String::new, |n| text_string(n.as_bytes()));
        let visible = if base_off { on.contains(&id) } else { !off.contains(&id) };
        out.layers.push(Layer { id, name, visible });
    }
}

/// Fonts of a page and the bytes of text shown in each, forms included.
pub(super) fn fonts_of_page(page: &Page<'_>) -> Vec<FontUse> {
    let mut uses: Vec<FontUse> = vec![];
    let mut forms = MAX_FORMS;
    count_text(page.typed_operations(), page.resources(), 0, &mut forms, &mut uses);
    uses.retain(|u| u.bytes > 0);
    uses
}

fn count_text(
    mut operations: TypedIter<'_>,
    resources: &Resources<'_>,
    depth: usize,
    forms: &mut usize,
    uses: &mut Vec<FontUse>,
) {
    let mut current: Option<usize> = None;
    let mut saved = vec![];
    let show = |current: Option<usize>, uses: &mut Vec<FontUse>, bytes: usize| {
        if let Some(used) = current.and_then(|index| uses.get_mut(index)) {
            used.bytes += bytes as u64;
        }
    };
    while let Some(operation) = operations.next() {
        match operation {
            TypedInstruction::SaveState(_) if saved.len() < 10_000 => saved.push(current),
            TypedInstruction::RestoreState(_) => current = saved.pop().unwrap_or(current),
            TypedInstruction::TextFont(font) => current = find_font(resources, font.0, uses),
            TypedInstruction::ShowText(text) => show(current, uses, text.0.as_bytes().len()),
            TypedInstruction::NextLineAndShowText(text) => show(current, uses, text.0.as_bytes().len()),
            TypedInstruction::ShowTextWithParameters(text) => show(current, uses, text.2.as_bytes().len()),
            TypedInstruction::ShowTexts(texts) => {
                let strings = texts.0.iter::<Object<'_>>().filter_map(Object::into_string);
                show(current, uses, strings.map(|s| s.as_bytes().len()).sum());
            }
            TypedInstruction::XObject(form) if depth < MAX_FORM_DEPTH && *forms > 0 => {
                *forms -= 1;
                let Some(stream) = resources.x_objects.get::<Stream<'_>>(form.0.as_ref()) else { continue };
                if name(stream.dict(), b"Subtype") != "Form" {
                    continue;
                }
                let Ok(data) = stream.decoded_data() else { continue };
                let own = stream.dict().get::<Dict<'_>>(b"Resources").map(Resources::new);
                let operations = TypedIter::new(&data);
                count_text(operations, own.as_ref().unwrap_or(resources), depth + 1, forms, uses);
            }
            _ => {}
        }
    }
}

fn find_font(resources: &Resources<'_>, key: &Name<'_>, uses: &mut Vec<FontUse>) -> Option<usize> {
    let id = resources.fonts.get_ref(key.as_ref()).map(|r| ObjectId::from(ObjectIdentifier::from(r)));
    if let Some(known) = uses.iter().position(|u| u.id == id && id.is_some()) {
        return Some(known);
    }
    let dict = resources.fonts.get::<Dict<'_>>(key.as_ref())?;
    let base = name(&dict, b"BaseFont");
    if let Some(known) = uses.iter().position(|u| u.id == id && u.name == base) {
        return Some(known);
    }
    if uses.len() >= MAX_LISTED {
        return None;
    }
    uses.push(FontUse { id, name: base, bytes: 0 });
    Some(uses.len() - 1)
}

//! What each version of a PDF changed.

use std::collections::{BTreeMap, HashMap, HashSet};

use hayro::hayro_syntax::Pdf;
use hayro::hayro_syntax::object::{Array, Dict, MaybeRef, Name, Object, ObjectIdentifier};
use indicia_core::Result;

use super::{Document, ObjectId, on_deep_stack};

/// Versions that are compared with the one before, from the last back.
const MAX_COMPARED: usize = 50;
/// Objects of one version that are listed.
const MAX_OBJECTS: usize = 10_000;
/// Pages whose objects are told by their role.
const MAX_PAGES: usize = 2_000;

/// What an object is to the document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// What a page draws: its content or a form in it.
    Content,
    /// A page's dictionary.
    Page,
    /// A picture.
    Picture,
    /// A font or a part of one.
    Font,
    /// A form field or its widget.
    FormField,
    /// An annotation, or what one looks like.
    Annotation,
    /// A signature or time stamp.
    Signature,
    /// Certificates and revocation answers that belong to signatures.
    Validation,
    /// Information dictionary or XMP.
    Metadata,
    /// The catalog or the page tree.
    Structure,
    /// An action.
    Action,
    /// An attached file.
    Attachment,
    /// A layer.
    Layer,
    /// Anything else.
    Other,
}

impl Role {
    /// Its name, in lower case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Content => "page content",
            Self::Page => "page",
            Self::Picture => "picture",
            Self::Font => "font",
            Self::FormField => "form field",
            Self::Annotation => "annotation",
            Self::Signature => "signature",
            Self::Validation => "signature validation",
            Self::Metadata => "metadata",
            Self::Structure => "document structure",
            Self::Action => "action",
            Self::Attachment => "attached file",
            Self::Layer => "layer",
            Self::Other => "other",
        }
    }
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// It is new.
    Added,
    /// It differs from the version before.
    Changed,
    /// It was written again as it was.
    Rewritten,
    /// It was deleted.
    Deleted,
}

impl Change {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Rewritten => "rewritten as it was",
            Self::Deleted => "deleted",
        }
    }
}

/// An object that a version wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedObject {
    /// The object.
    pub id: ObjectId,
    /// What it is.
    pub role: Role,
    /// What happened to it.
    pub change: Change,
    /// The page that it belongs to, from 0, where that is known.
    pub page: Option<usize>,
    /// Keys of its dictionary that differ.
    pub keys: Vec<String>,
}

/// What a version changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionChanges {
    /// Index of the version in [`Revisions::all`](super::Revisions::all).
    pub revision: usize,
    /// Objects, by number.
    pub objects: Vec<ChangedObject>,
    /// Pages before and after.
    pub pages: (usize, usize),
    /// Pages, from 0, whose content stream differs after decoding.
    pub redrawn: Vec<usize>,
}

/// What a file draws otherwise than an earlier version of it did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redrawn {
    /// Pages, from 0, that have another content.
    pub pages: Vec<usize>,
    /// Pages of the earlier version.
    pub before: usize,
    /// Pages of the whole file.
    pub now: usize,
}

impl Document {
    /// What each version changed against the one before, for the last versions of the file. Versions that do
    /// not open by themselves are left out.
    ///
    /// # Errors
    /// `Internal` if the parser fails.
    pub fn changes(&self) -> Result<Vec<RevisionChanges>> {
        on_deep_stack("comparing versions of a PDF", || {
            let count = self.revisions.all.len();
            let first = count.saturating_sub(MAX_COMPARED).max(1);
            let mut out = vec![];
            let mut before: Option<Pdf> = None;
            for index in first..count {
                let end = |i: usize| self.revisions.all[i].bytes.end;
                let old = match before.take() {
                    Some(old) => Some(old),
                    None => self.earlier(end(index - 1)).ok(),
                };
                let Ok(new) = self.earlier(end(index)) else { continue };
                if let Some(old) = &old {
                    out.push(self.compare(index, old, &new));
                }
                before = Some(new);
            }
            Ok(out)
        })
    }

    /// What the whole file draws otherwise than its first `length` bytes did. `None` if those bytes are no
    /// document.
    ///
    /// # Errors
    /// `Internal` if the parser fails.
    pub fn redrawn_since(&self, length: usize) -> Result<Option<Redrawn>> {
        on_deep_stack("comparing versions of a PDF", || {
            let Ok(old) = self.earlier(length.min(self.bytes.len())) else { return Ok(None) };
            let pages = redrawn(&old, &self.pdf);
            Ok(Some(Redrawn { pages, before: old.pages().len(), now: self.pdf.pages().len() }))
        })
    }

    fn compare(&self, index: usize, old: &Pdf, new: &Pdf) -> RevisionChanges {
        let revision = &self.revisions.all[index];
        let roles = roles(new);
        let known: HashSet<ObjectId> =
            self.revisions.all[..index].iter().flat_map(|r| &r.written).copied().collect();
        let mut objects = vec![];
        let written = revision.written.iter().map(|id| (*id, false));
        let deleted = revision.deleted.iter().filter(|id| known.iter().any(|k| k.number == id.number));
        for (id, gone) in written.chain(deleted.map(|id| (*id, true))).take(MAX_OBJECTS) {
            let now = new.xref().get::<Object<'_>>(id.into());
            let then = old.xref().get::<Object<'_>>(id.into());
            if now.as_ref().is_some_and(is_container) {
                continue;
            }
            let (role, page) =
                roles.get(&id).cloned().unwrap_or_else(|| (own_role(now.as_ref().or(then.as_ref())), None));
            let (change, keys) = match (&then, &now) {
                _ if gone => (Change::Deleted, vec![]),
                (None, _) if !known.contains(&id) => (Change::Added, vec![]),
                (Some(then), Some(now)) if same(then, now) => (Change::Rewritten, vec![]),
                (then, now) => (Change::Changed, differing(then.as_ref(), now.as_ref())),
            };
            objects.push(ChangedObject { id, role, change, page, keys });
        }
        RevisionChanges {
            revision: index,
            objects,
            pages: (old.pages().len(), new.pages().len()),
            redrawn: redrawn(old, new),
        }
    }
}

/// Pages whose decoded content differs. Content is compared page by page, so that an inserted page makes all
/// pages after it differ; the numbers of pages tell.
fn redrawn(old: &Pdf, new: &Pdf) -> Vec<usize> {
    let pairs = old.pages().iter().zip(new.pages().iter()).take(MAX_PAGES).enumerate();
    pairs
        .filter(|(_, (old, new))| normal(old.page_stream()) != normal(new.page_stream()))
        .map(|(i, _)| i)
        .collect()
}

/// A content stream without blanks at its ends and without the empty saves that tools wrap around it.
fn normal(content: Option<&[u8]>) -> &[u8] {
    let mut content = content.unwrap_or_default().trim_ascii();
    while let Some(inner) = content.strip_prefix(b"q").and_then(|c| c.strip_suffix(b"Q"))
        && inner.first().is_some_and(u8::is_ascii_whitespace)
        && inner.last().is_some_and(u8::is_ascii_whitespace)
    {
        content = inner.trim_ascii();
    }
    content
}

fn same(a: &Object<'_>, b: &Object<'_>) -> bool {
    match (a, b) {
        (Object::Stream(a), Object::Stream(b)) => {
            a.raw_data() == b.raw_data() && differing_keys(a.dict(), b.dict()).is_empty()
        }
        (Object::Dict(a), Object::Dict(b)) => differing_keys(a, b).is_empty(),
        (a, b) => a == b,
    }
}

fn differing(old: Option<&Object<'_>>, new: Option<&Object<'_>>) -> Vec<String> {
    match (old, new) {
        (Some(Object::Dict(a)), Some(Object::Dict(b))) => differing_keys(a, b),
        (Some(Object::Stream(a)), Some(Object::Stream(b))) => {
            let mut keys = differing_keys(a.dict(), b.dict());
            if a.raw_data() != b.raw_data() {
                keys.push("data".to_owned());
            }
            keys
        }
        _ => vec![],
    }
}

fn differing_keys(a: &Dict<'_>, b: &Dict<'_>) -> Vec<String> {
    let entries = |dict: &Dict<'_>| -> BTreeMap<String, Vec<u8>> {
        dict.entries().map(|(key, value)| (key.as_str().to_owned(), printed(&value))).collect()
    };
    let (a, b) = (entries(a), entries(b));
    let keys: HashSet<&String> = a.keys().chain(b.keys()).collect();
    let mut out: Vec<String> = keys.into_iter().filter(|k| a.get(*k) != b.get(*k)).cloned().collect();
    out.sort();
    out
}

/// A value for comparison: references by their numbers, everything else as written without its blanks.
fn printed(value: &MaybeRef<Object<'_>>) -> Vec<u8> {
    match value {
        MaybeRef::Ref(reference) => reference.to_string().into_bytes(),
        MaybeRef::NotRef(Object::Dict(dict)) => squeezed(dict.data()),
        MaybeRef::NotRef(Object::Array(array)) => squeezed(array.data()),
        MaybeRef::NotRef(Object::String(text)) => text.as_bytes().to_vec(),
        MaybeRef::NotRef(other) => other.to_string().into_bytes(),
    }
}

fn squeezed(data: &[u8]) -> Vec<u8> {
    let words = data.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(&b' ')
}

fn is_container(object: &Object<'_>) -> bool {
    let Object::Stream(stream) = object else { return false };
    stream.dict().get::<Name<'_>>(b"Type").is_some_and(|n| matches!(n.as_str(), "ObjStm" | "XRef"))
}

fn name(dict: &Dict<'_>, key: &[u8]) -> String {
    dict.get::<Name<'_>>(key).map_or_else(String::new, |n| n.as_str().to_owned())
}

/// What an object is by its own dictionary.
fn own_role(object: Option<&Object<'_>>) -> Role {
    let dict = match object {
        Some(Object::Dict(dict)) => dict.clone(),
        Some(Object::Stream(stream)) => stream.dict().clone(),
        _ => return Role::Other,
    };
    match (name(&dict, b"Type").as_str(), name(&dict, b"Subtype").as_str()) {
        ("Sig" | "DocTimeStamp", _) => Role::Signature,
        ("DSS" | "VRI", _) => Role::Validation,
        ("Page", _) => Role::Page,
        ("Pages" | "Catalog", _) => Role::Structure,
        ("Font" | "FontDescriptor", _) => Role::Font,
        ("Metadata", _) => Role::Metadata,
        ("EmbeddedFile" | "Filespec", _) => Role::Attachment,
        ("OCG" | "OCMD", _) => Role::Layer,
        ("Action", _) => Role::Action,
        (_, "Image") => Role::Picture,
        (_, "Form") => Role::Content,
        (_, "Widget") => Role::FormField,
        ("Annot", _) => Role::Annotation,
        _ if dict.contains_key(b"ByteRange") => Role::Signature,
        _ if dict.contains_key(b"FT") || dict.contains_key(b"Fields") => Role::FormField,
        _ if dict.contains_key(b"JS") || name(&dict, b"S") == "JavaScript" => Role::Action,
        _ if dict.contains_key(b"Producer") || dict.contains_key(b"CreationDate") => Role::Metadata,
        _ if dict.contains_key(b"VRI") || dict.contains_key(b"Certs") => Role::Validation,
        _ if dict.contains_key(b"Rect") && dict.contains_key(b"Subtype") => Role::Annotation,
        _ => Role::Other,
    }
}

type Roles = HashMap<ObjectId, (Role, Option<usize>)>;

/// What objects are to the pages that name them.
fn roles(pdf: &Pdf) -> Roles {
    let mut out = Roles::new();
    let of =
        |reference: hayro::hayro_syntax::object::ObjRef| ObjectId::from(ObjectIdentifier::from(reference));
    for (index, page) in pdf.pages().iter().take(MAX_PAGES).enumerate() {
        let dict = page.raw();
        let at = Some(index);
        if let Some(id) = dict.obj_id() {
            out.insert(id.into(), (Role::Page, at));
        }
        if let Some(content) = dict.get_ref(b"Contents") {
            out.insert(of(content), (Role::Content, at));
        }
        if let Some(list) = dict.get::<Array<'_>>(b"Contents") {
            for item in list.raw_iter().take(MAX_OBJECTS) {
                out.extend(item.as_obj_ref().map(|r| (of(r), (Role::Content, at))));
            }
        }
        if let Some(list) = dict.get_ref(b"Annots") {
            out.insert(of(list), (Role::Annotation, at));
        }
        if let Some(list) = dict.get::<Array<'_>>(b"Annots") {
            for reference in list.raw_iter().take(MAX_OBJECTS).filter_map(|item| item.as_obj_ref()) {
                let Some(annotation) = pdf.xref().get::<Dict<'_>>(reference.into()) else { continue };
                let widget = name(&annotation, b"Subtype") == "Widget";
                let role = if widget { Role::FormField } else { Role::Annotation };
                out.insert(of(reference), (role.clone(), at));
                if let Some(looks) = annotation.get::<Dict<'_>>(b"AP") {
                    out.extend(looks.get_ref(b"N").map(|r| (of(r), (role, at))));
                }
            }
        }
        let objects = &page.resources().x_objects;
        for (key, value) in objects.entries().take(MAX_OBJECTS) {
            let Some(reference) = value.as_obj_ref() else { continue };
            let Some(object) = objects.get::<Object<'_>>(key.as_ref()) else { continue };
            out.entry(of(reference)).or_insert_with(|| (own_role(Some(&object)), at));
        }
        for (_, value) in page.resources().fonts.entries().take(MAX_OBJECTS) {
            out.extend(value.as_obj_ref().map(|r| (of(r), (Role::Font, at))));
        }
    }
    out
}

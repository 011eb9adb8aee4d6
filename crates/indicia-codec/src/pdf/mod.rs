//! PDF documents: earlier versions, pages as pictures, embedded images in their own coding, and what the
//! file holds beside what it shows.
//!
//! `hayro` parses and draws. It reads lazily, forgives damage, and follows neither scripts nor links. What
//! hostile bytes could exploit is checked around it: `guard` bounds what streams inflate to before the
//! parser sees them, a dry run (`content`) counts what a page draws before it is drawn, sizes of pictures
//! are checked against the limits, and all work runs on a thread with a deep stack behind `catch_unwind`.
//! Earlier versions are found in the bytes themselves ([`revisions`]), not by the parser.

mod changes;
mod content;
mod guard;
mod images;
mod inventory;
mod metadata;
mod parts;
mod render;
mod revisions;
#[cfg(test)]
mod tests;
pub mod write;

use std::sync::Arc;

use hayro::hayro_syntax::object::{Dict, Object, ObjectIdentifier, Stream};
use hayro::hayro_syntax::{DecryptionError, Filter, LoadPdfError, Pdf};
use indicia_core::{Error, Evidence, Kind, Limits, Result, View, guarded};

pub use changes::{Change, ChangedObject, Redrawn, RevisionChanges, Role};
pub use content::{Cover, CoverKind, FontUse, PageContent};
pub use images::{Coding, EmbeddedImage};
pub use inventory::{Active, Attachment, Font, Inventory, Layer, Signature};
pub(crate) use metadata::read as read_metadata;
pub(crate) use parts::parts;
pub use render::DEFAULT_DPI;
pub use revisions::{Revision, Revisions, Section, revisions};

/// Stack of the thread that parses and draws: objects nest 512 deep and forms 50.
const STACK: usize = 64 << 20;

/// An object number and its generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// Object number.
    pub number: u32,
    /// Generation number.
    pub generation: i32,
}

impl From<ObjectIdentifier> for ObjectId {
    fn from(id: ObjectIdentifier) -> Self {
        Self { number: id.obj_number, generation: id.gen_number }
    }
}

impl From<ObjectId> for ObjectIdentifier {
    fn from(id: ObjectId) -> Self {
        Self::new(id.number, id.generation)
    }
}

impl std::fmt::Display for ObjectId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.number, self.generation)
    }
}

/// A parsed PDF.
pub struct Document {
    pdf: Pdf,
    bytes: Arc<Vec<u8>>,
    limits: Limits,
    /// True if the file is encrypted and opens without a password.
    pub encrypted: bool,
    /// Earlier versions, the present one last.
    pub revisions: Revisions,
    /// Size of every page.
    pub pages: Vec<PageSize>,
    /// What was left out or damaged, each in a phrase.
    pub warnings: Vec<String>,
}

/// Size of a page as it is shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PageSize {
    /// Columns in points of 1/72 inch, after rotation.
    pub width: f32,
    /// Rows in points.
    pub height: f32,
}

/// The first bytes of a file, so that earlier versions are read without a copy.
struct Prefix {
    bytes: Arc<Vec<u8>>,
    length: usize,
}

impl AsRef<[u8]> for Prefix {
    fn as_ref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

impl View for Document {
    type Key = ();

    fn compute(evidence: &Evidence, (): &()) -> Result<Self> {
        if evidence.kind() != Kind::Pdf {
            return Err(Error::unsupported(format!("needs a PDF, this is a {}", evidence.kind())));
        }
        Self::read(evidence.bytes(), evidence.limits())
    }
}

impl Document {
    /// Reads a PDF.
    ///
    /// # Errors
    /// `Input` if no page tree is found even by searching the file, `Unsupported` if it needs a password or
    /// uses an unknown encryption, `Limits` for a decompression bomb.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Self> {
        guard::check(bytes, limits)?;
        let bytes = Arc::new(bytes.to_vec());
        let revisions = revisions::find(&bytes);
        let shared = Arc::clone(&bytes);
        let (pdf, encrypted, pages, warnings) = on_deep_stack("reading a PDF", || {
            let pdf = open(&shared, shared.len())?;
            let mut warnings = vec![];
            check_streams(&pdf, limits)?;
            let encrypted = is_encrypted(&shared);
            let most = limits.frames as usize;
            let mut pages: Vec<PageSize> = vec![];
            for page in pdf.pages().iter().take(most) {
                let (width, height) = page.render_dimensions();
                pages.push(PageSize { width, height });
            }
            if pdf.pages().len() > most {
                warnings.push(format!(
                    "{} pages, of which the first {most} are read (raise it with --limits frames=N)",
                    pdf.pages().len()
                ));
            }
            Ok((pdf, encrypted, pages, warnings))
        })?;
        Ok(Self { pdf, bytes, limits: limits.clone(), encrypted, revisions, pages, warnings })
    }

    /// The document as it was when its first `length` bytes were the whole file.
    fn earlier(&self, length: usize) -> Result<Pdf> {
        open(&self.bytes, length)
    }

    /// The bytes of an attached file.
    ///
    /// # Errors
    /// `Input` if the object is no stream or does not decode.
    pub fn attachment(&self, id: ObjectId) -> Result<Vec<u8>> {
        on_deep_stack("reading a file attached to a PDF", || {
            let stream = self.pdf.xref().get::<Stream<'_>>(id.into());
            let data = stream.and_then(|s| s.decoded_data().ok().map(std::borrow::Cow::into_owned));
            data.ok_or_else(|| Error::input(format!("the attached file in object {id} does not decode")))
        })
    }

    /// The document catalog.
    fn catalog(pdf: &Pdf) -> Option<Dict<'_>> {
        pdf.xref().get(pdf.xref().root_id())
    }
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Document").field("pages", &self.pages.len()).finish_non_exhaustive()
    }
}

fn open(bytes: &Arc<Vec<u8>>, length: usize) -> Result<Pdf> {
    let prefix = Arc::new(Prefix { bytes: Arc::clone(bytes), length });
    let pdf = Pdf::new(prefix).map_err(|error| match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            Error::unsupported("the PDF is encrypted and needs a password")
        }
        LoadPdfError::Decryption(_) => Error::unsupported("the PDF is encrypted in a way that is not read"),
        LoadPdfError::Invalid => {
            Error::input("no page tree found in the PDF, neither by its cross-reference nor by searching")
        }
    })?;
    if pdf.pages().is_empty() {
        return Err(Error::input("the PDF has no pages"));
    }
    Ok(pdf)
}

/// Every stream must stay within bounds after its filters, which the parser now tells; those before it
/// opened the file were told by the bytes.
fn check_streams(pdf: &Pdf, limits: &Limits) -> Result<()> {
    let cap = guard::stream_cap(limits);
    for object in pdf.objects() {
        let Object::Stream(stream) = object else { continue };
        let filters = stream.filters();
        let expands = |filter: &Filter| guard::Expanding::of(*filter).is_some();
        if filters.iter().any(expands) && !guard::fits(&stream.raw_data(), &filters, cap) {
            return Err(guard::bomb(cap));
        }
        images::check_size(&stream, limits)?;
    }
    Ok(())
}

/// The trailer is in plain text, or in the dictionary of a cross-reference stream, also in encrypted files.
fn is_encrypted(bytes: &[u8]) -> bool {
    memchr::memmem::find_iter(bytes, b"/Encrypt").any(|at| {
        let rest = &bytes[at + 8..bytes.len().min(at + 32)];
        let text: Vec<u8> = rest.iter().copied().skip_while(u8::is_ascii_whitespace).collect();
        text.starts_with(b"<<") || (text.first().is_some_and(u8::is_ascii_digit) && text.contains(&b'R'))
    })
}

/// Runs `f` on a thread whose stack holds the deepest nesting that the parser allows; a panic becomes an
/// error.
fn on_deep_stack<T: Send>(step: &str, f: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || guarded(step, f))
            .map_err(|error| Error::io_from("no thread could be started to read a PDF", error))?
            .join()
            .unwrap_or_else(|_| Err(Error::internal(format!("{step} failed unexpectedly"))))
    })
}

/// The text of a PDF string: UTF-16 or UTF-8 by its mark, else Latin-1, which PDFDocEncoding equals in the
/// letters.
fn text_string(bytes: &[u8]) -> String {
    let utf16 = |bytes: &[u8], read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).map(|b| read([b[0], b[1]]));
        char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => bytes.iter().map(|&b| char::from(b)).collect(),
    }
}

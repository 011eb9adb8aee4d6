//! Writes small PDFs, with incremental updates: what tests and examples are made of.

use std::fmt::Write;

/// A PDF that is put together object by object and version by version.
#[derive(Debug, Clone, Default)]
pub struct Writer {
    bytes: Vec<u8>,
    pending: Vec<(u32, usize)>,
    last_xref: Option<usize>,
    size: u32,
}

impl Writer {
    /// A file with its header alone.
    pub fn new() -> Self {
        Self { bytes: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec(), ..Self::default() }
    }

    /// Writes an object with this content.
    pub fn object(&mut self, number: u32, content: &str) -> &mut Self {
        self.raw(number, content.as_bytes())
    }

    /// Writes a stream; `entries` are those of its dictionary beside its length.
    pub fn stream(&mut self, number: u32, entries: &str, data: &[u8]) -> &mut Self {
        let head = format!("<<{entries}/Length {}>>\nstream\n", data.len());
        self.raw(number, &[head.as_bytes(), data, b"\nendstream"].concat())
    }

    fn raw(&mut self, number: u32, content: &[u8]) -> &mut Self {
        self.pending.push((number, self.bytes.len()));
        self.size = self.size.max(number + 1);
        self.bytes.extend(format!("{number} 0 obj\n").bytes());
        self.bytes.extend(content);
        self.bytes.extend(b"\nendobj\n");
        self
    }

    /// Where the next byte is written.
    pub fn position(&self) -> usize {
        self.bytes.len()
    }

    /// Ends a version with a cross-reference table of what was written since the last. `entries` are those of
    /// the trailer beside `Size` and `Prev`.
    pub fn end(&mut self, entries: &str) -> &mut Self {
        let xref = self.bytes.len();
        let mut text = "xref\n".to_owned();
        if self.last_xref.is_none() {
            text.push_str("0 1\n0000000000 65535 f \n");
        }
        self.pending.sort_unstable();
        for (number, offset) in self.pending.drain(..) {
            let _ = write!(text, "{number} 1\n{offset:010} 00000 n \n");
        }
        let previous = self.last_xref.map_or_else(String::new, |at| format!("/Prev {at}"));
        let _ =
            write!(text, "trailer\n<</Size {}{previous}{entries}>>\nstartxref\n{xref}\n%%EOF\n", self.size);
        self.bytes.extend(text.bytes());
        self.last_xref = Some(xref);
        self
    }

    /// The file so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The file so far, to be changed by hand.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// A page of 200 by 100 points with this content, its fonts `F1` (Helvetica) and `F2` (Courier): objects 1
    /// to 6. Ends the first version.
    pub fn page(content: &str) -> Self {
        let mut out = Self::new();
        out.object(1, "<</Type/Catalog/Pages 2 0 R>>")
            .object(2, "<</Type/Pages/Kids[3 0 R]/Count 1>>")
            .object(3, PAGE)
            .stream(4, "", content.as_bytes())
            .object(5, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
            .object(6, "<</Type/Font/Subtype/Type1/BaseFont/Courier>>")
            .end("/Root 1 0 R");
        out
    }
}

/// The page's dictionary in [`Writer::page`].
pub const PAGE: &str = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R\
                        /Resources<</Font<</F1 5 0 R/F2 6 0 R>>>>>>";

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of a file: a page, a frame, a file inside the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// What it is called in its file, such as `frame 3`; no other part of the file has this name.
    pub name: String,
    /// What it is to its file.
    pub role: PartRole,
    /// Where its bytes stand in the file, if they stand there as they are.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub span: Option<PartSpan>,
    /// What else the file says of it, in a phrase.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub note: Option<String>,
}

/// A run of a file's bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PartSpan {
    /// First byte.
    pub offset: u64,
    /// Number of bytes.
    pub length: u64,
}

/// What a part is to its file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PartRole {
    /// A page of a document.
    Page,
    /// A frame of an animation or of a multi-frame picture.
    Frame,
    /// A picture in its own coding, as a document or a medical file holds it.
    EmbeddedImage,
    /// A further picture that an index of the file declares, such as a depth map or a preview.
    Picture,
    /// A small picture that stands for the whole.
    Thumbnail,
    /// The film of a motion photo.
    Video,
    /// An earlier state of a document.
    Version,
    /// A file that goes with the document.
    Attachment,
    /// Data after the end of the file proper that nothing declares.
    Trailer,
}

impl PartRole {
    /// True if what is shown by the part is shown by the file, so that evidence against the part is evidence
    /// against the file. An earlier version, an attachment or a trailer speaks for itself only.
    pub fn shown_by_file(self) -> bool {
        matches!(self, Self::Page | Self::Frame | Self::EmbeddedImage | Self::Picture)
    }
}

impl Part {
    /// A part that is nowhere in the file as it is and of which nothing else is said.
    pub fn new(role: PartRole, name: impl Into<String>) -> Self {
        Self { name: name.into(), role, span: None, note: None }
    }

    /// The name as a part of a file name: `frame-3`. Letters and digits stay, runs of anything else become
    /// one hyphen.
    pub fn file_name(&self) -> String {
        let words = self.name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        let joined = words.collect::<Vec<_>>().join("-");
        if joined.is_empty() { "part".to_owned() } else { joined }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_parts_become_names_of_files() {
        let name = |name: &str| Part::new(PartRole::Page, name).file_name();
        assert_eq!(name("frame 3"), "frame-3");
        assert_eq!(name("page 2, image 1"), "page-2-image-1");
        assert_eq!(name("../../etc"), "etc");
        assert_eq!(name("\u{e9}/"), "part");
    }
}

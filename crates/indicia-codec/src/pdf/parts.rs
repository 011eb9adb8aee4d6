//! The parts of a PDF: its pages, the pictures in them, its earlier versions.

use indicia_core::{Error, Evidence, Kind, Part, PartRole, PartSpan, Result};

use super::{Coding, DEFAULT_DPI, Document, ObjectId};
use crate::{Parts, sniff};

#[derive(Clone, Copy)]
enum Source {
    Page(usize),
    Picture(ObjectId, Coding),
    Version(usize),
    Attachment(ObjectId),
}

/// Pages in their order, each followed by the pictures that it names first, then earlier versions and attached
/// files. Versions of a PDF that itself is a part are not listed again.
pub(crate) fn parts(evidence: &Evidence) -> Result<Parts> {
    let document = evidence.view::<Document>(())?;
    let images = document.images()?;
    let by_page = document.images_by_page()?;
    let mut found: Vec<(Part, Source)> = vec![];
    for (page, ids) in by_page.iter().enumerate() {
        let name = format!("page {}", page + 1);
        found.push((Part::new(PartRole::Page, name.clone()), Source::Page(page)));
        let shown = ids.iter().filter_map(|id| images.binary_search_by_key(id, |image| image.id).ok());
        let pictures = shown.map(|index| &images[index]).filter(|image| !image.mask && !image.stencil);
        for (index, image) in pictures.enumerate() {
            let mut part = Part::new(PartRole::EmbeddedImage, format!("{name}, image {}", index + 1));
            part.note = Some(format!(
                "object {}, {}x{}, {}",
                image.id,
                image.width,
                image.height,
                image.coding.name()
            ));
            found.push((part, Source::Picture(image.id, image.coding)));
        }
    }
    if evidence.depth() == 0 {
        let earlier = &document.revisions.all[..document.revisions.all.len().saturating_sub(1)];
        for (index, revision) in earlier.iter().enumerate().rev() {
            let mut part = Part::new(PartRole::Version, format!("version {}", index + 1));
            part.span = Some(PartSpan { offset: 0, length: revision.bytes.end as u64 });
            part.note = Some(format!("the first {} bytes of the file", revision.bytes.end));
            found.push((part, Source::Version(revision.bytes.end)));
        }
    }
    for (index, attachment) in document.inventory()?.attachments.iter().enumerate() {
        let mut part = Part::new(PartRole::Attachment, format!("attachment {}", index + 1));
        part.note = Some(format!("object {}", attachment.id));
        found.push((part, Source::Attachment(attachment.id)));
    }
    let most = evidence.limits().frames as usize;
    let unlisted = found.len().saturating_sub(most);
    found.truncate(most);
    let (list, sources): (Vec<Part>, Vec<Source>) = found.into_iter().unzip();
    let warnings = document.warnings.clone();
    // The parts keep the document: as a view it may be dropped before they are loaded.
    let mut parts = Parts::new(list, move |evidence, index| load(evidence, &document, sources[index]));
    parts.warnings = warnings;
    if unlisted > 0 {
        parts
            .warnings
            .push(format!("{unlisted} parts of the PDF are not listed (raise it with --limits frames=N)"));
    }
    Ok(parts)
}

fn load(evidence: &Evidence, document: &Document, source: Source) -> Result<Evidence> {
    match source {
        Source::Page(page) => document.render(page, DEFAULT_DPI)?.into_evidence(evidence),
        Source::Picture(id, Coding::Jpeg) => {
            let bytes = document.image_bytes(id)?;
            match sniff(&bytes) {
                Some(Kind::Jpeg) => evidence.embedded(Kind::Jpeg, bytes),
                _ => Err(Error::input(format!("picture {id} of the PDF is no JPEG, as its dictionary says"))),
            }
        }
        Source::Picture(id, _) => document.image_pixels(id)?.into_evidence(evidence),
        Source::Version(length) => evidence.embedded(Kind::Pdf, evidence.bytes()[..length].to_vec()),
        Source::Attachment(id) => {
            let bytes = document.attachment(id)?;
            let kind = crate::identify(&bytes, evidence.limits())?;
            evidence.embedded(kind, bytes)
        }
    }
}

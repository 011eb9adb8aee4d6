//! What a PDF's structure tells: earlier versions, signatures, fonts, programs, hidden and active content.
//!
//! **Detects** earlier versions that incremental updates left in the file and what each changed; content
//! changed after a certifying signature; text under rectangles and pictures; text that is invisible or in the
//! colour of paper; the same font in several subsets on a page; fields that contradict each other; scripts,
//! launch actions, attached files and hidden layers.
//!
//! **Assumes** nothing of the file: it may be damaged or hostile. Nothing in it is run or followed.
//!
//! **Steps.** The codec parses the file and finds versions by its bytes ([`indicia_codec::pdf`]); the checks
//! in `versions`, `content` and `origin` turn that into findings.
//!
//! **Claims.** One thing contradicts the file's own signed statement: a certifying signature says that pages
//! may not change, and what a page draws was changed after it. It claims and does not vote, because signatures
//! are not verified. Everything else is an observation.
//!
//! **References.** ISO 32000-1:2008, sections 7.5.6 (incremental updates), 9.6.4 (font subsets), 12.7.4.5 and
//! 12.8 (signatures).

mod content;
mod origin;
#[cfg(test)]
mod tests;
mod versions;

use indicia_codec::Metadata;
use indicia_codec::pdf::Document;
use indicia_core::{
    BuildContext, Evidence, Examination, Fidelity, Finding, Kind, Method, MethodInfo, Parameter, RankedBy,
    Result, Source, Status, Topic, ViewNeed,
};

/// The method's entry in the registry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.pdf-structure",
    title: "PDF structure",
    summary: "Earlier versions inside a PDF, content changed after signing, text under covers, fonts, programs, \
              hidden and active content",
    applies: "Every PDF that opens without a password; other files are not applicable",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "ISO 32000-1:2008, Document management, Portable document format, Part 1: PDF 1.7",
        url: "https://opensource.adobe.com/dc-acrobat-sdk-docs/pdfstandards/PDF32000_2008.pdf",
        fidelity: Fidelity::Faithful,
    }],
    status: Status::Preview,
    topic: Topic::Origin,
    ranked_by: RankedBy::Claims,
    needs: &[ViewNeed::of::<Document>(), ViewNeed::of::<Metadata>()],
    parameters: &[Parameter {
        name: "max_pages",
        description: "Pages whose content is searched for hidden text and covers, from the first",
        unit: "pages",
        min: 1.0,
        max: 100_000.0,
        default: 200.0,
        integer: true,
    }],
    build: |context| build(context),
};

struct PdfStructure {
    max_pages: usize,
}

fn build(context: &BuildContext) -> Result<Box<dyn Method>> {
    Ok(Box::new(PdfStructure { max_pages: INFO.parameter_values(context)?.count("max_pages") }))
}

impl Method for PdfStructure {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let kind = evidence.kind();
        if kind != Kind::Pdf {
            return Ok(Examination::not_applicable(format!("needs a PDF, this is a {kind}")));
        }
        let document = evidence.view::<Document>(())?;
        let inventory = document.inventory()?;
        let mut findings = versions::findings(&document)?;
        findings.extend(versions::signatures(&document, &inventory, evidence.bytes())?);
        findings.extend(content::findings(&document, &inventory, self.max_pages));
        findings.extend(origin::programs(&*evidence.view::<Metadata>(())?, document.revisions.all.len()));
        findings.extend(origin::active(&inventory));
        if findings.is_empty() {
            let statement = "The file holds one version, no signature, no script and no hidden text.";
            findings.push(observation(statement));
        }
        Ok(Examination::Findings(findings))
    }
}

fn observation(statement: impl Into<String>) -> Finding {
    Finding::observation(INFO.id, statement)
}

/// `page 3`, `pages 1, 2 and 5`, `12 pages, the first of them 1, 2 and 3`; pages count from 0 here and from 1
/// there.
fn pages(pages: &[usize]) -> String {
    let told: Vec<String> = pages.iter().take(3).map(|p| (p + 1).to_string()).collect();
    let list = match told.as_slice() {
        [] => return "no page".to_owned(),
        [one] => return format!("page {one}"),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    };
    if pages.len() > 3 {
        format!("{} pages, the first of them {list}", pages.len())
    } else {
        format!("pages {list}")
    }
}

/// `1 letter`, `5 letters`.
fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

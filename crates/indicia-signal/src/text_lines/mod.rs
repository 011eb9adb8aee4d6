//! Text lines: words and glyphs whose type, ink or paper departs from their neighbours.
//!
//! **What it detects.** Words that were typed or pasted onto a page in another size, weight, colour or place, or
//! with other paper under them.
//!
//! **Steps.** Each word's letter height, offset from its line's base, stroke width (twice the ink over its
//! perimeter), contrast and colour of its ink, gap between its letters, and brightness and colour of its paper
//! are compared with the nearest 24 words of like height by robust standard deviations. A word's departure is
//! the sum of `ln(1 + (w z)^2 / 4)`; glyphs are compared in the same way by ink and paper.
//!
//! **Limits.** Headings, handwriting, stamps and print in two colours depart in authentic pages. Text taken from
//! the page itself departs little.

mod algorithm;

#[cfg(test)]
mod tests;

use indicia_core::{
    BuildContext, Evidence, Examination, Fidelity, Finding, Method, MethodInfo, RankedBy, Result, Score,
    Source, Status, Topic, ViewNeed,
};
use indicia_ops::Rgb8;
use indicia_ops::text::TextLines;

pub(crate) use algorithm::{margin, surprise};

use crate::text_map::{NO_TEXT, blank, exhibit, raise, shade, strongest};

/// Rows of the table of the strongest departures.
const ROWS: usize = 12;

/// Registration of `signal.text-lines`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.text-lines",
    title: "Text lines",
    summary: "Shows words whose height, baseline, stroke, ink, spacing or paper departs from their neighbours",
    applies: "Pages with at least three lines of dark text on lighter, even paper",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "J. Sauvola, M. Pietikäinen, \"Adaptive document image binarization\", Pattern Recognition \
                       33, 2000",
            url: "https://doi.org/10.1016/S0031-3203(99)00055-2",
            fidelity: Fidelity::Adapted,
        },
        Source {
            citation: "R. Bertrand, P. Gomez-Krämer, O. Ramos Terrades, P. Franco, J.-M. Ogier, \"A system based \
                       on intrinsic features for fraudulent document detection\", ICDAR 2013",
            url: "https://doi.org/10.1109/ICDAR.2013.29",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::Text,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>(), ViewNeed::of::<TextLines>()],
    parameters: &[],
    build: |context| Ok(Box::new(TextLineOutliers::build(context)?)),
};

struct TextLineOutliers;

impl TextLineOutliers {
    fn build(context: &BuildContext) -> Result<Self> {
        INFO.parameter_values(context)?;
        Ok(Self)
    }

    fn examine_page(text: &TextLines, rgb: &Rgb8) -> Examination {
        if !text.document {
            return Examination::not_applicable(NO_TEXT);
        }
        let found = algorithm::examine(text, rgb);
        let mut map = blank(text.width, text.height);
        for (word, sum) in text.words.iter().zip(&found.word_sums) {
            let margin = algorithm::margin(word.area.height());
            raise(&mut map, &word.area.widened(margin, text.width, text.height), shade(*sum));
        }
        for (glyph, sum) in text.glyphs.iter().zip(&found.glyph_sums) {
            raise(&mut map, &glyph.area.widened(1, text.width, text.height), shade(*sum));
        }
        let most = found.word_sums.iter().copied().fold(0.0, f32::max);
        let statement = format!(
            "{} words in {} lines were compared with their neighbours; the one that departs most does so by \
             {most:.1}. Headings, handwriting and stamps depart in authentic pages too.",
            text.words.len(),
            text.lines.len()
        );
        Examination::Findings(vec![Finding {
            score: Some(Score::raw("largest departure of a word", f64::from(most))),
            exhibits: vec![
                exhibit(
                    map,
                    "Departing text",
                    "0 without text, 0.1 on text like its neighbours, towards 1 on words and glyphs whose \
                     height, baseline, stroke, ink, spacing or paper departs from theirs",
                ),
                strongest(text, &found.words, &found.word_sums, &algorithm::NAMES, ROWS),
            ],
            ..Finding::observation(INFO.id, statement)
        }])
    }
}

impl Method for TextLineOutliers {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let (text, rgb) = (evidence.view::<TextLines>(())?, evidence.view::<Rgb8>(())?);
        Ok(Self::examine_page(&text, &rgb))
    }
}

//! Duplicate glyphs: pairs of glyphs more alike than printing and scanning leave two prints of a letter.
//!
//! **What it detects.** A digit or letter copied from elsewhere on the page. Two prints of a letter differ by
//! ink, paper, sensor noise and their place on the pixel grid; a copy differs by later compression alone.
//!
//! **Steps.** Glyphs of nearly one size whose ink is alike on a grid of 4 by 4 are compared pixel by pixel at
//! nine places (root mean square of the difference without its mean). A glyph's likeness to its nearest is the
//! logarithm of the median difference to the twelve most similar glyphs over the nearest one's. Of mutually nearest pairs the method
//! reports by how many robust standard deviations their likeness exceeds that of the page's glyphs.
//!
//! **Limits.** A page on which letters are equal anyway (never printed and scanned) is not examined. Repeated copies of
//! one glyph hide each other if they are more than half of its like. Copies that were scaled or turned are not found.

mod algorithm;
mod draw;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    BuildContext, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Method, MethodInfo,
    RankedBy, Result, Score, Source, Status, Topic, ViewNeed,
};
use indicia_ops::text::TextLines;
use indicia_ops::{Luma8, Rgb8};

use crate::text_map::{NO_TEXT, blank, exhibit, raise, shade};
use algorithm::{Likeness, examine};

/// Pairs that are drawn, at most.
const DRAWN: usize = 8;
/// Departure from which a pair is drawn.
const STRONG: f32 = 3.0;

/// Registration of `signal.duplicate-glyphs`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.duplicate-glyphs",
    title: "Duplicate glyphs",
    summary: "Shows pairs of glyphs more alike than two prints of a letter",
    applies: "Scanned or photographed pages with repeated letters; not pages that were never printed",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "R. Bertrand, P. Gomez-Krämer, O. Ramos Terrades, P. Franco, J.-M. Ogier, \"A system based on \
                   intrinsic features for fraudulent document detection\", ICDAR 2013",
        url: "https://doi.org/10.1109/ICDAR.2013.29",
        fidelity: Fidelity::Inspired,
    }],
    status: Status::Preview,
    topic: Topic::Text,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>(), ViewNeed::of::<Luma8>(), ViewNeed::of::<TextLines>()],
    parameters: &[],
    build: |context| Ok(Box::new(DuplicateGlyphs::build(context)?)),
};

struct DuplicateGlyphs;

impl DuplicateGlyphs {
    fn build(context: &BuildContext) -> Result<Self> {
        INFO.parameter_values(context)?;
        Ok(Self)
    }

    fn examine_page(text: &TextLines, luma: &Luma8, rgb: &Rgb8) -> Examination {
        if !text.document {
            return Examination::not_applicable(NO_TEXT);
        }
        let pairs = match examine(text, &luma.samples) {
            Likeness::Pairs(pairs) => pairs,
            Likeness::TooFew => return Examination::not_applicable("no letter is repeated often enough"),
            Likeness::Digital => {
                return Examination::not_applicable(
                    "repeated letters are equal all over: the page was not printed and scanned",
                );
            }
        };
        let mut map = blank(text.width, text.height);
        for word in &text.words {
            raise(&mut map, &word.area, shade(0.0));
        }
        for pair in &pairs {
            for glyph in [pair.glyphs.0, pair.glyphs.1] {
                let area = text.glyphs[glyph].area.widened(1, text.width, text.height);
                raise(&mut map, &area, shade(pair.departure.max(0.0)));
            }
        }
        let most = pairs.first().map_or(0.0, |pair| pair.departure.max(0.0));
        let strong: Vec<_> = pairs.iter().take_while(|pair| pair.departure >= STRONG).take(DRAWN).collect();
        let mut exhibits = vec![exhibit(
            map,
            "Glyphs with a near-copy",
            "0 without text, 0.1 on text, towards 1 on glyphs that are more alike to another one than letters \
             of this page mostly are",
        )];
        if !strong.is_empty() {
            let areas: Vec<_> = strong
                .iter()
                .map(|pair| (text.glyphs[pair.glyphs.0].area, text.glyphs[pair.glyphs.1].area))
                .collect();
            exhibits.push(Exhibit {
                id: "pairs".into(),
                title: "The most alike pairs, joined".into(),
                legend:
                    "Each line joins two glyphs that are more alike than two prints of a letter on this page \
                         mostly are"
                        .into(),
                data: ExhibitData::Picture(Arc::new(draw::joined(rgb, &areas))),
            });
        }
        let statement = match pairs.first() {
            Some(pair) => format!(
                "The most alike pair of glyphs differs by {:.1} of 255 and lies {:.1} robust standard deviations \
                 above what repeated letters of this page show.",
                pair.difference, pair.departure
            ),
            None => "No two glyphs are each other's nearest like.".to_owned(),
        };
        Examination::Findings(vec![Finding {
            score: Some(Score::raw("likeness of the closest pair, robust deviations", f64::from(most))),
            exhibits,
            ..Finding::observation(INFO.id, statement)
        }])
    }
}

impl Method for DuplicateGlyphs {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let text = evidence.view::<TextLines>(())?;
        Ok(Self::examine_page(&text, &*evidence.view::<Luma8>(())?, &*evidence.view::<Rgb8>(())?))
    }
}

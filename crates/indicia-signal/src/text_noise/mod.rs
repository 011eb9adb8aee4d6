//! Text noise: words whose noise, compression or sharpness departs from that of other words.
//!
//! **What it detects.** Text that was typed, pasted or painted over after the page was compressed has other noise and
//! other compression than its surroundings, and other edges than the page's own print.
//!
//! **Steps.** Around each word: mean residual of the paper, share of paper without residual, change of paper and of
//! ink when the picture is saved again at quality 90 (4:4:4, luma), steps of the paper across borders of JPEG
//! blocks against other steps, and the step that a fiftieth of the pixels exceed, as a share of the ink's
//! contrast. Each is compared with the nearest 24 words of like height by robust standard deviations; a word's
//! departure is the sum of `ln(1 + (w z)^2 / 4)`. Paper that is quieter than around is added to the map.
//!
//! **Limits.** Text moved within a page has the page's own noise and edges. A later save at a low quality levels the traces.

mod algorithm;
#[cfg(test)]
mod tests;

use indicia_codec::jpeg::{Subsampling, recompress};
use indicia_core::{
    BuildContext, Evidence, Examination, Fidelity, Finding, Method, MethodInfo, RankedBy, Result, Score,
    Source, Status, Topic, ViewNeed,
};
use indicia_ops::text::{Area, TextLines};
use indicia_ops::{Luma8, Rgb8, luma_of_rgb};

use crate::text_lines::{margin, surprise};
use crate::text_map::{NO_TEXT, blank, exhibit, raise, shade, strongest};
use algorithm::{CELL, Page};

/// Quality of the second save, as error level analysis has it.
const QUALITY: u8 = 90;
/// Weight of the departure of a cell of paper.
const CELL_WEIGHT: f32 = 2.0;
/// Rows of the table of the strongest departures.
const ROWS: usize = 12;

/// Registration of `signal.text-noise`.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.text-noise",
    title: "Noise around text",
    summary: "Shows words whose paper noise, error level, block borders or sharpness departs from other words",
    applies: "Pages with at least three lines of dark text on lighter, even paper",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "N. Krawetz, A picture's worth: digital image analysis and forensics, Black Hat USA, 2007",
        url: "https://www.hackerfactor.com/papers/bh-usa-07-krawetz-wp.pdf",
        fidelity: Fidelity::Inspired,
    }],
    status: Status::Preview,
    topic: Topic::Text,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>(), ViewNeed::of::<Luma8>(), ViewNeed::of::<TextLines>()],
    parameters: &[],
    build: |context| Ok(Box::new(TextNoise::build(context)?)),
};

struct TextNoise;

impl TextNoise {
    fn build(context: &BuildContext) -> Result<Self> {
        INFO.parameter_values(context)?;
        Ok(Self)
    }

    fn examine_page(text: &TextLines, luma: &Luma8, rgb: &Rgb8) -> Examination {
        if !text.document {
            return Examination::not_applicable(NO_TEXT);
        }
        let again = recompress(&rgb.samples, rgb.width, rgb.height, QUALITY, Subsampling::S444);
        let mut error = luma_of_rgb(&again);
        drop(again);
        error.iter_mut().zip(&luma.samples).for_each(|(again, now)| *again = again.abs_diff(*now));
        let page = Page { luma: &luma.samples, error: &error, text };
        let words = algorithm::words(&page);
        let sums: Vec<f32> = words.iter().map(|z| surprise(z, &algorithm::WEIGHTS)).collect();
        let cells = page.cells();
        let mut map = blank(text.width, text.height);
        for (word, sum) in text.words.iter().zip(&sums) {
            let margin = margin(word.area.height());
            raise(&mut map, &word.area.widened(margin, text.width, text.height), shade(*sum));
        }
        for ((row, column), z) in cells.indexed_iter() {
            let (left, top) = (column * CELL, row * CELL);
            let area = Area {
                left,
                top,
                right: (left + CELL).min(text.width),
                bottom: (top + CELL).min(text.height),
            };
            raise(&mut map, &area, shade(surprise(&[*z], &[CELL_WEIGHT])) - shade(0.0));
        }
        let most = sums.iter().copied().fold(0.0, f32::max);
        let statement = format!(
            "The noise, compression and sharpness around {} words were compared with their neighbours'; the one \
             that departs most does so by {most:.1}. Stamps, handwriting and shadows depart in authentic pages too.",
            text.words.len()
        );
        Examination::Findings(vec![Finding {
            score: Some(Score::raw("largest departure of a word", f64::from(most))),
            exhibits: vec![
                exhibit(
                    map,
                    "Departing noise around text",
                    "0 on paper like its surroundings, 0.1 on text like its neighbours, towards 1 where noise, \
                     error level, block borders or sharpness departs from theirs",
                ),
                strongest(text, &words, &sums, &algorithm::NAMES, ROWS),
            ],
            ..Finding::observation(INFO.id, statement)
        }])
    }
}

impl Method for TextNoise {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        let text = evidence.view::<TextLines>(())?;
        Ok(Self::examine_page(&text, &*evidence.view::<Luma8>(())?, &*evidence.view::<Rgb8>(())?))
    }
}

//! Bit planes: the three least significant bits of red, green and blue, to look at.
//!
//! In a photograph the lowest bit looks like noise wherever there is noise. Parts that were painted, filled,
//! clipped or copied from a drawing show as flat or regular areas; so do messages that were written into
//! it. Nothing is claimed: heavy compression and plain skies look regular too.
//!
//! Reference: sherloq's bit planes; `page.md` says what differs.

mod algorithm;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use indicia_core::{
    Direction, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Map, Method, MethodInfo,
    RankedBy, Result, Source, Status, Topic, ViewNeed,
};
use indicia_ops::Rgb8;

use crate::exhibit::{shown, table};
use crate::picture::reduced;
use algorithm::{CELL, Counts, PLANES};

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.bit-planes",
    title: "Bit planes",
    summary: "The lowest bits of red, green and blue, where painted and filled parts look regular; to look at.",
    applies: "Any picture of at least 2 by 1 pixels; of 16-bit samples the upper byte is read.",
    page: include_str!("page.md"),
    sources: &[Source {
        citation: "sherloq, a digital photo forensic toolset (its bit planes)",
        url: "https://github.com/GuidoBartoli/sherloq",
        fidelity: Fidelity::Inspired,
    }],
    status: Status::Preview,
    topic: Topic::View,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Rgb8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(BitPlanes))
    },
};

/// A cell whose bits are this far from random, of 1, counts as regular in the statement: with 240 random pairs
/// of neighbours the largest of three exceeds it in fewer than one cell of 10,000.
const REGULAR: f32 = 0.3;

struct BitPlanes;

fn examine_rgb(rgb: &Rgb8) -> Examination {
    let (width, height) = (rgb.width, rgb.height);
    if width < 2 || height == 0 {
        return Examination::not_applicable(format!("needs at least two columns, this is {width}x{height}"));
    }
    let counts = algorithm::count(&rgb.samples, width);
    let values = algorithm::regularity(&rgb.samples, width, height);
    let regular = values.iter().filter(|v| **v > REGULAR).count() as f64 / values.len() as f64;
    let equal = |c: &Counts| c.equal[0] as f64 / c.pairs as f64;
    let statement = format!(
        "In the lowest bit, neighbours are equal in {:.1} %, {:.1} % and {:.1} % of red, green and blue (50 % if \
         random), and {:.1} % of the cells look regular; look for regular parts among noisy ones.",
        100.0 * equal(&counts[0]),
        100.0 * equal(&counts[1]),
        100.0 * equal(&counts[2]),
        100.0 * regular
    );
    let map = Map {
        values,
        cell: CELL,
        width,
        height,
        outside: 0.0,
        low: 0.0,
        high: 1.0,
        direction: Direction::Contrast,
    };
    let mut exhibits: Vec<Exhibit> = (0..PLANES).map(|plane| view(rgb, plane)).collect();
    exhibits.push(Exhibit {
        id: "map".into(),
        title: "Regularity of the lowest bit".into(),
        legend: "By cell of 16 by 16 pixels, how far the share of horizontal neighbours with equal lowest bits is \
                 from one half, the largest of three channels: 0 as random bits, 1 all equal or all in turn. \
                 Clipped and flat parts are regular in every picture."
            .into(),
        data: ExhibitData::Map(Arc::new(map)),
    });
    exhibits.push(shares(&counts));
    Examination::Findings(vec![Finding { exhibits, ..Finding::observation(INFO.id, statement) }])
}

fn view(rgb: &Rgb8, plane: usize) -> Exhibit {
    let bits = |i: usize| {
        std::array::from_fn(|c| if rgb.samples[3 * i + c] >> plane & 1 == 1 { 255.0 } else { 0.0 })
    };
    shown(
        &format!("plane-{plane}"),
        &format!("Bit {plane} of red, green and blue"),
        format!(
            "A channel is bright where bit {plane} of it, counted from the least significant, is set; a reduced \
             view shows the share of set bits. Noise is fine and coloured, filled parts are flat."
        ),
        reduced(rgb.width, rgb.height, bits, |v| v),
    )
}

fn shares(counts: &[Counts; 3]) -> Exhibit {
    let mut rows = vec![];
    for (name, counts) in ["red", "green", "blue"].iter().zip(counts) {
        for plane in 0..PLANES {
            let share = |part: u64, of: u64| format!("{:.2} %", 100.0 * part as f64 / of.max(1) as f64);
            rows.push(vec![
                (*name).to_owned(),
                plane.to_string(),
                share(counts.ones[plane], counts.samples),
                share(counts.equal[plane], counts.pairs),
            ]);
        }
    }
    table(
        "shares",
        "Shares by plane",
        "Set bits, and horizontal neighbours with equal bits. Both are near 50 % where bits are random.",
        &["channel", "bit", "set", "equal neighbours"],
        rows,
    )
}

impl Method for BitPlanes {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        Ok(examine_rgb(&*evidence.view::<Rgb8>(())?))
    }
}

//! How many times a JPEG was compressed: once, twice, or three times and more.
//!
//! Each compression leaves its period in the histograms of the coefficients, moves the statistics of their first
//! digits, and brings pixels nearer to a fixed point of compressing again with the same tables. The method
//! measures all three and reads them with a small logistic model.
//!
//! Assumptions: all compressions lie on one grid of blocks (nothing was cropped off it or resized between), with
//! tables like libjpeg's.
//!
//! Steps: see `page.md`, which also says how the model was fitted and how well it does.
//!
//! References: S. Milani, M. Tagliasacchi, S. Tubaro, ICASSP 2012, doi 10.1109/ICASSP.2012.6288365 (first digits);
//! F. Huang, J. Huang, Y. Q. Shi, IEEE TIFS 5(4), 2010, doi 10.1109/TIFS.2010.2072921 (the same tables again).

mod algorithm;
mod model;
#[cfg(test)]
mod tests;

use indicia_codec::jpeg::Jpeg;
use indicia_core::{
    Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Kind, Method, MethodInfo, RankedBy,
    Result, Score, Source, Status, Table, Topic, ViewNeed,
};
use indicia_ops::Rgb8;

pub use algorithm::{Features, INPUTS, Model, NAMES, features};
pub use model::MODEL;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.compression-count",
    title: "Number of JPEG compressions",
    summary: "Whether a JPEG was compressed once, twice or more often, and the earlier qualities.",
    applies: "JPEGs of at least 256 blocks with usual chroma sampling; it sees compressions on one grid of blocks.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "S. Milani, M. Tagliasacchi, S. Tubaro, Discriminating multiple JPEG compression using first \
                       digit features, IEEE International Conference on Acoustics, Speech and Signal Processing, 2012",
            url: "https://doi.org/10.1109/ICASSP.2012.6288365",
            fidelity: Fidelity::Inspired,
        },
        Source {
            citation: "F. Huang, J. Huang, Y. Q. Shi, Detecting double JPEG compression with the same quantization \
                       matrix, IEEE Transactions on Information Forensics and Security 5(4), 2010",
            url: "https://doi.org/10.1109/TIFS.2010.2072921",
            fidelity: Fidelity::Inspired,
        },
    ],
    status: Status::Preview,
    topic: Topic::Compression,
    ranked_by: RankedBy::Observations,
    needs: &[ViewNeed::of::<Jpeg>(), ViewNeed::of::<Rgb8>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(CompressionCount))
    },
};

/// Gain, in nats a coefficient, from which an earlier quality is named.
const STATED_GAIN: f64 = 0.05;

/// Probability of a class from which it is stated without "perhaps".
const SURE: f64 = 0.9;

struct CompressionCount;

fn finding(features: &Features) -> Finding {
    let logs = MODEL.ln_probabilities(&features.values);
    let [once, twice, more] = logs.map(f64::exp);
    // ln((P2 + P3) / P1), kept finite.
    let score = (twice + more).max(1e-300).ln() - logs[0].max(-700.0);
    let (count, probability) = match () {
        () if once >= twice && once >= more => ("once", once),
        () if twice >= more => ("twice", twice),
        () => ("three times or more", more),
    };
    let sure = if probability >= SURE { "was probably" } else { "was perhaps" };
    let earlier = if count == "once" {
        String::new()
    } else if count != "twice" && features.chain.gain >= STATED_GAIN {
        let [first, second] = features.chain.qualities;
        format!(", before at about quality {first} and then {second}")
    } else if features.earlier.gain >= STATED_GAIN {
        format!(", before at about quality {}", features.earlier.quality)
    } else {
        ", before at a quality that is not clear (perhaps the same)".to_owned()
    };
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let mut rows = vec![
        vec!["compressed once (model)".to_owned(), percent(once)],
        vec!["compressed twice (model)".to_owned(), percent(twice)],
        vec!["compressed three times or more (model)".to_owned(), percent(more)],
        vec![
            format!("gain of one earlier compression, quality {}", features.earlier.quality),
            format!("{:.3} nats a coefficient", features.earlier.gain),
        ],
        vec![
            format!(
                "gain of two, qualities {} and {}, over one",
                features.chain.qualities[0], features.chain.qualities[1]
            ),
            format!("{:.3} nats a coefficient", features.chain.gain),
        ],
        vec![
            "coefficients that the same tables change".to_owned(),
            format!("{:.3} %", 100.0 * features.changed[0]),
        ],
        vec!["and once more".to_owned(), format!("{:.3} %", 100.0 * features.changed[1])],
    ];
    rows.extend((1..=9).zip(features.digits).map(|(digit, share)| {
        let law = (1.0 + 1.0 / f64::from(digit)).log10();
        vec![format!("first digit {digit} (Benford {})", percent(law)), percent(share)]
    }));
    Finding {
        score: Some(Score::raw("ln odds of two compressions or more", score)),
        exhibits: vec![Exhibit {
            id: "evidence".into(),
            title: "What the count rests on".into(),
            legend:
                "Probabilities are the model's on the population of the method's page, not of this file's \
                     history; a file from elsewhere may differ."
                    .into(),
            data: ExhibitData::Table(Table { columns: ["what", "value"].map(str::to_owned).to_vec(), rows }),
        }],
        ..Finding::observation(
            INFO.id,
            format!(
                "By its coefficients the JPEG {sure} compressed {count}{earlier}; saving again is no sign of alteration \
                 by itself."
            ),
        )
    }
}

impl Method for CompressionCount {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        if evidence.kind() != Kind::Jpeg {
            return Ok(Examination::not_applicable(format!("needs a JPEG, this is a {}", evidence.kind())));
        }
        let jpeg = evidence.view::<Jpeg>(())?;
        let rgb = evidence.view::<Rgb8>(())?;
        Ok(match features(&jpeg, &rgb)? {
            Some(features) => Examination::Findings(vec![finding(&features)]),
            None => Examination::not_applicable(format!(
                "needs {} blocks with texture, one or three components of usual sampling and 8-bit tables",
                algorithm::LEAST_BLOCKS
            )),
        })
    }
}

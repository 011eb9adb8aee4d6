//! JPEG structure: what tables, markers, embedded thumbnail and coefficient histograms tell of a file's
//! history.
//!
//! Every save leaves its encoder's habits: quantisation tables, the order of marker segments, Huffman tables,
//! a thumbnail made at that time. This method reads them and says what it sees. It assumes nothing about the
//! scene. All of it is observation, with one exception: a thumbnail that plainly shows another scene
//! contradicts the picture and votes (see `thumbnail` and `page.md` for the rule).
//!
//! References: ITU-T T.81 (tables, markers); JEITA CP-3451 (EXIF thumbnail); CIPA DC-007 (multi-picture
//! format); E. Kee, M. K. Johnson, H. Farid, IEEE TIFS 6(3), 2011, doi 10.1109/TIFS.2011.2128309 (tables and
//! thumbnails as camera signatures); J. Lukáš, J. Fridrich, DFRWS 2003, and T. Bianchi, A. Piva, IEEE TIFS
//! 7(3), 2012, doi 10.1109/TIFS.2012.2187516 (earlier quantisation steps from histograms).

mod claims;
mod layout;
mod tables;
#[cfg(test)]
mod tests;
mod thumbnail;

use std::sync::Arc;

use indicia_codec::jpeg::Jpeg;
use indicia_codec::{Metadata, Parts};
use indicia_core::{
    Claim, Evidence, Examination, Exhibit, ExhibitData, Fidelity, Finding, Kind, Method, MethodInfo, Part,
    Picture, RankedBy, Region, Result, Score, Source, Standing, Status, Table, Topic, ViewNeed,
};
use indicia_ops::{Rgb8, compression_history};
use ndarray::Array2;

use claims::Facts;
use tables::Role;
use thumbnail::Relation;

/// The method's registry entry.
pub static INFO: MethodInfo = MethodInfo {
    id: "signal.jpeg-structure",
    title: "JPEG structure",
    summary: "What quantisation tables, markers, thumbnail and coefficient histograms tell of a JPEG's history.",
    applies: "Any JPEG.",
    page: include_str!("page.md"),
    sources: &[
        Source {
            citation: "E. Kee, M. K. Johnson, H. Farid, Digital image authentication from JPEG headers, IEEE \
                       Transactions on Information Forensics and Security 6(3), 2011",
            url: "https://doi.org/10.1109/TIFS.2011.2128309",
            fidelity: Fidelity::Inspired,
        },
        Source {
            citation: "T. Bianchi, A. Piva, Image forgery localization via block-grained analysis of JPEG \
                       artifacts, IEEE Transactions on Information Forensics and Security 7(3), 2012",
            url: "https://doi.org/10.1109/TIFS.2012.2187516",
            fidelity: Fidelity::Inspired,
        },
        Source {
            citation: "ITU-T Recommendation T.81, Digital compression and coding of continuous-tone still \
                       images, 1992",
            url: "https://www.w3.org/Graphics/JPEG/itu-t81.pdf",
            fidelity: Fidelity::Faithful,
        },
    ],
    status: Status::Stable,
    topic: Topic::Compression,
    ranked_by: RankedBy::Claims,
    needs: &[ViewNeed::of::<Jpeg>(), ViewNeed::of::<Metadata>()],
    parameters: &[],
    build: |context| {
        INFO.parameter_values(context)?;
        Ok(Box::new(JpegStructure))
    },
};

/// Least gain, in nats a coefficient, from which an earlier compression is stated. Uncalibrated; `page.md`
/// has the gains that were measured on pictures of known history.
const STATED_GAIN: f64 = 0.2;

struct JpegStructure;

impl Method for JpegStructure {
    fn examine(&self, evidence: &Evidence) -> Result<Examination> {
        if evidence.kind() != Kind::Jpeg {
            return Ok(Examination::not_applicable(format!("needs a JPEG, this is a {}", evidence.kind())));
        }
        let jpeg = evidence.view::<Jpeg>(())?;
        let mut findings = vec![tables_finding(&jpeg), layout_finding(evidence.bytes(), &jpeg)];
        findings
            .extend(trailing_finding(evidence.bytes(), &jpeg).map(|finding| name_parts(evidence, finding)));
        findings.extend(history_finding(&jpeg));
        findings.extend(claims_finding(&jpeg, evidence));
        // Unreadable metadata is the metadata method's to report; without it there is no thumbnail here.
        let metadata = evidence.view::<Metadata>(());
        if let Some(bytes) = metadata.as_ref().ok().and_then(|m| m.thumbnail.as_ref()) {
            findings.push(thumbnail_finding(evidence, &jpeg, bytes));
        }
        if !jpeg.warnings.is_empty() {
            let statement = format!("The JPEG is damaged: {}.", jpeg.warnings.join("; "));
            findings.push(Finding::observation(INFO.id, statement));
        }
        Ok(Examination::Findings(findings))
    }
}

/// The role of a table slot: luma if the first component uses the table, else chroma.
fn role(jpeg: &Jpeg, steps: &[u16; 64]) -> Role {
    match jpeg.components.first() {
        Some(first) if first.steps != *steps => Role::Chroma,
        _ => Role::Luma,
    }
}

fn tables_finding(jpeg: &Jpeg) -> Finding {
    let mut phrases = vec![];
    let mut rows = vec![];
    let mut step_rows: Vec<Vec<String>> = vec![];
    for table in &jpeg.quantization {
        let role = role(jpeg, &table.steps);
        let name = if role == Role::Luma { "luma" } else { "chroma" };
        let nearest = tables::nearest(&table.steps, role);
        let known = tables::known(&table.steps);
        let estimate = if nearest.distance == 0.0 {
            format!("exactly that of {} quality {}", nearest.family, nearest.quality)
        } else {
            format!(
                "no libjpeg or mozjpeg table, nearest {} quality {} (mean step difference {:.2})",
                nearest.family, nearest.quality, nearest.distance
            )
        };
        let also = if known.is_empty() { String::new() } else { format!("; known as {}", known.join(", ")) };
        phrases.push(format!("the {name} table is {estimate}{also}"));
        rows.push(vec![
            table.slot.to_string(),
            name.to_owned(),
            format!("{} bit at byte {}", table.bits, table.offset),
            format!("{} {}", nearest.family, nearest.quality),
            format!("{:.2}", nearest.distance),
            known.join(", "),
            tables::digest(&table.steps).to_string(),
        ]);
        for (v, row) in table.steps.chunks_exact(8).enumerate() {
            let mut cells = vec![format!("{name} (slot {}), row {v}", table.slot)];
            cells.extend(row.iter().map(u16::to_string));
            step_rows.push(cells);
        }
    }
    let statement = if phrases.is_empty() {
        "The file defines no quantisation table.".to_owned()
    } else {
        format!("Quantisation tables: {}.", phrases.join("; "))
    };
    let head = |columns: &[&str]| columns.iter().map(|c| (*c).to_owned()).collect();
    let columns = head(&["slot", "role", "stored", "nearest", "mean difference", "known as", "digest"]);
    Finding {
        exhibits: vec![
            table_exhibit(
                "tables",
                "Quantisation tables and their nearest known ones",
                "Mean difference 0 means the very table; cameras and Photoshop use tables of their own.",
                columns,
                rows,
            ),
            table_exhibit(
                "steps",
                "Quantisation steps",
                "Rows are vertical, columns horizontal frequencies; larger steps mean stronger compression.",
                head(&["table", "0", "1", "2", "3", "4", "5", "6", "7"]),
                step_rows,
            ),
        ],
        ..Finding::observation(INFO.id, statement)
    }
}

fn table_exhibit(
    id: &str,
    title: &str,
    legend: &str,
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
) -> Exhibit {
    Exhibit {
        id: id.into(),
        title: title.into(),
        legend: legend.into(),
        data: ExhibitData::Table(Table { columns, rows }),
    }
}

fn layout_finding(bytes: &[u8], jpeg: &Jpeg) -> Finding {
    let signature = layout::signature(bytes, &jpeg.segments);
    let notes = layout::notes(bytes, jpeg);
    let rows = jpeg
        .segments
        .iter()
        .filter(|s| !(0xD0..=0xD7).contains(&s.marker))
        .map(|s| {
            vec![
                s.offset.to_string(),
                layout::marker_name(s.marker),
                layout::content(bytes, s).unwrap_or_default().to_owned(),
                s.payload.len().to_string(),
            ]
        })
        .collect();
    let columns = ["offset", "marker", "content", "bytes"].map(str::to_owned).to_vec();
    let legend = "In file order, restart markers left out. The order is a habit of the program or camera that \
                  wrote the file.";
    Finding {
        exhibits: vec![table_exhibit("markers", "Marker segments", legend, columns, rows)],
        ..Finding::observation(INFO.id, format!("Marker order {signature}: {}.", notes.join("; ")))
    }
}

/// Tables and sampling beside the metadata; nothing where there is nothing to say.
fn claims_finding(jpeg: &Jpeg, evidence: &Evidence) -> Option<Finding> {
    let metadata = evidence.view::<Metadata>(()).ok();
    let notes = claims::notes(&Facts::of(jpeg, metadata.as_deref(), evidence.limits()));
    (!notes.is_empty()).then(|| {
        let rows = notes.iter().map(|note| {
            let against = if note.starts_with("but ") { "speaks against the metadata" } else { "" };
            vec![note.clone(), against.to_owned()]
        });
        let columns = ["observation", "and the metadata"].map(str::to_owned).to_vec();
        let legend = "Tables and sampling are habits of encoders; an observation here is a reason to look closer, \
                      for programs imitate cameras and the list of known tables is short.";
        Finding {
            exhibits: vec![table_exhibit("claims", "Encoder and metadata", legend, columns, rows.collect())],
            ..Finding::observation(INFO.id, format!("Encoder: {}.", notes.join("; ")))
        }
    })
}

fn trailing_finding(bytes: &[u8], jpeg: &Jpeg) -> Option<Finding> {
    let trailing = layout::trailing(bytes, jpeg.trailing.clone())?;
    let mut statement = format!("After the picture follow {} bytes: {}", trailing.range.len(), trailing.kind);
    if !trailing.jpegs.is_empty() {
        let offsets: Vec<_> = trailing.jpegs.iter().map(usize::to_string).collect();
        statement += &format!("; JPEG data begins at byte {}", offsets.join(", "));
    }
    match layout::declared_pictures(bytes, &jpeg.segments) {
        Some(n) => {
            statement +=
                &format!("; the multi-picture index declares {n} pictures, so some of it belongs there.")
        }
        None => statement += "; no index in the file declares it.",
    }
    let region = Region::Bytes { offset: trailing.range.start as u64, length: trailing.range.len() as u64 };
    Some(Finding { region, ..Finding::observation(INFO.id, statement) })
}

/// Adds to a finding what the data after the picture were read as.
fn name_parts(evidence: &Evidence, mut finding: Finding) -> Finding {
    if let Ok(parts) = evidence.view::<Parts>(()) {
        let named: Vec<String> = parts.list.iter().filter_map(named_part).collect();
        if !named.is_empty() {
            finding.statement += &format!(" Read as parts of the file: {}.", named.join("; "));
        }
    }
    finding
}

/// A part in words: its name, place and what the file says of it.
fn named_part(part: &Part) -> Option<String> {
    let span = part.span?;
    let note = part.note.as_ref().map_or(String::new(), |note| format!(", {note}"));
    Some(format!("{} ({} bytes at byte {}{note})", part.name, span.length, span.offset))
}

fn history_finding(jpeg: &Jpeg) -> Option<Finding> {
    let earlier = compression_history::earlier(jpeg.components.first()?)?;
    let statement = if earlier.gain >= STATED_GAIN {
        format!(
            "The coefficient histograms look as after an earlier JPEG compression of about quality {} on the \
             same grid ({:.2} nats a coefficient more likely than a single compression), so the picture was \
             probably saved more than once.",
            earlier.quality, earlier.gain
        )
    } else {
        format!(
            "The coefficient histograms show no clear trace of an earlier, stronger JPEG compression on the same \
             grid (best gain {:.2} nats a coefficient, stated from {STATED_GAIN}); an earlier save of higher \
             quality, or one before cropping or resizing, would leave none.",
            earlier.gain
        )
    };
    let rows = earlier
        .steps
        .iter()
        .map(|(at, step, first, gain)| {
            let first = if step == first { "none".to_owned() } else { first.to_string() };
            vec![format!("{},{}", at / 8, at % 8), step.to_string(), first, format!("{gain:.3}")]
        })
        .collect();
    let columns =
        ["frequency (v,u)", "step", "best earlier step", "gain, nats a coefficient"].map(str::to_owned);
    let legend = format!(
        "Earlier quantisation step that explains each luma histogram best. Free to choose, they gain {:.3} nats \
         a coefficient together; as one libjpeg table {:.3}.",
        earlier.free_gain, earlier.gain
    );
    Some(Finding {
        score: Some(Score::raw("gain of an earlier compression, nats a coefficient", earlier.gain)),
        exhibits: vec![table_exhibit("earlier", "Earlier quantisation", &legend, columns.to_vec(), rows)],
        ..Finding::observation(INFO.id, statement)
    })
}

fn thumbnail_finding(evidence: &Evidence, jpeg: &Jpeg, bytes: &[u8]) -> Finding {
    let rgb = indicia_codec::open(bytes.to_vec(), evidence.limits().clone()).and_then(|e| e.view::<Rgb8>(()));
    let rgb = match rgb {
        Ok(rgb) => rgb,
        Err(error) => {
            return Finding::observation(
                INFO.id,
                format!(
                    "There is an embedded thumbnail of {} bytes that cannot be read: {error}.",
                    bytes.len()
                ),
            );
        }
    };
    let gray = Array2::from_shape_vec(
        (rgb.height, rgb.width),
        rgb.samples.chunks_exact(3).map(|p| luma(p[0], p[1], p[2])).collect(),
    )
    .unwrap_or_default();
    let picture = jpeg.components.first().map(thumbnail::block_means).unwrap_or_default();
    let relation = thumbnail::relate(&picture, &gray);
    let size = format!("{}x{}", rgb.width, rgb.height);
    let (claim, standing, statement, correlation) = describe(relation, &size);
    Finding {
        claim,
        standing,
        score: correlation.map(|c| Score::raw("1 - best correlation of thumbnail and picture", 1.0 - c)),
        exhibits: vec![Exhibit {
            id: "thumbnail".into(),
            title: format!("Embedded thumbnail, {size}"),
            legend: "As stored, not turned. It was made by the camera or program that wrote it and may be \
                     older than the picture."
                .into(),
            data: ExhibitData::Picture(Arc::new(Picture {
                width: rgb.width,
                height: rgb.height,
                rgb: rgb.samples.clone(),
            })),
        }],
        ..Finding::observation(INFO.id, statement)
    }
}

/// BT.601 luma.
fn luma(r: u8, g: u8, b: u8) -> f32 {
    0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
}

fn describe(relation: Relation, size: &str) -> (Claim, Standing, String, Option<f64>) {
    let observation = |statement: String, correlation: f64| {
        (Claim::Observation, Standing::Exhibit, statement, Some(correlation))
    };
    match relation {
        Relation::Same { correlation } => observation(
            format!("The embedded thumbnail ({size}) shows the picture (correlation {correlation:.2})."),
            correlation,
        ),
        Relation::Turned { orientation, correlation } => observation(
            format!(
                "The embedded thumbnail ({size}) shows the picture turned or mirrored (EXIF orientation \
                 {orientation}, correlation {correlation:.2}): the picture was turned after the thumbnail was made."
            ),
            correlation,
        ),
        Relation::PictureIsPart { share, correlation } => observation(
            format!(
                "The embedded thumbnail ({size}) shows more than the picture, which fills about {:.0} % of its \
                 side (correlation {correlation:.2}): cropped after the thumbnail was made.",
                100.0 * share
            ),
            correlation,
        ),
        Relation::ThumbnailIsPart { share, correlation } => observation(
            format!(
                "The embedded thumbnail ({size}) shows a part of the picture, about {:.0} % of its side \
                 (correlation {correlation:.2}).",
                100.0 * share
            ),
            correlation,
        ),
        Relation::Differs { correlation } => observation(
            format!(
                "The embedded thumbnail ({size}) differs from the picture (best correlation {correlation:.2}): \
                 compare both by eye."
            ),
            correlation,
        ),
        Relation::Other { correlation } => (
            Claim::Manipulated,
            Standing::Vote,
            format!(
                "The embedded thumbnail ({size}) shows another scene than the picture under every turn and crop \
                 (best correlation of the whole {correlation:.2}): the picture was replaced after the thumbnail \
                 was made, or the metadata were copied from another file."
            ),
            Some(correlation),
        ),
        Relation::Unclear => (
            Claim::Observation,
            Standing::Exhibit,
            format!(
                "There is an embedded thumbnail ({size}); it or the picture is too small or too flat to compare."
            ),
            None,
        ),
    }
}

use std::path::Path;

use indicia_codec::jpeg::{Jpeg, Process};
use indicia_codec::{Content, Header, Metadata, content, header};
use indicia_core::{Digest, ErrorKind, Evidence, Limits};
use indicia_ops::phash::PerceptualHash;

use crate::files;
use crate::maps::read_mask;

/// What a file shows without its content being looked at, and its hashes.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// Why there are no facts, if the file is missing or damaged.
    pub fault: Option<Fault>,
    /// Bytes of the file.
    pub bytes: u64,
    /// Its format by content.
    pub format: String,
    /// Columns and rows, for pictures.
    pub size: Option<(u32, u32)>,
    /// Bits and channels, such as `8-bit RGB`.
    pub mode: Option<String>,
    /// What its compression tells, for JPEG.
    pub jpeg: Option<JpegFacts>,
    /// Which metadata it has, for pictures.
    pub metadata: Option<MetadataFacts>,
    /// SHA-256.
    pub digest: Option<Digest>,
    /// Perceptual hash.
    pub hash: Option<PerceptualHash>,
    /// What its mask shows.
    pub mask: Option<Mask>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    Missing,
    Unreadable(String),
}

#[derive(Debug)]
pub(super) struct JpegFacts {
    pub quality: Option<u8>,
    /// Short digest of the steps of all components.
    pub tables: String,
    pub subsampling: String,
    pub process: &'static str,
}

#[derive(Debug)]
pub(super) struct MetadataFacts {
    pub exif: bool,
    pub xmp: bool,
    pub icc: bool,
    pub thumbnail: bool,
    pub software: Option<String>,
}

#[derive(Debug)]
pub(super) enum Mask {
    /// Share of altered pixels, columns and rows.
    Read(f64, u32, u32),
    Missing,
    Unreadable(String),
}

/// Looks at a file and its mask.
pub(super) fn look(path: &Path, mask: Option<&Path>, hashed: bool, limits: &Limits) -> Facts {
    let mut facts = look_at_file(path, hashed, limits);
    facts.mask = mask.map(|mask| match read_mask(mask, limits) {
        Ok(values) => {
            let altered = values.iter().filter(|v| **v).count();
            let (rows, columns) = values.dim();
            Mask::Read(altered as f64 / values.len().max(1) as f64, columns as u32, rows as u32)
        }
        Err(_) if !mask.exists() => Mask::Missing,
        Err(error) => Mask::Unreadable(error.to_string()),
    });
    facts
}

fn look_at_file(path: &Path, hashed: bool, limits: &Limits) -> Facts {
    let failed = |fault| Facts { fault: Some(fault), ..Facts::default() };
    let bytes = match files::read(path, limits.bytes) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::Io && !path.exists() => return failed(Fault::Missing),
        Err(error) => return failed(Fault::Unreadable(error.to_string())),
    };
    let unreadable =
        |error: &dyn std::fmt::Display| failed(Fault::Unreadable(format!("{}: {error}", path.display())));
    let mut facts = Facts { bytes: bytes.len() as u64, ..Facts::default() };
    let kind = match content(&bytes[..bytes.len().min(1 << 16)]) {
        Content::Kind(kind) => kind,
        other => {
            facts.format = match other {
                Content::Text => "text".to_owned(),
                Content::Other(name) => name.to_owned(),
                _ => return unreadable(&"neither picture, document nor text"),
            };
            facts.digest = Some(Digest::of(&bytes));
            return facts;
        }
    };
    facts.format = kind.name().to_owned();
    let evidence = Evidence::new(kind, bytes, limits.clone());
    facts.digest = Some(evidence.digest());
    let head = match header(evidence.bytes(), limits) {
        Ok(head) => head,
        // PDF and DICOM have no size that is read.
        Err(error) if error.kind() == ErrorKind::Unsupported => return facts,
        Err(error) => return unreadable(&error),
    };
    describe_header(&head, &mut facts);
    facts.metadata = evidence.view::<Metadata>(()).ok().map(|m| MetadataFacts {
        exif: m.exif_blocks > 0,
        xmp: m.xmp_packets > 0,
        icc: m.icc.is_some(),
        thumbnail: m.thumbnail.is_some(),
        software: m.software.first().map(|s| s.name.chars().take(80).collect()),
    });
    if hashed {
        match evidence.view::<PerceptualHash>(()) {
            Ok(hash) => facts.hash = Some(*hash),
            Err(error) => return unreadable(&error),
        }
    }
    facts
}

fn describe_header(head: &Header, facts: &mut Facts) {
    let side = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    facts.size = Some((side(head.width), side(head.height)));
    facts.mode = Some(format!("{}-bit {}", head.bits, head.stored.name()));
    facts.jpeg = head.jpeg.as_ref().map(|jpeg| JpegFacts {
        quality: jpeg.quality().0.map(|q| q.quality),
        tables: tables(jpeg),
        subsampling: subsampling(jpeg),
        process: match jpeg.process {
            Process::Baseline => "baseline",
            Process::ExtendedSequential => "extended sequential",
            Process::Progressive => "progressive",
        },
    });
}

fn tables(jpeg: &Jpeg) -> String {
    let steps: Vec<u8> =
        jpeg.components.iter().flat_map(|c| c.steps.iter().flat_map(|s| s.to_be_bytes())).collect();
    let digest = Digest::of(&steps).to_string();
    digest.rsplit(':').next().unwrap_or_default().chars().take(8).collect()
}

/// The usual name of the sampling factors, or the factors.
fn subsampling(jpeg: &Jpeg) -> String {
    let factors: Vec<(u8, u8)> = jpeg.components.iter().map(|c| (c.h, c.v)).collect();
    match factors[..] {
        [_] => "gray".to_owned(),
        [(1, 1), (1, 1), (1, 1)] => "4:4:4".to_owned(),
        [(2, 1), (1, 1), (1, 1)] => "4:2:2".to_owned(),
        [(2, 2), (1, 1), (1, 1)] => "4:2:0".to_owned(),
        [(1, 2), (1, 1), (1, 1)] => "4:4:0".to_owned(),
        [(4, 1), (1, 1), (1, 1)] => "4:1:1".to_owned(),
        _ => factors.iter().map(|(h, v)| format!("{h}x{v}")).collect::<Vec<_>>().join(" "),
    }
}

//! What the fuzz targets share.

use indicia_codec::{Metadata, Parts, Pixels, header, jpeg};
use indicia_core::{Evidence, Kind, Limits};

/// Bounds small enough that an input within them takes milliseconds.
pub fn limits() -> Limits {
    Limits {
        bytes: 1 << 20,
        pixels: 1 << 20,
        memory: 64 << 20,
        metadata: 1 << 16,
        frames: 64,
        scans: 32,
        ..Limits::default()
    }
}

/// The bytes as evidence of `kind`, whatever they are.
pub fn evidence(kind: Kind, data: &[u8]) -> Evidence {
    Evidence::new(kind, data.to_vec(), limits())
}

/// Decodes the bytes as `kind` and checks what a decoder promises.
pub fn pixels(kind: Kind, data: &[u8]) {
    let evidence = evidence(kind, data);
    if let Ok(header) = header(data, evidence.limits()) {
        assert!(header.width > 0 && header.height > 0);
    }
    if let Ok(pixels) = evidence.view::<Pixels>(()) {
        assert!(pixels.width > 0 && pixels.height > 0 && pixels.frames > 0);
        assert_eq!(pixels.to_rgb8().len(), pixels.width * pixels.height * 3);
    }
    if kind == Kind::Jpeg
        && let Ok(jpeg) = evidence.view::<jpeg::Jpeg>(())
    {
        for component in &jpeg.components {
            assert_eq!(component.blocks.len(), component.blocks_wide * component.blocks_high);
        }
        for segment in &jpeg.segments {
            assert!(segment.payload.end <= data.len());
        }
    }
}

/// Lists the parts of the bytes as `kind` and decodes the first of them, and theirs.
pub fn parts(kind: Kind, data: &[u8]) {
    walk(&evidence(kind, data));
}

fn walk(evidence: &Evidence) {
    let _ = evidence.view::<Metadata>(());
    let Ok(parts) = evidence.view::<Parts>(()) else { return };
    for index in 0..parts.list.len().min(3) {
        if let Some(span) = parts.list[index].span {
            assert!(span.offset + span.length <= evidence.bytes().len() as u64);
        }
        if let Ok(part) = parts.load(evidence, index) {
            assert_eq!(part.depth(), evidence.depth() + 1);
            let _ = part.view::<Pixels>(());
            walk(&part);
        }
    }
}

/// Lets a panic that the codec catches pass without a word. libFuzzer's own hook would end the process for
/// it; a panic that nobody catches still ends it, since the target's call then fails.
pub fn quiet_caught_panics() {
    std::panic::set_hook(Box::new(|_| {}));
}

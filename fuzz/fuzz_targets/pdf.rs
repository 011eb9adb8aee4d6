#![no_main]

use indicia_codec::pdf::Document;
use indicia_codec::{Metadata, Parts, Pixels};
use indicia_core::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: indicia_fuzz::quiet_caught_panics(), |data: &[u8]| {
    let evidence = indicia_fuzz::evidence(Kind::Pdf, data);
    let Ok(document) = evidence.view::<Document>(()) else { return };
    let mut start = 0;
    for revision in &document.revisions.all {
        assert!(revision.bytes.start == start && revision.bytes.end <= data.len());
        start = revision.bytes.end;
    }
    let _ = (document.changes(), document.inventory(), evidence.view::<Metadata>(()));
    if let Ok(parts) = evidence.view::<Parts>(()) {
        for index in 0..parts.list.len().min(4) {
            if let Ok(part) = parts.load(&evidence, index)
                && let Ok(pixels) = part.view::<Pixels>(())
            {
                assert!(pixels.width > 0 && pixels.height > 0);
                assert_eq!(pixels.to_rgb8().len(), pixels.width * pixels.height * 3);
            }
        }
    }
});

#![no_main]

use indicia_codec::{Metadata, sniff};
use indicia_core::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: indicia_fuzz::quiet_caught_panics(), |data: &[u8]| {
    let evidence = indicia_fuzz::evidence(sniff(data).unwrap_or(Kind::Jpeg), data);
    if let Ok(metadata) = evidence.view::<Metadata>(()) {
        assert!(metadata.orientation.is_none_or(|o| (1..=8).contains(&o)));
    }
});

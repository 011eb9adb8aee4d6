#![no_main]

use indicia_codec::{Provenance, ProvenanceKey, sniff};
use indicia_core::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: indicia_fuzz::quiet_caught_panics(), |data: &[u8]| {
    let evidence = indicia_fuzz::evidence(sniff(data).unwrap_or(Kind::Jpeg), data);
    if let Ok(provenance) = evidence.view::<Provenance>(ProvenanceKey::default()) {
        // Without a trust list nobody is trusted.
        assert_ne!(provenance.0.state, "trusted");
    }
});

#![no_main]

use indicia_codec::sniff;
use indicia_fuzz::{parts, quiet_caught_panics};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: quiet_caught_panics(), |data: &[u8]| {
    if let Some(kind) = sniff(data) {
        parts(kind, data);
    }
});

#![no_main]

use indicia_codec::{identify, sniff};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: indicia_fuzz::quiet_caught_panics(), |data: &[u8]| {
    if let Ok(kind) = identify(data, &indicia_fuzz::limits()) {
        assert_eq!(sniff(data), Some(kind));
    }
});

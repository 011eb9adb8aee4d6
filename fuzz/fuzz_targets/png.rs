#![no_main]

use indicia_core::Kind;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: indicia_fuzz::quiet_caught_panics(), |data: &[u8]| {
    indicia_fuzz::pixels(Kind::Png, data);
});

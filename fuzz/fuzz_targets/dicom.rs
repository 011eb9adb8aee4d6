#![no_main]

use indicia_core::Kind;
use indicia_fuzz::{parts, pixels, quiet_caught_panics};
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: quiet_caught_panics(), |data: &[u8]| {
    pixels(Kind::Dicom, data);
    parts(Kind::Dicom, data);
});

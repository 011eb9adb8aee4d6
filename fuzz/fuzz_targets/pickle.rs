#![no_main]
//! The scan of pickles that comes before a file of weights is read. Its source is taken by path: the crate that it
//! belongs to builds a library of networks, which would be most of every run.

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/indicia-nn/src/checkpoint/pickle/mod.rs"]
mod pickle;

use pickle::{Bounds, Use, allowed, scan};

fuzz_target!(|data: &[u8]| {
    let bounds = Bounds { bytes: 1 << 20, values: 10_000, nesting: 50, unfolded: 100_000 };
    let Ok(length) = scan(&mut &data[..], &bounds) else { return };
    let pickle = &data[..length as usize];
    assert_eq!(pickle.last(), Some(&b'.'));
    // The list that what passed was held against.
    assert_eq!(allowed("torch", "FloatStorage"), Some(Use::Mentioned));
    for (module, name) in
        [("posix", "system"), ("builtins", "eval"), ("builtins", "getattr"), ("torch", "load")]
    {
        assert_eq!(allowed(module, name), None);
    }
    // The same bytes give the same answer, whatever follows them.
    assert_eq!(scan(&mut std::io::Read::chain(pickle, &b"more"[..]), &bounds), Ok(length));
});

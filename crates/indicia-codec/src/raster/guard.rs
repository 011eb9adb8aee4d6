use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use indicia_core::{Error, Result};

thread_local! {
    /// True while this thread runs a decoder whose panics are caught.
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Runs a decoder of another crate and turns its panic into an `Input` error. Such a panic is a fault of
/// that crate, found by this file: the other files must still be read, and the message must not be lost in a
/// backtrace on standard error, so that the hook is kept quiet for this thread meanwhile.
pub(crate) fn guarded<T>(format: &str, decoder: impl FnOnce() -> Result<T>) -> Result<T> {
    HOOK.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !QUIET.get() {
                previous(info);
            }
        }));
    });
    let before = QUIET.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(decoder));
    QUIET.set(before);
    outcome.unwrap_or_else(|payload| {
        Err(Error::input(format!("the {format} decoder failed on this file: {}", message(&*payload))))
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use indicia_core::ErrorKind;

    use super::*;

    #[test]
    fn a_panic_becomes_an_input_error_and_an_answer_passes() {
        let empty: Vec<u8> = Vec::new();
        let error = guarded("PNG", || Ok(empty[empty.len()])).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Input);
        assert!(error.to_string().starts_with("the PNG decoder failed on this file: index out of bounds"));
        assert_eq!(guarded("PNG", || Ok(7)).unwrap(), 7);
        assert!(!QUIET.get());
    }
}

//! Metrics of typed spans of text: de-identification, entity recognition, spans of errors.
//!
//! Spans are half-open ranges of characters (Unicode scalar values), as in BRAT, each with a type. A span that
//! is named twice in a document with the same type counts once. Spans may overlap, also those of the truth.
//!
//! - *Exact*: same start, end and type, as conlleval and seqeval count.
//! - *Overlap*: a true span is found if a predicted one of its type shares a character with it; a predicted
//!   one is right if a true one of its type shares a character with it. Several may share one partner.
//! - *Token*: a token belongs to a type if a span of that type touches it; tokens are counted for each type,
//!   in the manner of i2b2 2014 (Stubbs et al., J. Biomed. Inform. 58, 2015): one span over two tokens is the
//!   same as two spans of a token each. Tokens are given, or are those of [`tokenise`].
//! - *Macro*: mean over the types that occur in truth or predictions; a value that a type lacks counts 0, as in
//!   seqeval.
//! - *Binary*: the same without types. An identifier that was found as another type is still found.
//!
//! Values are fractions. F2 weighs recall four times as precision does: a missed identifier harms a patient.

mod catalogue;
mod count;
mod cover;
mod evaluate;
mod tags;
#[cfg(test)]
mod tests;
mod tokens;

pub use catalogue::METRICS;
pub use count::{Document, Span};
pub use evaluate::{MAX_TYPES, evaluate};
pub use tags::{Scheme, TaggedSpan, spans_from_tags};
pub use tokens::tokenise;

use serde::Serialize;

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Definition {
    /// Name in JSON and in protocols.
    pub id: &'static str,
    /// Name for readers.
    pub name: &'static str,
    /// Definition in a sentence.
    pub text: &'static str,
    /// Whether more is better.
    pub higher_is_better: bool,
}

impl Definition {
    /// A metric of which more is better.
    pub const fn higher(id: &'static str, name: &'static str, text: &'static str) -> Self {
        Self { id, name, text, higher_is_better: true }
    }

    /// A metric of which less is better.
    pub const fn lower(id: &'static str, name: &'static str, text: &'static str) -> Self {
        Self { id, name, text, higher_is_better: false }
    }
}

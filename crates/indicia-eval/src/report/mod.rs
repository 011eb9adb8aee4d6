//! Scores for people and machines: text tables, one JSON object, Markdown, a page.

mod about;
mod tables;
#[cfg(test)]
mod tests;

pub use about::About;
pub use tables::{Grid, averages, derived, heading, matrix, notes, results, shown, subgroups};

//! Reports as HTML pages.
//!
//! A page is one file that opens from disk: no outside resource, no network, a content security policy that
//! forbids both and allows one script by its digest. Everything that came with the input (names, metadata,
//! manifests) is hostile: hidden characters are made visible here, markup is escaped by the templates.
//!
//! Pictures are shown as decoded, before any EXIF rotation, so that maps lie on them. Big ones are embedded
//! as smaller copies, and maps with them; the page says so. The same report gives the same bytes.

mod cards;
mod chart;
mod colour;
mod custody;
mod encode;
mod index;
mod leaderboard;
mod outline;
mod page;
mod resample;
mod shown;
mod turn;
mod viewer;
mod words;

pub use index::{IndexRow, render_index};
pub use leaderboard::{Board, render_leaderboard};
pub use page::render;
pub use shown::shown;
pub(crate) use words::is_plain;

//! Rendering of reports.

pub mod html;

//! The examiner (which runs methods and makes the verdict) and the rendering of reports.

mod examiner;
mod fused;
mod fusion;
pub mod html;
mod private;
pub mod summary;

pub use examiner::{Examined, Examiner, Options};
pub use fused::FUSED;
pub use fused::shipped as shipped_calibration;
pub use fusion::{verdict, with_parts};

/// The JSON schema of [`indicia_core::Report`], as `docs/report.schema.json` holds it.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(indicia_core::Report).to_value()
}

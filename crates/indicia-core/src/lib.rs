//! The words of Indicia.
//!
//! Everything that goes in becomes [`Evidence`]; a [`Method`] reads it through its [`View`]s and returns
//! [`Finding`]s; a [`Verdict`] is made from findings; a [`Report`] holds all three. This crate has the
//! words and nothing that reads a file: no I/O, and `ndarray` is its only array.

mod digest;
mod error;
mod evidence;
mod exhibit;
mod finding;
mod geometry;
mod kind;
mod limits;
mod method;
mod part;
mod region;
mod report;
mod verdict;

pub use digest::Digest;
pub use error::{Error, ErrorKind, Fault, Result, guarded};
pub use evidence::{Evidence, View, ViewNeed};
pub use exhibit::{Direction, Exhibit, ExhibitData, Map, Picture, Table};
pub use finding::{Claim, Examination, Finding, Score, Standing};
pub use geometry::Geometry;
pub use kind::Kind;
pub use limits::Limits;
pub use method::{
    BuildContext, CameraFile, Fidelity, MAX_NFA_VOTE, Method, MethodInfo, Parameter, ParameterValues,
    RankedBy, Source, Status, Topic, TrustSettings,
};
pub use part::{Part, PartRole, PartSpan};
pub use region::{Mask, PixelBox, Region};
pub use report::{
    CalibrationUse, Custody, ErrorReport, Input, KindRate, MetadataEntry, MethodFailure, MethodRun,
    NotApplicable, Provenance, ProvenanceManifest, Report, SCHEMA_ID, Timing, Tool, ValidationCode, ViewUse,
};
pub use verdict::{Conclusion, Strength, Verdict};

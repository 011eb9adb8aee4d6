//! Encoders: pictures to features.

pub mod mit;

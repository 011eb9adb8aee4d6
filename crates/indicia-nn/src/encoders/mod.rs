//! Networks that turn pictures or words into tokens and features.

pub mod clip_text;
pub mod mit;
pub mod vit;

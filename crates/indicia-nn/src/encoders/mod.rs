//! Networks that turn pictures or words into tokens.

pub mod clip_text;
pub mod vit;

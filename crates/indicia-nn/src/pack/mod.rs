//! Packs

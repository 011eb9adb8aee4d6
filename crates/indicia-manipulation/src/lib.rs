//! Learned methods that find what was changed in a picture.

pub mod mmfusion;

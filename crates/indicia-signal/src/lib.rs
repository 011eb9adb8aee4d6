//! Forensic methods that need no training. One method, one folder.

pub mod noisesniffer;
pub mod zero;

use indicia_core::MethodInfo;

/// The methods of this family, in alphabetical order of their ids.
pub static METHODS: &[&MethodInfo] = &[&noisesniffer::INFO, &zero::INFO];

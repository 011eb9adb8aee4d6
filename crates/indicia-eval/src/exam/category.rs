use indicia_core::{Error, Result};

/// The five views, in the order of their fields in a category's name.
pub const VIEWS: [&str; 5] = ["semantic", "type", "model", "modality", "task"];

/// Modalities of Forensics-Bench.
const MODALITIES: [&str; 4] = ["visibleimage", "nirimage", "visibleimagetext", "video"];
/// Tasks of Forensics-Bench: binary decision, segmentation, detection, temporal localisation.
const TASKS: [&str; 4] = ["category", "seg", "det", "temporal"];

/// A category of Forensics-Bench: five fields joined by `_`, in the order of [`VIEWS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Category<'n> {
    /// The fields, in the order of [`VIEWS`].
    pub fields: [&'n str; 5],
}

impl<'n> Category<'n> {
    /// Takes a name apart. The released code looks at the first five fields and would leave a sixth unseen;
    /// here more or fewer than five are refused.
    ///
    /// # Errors
    /// `Input` with the name.
    pub fn parse(name: &'n str) -> Result<Self> {
        let fields: Vec<&str> = name.split('_').collect();
        match <[&str; 5]>::try_from(fields) {
            Ok(fields) if fields.iter().all(|field| !field.is_empty()) => Ok(Self { fields }),
            _ => Err(Error::input(format!(
                "expected a category of five fields (semantic_type_model_modality_task), got {name:?}"
            ))),
        }
    }

    /// True if modality and task are among those of Forensics-Bench. Values that it does not have are scored
    /// all the same; the released code stops at them.
    pub fn is_known(&self) -> bool {
        MODALITIES.contains(&self.fields[3]) && TASKS.contains(&self.fields[4])
    }
}

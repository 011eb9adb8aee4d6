use indicia_core::{Digest, Geometry, Result};
use serde_json::{Value, json};

/// Something done to an item before it is judged: nothing, a compression, noise, an occluded part.
pub trait Condition: Sync {
    /// Name in tables, such as `clean` or `jpeg:70`.
    fn name(&self) -> &str;

    /// Everything that changes its output.
    fn describe(&self) -> Value;

    /// Where pixels lie afterwards.
    fn geometry(&self) -> Geometry;

    /// The file that is judged instead. `digest` is that of `bytes`; whatever is random follows from it.
    ///
    /// # Errors
    /// If the item cannot be decoded or the condition does not apply to it.
    fn apply(&self, bytes: Vec<u8>, digest: Digest) -> Result<Vec<u8>>;
}

/// Items as they are.
#[derive(Debug, Clone, Copy)]
pub struct Clean;

impl Condition for Clean {
    fn name(&self) -> &str {
        "clean"
    }

    fn describe(&self) -> Value {
        json!("clean")
    }

    fn geometry(&self) -> Geometry {
        Geometry::Same
    }

    fn apply(&self, bytes: Vec<u8>, _: Digest) -> Result<Vec<u8>> {
        Ok(bytes)
    }
}

use anyhow::Result;
use indicia_core::{Error, Limits};
use indicia_eval::run::{Clean, Condition};

/// The conditions of these names.
pub fn make(names: &[String], _limits: &Limits) -> Result<Vec<Box<dyn Condition>>> {
    let one = |name: &String| -> Result<Box<dyn Condition>> {
        match name.trim() {
            "clean" => Ok(Box::new(Clean)),
            other => Err(Error::configuration(format!("there is no condition {other:?}")).into()),
        }
    };
    names.iter().map(one).collect()
}

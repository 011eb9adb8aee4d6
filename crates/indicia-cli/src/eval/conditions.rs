use anyhow::Result;
use indicia_core::{Digest, Geometry, Limits};
use indicia_eval::run::{Clean, Condition};
use indicia_synthesis::corrupt::Recipe;
use serde_json::{Value, json};

/// Seed of all conditions: what is random follows from an item's digest, so that every run judges the same
/// changed items.
const SEED: u64 = 0;

/// Items changed by a recipe.
struct Changed {
    recipe: Recipe,
    name: String,
    limits: Limits,
}

impl Condition for Changed {
    fn name(&self) -> &str {
        &self.name
    }

    fn describe(&self) -> Value {
        let mut description = self.recipe.describe();
        description["seed"] = json!(SEED);
        description
    }

    fn geometry(&self) -> Geometry {
        self.recipe.geometry()
    }

    fn apply(&self, bytes: Vec<u8>, digest: Digest) -> indicia_core::Result<Vec<u8>> {
        Ok(self.recipe.apply(bytes, digest, SEED, &self.limits)?.bytes)
    }
}

/// The conditions of these names: `clean`, or recipes of corruptions.
pub fn make(names: &[String], limits: &Limits) -> Result<Vec<Box<dyn Condition>>> {
    let mut conditions: Vec<Box<dyn Condition>> = vec![];
    for text in names {
        for recipe in Recipe::parse_all(text)? {
            let name = recipe.name();
            if conditions.iter().any(|condition| condition.name() == name) {
                anyhow::bail!("the condition {name:?} is given twice");
            }
            conditions.push(if name == "clean" {
                Box::new(Clean)
            } else {
                Box::new(Changed { recipe, name, limits: limits.clone() })
            });
        }
    }
    Ok(conditions)
}

//! Rules that turn the names and layouts of a published file into those of a module, as data.
//!
//! A file of rules is TOML: `about`, and steps that are done one after the other, each on all tensors whose names
//! match its regular expression (syntax of the crate `regex`; `$1` or `${1}` in a new name is what a group
//! matched):
//!
//! ```toml
//! about = "what files these rules are for, and whose names come out"
//!
//! [[step]]
//! keep = '^visual\.'                  # only these stay; `drop` is its reverse
//!
//! [[step]]
//! rename = '\.ln_(\d)\.'
//! to = '.norm$1.'
//!
//! [[step]]
//! split = '^(.*)qkv\.(weight|bias)$'  # equal parts along the first dimension
//! into = ['${1}q.$2', '${1}k.$2', '${1}v.$2']
//!
//! [[step]]
//! join = '^(.*)(?P<part>q|k|v)\.(weight|bias)$'
//! parts = ['q', 'k', 'v']             # in this order along the first dimension
//! to = '${1}qkv.$3'
//!
//! [[step]]
//! transpose = '^proj$'                # a matrix
//!
//! [[step]]
//! squeeze = '^head\.weight$'          # drop extents of 1; `unsqueeze` puts them in
//! dims = [2, 3]
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use burn::store::burn_pack::Tensor as Lazy;
use indicia_core::{Error, Result};
use regex::{Captures, Regex};
use serde::Deserialize;

use super::transform;

/// The files of rules that ship, by name.
const BUILTIN: [(&str, &str); 12] = [
    ("dinov2", include_str!("../../renames/dinov2.toml")),
    ("efficientnet-pytorch", include_str!("../../renames/efficientnet-pytorch.toml")),
    ("hf-clip-image", include_str!("../../renames/hf-clip-image.toml")),
    ("hf-clip-text", include_str!("../../renames/hf-clip-text.toml")),
    ("hf-dinov2", include_str!("../../renames/hf-dinov2.toml")),
    ("hf-segformer", include_str!("../../renames/hf-segformer.toml")),
    ("hf-siglip", include_str!("../../renames/hf-siglip.toml")),
    ("openai-clip-image", include_str!("../../renames/openai-clip-image.toml")),
    ("openai-clip-text", include_str!("../../renames/openai-clip-text.toml")),
    ("segformer-mit", include_str!("../../renames/segformer-mit.toml")),
    ("split-qkv", include_str!("../../renames/split-qkv.toml")),
    ("timm-vit", include_str!("../../renames/timm-vit.toml")),
];

/// Rules in order.
#[derive(Debug, Clone)]
pub struct Renames {
    about: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Keep(Regex),
    Drop(Regex),
    Rename(Regex, String),
    Split(Regex, Vec<String>),
    Join(Regex, Vec<String>, String),
    Transpose(Regex),
    Squeeze(Regex, Vec<usize>),
    Unsqueeze(Regex, Vec<usize>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    about: String,
    #[serde(default)]
    step: Vec<Written>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    keep: Option<String>,
    drop: Option<String>,
    rename: Option<String>,
    split: Option<String>,
    join: Option<String>,
    transpose: Option<String>,
    squeeze: Option<String>,
    unsqueeze: Option<String>,
    to: Option<String>,
    into: Option<Vec<String>>,
    parts: Option<Vec<String>>,
    dims: Option<Vec<usize>>,
}

impl Renames {
    /// Rules that ship, by their name.
    ///
    /// # Errors
    /// `Configuration` if there are none of that name.
    pub fn builtin(name: &str) -> Result<Self> {
        let found = BUILTIN.iter().find(|(known, _)| *known == name);
        let (_, text) = found.ok_or_else(|| {
            let known: Vec<_> = Self::names().collect();
            Error::configuration(format!("no rules named {name:?}, there are: {}", known.join(", ")))
        })?;
        Self::parse(text, name)
    }

    /// Names of the rules that ship.
    pub fn names() -> impl Iterator<Item = &'static str> {
        BUILTIN.iter().map(|(name, _)| *name)
    }

    /// Rules of a file.
    ///
    /// # Errors
    /// `Io` if it cannot be read, `Configuration` if it holds no rules.
    pub fn read(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let text =
            std::fs::read_to_string(path).map_err(|e| Error::io_from(format!("cannot read {shown}"), e))?;
        Self::parse(&text, &shown)
    }

    /// Rules of a text; `name` stands for the file in errors.
    ///
    /// # Errors
    /// `Configuration` with what is wrong in which step.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let file: File =
            toml::from_str(text).map_err(|e| Error::configuration_from(format!("{name}: not rules"), e))?;
        let steps = file.step.into_iter().enumerate().map(|(i, written)| {
            let what = |what| Error::configuration(format!("{name}: step {}: {what}", i + 1));
            written.checked().map_err(what)
        });
        Ok(Self { about: file.about, steps: steps.collect::<Result<_>>()? })
    }

    /// What files the rules are for, and whose names come out.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// These rules, and then those.
    #[must_use]
    pub fn then(mut self, next: &Self) -> Self {
        self.steps.extend(next.steps.iter().cloned());
        self.about = format!("{}; then {}", self.about, next.about);
        self
    }

    pub(super) fn apply(&self, mut tensors: Tensors) -> Result<Tensors, String> {
        for step in &self.steps {
            tensors = step.apply(tensors)?;
        }
        Ok(tensors)
    }
}

type Tensors = BTreeMap<String, Lazy>;

impl Written {
    fn checked(self) -> Result<Step, String> {
        let Self { keep, drop, rename, split, join, transpose, squeeze, unsqueeze, to, into, parts, dims } =
            self;
        let regex = |text: &str| Regex::new(text).map_err(|e| e.to_string());
        let actions = [&keep, &drop, &rename, &split, &join, &transpose, &squeeze, &unsqueeze];
        if actions.iter().filter(|a| a.is_some()).count() != 1 {
            return Err(
                "expected one of keep, drop, rename, split, join, transpose, squeeze, unsqueeze".into()
            );
        }
        // Of what goes with an action, all must be there and nothing else.
        let given = [
            ("to", to.is_some()),
            ("into", into.is_some()),
            ("parts", parts.is_some()),
            ("dims", dims.is_some()),
        ];
        let needed: &[&str] = match () {
            () if rename.is_some() => &["to"],
            () if split.is_some() => &["into"],
            () if join.is_some() => &["parts", "to"],
            () if squeeze.is_some() || unsqueeze.is_some() => &["dims"],
            () => &[],
        };
        if let Some((word, there)) = given.iter().find(|(word, there)| *there != needed.contains(word)) {
            return Err(if *there {
                format!("{word} does not go with it")
            } else {
                format!("{word} is missing")
            });
        }
        let (to, into) = (to.unwrap_or_default(), into.unwrap_or_default());
        let (parts, dims) = (parts.unwrap_or_default(), dims.unwrap_or_default());
        Ok(match (keep, drop, rename, split, join, transpose, squeeze, unsqueeze) {
            (Some(r), ..) => Step::Keep(regex(&r)?),
            (_, Some(r), ..) => Step::Drop(regex(&r)?),
            (_, _, Some(r), ..) => Step::Rename(regex(&r)?, to),
            (_, _, _, Some(_), ..) if into.len() < 2 => {
                return Err("expected at least two names in into".into());
            }
            (_, _, _, Some(r), ..) => Step::Split(regex(&r)?, into),
            (_, _, _, _, Some(r), ..) => {
                let regex = regex(&r)?;
                if !regex.capture_names().flatten().any(|group| group == "part") {
                    return Err("expected a group (?P<part>...) in join".into());
                }
                Step::Join(regex, parts, to)
            }
            (_, _, _, _, _, Some(r), ..) => Step::Transpose(regex(&r)?),
            (_, _, _, _, _, _, Some(r), _) => Step::Squeeze(regex(&r)?, dims),
            (.., Some(r)) => Step::Unsqueeze(regex(&r)?, dims),
            _ => return Err("expected an action".into()),
        })
    }
}

/// Puts a tensor under its new name.
fn put(tensors: &mut Tensors, old: &str, new: String, mut tensor: Lazy) -> Result<(), String> {
    tensor.name.clone_from(&new);
    match tensors.insert(new, tensor) {
        None => Ok(()),
        Some(taken) => Err(format!("{old} would become {}, as another tensor does", taken.name)),
    }
}

fn expanded(groups: &Captures<'_>, to: &str) -> String {
    let mut name = String::new();
    groups.expand(to, &mut name);
    name
}

/// Changes the tensors whose names match, and leaves the others.
fn each(
    tensors: Tensors,
    regex: &Regex,
    change: impl Fn(&Lazy) -> Result<Lazy, String>,
) -> Result<Tensors, String> {
    let changed = |(name, tensor): (String, Lazy)| match regex.is_match(&name) {
        true => change(&tensor).map(|tensor| (name, tensor)),
        false => Ok((name, tensor)),
    };
    tensors.into_iter().map(changed).collect()
}

impl Step {
    fn apply(&self, mut tensors: Tensors) -> Result<Tensors, String> {
        let mut done = Tensors::new();
        match self {
            Self::Keep(regex) => tensors.retain(|name, _| regex.is_match(name)),
            Self::Drop(regex) => tensors.retain(|name, _| !regex.is_match(name)),
            Self::Rename(regex, to) => {
                for (name, tensor) in tensors {
                    let new = regex.replace(&name, to).into_owned();
                    put(&mut done, &name, new, tensor)?;
                }
                return Ok(done);
            }
            Self::Split(regex, into) => {
                for (name, tensor) in tensors {
                    let Some(groups) = regex.captures(&name) else {
                        put(&mut done, &name, name.clone(), tensor)?;
                        continue;
                    };
                    for (part, to) in transform::split(&tensor, into.len())?.into_iter().zip(into) {
                        put(&mut done, &name, expanded(&groups, to), part)?;
                    }
                }
                return Ok(done);
            }
            Self::Join(regex, parts, to) => {
                let mut groups: BTreeMap<String, BTreeMap<usize, Lazy>> = BTreeMap::new();
                for (name, tensor) in tensors {
                    let found = regex
                        .captures(&name)
                        .and_then(|c| Some((c.name("part")?.as_str(), expanded(&c, to))));
                    let Some((part, new)) = found else {
                        put(&mut done, &name, name.clone(), tensor)?;
                        continue;
                    };
                    let Some(place) = parts.iter().position(|p| p == part) else {
                        return Err(format!(
                            "{name} is the part {part:?} of {new}, expected {}",
                            parts.join(", ")
                        ));
                    };
                    if groups.entry(new.clone()).or_default().insert(place, tensor).is_some() {
                        return Err(format!("{name} is the part {part:?} of {new}, as another tensor is"));
                    }
                }
                for (new, found) in groups {
                    if let Some(missing) = (0..parts.len()).find(|i| !found.contains_key(i)) {
                        return Err(format!("the part {:?} of {new} is missing", parts[missing]));
                    }
                    let joined = transform::joined(&found.into_values().collect::<Vec<_>>())?;
                    put(&mut done, &new.clone(), new, joined)?;
                }
                return Ok(done);
            }
            Self::Transpose(regex) => return each(tensors, regex, transform::transposed),
            Self::Squeeze(regex, dims) => {
                return each(tensors, regex, |tensor| {
                    let shape = &tensor.shape[..];
                    if let Some(dim) = dims.iter().find(|dim| shape.get(**dim) != Some(&1)) {
                        return Err(format!("{} has the shape {shape:?}, expected 1 at {dim}", tensor.name));
                    }
                    let left = shape.iter().enumerate().filter(|(i, _)| !dims.contains(i)).map(|(_, n)| *n);
                    transform::reshaped(tensor, left.collect())
                });
            }
            Self::Unsqueeze(regex, dims) => {
                return each(tensors, regex, |tensor| {
                    let mut shape = tensor.shape.to_vec();
                    for dim in dims {
                        if *dim > shape.len() {
                            return Err(format!("{} has {} dimensions, got {dim}", tensor.name, shape.len()));
                        }
                        shape.insert(*dim, 1);
                    }
                    transform::reshaped(tensor, shape)
                });
            }
        }
        Ok(tensors)
    }
}

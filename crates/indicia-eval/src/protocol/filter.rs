use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::table::{Cell, label_of};

/// Which rows take part: every named column must hold one of the values, or none of those that are excluded.
/// A column that is empty for an authentic item, or calls it real (it has no forgery method, say), lets it pass.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Filter(pub BTreeMap<String, Rule>);

/// What a column must hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Rule {
    /// This value.
    Is(String),
    /// One of these.
    In(Vec<String>),
    /// None of these.
    Not {
        /// Excluded values.
        not: Vec<String>,
    },
}

impl Rule {
    fn holds(&self, value: Option<&str>) -> bool {
        match self {
            Self::Is(wanted) => value == Some(wanted),
            Self::In(wanted) => value.is_some_and(|v| wanted.iter().any(|w| w == v)),
            Self::Not { not } => value.is_none_or(|v| not.iter().all(|n| n != v)),
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Is(value) => value.clone(),
            Self::In(values) => values.join(" or "),
            Self::Not { not } => format!("not {}", not.join(", ")),
        }
    }
}

impl Filter {
    /// A filter for one value of one column.
    pub fn is(column: &str, value: &str) -> Self {
        Self(BTreeMap::from([(column.to_owned(), Rule::Is(value.to_owned()))]))
    }

    /// A filter that leaves one value of one column out.
    pub fn is_not(column: &str, value: &str) -> Self {
        Self(BTreeMap::from([(column.to_owned(), Rule::Not { not: vec![value.to_owned()] })]))
    }

    /// Both must hold; where both name a column, `other` decides.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        let mut all = self.0.clone();
        all.extend(other.0.iter().map(|(column, rule)| (column.clone(), rule.clone())));
        Self(all)
    }

    /// True if a row takes part.
    pub fn holds<'v>(&self, label: Option<bool>, value: impl Fn(&str) -> Option<Cow<'v, str>>) -> bool {
        self.0.iter().all(|(column, rule)| {
            let value = value(column);
            (label == Some(false) && names_nothing(value.as_deref())) || rule.holds(value.as_deref())
        })
    }

    /// The columns it looks at.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// In words; empty if it lets everything pass.
    pub fn words(&self) -> String {
        let words = self.0.iter().map(|(column, rule)| format!("{column} {}", rule.words()));
        words.collect::<Vec<_>>().join(", ")
    }
}

/// True for an empty cell and for words such as `real`, which name no forgery method.
pub(crate) fn names_nothing(value: Option<&str>) -> bool {
    value.is_none_or(|v| !matches!(v, "0") && matches!(label_of(&Cell::from(v)), Ok(Some(false))))
}

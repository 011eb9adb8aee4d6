use std::borrow::Cow;

use indicia_core::{Error, Result};
use serde_json::Value;

/// One value of a table.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing: a missing field, an empty CSV field, a JSON or Parquet null.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// Text. All CSV fields are text.
    Text(String),
    /// A list or a record: boxes, spans.
    Json(Value),
}

impl Cell {
    /// Nothing there.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The value as text; `None` for nothing.
    pub fn text(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Self::Null => return None,
            Self::Bool(v) => Cow::Owned(v.to_string()),
            Self::Int(v) => Cow::Owned(v.to_string()),
            Self::Float(v) => Cow::Owned(v.to_string()),
            Self::Text(v) => Cow::Borrowed(v),
            Self::Json(v) => Cow::Owned(v.to_string()),
        })
    }

    /// The value as text that the caller keeps.
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(v) => Some(v),
            other => other.text().map(Cow::into_owned),
        }
    }

    /// The value as a number; text is parsed. `None` for nothing.
    ///
    /// # Errors
    /// `Input` with the value if it is no number. NaN and infinities pass.
    pub fn number(&self) -> Result<Option<f64>> {
        Ok(Some(match self {
            Self::Null => return Ok(None),
            Self::Bool(v) => f64::from(u8::from(*v)),
            Self::Int(v) => *v as f64,
            Self::Float(v) => *v,
            Self::Text(v) => {
                v.trim().parse().map_err(|_| Error::input(format!("expected a number, got {v:?}")))?
            }
            Self::Json(v) => return Err(Error::input(format!("expected a number, got {v}"))),
        }))
    }

    /// The value as a list or record; text is parsed as JSON. `None` for nothing.
    ///
    /// # Errors
    /// `Input` if it is neither.
    pub fn json(&self) -> Result<Option<Cow<'_, Value>>> {
        match self {
            Self::Null => Ok(None),
            Self::Json(v) => Ok(Some(Cow::Borrowed(v))),
            Self::Text(v) => serde_json::from_str(v)
                .map(|v| Some(Cow::Owned(v)))
                .map_err(|e| Error::input_from(format!("expected JSON, got {:.40?}", v), e)),
            other => Err(Error::input(format!("expected a list, got {other:?}"))),
        }
    }
}

impl From<&str> for Cell {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Cell {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<f64> for Cell {
    fn from(value: f64) -> Self {
        Self::Float(value)
    }
}

impl From<bool> for Cell {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Cell {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Result with the project's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, told apart by who must act. Cheap to clone, so that a failed view can be cached.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The input is damaged, empty or not what it says: its sender must act.
    #[error("{0}")]
    Input(Fault),
    /// The input is sound but of a kind that is not read (yet).
    #[error("{0}")]
    Unsupported(Fault),
    /// Reading on would exceed a limit that the user set.
    #[error("{0}")]
    Limits(Fault),
    /// The operating system refused: missing file, no permission, disk full.
    #[error("{0}")]
    Io(Fault),
    /// A parameter, trust list or pack of weights given by the user is unusable.
    #[error("{0}")]
    Configuration(Fault),
    /// What was asked for does not exist in this evidence, as a picture in a file that holds none. The file
    /// is sound and nobody must act.
    #[error("{0}")]
    Absent(Fault),
    /// A fault of Indicia itself.
    #[error("{0}")]
    Internal(Fault),
}

/// Message and cause of an [`Error`]. Messages are in lower case, without a full stop, and name what was
/// expected and what was got.
#[derive(Debug, Clone)]
pub struct Fault {
    message: String,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// The variant of an [`Error`], as reports write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ErrorKind {
    /// See [`Error::Input`].
    Input,
    /// See [`Error::Unsupported`].
    Unsupported,
    /// See [`Error::Limits`].
    Limits,
    /// See [`Error::Io`].
    Io,
    /// See [`Error::Configuration`].
    Configuration,
    /// See [`Error::Absent`].
    Absent,
    /// See [`Error::Internal`].
    Internal,
}

macro_rules! constructors {
    ($($name:ident $with:ident $variant:ident),*) => { $(
        #[doc = concat!("An [`Error::", stringify!($variant), "`] with this message.")]
        pub fn $name(message: impl Into<String>) -> Self {
            Self::$variant(Fault { message: message.into(), source: None })
        }
        #[doc = concat!("An [`Error::", stringify!($variant), "`] with this message and cause.")]
        pub fn $with(
            message: impl Into<String>,
            source: impl std::error::Error + Send + Sync + 'static,
        ) -> Self {
            Self::$variant(Fault { message: message.into(), source: Some(Arc::new(source)) })
        }
    )* };
}

impl Error {
    constructors! {
        input input_from Input,
        unsupported unsupported_from Unsupported,
        limits limits_from Limits,
        io io_from Io,
        configuration configuration_from Configuration,
        absent absent_from Absent,
        internal internal_from Internal
    }

    /// Which variant this is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Input(_) => ErrorKind::Input,
            Self::Unsupported(_) => ErrorKind::Unsupported,
            Self::Limits(_) => ErrorKind::Limits,
            Self::Io(_) => ErrorKind::Io,
            Self::Configuration(_) => ErrorKind::Configuration,
            Self::Absent(_) => ErrorKind::Absent,
            Self::Internal(_) => ErrorKind::Internal,
        }
    }
}

/// Runs `f`; a panic in it becomes an `Internal` error that names `step`. The last line of defence around
/// methods and decoders that were written elsewhere.
///
/// # Errors
/// Those of `f`, and `Internal` for a panic.
pub fn guarded<T>(step: &str, f: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|s| (*s).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_default();
        Err(Error::internal(format!("{step} failed unexpectedly, please report this: {text}")))
    })
}

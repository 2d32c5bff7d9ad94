//! What an error rests on, kept whole: messages name the deed, causes stay behind them.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use rdpctl_model::Said;
use rdpctl_model::said::Arg;

/// What an error of the outside rests on: an error of whoever was asked, or what is said where there is none.
#[derive(Clone)]
pub enum Cause {
    /// An error of others, with all that it rests on.
    Error(Arc<dyn Error + Send + Sync>),
    /// What we say.
    Said(Said),
}

impl Cause {
    /// The cause that an error is.
    pub fn of(error: impl Error + Send + Sync + 'static) -> Self {
        Self::Error(Arc::new(error))
    }

    /// It with all that it rests on: an error's words are quoted.
    #[must_use]
    pub fn said(&self) -> Said {
        match self {
            Self::Error(error) => Said::quoted(told(&**error)),
            Self::Said(said) => said.clone(),
        }
    }
}

impl From<Said> for Cause {
    fn from(said: Said) -> Self {
        Self::Said(said)
    }
}

impl From<&Cause> for Arg {
    fn from(cause: &Cause) -> Self {
        cause.said().into()
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Error(error) => error.fmt(f),
            // Whoever shows it to people words it; in a log its key says as much.
            Self::Said(said) => f.write_str(said.quote().unwrap_or(said.key().as_str())),
        }
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Error(error) => error.source(),
            Self::Said(_) => None,
        }
    }
}

/// An error and all that it rests on, in one line, for where there is no room for a chain.
#[must_use]
pub fn told(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

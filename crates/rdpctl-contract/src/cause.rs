//! What an error rests on, kept whole: messages name the deed, causes stay behind them.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// What an error of the outside rests on: an error of whoever was asked, or words where there is none.
#[derive(Clone)]
pub struct Cause(Arc<dyn Error + Send + Sync>);

impl Cause {
    /// The cause that an error is.
    pub fn of(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(error))
    }

    /// The same with all that it rests on, in one line.
    #[must_use]
    pub fn told(&self) -> String {
        told(self)
    }
}

impl From<&str> for Cause {
    fn from(words: &str) -> Self {
        Self(Arc::from(Box::<dyn Error + Send + Sync>::from(words)))
    }
}

impl From<String> for Cause {
    fn from(words: String) -> Self {
        Self(Arc::from(Box::<dyn Error + Send + Sync>::from(words)))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Cause {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
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

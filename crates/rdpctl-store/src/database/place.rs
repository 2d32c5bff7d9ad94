//! Where a state lies, as errors name it, and what a user can do there.

use std::path::PathBuf;

/// Where a state lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a file.
    File(PathBuf),
    /// In a schema of a database on a server.
    Server {
        /// Its URL, without a password.
        url: String,
        /// The schema.
        schema: String,
    },
}

impl Place {
    /// As errors name it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Server { url, .. } => url.clone(),
        }
    }

    /// What a user can do about what is damaged there.
    pub(crate) fn advice(&self) -> String {
        match self {
            Self::File(_) => FILE_ADVICE.to_owned(),
            Self::Server { schema, .. } => format!(
                "rename the schema `{schema}` and run again (facts are surveyed anew; history and ownership are only in it and in your dumps)"
            ),
        }
    }
}

/// What a user can do about a damaged file.
pub(crate) const FILE_ADVICE: &str = "move the file away and run again (facts are surveyed anew; history and ownership are only in the file and its \
     `.backup-*` copies)";

/// What was attempted: the same error reads differently.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Doing {
    /// Opening the state.
    Opening,
    /// Reading it.
    Reading,
    /// Writing it.
    Writing,
}

//! The runtime of commands that talk to somebody.

use crate::error::CliError;

/// A runtime for commands that talk to somebody.
pub(crate) fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

//! What a server has against it, as the caller sees it.

use std::fmt;

use rdpctl_contract::store::StoreError;
use tokio_postgres::error::SqlState;

use crate::database::place::{Doing, Place};

/// An error of the server or of the way to it, with its causes in one line: they would read "db error" otherwise.
#[derive(Debug)]
struct Whole(tokio_postgres::Error);

impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(error) = self.0.as_db_error() {
            return write!(f, "{} ({})", error.message(), error.code().code());
        }
        write!(f, "{}", self.0)?;
        let mut cause = std::error::Error::source(&self.0);
        while let Some(next) = cause {
            write!(f, ": {next}")?;
            cause = next.source();
        }
        Ok(())
    }
}

impl std::error::Error for Whole {}

/// An error, told of a place.
pub(crate) fn told(error: tokio_postgres::Error, place: &Place, doing: Doing) -> StoreError {
    let shown = place.shown();
    let away = is_away(&error);
    let server_said = error.as_db_error().is_some();
    let said = Whole(error);
    if away {
        return StoreError::Unreachable { place: shown, source: Box::new(said) };
    }
    match doing {
        // A value of another type than the schema promises: somebody else wrote it.
        Doing::Reading if !server_said => {
            StoreError::Damaged { place: shown, what: format!("{said}; {}", place.advice()) }
        }
        Doing::Opening | Doing::Reading => {
            StoreError::Open { place: shown, source: Box::new(said) }
        }
        Doing::Writing => StoreError::Write { place: shown, source: Box::new(said) },
    }
}

/// Whether the server went away, or was never there: it may come back.
pub(crate) fn is_away(error: &tokio_postgres::Error) -> bool {
    const GOING: [SqlState; 6] = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::CONNECTION_FAILURE,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ];
    if let Some(code) = error.code() {
        return GOING.contains(code);
    }
    if error.is_closed() {
        return true;
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(next) = cause {
        if let Some(io) = next.downcast_ref::<std::io::Error>() {
            // A certificate that is refused is not mended by waiting.
            return !matches!(
                io.kind(),
                std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput
            );
        }
        cause = next.source();
    }
    false
}

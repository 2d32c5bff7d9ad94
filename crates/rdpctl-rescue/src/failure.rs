//! Why a call came to nothing, in one line.

use std::{fmt, io};

use rdpctl_disk::{Error, Structure};

const USAGE: &str = "rdpctl-rescue version | who DISK | read DISK AT LENGTH | standing DISK CHANGE | apply DISK CHANGE | undo DISK CHANGE | look DISK INTO | make DISK WANTED INTO | part FILE AT";

/// Why.
pub(crate) enum Failure {
    Usage,
    Disk(Error),
    File(io::Error),
    Json(serde_json::Error),
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage => out.write_str(USAGE),
            Self::Disk(error) => {
                write!(out, "{error}")?;
                // The journal that whoever calls has kept is another one.
                let is_journal = matches!(error, Error::Damaged(damage) if damage.structure == Structure::Journal);
                let way_out = error.way_out().filter(|_| !is_journal);
                way_out.map_or(Ok(()), |way_out| write!(out, "; {way_out}"))
            }
            Self::File(error) => write!(out, "{error}"),
            Self::Json(error) => write!(out, "{error}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Disk(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

//! Opening a state file: to write, to read only, or where there is none yet.
//!
//! Only `SQLite` ever opens the file: closing it elsewhere in the process would drop the locks that it holds there.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rdpctl_contract::store::StoreError;
use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error::told_of as told;
use super::migrate::{self, Format, MIGRATIONS};
use super::private;
use super::session::Session;
use crate::database::Database;
use crate::database::place::{Doing, Place};
use crate::database::session;

/// How long one writer waits for another before it gives up.
const PATIENCE: Duration = Duration::from_secs(10);

impl Database {
    /// Opens or creates the file, with the folder that holds it, for its owner alone, and brings it forward to today's format.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref();
        private::check(path)?;
        private::make(path).map_err(|error| StoreError::Open {
            place: path.display().to_string(),
            source: Box::new(error),
        })?;
        Self::open_known(path, MIGRATIONS)
    }

    /// Opens the file without the means to change it, whoever holds its lock and whoever owns it. Where there is no
    /// file, nothing is remembered and nothing is created.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        private::check(path.as_ref())?;
        Self::open_read_only_known(path.as_ref(), MIGRATIONS)
    }

    /// A state of which there is nothing, for whoever only reads.
    pub(crate) fn nowhere(shown: PathBuf) -> Result<Self, StoreError> {
        let connection = in_memory(&shown, None, MIGRATIONS)?;
        Self::only_reading(connection, &shown)
    }

    fn only_reading(connection: Connection, path: &Path) -> Result<Self, StoreError> {
        connection
            .pragma_update(None, "query_only", true)
            .map_err(|error| told(error, path, Doing::Opening))?;
        Ok(Self::in_file(path, connection))
    }

    fn in_file(path: &Path, connection: Connection) -> Self {
        let session = session::Session::Sqlite(Session::new(connection, path));
        Self::new(Place::File(path.to_owned()), session)
    }

    pub(super) fn open_known(path: &Path, known: &[&str]) -> Result<Self, StoreError> {
        let fault = |error: rusqlite::Error| told(error, path, Doing::Opening);
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags).map_err(fault)?;
        connection.busy_timeout(PATIENCE).map_err(fault)?;
        // Nothing is written, not even the journal mode, before the file is known to be ours and not newer.
        migrate::format(&connection, path, known)?;
        if connection.is_readonly("main").map_err(fault)? {
            let source = io::Error::new(
                io::ErrorKind::PermissionDenied,
                "the file or its file system is read-only",
            );
            return Err(StoreError::Write {
                place: path.display().to_string(),
                source: Box::new(source),
            });
        }
        settle(&connection).map_err(|error| told(error, path, Doing::Writing))?;
        migrate::forward(&mut connection, path, known)?;
        Ok(Self::in_file(path, connection))
    }

    pub(super) fn open_read_only_known(path: &Path, known: &[&str]) -> Result<Self, StoreError> {
        let connection = match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => in_memory(path, None, known)?,
            Err(error) => {
                return Err(StoreError::Open {
                    place: path.display().to_string(),
                    source: Box::new(error),
                });
            }
            Ok(_) => {
                let connection = read_only(path)?;
                match migrate::format(&connection, path, known)? {
                    Format::Number(number) if number == known.len() => connection,
                    // An older file stays as it is: a copy in memory is brought forward instead.
                    Format::Number(_) | Format::Empty => in_memory(path, Some(&connection), known)?,
                }
            }
        };
        Self::only_reading(connection, path)
    }
}

/// How often to ask for what another process is just changing.
const TURNS: u32 = 200;

/// Sets what a connection works with. Who changes the journal's mode holds everybody off, and `SQLite` does not wait
/// for that by itself: several may be opening one new file at once.
fn settle(connection: &Connection) -> rusqlite::Result<()> {
    let mut turn = 0;
    loop {
        let done = connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL;
             PRAGMA foreign_keys = ON;
             PRAGMA journal_size_limit = 16777216;",
        );
        match done {
            Err(error)
                if error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy)
                    && turn < TURNS =>
            {
                turn += 1;
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            done => return done,
        }
    }
}

/// Opens without the means to write. A file in WAL mode needs its index, which only somebody who may write can make;
/// where there is none and no log either, the file is complete as it is and is read as immutable.
fn read_only(path: &Path) -> Result<Connection, StoreError> {
    let open = |url: &str, flags: OpenFlags| -> rusqlite::Result<Connection> {
        let connection = Connection::open_with_flags(
            url,
            flags | OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(PATIENCE)?;
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(connection)
    };
    let plain = open(&path.to_string_lossy(), OpenFlags::empty());
    let error = match plain {
        Ok(connection) => return Ok(connection),
        Err(error) => error,
    };
    let log = fs::metadata(migrate::beside(path, "-wal")).map_or(0, |log| log.len());
    let no_index =
        matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly));
    if !no_index || log > 0 {
        return Err(told(error, path, Doing::Opening));
    }
    open(&immutable_url(path), OpenFlags::SQLITE_OPEN_URI)
        .map_err(|error| told(error, path, Doing::Opening))
}

fn immutable_url(path: &Path) -> String {
    const PLAIN: &[u8] = b"/.-_";
    let mut url = String::from("file:");
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || PLAIN.contains(&byte) {
            url.push(char::from(byte));
        } else {
            url.push('%');
            url.extend(
                [byte >> 4, byte & 15]
                    .into_iter()
                    .filter_map(|digit| char::from_digit(digit.into(), 16)),
            );
        }
    }
    url + "?immutable=1"
}

fn in_memory(
    path: &Path,
    from: Option<&Connection>,
    known: &[&str],
) -> Result<Connection, StoreError> {
    let fault = |error: rusqlite::Error| told(error, path, Doing::Opening);
    let mut connection = Connection::open_in_memory().map_err(fault)?;
    if let Some(from) = from {
        Backup::new(from, &mut connection)
            .and_then(|backup| backup.run_to_completion(i32::MAX, Duration::ZERO, None))
            .map_err(fault)?;
    }
    migrate::apply(&mut connection, path, known)?;
    Ok(connection)
}

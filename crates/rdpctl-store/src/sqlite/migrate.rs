//! Brings a file forward to the format that this rdpctl writes, after a copy of it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use rdpctl_contract::store::StoreError;
use rusqlite::{Connection, TransactionBehavior};

use super::error::told_of as told;
use crate::database::place::{Doing, FILE_ADVICE as ADVICE};

/// `rdpc`: by this the file says whose it is.
const APPLICATION: i32 = 0x7264_7063;

/// All steps from an empty file to today's format, in order; the first makes format 1 of an empty file.
pub(super) const MIGRATIONS: &[&str] =
    &[include_str!("../../../../state/migrations/sqlite/0001_first.sql")];

/// What a file says of itself.
pub(super) enum Format {
    /// Nothing was ever written to it.
    Empty,
    /// The number of migrations that made it.
    Number(usize),
}

/// Reads a file's format without changing it. Refuses what is newer, and what is somebody else's.
pub(super) fn format(
    connection: &Connection,
    path: &Path,
    known: &[&str],
) -> Result<Format, StoreError> {
    // One statement, hence one moment: another process may be making the file right now.
    let read = "SELECT (SELECT application_id FROM pragma_application_id),
                       (SELECT user_version FROM pragma_user_version),
                       (SELECT count(*) = 0 FROM sqlite_schema)";
    let (application, version, empty): (i32, u32, bool) = connection
        .query_row(read, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .map_err(|error| told(error, path, Doing::Opening))?;
    if application == 0 && version == 0 && empty {
        return Ok(Format::Empty);
    }
    let damaged = |what: &str| StoreError::Damaged {
        place: path.display().to_string(),
        what: format!("{what}; {ADVICE}"),
    };
    if application != APPLICATION {
        return Err(damaged("it is another program's database"));
    }
    let number = usize::try_from(version).unwrap_or(usize::MAX);
    match number {
        0 => Err(damaged("it has no format number")),
        number if number <= known.len() => Ok(Format::Number(number)),
        _ => Err(StoreError::Newer {
            place: path.display().to_string(),
            found: version,
            known: u32::try_from(known.len()).unwrap_or(u32::MAX),
        }),
    }
}

/// Applies what is missing, all or nothing. Of a file that holds something a copy is made first.
pub(super) fn forward(
    connection: &mut Connection,
    path: &Path,
    known: &[&str],
) -> Result<(), StoreError> {
    match format(connection, path, known)? {
        Format::Number(number) if number == known.len() => return Ok(()),
        Format::Number(number) => copy(connection, path, number)?,
        Format::Empty => {}
    }
    apply(connection, path, known)
}

/// Applies what is missing, all or nothing, without a copy.
pub(super) fn apply(
    connection: &mut Connection,
    path: &Path,
    known: &[&str],
) -> Result<(), StoreError> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| told(error, path, Doing::Writing))?;
    // Looked at again under the lock: another process may have done it meanwhile.
    let done = match format(&transaction, path, known)? {
        Format::Empty => 0,
        Format::Number(number) => number,
    };
    let bring_forward = || -> rusqlite::Result<()> {
        for migration in known.iter().skip(done) {
            transaction.execute_batch(migration)?;
        }
        if done == 0 {
            let lineage = uuid::Uuid::new_v4().to_string();
            transaction
                .execute("INSERT INTO state (one, lineage, serial) VALUES (1, ?1, 0)", [lineage])?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
        }
        transaction.pragma_update(
            None,
            "user_version",
            u32::try_from(known.len()).unwrap_or(u32::MAX),
        )?;
        Ok(())
    };
    bring_forward().map_err(|error| told(error, path, Doing::Writing))?;
    transaction.commit().map_err(|error| told(error, path, Doing::Writing))
}

/// Copies the file, with what its write-ahead log still holds, beside itself. An earlier copy is never overwritten.
fn copy(connection: &Connection, path: &Path, number: usize) -> Result<(), StoreError> {
    let write = |source: Box<dyn std::error::Error + Send + Sync>| StoreError::Write {
        place: path.display().to_string(),
        source,
    };
    let mut target = beside(path, &format!(".backup-{number}"));
    for again in 2_u32.. {
        if !target.exists() {
            break;
        }
        target = beside(path, &format!(".backup-{number}.{again}"));
    }
    // Under another name until it is whole and on the disk.
    let partial = beside(path, &format!(".backup-{number}.partial-{}", std::process::id()));
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(write(Box::new(error)));
        }
        Ok(()) | Err(_) => {}
    }
    let name = partial.to_string_lossy();
    connection
        .execute("VACUUM INTO ?1", [name.as_ref()])
        .map_err(|error| told(error, path, Doing::Writing))?;
    File::open(&partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&partial, &target))
        .map_err(|error| write(Box::new(error)))
}

/// The path with something after its file name.
pub(super) fn beside(path: &Path, after: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(after);
    name.into()
}

//! The memory of rdpctl: what was last seen, what it made, what runs did, and the leases that keep them apart.
//!
//! Two backends that remember alike: an embedded `SQLite` file, and a schema of a Postgres database. Everything that
//! lasts is versioned: the schema by the numbered migrations in the repository's folder `state/`, blobs by a first byte
//! or a form number, documents by `format`.
//! Losing the state loses history and ownership, never correctness, so nothing here is ever repaired by guessing:
//! a state that cannot be understood is left as it is and the user is told what to do.

mod codec;
mod database;
pub mod document;
pub mod location;
mod postgres;
mod sqlite;

pub use database::{Database, Verified};
pub use document::{Document, ImportError, Replace};
pub use location::Location;

/// Refuses a record beside a state that others could have written, that a link stands for, or that came with a commit.
///
/// # Errors
/// When it is not to be believed, with what to do.
pub fn believable(record: &std::path::Path) -> Result<(), rdpctl_contract::StoreError> {
    sqlite::check_record(record)
}

//! The memory of rdpctl: what was last seen, what it made, what runs did, and the leases that keep them apart.
//!
//! One backend so far, an embedded `SQLite` file. Everything that lasts is versioned: the schema by the numbered
//! migrations in the repository's folder `state/`, blobs by a first byte or a form number, documents by `format`.
//! Losing the state loses history and ownership, never correctness, so nothing here is ever repaired by guessing:
//! a file that cannot be understood is left as it is and the user is told what to do.

mod codec;
pub mod document;
pub mod location;
pub mod sqlite;

pub use document::{Document, ImportError, Replace};
pub use location::Location;
pub use sqlite::{SqliteStore, Verified};

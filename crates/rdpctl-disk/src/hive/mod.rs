//! Registry hives: recovered as Windows recovers them, viewed, checked, and edited in place.

mod absent;
mod base;
mod cell;
mod check;
mod edit;
mod finding;
mod image;
mod key;
mod list;
mod log;
mod marvin;
mod parts;
mod recover;
mod value;

pub use check::Report;
pub use edit::Editor;
pub use finding::Finding;
pub use image::{Changed, Hive, Recovery};
pub use key::Key;
pub use value::{Kind, Value};

/// No hive of Windows comes near; a file that claims more is none.
pub const MOST: u64 = 512 << 20;
/// Logs are a quarter of their hive at most.
pub const MOST_LOG: u64 = 256 << 20;

//! A Windows disk as bytes: its table, its volumes, its registry, its boot store; read, judged, and edited where they
//! lie.
//!
//! Everything is a function over [`Blocks`]: an image, a device, memory, a cloud's blocks. Nothing is mounted, no
//! file grows, no bytes are trusted: whatever is on the disk, the answer is a value, and the time and memory it takes
//! are bounded. What must not be touched is a [`Refusal`], said before anything was.
//!
//! Where to start: [`table`] finds partitions, [`windows`] the installations on them, [`hive`] and [`bcd`] read what
//! they are set to, [`change`] writes.

mod advice;
mod bytes;
mod error;
mod name;
mod refusal;

pub mod bcd;
pub mod blocks;
pub mod change;
pub mod descriptor;
pub mod fat;
pub mod hive;
pub mod ntfs;
pub mod table;
pub mod volume;
pub mod windows;

pub use blocks::{Blocks, Region};
pub use error::{Access, Damage, Error, Structure};
pub use refusal::{NotEdited, NotPlain, Refusal};
pub use table::Guid;

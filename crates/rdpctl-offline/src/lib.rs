//! A guest that does not run, asked by its disk: the same questions, answered by hives, boot store and files, and the same
//! actions, done as edits of them.
//!
//! A look is a value that can be taken anywhere ([`Facts`]): where the disk's bytes may not travel, it is made beside the
//! disk and judged elsewhere. A repair is a change that is made here and done by whoever holds the disk. What a disk cannot
//! know (what runs, who listens) is a gap that says so.

mod boot;
mod check;
mod facts;
mod files;
mod firewall;
mod look;
mod mend;
mod place;
mod registry;
mod repair;
mod said;
pub mod spelled;

pub use boot::{Boot, Firmware};
pub use check::{check, written};
pub use facts::{Facts, facts};
pub use look::{Against, Offline, Windows, look};
pub use mend::{Made, Mended, Took, Wanted, mend};
pub use repair::{Done, Repair};

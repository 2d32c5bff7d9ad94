//! A guest that does not run, looked at by its disk: the same questions, answered by hives, boot store and files.
//!
//! Nothing here writes to the disk: a repair is a change that is made here and done elsewhere. What a disk cannot know
//! (what runs, who listens) is a gap that says so.

mod boot;
mod check;
mod files;
mod firewall;
mod look;
mod place;
mod registry;
mod repair;
pub mod spelled;

pub use boot::{Boot, Hindrance};
pub use check::{check, written};
pub use look::{Offline, Windows, look};
pub use repair::{Done, Repair};

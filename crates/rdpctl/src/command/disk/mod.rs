//! `plan`, `apply`, `show` and `undo` with `--disk`: what differs on a disk in the hand, changed where it lies.
//!
//! The change is made whole before anything is written, and kept in the user's folder; then the disk may lose power at
//! any instant, and the next `apply` finishes what was begun. Nothing is done without a yes, or `--allow
//! offline-repair` beside `--auto-approve`.

mod apply;
mod common;
mod plan;
mod show;
mod undo;

pub(crate) use apply::apply;
pub(crate) use common::{Form, PROMPT, yes_unless_stopped};
pub(crate) use plan::plan;
pub(crate) use show::show;
pub(crate) use undo::{Undoing, undo};

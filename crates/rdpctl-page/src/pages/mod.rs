//! The pages: each is one value, shown for people or for machines.

mod accepted;
mod among;
mod bill;
mod drift;
mod fleet;
mod fleets;
mod group;
mod held;
mod instance;
mod loop_health;
mod matrix;
mod moved;
mod numbers;
mod run;
mod run_machines;
mod run_told;
mod runs;
mod select;
mod shown;
mod turned;

use crate::parts::frame::Frame;
use crate::request::{Look, Page};
use crate::view::More;
pub use moved::Moved;
pub(crate) use moved::moved;
pub(crate) use shown::{FORMAT, Shown};

/// The page, unless there is none of that name.
pub(crate) fn page(frame: &Frame<'_>, page: &Page, more: &More) -> Option<Shown> {
    match page {
        Page::Fleet => Some(match frame.query.look {
            Look::Groups => fleet::show(frame),
            Look::Matrix => matrix::show(frame),
            Look::Fleets => fleets::show(frame),
        }),
        Page::Group(key) => group::show(frame, key),
        Page::Instance(name) => instance::show(frame, name, more),
        Page::Runs => Some(runs::show(frame)),
        Page::Run(id) => run::show(frame, id, more),
        Page::Held => Some(held::list(frame)),
        Page::HeldOne(id) => held::one(frame, id, more),
        Page::Drift => Some(drift::show(frame)),
        Page::Accepted => Some(accepted::show(frame)),
        Page::Loop => Some(loop_health::show(frame)),
        Page::Session | Page::Asset(_) | Page::Unknown => None,
    }
}

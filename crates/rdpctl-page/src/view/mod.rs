//! What the pages show: one immutable snapshot, made of what was judged and planned, before anybody asks.

mod build;
mod cause;
mod days;
mod detail;
mod fold;
mod health;
mod held;
mod next;

pub use build::{Row, Seen, View};
pub use cause::{Breaks, Cause, StepWords, Telling, Told};
pub use days::days;
pub use detail::{Detail, More, Need, Past, Tally, need, tally};
pub use health::{Banner, Breaker, Day, Files, Health, Orphan, Pause, Provider, RunLine, Weight};
pub use held::{Answered, Binding, Difference, HeldLine, StepLine, Waits, line};
pub use next::{Mode, Next};

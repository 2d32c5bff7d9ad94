//! What the pages show: one immutable snapshot, made of what was judged and planned, before anybody asks.

mod build;
mod cause;
mod days;
mod detail;
mod fold;
mod health;
mod held;
mod history;
mod machines;
mod next;
mod notes;
mod opening;
mod turnings;
mod wanted;
mod whose;

pub use build::{Row, Seen, View};
pub use cause::{Breaks, Cause, StepWords, Telling, Told};
pub use detail::{Detail, More, Need, Past, Tally, need, tally};
pub use health::{
    Banner, Breaker, Day, Files, Health, Holder, Hook, Nobody, Orphan, Pause, Provider, Role,
    RunLine, Weight,
};
pub use held::{Answered, Binding, Difference, HeldLine, StepLine, Waits, line};
pub use history::{Healed, History, OfFacet, Return};
pub use machines::{Machine, Stands};
pub use next::{Mode, Next};
pub use notes::Notes;
pub use opening::Opening;
pub use turnings::Turnings;
pub use wanted::Wanted;
pub use whose::{Silence, Suspect, Whose};

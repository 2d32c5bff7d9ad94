//! The shell around the pure core: surveys the worlds, executes plans, cancels. The only crate that spawns tasks.
//!
//! It knows no vendor, no protocol and no database: all of that reaches it through `rdpctl-contract`.

mod accepted;
mod answered;
pub mod approve;
pub mod assess;
mod basis;
mod bind;
mod called;
mod draft;
pub mod estate;
pub mod event;
mod examine;
pub mod give_back;
mod guests;
pub mod lease;
mod log_on;
mod look;
mod mask;
mod meant;
mod memory;
mod metered;
mod on_disk;
pub mod outside;
mod price;
pub mod reconcile;
pub mod refresh;
mod refusal;
pub mod remains;
pub mod repairs;
pub mod run;
mod said;
mod settled;
mod standing;
pub mod suspects;
pub mod sweep;
mod tried;
mod undo;

pub use approve::Approver;
pub use assess::{Filter, Pattern, assess, assess_everybody};
pub use basis::basis;
pub use bind::{Extent, bind};
pub use draft::{Draft, View};
pub use estate::Estate;
pub use event::Event;
pub use examine::{Examined, examine, take_as_seen};
pub use log_on::LogOns;
pub use meant::NobodyMeant;
pub use outside::{Eyes, Hands, SecondWays};
pub use price::price;
pub use rdpctl_plan::{Stays, WayBack, consent, way_back};
pub use reconcile::{Errand, Goal, Reconcile, ReconcileError, Reconciled, RestsOn};
pub use refresh::{LookError, Refreshed, refresh};
pub use run::{Disruption, RunError, RunOptions, RunReport, execute};
pub use undo::Past;

//! Memory, by role: who may write, what runs did, what rdpctl made, what was last seen, and what turned over time.
//!
//! The roles are traits of their own, because not every backend plays all of them: the objects of a cluster carry
//! leases and runs, and remember no facts. Whatever a run writes carries the number of its lease, and is refused in
//! the same transaction once that number is not current. Losing the memory loses history and ownership, never
//! correctness: the world is always looked at again.

mod chronicle;
mod error;
mod holding;
mod lease;
mod ledger;
mod memory;
pub mod pressed;
mod runs;

pub use chronicle::{Chronicle, TURNS_KEPT};
pub use error::StoreError;
pub use holding::{Holder, Holding, Moment};
pub use lease::{Claim, Lease};
pub use ledger::{Ledger, Made};
pub use memory::{Author, Memory};
pub use pressed::{Pressed, PressedSurvey};
pub use rdpctl_model::lease::{LeaseKind, LeaseName, Token};
pub use runs::{Recorded, Runs};

/// A backend that plays every role, as a file or a database does.
pub trait Store: Lease + Runs + Ledger + Memory + Chronicle {}

impl<T: Lease + Runs + Ledger + Memory + Chronicle + ?Sized> Store for T {}

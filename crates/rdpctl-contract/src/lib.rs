//! What the outside must satisfy: clouds, channels into guests, the memory and the clock.
//!
//! The engine acts through these traits and knows no vendor, no protocol and no database.
//! Reading and changing are separate traits: whoever holds only a reader cannot change anything.
//! [`conformance`] says what all of them must do; [`fake`] holds the same traits over a world in memory, for the tests
//! of whoever acts through them.

mod cause;
pub mod changes;
pub mod channel;
pub mod clock;
pub mod cloud;
pub mod conformance;
mod disk_work;
pub mod fake;
pub mod for_a_call;
pub mod leave;
pub mod log_on;
pub mod meter;
pub mod probe;
pub mod store;

pub use cause::{Cause, told};
pub use changes::{Changed, ChangesAsk};
pub use channel::{Ask, Channel, ChannelError, GuestTarget, Order, Questions};
pub use clock::Clock;
pub use cloud::{
    CloudAsk, CloudChanger, CloudError, CloudNeeds, CloudOrder, CloudPage, CloudReader, Told, Which,
};
pub use disk_work::{DiskDeed, DiskWork, WorkPriced};
pub use for_a_call::ForACall;
pub use leave::{Leave, MayChange};
pub use meter::{Meter, Spent};
pub use probe::Probe;
pub use store::{
    Author, Chronicle, Lease, LeaseName, Ledger, Memory, Moment, Runs, Store, StoreError, Token,
};

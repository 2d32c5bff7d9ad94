//! What every cloud, channel and store must do, whatever is behind it: each function states one fact.
//!
//! A vendor's tests call `cloud` and `channel` with a world of their own making, in which what the facts speak of
//! is there. The facts are told by panicking, as tests do.

mod changer;
mod channel;
mod look;
mod reader;
#[expect(clippy::unwrap_used, clippy::missing_panics_doc, reason = "facts are told by panicking")]
pub mod store;

pub use changer::changer;
pub use channel::{Guests, channel};
pub use reader::reader;

use rdpctl_model::ResourceId;
use rdpctl_model::declaration::Selector;

/// What has to be there in an account that is proved. All of it belongs to whoever proves; it will not be as it was.
#[derive(Clone, Debug)]
pub struct Account {
    /// Runs, with an elastic address, bandwidth on that address and a rule set of its own that lets in nothing on
    /// port 3390.
    pub running: ResourceId,
    /// Stopped, and can be started.
    pub stopped: ResourceId,
    /// Runs without an address.
    pub bare: ResourceId,
    /// The id of nothing.
    pub nothing: ResourceId,
    /// A selector that picks `stopped` alone.
    pub select: Selector,
}

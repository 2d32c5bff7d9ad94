//! What was done about something and left it as it was, so that it is not done again and again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::facet::FacetId;
use crate::id::{InstanceName, RunId};

/// Something that differs on one machine, whose steps were all done and changed nothing about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tried {
    /// On whom.
    pub instance: InstanceName,
    /// What differs.
    pub facet: FacetId,
    /// What was done.
    pub left: Left,
}

/// What was done about a difference, and when.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Left {
    /// The difference and the steps against it, as JSON: once either is another, it is something that nobody tried.
    pub what: String,
    /// When.
    pub at: Timestamp,
    /// By which run.
    pub run: RunId,
}

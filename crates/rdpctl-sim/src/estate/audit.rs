//! The vendor's own log of what was changed, by whom: what calls succeeded, and what somebody did at the vendor's console.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::world::{AccountIndex, Text};

/// Entries beyond this many are forgotten, oldest first.
pub(super) const KEPT: usize = 20_000;

/// Something that was changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Audited {
    pub(crate) account: AccountIndex,
    /// When, in Unix seconds of the real clock, by which calls are signed and logs are asked.
    pub(crate) at: i64,
    pub(crate) by: Text,
    /// The call: an action of Tencent Cloud, an operation of Azure.
    pub(crate) what: Text,
    /// To what, where the call names it by its path.
    pub(crate) to: Text,
    /// What was sent.
    pub(crate) sent: Text,
}

/// The log, by number.
pub(crate) type Audit = BTreeMap<u64, Audited>;

//! What can be declared of the firewall.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// On in every profile, and RDP is let in.
    On,
    /// As it is, as long as RDP is let in: a firewall that somebody turned off stays off.
    Keep,
    /// Off for private and public networks, as the founding document's last resort. Needs its guard.
    Off,
}

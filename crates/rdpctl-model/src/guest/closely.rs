//! What a guest is asked beyond the observation that is always made whole.

use serde::{Deserialize, Serialize};

/// A question that costs a guest more than it is worth where nothing hangs on the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Closely {
    /// Which registry values policies enforce, which takes seconds.
    Policies,
    /// Who holds the rights that decide about logging on, in which state the local accounts are, and what the machine
    /// says of its domain, which takes a second.
    Rights,
    /// How many days the Session Host role still works without a licence server, which starts WMI.
    Grace,
    /// Which of our own attempts to log on the machine refused lately, and why.
    Refusals,
}

impl Closely {
    /// All of them, in the order in which they are asked.
    pub const ALL: [Self; 4] = [Self::Policies, Self::Rights, Self::Grace, Self::Refusals];
}

/// The workstation that our own attempts to log on come from, by which their events are told from everybody else's.
pub const WORKSTATION: &str = "RDPCTL";

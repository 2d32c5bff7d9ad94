//! What rdpctl can do: closed enums that every executor must know whole, and one table that says of each what it is.
//!
//! An action says *what* is done, alike for all machines with the same difference. What differs from machine to machine
//! stands in [`Binds`], and [`Action::deed`] puts the two together just before it is done.

#[cfg(test)]
#[macro_use]
mod each;

mod check;
mod cloud;
mod deed;
mod guard;
mod guest;
mod kinds;
mod own;
mod proof;
mod protected;
pub mod spelling;
pub mod traits;

pub use check::{Check, RulesAre, RulesOf};
pub use cloud::{CloudAction, CloudVerb};
pub use deed::{Deed, Unbound};
pub use guard::{Disruption, Guarded};
pub use guest::GuestAction;
pub use kinds::{BootElement, FirewallProfile, KeyHolder, Setting, StartType, Switch};
pub use own::{Binds, DoorEdit, OwnAction};
pub use proof::{SWITCH_MARKS, WINRM_LISTENER, WINRM_MARK, service_key};
pub use protected::is_protected;

use serde::{Deserialize, Serialize};

use crate::facet::FacetId;

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Through the cloud's API.
    Cloud(CloudAction),
    /// Inside Windows, through a channel.
    Guest(GuestAction),
    /// To what is each machine's own, through the one or the other.
    Own(OwnAction),
    /// Looks again where nothing could be seen, then lets the named facets decide.
    Observe {
        /// The facets that it will decide.
        facets: Vec<FacetId>,
    },
    /// An RDP handshake from outside.
    Prove {
        /// The port to try.
        port: u16,
    },
    /// One log-on from outside by a declared account, up to where the password would be handed over.
    LogOn {
        /// The port.
        port: u16,
        /// The account, as it is declared.
        user: String,
        /// Where its password is found.
        reference: String,
    },
}

/// A log-on that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogOnAs<'a> {
    /// At which port.
    pub port: u16,
    /// The account, as it is declared.
    pub user: &'a str,
    /// Where its password is found.
    pub reference: &'a str,
}

impl Action {
    /// The facets that it looks at anew to decide them; none for any other action.
    #[must_use]
    pub fn decides(&self) -> Option<&[FacetId]> {
        match self {
            Self::Observe { facets } => Some(facets),
            Self::Guest(_)
            | Self::Cloud(_)
            | Self::Own(_)
            | Self::Prove { .. }
            | Self::LogOn { .. } => None,
        }
    }

    /// The log-on that it tries; none for any other action.
    #[must_use]
    pub fn log_on(&self) -> Option<LogOnAs<'_>> {
        match self {
            Self::LogOn { port, user, reference } => Some(LogOnAs { port: *port, user, reference }),
            Self::Guest(_)
            | Self::Cloud(_)
            | Self::Own(_)
            | Self::Observe { .. }
            | Self::Prove { .. } => None,
        }
    }

    /// What it does inside Windows, where that is alike for all machines.
    #[must_use]
    pub const fn inside(&self) -> Option<&GuestAction> {
        match self {
            Self::Guest(action) => Some(action),
            Self::Cloud(_)
            | Self::Own(_)
            | Self::Observe { .. }
            | Self::Prove { .. }
            | Self::LogOn { .. } => None,
        }
    }

    /// Whether it is done to what is each machine's own.
    #[must_use]
    pub const fn is_own(&self) -> bool {
        match self {
            Self::Own(_) => true,
            Self::Cloud(_)
            | Self::Guest(_)
            | Self::Observe { .. }
            | Self::Prove { .. }
            | Self::LogOn { .. } => false,
        }
    }

    /// The checks that a refresh of group policy makes, to be filled in; none for any other action.
    pub const fn keeps_mut(&mut self) -> Option<&mut Vec<Check>> {
        match self {
            Self::Guest(action) => action.keeps_mut(),
            Self::Cloud(_)
            | Self::Own(_)
            | Self::Observe { .. }
            | Self::Prove { .. }
            | Self::LogOn { .. } => None,
        }
    }

    /// What it asks of the cloud, if anything.
    #[must_use]
    pub const fn verb(&self) -> Option<CloudVerb> {
        match self {
            Self::Cloud(action) => Some(action.verb()),
            Self::Own(action) => action.verb(),
            Self::Guest(_) | Self::Observe { .. } | Self::Prove { .. } | Self::LogOn { .. } => None,
        }
    }
}

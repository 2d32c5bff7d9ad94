//! The second way of a repair: where no link to a disk is given it is read and written in the machine that helps, by a program
//! that is sent there.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Price, Sighted};
use crate::said::Said;

/// What the second way adds to a repair.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecondWay {
    /// The program's sum; none where it is not there, so that there is no such way.
    pub sha256: Option<String>,
    /// In how many scripts it is sent and used.
    pub scripts: u64,
    /// How many calls they take.
    pub api_calls: u64,
    /// And how long.
    pub seconds: u64,
    /// What the whole repair costs that way, for as long as it lasts then.
    #[serde(default, skip_serializing_if = "Sighted::is_unseen")]
    pub price: Sighted<Price>,
    /// Why it is gone at once; none where a link is asked for first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<AtOnce>,
}

/// Why no link is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtOnce {
    /// What keeps everybody from reading the disk by one.
    pub why: NoLink,
    /// When one was asked for last; none where the disk itself says that it gives none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked: Option<Timestamp>,
}

/// Why nobody reads a disk by a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NoLink {
    /// A policy of the vendor's forbids to give one.
    Policy,
    /// Whoever asked may not have one.
    Role,
    /// One was given, and the storage that it leads to refused whoever came with it.
    Storage,
    /// The disk, or its copy, is exported to nobody.
    ClosedToAll,
    /// It is exported through private endpoints alone.
    PrivateOnly,
    /// It is exported over no public network.
    NotPublic,
}

impl NoLink {
    /// What it is, in a sentence.
    #[must_use]
    pub fn said(self) -> Said {
        match self {
            Self::Policy => say::no_link_policy(),
            Self::Role => say::no_link_role(),
            Self::Storage => say::no_link_storage(),
            Self::ClosedToAll => say::no_link_closed_to_all(),
            Self::PrivateOnly => say::no_link_private_only(),
            Self::NotPublic => say::no_link_not_public(),
        }
    }

    /// Whether the disk itself says so, which is seen at each look.
    #[must_use]
    pub const fn is_of_the_disk(self) -> bool {
        match self {
            Self::ClosedToAll | Self::PrivateOnly | Self::NotPublic => true,
            Self::Policy | Self::Role | Self::Storage => false,
        }
    }
}

crate::said::says! { "repair":
    no_link_policy();
    no_link_role();
    no_link_storage();
    no_link_closed_to_all();
    no_link_private_only();
    no_link_not_public();
}

//! On what a look into a guest stood: the way in that answered, as whom, to which Windows, and what an earlier run left.
//!
//! It belongs to no facet of RDP, and whoever plans reads it whatever is managed.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::guest::{ChannelKind, RunsAs, remains};

/// On what a look into a guest stood.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ground {
    /// The way in that answered.
    pub via: ChannelKind,
    /// As whom commands run there.
    pub acts_as: RunsAs,
    /// The address of whoever looks, as the guest sees it, where we came by its network and alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<IpAddr>,
    /// The build of Windows, where it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<u32>,
    /// What an earlier run left in the guest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leftover: Option<Leftover>,
    /// What earlier runs left there, of how many of them and since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remains: Option<Remains>,
    /// The ways in that were tried before the one that answered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<Silent>,
}

impl Ground {
    /// Whether nobody was there to answer over a channel.
    #[must_use]
    pub fn lacks(&self, channel: ChannelKind) -> bool {
        self.silent.contains(&Silent { channel, silence: Silence::Absent })
    }
}

/// What earlier runs left: as little as says whether anything of it is over, so that machines stay alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Remains {
    /// The day of the oldest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest: Option<jiff::civil::Date>,
    /// Of how many runs.
    #[serde(default)]
    pub runs: usize,
    /// Whether scripts that did not come to their end left folders.
    #[serde(default)]
    pub folders: Folders,
}

/// Whether there are folders of scripts that did not come to their end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Folders {
    /// There is none.
    #[default]
    None,
    /// There are some.
    Some,
}

impl Remains {
    /// Whether some of it may be over: what exactly, the names tell.
    #[must_use]
    pub fn may_be_over(&self, today: jiff::civil::Date) -> bool {
        let long_ago = self.oldest.is_some_and(|day| remains::is_long_ago(day, today));
        long_ago || self.runs > remains::KEPT_RUNS || self.folders == Folders::Some
    }
}

/// A dead man's switch of an earlier run, which nobody removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leftover {
    /// It is still to put values back.
    Armed,
    /// It has put them back.
    Fired,
}

/// A channel that stands earlier in the declared order and gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Silent {
    /// Which.
    pub channel: ChannelKind,
    /// What came instead.
    pub silence: Silence,
}

/// What came instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Silence {
    /// Nobody was there to answer.
    Absent,
    /// Somebody was, and did not let us in.
    Refused,
}

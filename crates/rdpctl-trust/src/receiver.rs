//! Who would receive a secret, by what the declaration cannot redefine: never by a name that it gives itself.

use std::collections::BTreeMap;

use rdpctl_model::ResourceId;
use rdpctl_model::declaration::{ProviderKind, Selector};
use rdpctl_model::guest::ChannelKind;

/// What a secret is offered over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Over {
    /// A channel into a guest.
    Channel(ChannelKind),
    /// A log-on at Remote Desktop, which offers what can be guessed at, and not the password itself.
    LogOn,
}

impl Over {
    /// The word in a grant.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Channel(kind) => kind.way().name,
            Self::LogOn => "rdp",
        }
    }
}

/// A receiver of a secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Receiver {
    /// A host at a literal name or address.
    Host {
        /// The name or address.
        host: String,
        /// The port, where it is not the channel's own.
        port: Option<u16>,
        /// Over which channel.
        channel: Over,
        /// How.
        wire: Wire,
    },
    /// One VM of a cloud account.
    Instance {
        /// The account.
        account: Account,
        /// The vendor's id.
        id: ResourceId,
        /// Over which channel.
        channel: Over,
        /// How.
        wire: Wire,
    },
    /// Every VM of a cloud account that a selector picks, now and later.
    Selected {
        /// The account.
        account: Account,
        /// The selector.
        select: Selected,
        /// Over which channel.
        channel: Over,
        /// How.
        wire: Wire,
    },
    /// The vendor's API itself, which a key is for.
    Api {
        /// The vendor.
        kind: ProviderKind,
        /// The endpoint, where it is not the vendor's own.
        endpoint: Option<String>,
    },
}

/// A cloud account as the cloud names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// The vendor.
    pub kind: ProviderKind,
    /// The endpoint, where it is not the vendor's own: another endpoint is another account, whatever it calls itself.
    pub endpoint: Option<String>,
    /// The vendor's number or id; empty where it could not be asked.
    pub id: String,
    /// The region; empty where the vendor's ids need none.
    pub region: String,
}

/// A selector in one form for one meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Selected {
    /// Tags with their values.
    pub tags: BTreeMap<String, String>,
    /// Name patterns, sorted, each once.
    pub names: Vec<String>,
    /// The resource group.
    pub resource_group: Option<String>,
}

/// How a secret crosses the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Wire {
    /// Over TLS and in no other way.
    Tls,
    /// By a sealed log-on over plain HTTP.
    Plain,
}

impl Wire {
    /// The word in a grant.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tls => "required",
            Self::Plain => "none",
        }
    }
}

impl From<&Selector> for Selected {
    fn from(select: &Selector) -> Self {
        let mut names = select.names.clone();
        names.sort_unstable();
        names.dedup();
        Self { tags: select.tags.clone(), names, resource_group: select.resource_group.clone() }
    }
}

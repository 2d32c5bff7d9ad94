//! What is looked at: what a cloud says of all, or one machine whole.

use std::sync::Arc;

use rdpctl_model::{InstanceName, ProviderName, ResourceId, SourceKey};

/// Something that is due from time to time.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    /// What a cloud says of everything that is declared of it.
    Cloud(ProviderName),
    /// One machine, whole.
    Machine(Arc<Machine>),
}

/// One machine.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Machine {
    /// Under which source its facts are kept.
    pub(crate) source: SourceKey,
    /// Its id.
    pub(crate) id: ResourceId,
    /// Its name.
    pub(crate) name: InstanceName,
    /// Whose it is.
    pub(crate) provider: ProviderName,
}

/// What shares a limit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Pool {
    /// Looks at one cloud as a whole.
    Cloud(ProviderName),
    /// Looks at the machines of one provider.
    Machines(ProviderName),
}

impl Subject {
    pub(crate) fn pool(&self) -> Pool {
        match self {
            Self::Cloud(provider) => Pool::Cloud(provider.clone()),
            Self::Machine(machine) => Pool::Machines(machine.provider.clone()),
        }
    }
}

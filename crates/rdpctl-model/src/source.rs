//! Under which declaration what was seen of machines is kept.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::id::{FleetName, InstanceName};

/// A declared instance or fleet, as whoever remembers knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum SourceKey {
    /// A fleet.
    Fleet {
        /// Its name.
        name: FleetName,
        /// Whom it picks where: with another selector it is another source, for what is known of members of the former
        /// one says nothing of this one's.
        selector: Arc<str>,
    },
    /// An instance that is declared by itself.
    Instance {
        /// Its name.
        name: InstanceName,
    },
}

impl SourceKey {
    /// Of an instance that is declared by itself.
    #[must_use]
    pub const fn instance(name: InstanceName) -> Self {
        Self::Instance { name }
    }

    /// Of a fleet.
    pub fn fleet(name: FleetName, selector: impl AsRef<str>) -> Self {
        Self::Fleet { name, selector: Arc::from(selector.as_ref()) }
    }

    /// The fleet, if it is one.
    #[must_use]
    pub const fn as_fleet(&self) -> Option<&FleetName> {
        match self {
            Self::Fleet { name, .. } => Some(name),
            Self::Instance { .. } => None,
        }
    }

    /// Under which name the machine of that id is known.
    #[must_use]
    pub fn member(&self, id: &str) -> InstanceName {
        match self {
            Self::Fleet { name, .. } => InstanceName::of_member(name, id),
            Self::Instance { name } => name.clone(),
        }
    }
}

/// For people: the declared name.
impl fmt::Display for SourceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fleet { name, .. } => name.fmt(f),
            Self::Instance { name } => name.fmt(f),
        }
    }
}

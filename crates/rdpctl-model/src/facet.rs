//! The sixteen aspects of RDP health, by name, in the order in which they are shown.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One aspect of an instance's RDP health.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FacetId {
    /// The instance runs.
    Power,
    /// A public address is bound.
    PublicIp,
    /// Enough public bandwidth.
    Bandwidth,
    /// The RDP port is open in the effective rules of the cloud.
    Ingress,
    /// Normal startup.
    Boot,
    /// Remote connections are allowed.
    RemoteDesktop,
    /// `TermService` and what it needs.
    Service,
    /// `TermService` itself listens on the declared port.
    Port,
    /// Windows firewall lets RDP in.
    Firewall,
    /// The RDP private key is readable by those who must read it.
    MachineKeys,
    /// The RDP certificate is sound.
    Certificate,
    /// The declared TLS versions are enabled.
    Tls,
    /// Network Level Authentication as declared.
    Nla,
    /// Group policy runs and contradicts nothing declared.
    GroupPolicy,
    /// Serial console and crash dumps are enabled.
    Recovery,
    /// An RDP handshake from outside shows what was declared.
    Reachable,
}

impl FacetId {
    /// How many there are.
    pub const COUNT: usize = 16;

    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Power,
        Self::PublicIp,
        Self::Bandwidth,
        Self::Ingress,
        Self::Boot,
        Self::RemoteDesktop,
        Self::Service,
        Self::Port,
        Self::Firewall,
        Self::MachineKeys,
        Self::Certificate,
        Self::Tls,
        Self::Nla,
        Self::GroupPolicy,
        Self::Recovery,
        Self::Reachable,
    ];

    /// The name that users write.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::PublicIp => "public-ip",
            Self::Bandwidth => "bandwidth",
            Self::Ingress => "ingress",
            Self::Boot => "boot",
            Self::RemoteDesktop => "remote-desktop",
            Self::Service => "service",
            Self::Port => "port",
            Self::Firewall => "firewall",
            Self::MachineKeys => "machine-keys",
            Self::Certificate => "certificate",
            Self::Tls => "tls",
            Self::Nla => "nla",
            Self::GroupPolicy => "group-policy",
            Self::Recovery => "recovery",
            Self::Reachable => "reachable",
        }
    }

    /// The facet of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.name() == name)
    }

    /// Where its evidence comes from.
    #[must_use]
    pub const fn world(self) -> World {
        match self {
            Self::Power | Self::PublicIp | Self::Bandwidth | Self::Ingress => World::Cloud,
            Self::Boot
            | Self::RemoteDesktop
            | Self::Service
            | Self::Port
            | Self::Firewall
            | Self::MachineKeys
            | Self::Certificate
            | Self::Tls
            | Self::Nla
            | Self::GroupPolicy
            | Self::Recovery => World::Guest,
            Self::Reachable => World::Outside,
        }
    }
}

impl fmt::Display for FacetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The three worlds over which a cause may be spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum World {
    /// The cloud account.
    Cloud,
    /// The inside of Windows.
    Guest,
    /// The path between, seen by a handshake.
    Outside,
}

/// One value per facet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FacetMap<T>([T; FacetId::COUNT]);

impl<T> FacetMap<T> {
    /// Builds the map by asking for each facet.
    pub fn from_fn(mut of: impl FnMut(FacetId) -> T) -> Self {
        Self(std::array::from_fn(|index| of(FacetId::ALL[index])))
    }

    /// Facets with their values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (FacetId, &T)> {
        FacetId::ALL.into_iter().zip(&self.0)
    }

    /// The values alone, in order.
    #[must_use]
    pub const fn values(&self) -> &[T; FacetId::COUNT] {
        &self.0
    }
}

impl<T> std::ops::Index<FacetId> for FacetMap<T> {
    type Output = T;
    fn index(&self, facet: FacetId) -> &T {
        &self.0[facet as usize]
    }
}

impl<T> std::ops::IndexMut<FacetId> for FacetMap<T> {
    fn index_mut(&mut self, facet: FacetId) -> &mut T {
        &mut self.0[facet as usize]
    }
}

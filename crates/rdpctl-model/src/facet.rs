//! The aspects of RDP health, by name, in the order in which they are shown: one table, from which all lists of them
//! are made.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::stage::Stage;

/// Hands the table of facets to a macro. A new facet is a row here and a file of the row's name in `rdpctl-facets`.
///
/// A row: module and key in a profile, variant and type, the name that users write, the number by which stored facts
/// know it (never changed and never used again, whatever the order), the world that its evidence comes from, and the last
/// stage of a connection at which its fault shows.
#[macro_export]
macro_rules! facets {
    ($table:ident) => {
        $table! {
            /// The instance runs.
            power Power "power" 1 Cloud Way;
            /// A public address is bound.
            public_ip PublicIp "public-ip" 2 Cloud Way;
            /// Enough public bandwidth.
            bandwidth Bandwidth "bandwidth" 3 Cloud Way;
            /// The RDP port is open in the effective rules of the cloud.
            ingress Ingress "ingress" 4 Cloud Way;
            /// Normal startup.
            boot Boot "boot" 5 Guest Tcp;
            /// Remote connections are allowed.
            remote_desktop RemoteDesktop "remote-desktop" 6 Guest Tcp;
            /// `TermService` and what it needs.
            service Service "service" 7 Guest Tcp;
            /// `TermService` itself listens on the declared port.
            port Port "port" 8 Guest Tcp;
            /// Windows firewall lets RDP in.
            firewall Firewall "firewall" 9 Guest Tcp;
            /// The RDP private key is readable by those who must read it.
            machine_keys MachineKeys "machine-keys" 10 Guest Tls;
            /// The RDP certificate is sound.
            certificate Certificate "certificate" 11 Guest Tls;
            /// The declared TLS versions are enabled.
            tls Tls "tls" 12 Guest Tls;
            /// Network Level Authentication as declared.
            nla Nla "nla" 13 Guest Negotiation;
            /// Group policy runs and contradicts nothing declared.
            group_policy GroupPolicy "group-policy" 14 Guest Session;
            /// Serial console and crash dumps are enabled.
            recovery Recovery "recovery" 15 Guest Session;
            /// An RDP handshake from outside shows what was declared.
            reachable Reachable "reachable" 16 Outside Tls;
            /// Who is to log on may.
            logon Logon "logon" 17 Guest LogOn;
            /// The Session Host role, where installed, has its licences.
            licence Licence "licence" 18 Guest Session;
        }
    };
}

macro_rules! ids {
    ($($(#[$doc:meta])* $module:ident $variant:ident $name:literal $number:literal $world:ident $stage:ident;)*) => {
        /// One aspect of an instance's RDP health.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum FacetId {
            $(
                $(#[$doc])*
                #[serde(rename = $name)]
                $variant,
            )*
        }

        impl FacetId {
            /// All of them, in the order in which they are shown.
            pub const ALL: [Self; Self::COUNT] = [$(Self::$variant),*];

            /// How many there are.
            pub const COUNT: usize = [$($name),*].len();

            /// The name that users write.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// The number by which stored facts know it; it never changes.
            #[must_use]
            pub const fn number(self) -> u8 {
                match self {
                    $(Self::$variant => $number,)*
                }
            }

            /// Where its evidence comes from.
            #[must_use]
            pub const fn world(self) -> World {
                match self {
                    $(Self::$variant => World::$world,)*
                }
            }

            /// The last stage of a connection at which its fault shows, where what it found says no other.
            #[must_use]
            pub const fn stage(self) -> Stage {
                match self {
                    $(Self::$variant => Stage::$stage,)*
                }
            }
        }
    };
}

facets!(ids);

impl FacetId {
    /// The facet of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.name() == name)
    }

    /// The facet of that number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|facet| facet.number() == number)
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_facets_share_a_name_or_a_number() {
        let names: BTreeSet<&str> = FacetId::ALL.into_iter().map(FacetId::name).collect();
        let numbers: BTreeSet<u8> = FacetId::ALL.into_iter().map(FacetId::number).collect();
        assert_eq!((names.len(), numbers.len()), (FacetId::COUNT, FacetId::COUNT));
    }
}

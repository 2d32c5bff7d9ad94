//! What can be read back from a guest.

use serde::{Deserialize, Serialize};

use crate::guest::RegData;

/// A fact about a guest that can be read back.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "check")]
pub enum Check {
    /// A registry value has this data, or is absent.
    Registry {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
        /// The data; `None` means absent.
        data: Option<RegData>,
    },
    /// A registry key is absent.
    KeyAbsent {
        /// The key.
        key: String,
    },
    /// A service is in this state.
    Service {
        /// The service.
        service: String,
        /// Whether it runs.
        running: bool,
    },
    /// A registry key is there.
    KeyPresent {
        /// The key.
        key: String,
    },
    /// Rules of Windows' firewall let Remote Desktop in, or are gone.
    FirewallRules {
        /// Whose.
        of: RulesOf,
        /// What is to be seen of them.
        are: RulesAre,
    },
    /// An element of the boot entry that starts by default.
    BootElement {
        /// Its number, in hexadecimal as the boot store spells it.
        element: String,
        /// Its bytes; `None` means absent.
        bytes: Option<Vec<u8>>,
    },
    /// SYSTEM and NETWORK SERVICE can read a key file of the machine.
    KeyReadable {
        /// The file's name.
        file: String,
    },
}

impl Check {
    /// Whether what this one expects cannot be seen any more once another holds, which was brought about after it: they are
    /// about the same thing, and expect something else of it.
    #[must_use]
    pub fn is_undone_by(&self, later: &Self) -> bool {
        let same = |one: &str, other: &str| one.eq_ignore_ascii_case(other);
        let below = |key: &str, root: &str| {
            key.get(..root.len()).is_some_and(|head| same(head, root))
                && key
                    .get(root.len()..)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
        };
        match (self, later) {
            (
                Self::Registry { key, name, data },
                Self::Registry { key: other, name: its, data: now },
            ) => same(key, other) && same(name, its) && data != now,
            (
                Self::Registry { key, data: Some(_), .. } | Self::KeyPresent { key },
                Self::KeyAbsent { key: gone },
            ) => below(key, gone),
            (
                Self::KeyAbsent { key },
                Self::KeyPresent { key: there } | Self::Registry { key: there, data: Some(_), .. },
            ) => below(there, key),
            (
                Self::Service { service, running },
                Self::Service { service: other, running: now },
            ) => same(service, other) && running != now,
            (Self::FirewallRules { of, are }, Self::FirewallRules { of: others, are: now }) => {
                of == others && are != now
            }
            (
                Self::BootElement { element, bytes },
                Self::BootElement { element: other, bytes: now },
            ) => same(element, other) && bytes != now,
            (
                Self::Registry { .. }
                | Self::KeyAbsent { .. }
                | Self::KeyPresent { .. }
                | Self::Service { .. }
                | Self::FirewallRules { .. }
                | Self::BootElement { .. }
                | Self::KeyReadable { .. },
                _,
            ) => false,
        }
    }
}

/// Whose rules of Windows' firewall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulesOf {
    /// Windows' own group for Remote Desktop.
    RemoteDesktop,
    /// Ours for a port.
    Ours(u16),
}

/// What is to be seen of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RulesAre {
    /// One of them is active and lets TCP in.
    Open,
    /// There is none.
    Gone,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(key: &str, number: Option<u32>) -> Check {
        Check::Registry {
            key: key.to_owned(),
            name: "Start".to_owned(),
            data: number.map(RegData::Dword),
        }
    }

    #[test]
    fn what_was_changed_again_is_undone_and_what_is_the_same_or_of_another_thing_is_not() {
        let there = |key: &str| Check::KeyPresent { key: key.to_owned() };
        let gone = |key: &str| Check::KeyAbsent { key: key.to_owned() };
        let runs = |running| Check::Service { service: "TermService".to_owned(), running };
        for (earlier, later, undone) in [
            (value(r"HKLM\A", Some(4)), value(r"hklm\a", Some(2)), true),
            (value(r"HKLM\A", Some(4)), value(r"HKLM\A", Some(4)), false),
            (value(r"HKLM\A", Some(4)), value(r"HKLM\B", Some(2)), false),
            (value(r"HKLM\A\B", Some(4)), gone(r"HKLM\A"), true),
            (value(r"HKLM\AB", Some(4)), gone(r"HKLM\A"), false),
            (value(r"HKLM\A", None), gone(r"HKLM\A"), false),
            (there(r"HKLM\A"), gone(r"HKLM\A"), true),
            (gone(r"HKLM\A"), there(r"HKLM\A\B"), true),
            (runs(false), runs(true), true),
            (runs(true), runs(true), false),
        ] {
            assert_eq!(earlier.is_undone_by(&later), undone, "{earlier:?} {later:?}");
        }
    }
}

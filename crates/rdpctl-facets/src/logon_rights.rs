//! The user rights that decide about a log-on through Remote Desktop, and the groups that every Windows has.

use serde::{Deserialize, Serialize};

/// User rights that decide about a log-on through Remote Desktop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum Right {
    /// Over the network, which NLA needs.
    #[serde(rename = "SeNetworkLogonRight")]
    Network,
    /// Its denial.
    #[serde(rename = "SeDenyNetworkLogonRight")]
    DenyNetwork,
    /// Through Remote Desktop.
    #[serde(rename = "SeRemoteInteractiveLogonRight")]
    Remote,
    /// Its denial.
    #[serde(rename = "SeDenyRemoteInteractiveLogonRight")]
    DenyRemote,
}

impl Right {
    pub(crate) const ALL: [Self; 4] =
        [Self::Network, Self::DenyNetwork, Self::Remote, Self::DenyRemote];

    /// Its name in a security template.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Network => "SeNetworkLogonRight",
            Self::DenyNetwork => "SeDenyNetworkLogonRight",
            Self::Remote => "SeRemoteInteractiveLogonRight",
            Self::DenyRemote => "SeDenyRemoteInteractiveLogonRight",
        }
    }

    /// As the local security policy shows it.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Network => "Access this computer from the network",
            Self::DenyNetwork => "Deny access to this computer from the network",
            Self::Remote => "Allow log on through Remote Desktop Services",
            Self::DenyRemote => "Deny log on through Remote Desktop Services",
        }
    }
}

/// Groups that every Windows has, by their SIDs; others differ from machine to machine and decide nothing here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Group {
    /// S-1-1-0
    Everyone,
    /// S-1-5-11
    AuthenticatedUsers,
    /// S-1-5-113
    LocalAccounts,
    /// S-1-5-114
    LocalAdministrators,
    /// S-1-5-32-544
    Administrators,
    /// S-1-5-32-545
    Users,
    /// S-1-5-32-555
    RemoteDesktopUsers,
}

impl Group {
    pub(crate) fn of_sid(sid: &str) -> Option<Self> {
        Some(match sid {
            "S-1-1-0" => Self::Everyone,
            "S-1-5-11" => Self::AuthenticatedUsers,
            "S-1-5-113" => Self::LocalAccounts,
            "S-1-5-114" => Self::LocalAdministrators,
            "S-1-5-32-544" => Self::Administrators,
            "S-1-5-32-545" => Self::Users,
            "S-1-5-32-555" => Self::RemoteDesktopUsers,
            _ => return None,
        })
    }

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Everyone => "Everyone",
            Self::AuthenticatedUsers => "Authenticated Users",
            Self::LocalAccounts => "Local account",
            Self::LocalAdministrators => "Local account and member of Administrators group",
            Self::Administrators => "Administrators",
            Self::Users => "Users",
            Self::RemoteDesktopUsers => "Remote Desktop Users",
        }
    }
}

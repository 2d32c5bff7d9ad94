//! Local accounts and groups of a Windows, as its own account database keeps them. No secret is among it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is known of local accounts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accounts {
    /// By their relative ids.
    pub accounts: BTreeMap<u32, LocalAccount>,
    /// The members of groups, as SIDs, by the groups' relative ids.
    pub members: BTreeMap<u32, Vec<String>>,
    /// How passwords age and accounts are locked.
    pub rules: AccountRules,
    /// When a policy of the domain was last applied, as the guest's log says (RFC 3339): its controllers answered then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub domain_answered: Option<String>,
    /// The computer's name, without which an account's domain cannot be told from the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computer: Option<String>,
}

/// The group of those who administer.
pub const ADMINISTRATORS: u32 = 544;
/// The group of those who may log on through Remote Desktop.
pub const REMOTE_DESKTOP_USERS: u32 = 555;

/// One account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalAccount {
    /// Its name, when it could be read; untrusted text.
    pub name: Option<String>,
    /// Whether it is disabled.
    pub disabled: bool,
    /// Whether its password never expires.
    pub keeps_its_password: bool,
    /// When its password was set: never, where it must be changed at the next log-on.
    pub password_set: Option<Timestamp>,
    /// When it ends, if it does.
    pub ends: Option<Timestamp>,
    /// Wrong passwords since the last right one.
    pub wrong: u32,
    /// When the last of them came.
    pub last_wrong: Option<Timestamp>,
}

/// How passwords age and accounts are locked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRules {
    /// Days after which a password expires, if they do.
    pub password_days: Option<u32>,
    /// Wrong passwords that lock an account, if any number does.
    pub locks_after: Option<u32>,
    /// Minutes after which it is unlocked by itself, if it is.
    pub unlocks_after: Option<u32>,
}

//! Accounts, the domain that knows more of them, and the role that asks for licences.

use serde::Deserialize;

use super::Password;

/// An account: its password alone where all else is usual.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum UserSpec {
    /// An administrator's password.
    Password(Password),
    /// Password, state and group.
    Account(AccountSpec),
}

impl UserSpec {
    /// All of it.
    #[must_use]
    pub fn account(&self) -> AccountSpec {
        match self {
            Self::Password(password) => {
                AccountSpec { password: password.clone(), ..AccountSpec::default() }
            }
            Self::Account(account) => account.clone(),
        }
    }
}

/// Somebody who is logged on over RDP: his name alone where he sits at it now.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum SessionSpec {
    /// The account.
    User(String),
    /// The account, and how its session stands.
    Session(LeftSession),
}

/// How a session stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct LeftSession {
    /// The account.
    pub user: String,
    /// Whether nobody is connected to it.
    pub disconnected: bool,
    /// For how many minutes nobody has touched it.
    pub idle_minutes: u32,
}

impl SessionSpec {
    /// The account.
    #[must_use]
    pub fn user(&self) -> &str {
        match self {
            Self::User(user) => user,
            Self::Session(session) => &session.user,
        }
    }

    /// Whether nobody is connected to it.
    #[must_use]
    pub const fn is_disconnected(&self) -> bool {
        match self {
            Self::User(_) => false,
            Self::Session(session) => session.disconnected,
        }
    }

    /// For how many minutes nobody has touched it.
    #[must_use]
    pub const fn idle_minutes(&self) -> u32 {
        match self {
            Self::User(_) => 0,
            Self::Session(session) => session.idle_minutes,
        }
    }
}

/// An account that differs from a usual administrator's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct AccountSpec {
    /// The password.
    pub password: Password,
    /// What keeps it from logging on, if anything.
    pub state: AccountState,
    /// The group that lets it in.
    pub group: AccountGroup,
    /// When it may log on.
    pub hours: Hours,
    /// The only workstations that it may come from; none is any.
    pub workstations: Vec<String>,
}

impl Default for AccountSpec {
    fn default() -> Self {
        Self {
            password: Password::new("Rdpctl-sim1"),
            state: AccountState::Usable,
            group: AccountGroup::Administrators,
            hours: Hours::All,
            workstations: Vec::new(),
        }
    }
}

/// When an account may log on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hours {
    /// Always.
    #[default]
    All,
    /// Never.
    None,
}

/// How many wrong passwords lock an account, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LockoutSpec {
    /// Wrong passwords in a row; 0 locks nobody.
    pub threshold: u32,
    /// Minutes after which a wrong password is forgotten.
    pub window_minutes: u32,
    /// Minutes for which it stays locked; 0 is until somebody unlocks it.
    pub duration_minutes: u32,
}

/// What keeps an account from logging on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountState {
    /// Nothing.
    #[default]
    Usable,
    /// It is disabled.
    Disabled,
    /// It ended.
    Expired,
    /// Too many wrong passwords; an administrator has to unlock it.
    Locked,
    /// Its password must be changed at the next log-on.
    MustChange,
    /// Its password is older than the policy lets it be.
    PasswordExpired,
}

/// The group that lets an account in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AccountGroup {
    /// S-1-5-32-544.
    #[default]
    Administrators,
    /// S-1-5-32-555.
    RemoteDesktopUsers,
    /// S-1-5-32-545, which does not.
    Users,
}

/// The domain that the machine belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DomainSpec {
    /// It answers and knows the machine.
    Joined,
    /// It answers and no longer takes the machine's password.
    TrustBroken,
    /// None of its controllers answers.
    Unreachable,
}

/// The Remote Desktop Session Host role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SessionHostSpec {
    /// Days that are left of the 120 without a licence server; none when they are over.
    pub grace_days: u32,
    /// The licence servers that are named.
    pub licence_servers: Vec<String>,
    /// How licences are counted: 2 by device, 4 by user, 5 not chosen yet; by user where a server is named.
    pub licensing_mode: Option<u32>,
}

impl SessionHostSpec {
    /// How licences are counted.
    #[must_use]
    pub fn mode(&self) -> u32 {
        self.licensing_mode.unwrap_or(if self.licence_servers.is_empty() { NOT_CHOSEN } else { 4 })
    }

    /// Whether somebody could give it licences.
    #[must_use]
    pub fn is_served(&self) -> bool {
        !self.licence_servers.is_empty() && self.mode() != NOT_CHOSEN
    }
}

/// Nobody said how licences are counted.
const NOT_CHOSEN: u32 = 5;

impl Default for SessionHostSpec {
    fn default() -> Self {
        Self { grace_days: 120, licence_servers: Vec::new(), licensing_mode: None }
    }
}

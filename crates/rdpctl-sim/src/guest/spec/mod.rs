//! What a world says about a guest: only what differs from a healthy default.

mod error;
mod language;
mod line;
mod parts;
mod people;
mod registry;

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

pub use error::GuestSpecError;
pub use language::Language;
pub use line::SerialFault;
pub(super) use parts::PolicySource;
pub use parts::{
    BootSpec, CertificateKind, CertificateSpec, FaultSpec, FirewallProfiles, FirewallRuleSpec,
    FirewallSpec, MachineKeysSpec, MyCertificateSpec, NetworkProfile, NetworkSpec, OsRelease,
    PolicyValue, PortSpec, ProcessSpec, RemoteDesktopRules, ServiceSpec, StartSpec, StateSpec,
};
pub use people::{
    AccountGroup, AccountSpec, AccountState, DomainSpec, Hours, LeftSession, LockoutSpec,
    SessionHostSpec, SessionSpec, UserSpec,
};
pub(super) use registry::parse_hex;
pub use registry::{RegistryKeySpec, RegistryValueSpec};

use super::registry::{RegOperation, parse_reg_text};

/// A guest as a world describes it. Every key is optional; what is not said is healthy.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct GuestSpec {
    /// The release of Windows.
    pub os: OsRelease,
    /// The display language, and with it the OEM code page.
    pub language: Language,
    /// The computer name, unless the world gives every guest its own.
    pub hostname: Option<String>,
    /// Registry values by key; `false` in place of a key or a value deletes it.
    pub registry: BTreeMap<String, RegistryKeySpec>,
    /// Access lists of registry keys, as SDDL, which hold for all below them.
    pub registry_lists: BTreeMap<String, String>,
    /// `.reg` files; whoever reads the world reads them and calls [`GuestSpec::apply_reg_text`].
    pub reg_files: Vec<String>,
    /// Services by name.
    pub services: BTreeMap<String, ServiceSpec>,
    /// Processes beyond those of a healthy system.
    pub processes: Vec<ProcessSpec>,
    /// TCP ports that something else already owns, by number.
    pub ports: BTreeMap<String, PortSpec>,
    /// The Windows firewall.
    pub firewall: FirewallSpec,
    /// The self-signed RDP certificate.
    pub certificate: CertificateSpec,
    /// Who may read the RDP key.
    pub machine_keys: MachineKeysSpec,
    /// How the guest starts.
    pub boot: BootSpec,
    /// Values that a domain policy writes again at every refresh.
    pub domain_policy: Vec<PolicyValue>,
    /// Whether it has a network: without one neither the agent nor anybody from outside reaches it.
    pub network: NetworkSpec,
    /// Local accounts: administrators' passwords, or more of each.
    pub users: BTreeMap<String, UserSpec>,
    /// How many wrong passwords lock an account; a machine of today has Windows' own 10 in 10 minutes.
    pub lockout: Option<LockoutSpec>,
    /// The domain that it belongs to.
    pub domain: Option<DomainSpec>,
    /// The Remote Desktop Session Host role, where it is installed.
    pub session_host: Option<SessionHostSpec>,
    /// How many of each kind of noise its logs hold that a host has which anybody can reach.
    pub noise: u32,
    /// Certificates in the machine's personal store.
    pub my_certificates: Vec<MyCertificateSpec>,
    /// The version of CredSSP that it speaks; below 5 it lacks the update of 2018.
    pub credssp: Option<u8>,
    /// Who is logged on over RDP.
    pub sessions: Vec<SessionSpec>,
    /// Who holds a right, by its name: `*S-1-...` or account names.
    pub user_rights: BTreeMap<String, Vec<String>>,
    /// Free bytes on the system drive.
    pub disk_free: Option<u64>,
    /// What the guest does wrong.
    pub faults: FaultSpec,
    /// Minutes by which local time is ahead of UTC.
    pub utc_offset_minutes: i32,
    #[serde(skip)]
    pub(super) reg_operations: Vec<RegOperation>,
    #[serde(skip)]
    pub(super) reg_files_read: usize,
}

impl GuestSpec {
    /// Adds the contents of one of [`GuestSpec::reg_files`].
    pub fn apply_reg_text(&mut self, file: &str, text: &str) -> Result<(), GuestSpecError> {
        let operations = parse_reg_text(text).map_err(|(line, reason)| {
            GuestSpecError::RegFile { file: file.to_owned(), line, reason }
        })?;
        self.reg_operations.extend(operations);
        self.reg_files_read += 1;
        Ok(())
    }
}

/// A password of a simulated account; it does not print.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Wraps a password.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The password itself, for whoever checks a logon.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_world_reads_as_it_is_documented() {
        let spec: GuestSpec = toml::from_str(
            r#"
            os = "2019"
            language = "ko"
            boot = "selective"
            machine-keys = "deny-system"
            certificate = { days-left = 5 }
            [registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server']
            fDenyTSConnections = 1
            Path = { type = "REG_EXPAND_SZ", data = "%SystemRoot%\\x" }
            TSEnabled = false
            [registry]
            'HKLM\SOFTWARE\Gone' = false
            [services]
            TermService = { start = "disabled" }
            [ports]
            3389 = { image = "nginx.exe", service = "nginx" }
            [firewall]
            remote-desktop = "block"
            rules = ["v2.31|Action=Allow|Active=TRUE|Dir=In|"]
            profiles = { public = false }
            [users]
            Administrator = "S3cret!"
            [faults]
            hung = ["netsh"]
            "#,
        )
        .unwrap();
        assert_eq!(spec.os, OsRelease::Server2019);
        assert_eq!(spec.certificate, CertificateSpec::DaysLeft { days_left: 5 });
        assert_eq!(spec.registry.len(), 2);
        assert!(!format!("{spec:?}").contains("S3cret"));
    }

    #[test]
    fn unknown_keys_are_errors() {
        let error = toml::from_str::<GuestSpec>("langauge = \"ko\"").unwrap_err();
        assert!(error.to_string().contains("langauge"));
    }
}

//! What the guests of one description share: a healthy system with the description's differences.

mod apply;
mod build;
mod install;
mod sam;

pub(super) use install::{MY_STORE, NEWER_FOLDER, NEWER_KEYS, PERSONAL_KEYS};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::acl::Acl;
use super::certificate::{self, DAY, Issued};
use super::defaults;
use super::events::Event;
use super::files::BaseFiles;
use super::policy::Enforced;
use super::registry::Base;
use super::services::{Runtime, ServiceDefinition};
use super::spec::{
    AccountSpec, AccountState, CertificateKind, CertificateSpec, DomainSpec, FaultSpec, Language,
    LockoutSpec, NetworkProfile, NetworkSpec, OsRelease, Password, SessionHostSpec, SessionSpec,
};

/// The machine's own policy, as a file.
const OWN_POLICY: &str = r"C:\Windows\System32\GroupPolicy\Machine\Registry.pol";

/// A program of the world that runs beside Windows.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) image: String,
    pub(super) pid: u32,
}

/// Who owns a TCP port instead of RDP, or beside it.
#[derive(Clone, Debug)]
pub(super) struct PortOwner {
    pub(super) port: u16,
    pub(super) owner: Owner,
}

/// By what a port is held.
#[derive(Clone, Debug)]
pub(super) enum Owner {
    Kernel,
    Service(String),
    Program(u32),
}

/// The shared, immutable part of many guests.
#[derive(Debug)]
pub struct Template {
    pub(super) os: OsRelease,
    pub(super) language: Language,
    pub(super) hostname: String,
    pub(super) seed: u64,
    pub(super) registry: Base,
    /// The world's lists of keys, by the keys as they are stored.
    pub(super) registry_lists: Vec<(String, Acl)>,
    pub(super) files: BaseFiles,
    pub(super) services: Vec<ServiceDefinition>,
    pub(super) programs: Vec<Program>,
    pub(super) ports: Vec<PortOwner>,
    pub(super) active_profile: NetworkProfile,
    pub(super) certificate: CertificateSpec,
    /// What a domain policy enforces.
    pub(super) policy: Vec<Enforced>,
    pub(super) users: BTreeMap<String, AccountSpec>,
    pub(super) lockout: LockoutSpec,
    pub(super) domain: Option<DomainSpec>,
    pub(super) session_host: Option<SessionHostSpec>,
    /// How many of each kind of noise its logs hold.
    pub(super) noise: u32,
    pub(super) faults: FaultSpec,
    pub(super) sessions: Vec<SessionSpec>,
    pub(super) user_rights: BTreeMap<String, Vec<String>>,
    pub(super) disk_free: u64,
    credssp: u8,
    pub(super) network: NetworkSpec,
    /// The certificates of the personal store.
    pub(super) personal: Vec<Issued>,
    pub(super) utc_offset_minutes: i32,
    boot: OnceLock<(Runtime, Vec<Event>)>,
    certificates: Mutex<BTreeMap<u32, Arc<Issued>>>,
}

impl Template {
    /// An account's password.
    pub(crate) fn password_of(&self, user: &str) -> Option<String> {
        let found = self.users.iter().find(|(name, _)| name.eq_ignore_ascii_case(user));
        found.map(|(_, account)| account.password.reveal().to_owned())
    }

    /// The accounts that may log on at the console as far as their state goes, with their passwords.
    pub(super) fn usable_users(&self) -> BTreeMap<String, Password> {
        let usable = self.users.iter().filter(|(_, one)| one.state == AccountState::Usable);
        usable.map(|(name, account)| (name.clone(), account.password.clone())).collect()
    }

    /// The accounts with their passwords, whatever keeps them out.
    pub(super) fn passwords(&self) -> BTreeMap<String, Password> {
        let each = self.users.iter();
        each.map(|(name, account)| (name.clone(), account.password.clone())).collect()
    }

    /// The holders of a right, by its name in a security template.
    pub(super) fn holders(&self, right: &str) -> Vec<&str> {
        let named = self.user_rights.iter().find(|(known, _)| known.eq_ignore_ascii_case(right));
        let Some((_, holders)) = named else {
            let usual = defaults::rights::holders(right).split(',');
            return usual.filter(|holder| !holder.is_empty()).collect();
        };
        holders.iter().map(String::as_str).collect()
    }

    /// The computer name that a guest of this template has unless it is given another.
    #[must_use]
    pub fn hostname(&self) -> &str {
        &self.hostname
    }

    /// The release of Windows.
    #[must_use]
    pub fn os(&self) -> OsRelease {
        self.os
    }

    /// The version of CredSSP that guests of it speak.
    #[must_use]
    pub fn credssp(&self) -> u8 {
        self.credssp
    }

    /// The display language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The state after the first boot, shared by every guest that has not left it.
    pub(super) fn runtime(&self) -> Option<&Runtime> {
        self.boot.get().map(|(runtime, _)| runtime)
    }

    /// What the first boot wrote into the event log, in milliseconds after it.
    pub(super) fn first_events(&self) -> &[Event] {
        self.boot.get().map_or(&[], |(_, events)| events)
    }

    /// The certificate of guests whose world began on that day.
    pub(super) fn first_certificate(&self, day: u32) -> Option<Arc<Issued>> {
        let mut known = self.certificates.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(issued) = known.get(&day) {
            return Some(Arc::clone(issued));
        }
        let born = u64::from(day) * DAY;
        let (from, until) = match self.certificate {
            CertificateSpec::Kind(
                CertificateKind::Valid | CertificateKind::Missing | CertificateKind::Corrupt,
            ) => (born.saturating_sub(30 * DAY), born + 152 * DAY),
            CertificateSpec::Kind(CertificateKind::Expired) => {
                (born.saturating_sub(184 * DAY), born.saturating_sub(DAY))
            }
            CertificateSpec::Kind(CertificateKind::NotYetValid) => {
                (born + 2 * DAY, born + 184 * DAY)
            }
            CertificateSpec::DaysLeft { days_left } => {
                // Counted from the end of the first day, so that it stays so many whole days.
                let until = i64::try_from(born + DAY).unwrap_or(i64::MAX)
                    + i64::from(days_left) * 86_400_000;
                let until = u64::try_from(until).unwrap_or(0);
                (until.saturating_sub(183 * DAY), until)
            }
        };
        let issued = Arc::new(certificate::issue(self.seed, 0, &self.hostname, from, until).ok()?);
        // A world spans few days; whoever makes more only loses the cache.
        if known.len() > 64 {
            known.clear();
        }
        known.insert(day, Arc::clone(&issued));
        Some(issued)
    }

    pub(super) fn certificate_is_corrupt(&self) -> bool {
        self.certificate == CertificateSpec::Kind(CertificateKind::Corrupt)
    }
}

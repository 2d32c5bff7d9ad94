//! What the guests of one description share: a healthy system with the description's differences.

mod apply;
mod install;
mod sam;

pub(super) use install::{MY_STORE, NEWER_FOLDER, NEWER_KEYS, PERSONAL_KEYS};

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::acl::Acl;
use super::certificate::{self, DAY, Issued};
use super::defaults;
use super::events::Event;
use super::files::{BaseFiles, Node};
use super::machine::Guest;
use super::policy::Enforced;
use super::policy_report;
use super::registry::Base;
use super::services::{Runtime, ServiceDefinition};
use super::spec::{
    AccountSpec, AccountState, CertificateKind, CertificateSpec, DomainSpec, FaultSpec, GuestSpec,
    GuestSpecError, Language, LockoutSpec, NetworkProfile, NetworkSpec, OsRelease, Password,
    SessionHostSpec, SessionSpec,
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

/// How accounts are locked: as the world says, else as Windows does since October 2022.
fn lockout(spec: &GuestSpec, accounts: &BTreeMap<String, AccountSpec>) -> LockoutSpec {
    let usual = match spec.os {
        OsRelease::Server2012R2 => 0,
        OsRelease::Server2016
        | OsRelease::Server2019
        | OsRelease::Server2022
        | OsRelease::Server2025 => 10,
    };
    let lockout = spec.lockout.unwrap_or(LockoutSpec {
        threshold: usual,
        window_minutes: 10,
        duration_minutes: 10,
    });
    if accounts.values().any(|account| account.state == AccountState::Locked) {
        // An account that is locked from the beginning stays so until somebody unlocks it.
        return LockoutSpec { threshold: lockout.threshold.max(1), duration_minutes: 0, ..lockout };
    }
    lockout
}

impl Template {
    /// Builds what a description says; the same description and seed give the same template.
    pub fn build(spec: &GuestSpec, seed: u64) -> Result<Arc<Self>, GuestSpecError> {
        let mut registry = Base::default();
        defaults::registry::fill(&mut registry, spec.os, spec.language);
        defaults::firewall::fill(&mut registry, spec.os);
        defaults::boot_store::fill(&mut registry);
        install::services(&mut registry, spec);
        let mut files = BaseFiles::default();
        defaults::disk::fill(&mut files, spec.os, spec.machine_keys);
        apply::all(&mut registry, spec)?;
        if let Some(own) = policy_report::own_file(&apply::policy(spec)?) {
            files.put(OWN_POLICY, Node::file("Registry.pol", &own));
        }
        let personal = install::personal_certificates(&mut registry, &mut files, spec, seed)?;
        let (programs, ports) = install::programs(spec)?;
        let accounts: BTreeMap<String, AccountSpec> = if spec.users.is_empty() {
            BTreeMap::from([("Administrator".to_owned(), AccountSpec::default())])
        } else {
            spec.users.iter().map(|(name, user)| (name.clone(), user.account())).collect()
        };
        let lockout = lockout(spec, &accounts);
        sam::fill(&mut registry, &accounts, lockout.threshold, spec.domain);
        let template = Arc::new(Self {
            os: spec.os,
            language: spec.language,
            hostname: spec.hostname.clone().unwrap_or_else(|| install::default_hostname(seed)),
            seed,
            registry,
            registry_lists: apply::lists(spec)?,
            files,
            services: ServiceDefinition::all(spec),
            programs,
            ports,
            active_profile: spec.firewall.active,
            certificate: spec.certificate,
            policy: apply::policy(spec)?,
            users: accounts,
            lockout,
            domain: spec.domain,
            session_host: spec.session_host.clone(),
            noise: spec.noise,
            faults: spec.faults.clone(),
            sessions: spec.sessions.clone(),
            user_rights: spec.user_rights.clone(),
            disk_free: spec.disk_free.unwrap_or(96 * 1024 * 1024 * 1024),
            // What every updated Windows speaks.
            credssp: spec.credssp.unwrap_or(6),
            network: spec.network,
            personal,
            utc_offset_minutes: spec.utc_offset_minutes,
            boot: OnceLock::new(),
            certificates: Mutex::default(),
        });
        // The certificate is made lazily; making one here turns a failure into an error of the build.
        certificate::issue(seed, 0, &template.hostname, 0, DAY)
            .map_err(|reason| GuestSpecError::Certificate { reason })?;
        let outcome = Guest::new(Arc::clone(&template), &template.hostname, "").first_boot();
        let _ = template.boot.set(outcome);
        Ok(template)
    }

    /// Whether a cloud's agent in a guest that nothing has touched reaches its vendor.
    #[must_use]
    pub fn agent_reaches_out(self: &Arc<Self>) -> bool {
        Guest::new(Arc::clone(self), "", "").agent_reaches_out()
    }

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

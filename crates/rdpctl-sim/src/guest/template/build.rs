//! From a world's description to a template.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::{OWN_POLICY, Template, apply, install, sam};
use crate::guest::certificate::{self, DAY};
use crate::guest::defaults;
use crate::guest::files::{BaseFiles, Node};
use crate::guest::machine::Guest;
use crate::guest::policy_report;
use crate::guest::registry::Base;
use crate::guest::services::ServiceDefinition;
use crate::guest::spec::{
    AccountSpec, AccountState, GuestSpec, GuestSpecError, LockoutSpec, OsRelease,
};

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
}

//! Tables become nouns: one file per section, each telling all that is wrong with it.

mod accept;
mod azure;
mod calls;
mod guard;
mod guest;
mod identity;
mod instance;
mod offline;
mod page;
mod profile;
mod proof;
mod provider;
mod run;
mod scalar;
mod serial;
mod snapshot;
mod state;
mod tencent;
mod webhook;
mod whole;
mod window;
mod winrm;

pub(crate) use whole::declaration;

/// The keys that each section takes, for the test that keeps the schema in step.
#[cfg(test)]
pub(crate) mod keys {
    pub(crate) use super::accept::KEYS as ACCEPT;
    pub(crate) use super::guard::KEYS as GUARD;
    pub(crate) use super::guest::KEYS as GUEST;
    pub(crate) use super::instance::FLEET_KEYS as FLEET;
    pub(crate) use super::instance::INSTANCE_KEYS as INSTANCE;
    pub(crate) use super::instance::SELECT_KEYS as SELECT;
    pub(crate) use super::offline::KEYS as OFFLINE;
    pub(crate) use super::page::KEYS as PAGE;
    pub(crate) use super::proof::KEYS as PROOF;
    pub(crate) use super::proof::LOGON_KEYS as LOGON;
    pub(crate) use super::provider::KEYS as PROVIDER;
    pub(crate) use super::run::KEYS as RUN;
    pub(crate) use super::serial::KEYS as SERIAL;
    pub(crate) use super::snapshot::KEYS as SNAPSHOT;
    pub(crate) use super::state::KEYS as STATE;
    pub(crate) use super::webhook::KEYS as WEBHOOK;
    pub(crate) use super::winrm::KEYS as WINRM;
}

/// The words that some keys take, for the schema.
pub(crate) mod words {
    pub(crate) use super::profile::UNMANAGED;

    pub(crate) const PROVIDER_KINDS: [&str; 3] = names(&super::provider::KINDS);
    pub(crate) const CLOUDS: [&str; 3] = names(&super::azure::CLOUDS);
    pub(crate) const AUTH: [&str; 4] = names(&super::winrm::AUTH);
    pub(crate) const PLAIN: [&str; 3] = names(&super::winrm::PLAIN);
    pub(crate) const MODES: [&str; 2] = names(&super::run::MODES);
    pub(crate) const FORMS: [&str; 3] = names(&super::webhook::FORMS);
    pub(crate) const ANSWERS: [&str; 3] = names(&super::guard::ANSWERS);

    const fn names<T: Copy, const N: usize>(choices: &[(&'static str, T); N]) -> [&'static str; N] {
        let mut names = [""; N];
        let mut index = 0;
        while index < N {
            names[index] = choices[index].0;
            index += 1;
        }
        names
    }
}

//! Tables become nouns: one file per section, each telling all that is wrong with it.

mod accept;
mod guard;
mod guest;
mod identity;
mod instance;
mod profile;
mod provider;
mod scalar;
mod state;
mod whole;
mod window;
mod winrm;

pub(crate) use whole::declaration;

/// The keys that each section takes, for the decoder, for suggestions and for the schema's test.
pub(crate) mod keys {
    pub(crate) use super::accept::KEYS as ACCEPT;
    pub(crate) use super::guard::KEYS as GUARD;
    pub(crate) use super::guest::KEYS as GUEST;
    pub(crate) use super::instance::FLEET_KEYS as FLEET;
    pub(crate) use super::instance::INSTANCE_KEYS as INSTANCE;
    pub(crate) use super::instance::SELECT_KEYS as SELECT;
    pub(crate) use super::provider::KEYS as PROVIDER;
    pub(crate) use super::state::KEYS as STATE;
    pub(crate) use super::winrm::KEYS as WINRM;
}

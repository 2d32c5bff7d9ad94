//! The steps of SCHANNEL's values beside those of the versions: what this Windows does not have, and ciphers.

use rdpctl_model::guest::RegData;
use rdpctl_model::handshake::TlsVersion;
use rdpctl_model::step::{Check, Disruption, Guarded, Setting};
use rdpctl_model::{GuestAction, Step};

use crate::facet::{Purpose, StepWords};
use crate::paths::SCHANNEL;
use crate::steps::say as step;
use crate::tls_schannel::Schannel;
use crate::tls_suites::ON;
use crate::tls_wish::key;

/// A cipher's key as Windows writes it.
pub(crate) fn cipher(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// Deletes what switches on a version that this Windows does not have.
pub(crate) fn unknown_here(seen: &Schannel, purpose: &Purpose) -> Vec<Step> {
    let key = key(TlsVersion::V1_3);
    let step = |(name, was): (&str, u32)| {
        let action = GuestAction::DeleteRegistryValue {
            key: key.clone(),
            name: name.to_owned(),
            setting: Setting::Protocols,
        };
        let before = step::not_in_this_windows(name, was);
        after_reboot(purpose.guest(action, before, step::no_such_value()), &key, name, Some(was))
    };
    seen.unknown_here().into_iter().map(step).collect()
}

/// Leaves the ciphers on that somebody switched off.
pub(crate) fn ciphers(seen: &Schannel, purpose: &Purpose) -> Vec<Step> {
    let step = |(name, was): &(String, u32)| {
        let cipher = cipher(name);
        let key = format!(r"{SCHANNEL}\Ciphers\{cipher}");
        let action = GuestAction::SetRegistry {
            key: key.clone(),
            name: "Enabled".to_owned(),
            data: RegData::Dword(ON),
            setting: Setting::Protocols,
        };
        let step = purpose.guest(action, step::is_off(&cipher), step::is_on(&cipher));
        after_reboot(step, &key, "Enabled", Some(*was))
    };
    seen.suites.ciphers_off.iter().map(step).collect()
}

fn after_reboot(step: Step, key: &str, name: &str, was: Option<u32>) -> Step {
    step.disrupting(Disruption::Reboots).guarded(Guarded::Reboot).expecting(vec![Check::Registry {
        key: key.to_owned(),
        name: name.to_owned(),
        data: was.map(RegData::Dword),
    }])
}

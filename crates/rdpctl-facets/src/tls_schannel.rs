//! SCHANNEL's server side as the registry sets it: versions, and with what is negotiated.

use std::collections::BTreeMap;

use rdpctl_model::Gap;
use rdpctl_model::guest::GuestSurvey;
use rdpctl_model::handshake::TlsVersion;
use serde::{Deserialize, Serialize};

use crate::paths::{SCHANNEL, WINDOWS_VERSION};
use crate::tls_policy::{self, Domain};
use crate::tls_suites::Suites;
use crate::tls_wish::{Desired, key};
use crate::unknown;

/// The protocol values of SCHANNEL's server side, and what else can leave nothing to negotiate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Schannel {
    /// Windows' build, which decides what absent values mean.
    pub(crate) build: u32,
    /// `Enabled` and `DisabledByDefault` by version.
    pub(crate) values: BTreeMap<String, (Option<u32>, Option<u32>)>,
    /// With what is negotiated.
    #[serde(default)]
    pub(crate) suites: Suites,
    /// Who may put back what is written.
    #[serde(default)]
    pub(crate) domain: Domain,
    /// The policy that enforces a value, by `VERSION VALUE`, as far as it was asked for.
    #[serde(default)]
    pub(crate) enforced: BTreeMap<String, String>,
}

impl Schannel {
    pub(crate) fn effective(&self, version: TlsVersion) -> bool {
        let (enabled, disabled) = self.values.get(version.name()).copied().unwrap_or_default();
        if enabled == Some(0) {
            return false;
        }
        // RDP asks for the default set, so disabled by default is off for it.
        if disabled.is_some_and(|value| value != 0) {
            return false;
        }
        if !self.supports(version) {
            return false;
        }
        if enabled.is_some() {
            return true;
        }
        match version {
            TlsVersion::V1_0 | TlsVersion::V1_1 => self.build < 26_100,
            TlsVersion::V1_2 => true,
            TlsVersion::V1_3 => self.build >= 20_348,
        }
    }

    pub(crate) const fn supports(&self, version: TlsVersion) -> bool {
        match version {
            TlsVersion::V1_0 | TlsVersion::V1_1 | TlsVersion::V1_2 => true,
            TlsVersion::V1_3 => self.build >= 20_348,
        }
    }

    /// Versions that it offers.
    pub(crate) fn offered(&self) -> Vec<TlsVersion> {
        TlsVersion::ALL.iter().copied().filter(|version| self.effective(*version)).collect()
    }

    /// The values that switch on a version which this Windows does not have, and which make it fail.
    pub(crate) fn unknown_here(&self) -> Vec<(&'static str, u32)> {
        let (enabled, disabled) =
            self.values.get(TlsVersion::V1_3.name()).copied().unwrap_or_default();
        if self.supports(TlsVersion::V1_3) || enabled.is_none_or(|value| value == 0) {
            return Vec::new();
        }
        let value = |name, value: Option<u32>| value.map(|value| (name, value));
        [value("Enabled", enabled), value("DisabledByDefault", disabled)]
            .into_iter()
            .flatten()
            .collect()
    }
}

pub(crate) fn schannel(guest: &GuestSurvey) -> Result<Schannel, Gap> {
    let registry = &guest.registry;
    // The whole tree is asked for at once: if its root was answered, a version that is not in it is absent.
    registry.key(SCHANNEL)?;
    let mut values = BTreeMap::new();
    for version in TlsVersion::ALL.iter().copied() {
        let path = key(version).to_ascii_lowercase();
        if registry.keys.contains_key(&path) {
            let pair =
                (registry.dword(&path, "Enabled")?, registry.dword(&path, "DisabledByDefault")?);
            if pair != (None, None) {
                values.insert(version.name().to_owned(), pair);
            }
        }
    }
    let build = registry
        .text(WINDOWS_VERSION, "CurrentBuild")?
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| Gap::garbled(unknown::build_number()))?;
    let suites = Suites::read(registry)?;
    let domain = tls_policy::domain(registry)?;
    let enforced =
        guest.policies.as_ref().map(|it| tls_policy::enforced(&it.enforced)).unwrap_or_default();
    Ok(Schannel { build, values, suites, domain, enforced })
}

/// Versions that are not as declared, with whether they should be on.
pub(crate) fn wrong(want: &Desired, seen: &Schannel) -> Vec<(TlsVersion, bool)> {
    let on = want
        .enable
        .iter()
        .filter(|version| !seen.effective(**version))
        .map(|version| (*version, true));
    let off = want
        .disable
        .iter()
        .filter(|version| seen.effective(**version))
        .map(|version| (*version, false));
    on.chain(off).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(build: u32, version: &str, enabled: Option<u32>, disabled: Option<u32>) -> Schannel {
        Schannel {
            build,
            values: [(version.to_owned(), (enabled, disabled))].into(),
            suites: Suites::default(),
            domain: Domain::None,
            enforced: BTreeMap::new(),
        }
    }

    #[test]
    fn effective_versions_are_those_that_windows_would_offer() {
        assert!(!seen(20_348, "1.2", Some(0), None).effective(TlsVersion::V1_2));
        assert!(!seen(20_348, "1.2", Some(1), Some(1)).effective(TlsVersion::V1_2));
        assert!(seen(20_348, "1.2", Some(0xffff_ffff), Some(0)).effective(TlsVersion::V1_2));
        assert!(seen(20_348, "1.0", None, None).effective(TlsVersion::V1_0));
        assert!(!seen(26_100, "1.0", None, None).effective(TlsVersion::V1_0));
        assert!(!seen(17_763, "1.2", None, None).effective(TlsVersion::V1_3));
    }

    #[test]
    fn a_version_that_windows_does_not_have_is_none_whatever_is_set() {
        let old = seen(17_763, "1.3", Some(1), Some(0));
        assert!(!old.effective(TlsVersion::V1_3));
        assert_eq!(old.unknown_here(), [("Enabled", 1), ("DisabledByDefault", 0)]);
        assert!(seen(17_763, "1.3", Some(0), Some(1)).unknown_here().is_empty());
        assert!(seen(20_348, "1.3", Some(1), Some(0)).unknown_here().is_empty());
    }
}

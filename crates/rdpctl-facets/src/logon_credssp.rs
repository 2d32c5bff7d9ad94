//! CredSSP on the server's side, after the update against the encryption oracle (CVE-2018-0886, March 2018): whether Windows has
//! it, and whom it lets in. What a client does with its own value nobody sees from here.

use rdpctl_model::guest::Registry;
use rdpctl_model::{Finding, Gap};
use serde::{Deserialize, Serialize};

use crate::paths::{CREDSSP, WINDOWS_VERSION};

/// What `AllowEncryptionOracle` makes of a server that has the update.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Oracle {
    /// Clients with and without the update are let in (1, or no value).
    #[default]
    Usual,
    /// Clients without it are refused (0).
    OnlyUpdated,
    /// The same as usual for callers; as a client the machine falls back to what can be attacked (2).
    Lowered,
}

impl Oracle {
    /// What is told of it beside whatever else there is.
    pub(crate) const fn finding(self) -> Option<Finding> {
        match self {
            Self::Usual => None,
            Self::OnlyUpdated => Some(Finding::CredsspOnlyUpdated),
            Self::Lowered => Some(Finding::CredsspLowered),
        }
    }
}

/// What is set. Without the update the value means nothing.
pub(crate) fn oracle(registry: &Registry) -> Result<Oracle, Gap> {
    let value = match registry.dword(CREDSSP, "AllowEncryptionOracle") {
        Err(Gap::NotAsked) => None,
        value => value?,
    };
    Ok(match value {
        _ if lacks_the_update(registry)? => Oracle::Usual,
        Some(0) => Oracle::OnlyUpdated,
        Some(2) => Oracle::Lowered,
        Some(_) | None => Oracle::Usual,
    })
}

/// Whether the build is of before the update. Of 2012 R2 the revision does not tell; those after 2016 were delivered with it.
pub(crate) fn lacks_the_update(registry: &Registry) -> Result<bool, Gap> {
    // Its revision of 13 March 2018.
    const SERVER_2016: &str = "14393";
    const UPDATED: u32 = 2125;
    let build = match registry.text(WINDOWS_VERSION, "CurrentBuild") {
        Err(Gap::NotAsked) => return Ok(false),
        build => build?,
    };
    let revision = registry.dword(WINDOWS_VERSION, "UBR")?;
    Ok(build == Some(SERVER_2016) && revision.is_some_and(|revision| revision < UPDATED))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use rdpctl_model::guest::{KeyAnswer, RegData};

    use super::*;

    fn registry(build: &str, revision: u32, oracle: Option<u32>) -> Registry {
        let version = BTreeMap::from([
            ("currentbuild".to_owned(), RegData::Sz(build.to_owned())),
            ("ubr".to_owned(), RegData::Dword(revision)),
        ]);
        let credssp = oracle.map(|value| {
            KeyAnswer::Present(BTreeMap::from([(
                "allowencryptionoracle".to_owned(),
                RegData::Dword(value),
            )]))
        });
        let keys = BTreeMap::from([
            (WINDOWS_VERSION.to_ascii_lowercase(), KeyAnswer::Present(version)),
            (CREDSSP.to_ascii_lowercase(), credssp.unwrap_or(KeyAnswer::Absent)),
        ]);
        Registry { keys }
    }

    #[test]
    fn the_value_is_judged_by_what_it_means_to_callers_and_only_where_windows_knows_it() {
        let judged = |build, revision, value| oracle(&registry(build, revision, value)).unwrap();
        assert_eq!(judged("17763", 1, None), Oracle::Usual);
        assert_eq!(judged("17763", 1, Some(1)), Oracle::Usual);
        assert_eq!(judged("17763", 1, Some(0)), Oracle::OnlyUpdated);
        assert_eq!(judged("17763", 1, Some(2)), Oracle::Lowered);
        assert_eq!(judged("14393", 2068, Some(0)), Oracle::Usual);
        assert_eq!(judged("14393", 2125, Some(0)), Oracle::OnlyUpdated);
    }

    #[test]
    fn a_build_of_before_the_update_is_told_where_its_revision_tells() {
        let lacks = |build, revision| lacks_the_update(&registry(build, revision, None)).unwrap();
        assert!(lacks("14393", 2068));
        assert!(!lacks("14393", 2125) && !lacks("9600", 0) && !lacks("20348", 1));
    }
}

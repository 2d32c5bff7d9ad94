//! The values of the listener `RDP-Tcp` that decide whether there is one, and whom it takes.

use rdpctl_model::guest::{GuestSurvey, RegData};
use rdpctl_model::{Finding, Found, Gap, Said};
use serde::{Deserialize, Serialize};

use crate::paths::{RDP_TCP, TS_POLICY};
use crate::policy_owner::Owner;
use crate::term_service::{self, Library};

/// Windows' driver of the protocol, since 2012.
const PROTOCOL: &str = "{5828227c-20cf-4408-b73f-73ab70b8849f}";
/// The value that limits connections, of the listener and under the policies' key.
const LIMIT: &str = "MaxInstanceCount";
/// As many connections as there are licences and memory for.
const UNLIMITED: u32 = u32::MAX;

/// The listener's values, as far as they decide.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Values {
    enabled: Option<u32>,
    refuses_logons: Option<u32>,
    adapter: Option<u32>,
    limit: Option<u32>,
    policy_limit: Option<u32>,
    /// Who stands behind that limit, where it is none at all.
    #[serde(default)]
    pub(crate) policy_owner: Owner,
    protocol: Option<String>,
    /// What `TermService` loads.
    pub(crate) library: Library,
    /// Whether connections are refused, by policy or otherwise.
    pub(crate) denied: bool,
}

/// A value that is wrong.
pub(crate) struct Wrong {
    pub(crate) name: &'static str,
    pub(crate) was: Option<RegData>,
    pub(crate) good: RegData,
    pub(crate) said: Said,
    pub(crate) found: Found,
}

impl Values {
    pub(crate) fn read(guest: &GuestSurvey) -> Result<Self, Gap> {
        let registry = &guest.registry;
        let policy_limit = registry.dword(TS_POLICY, LIMIT)?;
        let owner = || Owner::of(guest, TS_POLICY, LIMIT);
        let number = |name: &str| registry.dword(RDP_TCP, name);
        Ok(Self {
            enabled: number("fEnableWinStation")?,
            refuses_logons: number("fLogonDisabled")?,
            adapter: number("LanAdapter")?,
            limit: number(LIMIT)?,
            policy_limit,
            policy_owner: if policy_limit == Some(0) { owner() } else { Owner::default() },
            protocol: registry.text(RDP_TCP, "LoadableProtocol_Object")?.map(str::to_owned),
            library: Library::read(registry)?,
            denied: term_service::refuses(registry)?,
        })
    }

    /// How a policy limits the connections to none.
    pub(crate) fn refused_by_policy(&self) -> bool {
        self.policy_limit == Some(0)
    }

    /// Values that are wrong, the first that matters first.
    pub(crate) fn wrong(&self) -> Vec<Wrong> {
        let dword = |number: Option<u32>| number.map(RegData::Dword);
        let mut wrong = Vec::new();
        if self.enabled != Some(1) {
            let (said, found) = match self.enabled {
                None => missing("fEnableWinStation"),
                Some(_) => (say::disabled(), Finding::ListenerDisabled.into()),
            };
            let (was, good) = (dword(self.enabled), RegData::Dword(1));
            wrong.push(Wrong { name: "fEnableWinStation", was, good, said, found });
        }
        if !self.protocol.as_deref().is_some_and(|found| found.eq_ignore_ascii_case(PROTOCOL)) {
            let (said, found) = match &self.protocol {
                None => missing("LoadableProtocol_Object"),
                Some(other) => (
                    say::foreign_protocol(other),
                    Found::from(Finding::ListenerProtocol).with("value", other.as_str()),
                ),
            };
            wrong.push(Wrong {
                name: "LoadableProtocol_Object",
                was: self.protocol.clone().map(RegData::Sz),
                good: RegData::Sz(PROTOCOL.to_owned()),
                said,
                found,
            });
        }
        if self.limit == Some(0) {
            wrong.push(Wrong {
                name: LIMIT,
                was: dword(self.limit),
                good: RegData::Dword(UNLIMITED),
                said: say::none_allowed(),
                found: Found::from(Finding::ListenerLimit).with("value", "0"),
            });
        }
        if self.refuses_logons.is_some_and(|value| value != 0) {
            wrong.push(Wrong {
                name: "fLogonDisabled",
                was: dword(self.refuses_logons),
                good: RegData::Dword(0),
                said: say::log_ons_refused(),
                found: Finding::ListenerRefusesLogOns.into(),
            });
        }
        if self.adapter.is_some_and(|value| value != 0) {
            wrong.push(Wrong {
                name: "LanAdapter",
                was: dword(self.adapter),
                good: RegData::Dword(0),
                said: say::one_adapter(),
                found: Finding::ListenerAdapter.into(),
            });
        }
        wrong
    }

    /// What is worth a remark: connections that are limited to a few.
    pub(crate) fn remarks(&self) -> Option<Found> {
        let (limit, by) = match (self.policy_limit, self.limit) {
            (Some(limit), _) => (limit, "policy"),
            (None, limit) => (limit?, "RDP-Tcp"),
        };
        (limit != 0 && limit < UNLIMITED && limit < 1000).then(|| {
            Found::from(Finding::ListenerLimit).with("value", limit.to_string()).with("by", by)
        })
    }
}

fn missing(name: &str) -> (Said, Found) {
    let found = Found::from(Finding::ListenerValueMissing).with("name", name);
    (say::missing(name), found)
}

rdpctl_model::says! { "port":
    disabled();
    foreign_protocol(driver);
    none_allowed();
    log_ons_refused();
    one_adapter();
    missing(name);
}

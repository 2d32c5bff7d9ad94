//! Where the Remote Desktop Session Host role is installed: a licence server is named, or its grace period runs.
//!
//! Licences are bought, not repaired: what is found here is blocked, with what to do. The grace period itself cannot be
//! read natively; Windows says in its log when it is over.

use rdpctl_model::guest::{Event, GuestSurvey};
use rdpctl_model::{FacetId, Finding, Found, Gap, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet};
use crate::manual::Manual;
use crate::paths::{LICENCE_SERVERS, TERMINAL_SERVER, TS_POLICY};

/// The facet.
pub struct Licence;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// Where licences are needed, a licence server is named.
    Served,
}

/// What is known of licences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// Whether the Session Host role is installed.
    role: bool,
    /// Whether a licence server is named.
    server: bool,
    /// Whether the log says that the grace period is over; `None` where the log could not be read.
    over: Option<bool>,
}

impl Facet for Licence {
    const ID: FacetId = FacetId::Licence;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "The Session Host role, where installed, has a licence server.",
        declare: "licence = \"served\"",
        reads: &[
            r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server: TSAppCompat (1: the Session Host role is installed)",
            r"…\Services\TermService\Parameters\LicenseServers: SpecifiedLicenseServers; HKLM\SOFTWARE\Policies\…\Terminal Services: LicenseServers",
            "events 1128 and 1069 of TerminalServices-RemoteConnectionManager: the grace period is over",
        ],
        healthy: "the role is not installed (two administrative sessions need no licence), or a licence server is named",
        sets: &["nothing: licences are bought, and a licence server is named by people"],
        risk: "None.",
        undo: "Nothing to undo.",
        seed: &["after both documents: they end before the session"],
        pages: &[
            "https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/cannot-connect-rds-no-license-server",
        ],
        errata: &[],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let guest = survey.guest.as_ref().map_err(Clone::clone)?;
        let registry = &guest.registry;
        let named = |key: &str, name: &str| match registry.value(key, name) {
            Ok(value) => Ok(value.is_some()),
            // Windows that never had the role has no such key, and a survey of before did not ask for it.
            Err(Gap::NotAsked) => Ok(false),
            Err(gap) => Err(gap),
        };
        Ok(Seen {
            role: registry.dword(TERMINAL_SERVER, "TSAppCompat")? == Some(1),
            server: named(LICENCE_SERVERS, "SpecifiedLicenseServers")?
                || named(TS_POLICY, "LicenseServers")?,
            over: over(guest),
        })
    }

    fn judge(_: &Desired, seen: &Seen, _: &Context) -> Verdict {
        if !seen.role {
            return Verdict::healthy(say::no_role());
        }
        if seen.server {
            return Verdict::healthy(say::served());
        }
        let from = match seen.over {
            Some(true) => say::over(),
            Some(false) | None => say::perhaps_over(),
        };
        Verdict::Blocked {
            from,
            to: say::a_server(),
            by: say::licences(),
            advice: say::name_a_server(),
        }
    }

    fn findings(_: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        match (seen.role && !seen.server, seen.over) {
            (true, Some(true)) => vec![Finding::LicenceGraceOver.into()],
            (true, Some(false) | None) => vec![Finding::LicenceNoServer.into()],
            (false, _) => Vec::new(),
        }
    }

    fn mend(_: &Desired, _: &Seen, _: &Context) -> Vec<Step> {
        Vec::new()
    }
}

/// Whether the log says that the grace period is over.
fn over(guest: &GuestSurvey) -> Option<bool> {
    const MANAGER: &str = "Microsoft-Windows-TerminalServices-RemoteConnectionManager";
    let says = |event: &Event| {
        event.provider.eq_ignore_ascii_case(MANAGER) && [1069, 1128].contains(&event.id)
    };
    guest.events.as_ref().ok().map(|events| events.iter().any(says))
}

rdpctl_model::says! { "licence":
    no_role();
    served();
    over();
    perhaps_over();
    a_server();
    licences();
    name_a_server();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn licences_matter_only_where_the_role_is_installed_and_nobody_serves_it() {
        let found = |role, server, over| {
            let seen = Seen { role, server, over };
            let at = Context::plain(
                jiff::Timestamp::UNIX_EPOCH,
                3389,
                rdpctl_model::declaration::ProviderKind::Static,
            );
            let found = Licence::findings(&Desired::Served, &seen, &at);
            let quiet = Licence::judge(&Desired::Served, &seen, &at).is_quiet();
            assert_eq!(quiet, found.is_empty());
            found.first().map(|found| found.finding.name())
        };
        assert_eq!(found(false, false, Some(true)), None);
        assert_eq!(found(true, true, Some(true)), None);
        assert_eq!(found(true, false, Some(true)), Some("licence-grace-over"));
        assert_eq!(found(true, false, None), Some("licence-no-server"));
    }
}

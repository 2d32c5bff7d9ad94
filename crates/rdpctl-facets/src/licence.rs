//! Where the Remote Desktop Session Host role is installed: a licence server is named, or its grace period runs.
//!
//! Licences are bought, not repaired: what is found here is blocked, with what to do. Windows keeps the days of grace
//! enciphered; how many are left it tells through WMI alone, and that they are over in its log.

use rdpctl_model::guest::{Event, GuestSurvey, Registry};
use rdpctl_model::{FacetId, Finding, Found, Gap, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet};
use crate::manual::Manual;
use crate::paths::{LICENCE_SERVERS, LICENSING, TERMINAL_SERVER, TS_POLICY};

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
    /// Whether nobody said how licences are counted.
    #[serde(default)]
    uncounted: bool,
    /// Whether the log says that the grace period is over; `None` where the log could not be read.
    over: Option<bool>,
    /// The days that are left, where Windows told them; zero when they are over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
}

/// How long a Session Host without licences still works.
enum Grace {
    Over,
    Runs(u32),
    Unknown,
}

impl Seen {
    /// What Windows counts counts more than what it wrote into its log some day.
    const fn grace(&self) -> Grace {
        match (self.days, self.over) {
            (Some(0), _) | (None, Some(true)) => Grace::Over,
            (Some(days), _) => Grace::Runs(days),
            (None, Some(false) | None) => Grace::Unknown,
        }
    }
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
            r"…\Terminal Server\RCM\Licensing Core and the policy: LicensingMode (2 by device, 4 by user, 5 not chosen)",
            "events 1128 and 1069 of TerminalServices-RemoteConnectionManager: the grace period is over",
            "where the role has no licences, once more: wmic, Win32_TerminalServiceSetting.GetGracePeriodDays (unknown where Windows has no wmic)",
        ],
        healthy: "the role is not installed (two administrative sessions need no licence), or a licence server is named and how licences are counted is chosen",
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
        let role = role(registry)?;
        let (server, uncounted) = (server(registry)?, role && uncounted(registry)?);
        Ok(Seen {
            role,
            server,
            uncounted,
            over: over(guest),
            // Of those that have their licences days would only tell machines apart.
            days: guest.grace.as_ref().ok().copied().filter(|_| role && (!server || uncounted)),
        })
    }

    fn judge(_: &Desired, seen: &Seen, _: &Context) -> Verdict {
        if !seen.role {
            return Verdict::healthy(say::no_role());
        }
        if seen.server && seen.uncounted {
            return Verdict::Blocked {
                from: match seen.grace() {
                    Grace::Over => say::uncounted_and_over(),
                    Grace::Runs(days) => say::uncounted_for(days),
                    Grace::Unknown => say::uncounted(),
                },
                to: say::counted(),
                by: say::licences(),
                advice: say::choose_a_mode(),
            };
        }
        if seen.server {
            return Verdict::healthy(say::served());
        }
        let from = match seen.grace() {
            Grace::Over => say::over(),
            Grace::Runs(days) => say::runs_for(days),
            Grace::Unknown => say::perhaps_over(),
        };
        Verdict::Blocked {
            from,
            to: say::a_server(),
            by: say::licences(),
            advice: say::name_a_server(),
        }
    }

    fn findings(_: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        let found = match (seen.role, seen.server, seen.grace()) {
            (false, ..) => return Vec::new(),
            (true, true, _) if !seen.uncounted => return Vec::new(),
            (true, true, Grace::Over) => Finding::LicenceModeOver.into(),
            (true, true, Grace::Runs(_) | Grace::Unknown) => Finding::LicenceModeNotChosen.into(),
            (true, false, Grace::Over) => Finding::LicenceGraceOver.into(),
            (true, false, Grace::Runs(days)) => {
                Found::from(Finding::LicenceGraceRuns).with("days", days)
            }
            (true, false, Grace::Unknown) => Finding::LicenceNoServer.into(),
        };
        vec![found]
    }

    fn mend(_: &Desired, _: &Seen, _: &Context) -> Vec<Step> {
        Vec::new()
    }
}

/// Whether the Session Host role is installed.
fn role(registry: &Registry) -> Result<bool, Gap> {
    Ok(registry.dword(TERMINAL_SERVER, "TSAppCompat")? == Some(1))
}

/// A licence server is named: by the machine, or by a policy.
fn server(registry: &Registry) -> Result<bool, Gap> {
    let named = |key: &str, name: &str| match registry.value(key, name) {
        Ok(value) => Ok(value.is_some()),
        // Windows that never had the role has no such key, and a survey of before did not ask for it.
        Err(Gap::NotAsked) => Ok(false),
        Err(gap) => Err(gap),
    };
    Ok(named(LICENCE_SERVERS, "SpecifiedLicenseServers")? || named(TS_POLICY, "LicenseServers")?)
}

/// Nobody chose how licences are counted. What is not said at all is no such choice, and accuses nobody.
fn uncounted(registry: &Registry) -> Result<bool, Gap> {
    const NOT_CHOSEN: u32 = 5;
    let mode = |key: &str| match registry.dword(key, "LicensingMode") {
        Err(Gap::NotAsked) => Ok(None),
        mode => mode,
    };
    let chosen = match mode(TS_POLICY)? {
        Some(mode) => Some(mode),
        None => mode(LICENSING)?,
    };
    Ok(chosen == Some(NOT_CHOSEN))
}

/// Whether it matters how many days of grace are left: what cannot be read is no reason to start WMI.
pub(crate) fn days_matter(registry: &Registry) -> bool {
    role(registry) == Ok(true) && (server(registry) == Ok(false) || uncounted(registry) == Ok(true))
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
    runs_for(days);
    perhaps_over();
    uncounted();
    uncounted_for(days);
    uncounted_and_over();
    counted();
    choose_a_mode();
    a_server();
    licences();
    name_a_server();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(seen: Seen) -> (String, String) {
        let at = Context::plain(
            jiff::Timestamp::UNIX_EPOCH,
            3389,
            rdpctl_model::declaration::ProviderKind::Static,
        );
        let found = Licence::findings(&Desired::Served, &seen, &at);
        let verdict = Licence::judge(&Desired::Served, &seen, &at);
        assert_eq!(verdict.is_quiet(), found.is_empty());
        let words = format!("{verdict:?}");
        (found.first().map_or("", |found| found.finding.name()).to_owned(), words)
    }

    const ROLE: Seen = Seen { role: true, server: false, uncounted: false, over: None, days: None };

    #[test]
    fn licences_matter_only_where_the_role_is_installed_and_nobody_serves_it() {
        let found = |seen| said(seen).0;
        assert_eq!(found(Seen { role: false, over: Some(true), ..ROLE }), "");
        assert_eq!(found(Seen { server: true, over: Some(true), ..ROLE }), "");
        assert_eq!(found(Seen { over: Some(true), ..ROLE }), "licence-grace-over");
        assert_eq!(found(ROLE), "licence-no-server");
        let uncounted = Seen { server: true, uncounted: true, ..ROLE };
        assert_eq!(found(uncounted), "licence-mode-not-chosen");
        assert_eq!(found(Seen { days: Some(0), ..uncounted }), "licence-mode-over");
    }

    #[test]
    fn days_that_windows_counts_count_more_than_its_log_and_without_both_nothing_is_known() {
        let runs = said(Seen { over: Some(true), days: Some(57), ..ROLE });
        assert_eq!(runs.0, "licence-grace-runs");
        assert!(runs.1.contains("57"), "{}", runs.1);
        assert_eq!(said(Seen { over: Some(false), days: Some(0), ..ROLE }).0, "licence-grace-over");
        assert_eq!(said(Seen { over: Some(false), ..ROLE }).0, "licence-no-server");
    }
}

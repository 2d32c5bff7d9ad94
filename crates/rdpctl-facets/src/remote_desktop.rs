//! Remote connections to this computer are allowed.

use rdpctl_model::guest::RegData;
use rdpctl_model::step::{Check, Setting};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Said, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::{TERMINAL_SERVER, TS_POLICY, WINLOGON};
use crate::policy_owner::Owner;
use crate::steps::say as step;

/// The facet.
pub struct RemoteDesktop;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// Remote connections are allowed.
    Allowed,
}

/// The values that allow or refuse remote connections.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// `fDenyTSConnections` under the policies' key, which wins.
    policy_deny: Option<u32>,
    /// Who stands behind that, where it denies.
    #[serde(default)]
    policy_owner: Owner,
    /// `fDenyTSConnections`; absent counts as 1.
    deny: Option<u32>,
    /// `TSEnabled`; 0 turns the terminal server off.
    enabled: Option<u32>,
    /// `TSUserEnabled`; 1 refuses users, against its name.
    user_refused: Option<u32>,
    /// `TSServerDrainMode`; 1 and 2 refuse new log-ons.
    drain: Option<u32>,
    /// Winlogon's `WinStationsDisabled`; `1` refuses log-ons.
    #[serde(default)]
    log_ons_off: Option<String>,
}

impl Facet for RemoteDesktop {
    const ID: FacetId = FacetId::RemoteDesktop;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "Remote connections to this computer are allowed.",
        declare: "remote-desktop = \"allowed\"",
        reads: &[
            r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server: fDenyTSConnections, TSEnabled, TSUserEnabled, TSServerDrainMode",
            r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services: fDenyTSConnections, which wins; where it denies, gpresult and registry.pol, which tell whether a policy stands behind it",
            r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Winlogon: WinStationsDisabled (change logon /disable)",
            r"HKLM\SOFTWARE\rdpctl: the marks of a dead man's switch that an earlier run left",
        ],
        healthy: "fDenyTSConnections is 0 (absent counts as 1), no drain mode, users not refused",
        sets: &[
            "fDenyTSConnections = 0; the others only where they are present and wrong",
            "a denial under the policies' key is deleted where no policy stands behind it",
            "removes a dead man's switch that an earlier run left, before anything else",
        ],
        risk: "None: the listener opens within seconds, sessions are not touched.",
        undo: "The journal keeps the way back, which writes the former value, or deletes it where there was none.",
        seed: &[
            "Tencent 5.4: allow remote connections to this computer",
            "Tencent 6.7: the same in sysdm.cpl",
        ],
        pages: &[
            "https://learn.microsoft.com/windows-server/administration/windows-commands/change-logon",
        ],
        errata: &[Erratum {
            says: "tick “Allow remote connections to this computer”",
            wrong: "the tick is ignored where a group policy sets fDenyTSConnections",
            instead: "the policy's value is read first; where it denies, the facet is blocked and the policy is named",
        }],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let guest = survey.guest.as_ref().map_err(Clone::clone)?;
        let registry = &guest.registry;
        let policy_deny = registry.dword(TS_POLICY, "fDenyTSConnections")?;
        let denies = policy_deny.is_some_and(|deny| deny != 0);
        let owner = || Owner::of(guest, TS_POLICY, "fDenyTSConnections");
        let log_ons_off = match registry.text(WINLOGON, "WinStationsDisabled") {
            Ok(text) => text.filter(|text| text.trim() != "0").map(str::to_owned),
            Err(_) => None,
        };
        Ok(Seen {
            policy_deny,
            policy_owner: if denies { owner() } else { Owner::default() },
            log_ons_off,
            deny: registry.dword(TERMINAL_SERVER, "fDenyTSConnections")?,
            enabled: registry.dword(TERMINAL_SERVER, "TSEnabled")?,
            user_refused: registry.dword(TERMINAL_SERVER, "TSUserEnabled")?,
            drain: registry.dword(TERMINAL_SERVER, "TSServerDrainMode")?,
        })
    }

    fn judge(_: &Desired, seen: &Seen, _: &Context) -> Verdict {
        if let Some(policy) = denied_by_policy(seen) {
            return Verdict::Blocked {
                from: say::by_policy(policy),
                to: say::allowed(),
                by: seen.policy_owner.said(say::setting()),
                advice: say::change_the_policy(),
            };
        }
        let mut from: Vec<Said> = faults(seen).iter().map(|fault| said(fault.0)).collect();
        if seen.log_ons_off.is_some() {
            from.push(say::log_ons_off());
        }
        if leftover(seen).is_some() {
            from.insert(0, say::denied_by_leftover());
        }
        if from.is_empty() {
            Verdict::healthy(say::allowed())
        } else {
            Verdict::drifted(say::marks(from), say::allowed())
        }
    }

    fn findings(_: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        let mut found = Vec::new();
        let by_policy = seen.policy_deny.filter(|deny| *deny != 0);
        if let Some(value) = by_policy {
            let (finding, policy) = match &seen.policy_owner {
                Owner::Policy(name) => (Finding::ConnectionsDeniedByPolicy, name.as_str()),
                Owner::Unknown => (Finding::ConnectionsDeniedByUnknown, ""),
                Owner::Nobody => (Finding::ConnectionsDeniedByLeftover, ""),
            };
            let told = Found::from(finding).with("value", value.to_string());
            found.push(if policy.is_empty() { told } else { told.with("policy", policy) });
        }
        found.extend(faults(seen).into_iter().map(|(name, _, _, was)| {
            match name {
                "fDenyTSConnections" => Found::from(Finding::ConnectionsDenied)
                    .with("value", was.map_or_else(|| "absent".to_owned(), |was| was.to_string())),
                "TSEnabled" => Finding::TerminalServerOff.into(),
                "TSUserEnabled" => Finding::UsersRefused.into(),
                _ => Finding::DrainMode.into(),
            }
        }));
        if seen.log_ons_off.is_some() {
            found.push(Finding::LogOnsOff.into());
        }
        found
    }

    fn mend(_: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose =
            Purpose { facet: Self::ID, seed: "Tencent 5.4, 6.7", why: step::refuses_connections() };
        let mut steps: Vec<Step> = Vec::new();
        if let Some(value) = leftover(seen) {
            steps.push(
                purpose
                    .guest(
                        GuestAction::DeleteRegistryValue {
                            key: TS_POLICY.to_owned(),
                            name: "fDenyTSConnections".to_owned(),
                            setting: Setting::RemoteConnections,
                        },
                        step::left_under_policies("fDenyTSConnections", value),
                        step::no_such_value(),
                    )
                    .expecting(vec![Check::Registry {
                        key: TS_POLICY.to_owned(),
                        name: "fDenyTSConnections".to_owned(),
                        data: Some(RegData::Dword(value)),
                    }]),
            );
        }
        if let Some(was) = &seen.log_ons_off {
            steps.push(
                purpose
                    .guest(
                        GuestAction::SetRegistry {
                            key: WINLOGON.to_owned(),
                            name: "WinStationsDisabled".to_owned(),
                            data: RegData::Sz("0".to_owned()),
                            setting: Setting::RemoteConnections,
                        },
                        say::log_ons_off(),
                        step::value("WinStationsDisabled", 0_u32),
                    )
                    .expecting(vec![Check::Registry {
                        key: WINLOGON.to_owned(),
                        name: "WinStationsDisabled".to_owned(),
                        data: Some(RegData::Sz(was.clone())),
                    }]),
            );
        }
        steps.extend(faults(seen).into_iter().map(|(name, from, good, was)| {
            purpose
                .guest(
                    GuestAction::SetRegistry {
                        key: TERMINAL_SERVER.to_owned(),
                        name: name.to_owned(),
                        data: RegData::Dword(good),
                        setting: Setting::RemoteConnections,
                    },
                    from,
                    step::value(name, good),
                )
                .expecting(vec![Check::Registry {
                    key: TERMINAL_SERVER.to_owned(),
                    name: name.to_owned(),
                    data: was.map(RegData::Dword),
                }])
        }));
        steps
    }
}

/// A denial under the policies' key that may be a policy's.
fn denied_by_policy(seen: &Seen) -> Option<u32> {
    seen.policy_deny.filter(|deny| *deny != 0 && seen.policy_owner != Owner::Nobody)
}

/// One behind which no policy stands.
fn leftover(seen: &Seen) -> Option<u32> {
    seen.policy_deny.filter(|deny| *deny != 0 && seen.policy_owner == Owner::Nobody)
}

/// What a fault is called.
fn said(name: &str) -> Said {
    match name {
        "fDenyTSConnections" => say::denied(),
        "TSEnabled" => say::server_off(),
        "TSUserEnabled" => say::users_refused(),
        _ => say::drain(),
    }
}

/// Name, words, the value that is right, and the value that was found.
fn faults(seen: &Seen) -> Vec<(&'static str, Said, u32, Option<u32>)> {
    let mut faults = Vec::new();
    if (seen.policy_deny.is_none() || leftover(seen).is_some()) && seen.deny != Some(0) {
        faults.push(("fDenyTSConnections", say::denied(), 0, seen.deny));
    }
    if seen.enabled == Some(0) {
        faults.push(("TSEnabled", say::server_off(), 1, seen.enabled));
    }
    if seen.user_refused.is_some_and(|value| value != 0) {
        faults.push(("TSUserEnabled", say::users_refused(), 0, seen.user_refused));
    }
    if seen.drain.is_some_and(|value| value != 0) {
        faults.push(("TSServerDrainMode", say::drain(), 0, seen.drain));
    }
    faults
}

rdpctl_model::says! { "remote-desktop":
    allowed();
    by_policy(value);
    change_the_policy();
    setting();
    denied();
    denied_by_leftover();
    server_off();
    users_refused();
    drain();
    log_ons_off();
    marks(all);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_denies_connections_is_named_and_where_nobody_can_tell_that_is_said() {
        let at = Context::plain(
            jiff::Timestamp::UNIX_EPOCH,
            3389,
            rdpctl_model::declaration::ProviderKind::Static,
        );
        let found = |policy_owner: Owner| {
            let seen = Seen {
                policy_deny: Some(1),
                policy_owner,
                deny: Some(0),
                enabled: Some(1),
                user_refused: None,
                drain: None,
                log_ons_off: None,
            };
            let found = RemoteDesktop::findings(&Desired::Allowed, &seen, &at);
            found.first().map(|found| found.finding)
        };
        assert_eq!(found(Owner::Unknown), Some(Finding::ConnectionsDeniedByUnknown));
        assert_eq!(found(Owner::Nobody), Some(Finding::ConnectionsDeniedByLeftover));
        let named = Owner::Policy("Baseline".to_owned());
        assert_eq!(found(named), Some(Finding::ConnectionsDeniedByPolicy));
    }
}

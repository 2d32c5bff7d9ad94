//! The declared TLS versions are enabled for the server side of SCHANNEL.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::guest::{GuestSurvey, RegData};
use rdpctl_model::handshake::TlsVersion;
use rdpctl_model::step::{Check, Disruption, Guarded, Setting};
use rdpctl_model::{FacetId, Gap, GuestAction, Step, Survey, Verdict};
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::paths::{CIPHER_POLICY, SCHANNEL, WINDOWS_VERSION};
use crate::seen_from::{EITHER_SIDE, SeenFrom, handshake, out_of_reach};
use crate::tls_policy::{self, Domain};
pub use crate::tls_wish::Desired;
use crate::tls_wish::{is_old, key};

/// The facet.
pub struct Tls;

/// What was set, and what the listener takes.
pub type Seen = SeenFrom<Schannel, Taken>;

/// The versions that the listener proved to take, and those that it refused. What is in neither list is not known.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Taken {
    accepted: BTreeSet<TlsVersion>,
    refused: BTreeSet<TlsVersion>,
}

impl Taken {
    /// Whether a version is in force; `None` when the listener did not show it.
    fn in_force(&self, version: TlsVersion) -> Option<bool> {
        match (self.accepted.contains(&version), self.refused.contains(&version)) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        }
    }
}

/// The protocol values of SCHANNEL's server side, and what else can leave nothing to negotiate.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Schannel {
    /// Windows' build, which decides what absent values mean.
    build: u32,
    /// `Enabled` and `DisabledByDefault` by version.
    values: BTreeMap<String, (Option<u32>, Option<u32>)>,
    /// A policy for the order of cipher suites that names none.
    no_suites: bool,
    /// Who may put back what is written.
    #[serde(default)]
    domain: Domain,
    /// The policy that enforces a value, by `VERSION VALUE`, as far as it was asked for.
    #[serde(default)]
    enforced: BTreeMap<String, String>,
}

impl Schannel {
    fn effective(&self, version: TlsVersion) -> bool {
        let (enabled, disabled) = self.values.get(version.name()).copied().unwrap_or_default();
        if enabled == Some(0) {
            return false;
        }
        // RDP asks for the default set, so disabled by default is off for it.
        if disabled.is_some_and(|value| value != 0) {
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

    const fn supports(&self, version: TlsVersion) -> bool {
        match version {
            TlsVersion::V1_0 | TlsVersion::V1_1 | TlsVersion::V1_2 => true,
            TlsVersion::V1_3 => self.build >= 20_348,
        }
    }
}

impl Facet for Tls {
    const ID: FacetId = FacetId::Tls;
    const READS: &'static [rdpctl_model::facet::World] = EITHER_SIDE;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "The declared TLS versions are enabled for the server side of SCHANNEL.",
        declare: "tls = [\"1.2\"]   (or { enable = [\"1.2\"], disable = [\"1.0\", \"1.1\"] }); what is not named is left alone",
        reads: &[
            r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS x\Server: Enabled, DisabledByDefault",
            "Windows' build, which decides what absent values mean",
            "the policy for the order of cipher suites: an empty list leaves nothing to negotiate",
            "in a domain, where something differs: gpresult, which names the policies that write these values",
            "outside: which versions the listener accepts and refuses",
        ],
        healthy: "every version to enable is in force, every version to disable is not",
        sets: &[
            "Enabled and DisabledByDefault, both, for each version that is not as declared",
            "in a domain: group policy is held over the one reboot, resumed after it and refreshed; what a policy puts back is a failed step, and what a policy is known to write is blocked by that policy and not tried",
        ],
        risk: "One reboot. Old versions are a weakening and need the guard weaken where they were off.",
        undo: "The journal keeps the way back, which writes the former values, or deletes them where there were none.",
        seed: &[
            "Azure 3.1: enable all supported TLS versions",
            "Azure 3.2: suspend group policy updates meanwhile",
            "Azure 3.3: enable them again, and see whether the change was reverted",
            "Azure 4.4.1–3: the same on a mounted disk",
        ],
        pages: &["https://learn.microsoft.com/windows-server/security/tls/tls-registry-settings"],
        errata: &[
            Erratum {
                says: "reg add … /v Enabled /d 1 for TLS 1.0, 1.1 and 1.2",
                wrong: "Enabled alone does nothing where DisabledByDefault is 1",
                instead: "both values are written",
            },
            Erratum {
                says: "“check whether TLS is enabled”, followed by REG ADD",
                wrong: "that changes instead of checking, and the last line is cut off",
                instead: "reg query; nothing is written that is already so",
            },
        ],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let outside = handshake(survey).map(|outside| Taken {
            accepted: outside.accepted.clone(),
            refused: outside.refused.clone(),
        });
        SeenFrom::both(survey.guest.as_ref().map_err(Clone::clone).and_then(schannel), outside)
    }

    fn judge(want: &Desired, seen: &Seen, _: &Context) -> Verdict {
        let goal = goal(want);
        let (seen, outside) = match seen {
            SeenFrom::Inside { inside, outside } => (inside, outside.as_ref()),
            SeenFrom::Outside { outside, gap } => return judge_outside(want, outside, gap, goal),
        };
        if seen.no_suites {
            return Verdict::Blocked {
                from: "no cipher suite left".to_owned(),
                to: goal,
                by: "the policy for the order of cipher suites, which is set and empty".to_owned(),
                advice: "remove the policy value Functions, or list suites in it".to_owned(),
            };
        }
        if let Some(version) = want.enable.iter().find(|version| !seen.supports(**version)) {
            return Verdict::Blocked {
                from: format!("build {}", seen.build),
                to: goal,
                by: format!("this Windows has no TLS {}", version.name()),
                advice: "declare a version that it has".to_owned(),
            };
        }
        let wrong = wrong(want, seen);
        let enforced =
            wrong.iter().find_map(|(version, _)| tls_policy::enforcer(&seen.enforced, *version));
        if let Some((value, policy)) = enforced {
            return Verdict::Blocked {
                from: listed(&wrong),
                to: goal,
                by: format!(
                    "the group policy “{policy}”, which writes TLS {value} again at every refresh"
                ),
                advice: "change that policy, or keep it from this machine; a local change would not last".to_owned(),
            };
        }
        if !wrong.is_empty() {
            return Verdict::drifted(listed(&wrong), goal);
        }
        let late = outside.map(|outside| contradicted(want, outside)).unwrap_or_default();
        if late.is_empty() {
            Verdict::healthy(goal)
        } else {
            Verdict::drifted(
                format!("set as declared, yet {} at the listener", listed(&late)),
                goal,
            )
        }
    }

    fn mend(want: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose = Purpose {
            facet: Self::ID,
            seed: "Azure 3.1",
            why: "client and server must have a TLS version in common".to_owned(),
        };
        let SeenFrom::Inside { inside: seen, .. } = seen else { return Vec::new() };
        let wrong = wrong(want, seen);
        if wrong.is_empty() {
            let purpose = Purpose {
                why: "SCHANNEL reads its values when Windows starts".to_owned(),
                seed: "Azure 3.3",
                ..purpose
            };
            return vec![
                purpose
                    .guest(GuestAction::Reboot, "former values in force", "set values in force")
                    .disrupting(Disruption::Reboots)
                    .guarded(Guarded::Reboot)
                    .irreversible(),
            ];
        }
        let mut steps: Vec<Step> = seen.domain.hold(&purpose).into_iter().collect();
        for (version, on) in wrong {
            let (enabled, disabled) = seen.values.get(version.name()).copied().unwrap_or_default();
            for (name, was, good) in [
                ("Enabled", enabled, u32::from(on)),
                ("DisabledByDefault", disabled, u32::from(!on)),
            ] {
                if was == Some(good) {
                    continue;
                }
                let word = if on { "on" } else { "off" };
                let step = purpose
                    .guest(
                        GuestAction::SetRegistry {
                            key: key(version),
                            name: name.to_owned(),
                            data: RegData::Dword(good),
                            setting: Setting::Protocols,
                        },
                        format!("TLS {} {}", version.name(), if on { "off" } else { "on" }),
                        format!("TLS {} {word}", version.name()),
                    )
                    .disrupting(Disruption::Reboots)
                    .guarded(Guarded::Reboot)
                    .expecting(vec![Check::Registry {
                        key: key(version),
                        name: name.to_owned(),
                        data: was.map(RegData::Dword),
                    }]);
                steps.push(if on && is_old(version) {
                    step.guarded(Guarded::Weaken)
                } else {
                    step
                });
            }
        }
        steps.extend(seen.domain.resume(&purpose));
        steps
    }
}

fn schannel(guest: &GuestSurvey) -> Result<Schannel, Gap> {
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
        .ok_or_else(|| Gap::garbled("Windows' build number"))?;
    let no_suites = match registry.value(CIPHER_POLICY, "Functions")? {
        Some(RegData::MultiSz(list)) => list.iter().all(String::is_empty),
        Some(RegData::Sz(text)) => text.is_empty(),
        Some(_) | None => false,
    };
    let domain = tls_policy::domain(registry)?;
    let enforced = guest.policies.as_deref().map(tls_policy::enforced).unwrap_or_default();
    Ok(Schannel { build, values, no_suites, domain, enforced })
}

/// Whether it matters which values the domain's policies enforce: something differs, and a domain sets policy.
pub(crate) fn asks_for_policies(want: &Desired, guest: &GuestSurvey) -> bool {
    schannel(guest).is_ok_and(|seen| seen.domain != Domain::None && !wrong(want, &seen).is_empty())
}

/// Versions that are not as declared, with whether they should be on.
fn wrong(want: &Desired, seen: &Schannel) -> Vec<(TlsVersion, bool)> {
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

/// Versions that the listener showed to be otherwise than declared.
fn contradicted(want: &Desired, outside: &Taken) -> Vec<(TlsVersion, bool)> {
    let refused = want.enable.iter().filter(|version| outside.in_force(**version) == Some(false));
    let taken = want.disable.iter().filter(|version| outside.in_force(**version) == Some(true));
    refused.map(|version| (*version, true)).chain(taken.map(|version| (*version, false))).collect()
}

fn judge_outside(want: &Desired, outside: &Taken, gap: &Gap, goal: String) -> Verdict {
    let contradicted = contradicted(want, outside);
    if !contradicted.is_empty() {
        return out_of_reach(listed(&contradicted), goal, gap);
    }
    let shown = |version: &TlsVersion| outside.in_force(*version).is_some();
    if want.enable.iter().chain(&want.disable).all(shown) {
        Verdict::healthy(format!("{goal}, seen from outside"))
    } else {
        Verdict::Unknown { gap: gap.clone() }
    }
}

fn listed(wrong: &[(TlsVersion, bool)]) -> String {
    wrong
        .iter()
        .map(|(version, wished)| {
            format!("TLS {} {}", version.name(), if *wished { "off" } else { "on" })
        })
        .collect::<Vec<_>>()
        .join(", ")
}

fn goal(want: &Desired) -> String {
    let list = |versions: &BTreeSet<TlsVersion>| {
        versions.iter().map(|version| version.name()).collect::<Vec<_>>().join(", ")
    };
    match (want.enable.is_empty(), want.disable.is_empty()) {
        (_, true) => format!("{} on", list(&want.enable)),
        (true, false) => format!("{} off", list(&want.disable)),
        (false, false) => format!("{} on, {} off", list(&want.enable), list(&want.disable)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(build: u32, version: &str, enabled: Option<u32>, disabled: Option<u32>) -> Schannel {
        Schannel {
            build,
            values: [(version.to_owned(), (enabled, disabled))].into(),
            no_suites: false,
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
    fn lists_and_tables_are_both_read() {
        let list: Desired = serde_json::from_str(r#"["1.2"]"#).unwrap();
        assert_eq!(goal(&list), "1.2 on");
        let table: Desired =
            serde_json::from_str(r#"{ "enable": ["1.2"], "disable": ["1.0"] }"#).unwrap();
        assert_eq!(goal(&table), "1.2 on, 1.0 off");
        let wrong = serde_json::from_str::<Desired>(r#"["1.4"]"#).unwrap_err().to_string();
        let said = "`1.4` is not a version of TLS; versions are 1.0, 1.1, 1.2, 1.3";
        assert!(wrong.starts_with(said), "{wrong}");
    }
}

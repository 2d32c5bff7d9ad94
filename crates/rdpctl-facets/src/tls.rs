//! The declared TLS versions are enabled for the server side of SCHANNEL.

use std::collections::BTreeSet;

use rdpctl_model::guest::{GuestSurvey, OwnPolicy, RegData};
use rdpctl_model::handshake::TlsVersion;
use rdpctl_model::step::{Check, Disruption, Guarded, Setting};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Said, Step, Survey, Verdict};
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::seen_from::{EITHER_SIDE, SeenFrom, from_outside, handshake, out_of_reach};
use crate::steps::say as step;
use crate::tls_lack;
use crate::tls_mend;
use crate::tls_policy::{self, Domain};
pub use crate::tls_schannel::Schannel;
use crate::tls_schannel::{schannel, wrong};
use crate::tls_suites::Lack;
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
            "the lists of cipher suites, by policy and the machine's own, SCHANNEL\\Ciphers and KeyExchangeAlgorithms: whether a suite is left that the certificate can use",
            "FIPSAlgorithmPolicy, which some clients cannot follow",
            "in a domain, or where the machine has a policy of its own, and something differs: gpresult and registry.pol, which name the policies that write these values",
            "outside: which versions the listener accepts and refuses",
        ],
        healthy: "every version to enable is in force, every version to disable is not",
        sets: &[
            "Enabled and DisabledByDefault, both, for each version that is not as declared; they are deleted for a version that this Windows does not have",
            "Enabled = 0xffffffff for the AES ciphers, where no suite is left without them",
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
        if let Some((from, by, advice)) =
            lack(want, seen, outside).and_then(|lack| tls_lack::stands_against(lack, seen))
        {
            return Verdict::Blocked { from, to: goal, by, advice };
        }
        if let Some(version) = want.enable.iter().find(|version| !seen.supports(**version)) {
            return Verdict::Blocked {
                from: say::build(seen.build),
                to: goal,
                by: say::not_in_this_windows(version.name()),
                advice: say::declare_what_it_has(),
            };
        }
        let wrong = wrong(want, seen);
        let mut from: Vec<Said> = Vec::new();
        if !seen.unknown_here().is_empty() {
            from.push(say::newer_than_this(seen.build));
        }
        if lack(want, seen, outside) == Some(Lack::Ciphers) {
            from.push(tls_lack::ciphers_off(seen));
        }
        if !wrong.is_empty() {
            from.push(listed(&wrong));
        }
        if let Some((value, policy)) = enforced(want, seen, outside) {
            return Verdict::Blocked {
                from: say::marks(from),
                to: goal,
                by: say::policy_writes(policy, value),
                advice: say::change_that_policy(),
            };
        }
        if !from.is_empty() {
            return Verdict::drifted(say::marks(from), goal);
        }
        let late = outside.map(|outside| contradicted(want, outside)).unwrap_or_default();
        if late.is_empty() {
            Verdict::healthy(goal)
        } else {
            Verdict::drifted(say::set_yet(listed(&late)), goal)
        }
    }

    fn findings(want: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        match seen {
            SeenFrom::Inside { inside, outside } => inside_findings(want, inside, outside.as_ref()),
            SeenFrom::Outside { outside, .. } => {
                contradicted(want, outside).into_iter().map(version_found).collect()
            }
        }
    }

    fn mend(want: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose =
            Purpose { facet: Self::ID, seed: "Azure 3.1", why: step::version_in_common() };
        let SeenFrom::Inside { inside: seen, outside } = seen else { return Vec::new() };
        let wrong = wrong(want, seen);
        let mut values = tls_mend::unknown_here(seen, &purpose);
        if lack(want, seen, outside.as_ref()) == Some(Lack::Ciphers) {
            values.extend(tls_mend::ciphers(seen, &purpose));
        }
        if wrong.is_empty() && values.is_empty() {
            let purpose = Purpose { why: step::schannel_at_start(), seed: "Azure 3.3", ..purpose };
            return vec![
                purpose
                    .guest(GuestAction::Reboot, step::former_values(), step::set_values())
                    .disrupting(Disruption::Reboots)
                    .guarded(Guarded::Reboot)
                    .irreversible(),
            ];
        }
        let mut steps: Vec<Step> = seen.domain.hold(&purpose).into_iter().collect();
        steps.extend(values);
        for (version, on) in wrong {
            let (enabled, disabled) = seen.values.get(version.name()).copied().unwrap_or_default();
            for (name, was, good) in [
                ("Enabled", enabled, u32::from(on)),
                ("DisabledByDefault", disabled, u32::from(!on)),
            ] {
                if was == Some(good) {
                    continue;
                }
                let (off, lit) =
                    (say::version_off(version.name()), say::version_on(version.name()));
                let (before, after) = if on { (off, lit) } else { (lit, off) };
                let step = purpose
                    .guest(
                        GuestAction::SetRegistry {
                            key: key(version),
                            name: name.to_owned(),
                            data: RegData::Dword(good),
                            setting: Setting::Protocols,
                        },
                        before,
                        after,
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

/// Whether it matters which values policies enforce: something differs, and a domain sets policy, or the machine its own.
pub(crate) fn asks_for_policies(want: &Desired, guest: &GuestSurvey) -> bool {
    schannel(guest).is_ok_and(|seen| {
        let anybody = seen.domain != Domain::None || guest.own_policy == Ok(OwnPolicy::There);
        let differs = || {
            !wrong(want, &seen).is_empty()
                || !seen.unknown_here().is_empty()
                || tls_lack::lack(want, &seen).is_some()
        };
        anybody && differs()
    })
}

/// The first value that would have to be changed and that a policy writes, with the policy's name.
fn enforced<'a>(
    want: &Desired,
    seen: &'a Schannel,
    outside: Option<&Taken>,
) -> Option<(&'a str, &'a str)> {
    let mut versions: Vec<TlsVersion> =
        wrong(want, seen).into_iter().map(|(version, _)| version).collect();
    if !seen.unknown_here().is_empty() {
        versions.push(TlsVersion::V1_3);
    }
    let of_version = versions.iter().find_map(|one| tls_policy::enforcer(&seen.enforced, *one));
    of_version.or_else(|| {
        (lack(want, seen, outside) == Some(Lack::Ciphers))
            .then(|| tls_policy::cipher_enforcer(&seen.enforced, &seen.suites.ciphers_off))?
    })
}

/// Versions that the listener showed to be otherwise than declared.
fn contradicted(want: &Desired, outside: &Taken) -> Vec<(TlsVersion, bool)> {
    let refused = want.enable.iter().filter(|version| outside.in_force(**version) == Some(false));
    let taken = want.disable.iter().filter(|version| outside.in_force(**version) == Some(true));
    refused.map(|version| (*version, true)).chain(taken.map(|version| (*version, false))).collect()
}

/// What leaves nothing to negotiate; where the listener showed that something is left, nothing does.
fn lack(want: &Desired, seen: &Schannel, outside: Option<&Taken>) -> Option<Lack> {
    let something = outside.is_some_and(|taken| !taken.accepted.is_empty());
    if something { None } else { tls_lack::lack(want, seen) }
}

fn version_found((version, wished): (TlsVersion, bool)) -> Found {
    let finding = if wished { Finding::TlsVersionOff } else { Finding::TlsVersionOn };
    Found::from(finding).with("version", version.name())
}

fn inside_findings(want: &Desired, seen: &Schannel, outside: Option<&Taken>) -> Vec<Found> {
    let mut found = tls_lack::findings(lack(want, seen, outside), seen);
    if !seen.unknown_here().is_empty() {
        found.push(
            Found::from(Finding::TlsNotOfThisWindows)
                .with("version", TlsVersion::V1_3.name())
                .with("build", seen.build.to_string()),
        );
    }
    let wrong = wrong(want, seen);
    if let Some((value, policy)) = enforced(want, seen, outside) {
        found.push(Found::from(Finding::TlsByPolicy).with("value", value).with("policy", policy));
    }
    if seen.offered().is_empty() {
        found.push(Finding::TlsAllOff.into());
    }
    found.extend(wrong.into_iter().map(version_found));
    if seen.suites.fips {
        found.push(Finding::Fips.into());
    }
    found
}

fn judge_outside(want: &Desired, outside: &Taken, gap: &Gap, goal: Said) -> Verdict {
    let contradicted = contradicted(want, outside);
    if !contradicted.is_empty() {
        return out_of_reach(listed(&contradicted), goal, gap);
    }
    let shown = |version: &TlsVersion| outside.in_force(*version).is_some();
    if want.enable.iter().chain(&want.disable).all(shown) {
        Verdict::healthy(from_outside(goal))
    } else {
        Verdict::Unknown { gap: gap.clone() }
    }
}

fn listed(wrong: &[(TlsVersion, bool)]) -> Said {
    let said = |(version, wished): &(TlsVersion, bool)| {
        if *wished { say::version_off(version.name()) } else { say::version_on(version.name()) }
    };
    say::marks(wrong.iter().map(said).collect::<Vec<_>>())
}

fn goal(want: &Desired) -> Said {
    let list = |versions: &BTreeSet<TlsVersion>| {
        versions.iter().map(|version| version.name()).collect::<Vec<_>>()
    };
    match (want.enable.is_empty(), want.disable.is_empty()) {
        (_, true) => say::on(list(&want.enable)),
        (true, false) => say::off(list(&want.disable)),
        (false, false) => say::on_and_off(list(&want.enable), list(&want.disable)),
    }
}

rdpctl_model::says! { "tls":
    build(build);
    not_in_this_windows(version);
    declare_what_it_has();
    policy_writes(policy, value);
    change_that_policy();
    newer_than_this(build);
    marks(all);
    set_yet(shown);
    version_off(version);
    version_on(version);
    on(versions);
    off(versions);
    on_and_off(on, off);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_tables_are_both_read() {
        let list: Desired = serde_json::from_str(r#"["1.2"]"#).unwrap();
        assert_eq!(rdpctl_words::english(&goal(&list)), "1.2 on");
        let table: Desired =
            serde_json::from_str(r#"{ "enable": ["1.2"], "disable": ["1.0"] }"#).unwrap();
        assert_eq!(rdpctl_words::english(&goal(&table)), "1.2 on, 1.0 off");
        let wrong = serde_json::from_str::<Desired>(r#"["1.4"]"#).unwrap_err().to_string();
        let said = "`1.4` is not a version of TLS; versions are 1.0, 1.1, 1.2, 1.3";
        assert!(wrong.starts_with(said), "{wrong}");
    }
}

//! Network Level Authentication: callers prove who they are before a session is built.
//!
//! Three registry values are the whole evidence, so an offline disk can answer for a dead guest.

use rdpctl_model::guest::RegData;
use rdpctl_model::handshake::NlaState;
use rdpctl_model::step::{Check, Disruption, Guarded, Setting};
use rdpctl_model::{FacetId, Finding, Found, Gap, GuestAction, Said, Step, Survey, Verdict};
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::{Erratum, Manual};
use crate::nla_policy::{self, AUTHENTICATION, ByPolicy, LAYER};
pub use crate::nla_wish::Desired;
use crate::paths::RDP_TCP;
use crate::policy_owner::Owner;
use crate::seen_from::{EITHER_SIDE, SeenFrom, from_outside, handshake, out_of_reach};
use crate::steps::say as step;

/// The facet.
pub struct Nla;

/// What was set, and what the listener enforces.
pub type Seen = SeenFrom<Values, Enforced>;

/// Whether the listener lets callers in who have not authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Enforced {
    /// It does not.
    Required,
    /// It does.
    Optional,
}

/// The listener's security values, and the policy's, which win.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Values {
    layer: Option<u32>,
    authentication: Option<u32>,
    negotiation: Option<u32>,
    #[serde(default)]
    policy: ByPolicy,
}

impl Facet for Nla {
    const ID: FacetId = FacetId::Nla;
    const READS: &'static [rdpctl_model::facet::World] = EITHER_SIDE;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "Callers authenticate before a session exists (NLA).",
        declare: "nla = true   (or false, with the guard weaken)",
        reads: &[
            r"…\WinStations\RDP-Tcp: SecurityLayer, UserAuthentication, fAllowSecProtocolNegotiation",
            r"HKLM\SOFTWARE\Policies\…\Terminal Services: SecurityLayer, UserAuthentication (policies, which win); where they are not as declared, gpresult and registry.pol, which tell whether a policy stands behind them",
            "outside: what the listener offers and enforces in the RDP negotiation",
        ],
        healthy: "UserAuthentication 1, SecurityLayer 1 or 2 (2 is better than 1 and no drift), negotiation allowed",
        sets: &[
            "the values that are out of their range or not as declared, and no others",
            "a value under the policies' key is deleted where no policy stands behind it",
        ],
        risk: "One restart of TermService: sessions are disconnected and may be resumed. A client that cannot do NLA is locked out.",
        undo: "The journal keeps the way back, which writes the former values.",
        seed: &["Azure 4.4: enable NLA"],
        pages: &[
            "https://learn.microsoft.com/troubleshoot/azure/virtual-machines/troubleshoot-rdp-internal-error",
        ],
        errata: &[Erratum {
            says: "set SecurityLayer to 1 along with UserAuthentication",
            wrong: "that lowers the layer from 2 (TLS) to 1 (negotiate) on most machines",
            instead: "2 is kept; only a value that is out of range, or 0 together with NLA, is changed",
        }],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        SeenFrom::both(values(survey), enforced(survey))
    }

    fn judge(want: &Desired, seen: &Seen, _: &Context) -> Verdict {
        let goal = match want {
            Desired::Required => say::required(),
            Desired::Off => say::off(),
        };
        let (seen, outside) = match seen {
            SeenFrom::Inside { inside, outside } => (inside, *outside),
            SeenFrom::Outside { outside, .. } if in_force(*want, *outside) => {
                return Verdict::healthy(from_outside(goal));
            }
            SeenFrom::Outside { outside, gap } => return out_of_reach(shown(*outside), goal, gap),
        };
        if let Some(against) = seen.policy.enforced(*want) {
            return Verdict::Blocked {
                from: say::by_policy(against.name, against.value),
                to: goal,
                by: against.owner.said(against.setting),
                advice: say::change_the_policy(),
            };
        }
        let left = seen.policy.left(*want);
        let faults = faults(*want, seen);
        if faults.is_empty() && left.is_empty() {
            return match outside {
                Some(outside) if !in_force(*want, outside) => {
                    Verdict::drifted(say::set_yet_not_in_force(shown(outside)), goal)
                }
                Some(_) | None => Verdict::healthy(goal),
            };
        }
        let left = left.iter().map(|one| step::left_under_policies(one.name, one.value));
        let faults = faults.iter().map(|fault| match fault.was {
            Some(was) => say::value(fault.name, was),
            None => say::absent(fault.name),
        });
        let from: Vec<Said> = left.chain(faults).collect();
        Verdict::drifted(say::values(from), goal)
    }

    fn findings(want: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        let against = match want {
            Desired::Required => Finding::NlaNotAsDeclared,
            Desired::Off => Finding::NlaRequired,
        };
        let (seen, outside) = match seen {
            SeenFrom::Inside { inside, outside } => (inside, *outside),
            SeenFrom::Outside { outside, .. } if in_force(*want, *outside) => return Vec::new(),
            SeenFrom::Outside { .. } => return vec![against.into()],
        };
        if let Some(one) = seen.policy.enforced(*want) {
            let told = Found::from(Finding::NlaByPolicy).with("value", one.name);
            return vec![match one.owner {
                Owner::Policy(name) => told.with("policy", name.as_str()),
                Owner::Unknown | Owner::Nobody => told,
            }];
        }
        let left = seen.policy.left(*want);
        let left = left.iter().map(|one| {
            Found::from(Finding::NlaByLeftover)
                .with("name", one.name)
                .with("value", one.value.to_string())
        });
        let faults = faults(*want, seen);
        let faults = faults.iter().map(|fault| match fault.name {
            LAYER => Finding::SecurityLayerOutOfRange.into(),
            "fAllowSecProtocolNegotiation" => Finding::NegotiationOff.into(),
            _ => against.into(),
        });
        let found: Vec<Found> = left.chain(faults).collect();
        match outside {
            Some(outside) if found.is_empty() && !in_force(*want, outside) => vec![against.into()],
            Some(_) | None => found,
        }
    }

    fn mend(want: &Desired, seen: &Seen, _: &Context) -> Vec<Step> {
        let purpose = Purpose { facet: Self::ID, seed: "Azure 4.4", why: step::listener_values() };
        let SeenFrom::Inside { inside: seen, .. } = seen else { return Vec::new() };
        let faults = faults(*want, seen);
        let removed = nla_policy::removed(&seen.policy.left(*want), &purpose);
        let removed = removed
            .into_iter()
            .map(|step| if *want == Desired::Off { step.guarded(Guarded::Weaken) } else { step });
        if faults.is_empty() && removed.len() == 0 {
            let purpose = Purpose { why: step::listener_former(), ..purpose };
            return vec![
                purpose
                    .guest(
                        GuestAction::RestartRdp { session_env: false },
                        step::former_values(),
                        step::set_values(),
                    )
                    .disrupting(Disruption::RestartsRdp)
                    .irreversible(),
            ];
        }
        let set = faults.into_iter().map(|fault| {
            let before = fault
                .was
                .map_or_else(|| step::value_absent(fault.name), |was| say::value(fault.name, was));
            let step = purpose
                .guest(
                    GuestAction::SetRegistry {
                        key: RDP_TCP.to_owned(),
                        name: fault.name.to_owned(),
                        data: RegData::Dword(fault.good),
                        setting: Setting::Authentication,
                    },
                    before,
                    say::value(fault.name, fault.good),
                )
                .disrupting(Disruption::RestartsRdp)
                .expecting(vec![Check::Registry {
                    key: RDP_TCP.to_owned(),
                    name: fault.name.to_owned(),
                    data: fault.was.map(RegData::Dword),
                }]);
            if *want == Desired::Off { step.guarded(Guarded::Weaken) } else { step }
        });
        removed.chain(set).collect()
    }
}

struct Fault {
    name: &'static str,
    was: Option<u32>,
    good: u32,
}

fn values(survey: &Survey) -> Result<Values, Gap> {
    let guest = survey.guest.as_ref().map_err(Clone::clone)?;
    let registry = &guest.registry;
    Ok(Values {
        layer: registry.dword(RDP_TCP, "SecurityLayer")?,
        authentication: registry.dword(RDP_TCP, "UserAuthentication")?,
        negotiation: registry.dword(RDP_TCP, "fAllowSecProtocolNegotiation")?,
        policy: ByPolicy::read(guest)?,
    })
}

fn enforced(survey: &Survey) -> Option<Enforced> {
    match handshake(survey)?.nla {
        NlaState::Required => Some(Enforced::Required),
        NlaState::Optional | NlaState::Unavailable => Some(Enforced::Optional),
        NlaState::Unknown => None,
    }
}

fn in_force(want: Desired, outside: Enforced) -> bool {
    match want {
        Desired::Required => outside == Enforced::Required,
        Desired::Off => outside == Enforced::Optional,
    }
}

fn shown(outside: Enforced) -> Said {
    match outside {
        Enforced::Required => say::required_outside(),
        Enforced::Optional => say::not_required_outside(),
    }
}

rdpctl_model::says! { "nla":
    required();
    off();
    required_outside();
    not_required_outside();
    set_yet_not_in_force(shown);
    by_policy(name, value);
    change_the_policy();
    value(name, value);
    absent(name);
    values(all);
}

fn faults(want: Desired, seen: &Values) -> Vec<Fault> {
    let mut faults = Vec::new();
    let required = want == Desired::Required;
    if !seen.policy.wins(AUTHENTICATION, want)
        && seen.authentication.unwrap_or(0) != u32::from(required)
    {
        faults.push(Fault {
            name: AUTHENTICATION,
            was: seen.authentication,
            good: u32::from(required),
        });
    }
    // A missing layer counts as 2. A value out of range ends every connection without a word.
    let layer_bad = seen.layer.is_some_and(|layer| layer > 2 || (layer == 0 && required));
    if !seen.policy.wins(LAYER, want) && layer_bad {
        faults.push(Fault { name: LAYER, was: seen.layer, good: 2 });
    }
    if seen.negotiation.is_some_and(|negotiation| negotiation > 1 || (negotiation == 0 && required))
    {
        faults.push(Fault { name: "fAllowSecProtocolNegotiation", was: seen.negotiation, good: 1 });
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(layer: u32, authentication: Option<u32>) -> Values {
        Values {
            layer: Some(layer),
            authentication,
            negotiation: Some(1),
            policy: ByPolicy::default(),
        }
    }

    #[test]
    fn a_better_layer_is_not_drift_and_one_that_is_no_layer_is() {
        let changed = |seen: &Values| {
            faults(Desired::Required, seen).iter().map(|fault| fault.name).collect::<Vec<_>>()
        };
        assert!(changed(&seen(2, Some(1))).is_empty());
        assert!(changed(&seen(1, Some(1))).is_empty());
        assert_eq!(changed(&seen(0, Some(1))), ["SecurityLayer"]);
        assert_eq!(changed(&seen(7, Some(0))), ["UserAuthentication", "SecurityLayer"]);
        assert_eq!(changed(&seen(2, None)), ["UserAuthentication"]);
    }
}

//! Windows firewall is on, and it lets RDP in on the declared port.

use rdpctl_model::step::{Check, Guarded, Switch};
use rdpctl_model::{FacetId, Found, Gap, GuestAction, Said, Step, Survey, Verdict};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::firewall_by::By;
use crate::firewall_door::{Callers, Looker, Shut, door};
use crate::firewall_look::{Look, short};
use crate::firewall_seen::Owned;
pub use crate::firewall_seen::Seen;
pub use crate::firewall_wish::Desired;
use crate::manual::{Erratum, Manual};
use crate::paths::FIREWALL_POLICY;
use crate::steps::say as step;

/// The facet.
pub struct Firewall;

impl Facet for Firewall {
    const ID: FacetId = FacetId::Firewall;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "Windows firewall is on and lets RDP in on the declared port.",
        declare: "firewall = \"on\"   (\"keep\" leaves a firewall off that is off; \"off\" needs the guard firewall-off)",
        reads: &[
            r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy: the three profiles and the rules that may concern RDP",
            r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall, and the key Mdm beside the rules: the same by policy and by device management, which win",
        ],
        healthy: "in every profile that is on, an inbound TCP packet to the port for TermService passes for those whom `ingress` names: no active block, an active allow",
        sets: &[
            "netsh advfirewall firewall set rule group=\"@FirewallAPI.dll,-28752\" new enable=yes (works in every language)",
            "an own rule, TCP and UDP, for another port than 3389, which the built-in rules do not follow, and where they lack a profile or are for others than those whom `ingress` names",
            "after a move, once the new port is proved: our own rule for the former port is deleted; the built-in rules let in TermService alone and are left",
            "netsh advfirewall set … state on",
        ],
        risk: "Turning a firewall on may close other ports that somebody uses; `keep` does not.",
        undo: "The journal keeps the way back, which disables the group again, deletes own rules by name, and sets the former state.",
        seed: &[
            "Tencent 6.10–6.14: firewall state and the allowed app “Remote Desktop”",
            "Azure 1.3: firewall for the new port",
        ],
        pages: &[
            "https://learn.microsoft.com/windows-server/administration/windows-commands/netsh-advfirewall",
        ],
        errata: &[
            Erratum {
                says: "if the firewall is off, contact support; then: turn the firewall off",
                wrong: "the two contradict each other, and off leaves every port of the guest open",
                instead: "off is an explicit wish with a guard of its own; the normal repair is the rule group",
            },
            Erratum {
                says: "tick “Remote Desktop” in the list of allowed apps",
                wrong: "the built-in rule may be an active block, which ticking does not change",
                instead: "the rule's action is read; a block is named",
            },
        ],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        Seen::read(survey)
    }

    fn judge(want: &Desired, seen: &Seen, at: &Context) -> Verdict {
        if seen.build < OLDEST {
            return Verdict::NotApplicable { reason: say::not_supported(seen.build) };
        }
        let goal = goal(*want, at.port);
        let look = Look::at(*want, seen, at);
        let from = look.said(at.port);
        if from.is_empty() {
            return Verdict::healthy(goal);
        }
        match look.hindrance() {
            Some((by, advice)) => Verdict::Blocked { from: say::marks(from), to: goal, by, advice },
            None => Verdict::drifted(say::marks(from), goal),
        }
    }

    fn accuse(want: &Desired, seen: &Seen, at: &Context) -> Option<Verdict> {
        let look = Look::at(*want, seen, at);
        // Bans of others are no reason why whoever looks gets no answer.
        let bans = look.bans();
        let meant = bans.iter().find(|ban| ban.looker == Looker::Meant);
        let doubtful = || bans.iter().find(|ban| ban.looker == Looker::NotKnown);
        if let Some(ban) = meant.or_else(doubtful) {
            let rule = &ban.rule;
            let addresses = short(&ban.addresses);
            return Some(Verdict::Blocked {
                from: match (ban.looker, at.caller) {
                    (Looker::Meant, Some(caller)) => {
                        say::rule_keeps_looker_out(rule, caller.to_string(), addresses)
                    }
                    (Looker::Meant | Looker::NotKnown | Looker::Others, _) => {
                        say::rule_keeps_out(rule, addresses)
                    }
                },
                to: goal(*want, at.port),
                by: say::block_rule(rule),
                advice: say::take_yours_out(rule),
            });
        }
        let (rules, to) = look.scoped_for_unknown()?;
        Some(Verdict::Blocked {
            from: say::let_in_only(at.port, short(to)),
            to: goal(*want, at.port),
            by: say::scope_of(short(rules)),
            advice: say::widen_the_scope(),
        })
    }

    fn findings(want: &Desired, seen: &Seen, at: &Context) -> Vec<Found> {
        Look::at(*want, seen, at).findings(at.port)
    }

    fn mend(want: &Desired, seen: &Seen, at: &Context) -> Vec<Step> {
        let purpose =
            Purpose { facet: Self::ID, seed: "Tencent 6.10-6.14", why: step::wall_closed(at.port) };
        let look = Look::at(*want, seen, at);
        // The door is opened before the wall goes up.
        let mut steps = opening(&look, seen, at, &purpose);
        for port in &look.left {
            steps.push(at.guarding_the_move(purpose.guest(
                GuestAction::DeleteFirewallRule { port: *port },
                step::own_rule(*port),
                step::own_rule_deleted(*port),
            )));
        }
        for side in &look.sides {
            let Some(state) = side.set else { continue };
            let (off, on) = (step::wall_off(side.said()), step::wall_on(side.said()));
            let (before, after) = if state == Switch::On { (off, on) } else { (on, off) };
            let step = purpose
                .guest(
                    GuestAction::SetFirewallProfile { profile: side.profile, state },
                    before,
                    after,
                )
                .expecting(vec![Check::Registry {
                    key: format!(r"{FIREWALL_POLICY}\{}", side.key),
                    name: "EnableFirewall".to_owned(),
                    data: Some(rdpctl_model::guest::RegData::Dword(u32::from(
                        state == Switch::Off,
                    ))),
                }]);
            steps.push(if state == Switch::Off {
                step.guarded(Guarded::FirewallOff)
            } else {
                step
            });
        }
        steps
    }
}

/// Windows 8.1 and 2012 R2: older ones have other rules under the same names.
const OLDEST: u32 = 9600;

/// The steps that open the door: Windows' own group where that is enough, else a rule of our own.
fn opening(look: &Look, seen: &Seen, at: &Context, purpose: &Purpose) -> Vec<Step> {
    if look.shut().next().is_none() {
        return Vec::new();
    }
    let group = at.port == 3389 && group_opens(look, seen, at);
    if group {
        let was =
            if group_is_active(seen, at.port) { step::rules_active() } else { step::group_off() };
        return vec![purpose.guest(GuestAction::EnableRemoteDesktopRules, was, step::group_on())];
    }
    // Somebody narrowed it on purpose, to addresses or by conditions.
    let scoped = look.shut().find_map(|(_, shut)| match shut {
        Shut::Scoped { to, .. } => Some(say::let_in_only(at.port, short(to))),
        Shut::NoRule { conditional, .. } if !conditional.is_empty() => {
            Some(say::let_in_under_only(at.port, short(conditional)))
        }
        Shut::Exceptions(_) | Shut::Blocked(_) | Shut::NoRule { .. } => None,
    });
    let everybody = at.sources.iter().any(|net| net.prefix_len() == 0);
    let sources = if everybody { Vec::new() } else { at.sources.clone() };
    let before = scoped.clone().unwrap_or_else(|| say::no_rule(at.port));
    let step = at.guarding_the_move(purpose.guest(
        GuestAction::AddFirewallRule { port: at.port, sources },
        before,
        step::own_rule(at.port),
    ));
    // To widen it to the whole internet is asked for.
    let widens = scoped.is_some() && (everybody || at.sources.is_empty());
    vec![if widens { step.guarded(Guarded::OpenToWorld) } else { step }]
}

/// Whether Windows' own rules would let in everybody who is to be let in, were they enabled and allowing.
fn group_opens(look: &Look, seen: &Seen, at: &Context) -> bool {
    let enabled: Vec<Owned> = seen
        .all_rules(at.port)
        .into_iter()
        .map(|(mut rule, by)| {
            if rule.remote_desktop_group && by == By::Local {
                (rule.active, rule.blocks) = (true, false);
            }
            (rule, by)
        })
        .collect();
    look.sides.iter().zip(&seen.profiles).filter(|(side, _)| side.door.shut.is_some()).all(
        |(side, settings)| {
            let callers = Callers { declared: &at.sources, looking: at.caller };
            door(settings, side.word, &enabled, callers).shut.is_none()
        },
    )
}

fn group_is_active(seen: &Seen, port: u16) -> bool {
    seen.all_rules(port).iter().any(|(rule, _)| rule.remote_desktop_group && rule.active)
}

fn goal(want: Desired, port: u16) -> Said {
    match want {
        Desired::On => say::on(port),
        Desired::Keep => say::keep(port),
        Desired::Off => say::off(),
    }
}

rdpctl_model::says! { "firewall":
    not_supported(build);
    rule_keeps_out(rule, addresses);
    rule_keeps_looker_out(rule, caller, addresses);
    block_rule(rule);
    take_yours_out(rule);
    let_in_only(port, to);
    scope_of(rules);
    widen_the_scope();
    on(port);
    keep(port);
    off();
    let_in_under_only(port, rules);
    no_rule(port);
    marks(all);
}

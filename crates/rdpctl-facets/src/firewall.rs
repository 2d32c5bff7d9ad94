//! Windows firewall is on, and it lets RDP in on the declared port.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::step::{Check, FirewallProfile, Guarded, Switch};
use rdpctl_model::{FacetId, Gap, GuestAction, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::firewall_rule::{FirewallRule, Match};
use crate::manual::{Erratum, Manual};
use crate::paths::{FIREWALL_GROUP_POLICY, FIREWALL_POLICY};

/// The facet.
pub struct Firewall;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// On in every profile, and RDP is let in.
    On,
    /// As it is, as long as RDP is let in: a firewall that somebody turned off stays off.
    Keep,
    /// Off for private and public networks, as the founding document's last resort. Needs its guard.
    Off,
}

/// Profile values and rules, local and by policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    /// Domain, private, public.
    profiles: [ProfileSeen; 3],
    /// Rule texts by id, as far as they may concern RDP.
    rules: BTreeMap<String, String>,
    /// Rules that a policy sets.
    policy_rules: BTreeMap<String, String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct ProfileSeen {
    enabled: Option<u32>,
    no_exceptions: Option<u32>,
    default_inbound: Option<u32>,
    policy_enabled: Option<u32>,
    policy_merge: Option<u32>,
}

/// Word for people, registry names (local, policy), and the name in rules.
const PROFILES: [(FirewallProfile, &str, &str, &str); 3] = [
    (FirewallProfile::Domain, "domain", "DomainProfile", "DomainProfile"),
    (FirewallProfile::Private, "private", "StandardProfile", "PrivateProfile"),
    (FirewallProfile::Public, "public", "PublicProfile", "PublicProfile"),
];

impl Facet for Firewall {
    const ID: FacetId = FacetId::Firewall;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "Windows firewall is on and lets RDP in on the declared port.",
        declare: "firewall = \"on\"   (\"keep\" leaves a firewall off that is off; \"off\" needs the guard firewall-off)",
        reads: &[
            r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy: the three profiles and the rules that may concern RDP",
            r"HKLM\SOFTWARE\Policies\Microsoft\WindowsFirewall: the same by policy, which wins",
        ],
        healthy: "in every profile that is on, an inbound TCP packet to the port for TermService passes: no active block, an active allow",
        sets: &[
            "netsh advfirewall firewall set rule group=\"@FirewallAPI.dll,-28752\" new enable=yes (works in every language)",
            "an own rule, TCP and UDP, for another port than 3389: the built-in rules do not follow the port",
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
        let guest = survey.guest.as_ref().map_err(Clone::clone)?;
        let registry = &guest.registry;
        let mut profiles = [ProfileSeen::default(); 3];
        let policy_root = registry.key(FIREWALL_GROUP_POLICY)?.is_some();
        for (seen, (_, _, local, policy)) in profiles.iter_mut().zip(PROFILES) {
            let key = format!(r"{FIREWALL_POLICY}\{local}");
            seen.enabled = registry.dword(&key, "EnableFirewall")?;
            seen.no_exceptions = registry.dword(&key, "DoNotAllowExceptions")?;
            seen.default_inbound = registry.dword(&key, "DefaultInboundAction")?;
            if policy_root {
                // A tree lists only the subkeys that exist, so one that was not listed is absent.
                let key = format!(r"{FIREWALL_GROUP_POLICY}\{policy}").to_ascii_lowercase();
                if registry.keys.contains_key(&key) {
                    seen.policy_enabled = registry.dword(&key, "EnableFirewall")?;
                    seen.policy_merge = registry.dword(&key, "AllowLocalPolicyMerge")?;
                }
            }
        }
        let policy_rules = registry
            .below(FIREWALL_GROUP_POLICY)
            .filter(|(key, _)| key.ends_with(r"\firewallrules"))
            .flat_map(|(_, values)| values)
            .filter_map(|(id, data)| {
                let rdpctl_model::guest::RegData::Sz(text) = data else { return None };
                Some((id.clone(), text.clone()))
            })
            .collect();
        Ok(Seen { profiles, rules: relevant(guest.firewall_rules.clone()?), policy_rules })
    }

    fn judge(want: &Desired, seen: &Seen, at: &Context) -> Verdict {
        let findings = findings(*want, seen, at.port);
        let goal = goal(*want, at.port);
        if findings.is_empty() {
            return Verdict::healthy(goal);
        }
        let from =
            findings.iter().map(|finding| finding.words.clone()).collect::<Vec<_>>().join(", ");
        if let Some(policy) = findings.iter().find_map(|finding| finding.policy.clone()) {
            return Verdict::Blocked {
                from,
                to: goal,
                by: policy,
                advice: "change the policy: add a rule for Remote Desktop there, or allow local rules to be merged".to_owned(),
            };
        }
        if let Some(rule) = findings.iter().find_map(|finding| finding.foreign_block.clone()) {
            return Verdict::Blocked {
                from,
                to: goal,
                by: format!("the active block rule {rule}, which somebody made on purpose"),
                advice: format!("disable or delete the rule {rule}; a block beats every allow"),
            };
        }
        Verdict::drifted(from, goal)
    }

    fn mend(want: &Desired, seen: &Seen, at: &Context) -> Vec<Step> {
        let purpose = Purpose {
            facet: Self::ID,
            seed: "Tencent 6.10-6.14",
            why: format!("Windows firewall does not let port {} in as declared", at.port),
        };
        let mut steps: Vec<Step> = Vec::new();
        let findings = findings(*want, seen, at.port);
        // The door is opened before the wall goes up.
        if findings.iter().any(|finding| finding.door) {
            if at.port == 3389 {
                let was = if group_is_active(seen, at.port) {
                    "rules active"
                } else {
                    "rule group “Remote Desktop” disabled"
                };
                steps.push(purpose.guest(
                    GuestAction::EnableRemoteDesktopRules,
                    was,
                    "rule group “Remote Desktop” enabled",
                ));
            } else {
                steps.push(at.guarding_the_move(purpose.guest(
                    GuestAction::AddFirewallRule { port: at.port, sources: Vec::new() },
                    format!("no rule for port {}", at.port),
                    format!("own rule lets port {} in", at.port),
                )));
            }
        }
        for port in left_open(seen, at.port) {
            steps.push(at.guarding_the_move(purpose.guest(
                GuestAction::DeleteFirewallRule { port },
                format!("own rule lets port {port} in"),
                format!("own rule for port {port} deleted"),
            )));
        }
        for finding in &findings {
            if let Some((profile, state)) = finding.set_profile {
                let (key, word) = match profile {
                    FirewallProfile::Domain => ("DomainProfile", "domain"),
                    FirewallProfile::Private => ("StandardProfile", "private"),
                    FirewallProfile::Public => ("PublicProfile", "public"),
                };
                let (before, after) =
                    if state == Switch::On { ("off", "on") } else { ("on", "off") };
                let step = purpose
                    .guest(
                        GuestAction::SetFirewallProfile { profile, state },
                        format!("firewall {before} for {word} networks"),
                        format!("firewall {after} for {word} networks"),
                    )
                    .expecting(vec![Check::Registry {
                        key: format!(r"{FIREWALL_POLICY}\{key}"),
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
        }
        steps
    }
}

struct Finding {
    words: String,
    /// The packet does not pass: a rule is missing or disabled.
    door: bool,
    set_profile: Option<(FirewallProfile, Switch)>,
    policy: Option<String>,
    foreign_block: Option<String>,
}

fn findings(want: Desired, seen: &Seen, port: u16) -> Vec<Finding> {
    let plain = |words: String| Finding {
        words,
        door: false,
        set_profile: None,
        policy: None,
        foreign_block: None,
    };
    let mut found: Vec<Finding> = Vec::new();
    let parse = |rules: &BTreeMap<String, String>| -> Vec<FirewallRule> {
        rules.iter().filter_map(|(id, text)| FirewallRule::parse(id, text, port)).collect()
    };
    let (local, policy) = (parse(&seen.rules), parse(&seen.policy_rules));
    let mut closed = Vec::new();
    for (profile, (which, word, _, _)) in seen.profiles.iter().zip(PROFILES) {
        let on = profile.policy_enabled.or(profile.enabled).unwrap_or(1) != 0;
        match (want, on) {
            (Desired::On, false) if profile.policy_enabled == Some(0) => found.push(Finding {
                policy: Some(format!("a group policy keeps the firewall off for {word} networks")),
                ..plain(format!("firewall off for {word} networks"))
            }),
            (Desired::On, false) => found.push(Finding {
                set_profile: Some((which, Switch::On)),
                ..plain(format!("firewall off for {word} networks"))
            }),
            (Desired::Off, true) if which != FirewallProfile::Domain => found.push(Finding {
                set_profile: Some((which, Switch::Off)),
                ..plain(format!("firewall on for {word} networks"))
            }),
            (Desired::On | Desired::Keep | Desired::Off, _) => {}
        }
        // A profile that is to be turned on is judged as if it were.
        if (on || want == Desired::On) && want != Desired::Off {
            closed.extend(blocked_in(profile, word, &local, &policy));
        }
    }
    for left in left_open(seen, port) {
        found.push(plain(format!("our rule for port {left} is left")));
    }
    if !closed.is_empty() {
        let policy_reason = closed.iter().find_map(|reason| reason.policy.clone());
        let foreign = closed.iter().find_map(|reason| reason.foreign_block.clone());
        let profiles: Vec<&str> = closed.iter().map(|reason| reason.profile).collect();
        let where_ = if profiles.len() == 3 {
            String::new()
        } else {
            format!(" for {} networks", profiles.join(", "))
        };
        found.push(Finding {
            door: true,
            policy: policy_reason,
            foreign_block: foreign,
            ..plain(format!("port {port} not let in{where_}"))
        });
    }
    found
}

struct Reason<'a> {
    profile: &'a str,
    policy: Option<String>,
    foreign_block: Option<String>,
}

fn blocked_in<'a>(
    seen: &ProfileSeen,
    profile: &'a str,
    local: &[FirewallRule],
    policy: &[FirewallRule],
) -> Option<Reason<'a>> {
    let merge = seen.policy_merge != Some(0);
    if seen.no_exceptions.is_some_and(|value| value != 0) {
        return Some(Reason {
            profile,
            policy: Some(
                "“block all incoming connections” is set, so every allow rule is ignored"
                    .to_owned(),
            ),
            foreign_block: None,
        });
    }
    let effective = || {
        policy
            .iter()
            .chain(local.iter().filter(|_| merge))
            .filter(|rule| rule.active && rule.applies_to(profile))
    };
    if let Some(block) =
        effective().find(|rule| rule.blocks && rule.matches != Match::No && rule.remote.is_empty())
    {
        // A block under the built-in group is ours to turn round; anybody else's was made on purpose.
        let foreign_block = (!block.remote_desktop_group).then(|| block.id.clone());
        return Some(Reason { profile, policy: None, foreign_block });
    }
    if effective().any(|rule| !rule.blocks && rule.matches == Match::Yes) {
        return None;
    }
    if seen.default_inbound == Some(0) {
        return None;
    }
    let by_policy = (!merge)
        .then(|| "a group policy ignores local rules (AllowLocalPolicyMerge = 0)".to_owned());
    Some(Reason { profile, policy: by_policy, foreign_block: None })
}

/// Ports other than RDP's for which our own rules are left.
fn left_open(seen: &Seen, port: u16) -> BTreeSet<u16> {
    let ours = |text: &String| {
        let (_, rest) = text.split_once("|Name=rdpctl-rdp-tcp-")?;
        rest.split('|').next()?.parse().ok()
    };
    seen.rules.values().filter_map(ours).filter(|own| *own != port).collect()
}

fn group_is_active(seen: &Seen, port: u16) -> bool {
    seen.rules
        .iter()
        .filter_map(|(id, text)| FirewallRule::parse(id, text, port))
        .any(|rule| rule.remote_desktop_group && rule.active)
}

/// Only rules that may decide about RDP are kept as evidence: others differ between machines for no reason of ours.
fn relevant(rules: BTreeMap<String, String>) -> BTreeMap<String, String> {
    rules
        .into_iter()
        .filter(|(id, text)| {
            FirewallRule::parse(id, text, 3389)
                .is_some_and(|rule| rule.remote_desktop_group || rule.matches != Match::No)
                || text.contains("LPort=")
                || text.contains("LPort2_10=")
        })
        .filter(|(_, text)| !text.contains("EmbedCtxt=@FirewallAPI.dll,-30267"))
        .collect()
}

fn goal(want: Desired, port: u16) -> String {
    match want {
        Desired::On => format!("on, lets port {port} in"),
        Desired::Keep => format!("lets port {port} in"),
        Desired::Off => "off for private and public networks".to_owned(),
    }
}

//! Who is to log on may: no right is denied to those who administer the machine, and it takes the way in which callers
//! authenticate.
//!
//! An outside handshake ends before the log-on; of it there shows only which CredSSP the server speaks, and whether it
//! refuses NTLM. Rights are changed where they come from, by people: what is found here is blocked, with what to do.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::facet::World;
use rdpctl_model::handshake::Problem;
use rdpctl_model::{FacetId, Finding, Found, Gap, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet};
use crate::logon_accounts::{KeptOut, LetIn, let_in};
use crate::logon_credssp::{Oracle, lacks_the_update, oracle};
use crate::logon_domain::{distrusted, in_domain, silent};
use crate::logon_fault::{Fault, Old, Shown};
use crate::logon_rights::{Group, Right};
use crate::manual::Manual;
use crate::paths::NTLM;
use crate::seen_from::{EITHER_SIDE, SeenFrom, handshake};

/// The facet.
pub struct Logon;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// Administrators, and the members of Remote Desktop Users, may log on.
    Allowed,
}

/// What is known of logging on, from inside and from outside.
pub type Seen = SeenFrom<Inside, Outside>;

/// What the listener showed of logging on, without any credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Outside {
    /// Its CredSSP is of before 2018.
    outdated: bool,
    /// It gave no NTLM challenge.
    refuses_ntlm: bool,
}

/// Who holds the four rights that decide about Remote Desktop, and what is taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own, and any may hold beside another"
)]
pub struct Inside {
    /// The well-known groups that hold each right, or are denied it.
    rights: BTreeMap<Right, BTreeSet<Group>>,
    /// `RestrictReceivingNTLMTraffic`; 2 refuses all accounts.
    ntlm: Option<u32>,
    /// Whether a domain's policies reach the machine.
    domain: bool,
    /// Whether the machine and its domain no longer trust each other, by the log.
    #[serde(default)]
    distrusted: bool,
    /// Whether no controller of the domain has answered since the machine complained of it.
    #[serde(default)]
    silent: bool,
    /// What the server asks of its clients' CredSSP, where it has the update for it.
    #[serde(default)]
    oracle: Oracle,
    /// Whether its build is of before the update of CredSSP.
    #[serde(default)]
    outdated: bool,
    /// The local accounts that groups let in, where they were read.
    #[serde(default)]
    accounts: Option<LetIn>,
}

impl Facet for Logon {
    const ID: FacetId = FacetId::Logon;
    const READS: &'static [World] = EITHER_SIDE;
    const CAUSES: &'static [FacetId] = &[FacetId::Power];
    const MANUAL: Manual = Manual {
        summary: "No right keeps administrators and Remote Desktop users from logging on.",
        declare: "logon = \"allowed\"",
        reads: &[
            "secedit /export /areas USER_RIGHTS: SeNetworkLogonRight, SeRemoteInteractiveLogonRight and their denials, by SID",
            r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa\MSV1_0: RestrictReceivingNTLMTraffic",
            r"HKLM\SAM\SAM\Domains, as SYSTEM: of each local account the value F (states and times), of Administrators and Remote Desktop Users the members; never V, which holds secrets",
            "secedit /export /areas SECURITYPOLICY: how passwords age and accounts are locked",
            "whether a domain's policies reach the machine; NETLOGON's events 3210 (the domain no longer knows the machine) and 5719 (no controller answers), and when policies were last applied (1500, 1502), by which 5719 is over; of a domain's accounts only that they are members",
            r"…\Policies\System\CredSSP\Parameters: AllowEncryptionOracle; HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion: CurrentBuild, UBR (whether it has the update of CVE-2018-0886)",
            "outside: the version of CredSSP, and whether NTLM is refused outright; no credential is offered",
        ],
        healthy: "administrators hold both rights and are denied neither; local accounts are denied only in a domain; NTLM is refused only in a domain; CredSSP is of 2018 or later; outside a domain some local account is neither disabled, locked, expired, nor to change its password first",
        sets: &[
            "nothing: rights come from policies and security templates, which write them again; it says where to change them",
        ],
        risk: "None.",
        undo: "Nothing to undo.",
        seed: &["after both documents: they end before the log-on"],
        pages: &[
            "https://learn.microsoft.com/windows-server/remote/remote-desktop-services/troubleshoot/cannot-authenticate-or-must-authenticate-twice",
            "https://learn.microsoft.com/windows/security/threat-protection/security-policy-settings/deny-access-to-this-computer-from-the-network",
        ],
        errata: &[],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        let outside = handshake(survey).map(|shown| Outside {
            outdated: shown.problems.contains(&Problem::CredsspOutdated),
            refuses_ntlm: shown.problems.contains(&Problem::NtlmRefused),
        });
        match (inside(survey), outside) {
            // Alone the outside proves nothing sound here: it ends before the log-on.
            (Err(gap), None | Some(Outside { outdated: false, .. })) => Err(gap),
            (inside, outside) => SeenFrom::both(inside, outside),
        }
    }

    fn judge(_: &Desired, seen: &Seen, _: &Context) -> Verdict {
        let faults = faults(seen);
        let Some(first) = faults.first() else {
            let looked =
                matches!(seen, SeenFrom::Inside { inside, .. } if inside.accounts.is_some());
            let elsewhere = matches!(seen, SeenFrom::Inside { inside, .. } if inside.domain);
            return Verdict::healthy(match (looked, elsewhere) {
                (true, false) => say::allowed(),
                (true, true) => say::domain_not_seen(),
                (false, _) => say::by_rights_alone(),
            });
        };
        Verdict::Blocked {
            from: say::faults(faults.iter().map(Fault::said).collect::<Vec<_>>()),
            to: say::allowed(),
            by: first.by(),
            advice: first.advice(),
        }
    }

    fn findings(_: &Desired, seen: &Seen, _: &Context) -> Vec<Found> {
        let faults = faults(seen);
        let told = faults.iter().any(|fault| matches!(fault, Fault::Nobody(_)));
        let mut found: Vec<Found> = faults.iter().flat_map(Fault::found).collect();
        if let (SeenFrom::Inside { inside: Inside { accounts: Some(accounts), .. }, .. }, false) =
            (seen, told)
        {
            // Accounts that are switched off are usual.
            let kept = accounts.kept_out.iter().filter(|(_, kept)| **kept != KeptOut::Disabled);
            found.extend(kept.map(|(name, kept)| kept.found(name)));
        }
        if let SeenFrom::Inside { inside, .. } = seen {
            let silent =
                inside.silent && !faults.iter().any(|fault| matches!(fault, Fault::Silent));
            found.extend(silent.then(|| Finding::DomainSilent.into()));
            found.extend(inside.oracle.finding().map(Found::from));
        }
        found
    }

    fn mend(_: &Desired, _: &Seen, _: &Context) -> Vec<Step> {
        Vec::new()
    }
}

fn inside(survey: &Survey) -> Result<Inside, Gap> {
    let guest = survey.guest.as_ref().map_err(Clone::clone)?;
    let held = guest.rights.as_ref().map_err(Clone::clone)?;
    let rights = Right::ALL
        .into_iter()
        .map(|right| {
            let groups = held
                .get(right.name())
                .into_iter()
                .flatten()
                .filter_map(|holder| Group::of_sid(holder.trim_start_matches('*')))
                .collect();
            (right, groups)
        })
        .collect();
    let denials = [Right::DenyNetwork, Right::DenyRemote];
    let denied: Vec<&str> = denials
        .into_iter()
        .filter_map(|right| held.get(right.name()))
        .flatten()
        .map(|holder| holder.trim_start_matches('*'))
        .collect();
    Ok(Inside {
        rights,
        ntlm: guest.registry.dword(NTLM, "RestrictReceivingNTLMTraffic")?,
        domain: in_domain(guest),
        distrusted: distrusted(guest),
        silent: silent(guest),
        oracle: oracle(&guest.registry)?,
        outdated: lacks_the_update(&guest.registry)?,
        accounts: let_in(guest, &denied, survey.taken_at),
    })
}

rdpctl_model::says! { "logon":
    allowed();
    by_rights_alone();
    faults(all);
    domain_not_seen();
}

fn faults(seen: &Seen) -> Vec<Fault> {
    match seen {
        SeenFrom::Outside { .. } => vec![Fault::Outdated(Old::Seen)],
        SeenFrom::Inside { inside, outside } => {
            let outside = outside.unwrap_or_default();
            let mut faults = faults_inside(inside);
            let told = faults.iter().any(|fault| matches!(fault, Fault::NtlmRefused(_)));
            if outside.refuses_ntlm && !inside.domain && !told {
                faults.push(Fault::NtlmRefused(Shown::NoChallenge));
            }
            if outside.outdated {
                faults.push(Fault::Outdated(Old::Seen));
            } else if inside.outdated {
                faults.push(Fault::Outdated(Old::Build));
            }
            faults
        }
    }
}

fn faults_inside(seen: &Inside) -> Vec<Fault> {
    let holders = |right: Right| seen.rights.get(&right).cloned().unwrap_or_default();
    let mut faults = Vec::new();
    for right in [Right::DenyNetwork, Right::DenyRemote] {
        let denied: Vec<Group> = holders(right)
            .into_iter()
            // What baselines ask of members of a domain, whose administrators come from there.
            .filter(|group| {
                !(seen.domain && matches!(group, Group::LocalAccounts | Group::LocalAdministrators))
            })
            .collect();
        if !denied.is_empty() {
            faults.push(Fault::Denied(right, denied));
        }
    }
    for right in [Right::Network, Right::Remote] {
        let enough = [
            Group::Everyone,
            Group::AuthenticatedUsers,
            Group::Administrators,
            Group::Users,
            Group::RemoteDesktopUsers,
        ];
        let empty = |group: &Group| {
            *group == Group::RemoteDesktopUsers
                && !seen.domain
                && seen.accounts.as_ref().is_some_and(|accounts| !accounts.remote_desktop_users)
        };
        if !holders(right).iter().any(|group| enough.contains(group) && !empty(group)) {
            faults.push(Fault::Missing(right));
        }
    }
    if seen.ntlm == Some(2) && !seen.domain {
        faults.push(Fault::NtlmRefused(Shown::Value));
    }
    if seen.distrusted && seen.domain {
        faults.push(Fault::Distrusted);
    }
    if seen.silent && seen.accounts.as_ref().is_some_and(|accounts| !accounts.somebody) {
        faults.push(Fault::Silent);
    }
    if let (Some(accounts), false) = (&seen.accounts, seen.domain)
        && !accounts.somebody
        && !accounts.kept_out.is_empty()
    {
        // What was switched off on purpose says less than what came about.
        let mut kept: Vec<(String, KeptOut)> =
            accounts.kept_out.iter().map(|(name, kept)| (name.clone(), *kept)).collect();
        kept.sort_by_key(|(_, kept)| *kept == KeptOut::Disabled);
        faults.push(Fault::Nobody(kept));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(denied: &[(Right, Group)], domain: bool, ntlm: Option<u32>) -> Seen {
        let mut rights: BTreeMap<Right, BTreeSet<Group>> = BTreeMap::from([
            (Right::Network, BTreeSet::from([Group::Everyone, Group::Administrators])),
            (Right::Remote, BTreeSet::from([Group::Administrators, Group::RemoteDesktopUsers])),
        ]);
        for (right, group) in denied {
            rights.entry(*right).or_default().insert(*group);
        }
        inside(Inside { rights, ntlm, domain, ..plain() }, Outside::default())
    }

    fn plain() -> Inside {
        Inside {
            rights: BTreeMap::new(),
            ntlm: None,
            domain: false,
            distrusted: false,
            silent: false,
            oracle: Oracle::Usual,
            outdated: false,
            accounts: None,
        }
    }

    fn inside(inside: Inside, outside: Outside) -> Seen {
        SeenFrom::Inside { inside, outside: Some(outside) }
    }

    fn names(seen: &Seen) -> Vec<&'static str> {
        faults(seen).iter().flat_map(Fault::found).map(|found| found.finding.name()).collect()
    }

    #[test]
    fn a_denied_right_is_named_and_what_baselines_ask_of_a_domains_member_is_not() {
        let denied = |group| [(Right::DenyNetwork, group)];
        let admins = denied(Group::Administrators);
        assert_eq!(names(&seen(&admins, false, None)), ["network-log-on-denied"]);
        assert_eq!(names(&seen(&admins, true, None)), ["network-log-on-denied"]);
        let local = denied(Group::LocalAccounts);
        assert_eq!(names(&seen(&local, false, None)), ["network-log-on-denied"]);
        assert!(names(&seen(&local, true, None)).is_empty());
        assert!(names(&seen(&[], false, None)).is_empty());
    }

    #[test]
    fn ntlm_that_is_refused_is_a_fault_only_outside_a_domain() {
        assert_eq!(names(&seen(&[], false, Some(2))), ["ntlm-refused"]);
        assert!(names(&seen(&[], true, Some(2))).is_empty());
        assert!(names(&seen(&[], false, Some(1))).is_empty());
    }

    #[test]
    fn rights_that_nobody_holds_are_missing() {
        let nobody = plain();
        let nobody = inside(nobody, Outside::default());
        assert_eq!(names(&nobody), ["network-log-on-missing", "remote-log-on-missing"]);
    }

    #[test]
    fn what_the_listener_says_is_judged_by_what_the_guest_says() {
        let shown = Outside { outdated: false, refuses_ntlm: true };
        let with = |domain, shown| match seen(&[], domain, None) {
            SeenFrom::Inside { inside, .. } => super::tests::inside(inside, shown),
            SeenFrom::Outside { .. } => unreachable!(),
        };
        assert_eq!(names(&with(false, shown)), ["ntlm-refused"]);
        assert!(names(&with(true, shown)).is_empty());
        let old = Outside { outdated: true, refuses_ntlm: false };
        assert_eq!(names(&with(true, old)), ["credssp-outdated"]);
        let alone = SeenFrom::Outside { outside: old, gap: Gap::NotAsked };
        assert_eq!(names(&alone), ["credssp-outdated"]);
    }
}

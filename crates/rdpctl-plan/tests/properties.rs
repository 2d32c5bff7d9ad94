//! Whatever the facets conclude, a plan keeps its promises: it is the same each time, passes the checker, and holds
//! what hangs on something held.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail as loudly as the test")]

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use rdpctl_model::assessment::Members;
use rdpctl_model::declaration::Guards;
use rdpctl_model::guest::{ChannelKind, RegData};
use rdpctl_model::plan::Member;
use rdpctl_model::rules::{NewRule, Place};
use rdpctl_model::step::{
    Action, Check, Disruption, FirewallProfile, Guarded, StartType, Step, Switch,
};
use rdpctl_model::{
    Assessed, Assessment, CloudAction, FacetId, FacetMap, Gap, GuestAction, InstanceName, Plan,
    ProfileName, ProviderName, ResourceId, Verdict,
};
use rdpctl_plan::{Request, plan, violations};

fn step(facet: FacetId, action: Action, disruption: Disruption, guards: Vec<Guarded>) -> Step {
    let mut expects = Vec::new();
    if let Action::Guest(GuestAction::SetRegistry { key, name, .. }) = &action {
        let data = Some(RegData::Dword(9));
        expects.push(Check::Registry { key: key.clone(), name: name.clone(), data });
    }
    Step {
        facet,
        action,
        before: "was".to_owned(),
        after: "is".to_owned(),
        why: "because".to_owned(),
        seed: "Tencent 1".to_owned(),
        disruption,
        guards,
        reversible: true,
        expects,
    }
}

fn set(facet: FacetId, name: &str, disruption: Disruption, guards: Vec<Guarded>) -> Step {
    let data = RegData::Dword(1);
    let action =
        GuestAction::SetRegistry { key: r"HKLM\X".to_owned(), name: name.to_owned(), data };
    step(facet, Action::Guest(action), disruption, guards)
}

/// What each facet would do when it has drifted.
fn mend(facet: FacetId) -> Vec<Step> {
    let cloud = |action, guards| step(facet, Action::Cloud(action), Disruption::None, guards);
    let guest = |action| step(facet, Action::Guest(action), Disruption::None, Vec::new());
    match facet {
        FacetId::Power => vec![cloud(CloudAction::Start, Vec::new())],
        FacetId::PublicIp => vec![
            cloud(CloudAction::AllocateAddress { mbps: 5 }, vec![Guarded::Spend]),
            cloud(CloudAction::AssociateAddress, Vec::new()),
        ],
        FacetId::Bandwidth => vec![cloud(CloudAction::SetAddressBandwidth { mbps: 5 }, Vec::new())],
        FacetId::Ingress => vec![cloud(
            CloudAction::OpenDoor {
                rule_set: ResourceId::new("sg-1"),
                version: "1".to_owned(),
                rule: NewRule {
                    place: Place::Position(0),
                    port: 3389,
                    sources: Vec::new(),
                    description: "rdpctl".to_owned(),
                },
                affects: None,
            },
            vec![Guarded::OpenToWorld],
        )],
        FacetId::Boot => {
            let service = "TermService".to_owned();
            vec![
                guest(GuestAction::SetServiceStart { service, start: StartType::Manual }),
                guest(GuestAction::DeleteRegistryKey { key: r"HKLM\M\TermService".to_owned() }),
            ]
        }
        FacetId::RemoteDesktop => {
            vec![set(facet, "fDenyTSConnections", Disruption::None, Vec::new())]
        }
        FacetId::Service => {
            let service = || "TermService".to_owned();
            vec![
                guest(GuestAction::SetServiceStart { service: service(), start: StartType::Auto }),
                guest(GuestAction::StartService { service: service() }),
            ]
        }
        FacetId::Port => vec![set(facet, "PortNumber", Disruption::RestartsRdp, Vec::new())],
        FacetId::Firewall => vec![
            guest(GuestAction::EnableRemoteDesktopRules),
            guest(GuestAction::SetFirewallProfile {
                profile: FirewallProfile::Public,
                state: Switch::On,
            }),
        ],
        FacetId::Certificate => vec![
            guest(GuestAction::DeleteRegistryKey { key: r"HKLM\C\AB".to_owned() }),
            step(
                facet,
                Action::Guest(GuestAction::RestartRdp { session_env: true }),
                Disruption::RestartsRdp,
                Vec::new(),
            ),
        ],
        FacetId::Tls => vec![set(facet, "Enabled", Disruption::Reboots, vec![Guarded::Reboot])],
        FacetId::Nla => vec![set(facet, "UserAuthentication", Disruption::RestartsRdp, Vec::new())],
        FacetId::GroupPolicy => vec![
            set(facet, "Start", Disruption::Reboots, vec![Guarded::Reboot]),
            guest(GuestAction::RefreshPolicy { keeps: Vec::new() }),
        ],
        FacetId::MachineKeys => vec![guest(GuestAction::RetireKey { file: "f686".to_owned() })],
        FacetId::Recovery => {
            let action = Action::Guest(GuestAction::EnableSerialConsole);
            vec![step(facet, action, Disruption::Reboots, vec![Guarded::Reboot])]
        }
        FacetId::Reachable => Vec::new(),
    }
}

fn assessment(facet: FacetId, kind: u8) -> Option<Assessment> {
    let (verdict, steps) = match kind {
        0 | 1 => (Verdict::healthy("fine"), Vec::new()),
        2 => (Verdict::drifted("was", "is"), mend(facet)),
        3 => (Verdict::Unknown { gap: Gap::NotRunning }, Vec::new()),
        4 => {
            let (by, advice) = ("a policy".to_owned(), "ask its owner".to_owned());
            (
                Verdict::Blocked { from: "was".to_owned(), to: "is".to_owned(), by, advice },
                Vec::new(),
            )
        }
        _ => return None,
    };
    Some(Assessment { verdict, steps, blocked_by: None })
}

prop_compose! {
    fn group(place: usize)(
        kinds in prop::array::uniform16(0_u8..6),
        members in 1_usize..4,
        winrm_only in any::<bool>(),
    ) -> Assessed {
        let mut kinds = kinds;
        // A guest is seen only while its instance runs: drift inside and a stopped instance exclude each other.
        if kinds[FacetId::Power as usize] == 2 {
            for facet in FacetId::ALL.into_iter().filter(|facet| facet.world() != rdpctl_model::facet::World::Cloud) {
                kinds[facet as usize] = 3;
            }
        }
        let members = (0..members)
            .map(|member| Member {
                name: InstanceName::new(format!("vm-{place}-{member}")),
                id: ResourceId::new(format!("ins-{place}-{member}")),
                display: String::new(),
                handles: None,
            })
            .collect();
        Assessed {
            provider: ProviderName::new("gz"),
            profile: ProfileName::new("standard"),
            port: 3389,
            via: vec![if winrm_only { ChannelKind::Winrm } else { ChannelKind::RunCommand }],
            facets: Arc::new(FacetMap::from_fn(|facet| assessment(facet, kinds[facet as usize]))),
            members: Members::Named(members),
        }
    }
}

fn make(groups: &[Assessed], snapshot_first: bool, allowed: &BTreeSet<Guarded>) -> Plan {
    let guards = Guards { snapshot_first, ..Guards::default() };
    plan(Request {
        assessed: groups.to_vec(),
        guards: &guards,
        allowed,
        now: "2026-11-22T00:00:00Z".parse().unwrap(),
        declaration: "d".to_owned(),
        survey: "s".to_owned(),
    })
}

proptest! {
    #[test]
    fn every_plan_passes_the_checker(
        groups in (group(0), group(1), group(2)).prop_map(|(a, b, c)| vec![a, b, c]),
        snapshot_first in any::<bool>(),
        allow_all in any::<bool>(),
    ) {
        let allowed: BTreeSet<Guarded> = if allow_all { Guarded::ALL.into_iter().collect() } else { BTreeSet::new() };
        let plan = make(&groups, snapshot_first, &allowed);
        prop_assert_eq!(violations(&plan), Vec::new());
        let again = make(&groups, snapshot_first, &allowed);
        prop_assert_eq!(serde_json::to_string(&plan).unwrap(), serde_json::to_string(&again).unwrap());
        if !allow_all {
            for step in &plan.steps {
                prop_assert!(step.held.is_some() || step.step.guards.is_empty());
            }
        }
    }
}

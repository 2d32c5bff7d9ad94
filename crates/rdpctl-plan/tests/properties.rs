//! Whatever the facets conclude, a plan keeps its promises: it is the same each time, passes the checker, and holds
//! what hangs on something held.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail as loudly as the test")]

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use rdpctl_model::action::traits::{Phase, Ways};
use rdpctl_model::assessment::Members;
use rdpctl_model::declaration::{Guards, SnapshotFirst};
use rdpctl_model::guest::{ChannelKind, RegData};
use rdpctl_model::plan::{Member, StepId};
use rdpctl_model::step::{
    Action, Check, Disruption, FirewallProfile, Guarded, KeyHolder, OwnAction, Setting, StartType,
    Step, Switch,
};
use rdpctl_model::tariff::Tariffs;
use rdpctl_model::{
    Assessed, Assessment, CloudAction, FacetId, FacetMap, Gap, GuestAction, InstanceName, Plan,
    ProfileName, ProviderName, ResourceId, Verdict,
};
use rdpctl_plan::{Request, Violation, canonical_digest, differences, plan, violations};
use serde_json::Value;

fn step(facet: FacetId, action: Action, disruption: Disruption, guards: Vec<Guarded>) -> Step {
    let mut expects = Vec::new();
    if let Action::Guest(GuestAction::SetRegistry { key, name, .. }) = &action {
        let data = Some(RegData::Dword(9));
        expects.push(Check::Registry { key: key.clone(), name: name.clone(), data });
    }
    Step {
        facet,
        action,
        before: rdpctl_model::Said::quoted("was"),
        after: rdpctl_model::Said::quoted("is"),
        why: rdpctl_model::Said::quoted("because"),
        seed: "Tencent 1".to_owned(),
        disruption,
        guards,
        reversible: true,
        expects,
    }
}

fn set(
    facet: FacetId,
    setting: Setting,
    name: &str,
    disruption: Disruption,
    guards: Vec<Guarded>,
) -> Step {
    let (key, data) = (r"HKLM\X".to_owned(), RegData::Dword(1));
    let action = GuestAction::SetRegistry { key, name: name.to_owned(), data, setting };
    step(facet, Action::Guest(action), disruption, guards)
}

/// What each facet would do when it has drifted.
fn mend(facet: FacetId) -> Vec<Step> {
    let cloud = |action, guards| step(facet, Action::Cloud(action), Disruption::None, guards);
    let guest = |action| step(facet, Action::Guest(action), Disruption::None, Vec::new());
    let own = |action, guards| step(facet, Action::Own(action), Disruption::None, guards);
    let steps = [
        (FacetId::Power, vec![cloud(CloudAction::Start, Vec::new())]),
        (
            FacetId::PublicIp,
            vec![
                cloud(CloudAction::AllocateAddress { mbps: 5 }, vec![Guarded::Spend]),
                cloud(CloudAction::AssociateAddress, Vec::new()),
            ],
        ),
        (FacetId::Bandwidth, vec![cloud(CloudAction::SetAddressBandwidth { mbps: 5 }, Vec::new())]),
        (
            FacetId::Ingress,
            vec![own(
                OwnAction::OpenDoors { port: 3389, sources: Vec::new() },
                vec![Guarded::OpenToWorld],
            )],
        ),
        (FacetId::Boot, {
            let service = "TermService".to_owned();
            vec![
                guest(GuestAction::SetServiceStart { service, start: StartType::Manual }),
                guest(GuestAction::DeleteRegistryKey {
                    key: r"HKLM\M\TermService".to_owned(),
                    setting: Setting::Startup,
                }),
            ]
        }),
        (FacetId::RemoteDesktop, {
            vec![set(
                facet,
                Setting::RemoteConnections,
                "fDenyTSConnections",
                Disruption::None,
                Vec::new(),
            )]
        }),
        (FacetId::Service, {
            let service = || "TermService".to_owned();
            vec![
                guest(GuestAction::SetServiceStart { service: service(), start: StartType::Auto }),
                guest(GuestAction::StartService { service: service() }),
            ]
        }),
        (
            FacetId::Port,
            vec![set(
                facet,
                Setting::ListenerPort,
                "PortNumber",
                Disruption::RestartsRdp,
                Vec::new(),
            )],
        ),
        (
            FacetId::Firewall,
            vec![
                guest(GuestAction::EnableRemoteDesktopRules),
                guest(GuestAction::SetFirewallProfile {
                    profile: FirewallProfile::Public,
                    state: Switch::On,
                }),
            ],
        ),
        (
            FacetId::Certificate,
            vec![
                own(OwnAction::DeleteCertificate, Vec::new()),
                step(
                    facet,
                    Action::Guest(GuestAction::RestartRdp { session_env: true }),
                    Disruption::RestartsRdp,
                    Vec::new(),
                ),
            ],
        ),
        (
            FacetId::Tls,
            vec![set(
                facet,
                Setting::Protocols,
                "Enabled",
                Disruption::Reboots,
                vec![Guarded::Reboot],
            )],
        ),
        (
            FacetId::Nla,
            vec![set(
                facet,
                Setting::Authentication,
                "UserAuthentication",
                Disruption::RestartsRdp,
                Vec::new(),
            )],
        ),
        (
            FacetId::GroupPolicy,
            vec![
                set(facet, Setting::Startup, "Start", Disruption::Reboots, vec![Guarded::Reboot]),
                guest(GuestAction::RefreshPolicy { keeps: Vec::new() }),
            ],
        ),
        (FacetId::MachineKeys, {
            let third = KeyHolder::SessionEnv;
            let repair = OwnAction::RepairKeyAcl { third, take_ownership: false, folder: false };
            vec![own(repair, Vec::new())]
        }),
        (FacetId::Recovery, {
            let action = Action::Guest(GuestAction::EnableSerialConsole);
            vec![step(facet, action, Disruption::Reboots, vec![Guarded::Reboot])]
        }),
    ];
    // A facet of which nothing is said here only looks.
    steps.into_iter().find(|(of, _)| *of == facet).map(|(_, steps)| steps).unwrap_or_default()
}

fn assessment(facet: FacetId, kind: u8) -> Option<Assessment> {
    // What nothing of ours can mend is blocked, never drift; but for the proof, which says what it saw.
    let mends = facet == FacetId::Reachable || !mend(facet).is_empty();
    let kind = if kind == 2 && !mends { 4 } else { kind };
    let (verdict, steps) = match kind {
        0 | 1 => (Verdict::healthy(rdpctl_model::Said::quoted("fine")), Vec::new()),
        2 => (
            Verdict::drifted(rdpctl_model::Said::quoted("was"), rdpctl_model::Said::quoted("is")),
            mend(facet),
        ),
        3 => (Verdict::Unknown { gap: Gap::NotRunning }, Vec::new()),
        4 => {
            let (by, advice) = ("a policy".to_owned(), "ask its owner".to_owned());
            (
                Verdict::Blocked {
                    from: rdpctl_model::Said::quoted("was"),
                    to: rdpctl_model::Said::quoted("is"),
                    by: rdpctl_model::Said::quoted(by),
                    advice: rdpctl_model::Said::quoted(advice),
                },
                Vec::new(),
            )
        }
        _ => return None,
    };
    Some(Assessment { steps, ..Assessment::of(verdict) })
}

prop_compose! {
    fn group(place: usize)(
        kinds in prop::collection::vec(0_u8..6, FacetId::COUNT),
        members in 1_usize..4,
        way in 0_usize..3,
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
                binds: None,
                sessions: None,
                answered: std::collections::BTreeMap::new(),
            })
            .collect();
        Assessed {
            provider: ProviderName::new("gz"),
            profile: ProfileName::new("standard"),
            port: 3389,
            way: [None, Some(ChannelKind::Winrm), Some(ChannelKind::RunCommand)][way],
            snapshot: SnapshotFirst::No,
            facets: Arc::new(FacetMap::from_fn(|facet| {
                assessment(facet, kinds[facet as usize]).map(Arc::new)
            })),
            members: Members::Named(members),
        }
    }
}

fn make(groups: &[Assessed], snapshot_first: bool, allowed: &BTreeSet<Guarded>) -> Plan {
    let guards = Guards::default();
    let snapshot = if snapshot_first { SnapshotFirst::Yes } else { SnapshotFirst::No };
    plan(Request {
        assessed: groups.iter().map(|one| Assessed { snapshot, ..one.clone() }).collect(),
        guards: &guards,
        allowed,
        now: "2026-11-22T00:00:00Z".parse().unwrap(),
        declaration: "d".to_owned(),
        survey: "s".to_owned(),
        basis: rdpctl_model::plan::Basis::default(),
        tariffs: &Tariffs::default(),
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

proptest! {
    /// Whatever is planned where only the network leads into a guest, the plan without its dead man's switch is refused.
    #[test]
    fn a_plan_that_lost_its_dead_mans_switch_is_refused(groups in (group(0), group(1))) {
        let everything: BTreeSet<Guarded> = Guarded::ALL.into_iter().collect();
        let plan = make(&[groups.0, groups.1], false, &everything);
        let switches: Vec<usize> = (0..plan.steps.len())
            .filter(|at| {
                let action = &plan.steps[*at].step.action;
                matches!(
                    action,
                    Action::Guest(
                        GuestAction::ArmDeadMansSwitch { .. } | GuestAction::DisarmDeadMansSwitch
                    )
                ) && plan.steps[*at].held.is_none()
            })
            .collect();
        for at in switches {
            let mut without = plan.clone();
            // Something harmless in its place keeps all else as it is.
            without.steps[at].step.action = Action::Guest(GuestAction::EnableSerialConsole);
            let refused = violations(&without);
            let last_way = |violation: &Violation| matches!(violation, Violation::LastWayIn(_));
            prop_assert!(refused.iter().any(last_way), "{refused:?}");
        }
        for group in &plan.groups {
            let alone = group.way.is_none_or(|way| !way.is_independent());
            let closes = |id: &&StepId| {
                let step = &plan.steps[id.0 as usize];
                step.held.is_none() && step.step.action.traits().may_close == Ways::Network
            };
            let arms = |id: &StepId| {
                let step = &plan.steps[id.0 as usize];
                step.held.is_none() && step.step.action.traits().phase == Phase::Arm
            };
            if group.steps.iter().any(|id| closes(&id)) {
                prop_assert_eq!(alone, group.steps.iter().any(arms));
            }
        }
    }
}

/// Parts of a plan file that say when and how something is done or what it would cost, not what is done to whom; and
/// those that the checker holds together.
const LETTERS: [&str; 19] = [
    "format",
    "survey",
    "instances",
    "healthy",
    "security",
    "budget",
    "basis",
    "display",
    "handles",
    "answered",
    "number",
    "group",
    "needs",
    "held",
    "seed",
    "disruption",
    "reversible",
    "blocked_by",
    "last",
];

/// The ways to all values of a document that say what is done to whom.
fn meaningful(value: &Value, way: &str, ways: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, below) in fields.iter().filter(|(key, _)| !LETTERS.contains(&key.as_str())) {
                meaningful(below, &format!("{way}/{key}"), ways);
            }
        }
        Value::Array(items) => {
            for (at, below) in items.iter().enumerate() {
                meaningful(below, &format!("{way}/{at}"), ways);
            }
        }
        Value::Null => {}
        Value::Bool(_) | Value::Number(_) | Value::String(_) => ways.push(way.to_owned()),
    }
}

proptest! {
    /// Whoever changes one value of a plan file that says what is done to whom is found out, and so is not obeyed.
    #[test]
    fn no_edit_of_a_plan_file_comes_to_the_same(
        groups in (group(0), group(1)),
        pick in any::<prop::sample::Index>(),
    ) {
        let now = make(&[groups.0, groups.1], false, &BTreeSet::new());
        prop_assert!(differences(&now, &now).is_empty());
        let mut file = serde_json::to_value(&now).unwrap();
        let mut ways = Vec::new();
        meaningful(&file, "", &mut ways);
        prop_assume!(!ways.is_empty());
        let way = pick.get(&ways);
        let value = file.pointer_mut(way).unwrap();
        *value = match value.take() {
            Value::Bool(yes) => Value::Bool(!yes),
            Value::Number(number) => Value::from(number.as_u64().unwrap_or_default() + 1),
            Value::String(text) => Value::from(format!("{text}x")),
            nested @ (Value::Null | Value::Array(_) | Value::Object(_)) => nested,
        };
        // What is no plan any more, or not a sound one, is refused before it is compared.
        if let Ok(file) = serde_json::from_value::<Plan>(file)
            && violations(&file).is_empty()
        {
            prop_assert!(!differences(&file, &now).is_empty(), "{way}");
            prop_assert_ne!(canonical_digest(&file), canonical_digest(&now), "{}", way);
        }
    }
}

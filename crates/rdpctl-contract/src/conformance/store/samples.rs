//! Small values to remember.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, ChargeType, CloudSurvey, Handles, PowerFact, PowerState,
};
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Chunk, Dictionary, Known, Looks, Row, Stamp};
use rdpctl_model::guest::{
    ChannelKind, GuestSurvey, KeyAnswer, RegData, Registry, RunState, ServiceState,
};
use rdpctl_model::outcome::{JournalEntry, JournalSubject, Purpose, Receipt, RunRecord, StepEvent};
use rdpctl_model::plan::{
    Basis, Budget, FacetFinding, Group, Member, PLAN_FORMAT, PlannedStep, StepId,
};
use rdpctl_model::rules::{
    Doors, Rule, RuleAction, RuleOrder, RuleService, RuleSet, RuleSource, SourceRange, Stage,
};
use rdpctl_model::step::{Disruption, Guarded};
use rdpctl_model::{
    Action, CloudAction, FacetId, Gap, InstanceName, Plan, ProfileName, ProviderName, ResourceId,
    RunId, Said, SourceKey, Step, StepNumber, Survey, Verdict,
};

use crate::store::{Claim, Holder, Lease, LeaseName, Moment, PressedSurvey, Token};

/// When the sample rows were looked at.
pub const LOOKED: Stamp = Stamp::new(1_800_000_000, 250);

/// A declared instance.
#[must_use]
pub fn one(name: &str) -> SourceKey {
    SourceKey::instance(name.into())
}

/// A fleet, with one selector.
#[must_use]
pub fn fleet(name: &str) -> SourceKey {
    SourceKey::fleet(name.into(), "gz:role=kiosk;")
}

/// A time.
#[must_use]
pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// An instance.
#[must_use]
pub fn name(text: &str) -> InstanceName {
    InstanceName::new(text)
}

/// One row a text: its id, and what was seen of its power and its NLA.
pub fn chunk(
    source: &SourceKey,
    power: &mut Dictionary,
    nla: &mut Dictionary,
    rows: &[[&str; 3]],
) -> Chunk {
    let mut chunk = Chunk::new(source.clone(), Some(ProviderName::new("gz")));
    for [id, power_seen, nla_seen] in rows {
        let mut slots = [u32::MAX; FacetId::COUNT];
        slots[FacetId::Power as usize] = power.intern(power_seen);
        slots[FacetId::Nla as usize] = nla.intern(nla_seen);
        let mut looks = Looks::default();
        looks.answered[World::Guest] = LOOKED;
        looks.stale = 1 << FacetId::Boot as u32;
        let known = Known { slots, looks, ..Known::default() };
        chunk.push(Row { id, name: &format!("name of {id}"), known });
    }
    chunk
}

/// A survey as it is written down.
#[must_use]
pub fn pressed(survey: &Survey) -> PressedSurvey {
    PressedSurvey::of(survey.clone()).unwrap()
}

/// A survey, with something from each world.
#[must_use]
pub fn survey(power: PowerState) -> Survey {
    let source = RuleSource::Nets(vec![SourceRange::Net("203.0.113.0/24".parse().unwrap())]);
    let rule = Rule {
        index: 0,
        action: RuleAction::Accept,
        service: RuleService::Ports(vec![(3389, 3389)]),
        source,
        description: "office".to_owned(),
        keeper: None,
    };
    let set = RuleSet {
        id: ResourceId::new("sg-1"),
        version: "7".to_owned(),
        bound: Some(2),
        order: RuleOrder::Priorities { lowest: 100, highest: 4096 },
        default: RuleAction::Drop,
        rules: vec![rule],
    };
    let key = BTreeMap::from([("userauthentication".to_owned(), RegData::Dword(1))]);
    Survey {
        taken_at: at("2026-11-22T01:02:03Z"),
        cloud: Ok(CloudSurvey {
            id: ResourceId::new("ins-1"),
            name: "웹 하나".to_owned(),
            power: PowerFact { state: power, blocker: None },
            address: AddressFact::Elastic { blocker: None },
            bandwidth: BandwidthFact::Address { mbps: 5, charge: ChargeType::Traffic },
            doors: Doors {
                stages: vec![Stage { sets: vec![std::sync::Arc::new(set)] }],
                unfiltered: RuleAction::Drop,
            },
            agent: AgentFact::Online,
            rdp_certificate: None,
            handles: Handles { os: "Windows Server 2022".to_owned(), ..Handles::default() },
        }),
        guest: Ok(GuestSurvey {
            passed_over: Vec::new(),
            via: ChannelKind::RunCommand,
            registry: Registry {
                keys: BTreeMap::from([("hklm\\x".to_owned(), KeyAnswer::Present(key))]),
            },
            services: BTreeMap::from([(
                "termservice".to_owned(),
                Ok(ServiceState { run: RunState::Running, pid: 4, win32_exit: 0, pending: None }),
            )]),
            callers: Vec::new(),
            listeners: Ok(Vec::new()),
            processes: Err(Gap::NotAsked),
            firewall_rules: Ok(BTreeMap::new()),
            acl_folder: Err(Gap::garbled(Said::quoted("not SDDL"))),
            acl_keys: Ok(Vec::new()),
            key_mend: rdpctl_model::guest::KeyMend::List,
            boot_names: Err(Gap::NotAsked),
            booted: Ok(("2026-11-01T00:00:00Z".to_owned(), 12)),
            boot_nonce: Ok(None),
            events: Ok(Vec::new()),
            floods: Vec::new(),
            own_policy: Err(Gap::NotAsked),
            policies: Err(Gap::NotAsked),
            rights: Err(Gap::NotAsked),
            accounts: Err(Gap::NotAsked),
            grace: Err(Gap::NotAsked),
            refusals: Err(Gap::NotAsked),
            left: Err(Gap::NotAsked),
            sessions: Err(Gap::NotAsked),
            winrm_certificate: Err(Gap::NotAsked),
        }),
        outside: Err(Gap::NotSurveyed),
    }
}

/// A plan of one step.
#[must_use]
pub fn plan() -> Plan {
    let step = Step {
        facet: FacetId::Power,
        action: Action::Cloud(CloudAction::Start),
        before: Said::quoted("stopped"),
        after: Said::quoted("running"),
        why: Said::quoted("a stopped instance answers nobody"),
        seed: "Tencent 1".to_owned(),
        disruption: Disruption::None,
        guards: vec![Guarded::Spend],
        reversible: false,
        expects: Vec::new(),
    };
    Plan {
        format: PLAN_FORMAT,
        declaration: "d1".to_owned(),
        survey: "s1".to_owned(),
        groups: vec![Group {
            answers: rdpctl_model::verdict::Answers::NotSeen,
            provider: ProviderName::new("gz"),
            profile: ProfileName::new("standard"),
            port: 3389,
            way: Some(ChannelKind::RunCommand),
            members: vec![Member {
                name: name("web-01"),
                id: ResourceId::new("ins-1"),
                display: String::new(),
                handles: None,
                binds: None,
                sessions: None,
                answered: BTreeMap::new(),
            }],
            facets: vec![FacetFinding {
                accepted: None,
                facet: FacetId::Power,
                verdict: Verdict::drifted(Said::quoted("stopped"), Said::quoted("running")),
                stage: None,
                blocked_by: None,
                last: None,
            }],
            steps: vec![StepId(0)],
        }],
        steps: vec![PlannedStep {
            number: StepNumber::first_level(1),
            ..PlannedStep::new(step, 0)
        }],
        repairs: Vec::new(),
        instances: 1,
        healthy: 0,
        security: Vec::new(),
        budget: Budget { api_calls: 2, ..Budget::default() },
        basis: Basis::default(),
    }
}

/// A run that has just begun.
#[must_use]
pub fn run(id: &str, token: &Token) -> RunRecord {
    RunRecord {
        id: RunId::new(id),
        purpose: Purpose::Apply,
        token: token.clone(),
        began: at("2026-11-22T01:00:00.123456789Z"),
        ended: None,
        holder: "ana@desk".to_owned(),
        allowed: Vec::new(),
        plan_digest: "sha256:0d".to_owned(),
        grants: None,
        stops_at: Some(3),
        end: None,
        cost: Budget::default(),
    }
}

/// One instance as a subject.
#[must_use]
pub fn instance(text: &str) -> JournalSubject {
    JournalSubject::Instance(name(text))
}

/// Something that happened to a step.
#[must_use]
pub fn entry(step: u32, subject: &str, event: StepEvent) -> JournalEntry {
    JournalEntry {
        step: StepNumber::first_level(step + 1),
        subject: instance(subject),
        event,
        at: at("2026-11-22T01:00:01.5Z"),
    }
}

/// A step that is about to be done.
#[must_use]
pub fn intent(step: u32, subject: &str) -> JournalEntry {
    entry(step, subject, StepEvent::Intent { token: String::new() })
}

/// A step that was done.
#[must_use]
pub fn done(step: u32, subject: &str, receipt: Receipt) -> JournalEntry {
    entry(step, subject, StepEvent::Done { receipt })
}

/// So many seconds after the machine started.
#[must_use]
pub fn moment(uptime: u64) -> Moment {
    let wall = at("2026-11-22T01:00:00Z");
    Moment { wall, uptime: Duration::from_secs(uptime) }
}

/// Somebody who wants a lease at that moment.
#[must_use]
pub fn claim(owner: &str, uptime: u64) -> Claim {
    let holder = Holder {
        owner: owner.to_owned(),
        host: "desk".to_owned(),
        boot: "boot-1".to_owned(),
        namespace: "pid:[1]".to_owned(),
        pid: 42,
        command: "apply".to_owned(),
    };
    Claim { holder, at: moment(uptime), ttl: Duration::from_secs(15) }
}

/// Takes the run lease, which must be free.
pub async fn acquire<S: Lease + ?Sized>(store: &S, owner: &str) -> Token {
    store.acquire(&LeaseName::run(), &claim(owner, 100), None).await.unwrap()
}

//! What the store costs: a step's journal entries, and loading the facts of a thousand to a million instances.
//!
//! `RDPCTL_BENCH_DIR` puts the files on another disk than the default for temporary files.

use std::hint::black_box;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use jiff::Timestamp;
use rdpctl_contract::conformance::store::samples;
use rdpctl_contract::store::{Author, Memory as _, PressedSurvey, Runs as _};
use rdpctl_model::cloud::{
    AddressFact, AgentFact, BandwidthFact, CloudSurvey, Handles, PowerFact, PowerState,
};
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Change, Chunk, Facts, Known, Looks, Row, Slot, Stamp, Update, Which};
use rdpctl_model::outcome::{JournalEntry, Receipt, StepEvent};
use rdpctl_model::rules::{
    Doors, Rule, RuleAction, RuleOrder, RuleService, RuleSet, RuleSource, Stage,
};
use rdpctl_model::{
    FacetId, Gap, InstanceName, ProviderName, ResourceId, RunId, StepNumber, Survey,
};
use rdpctl_store::Database;
use tempfile::TempDir;
use tokio::runtime::Runtime;

type Failure = Box<dyn std::error::Error>;

/// How many distinct observations a facet has in a fleet.
const VARIETY: u32 = 40;

fn folder() -> Result<TempDir, Failure> {
    let parent =
        std::env::var_os("RDPCTL_BENCH_DIR").map_or_else(std::env::temp_dir, PathBuf::from);
    Ok(tempfile::tempdir_in(parent)?)
}

/// A fleet in which one of a hundred differs from the rest in some facet.
fn fleet(count: u32) -> Facts {
    let mut facts = Facts::default();
    for facet in FacetId::ALL {
        for variant in 0..VARIETY {
            let seen = format!("{{\"{facet}\":\"what was seen, variant {variant}\"}}");
            facts.seen[facet].intern(&seen);
        }
    }
    for index in 0..count {
        let mut slots: [Slot; FacetId::COUNT] = [0; FacetId::COUNT];
        if index % 100 == 0 {
            slots[index as usize / 100 % FacetId::COUNT] = 1 + index / 100 % (VARIETY - 1);
        }
        let (id, name) = (format!("ins-{index:08x}"), format!("kiosk-{index:07}.seoul"));
        let mut looks = Looks::default();
        looks.answered[World::Guest] = Stamp::new(1_800_000_000 + index % 600, 0);
        let known = Known { slots, looks, ..Known::default() };
        Chunk::push_to(&mut facts.chunks, &empty(), Row { id: &id, name: &name, known });
    }
    facts
}

fn empty() -> Chunk {
    Chunk::new(samples::fleet("kiosks"), Some(ProviderName::new("gz")))
}

/// As a look at all of them would write it.
fn learned(facts: &Facts, which: Which) -> Update {
    let mut all = empty();
    facts.chunks.iter().flat_map(Chunk::rows).for_each(|row| all.push(row));
    facts.update(vec![Change::whole(all, samples::LOOKED)], which)
}

fn load(criterion: &mut Criterion) -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    let folder = folder()?;
    let mut group = criterion.benchmark_group("open and load facts");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    for count in [1_000, 10_000, 100_000, 1_000_000] {
        let path = folder.path().join(format!("{count}.db"));
        let store = Database::open(&path)?;
        runtime.block_on(store.learn(&Author::Looker, learned(&fleet(count), Which::All)))?;
        drop(store);
        group.throughput(Throughput::Elements(count.into()));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter(|| {
                let facts =
                    Database::open_read_only(&path).map(|store| runtime.block_on(store.facts()));
                black_box(facts).is_ok_and(|facts| facts.is_ok())
            });
        });
    }
    group.finish();
    Ok(())
}

fn save(criterion: &mut Criterion) -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    let folder = folder()?;
    let store = Database::open(folder.path().join("state.db"))?;
    runtime.block_on(store.learn(&Author::Looker, learned(&fleet(100_000), Which::All)))?;
    let facts = runtime.block_on(store.facts())?;
    let mut group = criterion.benchmark_group("save facts");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    group.bench_function("100000", |bencher| {
        bencher.iter(|| {
            runtime.block_on(store.learn(&Author::Looker, learned(&facts, Which::New))).is_ok()
        });
    });
    group.finish();
    Ok(())
}

/// Two security groups with a dozen rules each, which a fleet shares.
fn groups() -> Vec<Arc<RuleSet>> {
    let rule = |port: u16| Rule {
        index: u32::from(port) - 3380,
        action: RuleAction::Accept,
        service: RuleService::Ports(vec![(port, port)]),
        source: RuleSource::Group(ResourceId::new("sg-other")),
        description: format!("kept by the office, port {port}"),
        keeper: None,
    };
    let set = |id: &str| {
        let rules = (3380..3392).map(rule).collect();
        Arc::new(RuleSet {
            id: ResourceId::new(id),
            version: "12".to_owned(),
            bound: Some(400),
            order: RuleOrder::Positions,
            default: RuleAction::Drop,
            rules,
        })
    };
    vec![set("sg-1"), set("sg-2")]
}

/// What a cloud says of an instance behind them.
fn survey(index: u32, groups: &[Arc<RuleSet>]) -> Result<Survey, Failure> {
    Ok(Survey {
        taken_at: "2026-11-22T01:02:03.5Z".parse()?,
        cloud: Ok(CloudSurvey {
            id: ResourceId::new(format!("ins-{index:08x}")),
            name: format!("kiosk-{index:07}.seoul"),
            power: PowerFact { state: PowerState::Running, blocker: None },
            address: AddressFact::Elastic { blocker: None },
            bandwidth: BandwidthFact::Unmetered,
            doors: Doors {
                stages: vec![Stage { sets: groups.to_vec() }],
                unfiltered: RuleAction::Drop,
            },
            agent: AgentFact::Online,
            rdp_certificate: None,
            handles: Handles {
                os: "Windows Server 2022 64bit EN".to_owned(),
                ..Handles::default()
            },
        }),
        guest: Err(Gap::NotAsked),
        outside: Err(Gap::NotSurveyed),
    })
}

fn evidence(criterion: &mut Criterion) -> Result<(), Failure> {
    let runtime = Runtime::new()?;
    let folder = folder()?;
    let store = Database::open(folder.path().join("state.db"))?;
    let name = |index: u32| InstanceName::new(format!("kiosks/ins-{index:08x}"));
    let groups = groups();
    let surveys: Result<Vec<_>, Failure> = (0..10_000)
        .map(|index| Ok((name(index), PressedSurvey::of(survey(index, &groups)?)?)))
        .collect();
    let surveys = surveys?;
    let mut group = criterion.benchmark_group("evidence");
    group
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3));
    group.throughput(Throughput::Elements(10_000));
    group.bench_function("save 10000", |bencher| {
        bencher.iter(|| {
            runtime.block_on(store.save_evidence(&Author::Looker, surveys.clone())).is_ok()
        });
    });
    let names: Vec<InstanceName> = (0..1000).map(|index| name(index * 7)).collect();
    group.throughput(Throughput::Elements(1000));
    group.bench_function("read 1000", |bencher| {
        bencher
            .iter(|| runtime.block_on(store.evidence(&names)).is_ok_and(|read| read.len() == 1000));
    });
    group.finish();
    Ok(())
}

/// One step: the intent before it and the outcome after it.
fn step(token: &str) -> Result<[JournalEntry; 2], Failure> {
    let at: Timestamp = "2026-11-22T01:02:03.5Z".parse()?;
    let entry = |event| JournalEntry {
        step: StepNumber::first_level(7),
        subject: samples::instance("kiosks/ins-0000002a"),
        event,
        at,
    };
    let receipt = Receipt {
        note: rdpctl_model::Said::quoted("RequestId 3c140219-cfe9-470e-b241-907877d6fb03"),
        ..Receipt::default()
    };
    Ok([entry(StepEvent::Intent { token: token.to_owned() }), entry(StepEvent::Done { receipt })])
}

fn journal(criterion: &mut Criterion) -> Result<(), Failure> {
    const SIDE_BY_SIDE: usize = 16;
    let runtime = Runtime::new()?;
    let folder = folder()?;
    let store = Database::open(folder.path().join("state.db"))?;
    let run = RunId::new("r1");
    let permit = runtime.block_on(samples::acquire(&store, "ana"));
    runtime.block_on(store.begin(&samples::run("r1", &permit), &samples::plan()))?;
    let append = async |entries: &[JournalEntry; 2]| {
        store.journal(&permit, &run, &entries[..1]).await.is_ok()
            && store.journal(&permit, &run, &entries[1..]).await.is_ok()
    };
    let mut group = criterion.benchmark_group("journal a step");
    group
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .sample_size(20);
    for (what, token) in [("", ""), (", token on disk first", "9b2f")] {
        let entries = step(token)?;
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("alone{what}"), |bencher| {
            bencher.iter(|| runtime.block_on(append(&entries)));
        });
        group.throughput(Throughput::Elements(SIDE_BY_SIDE as u64));
        group.bench_function(format!("{SIDE_BY_SIDE} side by side{what}"), |bencher| {
            bencher.iter(|| {
                runtime.block_on(async {
                    let mut tasks = tokio::task::JoinSet::new();
                    for _ in 0..SIDE_BY_SIDE {
                        let (store, run, permit) = (store.clone(), run.clone(), permit.clone());
                        let entries = entries.clone();
                        tasks.spawn(async move {
                            store.journal(&permit, &run, &entries[..1]).await.is_ok()
                                && store.journal(&permit, &run, &entries[1..]).await.is_ok()
                        });
                    }
                    tasks.join_all().await
                })
            });
        });
    }
    group.finish();
    Ok(())
}

fn all(criterion: &mut Criterion) {
    for bench in [journal, load, save, evidence] {
        if let Err(failure) = bench(criterion) {
            panic!("{failure}");
        }
    }
}

criterion_group!(benches, all);
criterion_main!(benches);

//! Whole reconciles, without a command line: who is asked what, what is done for which part, and what is left alone.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::fake::{FakeStore, Machine, World};
use rdpctl_contract::{CloudChanger, Lease, LeaseName, Runs, Store, Token};
use rdpctl_facets::{Profile, power, public_ip};
use rdpctl_model::cloud::{AddressFact, BandwidthFact, PowerState};
use rdpctl_model::declaration::{
    Fleet, Guards, GuestAccess, Patience, ProviderKind, Selector, Share,
};
use rdpctl_model::outcome::{
    Allowed, JournalEntry, JournalSubject, Means, Purpose, RunEnd, RunRecord, StepEvent,
};
use rdpctl_model::plan::{Budget, Plan};
use rdpctl_model::step::Guarded;
use rdpctl_model::{InstanceName, ProfileName, ProviderName, RunId, StepNumber};
use tokio::sync::mpsc;

use super::{Errand, Goal, Reconcile, ReconcileError, Reconciled, RestsOn};
use crate::approve::{About, Answer, Approver, Choice, Question, Refused};
use crate::assess::Filter;
use crate::estate::Estate;
use crate::event::Event;
use crate::lease::{self, Held, Here};
use crate::outside::Hands;
use crate::run::{Disruption, Stops};

fn gz() -> ProviderName {
    ProviderName::new("gz")
}

/// Two fleets that want their machines to run and to have an elastic address.
fn estate() -> Estate {
    let profile = Profile {
        power: Some(power::Desired::Running),
        public_ip: Some(public_ip::Desired::Eip),
        ..Profile::default()
    };
    let fleet = |name: &str| Fleet {
        name: name.into(),
        provider: gz(),
        select: Selector {
            tags: BTreeMap::from([("role".to_owned(), name.to_owned())]),
            ..Selector::default()
        },
        profile: ProfileName::new("p"),
        guest: GuestAccess::default(),
        closed: None,
    };
    Estate {
        providers: [(gz(), ProviderKind::Tencent)].into(),
        profiles: [(ProfileName::new("p"), Arc::new(profile))].into(),
        instances: Vec::new(),
        fleets: vec![fleet("kiosks"), fleet("desks")],
        guards: Guards::default(),
        digest: "the declaration".to_owned(),
    }
}

/// Three stopped machines of each fleet.
fn world() -> World {
    let start = "2026-11-28T02:00:00Z".parse().expect("a time");
    let mut world = World::new(start, Duration::from_secs(1));
    for (fleet, first) in [("kiosks", 10), ("desks", 20)] {
        for number in 0..3_u8 {
            let id = format!("ins-{}{number}", &fleet[..1]);
            let mut machine = Machine::running(&id, [127, 64, 0, first + number].into()).stopped();
            machine.cloud.handles.tags = vec![("role".to_owned(), fleet.to_owned())];
            world = world.with(machine);
        }
    }
    world
}

/// Takes an address away, so that one has to be bought.
fn take_address(world: &World, id: &str) {
    world
        .at(id, |machine| {
            machine.cloud.address = AddressFact::None;
            machine.cloud.bandwidth = BandwidthFact::NoAddress;
            machine.cloud.handles.public_ip = None;
        })
        .expect("it is there");
}

/// Somebody who says the same to every guard, and yes to every plan; keeps what was asked.
#[derive(Default)]
struct Clerk {
    says: Says,
    asked: Mutex<Vec<Question>>,
    shown: Mutex<Vec<Plan>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Says {
    #[default]
    Yes,
    No,
    NobodyIsThere,
    NothingForEver,
}

impl Clerk {
    fn who(says: Says) -> Self {
        Self { says, ..Self::default() }
    }

    fn asked(&self) -> Vec<Question> {
        self.asked.lock().expect("nobody panicked").clone()
    }
}

#[async_trait]
impl Approver for Clerk {
    fn beforehand(&self) -> Vec<Allowed> {
        Vec::new()
    }

    async fn show(&self, plan: &Plan) -> Result<(), Refused> {
        self.shown.lock().expect("nobody panicked").push(plan.clone());
        Ok(())
    }

    async fn show_again(&self, plan: &Plan) -> Result<(), Refused> {
        self.show(plan).await
    }

    async fn answer(&self, question: &Question) -> Result<Answer, Refused> {
        self.asked.lock().expect("nobody panicked").push(question.clone());
        match (self.says, question.about) {
            (Says::NobodyIsThere, _) => Err(Refused::Nobody),
            (Says::NothingForEver, _) => std::future::pending().await,
            (Says::No, About::Guard(_)) => Ok(Answer::No),
            (Says::Yes | Says::No, _) => {
                Ok(Answer::Yes { by: "the clerk".to_owned(), means: Means::Page })
            }
        }
    }
}

/// Everything but the world.
struct Office {
    estate: Estate,
    hands: Hands,
    fake: Arc<FakeStore>,
    store: Arc<dyn Store>,
    held: Held,
    stops: Stops,
    disruption: Disruption,
}

async fn hold(fake: &Arc<FakeStore>, hands: &Hands, stops: &Stops) -> Held {
    let lease: Arc<dyn Lease> = Arc::clone(fake) as Arc<dyn Lease>;
    let here = Here::look("a test".to_owned(), "reconcile".to_owned());
    let (clock, stop) = (Arc::clone(&hands.clock), stops.now.clone());
    lease::hold(lease, clock, &LeaseName::run(), &here, stop, &|_| ()).await.expect("a lease")
}

impl Office {
    async fn over(world: &World) -> Self {
        Self::after(world, |_| std::future::ready(())).await
    }

    /// An office whose store was used by somebody before.
    async fn after<F: Future<Output = ()>>(
        world: &World,
        before: impl FnOnce(Arc<FakeStore>) -> F,
    ) -> Self {
        let fake = Arc::new(FakeStore::default());
        before(Arc::clone(&fake)).await;
        let cloud: Arc<dyn CloudChanger> = Arc::new(world.cloud(gz()));
        let hands = Hands {
            clouds: [(gz(), cloud)].into(),
            channels: BTreeMap::new(),
            probe: Arc::new(world.probe()),
            clock: Arc::new(world.clock()),
        };
        let stops = Stops::default();
        let held = hold(&fake, &hands, &stops).await;
        let store: Arc<dyn Store> = Arc::clone(&fake) as Arc<dyn Store>;
        Self {
            estate: estate(),
            hands,
            fake,
            store,
            held,
            stops,
            disruption: Disruption::default(),
        }
    }

    fn errand(&self, scope: Filter) -> Errand {
        Errand {
            scope,
            goal: Goal::Declared,
            rests_on: RestsOn::Look,
            kept: None,
            parallelism: 4,
            max_failures: Share::Percent(100.0),
            patience: Patience::default(),
            holder: "a test".to_owned(),
            disruption: self.disruption.clone(),
        }
    }

    async fn reconcile(
        &self,
        errand: &Errand,
        approver: &dyn Approver,
    ) -> Result<Reconciled, ReconcileError> {
        let (events, mut inbox) = mpsc::channel::<Event>(1024);
        let listening = tokio::spawn(async move { while inbox.recv().await.is_some() {} });
        let reconcile = Reconcile {
            estate: &self.estate,
            hands: &self.hands,
            store: &self.store,
            permit: self.held.permit(),
            approver,
            events: &events,
            stops: &self.stops,
        };
        let ended = reconcile.run(errand).await;
        drop(events);
        listening.await.expect("a listener");
        ended
    }
}

fn ran(ended: Result<Reconciled, ReconcileError>) -> (crate::run::RunReport, Plan) {
    match ended.expect("a reconcile") {
        Reconciled::Ran { report, after } => (*report, after),
        Reconciled::Idle { plan } => panic!("nothing was done: {plan:?}"),
    }
}

fn members(plan: &Plan) -> Vec<&str> {
    let mut names: Vec<&str> = plan
        .groups
        .iter()
        .flat_map(|group| &group.members)
        .map(|member| member.name.as_str())
        .collect();
    names.sort_unstable();
    names
}

#[tokio::test(start_paused = true)]
async fn two_scopes_are_reconciled_side_by_side_in_one_store() {
    let world = world();
    let office = Office::over(&world).await;
    let (one, other) = (Clerk::default(), Clerk::default());
    let kiosks = office.errand(Filter::fleet(&"kiosks".into()));
    let desks = office.errand(Filter::fleet(&"desks".into()));
    let (first, second) =
        tokio::join!(office.reconcile(&kiosks, &one), office.reconcile(&desks, &other));
    for (fleet, (report, after)) in [("kiosks", ran(first)), ("desks", ran(second))] {
        assert_eq!((report.end, report.done), (RunEnd::Done, 3), "{fleet}");
        assert!(after.is_quiet(), "{fleet} is as declared: {after:?}");
        let record = office.store.run(&report.run).await.expect("a store").expect("a run");
        let journaled = record.in_hand();
        assert_eq!(journaled.len(), 3);
        assert!(journaled.iter().all(|name| name.as_str().starts_with(fleet)), "{journaled:?}");
        assert_eq!(record.record.end, Some(RunEnd::Done));
    }
    // A third look by anybody finds the whole as it is declared: neither wrote over what the other had seen.
    let whole = office.errand(Filter::default());
    let errand = Errand { rests_on: RestsOn::Memory, ..whole };
    match office.reconcile(&errand, &Clerk::default()).await.expect("a reconcile") {
        Reconciled::Idle { plan } => assert_eq!((plan.instances, plan.is_quiet()), (6, true)),
        Reconciled::Ran { report, .. } => panic!("something was left: {report:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn one_instance_is_a_scope_of_its_own() {
    let world = world();
    let office = Office::over(&world).await;
    let one = InstanceName::new("desks/ins-d1");
    let errand = office.errand(Filter::of([&one]));
    let clerk = Clerk::default();
    let (report, _) = ran(office.reconcile(&errand, &clerk).await);
    assert_eq!(report.done, 1);
    assert_eq!(members(&clerk.shown.lock().expect("nobody panicked")[0]), ["desks/ins-d1"]);
    let runs = |id: &str| world.at(id, |machine| machine.runs()).expect("it is there");
    assert_eq!((runs("ins-d1"), runs("ins-d0"), runs("ins-k1")), (true, false, false));
}

#[tokio::test(start_paused = true)]
async fn a_question_says_what_on_whom_at_what_price_and_who_allowed_it_is_recorded() {
    let world = world();
    take_address(&world, "ins-k1");
    let office = Office::over(&world).await;
    let errand = office.errand(Filter::fleet(&"kiosks".into()));
    let clerk = Clerk::default();
    let (report, after) = ran(office.reconcile(&errand, &clerk).await);
    assert!(after.is_quiet(), "{after:?}");

    let [guard, plan] = &clerk.asked()[..] else { panic!("two questions: {:?}", clerk.asked()) };
    assert_eq!(guard.about, About::Guard(Guarded::Spend));
    assert_eq!(guard.about.choices(), [Choice::Yes, Choice::No, Choice::Leave]);
    let [bought, ..] = &guard.steps[..] else { panic!("a step: {guard:?}") };
    assert_eq!(bought.on, [InstanceName::new("kiosks/ins-k1")]);
    assert_eq!(bought.width, 1);
    let money: Vec<(&str, u64)> =
        guard.money.iter().map(|(what, times)| (what.as_str(), *times)).collect();
    assert_eq!(money, [("elastic addresses, charged by traffic", 1)]);
    assert_eq!(plan.about, About::Plan);
    assert_eq!(plan.about.choices(), [Choice::Yes, Choice::Leave]);
    assert!(plan.steps.len() > guard.steps.len(), "what was allowed is part of what is done");

    let record = office.store.run(&report.run).await.expect("a store").expect("a run").record;
    let spend =
        Allowed { guard: Guarded::Spend, by: "the clerk".to_owned(), means: Means::Page };
    assert_eq!(record.allowed, [spend]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_allows_stays_held_and_the_rest_is_done() {
    let world = world();
    take_address(&world, "ins-k1");
    let office = Office::over(&world).await;
    let errand = office.errand(Filter::fleet(&"kiosks".into()));
    let (report, after) = ran(office.reconcile(&errand, &Clerk::who(Says::No)).await);
    assert_eq!(report.end, RunEnd::Partial);
    assert_eq!(members(&after), ["kiosks/ins-k1"]);
    let address = world.at("ins-k1", |machine| machine.cloud.address.clone());
    assert_eq!(address, Some(AddressFact::None));
}

#[tokio::test(start_paused = true)]
async fn where_nobody_is_there_to_be_asked_nothing_is_done_and_the_guards_are_named() {
    let world = world();
    take_address(&world, "ins-k1");
    let office = Office::over(&world).await;
    let errand = office.errand(Filter::default());
    let ended = office.reconcile(&errand, &Clerk::who(Says::NobodyIsThere)).await;
    let Err(ReconcileError::Refused { why: Refused::Nobody, guards }) = ended else {
        panic!("nobody was there: {ended:?}")
    };
    assert_eq!(guards, [Guarded::Spend].into());
    assert_eq!(world.deeds(), []);
    assert_eq!(office.store.runs(9).await.expect("a store"), []);
}

#[tokio::test(start_paused = true)]
async fn whoever_is_stopped_at_a_question_has_done_nothing() {
    let world = world();
    let office = Office::over(&world).await;
    let errand = office.errand(Filter::default());
    let clerk = Clerk::who(Says::NothingForEver);
    let stop = async {
        while clerk.asked().is_empty() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        office.stops.gently.cancel();
    };
    let (ended, ()) = tokio::join!(office.reconcile(&errand, &clerk), stop);
    assert!(matches!(ended, Err(ReconcileError::Stopped)), "{ended:?}");
    assert_eq!(world.deeds(), []);
}

#[tokio::test(start_paused = true)]
async fn a_plan_that_somebody_kept_is_compared_with_what_is_planned_now() {
    let world = world();
    let office = Office::over(&world).await;
    let clerk = Clerk::who(Says::NobodyIsThere);
    let errand = office.errand(Filter::default());
    assert!(office.reconcile(&errand, &clerk).await.is_err());
    let kept = clerk.shown.lock().expect("nobody panicked")[0].clone();
    world.at("ins-d0", |machine| machine.cloud.power.state = PowerState::Running);
    let errand = Errand { kept: Some(kept), ..errand };
    let ended = office.reconcile(&errand, &Clerk::default()).await;
    assert!(matches!(ended, Err(ReconcileError::Stale(_))), "{ended:?}");
    assert_eq!(world.deeds(), []);
}

/// A run that was begun under a former number of the lease, had a machine of the kiosks in hand, and never ended.
async fn killed(fake: Arc<FakeStore>) -> Token {
    let moment = rdpctl_contract::Moment {
        wall: "2026-11-28T01:00:00Z".parse().expect("a time"),
        uptime: Duration::ZERO,
    };
    let holder = Here::look("a test".to_owned(), "reconcile".to_owned()).holder;
    let claim = rdpctl_contract::store::Claim { holder, at: moment, ttl: lease::TTL };
    let token = fake.acquire(&LeaseName::run(), &claim, None).await.expect("a lease");
    let run = RunId::new("killed");
    let record = RunRecord {
        id: run.clone(),
        purpose: Purpose::Apply,
        token: token.clone(),
        began: moment.wall,
        ended: None,
        holder: "a test".to_owned(),
        allowed: Vec::new(),
        plan_digest: String::new(),
        grants: None,
        end: None,
        cost: Budget::default(),
    };
    let nothing = rdpctl_plan::plan(rdpctl_plan::Request {
        assessed: Vec::new(),
        guards: &Guards::default(),
        allowed: &std::collections::BTreeSet::new(),
        now: moment.wall,
        declaration: String::new(),
        survey: String::new(),
        basis: rdpctl_model::plan::Basis::default(),
        tariffs: &rdpctl_model::tariff::Tariffs::default(),
    });
    fake.begin(&record, &nothing).await.expect("a run");
    let entry = JournalEntry {
        step: StepNumber::first_level(1),
        subject: JournalSubject::Instance(InstanceName::new("kiosks/ins-k1")),
        event: StepEvent::Intent { token: "t".to_owned() },
        at: moment.wall,
    };
    fake.journal(&token, &run, &[entry]).await.expect("a journal");
    fake.release(&token).await.expect("a lease");
    token
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_killed_is_ended_by_whoever_does_all_that_it_had_in_hand() {
    let world = world();
    let office = Office::after(&world, |fake| async {
        killed(fake).await;
    })
    .await;
    let left = || async { office.fake.unfinished(office.held.permit().token()).await };
    assert_eq!(left().await.expect("a store").len(), 1);
    let desks = office.errand(Filter::fleet(&"desks".into()));
    ran(office.reconcile(&desks, &Clerk::default()).await);
    assert_eq!(left().await.expect("a store").len(), 1, "the desks are none of its business");
    let kiosks = office.errand(Filter::fleet(&"kiosks".into()));
    ran(office.reconcile(&kiosks, &Clerk::default()).await);
    assert_eq!(left().await.expect("a store").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_killed_is_ended_where_nothing_is_left_to_do_of_it() {
    let world = world();
    let office = Office::over(&world).await;
    ran(office.reconcile(&office.errand(Filter::default()), &Clerk::default()).await);
    let Office { estate: _, hands, fake, held, stops, .. } = office;
    held.release().await.expect("a lease");
    killed(Arc::clone(&fake)).await;
    let held = hold(&fake, &hands, &stops).await;
    let store: Arc<dyn Store> = Arc::clone(&fake) as Arc<dyn Store>;
    let disruption = Disruption::default();
    let office = Office { estate: estate(), hands, fake, store, held, stops, disruption };
    let whole = office.errand(Filter::default());
    let ended = office.reconcile(&whole, &Clerk::default()).await.expect("a reconcile");
    assert!(matches!(ended, Reconciled::Idle { .. }));
    let left = office.fake.unfinished(office.held.permit().token()).await.expect("a store");
    assert_eq!(left, []);
}

//! Whole reconciles, without a command line: who is asked what, what is done for which part, and what is left alone.

mod office;

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::fake::FakeStore;
use rdpctl_contract::{Lease, LeaseName, Runs, Store, Token};
use rdpctl_model::cloud::{AddressFact, PowerState};
use rdpctl_model::declaration::Guards;
use rdpctl_model::outcome::{
    Allowed, JournalEntry, JournalSubject, Means, Purpose, RunEnd, RunRecord, StepEvent,
};
use rdpctl_model::plan::{Budget, Per, Price, Quote, Sighted};
use rdpctl_model::step::Guarded;
use rdpctl_model::{InstanceName, RunId, StepNumber};

use super::{Errand, ReconcileError, Reconciled, RestsOn};
use crate::approve::{About, Choice, Refused};
use crate::assess::Filter;
use crate::lease::{self, Here};
use crate::run::Disruption;
use office::{Clerk, Office, Says, estate, hold, members, ran, take_address, world};

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
    let price = Price { millionths: 800_000, currency: None, per: Per::Gigabyte };
    let what = "elastic addresses, charged by traffic".to_owned();
    for question in [guard, plan] {
        assert_eq!(
            question.cost.quotes,
            [Quote { what: what.clone(), price: Sighted::Seen(price.clone()) }]
        );
    }
    assert_eq!(plan.about, About::Plan);
    assert_eq!(plan.about.choices(), [Choice::Yes, Choice::Leave]);
    assert!(plan.steps.len() > guard.steps.len(), "what was allowed is part of what is done");

    let record = office.store.run(&report.run).await.expect("a store").expect("a run").record;
    let spend = Allowed { guard: Guarded::Spend, by: "the clerk".to_owned(), means: Means::Page };
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
    assert!(matches!(ended, Err(ReconcileError::Stale { .. })), "{ended:?}");
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
        stops_at: None,
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

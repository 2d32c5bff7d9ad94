//! Everything but the world: an estate, hands, a store under a lease, and somebody who answers.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use rdpctl_contract::fake::{FakeStore, Machine, World};
use rdpctl_contract::{CloudChanger, Lease, LeaseName, Store};
use rdpctl_facets::{Profile, power, public_ip};
use rdpctl_model::cloud::{AddressFact, BandwidthFact};
use rdpctl_model::declaration::{
    Fleet, Guards, GuestAccess, Patience, ProviderKind, Selector, Share,
};
use rdpctl_model::outcome::{Allowed, Means};
use rdpctl_model::plan::Plan;
use rdpctl_model::{ProfileName, ProviderName};
use tokio::sync::mpsc;

use super::super::{Errand, Goal, Reconcile, ReconcileError, Reconciled, RestsOn};
use crate::approve::{About, Answer, Approver, Question, Refused};
use crate::assess::Filter;
use crate::estate::Estate;
use crate::event::Event;
use crate::lease::{self, Held, Here};
use crate::outside::Hands;
use crate::run::{Disruption, Stops};

pub(super) fn gz() -> ProviderName {
    ProviderName::new("gz")
}

/// Two fleets that want their machines to run and to have an elastic address.
pub(super) fn estate() -> Estate {
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
        guest: Arc::new(GuestAccess::default()),
        snapshot: no_copy(),
        closed: None,
    };
    Estate {
        providers: [(gz(), ProviderKind::Tencent)].into(),
        profiles: [(ProfileName::new("p"), Arc::new(profile))].into(),
        instances: Vec::new(),
        fleets: vec![fleet("kiosks"), fleet("desks")],
        guards: Guards::default(),
        accepts: Vec::new(),
        digest: "the declaration".to_owned(),
    }
}

/// Three stopped machines of each fleet.
pub(super) fn world() -> World {
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
pub(super) fn take_address(world: &World, id: &str) {
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
pub(super) struct Clerk {
    says: Says,
    asked: Mutex<Vec<Question>>,
    pub(super) shown: Mutex<Vec<Plan>>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Says {
    #[default]
    Yes,
    No,
    NobodyIsThere,
    NothingForEver,
}

impl Clerk {
    pub(super) fn who(says: Says) -> Self {
        Self { says, ..Self::default() }
    }

    pub(super) fn asked(&self) -> Vec<Question> {
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
pub(super) struct Office {
    pub(super) estate: Estate,
    pub(super) hands: Hands,
    pub(super) fake: Arc<FakeStore>,
    pub(super) store: Arc<dyn Store>,
    pub(super) held: Held,
    pub(super) stops: Stops,
    pub(super) disruption: Disruption,
}

pub(super) async fn hold(fake: &Arc<FakeStore>, hands: &Hands, stops: &Stops) -> Held {
    let lease: Arc<dyn Lease> = Arc::clone(fake) as Arc<dyn Lease>;
    let here = Here::look("a test".to_owned(), "reconcile".to_owned());
    let (clock, stop) = (Arc::clone(&hands.clock), stops.now.clone());
    lease::hold(lease, clock, &LeaseName::run(), &here, stop, &|_| ()).await.expect("a lease")
}

impl Office {
    pub(super) async fn over(world: &World) -> Self {
        Self::after(world, |_| std::future::ready(())).await
    }

    /// An office whose store was used by somebody before.
    pub(super) async fn after<F: Future<Output = ()>>(
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
            log_on: Arc::new(rdpctl_contract::log_on::Nobody),
            clock: Arc::new(world.clock()),
            second: None,
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

    pub(super) fn errand(&self, scope: Filter) -> Errand {
        Errand {
            scope,
            goal: Goal::Declared,
            rests_on: RestsOn::Look,
            again: Vec::new(),
            kept: None,
            parallelism: 4,
            max_failures: Share::Percent(100.0),
            patience: Patience::default(),
            holder: "a test".to_owned(),
            disruption: self.disruption.clone(),
        }
    }

    pub(super) async fn reconcile(
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

pub(super) fn ran(ended: Result<Reconciled, ReconcileError>) -> (crate::run::RunReport, Plan) {
    match ended.expect("a reconcile") {
        Reconciled::Ran { report, after, .. } => (*report, after),
        Reconciled::Idle { plan } => panic!("nothing was done: {plan:?}"),
    }
}

pub(super) fn members(plan: &Plan) -> Vec<&str> {
    let mut names: Vec<&str> = plan
        .groups
        .iter()
        .flat_map(|group| &group.members)
        .map(|member| member.name.as_str())
        .collect();
    names.sort_unstable();
    names
}

/// No copy of the disk before anything: what is told here is told without one.
fn no_copy() -> rdpctl_model::declaration::SnapshotWish {
    rdpctl_model::declaration::SnapshotWish {
        first: rdpctl_model::declaration::SnapshotFirst::No,
        ..rdpctl_model::declaration::SnapshotWish::default()
    }
}

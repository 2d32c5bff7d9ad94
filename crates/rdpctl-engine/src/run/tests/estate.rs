//! An estate of one provider, plans for it, and runs of them in a world in memory.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rdpctl_contract::fake::{Deed, Machine, What, World};
use rdpctl_contract::{Channel, CloudChanger, Lease, LeaseName, Store};
use rdpctl_model::assessment::Members;
use rdpctl_model::declaration::{
    Fleet, Guards, GuestAccess, Instance, Patience, ProviderKind, Selector, Share,
};
use rdpctl_model::guest::{ChannelKind, RegData, RunState};
use rdpctl_model::outcome::Purpose;
use rdpctl_model::plan::{Member, Plan};
use rdpctl_model::step::{Action, Disruption as Disrupts, GuestAction, Setting, Step};
use rdpctl_model::tariff::Tariffs;
use rdpctl_model::{
    Assessed, Assessment, FacetId, FacetMap, InstanceName, ProfileName, ProviderName, ResourceId,
    Verdict,
};
use rdpctl_store::Database;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::super::{Disruption, RunOptions, RunReport, Stops, execute};
use crate::assess::Filter;
use crate::estate::Estate;
use crate::event::Event;
use crate::lease::{self, Here};
use crate::outside::Hands;

/// How long each look and each deed takes.
pub(super) const PACE: Duration = Duration::from_secs(10);

/// The provider of everything.
fn gz() -> ProviderName {
    ProviderName::new("gz")
}

fn profile() -> ProfileName {
    ProfileName::new("p")
}

/// A world of running machines whose names are given: `web-01`, or `kiosks/ins-1` for one of a fleet.
pub(super) fn world(names: &[String]) -> World {
    let start = "2026-11-28T02:00:00Z".parse().expect("a time");
    names.iter().zip(1_u8..).fold(World::new(start, PACE), |world, (name, last)| {
        let id = id(name);
        let machine = Machine::running(id.as_str(), [127, 64, 0, last].into());
        world.with(machine.service("TermService", RunState::Running))
    })
}

/// The id under which a machine of that name stands in its world.
pub(super) fn id(name: &str) -> ResourceId {
    ResourceId::new(name.rsplit('/').next().unwrap_or(name))
}

/// The estate that declares those machines.
pub(super) fn estate(names: &[String], max_disrupted: Share) -> Estate {
    let guest =
        Arc::new(GuestAccess { via: vec![ChannelKind::RunCommand], ..GuestAccess::default() });
    let ones = names.iter().filter(|name| !name.contains('/')).map(|name| Instance {
        name: InstanceName::new(name),
        provider: gz(),
        id: id(name),
        profile: profile(),
        guest: guest.clone(),
        snapshot: no_copy(),
        closed: None,
    });
    let fleets: BTreeSet<&str> =
        names.iter().filter_map(|name| InstanceName::fleet_in(name)).collect();
    let fleets = fleets.into_iter().map(|fleet| Fleet {
        name: fleet.into(),
        provider: gz(),
        select: Selector::default(),
        profile: profile(),
        guest: guest.clone(),
        snapshot: no_copy(),
        closed: None,
    });
    Estate {
        providers: [(gz(), ProviderKind::Tencent)].into(),
        profiles: BTreeMap::new(),
        instances: ones.collect(),
        fleets: fleets.collect(),
        guards: Guards { max_disrupted, ..Guards::default() },
        accepts: Vec::new(),
        digest: String::new(),
    }
}

/// What is done to some machines, as one difference that no others have.
pub(super) fn difference(names: &[String], what: &str, actions: &[GuestAction]) -> Assessed {
    let steps = actions.iter().map(|action| Step {
        facet: FacetId::Tls,
        action: Action::Guest(action.clone()),
        before: rdpctl_model::Said::quoted(what),
        after: rdpctl_model::Said::quoted(format!("{what} mended")),
        why: rdpctl_model::Said::quoted(""),
        seed: String::new(),
        disruption: if *action == GuestAction::Reboot { Disrupts::Reboots } else { Disrupts::None },
        guards: Vec::new(),
        reversible: true,
        expects: Vec::new(),
    });
    let drifted = Assessment {
        steps: steps.collect(),
        ..Assessment::of(Verdict::drifted(
            rdpctl_model::Said::quoted(what),
            rdpctl_model::Said::quoted("mended"),
        ))
    };
    let mut facets = FacetMap::from_fn(|_| None);
    facets[FacetId::Tls] = Some(Arc::new(drifted));
    let member = |name: &String| Member {
        name: InstanceName::new(name),
        id: id(name),
        display: String::new(),
        handles: None,
        binds: None,
        sessions: None,
        answered: std::collections::BTreeMap::new(),
    };
    Assessed {
        provider: gz(),
        profile: profile(),
        port: 3389,
        way: Some(ChannelKind::RunCommand),
        snapshot: rdpctl_model::declaration::SnapshotFirst::No,
        facets: Arc::new(facets),
        members: Members::Named(names.iter().map(member).collect()),
    }
}

/// Sets a value that takes effect by itself.
pub(super) fn set(name: &str) -> GuestAction {
    GuestAction::SetRegistry {
        key: r"HKLM\SOFTWARE\Example".to_owned(),
        name: name.to_owned(),
        data: RegData::Dword(1),
        setting: Setting::RemoteConnections,
    }
}

pub(super) const RESTART: GuestAction = GuestAction::RestartRdp { session_env: false };

/// The plan that mends those differences.
pub(super) fn plan(estate: &Estate, assessed: Vec<Assessed>, now: Timestamp) -> Plan {
    rdpctl_plan::plan(rdpctl_plan::Request {
        assessed,
        guards: &estate.guards,
        allowed: &rdpctl_model::step::Guarded::ALL.into(),
        now,
        declaration: String::new(),
        survey: String::new(),
        basis: rdpctl_model::plan::Basis::default(),
        tariffs: &Tariffs::default(),
    })
}

/// A place to run in: hands into a world, and a state that goes with the test.
pub(super) struct Place {
    pub(super) hands: Hands,
    pub(super) store: Arc<dyn Store>,
    pub(super) stops: Stops,
    pub(super) options: RunOptions,
    _folder: TempDir,
}

impl Place {
    pub(super) fn of(world: &World) -> Self {
        let folder = TempDir::new().expect("a folder");
        let store = Database::open(folder.path().join("state.db")).expect("a state");
        let cloud: Arc<dyn CloudChanger> = Arc::new(world.cloud(gz()));
        let channel: Arc<dyn Channel> = Arc::new(world.channel(ChannelKind::RunCommand));
        let hands = Hands {
            clouds: [(gz(), cloud)].into(),
            channels: [((gz(), ChannelKind::RunCommand), channel)].into(),
            probe: Arc::new(world.probe()),
            log_on: Arc::new(rdpctl_contract::log_on::Nobody),
            clock: Arc::new(world.clock()),
            second: None,
        };
        let options = RunOptions {
            parallelism: 10,
            max_failures: Share::Percent(100.0),
            allowed: rdpctl_model::step::Guarded::ALL.into(),
            patience: Patience::default(),
            holder: "a test".to_owned(),
            purpose: Purpose::Apply,
            answers: Vec::new(),
            scope: Filter::default(),
            disruption: Disruption::default(),
        };
        Self { hands, store: Arc::new(store), stops: Stops::default(), options, _folder: folder }
    }

    /// Runs a plan to its end, telling `listener` everything as it happens.
    pub(super) async fn run(
        &self,
        estate: &Estate,
        plan: Plan,
        mut listener: impl FnMut(&Event) + Send + 'static,
    ) -> RunReport {
        let (events, mut inbox) = mpsc::channel(1024);
        let listening = tokio::spawn(async move {
            while let Some(event) = inbox.recv().await {
                listener(&event);
            }
        });
        let (lease, clock): (Arc<dyn Lease>, _) = (self.store.clone(), self.hands.clock.clone());
        let here = Here::look("a test".to_owned(), "apply".to_owned());
        let stop = self.stops.now.clone();
        let held = lease::hold(lease, clock, &LeaseName::run(), &here, stop, &|_| ()).await;
        let held = held.expect("a lease");
        let (hands, store, permit) = (&self.hands, &self.store, held.permit());
        let running =
            execute(estate, hands, store, permit, plan, &self.options, &events, &self.stops);
        let report = Box::pin(running).await.expect("a run");
        held.release().await.expect("a lease");
        drop(events);
        listening.await.expect("a listener");
        report
    }
}

/// Whether a deed takes Remote Desktop away.
pub(super) fn disrupts(deed: &Deed) -> bool {
    match &deed.what {
        What::Guest(action) => {
            matches!(action, GuestAction::Reboot | GuestAction::RestartRdp { .. })
        }
        What::Cloud(_) => false,
    }
}

/// `count` names after this pattern: `web-0`, `web-1` and so on.
pub(super) fn names(prefix: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{prefix}{number}")).collect()
}

/// No copy of the disk before anything: what is told here is told without one.
fn no_copy() -> rdpctl_model::declaration::SnapshotWish {
    rdpctl_model::declaration::SnapshotWish {
        first: rdpctl_model::declaration::SnapshotFirst::No,
        ..rdpctl_model::declaration::SnapshotWish::default()
    }
}

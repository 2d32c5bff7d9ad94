//! The snapshot that the pages show: made anew after each judgement, by whoever has time, and never waited for.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rdpctl_contract::store::Made;
use rdpctl_contract::{Clock, Store, StoreError};
use rdpctl_engine::{assess_everybody, give_back};
use rdpctl_model::chronicle::{self, Command, Order};
use rdpctl_model::declaration::{self, Accept};
use rdpctl_model::outcome::RunRecord;
use rdpctl_model::{FacetId, InstanceName};
use rdpctl_page::{Banner, Mode, Orphan, Pause, RunLine, Seen, View};
use rdpctl_watch::{Event, Judged};
use tokio::sync::{Notify, broadcast, watch};

use super::super::declared::Accepts;
use super::banners::{Word, word};
use super::stream::Change;
use crate::report::drift::say;

/// Runs shown of many.
const RUNS: usize = 200;

/// What is shown, and who hears when it changes.
pub(crate) struct Shown {
    view: RwLock<Option<Arc<View>>>,
    banners: Mutex<BTreeMap<String, Banner>>,
    heard: Notify,
    changes: broadcast::Sender<Change>,
}

impl Shown {
    pub(super) fn new() -> Self {
        let (changes, _) = broadcast::channel(256);
        Self { view: RwLock::default(), banners: Mutex::default(), heard: Notify::new(), changes }
    }

    /// The newest snapshot, once there is one.
    pub(super) fn view(&self) -> Option<Arc<View>> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whoever wants to hear of changes.
    pub(super) fn listen(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Hears what the loop tells.
    pub(crate) fn hear(&self, event: &Event, at: Timestamp) {
        let mut banners = self.banners.lock().unwrap_or_else(PoisonError::into_inner);
        match word(event, at) {
            Word::Stands(name, banner) => {
                banners.insert(name, *banner);
            }
            Word::Over(name) => {
                if banners.remove(&name).is_none() {
                    return;
                }
            }
            Word::Silent => return,
        }
        self.heard.notify_one();
    }

    fn show(&self, view: View) {
        let before = self.view();
        let change = Change::between(before.as_deref(), &view);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(view));
        // Nobody may be listening.
        let _ = self.changes.send(change);
    }

    fn banners(&self) -> Vec<Banner> {
        let banners = self.banners.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<Banner> = banners.values().cloned().collect();
        all.sort_by_key(|banner| banner.weight);
        all
    }
}

/// Where a snapshot's parts come from, beside what was judged.
pub(super) struct Sources {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) accepts: Accepts,
}

/// Makes a snapshot of each judgement that comes, until none comes any more. One is made at a time, of the newest.
pub(super) async fn keep(
    shown: Arc<Shown>,
    mut judged: watch::Receiver<Option<Arc<Judged>>>,
    sources: Sources,
) {
    let mut kept = Kept::default();
    let mut serial = 0;
    loop {
        tokio::select! {
            changed = judged.changed() => if changed.is_err() { return },
            () = shown.heard.notified() => {}
        }
        let Some(judgement) = judged.borrow_and_update().clone() else { continue };
        // A state that does not serve takes nothing away of what it said before.
        if let Ok(read) = Kept::read(sources.store.as_ref()).await {
            kept = read;
        }
        serial += 1;
        let made = Parts {
            judgement,
            kept: kept.clone(),
            accepts: sources.accepts.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            now: sources.clock.now(),
            serial,
        };
        // A snapshot that could not be made is not shown; the one before it stands, with its age.
        if let Ok(mut view) = tokio::task::spawn_blocking(move || made.put()).await {
            view.banners = shown.banners();
            shown.show(view);
        }
    }
}

/// What the state remembers that a snapshot shows.
#[derive(Clone, Default)]
struct Kept {
    runs: Vec<RunRecord>,
    since: HashMap<(InstanceName, FacetId), Timestamp>,
    orders: Vec<Order>,
    made: Vec<Made>,
}

impl Kept {
    async fn read(store: &dyn Store) -> Result<Self, StoreError> {
        let runs = store.runs(RUNS).await?;
        let standing = store.standing().await?;
        let orders = store.orders(0).await?;
        Ok(Self {
            runs,
            since: standing
                .into_iter()
                .map(|turn| ((turn.instance, turn.facet), turn.at))
                .collect(),
            made: store.created().await?,
            orders: orders.into_iter().map(|(_, order)| order).collect(),
        })
    }
}

struct Parts {
    judgement: Arc<Judged>,
    kept: Kept,
    accepts: Vec<Accept>,
    now: Timestamp,
    serial: u64,
}

impl Parts {
    fn put(self) -> View {
        let Judged { estate, mode, facts, plan } = self.judgement.as_ref();
        let since = &self.kept.since;
        let mut view = View::build(&Seen {
            at: self.now,
            today: self.now.to_zoned(TimeZone::UTC).date(),
            serial: self.serial,
            assessed: &assess_everybody(estate, facts, self.now),
            plan,
            digest: rdpctl_plan::canonical_digest(plan),
            accepts: &self.accepts,
            mode: match mode {
                declaration::Mode::Detect => Mode::Detect,
                declaration::Mode::Enforce => Mode::Enforce,
            },
            say: &say,
            since: &|name, facet| since.get(&(name.clone(), facet)).copied(),
        });
        view.health.paused = paused(&self.kept.orders, self.now);
        view.health.orphaned =
            give_back::orphaned(estate, self.kept.made).into_iter().map(orphan).collect();
        view.runs = self.kept.runs.into_iter().map(|record| RunLine { record }).collect();
        view
    }
}

fn paused(orders: &[Order], now: Timestamp) -> Vec<Pause> {
    let one = |order: &Order| Pause {
        what: order.target.clone(),
        until: match order.what {
            Command::Pause { until } => until,
            Command::Resume | Command::Now | Command::LeaveAlone { .. } => None,
        },
        reason: order.reason.clone().unwrap_or_default(),
        by: order.by.clone(),
    };
    let mut paused: Vec<Pause> = chronicle::pauses(orders, now).into_iter().map(one).collect();
    for (instance, facet, until) in chronicle::left_alone(orders, now) {
        let said = orders.iter().rev().find(|order| {
            order.target == instance.as_str()
                && matches!(order.what, Command::LeaveAlone { facet: of, .. } if of == facet)
        });
        paused.push(Pause {
            what: format!("{instance}/{facet}"),
            until: Some(until),
            reason: said.and_then(|order| order.reason.clone()).unwrap_or_default(),
            by: said.map_or_else(String::new, |order| order.by.clone()),
        });
    }
    paused
}

fn orphan(made: Made) -> Orphan {
    Orphan {
        kind: made.created.kind,
        id: made.created.id.to_string(),
        made_for: made.subject.to_string(),
        at: made.at,
    }
}

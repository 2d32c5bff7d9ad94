//! The snapshot that the pages show: made anew after each judgement, by whoever has time, and never waited for.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rdpctl_contract::store::{Holding, Made};
use rdpctl_contract::{Clock, LeaseName, Store, StoreError};
use rdpctl_engine::{Hands, assess_everybody, give_back};
use rdpctl_model::chronicle::{self, Command, Order, Turned};
use rdpctl_model::declaration;
use rdpctl_model::outcome::RunRecord;
use rdpctl_model::plan::{Group, Member, Plan, PlannedStep, SecurityDelta};
use rdpctl_model::{FacetId, InstanceName};
use rdpctl_page::{
    Banner, Binding, Files, Health, HeldLine, History, Mode, Notes, Orphan, Pause, RunLine, Seen,
    View,
};
use rdpctl_watch::{Event, Judged};
use tokio::sync::{Notify, broadcast, watch};

use super::super::declared::{LastStated, Stated};
use super::banners::{Word, word};
use super::clocks::Clocks;
use super::health::Itself;
use super::nobody::nobody;
use super::showed::Showed;
use super::stream::{Change, Past};
use super::whose::Asking;
use crate::command::plan::commands_of;
use crate::report::drift::say;

/// Of so many days what turned is shown, and so much of it at most.
const SHOWN: SignedDuration = SignedDuration::from_hours(14 * 24);
const TURNS: usize = 100_000;
/// Runs shown of many.
const RUNS: usize = 200;
/// A snapshot is shown, and whoever listens is told of it, no more often than this.
const AT_MOST_EVERY: Duration = Duration::from_secs(1);

/// What is shown, and who hears when it changes.
pub(crate) struct Shown {
    view: RwLock<Option<Arc<View>>>,
    banners: Mutex<BTreeMap<String, Banner>>,
    heard: Notify,
    changes: broadcast::Sender<Change>,
    past: Mutex<Past>,
    showed: Showed,
    watched: Vec<String>,
    files: Mutex<Option<Files>>,
    epoch: String,
}

impl Shown {
    pub(super) fn new(watched: Vec<String>) -> Self {
        let (changes, _) = broadcast::channel(256);
        Self {
            view: RwLock::default(),
            banners: Mutex::default(),
            heard: Notify::new(),
            changes,
            past: Mutex::default(),
            showed: Showed::default(),
            watched,
            files: Mutex::default(),
            epoch: uuid::Uuid::new_v4().simple().to_string(),
        }
    }

    /// The newest snapshot, once there is one.
    pub(super) fn view(&self) -> Option<Arc<View>> {
        self.view.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What was shown under a digest, where that is still known.
    pub(super) fn showed(&self, digest: &str) -> Option<Arc<HeldLine>> {
        self.showed.find(digest)
    }

    /// For whoever wants to hear of changes, and whoever heard of some already: those to come, and what to begin with.
    pub(super) fn listen(&self, last: Option<&str>) -> (broadcast::Receiver<Change>, Vec<Bytes>) {
        // Under the lock under which changes are told, so that none is missed in between.
        let past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        (self.changes.subscribe(), past.begin(&self.epoch, last))
    }

    /// Hears what the loop tells.
    pub(crate) fn hear(&self, event: &Event, at: Timestamp) {
        if self.hear_of_files(event, at) {
            self.heard.notify_one();
        }
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

    /// Takes what is told of the declarations; says whether anything was.
    fn hear_of_files(&self, event: &Event, at: Timestamp) -> bool {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Event::Read { revision, sources, .. } = event {
            *files = Some(Files {
                watched: self.watched.clone(),
                sources: *sources,
                at,
                commit: revision.commit.clone(),
                pulled: revision.pulled,
                refused: files.as_ref().and_then(|files| files.refused),
            });
        }
        let is_refused = matches!(event, Event::Unreadable { .. } | Event::HeldBack { .. });
        if let (true, Some(files)) = (is_refused, files.as_mut()) {
            files.refused = Some(at);
        }
        is_refused || matches!(event, Event::Read { .. })
    }

    fn files(&self) -> Option<Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn show(&self, view: View) {
        let before = self.view();
        let change = Change::between(before.as_deref(), &view, &self.epoch);
        self.showed.keep(&view);
        *self.view.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(view));
        let mut past = self.past.lock().unwrap_or_else(PoisonError::into_inner);
        past.keep(change.clone());
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
    pub(super) stated: LastStated,
    pub(super) itself: Itself,
}

/// Makes a snapshot of each judgement that comes, until none comes any more. One is made at a time, of the newest.
pub(super) async fn keep(
    shown: Arc<Shown>,
    mut judged: watch::Receiver<Option<Arc<Judged>>>,
    sources: Sources,
) {
    let (mut kept, mut clocks) = (Kept::default(), Clocks::default());
    let asking = Arc::new(Asking::default());
    let (mut serial, mut not_before) = (0, tokio::time::Instant::now());
    loop {
        tokio::select! {
            changed = judged.changed() => if changed.is_err() { return },
            () = shown.heard.notified() => {}
        }
        // What comes in meanwhile is shown together.
        tokio::time::sleep_until(not_before).await;
        not_before = tokio::time::Instant::now() + AT_MOST_EVERY;
        let Some(judgement) = judged.borrow_and_update().clone() else { continue };
        // A state that does not serve takes nothing away of what it said before.
        if let Ok(read) = kept.read(sources.store.as_ref(), sources.clock.now()).await {
            kept = read;
        }
        serial += 1;
        let judged_now = Arc::clone(&judgement);
        let health = sources.itself.health(kept.leader.as_ref(), shown.files());
        let made = Parts {
            health,
            judgement,
            kept: kept.clone(),
            stated: sources.stated.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            now: sources.clock.now(),
            serial,
        };
        // A snapshot that could not be made is not shown; the one before it stands, with its age.
        if let Ok(mut view) = tokio::task::spawn_blocking(move || made.put()).await {
            view.nobody =
                nobody(&judged_now.estate, &view, sources.store.as_ref()).await.unwrap_or_default();
            view.banners = shown.banners();
            view.banners.extend(clocks.look(sources.clock.now(), sources.clock.uptime()));
            let since =
                |name: &InstanceName, facet| kept.since.get(&(name.clone(), facet)).copied();
            let due = asking.due(&view, &since, tokio::time::Instant::now());
            view.changed_by(asking.told());
            shown.show(view);
            if !due.is_empty() {
                let (asking, shown) = (Arc::clone(&asking), Arc::clone(&shown));
                let store = Arc::clone(&sources.store);
                tokio::spawn(async move {
                    if asking.ask(&due, &judged_now, store.as_ref()).await {
                        shown.heard.notify_one();
                    }
                });
            }
        }
    }
}

/// What tells whether drift over time is what it was.
type Of = (usize, Option<Timestamp>, usize, Option<Date>);

/// What the state remembers that a snapshot shows.
#[derive(Clone, Default)]
struct Kept {
    runs: Vec<RunRecord>,
    since: HashMap<(InstanceName, FacetId), Timestamp>,
    orders: Vec<Order>,
    history: Arc<History>,
    /// What turned in these days, newest first.
    turned: Arc<Vec<Turned>>,
    /// What it was made of: how much turned, when last, and how much was ordered.
    of: Of,
    made: Vec<Made>,
    leader: Option<Holding>,
}

impl Kept {
    async fn read(&self, store: &dyn Store, now: Timestamp) -> Result<Self, StoreError> {
        let runs = store.runs(RUNS).await?;
        let standing = store.standing().await?;
        let today = now.to_zoned(TimeZone::UTC).date();
        let since = now.checked_sub(SHOWN).unwrap_or(now);
        let turns = store.turned_since(since, TURNS).await?;
        let orders = store.orders(0).await?;
        let orders: Vec<Order> = orders.into_iter().map(|(_, order)| order).collect();
        let of = (turns.len(), turns.first().map(|turn| turn.at), orders.len(), Some(today));
        let (history, turned) = if of == self.of {
            (Arc::clone(&self.history), Arc::clone(&self.turned))
        } else {
            (Arc::new(History::of(&standing, &turns, &orders, now)), Arc::new(turns))
        };
        Ok(Self {
            runs,
            history,
            turned,
            of,
            since: standing
                .into_iter()
                .map(|turn| ((turn.instance, turn.facet), turn.at))
                .collect(),
            made: store.created().await?,
            leader: store.holder(&LeaseName::leader()).await?,
            orders,
        })
    }
}

struct Parts {
    health: Health,
    judgement: Arc<Judged>,
    kept: Kept,
    stated: Stated,
    now: Timestamp,
    serial: u64,
}

impl Parts {
    fn put(self) -> View {
        let Judged { estate, mode, facts, plan, hands, first_look, clouds: _ } =
            self.judgement.as_ref();
        let since = &self.kept.since;
        let mut view = View::build(&Seen {
            at: self.now,
            today: self.now.to_zoned(TimeZone::UTC).date(),
            serial: self.serial,
            assessed: &assess_everybody(estate, facts, self.now),
            plan,
            digest: rdpctl_plan::canonical_digest(plan),
            accepts: &self.stated.accepts,
            mode: match mode {
                declaration::Mode::Detect => Mode::Detect,
                declaration::Mode::Enforce => Mode::Enforce,
            },
            binding: &Bound(hands),
            say: &say,
            since: &|name, facet| since.get(&(name.clone(), facet)).copied(),
        });
        view.answered(&self.kept.orders);
        view.guards_at = self.stated.guards_at;
        view.health = self.health;
        let (met, all) = (*first_look, view.numbers.all());
        view.health.first_look = met.filter(|met| *met < all).map(|met| (met, all));
        view.health.paused = paused(&self.kept.orders, self.now);
        view.health.orphaned =
            give_back::orphaned(estate, self.kept.made).into_iter().map(orphan).collect();
        view.history = self.kept.history.as_ref().clone();
        view.turned = Arc::clone(&self.kept.turned);
        view.runs = self.kept.runs.into_iter().map(|record| RunLine { record }).collect();
        view.notes = Notes::by_day(&view.runs, RUNS, &self.kept.orders);
        view
    }
}

/// What a yes on the page is bound to: the same digests by which the loop finds out whether it still holds.
struct Bound<'a>(&'a Hands);

impl Binding for Bound<'_> {
    fn of(&self, plan: &Plan, group: &Group, member: &Member) -> String {
        rdpctl_plan::consent(plan, group, member)
    }

    fn all(&self, members: &BTreeMap<InstanceName, String>) -> String {
        rdpctl_plan::consents(members)
    }

    fn security(&self, plan: &Plan, steps: &[&PlannedStep]) -> Vec<SecurityDelta> {
        rdpctl_plan::security_of(plan, steps.iter().copied())
    }

    fn money(&self, plan: &Plan, steps: &[&PlannedStep]) -> BTreeMap<String, u64> {
        rdpctl_plan::money_of(plan, steps.iter().copied())
    }

    fn exactly(&self, plan: &Plan, planned: &PlannedStep) -> Vec<String> {
        commands_of(plan, planned, self.0)
    }
}

fn paused(orders: &[Order], now: Timestamp) -> Vec<Pause> {
    let one = |order: &Order| Pause {
        what: order.target.clone(),
        until: order.what.pauses_until(),
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

//! One leadership: what is due is looked at, what came of it is judged, and what turned is told.

mod declared;
mod fights;
mod judged;
mod looks;
mod orders;
mod orphans;
mod overdue;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::store::Made;
use rdpctl_contract::{Clock, Store};
use rdpctl_engine::lease::Here;
use rdpctl_engine::run::Stops;
use rdpctl_engine::sweep::Desk;
use rdpctl_model::chronicle::Order;
use rdpctl_model::plan::UnseenFleet;
use rdpctl_model::tariff::Tariffs;
use rdpctl_model::{InstanceName, ProviderName};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::dispatch::{Dispatcher, Lane};
use crate::event::Event;
use crate::judge::Findings;
use crate::mend::{Mender, Outcome};
use crate::registry::Registry;
use crate::settings::{Ended, Settings, Until};
use crate::source::{Fresh, Source};
use crate::subject::{Pool, Subject};
use crate::timetable::Timetable;
use crate::voice::Voice;
use crate::work::{Means, Unit, Work};

/// Looks at the machines of one provider that go on side by side.
const SIDE_BY_SIDE: usize = 4;
/// How often the loop does something, if only to show that it goes on.
const BEAT: Duration = Duration::from_secs(2);

/// A run of the loop's own that goes on beside its looks.
type Mending = Pin<Box<dyn Future<Output = (BTreeSet<InstanceName>, Outcome)>>>;

/// How a shift ended.
pub(crate) enum Over {
    /// It was stopped, or everything was looked at once.
    Done(Ended),
    /// Another process leads.
    Deposed,
}

/// What surrounds a leadership, and outlives it.
pub(crate) struct Around {
    pub(crate) settings: Settings,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) here: Here,
    pub(crate) voice: Voice,
    pub(crate) stop: CancellationToken,
}

/// A leadership.
pub(crate) struct Shift {
    settings: Settings,
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    here: Here,
    voice: Voice,
    stop: CancellationToken,
    /// How a run of the loop's own is stopped.
    stops: Stops,
    mender: Mender,
    mending: Option<Mending>,
    /// How the run that goes on is stopped, and it alone.
    in_hand: Option<Stops>,
    fresh: Fresh,
    means: Means,
    tariffs: Tariffs,
    registry: Registry,
    timetable: Timetable,
    dispatcher: Dispatcher<Subject, Pool>,
    work: Work,
    /// Failures on end, by provider: while there are any, its machines are left alone.
    failures: BTreeMap<ProviderName, u32>,
    /// The same by machine.
    tries: HashMap<InstanceName, u32>,
    unseen: BTreeMap<ProviderName, Vec<UnseenFleet>>,
    findings: Findings,
    /// What this process has told, where it tells all of it and not only what turned.
    shown: Option<Findings>,
    /// What was not yet looked at since the start; none once all of it was.
    first: Option<HashSet<Subject>>,
    /// How often what was told of a provider's pace.
    paced: BTreeMap<ProviderName, Duration>,
    /// In which lane a subject waits once it is due, where that is not the steady one.
    lanes: HashMap<Subject, Lane>,
    /// Machines into which nobody has looked yet.
    unmet: HashSet<InstanceName>,
    /// Who was looked at since the last judgement.
    looked_at: BTreeSet<InstanceName>,
    rounds: u64,
    /// When to judge next; none where nothing new came in.
    judge_at: Option<Instant>,
    judge_not_before: Instant,
    is_forgetful: bool,
    /// Who is left to a person's hands.
    in_hands: BTreeSet<InstanceName>,
    /// What people told, and the number of the last of it.
    orders: Vec<Order>,
    last_order: u64,
    /// When to ask for more of it: whatever else happens, people are heard.
    hear_at: Instant,
    /// What was made for those who are declared no more, as it was told, and when to ask again.
    orphaned: Vec<Made>,
    orphans_at: Instant,
    /// When to look again whether anything is to be given back.
    overdue_at: Instant,
}

impl Shift {
    pub(crate) async fn begin(around: Around, fresh: Fresh) -> Self {
        let Around { settings, store, clock, here, voice, stop } = around;
        let means = Means {
            estate: Arc::clone(&fresh.estate),
            eyes: fresh.hands.eyes(),
            store: Arc::clone(&store),
            desk: Arc::new(Desk::default()),
        };
        let mut shift = Self {
            settings,
            store,
            clock,
            here,
            voice,
            stop,
            stops: Stops::default(),
            mender: Mender::default(),
            mending: None,
            in_hand: None,
            tariffs: fresh.hands.tariffs(),
            means,
            registry: Registry::default(),
            timetable: Timetable::new(),
            dispatcher: Dispatcher::default(),
            work: Work::default(),
            failures: BTreeMap::new(),
            tries: HashMap::new(),
            unseen: BTreeMap::new(),
            findings: Findings::default(),
            shown: (settings.until == Until::Once).then(Findings::default),
            first: Some(HashSet::new()),
            paced: BTreeMap::new(),
            lanes: HashMap::new(),
            unmet: HashSet::new(),
            looked_at: BTreeSet::new(),
            rounds: 0,
            judge_at: None,
            judge_not_before: Instant::now(),
            is_forgetful: false,
            in_hands: BTreeSet::new(),
            orders: Vec::new(),
            last_order: 0,
            hear_at: Instant::now() + BEAT,
            orphaned: Vec::new(),
            orphans_at: Instant::now(),
            overdue_at: Instant::now(),
            fresh,
        };
        let sources = shift.fresh.estate.sources().count();
        shift.tell(Event::Read {
            revision: shift.fresh.revision.clone(),
            sources,
            changed: sources,
            removed: 0,
        });
        shift.say_what_is_shut();
        shift.remember().await;
        shift.tell_orphans().await;
        shift.take_up();
        shift
    }

    /// Goes on until it is stopped, deposed or done.
    pub(crate) async fn go<S: Source>(
        &mut self,
        source: &mut S,
        deposed: &CancellationToken,
    ) -> Over {
        loop {
            self.beat();
            self.hand_out();
            let judge_at =
                self.judge_at.unwrap_or_else(|| Instant::now() + Duration::from_hours(1));
            let stop = self.stop.clone();
            tokio::select! {
                biased;
                () = stop.cancelled() => return Over::Done(self.standing()),
                () = deposed.cancelled() => return Over::Deposed,
                () = tokio::time::sleep_until(judge_at) => {
                    self.judge().await;
                    let is_over = self.is_ready() && self.mending.is_none();
                    if is_over && self.settings.until == Until::Once {
                        return Over::Done(self.standing());
                    }
                }
                (names, outcome) = over(&mut self.mending) => {
                    self.mending = None;
                    // What the run itself noted (that a yes was used up) counts before anything else is begun.
                    self.hear().await;
                    self.mender.ended(&names, outcome, &self.voice);
                    self.judge_at = Some(Instant::now());
                }
                (unit, ended, took) = self.work.next() => self.ended(unit, ended, took),
                Some(subject) = self.timetable.next() => self.due(subject),
                () = source.changed() => self.reread(source).await,
                () = tokio::time::sleep_until(self.hear_at) => {
                    self.hear_at = Instant::now() + BEAT;
                    self.hear().await;
                    if Instant::now() >= self.orphans_at {
                        self.tell_orphans().await;
                    }
                    if Instant::now() >= self.overdue_at {
                        self.give_back().await;
                    }
                }
            }
        }
    }

    /// Whether the state did not serve when it was asked last.
    pub(crate) const fn is_forgetful(&self) -> bool {
        self.is_forgetful
    }

    /// Ends what is under way, a run after the step in hand; hands back the declaration.
    pub(crate) async fn end(mut self) -> Fresh {
        self.stops.gently.cancel();
        self.work.stop().await;
        if let Some(mending) = self.mending.take() {
            let (names, outcome) = mending.await;
            self.mender.ended(&names, outcome, &self.voice);
        }
        self.fresh
    }

    fn tell(&self, event: Event) {
        self.voice.tell(event);
    }

    /// Shows that the loop goes on, and who waits.
    fn beat(&self) {
        let (waiting, oldest) = (self.dispatcher.depth(), self.dispatcher.oldest());
        self.voice.signals.note(|numbers| {
            numbers.beat = Some(Instant::now());
            (numbers.waiting, numbers.oldest) = (waiting, oldest);
        });
    }

    fn standing(&self) -> Ended {
        let (drifted, unknown) = self.findings.count();
        Ended { drifted, unknown: unknown + self.unseen.values().map(Vec::len).sum::<usize>() }
    }

    /// Something is due now.
    fn expect(&mut self, subject: Subject, lane: Lane) {
        if let Some(first) = &mut self.first {
            first.insert(subject.clone());
        }
        self.at(subject, lane, Instant::now());
    }

    fn at(&mut self, subject: Subject, lane: Lane, at: Instant) {
        if lane != Lane::Steady {
            self.lanes.insert(subject.clone(), lane);
        }
        self.timetable.at(subject, at);
    }

    fn due(&mut self, subject: Subject) {
        let lane = self.lanes.remove(&subject).unwrap_or(Lane::Steady);
        if self.is_known(&subject) {
            let pool = subject.pool();
            self.dispatcher.due(subject, pool, lane, Instant::now());
        } else {
            self.was_seen(&subject);
        }
    }

    fn is_known(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Machine(machine) => self.registry.knows(machine),
            Subject::Cloud(provider) => {
                self.fresh.estate.sources().any(|source| source.provider == provider)
            }
        }
    }

    fn was_seen(&mut self, subject: &Subject) {
        if let Some(first) = &mut self.first {
            first.remove(subject);
        }
    }

    /// Gives turns as far as there is room. The machines of a provider that does not answer are left alone.
    fn hand_out(&mut self) {
        for pool in self.dispatcher.pools() {
            match &pool {
                Pool::Cloud(provider) => {
                    for _ in self.dispatcher.take(&pool, 1) {
                        self.work.start(Unit::Cloud(provider.clone()), &self.means);
                    }
                }
                Pool::Machines(provider) => {
                    if self.failures.get(provider).is_some_and(|failures| *failures > 0) {
                        continue;
                    }
                    let size = self.registry.size(provider);
                    let together =
                        self.settings.pace.rhythm(provider, size, &self.tariffs).together;
                    while self.work.in_hand(&pool) < SIDE_BY_SIDE {
                        let taken = self.dispatcher.take(&pool, together);
                        if taken.is_empty() {
                            break;
                        }
                        let machine = |subject| match subject {
                            Subject::Machine(machine) => Some(machine),
                            Subject::Cloud(_) => None,
                        };
                        let machines = taken.into_iter().filter_map(machine).collect();
                        self.work.start(Unit::Machines(provider.clone(), machines), &self.means);
                    }
                }
            }
        }
    }
}

/// The end of a run; where there is none, it is waited for for ever.
async fn over(mending: &mut Option<Mending>) -> (BTreeSet<InstanceName>, Outcome) {
    match mending {
        Some(mending) => mending.await,
        None => std::future::pending().await,
    }
}

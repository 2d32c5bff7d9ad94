//! Looking, and nothing else: errands go out, what each instance shows comes in page by page.
//!
//! Whoever looks decides what becomes of it: memory for everything that is declared, facts of their own for a few
//! instances in the middle of a run, nothing at all for the doctor.

mod errand;
mod page;

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_contract::{CloudAsk, CloudError, CloudNeeds, CloudPage, Which};
use rdpctl_facets::Teller;
use rdpctl_model::facet::World;
use rdpctl_model::facts::News;
use rdpctl_model::{Gap, InstanceName, ProviderName, ResourceId, Survey, Worlds};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::event::Event;
use crate::outside::Eyes;
pub(crate) use errand::{Aim, Errand, Expected, Look, Target, everything, members};

/// Pages of guests and doors that are looked into at once, of all errands together.
const PAGES_AT_ONCE: u32 = 32;
/// One page counts as so many where nobody but the cloud is asked: it has answered already, and there is nothing to wait for.
const ANSWERED: u32 = 8;

/// One instance with what was learned of it.
pub(crate) struct Learned {
    pub(crate) look: Look,
    pub(crate) id: ResourceId,
    pub(crate) name: InstanceName,
    pub(crate) survey: Survey,
    /// Its guest was asked, and did not answer.
    pub(crate) is_silent: bool,
}

impl Learned {
    /// What it is to whoever remembers what was known before.
    pub(crate) fn news(&self, teller: &mut Teller, looked: Worlds) -> News {
        teller.news(&self.survey, looked)
    }
}

/// What comes in.
pub(crate) enum Sight<T> {
    /// Of some instances, what whoever looks makes of what they are now.
    Page(Vec<T>),
    /// A provider did not answer to the end. Of these nothing more comes in.
    Blind { targets: Vec<Target>, provider: ProviderName, error: CloudError },
}

/// A look that goes on.
pub(crate) struct Looking<T> {
    inbox: mpsc::Receiver<Sight<T>>,
    /// Ends with this.
    _tasks: JoinSet<()>,
}

impl<T> Looking<T> {
    /// What came in next; nothing once everything was looked at.
    pub(crate) async fn next(&mut self) -> Option<Sight<T>> {
        self.inbox.recv().await
    }
}

/// What whoever looks makes of each instance, where it is seen and before it waits to be taken: surveys are large, and
/// many pages come in at once. The instances of a page have one who tells.
type Makes<T> = Arc<dyn Fn(&mut Teller, Learned) -> T + Send + Sync>;

/// Sends the errands off.
pub(crate) fn look<T: Send + 'static>(
    eyes: &Eyes,
    errands: Vec<Errand>,
    stop: &CancellationToken,
    makes: impl Fn(&mut Teller, Learned) -> T + Send + Sync + 'static,
) -> Looking<T> {
    send(eyes, errands, stop, None, Arc::new(makes))
}

/// The same, and tells what is seen meanwhile.
pub(crate) fn look_aloud<T: Send + 'static>(
    eyes: &Eyes,
    errands: Vec<Errand>,
    stop: &CancellationToken,
    events: &mpsc::Sender<Event>,
    makes: impl Fn(&mut Teller, Learned) -> T + Send + Sync + 'static,
) -> Looking<T> {
    send(eyes, errands, stop, Some(events), Arc::new(makes))
}

fn send<T: Send + 'static>(
    eyes: &Eyes,
    errands: Vec<Errand>,
    stop: &CancellationToken,
    events: Option<&mpsc::Sender<Event>>,
    makes: Makes<T>,
) -> Looking<T> {
    // One page waits to be taken: who is slow to remember slows down whoever looks, and memory stays small.
    let (outbox, inbox) = mpsc::channel(1);
    let room = Arc::new(Semaphore::new(PAGES_AT_ONCE as usize));
    let mut tasks = JoinSet::new();
    for errand in errands {
        let runner = Runner {
            eyes: eyes.clone(),
            outbox: outbox.clone(),
            told: Told(events.cloned()),
            room: Arc::clone(&room),
            stop: stop.clone(),
            makes: Arc::clone(&makes),
        };
        tasks.spawn(runner.run(errand));
    }
    Looking { inbox, _tasks: tasks }
}

/// Finds who is meant by an id that a cloud names.
type LooksOf = Box<dyn Fn(&ResourceId) -> Vec<Look> + Send + Sync>;

/// An instance with what its cloud says of it.
pub(crate) type Seen = (ResourceId, Look, Result<Arc<rdpctl_model::cloud::CloudSurvey>, Gap>);

/// Goes one errand.
struct Runner<T> {
    eyes: Eyes,
    outbox: mpsc::Sender<Sight<T>>,
    told: Told,
    room: Arc<Semaphore>,
    stop: CancellationToken,
    makes: Makes<T>,
}

impl<T> Clone for Runner<T> {
    fn clone(&self) -> Self {
        Self {
            eyes: self.eyes.clone(),
            outbox: self.outbox.clone(),
            told: self.told.clone(),
            room: Arc::clone(&self.room),
            stop: self.stop.clone(),
            makes: Arc::clone(&self.makes),
        }
    }
}

/// Whoever is told what is seen meanwhile, if anybody is.
#[derive(Clone)]
pub(crate) struct Told(Option<mpsc::Sender<Event>>);

impl Told {
    pub(crate) async fn glimpsed(&self, world: World, instances: usize, silent: Vec<InstanceName>) {
        if let (Some(events), 1..) = (&self.0, instances) {
            // A listener that went away is not a reason to stop looking.
            let _ = events.send(Event::Glimpsed { world, instances, silent }).await;
        }
    }
}

impl<T: Send + 'static> Runner<T> {
    async fn run(self, errand: Errand) {
        let targets = errand.targets();
        let (provider, ask, looks_of) = match errand {
            Errand::Hosts { looks } => {
                let page =
                    looks.into_iter().map(|(id, look)| (id, look, Err(Gap::NotAsked))).collect();
                return self.finish(page).await;
            }
            Errand::Ones { provider, needs, since, looks } => {
                let (ask, looks_of) = ones(needs, since, looks);
                (provider, ask, looks_of)
            }
            Errand::Fleet { needs, select, look, apart } => {
                let ask = CloudAsk::anew(Which::Select(select), needs);
                let looks_of: LooksOf = Box::new({
                    let look = look.clone();
                    move |id| if apart.contains(id) { Vec::new() } else { vec![Look::clone(&look)] }
                });
                (look.provider, ask, looks_of)
            }
        };
        let asked = self.ask(&provider, ask, looks_of).await;
        if let Err(error) = asked {
            // Whoever listens no more needs no reason either.
            let _ = self.outbox.send(Sight::Blind { targets, provider, error }).await;
        }
    }

    /// Asks a cloud, and looks into the guests and at the doors of each page as it comes.
    async fn ask(
        &self,
        provider: &ProviderName,
        ask: CloudAsk,
        looks_of: LooksOf,
    ) -> Result<(), CloudError> {
        let Some(cloud) = self.eyes.clouds.get(provider).cloned() else { return Ok(()) };
        let (pages_in, mut pages) = mpsc::channel::<CloudPage>(1);
        let asking = async move { cloud.survey(ask, pages_in, &self.stop).await };
        let finishing = async {
            let mut tasks = JoinSet::new();
            while let Some(page) = pages.recv().await {
                let page: Vec<Seen> = page
                    .into_iter()
                    .flat_map(|(id, answer)| {
                        let looks = looks_of(&id);
                        looks.into_iter().map(move |look| (id.clone(), look, answer.clone()))
                    })
                    .collect();
                self.told.glimpsed(World::Cloud, page.len(), Vec::new()).await;
                let waits = page.iter().any(|(_, look, _)| look.goes_beyond_the_cloud());
                let room = if waits { 1 } else { ANSWERED };
                let permit = Arc::clone(&self.room).acquire_many_owned(room).await;
                let runner = self.clone();
                tasks.spawn(async move {
                    runner.finish(page).await;
                    drop(permit);
                });
                while tasks.try_join_next().is_some() {}
            }
            while tasks.join_next().await.is_some() {}
        };
        let (asked, ()) = tokio::join!(asking, finishing);
        asked
    }

    async fn finish(&self, page: Vec<Seen>) {
        let learned = page::finish(&self.eyes, page, &self.told, &self.stop).await;
        let mut made = Vec::with_capacity(learned.len());
        let mut teller = Teller::default();
        for one in learned {
            made.push((self.makes)(&mut teller, one));
            tokio::task::consume_budget().await;
        }
        // Whoever listens no more does not want to know.
        let _ = self.outbox.send(Sight::Page(made)).await;
    }
}

fn ones(
    needs: CloudNeeds,
    since: Option<Instant>,
    looks: HashMap<ResourceId, Vec<Look>>,
) -> (CloudAsk, LooksOf) {
    let mut ids: Vec<ResourceId> = looks.keys().cloned().collect();
    ids.sort_unstable();
    let ask = CloudAsk { which: Which::Ids(ids), needs, since };
    (ask, Box::new(move |id| looks.get(id).cloned().unwrap_or_default()))
}

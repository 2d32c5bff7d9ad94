//! Looking at everything that is declared, and remembering it: cloud accounts in bulk, guests in batches, doors last.

mod second_look;

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_contract::{CloudAsk, CloudError, CloudNeeds, CloudPage, Store, StoreError, Which};
use rdpctl_facets::Profile;
use rdpctl_model::cloud::{CloudSurvey, PowerState};
use rdpctl_model::declaration::{GuestAccess, ProviderKind};
use rdpctl_model::facet::World;
use rdpctl_model::facts::{Chunk, Dictionary, Facts, Row};
use rdpctl_model::{FacetId, FacetMap, Gap, InstanceName, ProviderName, ResourceId, Survey};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::assess::Filter;
use crate::estate::{Estate, Source, Who};
use crate::event::Event;
use crate::guests::{self, Guest, PassedOver};
use crate::outside::Eyes;
pub(crate) use second_look::{Depth, look_again};

/// What a refresh brought.
#[derive(Debug)]
pub struct Refreshed {
    /// All facts, new and kept.
    pub facts: Facts,
    /// Providers that could not be surveyed.
    pub failures: Vec<(ProviderName, CloudError)>,
    /// How many instances answered.
    pub instances: usize,
}

/// Pages of guests and doors that are looked into at once.
const PAGES_AT_ONCE: usize = 32;
/// Evidence is written in batches of so many.
const EVIDENCE_BATCH: usize = 2_000;
/// Handshakes at once within one page.
const PROBES_AT_ONCE: usize = 64;

/// Finds what is to be looked at of an instance.
type LookOf = Box<dyn Fn(&ResourceId) -> Option<Look> + Send + Sync>;

/// What the members of a source have in common while they are surveyed.
#[derive(Clone)]
pub(crate) struct Look {
    key: Arc<str>,
    provider: ProviderName,
    access: Arc<GuestAccess>,
    into_guest: bool,
    from_outside: bool,
    port: u16,
    profile: Arc<Profile>,
    /// The declared name, or the fleet whose members are named after their ids.
    name: Result<InstanceName, Arc<str>>,
}

impl Look {
    fn of(estate: &Estate, source: &Source<'_>) -> Self {
        let profile = estate.profile(source.profile);
        Self {
            key: source.key.as_str().into(),
            provider: source.provider.clone(),
            access: Arc::new(source.guest.clone()),
            into_guest: profile.looks_into(World::Guest),
            from_outside: profile.looks_into(World::Outside),
            port: profile.rdp_port(),
            profile: Arc::clone(&profile),
            name: match source.who {
                Who::One(instance) => Ok(instance.name.clone()),
                Who::Fleet(fleet) => Err(fleet.name.as_str().into()),
            },
        }
    }

    fn member(&self, id: &ResourceId) -> InstanceName {
        match &self.name {
            Ok(name) => name.clone(),
            Err(fleet) => InstanceName::new(format!("{fleet}/{id}")),
        }
    }
}

/// One instance with what was learned of it, on its way into the facts.
pub(crate) struct Learned {
    look: Look,
    id: ResourceId,
    name: InstanceName,
    texts: FacetMap<String>,
    pub(crate) survey: Survey,
}

/// Surveys what the filter names and saves it; everything else keeps its facts.
pub async fn refresh(
    estate: &Estate,
    eyes: &Eyes,
    store: &dyn Store,
    filter: &Filter,
    events: &mpsc::Sender<Event>,
    stop: &CancellationToken,
) -> Result<Refreshed, StoreError> {
    let before = store.facts().await?;
    let mut sorter = Sorter::new(before);
    let mut failures = Vec::new();
    let (send, mut learned) = mpsc::channel::<Vec<Learned>>(PAGES_AT_ONCE);
    let mut surveys: JoinSet<Result<(), (ProviderName, CloudError)>> = JoinSet::new();
    for plan in errands(estate, filter) {
        // A listener that went away is not a reason to stop looking.
        let _ = events.send(Event::Surveying { what: plan.words() }).await;
        sorter.replaces(plan.looks());
        surveys.spawn(survey(eyes.clone(), plan, send.clone(), stop.clone()));
    }
    drop(send);
    let mut evidence = Vec::new();
    let mut instances = 0;
    let mut passed_over = PassedOver::default();
    while let Some(page) = learned.recv().await {
        instances += page.len();
        for one in page {
            sorter.add(&one);
            passed_over.add(&one.survey);
            evidence.push((one.name, one.survey));
        }
        if evidence.len() >= EVIDENCE_BATCH {
            store.save_evidence(std::mem::take(&mut evidence)).await?;
        }
        let _ = events.send(Event::Surveyed { instances }).await;
    }
    store.save_evidence(evidence).await?;
    passed_over.tell(events).await;
    while let Some(ended) = surveys.join_next().await {
        if let Ok(Err(failure)) = ended {
            failures.push(failure);
        }
    }
    failures.sort_by(|a, b| a.0.cmp(&b.0));
    // A provider that could not be surveyed keeps its former facts, so that nothing looks gone that is only unseen.
    let facts = sorter.finish(store, &failures).await?;
    Ok(Refreshed { facts, failures, instances })
}

/// One survey of one provider.
pub(crate) enum Errand {
    /// Declared instances, asked for by id.
    Ones { provider: ProviderName, needs: CloudNeeds, looks: HashMap<ResourceId, Look> },
    /// A fleet.
    Fleet { needs: CloudNeeds, select: rdpctl_model::declaration::Selector, look: Look },
    /// Hosts without a cloud account.
    Hosts { looks: Vec<(ResourceId, Look)> },
}

impl Errand {
    fn words(&self) -> String {
        match self {
            Self::Ones { provider, looks, .. } => {
                format!("{} instances of {provider}", looks.len())
            }
            Self::Fleet { look, .. } => match &look.name {
                Ok(name) => name.to_string(),
                Err(fleet) => format!("fleet {fleet}"),
            },
            Self::Hosts { looks } => format!("{} hosts", looks.len()),
        }
    }

    fn looks(&self) -> Vec<&Look> {
        match self {
            Self::Ones { looks, .. } => looks.values().collect(),
            Self::Fleet { look, .. } => vec![look],
            Self::Hosts { looks } => looks.iter().map(|(_, look)| look).collect(),
        }
    }
}

pub(crate) fn errands(estate: &Estate, filter: &Filter) -> Vec<Errand> {
    let mut ones: Vec<(ProviderName, CloudNeeds, HashMap<ResourceId, Look>)> = Vec::new();
    let mut hosts = Vec::new();
    let mut errands = Vec::new();
    for source in estate.sources() {
        if !filter.touches(&source) {
            continue;
        }
        let look = Look::of(estate, &source);
        let needs = needs(estate, &source, &look);
        match source.who {
            Who::One(instance) if estate.kind(source.provider) == ProviderKind::Static => {
                hosts.push((instance.id.clone(), look));
            }
            Who::One(instance) => {
                let place = ones
                    .iter()
                    .position(|(provider, ..)| provider == source.provider)
                    .unwrap_or_else(|| {
                        ones.push((source.provider.clone(), CloudNeeds::default(), HashMap::new()));
                        ones.len() - 1
                    });
                let (_, all, looks) = &mut ones[place];
                all.addresses |= needs.addresses;
                all.doors |= needs.doors;
                all.agent |= needs.agent;
                looks.insert(instance.id.clone(), look);
            }
            Who::Fleet(fleet) => {
                errands.push(Errand::Fleet { needs, select: fleet.select.clone(), look });
            }
        }
    }
    errands.extend(ones.into_iter().map(|(provider, needs, looks)| Errand::Ones {
        provider,
        needs,
        looks,
    }));
    if !hosts.is_empty() {
        errands.push(Errand::Hosts { looks: hosts });
    }
    errands
}

fn needs(estate: &Estate, source: &Source<'_>, look: &Look) -> CloudNeeds {
    let profile = estate.profile(source.profile);
    let manages = |facet| rdpctl_facets::managed(&profile, facet);
    CloudNeeds {
        addresses: manages(FacetId::PublicIp)
            || manages(FacetId::Bandwidth)
            || manages(FacetId::Reachable),
        doors: manages(FacetId::Ingress),
        agent: look.into_guest
            && look.access.via.contains(&rdpctl_model::guest::ChannelKind::RunCommand),
    }
}

pub(crate) async fn survey(
    eyes: Eyes,
    errand: Errand,
    send: mpsc::Sender<Vec<Learned>>,
    stop: CancellationToken,
) -> Result<(), (ProviderName, CloudError)> {
    let (provider, ask, look_of): (_, _, LookOf) = match errand {
        Errand::Hosts { looks } => {
            let page = looks.into_iter().map(|(id, look)| (id, look, Err(Gap::NotAsked))).collect();
            // The receiver lives until all senders are gone.
            let _ = send.send(finish(&eyes, page, &stop).await).await;
            return Ok(());
        }
        Errand::Ones { provider, needs, looks } => {
            let mut ids: Vec<ResourceId> = looks.keys().cloned().collect();
            ids.sort_unstable();
            (
                provider,
                CloudAsk { which: Which::Ids(ids), needs },
                Box::new(move |id| looks.get(id).cloned()),
            )
        }
        Errand::Fleet { needs, select, look } => (
            look.provider.clone(),
            CloudAsk { which: Which::Select(select), needs },
            Box::new(move |_| Some(look.clone())),
        ),
    };
    let Some(cloud) = eyes.clouds.get(&provider).cloned() else { return Ok(()) };
    let (pages_in, mut pages) = mpsc::channel::<CloudPage>(PAGES_AT_ONCE);
    let asking = {
        let stop = stop.clone();
        async move { cloud.survey(ask, pages_in, &stop).await }
    };
    let finishing = async {
        let room = Arc::new(Semaphore::new(PAGES_AT_ONCE));
        let mut tasks = JoinSet::new();
        while let Some(page) = pages.recv().await {
            let page: Vec<_> = page
                .into_iter()
                .filter_map(|(id, answer)| look_of(&id).map(|look| (id, look, answer)))
                .collect();
            let permit = Arc::clone(&room).acquire_owned().await;
            let (eyes, stop, send) = (eyes.clone(), stop.clone(), send.clone());
            tasks.spawn(async move {
                let learned = finish(&eyes, page, &stop).await;
                let _ = send.send(learned).await;
                drop(permit);
            });
            while tasks.try_join_next().is_some() {}
        }
        while tasks.join_next().await.is_some() {}
    };
    let (asked, ()) = tokio::join!(asking, finishing);
    asked.map_err(|error| (provider, error))
}

type Seen = (ResourceId, Look, Result<Arc<CloudSurvey>, Gap>);

/// Adds to what the cloud said what the guests and the doors say.
async fn finish(eyes: &Eyes, page: Vec<Seen>, stop: &CancellationToken) -> Vec<Learned> {
    let now = eyes.clock.now();
    let guests: Vec<(usize, Guest)> = page
        .iter()
        .enumerate()
        .filter(|(_, (_, look, _))| look.into_guest)
        .filter_map(|(place, (id, look, cloud))| Some((place, guest(id, look, cloud)?)))
        .collect();
    let asked: Vec<Guest> = guests.iter().map(|(_, guest)| guest.clone()).collect();
    let mut answers: HashMap<usize, Result<_, Gap>> = guests
        .iter()
        .map(|(place, _)| *place)
        .zip(guests::survey(eyes, &asked, stop).await)
        .collect();
    // A guest that was asked says on which of the declared ports RDP is.
    let mut page = page;
    for (place, (_, look, _)) in page.iter_mut().enumerate() {
        if let Some(Ok(guest)) = answers.get(&place) {
            look.port = rdpctl_facets::present_port(&look.profile, guest);
        }
    }
    let mut outside = doors(eyes, &page, stop).await;
    page.into_iter()
        .enumerate()
        .map(|(place, (id, look, cloud))| {
            let stopped = matches!(&cloud, Ok(cloud) if cloud.power.state != PowerState::Running);
            let unseen = |into: bool| if into && stopped { Gap::NotRunning } else { Gap::NotAsked };
            let survey = Survey {
                taken_at: now,
                guest: answers.remove(&place).unwrap_or_else(|| {
                    Err(cloud.as_ref().err().cloned().unwrap_or_else(|| unseen(look.into_guest)))
                }),
                outside: outside.remove(&place).unwrap_or_else(|| Err(unseen(look.from_outside))),
                cloud: cloud.map(Arc::unwrap_or_clone),
            };
            let texts = rdpctl_facets::encode(&survey);
            Learned { name: look.member(&id), look, id, texts, survey }
        })
        .collect()
}

fn guest(id: &ResourceId, look: &Look, cloud: &Result<Arc<CloudSurvey>, Gap>) -> Option<Guest> {
    let cloud = match cloud {
        Ok(cloud) => Some(Arc::clone(cloud)),
        // A static host has no cloud to ask; an instance that the cloud does not know has no guest.
        Err(Gap::NotAsked) => None,
        Err(_) => return None,
    };
    Some(Guest {
        name: look.member(id),
        id: id.clone(),
        provider: look.provider.clone(),
        access: Arc::clone(&look.access),
        cloud,
        port: look.port,
        profile: Arc::clone(&look.profile),
    })
}

async fn doors(
    eyes: &Eyes,
    page: &[Seen],
    stop: &CancellationToken,
) -> HashMap<usize, Result<rdpctl_model::handshake::Handshake, Gap>> {
    let room = Arc::new(Semaphore::new(PROBES_AT_ONCE));
    let mut probes = JoinSet::new();
    for (place, (id, look, cloud)) in page.iter().enumerate() {
        if !look.from_outside {
            continue;
        }
        let address = match cloud {
            Ok(cloud) if cloud.power.state == PowerState::Running => cloud.handles.public_ip,
            Ok(_) => continue,
            Err(Gap::NotAsked) => id.as_str().parse().ok(),
            Err(_) => None,
        };
        let Some(address) = address else { continue };
        let (probe, room, stop, port) =
            (Arc::clone(&eyes.probe), Arc::clone(&room), stop.clone(), look.port);
        probes.spawn(async move {
            let permit = room.acquire_owned().await;
            let answer = probe.look(address, port, &stop).await;
            drop(permit);
            (place, answer)
        });
    }
    let mut answers = HashMap::new();
    while let Some(ended) = probes.join_next().await {
        if let Ok((place, answer)) = ended {
            answers.insert(place, answer);
        }
    }
    answers
}

/// Sorts what was learned into dictionaries and chunks.
pub(crate) struct Sorter {
    facts: Facts,
    open: HashMap<Arc<str>, Vec<Chunk>>,
    replaced: Vec<(Arc<str>, ProviderName)>,
}

impl Sorter {
    pub(crate) fn new(facts: Facts) -> Self {
        Self { facts, open: HashMap::new(), replaced: Vec::new() }
    }

    fn replaces(&mut self, looks: Vec<&Look>) {
        self.replaced
            .extend(looks.into_iter().map(|look| (Arc::clone(&look.key), look.provider.clone())));
    }

    /// The facts of what was added, and of nothing else.
    pub(crate) fn into_facts(self) -> Facts {
        Facts { chunks: self.open.into_values().flatten().collect(), ..self.facts }
    }

    pub(crate) fn add(&mut self, one: &Learned) {
        let slots = std::array::from_fn(|index| {
            let facet = FacetId::ALL[index];
            self.facts.seen[facet].intern(&one.texts[facet])
        });
        let chunks = self.open.entry(Arc::clone(&one.look.key)).or_default();
        if chunks.last().is_none_or(|chunk| chunk.len() >= Chunk::CAPACITY) {
            chunks.push(Chunk {
                provider: Some(one.look.provider.clone()),
                source: one.look.key.to_string(),
                ..Chunk::default()
            });
        }
        let display = one.survey.cloud.as_ref().map_or("", |cloud| cloud.name.as_str());
        let taken_at = u32::try_from(one.survey.taken_at.as_second()).unwrap_or(0);
        if let Some(chunk) = chunks.last_mut() {
            chunk.push(Row { id: one.id.as_str(), name: display, taken_at, slots });
        }
    }

    async fn finish(
        mut self,
        store: &dyn Store,
        failures: &[(ProviderName, CloudError)],
    ) -> Result<Facts, StoreError> {
        let failed = |provider: &ProviderName| failures.iter().any(|(name, _)| name == provider);
        let sources: Vec<String> = self
            .replaced
            .iter()
            .filter(|(_, provider)| !failed(provider))
            .map(|(key, _)| key.to_string())
            .collect();
        let mut chunks: Vec<Chunk> = Vec::new();
        for (key, provider) in &self.replaced {
            if !failed(provider)
                && let Some(fresh) = self.open.remove(key)
            {
                chunks.extend(fresh);
            }
        }
        let dictionaries: Vec<(FacetId, Dictionary)> =
            self.facts.seen.iter().map(|(facet, dictionary)| (facet, dictionary.clone())).collect();
        store.save_facts(&dictionaries, &sources, chunks.clone()).await?;
        let gone: std::collections::HashSet<&str> = sources.iter().map(String::as_str).collect();
        self.facts.chunks.retain(|chunk| !gone.contains(chunk.source.as_str()));
        self.facts.chunks.extend(chunks);
        Ok(self.facts)
    }
}

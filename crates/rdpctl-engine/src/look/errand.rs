//! What is to be looked at: which instances of which cloud, and what of each.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use rdpctl_contract::CloudNeeds;
use rdpctl_facets::Profile;
use rdpctl_model::declaration::{GuestAccess, ProviderKind, Selector};
use rdpctl_model::facet::World;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{FacetId, Gap, InstanceName, ProviderName, ResourceId, SourceKey, Worlds};
use tokio::time::Instant;

use crate::assess::Filter;
use crate::estate::{Estate, Source, Who};

/// How far a look goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Aim {
    /// Into which worlds. The way into a guest or to a door leads through the cloud, which is asked for that much.
    pub(crate) worlds: Worlds,
    /// At which port the door is, where that is known better than the declaration or the guest says.
    pub(crate) port: Option<u16>,
    /// Since when a rule set that was read back after an edit need not be read again.
    pub(crate) since: Option<Instant>,
}

impl Aim {
    /// At everything.
    pub(crate) const WHOLE: Self = Self { worlds: Worlds::ALL, port: None, since: None };
    /// At what the clouds say, and no further.
    pub(crate) const CLOUD: Self = Self { worlds: Worlds::of(&[World::Cloud]), ..Self::WHOLE };

    /// At everything, as a run that began then left it.
    pub(crate) const fn whole_since(began: Instant) -> Self {
        Self { since: Some(began), ..Self::WHOLE }
    }
}

/// What the members of a source have in common while they are looked at.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    pub(crate) key: SourceKey,
    pub(crate) provider: ProviderName,
    pub(crate) access: Arc<GuestAccess>,
    /// Why neither guest nor door is touched, where nobody granted that.
    pub(crate) closed: Option<Gap>,
    /// The worlds that the profile wants to know of.
    pub(crate) worlds: Worlds,
    pub(crate) port: u16,
    /// Since when a rule set that was read back will do.
    since: Option<Instant>,
    /// Whether the port is known, so that the guest need not say it.
    pub(crate) at_known_port: bool,
    pub(crate) profile: Arc<Profile>,
}

impl Look {
    fn of(estate: &Estate, source: &Source<'_>, aim: Aim) -> Self {
        let profile = estate.profile(source.profile);
        let wanted: Vec<World> = World::ALL
            .into_iter()
            .filter(|world| *world == World::Cloud || profile.looks_into(*world))
            .filter(|world| aim.worlds.has(*world))
            .collect();
        Self {
            key: source.key.clone(),
            provider: source.provider.clone(),
            access: Arc::clone(source.guest),
            closed: match source.who {
                Who::One(instance) => instance.closed.clone(),
                Who::Fleet(fleet) => fleet.closed.clone(),
            },
            worlds: Worlds::of(&wanted),
            port: aim.port.unwrap_or_else(|| profile.rdp_port()),
            at_known_port: aim.port.is_some(),
            since: aim.since,
            profile,
        }
    }

    /// Whether guests are asked, or doors.
    pub(crate) const fn goes_beyond_the_cloud(&self) -> bool {
        self.worlds.has(World::Guest) || self.worlds.has(World::Outside)
    }

    pub(crate) fn member(&self, id: &ResourceId) -> InstanceName {
        self.key.member(id.as_str())
    }

    /// What the cloud is asked for the sake of this look, and nothing beyond it.
    fn needs(&self) -> CloudNeeds {
        let manages = |facet| rdpctl_facets::managed(&self.profile, facet);
        CloudNeeds {
            addresses: manages(FacetId::PublicIp)
                || manages(FacetId::Bandwidth)
                || manages(FacetId::Reachable),
            doors: self.worlds.has(World::Cloud) && manages(FacetId::Ingress),
            agent: self.worlds.has(World::Guest)
                && self.access.via.contains(&ChannelKind::RunCommand),
        }
    }
}

/// One look at one provider.
#[derive(Debug)]
pub(crate) enum Errand {
    /// Instances that are asked for by id; one may be declared more than once.
    Ones {
        provider: ProviderName,
        needs: CloudNeeds,
        since: Option<Instant>,
        looks: HashMap<ResourceId, Vec<Look>>,
    },
    /// A fleet, but for those that are declared one by one: what is said of one alone is said of it.
    Fleet { needs: CloudNeeds, select: Selector, look: Box<Look>, apart: HashSet<ResourceId> },
    /// Hosts without a cloud account.
    Hosts { looks: Vec<(ResourceId, Look)> },
}

impl Errand {
    /// Whom it asks; hosts without a cloud are asked of nobody.
    pub(crate) fn asks(&self) -> Option<&ProviderName> {
        match self {
            Self::Ones { provider, .. } => Some(provider),
            Self::Fleet { look, .. } => Some(&look.provider),
            Self::Hosts { .. } => None,
        }
    }

    /// For whoever waits.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Ones { provider, looks, .. } => match looks.len() {
                1 => format!("1 instance of {provider}"),
                many => format!("{many} instances of {provider}"),
            },
            Self::Fleet { look, .. } => format!("fleet {}", look.key),
            Self::Hosts { looks } if looks.len() == 1 => "1 host".to_owned(),
            Self::Hosts { looks } => format!("{} hosts", looks.len()),
        }
    }

    /// How many are looked at, where that is known before.
    pub(crate) fn instances(&self) -> Option<usize> {
        match self {
            Self::Ones { looks, .. } => Some(looks.len()),
            Self::Hosts { looks } => Some(looks.len()),
            Self::Fleet { .. } => None,
        }
    }

    /// Whose cloud is asked.
    pub(crate) fn provider(&self) -> Option<&ProviderName> {
        match self {
            Self::Ones { provider, .. } => Some(provider),
            Self::Fleet { look, .. } => Some(&look.provider),
            Self::Hosts { .. } => None,
        }
    }

    /// Who is meant: the look of each source, and the instances that are asked for by id.
    pub(crate) fn targets(&self) -> Vec<Target> {
        let one = |look: &Look, id: &ResourceId| Target {
            look: look.clone(),
            who: Expected::One(id.clone()),
        };
        match self {
            Self::Ones { looks, .. } => looks
                .iter()
                .flat_map(|(id, looks)| looks.iter().map(move |look| one(look, id)))
                .collect(),
            Self::Fleet { look, .. } => {
                vec![Target { look: Look::clone(look), who: Expected::Whoever }]
            }
            Self::Hosts { looks } => looks.iter().map(|(id, look)| one(look, id)).collect(),
        }
    }
}

/// Of whom news is expected.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) look: Look,
    pub(crate) who: Expected,
}

/// Which instances of a source are asked for.
#[derive(Clone, Debug)]
pub(crate) enum Expected {
    /// This one.
    One(ResourceId),
    /// Whoever the selector picks.
    Whoever,
}

/// Errands while they are put together.
#[derive(Default)]
struct List {
    ones: BTreeMap<ProviderName, (CloudNeeds, HashMap<ResourceId, Vec<Look>>)>,
    since: Option<Instant>,
    hosts: Vec<(ResourceId, Look)>,
    fleets: Vec<Errand>,
}

impl List {
    fn add(&mut self, estate: &Estate, id: &ResourceId, look: Look) {
        if estate.kind(&look.provider) == ProviderKind::Static {
            self.hosts.push((id.clone(), look));
            return;
        }
        let asked = look.needs();
        self.since = look.since;
        let (needs, looks) = self.ones.entry(look.provider.clone()).or_default();
        needs.addresses |= asked.addresses;
        needs.doors |= asked.doors;
        needs.agent |= asked.agent;
        looks.entry(id.clone()).or_default().push(look);
    }

    fn finish(self) -> Vec<Errand> {
        let mut errands = self.fleets;
        errands.extend(self.ones.into_iter().map(|(provider, (needs, looks))| Errand::Ones {
            provider,
            needs,
            since: self.since,
            looks,
        }));
        if !self.hosts.is_empty() {
            errands.push(Errand::Hosts { looks: self.hosts });
        }
        errands
    }
}

/// Everything that is declared and that the filter lets through.
pub(crate) fn everything(estate: &Estate, filter: &Filter, aim: Aim) -> Vec<Errand> {
    let mut list = List::default();
    for source in estate.sources().filter(|source| filter.touches(source)) {
        let look = Look::of(estate, &source, aim);
        match source.who {
            Who::One(instance) => list.add(estate, &instance.id, look),
            Who::Fleet(fleet) => list.fleets.push(Errand::Fleet {
                needs: look.needs(),
                select: fleet.select.clone(),
                apart: one_by_one(estate, &look.provider),
                look: Box::new(look),
            }),
        }
    }
    list.finish()
}

/// The instances of a provider that are declared one by one.
fn one_by_one(estate: &Estate, provider: &ProviderName) -> HashSet<ResourceId> {
    let of_it = estate.instances.iter().filter(|instance| instance.provider == *provider);
    of_it.map(|instance| instance.id.clone()).collect()
}

/// These instances of these sources, and nobody else.
pub(crate) fn members(
    estate: &Estate,
    members: &[(SourceKey, ResourceId)],
    aim: Aim,
) -> Vec<Errand> {
    let mut asked: HashMap<&SourceKey, Vec<&ResourceId>> = HashMap::new();
    for (key, id) in members {
        asked.entry(key).or_default().push(id);
    }
    let mut list = List::default();
    for source in estate.sources() {
        let Some(ids) = asked.get(&source.key) else { continue };
        let look = Look::of(estate, &source, aim);
        for id in ids {
            list.add(estate, id, look.clone());
        }
    }
    list.finish()
}

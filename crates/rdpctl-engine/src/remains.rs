//! Removing what earlier runs left in guests, once undo needs it no more.
//!
//! It is no step of a plan: it changes nothing that is declared, and a machine does not differ because a copy is a month
//! old. Whoever applies, a person or the loop, does it at the end, in guests that answered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rdpctl_contract::{Channel, ChannelError, Order, Store, StoreError};
use rdpctl_facets::ground;
use rdpctl_model::facts::{Chunk, Facts};
use rdpctl_model::guest::remains::{self, Token};
use rdpctl_model::guest::{ChannelKind, Through};
use rdpctl_model::{Evidence, GuestAction, InstanceName, ProviderName, ResourceId};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::assess::Filter;
use crate::estate::Estate;
use crate::guests::{Guest, WITHIN};
use crate::lease::Permit;
use crate::outside::Hands;

/// As many orders' files as one apply removes of a machine; the next one goes on.
const AT_ONCE: usize = 20;

/// What was to be removed of one machine, and what came of it.
#[derive(Debug)]
pub struct Removed {
    /// On whom.
    pub instance: InstanceName,
    /// The days and beginnings of the runs, for people.
    pub runs: Vec<(Date, String)>,
    /// It is gone, or why it is not.
    pub outcome: Result<(), ChannelError>,
}

/// Removes it from all machines in scope whose last look found something that is over.
pub async fn remove(
    estate: &Estate,
    hands: &Hands,
    store: &dyn Store,
    permit: &Arc<Permit>,
    scope: &Filter,
    stop: &CancellationToken,
) -> Result<Vec<Removed>, StoreError> {
    let today = hands.clock.now().to_zoned(TimeZone::UTC).date();
    let facts = store.facts().await?;
    let concerned = concerned(estate, &facts, scope, today);
    let names: Vec<InstanceName> = concerned.iter().map(|one| one.guest.name.clone()).collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut crews: BTreeMap<(ProviderName, ChannelKind), Vec<One>> = BTreeMap::new();
    for (mut one, evidence) in concerned.into_iter().zip(store.evidence(&names).await?) {
        one.learn(evidence.as_ref(), today);
        if one.guest.refusal(one.way).is_none() {
            crews.entry((one.guest.provider.clone(), one.way)).or_default().push(one);
        }
    }
    let mut removed = Vec::new();
    for (key, crew) in crews {
        let Some(channel) = hands.channels.get(&key) else { continue };
        if stop.is_cancelled() || permit.check().await.is_err() {
            break;
        }
        removed.append(&mut permit.leave().during(over(channel.as_ref(), crew, stop)).await);
    }
    Ok(removed)
}

/// Whose last look found more than is kept, so that removing it is worth a run.
#[must_use]
pub fn due(estate: &Estate, facts: &Facts, now: Timestamp) -> BTreeSet<InstanceName> {
    let today = now.to_zoned(TimeZone::UTC).date();
    let concerned = concerned(estate, facts, &Filter::default(), today);
    concerned.into_iter().map(|one| one.guest.name).collect()
}

/// A machine with what is over.
struct One {
    guest: Guest,
    way: ChannelKind,
    tokens: Vec<Token>,
}

impl One {
    fn learn(&mut self, evidence: Option<&Evidence>, today: Date) {
        let Some(evidence) = evidence else { return };
        self.guest.cloud = evidence.cloud.said().cloned().map(Arc::new);
        let Some(seen) = evidence.guest.said() else { return };
        self.tokens = remains::over(seen.remains(), today).into_iter().take(AT_ONCE).collect();
    }
}

/// Machines of which a look found more than is kept.
fn concerned(estate: &Estate, facts: &Facts, scope: &Filter, today: Date) -> Vec<One> {
    let mut all = Vec::new();
    for source in estate.sources() {
        let access = Arc::clone(source.guest);
        let chunks = facts.chunks.iter().filter(|chunk| chunk.source == source.key);
        for row in chunks.flat_map(Chunk::rows) {
            let name = source.member(row.id);
            let Some(ground) = ground(facts, &row.known).filter(|_| scope.means(&name)) else {
                continue;
            };
            let is_declared = source.guest.via.contains(&ground.via);
            let runs = ground.via.way().through != Through::Disk;
            if !ground.remains.is_some_and(|left| left.may_be_over(today)) || !is_declared || !runs
            {
                continue;
            }
            all.push(One {
                guest: Guest {
                    name,
                    id: ResourceId::new(row.id),
                    provider: source.provider.clone(),
                    access: Arc::clone(&access),
                    cloud: None,
                    port: 0,
                    profile: Arc::default(),
                },
                way: ground.via,
                tokens: Vec::new(),
            });
        }
    }
    all
}

async fn over(channel: &dyn Channel, crew: Vec<One>, stop: &CancellationToken) -> Vec<Removed> {
    let token = format!("rdpctl-{}", Uuid::new_v4().simple());
    let orders = crew.iter().map(|one| Order {
        target: one.guest.target(),
        actions: vec![GuestAction::RemoveRemains {
            tokens: one.tokens.iter().map(Token::to_string).collect(),
        }],
        token: token.clone(),
        within: WITHIN,
    });
    let answers = channel.perform(orders.collect(), stop).await;
    crew.into_iter()
        .zip(answers)
        .map(|(one, answer)| Removed {
            instance: one.guest.name,
            runs: runs(&one.tokens),
            outcome: answer.map(|_| ()),
        })
        .collect()
}

/// Each run once.
fn runs(tokens: &[Token]) -> Vec<(Date, String)> {
    let mut runs: Vec<(Date, String)> =
        tokens.iter().map(|token| (token.day(), token.run().to_owned())).collect();
    runs.dedup();
    runs
}

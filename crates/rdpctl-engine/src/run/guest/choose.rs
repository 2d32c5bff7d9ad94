//! Guests by the way in that the plan has for them: the one that answered when they were looked into.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_contract::Channel;
use rdpctl_model::Said;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{Evidence, InstanceName};

use super::super::Scene;
use super::super::report::{Failure, Results, fail_first};
use super::{Job, One, Work};
use crate::guests::Guest;
use crate::said::say;

/// Guests that share round trips over one channel.
type Crew = (Arc<dyn Channel>, Vec<Job>);

/// Divides a unit into crews. Gives what is said of those to whom no way leads, too.
pub(super) async fn crews(scene: &Scene, work: Work) -> (Vec<Crew>, Results) {
    let names: Vec<InstanceName> = work.turns.iter().map(|one| one.name.clone()).collect();
    // Without evidence a guest is met at the address that its id tells.
    let mut evidence = scene.store.evidence(&names).await.unwrap_or_default().into_iter();
    let mut by_channel: BTreeMap<ChannelKind, Vec<Job>> = BTreeMap::new();
    let mut said = Results::new();
    for one in work.turns {
        let known = evidence.next().flatten();
        if let Some(why) = one.unbound {
            let failure = Failure::new(why.said(), say::plan_again());
            said.extend(fail_first(one.cells(), &failure));
            continue;
        }
        let guest = guest(&one, &work.provider, known.as_ref());
        if let Some(kind) = one.way {
            by_channel.entry(kind).or_default().push(Job { one, guest });
        } else {
            let failure = Failure::new(say::no_channel_answers(), say::see_the_plan());
            said.extend(fail_first(one.cells(), &failure));
        }
    }
    let mut crews = Vec::new();
    for (kind, jobs) in by_channel {
        let Some(channel) = scene.hands.channels.get(&(work.provider.clone(), kind)) else {
            let failure = Failure::new(say::not_available(kind.name()), Said::default());
            said.extend(jobs.iter().flat_map(|job| fail_first(job.one.cells(), &failure)));
            continue;
        };
        let together = channel.guests_per_trip().max(1);
        let mut jobs = jobs.into_iter().peekable();
        while jobs.peek().is_some() {
            crews.push((Arc::clone(channel), jobs.by_ref().take(together).collect()));
        }
    }
    (crews, said)
}

fn guest(one: &One, provider: &rdpctl_model::ProviderName, known: Option<&Evidence>) -> Guest {
    Guest {
        name: one.name.clone(),
        id: one.id.clone(),
        provider: provider.clone(),
        access: Arc::clone(&one.access),
        cloud: known.and_then(|known| known.cloud.said()).cloned().map(Arc::new),
        port: one.port,
        profile: Arc::default(),
    }
}

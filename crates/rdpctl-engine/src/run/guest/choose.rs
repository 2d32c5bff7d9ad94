//! Which way into a guest its steps take: the one that answered last.

use std::collections::BTreeMap;
use std::sync::Arc;

use rdpctl_contract::Channel;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{InstanceName, Survey};

use super::super::Scene;
use super::super::report::{Failure, Results, fail_first};
use super::{Job, One, Work};
use crate::guests::Guest;

/// Guests that share round trips over one channel.
type Crew = (Arc<dyn Channel>, Vec<Job>);

/// Divides a unit into crews. Gives what is said of those to whom no way leads, too.
pub(super) async fn crews(scene: &Scene, work: Work) -> (Vec<Crew>, Results) {
    let names: Vec<InstanceName> = work.turns.iter().map(|one| one.name.clone()).collect();
    // Without evidence the declared order decides.
    let mut evidence = scene.store.evidence(&names).await.unwrap_or_default().into_iter();
    let mut by_channel: BTreeMap<ChannelKind, Vec<Job>> = BTreeMap::new();
    let mut said = Results::new();
    for one in work.turns {
        let survey = evidence.next().flatten();
        let guest = guest(&one, &work.provider, survey.as_ref());
        match way(&guest, survey.as_ref()) {
            Some(kind) => by_channel.entry(kind).or_default().push(Job { one, guest }),
            None => {
                let failure = Failure::new(
                    "no channel into the guest answers",
                    "see `rdpctl plan` for the reason of each channel",
                );
                said.extend(fail_first(one.cells(), &failure));
            }
        }
    }
    let mut crews = Vec::new();
    for (kind, jobs) in by_channel {
        let Some(channel) = scene.hands.channels.get(&(work.provider.clone(), kind)) else {
            let failure = Failure::new(format!("{} is not available here", kind.name()), "");
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

fn guest(one: &One, provider: &rdpctl_model::ProviderName, survey: Option<&Survey>) -> Guest {
    Guest {
        name: one.name.clone(),
        id: one.id.clone(),
        provider: provider.clone(),
        access: Arc::clone(&one.access),
        cloud: survey.and_then(|survey| survey.cloud.as_ref().ok()).cloned().map(Arc::new),
        port: one.port,
        profile: Arc::default(),
    }
}

/// The way that answered last is the way that will answer; else the first that is not refused.
fn way(guest: &Guest, survey: Option<&Survey>) -> Option<ChannelKind> {
    let answered = survey.and_then(|survey| survey.guest.as_ref().ok()).map(|guest| guest.via);
    answered
        .filter(|kind| guest.access.via.contains(kind))
        .or_else(|| guest.access.via.iter().copied().find(|kind| guest.refusal(*kind).is_none()))
}

//! Choosing a way into each guest: in the declared order, with the reason why another was passed over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use rdpctl_contract::{Ask, GuestTarget, Questions};
use rdpctl_facets::{More, Profile};
use rdpctl_model::Said;
use rdpctl_model::cloud::{AgentFact, CloudSurvey, PowerState};
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::guest::{ChannelKind, Closely, GuestSurvey, Through};
use rdpctl_model::host::Host;
use rdpctl_model::{Gap, InstanceName, ProviderName, ResourceId};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::event::Event;
use crate::outside::Eyes;
use crate::said::say;

/// A guest that is to be looked into.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) name: InstanceName,
    pub(crate) id: ResourceId,
    pub(crate) provider: ProviderName,
    pub(crate) access: Arc<GuestAccess>,
    pub(crate) cloud: Option<Arc<CloudSurvey>>,
    pub(crate) port: u16,
    /// What is wished of it, which decides what is asked beyond the observation.
    pub(crate) profile: Arc<Profile>,
}

/// How long one batch of guest commands may take.
pub(crate) const WITHIN: Duration = Duration::from_mins(2);

impl Guest {
    pub(crate) fn target(&self) -> GuestTarget {
        let handles = self.cloud.as_ref().map(|cloud| &cloud.handles);
        let address = handles.and_then(|handles| handles.public_ip.or(handles.private_ip));
        GuestTarget {
            instance: self.name.clone(),
            id: self.id.clone(),
            host: self.access.host.clone().or(address.map(Host::Address)),
            access: Arc::clone(&self.access),
        }
    }

    /// Why a channel cannot be asked at all, from what the cloud says.
    pub(crate) fn refusal(&self, channel: ChannelKind) -> Option<Gap> {
        if let Some(gap) = self.access.closed.get(&channel) {
            return Some(gap.clone());
        }
        let cloud = self.cloud.as_ref()?;
        let runs = cloud.power.state == PowerState::Running;
        match channel.way().through {
            Through::Agent if runs => without_agent(&cloud.agent),
            // These go into a running Windows, by themselves.
            Through::Network | Through::Console if runs => None,
            Through::Agent | Through::Network | Through::Console => Some(Gap::NotRunning),
            // A disk can be had while nothing runs from it.
            Through::Disk => None,
        }
    }
}

/// Why the vendor's agent cannot be asked.
fn without_agent(agent: &AgentFact) -> Option<Gap> {
    let reason = match agent {
        AgentFact::Online | AgentFact::NotAsked => return None,
        AgentFact::Offline => say::agent_offline(),
        AgentFact::Absent => say::agent_absent(),
        AgentFact::Unsupported { reason } => reason.clone(),
    };
    Some(Gap::AgentUnavailable { reason })
}

/// Surveys guests, each over the first of its channels that answers. Answers stand in the order of the guests.
pub(crate) async fn survey(
    eyes: &Eyes,
    guests: &[Guest],
    stop: &CancellationToken,
) -> Vec<Result<GuestSurvey, Gap>> {
    let mut answers: Vec<Option<Result<GuestSurvey, Gap>>> = vec![None; guests.len()];
    let mut reasons: Vec<Vec<Reason>> = vec![Vec::new(); guests.len()];
    let mut tried = vec![0; guests.len()];
    loop {
        let mut batches: BTreeMap<(ProviderName, ChannelKind), Vec<usize>> = BTreeMap::new();
        for (place, guest) in guests.iter().enumerate().filter(|(at, _)| answers[*at].is_none()) {
            // What cannot be asked at all takes nobody's turn: who has another way need not wait for those who have this one.
            let ways = guest.access.via.iter().copied();
            for kind in ways.skip(tried[place]) {
                tried[place] += 1;
                if let Some(gap) = guest.refusal(kind) {
                    reasons[place].push(Reason { kind, gap, names: Names::Nobody });
                } else if eyes.guests.contains_key(&(guest.provider.clone(), kind)) {
                    batches.entry((guest.provider.clone(), kind)).or_default().push(place);
                    break;
                } else {
                    let gap = Gap::Unreachable { reason: say::not_available(kind.name()) };
                    reasons[place].push(Reason { kind, gap, names: Names::ItsChannel });
                }
            }
        }
        if batches.is_empty() {
            break;
        }
        // Ways wait for different things, and none for another.
        let asked = batches.into_iter().filter_map(|(key, places)| {
            let channel = eyes.guests.get(&key)?;
            let asks = places.iter().map(|place| ask(&guests[*place], &More::default())).collect();
            Some(async move { (key.1, places, channel.answer(asks, stop).await) })
        });
        for (kind, places, answered) in join_all(asked).await {
            for (place, answer) in places.into_iter().zip(answered) {
                match answer {
                    Ok(survey) => {
                        let passed_over = std::mem::take(&mut reasons[place]);
                        let passed_over =
                            passed_over.into_iter().map(|one| (one.kind, one.gap)).collect();
                        answers[place] = Some(Ok(GuestSurvey { passed_over, ..survey }));
                    }
                    Err(error) => {
                        let names = if error.gap_names_its_channel() {
                            Names::ItsChannel
                        } else {
                            Names::Nobody
                        };
                        reasons[place].push(Reason { kind, gap: error.as_gap(), names });
                    }
                }
            }
        }
    }
    ask_more(eyes, guests, &mut answers, stop).await;
    answers
        .into_iter()
        .zip(reasons)
        .map(|(answer, reasons)| answer.unwrap_or_else(|| Err(first_reason(reasons))))
        .collect()
}

/// Why a channel gave no answer.
#[derive(Clone)]
struct Reason {
    kind: ChannelKind,
    gap: Gap,
    names: Names,
}

/// Whom the words of a gap name.
#[derive(Clone, Copy)]
enum Names {
    /// The channel that gave no answer.
    ItsChannel,
    /// None: whoever tells several beside each other says of which each is.
    Nobody,
}

/// Channels that were skipped, by the reason; more reasons than anybody reads are left out.
#[derive(Default)]
pub(crate) struct PassedOver(BTreeMap<(ChannelKind, Said), usize>);

impl PassedOver {
    const REASONS: usize = 100;

    pub(crate) fn add(&mut self, passed_over: &[(ChannelKind, Gap)]) {
        for (channel, gap) in passed_over {
            let key = (*channel, gap.said());
            if self.0.len() < Self::REASONS || self.0.contains_key(&key) {
                *self.0.entry(key).or_default() += 1;
            }
        }
    }

    pub(crate) async fn tell(self, events: &mpsc::Sender<Event>) {
        for ((channel, why), instances) in self.0 {
            // A listener that went away is not a reason to stop looking.
            let _ = events.send(Event::PassedOver { channel, why, instances }).await;
        }
    }
}

/// Asks those again whose answers give reason to: over the channel that answered, with everything, so that a survey is
/// of one moment. Who does not answer a second time keeps the first answer.
async fn ask_more(
    eyes: &Eyes,
    guests: &[Guest],
    answers: &mut [Option<Result<GuestSurvey, Gap>>],
    stop: &CancellationToken,
) {
    let mut batches: BTreeMap<(ProviderName, ChannelKind), Vec<(usize, Ask)>> = BTreeMap::new();
    for (place, guest) in guests.iter().enumerate() {
        let Some(Ok(first)) = &answers[place] else { continue };
        let mut more = rdpctl_facets::more(&guest.profile, first);
        // A log-on rests on the state of its account.
        if guest.access.proof.is_some() {
            more.closely.extend([Closely::Rights, Closely::Refusals]);
        }
        if more.is_nothing() {
            continue;
        }
        let key = (guest.provider.clone(), first.via);
        batches.entry(key).or_default().push((place, ask(guest, &more)));
    }
    // What is on its way is given the time that it asked for.
    let waits = |answer: &Option<Result<GuestSurvey, Gap>>| {
        rdpctl_facets::under_way(answer.as_ref()?.as_ref().ok()?)
    };
    let waited = answers.iter().filter_map(waits).max();
    if let Some(waited) = waited {
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(waited) => {}
        }
    }
    let asked = batches.into_iter().filter_map(|(key, asks)| {
        let channel = eyes.guests.get(&key)?;
        let (places, asks): (Vec<usize>, Vec<Ask>) = asks.into_iter().unzip();
        Some(async move { (places, channel.answer(asks, stop).await) })
    });
    for (places, answered) in join_all(asked).await {
        for (place, answer) in places.into_iter().zip(answered) {
            if let (Ok(mut survey), Some(Ok(first))) = (answer, &mut answers[place]) {
                rdpctl_facets::compare(first, &mut survey, waited.unwrap_or_default());
                let passed_over = std::mem::take(&mut first.passed_over);
                *first = GuestSurvey { passed_over, ..survey };
            }
        }
    }
}

fn ask(guest: &Guest, more: &More) -> Ask {
    Ask {
        target: guest.target(),
        questions: Arc::new(Questions {
            ports: guest.profile.rdp_ports().chain([guest.port, 3389]).collect(),
            pinned: more.pinned.clone(),
            closely: more.closely.clone(),
        }),
        within: WITHIN,
    }
}

/// Why nothing answered: the reason of the only channel, or each one's beside its name.
fn first_reason(mut reasons: Vec<Reason>) -> Gap {
    match reasons.len() {
        0 => Gap::NoChannel,
        1 => reasons.swap_remove(0).gap,
        _ if reasons.iter().any(|one| one.gap == Gap::NotRunning) => Gap::NotRunning,
        _ => {
            let is_unresponsive =
                reasons.iter().any(|one| matches!(one.gap, Gap::Unresponsive { .. }));
            let each = reasons.iter().map(|one| match one.names {
                Names::ItsChannel => one.gap.said(),
                Names::Nobody => say::of_channel(one.kind.name(), one.gap.said()),
            });
            let reason = each.reduce(say::and_then).unwrap_or_default();
            // Whoever can do nothing else can be started anew by the one that answered.
            if is_unresponsive { Gap::Unresponsive { reason } } else { Gap::Unreachable { reason } }
        }
    }
}

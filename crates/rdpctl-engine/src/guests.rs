//! Choosing a way into each guest: in the declared order, with the reason why another was passed over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::{Ask, GuestTarget, Questions};
use rdpctl_model::cloud::{AgentFact, CloudSurvey, PowerState};
use rdpctl_model::declaration::GuestAccess;
use rdpctl_model::guest::{ChannelKind, GuestSurvey};
use rdpctl_model::{Gap, InstanceName, ProviderName, ResourceId};
use tokio_util::sync::CancellationToken;

use crate::outside::Eyes;

/// A guest that is to be looked into.
#[derive(Clone, Debug)]
pub(crate) struct Guest {
    pub(crate) name: InstanceName,
    pub(crate) id: ResourceId,
    pub(crate) provider: ProviderName,
    pub(crate) access: Arc<GuestAccess>,
    pub(crate) cloud: Option<Arc<CloudSurvey>>,
    pub(crate) port: u16,
}

/// How long one batch of guest commands may take.
pub(crate) const WITHIN: Duration = Duration::from_mins(2);

impl Guest {
    pub(crate) fn target(&self) -> GuestTarget {
        let handles = self.cloud.as_ref().map(|cloud| &cloud.handles);
        GuestTarget {
            instance: self.name.clone(),
            id: self.id.clone(),
            // A static host's id is its address.
            address: handles
                .and_then(|handles| handles.public_ip.or(handles.private_ip))
                .or_else(|| self.id.as_str().parse().ok()),
            user: self.access.user.clone(),
            password: self.access.password.clone(),
            winrm: Arc::new(self.access.winrm.clone()),
        }
    }

    /// Why a channel cannot be asked at all, from what the cloud says.
    pub(crate) fn refusal(&self, channel: ChannelKind) -> Option<Gap> {
        let cloud = self.cloud.as_ref()?;
        if cloud.power.state != PowerState::Running {
            return Some(Gap::NotRunning);
        }
        if channel != ChannelKind::RunCommand {
            return None;
        }
        match &cloud.agent {
            AgentFact::Online | AgentFact::NotAsked => None,
            AgentFact::Offline => Some(Gap::AgentUnavailable {
                reason: "offline; check that it may reach the vendor's servers".to_owned(),
            }),
            AgentFact::Absent => Some(Gap::AgentUnavailable {
                reason: "not installed, or never seen by the vendor".to_owned(),
            }),
            AgentFact::Unsupported { reason } => {
                Some(Gap::AgentUnavailable { reason: reason.clone() })
            }
        }
    }
}

/// Surveys guests, each over the first of its channels that answers. Answers stand in the order of the guests.
pub(crate) async fn survey(
    eyes: &Eyes,
    guests: &[Guest],
    stop: &CancellationToken,
) -> Vec<Result<GuestSurvey, Gap>> {
    let mut answers: Vec<Option<Result<GuestSurvey, Gap>>> = vec![None; guests.len()];
    let mut reasons: Vec<Vec<Gap>> = vec![Vec::new(); guests.len()];
    let longest = guests.iter().map(|guest| guest.access.via.len()).max().unwrap_or(0);
    for choice in 0..longest {
        let mut batches: BTreeMap<(ProviderName, ChannelKind), Vec<usize>> = BTreeMap::new();
        for (place, guest) in guests.iter().enumerate() {
            let Some(kind) =
                guest.access.via.get(choice).copied().filter(|_| answers[place].is_none())
            else {
                continue;
            };
            match guest.refusal(kind) {
                Some(gap) => reasons[place].push(gap),
                None => batches.entry((guest.provider.clone(), kind)).or_default().push(place),
            }
        }
        for ((provider, kind), places) in batches {
            let Some(channel) = eyes.guests.get(&(provider, kind)) else {
                for place in places {
                    reasons[place].push(Gap::AgentUnavailable {
                        reason: format!("{} is not available here", kind.name()),
                    });
                }
                continue;
            };
            let asks = places.iter().map(|place| ask(&guests[*place])).collect();
            for (place, answer) in places.into_iter().zip(channel.answer(asks, stop).await) {
                match answer {
                    Ok(survey) => answers[place] = Some(Ok(survey)),
                    Err(error) => reasons[place].push(error.as_gap()),
                }
            }
        }
    }
    answers
        .into_iter()
        .zip(reasons)
        .map(|(answer, reasons)| answer.unwrap_or_else(|| Err(first_reason(reasons))))
        .collect()
}

fn ask(guest: &Guest) -> Ask {
    Ask {
        target: guest.target(),
        questions: Arc::new(Questions {
            ports: [guest.port, 3389].into_iter().collect(),
            pinned: None,
        }),
        within: WITHIN,
    }
}

/// The reason of the channel that was preferred; the others' are added where they say something else.
fn first_reason(mut reasons: Vec<Gap>) -> Gap {
    reasons.dedup();
    match reasons.len() {
        0 => Gap::NoChannel,
        1 => reasons.swap_remove(0),
        _ if reasons.contains(&Gap::NotRunning) => Gap::NotRunning,
        _ => Gap::AgentUnavailable {
            reason: reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        },
    }
}

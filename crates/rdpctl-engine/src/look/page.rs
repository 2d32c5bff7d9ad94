//! One page of instances whose cloud has spoken: into their guests, then at their doors.

use std::collections::HashMap;
use std::sync::Arc;

use rdpctl_model::cloud::{CloudSurvey, PowerState};
use rdpctl_model::facet::World;
use rdpctl_model::guest::GuestSurvey;
use rdpctl_model::handshake::{Handshake, HandshakeVerdict};
use rdpctl_model::host::Host;
use rdpctl_model::{Gap, ResourceId, Survey};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{Learned, Look, Seen, Told};
use crate::guests::{self, Guest};
use crate::outside::Eyes;

/// Handshakes at once within one page.
const PROBES_AT_ONCE: usize = 64;
/// Handshakes at once with those that were silent: they are asked again in peace.
const SECOND_PROBES_AT_ONCE: usize = 4;

/// Adds to what the cloud said what the guests and the doors say.
pub(super) async fn finish(
    eyes: &Eyes,
    mut page: Vec<Seen>,
    told: &Told,
    stop: &CancellationToken,
) -> Vec<Learned> {
    let now = eyes.clock.now();
    let mut guests = ask_guests(eyes, &page, stop).await;
    let is_silent: Vec<bool> =
        (0..page.len()).map(|place| guests.get(&place).is_some_and(Result::is_err)).collect();
    let silent = page.iter().zip(&is_silent).filter(|(_, silent)| **silent);
    let silent = silent.map(|((id, look, _), _)| look.member(id)).collect();
    told.glimpsed(World::Guest, guests.len(), silent).await;
    // A guest that was asked says on which of the declared ports RDP is.
    for (place, (_, look, _)) in page.iter_mut().enumerate() {
        if let (Some(Ok(guest)), false) = (guests.get(&place), look.at_known_port) {
            look.port = rdpctl_facets::present_port(&look.profile, guest);
        }
    }
    let mut doors = knock(eyes, &page, stop).await;
    told.glimpsed(World::Outside, doors.len(), Vec::new()).await;
    page.into_iter()
        .enumerate()
        .map(|(place, (id, look, cloud))| {
            let guest = guests.remove(&place);
            let outside = doors.remove(&place);
            let survey = Survey {
                taken_at: now,
                guest: guest.unwrap_or_else(|| Err(unseen(&look, World::Guest, &cloud))),
                outside: outside.unwrap_or_else(|| Err(unseen(&look, World::Outside, &cloud))),
                cloud: cloud.map(Arc::unwrap_or_clone),
            };
            let is_silent = is_silent.get(place).copied().unwrap_or_default();
            Learned { name: look.member(&id), look, id, survey, is_silent }
        })
        .collect()
}

/// Why a world was not looked at: nobody asked for it, or what the cloud says left no way there.
fn unseen(look: &Look, world: World, cloud: &Result<Arc<CloudSurvey>, Gap>) -> Gap {
    if !look.worlds.has(world) {
        return Gap::NotAsked;
    }
    if let (World::Outside, Some(gap)) = (world, &look.closed) {
        return gap.clone();
    }
    match cloud {
        Ok(cloud) if cloud.power.state != PowerState::Running => Gap::NotRunning,
        Ok(_) => Gap::NotAsked,
        Err(gap) => gap.clone(),
    }
}

async fn ask_guests(
    eyes: &Eyes,
    page: &[Seen],
    stop: &CancellationToken,
) -> HashMap<usize, Result<GuestSurvey, Gap>> {
    let (places, asked): (Vec<usize>, Vec<Guest>) = page
        .iter()
        .enumerate()
        .filter(|(_, (_, look, _))| look.worlds.has(World::Guest))
        .filter_map(|(place, (id, look, cloud))| Some((place, guest(id, look, cloud)?)))
        .unzip();
    places.into_iter().zip(guests::survey(eyes, &asked, stop).await).collect()
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

/// Where an instance is met from outside, if it runs and has an address, or somebody takes calls for it.
fn host(look: &Look, cloud: &Result<Arc<CloudSurvey>, Gap>) -> Option<(Host, u16)> {
    match cloud {
        Ok(cloud) if cloud.power.state == PowerState::Running => {
            let own = cloud.handles.public_ip.map(|ip| (Host::Address(ip), look.port));
            let mut fronts = cloud.handles.fronts.iter();
            let front = fronts.find(|front| front.to == look.port);
            own.or(front.map(|front| (Host::Address(front.at.ip()), front.at.port())))
        }
        Err(Gap::NotAsked) => look.access.host.clone().map(|host| (host, look.port)),
        Ok(_) | Err(_) => None,
    }
}

/// Shakes hands with every door of a page. Where somebody took the call and said nothing, the reason may be that we
/// asked too many at once: those are asked again, few at a time.
async fn knock(
    eyes: &Eyes,
    page: &[Seen],
    stop: &CancellationToken,
) -> HashMap<usize, Result<Handshake, Gap>> {
    let doors: Vec<(usize, Host, u16)> = page
        .iter()
        .enumerate()
        .filter(|(_, (_, look, _))| look.worlds.has(World::Outside) && look.closed.is_none())
        .filter_map(|(place, (_, look, cloud))| {
            let (host, port) = host(look, cloud)?;
            Some((place, host, port))
        })
        .collect();
    let mut answers = probe(eyes, doors.clone(), PROBES_AT_ONCE, stop).await;
    let silent: Vec<_> =
        doors.into_iter().filter(|(place, ..)| answers.get(place).is_some_and(is_silent)).collect();
    answers.extend(probe(eyes, silent, SECOND_PROBES_AT_ONCE, stop).await);
    for (place, answer) in &mut answers {
        if let (Ok(outside), Some((_, look, _))) = (answer, page.get(*place)) {
            // Whoever takes calls for an instance does so at a port of its own; what is told is the instance's.
            outside.port = look.port;
        }
    }
    answers
}

fn is_silent(answer: &Result<Handshake, Gap>) -> bool {
    match answer {
        Ok(outside) => outside.verdict == HandshakeVerdict::RdpSilent,
        Err(gap) => matches!(gap, Gap::TimedOut { .. }),
    }
}

async fn probe(
    eyes: &Eyes,
    doors: Vec<(usize, Host, u16)>,
    at_once: usize,
    stop: &CancellationToken,
) -> HashMap<usize, Result<Handshake, Gap>> {
    let room = Arc::new(Semaphore::new(at_once));
    let mut probes = JoinSet::new();
    for (place, host, port) in doors {
        let (probe, room, stop) = (Arc::clone(&eyes.probe), Arc::clone(&room), stop.clone());
        probes.spawn(async move {
            let permit = room.acquire_owned().await;
            let answer = probe.look(&host, port, &stop).await;
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

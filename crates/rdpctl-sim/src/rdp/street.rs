//! The doors of a world where its public addresses say they are: all of them lie in the loopback range.
//!
//! A VM's RDP port is met at its public address, as it would be on the internet. When an address is bound or given
//! back, its door opens or closes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::door::{Claim, Door, Outside, Proves};
use super::doors::Doors;
use super::gateway;
use crate::guest::{Guest, Known, NotRemote, RdpFace, Refusal};
use crate::shared::Shared;
use crate::world::VmIndex;

/// Where our clients are, as the guests and the cloud see them.
const CALLER: Ipv4Addr = Ipv4Addr::new(198, 51, 100, 1);
/// Doors are kept for so many VMs of a world at most: each takes files.
const VMS: u32 = 2048;
/// How soon a newly bound address has its door.
const LOOK: Duration = Duration::from_millis(50);
/// Windows' port for RDP.
const RDP: u16 = 3389;

/// Keeps a world's doors at its addresses.
#[derive(Debug)]
pub(crate) struct Street {
    stop: CancellationToken,
    keeper: JoinHandle<()>,
}

/// What a door belongs to: a VM, its port, and the port of whoever takes calls for it.
type Place = (u32, u16, Option<u16>);

/// What a door belongs to, by the door's number.
#[derive(Debug, Default)]
struct Signs {
    numbers: BTreeMap<Place, u32>,
    places: Vec<Place>,
}

impl Signs {
    /// The number of a place's door; a new place gets a new one.
    fn number(&mut self, place: Place) -> u32 {
        let next = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(place).or_insert(next);
        if number == next {
            self.places.push(place);
        }
        number
    }
}

struct World {
    shared: Shared,
    signs: Arc<Mutex<Signs>>,
}

impl Outside for World {
    fn door(&self, number: u32) -> Door {
        let place = self
            .signs
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .places
            .get(number as usize)
            .copied();
        let Some((vm, port, front)) = place else { return Door::Filtered };
        let vm = VmIndex(vm);
        let mut core = self.shared.lock();
        core.estate.advance();
        let way = match front {
            None => core.estate.path_to(vm, port, CALLER),
            Some(_) => core.estate.path_behind_address(vm, port, CALLER),
        };
        if way.is_err() {
            return Door::Filtered;
        }
        let mut door = core.estate.with_guest(vm, |guest, now| match guest.rdp_face(now) {
            RdpFace::Listening(listener) if listener.port != port => Door::Refused,
            RdpFace::PortTaken { port: taken, .. } if taken != port => Door::Refused,
            RdpFace::Listening(_) | RdpFace::PortTaken { .. } | RdpFace::NotListening(_) => {
                Door::of(guest, now)
            }
        });
        if let (Door::Open(desktop), Some(name)) = (&mut door, core.estate.world.gateway(vm)) {
            gateway::put_before(&mut desktop.listener, &name);
        }
        door
    }

    fn log_on(
        &self,
        number: u32,
        claim: &Claim,
        proves: Proves<'_>,
    ) -> Option<Result<Known, Refusal>> {
        let address = CALLER.to_string();
        self.shared.lock().counters.log_ons += 1;
        self.visit(number, |guest, now| guest.log_on(claim.from(&address), proves, now))
    }

    fn welcome(&self, number: u32, claim: &Claim, known: &Known) -> Result<(), NotRemote> {
        let address = CALLER.to_string();
        let visited =
            self.visit(number, |guest, now| guest.welcome(claim.from(&address), known, now));
        visited.unwrap_or(Err(NotRemote))
    }
}

impl World {
    /// Does something in a guest that somebody reached, and keeps what came of it.
    fn visit<T>(&self, number: u32, act: impl FnOnce(&mut Guest, u64) -> T) -> Option<T> {
        let signs = self.signs.lock().unwrap_or_else(PoisonError::into_inner);
        let (vm, ..) = signs.places.get(number as usize).copied()?;
        drop(signs);
        let mut core = self.shared.lock();
        core.estate.advance();
        let outcome = core.estate.with_guest(VmIndex(vm), act);
        if let Err(error) = core.record() {
            tracing::error!(%error, "who logged on to the simulated world is not kept");
        }
        Some(outcome)
    }
}

impl Street {
    /// Opens the doors that are due and keeps them so until `stop`.
    pub(crate) async fn open(shared: Shared, stop: CancellationToken) -> Self {
        let signs = Arc::new(Mutex::new(Signs::default()));
        let outside = World { shared: shared.clone(), signs: Arc::clone(&signs) };
        let doors = Doors::new(Arc::new(outside), stop.clone());
        let mut seen = Seen::default();
        arrange(&shared, &signs, &doors, &mut seen).await;
        let ending = stop.clone();
        let keeper = tokio::spawn(async move {
            loop {
                tokio::select! {
                    () = ending.cancelled() => break,
                    () = tokio::time::sleep(LOOK) => {}
                }
                match arrange(&shared, &signs, &doors, &mut seen).await {
                    Changed::Nothing => {}
                    Changed::Everything => doors.world_changed(|_| true).await,
                    Changed::Behind(numbers) => {
                        doors.world_changed(|number| numbers.contains(&number)).await;
                    }
                }
            }
            doors.close().await;
        });
        Self { stop, keeper }
    }

    /// Closes all doors.
    pub(crate) async fn close(self) {
        self.stop.cancel();
        // A keeper that panicked keeps nothing open.
        let _ended = self.keeper.await;
    }
}

/// What was seen of the world when it was last looked at.
#[derive(Debug, Default)]
struct Seen {
    /// Doors that there are.
    known: BTreeSet<u32>,
    /// How far the world had come.
    generation: Option<u64>,
    /// At which port each VM listens, if at any.
    listening: BTreeMap<VmIndex, Option<u16>>,
}

/// Behind which doors something has changed.
enum Changed {
    Nothing,
    Everything,
    Behind(BTreeSet<u32>),
}

/// Brings the doors to where the addresses are, and tells behind which of them anything has changed since the last time. Of a
/// VM that nothing bears on, nothing is worked out again.
async fn arrange(shared: &Shared, signs: &Mutex<Signs>, doors: &Doors, seen: &mut Seen) -> Changed {
    let mut due: Vec<(u32, SocketAddr)> = Vec::new();
    let mut behind = BTreeSet::new();
    let touched;
    {
        let mut core = shared.lock();
        core.estate.advance();
        let now = core.estate.generation();
        if seen.generation == Some(now) {
            return Changed::Nothing;
        }
        touched = seen.generation.and_then(|before| core.estate.changed_since(before));
        seen.generation = Some(now);
        let is_touched = |vm: VmIndex| touched.as_ref().is_none_or(|touched| touched.contains(&vm));
        let mut signs = signs.lock().unwrap_or_else(PoisonError::into_inner);
        for vm in (0..core.estate.world.total.min(VMS)).map(VmIndex) {
            let Some(ip) = core.estate.public_address(vm) else { continue };
            if !ip.is_loopback() {
                continue;
            }
            // Whoever does not listen may come to it by time alone.
            let at = seen.listening.get(&vm).copied().flatten();
            if is_touched(vm) || at.is_none() {
                let mut listening = None;
                if core.estate.vm(vm).power.is_on()
                    && let RdpFace::Listening(listener) =
                        core.estate.with_guest(vm, |guest, at| guest.rdp_face(at))
                {
                    listening = Some(listener.port);
                }
                seen.listening.insert(vm, listening);
            }
            let ports = std::iter::once(RDP).chain(seen.listening.get(&vm).copied().flatten());
            for port in ports.collect::<BTreeSet<u16>>() {
                let number = signs.number((vm.0, port, None));
                due.push((number, SocketAddr::from((ip, port))));
                behind.extend(is_touched(vm).then_some(number));
            }
        }
        for (ip, front, vm, to) in core.estate.fronts() {
            if ip.is_loopback() {
                let number = signs.number((vm.0, to, Some(front)));
                due.push((number, SocketAddr::from((ip, front))));
                behind.extend(is_touched(vm).then_some(number));
            }
        }
    }
    let wanted: BTreeSet<u32> = due.iter().map(|(number, _)| *number).collect();
    for gone in seen.known.difference(&wanted) {
        doors.shut(*gone).await;
    }
    for (number, address) in due {
        if let Err(error) = doors.open_at(number, address).await {
            tracing::warn!(%address, %error, "a simulated RDP port cannot be opened");
        }
    }
    seen.known = wanted;
    if touched.is_some() { Changed::Behind(behind) } else { Changed::Everything }
}

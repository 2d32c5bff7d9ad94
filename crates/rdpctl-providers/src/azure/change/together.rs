//! Starting and restarting many VMs at once: what has become of them is asked for all together, by the one list that says
//! how VMs run, so that a thousand operations cost a few reads now and then instead of thousands.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt, stream};
use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_model::outcome::Receipt;
use rdpctl_model::{CloudAction, Said};
use tokio::time::Instant;

use super::power::PATIENCE;
use super::{Changer, SIDE_BY_SIDE, already, busy, done, no_id};
use crate::azure::arm::Vm;
use crate::azure::client::{Answer, Ask, COMPUTE};
use crate::azure::error::ArmError;
use crate::azure::id::{ArmId, key};
use crate::azure::pace::Kind;
use crate::moved::say as moved;
use crate::said::say;

/// The first look at all comes after this, each next one later.
const FIRST: Duration = Duration::from_millis(250);

/// Looks at all are never further apart.
const SLOWEST: Duration = Duration::from_secs(15);

/// How VMs run, and what is being done to them, by lower-case id.
type States = HashMap<String, (String, String)>;

/// An operation under way.
struct Begun {
    place: usize,
    vm: ArmId,
    verb: &'static str,
    did: Said,
    answer: Answer,
    /// How often it was seen not to have done anything.
    idle: u32,
}

impl Changer<'_> {
    /// Starts and restarts VMs, and tells of each as soon as it is known.
    pub(super) async fn together(&self, orders: &[CloudOrder], places: &[usize]) {
        // Who may not list may look at each.
        let Ok(states) = self.states().await else { return self.apart(orders, places).await };
        let began = Instant::now();
        let states = &states;
        let work = stream::iter(places.to_vec()).map(|place| {
            async move {
                let order = orders.get(place)?;
                match self.begin(place, order, states).await {
                    Ok(begun) => Some(begun),
                    Err(outcome) => {
                        self.tell(place, outcome);
                        None
                    }
                }
            }
            .boxed()
        });
        let begun: Vec<Option<Begun>> = work.buffer_unordered(SIDE_BY_SIDE).collect().await;
        let mut under_way: Vec<Begun> = begun.into_iter().flatten().collect();
        let mut stuck = Vec::new();
        let mut pause = FIRST;
        while !under_way.is_empty() && began.elapsed() < PATIENCE {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.stop.cancelled() => break,
            }
            pause = (pause * 2).min(SLOWEST);
            // A list that fails once is asked for again; its own calls are repeated already.
            let Ok(states) = self.states().await else { continue };
            let mut rest = Vec::new();
            for mut begun in under_way {
                let state = states.get(&key(&begun.vm.path));
                let (power, work) = state.map_or(("", ""), |(power, work)| (power, work));
                let is_busy = matches!(work, "Updating" | "Creating");
                match power {
                    "running" if !is_busy => self.tell(begun.place, Ok(done(begun.did))),
                    "stopped" | "deallocated" if !is_busy => {
                        begun.idle += 1;
                        // The list may lag behind what was just asked for.
                        if begun.idle < 3 { rest.push(begun) } else { stuck.push(begun) }
                    }
                    _ => rest.push(begun),
                }
            }
            under_way = rest;
        }
        // Whatever did not come about says itself why.
        stuck.extend(under_way);
        let left = stream::iter(stuck).map(|begun| {
            async move {
                let (place, outcome) = self.explained(begun).await;
                self.tell(place, outcome);
            }
            .boxed()
        });
        left.buffer_unordered(SIDE_BY_SIDE).for_each(|()| async {}).await;
    }

    async fn apart(&self, orders: &[CloudOrder], places: &[usize]) {
        let work = stream::iter(places.to_vec()).map(|place| {
            async move {
                if let Some(order) = orders.get(place) {
                    self.tell(place, self.one(order).await);
                }
            }
            .boxed()
        });
        work.buffer_unordered(SIDE_BY_SIDE).for_each(|()| async {}).await;
    }

    fn tell(&self, place: usize, outcome: Result<Receipt, CloudError>) {
        // Who does not listen any more has all it wanted.
        let _ = self.told.send((place, outcome));
    }

    /// How all VMs run.
    async fn states(&self) -> Result<States, ArmError> {
        let list = "Microsoft.Compute/virtualMachines?statusOnly=true";
        let vms: Vec<Vm> = self.client.list(list, COMPUTE, self.stop).await?;
        let state = |vm: Vm| {
            let power = vm.properties.instance_view.power().to_ascii_lowercase();
            (key(&vm.id), (power, vm.properties.provisioning_state))
        };
        Ok(vms.into_iter().map(state).collect())
    }

    /// Asks for one; what came of it where there is nothing to wait for.
    async fn begin(
        &self,
        place: usize,
        order: &CloudOrder,
        states: &States,
    ) -> Result<Begun, Result<Receipt, CloudError>> {
        let Some(vm) = ArmId::of(&order.instance) else { return Err(Err(no_id(&order.instance))) };
        let is_start = order.action == CloudAction::Start;
        let runs = states.get(&key(&vm.path)).is_some_and(|(power, _)| power == "running");
        if is_start && runs {
            return Err(Ok(already(say::runs_already())));
        }
        let (verb, did) =
            if is_start { ("start", say::started()) } else { ("restart", say::restarted()) };
        let path = format!("{}/{verb}", vm.path);
        let ask = Ask::post(&path, COMPUTE, Kind::Write);
        let began = Instant::now();
        loop {
            if self.stop.is_cancelled() {
                return Err(Err(CloudError::Stopped));
            }
            match self.client.call(&ask, self.stop).await {
                Ok(answer) => return Ok(Begun { place, vm, verb, did, answer, idle: 0 }),
                Err(error) if busy(&error) && began.elapsed() < PATIENCE => {
                    self.rest().await.map_err(Err)?;
                }
                Err(error) => return Err(Err(error.into())),
            }
        }
    }

    /// Why an operation did not do what it should.
    async fn explained(&self, begun: Begun) -> (usize, Result<Receipt, CloudError>) {
        let Begun { place, vm, verb, did, answer, .. } = begun;
        if self.stop.is_cancelled() {
            return (place, Err(CloudError::Stopped));
        }
        // What began to run in the last moment is done after all.
        let ended = self.client.follow(answer, PATIENCE, self.stop).await;
        let outcome = match ended {
            Err(error) => Err(error.into()),
            Ok(_) => match self.power(&vm).await {
                Err(error) => Err(error),
                Ok(power) if power == "running" => Ok(done(did)),
                Ok(power) => Err(CloudError::NotSettled {
                    what: Said::quoted(format!("POST {}/{verb}", vm.short())),
                    waited: PATIENCE,
                    last: moved::vm_is(power),
                }),
            },
        };
        (place, outcome)
    }
}

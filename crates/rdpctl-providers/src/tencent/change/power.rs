//! Starting and rebooting instances.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::{StreamExt, TryStreamExt, stream};
use rdpctl_contract::cloud::CloudError;
use tokio::time::Instant;

use super::ending::{already, done, stale};
use super::wait::{Look, Watch, settle_each};
use super::{Changer, Outcomes, Placed};
use crate::moved::say as moved;
use crate::said::say;
use crate::tencent::api::instances::{
    DescribeInstances, Instance, InstanceState, OperationState, RebootInstances, StartInstances,
};
use crate::tencent::api::{Acknowledged, BATCH};
use crate::tencent::batch::{Sent, halving};
use crate::tencent::client::Client;
use crate::tencent::error::CallError;
use crate::tencent::pages::SIDE_BY_SIDE;
use rdpctl_model::Said;

/// Windows is asked to shut down, and only cut off when it does not.
pub(crate) const STOP_TYPE: &str = "SOFT_FIRST";

/// How long an instance may take to start or to come back.
const BOOT: Duration = Duration::from_mins(10);

/// How long the vendor may take to show an operation by its request's id, before the state alone is believed.
const SHOWS_UP: Duration = Duration::from_secs(30);

impl Changer<'_> {
    /// Starts instances that are stopped.
    pub(super) async fn start(&self, orders: Vec<Placed<'_>>) -> Outcomes {
        let looked = self.look_at(&orders).await;
        let instances = match looked {
            Ok(instances) => instances,
            Err(error) => {
                return orders.iter().map(|(place, _)| (*place, Err(error.clone()))).collect();
            }
        };
        let mut outcomes = Outcomes::new();
        let (mut stopped, mut waited) = (Vec::new(), Vec::new());
        for (place, order) in orders {
            let id = order.instance.as_str();
            match instances.get(id) {
                None => outcomes.push((place, Err(stale(say::gone(id))))),
                Some(instance) => match &instance.instance_state {
                    InstanceState::Running
                        if instance.latest_operation_state != OperationState::Operating =>
                    {
                        outcomes.push((place, Ok(already(say::runs_already()))));
                    }
                    InstanceState::Stopped => stopped.push((place, id.to_owned())),
                    InstanceState::Running
                    | InstanceState::Starting
                    | InstanceState::Pending
                    | InstanceState::Rebooting
                    | InstanceState::EnterLiveMigrate
                    | InstanceState::LiveMigrate
                    | InstanceState::ExitLiveMigrate => waited.push((place, id.to_owned())),
                    InstanceState::Stopping
                    | InstanceState::LaunchFailed
                    | InstanceState::Shutdown
                    | InstanceState::Terminating
                    | InstanceState::EnterRescueMode
                    | InstanceState::RescueMode
                    | InstanceState::ExitRescueMode
                    | InstanceState::Other(_)
                    | InstanceState::Unsaid => {
                        outcomes.push((
                            place,
                            Err(stale(moved::is_in_state(id, instance.instance_state.word()))),
                        ));
                    }
                },
            }
        }
        let ids = stopped.iter().map(|(_, id)| id.clone()).collect();
        let sent = self.in_batches(ids, |instance_ids| StartInstances { instance_ids }).await;
        self.until_running(
            stopped.into_iter().chain(waited).collect(),
            sent,
            &instances,
            &mut outcomes,
        )
        .await;
        outcomes
    }

    /// Reboots instances that run.
    pub(super) async fn reboot(&self, orders: Vec<Placed<'_>>) -> Outcomes {
        let instances = match self.look_at(&orders).await {
            Ok(instances) => instances,
            Err(error) => {
                return orders.iter().map(|(place, _)| (*place, Err(error.clone()))).collect();
            }
        };
        let mut outcomes = Outcomes::new();
        let mut running = Vec::new();
        for (place, order) in orders {
            let id = order.instance.as_str();
            match instances.get(id) {
                Some(instance) if instance.instance_state == InstanceState::Running => {
                    running.push((place, id.to_owned()));
                }
                Some(instance) => {
                    outcomes.push((
                        place,
                        Err(stale(moved::is_in_state(id, instance.instance_state.word()))),
                    ));
                }
                None => outcomes.push((place, Err(stale(say::gone(id))))),
            }
        }
        let ids = running.iter().map(|(_, id)| id.clone()).collect();
        let sent = self
            .in_batches(ids, |instance_ids| RebootInstances { instance_ids, stop_type: STOP_TYPE })
            .await;
        self.until_running(running, sent, &instances, &mut outcomes).await;
        outcomes
    }

    /// Sends a write for many instances, a hundred at a time.
    async fn in_batches<A: crate::tencent::client::Action>(
        &self,
        ids: Vec<String>,
        request: impl Fn(Vec<String>) -> A + Sync + Copy,
    ) -> Sent<A::Reply> {
        let sent: Vec<Sent<A::Reply>> = stream::iter(ids.chunks(BATCH).map(<[String]>::to_vec))
            .map(|batch| halving(self.client, batch, request, self.stop))
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await;
        let mut whole = Sent { taken: Vec::new(), refused: Vec::new() };
        for part in sent {
            whole.taken.extend(part.taken);
            whole.refused.extend(part.refused);
        }
        whole
    }

    /// Waits until instances run, with the operation that was asked for behind them.
    async fn until_running(
        &self,
        placed: Vec<(usize, String)>,
        sent: Sent<Acknowledged>,
        before: &HashMap<String, Instance>,
        outcomes: &mut Outcomes,
    ) {
        let refused: HashMap<String, CloudError> = sent.refused.into_iter().collect();
        let mut requests = HashMap::new();
        for (members, answer) in sent.taken {
            let request = answer.map(|answer| answer.request_id);
            requests.extend(members.into_iter().map(|member| (member, request.clone())));
        }
        let (lost, awaited): (Vec<_>, Vec<_>) =
            placed.into_iter().partition(|(_, id)| refused.contains_key(id));
        outcomes.extend(
            lost.into_iter()
                .filter_map(|(place, id)| Some((place, Err(refused.get(&id)?.clone())))),
        );

        let watch = Running {
            client: self.client,
            stop: self.stop,
            requests,
            before,
            since: Instant::now(),
        };
        let ids = awaited.iter().map(|(_, id)| id.clone()).collect();
        let places: HashMap<String, usize> =
            awaited.into_iter().map(|(place, id)| (id, place)).collect();
        for (place, outcome) in outcomes.drain(..) {
            self.tell(place, outcome);
        }
        settle_each(&watch, ids, BOOT, self.stop, |id, result| {
            if let Some(place) = places.get(&id) {
                self.tell(*place, result.map(done));
            }
        })
        .await;
    }

    async fn look_at(
        &self,
        orders: &[Placed<'_>],
    ) -> Result<HashMap<String, Instance>, CloudError> {
        let ids = orders.iter().map(|(_, order)| order.instance.as_str().to_owned()).collect();
        Ok(instances(self.client, ids, self.stop).await?)
    }
}

/// Instances by id; those that do not exist are left out.
pub(super) async fn instances(
    client: &Client,
    mut ids: Vec<String>,
    stop: &tokio_util::sync::CancellationToken,
) -> Result<HashMap<String, Instance>, CallError> {
    ids.sort_unstable();
    ids.dedup();
    let pages: Vec<Vec<Instance>> = stream::iter(ids.chunks(BATCH).map(<[String]>::to_vec))
        .map(|instance_ids| async move {
            let request =
                DescribeInstances { instance_ids, limit: BATCH, ..DescribeInstances::default() };
            Ok::<_, CallError>(client.call(&request, stop).await?.fields.instance_set.0)
        })
        .buffer_unordered(SIDE_BY_SIDE)
        .try_collect()
        .await?;
    Ok(pages
        .into_iter()
        .flatten()
        .map(|instance| (instance.instance_id.as_str().to_owned(), instance))
        .collect())
}

/// Waits for instances to run.
struct Running<'a> {
    client: &'a Client,
    stop: &'a tokio_util::sync::CancellationToken,
    /// The request that asked for it; none where that is not known, or where somebody else asked.
    requests: HashMap<String, Option<Box<str>>>,
    before: &'a HashMap<String, Instance>,
    since: Instant,
}

impl Watch for Running<'_> {
    fn what(&self, key: &str) -> Said {
        moved::to_run(key)
    }

    fn look(&self, keys: Vec<String>) -> BoxFuture<'_, Result<HashMap<String, Look>, CallError>> {
        async move {
            let seen = instances(self.client, keys, self.stop).await?;
            Ok(seen
                .into_iter()
                .map(|(id, instance)| {
                    let look = self.judge(&id, &instance);
                    (id, look)
                })
                .collect())
        }
        .boxed()
    }
}

impl Running<'_> {
    /// A state does not flip at once: a reboot is over when its own operation is, or, where that never shows up,
    /// when the instance runs and nothing is under way.
    fn judge(&self, id: &str, instance: &Instance) -> Look {
        let running = instance.instance_state == InstanceState::Running;
        let request = self.requests.get(id).and_then(Option::as_deref);
        let ours = request.is_some() && instance.latest_operation_request_id.given() == request;
        if ours && instance.latest_operation_state == OperationState::Failed {
            return Look::Failed(CloudError::Refused {
                action: instance.latest_operation.as_str().to_owned(),
                code: "FAILED".to_owned(),
                message: instance.latest_operation_error_msg.as_str().to_owned(),
                advice: say::vendor_failed(),
                request_id: request.unwrap_or_default().to_owned(),
                retry: rdpctl_contract::cloud::Retry::OnChange,
            });
        }
        let quiet = instance.latest_operation_state != OperationState::Operating;
        let was_running = self
            .before
            .get(id)
            .is_some_and(|before| before.instance_state == InstanceState::Running);
        // That something runs which was stopped before is proof enough.
        let proved = ours || !was_running || self.since.elapsed() >= SHOWS_UP;
        if running && quiet && proved {
            return Look::Settled(match request {
                Some(request) => say::running_by(request.to_string()),
                None => Said::quoted("RUNNING"),
            });
        }
        Look::NotYet(moved::state_and_operation(
            instance.instance_state.word(),
            instance.latest_operation_state.word(),
        ))
    }
}

//! What a vendor quotes for what a step would buy.

use std::time::Duration;

use rdpctl_contract::CloudOrder;
use rdpctl_model::Plan;
use rdpctl_model::action::{Binds, Deed};
use rdpctl_model::plan::{PlannedStep, Price, Sighted};
use tokio_util::sync::CancellationToken;

use crate::outside::Hands;

/// A price is worth waiting for so long; without it the question is asked all the same.
const WITHIN: Duration = Duration::from_secs(10);

/// The price of a step for the first machine that it is for, if its vendor quotes one in time.
pub async fn price(
    hands: &Hands,
    plan: &Plan,
    planned: &PlannedStep,
    stop: &CancellationToken,
) -> Sighted<Price> {
    let asked = tokio::time::timeout(WITHIN, ask(hands, plan, planned, stop)).await;
    asked.ok().flatten().map_or(Sighted::NotSeen, Sighted::Seen)
}

async fn ask(
    hands: &Hands,
    plan: &Plan,
    planned: &PlannedStep,
    stop: &CancellationToken,
) -> Option<Price> {
    let group = plan.groups.get(planned.group)?;
    let cloud = hands.clouds.get(&group.provider)?;
    let member = group.members.first()?;
    let unbound = Binds::default();
    let binds = member.binds.as_deref().unwrap_or(&unbound);
    let Deed::Cloud(actions) = planned.step.deed(binds).ok()? else { return None };
    let order = CloudOrder {
        instance: member.id.clone(),
        action: actions.into_iter().next()?,
        handles: member.handles.as_deref().cloned().unwrap_or_default(),
        token: String::new(),
        created: Vec::new(),
    };
    match cloud.price(&order, stop).await {
        Ok(price) => price,
        Err(error) => {
            tracing::debug!(%error, "no price quoted");
            None
        }
    }
}

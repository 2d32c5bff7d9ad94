//! What the vendors quote for what a plan would buy, so that whoever is asked for leave sees a price.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use rdpctl_contract::CloudOrder;
use rdpctl_model::Plan;
use rdpctl_model::action::{Binds, Deed};
use rdpctl_model::plan::{PlannedStep, Price, Quote, Sighted};

use super::Reconcile;

/// A price is worth waiting for so long; without it the question is asked all the same.
const WITHIN: Duration = Duration::from_secs(10);

/// What was quoted so far, so that answers to guards ask no vendor again.
#[derive(Default)]
pub(super) struct Quoted(HashMap<&'static str, Sighted<Price>>);

impl Reconcile<'_> {
    /// Asks for the price of one of each thing that the plan would buy.
    pub(super) async fn quote(&self, plan: &mut Plan, quoted: &mut Quoted) {
        let mut quotes = BTreeMap::new();
        for planned in &plan.steps {
            let Some(what) = rdpctl_plan::charged_as(planned) else { continue };
            if quotes.contains_key(what) {
                continue;
            }
            if !quoted.0.contains_key(what) {
                let price = tokio::time::timeout(WITHIN, self.price(plan, planned)).await;
                let price = price.ok().flatten().map_or(Sighted::NotSeen, Sighted::Seen);
                quoted.0.insert(what, price);
            }
            quotes.insert(what, quoted.0.get(what).cloned().unwrap_or(Sighted::NotSeen));
        }
        plan.budget.quotes = quotes
            .into_iter()
            .map(|(what, price)| Quote { what: what.to_owned(), price })
            .collect();
    }

    /// The price of a step for the first machine that it is for, if its vendor quotes one.
    async fn price(&self, plan: &Plan, planned: &PlannedStep) -> Option<Price> {
        let group = plan.groups.get(planned.group)?;
        let cloud = self.hands.clouds.get(&group.provider)?;
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
        match cloud.price(&order, &self.stops.gently).await {
            Ok(price) => price,
            Err(error) => {
                tracing::debug!(%error, "no price quoted");
                None
            }
        }
    }
}

//! What the vendors quote for what a plan would buy, so that whoever is asked for leave sees a price.

use std::collections::{BTreeMap, HashMap};

use rdpctl_model::Plan;
use rdpctl_model::plan::{Price, Quote, Sighted};

use super::Reconcile;
use crate::price::price;

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
                let said = price(self.hands, plan, planned, &self.stops.gently).await;
                quoted.0.insert(what, said);
            }
            quotes.insert(what, quoted.0.get(what).cloned().unwrap_or(Sighted::NotSeen));
        }
        plan.budget.quotes = quotes
            .into_iter()
            .map(|(what, price)| Quote { what: what.to_owned(), price })
            .collect();
        crate::repairs::quote(plan, self.hands, &self.stops.gently).await;
    }
}

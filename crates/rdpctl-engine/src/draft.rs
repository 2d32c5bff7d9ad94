//! From what is known to a plan: the one place where assessments, guards, age and tariffs meet.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rdpctl_model::Plan;
use rdpctl_model::facts::Facts;
use rdpctl_model::plan::UnseenFleet;
use rdpctl_model::step::Guarded;
use rdpctl_model::tariff::Tariffs;

use crate::assess::{Filter, Pattern, assess};
use crate::basis::basis;
use crate::estate::Estate;
use crate::log_on::{LogOns, propose};
use crate::meant::{self, NobodyMeant};
use crate::outside::SecondWays;

/// What is known once somebody has looked, or is remembered.
#[derive(Debug)]
pub struct View {
    /// What is known, and how it is known.
    pub facts: Facts,
    /// Fleets of which not even the members are known; none where nobody looked.
    pub unseen: Option<Vec<UnseenFleet>>,
}

/// For whom and when a plan is made.
#[derive(Clone, Copy, Debug)]
pub struct Draft<'a> {
    /// What is declared.
    pub estate: &'a Estate,
    /// Which part of it is meant.
    pub scope: &'a Filter,
    /// Guards that somebody allowed.
    pub allowed: &'a BTreeSet<Guarded>,
    /// What asking and acting costs.
    pub tariffs: &'a Tariffs,
    /// How disks are repaired to which no link is given; none where nobody would be sent there.
    pub second: Option<&'a dyn SecondWays>,
    /// Log-ons that were tried; none where nobody may be told to log on.
    pub tried: Option<&'a LogOns>,
    /// Whose log-on may be tried again, whatever came of the last.
    pub again: &'a [Pattern],
    /// Now.
    pub now: Timestamp,
}

impl Draft<'_> {
    /// The plan that brings about what is declared.
    pub fn plan(&self, view: &View) -> Result<Plan, NobodyMeant> {
        let unseen = view.unseen.as_deref();
        let scope = &self.scope.by_id(self.estate, &view.facts);
        meant::known(self.estate, &view.facts, scope, unseen)?;
        let mut assessed = assess(self.estate, &view.facts, scope, self.now);
        if let Some(tried) = self.tried {
            assessed = propose(self.estate, assessed, tried, self.again, self.now);
        }
        if !scope.only.is_empty() && assessed.iter().all(|one| one.members.is_empty()) {
            return Err(meant::nobody_left(self.estate, &view.facts));
        }
        let mut plan = rdpctl_plan::plan(rdpctl_plan::Request {
            survey: rdpctl_plan::digest(&assessed),
            assessed,
            guards: &self.estate.guards,
            allowed: self.allowed,
            now: self.now,
            declaration: self.estate.digest.clone(),
            basis: basis(self.estate, &view.facts, scope, unseen, self.now),
            tariffs: self.tariffs,
        });
        let steps = u32::try_from(plan.steps.len()).unwrap_or(u32::MAX);
        plan.repairs = self.repairs(&view.facts, scope, steps);
        Ok(plan)
    }
}

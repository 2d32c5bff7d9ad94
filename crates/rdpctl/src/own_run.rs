//! Runs that are no engine's: what they do is no plan's, and stands in the state's journal like every other.

use std::io::IsTerminal as _;
use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_engine::lease::Permit;
use rdpctl_engine::run::Stops;
use rdpctl_model::RunId;
use rdpctl_model::declaration::GuardAnswer;
use rdpctl_model::outcome::{Allowed, Means, Purpose, RunRecord};
use rdpctl_model::plan::{Basis, Budget, PLAN_FORMAT, Plan};
use rdpctl_model::repair::PlannedRepair;
use rdpctl_model::step::Guarded;

use crate::approve::Asks;
use crate::asked::whoami;
use crate::error::CliError;
use crate::out;
use crate::session::Session;

/// A run's name: later ones are greater, and its beginning is enough to know it by.
pub(crate) fn name() -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("{:012x}{}", Timestamp::now().as_millisecond(), &random[12..])
}

/// What somebody wants to do by a run of its own, and how he may be asked.
pub(crate) struct Wanted<'a> {
    /// Which guards have a say.
    pub(crate) guards: &'a [Guarded],
    /// What the command's own words allow.
    pub(crate) allowed: &'a [Guarded],
    pub(crate) asks: Asks,
    /// How the line begins on which one answers.
    pub(crate) prompt: &'static str,
}

/// Whether all guards let it be done. Says who allowed it, where one asked; Ctrl-C leaves the question.
pub(crate) async fn may(
    session: &Session,
    wanted: Wanted<'_>,
    stops: &Stops,
) -> Result<Option<Vec<Allowed>>, CliError> {
    let Wanted { guards, allowed, asks, prompt } = wanted;
    let mut answers = Vec::new();
    for guard in guards.iter().copied() {
        let name = guard.name();
        let means = match session.estate.guards.answer(guard) {
            GuardAnswer::Allow => continue,
            GuardAnswer::Deny => {
                out::out(&format!(
                    "  held: the guard {name} says no; `{name} = \"ask\"` in [guard] lets somebody be asked\n"
                ))?;
                return Ok(None);
            }
            GuardAnswer::Ask if allowed.contains(&guard) => Some(Means::Flag),
            GuardAnswer::Ask if asks == Asks::Terminal && std::io::stdin().is_terminal() => {
                let question = format!("Do this (guard {name})?");
                match crate::command::disk::yes_unless_stopped(prompt, &question, stops).await? {
                    Some(yes) => yes.then_some(Means::Terminal),
                    None => return Err(CliError::stopped("Stopped. Nothing was done.")),
                }
            }
            GuardAnswer::Ask => None,
        };
        if let Some(means) = means {
            answers.push(Allowed { guard, by: whoami(), means });
        } else {
            let all: Vec<&str> = guards.iter().map(|guard| guard.name()).collect();
            out::out(&format!("  held: say --allow {} (guard {name})\n", all.join(",")))?;
            return Ok(None);
        }
    }
    Ok(Some(answers))
}

/// A run that is about to begin.
pub(crate) struct Begun {
    pub(crate) id: RunId,
    pub(crate) purpose: Purpose,
    /// Who allowed it, where a guard asked.
    pub(crate) allowed: Vec<Allowed>,
    /// What it will cost.
    pub(crate) budget: Budget,
    /// The repair of a disk that it is, where it is one.
    pub(crate) repairs: Vec<PlannedRepair>,
}

/// Begins it, with a plan of no steps.
pub(crate) async fn begin(
    session: &Session,
    permit: &Arc<Permit>,
    begun: Begun,
) -> Result<(), CliError> {
    let Begun { id, purpose, allowed, budget, repairs } = begun;
    let plan = Plan {
        format: PLAN_FORMAT,
        declaration: session.estate.digest.clone(),
        survey: String::new(),
        groups: Vec::new(),
        steps: Vec::new(),
        repairs,
        instances: 1,
        healthy: 0,
        security: Vec::new(),
        budget,
        basis: Basis::default(),
    };
    let run = RunRecord {
        id,
        purpose,
        token: permit.token().clone(),
        began: session.clock.now(),
        ended: None,
        holder: whoami(),
        allowed,
        plan_digest: rdpctl_plan::canonical_digest(&plan),
        grants: None,
        stops_at: None,
        end: None,
        cost: Budget::default(),
    };
    permit.check().await?;
    Ok(session.store.begin(&run, &plan).await?)
}

//! What the loop tells, a line for each thing that happens: for people, or as JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use rdpctl_contract::store::Made;
use rdpctl_engine::lease::Waiting;
use rdpctl_model::plan::StepId;
use rdpctl_model::{Plan, Verdict};
use rdpctl_watch::Event;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::Format;
use super::page::Shown;
use super::sentences::{left_alone, mended, orphans, turned};
use super::webhook::Webhooks;
use crate::command::{apply, steer};
use crate::error::CliError;
use crate::give_back;
use crate::out::{self, safe};
use crate::remains;
use crate::report::when::line as time;
use crate::report::who::Suspect;
use crate::report::words::{self, count};
use rdpctl_words::english;

/// Who tries again to remove what is left in a guest.
const AGAIN: &str = "the loop tries again in a day";

/// Tells.
pub(super) struct Told {
    format: Format,
    /// The plan of the run that goes on, which names its steps.
    plan: Option<Plan>,
    /// The page, where there is one.
    page: Option<Arc<Shown>>,
    webhooks: Arc<Webhooks>,
}

impl Told {
    pub(super) const fn new(
        format: Format,
        page: Option<Arc<Shown>>,
        webhooks: Arc<Webhooks>,
    ) -> Self {
        Self { format, plan: None, page, webhooks }
    }

    /// Tells all that comes in. A loop that nobody can hear ends.
    pub(super) async fn all(
        mut self,
        mut inbox: mpsc::UnboundedReceiver<Event>,
        stop: CancellationToken,
    ) -> Result<(), CliError> {
        while let Some(event) = inbox.recv().await {
            let at = if let Event::Turned(turn) = &event { turn.at } else { Timestamp::now() };
            self.follow(&event);
            if let Some(page) = &self.page {
                page.hear(&event, at);
            }
            self.webhooks.hear(&event, || Some((self.object(&event, at)?, self.words(&event)?)));
            let line = match self.format {
                Format::Text => self.words(&event).map(|words| format!("{}  {words}\n", time(at))),
                Format::Json => self.object(&event, at).map(|object| format!("{object}\n")),
            };
            let Some(line) = line else { continue };
            if let Err(error) = out::out(&line) {
                stop.cancel();
                return Err(error.into());
            }
        }
        Ok(())
    }

    /// One event for people: a line, but for the reasons why a declaration cannot be read.
    fn words(&self, event: &Event) -> Option<String> {
        Some(match event {
            Event::Waiting(waiting) => safe(&apply::words(waiting)).into_owned(),
            Event::Leading => "this process leads".to_owned(),
            Event::Deposed => "this process leads no more; standing by".to_owned(),
            Event::Read { revision, sources, changed, removed } => {
                let mut text = format!("declared: {sources} instances and fleets");
                if *removed > 0 || changed < sources {
                    text.push_str(&format!(", {changed} new or changed, {removed} gone"));
                }
                if let Some(commit) = &revision.commit {
                    text.push_str(&format!(", at commit {}", commit.get(..12).unwrap_or(commit)));
                }
                if let Some(pulled) = revision.pulled {
                    text.push_str(&format!(", last fetched {}", time(pulled)));
                }
                text
            }
            Event::Unreadable { why } => format!(
                "the declaration cannot be read, and the last that could be is kept:\n{}",
                safe(why)
            ),
            Event::HeldBack { removed, of } => format!(
                "{removed} of {of} would be declared no more; the last declaration is kept. If that is meant, start with --allow-mass-removal"
            ),
            Event::Paced { provider, machines, every, of_quota } => {
                let share = of_quota.map_or_else(String::new, |share| {
                    format!(", {:.1} % of the vendor's quota", share * 100.0)
                });
                format!(
                    "{}: {}, each looked at every {}{share}",
                    safe(provider.as_str()),
                    count(*machines, "machine"),
                    words::duration(every.as_secs())
                )
            }
            Event::Ready { instances, healthy } => format!(
                "everything was looked at: {healthy} of {} as declared",
                count(*instances, "instance")
            ),
            Event::Silent { provider, error, again } => format!(
                "{} does not answer: {}. It is asked again in {}; what it hides is as old as it is",
                safe(provider.as_str()),
                safe(&english(&error.said())),
                words::duration(again.as_secs().max(1))
            ),
            Event::Answers { provider } => format!("{} answers again", safe(provider.as_str())),
            Event::Forgetful { why } => {
                format!(
                    "the state does not serve, and what is seen is not remembered: {}",
                    safe(&english(why))
                )
            }
            Event::Remembers => "the state serves again".to_owned(),
            Event::Told(order) => safe(&steer::words(order)).into_owned(),
            Event::Turned(turn) => turned(turn),
            Event::OnlyLooks { why } => {
                format!(
                    "it is declared that the loop mends, and that is not granted: {}",
                    safe(&english(&why.said()))
                )
            }
            Event::Busy { holding } => {
                format!("what there is to mend waits for {}", safe(&holding.to_string()))
            }
            Event::Run(event) => return self.step(event),
            Event::NotMended { why } => format!("a run came to nothing: {}", safe(&english(why))),
            Event::Mended { run, end, done, failed, .. } => mended(run, *end, *done, *failed),
            Event::Removed(removed) => remains::words(removed, AGAIN),
            Event::GaveBack(given) => give_back::words(given),
            Event::Orphaned { made } => orphans(made),
            Event::Asks { guards } if guards.is_empty() => "no guard asks any more".to_owned(),
            Event::Asks { guards } => {
                let asks = guards.iter().map(|(guard, instances)| {
                    format!("{} on {}", guard.name(), count(*instances, "instance"))
                });
                let asks: Vec<String> = asks.collect();
                format!("waits for a person (`rdpctl apply`): {}", asks.join(", "))
            }
            Event::InHands { instances } if instances.is_empty() => {
                "nobody is left to a person's hands any more".to_owned()
            }
            Event::InHands { instances } => format!(
                "left to a person's hands, as declared (offline.hold), and started by nobody meanwhile: {}",
                instances.iter().map(|name| safe(name.as_str())).collect::<Vec<_>>().join(", ")
            ),
            Event::Damped { instance, facet, times, by, .. } => {
                let writer = by.as_deref();
                left_alone(instance.as_str(), *facet, *times, writer)
            }
        })
    }

    /// One event as an object. The schema is `state/schemas/watch.json`.
    fn object(&self, event: &Event, at: Timestamp) -> Option<Value> {
        let mut object = match event {
            Event::Waiting(waiting) => {
                let kind = match waiting {
                    Waiting::StandingBy(_) => "standing-by",
                    Waiting::Watching(_) => "watching",
                    Waiting::TakingOver(..) => "taking-over",
                    Waiting::Unanswered(_) => "forgetful",
                };
                json!({ "event": kind, "words": apply::words(waiting) })
            }
            Event::Leading => json!({ "event": "leading" }),
            Event::Deposed => json!({ "event": "deposed" }),
            Event::Read { revision, sources, changed, removed } => json!({
                "event": "declared", "sources": sources, "changed": changed, "removed": removed,
                "commit": revision.commit, "pulled": revision.pulled,
            }),
            Event::Unreadable { why } => json!({ "event": "unreadable", "why": why }),
            Event::HeldBack { removed, of } => {
                json!({ "event": "held-back", "removed": removed, "of": of })
            }
            Event::Paced { provider, machines, every, of_quota } => json!({
                "event": "paced", "provider": provider, "machines": machines, "every-seconds": every.as_secs(),
                "of-quota": of_quota,
            }),
            Event::Ready { instances, healthy } => {
                json!({ "event": "ready", "instances": instances, "healthy": healthy })
            }
            Event::Silent { provider, error, again } => json!({
                "event": "silent", "provider": provider, "why": english(&error.said()), "advice": english(&error.advice()),
                "again-seconds": again.as_secs_f64(),
            }),
            Event::Answers { provider } => json!({ "event": "answers", "provider": provider }),
            Event::Forgetful { why } => json!({ "event": "forgetful", "why": english(why) }),
            Event::Remembers => json!({ "event": "remembers" }),
            Event::Told(order) => json!({ "event": "told", "told": steer::told(order) }),
            Event::Turned(turn) => {
                let mut object = json!({
                    "event": "turned", "instance": turn.instance, "facets": turn.facets, "from": of(turn.from.as_ref()),
                    "to": of(turn.to.as_ref()), "follows-from": turn.follows_from, "since": turn.since,
                });
                if let Some(accepted) = &turn.accepted {
                    object["accepted"] = json!(accepted);
                }
                object
            }
            Event::OnlyLooks { why } => {
                json!({ "event": "only-looks", "why": english(&why.said()) })
            }
            Event::Busy { holding } => json!({ "event": "busy", "words": holding.to_string() }),
            Event::Run(event) => self.step_object(event)?,
            Event::NotMended { why } => json!({ "event": "not-mended", "why": english(why) }),
            Event::Mended { run, end, done, failed, head } => json!({
                "event": "mended", "run": run, "end": end, "done": done, "failed": failed, "head": head,
            }),
            Event::Removed(removed) => json!({
                "event": if removed.outcome.is_ok() { "removed" } else { "not-removed" },
                "instance": removed.instance, "words": remains::words(removed, AGAIN),
            }),
            Event::GaveBack(given) => json!({
                "event": if given.outcome.is_ok() { "gave-back" } else { "not-given-back" },
                "made": [made_for(&given.made)], "words": give_back::words(given),
            }),
            Event::Asks { guards } => {
                let guards: BTreeMap<&str, usize> =
                    guards.iter().map(|(guard, instances)| (guard.name(), *instances)).collect();
                json!({ "event": "asks", "guards": guards })
            }
            Event::InHands { instances } => {
                json!({ "event": "in-hands", "names": instances })
            }
            Event::Damped { instance, facet, times, until, by } => json!({
                "event": "damped", "instance": instance, "facet": facet, "times": times, "until": until,
                "changed-by": by.as_deref().map(Suspect::of),
            }),
            Event::Orphaned { made } => json!({
                "event": "orphaned", "made": made.iter().map(made_for).collect::<Vec<_>>(),
            }),
        };
        object["format"] = json!(1);
        object["at"] = json!(at);
        Some(object)
    }

    /// Keeps what later lines need.
    fn follow(&mut self, event: &Event) {
        let Event::Run(event) = event else { return };
        match event {
            rdpctl_engine::Event::Began { plan, .. } => self.plan = Some(Plan::clone(plan)),
            rdpctl_engine::Event::Observed { steps, groups, .. } => {
                if let Some(plan) = &mut self.plan {
                    plan.steps.extend_from_slice(steps);
                    plan.groups.extend_from_slice(groups);
                }
            }
            rdpctl_engine::Event::Surveying { .. }
            | rdpctl_engine::Event::Surveyed { .. }
            | rdpctl_engine::Event::Glimpsed { .. }
            | rdpctl_engine::Event::Looked { .. }
            | rdpctl_engine::Event::PassedOver { .. }
            | rdpctl_engine::Event::Silent { .. }
            | rdpctl_engine::Event::Recovering { .. }
            | rdpctl_engine::Event::Started { .. }
            | rdpctl_engine::Event::Done { .. }
            | rdpctl_engine::Event::Failed { .. }
            | rdpctl_engine::Event::Skipped { .. }
            | rdpctl_engine::Event::Halted { .. } => {}
        }
    }

    /// What a step does, by the plan that holds it.
    fn name(&self, step: StepId) -> String {
        let planned = self.plan.as_ref().and_then(|plan| plan.step(step));
        planned.map_or_else(String::new, |planned| {
            format!("{}: {}", planned.step.facet, words::action(&planned.step.action))
        })
    }

    /// What happens in a run, as far as it is worth a line.
    fn step_object(&self, event: &rdpctl_engine::Event) -> Option<Value> {
        Some(match event {
            rdpctl_engine::Event::Recovering { run, .. } => {
                json!({ "event": "recovering", "run": run })
            }
            rdpctl_engine::Event::Began { run, .. } => json!({ "event": "began", "run": run }),
            rdpctl_engine::Event::Done { step, subject, already, .. } => json!({
                "event": "done", "name": self.name(*step), "subject": subject, "already": already,
            }),
            rdpctl_engine::Event::Failed { step, subject, why, advice, .. } => json!({
                "event": "failed", "name": self.name(*step), "subject": subject, "why": why, "advice": advice,
            }),
            rdpctl_engine::Event::Halted { why } => {
                json!({ "event": "halted", "why": english(why) })
            }
            rdpctl_engine::Event::Surveying { .. }
            | rdpctl_engine::Event::Surveyed { .. }
            | rdpctl_engine::Event::Glimpsed { .. }
            | rdpctl_engine::Event::Looked { .. }
            | rdpctl_engine::Event::PassedOver { .. }
            | rdpctl_engine::Event::Silent { .. }
            | rdpctl_engine::Event::Started { .. }
            | rdpctl_engine::Event::Skipped { .. }
            | rdpctl_engine::Event::Observed { .. } => return None,
        })
    }

    /// The same for people.
    fn step(&self, event: &rdpctl_engine::Event) -> Option<String> {
        let object = self.step_object(event)?;
        let said = |key: &str| safe(object[key].as_str().unwrap_or_default()).into_owned();
        Some(match said("event").as_str() {
            "done" => format!("{}  done  {}", said("subject"), said("name")),
            "failed" => format!("{}  FAILED  {}: {}", said("subject"), said("name"), said("why")),
            "halted" => format!("stopping: {}", said("why")),
            began => format!("run {} {began}", said("run").chars().take(8).collect::<String>()),
        })
    }
}

/// Something that rdpctl made, and for whom.
fn made_for(one: &Made) -> Value {
    json!({
        "kind": one.created.kind, "provider": one.created.provider, "id": one.created.id,
        "for": one.subject.to_string(),
    })
}

/// A verdict with its words; what is as declared is told so.
fn of(verdict: Option<&Verdict>) -> Value {
    match verdict {
        None => json!({ "verdict": "healthy" }),
        Some(verdict) => {
            let mut value = rdpctl_words::json::to_value(verdict).unwrap_or_default();
            value["words"] = json!(words::verdict(verdict));
            value
        }
    }
}

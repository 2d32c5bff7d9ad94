//! Events for machines: one object a line. The schema is `state/schemas/event.json`.

use rdpctl_engine::Event;
use rdpctl_model::StepNumber;
use serde_json::json;

use super::story::Story;
use rdpctl_words::english;

/// One event as an object. What is seen meanwhile is for whoever waits before a terminal.
pub(super) fn line(story: &Story, event: &Event) -> Option<String> {
    let value = match event {
        Event::Glimpsed { .. } | Event::Looked { .. } => return None,
        Event::Surveying { what, .. } => json!({ "event": "surveying", "what": what }),
        Event::Surveyed { instances } => json!({ "event": "surveyed", "instances": instances }),
        Event::PassedOver { channel, why, instances } => json!({
            "event": "passed-over", "channel": channel, "why": english(why), "instances": instances
        }),
        Event::Silent { provider, error } => json!({
            "event": "silent", "provider": provider, "why": english(&error.said()), "advice": english(&error.advice())
        }),
        Event::Recovering { run, began, journaled } => json!({
            "event": "recovering", "run": run, "began": began, "journaled": journaled
        }),
        Event::Began { run, .. } => json!({ "event": "began", "run": run }),
        Event::Started { step, subjects } => {
            json!({ "event": "started", "step": story.number(*step), "name": story.name(*step), "subjects": subjects })
        }
        Event::Done { step, subject, note, already } => {
            json!({ "event": "done", "step": story.number(*step), "name": story.name(*step), "subject": subject, "note": english(note), "already": already })
        }
        Event::Failed { step, also, subject, why, advice } => {
            let also: Vec<StepNumber> = also.iter().map(|step| story.number(*step)).collect();
            json!({ "event": "failed", "step": story.number(*step), "name": story.name(*step), "also": also, "subject": subject, "why": english(why), "advice": english(advice) })
        }
        Event::Skipped { step, subject, why } => {
            json!({ "event": "skipped", "step": story.number(*step), "name": story.name(*step), "subject": subject, "why": english(why) })
        }
        Event::Observed { step, steps, .. } => {
            let steps = rdpctl_words::json::to_value(steps).unwrap_or_default();
            json!({ "event": "observed", "step": story.number(*step), "steps": steps })
        }
        Event::Halted { why } => json!({ "event": "halted", "why": english(why) }),
    };
    let mut object = value;
    object["format"] = json!(1);
    Some(object.to_string())
}

//! What would be done to a disk, for people and for machines.

use rdpctl_model::step::Guarded;
use serde_json::{Value, json};

use super::{doctor_disk, words};
use crate::disk::{Fate, Judged, Work};
use crate::out::safe;

/// On a terminal: what the disk shows, then what would be done.
pub(crate) fn text(judged: &Judged, work: &Work) -> String {
    let mut text = doctor_disk::text(judged);
    if work.steps.is_empty() {
        text.push_str("\nNo changes.\n");
        return text;
    }
    text.push('\n');
    let mut number = 0;
    for step in &work.steps {
        let (mark, note) = match &step.fate {
            Fate::Edited => {
                number += 1;
                (format!("{number:4}."), String::new())
            }
            Fate::AtStart => (
                "    -".to_owned(),
                "  (nothing to do: Windows is not running, and starts afresh)".to_owned(),
            ),
            Fate::Held(guard) => {
                let guard = guard.name();
                ("    !".to_owned(), format!("  (held: say --allow {guard})"))
            }
            Fate::Refused(error) => ("    !".to_owned(), format!("  (not done: {error})")),
        };
        text.push_str(&format!("{mark} {}: {}{}\n", step.facet, safe(&step.what), safe(&note)));
    }
    match &work.change {
        Some(change) => text.push_str(&format!(
            "\nPlan: {}, {} bytes of the disk; asks for offline-repair.\n",
            words::count(number, "change"),
            change.bytes()
        )),
        None => text.push_str("\nPlan: nothing is done to this disk.\n"),
    }
    for way_out in ways_out(work) {
        text.push_str(&format!("  {way_out}\n"));
    }
    text
}

/// What else can be done, each thing once.
fn ways_out(work: &Work) -> Vec<&'static str> {
    let mut ways: Vec<&'static str> = Vec::new();
    for step in &work.steps {
        if let Fate::Refused(error) = &step.fate
            && let Some(way_out) = error.way_out()
            && !ways.contains(&way_out)
        {
            ways.push(way_out);
        }
    }
    ways
}

/// For machines: the doctor's report with the plan in it.
pub(crate) fn value(judged: &Judged, work: &Work) -> Value {
    let mut report = doctor_disk::value(judged);
    let steps = work.steps.iter().map(|step| {
        let (fate, reason) = match &step.fate {
            Fate::Edited => ("edited", None),
            Fate::AtStart => ("at-start", None),
            Fate::Held(guard) => ("held", Some(guard.name().to_owned())),
            Fate::Refused(error) => ("refused", Some(error.to_string())),
        };
        json!({ "facet": step.facet, "what": step.what, "fate": fate, "reason": reason })
    });
    report["plan"] = json!({
        "steps": steps.collect::<Vec<_>>(),
        "bytes": work.change.as_ref().map_or(0, rdpctl_disk::change::Change::bytes),
        "asks": work.change.as_ref().map(|_| Guarded::OfflineRepair),
        "ways-out": ways_out(work),
    });
    report
}

//! What would be done to a disk, for people and for machines.

use rdpctl_model::step::Guarded;
use rdpctl_term::{Ink, Mark, Page, Words, grid};
use serde_json::{Value, json};

use super::{doctor_disk, words};
use crate::disk::{Fate, Judged, Work};

/// For people: what the disk shows, then what would be done, and what that comes to.
pub(crate) fn page(judged: &Judged, work: &Work) -> Page {
    let mut page = doctor_disk::page(judged);
    page.blank();
    if work.steps.is_empty() {
        page.push(grid::label("Plan", "No changes.".into()));
        return page;
    }
    let mut number = 0;
    for step in &work.steps {
        let text = Words::new().own(format!("{}: ", step.facet)).said(&step.what);
        match &step.fate {
            Fate::Edited => {
                number += 1;
                page.push(grid::step(&number.to_string(), text));
            }
            Fate::AtStart => {
                page.push(grid::step("-", text));
                page.push(grid::beneath(
                    Mark::Nothing,
                    "nothing to do: Windows is not running, and starts afresh".into(),
                ));
            }
            Fate::Held(guard) => {
                page.push(grid::step("!", text));
                let asks = format!(": the guard `{0}` asks; say --allow {0}", guard.name());
                page.push(grid::beneath(
                    Mark::Held,
                    Words::new().ink(Ink::Caution, "held").own(asks),
                ));
            }
            Fate::Refused { why, .. } => {
                page.push(grid::step("!", text));
                let why = Words::new().own("not done: ").said(why);
                page.push(grid::beneath(Mark::Stopped, why));
            }
        }
    }
    page.blank();
    let comes_to = match work.bytes {
        0 => "nothing is done to this disk".to_owned(),
        bytes => format!(
            "{}, {bytes} bytes of the disk; asks for offline-repair",
            words::count(number, "change")
        ),
    };
    page.push(grid::label("Plan", Words::new().own(comes_to)));
    for way_out in ways_out(work) {
        page.push(grid::under_label(Words::new().said(way_out)));
    }
    page
}

/// What else can be done, each thing once.
fn ways_out(work: &Work) -> Vec<&str> {
    let mut ways: Vec<&str> = Vec::new();
    for step in &work.steps {
        if let Fate::Refused { way_out: Some(way_out), .. } = &step.fate
            && !ways.contains(&way_out.as_str())
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
            Fate::Refused { why, .. } => ("refused", Some(why.clone())),
        };
        json!({ "facet": step.facet, "what": step.what, "fate": fate, "reason": reason })
    });
    report["plan"] = json!({
        "steps": steps.collect::<Vec<_>>(),
        "bytes": work.bytes,
        "asks": (work.bytes > 0).then_some(Guarded::OfflineRepair),
        "ways-out": ways_out(work),
    });
    report
}

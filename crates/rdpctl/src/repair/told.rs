//! What is said of repairs.

use rdpctl_model::Gap;
use rdpctl_model::declaration::Instance;
use rdpctl_model::mending::{Hold, OfflineWish};
use rdpctl_model::step::Guarded;
use rdpctl_term::{Ink, Mark, Page, Words, grid};
use serde::Serialize;

use super::record::Record;
use crate::out::safe;

/// API calls of a repair whose change is small; each further 16 KB of sectors cost three more.
pub(super) const CALLS: u64 = 85;
/// Minutes for which the machine is stopped.
pub(super) const MINUTES: u64 = 12;
/// The guards that it asks.
pub(super) const GUARDS: [Guarded; 2] = [Guarded::OfflineRepair, Guarded::Spend];

/// What would be done for one machine, in its order, and what it costs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Planned {
    instance: String,
    because: String,
    steps: Vec<String>,
    held: bool,
    api_calls: u64,
    minutes_stopped: u64,
    keep_seconds: u64,
    billed: Vec<String>,
    guards: Vec<&'static str>,
}

impl Planned {
    pub(super) fn of(instance: &Instance, wish: &OfflineWish, gap: &Gap) -> Self {
        let name = instance.name.as_str();
        let keep = kept_for(wish);
        let held = wish.hold == Hold::Stop;
        let steps = [
            format!("stop {name} (deallocate)"),
            "snapshot its system disk".to_owned(),
            "make a disk of the snapshot".to_owned(),
            "read the snapshot by a short-lived link, judge it, and compute the edit here"
                .to_owned(),
            "attach the new disk to a small Linux VM without an address".to_owned(),
            "write the changed sectors there, each compared before and read back after".to_owned(),
            "detach the disk; delete the VM and its interface".to_owned(),
            format!("swap the system disk of {name}"),
            format!("start {name}"),
            "prove it from outside".to_owned(),
            format!("delete the snapshot; the former disk is kept for {keep} and then given back"),
        ];
        Self {
            instance: name.to_owned(),
            because: rdpctl_words::english(&gap.said()),
            steps: steps.into_iter().take(if held { 5 } else { usize::MAX }).collect(),
            held,
            api_calls: CALLS,
            minutes_stopped: MINUTES,
            keep_seconds: wish.keep.as_secs(),
            billed: vec![
                "one small VM (Standard_B1s or the next that there is), as long as it lasts"
                    .to_owned(),
                "a snapshot, as long as it lasts".to_owned(),
                format!("a second disk of the same kind for {keep}"),
            ],
            guards: GUARDS.map(Guarded::name).to_vec(),
        }
    }

    /// For people.
    pub(super) fn page(&self) -> Page {
        let mut page = Page::new();
        page.push(grid::plain(
            Words::new()
                .said_in(Ink::Strong, &self.instance)
                .own(": nothing in its Windows answers (")
                .said(&self.because)
                .own("). Its disk can be repaired, in this order:"),
        ));
        for (number, step) in (1..).zip(&self.steps) {
            page.push(grid::step(&number.to_string(), Words::new().said(step)));
        }
        if self.held {
            let held = "held there, as declared (hold = true), for a person's hands";
            page.push(grid::beneath(Mark::Held, held.into()));
        }
        page.push(grid::label(
            "Takes",
            Words::new().own(format!(
                "about {CALLS} API calls and {MINUTES} minutes in which it is stopped"
            )),
        ));
        let prices = "billed, at prices that the vendor does not quote here:";
        page.push(grid::label("Cost", prices.into()));
        for thing in &self.billed {
            page.push(grid::under_label(Words::new().said(thing)));
        }
        page.push(grid::label(
            "Guards",
            Words::new().own(format!(
                "{}. No drive letter and no log-on to the helping VM are needed: the disk is edited by its sectors.",
                self.guards.join(", ")
            )),
        ));
        page
    }
}

fn kept_for(wish: &OfflineWish) -> String {
    let hours = wish.keep.as_secs() / 3600;
    if hours.is_multiple_of(24) { format!("{} days", hours / 24) } else { format!("{hours} hours") }
}

/// What a former run left.
pub(super) fn left(record: &Record) -> String {
    let (run, name) = (safe(&record.run).into_owned(), safe(record.instance.as_str()).into_owned());
    format!(
        "\n{name}: run {run} has its disk in hand (copy {}, VM {}); the next `rdpctl apply` goes on with it or puts it back\n",
        safe(&record.copy.id.short()),
        safe(&record.helper.id.short())
    )
}

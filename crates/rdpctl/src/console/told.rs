//! What is said of consoles.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rdpctl_model::{InstanceName, StepNumber};
use rdpctl_providers::channel::serial::{Anew, Heard};
use rdpctl_term::{Ink, Page, Words, grid};
use serde_json::{Value, json};

use super::order::{number, of_number};
use super::written::Left;

/// By how much clocks may differ before log-ons fail for it: what Kerberos allows.
const SKEW: SignedDuration = SignedDuration::from_mins(5);

/// What a number in the journal stands for.
pub(crate) fn words_of_order(step: &StepNumber) -> Option<&'static str> {
    of_number(step).map(|how| match how {
        Anew::Restart => "restart Windows from its console",
        Anew::Interrupt => "interrupt Windows, so that it writes a dump and starts anew",
    })
}

/// How far its clock is ahead of ours; nothing where it told none.
fn ahead(heard: &Heard, now: Timestamp) -> Option<SignedDuration> {
    let there = heard.clock?.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    Some(there.duration_since(now))
}

/// Who answers, since when, and by which clock.
pub(crate) fn seen(name: &InstanceName, heard: &Heard, now: Timestamp) -> Page {
    let mut page = Page::new();
    let mut first = Words::new()
        .said_in(Ink::Strong, name.as_str())
        .own(": its console answers. It says that it is ")
        .said(&heard.name)
        .own(", up for ")
        .own(span(heard.up))
        .own(".");
    if let Some(ahead) = ahead(heard, now) {
        let off = Duration::try_from(ahead.abs()).unwrap_or_default();
        first = if ahead.abs() <= SKEW {
            first.own(" Its clock agrees with the one here.")
        } else {
            let way = if ahead.is_negative() { "behind" } else { "ahead" };
            first.own(format!(
                " Its clock is {} {way} of the one here: log-ons and certificates may fail for it.",
                span(off)
            ))
        };
    }
    page.push(grid::plain(first));
    page
}

/// The same for programs.
pub(crate) fn seen_json(name: &InstanceName, heard: &Heard, now: Timestamp) -> Value {
    json!({
        "instance": name,
        "name": heard.name,
        "up-seconds": heard.up.as_secs(),
        "clock": heard.clock.map(|clock| format!("{clock}Z")),
        "clock-ahead-seconds": ahead(heard, now).map(|ahead| ahead.as_secs()),
    })
}

pub(super) fn anew(name: &InstanceName, how: Anew, heard: &Heard) -> Page {
    let by = match how {
        Anew::Restart => "restarted from its console",
        Anew::Interrupt => "interrupted",
    };
    let mut page = Page::new();
    page.push(grid::plain(
        Words::new()
            .said_in(Ink::Strong, name.as_str())
            .own(format!(": {by}; it says that it started anew {} ago.", span(heard.up))),
    ));
    page
}

pub(super) fn cut_off(name: &InstanceName, left: &Left, anew: bool) -> Page {
    let what = words_of_order(&number(left.how)).unwrap_or_default();
    let came = if anew {
        "it started anew since then: that is done"
    } else {
        "it did not start anew since then"
    };
    let mut page = Page::new();
    page.push(grid::plain(
        Words::new()
            .said_in(Ink::Strong, name.as_str())
            .own(": run ")
            .said(left.run.as_str())
            .own(format!(" was cut off while it was to {what}; {came}.")),
    ));
    page
}

fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

//! Repairs of disks in a plan: their stages with their numbers, and one price for the whole of each.

use std::fmt::Write as _;

use rdpctl_model::StepNumber;
use rdpctl_model::mending::Hold;
use rdpctl_model::plan::{Budget, Plan, Sighted};
use rdpctl_model::repair::{AtOnce, PlannedRepair, RepairStage, RepairStep};
use rdpctl_term::{Ink, Mark, Page, Words, grid};
use rdpctl_words::english;

use super::price::{amount_of, plain};
use super::words::count;

/// So many are told whole: those of a fleet are alike.
const WHOLE: usize = 3;
/// So many more are named.
const NAMED: usize = 20;

/// Adds them to a plan.
pub(crate) fn all(page: &mut Page, plan: &Plan) {
    for repair in plan.repairs.iter().take(WHOLE) {
        page.blank();
        one(page, repair);
    }
    let more = plan.repairs.get(WHOLE..).unwrap_or_default();
    if more.is_empty() {
        return;
    }
    page.blank();
    for repair in more.iter().take(NAMED) {
        page.push(grid::plain(
            Words::new()
                .said_in(Ink::Strong, repair.instance.as_str())
                .own(format!(": its disk can be repaired, too{}. Cost: ", steps_of(repair)))
                .said(&cost(&repair.budget))
                .own("."),
        ));
    }
    let rest = more.len().saturating_sub(NAMED);
    if rest > 0 {
        let text = format!(
            "and {} more; rdpctl plan --format json has them all",
            count(rest, "repair of a disk")
        );
        page.push(grid::plain(Words::new().own(text)));
    }
}

/// From which number to which, as it stands behind a sentence.
fn steps_of(repair: &PlannedRepair) -> String {
    let ends = repair.steps.first().zip(repair.steps.last());
    ends.map_or_else(String::new, |(first, last)| {
        format!(" (steps {} to {})", first.number, last.number)
    })
}

fn one(page: &mut Page, repair: &PlannedRepair) {
    page.push(grid::plain(
        Words::new()
            .said_in(Ink::Strong, repair.instance.as_str())
            .own(": nothing in its Windows answers (")
            .said(&english(&repair.because.said()))
            .own("). Its disk can be repaired, in this order:"),
    ));
    for step in &repair.steps {
        let what = english(&repair.says(step));
        page.push(grid::step(&step.number.to_string(), Words::new().said(&what)));
    }
    if repair.hold == Hold::Stop {
        let held = "held there, as declared (hold = true), for a person's hands";
        page.push(grid::beneath(Mark::Held, held.into()));
    }
    page.push(grid::label("Takes", Words::new().own(takes(repair))));
    if let Some(second) = second(repair) {
        page.push(grid::under_label(Words::new().own(second)));
    }
    page.push(grid::label("Cost", Words::new().said(&cost(&repair.budget))));
    page.push(grid::under_label(Words::new().own(billed(repair))));
    page.push(grid::label(
        "Guards",
        Words::new().own(format!(
            "{}. No drive letter and no log-on to the helping VM are needed: the disk is edited by its sectors.",
            guards(repair)
        )),
    ));
}

/// What is asked before one is done.
pub(crate) fn question(repair: &PlannedRepair) -> Page {
    let mut page = Page::new();
    let steps = steps_of(repair);
    page.push(grid::plain(
        Words::new()
            .said_in(Ink::Strong, repair.instance.as_str())
            .own(format!(": repair its disk{steps}. Takes {}.", takes(repair))),
    ));
    if let Some(second) = second(repair) {
        page.push(grid::under_label(Words::new().own(second)));
    }
    page.push(grid::label("Cost", Words::new().said(&cost(&repair.budget))));
    page
}

const MISSING: &str = "no rdpctl-rescue of this version lies beside rdpctl";

/// What is added where no link is given, which is not always known before one is asked for.
fn second(repair: &PlannedRepair) -> Option<String> {
    let way = repair.second.as_ref()?;
    let sent = |sum: &str| {
        format!(
            "rdpctl-rescue (SHA-256 {sum}) is sent to the helping VM and reads and writes there"
        )
    };
    Some(match (&way.at_once, &way.sha256) {
        (Some(at_once), Some(sum)) => format!(
            "{}: {}, by {} scripts, which is counted in",
            no_link(repair, at_once),
            sent(sum),
            way.scripts
        ),
        (Some(at_once), None) => {
            format!("{}: nothing is begun, for {MISSING}", no_link(repair, at_once))
        }
        (None, Some(sum)) => format!(
            "where a policy forbids links to disks, {}: about {} API calls and {} more; {}",
            sent(sum),
            way.api_calls,
            minutes(way.seconds),
            match &way.price {
                Sighted::Seen(price) => format!("{} in all", plain(price)),
                Sighted::NotSeen => "what that costs is not quoted".to_owned(),
            }
        ),
        (None, None) => {
            format!("where a policy forbids links to disks, everything is put back: {MISSING}")
        }
    })
}

/// That a repair looks by its second way where no look without a machine is to be had, and what that takes.
pub(crate) fn instead_of_a_look(repair: &PlannedRepair, by_hand: &str) -> String {
    let missing = match repair.second.as_ref().and_then(|second| second.sha256.as_ref()) {
        Some(_) => "",
        None => "once the rdpctl-rescue of this release lies beside rdpctl, ",
    };
    format!(
        "without a link there is no look without a machine; {missing}`rdpctl apply` with `offline` declared (guards {}) looks by the second way, in the machine that helps, and mends there: {}; {}; by hand: {by_hand}",
        guards(repair),
        takes(repair),
        cost(&repair.budget)
    )
}

/// Why no link is asked for, and since when that is known.
fn no_link(repair: &PlannedRepair, at_once: &AtOnce) -> String {
    let why = english(&at_once.why.said());
    match at_once.asked {
        None => format!("no link to its disk is given ({why})"),
        Some(asked) => {
            let day = asked.strftime("%F");
            format!(
                "no link to a disk was given in this group on {day} ({why}; `rdpctl doctor {} --look-into-disk` asks again)",
                repair.instance
            )
        }
    }
}

/// Calls and minutes.
fn takes(repair: &PlannedRepair) -> String {
    let stopped = match repair.hold {
        Hold::GoOn => {
            format!("{} in which nobody can use it", minutes(repair.stopped_seconds))
        }
        Hold::Stop => {
            format!("{} until it is held, and it stays stopped", minutes(repair.stopped_seconds))
        }
    };
    format!(
        "about {} API calls and {stopped}, for a change of up to 16 KB; each 16 KB more takes 4 calls and half a minute",
        repair.budget.api_calls
    )
}

fn minutes(seconds: u64) -> String {
    count(usize::try_from(seconds.div_ceil(60)).unwrap_or(usize::MAX), "minute")
}

/// One price for the whole.
pub(crate) fn cost(budget: &Budget) -> String {
    match amount_of(budget, PlannedRepair::BILLED) {
        Some(price) => format!("{price} in all, by the vendor's list of retail prices"),
        None => "not quoted".to_owned(),
    }
}

fn billed(repair: &PlannedRepair) -> String {
    format!(
        "for a snapshot and a small VM (Standard_B1s or the next that there is) as long as it lasts, and a second disk of the same kind for {}",
        kept_for(repair.keep_seconds)
    )
}

fn kept_for(seconds: u64) -> String {
    let hours = usize::try_from(seconds / 3600).unwrap_or(usize::MAX);
    if hours.is_multiple_of(24) { count(hours / 24, "day") } else { count(hours, "hour") }
}

fn guards(repair: &PlannedRepair) -> String {
    repair.guards.iter().map(|guard| guard.name()).collect::<Vec<_>>().join(", ")
}

/// The same for a pull request, within so many bytes.
pub(crate) fn markdown(plan: &Plan, most: usize, escape: fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut untold = 0;
    for repair in &plan.repairs {
        let one = markdown_of(repair, escape);
        if untold > 0 || text.len() + one.len() + 200 > most {
            untold += 1;
        } else {
            text.push_str(&one);
        }
    }
    if untold > 0 {
        let _ = writeln!(
            text,
            "\n_and {untold} more repairs of disks; `rdpctl plan --format json` has them all._"
        );
    }
    text
}

fn markdown_of(repair: &PlannedRepair, escape: fn(&str) -> String) -> String {
    let mut text = format!(
        "\n#### Repair of the disk of {}\n\nNothing in its Windows answers ({}).\n\n",
        escape(repair.instance.as_str()),
        escape(&english(&repair.because.said()))
    );
    for step in &repair.steps {
        let _ = writeln!(text, "{}. {}", step.number, escape(&english(&repair.says(step))));
    }
    let _ = writeln!(
        text,
        "\nTakes {}{}. Cost: {}, {}. Guards: {}.",
        escape(&takes(repair)),
        second(repair).map_or_else(String::new, |second| format!("; {}", escape(&second))),
        escape(&cost(&repair.budget)),
        escape(&billed(repair)),
        escape(&guards(repair))
    );
    text
}

/// A step as a graph names it.
pub(crate) fn node(step: &RepairStep) -> (String, String) {
    (format!("{}. disk", step.number), english(&step.what))
}

/// What a number in the journal of a repair stands for. That everything is put back stands in no plan.
pub(crate) fn what(plan: &Plan, number: &StepNumber) -> Option<String> {
    let mut steps = plan.repairs.iter().flat_map(|repair| &repair.steps);
    if let Some(step) = steps.find(|step| step.number == *number) {
        return Some(english(&step.what));
    }
    let is_back = *number == StepNumber::first_level(RepairStage::PutBack.place());
    is_back.then(|| "put everything back as it was".to_owned())
}

/// What a run paid for repairs, where it did one.
pub(crate) fn bill(spent: &Budget) -> Option<String> {
    spent.money.contains_key(PlannedRepair::BILLED).then(|| cost(spent))
}

//! What a key needs, as a page by what it is for: what equals SYSTEM is said, and where it can be given more narrowly.

use std::collections::BTreeSet;

use rdpctl_model::ProviderName;
use rdpctl_providers::azure::AzureCloud;
use rdpctl_term::{Ink, Page, Words, grid};

use super::policy::{command, condition, resource};
use super::{Guests, Needed, Purpose};
use crate::report::words::count;

/// Where fields stand, and the longest of their names.
const AT: usize = 2;
const LONGEST: usize = "look inside".len();

/// A provider's needs.
pub(super) fn of(name: &ProviderName, needed: &Needed, purpose: Purpose) -> Page {
    let mut page = Page::new();
    page.push(grid::plain(first(name, needed, purpose)));
    page.blank();
    list(&mut page, "look", &needed.reads);
    if !needed.by_command.is_empty() {
        list(&mut page, "look inside", &needed.by_command);
        more(
            &mut page,
            "whoever holds it can look into these guests by these commands, and run nothing else there; give it for these alone:",
        );
        for id in &needed.commands {
            whole(&mut page, &command(&needed.region, id));
        }
        guests(&mut page, needed);
    }
    if !needed.as_system.is_empty() {
        list(&mut page, "as SYSTEM", &needed.as_system);
        more(
            &mut page,
            "whoever holds it is SYSTEM in every guest that it reaches, and can run anything there; give it for these alone:",
        );
        if needed.subscription.is_none() {
            whole(&mut page, &command(&needed.region, "*"));
        }
        guests(&mut page, needed);
        if needed.by_command.is_empty() {
            more(&mut page, narrower(needed));
        }
    }
    list(&mut page, "change", &needed.changes);
    if needed.subscription.is_some() {
        apart(
            &mut page,
            "a disk",
            &AzureCloud::look_permissions(),
            "besides, for `doctor --look-into-disk`, which reads a copy of a whole disk by a short-lived link",
        );
        apart(
            &mut page,
            "the screen",
            &AzureCloud::screen_permissions(),
            "besides, for `doctor`, which links the last picture of a screen whose Windows does not answer",
        );
        apart(
            &mut page,
            "console",
            &AzureCloud::console_permissions(),
            "besides, for `console` and for `via = [\"serial\"]`; whoever may connect may restart Windows there without a log-on, and send the interrupt of `console --nmi` (guard nmi), for which there is no narrower right",
        );
        apart(
            &mut page,
            "repair",
            &AzureCloud::repair_permissions(),
            "besides that, for `offline`, which repairs a disk and puts it into its place",
        );
    }
    page
}

/// How many actions it needs, and for what.
fn first(name: &ProviderName, needed: &Needed, purpose: Purpose) -> Words {
    let vendor = match needed.subscription {
        Some(_) => "Azure",
        None => "Tencent Cloud",
    };
    let looking = needed.reads.len() + needed.by_command.len() + needed.as_system.len();
    let (command, text) = match purpose {
        Purpose::Plan => ("plan", String::new()),
        Purpose::Drift => ("drift", String::new()),
        Purpose::Apply => ("plan", format!(", apply {} more", needed.changes.len())),
    };
    Words::new()
        .ink(Ink::Strong, vendor)
        .own(", ")
        .said_in(Ink::Strong, name.as_str())
        .own(format!(": {command} needs {}{text}.", count(looking, "action")))
}

/// Actions, one after another.
fn list(page: &mut Page, label: &'static str, actions: &BTreeSet<String>) {
    if !actions.is_empty() {
        let all: Vec<&str> = actions.iter().map(String::as_str).collect();
        page.push(grid::field(AT, label, LONGEST, Words::new().said(&all.join(", "))));
    }
}

/// What is asked for on its own, and given apart.
fn apart(page: &mut Page, label: &'static str, actions: &[String], what: &'static str) {
    page.push(grid::field(AT, label, LONGEST, Words::new().said(&actions.join(", "))));
    more(page, what);
}

fn more(page: &mut Page, text: impl Into<String>) {
    page.push(grid::field(AT, "", LONGEST, Words::new().said_in(Ink::Faint, &text.into())));
}

/// A resource, to be copied.
fn whole(page: &mut Page, resource: &str) {
    page.push(grid::field(AT, "", LONGEST, Words::new().said(resource)).whole());
}

/// How a key for looking can have less.
const fn narrower(needed: &Needed) -> &'static str {
    match needed.subscription {
        None => {
            "a key for looking can have less: `rdpctl permissions --register` has the vendor hold the commands for looking ready"
        }
        Some(_) => {
            "Azure knows no right to run one command alone: who may write a managed run-command writes what it runs, and who may run a command runs any; a key for looking is the right to be SYSTEM there; without it, look over WinRM"
        }
    }
}

fn guests(page: &mut Page, needed: &Needed) {
    for guests in &needed.guests {
        match (guests, &needed.subscription) {
            (Guests::One(id), _) => whole(page, &resource(&needed.region, id)),
            (Guests::Grouped(group), Some(subscription)) => {
                whole(page, &format!("/subscriptions/{subscription}/resourceGroups/{group}"));
            }
            (Guests::Tagged(tags), None) => tagged(page, &needed.region, tags),
            (Guests::Tagged(_), Some(_)) => more(
                page,
                "the subscription, or the groups that you know its machines are in: a role of Azure is not given by tag",
            ),
            (Guests::Grouped(_) | Guests::Any, None) | (Guests::Any, Some(_)) => more(
                page,
                "every guest of the account: a fleet that is picked by names cannot be told to a policy",
            ),
        }
    }
}

fn tagged(page: &mut Page, region: &str, tags: &[(String, String)]) {
    let said = |tags: &mut dyn Iterator<Item = &(String, String)>| {
        let all: Vec<String> = tags.map(|(key, value)| format!("{key}={value}")).collect();
        all.join(" and ")
    };
    let (_, left) = condition(tags);
    more(
        page,
        format!(
            "what carries {} ({}): whoever can set that there can have rdpctl's scripts run in his guest",
            said(&mut tags.iter().filter(|tag| !left.contains(tag))),
            resource(region, "*")
        ),
    );
    if !left.is_empty() {
        more(
            page,
            format!(
                "{} is left out: a policy has no room for more tags at once",
                said(&mut left.into_iter())
            ),
        );
    }
}

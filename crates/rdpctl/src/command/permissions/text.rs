//! What a key needs, for people: what equals SYSTEM is said, and where it can be given more narrowly.

use rdpctl_model::ProviderName;
use rdpctl_providers::azure::AzureCloud;

use super::policy::{command, condition, resource};
use super::{Guests, Needed};
use crate::out;

/// One action a line, and what to know of them.
pub(super) fn of(name: &ProviderName, needed: &Needed) -> String {
    let mut text = format!("# provider {}\n", out::safe(name.as_str()));
    lines(&mut text, &needed.actions);
    if !needed.by_command.is_empty() {
        text.push_str("# Whoever holds the next can look into these guests by these commands, and run nothing else there.\n# Give it for these alone:\n");
        for id in &needed.commands {
            text.push_str(&format!("#   {}\n", command(&needed.region, id)));
        }
        guests(&mut text, needed);
        lines(&mut text, &needed.by_command);
    }
    if !needed.as_system.is_empty() {
        text.push_str("# Whoever holds the next is SYSTEM in every guest that it reaches, and can run anything there.\n# Give it for these alone:\n");
        if needed.subscription.is_none() {
            text.push_str(&format!("#   {}\n", command(&needed.region, "*")));
        }
        guests(&mut text, needed);
        if needed.by_command.is_empty() {
            text.push_str(narrower(needed));
        }
        lines(&mut text, &needed.as_system);
    }
    look(&mut text, needed);
    text
}

/// How a key for looking can have less.
const fn narrower(needed: &Needed) -> &'static str {
    match needed.subscription {
        None => {
            "# A key for looking can have less: `rdpctl permissions --register` has the vendor hold the commands for looking ready.\n"
        }
        Some(_) => {
            "# Azure knows no right to run one command alone: who may write a managed run-command writes what it runs, and who may\n# run a command runs any. A key for looking is the right to be SYSTEM there; without it, look over WinRM.\n"
        }
    }
}

fn guests(text: &mut String, needed: &Needed) {
    for guests in &needed.guests {
        let line = match (guests, &needed.subscription) {
            (Guests::One(id), _) => format!("#   {}\n", resource(&needed.region, id)),
            (Guests::Grouped(group), Some(subscription)) => {
                format!("#   /subscriptions/{subscription}/resourceGroups/{}\n", out::safe(group))
            }
            (Guests::Tagged(tags), None) => tagged(&needed.region, tags),
            (Guests::Tagged(_), Some(_)) => "#   the subscription, or the groups that you know its machines are in: a role of Azure is not given by tag\n".to_owned(),
            (Guests::Grouped(_) | Guests::Any, None) | (Guests::Any, Some(_)) => "#   every guest of the account: a fleet that is picked by names cannot be told to a policy\n".to_owned(),
        };
        text.push_str(&line);
    }
}

fn tagged(region: &str, tags: &[(String, String)]) -> String {
    let said = |tags: &mut dyn Iterator<Item = &(String, String)>| {
        let all: Vec<String> =
            tags.map(|(key, value)| format!("{}={}", out::safe(key), out::safe(value))).collect();
        all.join(" and ")
    };
    let (_, left) = condition(tags);
    let mut text = format!(
        "#   what carries {} ({}): whoever can set that there can have rdpctl's scripts run in his guest\n",
        said(&mut tags.iter().filter(|tag| !left.contains(tag))),
        resource(region, "*")
    );
    if !left.is_empty() {
        text.push_str(&format!(
            "#     {} is left out: a policy has no room for more tags at once\n",
            said(&mut left.into_iter())
        ));
    }
    text
}

fn lines<'a>(text: &mut String, actions: impl IntoIterator<Item = &'a String>) {
    for action in actions {
        text.extend([action.as_str(), "\n"]);
    }
}

/// What is asked for on its own, and given apart: the link is to the whole disk.
fn look(text: &mut String, needed: &Needed) {
    if needed.subscription.is_some() {
        text.push_str("# doctor --look-into-disk needs besides, to read a copy of a whole disk by a short-lived link:\n");
        lines(text, &AzureCloud::look_permissions());
        text.push_str(
            "# `offline` needs besides that, to repair a disk and put it into its place:\n",
        );
        lines(text, &AzureCloud::repair_permissions());
    }
}

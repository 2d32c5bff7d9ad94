//! `net`: services by name or display name. The code is 0 or 2.

use super::net_reply::{done, fail, system_error};
use super::{Tool, net_people};
use crate::guest::services::{ControlError, ServiceState};
use crate::guest::text::fill;

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let Some((verb, rest)) = words.split_first() else {
        tool.line("NET [ ACCOUNTS | LOCALGROUP | START | STOP | USER ]");
        return 1;
    };
    let names: Vec<String> = rest.iter().filter(|word| !word.starts_with('/')).cloned().collect();
    match (verb.to_ascii_lowercase().as_str(), names.first()) {
        ("start", None) => list(tool),
        ("start", Some(name)) => start(tool, name),
        ("stop", Some(name)) => stop(tool, name),
        ("accounts", None) => net_people::accounts(tool),
        ("localgroup", Some(group)) => net_people::local_group(tool, group, names.get(1), rest),
        ("user", None) => net_people::users(tool),
        ("user", Some(name)) => net_people::user(tool, name, rest),
        _ => {
            tool.line("NET [ ACCOUNTS | LOCALGROUP | START | STOP | USER ]");
            1
        }
    }
}

/// A service by its key name or display name.
fn resolve(tool: &Tool<'_>, name: &str) -> Option<(String, String)> {
    let texts = tool.texts();
    let template = &tool.guest.template;
    let definition = template.services.iter().find(|known| {
        known.name.eq_ignore_ascii_case(name)
            || known.display.eq_ignore_ascii_case(name)
            || texts.service(&known.name, "").to_lowercase() == name.to_lowercase()
    })?;
    tool.guest.service(&definition.name)?;
    let display = texts.service(&definition.name, &definition.display).to_owned();
    Some((definition.name.to_string(), display))
}

fn list(tool: &Tool<'_>) -> i32 {
    let texts = tool.texts();
    tool.line(&format!("{}\r\n", texts.net_services_list));
    let mut names: Vec<String> = (0..tool.guest.template.services.len())
        .filter(|index| {
            !tool.guest.definition(*index).is_driver()
                && tool.guest.service_run(*index).state == ServiceState::Running
        })
        .map(|index| {
            let definition = tool.guest.definition(index);
            texts.service(&definition.name, &definition.display).to_owned()
        })
        .collect();
    names.sort();
    for name in names {
        tool.line(&format!("   {name}"));
    }
    tool.line("");
    done(tool)
}

/// Lets simulated time pass until the service has settled, half a minute at most.
fn wait(tool: &mut Tool<'_>, until: u64) {
    let most = tool.clock() + 30_000;
    tool.took += until.min(most).saturating_sub(tool.clock());
    let now = tool.clock();
    tool.guest.settle(now);
}

fn start(tool: &mut Tool<'_>, name: &str) -> i32 {
    let texts = tool.texts();
    let Some((name, display)) = resolve(tool, name) else {
        return fail(tool, texts.net_invalid_name, 2185);
    };
    let now = tool.clock();
    match tool.guest.start_service(&name, now) {
        Ok(until) => {
            tool.say(texts.net_starting, &[&display]);
            wait(tool, until);
            if tool.guest.runs(&name) {
                tool.line(&format!("{}\r\n", fill(texts.net_started, &[&display])));
                0
            } else {
                let text = fill(texts.net_not_started, &[&display]);
                fail(tool, &text, 3523)
            }
        }
        Err(ControlError::AlreadyRunning) => fail(tool, texts.net_already_started, 2182),
        Err(error) => system_error(tool, error.code()),
    }
}

fn stop(tool: &mut Tool<'_>, name: &str) -> i32 {
    let texts = tool.texts();
    let Some((name, display)) = resolve(tool, name) else {
        return fail(tool, texts.net_invalid_name, 2185);
    };
    let Some(index) = tool.guest.service(&name) else { return 2 };
    if tool.guest.service_run(index).state == ServiceState::Stopped {
        let text = fill(texts.net_was_not_started, &[&display]);
        return fail(tool, &text, 3521);
    }
    // What depends on it goes first; without /y and with its input ended it is the same answer.
    let dependents = tool.guest.running_dependents(index);
    if !dependents.is_empty() && tool.guest.definition(index).stoppable {
        tool.say(texts.net_dependents, &[&display]);
        for dependent in &dependents {
            let definition = tool.guest.definition(*dependent);
            let shown = texts.service(&definition.name, &definition.display);
            tool.line(&format!("\r\n   {shown}"));
        }
        if !confirmed(tool) {
            return 2;
        }
        for dependent in dependents {
            let name = tool.guest.definition(dependent).name.to_string();
            let code = stop(tool, &name);
            if code != 0 {
                return code;
            }
        }
    }
    let now = tool.clock();
    match tool.guest.stop_service(&name, now) {
        Ok(stopped) => {
            tool.say(texts.net_stopping, &[&display]);
            wait(tool, stopped.until);
            if tool.guest.service_run(stopped.index).state == ServiceState::Stopped {
                tool.line(&format!("{}\r\n", fill(texts.net_stopped, &[&display])));
                0
            } else {
                let text = fill(texts.net_could_not_stop, &[&display]);
                fail(tool, &text, 3523)
            }
        }
        Err(error) => system_error(tool, error.code()),
    }
}

/// Whether the question about dependents is answered by `/y` or by the input.
fn confirmed(tool: &Tool<'_>) -> bool {
    let words = tool.words();
    words.iter().any(|word| word.eq_ignore_ascii_case("/y") || word.eq_ignore_ascii_case("/yes"))
        || matches!(tool.input.first(), Some(b'y' | b'Y'))
}

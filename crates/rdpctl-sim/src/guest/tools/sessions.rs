//! `qwinsta` and `query session`, `quser` and `query user`: who is logged on.

use super::Tool;
use crate::guest::machine::Guest;
use crate::guest::spec::SessionSpec;

pub(super) fn query(tool: &mut Tool<'_>) -> i32 {
    match tool.words().first().map(|word| word.to_ascii_lowercase()).as_deref() {
        Some("session") => qwinsta(tool),
        Some("user") => quser(tool),
        Some(_) | None => 1,
    }
}

pub(super) fn qwinsta(tool: &mut Tool<'_>) -> i32 {
    let texts = tool.texts();
    tool.line(texts.session_heading);
    let row = |name: &str, user: &str, id: u32, state: &str| {
        format!(" {name:<17} {user:<20} {id:>6}  {state}")
    };
    tool.line(&row("services", "", 0, texts.session_disconnected));
    tool.line(&row("console", "", 1, "Conn"));
    for one in sessions(tool.guest) {
        let state =
            if one.name.is_empty() { texts.session_disconnected } else { texts.session_active };
        tool.line(&row(&one.name, one.of.user(), one.id, state));
    }
    if tool.guest.open_port().is_some() {
        tool.line(&row("rdp-tcp", "", 65_536, texts.session_listen));
    }
    0
}

pub(super) fn quser(tool: &mut Tool<'_>) -> i32 {
    let texts = tool.texts();
    let all = sessions(tool.guest);
    if all.is_empty() {
        tool.error_line(texts.nobody_logged_on);
        return 1;
    }
    tool.line(texts.user_heading);
    for one in all {
        let state =
            if one.name.is_empty() { texts.session_disconnected } else { texts.session_active };
        let (name, user) = (&one.name, one.of.user());
        let idle = idle(one.of.idle_minutes());
        tool.line(&format!(
            " {user:<20}  {name:<15}  {:>4}  {state:<6}  {idle:>9}  {}",
            one.id, texts.session_since
        ));
    }
    0
}

/// As Windows writes how long nobody touched a session.
fn idle(minutes: u32) -> String {
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) if rest == 0 => ".".to_owned(),
        (0, 0) => rest.to_string(),
        (0, _) => format!("{hours}:{rest:02}"),
        _ => format!("{days}+{hours:02}:{rest:02}"),
    }
}

struct Session<'a> {
    of: &'a SessionSpec,
    id: u32,
    /// Blank where nobody is connected to it.
    name: String,
}

/// The sessions that are left: no boot survives, and a listener that went has disconnected its own.
fn sessions(guest: &Guest) -> Vec<Session<'_>> {
    if guest.state.boots > 1 {
        return Vec::new();
    }
    let pid = |runtime: &crate::guest::services::Runtime| {
        guest.service("TermService").and_then(|at| runtime.services.get(at).map(|run| run.pid))
    };
    let kept = guest.template.runtime().and_then(pid) == pid(&guest.runtime());
    let connected = guest.open_port().is_some() && kept;
    (0_u32..)
        .zip(&guest.template.sessions)
        .map(|(at, of)| {
            let is_there = connected && !of.is_disconnected();
            let name = if is_there { format!("rdp-tcp#{at}") } else { String::new() };
            Session { of, id: at + 2, name }
        })
        .collect()
}

//! `qwinsta` and `query session`: who is logged on.

use super::Tool;

pub(super) fn query(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    if words.first().is_some_and(|word| word.eq_ignore_ascii_case("session")) {
        return qwinsta(tool);
    }
    1
}

pub(super) fn qwinsta(tool: &mut Tool<'_>) -> i32 {
    let texts = tool.texts();
    tool.line(texts.session_heading);
    let row = |name: &str, user: &str, id: u32, state: &str| {
        format!(" {name:<17} {user:<20} {id:>6}  {state}")
    };
    tool.line(&row("services", "", 0, texts.session_disconnected));
    tool.line(&row("console", "", 1, "Conn"));
    // Sessions live in the listener: without it they are not connected.
    let listener = tool.guest.open_port().is_some();
    let state = if listener { texts.session_active } else { texts.session_disconnected };
    for (at, user) in (0_u32..).zip(&tool.guest.template.sessions) {
        let name = if listener { format!("rdp-tcp#{at}") } else { String::new() };
        tool.line(&row(&name, user, at + 2, state));
    }
    if listener {
        tool.line(&row("rdp-tcp", "", 65_536, texts.session_listen));
    }
    0
}

//! `shutdown`: restart, switch off, abort.

use super::Tool;

pub(super) fn run(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let has = |switch: &str| {
        words.iter().any(|word| {
            word.strip_prefix(['/', '-']).is_some_and(|name| name.eq_ignore_ascii_case(switch))
        })
    };
    let texts = tool.texts();
    let now = tool.clock();
    let pending = tool.guest.state.going_down;
    if has("a") {
        return match pending {
            Some(down) if down.at <= now => {
                tool.error_line(&crate::guest::text::fill(texts.shutdown_busy, &["1115"]));
                1115
            }
            Some(_) => {
                tool.guest.state.going_down = None;
                0
            }
            None => {
                tool.error_line(texts.shutdown_none);
                1116
            }
        };
    }
    if !has("r") && !has("s") && !has("g") && !has("p") {
        tool.line("shutdown [/i | /l | /s | /r | /g | /a | /p | /h | /e | /o] [/f] [/t xxx]");
        return i32::from(!words.is_empty());
    }
    if let Some(down) = pending {
        let code = if down.at <= now { 1115 } else { 1190 };
        if code == 1115 {
            tool.error_line(&crate::guest::text::fill(texts.shutdown_busy, &["1115"]));
        } else {
            tool.error_line(texts.shutdown_scheduled);
        }
        return code;
    }
    let delay = words
        .iter()
        .position(|word| word.eq_ignore_ascii_case("/t") || word.eq_ignore_ascii_case("-t"))
        .and_then(|at| words.get(at + 1))
        .and_then(|text| text.parse::<u64>().ok())
        .unwrap_or(if has("p") { 0 } else { 30 });
    let restart = has("r") || has("g");
    tool.guest.go_down(now + delay.min(315_360_000) * 1000, restart);
    let kind = if restart { "restart" } else { "power off" };
    let data = [("param1", "shutdown.exe"), ("param5", kind)];
    tool.guest.log(crate::guest::events::Event::new(
        now,
        crate::guest::events::Provider::User32,
        1074,
        4,
        &data,
    ));
    0
}

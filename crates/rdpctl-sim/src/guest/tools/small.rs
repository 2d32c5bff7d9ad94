//! Tools of a few lines.

use super::super::run::User;
use super::super::text::fill;
use super::Tool;

pub(super) fn hostname(tool: &mut Tool<'_>) -> i32 {
    let name = tool.guest.hostname().to_owned();
    tool.line(&name);
    0
}

pub(super) fn whoami(tool: &mut Tool<'_>) -> i32 {
    let name = match &tool.user {
        User::System => r"nt authority\system".to_owned(),
        User::Named(name) => format!(r"{}\{name}", tool.guest.hostname()).to_lowercase(),
    };
    tool.line(&name);
    0
}

/// A delay of a second between packets; what is pinged always answers.
pub(super) fn ping(tool: &mut Tool<'_>) -> i32 {
    let words = tool.words();
    let mut count = 4_u64;
    let mut target = String::new();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        if word.eq_ignore_ascii_case("-n") {
            count = words.next().and_then(|text| text.parse().ok()).unwrap_or(4);
        } else if word.starts_with('-') || word.starts_with('/') {
            words.next();
        } else {
            target = word;
        }
    }
    if target.is_empty() {
        return 1;
    }
    let texts = tool.texts();
    tool.line(&format!("\r\n{}", fill(texts.pinging, &[&target])));
    for _ in 0..count.min(100) {
        tool.say(texts.ping_reply, &[&target]);
    }
    tool.took += count.saturating_sub(1).min(3600) * 1000;
    0
}

pub(super) fn timeout(tool: &mut Tool<'_>) -> i32 {
    let seconds =
        tool.words().iter().find_map(|word| word.parse::<u64>().ok()).unwrap_or(0).min(99_999);
    if tool.input.is_empty() {
        // Without a console it refuses to wait.
        tool.error_line(
            "ERROR: Input redirection is not supported, exiting the process immediately.",
        );
        return 1;
    }
    tool.took += seconds * 1000;
    0
}

//! Text of others on its way out: what could steer a terminal, a reader's eye or a build's log is shown, not obeyed.
//!
//! [`safe`] is for one piece of text within a line. [`leaving`] and [`told`] are the last gate of all that is written:
//! what a report forgot, they show as well.

use std::borrow::Cow;

/// Untrusted text within a line: control characters, direction marks and invisible characters are shown, not obeyed.
#[must_use]
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_unsafe(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a character could steer a terminal, or make text read otherwise than it stands: because it turns its
/// direction, or because nobody sees it.
#[must_use]
pub fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A whole result. In JSON what is unsafe can only stand in a string, where it has an escape of JSON's own.
#[must_use]
pub fn leaving(text: &str) -> Cow<'_, str> {
    let is_fine = |c: char| !is_unsafe(c) || matches!(c, '\n' | '\t');
    let is_json = text.starts_with(['{', '[']);
    // What an HTML report brings of its own has neither, and what is quoted there was escaped before.
    if text.chars().all(is_fine) && !has_command(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let defused = defused(line, is_json);
        for c in defused.chars() {
            if is_fine(c) {
                shown.push(c);
            } else if is_json {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    shown.push_str(&format!("\\u{unit:04x}"));
                }
            } else {
                shown.extend(c.escape_unicode());
            }
        }
    }
    Cow::Owned(shown)
}

/// Whether sequences that colour text may pass.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// They do their work.
    Pass,
    /// They are shown as text.
    Shown,
}

/// Lines beside the result. Where colours are on, ours pass and nothing else.
#[must_use]
pub fn told(text: &str, colours: Colours) -> Cow<'_, str> {
    if !text.chars().any(|c| is_unsafe(c) && c != '\n') && !has_command(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 64);
    for line in text.split_inclusive('\n') {
        let line = defused(line, false);
        let mut rest: &str = &line;
        while let Some(c) = rest.chars().next() {
            let ours = colour(rest).or_else(|| link(rest));
            if let Some(length) = ours.filter(|_| colours == Colours::Pass) {
                shown.push_str(&rest[..length]);
                rest = &rest[length..];
                continue;
            }
            if is_unsafe(c) && !matches!(c, '\n' | '\t') {
                shown.extend(c.escape_unicode());
            } else {
                shown.push(c);
            }
            rest = &rest[c.len_utf8()..];
        }
    }
    Cow::Owned(shown)
}

/// What an address begins with that can be opened.
pub(crate) const ADDRESS: &str = "https://";
/// Before the address that a terminal opens, and behind the text.
pub(crate) const BEFORE: &str = "\u{1b}]8;;";
/// Behind that address.
pub(crate) const ENDS: &str = "\u{1b}\\";

/// How long the sequence is that shows an address which can be opened. One whose text is not its address could lead
/// somewhere else than it says, and is none.
fn link(text: &str) -> Option<usize> {
    let (address, rest) = text.strip_prefix(BEFORE)?.split_once(ENDS)?;
    let is_plain = |c: char| c.is_ascii_graphic();
    let is_address = address.starts_with(ADDRESS) && address.chars().all(is_plain);
    let rest = rest.strip_prefix(address)?.strip_prefix(BEFORE)?.strip_prefix(ENDS)?;
    is_address.then_some(text.len() - rest.len())
}

/// How long the sequence is that sets a colour here.
fn colour(text: &str) -> Option<usize> {
    let inner = text.strip_prefix("\u{1b}[")?;
    let end = inner.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    inner[end..].starts_with('m').then_some(2 + end + 1)
}

/// What a build server takes for an order to itself: `::set-env name=…::`, at the start of a line, and `##[…]` and
/// `##vso[…]` anywhere.
fn has_command(text: &str) -> bool {
    text.contains("##[") || text.contains("##vso[") || text.lines().any(begins_a_command)
}

fn begins_a_command(line: &str) -> bool {
    line.trim_start().strip_prefix("::").is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.contains("::")
    })
}

fn defused(line: &str, is_json: bool) -> Cow<'_, str> {
    let sign = |c: char| {
        let number = u32::from(c);
        if is_json { format!("\\u{number:04x}") } else { format!("\\u{{{number:x}}}") }
    };
    let mut line = Cow::Borrowed(line);
    if begins_a_command(&line) {
        line = Cow::Owned(line.replacen("::", &format!("{}:", sign(':')), 1));
    }
    for order in ["##[", "##vso["] {
        if line.contains(order) {
            line = Cow::Owned(line.replace(order, &format!("#{}{}", sign('#'), &order[2..])));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_says_where_it_leads_passes_and_no_other() {
        let link = |to: &str, text: &str| format!("{BEFORE}{to}{ENDS}{text}{BEFORE}{ENDS}");
        let ours = link("https://a.example/x", "https://a.example/x");
        assert_eq!(told(&ours, Colours::Pass), ours);
        for other in [
            link("https://b.example", "https://a.example"),
            link("file:///etc/passwd", "file:///etc/passwd"),
            format!("{BEFORE}https://a.example{ENDS}"),
        ] {
            assert!(!told(&other, Colours::Pass).contains('\u{1b}'), "{other:?}");
        }
        assert!(!told(&ours, Colours::Shown).contains('\u{1b}'));
    }

    #[test]
    fn what_a_guest_says_cannot_steer_the_terminal() {
        assert_eq!(safe("web\u{1b}[2J"), "web\\u{1b}[2J");
        assert_eq!(safe("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(safe("a\nb"), "a\\u{a}b");
        assert_eq!(safe("원격 데스크톱"), "원격 데스크톱");
        for c in
            ['\u{61c}', '\u{200b}', '\u{200d}', '\u{2028}', '\u{2029}', '\u{feff}', '\u{e0041}']
        {
            assert_eq!(safe(&c.to_string()), c.escape_unicode().to_string());
        }
    }

    #[test]
    fn json_stays_the_same_json() {
        let name = "a\u{202e}\u{e0041}\u{9b}##[add-mask]x";
        let text = serde_json::json!({ "name": name }).to_string();
        let shown = leaving(&text);
        assert!(shown.is_ascii() && !shown.contains("##["), "{shown}");
        let back: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(back["name"], name);
        assert_eq!(leaving("  a\tb\nc\u{2028}"), "  a\tb\nc\\u{2028}");
    }

    #[test]
    fn a_build_server_is_given_no_orders() {
        assert_eq!(leaving("x\n  ::add-mask::y\n"), "x\n  \\u{3a}:add-mask::y\n");
        assert_eq!(leaving("see ##vso[task.x]\n"), "see #\\u{23}vso[task.x]\n");
        assert_eq!(told("::error file=a::b", Colours::Pass), "\\u{3a}:error file=a::b");
        for fine in ["::/0", "ip ::ffff:10.0.0.1", "::1", "a::b::c", "## [x]"] {
            assert_eq!(leaving(fine), fine);
        }
    }

    #[test]
    fn of_all_sequences_only_colours_pass_and_only_where_they_are_wanted() {
        let text = "\u{1b}[1;31merror\u{1b}[0m \u{1b}[2J\u{1b}]0;x\u{7}";
        let seen = "\u{1b}[1;31merror\u{1b}[0m \\u{1b}[2J\\u{1b}]0;x\\u{7}";
        assert_eq!(told(text, Colours::Pass), seen);
        assert!(!told(text, Colours::Shown).contains('\u{1b}'));
    }
}

//! What to type next: at most three commands, each with all that was given this time, so that pasting one works.

use std::path::Path;

use rdpctl_store::Location;
use rdpctl_term::{Ink, Page, Words, grid, width};

use crate::arguments::Place;

/// No more than these are read.
const MOST: usize = 3;

/// Commands to type next.
#[derive(Debug, Default)]
pub(crate) struct Next {
    /// What every one of them repeats.
    tail: String,
    rows: Vec<(String, String)>,
}

impl Next {
    /// None yet; what was given is repeated by each.
    pub(crate) fn after(place: &Place) -> Self {
        let mut tail = String::new();
        if let Some(world) = &place.sim {
            tail.push_str(&format!(" --sim {}", word(&world.display().to_string())));
        }
        // As messages name it: a password in its URL is not said again.
        if let Some(state) = place.state.as_deref().and_then(|url| Location::parse(url).ok()) {
            tail.push_str(&format!(" --state {}", word(&state.to_string())));
        }
        for path in place.paths.iter().filter(|path| path.as_path() != Path::new(".")) {
            tail.push_str(&format!(" {}", word(&path.display().to_string())));
        }
        Self { tail, rows: Vec::new() }
    }

    /// One more, with what it does.
    pub(crate) fn push(&mut self, command: &str, does: &str) {
        self.rows.push((format!("rdpctl {command}{}", self.tail), does.to_owned()));
    }

    /// They as the end of what is told; nothing where there are none.
    pub(crate) fn page(&self) -> Page {
        let mut page = Page::new();
        let rows = &self.rows[..self.rows.len().min(MOST)];
        let longest = rows.iter().map(|(command, _)| width(command)).max().unwrap_or(0);
        for (place, (command, does)) in rows.iter().enumerate() {
            let command = Words::new().said_in(Ink::Command, command);
            let does = Words::new().said_in(Ink::Faint, does);
            page.push(if place == 0 {
                grid::first_next("Next", command, longest, does)
            } else {
                grid::next(command, longest, does)
            });
        }
        page
    }

    /// Tells them, unless nobody wants to hear it.
    pub(crate) fn tell(&self) {
        if !self.rows.is_empty() && !crate::out::is_quiet() {
            crate::out::err("");
            crate::out::tell(&self.page());
        }
    }
}

/// A word as a shell takes it.
pub(crate) fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c) || !c.is_ascii();
    if !text.is_empty() && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_in_the_state_s_url_is_not_said_again() {
        let place = Place {
            paths: Vec::new(),
            state: Some("postgres://ana:hunter2@db/state?sslmode=require".to_owned()),
            sim: None,
            trusted: crate::arguments::Trusted::default(),
        };
        let mut next = Next::after(&place);
        next.push("apply", "does it");
        let text = rdpctl_term::lay(&next.page(), &rdpctl_term::View::plain());
        assert!(text.contains("--state 'postgres://ana@db/state?sslmode=require'"), "{text}");
    }

    #[test]
    fn what_a_shell_would_take_apart_is_quoted() {
        assert_eq!(word("fleet/rdp.toml"), "fleet/rdp.toml");
        assert_eq!(word("a b"), "'a b'");
        assert_eq!(word("it's"), r"'it'\''s'");
        assert_eq!(word(""), "''");
        assert_eq!(word("$(x)"), "'$(x)'");
    }
}

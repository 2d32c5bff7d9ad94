//! Words, escapes, redirections.

use super::delimiter::is_delimiter;
use super::{ParseError, Parsed, Parser};
use crate::guest::cmd::ast::{Direction, Redirection};

impl Parser<'_> {
    /// Redirections after a closing parenthesis.
    pub(super) fn redirections(&mut self) -> Parsed<Vec<Redirection>> {
        let mut found = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches(is_delimiter);
            let mut chars = self.rest.chars();
            let (handle, skip) = match (chars.next(), chars.next()) {
                (Some(digit @ '0'..='9'), Some('<' | '>')) => (digit.to_digit(10), 1),
                (Some('<' | '>'), _) => (None, 0),
                _ => return Ok(found),
            };
            self.rest = &self.rest[skip..];
            found.push(self.redirection(handle)?);
        }
    }

    /// One redirection, from its `<` or `>` on.
    pub(super) fn redirection(&mut self, handle: Option<u32>) -> Parsed<Redirection> {
        let read = self.bump() == Some('<');
        let append = !read && self.rest.starts_with('>');
        if append {
            self.bump();
        }
        let default = u32::from(!read);
        let handle = u8::try_from(handle.unwrap_or(default)).map_err(|_| ParseError::Syntax)?;
        if let Some(rest) = self.rest.strip_prefix('&') {
            let digit = rest.chars().next().and_then(|c| c.to_digit(10));
            let digit = digit.and_then(|d| u8::try_from(d).ok()).ok_or(ParseError::Syntax)?;
            self.rest = &rest[1..];
            let direction = Direction::Duplicate(digit);
            return Ok(Redirection { handle, direction, target: String::new() });
        }
        self.rest = self.rest.trim_start_matches(is_delimiter);
        let target = self.word();
        if target.is_empty() {
            return Err(ParseError::Syntax);
        }
        let direction = match (read, append) {
            (true, _) => Direction::Read,
            (false, true) => Direction::Append,
            (false, false) => Direction::Write,
        };
        Ok(Redirection { handle, direction, target })
    }

    /// A word with its quotes, carets resolved: ends at a delimiter or an operator.
    pub(super) fn word(&mut self) -> String {
        let mut out = String::new();
        let mut quoted = false;
        while let Some(c) = self.peek() {
            match c {
                '"' => quoted = !quoted,
                '^' if !quoted => {
                    self.bump();
                    self.escaped(&mut out);
                    continue;
                }
                '\n' | '\r' => break,
                '&' | '|' | '<' | '>' if !quoted => break,
                ')' if !quoted && self.depth > 0 => break,
                c if !quoted && is_delimiter(c) => break,
                _ => {}
            }
            out.push(c);
            self.bump();
        }
        out
    }

    /// The character after a caret; a line end continues the line.
    pub(super) fn escaped(&mut self, out: &mut String) {
        if self.peek() == Some('\r') {
            self.bump();
        }
        if self.peek() == Some('\n') {
            self.bump();
        }
        if let Some(c) = self.bump() {
            out.push(c);
        }
    }
}

/// A digit directly before `>` that stands alone is the handle.
pub(super) fn take_handle(text: &mut String) -> Option<u32> {
    let digit = text.chars().next_back()?.to_digit(10)?;
    let before = text[..text.len() - 1].chars().next_back();
    if before.is_some_and(|c| !is_delimiter(c)) {
        return None;
    }
    text.pop();
    Some(digit)
}

/// The text without its surrounding quotes.
pub(in crate::guest::cmd) fn unquoted(text: &str) -> String {
    text.strip_prefix('"')
        .map_or_else(|| text.to_owned(), |rest| rest.strip_suffix('"').unwrap_or(rest).to_owned())
}

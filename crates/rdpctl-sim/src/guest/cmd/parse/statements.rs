//! `for` and `if`.

use super::words::unquoted;
use super::{ParseError, Parsed, Parser};
use crate::guest::cmd::ast::{Comparison, Condition, For, ForKind, If, Node};

impl Parser<'_> {
    pub(super) fn for_loop(&mut self) -> Parsed<Node> {
        let mut kind = ForKind::Plain;
        let mut options = String::new();
        loop {
            self.skip_delimiters();
            let Some(rest) = self.rest.strip_prefix('/') else { break };
            kind = match rest.chars().next().map(|c| c.to_ascii_lowercase()) {
                Some('l') => ForKind::Count,
                Some('f') => ForKind::Lines,
                Some('d') => ForKind::Folders,
                _ => return Err(ParseError::Syntax),
            };
            self.rest = &rest[1..];
            self.skip_delimiters();
            if kind == ForKind::Lines && !self.rest.starts_with('%') {
                options = unquoted(&self.word());
            }
        }
        let mut chars = self.rest.strip_prefix('%').ok_or(ParseError::Syntax)?.chars();
        let variable = chars.next().ok_or(ParseError::Syntax)?;
        self.rest = chars.as_str();
        self.skip_delimiters();
        if !self.take_keyword("in") {
            return Err(ParseError::Syntax);
        }
        self.skip_delimiters();
        if self.bump() != Some('(') {
            return Err(ParseError::Syntax);
        }
        let list = self.list()?;
        self.skip_delimiters();
        if !self.take_keyword("do") {
            return Err(ParseError::Syntax);
        }
        let body = self.chain()?;
        Ok(Node::For(Box::new(For { kind, options, variable, list, body })))
    }

    /// The text of a FOR list up to its closing parenthesis.
    pub(super) fn list(&mut self) -> Parsed<String> {
        let mut out = String::new();
        let mut quoted = false;
        loop {
            match self.bump().ok_or(ParseError::Incomplete)? {
                '"' => {
                    quoted = !quoted;
                    out.push('"');
                }
                '^' if !quoted => self.escaped(&mut out),
                ')' if !quoted => return Ok(out),
                '\n' => {
                    quoted = false;
                    out.push(' ');
                }
                '\r' => {}
                c => out.push(c),
            }
        }
    }

    pub(super) fn if_command(&mut self) -> Parsed<Node> {
        let mut any_case = false;
        let mut negated = false;
        loop {
            self.skip_delimiters();
            if self.rest.len() >= 2 && self.rest.as_bytes()[..2].eq_ignore_ascii_case(b"/i") {
                self.rest = &self.rest[2..];
                any_case = true;
            } else if self.take_keyword("not") {
                negated = !negated;
            } else {
                break;
            }
        }
        let condition = self.condition()?;
        let then = self.chain()?;
        let grouped = matches!(then, Node::Group(..));
        let before = self.rest;
        self.skip_delimiters();
        let otherwise = if grouped && self.take_keyword("else") {
            Some(self.chain()?)
        } else {
            self.rest = before;
            None
        };
        Ok(Node::If(Box::new(If { negated, any_case, condition, then, otherwise })))
    }

    pub(super) fn condition(&mut self) -> Parsed<Condition> {
        for (word, make) in [
            ("errorlevel", Condition::ErrorLevel as fn(String) -> Condition),
            ("exist", Condition::Exists),
            ("defined", Condition::Defined),
        ] {
            if self.take_keyword(word) {
                self.skip_delimiters();
                return Ok(make(self.word()));
            }
        }
        let left = self.word();
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        if let Some(rest) = self.rest.strip_prefix("==") {
            self.rest = rest;
            self.skip_delimiters();
            return Ok(Condition::Equal(left, self.word()));
        }
        for (word, comparison) in [
            ("equ", Comparison::Equ),
            ("neq", Comparison::Neq),
            ("lss", Comparison::Lss),
            ("leq", Comparison::Leq),
            ("gtr", Comparison::Gtr),
            ("geq", Comparison::Geq),
        ] {
            if self.take_keyword(word) {
                self.skip_delimiters();
                return Ok(Condition::Compare(left, comparison, self.word()));
            }
        }
        Err(ParseError::Syntax)
    }
}

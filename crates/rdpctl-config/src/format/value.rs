//! Values: scalars as they were written, lists and inline tables with even spacing.

use toml_parser::lexer::{Token, TokenKind};

use super::token::{is_space, raw};

/// A value with its comments.
pub(super) enum Value {
    /// A string, number, boolean or date, or a key of an inline table with its value.
    Scalar(String),
    /// `[…]` or `{…}`.
    Group { open: char, items: Vec<Item>, over_lines: bool },
}

/// What stands in a list or an inline table.
pub(super) enum Item {
    /// A comment by itself.
    Comment(String),
    /// An element, or a pair; with the comment behind it.
    Element { key: Option<String>, value: Value, comment: Option<String> },
}

/// Tokens that are being read.
struct Tokens<'t> {
    text: &'t str,
    rest: &'t [Token],
}

impl Value {
    /// Reads one value from its tokens.
    pub(super) fn read(text: &str, tokens: &[Token]) -> Self {
        Tokens { text, rest: tokens }.value()
    }
}

impl<'t> Tokens<'t> {
    fn peek(&self) -> Option<TokenKind> {
        self.rest.first().map(Token::kind)
    }

    fn take(&mut self) -> &'t str {
        match self.rest.split_first() {
            Some((first, rest)) => {
                self.rest = rest;
                raw(self.text, first)
            }
            None => "",
        }
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(is_space) {
            self.take();
        }
    }

    fn value(&mut self) -> Value {
        self.skip_spaces();
        match self.peek() {
            Some(TokenKind::LeftSquareBracket) => self.group('[', TokenKind::RightSquareBracket),
            Some(TokenKind::LeftCurlyBracket) => self.group('{', TokenKind::RightCurlyBracket),
            Some(_) | None => Value::Scalar(self.run()),
        }
    }

    /// Tokens up to what ends an element: floats and dates are several.
    fn run(&mut self) -> String {
        let mut run = String::new();
        while let Some(kind) = self.peek() {
            let ends = matches!(
                kind,
                TokenKind::Comma
                    | TokenKind::Newline
                    | TokenKind::Comment
                    | TokenKind::Equals
                    | TokenKind::RightSquareBracket
                    | TokenKind::RightCurlyBracket
            );
            if ends {
                break;
            }
            run.push_str(self.take());
        }
        run.trim().to_owned()
    }

    fn group(&mut self, open: char, close: TokenKind) -> Value {
        self.take();
        let mut items: Vec<Item> = Vec::new();
        let mut over_lines = false;
        // Whether something has been read on this line, which a comment then belongs to.
        let mut on_line = false;
        while let Some(kind) = self.peek() {
            if kind == close {
                self.take();
                break;
            } else if is_space(kind) || kind == TokenKind::Comma {
                self.take();
            } else if kind == TokenKind::Newline {
                self.take();
                over_lines = true;
                on_line = false;
            } else if kind == TokenKind::Comment {
                let text = self.take().trim_end().to_owned();
                over_lines = true;
                match items.last_mut() {
                    Some(Item::Element { comment: comment @ None, .. }) if on_line => {
                        *comment = Some(text);
                    }
                    Some(Item::Element { .. } | Item::Comment(_)) | None => {
                        items.push(Item::Comment(text));
                    }
                }
            } else {
                items.push(self.element(open));
                on_line = true;
            }
        }
        Value::Group { open, items, over_lines }
    }

    fn element(&mut self, open: char) -> Item {
        let key = (open == '{').then(|| self.key());
        Item::Element { key, value: self.value(), comment: None }
    }

    /// A key up to and with its `=`.
    fn key(&mut self) -> String {
        let mut key = String::new();
        while let Some(kind) = self.peek() {
            let text = self.take();
            if kind == TokenKind::Equals {
                break;
            }
            if !is_space(kind) {
                key.push_str(text);
            }
        }
        key
    }
}

/// The value's text.
pub(super) fn written(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, &mut out);
    out
}

fn write(value: &Value, depth: usize, out: &mut String) {
    let (open, items, over_lines) = match value {
        Value::Scalar(text) => {
            out.push_str(text);
            return;
        }
        Value::Group { open, items, over_lines } => (*open, items, *over_lines),
    };
    let close = if open == '[' { ']' } else { '}' };
    out.push(open);
    if over_lines && !items.is_empty() {
        for item in items {
            out.push('\n');
            indent(depth + 1, out);
            match item {
                Item::Comment(comment) => out.push_str(comment),
                Item::Element { key, value, comment } => {
                    element(key.as_deref(), value, depth + 1, out);
                    out.push(',');
                    if let Some(comment) = comment {
                        out.push(' ');
                        out.push_str(comment);
                    }
                }
            }
        }
        out.push('\n');
        indent(depth, out);
    } else {
        let space = if open == '{' && !items.is_empty() { " " } else { "" };
        out.push_str(space);
        let mut first = true;
        for item in items {
            if let Item::Element { key, value, .. } = item {
                if !first {
                    out.push_str(", ");
                }
                first = false;
                element(key.as_deref(), value, depth, out);
            }
        }
        out.push_str(space);
    }
    out.push(close);
}

fn element(key: Option<&str>, value: &Value, depth: usize, out: &mut String) {
    if let Some(key) = key {
        out.push_str(key);
        out.push_str(" = ");
    }
    write(value, depth, out);
}

fn indent(depth: usize, out: &mut String) {
    for _ in 0..depth {
        out.push_str("    ");
    }
}

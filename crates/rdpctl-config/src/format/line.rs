//! Logical lines: a value over several lines of text is part of one.

use toml_parser::lexer::{Token, TokenKind};

use super::token::{is_space, raw};
use super::value::{self, Value};

/// A longer key stands out by itself: lining its neighbours up with it would tear them apart.
const WIDEST_KEY: usize = 24;
/// Comments behind longer values follow them at once.
const WIDEST_VALUE: usize = 60;

/// One line of a declaration, as it will be laid out.
pub(super) enum Line {
    /// Nothing.
    Blank,
    /// A comment by itself.
    Comment(String),
    /// `[table]` or `[[table]]`.
    Header { text: String, comment: Option<String> },
    /// `key = value`.
    Pair { key: String, value: String, comment: Option<String> },
}

/// Cuts tokens into lines.
pub(super) fn lines(text: &str, tokens: &[Token]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind() {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth += 1,
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                depth = depth.saturating_sub(1);
            }
            TokenKind::Newline if depth == 0 => {
                lines.push(line(text, &tokens[start..index]));
                start = index + 1;
            }
            TokenKind::Eof => {
                if tokens[start..index].iter().any(|token| !is_space(token.kind())) {
                    lines.push(line(text, &tokens[start..index]));
                }
                break;
            }
            TokenKind::Newline
            | TokenKind::Dot
            | TokenKind::Equals
            | TokenKind::Comma
            | TokenKind::Whitespace
            | TokenKind::Comment
            | TokenKind::LiteralString
            | TokenKind::BasicString
            | TokenKind::MlLiteralString
            | TokenKind::MlBasicString
            | TokenKind::Atom => {}
        }
    }
    lines
}

fn line(text: &str, tokens: &[Token]) -> Line {
    let comment = tokens
        .last()
        .filter(|token| token.kind() == TokenKind::Comment)
        .map(|token| raw(text, token).trim_end().to_owned());
    let tokens = if comment.is_some() { &tokens[..tokens.len() - 1] } else { tokens };
    let squeezed = |tokens: &[Token]| -> String {
        tokens
            .iter()
            .filter(|token| !is_space(token.kind()))
            .map(|token| raw(text, token))
            .collect()
    };
    let Some(first) = tokens.iter().find(|token| !is_space(token.kind())) else {
        return comment.map_or(Line::Blank, Line::Comment);
    };
    if first.kind() == TokenKind::LeftSquareBracket {
        return Line::Header { text: squeezed(tokens), comment };
    }
    let equals = tokens.iter().position(|token| token.kind() == TokenKind::Equals);
    match equals {
        Some(equals) => Line::Pair {
            key: squeezed(&tokens[..equals]),
            value: value::written(&Value::read(text, &tokens[equals + 1..])),
            comment,
        },
        // Not reached with text that parses; kept as it is.
        None => Line::Header { text: squeezed(tokens), comment },
    }
}

impl Line {
    /// Whether the line lines up with its neighbours: pairs on single lines do.
    pub(super) fn aligns(&self) -> bool {
        matches!(self, Self::Pair { value, .. } if !value.contains('\n'))
    }

    /// Writes a line that stands for itself.
    pub(super) fn write(&self, out: &mut String) {
        let comment = match self {
            Self::Blank => return,
            Self::Comment(comment) => {
                out.push_str(comment);
                &None
            }
            Self::Header { text, comment } => {
                out.push_str(text);
                comment
            }
            Self::Pair { key, value, comment } => {
                for part in [key, " = ", value] {
                    out.push_str(part);
                }
                comment
            }
        };
        if let Some(comment) = comment {
            out.push(' ');
            out.push_str(comment);
        }
        out.push('\n');
    }
}

/// Writes pairs that stand together, with their `=` and their comments in columns.
pub(super) fn write_block(block: &[Line], out: &mut String) {
    let pairs = || {
        block.iter().filter_map(|line| match line {
            Line::Pair { key, value, comment } => Some((key, value, comment.as_ref())),
            Line::Blank | Line::Comment(_) | Line::Header { .. } => None,
        })
    };
    let widest = |widths: &mut dyn Iterator<Item = usize>, most: usize| {
        widths.filter(|width| *width <= most).max().unwrap_or(0)
    };
    let keys = widest(&mut pairs().map(|(key, ..)| chars(key)), WIDEST_KEY);
    let commented = pairs().filter(|(_, _, comment)| comment.is_some());
    let values = widest(&mut commented.map(|(_, value, _)| chars(value)), WIDEST_VALUE);
    for (key, value, comment) in pairs() {
        out.push_str(key);
        fill(keys.saturating_sub(chars(key)), out);
        out.push_str(" = ");
        out.push_str(value);
        if let Some(comment) = comment {
            fill(values.saturating_sub(chars(value)) + 1, out);
            out.push_str(comment);
        }
        out.push('\n');
    }
}

fn fill(width: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', width));
}

fn chars(text: &str) -> usize {
    text.chars().count()
}

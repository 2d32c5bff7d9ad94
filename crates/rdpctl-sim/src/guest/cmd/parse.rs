//! From text to commands. Percent variables have been replaced; carets and quotes are settled here.

use super::ast::{Comparison, Condition, Direction, For, ForKind, If, Node, Redirection, Simple};

/// Why a text is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParseError {
    /// A parenthesis is open: another line may close it.
    Incomplete,
    /// It cannot become a command.
    Syntax,
}

type Parsed<T> = Result<T, ParseError>;

/// The deepest nesting that is taken; real scripts stay far below.
const DEEPEST: usize = 60;

/// Parses a whole text: one line, or the lines of a block.
pub(super) fn parse(text: &str) -> Parsed<Node> {
    let mut parser = Parser { rest: text, depth: 0, nesting: 0 };
    let node = parser.lines()?;
    if parser.rest.is_empty() { Ok(node) } else { Err(ParseError::Syntax) }
}

struct Parser<'a> {
    rest: &'a str,
    /// Open parentheses.
    depth: usize,
    /// How deep the parser has gone into itself.
    nesting: usize,
}

fn is_delimiter(c: char) -> bool {
    matches!(c, ' ' | '\t' | ',' | ';' | '=' | '\u{b}' | '\u{c}' | '\u{ff}')
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn skip_delimiters(&mut self) {
        self.rest = self.rest.trim_start_matches(is_delimiter);
    }

    fn skip_blank_lines(&mut self) {
        self.rest = self.rest.trim_start_matches(|c| is_delimiter(c) || c == '\n' || c == '\r');
    }

    /// Everything up to the end or to the parenthesis that closes the group.
    fn lines(&mut self) -> Parsed<Node> {
        let mut nodes = Vec::new();
        loop {
            self.skip_blank_lines();
            match self.peek() {
                None => break,
                Some(')') if self.depth > 0 => break,
                // A stray parenthesis hides the rest of its line.
                Some(')') => {
                    self.skip_line();
                    continue;
                }
                Some(_) => nodes.push(self.chain()?),
            }
        }
        Ok(match nodes.len() {
            0 => Node::Nothing,
            1 => nodes.remove(0),
            _ => Node::Sequence(nodes),
        })
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.find('\n').map_or("", |at| &self.rest[at..]);
    }

    /// `a & b & c`, to the end of the line.
    fn chain(&mut self) -> Parsed<Node> {
        self.nesting += 1;
        if self.nesting > DEEPEST {
            return Err(ParseError::Syntax);
        }
        let mut nodes = vec![self.or()?];
        while self.rest.starts_with('&') && !self.rest.starts_with("&&") {
            self.bump();
            self.skip_delimiters();
            match self.peek() {
                None | Some('\n' | '\r') => break,
                Some(')') if self.depth > 0 => break,
                Some(_) => nodes.push(self.or()?),
            }
        }
        self.nesting -= 1;
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Sequence(nodes) })
    }

    fn or(&mut self) -> Parsed<Node> {
        let mut left = self.and()?;
        while let Some(rest) = self.rest.strip_prefix("||") {
            self.rest = rest;
            left = Node::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Parsed<Node> {
        let mut left = self.pipe()?;
        while let Some(rest) = self.rest.strip_prefix("&&") {
            self.rest = rest;
            left = Node::And(Box::new(left), Box::new(self.pipe()?));
        }
        Ok(left)
    }

    fn pipe(&mut self) -> Parsed<Node> {
        let mut sides = vec![self.command()?];
        while self.rest.starts_with('|') && !self.rest.starts_with("||") {
            self.bump();
            sides.push(self.command()?);
        }
        Ok(if sides.len() == 1 { sides.remove(0) } else { Node::Pipe(sides) })
    }

    fn command(&mut self) -> Parsed<Node> {
        let mut quiet = false;
        loop {
            self.skip_delimiters();
            match self.peek() {
                Some('@') => {
                    self.bump();
                    quiet = true;
                }
                Some('(') => {
                    self.bump();
                    return self.group();
                }
                // An operator where a command should be.
                Some('&' | '|') => return Err(ParseError::Syntax),
                _ => break,
            }
        }
        if self.rest.starts_with(':') {
            self.skip_line();
            return Ok(Node::Nothing);
        }
        if self.take_keyword("rem") {
            self.skip_line();
            return Ok(Node::Nothing);
        }
        if self.take_keyword("for") {
            return self.for_loop();
        }
        if self.take_keyword("if") {
            return self.if_command();
        }
        self.simple(quiet)
    }

    /// Takes the word if it stands here by itself.
    fn take_keyword(&mut self, word: &str) -> bool {
        let Some(head) = self.rest.get(..word.len()) else { return false };
        let rest = &self.rest[word.len()..];
        let ends = rest
            .chars()
            .next()
            .is_none_or(|c| is_delimiter(c) || matches!(c, '(' | '\n' | '\r' | '/' | '&' | '|'));
        if head.eq_ignore_ascii_case(word) && ends {
            self.rest = rest;
            true
        } else {
            false
        }
    }

    fn group(&mut self) -> Parsed<Node> {
        self.depth += 1;
        let body = self.lines()?;
        if self.bump() != Some(')') {
            return Err(ParseError::Incomplete);
        }
        self.depth -= 1;
        let redirections = self.redirections()?;
        let nodes = match body {
            Node::Nothing => Vec::new(),
            node => vec![node],
        };
        Ok(Node::Group(nodes, redirections))
    }

    /// Redirections after a closing parenthesis.
    fn redirections(&mut self) -> Parsed<Vec<Redirection>> {
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
    fn redirection(&mut self, handle: Option<u32>) -> Parsed<Redirection> {
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
    fn word(&mut self) -> String {
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
    fn escaped(&mut self, out: &mut String) {
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

    fn simple(&mut self, quiet: bool) -> Parsed<Node> {
        let mut text = String::new();
        let mut redirections = Vec::new();
        let mut quoted = false;
        while let Some(c) = self.peek() {
            match c {
                '\n' | '\r' => break,
                '"' => {
                    quoted = !quoted;
                    text.push(c);
                    self.bump();
                }
                _ if quoted => {
                    // Most of a text is inside quotes: take it in one piece.
                    let end = self.rest.find(['"', '\n', '\r']).unwrap_or(self.rest.len());
                    text.push_str(&self.rest[..end]);
                    self.rest = &self.rest[end..];
                }
                '^' => {
                    self.bump();
                    self.escaped(&mut text);
                }
                '&' | '|' => break,
                ')' if self.depth > 0 => break,
                '<' | '>' => {
                    let handle = take_handle(&mut text);
                    redirections.push(self.redirection(handle)?);
                }
                _ => {
                    let end = self
                        .rest
                        .find(['"', '^', '&', '|', ')', '<', '>', '\n', '\r'])
                        .unwrap_or(self.rest.len())
                        .max(c.len_utf8());
                    text.push_str(&self.rest[..end]);
                    self.rest = &self.rest[end..];
                }
            }
        }
        if text.trim().is_empty() && redirections.is_empty() {
            return Err(ParseError::Syntax);
        }
        Ok(Node::Simple(Simple { text, redirections, quiet }))
    }

    fn for_loop(&mut self) -> Parsed<Node> {
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
    fn list(&mut self) -> Parsed<String> {
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

    fn if_command(&mut self) -> Parsed<Node> {
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

    fn condition(&mut self) -> Parsed<Condition> {
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

/// A digit directly before `>` that stands alone is the handle.
fn take_handle(text: &mut String) -> Option<u32> {
    let digit = text.chars().next_back()?.to_digit(10)?;
    let before = text[..text.len() - 1].chars().next_back();
    if before.is_some_and(|c| !is_delimiter(c)) {
        return None;
    }
    text.pop();
    Some(digit)
}

/// The text without its surrounding quotes.
pub(super) fn unquoted(text: &str) -> String {
    text.strip_prefix('"')
        .map_or_else(|| text.to_owned(), |rest| rest.strip_suffix('"').unwrap_or(rest).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn simple(text: &str) -> Node {
        Node::Simple(Simple { text: text.to_owned(), redirections: vec![], quiet: false })
    }

    #[test]
    fn operators_bind_as_documented() {
        assert_eq!(
            parse("a&b||c&&d").unwrap(),
            Node::Sequence(vec![
                simple("a"),
                Node::Or(
                    Box::new(simple("b")),
                    Box::new(Node::And(Box::new(simple("c")), Box::new(simple("d"))))
                ),
            ])
        );
    }

    #[test]
    fn a_digit_before_an_arrow_is_a_handle_only_by_itself() {
        let Node::Simple(command) = parse("echo 1>f").unwrap() else { panic!() };
        assert_eq!((command.text.as_str(), command.redirections[0].handle), ("echo ", 1));
        let Node::Simple(command) = parse("echo a1>f").unwrap() else { panic!() };
        assert_eq!(command.text, "echo a1");
        let Node::Simple(command) = parse(">f echo 1").unwrap() else { panic!() };
        assert_eq!(command.text.trim(), "echo 1");
    }

    #[test]
    fn quotes_protect_operators_and_carets_escape_them() {
        assert_eq!(parse("findstr \"a|b&c\" ^& x^^").unwrap(), simple("findstr \"a|b&c\" & x^"));
    }

    #[test]
    fn an_open_parenthesis_asks_for_more() {
        assert_eq!(parse("(echo a"), Err(ParseError::Incomplete));
        assert_eq!(parse("for %k in (a b"), Err(ParseError::Incomplete));
        assert_eq!(parse("& echo"), Err(ParseError::Syntax));
        assert!(parse("(echo a\r\necho b\r\n)").is_ok());
    }

    #[test]
    fn nesting_is_bounded() {
        assert_eq!(parse(&"(".repeat(5000)), Err(ParseError::Syntax));
    }
}

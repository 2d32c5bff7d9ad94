//! From text to commands. Percent variables have been replaced; carets and quotes are settled here.

mod delimiter;
mod statements;
mod words;

pub(super) use words::unquoted;

use self::delimiter::is_delimiter;
use super::ast::{Node, Simple};

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

impl Parser<'_> {
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
                Some(')') => self.skip_line(),
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
        Ok(Node::Group(vec![body], redirections))
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
                    let handle = words::take_handle(&mut text);
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

//! From text to what a script is made of.

use super::words::{Node, Part, Quoting, Redirect, Word};

/// What stands between words.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(Word),
    /// A word that was written without quotes, which may be one of the shell's own.
    Plain(String),
    Sign(&'static str),
    Here(String),
    End,
}

const SIGNS: [&str; 14] =
    ["2>&1", "2>", "&&", "||", "<<", ">>", ";", "\n", "|", "<", ">", "(", ")", "&"];

struct Parser<'a> {
    rest: &'a str,
    /// Ends of the documents whose text begins with the next line.
    awaited: Vec<String>,
    /// Their texts, in their order.
    found: Vec<String>,
    next: Option<Token>,
}

/// A whole script; the error says what was not understood.
pub(super) fn script(text: &str) -> Result<Node, String> {
    let mut parser = Parser { rest: text, awaited: Vec::new(), found: Vec::new(), next: None };
    let mut node = parser.list(&[])?;
    if parser.peek()? != Token::End {
        return Err(format!("{:?} unexpected", parser.peek()?));
    }
    parser.found.reverse();
    node.fill(&mut parser.found);
    Ok(node)
}

impl Parser<'_> {
    /// Commands up to one of these words.
    fn list(&mut self, ends: &[&str]) -> Result<Node, String> {
        let mut all = Vec::new();
        loop {
            match self.peek()? {
                Token::Sign(";" | "\n") => {
                    self.take()?;
                }
                Token::End => break,
                Token::Sign(")") => break,
                Token::Plain(word) if ends.contains(&word.as_str()) => break,
                Token::Plain(_) | Token::Word(_) | Token::Sign(_) | Token::Here(_) => {
                    all.push(self.and_or()?);
                }
            }
        }
        if self.peek()? == Token::End && !ends.is_empty() {
            return Err("end of file unexpected".to_owned());
        }
        Ok(Node::Sequence(all))
    }

    fn and_or(&mut self) -> Result<Node, String> {
        let mut left = self.pipe()?;
        loop {
            let sign = match self.peek()? {
                Token::Sign(sign @ ("&&" | "||")) => sign,
                Token::Sign(_) | Token::Word(_) | Token::Plain(_) | Token::Here(_) | Token::End => {
                    return Ok(left);
                }
            };
            self.take()?;
            let right = Box::new(self.pipe()?);
            left = if sign == "&&" {
                Node::And(Box::new(left), right)
            } else {
                Node::Or(Box::new(left), right)
            };
        }
    }

    fn pipe(&mut self) -> Result<Node, String> {
        if self.peek()? == Token::Plain("!".to_owned()) {
            self.take()?;
            return Ok(Node::Not(Box::new(self.pipe()?)));
        }
        let mut all = vec![self.command()?];
        while self.peek()? == Token::Sign("|") {
            self.take()?;
            all.push(self.command()?);
        }
        if all.len() > 1 { Ok(Node::Pipe(all)) } else { all.pop().ok_or_else(String::new) }
    }

    fn command(&mut self) -> Result<Node, String> {
        let Token::Plain(word) = self.peek()? else { return self.simple(Vec::new()) };
        match word.as_str() {
            "if" => {
                self.take()?;
                let mut cases = Vec::new();
                loop {
                    let test = self.list(&["then"])?;
                    self.take()?;
                    cases.push((test, self.list(&["elif", "else", "fi"])?));
                    match self.take()? {
                        Token::Plain(word) if word == "elif" => {}
                        Token::Plain(word) if word == "else" => {
                            let otherwise = self.list(&["fi"])?;
                            self.take()?;
                            return Ok(Node::If { cases, otherwise: Some(Box::new(otherwise)) });
                        }
                        Token::Plain(_)
                        | Token::Word(_)
                        | Token::Sign(_)
                        | Token::Here(_)
                        | Token::End => return Ok(Node::If { cases, otherwise: None }),
                    }
                }
            }
            "while" => {
                self.take()?;
                let test = Box::new(self.list(&["do"])?);
                self.take()?;
                let body = Box::new(self.list(&["done"])?);
                self.take()?;
                Ok(Node::While { test, body, redirects: self.redirects()? })
            }
            "{" => {
                self.take()?;
                let body = Box::new(self.list(&["}"])?);
                self.take()?;
                Ok(Node::Group { body, redirects: self.redirects()? })
            }
            _ => {
                self.take()?;
                if self.peek()? == Token::Sign("(") {
                    self.take()?;
                    if self.take()? != Token::Sign(")") {
                        return Err(format!("\"(\" unexpected after {word}"));
                    }
                    while self.peek()? == Token::Sign("\n") {
                        self.take()?;
                    }
                    return Ok(Node::Function(word, Box::new(self.command()?)));
                }
                self.simple(vec![Token::Plain(word)])
            }
        }
    }

    fn simple(&mut self, begun: Vec<Token>) -> Result<Node, String> {
        let (mut sets, mut words, mut redirects) = (Vec::new(), Vec::new(), Vec::new());
        let mut begun = begun.into_iter();
        loop {
            let token = match begun.next() {
                Some(token) => token,
                None => match self.peek()? {
                    Token::Word(_) | Token::Plain(_) => self.take()?,
                    Token::Sign("<" | ">" | ">>" | "2>" | "2>&1") | Token::Here(_) => {
                        redirects.append(&mut self.redirects()?);
                        continue;
                    }
                    Token::Sign(_) | Token::End => break,
                },
            };
            let word = match token {
                Token::Word(word) => word,
                Token::Plain(text) => Word(vec![Part::Text(text)]),
                Token::Sign(_) | Token::Here(_) | Token::End => break,
            };
            match assignment(&word).filter(|_| words.is_empty()) {
                Some(set) => sets.push(set),
                None => words.push(word),
            }
        }
        if sets.is_empty() && words.is_empty() && redirects.is_empty() {
            return Err(format!("{:?} unexpected", self.peek()?));
        }
        Ok(Node::Simple { sets, words, redirects })
    }

    fn redirects(&mut self) -> Result<Vec<Redirect>, String> {
        let mut all = Vec::new();
        loop {
            let sign = match self.peek()? {
                Token::Here(_) => {
                    self.take()?;
                    all.push(Redirect::Here(String::new()));
                    continue;
                }
                Token::Sign("2>&1") => {
                    self.take()?;
                    all.push(Redirect::ErrToOut);
                    continue;
                }
                Token::Sign(sign @ ("<" | ">" | ">>" | "2>")) => sign,
                Token::Sign(_) | Token::Word(_) | Token::Plain(_) | Token::End => return Ok(all),
            };
            self.take()?;
            let word = match self.take()? {
                Token::Word(word) => word,
                Token::Plain(text) => Word(vec![Part::Text(text)]),
                other @ (Token::Sign(_) | Token::Here(_) | Token::End) => {
                    return Err(format!("{other:?} unexpected"));
                }
            };
            all.push(match sign {
                "<" => Redirect::From(word),
                ">" => Redirect::Out(word),
                ">>" => Redirect::Append(word),
                _ => Redirect::Err(word),
            });
        }
    }

    fn peek(&mut self) -> Result<Token, String> {
        if self.next.is_none() {
            self.next = Some(self.token()?);
        }
        Ok(self.next.clone().unwrap_or(Token::End))
    }

    fn take(&mut self) -> Result<Token, String> {
        let token = self.peek()?;
        self.next = None;
        Ok(token)
    }

    fn token(&mut self) -> Result<Token, String> {
        self.rest = self.rest.trim_start_matches([' ', '\t']).trim_start_matches("\\\n");
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        if self.rest.starts_with('#') {
            self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..];
        }
        if self.rest.is_empty() {
            return Ok(Token::End);
        }
        if let Some(sign) = SIGNS.into_iter().find(|sign| self.rest.starts_with(sign)) {
            self.rest = &self.rest[sign.len()..];
            match sign {
                "<<" => {
                    let end: String = self
                        .rest
                        .trim_start()
                        .trim_start_matches('\'')
                        .chars()
                        .take_while(char::is_ascii_alphanumeric)
                        .collect();
                    let behind = self.rest.find(&end).unwrap_or(0) + end.len();
                    self.rest = self.rest[behind..].trim_start_matches('\'');
                    self.awaited.push(end.clone());
                    return Ok(Token::Here(end));
                }
                "\n" => self.documents(),
                _ => {}
            }
            return Ok(Token::Sign(sign));
        }
        self.word()
    }

    /// After a line that asked for documents, they stand there.
    fn documents(&mut self) {
        for end in std::mem::take(&mut self.awaited) {
            let mut text = String::new();
            while !self.rest.is_empty() {
                let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
                self.rest = rest;
                if line == end {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            self.found.push(text);
        }
    }

    fn word(&mut self) -> Result<Token, String> {
        let mut parts: Vec<Part> = Vec::new();
        let mut text = String::new();
        let mut plain = true;
        while let Some(letter) = self.rest.chars().next() {
            match letter {
                ' ' | '\t' | '\n' | ';' | '|' | '<' | '>' | '(' | ')' | '&' => break,
                '\'' => {
                    plain = false;
                    let inner = &self.rest[1..];
                    let end = inner.find('\'').ok_or("Unterminated quoted string")?;
                    text.push_str(&inner[..end]);
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    self.rest = &inner[end + 1..];
                }
                '"' => {
                    plain = false;
                    self.rest = &self.rest[1..];
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    self.quoted(&mut parts)?;
                }
                '$' => {
                    plain = false;
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(self.dollar(Quoting::Bare)?);
                }
                '\\' => {
                    plain = false;
                    let mut behind = self.rest[1..].chars();
                    text.extend(behind.next());
                    self.rest = behind.as_str();
                }
                other => {
                    text.push(other);
                    self.rest = &self.rest[other.len_utf8()..];
                }
            }
        }
        if plain {
            return Ok(Token::Plain(text));
        }
        parts.push(Part::Text(text));
        Ok(Token::Word(Word(parts)))
    }

    fn quoted(&mut self, parts: &mut Vec<Part>) -> Result<(), String> {
        let mut text = String::new();
        loop {
            let letter = self.rest.chars().next().ok_or("Unterminated quoted string")?;
            match letter {
                '"' => {
                    self.rest = &self.rest[1..];
                    parts.push(Part::Text(text));
                    return Ok(());
                }
                '$' => {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(self.dollar(Quoting::Quoted)?);
                }
                '\\' => {
                    let mut behind = self.rest[1..].chars();
                    text.extend(behind.next());
                    self.rest = behind.as_str();
                }
                other => {
                    text.push(other);
                    self.rest = &self.rest[other.len_utf8()..];
                }
            }
        }
    }

    fn dollar(&mut self, quoting: Quoting) -> Result<Part, String> {
        let behind = &self.rest[1..];
        if let Some(inner) = behind.strip_prefix('(') {
            let mut parser =
                Parser { rest: inner, awaited: Vec::new(), found: Vec::new(), next: None };
            let node = parser.list(&[])?;
            if parser.take()? != Token::Sign(")") {
                return Err("end of file unexpected (expecting \")\")".to_owned());
            }
            self.rest = &inner[inner.len() - parser.rest.len()..];
            return Ok(Part::Command(Box::new(node), quoting));
        }
        let braced = behind.strip_prefix('{');
        let inner = braced.unwrap_or(behind);
        let is_name = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
        let mut name: String = inner.chars().take_while(is_name).collect();
        if name.is_empty() {
            name.extend(inner.chars().take(1).filter(|sign| "?#@".contains(*sign)));
        }
        let mut rest = &inner[name.len()..];
        if braced.is_some() {
            rest = rest.strip_prefix('}').ok_or("Bad substitution")?;
        }
        self.rest = rest;
        if name.is_empty() {
            return Ok(Part::Text("$".to_owned()));
        }
        Ok(Part::Variable(name, quoting))
    }
}

/// A word that sets a variable.
fn assignment(word: &Word) -> Option<(String, Word)> {
    let Some(Part::Text(first)) = word.0.first() else { return None };
    let (name, value) = first.split_once('=')?;
    let sound = name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
        && name.chars().next().is_some_and(|letter| !letter.is_ascii_digit());
    let mut parts = vec![Part::Text(value.to_owned())];
    parts.extend(word.0[1..].iter().cloned());
    sound.then(|| (name.to_owned(), Word(parts)))
}

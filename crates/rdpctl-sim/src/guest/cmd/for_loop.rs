//! `for` in its four forms.

use std::rc::Rc;

use super::ast::{For, ForKind};
use super::condition::number;
use super::io::{Sink, Streams};
use super::parse::{self, unquoted};
use super::shell::{Flow, Shell};
use crate::guest::code_page;

/// The options of `for /f`.
#[derive(Debug, PartialEq, Eq)]
struct Options {
    end_of_line: Option<char>,
    skip: usize,
    delimiters: String,
    /// Token numbers from one, and whether the rest of the line follows.
    tokens: Vec<usize>,
    rest: bool,
    back_quotes: bool,
}

impl Options {
    fn parse(text: &str) -> Self {
        let mut options = Self {
            end_of_line: Some(';'),
            skip: 0,
            delimiters: " \t".to_owned(),
            tokens: vec![1],
            rest: false,
            back_quotes: false,
        };
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let lower = rest.to_ascii_lowercase();
            if lower.starts_with("usebackq") {
                options.back_quotes = true;
                rest = &rest[8..];
            } else if lower.starts_with("eol=") {
                options.end_of_line = rest[4..].chars().next();
                rest = rest[4..].get(1..).unwrap_or("");
            } else if lower.starts_with("skip=") {
                let end = rest.find(' ').unwrap_or(rest.len());
                options.skip =
                    number(&rest[5..end]).and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
                rest = &rest[end..];
            } else if lower.starts_with("delims=") {
                // A blank belongs to the list only at the very end of the options.
                let value = &rest[7..];
                let end = value
                    .char_indices()
                    .find(|(at, c)| *c == ' ' && !value[at + 1..].trim().is_empty())
                    .map_or(value.len(), |(at, _)| at);
                value[..end].clone_into(&mut options.delimiters);
                rest = &value[end..];
            } else if lower.starts_with("tokens=") {
                let end = rest.find(' ').unwrap_or(rest.len());
                (options.tokens, options.rest) = parse_tokens(&rest[7..end]);
                rest = &rest[end..];
            } else {
                let end = rest.find(' ').unwrap_or(rest.len());
                rest = &rest[end..];
            }
            rest = rest.trim_start();
        }
        options
    }

    /// What a line gives to the variables; `None` when it gives nothing.
    fn split(&self, line: &str) -> Option<Vec<String>> {
        let is_delimiter = |c: char| self.delimiters.contains(c);
        let line = line.trim_start_matches(is_delimiter);
        if line.is_empty() || line.chars().next() == self.end_of_line {
            return None;
        }
        let wanted = self.tokens.iter().copied().max().unwrap_or(0);
        let mut words = Vec::new();
        let mut rest = line;
        while words.len() < wanted && !rest.is_empty() {
            let end = rest.find(is_delimiter).unwrap_or(rest.len());
            words.push(&rest[..end]);
            rest = rest[end..].trim_start_matches(is_delimiter);
        }
        let mut values: Vec<String> = self
            .tokens
            .iter()
            .map(|token| words.get(token - 1).copied().unwrap_or("").to_owned())
            .collect();
        if self.rest {
            values.push(rest.to_owned());
        }
        values
            .first()
            .is_some_and(|first| !first.is_empty() || self.tokens.is_empty())
            .then_some(values)
    }
}

/// `1,3-5*`.
fn parse_tokens(text: &str) -> (Vec<usize>, bool) {
    let rest = text.ends_with('*');
    let mut tokens = Vec::new();
    for part in text.trim_end_matches('*').split(',').filter(|part| !part.is_empty()) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        if let (Ok(from), Ok(to)) = (from.parse::<usize>(), to.parse::<usize>()) {
            // More than 31 tokens are not addressable.
            tokens.extend((from.max(1)..=to.min(31)).take(31));
        }
    }
    (tokens, rest)
}

/// The elements of a plain list: parted by blanks, commas, semicolons and equal signs.
fn elements(list: &str) -> Vec<String> {
    super::batch::split_arguments(&list.replace(['\n', '\r'], " "))
}

impl Shell<'_> {
    pub(super) fn execute_for(&mut self, node: &For) -> Flow {
        let list = self.expand_late(&node.list).into_owned();
        match node.kind {
            ForKind::Plain | ForKind::Folders => self.for_elements(node, &list),
            ForKind::Count => self.for_count(node, &list),
            ForKind::Lines => self.for_lines(node, &list),
        }
    }

    fn pass(&mut self, node: &For, values: &[String]) -> Flow {
        let depth = self.variables.len();
        let names = (u32::from(node.variable)..).filter_map(char::from_u32);
        for (name, value) in names.zip(values) {
            self.variables.push((name, Rc::from(value.as_str())));
        }
        let flow = self.execute(&node.body);
        self.variables.truncate(depth);
        flow
    }

    fn for_elements(&mut self, node: &For, list: &str) -> Flow {
        for element in elements(list) {
            if element.contains(['*', '?']) {
                for path in self.matching_names(&element, node.kind == ForKind::Folders) {
                    let flow = self.pass(node, &[path]);
                    if flow != Flow::Next {
                        return flow;
                    }
                }
            } else if node.kind == ForKind::Plain {
                let flow = self.pass(node, &[element]);
                if flow != Flow::Next {
                    return flow;
                }
            }
        }
        Flow::Next
    }

    /// Existing names for a pattern, with the folder as it was written.
    fn matching_names(&self, pattern: &str, folders: bool) -> Vec<String> {
        let plain = unquoted(pattern);
        let folder = plain.rfind('\\').map_or("", |at| &plain[..=at]);
        self.guest
            .files()
            .matching(&self.full_path(&plain))
            .into_iter()
            .filter(|(_, node)| node.folder == folders)
            .map(|(path, _)| format!("{folder}{}", path.rsplit('\\').next().unwrap_or(&path)))
            .collect()
    }

    fn for_count(&mut self, node: &For, list: &str) -> Flow {
        let numbers: Vec<i32> =
            elements(list).iter().map(|text| number(text).unwrap_or(0)).collect();
        let at = |index: usize| i64::from(numbers.get(index).copied().unwrap_or(0));
        let (mut value, step, end) = (at(0), at(1), at(2));
        while if step >= 0 { value <= end } else { value >= end } {
            let flow = self.pass(node, &[value.to_string()]);
            if flow != Flow::Next {
                return flow;
            }
            value += step;
        }
        Flow::Next
    }

    fn for_lines(&mut self, node: &For, list: &str) -> Flow {
        let options = Options::parse(&self.expand_late(&node.options));
        let list = list.trim();
        let (command, literal) = if options.back_quotes { ('`', '\'') } else { ('\'', '"') };
        let inside = |mark: char| {
            list.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark)).map(str::to_owned)
        };
        let text = if let Some(line) = inside(command) {
            self.output_of(&line)
        } else if let Some(text) = inside(literal) {
            text
        } else {
            match self.contents_of(list) {
                Ok(text) => text,
                Err(name) => {
                    let message = self.texts().file_not_found;
                    self.complain(&format!("{message} {name}"));
                    return Flow::Next;
                }
            }
        };
        for line in text.split('\n').skip(options.skip) {
            let Some(values) = options.split(line.trim_end_matches('\r')) else { continue };
            let flow = self.pass(node, &values);
            if flow != Flow::Next {
                return flow;
            }
        }
        Flow::Next
    }

    /// Runs a command in an interpreter of its own and takes its output.
    fn output_of(&mut self, line: &str) -> String {
        let outer = self.streams.clone();
        let out = Sink::kept(self.cap());
        self.streams = Streams { out: out.clone(), ..outer.clone() };
        let batch = self.batch.take();
        let variables = std::mem::take(&mut self.variables);
        self.in_child(|shell| {
            shell.delayed = false;
            shell.echo = false;
            let text = shell.expand_typed(line).into_owned();
            if let Ok(node) = parse::parse(&text) {
                shell.execute(&node)
            } else {
                let message = shell.texts().syntax_incorrect;
                shell.complain(message);
                Flow::Next
            }
        });
        self.variables = variables;
        self.batch = batch;
        self.streams = outer;
        code_page::decode(self.page, &out.take())
    }

    /// The text of the files of a list.
    fn contents_of(&self, list: &str) -> Result<String, String> {
        let mut text = String::new();
        for name in elements(list) {
            let path = self.full_path(&unquoted(&name));
            let files = self.guest.files();
            let node = files.get(&path).filter(|node| !node.folder).ok_or(name)?;
            let decoded = code_page::from_utf16_file(&node.data)
                .unwrap_or_else(|| code_page::decode(self.page, &node.data));
            text.push_str(&decoded);
            if !text.ends_with('\n') {
                text.push('\n');
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_for_f() {
        let options = Options::parse("skip=2 tokens=1,3* delims=:, ");
        assert_eq!((options.skip, options.delimiters.as_str()), (2, ":, "));
        assert_eq!(
            options.split("a:b,c d:e f").unwrap(),
            ["a", "c", "d:e f"],
            "blanks are delimiters here because they end the options"
        );
        assert_eq!(Options::parse("tokens=*").split("  a b ").unwrap(), ["a b "]);
        assert_eq!(Options::parse("tokens=3").split("a b"), None);
        assert_eq!(Options::parse("").split("; comment"), None);
    }
}

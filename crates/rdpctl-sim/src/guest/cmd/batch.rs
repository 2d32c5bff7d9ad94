//! Command files: lines, labels, arguments, calls.

use std::rc::Rc;

use super::lines::Batch;
use super::parse::{self, ParseError};
use super::shell::{Flow, Shell};

/// How deep files and routines may call each other.
const DEEPEST: u32 = 40;

/// Words as a called routine gets them: quotes stay, delimiters part.
pub(super) fn split_arguments(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quoted = false;
    for c in text.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.push(c);
            }
            ' ' | '\t' | ',' | ';' | '=' if !quoted => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
            }
            c => word.push(c),
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

impl Shell<'_> {
    /// Runs a file from its first line to its end.
    pub(super) fn run_file(&mut self, text: &str, arguments: Vec<String>) -> Flow {
        if self.depth >= DEEPEST {
            self.fail(1);
            return Flow::LeaveShell;
        }
        self.depth += 1;
        let outer = self.batch.replace(Batch::new(text, arguments));
        let scopes = self.scopes.len();
        let variables = std::mem::take(&mut self.variables);
        let flow = self.run_lines();
        self.variables = variables;
        // What the file left open ends with it.
        while self.scopes.len() > scopes {
            self.end_local();
        }
        self.batch = outer;
        self.depth -= 1;
        flow
    }

    /// `call :label`.
    pub(super) fn call_label(&mut self, label: &str, arguments: &str) -> Flow {
        let Some(batch) = &self.batch else {
            self.fail(1);
            return Flow::Next;
        };
        if self.depth >= DEEPEST {
            self.fail(1);
            return Flow::LeaveShell;
        }
        let Some(at) = batch.find_label(label) else {
            let text = crate::guest::text::fill(self.texts().label_missing, &[label]);
            self.complain(&text);
            return Flow::Next;
        };
        let mut words = vec![format!(":{label}")];
        words.extend(split_arguments(arguments));
        let inner = Batch { lines: Rc::clone(&batch.lines), arguments: words, next: at + 1 };
        let outer = self.batch.replace(inner);
        let scopes = self.scopes.len();
        let variables = std::mem::take(&mut self.variables);
        self.depth += 1;
        let flow = self.run_lines();
        self.depth -= 1;
        self.variables = variables;
        while self.scopes.len() > scopes {
            self.end_local();
        }
        self.batch = outer;
        match flow {
            Flow::LeaveShell => Flow::LeaveShell,
            Flow::Next | Flow::Goto(_) | Flow::LeaveFile => Flow::Next,
        }
    }

    fn run_lines(&mut self) -> Flow {
        while let Some(text) = self.next_statement() {
            let node = match parse::parse(&text) {
                Ok(node) => node,
                Err(ParseError::Syntax | ParseError::Incomplete) => {
                    let message = self.texts().syntax_incorrect;
                    self.complain(message);
                    self.error_level = 255;
                    return Flow::LeaveFile;
                }
            };
            if self.echo && !text.trim_start().starts_with('@') && !text.trim().is_empty() {
                let prompt = format!("\r\n{}>{}", self.folder, text.trim_end());
                self.print_line(&prompt);
            }
            match self.execute(&node) {
                Flow::Next => {}
                Flow::Goto(label) => {
                    let at = self.batch.as_ref().and_then(|batch| batch.find_label(&label));
                    if let (Some(at), Some(batch)) = (at, &mut self.batch) {
                        batch.next = at + 1;
                    } else {
                        let text = crate::guest::text::fill(self.texts().label_missing, &[&label]);
                        self.complain(&text);
                        return Flow::LeaveFile;
                    }
                }
                Flow::LeaveFile => return Flow::LeaveFile,
                Flow::LeaveShell => return Flow::LeaveShell,
            }
            if !self.count() {
                return Flow::LeaveShell;
            }
        }
        Flow::Next
    }

    /// The next line, with those that complete it.
    fn next_statement(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            let batch = self.batch.as_ref()?;
            let Some(line) = batch.lines.get(batch.next) else {
                return (!text.is_empty()).then_some(text);
            };
            if text.is_empty() && line.trim_start().starts_with(':') {
                if let Some(batch) = &mut self.batch {
                    batch.next += 1;
                }
                continue;
            }
            let expanded =
                if line.contains('%') { self.expand_file_line(line, batch) } else { line.clone() };
            if let Some(batch) = &mut self.batch {
                batch.next += 1;
            }
            text.push_str(&expanded);
            let carets = text.chars().rev().take_while(|c| *c == '^').count();
            let open = text.contains('(') && parse::parse(&text) == Err(ParseError::Incomplete);
            if carets % 2 == 0 && !open {
                return Some(text);
            }
            text.push('\n');
        }
    }
}

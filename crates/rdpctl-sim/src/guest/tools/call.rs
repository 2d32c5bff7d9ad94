//! One call of a tool: its arguments, its streams, the machine.

use std::rc::Rc;

use crate::guest::cmd::Sink;
use crate::guest::code_page;
use crate::guest::keys::Keys;
use crate::guest::machine::Guest;
use crate::guest::order::User;
use crate::guest::text::{Texts, fill};

/// What a tool gets and where it writes.
pub(in crate::guest) struct Tool<'a> {
    pub(in crate::guest) guest: &'a mut Guest,
    pub(in crate::guest) now: u64,
    /// The command line after the program's name.
    pub(in crate::guest) arguments: &'a str,
    pub(in crate::guest) user: User,
    pub(in crate::guest) page: u32,
    pub(in crate::guest) folder: String,
    pub(in crate::guest) input: Rc<[u8]>,
    pub(in crate::guest) out: Sink,
    pub(in crate::guest) err: Sink,
    /// Simulated milliseconds beyond the start of a program.
    pub(in crate::guest) took: u64,
    pub(in crate::guest) hung: bool,
    /// The script that goes on reading keys, if it is one.
    pub(in crate::guest) keys: Option<Keys>,
    /// Command lines that it starts, one after another.
    pub(in crate::guest) starts: Vec<String>,
}

impl Tool<'_> {
    /// The arguments as a C program gets them.
    pub(super) fn words(&self) -> Vec<String> {
        split_words(self.arguments)
    }

    pub(super) fn texts(&self) -> &'static Texts {
        self.guest.texts()
    }

    pub(super) fn line(&self, text: &str) {
        self.out.append(|bytes| {
            code_page::encode(self.page, text, bytes);
            bytes.extend_from_slice(b"\r\n");
        });
    }

    pub(super) fn text(&self, text: &str) {
        self.out.append(|bytes| code_page::encode(self.page, text, bytes));
    }

    pub(super) fn error_line(&self, text: &str) {
        self.err.append(|bytes| {
            code_page::encode(self.page, text, bytes);
            bytes.extend_from_slice(b"\r\n");
        });
    }

    /// `ERROR: ` and a text, on standard error; the exit code is one.
    pub(super) fn refuse(&self, text: &str) -> i32 {
        self.error_line(&format!("{}{text}", self.texts().error_prefix));
        1
    }

    pub(super) fn say(&self, text: &str, arguments: &[&str]) {
        self.line(&fill(text, arguments));
    }

    /// A full path from what was written.
    pub(super) fn path(&self, text: &str) -> String {
        crate::guest::cmd::full_path(&self.folder, text)
    }

    /// Simulated time at the end of what the call has done so far.
    pub(super) fn clock(&self) -> u64 {
        self.now + self.took
    }
}

/// Splits a command line as the C runtime does: quotes group, a backslash escapes a quote.
pub(super) fn split_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut started = false;
    let mut quoted = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let mut slashes = 1;
                while chars.next_if_eq(&'\\').is_some() {
                    slashes += 1;
                }
                started = true;
                if chars.peek() == Some(&'"') {
                    word.extend(std::iter::repeat_n('\\', slashes / 2));
                    if slashes % 2 == 1 {
                        chars.next();
                        word.push('"');
                    }
                } else {
                    word.extend(std::iter::repeat_n('\\', slashes));
                }
            }
            '"' => {
                started = true;
                if quoted && chars.next_if_eq(&'"').is_some() {
                    word.push('"');
                } else {
                    quoted = !quoted;
                }
            }
            ' ' | '\t' | '\r' | '\n' if !quoted => {
                if started {
                    words.push(std::mem::take(&mut word));
                    started = false;
                }
            }
            c => {
                started = true;
                word.push(c);
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_part_as_in_a_c_program() {
        for (line, expected) in [
            (r#"query "HKLM\A B" /v x"#, vec!["query", r"HKLM\A B", "/v", "x"]),
            (r#"/c:"-28752|" a"#, vec!["/c:-28752|", "a"]),
            (r#"add K /d "" /f"#, vec!["add", "K", "/d", "", "/f"]),
            (r#""C:\a\\" x"#, vec![r"C:\a\", "x"]),
            (r#"a\"b"#, vec!["a\"b"]),
        ] {
            assert_eq!(split_words(line), expected);
        }
    }
}

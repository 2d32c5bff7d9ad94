//! `set`, `setlocal`, `endlocal`.

use super::arithmetic::{ArithmeticError, evaluate};
use super::shell::Shell;

impl Shell<'_> {
    pub(super) fn set_command(&mut self, arguments: &str) {
        let arguments = arguments.trim_start_matches([' ', '\t']);
        if arguments.len() >= 2 && arguments.as_bytes()[..2].eq_ignore_ascii_case(b"/a") {
            self.set_arithmetic(&arguments[2..]);
            return;
        }
        if arguments.len() >= 2 && arguments.as_bytes()[..2].eq_ignore_ascii_case(b"/p") {
            let (name, _) = arguments[2..].split_once('=').unwrap_or((&arguments[2..], ""));
            let input = std::rc::Rc::clone(&self.streams.input);
            let line = input.split(|byte| *byte == b'\n').next().unwrap_or_default();
            let text = crate::guest::code_page::decode(self.page, line);
            if text.trim_end().is_empty() {
                self.last = 1;
                self.error_level = 1;
            } else {
                self.environment.set(name.trim(), text.trim_end_matches('\r'));
                self.last = 0;
            }
            return;
        }
        // With quotes around all of it, what follows the last quote is dropped.
        let text = match arguments.strip_prefix('"') {
            Some(rest) => rest.rfind('"').map_or(rest, |at| &rest[..at]),
            None => arguments,
        };
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => {
                self.environment.set(name, value);
                self.last = 0;
            }
            Some(_) => {
                let message = self.texts().syntax_incorrect;
                self.complain(message);
            }
            None => self.list_variables(text.trim_end()),
        }
    }

    fn list_variables(&mut self, prefix: &str) {
        let found = self.environment.starting_with(prefix);
        if found.is_empty() {
            let text = format!("Environment variable {prefix} not defined");
            self.complain(&text);
            return;
        }
        for (name, value) in found {
            self.print_line(&format!("{name}={value}"));
        }
        self.last = 0;
    }

    fn set_arithmetic(&mut self, expression: &str) {
        match evaluate(self, expression) {
            Ok(value) => {
                // A file does not print the result; a typed line does.
                if self.batch.is_none() {
                    self.print(&value.to_string());
                }
                self.last = 0;
            }
            Err(ArithmeticError::Operand) => {
                let message = self.texts().missing_operand;
                self.complain(message);
                self.fail(1_073_750_988);
            }
            Err(ArithmeticError::DivisionByZero) => {
                let message = self.texts().division_by_zero;
                self.complain(message);
                self.fail(1_073_750_993);
            }
        }
    }

    pub(super) fn begin_local(&mut self, arguments: &str) {
        self.scopes.push((self.environment.clone(), self.delayed, self.folder.clone()));
        for word in arguments.split_whitespace() {
            if word.eq_ignore_ascii_case("enabledelayedexpansion") {
                self.delayed = true;
            } else if word.eq_ignore_ascii_case("disabledelayedexpansion") {
                self.delayed = false;
            }
        }
        self.succeed();
    }

    pub(super) fn end_local(&mut self) {
        if let Some((environment, delayed, folder)) = self.scopes.pop() {
            self.environment = environment;
            self.delayed = delayed;
            self.folder = folder;
        }
    }
}

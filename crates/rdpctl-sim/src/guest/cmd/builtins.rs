//! The commands that the interpreter knows itself.

use super::parse::{self};
use super::shell::{Flow, Shell};

/// Names of built-in commands.
const BUILTINS: [&str; 38] = [
    "break", "call", "cd", "chcp", "chdir", "cls", "color", "copy", "date", "del", "dir", "echo",
    "endlocal", "erase", "exit", "goto", "md", "mkdir", "move", "path", "pause", "popd", "prompt",
    "pushd", "rd", "rem", "ren", "rename", "rmdir", "set", "setlocal", "shift", "time", "title",
    "type", "ver", "verify", "vol",
];

/// The built-in command at the beginning of a text, and the text after its name.
fn builtin(text: &str) -> Option<(&'static str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let name = &text[..end];
    let rest = &text[end..];
    let after = rest.chars().next();
    let ends = after.is_none_or(|c| c.is_whitespace() || ",;=/(.:+[]\\\"!<>&|".contains(c));
    // `sc.exe` and `type.exe` are programs; `echo.` is not.
    if !ends || rest.to_ascii_lowercase().starts_with(".exe") {
        return None;
    }
    BUILTINS.iter().find(|known| known.eq_ignore_ascii_case(name)).map(|known| (*known, rest))
}

impl Shell<'_> {
    /// Runs one command whose variables are replaced.
    pub(super) fn dispatch(&mut self, text: &str) -> Flow {
        let text = text.trim_start_matches([' ', '\t', ',', ';', '=']);
        match builtin(text) {
            Some((name, arguments)) => self.run_builtin(name, arguments),
            None => self.run_program(text),
        }
    }

    fn run_builtin(&mut self, name: &str, arguments: &str) -> Flow {
        let faults = &self.guest.template.faults;
        if faults.hung.iter().any(|hung| hung.eq_ignore_ascii_case(name)) {
            self.hang();
            return Flow::LeaveShell;
        }
        match name {
            "echo" => self.echo_command(arguments),
            "set" => self.set_command(arguments),
            "setlocal" => self.begin_local(arguments),
            "endlocal" => self.end_local(),
            "call" => return self.call_command(arguments),
            "goto" => return self.goto_command(arguments),
            "exit" => return self.exit_command(arguments),
            "shift" => self.shift_arguments(),
            "cd" | "chdir" => self.change_folder(arguments),
            "pushd" => {
                self.scopes.push((self.environment.clone(), self.delayed, self.folder.clone()));
                self.change_folder(arguments);
            }
            "popd" => {
                if let Some((_, _, folder)) = self.scopes.pop() {
                    self.folder = folder;
                }
            }
            "md" | "mkdir" => self.make_folder(arguments),
            "rd" | "rmdir" => self.remove_folder(arguments),
            "del" | "erase" => self.delete_files(arguments),
            "copy" => self.copy_files(arguments),
            "move" => self.move_file(arguments),
            "ren" | "rename" => self.rename_file(arguments),
            "type" => self.type_files(arguments),
            "dir" => self.list_folder(arguments),
            "chcp" => self.change_page(arguments),
            "ver" => {
                let texts = self.texts();
                let build = self.guest.template.os.build();
                let version =
                    if build == 9600 { "6.3.9600".to_owned() } else { format!("10.0.{build}") };
                self.print_line(&format!(
                    "\r\nMicrosoft Windows [{} {version}]",
                    texts.version_word
                ));
                self.last = 0;
            }
            "path" => {
                let path = self.variable("PATH").unwrap_or_default().into_owned();
                self.print_line(&format!("PATH={path}"));
            }
            "date" | "time" => {
                let text = self.variable(name).unwrap_or_default().into_owned();
                self.print_line(&text);
                self.last = 0;
            }
            "pause" => {
                // Standard input has ended: it does not wait.
                let text = self.texts().press_any_key;
                self.print_line(text);
                self.last = 0;
            }
            // Nothing that these do can be seen here.
            // What a console takes as "clear" is one character anywhere else.
            "cls" => {
                self.streams.out.write(b"\x0c");
                self.last = 0;
            }
            "break" | "color" | "prompt" | "rem" | "title" | "verify" | "vol" => {
                self.last = 0;
            }
            _ => return self.run_program(name),
        }
        Flow::Next
    }

    fn echo_command(&mut self, arguments: &str) {
        self.last = 0;
        let mut chars = arguments.chars();
        match chars.next() {
            None => {
                let word = if self.echo { "ON" } else { "OFF" };
                self.print_line(&format!("ECHO is {}.", word.to_lowercase()));
            }
            Some(separator) => {
                let text = chars.as_str();
                let word = text.trim();
                if separator.is_whitespace() && word.eq_ignore_ascii_case("off") {
                    self.echo = false;
                } else if separator.is_whitespace() && word.eq_ignore_ascii_case("on") {
                    self.echo = true;
                } else if separator.is_whitespace() && word.is_empty() {
                    let word = if self.echo { "on" } else { "off" };
                    self.print_line(&format!("ECHO is {word}."));
                } else {
                    self.print_line(text);
                }
            }
        }
    }

    fn call_command(&mut self, arguments: &str) -> Flow {
        let arguments = arguments.trim_start();
        if let Some(rest) = arguments.strip_prefix(':') {
            let end = rest.find([' ', '\t', ',', ';', '=']).unwrap_or(rest.len());
            let (label, words) = rest.split_at(end);
            if label.eq_ignore_ascii_case("eof") {
                return Flow::Next;
            }
            // The arguments of a call are read a second time.
            let words = match self.batch.clone() {
                Some(batch) => self.expand_file_line(words, &batch),
                None => self.expand_typed(words).into_owned(),
            };
            return self.call_label(label, &words);
        }
        let text = match self.batch.clone() {
            Some(batch) => self.expand_file_line(arguments, &batch),
            None => self.expand_typed(arguments).into_owned(),
        };
        let Ok(node) = parse::parse(&text) else {
            self.fail(1);
            return Flow::Next;
        };
        match self.execute(&node) {
            Flow::LeaveFile | Flow::Next => Flow::Next,
            flow @ (Flow::Goto(_) | Flow::LeaveShell) => flow,
        }
    }

    fn goto_command(&mut self, arguments: &str) -> Flow {
        let label = arguments.trim().trim_start_matches(':');
        let end = label.find([' ', '\t', ':', '+', ',', ';', '=']).unwrap_or(label.len());
        let label = &label[..end];
        if self.batch.is_none() {
            return Flow::Next;
        }
        if label.eq_ignore_ascii_case("eof") {
            return Flow::LeaveFile;
        }
        Flow::Goto(label.to_owned())
    }

    fn exit_command(&mut self, arguments: &str) -> Flow {
        let mut words = arguments.split_whitespace().peekable();
        let from_file = words.next_if(|word| word.eq_ignore_ascii_case("/b")).is_some();
        if let Some(code) = words.next().and_then(super::condition::number) {
            self.error_level = code;
        }
        self.last = self.error_level;
        if from_file && self.batch.is_some() { Flow::LeaveFile } else { Flow::LeaveShell }
    }

    fn shift_arguments(&mut self) {
        if let Some(batch) = &mut self.batch
            && !batch.arguments.is_empty()
        {
            batch.arguments.remove(0);
        }
    }

    fn change_page(&mut self, arguments: &str) {
        let word = arguments.trim();
        let texts = self.texts();
        if word.is_empty() {
            let text = crate::guest::text::fill(texts.page_is, &[&self.page.to_string()]);
            self.print_line(&text);
            self.succeed();
            return;
        }
        if let Ok(page @ (437 | 850 | 936 | 949 | 1252 | 65001)) = word.parse::<u32>() {
            if self.guest.template.faults.code_page.is_none() {
                self.page = page;
            }
            let text = crate::guest::text::fill(texts.page_is, &[&page.to_string()]);
            self.print_line(&text);
            self.succeed();
        } else {
            let message = texts.page_bad;
            self.complain(message);
        }
    }
}

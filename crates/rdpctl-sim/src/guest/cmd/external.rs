//! Programs: the interpreter itself, command files, and the native tools.

use std::rc::Rc;

use super::parse;
use super::shell::{Flow, Shell};
use crate::guest::machine::Guest;
use crate::guest::order::{Command, Ctx, Output, User};
use crate::guest::tools::{self, Tool};

/// What one line of the interpreter may hold.
const LONGEST_LINE: usize = 8191;

/// The interpreter's answer to a program that does not exist.
const NOT_FOUND: i32 = 9009;

/// Runs what a channel hands over.
pub(in crate::guest) fn run(guest: &mut Guest, command: &Command, ctx: &Ctx) -> Output {
    let mut shell = Shell::new(guest, ctx);
    match command {
        Command::Line(line) => {
            if line.chars().count() > LONGEST_LINE {
                shell.fail(255);
            } else {
                shell.run_program(line.trim_start());
            }
        }
        Command::File(text) => {
            // Where an agent puts its files; nothing is safe there.
            r"C:\Windows\Temp".clone_into(&mut shell.folder);
            shell.run_file(text, vec![r"C:\Windows\Temp\script.cmd".to_owned()]);
        }
    }
    Output {
        stdout: shell.streams.out.take(),
        stderr: shell.streams.err.take(),
        exit: shell.error_level,
        took: shell.took,
    }
}

/// The program's name and the rest of the line.
fn split_program(text: &str) -> (&str, &str) {
    if let Some(rest) = text.strip_prefix('"') {
        let end = rest.find('"').unwrap_or(rest.len());
        return (&rest[..end], rest.get(end + 1..).unwrap_or(""));
    }
    let end = text
        .find(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '=' | '"'))
        .unwrap_or(text.len());
    // A switch may follow without a blank: `sc/?`, but a path may hold slashes too.
    let end = match text[..end].find('/') {
        Some(slash) if slash > 0 && !text[..slash].contains(['\\', ':']) => slash,
        _ => end,
    };
    text.split_at(end)
}

/// `C:\Windows\System32\reg.exe` is `reg`.
fn tool_name(program: &str) -> String {
    let file = program.rsplit(['\\', '/']).next().unwrap_or(program).to_ascii_lowercase();
    file.strip_suffix(".exe").or_else(|| file.strip_suffix(".com")).unwrap_or(&file).to_owned()
}

impl Shell<'_> {
    /// Runs a program by its line.
    pub(super) fn run_program(&mut self, text: &str) -> Flow {
        let (program, arguments) = split_program(text);
        let name = tool_name(program);
        let faults = &self.guest.template.faults;
        let listed = |names: &[String]| names.iter().any(|known| known.eq_ignore_ascii_case(&name));
        if listed(&faults.hung) {
            self.hang();
            return Flow::LeaveShell;
        }
        if listed(&faults.denied) {
            let message = self.texts().access_denied;
            self.complain(message);
            self.fail(5);
            return Flow::Next;
        }
        match self.find_program(program) {
            Some(found) => self.run_found(found, program, arguments),
            None => self.not_found(program),
        }
    }

    fn not_found(&mut self, program: &str) -> Flow {
        let text = crate::guest::text::fill(self.texts().not_recognized, &[program]);
        self.complain(&text);
        self.fail(NOT_FOUND);
        Flow::Next
    }

    pub(super) fn run_tool(&mut self, tool: tools::Run, arguments: &str) -> Flow {
        if let User::Ordinary(_) = self.user {
            // What tools do for somebody without rights is not simulated: nothing is the least that they do.
            let message = self.texts().access_denied;
            self.complain(message);
            self.fail(5);
            return Flow::Next;
        }
        let now = self.now();
        let mut call = Tool {
            now,
            arguments,
            user: self.user.clone(),
            page: self.page,
            folder: self.folder.clone(),
            input: Rc::clone(&self.streams.input),
            out: self.streams.out.clone(),
            err: self.streams.err.clone(),
            took: 0,
            hung: false,
            keys: None,
            starts: Vec::new(),
            guest: &mut *self.guest,
        };
        let code = tool(&mut call);
        let (milliseconds, is_hung) = (call.took, call.hung);
        let starts = std::mem::take(&mut call.starts);
        let keys = call.keys.take();
        self.spend(milliseconds + 8);
        for line in starts {
            self.run_program(&line);
        }
        self.fail(code);
        // Without a console there is nobody who types.
        self.keys = keys.filter(|_| self.at_console);
        if is_hung {
            self.hang();
            return Flow::LeaveShell;
        }
        let now = self.now();
        self.guest.settle(now);
        Flow::Next
    }

    /// `cmd /v:on /d /q /s /c "..."`.
    pub(super) fn run_interpreter(&mut self, arguments: &str) -> Flow {
        let mut rest = arguments.trim_start();
        let mut delayed = false;
        let mut quiet = false;
        let mut strip = false;
        loop {
            let Some(switch) = rest.strip_prefix('/') else {
                // Without /c it reads commands from its input, which has ended.
                self.succeed();
                return Flow::Next;
            };
            let lower = switch.to_ascii_lowercase();
            if lower.starts_with('c') || lower.starts_with('k') || lower.starts_with('r') {
                rest = switch[1..].trim_start();
                break;
            }
            delayed |= lower.starts_with("v:on");
            quiet |= lower.starts_with('q');
            strip |= lower.starts_with('s');
            let end = switch.find([' ', '\t', '/']).unwrap_or(switch.len());
            rest = switch[end..].trim_start();
        }
        if rest.chars().count() > LONGEST_LINE {
            self.fail(255);
            return Flow::Next;
        }
        let body = strip_quotes(rest, strip);
        let batch = self.batch.take();
        let variables = std::mem::take(&mut self.variables);
        let outer_depth = self.depth;
        self.depth += 1;
        let flow = self.in_child(|shell| {
            shell.delayed = delayed;
            shell.echo = !quiet && shell.echo;
            if shell.depth > 20 {
                shell.fail(1);
                return Flow::LeaveShell;
            }
            let text = shell.expand_typed(&body).into_owned();
            if let Ok(node) = parse::parse(&text) {
                shell.execute(&node)
            } else {
                let message = shell.texts().syntax_incorrect;
                shell.complain(message);
                Flow::Next
            }
        });
        self.depth = outer_depth;
        self.variables = variables;
        self.batch = batch;
        self.last = self.error_level;
        if self.is_hung() && flow == Flow::LeaveShell { flow } else { Flow::Next }
    }
}

/// How an interpreter is started that goes on reading lines.
pub(super) struct Switches {
    pub(super) delayed: bool,
    pub(super) quiet: bool,
}

/// Whether a line starts nothing but such an interpreter.
pub(super) fn interpreter_alone(line: &str) -> Option<Switches> {
    let (program, arguments) = split_program(line.trim());
    let lower = arguments.to_ascii_lowercase();
    let alone = tool_name(program) == "cmd"
        && !lower.contains(['&', '|', '<', '>'])
        && lower.split_whitespace().all(|word| matches!(word, "/d" | "/q" | "/v:on" | "/u" | "/a"));
    alone.then(|| Switches { delayed: lower.contains("/v:on"), quiet: lower.contains("/q") })
}

/// With `/s`, and where the text is not simply one quoted program, the first and the last quote go.
fn strip_quotes(text: &str, always: bool) -> String {
    let Some(inner) = text.strip_prefix('"') else { return text.to_owned() };
    let quotes = text.matches('"').count();
    let program = quotes == 2
        && !text.contains(['&', '<', '>', '(', ')', '@', '^', '|'])
        && inner.split('"').next().is_some_and(|name| name.contains(' '));
    if program && !always {
        return text.to_owned();
    }
    match inner.rfind('"') {
        Some(at) => format!("{}{}", &inner[..at], &inner[at + 1..]),
        None => inner.to_owned(),
    }
}

//! An interpreter that somebody types at: it keeps its variables from line to line.

use std::time::Duration;

use super::environment::Environment;
use super::external::interpreter_alone;
use super::parse;
use super::shell::{Flow, Shell};
use crate::guest::code_page;
use crate::guest::keys::{Keys, Stroke};
use crate::guest::machine::Guest;
use crate::guest::order::Ctx;

/// The interpreters of one console, each started from the one before it.
#[derive(Clone, Debug)]
pub struct Typist {
    levels: Vec<Level>,
    page: Option<u32>,
    /// The program that reads keys, if one does.
    keys: Option<Keys>,
}

/// What one of them keeps.
#[derive(Clone, Debug)]
struct Level {
    variables: Vec<(String, String)>,
    folder: String,
    delayed: bool,
    echo: bool,
    exit: i32,
}

/// What came of a line.
#[derive(Clone, Debug)]
pub struct Entered {
    /// What the console shows of it.
    pub text: String,
    /// Simulated time; it may be without end.
    pub took: Duration,
}

impl Typist {
    /// An interpreter as the console starts one.
    pub fn start(guest: &mut Guest, ctx: &Ctx) -> Self {
        let shell = Shell::new(guest, ctx);
        let level = Level {
            variables: shell.environment.starting_with(""),
            folder: r"C:\Windows\system32".to_owned(),
            delayed: false,
            echo: true,
            exit: 0,
        };
        Self { levels: vec![level], page: ctx.code_page, keys: None }
    }

    /// What it prints before it reads a line: nothing once its echo is off; none when all have ended.
    #[must_use]
    pub fn prompt(&self) -> Option<String> {
        let level = self.levels.last()?;
        Some(if self.keys.is_none() && level.echo {
            format!("\r\n{}>", level.folder)
        } else {
            String::new()
        })
    }

    /// Whether a program reads what is typed, key by key, and shows nothing of it.
    #[must_use]
    pub fn reads_keys(&self) -> bool {
        self.keys.is_some()
    }

    /// Gives a key to that program.
    pub fn stroke(&mut self, letter: char) -> Vec<Stroke> {
        self.keys.as_mut().map(|keys| keys.stroke(letter)).unwrap_or_default()
    }

    /// Ends that program.
    pub fn leave_keys(&mut self) {
        self.keys = None;
    }

    /// Runs a line: what is given by that program, in an interpreter of its own of which nothing stays, and in which no
    /// variable between percent signs is replaced, because the line itself came from one.
    pub fn enter(&mut self, guest: &mut Guest, line: &str, ctx: &Ctx) -> Entered {
        let nothing = Entered { text: String::new(), took: Duration::ZERO };
        let Some(level) = self.levels.last().cloned() else { return nothing };
        let ctx = Ctx { code_page: self.page, ..ctx.clone() };
        guest.tick(ctx.now);
        let mut shell = Shell::new(guest, &ctx);
        let mut environment = Environment::default();
        for (name, value) in &level.variables {
            environment.set(name, value);
        }
        shell.environment = environment;
        shell.folder.clone_from(&level.folder);
        let is_given = self.keys.is_some();
        (shell.delayed, shell.echo) = (level.delayed || is_given, level.echo);
        shell.at_console = true;
        (shell.error_level, shell.last) = (level.exit, level.exit);
        let text = if is_given { line.to_owned() } else { shell.expand_typed(line).into_owned() };
        if let Some(switches) = interpreter_alone(&text).filter(|_| !is_given) {
            let inner = Level { delayed: switches.delayed, echo: !switches.quiet, ..level };
            self.levels.push(inner);
            return nothing;
        }
        let flow = if let Ok(node) = parse::parse(&text) {
            shell.execute(&node)
        } else {
            let message = shell.texts().syntax_incorrect;
            shell.complain(message);
            Flow::Next
        };
        let page = shell.page;
        let mut bytes = shell.streams.out.take();
        bytes.extend(shell.streams.err.take());
        let after = Level {
            variables: shell.environment.starting_with(""),
            folder: shell.folder.clone(),
            delayed: shell.delayed,
            echo: shell.echo,
            exit: shell.error_level,
        };
        let (took, hung) = (shell.took, shell.is_hung());
        let keys = shell.keys.take();
        let ended = flow == Flow::LeaveShell && !hung;
        self.page = Some(page);
        if !is_given {
            self.keys = keys;
            self.levels.pop();
            if !ended {
                self.levels.push(after);
            }
        }
        Entered { text: code_page::decode(page, &bytes), took }
    }
}

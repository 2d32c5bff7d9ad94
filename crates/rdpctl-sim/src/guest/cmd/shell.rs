//! The state of one interpreter.

use std::rc::Rc;
use std::time::Duration;

use super::environment::Environment;
use super::io::{Sink, Streams};
use super::lines::Batch;
use super::path::full_path;
use crate::guest::code_page;
use crate::guest::keys::Keys;
use crate::guest::machine::Guest;
use crate::guest::order::{Ctx, HUNG, User};
use crate::guest::text::Texts;

/// How many commands one run may execute; a loop without end is cut here.
const MOST_COMMANDS: u32 = 50_000;

/// How execution goes on after a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    /// Go to a label of the file.
    Goto(String),
    /// Leave the file or the called routine.
    LeaveFile,
    /// Leave the interpreter.
    LeaveShell,
}

/// One interpreter.
pub(super) struct Shell<'g> {
    pub(super) guest: &'g mut Guest,
    pub(super) user: User,
    pub(super) environment: Environment,
    /// `!x!` is replaced.
    pub(super) delayed: bool,
    pub(super) echo: bool,
    pub(super) folder: String,
    pub(super) error_level: i32,
    /// What `&&` and `||` look at.
    pub(super) last: i32,
    /// Loop variables, innermost last.
    pub(super) variables: Vec<(char, Rc<str>)>,
    pub(super) batch: Option<Batch>,
    pub(super) page: u32,
    pub(super) started: u64,
    pub(super) took: Duration,
    pub(super) streams: Streams,
    pub(super) scopes: Vec<(Environment, bool, String)>,
    pub(super) random: u32,
    /// Whether somebody types at it.
    pub(super) at_console: bool,
    /// The program that goes on reading keys.
    pub(super) keys: Option<Keys>,
    /// Interpreters above this one.
    pub(super) depth: u32,
    commands: u32,
    cap: usize,
}

impl<'g> Shell<'g> {
    pub(super) fn new(guest: &'g mut Guest, ctx: &Ctx) -> Self {
        let page = guest
            .template
            .faults
            .code_page
            .or(ctx.code_page)
            .unwrap_or_else(|| guest.template.language.oem_code_page());
        let mut shell = Self {
            environment: default_environment(guest, &ctx.user),
            guest,
            user: ctx.user.clone(),
            delayed: false,
            echo: true,
            folder: r"C:\Windows\system32".to_owned(),
            error_level: 0,
            last: 0,
            variables: Vec::new(),
            batch: None,
            page,
            started: ctx.now,
            took: Duration::ZERO,
            streams: Streams {
                input: Rc::from([]),
                out: Sink::kept(ctx.output_cap),
                err: Sink::kept(ctx.output_cap),
            },
            scopes: Vec::new(),
            random: 0x5eed,
            at_console: false,
            keys: None,
            depth: 0,
            commands: 0,
            cap: ctx.output_cap,
        };
        if let User::Named(name) | User::Ordinary(name) = &ctx.user {
            shell.folder = format!(r"C:\Users\{name}");
        }
        shell
    }

    /// Simulated time as this command sees it.
    pub(super) fn now(&self) -> u64 {
        self.started + u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX / 2)
    }

    pub(super) fn spend(&mut self, milliseconds: u64) {
        self.took += Duration::from_millis(milliseconds);
    }

    /// The command never ends.
    pub(super) fn hang(&mut self) {
        self.took = self.took.max(HUNG);
    }

    pub(super) fn is_hung(&self) -> bool {
        self.took >= HUNG
    }

    /// Counts a command; `false` when the run has to end.
    pub(super) fn count(&mut self) -> bool {
        self.commands += 1;
        if self.commands > MOST_COMMANDS || self.streams.out.is_full() {
            self.hang();
        }
        !self.is_hung()
    }

    pub(super) fn cap(&self) -> usize {
        self.cap
    }

    pub(super) fn texts(&self) -> &'static Texts {
        self.guest.texts()
    }

    pub(super) fn print(&self, text: &str) {
        self.streams.out.append(|bytes| code_page::encode(self.page, text, bytes));
    }

    pub(super) fn print_line(&self, text: &str) {
        self.streams.out.append(|bytes| {
            code_page::encode(self.page, text, bytes);
            bytes.extend_from_slice(b"\r\n");
        });
    }

    /// An error line, and exit code 1.
    pub(super) fn complain(&mut self, text: &str) {
        self.streams.err.append(|bytes| {
            code_page::encode(self.page, text, bytes);
            bytes.extend_from_slice(b"\r\n");
        });
        self.fail(1);
    }

    /// The command has failed with this code.
    pub(super) fn fail(&mut self, code: i32) {
        self.error_level = code;
        self.last = code;
    }

    /// The command has succeeded and says so.
    pub(super) fn succeed(&mut self) {
        self.error_level = 0;
        self.last = 0;
    }

    /// A full path from what was written: quotes away, relative to the current folder.
    pub(super) fn full_path(&self, text: &str) -> String {
        full_path(&self.folder, text)
    }
}

fn default_environment(guest: &Guest, user: &User) -> Environment {
    let mut environment = Environment::default();
    let temp = match user {
        User::System => r"C:\Windows\TEMP".to_owned(),
        User::Named(name) | User::Ordinary(name) => format!(r"C:\Users\{name}\AppData\Local\Temp"),
    };
    let (name, profile) = match user {
        User::System => (
            format!("{}$", guest.hostname().to_uppercase()),
            r"C:\Windows\system32\config\systemprofile".to_owned(),
        ),
        User::Named(name) | User::Ordinary(name) => (name.clone(), format!(r"C:\Users\{name}")),
    };
    let computer = guest.hostname().to_uppercase();
    let program_data = guest.program_data();
    for (name, value) in [
        ("ALLUSERSPROFILE", program_data.as_str()),
        ("CommonProgramFiles", r"C:\Program Files\Common Files"),
        ("COMPUTERNAME", computer.as_str()),
        ("ComSpec", r"C:\Windows\system32\cmd.exe"),
        ("NUMBER_OF_PROCESSORS", "2"),
        ("OS", "Windows_NT"),
        // The last is of some installer that did not care who may write there.
        ("Path", r"C:\Windows\system32;C:\Windows;C:\Windows\System32\Wbem;C:\Tools"),
        ("PATHEXT", ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC"),
        ("PROCESSOR_ARCHITECTURE", "AMD64"),
        ("ProgramData", program_data.as_str()),
        ("ProgramFiles", r"C:\Program Files"),
        ("ProgramFiles(x86)", r"C:\Program Files (x86)"),
        ("PROMPT", "$P$G"),
        ("PUBLIC", r"C:\Users\Public"),
        ("SystemDrive", "C:"),
        ("SystemRoot", r"C:\Windows"),
        ("TEMP", temp.as_str()),
        ("TMP", temp.as_str()),
        ("USERDOMAIN", computer.as_str()),
        ("USERNAME", name.as_str()),
        ("USERPROFILE", profile.as_str()),
        ("windir", r"C:\Windows"),
    ] {
        environment.set(name, value);
    }
    environment
}

//! Where the interpreter finds a program: the current folder first, then the folders of `PATH`, in each the name as it
//! stands and then with the endings of `PATHEXT`.
//!
//! In a folder in which ordinary users may put files, whatever is looked for is found: somebody has put it there, and
//! waits for whoever looks for it with more rights than he has.

use super::batch::split_arguments;
use super::shell::{Flow, Shell};
use crate::guest::code_page;
use crate::guest::files::Node;
use crate::guest::tools;

/// Windows' programs that are among those of 64 bits alone.
const WIDE_ALONE: [&str; 3] = ["query", "quser", "qwinsta"];

/// What a name leads to.
pub(super) enum Program {
    /// The interpreter itself.
    Interpreter,
    /// One of Windows' own tools.
    Tool(tools::Run),
    /// The text of a command file.
    File(String),
    /// A file of somebody who may not be trusted, by its path.
    Planted(String),
}

impl Shell<'_> {
    /// Looks a program up.
    pub(super) fn find_program(&self, program: &str) -> Option<Program> {
        let written = program.contains(['\\', ':']);
        let full = self.full_path(program);
        let name = full.rsplit('\\').next().unwrap_or(&full);
        let mut folders: Vec<String> = Vec::new();
        if written {
            folders.push(full.rsplit_once('\\').map_or("", |(folder, _)| folder).to_owned());
        } else {
            if self.environment.get("NoDefaultCurrentDirectoryInExePath").is_none() {
                folders.push(self.folder.trim_end_matches('\\').to_owned());
            }
            let path = self.environment.get("PATH").unwrap_or_default();
            let parts = path.split(';').map(|part| part.trim_matches('"').trim_end_matches('\\'));
            folders.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
        }
        folders.iter().find_map(|folder| self.find_in(folder, name))
    }

    fn find_in(&self, folder: &str, name: &str) -> Option<Program> {
        let endings = self.environment.get("PATHEXT").unwrap_or(".COM;.EXE;.BAT;.CMD");
        let as_written = name.contains('.').then_some("");
        if self.guest.files().users_may_plant_in(folder) {
            let ending = as_written.unwrap_or(".cmd");
            return Some(Program::Planted(format!("{folder}\\{name}{ending}")));
        }
        as_written.into_iter().chain(endings.split(';')).find_map(|ending| {
            let path = format!("{folder}\\{name}{ending}");
            let node = self.guest.files().get(&path).filter(|node| !node.folder)?.clone();
            self.executable(&path, &node)
        })
    }

    /// What a file is, if it can be executed at all: a tool by what it holds, wherever it was copied to.
    fn executable(&self, path: &str, node: &Node) -> Option<Program> {
        let (_, kind) = path.rsplit_once('.')?;
        if kind.eq_ignore_ascii_case("cmd") || kind.eq_ignore_ascii_case("bat") {
            return Some(Program::File(code_page::decode(self.page, &node.data)));
        }
        let tool = std::str::from_utf8(node.data.strip_prefix(b"MZ ")?).ok()?;
        let missing = &self.guest.template.faults.missing;
        if missing.iter().any(|known| known.eq_ignore_ascii_case(tool)) {
            return None;
        }
        // A program of 32 bits sees the other folder of Windows' programs, in which these are not.
        if self.guest.template.faults.agent_32_bit && WIDE_ALONE.contains(&tool) {
            return None;
        }
        if tool == "cmd" {
            Some(Program::Interpreter)
        } else {
            tools::find(tool).map(Program::Tool)
        }
    }

    /// Runs what a search has led to.
    pub(super) fn run_found(&mut self, found: Program, program: &str, arguments: &str) -> Flow {
        match found {
            Program::Interpreter => self.run_interpreter(arguments),
            Program::Tool(tool) => self.run_tool(tool, arguments),
            Program::File(text) => {
                let mut words = vec![program.to_owned()];
                words.extend(split_arguments(arguments));
                let flow = self.run_file(&text, words);
                if flow == Flow::LeaveShell { flow } else { Flow::Next }
            }
            Program::Planted(path) => {
                let user = self.user.clone();
                let line = self.guest.spring(&path, arguments, &user);
                self.print_line(&line);
                self.succeed();
                Flow::Next
            }
        }
    }
}

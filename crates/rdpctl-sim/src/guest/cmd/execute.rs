//! Execution of parsed commands.

use std::rc::Rc;

use super::ast::{Direction, Node, Redirection, Simple};
use super::io::{Sink, Streams};
use super::shell::{Flow, Shell};

/// A file that a redirection writes, and what it collects meanwhile.
struct Redirected {
    path: String,
    sink: Sink,
}

impl Shell<'_> {
    pub(super) fn execute(&mut self, node: &Node) -> Flow {
        if !self.count() {
            return Flow::LeaveShell;
        }
        match node {
            Node::Nothing => Flow::Next,
            Node::Simple(simple) => self.execute_simple(simple),
            Node::Group(nodes, redirections) => {
                self.with_redirections(redirections, |shell| shell.execute_all(nodes))
            }
            Node::Sequence(nodes) => self.execute_all(nodes),
            Node::And(left, right) => {
                let flow = self.execute(left);
                if flow == Flow::Next && self.last == 0 { self.execute(right) } else { flow }
            }
            Node::Or(left, right) => {
                let flow = self.execute(left);
                if flow == Flow::Next && self.last != 0 { self.execute(right) } else { flow }
            }
            Node::Pipe(sides) => self.execute_pipe(sides),
            Node::For(node) => self.execute_for(node),
            Node::If(node) => {
                let holds = self.holds(node);
                match (holds, &node.otherwise) {
                    (true, _) => self.execute(&node.then),
                    (false, Some(otherwise)) => self.execute(otherwise),
                    (false, None) => Flow::Next,
                }
            }
        }
    }

    fn execute_all(&mut self, nodes: &[Node]) -> Flow {
        for node in nodes {
            let flow = self.execute(node);
            if flow != Flow::Next {
                return flow;
            }
        }
        Flow::Next
    }

    /// Every side is an interpreter of its own, without `!x!`; what it changes is lost.
    fn execute_pipe(&mut self, sides: &[Node]) -> Flow {
        let outer = self.streams.clone();
        let mut input = Rc::clone(&outer.input);
        for (at, side) in sides.iter().enumerate() {
            let last = at + 1 == sides.len();
            let out = if last { outer.out.clone() } else { Sink::kept(self.cap()) };
            self.streams =
                Streams { input: Rc::clone(&input), out: out.clone(), err: outer.err.clone() };
            self.in_child(|shell| {
                shell.delayed = false;
                shell.execute(side)
            });
            if !last {
                input = Rc::from(out.take());
            }
        }
        self.streams = outer;
        if self.is_hung() { Flow::LeaveShell } else { Flow::Next }
    }

    /// Runs something in a copy of the interpreter's state; only the exit code comes back.
    pub(super) fn in_child(&mut self, run: impl FnOnce(&mut Self) -> Flow) -> Flow {
        let environment = self.environment.clone();
        let folder = self.folder.clone();
        let (delayed, echo) = (self.delayed, self.echo);
        let scopes = std::mem::take(&mut self.scopes);
        let flow = run(self);
        self.scopes = scopes;
        self.environment = environment;
        self.folder = folder;
        self.delayed = delayed;
        self.echo = echo;
        self.last = self.error_level;
        flow
    }

    fn execute_simple(&mut self, simple: &Simple) -> Flow {
        let text = self.expand_late(&simple.text).into_owned();
        if simple.redirections.is_empty() {
            return self.dispatch(&text);
        }
        self.with_redirections(&simple.redirections, |shell| shell.dispatch(&text))
    }

    /// Runs something with its streams redirected; it does not run when a file cannot be opened.
    fn with_redirections(
        &mut self,
        redirections: &[Redirection],
        run: impl FnOnce(&mut Self) -> Flow,
    ) -> Flow {
        if redirections.is_empty() {
            return run(self);
        }
        let outer = self.streams.clone();
        let mut files = Vec::new();
        for redirection in redirections {
            if let Err(message) = self.redirect(redirection, &mut files) {
                self.streams = outer;
                self.complain(message);
                return Flow::Next;
            }
        }
        let flow = run(self);
        for Redirected { path, sink } in files {
            if !self.append_file(&path, &sink.take()) {
                let message = self.texts().disk_full;
                self.streams = outer.clone();
                self.complain(message);
            }
        }
        self.streams = outer;
        flow
    }

    fn redirect(
        &mut self,
        redirection: &Redirection,
        files: &mut Vec<Redirected>,
    ) -> Result<(), &'static str> {
        let sink = match redirection.direction {
            Direction::Duplicate(1) => self.streams.out.clone(),
            Direction::Duplicate(2) => self.streams.err.clone(),
            Direction::Duplicate(_) => Sink::Nul,
            Direction::Read => {
                let target = self.expand_late(&redirection.target).replace('"', "");
                self.streams.input = if target.eq_ignore_ascii_case("nul") {
                    Rc::from([])
                } else {
                    let path = self.full_path(&target);
                    match self.guest.files().get(&path) {
                        Some(node) if !node.folder => Rc::from(&*node.data),
                        _ => return Err(self.texts().file_not_found),
                    }
                };
                return Ok(());
            }
            Direction::Write | Direction::Append => {
                let target = self.expand_late(&redirection.target).replace('"', "");
                if target.eq_ignore_ascii_case("nul") || target.eq_ignore_ascii_case("con") {
                    Sink::Nul
                } else {
                    let path = self.full_path(&target);
                    let append = redirection.direction == Direction::Append;
                    self.open_for_writing(&path, append)?;
                    let sink = Sink::kept(self.cap());
                    files.push(Redirected { path, sink: sink.clone() });
                    sink
                }
            }
        };
        match redirection.handle {
            1 => self.streams.out = sink,
            2 => self.streams.err = sink,
            _ => {}
        }
        Ok(())
    }
}

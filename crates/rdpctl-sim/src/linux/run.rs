//! Doing what a script says.

use std::collections::BTreeMap;

use super::words::{Input, Node, Part, Quoting, Redirect, Word};
use super::{Machine, Printed, tools};

/// The script ends here.
pub(super) struct Ends;

type Status = Result<i32, Ends>;

/// One run of a script.
pub(super) struct Shell<'a> {
    machine: &'a mut Machine,
    folder: String,
    variables: BTreeMap<String, String>,
    functions: BTreeMap<String, Node>,
    arguments: Vec<String>,
    /// What is printed goes to the last of these.
    out: Vec<Vec<u8>>,
    err: Vec<u8>,
    stops_at_failures: bool,
    /// How many tests it is inside of: what fails there ends nothing.
    tests: usize,
}

impl<'a> Shell<'a> {
    pub(super) fn new(machine: &'a mut Machine) -> Self {
        Self {
            machine,
            folder: "/var/lib/waagent/run-command".to_owned(),
            variables: BTreeMap::new(),
            functions: BTreeMap::new(),
            arguments: Vec::new(),
            out: vec![Vec::new()],
            err: Vec::new(),
            stops_at_failures: false,
            tests: 0,
        }
    }

    pub(super) fn script(&mut self, node: &Node) {
        // Whether it did well is the caller's to see by what it printed.
        let _ = self.run(node, &mut Input::default());
    }

    pub(super) fn complain(&mut self, what: &str) {
        self.err.extend_from_slice(what.as_bytes());
        self.err.push(b'\n');
    }

    pub(super) fn printed(mut self) -> Printed {
        Printed { out: self.out.pop().unwrap_or_default(), err: self.err }
    }

    fn path(&self, name: &str) -> String {
        tools::path(&self.folder, name)
    }

    fn run(&mut self, node: &Node, input: &mut Input) -> Status {
        match node {
            Node::Sequence(all) => {
                let mut status = 0;
                for one in all {
                    status = self.run(one, input)?;
                    let guarded = match one {
                        Node::And(..) | Node::Or(..) | Node::Not(_) => true,
                        Node::Simple { .. }
                        | Node::Pipe(_)
                        | Node::Sequence(_)
                        | Node::If { .. }
                        | Node::While { .. }
                        | Node::Group { .. }
                        | Node::Function(..) => false,
                    };
                    if status != 0 && self.stops_at_failures && self.tests == 0 && !guarded {
                        return Err(Ends);
                    }
                }
                Ok(status)
            }
            Node::And(one, two) => match self.test(one, input)? {
                0 => self.run(two, input),
                status => Ok(status),
            },
            Node::Or(one, two) => match self.test(one, input)? {
                0 => Ok(0),
                _ => self.run(two, input),
            },
            Node::Not(one) => Ok(i32::from(self.test(one, input)? == 0)),
            Node::If { cases, otherwise } => {
                for (test, body) in cases {
                    if self.test(test, input)? == 0 {
                        return self.run(body, input);
                    }
                }
                otherwise.as_ref().map_or(Ok(0), |body| self.run(body, input))
            }
            Node::While { test, body, redirects } => {
                self.redirected(redirects, input, |shell, input| {
                    let mut status = 0;
                    while shell.test(test, input)? == 0 {
                        status = shell.run(body, input)?;
                    }
                    Ok(status)
                })
            }
            Node::Group { body, redirects } => {
                self.redirected(redirects, input, |shell, input| shell.run(body, input))
            }
            Node::Function(name, body) => {
                self.functions.insert(name.clone(), body.as_ref().clone());
                Ok(0)
            }
            Node::Pipe(all) => {
                let mut handed = Input { bytes: std::mem::take(&mut input.bytes), at: input.at };
                let mut status = 0;
                for (place, one) in all.iter().enumerate() {
                    if place + 1 == all.len() {
                        status = self.run(one, &mut handed)?;
                    } else {
                        self.out.push(Vec::new());
                        let ran = self.run(one, &mut handed);
                        handed = Input { bytes: self.out.pop().unwrap_or_default(), at: 0 };
                        ran?;
                    }
                }
                Ok(status)
            }
            Node::Simple { sets, words, redirects } => {
                let mut all = Vec::new();
                for word in words {
                    all.extend(self.expand(word));
                }
                for (name, value) in sets {
                    let value = self.expand(value).join(" ");
                    self.variables.insert(name.clone(), value);
                }
                self.redirected(redirects, input, |shell, input| shell.command(&all, input))
            }
        }
    }

    fn test(&mut self, node: &Node, input: &mut Input) -> Status {
        self.tests += 1;
        let status = self.run(node, input);
        self.tests -= 1;
        status
    }

    fn command(&mut self, words: &[String], input: &mut Input) -> Status {
        let Some((name, rest)) = words.split_first() else { return Ok(0) };
        if let Some(body) = self.functions.get(name).cloned() {
            let before = std::mem::replace(&mut self.arguments, rest.to_vec());
            let status = self.run(&body, input);
            self.arguments = before;
            return status;
        }
        match name.as_str() {
            "exit" => return Err(Ends),
            "set" => self.stops_at_failures |= rest.iter().any(|word| word.contains('e')),
            "cd" => {
                let to = rest.first().cloned().unwrap_or_default();
                self.path(&to).trim_end_matches('/').clone_into(&mut self.folder);
            }
            "read" => return Ok(self.read(rest, input)),
            _ => {
                let mut out = Vec::new();
                let did =
                    tools::run((&mut *self.machine, &self.folder), name, rest, input, &mut out);
                self.print(&out);
                return Ok(match did {
                    Ok(status) => status,
                    Err(why) => {
                        self.complain(&why);
                        if why.ends_with("not found") { 127 } else { 1 }
                    }
                });
            }
        }
        Ok(0)
    }

    fn print(&mut self, bytes: &[u8]) {
        if let Some(last) = self.out.last_mut() {
            last.extend_from_slice(bytes);
        }
    }

    /// One line into variables, the last of which gets the rest.
    fn read(&mut self, names: &[String], input: &mut Input) -> i32 {
        let rest = input.bytes.get(input.at..).unwrap_or_default();
        if rest.is_empty() {
            return 1;
        }
        let end = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        let line = String::from_utf8_lossy(&rest[..end]).into_owned();
        input.at += (end + 1).min(rest.len());
        let names: Vec<&String> = names.iter().filter(|name| !name.starts_with('-')).collect();
        let mut left = line.trim();
        for (place, name) in names.iter().enumerate() {
            let value = if place + 1 == names.len() {
                std::mem::take(&mut left)
            } else {
                let (one, rest) = left.split_once([' ', '\t']).unwrap_or((left, ""));
                left = rest.trim_start();
                one
            };
            self.variables.insert((*name).clone(), value.to_owned());
        }
        0
    }

    fn redirected(
        &mut self,
        redirects: &[Redirect],
        input: &mut Input,
        act: impl FnOnce(&mut Self, &mut Input) -> Status,
    ) -> Status {
        let mut own: Option<Input> = None;
        let mut to: Option<(String, Vec<u8>)> = None;
        let mut silent = false;
        for redirect in redirects {
            match redirect {
                Redirect::From(word) => {
                    let path = self.one_path(word);
                    let Some(bytes) = self.machine.content(&path).cloned() else {
                        self.complain(&format!("sh: 1: cannot open {path}: No such file"));
                        return Ok(2);
                    };
                    own = Some(Input { bytes, at: 0 });
                }
                Redirect::Here(text) => {
                    own = Some(Input { bytes: text.clone().into_bytes(), at: 0 });
                }
                Redirect::Out(word) => to = Some((self.one_path(word), Vec::new())),
                Redirect::Append(word) => {
                    let path = self.one_path(word);
                    let before = self.machine.files.get(&path).cloned().unwrap_or_default();
                    to = Some((path, before));
                }
                Redirect::Err(_) => silent = true,
                Redirect::ErrToOut => {}
            }
        }
        let told = self.err.len();
        if to.is_some() {
            self.out.push(Vec::new());
        }
        let status = match &mut own {
            Some(own) => act(self, own),
            None => act(self, input),
        };
        if silent {
            self.err.truncate(told);
        }
        if let Some((path, mut bytes)) = to {
            bytes.extend(self.out.pop().unwrap_or_default());
            if path != "/dev/null" {
                self.machine.files.insert(path, bytes);
            }
        }
        status
    }

    fn one_path(&mut self, word: &Word) -> String {
        let name = self.expand(word).join(" ");
        self.path(&name)
    }

    /// What a word comes to: one, several, or none at all.
    fn expand(&mut self, word: &Word) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        let mut now: Option<String> = None;
        for part in &word.0 {
            let (value, quoting) = match part {
                Part::Text(text) => (text.clone(), Quoting::Quoted),
                Part::Variable(name, quoting) => (self.variable(name), *quoting),
                Part::Command(node, quoting) => {
                    self.out.push(Vec::new());
                    let ran = self.run(node, &mut Input::default());
                    let bytes = self.out.pop().unwrap_or_default();
                    // What ends in there ends that alone.
                    drop(ran);
                    let text = String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned();
                    (text, *quoting)
                }
            };
            match quoting {
                Quoting::Quoted => now.get_or_insert_default().push_str(&value),
                Quoting::Bare => {
                    for (place, piece) in value.split_whitespace().enumerate() {
                        if place > 0 {
                            all.extend(now.take());
                        }
                        now.get_or_insert_default().push_str(piece);
                    }
                }
            }
        }
        // Letters that are none, beside a variable that is empty, are no word.
        let bare = word.0.iter().any(|part| {
            matches!(part, Part::Variable(_, Quoting::Bare) | Part::Command(_, Quoting::Bare))
        });
        all.extend(now.filter(|word| !word.is_empty() || !bare));
        all
    }

    fn variable(&self, name: &str) -> String {
        match name.parse::<usize>() {
            Ok(0) => "sh".to_owned(),
            Ok(place) => self.arguments.get(place - 1).cloned().unwrap_or_default(),
            Err(_) => self.variables.get(name).cloned().unwrap_or_default(),
        }
    }
}

//! The shells of one guest with their commands, and the output that waits to be fetched.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::counters::Counters;
use super::inject::Injection;
use super::machine::Ran;
use super::soap::{Chunk, Description, Fault, State};

/// The exit code of a command that was interrupted.
const CONTROL_C_EXIT: i32 = -1_073_741_510;
/// A moment that never comes.
const FAR: Duration = Duration::from_hours(24 * 365);

#[derive(Default)]
pub(super) struct Inside {
    /// The boot that the shells belong to.
    pub(super) boot: Option<u64>,
    pub(super) shells: BTreeMap<String, OpenShell>,
    pub(super) operations: BTreeMap<String, usize>,
    pub(super) injections: Vec<Injection>,
    pub(super) counters: Counters,
}

pub(super) struct OpenShell {
    pub(super) owner: String,
    pub(super) code_page: Option<u32>,
    pub(super) idle: Duration,
    pub(super) last_used: Instant,
    pub(super) commands: BTreeMap<String, Running>,
}

pub(super) struct Running {
    pub(super) line: String,
    pub(super) skip_cmd: bool,
    pub(super) stdin: Vec<u8>,
    /// Nothing while standard input is awaited or the machine is at work.
    pub(super) output: Option<Output>,
    /// Wakes a pending Receive.
    pub(super) changed: Arc<Notify>,
}

pub(super) struct Output {
    pub(super) ready: Instant,
    pub(super) pieces: VecDeque<(&'static str, Bytes)>,
    pub(super) exit: i32,
}

impl Inside {
    /// Drops shells that lay idle too long. A command at work keeps its shell, as a pending Receive does.
    pub(super) fn expire(&mut self) {
        let now = Instant::now();
        self.shells.retain(|_, shell| now.duration_since(shell.last_used) < shell.idle);
    }

    pub(super) fn shell(&mut self, id: &str, user: &str) -> Result<&mut OpenShell, Fault> {
        self.expire();
        let shell = self
            .shells
            .get_mut(id)
            .filter(|shell| same_user(&shell.owner, user))
            .ok_or(Fault::NoSuchShell)?;
        shell.last_used = Instant::now();
        Ok(shell)
    }

    pub(super) fn command(
        &mut self,
        shell: &str,
        user: &str,
        command: &str,
    ) -> Result<&mut Running, Fault> {
        self.shell(shell, user)?.commands.get_mut(command).ok_or(Fault::NoSuchCommand)
    }
}

impl OpenShell {
    pub(super) fn describe<'a>(&'a self, id: &'a str) -> Description<'a> {
        Description { id, owner: &self.owner, idle_seconds: self.idle.as_secs() }
    }
}

impl Output {
    pub(super) fn of(ran: Ran) -> Self {
        let ready = Instant::now() + ran.took.min(FAR);
        let pieces = [("stdout", Bytes::from(ran.stdout)), ("stderr", Bytes::from(ran.stderr))];
        Self {
            ready,
            pieces: pieces.into_iter().filter(|(_, data)| !data.is_empty()).collect(),
            exit: ran.exit,
        }
    }

    pub(super) fn interrupted() -> Self {
        Self { ready: Instant::now(), pieces: VecDeque::new(), exit: CONTROL_C_EXIT }
    }

    /// Hands out the next bytes. They are gone then: a lost answer cannot be fetched again.
    pub(super) fn take(&mut self, mut room: usize) -> (Vec<Chunk>, State) {
        let mut chunks = Vec::new();
        while let Some((stream, mut data)) = self.pieces.pop_front() {
            let taken = data.split_to(room.min(data.len()));
            room -= taken.len();
            chunks.push(Chunk { stream, data: taken });
            if !data.is_empty() {
                self.pieces.push_front((stream, data));
                break;
            }
            if room == 0 {
                break;
            }
        }
        let state = if self.pieces.is_empty() { State::Done(self.exit) } else { State::Running };
        (chunks, state)
    }
}

pub(super) fn same_user(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

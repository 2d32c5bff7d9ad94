//! What the estate tells its journal, and how it is told back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::audit::KEPT as AUDITED_KEPT;
use super::{
    Audited, Command, Disk, Eip, Estate, Extra, Group, Invocation, Nsg, Snapshot, VmState, VpcTask,
};
use crate::world::{AccountIndex, Text, VmIndex};

/// Invocations beyond this many are forgotten, oldest first.
const INVOCATIONS_KEPT: usize = 2_000;
/// Output beyond this much is forgotten, oldest first.
const OUTPUT_KEPT: usize = 128 << 20;

/// Something that changed since the journal was last told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Object {
    Vm(VmIndex),
    Eip(u32),
    Group(Text),
    Nsg(Text),
    Disk(u64),
    Snapshot(Text),
    Extra(Text),
    Task(u64),
    Invocation(u64),
    Command(u64),
    Audited(u64),
    Token(u16, String),
}

/// Which objects changed since the journal was last told, how many changes there ever were, and whom they may bear on.
#[derive(Debug, Default)]
pub(super) struct Changes {
    objects: BTreeSet<Object>,
    generation: u64,
    /// At which change each VM was last one that changed.
    vms: BTreeMap<VmIndex, u64>,
    /// The last change that may bear on the way to anybody.
    around: u64,
}

impl Changes {
    pub(super) fn insert(&mut self, object: Object) {
        self.generation += 1;
        match &object {
            Object::Vm(vm) => {
                self.vms.insert(*vm, self.generation);
            }
            // What is kept of calls bears on nobody's way.
            Object::Task(_)
            | Object::Invocation(_)
            | Object::Command(_)
            | Object::Audited(_)
            | Object::Token(..) => {}
            Object::Eip(_)
            | Object::Group(_)
            | Object::Nsg(_)
            | Object::Disk(_)
            | Object::Snapshot(_)
            | Object::Extra(_) => self.around = self.generation,
        }
        self.objects.insert(object);
    }

    /// The VMs that a change since then may bear on; none where it may be anybody.
    pub(super) fn since(&self, before: u64) -> Option<BTreeSet<VmIndex>> {
        let of = || self.vms.iter().filter(|(_, at)| **at > before).map(|(vm, _)| *vm).collect();
        (self.around <= before).then(of)
    }

    pub(super) fn generation(&self) -> u64 {
        self.generation
    }
}

/// One object as it now is.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    Vm(VmIndex, Box<VmState>),
    Eip(u32, Box<Eip>),
    Group(Text, Box<Group>),
    Nsg(Text, Box<Nsg>),
    Disk(u64, Box<Disk>),
    Snapshot(Text, Option<Box<Snapshot>>),
    Extra(Text, Option<Box<Extra>>),
    Task(u64, VpcTask),
    Invocation(u64, Box<Invocation>),
    Command(u64, Box<Command>),
    Audited(u64, Box<Audited>),
    Token(u16, String, Token),
}

/// What a client token led to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    /// What was asked for, to tell a repetition from another use.
    pub(crate) asked: String,
    /// Ids that were made.
    pub(crate) made: Vec<Text>,
    /// The task that made them.
    pub(crate) task: u64,
}

/// Everything that one call, or one step of time, changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The simulated moment.
    pub(crate) at: Timestamp,
    /// How far numbering has come.
    pub(crate) sequence: u64,
    /// When the world began.
    pub(crate) born: Timestamp,
    /// The changed objects.
    pub(crate) set: Vec<Change>,
}

impl Estate {
    /// What changed since this was last asked; `None` when nothing did.
    pub(crate) fn take_changes(&mut self) -> Option<Entry> {
        if self.changed.objects.is_empty() {
            return None;
        }
        let changed = std::mem::take(&mut self.changed.objects);
        let set = changed.into_iter().filter_map(|object| self.change(object)).collect();
        Some(self.entry(set))
    }

    /// Everything that differs from the world file, as one entry.
    pub(crate) fn everything(&self) -> Entry {
        let objects = self
            .vms
            .keys()
            .map(|vm| Object::Vm(*vm))
            .chain(self.eips.keys().map(|number| Object::Eip(*number)))
            .chain(self.groups.keys().map(|id| Object::Group(id.clone())))
            .chain(self.nsgs.keys().map(|name| Object::Nsg(name.clone())))
            .chain(self.disks.keys().map(|number| Object::Disk(*number)))
            .chain(self.snapshots.keys().map(|id| Object::Snapshot(id.clone())))
            .chain(self.extras.keys().map(|id| Object::Extra(id.clone())))
            .chain(self.tasks.keys().map(|id| Object::Task(*id)))
            .chain(self.invocations.keys().map(|number| Object::Invocation(*number)))
            .chain(self.commands.keys().map(|number| Object::Command(*number)))
            .chain(self.audited.keys().map(|number| Object::Audited(*number)))
            .chain(
                self.tokens.keys().map(|(account, token)| Object::Token(*account, token.clone())),
            );
        self.entry(objects.filter_map(|object| self.change(object)).collect())
    }

    fn entry(&self, set: Vec<Change>) -> Entry {
        Entry { at: self.now, sequence: self.sequence, born: self.born, set }
    }

    fn change(&self, object: Object) -> Option<Change> {
        match object {
            Object::Vm(vm) => {
                self.vms.get(&vm).map(|state| Change::Vm(vm, Box::new(state.clone())))
            }
            Object::Eip(number) => {
                self.eips.get(&number).map(|eip| Change::Eip(number, Box::new(eip.clone())))
            }
            Object::Group(id) => {
                let group = Box::new(self.groups.get(&id)?.clone());
                Some(Change::Group(id, group))
            }
            Object::Nsg(name) => {
                let nsg = Box::new(self.nsgs.get(&name)?.clone());
                Some(Change::Nsg(name, nsg))
            }
            Object::Disk(number) => {
                self.disks.get(&number).map(|disk| Change::Disk(number, Box::new(disk.clone())))
            }
            Object::Snapshot(id) => {
                let snapshot = self.snapshots.get(&id).cloned().map(Box::new);
                Some(Change::Snapshot(id, snapshot))
            }
            Object::Extra(id) => {
                let extra = self.extras.get(&id).cloned().map(Box::new);
                Some(Change::Extra(id, extra))
            }
            Object::Task(id) => self.tasks.get(&id).map(|task| Change::Task(id, task.clone())),
            Object::Invocation(number) => {
                let invocation = self.invocations.get(&number)?;
                Some(Change::Invocation(number, Box::new(invocation.clone())))
            }
            Object::Command(number) => {
                let command = self.commands.get(&number)?;
                Some(Change::Command(number, Box::new(command.clone())))
            }
            Object::Audited(number) => {
                let entry = self.audited.get(&number)?;
                Some(Change::Audited(number, Box::new(entry.clone())))
            }
            Object::Token(account, token) => {
                let outcome = self.tokens.get(&(account, token.clone()))?.clone();
                Some(Change::Token(account, token, outcome))
            }
        }
    }

    /// Takes back what an earlier run told its journal.
    pub(crate) fn replay(&mut self, entry: Entry) {
        self.now = self.now.max(entry.at);
        self.sequence = self.sequence.max(entry.sequence);
        self.born = entry.born;
        for change in entry.set {
            match change {
                Change::Vm(vm, state) => {
                    self.vms.insert(vm, *state);
                }
                Change::Eip(number, eip) => {
                    self.eips.insert(number, *eip);
                }
                Change::Group(id, group) => {
                    self.groups.insert(id, *group);
                }
                Change::Nsg(name, nsg) => {
                    self.nsgs.insert(name, *nsg);
                }
                Change::Disk(number, disk) => {
                    self.disks.insert(number, *disk);
                }
                Change::Snapshot(id, Some(snapshot)) => {
                    self.snapshots.insert(id, *snapshot);
                }
                Change::Snapshot(id, None) => {
                    self.snapshots.remove(&id);
                }
                Change::Extra(id, Some(extra)) => {
                    self.extras.insert(id, *extra);
                }
                Change::Extra(id, None) => {
                    self.extras.remove(&id);
                }
                Change::Task(id, task) => {
                    self.tasks.insert(id, task);
                }
                Change::Invocation(number, invocation) => {
                    self.invocations.insert(number, *invocation);
                }
                Change::Command(number, command) => {
                    self.commands.insert(number, *command);
                }
                Change::Audited(number, entry) => {
                    self.audited.insert(number, *entry);
                }
                Change::Token(account, token, outcome) => {
                    self.tokens.insert((account, token), outcome);
                }
            }
        }
        self.forget_old_invocations();
    }

    /// Enters something that was changed.
    pub(crate) fn audit(
        &mut self,
        account: AccountIndex,
        by: &str,
        what: &str,
        to: &str,
        sent: &str,
    ) {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let number = self.audited.last_key_value().map_or(0, |(number, _)| number + 1);
        let entry = Audited {
            account,
            at: i64::try_from(real.as_secs()).unwrap_or(i64::MAX),
            by: by.into(),
            what: what.into(),
            to: to.into(),
            sent: sent.into(),
        };
        self.audited.insert(number, entry);
        self.changed.insert(Object::Audited(number));
        while self.audited.len() > AUDITED_KEPT {
            self.audited.pop_first();
        }
    }

    /// Keeps what can grow without end within bounds.
    pub(super) fn forget_old_invocations(&mut self) {
        while self.invocations.len() > INVOCATIONS_KEPT {
            self.invocations.pop_first();
        }
    }

    /// Keeps the output of commands within bounds.
    pub(super) fn forget_old_output(&mut self) {
        let size = |invocation: &Invocation| {
            invocation.tasks.iter().map(|task| task.output.len()).sum::<usize>()
        };
        if self.output_kept <= OUTPUT_KEPT {
            return;
        }
        for invocation in self.invocations.values_mut() {
            if self.output_kept <= OUTPUT_KEPT / 2 {
                break;
            }
            self.output_kept -= size(invocation).min(self.output_kept);
            for task in &mut invocation.tasks {
                task.output = Vec::new();
            }
        }
    }
}

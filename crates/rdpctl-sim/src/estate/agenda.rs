//! What will happen, in the order of simulated time.

use std::{cmp::Reverse, collections::BinaryHeap};

use jiff::Timestamp;

use super::Estate;
use crate::world::{Text, VmIndex};

/// Something that is due at a moment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// An operation on a VM ends.
    Vm(VmIndex),
    /// A task on an address ends.
    Eip(u32),
    /// A task on a disk ends.
    Disk(u64),
    /// A command reaches the agent: invocation and place.
    Deliver(u64, usize),
    /// A command ends: invocation and place.
    Finish(u64, usize),
    /// A guest restarts by itself.
    GuestRestart(VmIndex),
    /// A guest switches itself off.
    GuestShutdown(VmIndex),
    /// A snapshot's deadline has come.
    Expire(Text),
}

/// The agenda.
#[derive(Debug, Default)]
pub(super) struct Agenda(BinaryHeap<Reverse<(Timestamp, u64, Due)>>, u64);

impl Agenda {
    pub(super) fn add(&mut self, at: Timestamp, due: Due) {
        self.1 += 1;
        self.0.push(Reverse((at, self.1, due)));
    }

    fn take_until(&mut self, now: Timestamp) -> Option<(Timestamp, Due)> {
        let Reverse((at, _, _)) = self.0.peek()?;
        if *at > now {
            return None;
        }
        self.0.pop().map(|Reverse((at, _, due))| (at, due))
    }

    fn next(&self) -> Option<Timestamp> {
        self.0.peek().map(|Reverse((at, _, _))| *at)
    }
}

impl Estate {
    /// Puts something on the agenda.
    pub(crate) fn schedule(&mut self, at: Timestamp, due: Due) {
        self.agenda.add(at, due);
    }

    /// Lets everything happen that is due by now.
    pub(crate) fn advance(&mut self) {
        let target = self.clock.now().max(self.now);
        while let Some((at, due)) = self.agenda.take_until(target) {
            self.now = at.max(self.now);
            match due {
                Due::Vm(vm) => self.end_operation(vm),
                Due::Eip(number) => self.end_eip_task(number),
                Due::Disk(number) => self.end_disk_task(number),
                Due::Deliver(invocation, place) => self.deliver(invocation, place),
                Due::Finish(invocation, place) => self.finish_task(invocation, place),
                Due::GuestRestart(vm) => self.restart_guest(vm),
                Due::GuestShutdown(vm) => self.shut_guest_down(vm),
                Due::Expire(snapshot) => self.drop_snapshot(&snapshot),
            }
        }
        self.now = target;
    }

    /// When the next thing is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.agenda.next()
    }

    /// Goes on from where an earlier run stopped: the clock does not run backwards, and what was under way
    /// still is.
    pub(crate) fn resume(&mut self) {
        if self.clock.now() < self.now {
            self.clock = crate::clock::Clock::start(self.now, self.world.pace);
        }
        self.now = self.clock.now();
        self.rebuild_agenda();
    }

    fn rebuild_agenda(&mut self) {
        let mut agenda = Agenda::default();
        for (vm, state) in &self.vms {
            if let Some(operation) = &state.operation {
                agenda.add(operation.ends, Due::Vm(*vm));
            }
            if let Some(due) = state.guest_due {
                // Which of the two it was, the guest knows.
                agenda.add(due, Due::GuestRestart(*vm));
                agenda.add(due, Due::GuestShutdown(*vm));
            }
        }
        for (number, eip) in &self.eips {
            if let Some(task) = &eip.task {
                agenda.add(task.ends, Due::Eip(*number));
            }
        }
        for (number, disk) in &self.disks {
            if let Some(task) = &disk.task {
                agenda.add(task.ends, Due::Disk(*number));
            }
        }
        for (id, snapshot) in &self.snapshots {
            if let Some(deadline) = snapshot.deadline {
                agenda.add(deadline, Due::Expire(id.clone()));
            }
        }
        for (number, invocation) in &self.invocations {
            for (place, task) in invocation.tasks.iter().enumerate() {
                match task.phase {
                    super::Phase::Pending => agenda.add(self.now, Due::Deliver(*number, place)),
                    super::Phase::Running(_) => {
                        agenda.add(task.ended.unwrap_or(self.now), Due::Finish(*number, place));
                    }
                    super::Phase::Done(_) => {}
                }
            }
        }
        self.agenda = agenda;
    }
}

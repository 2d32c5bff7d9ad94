//! Guests: made when first needed, kept while they are in use, remembered by what they changed.

use std::{collections::HashMap, sync::Arc};

use jiff::Timestamp;

use super::{Estate, VmState};
use crate::{
    guest::{Guest, GuestDelta},
    world::VmIndex,
};

/// Guests that are held ready; the others are made again from what they changed.
const GUESTS_READY: usize = 512;

/// The guests that are held ready.
#[derive(Debug, Default)]
pub(super) struct Guests {
    ready: HashMap<VmIndex, Guest>,
    /// Commands that are in a guest now: invocation and place.
    commands: HashMap<VmIndex, Vec<(u64, usize)>>,
}

impl Guests {
    pub(super) fn enter(&mut self, vm: VmIndex, invocation: u64, place: usize) {
        self.commands.entry(vm).or_default().push((invocation, place));
    }

    pub(super) fn leave(&mut self, vm: VmIndex, invocation: u64, place: usize) {
        if let Some(commands) = self.commands.get_mut(&vm) {
            commands.retain(|command| *command != (invocation, place));
            if commands.is_empty() {
                self.commands.remove(&vm);
            }
        }
    }

    pub(super) fn in_guest(&mut self, vm: VmIndex) -> Vec<(u64, usize)> {
        self.commands.remove(&vm).unwrap_or_default()
    }
}

impl Estate {
    /// A VM's guest, as it stands now; `act` also gets the moment in the guest's own count.
    pub(crate) fn with_guest<T>(&mut self, vm: VmIndex, act: impl FnOnce(&mut Guest, u64) -> T) -> T {
        let now = milliseconds(self.now);
        let mut guest = match self.guests.ready.remove(&vm) {
            Some(guest) => guest,
            None => self.make_guest(vm),
        };
        guest.tick(now);
        let outcome = act(&mut guest, now);
        self.remember_guest(vm, guest);
        outcome
    }

    fn make_guest(&self, vm: VmIndex) -> Guest {
        let (cohort, offset) = self.world.place(vm);
        let template = Arc::clone(&cohort.variant(offset).guest);
        let name = self.world.vm_name(vm);
        let state = self.vm(vm);
        if let Some(delta) = &state.guest {
            return Guest::with_delta(template, &name, "", delta.clone());
        }
        let mut guest = Guest::new(template, &name, "");
        if state.power.is_on() {
            guest.on_power_on(milliseconds(self.born()));
        }
        guest
    }

    fn remember_guest(&mut self, vm: VmIndex, guest: Guest) {
        let delta = guest.delta();
        if self.vm(vm).guest.as_ref() != Some(&delta) {
            self.vm_mut(vm).guest = Some(delta);
        }
        if self.guests.ready.len() >= GUESTS_READY {
            self.guests.ready.clear();
        }
        self.guests.ready.insert(vm, guest);
    }

    pub(super) fn power_guest_on(&mut self, vm: VmIndex) {
        self.with_guest(vm, |guest, now| guest.on_power_on(now));
    }

    pub(super) fn power_guest_off(&mut self, vm: VmIndex) {
        self.lose_commands(vm);
        self.with_guest(vm, |guest, now| guest.on_power_off(now));
    }

    /// Puts a guest's disk back to what it was.
    pub(super) fn restore_guest(&mut self, vm: VmIndex, delta: Option<GuestDelta>) {
        self.guests.ready.remove(&vm);
        let state: &mut VmState = self.vm_mut(vm);
        state.guest = delta;
        self.power_guest_off(vm);
    }

    /// A guest that asked for a restart gets it; the cloud does not notice.
    pub(super) fn reboot_guest(&mut self, vm: VmIndex) {
        if !self.vm(vm).power.is_on() {
            return;
        }
        self.power_guest_off(vm);
        self.power_guest_on(vm);
        let back = self.in_a(self.world.policy.durations.boot.0);
        self.vm_mut(vm).agent_back = Some(back);
    }
}

/// How guests count time: milliseconds since 1970.
fn milliseconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millisecond()).unwrap_or(0)
}

/// A moment of a guest in the world's count.
pub(super) fn moment(milliseconds: u64) -> Timestamp {
    i64::try_from(milliseconds)
        .ok()
        .and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok())
        .unwrap_or(Timestamp::MAX)
}

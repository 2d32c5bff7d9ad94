//! Guests: made when first needed, kept while they are in use, remembered by what they changed.

use std::{collections::HashMap, path::Path, sync::Arc};

use jiff::Timestamp;
use sha1::{Digest as _, Sha1};

use super::{Due, Estate, Snapshot, VmState};
use crate::{
    guest::{Guest, GuestDelta, RdpFace},
    image::{DiskImage, MACHINE_GUID, Style},
    world::{Power, VmIndex},
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
    /// A VM's guest, as it stands now; `act` also gets the moment in the guest's own count. Time works on
    /// it first, as long as it has power.
    pub(crate) fn with_guest<T>(
        &mut self,
        vm: VmIndex,
        act: impl FnOnce(&mut Guest, u64) -> T,
    ) -> T {
        let on = self.vm(vm).power.is_on();
        self.touch_guest(vm, |guest, now| {
            if on {
                guest.tick(now);
            }
            act(guest, now)
        })
    }

    /// Whether the agent in a VM answers: it is there, it has booted, and Windows lets it out.
    pub(crate) fn agent_answers(&self, vm: VmIndex) -> bool {
        let state = self.vm(vm);
        if !state.agent_answers(self.now) {
            return false;
        }
        let (cohort, offset) = self.world.place(vm);
        // One of many that nothing has touched is as its template is.
        match &state.guest {
            None => cohort.variant(offset).guest.agent_reaches_out(),
            Some(_) => self.make_guest(vm).agent_reaches_out(),
        }
    }

    /// The thumbprint of the certificate that the guest's own RDP listener shows, whoever else answers in its place.
    pub(crate) fn rdp_thumbprint(&self, vm: VmIndex) -> Option<String> {
        let RdpFace::Listening(listener) = self.make_guest(vm).rdp_face(milliseconds(self.now))
        else {
            return None;
        };
        let digest = Sha1::digest(listener.certificate.as_deref()?);
        Some(digest.iter().map(|byte| format!("{byte:02X}")).collect())
    }

    fn touch_guest<T>(&mut self, vm: VmIndex, act: impl FnOnce(&mut Guest, u64) -> T) -> T {
        let now = milliseconds(self.now);
        let mut guest = match self.guests.ready.remove(&vm) {
            Some(guest) => guest,
            None => self.make_guest(vm),
        };
        let before = guest.delta();
        let outcome = act(&mut guest, now);
        for sprung in guest.take_sprung() {
            tell(&sprung);
            self.sprung.push(sprung);
        }
        let after = guest.delta();
        // Looking leaves no trace: an untouched guest stays one of many.
        if after != before {
            self.vm_mut(vm).guest = Some(after);
        }
        if self.guests.ready.len() >= GUESTS_READY {
            self.guests.ready.clear();
        }
        self.guests.ready.insert(vm, guest);
        outcome
    }

    fn make_guest(&self, vm: VmIndex) -> Guest {
        let (cohort, offset) = self.world.place(vm);
        let template = Arc::clone(&cohort.variant(offset).guest);
        let name = self.world.vm_name(vm);
        // The key file of a disk has its name from the skeleton.
        let state = self.vm(vm);
        let from_bytes = cohort.disk_file.is_some() || state.os_disk.is_some();
        let guid = if from_bytes { MACHINE_GUID } else { "" };
        if let Some(delta) = &state.guest {
            return Guest::with_delta(template, &name, guid, delta.clone());
        }
        let mut guest = Guest::new(template, &name, guid);
        if state.power.is_on() {
            guest.on_power_on(milliseconds(self.born()));
        }
        guest
    }

    pub(super) fn power_guest_on(&mut self, vm: VmIndex) {
        self.note_machine(vm, "powered-on", "done");
        let boots = self.vm(vm).boots.clone();
        let disk = match boots {
            Some(id) => {
                // What it was is made anew from what lies there.
                self.guests.ready.remove(&vm);
                self.vm_mut(vm).boots = None;
                self.content_of_volume(&id)
            }
            None => self.world.disk_file(vm).and_then(|path| std::fs::read(path).ok()),
        };
        let Some(disk) = disk else { return self.touch_guest(vm, Guest::on_power_on) };
        if let Err(failure) = self.touch_guest(vm, |guest, now| guest.start_from(disk, now)) {
            tell(&format!("{} does not start: {failure}", self.world.vm_name(vm)));
        }
    }

    pub(super) fn power_guest_off(&mut self, vm: VmIndex) {
        self.note_machine(vm, "powered-off", "done");
        self.lose_commands(vm);
        self.touch_guest(vm, Guest::on_power_off);
        self.lay_out_disk(vm);
    }

    /// The disks of machines that are off, as bytes, where they do not lie there yet.
    pub(crate) fn lay_out_disks(&mut self) {
        for vm in self.world.with_disk_files() {
            let there = self.world.disk_file(vm).is_some_and(Path::exists);
            if !there && !self.vm(vm).power.is_on() {
                self.lay_out_disk(vm);
            }
        }
    }

    /// Writes a machine's disk, divided as the one that lies there.
    fn lay_out_disk(&mut self, vm: VmIndex) {
        let Some(path) = self.world.disk_file(vm).map(Path::to_owned) else { return };
        let before = std::fs::read(&path).ok().map(DiskImage::from_bytes);
        let style = before.and_then(Result::ok).map_or(Style::Gpt, |disk| disk.style());
        let disk = self.touch_guest(vm, |guest, now| guest.disk_at(now, style));
        if let Err(error) = std::fs::write(&path, disk.bytes()) {
            tell(&format!("cannot write the disk {}: {error}", path.display()));
        }
    }

    /// What lies on a snapshot of a system disk, as bytes. The key's file has the skeleton's name, and so has the machine.
    pub(crate) fn content_of(&mut self, snapshot: &Snapshot) -> Vec<u8> {
        let total = u64::from(self.world.total).max(1);
        let vm = VmIndex(u32::try_from(snapshot.disk % total).unwrap_or(0));
        let file = self.world.disk_file(vm).filter(|_| !self.vm(vm).power.is_on());
        if let Some(bytes) = file.and_then(|path| std::fs::read(path).ok()) {
            return bytes;
        }
        self.bytes_of(vm, snapshot.guest.as_ref(), snapshot.created)
    }

    /// The disk of a machine that had changed this about its guest at a moment.
    pub(super) fn bytes_of(
        &self,
        vm: VmIndex,
        guest: Option<&GuestDelta>,
        at: Timestamp,
    ) -> Vec<u8> {
        let (cohort, offset) = self.world.place(vm);
        let template = Arc::clone(&cohort.variant(offset).guest);
        let name = self.world.vm_name(vm);
        let mut guest = if let Some(delta) = guest {
            Guest::with_delta(template, &name, MACHINE_GUID, delta.clone())
        } else {
            let mut born = Guest::new(template, &name, MACHINE_GUID);
            born.on_power_on(milliseconds(self.born()));
            born
        };
        let mut image = guest.disk_at(milliseconds(at), Style::Gpt);
        if let Some(trouble) = cohort.disk_trouble {
            image.spoil(trouble);
        }
        image.into_bytes()
    }

    /// Puts a guest's disk back to what it was.
    pub(super) fn restore_guest(&mut self, vm: VmIndex, delta: Option<GuestDelta>) {
        self.guests.ready.remove(&vm);
        let state: &mut VmState = self.vm_mut(vm);
        state.guest = delta;
        self.power_guest_off(vm);
    }

    /// What a guest asked for itself is put on the agenda.
    pub(super) fn heed_guest(&mut self, vm: VmIndex, requests: Requests) {
        let due = match requests {
            Requests { restart: Some(at), .. } => Some((moment(at), Due::GuestRestart(vm))),
            Requests { shutdown: Some(at), .. } => Some((moment(at), Due::GuestShutdown(vm))),
            Requests { restart: None, shutdown: None } => None,
        };
        if let Some((at, due)) = due {
            self.vm_mut(vm).guest_due = Some(at);
            self.schedule(at, due);
        } else if self.vm(vm).guest_due.is_some() {
            self.vm_mut(vm).guest_due = None;
        }
    }

    /// A guest that asked for a restart, and did not take that back, gets it; the cloud does not notice.
    pub(super) fn restart_guest(&mut self, vm: VmIndex) {
        if !self.is_due(vm, Guest::reboot_requested) {
            return;
        }
        self.power_guest_off(vm);
        self.power_guest_on(vm);
        let back = self.in_a(self.world.policy.durations.boot.0);
        self.vm_mut(vm).agent_back = Some(back);
    }

    /// A guest that asked to be switched off, and did not take that back, is; the cloud sees it stopped.
    pub(super) fn shut_guest_down(&mut self, vm: VmIndex) {
        if self.is_due(vm, Guest::shutdown_requested) {
            self.set_power(vm, Power::Stopped);
        }
    }

    fn is_due(&mut self, vm: VmIndex, request: fn(&Guest) -> Option<u64>) -> bool {
        self.vm(vm).power.is_on()
            && self.touch_guest(vm, |guest, now| request(guest).is_some_and(|at| at <= now))
    }
}

/// What a guest asked for itself, and when it wants it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Requests {
    restart: Option<u64>,
    shutdown: Option<u64>,
}

impl Requests {
    pub(crate) fn of(guest: &Guest) -> Self {
        Self { restart: guest.reboot_requested(), shutdown: guest.shutdown_requested() }
    }
}

/// What nobody may overlook is told at once, and not only to those who ask for it: a planted program that was run is a
/// hole in whoever sent the command, and a machine that does not start shows it on a screen that nobody sees.
#[expect(clippy::print_stderr, reason = "no caller may overlook it, whatever he logs")]
fn tell(what: &str) {
    eprintln!("{what}");
}

/// How guests count time: milliseconds since 1970.
fn milliseconds(moment: Timestamp) -> u64 {
    u64::try_from(moment.as_millisecond()).unwrap_or(0)
}

/// A moment of a guest in the world's count.
fn moment(milliseconds: u64) -> Timestamp {
    i64::try_from(milliseconds)
        .ok()
        .and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok())
        .unwrap_or(Timestamp::MAX)
}

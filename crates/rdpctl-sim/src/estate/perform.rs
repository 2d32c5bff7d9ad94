//! What operations do: how they begin, and what has changed when they end.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;

use super::{
    DiskTask, DiskWork, Due, EipTask, EipWork, Estate, Operation, VmState, Work, record::Object,
    vm::Latest,
};
use crate::{
    clock::later,
    world::{Power, PublicAddress, StopCharging, Text, VmIndex},
};

/// The request that an operation answers: what readers see as the latest operation.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    /// The vendor's name for what was asked.
    pub(crate) action: &'static str,
    /// The request's id.
    pub(crate) request: Text,
}

impl Estate {
    /// When readers see something that is done now.
    fn visible(&self) -> Timestamp {
        match self.world.faults.eventual_consistency {
            Some(lag) => later(self.now, lag.0),
            None => self.now,
        }
    }

    /// Begins work on a VM.
    pub(crate) fn begin(&mut self, vm: VmIndex, work: Work, accepted: &Accepted) {
        let durations = &self.world.policy.durations;
        let duration = match &work {
            Work::Start => durations.start,
            Work::Stop(_) | Work::Password { stops: true } => durations.stop,
            Work::Reboot => durations.reboot,
            Work::EnterRescue | Work::ExitRescue => durations.rescue,
            Work::Bandwidth(_)
            | Work::Groups(_)
            | Work::Rename(_)
            | Work::Password { stops: false }
            | Work::Attribute => durations.modify,
        };
        let visible = self.visible();
        let ends = self.clock.end_of(visible, duration.0);
        let failing = self.doom(accepted.action);
        self.vm_mut(vm).operation = Some(Operation {
            work,
            action: accepted.action.into(),
            request: Arc::clone(&accepted.request),
            visible,
            ends,
            failing,
        });
        self.schedule(ends, Due::Vm(vm));
    }

    pub(super) fn end_operation(&mut self, vm: VmIndex) {
        let now = self.now;
        if self.vm(vm).operation.as_ref().is_none_or(|operation| operation.ends > now) {
            return;
        }
        let boot = self.clock.end_of(now, self.world.policy.durations.boot.0);
        let Some(operation) = self.vm_mut(vm).operation.take() else { return };
        let failed = operation.failing.is_some();
        let state = self.vm_mut(vm);
        state.latest = Some(Latest {
            action: operation.action,
            request: operation.request,
            failure: operation.failing,
        });
        if failed {
            return;
        }
        match operation.work {
            Work::Start | Work::ExitRescue => {
                state.power = Power::Running;
                state.owned = Some(now);
                state.stop_charging = StopCharging::NotApplicable;
                state.agent_back = Some(boot);
                self.power_guest_on(vm);
            }
            Work::Stop(charging) => {
                state.power = Power::Stopped;
                state.owned = Some(now);
                state.stop_charging = charging;
                self.power_guest_off(vm);
                if charging == StopCharging::Free {
                    self.lose_ordinary_address(vm);
                }
            }
            Work::Reboot => {
                state.agent_back = Some(boot);
                self.power_guest_off(vm);
                self.power_guest_on(vm);
            }
            Work::EnterRescue => {
                state.power = Power::RescueMode;
                self.power_guest_off(vm);
            }
            Work::Password { stops: true } => {
                state.power = Power::Stopped;
                state.stop_charging = StopCharging::KeepCharging;
                self.power_guest_off(vm);
            }
            Work::Bandwidth(max_out) => state.bandwidth.max_out = max_out,
            Work::Groups(groups) => state.groups = groups,
            Work::Rename(name) => state.name = Some(name),
            Work::Password { stops: false } | Work::Attribute => {}
        }
    }

    /// An ordinary address does not survive a stop without charges.
    fn lose_ordinary_address(&mut self, vm: VmIndex) {
        let Some(number) = self.address_of(vm) else { return };
        if self.eip(number).is_some_and(|eip| !eip.kind.is_elastic()) {
            self.release_address(number);
            self.vm_mut(vm).address = PublicAddress::None;
        }
    }

    /// Gives an address back at once.
    pub(crate) fn release_address(&mut self, number: u32) {
        if let Some(eip) = self.eip_mut(number) {
            eip.bound = None;
            eip.task = None;
            eip.released = true;
        }
    }

    /// Begins work on addresses, as one task, and says its number.
    pub(crate) fn begin_eip_task(&mut self, numbers: &[u32], work: EipWork, action: &str) -> u64 {
        let account = numbers.first().and_then(|number| self.eip(*number)).map(|eip| eip.account);
        let left = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        let id = self.open_task(account.unwrap_or(crate::world::AccountIndex(0)), left);
        let durations = &self.world.policy.durations;
        let duration = match work {
            EipWork::Create | EipWork::Release => durations.allocate,
            EipWork::Bind(_)
            | EipWork::Unbind { .. }
            | EipWork::Bandwidth(_)
            | EipWork::Transform => durations.associate,
        };
        let visible = self.visible();
        let ends = self.clock.end_of(visible, duration.0);
        let failing = self.doom(action);
        if let EipWork::Bind(vm) = work
            && let Some(number) = numbers.first()
        {
            self.vm_mut(vm).address = PublicAddress::Numbered(*number);
        }
        for number in numbers {
            if let Some(eip) = self.eip_mut(*number) {
                eip.task = Some(EipTask { work, id, visible, ends, failing: failing.clone() });
                self.schedule(ends, Due::Eip(*number));
            }
        }
        id
    }

    pub(super) fn end_eip_task(&mut self, number: u32) {
        let now = self.now;
        let Some(eip) = self.eip_mut(number) else { return };
        if eip.task.as_ref().is_none_or(|task| task.ends > now) {
            return;
        }
        let Some(task) = eip.task.take() else { return };
        let failed = task.failing.is_some();
        let bound = eip.bound;
        match task.work {
            EipWork::Create if failed => eip.released = true,
            EipWork::Bind(vm) if failed => self.vm_mut(vm).address = PublicAddress::None,
            _ if failed => {}
            EipWork::Create => {}
            EipWork::Bind(vm) => eip.bound = Some(vm),
            EipWork::Unbind { ordinary_instead } => {
                eip.bound = None;
                if let Some(vm) = bound {
                    self.vm_mut(vm).address = PublicAddress::None;
                    if ordinary_instead {
                        self.give_ordinary_address(vm);
                    }
                }
            }
            EipWork::Release => eip.released = true,
            EipWork::Bandwidth(mbps) => eip.bandwidth = mbps,
            EipWork::Transform => {
                eip.kind = crate::world::AddressKind::Eip;
                if let Some(vm) = bound {
                    let bandwidth = self.vm(vm).bandwidth;
                    if let Some(eip) = self.eip_mut(number) {
                        eip.bandwidth = bandwidth.max_out.max(1);
                        eip.charge_type = bandwidth.charge_type;
                    }
                }
            }
        }
        self.changed.insert(Object::Task(task.id));
        if let Some(open) = self.tasks.get_mut(&task.id) {
            open.left = open.left.saturating_sub(1);
            open.failed |= failed;
        }
    }

    fn give_ordinary_address(&mut self, vm: VmIndex) {
        let (account, region) = {
            let (cohort, _) = self.place(vm);
            (cohort.account, Arc::clone(&cohort.region))
        };
        let world = Arc::clone(&self.world);
        let (created, max_out) = (self.now, self.vm(vm).bandwidth.max_out);
        let number = self.add_eip(|number| super::Eip {
            id: world.eip_id(number),
            account,
            region,
            name: "".into(),
            kind: crate::world::AddressKind::Wan,
            ip: world.public_ip(number),
            bound: Some(vm),
            task: None,
            bandwidth: max_out,
            charge_type: crate::world::TrafficCharge::default(),
            package: None,
            arrears: false,
            blocked: false,
            created,
            paid_until: None,
            tags: Vec::new(),
            released: false,
        });
        self.vm_mut(vm).address = PublicAddress::Numbered(number);
    }

    /// A disk, as it stands, to change it.
    pub(crate) fn disk_mut(&mut self, number: u64) -> Option<&mut super::Disk> {
        if !self.disks.contains_key(&number) {
            let born = self.born_disk(number)?;
            self.disks.insert(number, born);
        }
        self.changed.insert(Object::Disk(number));
        self.disks.get_mut(&number)
    }

    /// Begins work on a disk.
    pub(crate) fn begin_disk_task(&mut self, number: u64, work: DiskWork) {
        let durations = &self.world.policy.durations;
        let duration = match work {
            DiskWork::Attach(_) | DiskWork::Detach => durations.disk,
            DiskWork::Rollback { .. } => durations.rollback,
        };
        let (began, ends) = (self.now, self.clock.end_of(self.now, duration.0));
        if let Some(disk) = self.disk_mut(number) {
            disk.task = Some(DiskTask { work, began, ends });
            self.schedule(ends, Due::Disk(number));
        }
    }

    pub(super) fn end_disk_task(&mut self, number: u64) {
        let now = self.now;
        let Some(disk) = self.disk_mut(number) else { return };
        if disk.task.as_ref().is_none_or(|task| task.ends > now) {
            return;
        }
        let Some(task) = disk.task.take() else { return };
        match task.work {
            DiskWork::Attach(vm) => disk.attached = Some(vm),
            DiskWork::Detach => {
                disk.last_attached = disk.attached;
                disk.attached = None;
            }
            DiskWork::Rollback { snapshot, start_after } => {
                let (vm, system) = (disk.attached, disk.system);
                let Some(snapshot) = self.snapshot_mut(&snapshot) else { return };
                snapshot.rolling_back = false;
                let guest = snapshot.guest.clone();
                if let Some(vm) = vm.filter(|_| system) {
                    self.restore_guest(vm, guest);
                    if start_after {
                        let request = self.request_id();
                        self.begin(
                            vm,
                            Work::Start,
                            &Accepted { action: "StartInstances", request },
                        );
                    }
                }
            }
        }
    }

    /// Puts a VM into a power state at once, behind everybody's back.
    pub(crate) fn set_power(&mut self, vm: VmIndex, power: Power) {
        let was_on = self.vm(vm).power.is_on();
        let now = self.now;
        let state = self.vm_mut(vm);
        state.owned = Some(now);
        state.power = power;
        state.operation = None;
        state.agent_back = None;
        state.stop_charging = if power == Power::Stopped {
            StopCharging::KeepCharging
        } else {
            StopCharging::NotApplicable
        };
        match (was_on, power.is_on()) {
            (false, true) => self.power_guest_on(vm),
            (true, false) => self.power_guest_off(vm),
            (true, true) | (false, false) => {}
        }
    }

    /// Stops a VM at once, as a roll-back does.
    pub(crate) fn stop_at_once(&mut self, vm: VmIndex) {
        let state: &mut VmState = self.vm_mut(vm);
        state.power = Power::Stopped;
        state.stop_charging = StopCharging::KeepCharging;
        self.power_guest_off(vm);
    }

    /// The moment `duration` of simulated time from now.
    pub(crate) fn in_a(&self, duration: Duration) -> Timestamp {
        self.clock.end_of(self.now, duration)
    }
}

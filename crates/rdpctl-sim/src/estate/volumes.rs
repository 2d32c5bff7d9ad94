//! Disks that were made: their bytes, scripts that work on them, and machines that get another one.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};

use super::{
    Estate,
    extra::{Extra, Helper, Label, Volume},
    record::Object,
};
use crate::{
    image::{places, windows_start},
    linux::{Machine, Printed},
    world::{Meanwhile, Power, StopCharging, Text, VmIndex},
};

/// A sector of a disk.
const SECTOR: usize = 512;

impl Estate {
    pub(crate) fn put_extra(&mut self, id: Text, extra: Extra) {
        self.changed.insert(Object::Extra(Arc::clone(&id)));
        self.extras.insert(id, extra);
    }

    pub(crate) fn drop_extra(&mut self, id: &str) {
        self.changed.insert(Object::Extra(id.into()));
        self.extras.remove(id);
    }

    pub(crate) fn volume(&self, id: &str) -> Option<&Volume> {
        match self.extras.get(id)? {
            Extra::Volume(volume) => Some(volume.as_ref()),
            Extra::Card(_) | Extra::Helper(_) | Extra::Command(_) => None,
        }
    }

    /// A disk, to change it.
    pub(crate) fn volume_mut(&mut self, id: &str) -> Option<&mut Volume> {
        self.changed.insert(Object::Extra(id.into()));
        match self.extras.get_mut(id)? {
            Extra::Volume(volume) => Some(volume.as_mut()),
            Extra::Card(_) | Extra::Helper(_) | Extra::Command(_) => None,
        }
    }

    /// What lies on a disk that was made.
    pub(crate) fn content_of_volume(&mut self, id: &str) -> Option<Vec<u8>> {
        let volume = self.volume(id)?.clone();
        let mut bytes = self.bytes_of(volume.vm, volume.guest.as_ref(), volume.taken);
        for (number, content) in &volume.sectors {
            let at = usize::try_from(*number).ok()? * SECTOR;
            let content = STANDARD.decode(content).ok()?;
            bytes.get_mut(at..at + SECTOR)?.copy_from_slice(&content);
        }
        Some(bytes)
    }

    /// Runs a script in a helper, with its disk at hand.
    pub(crate) fn run_in_helper(&mut self, id: &str, script: &str) -> Printed {
        let Some(Extra::Helper(helper)) = self.extras.get(id).cloned() else {
            return Printed::default();
        };
        let mut machine = Machine::default();
        let decoded = |(path, content): (&String, &String)| {
            Some((path.clone(), STANDARD.decode(content).ok()?))
        };
        machine.files.extend(helper.files.iter().filter_map(decoded));
        machine.runs.extend(helper.runs.iter().cloned());
        let device = format!("/dev/disk/azure/scsi1/lun{}", helper.unit);
        // A script that does not name its disk has nothing to do with it, and a disk is long.
        let names_it = script.contains(&device);
        let content = names_it.then(|| self.content_of_volume(&helper.disk)).flatten();
        let before = content.unwrap_or_default();
        machine.disks.insert(device.clone(), before.clone());
        let printed = machine.run(script);
        let after = machine.disks.remove(&device).unwrap_or_default();
        let files = machine.files.iter();
        let files = files.map(|(path, content)| (path.clone(), STANDARD.encode(content))).collect();
        if let Some(volume) = self.volume_mut(&helper.disk) {
            let sectors = before.chunks(SECTOR).zip(after.chunks(SECTOR));
            for (number, (_, now)) in (0..).zip(sectors).filter(|(_, (was, now))| was != now) {
                volume.sectors.insert(number, STANDARD.encode(now));
            }
        }
        let runs = machine.runs;
        self.put_extra(id.into(), Extra::Helper(Helper { files, runs, ..helper }));
        printed
    }

    /// What nobody reckoned with, where the world has it: while a copy is attached to a helper.
    pub(crate) fn meanwhile(&mut self, copy: &str) {
        let Some(vm) = self.volume(copy).map(|volume| volume.vm) else { return };
        match self.world.faults.meanwhile {
            None => {}
            Some(Meanwhile::Started) => self.set_power(vm, Power::Running),
            Some(Meanwhile::StartedAndStopped) => {
                self.set_power(vm, Power::Running);
                self.set_power(vm, Power::Stopped);
                self.vm_mut(vm).stop_charging = StopCharging::Free;
            }
            Some(Meanwhile::CopyWritten) => {
                let hive = "Windows/System32/config/SYSTEM";
                let place = places().into_iter().find(|place| place.path == hive);
                let start = place.map_or(0, |place| place.start) + windows_start();
                let written = STANDARD.encode([0x5a; SECTOR]);
                if let Some(volume) = self.volume_mut(copy) {
                    let sector = u64::try_from(start / SECTOR).unwrap_or(0);
                    volume.sectors.insert(sector, written);
                }
            }
        }
    }

    /// Gives a machine that is off another system disk; the one that it had stays, as it is.
    pub(crate) fn swap_disk(&mut self, vm: VmIndex, to: Text, former: Text, label: Label) {
        let state = self.vm(vm).into_owned();
        let (owner, size) = (self.world.vm_id(vm), self.place(vm).0.system_disk.size);
        let kept = Volume {
            label,
            size,
            vm,
            guest: state.guest.clone(),
            taken: self.now,
            sectors: BTreeMap::new(),
            attached: None,
            network: self.place(vm).0.disk_network,
        };
        self.put_extra(former, Extra::Volume(Box::new(kept)));
        if let Some(volume) = self.volume_mut(&to) {
            volume.attached = Some(owner.to_ascii_lowercase().into());
        }
        let state = self.vm_mut(vm);
        state.os_disk = Some(Arc::clone(&to));
        state.boots = Some(to);
    }
}

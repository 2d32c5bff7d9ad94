//! Starting from a disk that others had in their hands: what lies on it is what the machine is from then on.

use std::sync::Arc;

use super::acl::Acl;
use super::defaults::boot_store::STORE;
use super::defaults::disk::{MACHINE_KEYS, RDP_KEY};
use super::disk::VOLATILE;
use super::machine::Guest;
use super::registry::{KeyPath, Kind, Value};
use super::services::Runtime;
use crate::image::{Data, DiskImage, HiveKey, KeyDescriptor, StartFailure, Style};

const CONTROL_SET: &str = r"HKLM\SYSTEM\CurrentControlSet";
const SOFTWARE: &str = r"HKLM\SOFTWARE";

impl Guest {
    /// The disk of a machine that is off, in a world that is at this moment.
    #[must_use]
    pub fn disk_at(&mut self, now: u64, style: Style) -> DiskImage {
        self.be_born(now);
        self.disk(style)
    }

    /// The machine has been switched on, and starts from these bytes. Where they do not let it, it has power and
    /// nothing runs.
    pub fn start_from(&mut self, disk: Vec<u8>, now: u64) -> Result<(), StartFailure> {
        self.be_born(now);
        let started = match DiskImage::from_bytes(disk).and_then(|disk| disk.start()) {
            Ok(started) => started,
            Err(failure) => {
                self.state.boots += 1;
                self.state.booted_at = None;
                self.state.runtime = Some(Box::new(Runtime::off(self.template.services.len())));
                return Err(failure);
            }
        };
        for (path, hive) in [
            (CONTROL_SET, &started.control_set),
            (SOFTWARE, &started.software),
            (STORE, &started.boot_objects),
        ] {
            if let Some(key) = KeyPath::parse(path) {
                self.become_like(&key, hive);
            }
        }
        match started.key {
            Some(key) if key != self.key_descriptor() => self.put_key_list(key),
            Some(_) => {}
            None => {
                let path = format!(r"{MACHINE_KEYS}\{RDP_KEY}{}", self.machine_guid());
                self.remove_file(&path);
            }
        }
        self.on_power_on(now);
        Ok(())
    }

    /// Makes a key what a hive says, with all below it. What no hive holds is left to the start.
    fn become_like(&mut self, key: &KeyPath, hive: &HiveKey) {
        if !self.registry().exists(key) {
            self.create_key(key);
        }
        let known: Vec<(String, Vec<u8>, u32)> = self
            .registry()
            .values(key)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_bytes(), value.kind.code()))
            .collect();
        for (name, data) in &hive.values {
            let Data::Raw(kind, bytes) = data else { continue };
            let same = known.iter().any(|(other, held, code)| {
                other.eq_ignore_ascii_case(name) && held == bytes && code == kind
            });
            if !same {
                self.set_value(key, name, Value::from_bytes(Kind::from_code(*kind), bytes));
            }
        }
        let is_there =
            |name: &str| hive.values.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        for (name, ..) in known.iter().filter(|(name, ..)| !is_there(name)) {
            self.remove_value(key, name);
        }
        for child in self.registry().children(key) {
            let is_there = hive.keys.iter().any(|own| own.name.eq_ignore_ascii_case(child.name()));
            if !is_there && !is_volatile(&child) {
                self.remove_key(&child);
            }
        }
        for child in &hive.keys {
            self.become_like(&key.join(&child.name), child);
        }
    }

    /// The list that a descriptor of the disk stands for.
    fn put_key_list(&mut self, key: KeyDescriptor) {
        let path = format!(r"{MACHINE_KEYS}\{RDP_KEY}{}", self.machine_guid());
        let Some(node) = self.files().get(&path).cloned() else { return };
        let list = match key {
            KeyDescriptor::Administrators => "D:PAI(A;;FA;;;BA)",
            KeyDescriptor::NetworkServiceDenied => "D:PAI(D;;FA;;;NS)(A;;FA;;;SY)",
            KeyDescriptor::Healthy2016 => "D:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FR;;;BA)",
            KeyDescriptor::Healthy2019 => {
                "D:PAI(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833)"
            }
        };
        let acl = Acl::parse_sddl(list).map(Arc::new);
        self.put_file(&path, super::files::Node { acl, ..node });
    }
}

fn is_volatile(key: &KeyPath) -> bool {
    VOLATILE.iter().any(|name| {
        KeyPath::parse(&format!(r"{CONTROL_SET}\{name}"))
            .is_some_and(|own| own.stored == key.stored)
    })
}

//! Edits of the boot store.

use rdpctl_disk::bcd::{BOOT_MANAGER, Device, EMS_SETTINGS, Element, ElementId, Store};
use rdpctl_disk::hive::{Editor, Kind};
use rdpctl_disk::{Error, NotEdited, Refusal};

use super::Repair;

impl Repair<'_, '_> {
    pub(super) fn loader(&mut self) -> Result<String, Error> {
        let boot = self.boot()?;
        let store = Store::of(boot.hive())?;
        let loader = store.default_loader()?.ok_or(Refusal::NoDefaultEntry)?;
        Ok(format!("{{{loader}}}"))
    }

    /// What `bcdedit /ems on` and `/emssettings` write: a store without the settings' object is left to `bcdboot`.
    pub(super) fn serial_console(&mut self) -> Result<(), Error> {
        let loader = self.loader()?;
        let boot = self.boot()?;
        if !Store::of(boot.hive())?.has_ems_settings()? {
            return Err(Refusal::NoEmsSettings.into());
        }
        for (object, id, element) in [
            (loader.as_str(), ElementId::EMS, Element::Flag(true)),
            (EMS_SETTINGS, ElementId::EMS_PORT, Element::Integer(1)),
            (EMS_SETTINGS, ElementId::EMS_BAUD, Element::Integer(115_200)),
        ] {
            put(boot, object, id, &element)?;
        }
        Ok(())
    }

    /// The boot menu for so many seconds, and EMS in the boot manager.
    pub(super) fn boot_menu(&mut self, seconds: u64) -> Result<(), Error> {
        let boot = self.boot()?;
        for (id, element) in [
            (ElementId::SHOW_MENU, Element::Flag(true)),
            (ElementId::TIMEOUT, Element::Integer(seconds)),
            (ElementId::BOOT_EMS, Element::Flag(true)),
        ] {
            put(boot, BOOT_MANAGER, id, &element)?;
        }
        Ok(())
    }

    /// Makes the default entry name this Windows on this very disk, where it names a disk that is not this one.
    ///
    /// Of each device only the disk's and the partition's identities are written: the rest stays as Windows wrote it.
    pub(super) fn name_this_disk(&mut self) -> Result<(), Error> {
        let table = &self.disk.table;
        let own = Device::naming(table, &self.installation.partition).ok_or(Refusal::NoTable)?;
        let loader = self.loader()?;
        let boot = self.boot()?;
        for id in [ElementId::APPLICATION_DEVICE, ElementId::OS_DEVICE] {
            let path = Store::path(&loader, id);
            let named = Store::of(boot.hive())?.own(&loader, id)?;
            let stored = match boot.hive().key(&path)? {
                Some(key) => key.value("Element")?,
                None => None,
            };
            let (Some(Element::Device(named)), Some(stored)) = (named, stored) else { continue };
            if named.is_a_partition() && named.partition(table).is_none() {
                let mut bytes = stored.bytes()?.into_owned();
                own.put_into(&mut bytes).ok_or(Refusal::HiveEdit(NotEdited::Link))?;
                boot.set(&path, "Element", Kind::Binary, &bytes)?;
            }
        }
        Ok(())
    }
}

fn put(boot: &mut Editor, object: &str, id: ElementId, element: &Element) -> Result<(), Error> {
    let path = Store::path(object, id);
    let (kind, bytes) = element.stored().ok_or(Refusal::HiveEdit(NotEdited::Link))?;
    boot.create(&path)?;
    boot.set(&path, "Element", kind, &bytes)
}

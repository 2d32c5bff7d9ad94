//! Objects, what they inherit, and whether what they name is there.

use super::element::{Element, ElementId};
use super::{BOOT_MANAGER, Device, EMS_SETTINGS};
use crate::Guid;
use crate::error::{Damage, Error, Structure};
use crate::hive::{Hive, Key};
use crate::table::Table;

/// An object's name as the store writes it.
fn braced(guid: Guid) -> String {
    format!("{{{guid}}}")
}

/// Inherited objects may inherit in their turn; Windows' own stores do so twice.
const MOST_INHERITED: usize = 16;

/// A boot store, read.
#[derive(Clone, Copy, Debug)]
pub struct Store<'a> {
    objects: Key<'a>,
}

/// What would keep the machine from starting this Windows, as far as the store says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// The boot manager names no loader.
    NoDefault,
    /// It names one that is not there.
    LoaderMissing(Guid),
    /// The loader has no such element.
    NoDevice(ElementId),
    /// The loader names a partition that this disk does not have: 0xC000000E at the start.
    Elsewhere(ElementId, Device),
    /// The loader starts a Windows on another partition of this disk.
    OtherPartition(usize),
}

impl<'a> Store<'a> {
    /// Takes a hive for a boot store.
    pub fn of(hive: &'a Hive) -> Result<Self, Error> {
        let objects = hive.key("Objects")?;
        let objects =
            objects.ok_or_else(|| Damage::new(Structure::BootStore, 0_u64, "it has no objects"))?;
        Ok(Self { objects })
    }

    /// Where an element's value stands in the hive: the key, and the name of the value.
    #[must_use]
    pub fn path(object: &str, id: ElementId) -> String {
        format!("Objects\\{object}\\Elements\\{id}")
    }

    /// Whether there is such an object.
    pub fn has(&self, object: &str) -> Result<bool, Error> {
        Ok(self.objects.child(object)?.is_some())
    }

    /// An object's own element. One whose value is not what its number says is damage.
    pub fn own(&self, object: &str, id: ElementId) -> Result<Option<Element>, Error> {
        let Some(key) = self.objects.below(&format!("{object}\\Elements\\{id}"))? else {
            return Ok(None);
        };
        let element = key.value("Element")?.and_then(|value| Element::read(id, &value));
        let damage =
            || Damage::new(Structure::BootStore, id.0, "an element is not what its number says");
        Ok(Some(element.ok_or_else(damage)?))
    }

    /// An object's element, its own or else the first inherited one.
    pub fn element(&self, object: &str, id: ElementId) -> Result<Option<Element>, Error> {
        let mut open = vec![object.to_owned()];
        let mut seen: Vec<String> = Vec::new();
        while let Some(object) = open.pop() {
            if seen.contains(&object) || seen.len() >= MOST_INHERITED {
                continue;
            }
            if let Some(element) = self.own(&object, id)? {
                return Ok(Some(element));
            }
            if let Some(Element::Objects(inherited)) = self.own(&object, ElementId::INHERITED)? {
                open.extend(inherited.into_iter().rev().map(braced));
            }
            seen.push(object);
        }
        Ok(None)
    }

    /// The loader that starts without anybody choosing.
    pub fn default_loader(&self) -> Result<Option<Guid>, Error> {
        Ok(match self.own(BOOT_MANAGER, ElementId::DEFAULT)? {
            Some(Element::Object(guid)) => Some(guid),
            Some(_) | None => None,
        })
    }

    /// Whether the settings of EMS have a place in the store.
    pub fn has_ems_settings(&self) -> Result<bool, Error> {
        self.has(EMS_SETTINGS)
    }

    /// What keeps the store from starting the Windows on a partition, the first reason first.
    pub fn obstacles(&self, table: &Table, windows: usize) -> Result<Vec<Obstacle>, Error> {
        let Some(loader) = self.default_loader()? else { return Ok(vec![Obstacle::NoDefault]) };
        let object = braced(loader);
        if !self.has(&object)? {
            return Ok(vec![Obstacle::LoaderMissing(loader)]);
        }
        let mut obstacles = Vec::new();
        for id in [ElementId::APPLICATION_DEVICE, ElementId::OS_DEVICE] {
            match self.element(&object, id)? {
                Some(Element::Device(Device::Boot)) => {}
                Some(Element::Device(device)) => match device.partition(table) {
                    None => obstacles.push(Obstacle::Elsewhere(id, device)),
                    Some(partition)
                        if id == ElementId::OS_DEVICE && partition.number != windows =>
                    {
                        obstacles.push(Obstacle::OtherPartition(partition.number));
                    }
                    Some(_) => {}
                },
                Some(_) | None => obstacles.push(Obstacle::NoDevice(id)),
            }
        }
        Ok(obstacles)
    }
}

//! Whether the machine would start this Windows, as far as its disk tells.

use rdpctl_disk::bcd::{Element, ElementId, Obstacle, Store};
use rdpctl_disk::windows::{Disk, Firmware, Installation};
use rdpctl_disk::{Error, Structure};
use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, BootNames};

use super::registry::Hives;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// Which firmware the first boot store is for.
    pub firmware: Option<Firmware>,
    /// What stands in the way, or why that cannot be told.
    pub hindrances: Result<Vec<Hindrance>, Gap>,
}

impl Boot {
    /// Which disk the boot store names. Another one is what a copy with an identity of its own looks like.
    pub(super) fn names(&self) -> Answer<BootNames> {
        let another = |one: &Hindrance| matches!(one, Hindrance::Store(Obstacle::Elsewhere(_, device)) if device.is_a_partition());
        match &self.hindrances {
            Err(gap) => Err(gap.clone()),
            Ok(all) if all.iter().any(another) => Ok(BootNames::AnotherDisk),
            Ok(_) => Ok(BootNames::ThisDisk),
        }
    }
}

/// Something that keeps Windows from starting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hindrance {
    /// The boot store has no way to it.
    Store(Obstacle),
    /// The loader's file is not there; its path as the store gives it, untrusted text.
    NoLoader(String),
    /// A hive's structure is broken; which, and the first finding.
    Hive(&'static str, String),
}

pub(super) fn judge(
    disk: &Disk<'_>,
    installation: &Installation,
    hives: &Hives,
) -> Result<Boot, Error> {
    let firmware = disk.boot_stores()?.first().map(|store| store.firmware);
    let hindrances = match &hives.boot {
        Err(gap) => Err(gap.clone()),
        Ok(boot) => match found(disk, installation, hives, boot) {
            Ok(all) => Ok(all),
            // The rest of the disk is judged all the same.
            Err(Error::Damaged(damage)) if is_of_a_store(damage.structure) => {
                Ok(vec![Hindrance::Hive("BCD", damage.what.to_owned())])
            }
            Err(error) => return Err(error),
        },
    };
    Ok(Boot { firmware, hindrances })
}

fn is_of_a_store(structure: Structure) -> bool {
    matches!(structure, Structure::Hive | Structure::BootStore)
}

fn found(
    disk: &Disk<'_>,
    installation: &Installation,
    hives: &Hives,
    boot: &rdpctl_disk::hive::Hive,
) -> Result<Vec<Hindrance>, Error> {
    let store = Store::of(boot)?;
    let obstacles = store.obstacles(&disk.table, installation.partition.number)?;
    let mut all: Vec<Hindrance> = obstacles.into_iter().map(Hindrance::Store).collect();
    if let Some(loader) = store.default_loader()? {
        let object = format!("{{{loader}}}");
        if let Some(Element::Text(path)) = store.element(&object, ElementId::APPLICATION_PATH)? {
            let parts: Vec<&str> = path.split('\\').filter(|part| !part.is_empty()).collect();
            if disk.ntfs(&installation.partition)?.find(&parts)?.is_none() {
                all.push(Hindrance::NoLoader(path));
            }
        }
    }
    for (name, hive) in [("SYSTEM", hives.system()), ("BCD", boot)] {
        // One of which only some was read is checked where that is; a repair reads it whole, and checks it.
        if hive.is_in_parts() {
            continue;
        }
        if let Some(finding) = hive.check().errors.first() {
            all.push(Hindrance::Hive(name, finding.to_string()));
        }
    }
    Ok(all)
}

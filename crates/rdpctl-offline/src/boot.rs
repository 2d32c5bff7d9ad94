//! Whether the machine would start this Windows, as far as its disk tells.

use rdpctl_disk::bcd::{Element, ElementId, Obstacle, Store};
use rdpctl_disk::windows::{self, Disk, Installation};
use rdpctl_disk::{Error, Refusal, Structure};
use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, BootNames};
use serde::{Deserialize, Serialize};

use super::registry::Hives;

/// What was found, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boot {
    /// Which firmware the first boot store is for.
    pub firmware: Option<Firmware>,
    /// What stands in the way, or why that cannot be told. Paths of a boot store are in it as it gives them.
    pub hindrances: Result<Vec<String>, Gap>,
}

/// What starts the boot manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Firmware {
    /// UEFI.
    Uefi,
    /// BIOS.
    Bios,
}

/// What was found.
pub(super) struct Judged {
    firmware: Option<Firmware>,
    hindrances: Result<Vec<Hindrance>, Gap>,
}

impl Judged {
    pub(super) fn told(&self) -> Boot {
        let words = |all: &Vec<Hindrance>| all.iter().map(Hindrance::words).collect();
        Boot {
            firmware: self.firmware,
            hindrances: self.hindrances.as_ref().map(words).map_err(Clone::clone),
        }
    }

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
enum Hindrance {
    /// The boot store has no way to it.
    Store(Obstacle),
    /// The loader's file is not there; its path as the store gives it, untrusted text.
    NoLoader(String),
    /// A hive's structure is broken; which, and the first finding.
    Hive(&'static str, String),
}

impl Hindrance {
    fn words(&self) -> String {
        match self {
            Self::Store(Obstacle::NoDefault) => "the boot manager has no default entry".to_owned(),
            Self::Store(Obstacle::LoaderMissing(guid)) => {
                format!("the boot manager's default entry {{{guid}}} does not exist")
            }
            Self::Store(Obstacle::NoDevice(id)) => {
                format!("the default entry has no device ({id})")
            }
            Self::Store(Obstacle::Elsewhere(id, device)) => format!(
                "the default entry starts {device}, which is not on this disk: error 0xC000000E ({id})"
            ),
            Self::Store(Obstacle::OtherPartition(number)) => {
                format!("the default entry starts the Windows on partition {number}")
            }
            Self::NoLoader(path) => format!("the loader {path} does not exist"),
            Self::Hive("BCD", finding) => {
                format!("the boot store is damaged: {finding}; {}", Refusal::NoBootStore.way_out())
            }
            Self::Hive(name, finding) => format!("the hive {name} is damaged: {finding}"),
        }
    }
}

pub(super) fn judge(
    disk: &Disk<'_>,
    installation: &Installation,
    hives: &Hives,
) -> Result<Judged, Error> {
    let firmware = disk.boot_stores()?.first().map(|store| match store.firmware {
        windows::Firmware::Uefi => Firmware::Uefi,
        windows::Firmware::Bios => Firmware::Bios,
    });
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
    Ok(Judged { firmware, hindrances })
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

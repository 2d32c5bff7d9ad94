//! The key files and who may read them.

use rdpctl_disk::descriptor::{Descriptor, Effect};
use rdpctl_disk::ntfs::{SecurityId, Volume};
use rdpctl_disk::windows::{Disk, Installation};
use rdpctl_disk::{Error, Refusal};
use rdpctl_model::Gap;
use rdpctl_model::guest::{Answer, KeyMend};
use rdpctl_model::step::KeyHolder;

use super::place::unread;

pub(super) const FOLDER: [&str; 5] = ["ProgramData", "Microsoft", "Crypto", "RSA", "MachineKeys"];
/// All RDP keys are called so, with the machine's own GUID behind.
const PREFIX: &str = "f686aace6942fb7f7ceb231212eef4a4_";

/// The folder's list, and each RDP key's.
pub(super) struct MachineKeys {
    pub(super) folder: Answer<String>,
    pub(super) files: Answer<Vec<(String, String)>>,
    /// What can be done about a list that is wrong.
    pub(super) mend: KeyMend,
}

impl MachineKeys {
    pub(super) fn read(disk: &Disk<'_>, installation: &Installation) -> Self {
        match Self::find(disk, installation) {
            Ok(found) => found,
            Err(error) => Self {
                folder: Err(unread(&error)),
                files: Err(unread(&error)),
                mend: KeyMend::List,
            },
        }
    }

    fn find(disk: &Disk<'_>, installation: &Installation) -> Result<Self, Error> {
        let volume = disk.ntfs(&installation.partition)?;
        let Some(folder) = volume.find(&FOLDER)? else {
            let none = || Gap::garbled(crate::said::say::no_machine_keys());
            let (folder, files) = (Err(none()), Ok(Vec::new()));
            return Ok(Self { folder, files, mend: KeyMend::List });
        };
        let list = |bytes: Vec<u8>| Ok::<_, Error>(Descriptor::read(&bytes)?.sddl());
        let own = volume.descriptor_of(&folder).and_then(list).map_err(|error| unread(&error));
        let mut files = Vec::new();
        for entry in volume.entries(&folder, PREFIX)? {
            let file = volume.file(entry.file)?;
            files.push((entry.name, list(volume.descriptor_of(&file)?)?));
        }
        // The third who may read it makes one list better than another, and none of them unfit.
        let mend = match healthiest(&volume, KeyHolder::SessionEnv)? {
            Some(_) => KeyMend::List,
            None => KeyMend::Aside,
        };
        Ok(Self { folder: own, files: Ok(files), mend })
    }
}

/// Whether there is a key file of this name.
pub(super) fn is_there(
    disk: &Disk<'_>,
    installation: &Installation,
    file: &str,
) -> Result<bool, Error> {
    let volume = disk.ntfs(&installation.partition)?;
    let folder = volume.find(&FOLDER)?.ok_or(Refusal::NoWindows)?;
    Ok(volume.entries(&folder, file)?.iter().any(|entry| entry.name == file))
}

/// The best of the lists for a key that the volume holds already; nothing where none of them does.
pub(super) fn healthiest(
    volume: &Volume<'_>,
    third: KeyHolder,
) -> Result<Option<SecurityId>, Error> {
    let mut best: Option<(usize, SecurityId)> = None;
    for stored in volume.descriptors()? {
        let Ok(descriptor) = Descriptor::read(&stored.descriptor) else { continue };
        if let Some(worse) = unlike_a_healthy_key(&descriptor, third)
            && best.is_none_or(|(known, _)| worse < known)
        {
            best = Some((worse, stored.id));
        }
    }
    Ok(best.map(|(_, id)| id))
}

const SYSTEM: &str = "S-1-5-18";
const NETWORK_SERVICE: &str = "S-1-5-20";
const ADMINISTRATORS: &str = "S-1-5-32-544";
const SESSION_ENV: &str = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833";
const FULL: u32 = 0x001f_01ff;
const READ: u32 = 0x0012_0089;

/// How far a descriptor is from what a healthy key has, judged by meaning; nothing where it does not do at all.
///
/// It does where SYSTEM has everything and NETWORK SERVICE can read, nobody is denied anything, and nobody gets anything
/// whom a healthy key does not know.
fn unlike_a_healthy_key(descriptor: &Descriptor, third: KeyHolder) -> Option<usize> {
    let list = descriptor.dacl.as_ref()?;
    let (mut system, mut service, mut other) = (false, false, 0);
    for entry in list {
        let Effect::Allow = entry.effect else { return None };
        // An entry that is only inherited says nothing about the file.
        if entry.flags & 8 != 0 {
            other += 1;
            continue;
        }
        match entry.sid.as_ref().map(ToString::to_string).as_deref() {
            Some(SYSTEM) => system |= entry.mask & FULL == FULL,
            Some(NETWORK_SERVICE) => {
                service |= entry.mask & READ == READ;
                other += usize::from(entry.mask != READ);
            }
            Some(SESSION_ENV) => other += usize::from(third != KeyHolder::SessionEnv),
            Some(ADMINISTRATORS) => other += usize::from(third != KeyHolder::Administrators),
            Some(_) | None => return None,
        }
    }
    let owner = descriptor.owner.as_ref().map(ToString::to_string);
    let owned = usize::from(owner.as_deref() != Some(SYSTEM));
    (system && service).then_some(other + owned)
}

//! The key files and who may read them.

use rdpctl_disk::Error;
use rdpctl_disk::descriptor::Descriptor;
use rdpctl_disk::windows::{Disk, Installation};
use rdpctl_model::Gap;
use rdpctl_model::guest::Answer;

use super::unread;

const FOLDER: [&str; 5] = ["ProgramData", "Microsoft", "Crypto", "RSA", "MachineKeys"];
/// All RDP keys are called so, with the machine's own GUID behind.
const PREFIX: &str = "f686aace6942fb7f7ceb231212eef4a4_";

/// The folder's list, and each RDP key's.
pub(super) struct MachineKeys {
    pub(super) folder: Answer<String>,
    pub(super) files: Answer<Vec<(String, String)>>,
}

impl MachineKeys {
    pub(super) fn read(disk: &Disk<'_>, installation: &Installation) -> Self {
        match Self::find(disk, installation) {
            Ok(found) => found,
            Err(error) => Self { folder: Err(unread(&error)), files: Err(unread(&error)) },
        }
    }

    fn find(disk: &Disk<'_>, installation: &Installation) -> Result<Self, Error> {
        let volume = disk.ntfs(&installation.partition)?;
        let Some(folder) = volume.find(&FOLDER)? else {
            let none = || Gap::garbled("there is no folder MachineKeys");
            return Ok(Self { folder: Err(none()), files: Ok(Vec::new()) });
        };
        let list = |bytes: Vec<u8>| Ok::<_, Error>(Descriptor::read(&bytes)?.sddl());
        let own = volume.descriptor_of(&folder).and_then(list).map_err(|error| unread(&error));
        let mut files = Vec::new();
        for entry in volume.entries(&folder, PREFIX)? {
            let file = volume.file(entry.file)?;
            files.push((entry.name, list(volume.descriptor_of(&file)?)?));
        }
        Ok(Self { folder: own, files: Ok(files) })
    }
}

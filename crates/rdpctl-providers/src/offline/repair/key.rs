//! The RDP key's descriptor.

use rdpctl_disk::{Error, Refusal};
use rdpctl_model::step::KeyHolder;

use super::Repair;
use crate::offline::files;

impl Repair<'_, '_> {
    /// Another descriptor for the key: the best of those that the volume holds already.
    pub(super) fn key_descriptor(&mut self, file: &str, third: KeyHolder) -> Result<(), Error> {
        let volume = self.disk.ntfs(&self.installation.partition)?;
        let id = files::healthiest(&volume, third)?.ok_or(Refusal::NoHealthyDescriptor)?;
        let path = files::FOLDER.iter().map(|name| (*name).to_owned()).chain([file.to_owned()]);
        self.key = Some((path.collect(), id));
        Ok(())
    }

    /// Nobody finds the key by its name any more, so that the next start makes another one. Two in one folder would
    /// change the same sectors.
    pub(super) fn set_key_aside(&mut self, file: &str) -> Result<(), Error> {
        let volume = self.disk.ntfs(&self.installation.partition)?;
        let folder = volume.find(&files::FOLDER)?.ok_or(Refusal::NoWindows)?;
        // Gone already is as good.
        if !volume.entries(&folder, file)?.iter().any(|entry| entry.name == file) {
            return Ok(());
        }
        match self.aside.replace(file.to_owned()) {
            Some(other) if other != file => Err(Refusal::NameStays.into()),
            Some(_) | None => Ok(()),
        }
    }
}

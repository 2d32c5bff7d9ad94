//! The RDP keys' descriptors.

use std::collections::BTreeMap;

use rdpctl_disk::change::Planner;
use rdpctl_disk::ntfs::SecurityId;
use rdpctl_disk::windows::Installation;
use rdpctl_disk::{Error, Refusal};
use rdpctl_model::step::KeyHolder;

use super::Repair;
use crate::files;

/// What becomes of a key file.
pub(super) enum Mended {
    /// Another list of who may read it.
    List(SecurityId),
    /// It is set aside.
    Aside,
}

impl Repair<'_, '_> {
    /// Another descriptor for the key: the best of those that the volume holds already.
    pub(super) fn key_descriptor(&mut self, file: &str, third: KeyHolder) -> Result<(), Error> {
        let volume = self.disk.ntfs(&self.installation.partition)?;
        let id = files::healthiest(&volume, third)?.ok_or(Refusal::NoHealthyDescriptor)?;
        // One that is set aside stays so: nobody reads its list any more.
        self.keys.entry(file.to_owned()).or_insert(Mended::List(id));
        Ok(())
    }

    /// Nobody finds the key by its name any more, so that the next start makes another one.
    pub(super) fn set_key_aside(&mut self, file: &str) -> Result<(), Error> {
        // Gone already is as good.
        if files::is_there(self.disk, self.installation, file)? {
            self.keys.insert(file.to_owned(), Mended::Aside);
        }
        Ok(())
    }
}

/// The keys' part of the change.
pub(super) fn plan(
    keys: &BTreeMap<String, Mended>,
    installation: &Installation,
    planner: &mut Planner<'_, '_>,
) -> Result<(), Error> {
    let mut aside = Vec::new();
    for (file, mended) in keys {
        match mended {
            Mended::Aside => aside.push(file.as_str()),
            Mended::List(id) => {
                let path: Vec<&str> = files::FOLDER.into_iter().chain([file.as_str()]).collect();
                planner.security(&installation.partition, &path, *id)?;
            }
        }
    }
    if aside.is_empty() {
        return Ok(());
    }
    planner.aside(&installation.partition, &files::FOLDER, &aside)
}

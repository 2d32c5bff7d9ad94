//! Actions on a guest, done to its disk: the same closed set, as edits of hives, of the boot store, of descriptors.
//!
//! What only makes sense while Windows runs (starting a service, a refresh of policies, a reboot) is left out: the next
//! start does it. What a disk cannot be given this way is refused before anything is written.

mod boot;
mod key;

use std::collections::BTreeMap;

use rdpctl_disk::bcd::{ElementId, Store};
use rdpctl_disk::change::{Change, Planner};
use rdpctl_disk::hive::{Editor, Kind};
use rdpctl_disk::windows::{BootStore, Disk, HiveName, Installation, Whole};
use rdpctl_disk::{Error, NotEdited, Refusal};
use rdpctl_model::GuestAction;
use rdpctl_model::action::traits::{DiskEdit, Offline};
use rdpctl_model::guest::RegData;
use rdpctl_model::step::{BootElement, FirewallProfile, StartType, Switch, service_key};

use super::firewall;
use super::place::{Source, place};
use super::registry::control_sets;
use key::Mended;

/// Makes one change of a disk out of actions.
pub struct Repair<'d, 'a> {
    disk: &'d Disk<'a>,
    installation: &'d Installation,
    control_sets: Vec<u32>,
    system: Editor,
    software: Option<Editor>,
    boot: Option<(BootStore, Editor)>,
    keys: BTreeMap<String, Mended>,
    now: u64,
}

/// What became of an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// It is part of the change.
    Edited,
    /// The next start does it by itself.
    AtStart,
}

impl<'d, 'a> Repair<'d, 'a> {
    /// Opens the system hive for edits; `now` is what changed keys get as their time, in 100 ns since 1601.
    ///
    /// A volume that must not be changed behind Windows' back is refused here.
    pub fn open(
        disk: &'d Disk<'a>,
        installation: &'d Installation,
        now: u64,
    ) -> Result<Self, Error> {
        disk.health(installation)?.refuse()?;
        let hive = disk.hive(installation, HiveName::System)?;
        let control_sets = control_sets(&hive)?;
        let system = hive.edit(now)?;
        Ok(Self {
            disk,
            installation,
            control_sets,
            system,
            software: None,
            boot: None,
            keys: BTreeMap::new(),
            now,
        })
    }

    /// Takes an action into the change.
    pub fn take(&mut self, action: &GuestAction) -> Result<Done, Error> {
        match action.traits().offline {
            Offline::Edit(edit) | Offline::OnDemand(edit) => self.edit(edit)?,
            Offline::Bound | Offline::Dropped | Offline::No => return Ok(Done::AtStart),
        }
        Ok(Done::Edited)
    }

    fn edit(&mut self, edit: DiskEdit<'_>) -> Result<(), Error> {
        match edit {
            DiskEdit::Value { key, name, data: Some(data) } => self.set(key, name, data),
            DiskEdit::Value { key, name, data: None } => {
                self.each(key, |editor, path| editor.delete(path, name))
            }
            DiskEdit::NoKey { key } => self.each(key, Editor::delete_key),
            DiskEdit::ServiceStart { service, start } => self.start(service, start),
            DiskEdit::RemoteDesktopRules => self.each(firewall::RULES, firewall::enable_group),
            DiskEdit::FirewallRule { port, sources } => self
                .each(firewall::RULES, |editor, path| firewall::add(editor, path, port, sources)),
            DiskEdit::NoFirewallRule { port } => {
                self.each(firewall::RULES, |editor, path| firewall::delete(editor, path, port))
            }
            DiskEdit::FirewallProfile { profile, state } => {
                let name = match profile {
                    FirewallProfile::Domain => "DomainProfile",
                    FirewallProfile::Private => "StandardProfile",
                    FirewallProfile::Public => "PublicProfile",
                };
                let on = u32::from(state == Switch::On);
                let key = format!(r"{}\{name}", firewall::POLICY);
                self.set(&key, "EnableFirewall", &RegData::Dword(on))
            }
            DiskEdit::NoBootElement { element } => {
                let id = match element {
                    BootElement::Safeboot => ElementId::SAFE_BOOT,
                    BootElement::SafebootAlternateShell => ElementId::SAFE_BOOT_SHELL,
                };
                let loader = self.loader()?;
                self.boot()?.delete_key(&Store::path(&loader, id))
            }
            DiskEdit::SerialConsole => self.serial_console(),
            DiskEdit::BootMenu { seconds } => self.boot_menu(seconds.into()),
            DiskEdit::KeyDescriptor { file, third } => self.key_descriptor(file, third),
            DiskEdit::KeyAside { file } => self.set_key_aside(file),
            DiskEdit::OwnDisk => self.name_this_disk(),
        }
    }

    /// The change of the disk, with nothing of it done yet.
    pub fn change(self) -> Result<Change, Error> {
        let mut planner = Planner::new(self.disk);
        planner.hive(self.installation, HiveName::System, self.system.finish())?;
        if let Some(software) = self.software {
            planner.hive(self.installation, HiveName::Software, software.finish())?;
        }
        if let Some((store, editor)) = self.boot {
            planner.boot_store(&store, editor.finish())?;
        }
        key::plan(&self.keys, self.installation, &mut planner)?;
        Ok(planner.finish())
    }

    /// The files that the change edits, as they lie on the disk now, with the logs beside them.
    pub fn touched(&self) -> Result<Vec<Whole>, Error> {
        let mut all = self.disk.whole_hive(self.installation, HiveName::System)?;
        if self.software.is_some() {
            all.extend(self.disk.whole_hive(self.installation, HiveName::Software)?);
        }
        if let Some((store, _)) = &self.boot {
            all.extend(self.disk.whole_boot_store(store)?);
        }
        Ok(all)
    }

    /// An edit of a key, in every control set where it is the system's.
    fn each(
        &mut self,
        key: &str,
        mut edit: impl FnMut(&mut Editor, &str) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let key = key.to_ascii_lowercase();
        let mut last = None;
        for set in self.control_sets.clone() {
            let (source, path) = place(&key, set).ok_or(Refusal::HiveEdit(NotEdited::Link))?;
            // Outside of the control sets there is one such key.
            if last.as_ref() == Some(&path) {
                break;
            }
            edit(self.editor(source)?, &path)?;
            last = Some(path);
        }
        Ok(())
    }

    fn editor(&mut self, source: Source) -> Result<&mut Editor, Error> {
        match source {
            Source::Hive(HiveName::System) => Ok(&mut self.system),
            Source::Hive(HiveName::Software) => {
                if self.software.is_none() {
                    let hive = self.disk.hive(self.installation, HiveName::Software)?;
                    self.software = Some(hive.edit(self.now)?);
                }
                self.software.as_mut().ok_or_else(|| Refusal::NoWindows.into())
            }
            Source::Boot => self.boot(),
            Source::Hive(HiveName::Sam | HiveName::Security) => Err(Refusal::NoWindows.into()),
        }
    }

    fn boot(&mut self) -> Result<&mut Editor, Error> {
        if self.boot.is_none() {
            let store = self.disk.boot_stores()?.into_iter().next().ok_or(Refusal::NoBootStore)?;
            let editor = self.disk.boot_hive(&store)?.edit(self.now)?;
            self.boot = Some((store, editor));
        }
        self.boot.as_mut().map(|(_, editor)| editor).ok_or_else(|| Refusal::NoBootStore.into())
    }

    fn set(&mut self, key: &str, name: &str, data: &RegData) -> Result<(), Error> {
        let (kind, bytes) = stored(data)?;
        self.each(key, |editor, path| {
            editor.create(path)?;
            editor.set(path, name, kind, &bytes)
        })
    }

    fn start(&mut self, service: &str, start: StartType) -> Result<(), Error> {
        self.set(&service_key(service), "Start", &RegData::Dword(start.number()))
    }
}

/// A value's kind and bytes, for the kinds that are written.
fn stored(data: &RegData) -> Result<(Kind, Vec<u8>), Refusal> {
    let text =
        |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    Ok(match data {
        RegData::Dword(number) => (Kind::Dword, number.to_le_bytes().to_vec()),
        RegData::Qword(number) => (Kind::Qword, number.to_le_bytes().to_vec()),
        RegData::Sz(value) => (Kind::Sz, text(value)),
        RegData::ExpandSz(value) => (Kind::ExpandSz, text(value)),
        RegData::MultiSz(texts) => {
            let mut bytes: Vec<u8> = texts.iter().flat_map(|value| text(value)).collect();
            bytes.extend([0, 0]);
            (Kind::MultiSz, bytes)
        }
        RegData::Binary(bytes) => (Kind::Binary, bytes.clone()),
        RegData::Other(..) => return Err(Refusal::HiveEdit(NotEdited::Link)),
    })
}

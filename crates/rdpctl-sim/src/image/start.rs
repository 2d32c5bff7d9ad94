//! Starting from a disk, as firmware and loader do: which Windows the boot store names, and what its hives say.

use super::disk::{DiskImage, Style};
use super::hive::{Data, HiveKey};
use super::read::read_hive;
use super::replay::replayed;
use super::skeleton::KeyDescriptor;

/// Why nothing starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartFailure {
    /// There is no table, or it is not one of these disks.
    #[error("there is no bootable device")]
    NoTable,
    /// The boot store cannot be read.
    #[error("0xC000000F: the boot configuration data is missing or contains errors")]
    BootStore,
    /// It names another disk.
    #[error("0xC000000E: the device that holds Windows is not there")]
    OtherDisk,
    /// The system hive cannot be read.
    #[error("0xC000014C: the registry is corrupt, absent or not writable")]
    SystemHive,
    /// The software hive cannot be read.
    #[error("0xC0000218: the registry cannot load the hive SOFTWARE")]
    SoftwareHive,
}

/// What was started.
#[derive(Clone, Debug)]
pub struct Started {
    /// The control set in use.
    pub control_set: HiveKey,
    /// The software hive.
    pub software: HiveKey,
    /// The objects of the boot store, without the devices.
    pub boot_objects: HiveKey,
    /// Who may read the RDP key; none where its folder has no file of its name.
    pub key: Option<KeyDescriptor>,
}

const MANAGER: &str = "{9dea862c-5cdd-4e70-acc1-f32b344d4795}";
/// What the registry's tools never show of an object.
const DEVICES: [&str; 2] = ["11000001", "21000001"];

impl DiskImage {
    /// Takes the bytes of one of these disks, by whatever table it has.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, StartFailure> {
        let style = match bytes.get(450) {
            Some(0xee) => Style::Gpt,
            Some(7) => Style::Mbr,
            Some(_) | None => return Err(StartFailure::NoTable),
        };
        Self::of(bytes, style).ok_or(StartFailure::NoTable)
    }

    /// Starts it.
    pub fn start(&self) -> Result<Started, StartFailure> {
        let store = match self.style() {
            Style::Gpt => "EFI/Microsoft/Boot/BCD",
            Style::Mbr => "Boot/BCD",
        };
        let store = self.loaded(store).ok_or(StartFailure::BootStore)?;
        let mut objects = below(&store, "Objects").ok_or(StartFailure::BootStore)?.clone();
        let loader = text(&objects, &format!("{MANAGER}\\Elements\\23000003"), "Element")
            .ok_or(StartFailure::BootStore)?;
        for element in DEVICES {
            let path = format!("{loader}\\Elements\\{element}");
            let device = value(&objects, &path, "Element").ok_or(StartFailure::BootStore)?;
            if !self.is_named_by(device) {
                return Err(StartFailure::OtherDisk);
            }
        }
        for object in &mut objects.keys {
            for elements in &mut object.keys {
                elements.keys.retain(|element| !DEVICES.contains(&element.name.as_str()));
            }
        }
        let system =
            self.loaded("Windows/System32/config/SYSTEM").ok_or(StartFailure::SystemHive)?;
        let set = value(&system, "Select", "Default").and_then(|bytes| bytes.first().copied());
        let set = set.ok_or(StartFailure::SystemHive)?;
        let control_set =
            below(&system, &format!("ControlSet{set:03}")).ok_or(StartFailure::SystemHive)?;
        let software =
            self.loaded("Windows/System32/config/SOFTWARE").ok_or(StartFailure::SoftwareHive)?;
        Ok(Started {
            control_set: control_set.clone(),
            software,
            boot_objects: objects,
            key: self.has_key().then(|| self.key_descriptor()),
        })
    }

    /// A hive as it is once it is loaded: its logs are replayed first.
    fn loaded(&self, path: &str) -> Option<HiveKey> {
        let logs = [".LOG", ".LOG1", ".LOG2"].map(|log| self.get(&format!("{path}{log}")));
        read_hive(&replayed(self.get(path), &logs))
    }
}

fn below<'k>(key: &'k HiveKey, path: &str) -> Option<&'k HiveKey> {
    path.split('\\').try_fold(key, |key, name| {
        key.keys.iter().find(|child| child.name.eq_ignore_ascii_case(name))
    })
}

fn value<'k>(key: &'k HiveKey, path: &str, name: &str) -> Option<&'k [u8]> {
    let key = below(key, path)?;
    let (_, data) = key.values.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
    match data {
        Data::Raw(_, bytes) | Data::Binary(bytes) => Some(bytes),
        Data::Sz(_) | Data::ExpandSz(_) | Data::Dword(_) | Data::MultiSz(_) => None,
    }
}

fn text(key: &HiveKey, path: &str, name: &str) -> Option<String> {
    let units: Vec<u16> = value(key, path, name)?
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .take_while(|unit| *unit != 0)
        .collect();
    String::from_utf16(&units).ok()
}

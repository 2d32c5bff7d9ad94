//! The machine's system disk as bytes: what it would boot from, had it real firmware.

use super::defaults::boot_store::{LOADER, STORE};
use super::defaults::disk::{MACHINE_KEYS, RDP_KEY};
use super::machine::Guest;
use super::registry::KeyPath;
use crate::image::{
    DISK_GUID, DISK_SIGNATURE, Data, DiskImage, HiveKey, HiveShape, KeyDescriptor, PARTITION_GUID,
    Style, hive,
};

/// Keys that Windows makes anew at every start, and that no hive holds.
pub(super) const VOLATILE: [&str; 2] =
    [r"Control\SafeBoot\Option", r"Control\ComputerName\ActiveComputerName"];

impl Guest {
    /// The disk as it lies there while the machine is off. Its key file is the skeleton's, so that the machine should
    /// have the skeleton's GUID.
    ///
    /// # Panics
    ///
    /// Where the registry is larger than the skeleton's files.
    #[must_use]
    pub fn disk(&self, style: Style) -> DiskImage {
        let mut image = DiskImage::new(style);
        let mut system = HiveKey::new("ROOT");
        *system.at("ControlSet001") = HiveKey {
            name: "ControlSet001".to_owned(),
            ..self.hive_of(r"HKLM\SYSTEM\CurrentControlSet")
        };
        for name in VOLATILE {
            if let Some((above, key)) = name.rsplit_once('\\') {
                let above = system.at("ControlSet001").at(above);
                above.keys.retain(|child| !child.name.eq_ignore_ascii_case(key));
            }
        }
        for name in ["Current", "Default", "LastKnownGood"] {
            system.set("Select", name, Data::Dword(1));
        }
        image.put("Windows/System32/config/SYSTEM", &hive(&system, HiveShape::new(1 << 20)));
        let software = HiveKey { name: "ROOT".to_owned(), ..self.hive_of(r"HKLM\SOFTWARE") };
        image.put("Windows/System32/config/SOFTWARE", &hive(&software, HiveShape::new(512 << 10)));
        let store = hive(&self.boot_store(style, &image), HiveShape::boot_store(32 << 10));
        image.put(
            match style {
                Style::Gpt => "EFI/Microsoft/Boot/BCD",
                Style::Mbr => "Boot/BCD",
            },
            &store,
        );
        image.set_key_descriptor(self.key_descriptor());
        image
    }

    fn hive_of(&self, path: &str) -> HiveKey {
        KeyPath::parse(path).map_or_else(HiveKey::default, |key| self.hive_key(&key))
    }

    fn hive_key(&self, key: &KeyPath) -> HiveKey {
        let registry = self.registry();
        let values = registry.values(key);
        HiveKey {
            name: key.name().to_owned(),
            values: values
                .into_iter()
                .map(|(name, value)| {
                    (name.to_owned(), Data::Raw(value.kind.code(), value.to_bytes()))
                })
                .collect(),
            keys: registry.children(key).iter().map(|child| self.hive_key(child)).collect(),
        }
    }

    /// The store with the devices that firmware reads, which the registry's tools never show.
    fn boot_store(&self, style: Style, image: &DiskImage) -> HiveKey {
        let mut root = HiveKey::new("NewStoreRoot");
        *root.at("Objects") = HiveKey { name: "Objects".to_owned(), ..self.hive_of(STORE) };
        root.set("Description", "KeyName", Data::Sz("BCD00000000".to_owned()));
        let mut device = vec![0; 88];
        let mut put = |at: usize, bytes: &[u8]| device[at..at + bytes.len()].copy_from_slice(bytes);
        put(16, &6_u32.to_le_bytes());
        put(24, &0x48_u32.to_le_bytes());
        match style {
            Style::Gpt => {
                put(32, &PARTITION_GUID);
                put(56, &DISK_GUID);
            }
            Style::Mbr => {
                put(32, &u64::try_from(image.windows_start()).unwrap_or(0).to_le_bytes());
                put(52, &1_u32.to_le_bytes());
                put(56, &DISK_SIGNATURE.to_le_bytes());
            }
        }
        for element in ["11000001", "21000001"] {
            let path = format!(r"Objects\{LOADER}\Elements\{element}");
            root.set(&path, "Element", Data::Binary(device.clone()));
        }
        root
    }

    /// The one of the skeleton's descriptors that is most like the key's list.
    pub(super) fn key_descriptor(&self) -> KeyDescriptor {
        let path = format!(r"{MACHINE_KEYS}\{RDP_KEY}{}", self.machine_guid());
        let text = self.files().get(&path).map(|_| self.files().acl(&path).to_sddl());
        match text {
            Some(text) if text.contains("(D;") => KeyDescriptor::NetworkServiceDenied,
            Some(text) if !text.contains(";;;NS)") => KeyDescriptor::Administrators,
            Some(text) if text.contains(";;;BA)") => KeyDescriptor::Healthy2016,
            Some(_) | None => KeyDescriptor::Healthy2019,
        }
    }
}

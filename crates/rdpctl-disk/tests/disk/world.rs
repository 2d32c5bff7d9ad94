//! The disks and hives that the facts are told of.

use std::collections::BTreeMap;
use std::io;
use std::sync::LazyLock;

use rdpctl_disk::Blocks;
use rdpctl_disk::hive::{Hive, Key};
use rdpctl_sim::image::{
    DISK_GUID, DISK_SIGNATURE, Data, DiskImage, HiveKey, HiveShape, PARTITION_GUID, Style, hive,
};

pub(crate) const LOADER: &str = "{a0a0a0a0-b1b1-c2c2-d3d3-e4e4e4e4e4e4}";
pub(crate) const RDP: &str = "ControlSet001\\Control\\Terminal Server\\WinStations\\RDP-Tcp";
pub(crate) const KEY: &str =
    "f686aace6942fb7f7ceb231212eef4a4_0f0e0d0c-0b0a-0908-0706-050403020100";
/// Some day in 2026.
pub(crate) const NOW: u64 = 0x01dc_0000_0000_0000;

/// What a SYSTEM hive has, in small: enough services that their list is split.
pub(crate) fn system() -> HiveKey {
    let mut root = HiveKey::new("ROOT");
    root.set("Select", "Current", Data::Dword(1)).set("Select", "Default", Data::Dword(1));
    root.set(RDP, "PortNumber", Data::Dword(3389))
        .set(RDP, "UserAuthentication", Data::Dword(1))
        .set(RDP, "PdDLL", Data::Sz("tdtcp".to_owned()))
        .set(RDP, "SelfSignedCertificate", Data::Binary(vec![7; 20]));
    root.set(
        "ControlSet001\\Control\\CrashControl",
        "DumpFile",
        Data::ExpandSz("%SystemRoot%\\MEMORY.DMP".to_owned()),
    );
    root.set(
        "ControlSet001\\Control\\Straße",
        "Größe",
        Data::MultiSz(vec!["a".to_owned(), "가".to_owned()]),
    );
    root.set("ControlSet001\\Control\\Straße", "", Data::Binary(vec![5; 40_000]));
    root.at("ControlSet001\\Control\\SecurityProviders\\SCHANNEL\\Protocols");
    for number in 0..1100 {
        root.set(
            &format!("ControlSet001\\Services\\svc{number:04}"),
            "Start",
            Data::Dword(number % 5),
        );
    }
    root
}

/// A small one, where not the size but the structure matters.
pub(crate) fn small() -> HiveKey {
    let mut root = HiveKey::new("ROOT");
    root.set("a\\b\\c", "one", Data::Dword(1)).set(
        "a\\b\\c",
        "two",
        Data::Sz("a text of some length".to_owned()),
    );
    root.set("a\\d", "bytes", Data::Binary((0..200).collect()));
    for number in 0..30 {
        root.set(&format!("list\\key {number:02}"), "n", Data::Dword(number));
    }
    root
}

/// A boot store whose default loader starts the Windows of a disk of that style.
pub(crate) fn boot_store(style: Style, start: usize) -> HiveKey {
    let mut device = vec![0; 88];
    device[16..20].copy_from_slice(&6_u32.to_le_bytes());
    device[24..28].copy_from_slice(&0x48_u32.to_le_bytes());
    match style {
        Style::Gpt => {
            device[32..48].copy_from_slice(&PARTITION_GUID);
            device[56..72].copy_from_slice(&DISK_GUID);
        }
        Style::Mbr => {
            device[32..40].copy_from_slice(&u64::try_from(start).unwrap().to_le_bytes());
            device[52..56].copy_from_slice(&1_u32.to_le_bytes());
            device[56..60].copy_from_slice(&DISK_SIGNATURE.to_le_bytes());
        }
    }
    let manager = "Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements";
    let global = "{7ea2e1ac-2e61-4728-aaa3-896d9d0a9f0e}";
    let ems = "{0ce4991b-e6b3-4b16-b23c-5e0d9250e5d9}";
    let mut root = HiveKey::new("NewStoreRoot");
    root.set("Description", "KeyName", Data::Sz("BCD00000000".to_owned()));
    let mut element = |path: &str, data: Data| {
        root.set(path, "Element", data);
    };
    element(&format!("{manager}\\23000003"), Data::Sz(LOADER.to_owned()));
    element(&format!("{manager}\\25000004"), Data::Binary(vec![0x1e]));
    element(&format!("{manager}\\14000006"), Data::MultiSz(vec![global.to_owned()]));
    element(&format!("Objects\\{global}\\Elements\\14000006"), Data::MultiSz(vec![ems.to_owned()]));
    element(&format!("Objects\\{ems}\\Elements\\16000020"), Data::Binary(vec![0]));
    let loader = format!("Objects\\{LOADER}\\Elements");
    element(&format!("{loader}\\11000001"), Data::Binary(device.clone()));
    element(&format!("{loader}\\21000001"), Data::Binary(device));
    element(
        &format!("{loader}\\12000002"),
        Data::Sz("\\Windows\\system32\\winload.efi".to_owned()),
    );
    // A loader's object of this number is what it resumes by.
    element(
        &format!("{loader}\\23000003"),
        Data::Sz("{00000000-1111-2222-3333-444444444444}".to_owned()),
    );
    root
}

pub(crate) const SYSTEM_FILE: usize = 1 << 20;
pub(crate) const BOOT_FILE: usize = 32 << 10;

static GPT: LazyLock<DiskImage> = LazyLock::new(|| make(Style::Gpt));
static MBR: LazyLock<DiskImage> = LazyLock::new(|| make(Style::Mbr));

/// A disk on which nothing is wrong.
pub(crate) fn sound(style: Style) -> DiskImage {
    match style {
        Style::Gpt => GPT.clone(),
        Style::Mbr => MBR.clone(),
    }
}

fn make(style: Style) -> DiskImage {
    let mut image = DiskImage::new(style);
    image.put("Windows/System32/config/SYSTEM", &hive(&system(), HiveShape::new(SYSTEM_FILE)));
    image.put(
        "Windows/System32/config/SOFTWARE",
        &hive(&HiveKey::new("ROOT"), HiveShape::new(512 << 10)),
    );
    let store = hive(&boot_store(style, image.windows_start()), HiveShape::boot_store(BOOT_FILE));
    image.put(
        match style {
            Style::Gpt => "EFI/Microsoft/Boot/BCD",
            Style::Mbr => "Boot/BCD",
        },
        &store,
    );
    image
}

/// A disk that is another one but for some bytes.
pub(crate) struct Patched<'a> {
    pub(crate) under: &'a [u8],
    pub(crate) over: BTreeMap<u64, u8>,
}

impl Blocks for Patched<'_> {
    fn size(&self) -> u64 {
        u64::try_from(self.under.len()).unwrap()
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(at).unwrap();
        let bytes =
            self.under.get(start..start + into.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        into.copy_from_slice(bytes);
        let end = at + u64::try_from(into.len()).unwrap();
        for (place, byte) in self.over.range(at..end) {
            into[usize::try_from(place - at).unwrap()] = *byte;
        }
        Ok(())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        self.over.extend((at..).zip(bytes.iter().copied()));
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where a file's record lies on a disk, by its name.
pub(crate) fn record(image: &DiskImage, name: &str) -> usize {
    image.record(name).unwrap()
}

/// Where an attribute of a kind stands in a record at a place.
pub(crate) fn attribute(image: &DiskImage, record: usize, kind: u8) -> usize {
    image.attribute(record, kind).unwrap()
}

/// A hive as lines, sorted: every key, every value.
pub(crate) fn lines(hive: &Hive) -> Vec<String> {
    fn walk(key: &Key<'_>, above: &str, into: &mut Vec<String>) {
        let path = format!("{above}\\{}", key.name());
        for value in key.values().unwrap() {
            let bytes = value.bytes().unwrap();
            let shown = if bytes.len() > 64 {
                format!("{} bytes", bytes.len())
            } else {
                format!("{bytes:02x?}")
            };
            into.push(format!("{path} {} {} {shown}", value.name(), value.kind().number()));
        }
        into.push(path.clone());
        key.keys().unwrap().iter().for_each(|key| walk(key, &path, into));
    }
    let mut all = Vec::new();
    walk(&hive.root().unwrap(), "", &mut all);
    all.sort();
    all
}

/// The same of what was to be written.
pub(crate) fn expected(root: &HiveKey) -> Vec<String> {
    fn walk(key: &HiveKey, above: &str, into: &mut Vec<String>) {
        let path = format!("{above}\\{}", key.name);
        for (name, data) in &key.values {
            let text = |text: &String| {
                text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<u8>>()
            };
            let (kind, bytes) = match data {
                Data::Sz(value) => (1, text(value)),
                Data::ExpandSz(value) => (2, text(value)),
                Data::Binary(bytes) => (3, bytes.clone()),
                Data::Dword(number) => (4, number.to_le_bytes().to_vec()),
                Data::Raw(kind, bytes) => (*kind, bytes.clone()),
                Data::MultiSz(texts) => (7, texts.iter().flat_map(text).chain([0, 0]).collect()),
            };
            let shown = if bytes.len() > 64 {
                format!("{} bytes", bytes.len())
            } else {
                format!("{bytes:02x?}")
            };
            into.push(format!("{path} {name} {kind} {shown}"));
        }
        into.push(path.clone());
        key.keys.iter().for_each(|key| walk(key, &path, into));
    }
    let mut all = Vec::new();
    walk(root, "", &mut all);
    all.sort();
    all
}

//! The whole disk: a table, the system partition where there is one, and Windows.

use super::skeleton::{KeyDescriptor, VolumeName, key_record, places, volume};

/// How the disk is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A GPT with an EFI system partition: generation 2.
    Gpt,
    /// An MBR: generation 1.
    Mbr,
}

/// The GPT's own GUID, in the order on the disk.
pub const DISK_GUID: [u8; 16] = *b"simulated disk!!";
/// The Windows partition's.
pub const PARTITION_GUID: [u8; 16] = *b"its partition 3 ";
/// The GUID that names the skeleton's key file.
pub const MACHINE_GUID: &str = "0f0e0d0c-0b0a-0908-0706-050403020100";
/// The MBR's signature.
pub const DISK_SIGNATURE: u32 = 0x5d15_c0de;

const MIB: usize = 1 << 20;
const SYSTEM_START: usize = MIB;
const SYSTEM: usize = 4 * MIB;
const RESERVED: usize = MIB;
const WINDOWS_START: usize = SYSTEM_START + SYSTEM + RESERVED;
const WINDOWS: usize = 16 * MIB;
const SIZE: usize = WINDOWS_START + WINDOWS + MIB;

/// A disk in memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiskImage {
    bytes: Vec<u8>,
    style: Style,
}

impl DiskImage {
    /// A disk with empty files.
    #[must_use]
    pub fn new(style: Style) -> Self {
        let mut bytes = vec![0; SIZE];
        bytes[WINDOWS_START..WINDOWS_START + WINDOWS].copy_from_slice(volume(VolumeName::Windows));
        match style {
            Style::Gpt => {
                bytes[SYSTEM_START..SYSTEM_START + SYSTEM]
                    .copy_from_slice(volume(VolumeName::System));
                gpt(&mut bytes, BASIC_DATA);
            }
            Style::Mbr => {
                bytes[440..444].copy_from_slice(&DISK_SIGNATURE.to_le_bytes());
                mbr(&mut bytes, 0x80, 7, WINDOWS_START / 512, WINDOWS / 512);
            }
        }
        Self { bytes, style }
    }

    /// Puts content into a file, from its first byte on; the rest of it becomes zeros.
    ///
    /// # Panics
    ///
    /// Where the skeleton has no such file, or one that is shorter.
    pub fn put(&mut self, path: &str, content: &[u8]) -> &mut Self {
        let base = |name| match name {
            VolumeName::Windows => WINDOWS_START,
            VolumeName::System => SYSTEM_START,
        };
        let mut written = 0;
        for place in places().into_iter().filter(|place| place.path == path) {
            assert!(
                self.style == Style::Gpt || place.volume == VolumeName::Windows,
                "{path} lies on no partition"
            );
            let part = content.get(place.at..).unwrap_or_default();
            let part = &part[..part.len().min(place.length)];
            let start = base(place.volume) + place.start;
            self.bytes[start..start + place.length].fill(0);
            self.bytes[start..start + part.len()].copy_from_slice(part);
            written += part.len();
        }
        assert_eq!(written, content.len(), "{path}");
        self
    }

    /// Bytes as a disk, where they are as many as one of these has.
    pub(super) fn of(bytes: Vec<u8>, style: Style) -> Option<Self> {
        (bytes.len() == SIZE).then_some(Self { bytes, style })
    }

    /// How it is divided.
    #[must_use]
    pub fn style(&self) -> Style {
        self.style
    }

    /// A file's content; nothing where the skeleton has no such file.
    #[must_use]
    pub fn get(&self, path: &str) -> Vec<u8> {
        let mut content = Vec::new();
        for place in places().into_iter().filter(|place| place.path == path) {
            let base = match place.volume {
                VolumeName::Windows => WINDOWS_START,
                VolumeName::System => SYSTEM_START,
            };
            let start = base + place.start;
            content.resize(content.len().max(place.at + place.length), 0);
            content[place.at..place.at + place.length]
                .copy_from_slice(&self.bytes[start..start + place.length]);
        }
        content
    }

    /// Whether a device of the boot store names this disk's Windows.
    pub(super) fn is_named_by(&self, device: &[u8]) -> bool {
        let is = |at: usize, bytes: &[u8]| device.get(at..at + bytes.len()) == Some(bytes);
        match self.style {
            Style::Gpt => {
                // As the table says now: who copies a disk may give the copy another identity.
                let (header, entry) = (512, 1024 + 2 * 128);
                let disk = &self.bytes[header + 56..header + 72];
                let partition = &self.bytes[entry + 16..entry + 32];
                is(52, &[0; 4]) && is(32, partition) && is(56, disk)
            }
            Style::Mbr => {
                is(52, &1_u32.to_le_bytes())
                    && is(32, &wide(WINDOWS_START).to_le_bytes())
                    && is(56, &self.bytes[440..444])
            }
        }
    }

    /// The descriptor that the RDP key's record names.
    pub(super) fn key_descriptor(&self) -> KeyDescriptor {
        let all = [
            KeyDescriptor::NetworkServiceDenied,
            KeyDescriptor::Healthy2016,
            KeyDescriptor::Healthy2019,
        ];
        let named = |kind: &KeyDescriptor| {
            let (record, number) = key_record(*kind);
            let at = self.security_id(record);
            self.bytes[at..at + 4] == number.to_le_bytes()
        };
        all.into_iter().find(named).unwrap_or(KeyDescriptor::Administrators)
    }

    /// Where a record's number of a descriptor stands: in its first attribute, far from where sectors end.
    fn security_id(&self, record: usize) -> usize {
        let start = WINDOWS_START + record;
        let bytes = &self.bytes[start..start + 1024];
        let first = usize::from(bytes[20]);
        start + first + usize::from(bytes[first + 20]) + 0x34
    }

    /// Gives the RDP key another descriptor, by its number in the key's record.
    ///
    /// # Panics
    ///
    /// Where the skeleton is not what its recipe makes.
    pub fn set_key_descriptor(&mut self, descriptor: KeyDescriptor) -> &mut Self {
        let (record, number) = key_record(descriptor);
        let start = WINDOWS_START + record;
        let first = start + usize::from(self.bytes[start + 20]);
        assert_eq!(self.bytes[first], 0x10, "the first attribute of the key's record");
        let at = self.security_id(record);
        self.bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        self
    }

    /// Where the Windows volume starts.
    #[must_use]
    pub fn windows_start(&self) -> usize {
        WINDOWS_START
    }

    /// Where the system partition starts.
    #[must_use]
    pub fn system_start(&self) -> usize {
        SYSTEM_START
    }

    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes, for breaking something.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Gives the bytes.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

fn word(number: usize) -> u32 {
    u32::try_from(number).expect("the disk is small")
}

fn wide(number: usize) -> u64 {
    u64::try_from(number).expect("the disk is small")
}

fn mbr(bytes: &mut [u8], active: u8, kind: u8, first: usize, count: usize) {
    bytes[446] = active;
    bytes[450] = kind;
    bytes[454..458].copy_from_slice(&word(first).to_le_bytes());
    bytes[458..462].copy_from_slice(&word(count).to_le_bytes());
    bytes[510..512].copy_from_slice(&[0x55, 0xaa]);
}

/// What a partition with Windows on it is called in a GPT.
const BASIC_DATA: [u8; 16] = *b"\xa2\xa0\xd0\xeb\xe5\xb9\x33\x44\x87\xc0\x68\xb6\xb7\x26\x99\xc7";

/// Where the Windows volume of these disks starts.
#[must_use]
pub fn windows_start() -> usize {
    WINDOWS_START
}

/// Makes the table call the Windows partition something else.
pub(super) fn mark_windows_partition(image: &mut DiskImage, of_mbr: u8, of_gpt: [u8; 16]) {
    match image.style {
        Style::Gpt => gpt(&mut image.bytes, of_gpt),
        Style::Mbr => image.bytes[450] = of_mbr,
    }
}

fn gpt(bytes: &mut [u8], windows: [u8; 16]) {
    let sectors = bytes.len() / 512;
    mbr(bytes, 0, 0xee, 1, sectors - 1);
    let mut entries = vec![0; 128 * 128];
    let parts: [(&[u8; 16], [u8; 16], usize, usize); 3] = [
        (
            b"\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b",
            *b"its partition 1 ",
            SYSTEM_START,
            SYSTEM,
        ),
        (
            b"\x16\xe3\xc9\xe3\x5c\x0b\xb8\x4d\x81\x7d\xf9\x2d\xf0\x02\x15\xae",
            *b"its partition 2 ",
            SYSTEM_START + SYSTEM,
            RESERVED,
        ),
        (&windows, PARTITION_GUID, WINDOWS_START, WINDOWS),
    ];
    for (entry, (kind, own, start, length)) in entries.chunks_mut(128).zip(parts) {
        entry[..16].copy_from_slice(kind);
        entry[16..32].copy_from_slice(&own);
        entry[32..40].copy_from_slice(&wide(start / 512).to_le_bytes());
        entry[40..48].copy_from_slice(&wide((start + length) / 512 - 1).to_le_bytes());
    }
    // The first header has its entries behind it, the last one before it.
    for (own, other, at) in [(1, sectors - 1, 2), (sectors - 1, 1, sectors - 33)] {
        let mut header = Vec::from(*b"EFI PART\0\0\x01\0\x5c\0\0\0\0\0\0\0\0\0\0\0");
        for number in [own, other, 34, sectors - 34] {
            header.extend(wide(number).to_le_bytes());
        }
        header.extend(DISK_GUID);
        header.extend(wide(at).to_le_bytes());
        header.extend(128_u32.to_le_bytes());
        header.extend(128_u32.to_le_bytes());
        header.extend(crc32(&entries).to_le_bytes());
        let sum = crc32(&header);
        header[16..20].copy_from_slice(&sum.to_le_bytes());
        bytes[own * 512..own * 512 + header.len()].copy_from_slice(&header);
        bytes[at * 512..at * 512 + entries.len()].copy_from_slice(&entries);
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = u32::MAX;
    for bit in bytes.iter().flat_map(|byte| (0..8).map(move |bit| u32::from(byte >> bit) & 1)) {
        let low = (sum ^ bit) & 1;
        sum = (sum >> 1) ^ (low * 0xedb8_8320);
    }
    !sum
}

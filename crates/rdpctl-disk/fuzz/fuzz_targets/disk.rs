//! A small disk of whatever bytes, with the signatures where they belong: tables, volumes, files, hives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rdpctl_disk::blocks::MemoryBlocks;
use rdpctl_disk::windows::Disk;

fuzz_target!(|bytes: &[u8]| {
    let mut disk = bytes.to_vec();
    disk.resize(bytes.len().next_multiple_of(512).max(64 << 10), 0);
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    match bytes.first() {
        // A volume without a table.
        Some(0..0x80) => disk[3..11].copy_from_slice(b"NTFS    "),
        // A table, and a volume at its first partition.
        Some(_) | None => {
            disk[446..458].copy_from_slice(&[0x80, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0]);
            disk[1024 + 3..1024 + 11].copy_from_slice(b"NTFS    ");
            disk[1024 + 510..1024 + 512].copy_from_slice(&[0x55, 0xaa]);
        }
    }
    let blocks = MemoryBlocks::new(disk);
    let Ok(disk) = Disk::open(&blocks) else { return };
    let _ = disk.boot_stores();
    for partition in &disk.table.partitions {
        let Ok(volume) = disk.ntfs(partition) else { continue };
        let _ = (volume.health(), volume.descriptors());
        if let Ok(Some(file)) = volume.find(&["Windows", "System32"]) {
            let _ = (volume.entries(&file, ""), volume.descriptor_of(&file));
        }
    }
});

//! A Windows disk with some of its bytes chosen: tables, volumes, files, hives, boot store, descriptors.
//!
//! The input is a list of places and bytes; the disk is the one that RDPCTL_FUZZ_DISK names, of which only structures
//! are aimed at.
#![no_main]

use std::collections::BTreeMap;
use std::io;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use rdpctl_disk::Blocks;
use rdpctl_disk::bcd::Store;
use rdpctl_disk::descriptor::Descriptor;
use rdpctl_disk::windows::{Disk, HiveName};

static IMAGE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let path = std::env::var_os("RDPCTL_FUZZ_DISK").expect("RDPCTL_FUZZ_DISK names a disk image");
    std::fs::read(path).expect("the disk can be read")
});

/// Where the sectors are that hold anything at all: the rest of a disk is zeros.
static SECTORS: LazyLock<Vec<u64>> = LazyLock::new(|| {
    let filled = |sector: &&[u8]| sector.iter().any(|byte| *byte != 0);
    let places = IMAGE.chunks(512).zip((0_u64..).step_by(512));
    places.filter(|(sector, _)| filled(sector)).map(|(_, at)| at).collect()
});

struct Patched {
    over: BTreeMap<u64, u8>,
}

impl Blocks for Patched {
    fn size(&self) -> u64 {
        IMAGE.len() as u64
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let start = usize::try_from(at).map_err(io::Error::other)?;
        let end = start.checked_add(into.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        into.copy_from_slice(IMAGE.get(start..end).ok_or(io::ErrorKind::UnexpectedEof)?);
        for (place, byte) in self.over.range(at..at + into.len() as u64) {
            into[(place - at) as usize] = *byte;
        }
        Ok(())
    }

    fn write_at(&mut self, _: u64, _: &[u8]) -> io::Result<()> {
        unreachable!("reading writes nothing")
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn ask(blocks: &Patched) -> Result<(), rdpctl_disk::Error> {
    let disk = Disk::open(blocks)?;
    let boot = disk.boot_stores();
    for store in boot.unwrap_or_default() {
        if let Ok(hive) = disk.boot_hive(&store)
            && let Ok(store) = Store::of(&hive)
        {
            let _ = store.obstacles(&disk.table, 3);
        }
    }
    for installation in disk.installations()? {
        let volume = disk.ntfs(&installation.partition)?;
        for path in [["pieces.bin"].as_slice(), &["many"], &["ProgramData", "Microsoft", "Crypto", "RSA", "MachineKeys"]] {
            let Ok(Some(file)) = volume.find(path) else { continue };
            let _ = (volume.entries(&file, ""), volume.descriptor_of(&file));
            if let Ok(Some(stream)) = volume.data(&file) {
                let _ = stream.read_all(&volume, 1 << 20);
            }
        }
        for stored in volume.descriptors().unwrap_or_default() {
            let _ = Descriptor::read(&stored.descriptor).map(|descriptor| descriptor.sddl());
        }
        let _ = disk.health(&installation);
        let _ = disk.hive(&installation, HiveName::Software).map(|hive| hive.check());
    }
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    let mut over = BTreeMap::new();
    for chunk in bytes.chunks_exact(5).take(64) {
        let which = usize::from(u16::from_le_bytes([chunk[0], chunk[1]])) % SECTORS.len();
        let within = u64::from(u16::from_le_bytes([chunk[2], chunk[3]]) % 512);
        over.insert(SECTORS[which] + within, chunk[4]);
    }
    let _ = ask(&Patched { over });
});

//! What is left alone, and with which words.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};

use rdpctl_disk::blocks::{FileBlocks, MemoryBlocks, Open};
use rdpctl_disk::change::Planner;
use rdpctl_disk::windows::{Disk, HiveName};
use rdpctl_disk::{NotPlain, Refusal};
use rdpctl_sim::image::{DiskImage, HiveShape, Style, hive, with_numbers};

use crate::world::{KEY, attribute, record, small, sound};

/// Goes as far as a repair would before it edits, and gives what stopped it.
fn refusal(image: DiskImage) -> Option<Refusal> {
    let blocks = MemoryBlocks::new(image.into_bytes());
    let judge = || {
        let disk = Disk::open(&blocks)?;
        let installation = disk.installation(None)?;
        disk.health(&installation)?.refuse()?;
        disk.hive(&installation, HiveName::System)?.check().refuse()?;
        Ok::<_, rdpctl_disk::Error>(())
    };
    match judge() {
        Ok(()) => None,
        Err(error) => Some(error.refusal().unwrap_or_else(|| panic!("{error}")).clone()),
    }
}

/// The sound disk with something done to it.
fn broken(style: Style, how: impl FnOnce(&mut DiskImage)) -> Option<Refusal> {
    let mut image = sound(style);
    how(&mut image);
    refusal(image)
}

/// Puts bytes at a place.
fn put(image: &mut DiskImage, at: usize, bytes: &[u8]) {
    image.bytes_mut()[at..at + bytes.len()].copy_from_slice(bytes);
}

#[test]
fn a_sound_disk_is_refused_for_nothing() {
    assert_eq!(broken(Style::Gpt, |_| ()), None);
    assert_eq!(broken(Style::Mbr, |_| ()), None);
}

#[test]
fn volumes_that_cannot_be_read_are_told_apart() {
    let start = sound(Style::Mbr).windows_start();
    let named = |name: &'static [u8]| broken(Style::Mbr, move |image| put(image, start + 3, name));
    assert_eq!(named(b"-FVE-FS-"), Some(Refusal::BitLocker));
    assert_eq!(named(b"ReFS\0\0\0\0"), Some(Refusal::ReFs));
    assert_eq!(named(b"EXT4FS  "), Some(Refusal::NoWindows));
}

#[test]
fn disks_whose_volumes_do_not_follow_their_table_are_refused() {
    assert_eq!(broken(Style::Mbr, |image| put(image, 450, &[0x42])), Some(Refusal::DynamicDisk));
    assert_eq!(broken(Style::Mbr, |image| put(image, 450, &[0xe7])), Some(Refusal::StorageSpaces));
    assert_eq!(broken(Style::Mbr, |image| put(image, 510, &[0, 0])), Some(Refusal::NoTable));
    assert_eq!(refusal_of_bytes(vec![0; 1 << 16]), Some(Refusal::NoTable));
    assert_eq!(refusal_of_bytes(Vec::new()), Some(Refusal::NoTable));
}

fn refusal_of_bytes(bytes: Vec<u8>) -> Option<Refusal> {
    Disk::open(&MemoryBlocks::new(bytes)).err().and_then(|error| error.refusal().cloned())
}

#[test]
fn a_session_that_goes_on_at_the_next_start_keeps_the_volume_from_being_touched() {
    for signature in [b"hibr", b"HIBR"] {
        let hibernated = |image: &mut DiskImage| {
            image.put("hiberfil.sys", signature);
        };
        assert_eq!(broken(Style::Gpt, hibernated), Some(Refusal::Hibernated));
    }
    // Woken up, or never slept.
    let woken = |image: &mut DiskImage| {
        image.put("hiberfil.sys", b"WAKE");
    };
    assert_eq!(broken(Style::Gpt, woken), None);
    let short = |image: &mut DiskImage| {
        let data = attribute(image, record(image, "hiberfil.sys"), 0x80);
        put(image, data + 48, &[8, 0, 0, 0]);
    };
    assert_eq!(broken(Style::Gpt, short), Some(Refusal::Hibernated));
}

#[test]
fn an_open_log_and_a_dirty_flag_are_refused() {
    let dirty = |image: &mut DiskImage| {
        let information = attribute(image, record(image, "$Volume"), 0x70);
        put(image, information + 24 + 10, &[1]);
    };
    assert_eq!(broken(Style::Gpt, dirty), Some(Refusal::DirtyVolume));
    let log = |clients: u16, flags: u16, page: usize, number: u8| {
        move |image: &mut DiskImage| {
            // The skeleton's log is all ones; its first cluster is found by that record's list of clusters.
            let data = attribute(image, record(image, "$LogFile"), 0x80);
            let runs = data + usize::from(image.bytes()[data + 32]);
            let header = image.bytes()[runs];
            let (lengths, offsets) = (usize::from(header & 15), usize::from(header >> 4));
            let place = &image.bytes()[runs + 1 + lengths..runs + 1 + lengths + offsets];
            let cluster =
                place.iter().rev().fold(0_usize, |number, byte| number << 8 | usize::from(*byte));
            let at = image.windows_start() + cluster * 4096 + page;
            put(image, at, b"RSTR");
            put(image, at + 24, &[0x30, 0]);
            put(image, at + 0x30, &[number, 0, 0, 0, 0, 0, 0, 0]);
            put(image, at + 0x30 + 12, &clients.to_le_bytes());
            put(image, at + 0x30 + 14, &flags.to_le_bytes());
        }
    };
    assert_eq!(broken(Style::Gpt, log(0, 0, 0, 1)), Some(Refusal::UncleanLog));
    assert_eq!(broken(Style::Gpt, log(0xffff, 0, 0, 1)), None);
    assert_eq!(broken(Style::Gpt, log(0, 2, 0, 1)), None);
    // Of the two pages the later one counts.
    let both = |image: &mut DiskImage| {
        log(0xffff, 0, 0, 5)(image);
        log(0, 0, 4096, 6)(image);
    };
    assert_eq!(broken(Style::Gpt, both), Some(Refusal::UncleanLog));
}

#[test]
fn a_hive_that_does_not_lie_plain_on_the_disk_is_refused() {
    let flagged = |flags: u16| {
        broken(Style::Gpt, move |image| {
            let data = attribute(image, record(image, "SYSTEM"), 0x80);
            put(image, data + 12, &flags.to_le_bytes());
        })
    };
    assert_eq!(flagged(0x8000), Some(Refusal::NotPlain(NotPlain::Sparse)));
    assert_eq!(flagged(0x0001), Some(Refusal::NotPlain(NotPlain::Compressed)));
    assert_eq!(flagged(0x4000), Some(Refusal::NotPlain(NotPlain::Encrypted)));
}

#[test]
fn a_hive_that_is_dirty_beyond_its_logs_or_damaged_is_refused() {
    let shape = HiveShape::new(64 << 10);
    let with = |hive: Vec<u8>| {
        broken(Style::Gpt, move |image| {
            image.put("Windows/System32/config/SYSTEM", &hive);
        })
    };
    assert_eq!(with(with_numbers(hive(&small(), shape), 9, 8)), Some(Refusal::LogsDoNotApply));
    let mut damaged = hive(&small(), shape);
    damaged[4096 + 0x20] = 1;
    assert!(matches!(with(damaged), Some(Refusal::HiveDamaged(_))));
}

#[test]
fn one_of_several_windows_has_to_be_chosen() {
    let mut image = sound(Style::Mbr);
    // The same volume twice in the table.
    let entry = image.bytes()[446..462].to_vec();
    put(&mut image, 462, &entry);
    let blocks = MemoryBlocks::new(image.into_bytes());
    let disk = Disk::open(&blocks).unwrap();
    let asked = |number| disk.installation(number).map_err(|error| error.refusal().cloned());
    assert_eq!(asked(None), Err(Some(Refusal::SeveralWindows(2))));
    assert_eq!(asked(Some(2)).unwrap().partition.number, 2);
    assert_eq!(asked(Some(3)), Err(Some(Refusal::NoSuchInstallation { asked: 3, of: 2 })));
}

#[test]
fn an_image_is_opened_as_what_it_is_and_never_by_two_for_writing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.vhd");
    let image = sound(Style::Mbr).into_bytes();
    let size = u64::try_from(image.len()).unwrap();
    let mut footer = [0; 512];
    footer[..8].copy_from_slice(b"conectix");
    footer[48..56].copy_from_slice(&size.to_be_bytes());
    footer[60..64].copy_from_slice(&2_u32.to_be_bytes());
    let sum: u32 = footer.iter().map(|byte| u32::from(*byte)).sum();
    footer[64..68].copy_from_slice(&(!sum).to_be_bytes());
    std::fs::write(&path, [image.as_slice(), &footer].concat()).unwrap();
    let mut blocks = FileBlocks::open(&path, Open::Change).unwrap();
    assert_eq!(Disk::open(&blocks).unwrap().installations().unwrap().len(), 1);
    // What lies behind the disk is the format's.
    assert!(rdpctl_disk::Blocks::write_at(&mut blocks, size, &[0; 512]).is_err());

    std::fs::write(&path, b"vhdxfile and more").unwrap();
    let long = folder.path().join("disk.vhdx");
    std::fs::write(&long, [b"vhdxfile".as_slice(), &[0; 4096]].concat()).unwrap();
    let refused = FileBlocks::open(&long, Open::Look).err().unwrap();
    assert!(refused.refusal().unwrap().way_out().contains("qemu-storage-daemon"));
}

#[test]
#[ignore = "the other process of the test below, which starts it"]
fn another_process_that_has_a_disk_open() {
    let path = std::env::var_os("RDPCTL_HELD_DISK").unwrap();
    let held = FileBlocks::open(Path::new(&path), Open::Change).unwrap();
    println!("\nheld");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop(held);
}

#[test]
fn a_disk_that_another_process_has_open_for_writing_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk.raw");
    std::fs::write(&path, sound(Style::Mbr).into_bytes()).unwrap();
    let mut other = Command::new(std::env::current_exe().unwrap())
        .args([
            "refusals::another_process_that_has_a_disk_open",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env("RDPCTL_HELD_DISK", &path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(other.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap() == "held"));
    let refused = FileBlocks::open(&path, Open::Change).err().unwrap();
    assert_eq!(refused.refusal(), Some(&Refusal::InUse));
    assert!(FileBlocks::open(&path, Open::Look).is_ok(), "looking writes nothing");
    drop(other.stdin.take());
    assert!(other.wait().unwrap().success());
    assert!(FileBlocks::open(&path, Open::Change).is_ok());
}

#[test]
fn each_refusal_has_words_of_its_own_and_names_the_very_commands_that_lead_out() {
    let load = r"reg load HKLM\BROKEN F:\Windows\System32\config\SYSTEM";
    let azure = "az vm repair create -g GROUP -n VM";
    let cases: [(Refusal, &[&str]); 21] = [
        (
            Refusal::BitLocker,
            &["az vm repair create -g GROUP -n VM --unlock-encrypted-vm", "manage-bde -unlock"],
        ),
        (Refusal::StorageSpaces, &[azure, "az vm repair restore -g GROUP -n VM"]),
        (Refusal::DynamicDisk, &[azure, "az vm repair restore -g GROUP -n VM"]),
        (Refusal::ReFs, &["Windows Server 2022"]),
        (Refusal::Hibernated, &["shutdown /s /t 0", "powercfg /h off"]),
        (Refusal::UncleanLog, &["start Windows once", azure]),
        (Refusal::DirtyVolume, &["chkdsk F: /f", azure]),
        (Refusal::LogsDoNotApply, &[load, azure, "RegBack"]),
        (Refusal::LogsDisagree, &[load, azure]),
        (Refusal::HiveMustGrow, &[load, azure, "reg unload"]),
        (Refusal::HiveEdit(rdpctl_disk::NotEdited::Link), &["reg load", azure]),
        (Refusal::NotPlain(NotPlain::Sparse), &["copied with cp in Linux", azure]),
        (Refusal::NotPlain(NotPlain::Compressed), &["compact /u", azure]),
        (Refusal::SeveralWindows(2), &["--installation 1"]),
        (Refusal::NoWindows, &["not a data disk"]),
        (Refusal::InUse, &["stop the machine"]),
        (Refusal::NoBootStore, &["bcdboot F:\\Windows /s S: /f ALL", azure]),
        (Refusal::NoDefaultEntry, &["bcdboot"]),
        (Refusal::NoEmsSettings, &["bcdboot"]),
        (Refusal::NoHealthyDescriptor, &["icacls", "*S-1-5-20:R", azure]),
        (Refusal::NoControlSet, &["RegBack"]),
    ];
    let mut words: Vec<String> = Vec::new();
    for (refusal, commands) in cases {
        for command in commands {
            assert!(refusal.way_out().contains(command), "{refusal}: {}", refusal.way_out());
        }
        let own = refusal.to_string();
        assert!(!words.contains(&own), "{own}");
        words.push(own);
    }
}

#[test]
fn a_hive_that_would_have_to_grow_is_refused_before_anything_is_written() {
    let mut image = sound(Style::Gpt);
    // A file without any room behind its bins.
    let full = hive(&small(), HiveShape::new(64 << 10));
    let length = 4096 + u32::from_le_bytes(full[40..44].try_into().unwrap()) as usize;
    image.put("Windows/System32/config/SYSTEM", &full[..length]);
    let data = attribute(&image, record(&image, "SYSTEM"), 0x80);
    let size = u64::try_from(length).unwrap().to_le_bytes();
    put(&mut image, data + 48, &size);
    put(&mut image, data + 56, &size);
    let blocks = MemoryBlocks::new(image.into_bytes());
    let disk = Disk::open(&blocks).unwrap();
    let installation = disk.installation(None).unwrap();
    let mut editor = disk.hive(&installation, HiveName::System).unwrap().edit(1).unwrap();
    let refused = (0..64).find_map(|number| {
        let value =
            editor.set("a", &format!("long {number}"), rdpctl_disk::hive::Kind::Binary, &[1; 4000]);
        value.err()
    });
    assert_eq!(refused.unwrap().refusal(), Some(&Refusal::HiveMustGrow));
}

#[test]
fn a_name_that_cannot_be_changed_where_it_stands_is_refused() {
    let blocks = MemoryBlocks::new(sound(Style::Gpt).into_bytes());
    let disk = Disk::open(&blocks).unwrap();
    let partition = disk.installation(None).unwrap().partition;
    let aside = |folder: &[&str], name: &str| {
        let refused = Planner::new(&disk).aside(&partition, folder, &[name]);
        refused.map_err(|error| error.refusal().cloned())
    };
    let config = ["Windows", "System32", "config"];
    let keys = ["ProgramData", "Microsoft", "Crypto", "RSA", "MachineKeys"];
    assert_eq!(aside(&keys, KEY), Ok(()));
    let stays = Err(Some(Refusal::NameStays));
    // Another file begins as it does, so that the new name could fall out of the folder's order.
    assert_eq!(aside(&config, "SYSTEM.LOG1"), stays);
    // Its letters are not all ones whose order is known.
    assert_eq!(aside(&keys, "schl\u{fc}ssel"), stays);
    // There is none of that name.
    assert_eq!(aside(&keys, "another"), stays);
    // It has more names than one, which its record does not hold all.
    assert_eq!(aside(&[], "pieces.bin"), stays);
    assert!(Refusal::NameStays.way_out().contains("ren F:\\ProgramData"));
}

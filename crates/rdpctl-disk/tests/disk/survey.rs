//! What is found on a disk: partitions, installations, files, descriptors, the boot store.

use rdpctl_disk::bcd::{BOOT_MANAGER, Device, EMS_SETTINGS, Element, ElementId, Obstacle, Store};
use rdpctl_disk::blocks::MemoryBlocks;
use rdpctl_disk::change::Planner;
use rdpctl_disk::descriptor::Descriptor;
use rdpctl_disk::hive::Kind;
use rdpctl_disk::ntfs::SecurityId;
use rdpctl_disk::table::{Role, TableRemark};
use rdpctl_disk::volume::Sort;
use rdpctl_disk::windows::{Disk, Firmware, HiveName};
use rdpctl_sim::image::{FORMER_GUID, Style, places};

use crate::world::{KEY, LOADER, NOW, RDP, sound};

const KEYS: [&str; 6] = ["ProgramData", "Microsoft", "Crypto", "RSA", "MachineKeys", KEY];

fn blocks(style: Style) -> MemoryBlocks {
    MemoryBlocks::new(sound(style).into_bytes())
}

#[test]
fn partitions_are_known_by_what_they_are_for_and_what_lies_in_them() {
    let seen = |style| {
        let blocks = blocks(style);
        let disk = Disk::open(&blocks).unwrap();
        disk.volumes().iter().map(|(partition, sort)| (partition.role, *sort)).collect::<Vec<_>>()
    };
    let gpt =
        [(Role::EfiSystem, Sort::Fat), (Role::Reserved, Sort::Other), (Role::Data, Sort::Ntfs)];
    assert_eq!(seen(Style::Gpt), gpt);
    assert_eq!(seen(Style::Mbr), [(Role::Data, Sort::Ntfs)]);
}

#[test]
fn a_gpt_with_one_broken_half_is_read_by_the_other() {
    for (at, remark) in
        [(512 + 20, TableRemark::FirstGptBroken), (2 * 512 + 40, TableRemark::FirstGptBroken)]
    {
        let mut image = sound(Style::Gpt);
        image.bytes_mut()[at] ^= 1;
        let disk = MemoryBlocks::new(image.into_bytes());
        let disk = Disk::open(&disk).unwrap();
        assert_eq!(disk.table.remark, Some(remark));
        assert_eq!(disk.installations().unwrap().len(), 1);
    }
    let mut image = sound(Style::Gpt);
    let last = image.bytes().len() - 512;
    image.bytes_mut()[last] ^= 1;
    let disk = MemoryBlocks::new(image.into_bytes());
    assert_eq!(Disk::open(&disk).unwrap().table.remark, Some(TableRemark::SecondGptBroken));
}

#[test]
fn a_file_in_many_pieces_under_many_names_is_read_whole() {
    let blocks = blocks(Style::Gpt);
    let disk = Disk::open(&blocks).unwrap();
    let volume = disk.ntfs(&disk.table.partitions[2]).unwrap();
    for name in ["pieces.bin", "PIECES 2, the same file by another name"] {
        let file = volume.find(&[name]).unwrap().unwrap();
        let bytes = volume.data(&file).unwrap().unwrap().read_all(&volume, 4 << 20).unwrap();
        assert_eq!(bytes.len(), 320 * 4096);
        for (number, piece) in bytes.chunks(4096).enumerate() {
            let number = u32::try_from(number).unwrap().to_le_bytes();
            assert!(piece.chunks(4).all(|word| word == number), "{number:?}");
        }
    }
    // Pieces, and yet where each byte lies is known.
    let file = volume.find(&["pieces.bin"]).unwrap().unwrap();
    let regions = volume.data(&file).unwrap().unwrap().locate(&volume, 0, 320 * 4096).unwrap();
    let runs = places().iter().filter(|place| place.path == "pieces.bin").count();
    assert!(runs > 100 && regions.len() == runs, "{} {runs}", regions.len());
}

#[test]
fn a_folder_whose_names_fill_blocks_is_searched_and_listed() {
    let blocks = blocks(Style::Gpt);
    let disk = Disk::open(&blocks).unwrap();
    let volume = disk.ntfs(&disk.table.partitions[2]).unwrap();
    for number in 0..120 {
        let name = format!("FILE {number:03} with a name that takes room");
        assert!(volume.find(&["many", &name]).unwrap().is_some(), "{name}");
    }
    assert!(volume.find(&["many", "file 120 with a name that takes room"]).unwrap().is_none());
    assert!(volume.find(&["many", "file 000"]).unwrap().is_none());
    let many = volume.find(&["Many"]).unwrap().unwrap();
    assert_eq!(volume.entries(&many, "File").unwrap().len(), 120);
    assert_eq!(volume.entries(&many, "file 01").unwrap().len(), 10);
}

#[test]
fn a_key_files_descriptor_is_read_by_its_number_and_the_healthy_ones_are_all_still_there() {
    let blocks = blocks(Style::Gpt);
    let disk = Disk::open(&blocks).unwrap();
    let volume = disk.ntfs(&disk.table.partitions[2]).unwrap();
    let file = volume.find(&KEYS).unwrap().unwrap();
    let id = volume.security_id(&file).unwrap();
    let descriptor = volume.descriptor(id).unwrap().unwrap();
    let session_env = "S-1-5-80-4022436659-1090538466-1613889075-870485073-3428993833";
    assert_eq!(
        Descriptor::read(&descriptor).unwrap().sddl(),
        format!("D:P(A;;FA;;;SY)(A;;FR;;;NS)(A;;FA;;;{session_env})")
    );
    let all = volume.descriptors().unwrap();
    assert!(all.iter().any(|stored| stored.id == id && stored.descriptor == descriptor));
    for stored in &all {
        assert_eq!(volume.descriptor(stored.id).unwrap().as_ref(), Some(&stored.descriptor));
    }
    assert_eq!(volume.descriptor(SecurityId(0xffff)).unwrap(), None);
}

#[test]
fn a_key_file_is_given_another_descriptor_by_its_number_alone() {
    let mut blocks = blocks(Style::Gpt);
    let disk = Disk::open(&blocks).unwrap();
    let partition = disk.table.partitions[2].clone();
    let volume = disk.ntfs(&partition).unwrap();
    let own = volume.security_id(&volume.find(&KEYS).unwrap().unwrap()).unwrap();
    let other = volume.descriptors().unwrap().into_iter().find(|stored| stored.id != own).unwrap();
    let mut planner = Planner::new(&disk);
    planner.security(&partition, &KEYS, other.id).unwrap();
    let change = planner.finish();
    assert_eq!(change.bytes(), 1024);
    change.apply(&mut blocks).unwrap();
    let disk = Disk::open(&blocks).unwrap();
    let volume = disk.ntfs(&partition).unwrap();
    assert_eq!(volume.security_id(&volume.find(&KEYS).unwrap().unwrap()).unwrap(), other.id);
}

#[test]
fn the_boot_store_of_either_firmware_starts_this_windows() {
    for (style, firmware) in [(Style::Gpt, Firmware::Uefi), (Style::Mbr, Firmware::Bios)] {
        let blocks = blocks(style);
        let disk = Disk::open(&blocks).unwrap();
        let installation = disk.installation(None).unwrap();
        let stores = disk.boot_stores().unwrap();
        assert_eq!(stores.iter().map(|store| store.firmware).collect::<Vec<_>>(), [firmware]);
        let hive = disk.boot_hive(&stores[0]).unwrap();
        let store = Store::of(&hive).unwrap();
        assert_eq!(
            store.default_loader().unwrap().map(|guid| format!("{{{guid}}}")),
            Some(LOADER.to_owned())
        );
        assert_eq!(store.obstacles(&disk.table, installation.partition.number).unwrap(), []);
    }
}

#[test]
fn integers_of_one_byte_and_inherited_settings_count() {
    let blocks = blocks(Style::Gpt);
    let disk = Disk::open(&blocks).unwrap();
    let hive = disk.boot_hive(&disk.boot_stores().unwrap()[0]).unwrap();
    let store = Store::of(&hive).unwrap();
    assert_eq!(store.own(BOOT_MANAGER, ElementId::TIMEOUT).unwrap(), Some(Element::Integer(30)));
    assert_eq!(store.own(BOOT_MANAGER, ElementId::BOOT_EMS).unwrap(), None);
    assert_eq!(
        store.element(BOOT_MANAGER, ElementId::BOOT_EMS).unwrap(),
        Some(Element::Flag(false))
    );
    assert!(store.has(EMS_SETTINGS).unwrap());
}

#[test]
fn a_disk_that_got_another_identity_would_not_boot_and_the_store_says_so() {
    let mut image = sound(Style::Mbr);
    image.bytes_mut()[440] ^= 1;
    let blocks = MemoryBlocks::new(image.into_bytes());
    let disk = Disk::open(&blocks).unwrap();
    let hive = disk.boot_hive(&disk.boot_stores().unwrap()[0]).unwrap();
    let obstacles = Store::of(&hive).unwrap().obstacles(&disk.table, 1).unwrap();
    let elsewhere =
        |id| Obstacle::Elsewhere(id, Device::Mbr { signature: 0x5d15_c0de, start: 6 << 20 });
    assert_eq!(
        obstacles,
        [elsewhere(ElementId::APPLICATION_DEVICE), elsewhere(ElementId::OS_DEVICE)]
    );
    // What would have to stand there.
    let right = Device::naming(&disk.table, &disk.table.partitions[0]).unwrap();
    assert_eq!(right, Device::Mbr { signature: 0x5d15_c0df, start: 6 << 20 });
}

#[test]
fn a_hive_and_the_boot_store_are_edited_on_the_disk() {
    for style in [Style::Gpt, Style::Mbr] {
        let mut blocks = blocks(style);
        let disk = Disk::open(&blocks).unwrap();
        let installation = disk.installation(Some(1)).unwrap();
        let store = disk.boot_stores().unwrap().remove(0);
        let mut planner = Planner::new(&disk);
        let mut system = disk.hive(&installation, HiveName::System).unwrap().edit(NOW).unwrap();
        system.set(RDP, "PortNumber", Kind::Dword, &3390_u32.to_le_bytes()).unwrap();
        planner.hive(&installation, HiveName::System, system.finish()).unwrap();
        let mut boot = disk.boot_hive(&store).unwrap().edit(NOW).unwrap();
        let ems = Store::path(LOADER, ElementId::EMS);
        boot.create(&ems).unwrap();
        boot.set(&ems, "Element", Kind::Binary, &[1]).unwrap();
        planner.boot_store(&store, boot.finish()).unwrap();
        let change = planner.finish();
        change.apply(&mut blocks).unwrap();

        let disk = Disk::open(&blocks).unwrap();
        let hive = disk.hive(&installation, HiveName::System).unwrap();
        assert_eq!(
            hive.key(RDP).unwrap().unwrap().value("PortNumber").unwrap().unwrap().dword(),
            Some(3390)
        );
        let boot = disk.boot_hive(&store).unwrap();
        let store = Store::of(&boot).unwrap();
        assert_eq!(store.own(LOADER, ElementId::EMS).unwrap(), Some(Element::Flag(true)));
        assert_eq!((hive.check().errors, boot.check().errors), (vec![], vec![]));
    }
}

#[test]
fn files_of_one_folder_are_set_aside_together_in_its_record_and_in_its_blocks() {
    let folder = &KEYS[..5];
    let other = format!("f686aace6942fb7f7ceb231212eef4a4_{FORMER_GUID}");
    let many: Vec<String> =
        [5, 6, 100].map(|number| format!("file {number:03} with a name that takes room")).to_vec();
    for (folder, names) in [(folder, vec![KEY.to_owned(), other]), (&["many"][..], many)] {
        let mut blocks = blocks(Style::Mbr);
        let before = blocks.clone();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let change = {
            let disk = Disk::open(&blocks).unwrap();
            let mut planner = Planner::new(&disk);
            planner.aside(&disk.installation(None).unwrap().partition, folder, &names).unwrap();
            planner.finish()
        };
        let ids = |blocks: &MemoryBlocks, last: Option<&str>| {
            let disk = Disk::open(blocks).unwrap();
            let volume = disk.ntfs(&disk.table.partitions[0]).unwrap();
            let id = |name: &&str| {
                let name = last.map_or_else(
                    || (*name).to_owned(),
                    |last| name[..name.len() - 1].to_owned() + last,
                );
                let path: Vec<&str> = folder.iter().copied().chain([name.as_str()]).collect();
                volume.find(&path).unwrap().map(|file| file.id())
            };
            names.iter().map(id).collect::<Vec<_>>()
        };
        let were = ids(&blocks, None);
        assert!(were.iter().all(Option::is_some));
        change.apply(&mut blocks).unwrap();
        assert!(ids(&blocks, None).iter().all(Option::is_none), "by none of their names");
        assert_eq!(ids(&blocks, Some("x")), were, "the same files, by other names");
        change.put_back(&mut blocks).unwrap();
        assert!(blocks == before);
    }
}

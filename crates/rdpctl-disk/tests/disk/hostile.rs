//! Bytes that somebody chose: every answer is a value, in bounded time and memory, and nothing is edited that does not
//! check.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::ops::Range;
use std::sync::LazyLock;

use proptest::prelude::*;
use rdpctl_disk::bcd::Store;
use rdpctl_disk::change::Change;
use rdpctl_disk::descriptor::Descriptor;
use rdpctl_disk::hive::{Hive, Key, Kind};
use rdpctl_disk::windows::{Disk, HiveName};
use rdpctl_sim::image::{HiveShape, Style, hive, new_log, places, with_numbers};

use crate::world::{KEY, LOADER, NOW, Patched, boot_store, record, small, sound};

static IMAGE: LazyLock<Vec<u8>> = LazyLock::new(|| sound(Style::Gpt).into_bytes());
static STRUCTURES: LazyLock<Vec<Range<usize>>> = LazyLock::new(structures);

/// Everything that is ever asked of a disk.
fn ask(blocks: &Patched<'_>) -> Result<(), rdpctl_disk::Error> {
    let disk = Disk::open(blocks)?;
    let boot = disk.boot_stores()?;
    for store in &boot {
        let hive = disk.boot_hive(store)?;
        let store = Store::of(&hive)?;
        store.obstacles(&disk.table, 3)?;
    }
    let installation = disk.installation(None)?;
    let volume = disk.ntfs(&installation.partition)?;
    if let Some(file) = volume.find(&["pieces.bin"])?
        && let Some(stream) = volume.data(&file)?
    {
        stream.read_all(&volume, 4 << 20)?;
    }
    if let Some(many) = volume.find(&["many"])? {
        volume.entries(&many, "")?;
    }
    if let Some(key) =
        volume.find(&["ProgramData", "Microsoft", "Crypto", "RSA", "MachineKeys", KEY])?
        && let Some(descriptor) = volume.descriptor(volume.security_id(&key)?)?
    {
        black_box(Descriptor::read(&descriptor)?.sddl());
    }
    volume.descriptors()?;
    disk.health(&installation)?;
    black_box(disk.hive(&installation, HiveName::Software)?.check());
    Ok(())
}

/// Places of a disk where its structures are, and the files' content is not.
fn structures() -> Vec<Range<usize>> {
    let image = sound(Style::Gpt);
    let windows = image.windows_start();
    let mut ranges = vec![
        0..34 * 512,
        image.system_start()..image.system_start() + 60 * 1024,
        windows..windows + 512,
    ];
    for name in [
        "$MFT",
        "$Volume",
        "$LogFile",
        "$Secure",
        ".",
        "Windows",
        "System32",
        "config",
        "SYSTEM",
        "pieces.bin",
        "many",
        KEY,
    ] {
        let start = record(&image, name);
        ranges.push(start..start + 1024);
    }
    ranges
}

fn walk(key: &Key<'_>, depth: usize) -> Result<usize, rdpctl_disk::Damage> {
    let mut count = 1;
    for value in key.values()? {
        // A value that is damaged is one value less.
        count += value.bytes().map_or(0, |bytes| bytes.len().min(1));
        black_box((value.texts(), value.text()));
    }
    if depth < 8 {
        for child in key.keys()? {
            count += walk(&child, depth + 1)?;
        }
    }
    Ok(count)
}

/// All that is done with a hive; an edit that went through leaves one that checks.
fn use_hive(bytes: Vec<u8>, logs: &[&[u8]]) {
    let Ok(hive) = Hive::recover(bytes, logs) else { return };
    let errors = hive.check().errors;
    if let Ok(root) = hive.root() {
        walk(&root, 0).ok();
    }
    if let Ok(store) = Store::of(&hive) {
        store.default_loader().ok();
        store.element(LOADER, rdpctl_disk::bcd::ElementId::EMS).ok();
    }
    let Ok(mut editor) = hive.edit(NOW) else {
        assert_ne!(errors, []);
        return;
    };
    let edited = editor
        .create("a\\new\\key")
        .and_then(|()| editor.set("a\\b\\c", "two", Kind::Binary, &[1; 300]))
        .and_then(|()| editor.delete("a\\d", "bytes"))
        .and_then(|()| editor.delete_key("list"));
    if edited.is_ok() {
        assert_eq!(editor.hive().check().errors, []);
    }
}

fn mutations(most: usize) -> impl Strategy<Value = Vec<(prop::sample::Index, u8)>> {
    let byte = prop_oneof![any::<u8>(), Just(0), Just(0xff), Just(0x7f), Just(0x80)];
    prop::collection::vec((any::<prop::sample::Index>(), byte), 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_of_a_disks_structures_make_it_panic_or_hang(changes in mutations(6), which in any::<prop::sample::Index>()) {
        let range = which.get(&STRUCTURES);
        let over = changes
            .into_iter()
            .map(|(at, byte)| (u64::try_from(range.start + at.index(range.len())).unwrap(), byte))
            .collect();
        ask(&Patched { under: &IMAGE, over }).ok();
    }

    #[test]
    fn no_bytes_of_a_hive_make_it_panic_and_none_is_edited_into_a_worse_one(changes in mutations(5), minor in prop_oneof![Just(3_u32), Just(5)]) {
        let mut bytes = hive(&small(), HiveShape { minor, leaf: 9, ..HiveShape::new(64 << 10) });
        let length = 20 << 10;
        for (at, byte) in changes {
            bytes[4096 + at.index(length)] = byte;
        }
        use_hive(bytes, &[]);
    }

    #[test]
    fn no_bytes_of_a_hives_head_or_log_make_it_panic(changes in mutations(5), seal in any::<bool>()) {
        let (before, mut root) = (hive(&small(), HiveShape::new(64 << 10)), small());
        root.at("another");
        let after = hive(&root, HiveShape::new(64 << 10));
        let mut log = new_log(&[&before, &after], 20);
        let mut dirty = with_numbers(before, 9, 8);
        for (at, byte) in changes {
            let at = at.index(512 + 600);
            match at.checked_sub(512) {
                None => dirty[at] = byte,
                Some(at) => log[at] = byte,
            }
        }
        if seal {
            dirty = with_numbers(dirty, 9, 8);
        }
        use_hive(dirty, &[&log]);
    }

    #[test]
    fn no_bytes_at_all_make_any_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..6000)) {
        use_hive(bytes.clone(), &[&bytes]);
        Descriptor::read(&bytes).ok();
        Change::decode(&bytes).ok();
        ask(&Patched { under: &bytes, over: BTreeMap::new() }).ok();
    }
}

#[test]
fn a_boot_store_cut_anywhere_is_an_answer() {
    let store = hive(&boot_store(Style::Gpt, 0), HiveShape::boot_store(32 << 10));
    for length in (0..store.len()).step_by(61) {
        use_hive(store[..length].to_vec(), &[]);
    }
}

#[test]
fn the_skeletons_files_lie_where_its_list_says() {
    let blocks = Patched { under: &IMAGE, over: BTreeMap::new() };
    let disk = Disk::open(&blocks).unwrap();
    let volume = disk.ntfs(&disk.table.partitions[2]).unwrap();
    for place in places().iter().filter(|place| place.path.starts_with("Windows/")) {
        let path: Vec<&str> = place.path.split('/').collect();
        let file = volume.find(&path).unwrap().unwrap();
        let regions = volume.data(&file).unwrap().unwrap().locate(&volume, 0, 512).unwrap();
        let start = u64::try_from(sound(Style::Gpt).windows_start() + place.start).unwrap();
        assert_eq!(regions[0].start, start, "{}", place.path);
    }
}

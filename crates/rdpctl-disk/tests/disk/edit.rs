//! Hives edited in place: what was asked for changes, and nothing else.

use proptest::prelude::*;
use rdpctl_disk::hive::{Editor, Hive, Kind};
use rdpctl_disk::{Error, NotEdited, Refusal};
use rdpctl_sim::image::{Data, HiveKey, HiveShape, hive};

use crate::world::{NOW, RDP, expected, lines, small, system};

const FILE: usize = 64 << 10;

fn open(root: &HiveKey, shape: HiveShape) -> Editor {
    Hive::recover(hive(root, shape), &[]).unwrap().edit(NOW).unwrap()
}

fn text(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// The hive as Windows would find it on the disk.
fn written(before: Vec<u8>, hive: Hive) -> Hive {
    let mut bytes = before;
    if let Some(changed) = hive.changed().unwrap() {
        for (at, run) in &changed.sectors {
            let at = usize::try_from(*at).unwrap();
            bytes[at..at + run.len()].copy_from_slice(run);
        }
        bytes[..512].copy_from_slice(&changed.closing);
    }
    let hive = Hive::recover(bytes, &[]).unwrap();
    assert_eq!(hive.check().errors, []);
    hive
}

#[track_caller]
fn assert_refused(result: Result<(), Error>, expected: &Refusal) {
    assert_eq!(result.unwrap_err().refusal(), Some(expected));
}

#[test]
fn the_repair_of_a_system_hive_changes_what_it_says_and_a_few_sectors() {
    let (mut root, shape) = (system(), HiveShape::new(1 << 20));
    let before = hive(&root, shape);
    let mut editor = open(&root, shape);
    let server = "ControlSet001\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server";
    editor.create(server).unwrap();
    editor.set(server, "Enabled", Kind::Dword, &1_u32.to_le_bytes()).unwrap();
    editor.set(RDP, "UserAuthentication", Kind::Dword, &0_u32.to_le_bytes()).unwrap();
    editor.set(RDP, "pddll", Kind::Sz, &text("a longer name than before.dll")).unwrap();
    editor.delete(RDP, "SelfSignedCertificate").unwrap();
    editor.delete_key("ControlSet001\\Control\\Straße").unwrap();
    let after = editor.finish();
    let sectors: usize = after
        .clone()
        .changed()
        .unwrap()
        .unwrap()
        .sectors
        .iter()
        .map(|(_, run)| run.len() / 512)
        .sum();
    // The value of 40,000 bytes leaves its sectors as they are: only the heads of its cells say that they are free.
    assert!(sectors < 60, "{sectors}");

    root.set(server, "Enabled", Data::Dword(1));
    root.set(RDP, "UserAuthentication", Data::Dword(0));
    root.set(RDP, "PdDLL", Data::Sz("a longer name than before.dll".to_owned()));
    root.at(RDP).values.retain(|(name, _)| name != "SelfSignedCertificate");
    root.at("ControlSet001\\Control").keys.retain(|key| key.name != "Straße");
    assert_eq!(lines(&written(before, after)), expected(&root));
}

#[test]
fn what_is_so_already_writes_nothing() {
    let mut editor = open(&small(), HiveShape::new(FILE));
    editor.set("A\\B\\C", "ONE", Kind::Dword, &1_u32.to_le_bytes()).unwrap();
    editor.create("a\\b").unwrap();
    editor.delete("a\\b", "none").unwrap();
    editor.delete_key("nothing\\there").unwrap();
    assert_eq!(editor.finish().changed().unwrap(), None);
}

#[test]
fn a_hive_grows_inside_of_its_file_and_no_further() {
    let root = small();
    let bins = 4096 * 3;
    let large = vec![9; 3000];
    let mut editor = open(&root, HiveShape::new(bins + 4096));
    editor.set("a", "large", Kind::Binary, &large).unwrap();
    let mut editor = open(&root, HiveShape::new(bins));
    let mut refused = None;
    for number in 0..8 {
        if let Err(error) = editor.set("a", &number.to_string(), Kind::Binary, &large) {
            refused = error.refusal().cloned();
        }
    }
    assert_eq!(refused, Some(Refusal::HiveMustGrow));
}

#[test]
fn remnants_behind_the_bins_are_cleared_when_the_hive_grows_over_them() {
    let shape = HiveShape::new(FILE);
    let mut before = hive(&small(), shape);
    let bins = usize::try_from(u32::from_le_bytes(before[40..44].try_into().unwrap())).unwrap();
    before[4096 + bins..].fill(0xee);
    let mut editor = Hive::recover(before.clone(), &[]).unwrap().edit(NOW).unwrap();
    editor.set("a", "large", Kind::Binary, &[1; 9000]).unwrap();
    let after = written(before, editor.finish());
    assert!(after.bins()[bins..].iter().all(|byte| *byte != 0xee));
}

#[test]
fn what_is_left_to_windows_is_refused_by_name() {
    let mut editor = open(&system(), HiveShape::new(1 << 20));
    let edit = |what| Refusal::HiveEdit(what);
    assert_refused(editor.set(RDP, "x", Kind::Binary, &[0; 16_345]), &edit(NotEdited::LargeValue));
    assert_refused(editor.create("ControlSet001\\Größe"), &edit(NotEdited::Name));
    let street = "ControlSet001\\Control\\Straße";
    assert_refused(editor.set(street, "", Kind::Dword, &[0; 4]), &edit(NotEdited::LargeValue));

    let mut root = HiveKey::new("ROOT");
    for number in 0..1012 {
        root.at(&format!("list\\key{number:04}"));
    }
    let mut editor = open(&root, HiveShape { leaf: 2000, ..HiveShape::new(1 << 20) });
    assert_refused(editor.create("list\\key9999"), &edit(NotEdited::FullList));
}

#[test]
fn a_damaged_hive_is_not_edited() {
    let mut bytes = hive(&small(), HiveShape::new(FILE));
    // Some key's name for its parent.
    let at = bytes.windows(2).rposition(|two| two == b"nk").unwrap();
    bytes[at + 16] ^= 8;
    let refusal = Hive::recover(bytes, &[]).unwrap().edit(NOW).err().unwrap();
    assert!(matches!(refusal.refusal(), Some(Refusal::HiveDamaged(_))), "{refusal}");
}

#[derive(Clone, Debug)]
enum Edit {
    Set(usize, usize, usize),
    Delete(usize, usize),
    Create(usize, usize),
    DeleteKey(usize, usize),
}

const PATHS: [&str; 6] = ["a", "a\\b", "a\\b\\c", "list", "list\\key 07", "new"];

fn edit() -> impl Strategy<Value = Edit> {
    let lengths = prop_oneof![0_usize..40, Just(4), Just(5), 1000_usize..6000, Just(16_344)];
    prop_oneof![
        4 => (0..PATHS.len(), 0..6_usize, lengths).prop_map(|(path, name, length)| Edit::Set(path, name, length)),
        2 => (0..PATHS.len(), 0..6_usize).prop_map(|(path, name)| Edit::Delete(path, name)),
        3 => (0..PATHS.len(), 0..40_usize).prop_map(|(path, name)| Edit::Create(path, name)),
        1 => (0..PATHS.len(), 0..40_usize).prop_map(|(path, name)| Edit::DeleteKey(path, name)),
    ]
}

fn exists(root: &HiveKey, path: &str) -> bool {
    let mut key = root;
    path.split('\\').all(|name| match key.keys.iter().find(|key| key.name == name) {
        Some(child) => {
            key = child;
            true
        }
        None => false,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_edits_make_what_they_say_of_a_hive_that_still_checks(
        edits in prop::collection::vec(edit(), 1..60),
        minor in prop_oneof![Just(3_u32), Just(5)],
        leaf in prop_oneof![Just(3_usize), Just(2000)],
    ) {
        let shape = HiveShape { minor, leaf, ..HiveShape::new(1 << 20) };
        let mut root = small();
        let before = hive(&root, shape);
        let mut editor = open(&root, shape);
        for edit in edits {
            match edit {
                Edit::Set(path, name, length) if exists(&root, PATHS[path]) => {
                    let (name, bytes) = (format!("v{name}"), vec![u8::try_from(name).unwrap(); length]);
                    editor.set(PATHS[path], &name, Kind::Binary, &bytes).unwrap();
                    root.set(PATHS[path], &name, Data::Binary(bytes));
                }
                Edit::Set(path, ..) => {
                    prop_assert!(editor.set(PATHS[path], "x", Kind::Dword, &[0; 4]).is_err());
                }
                Edit::Delete(path, name) => {
                    editor.delete(PATHS[path], &format!("v{name}")).unwrap();
                    if exists(&root, PATHS[path]) {
                        root.at(PATHS[path]).values.retain(|(other, _)| *other != format!("v{name}"));
                    }
                }
                Edit::Create(path, name) => {
                    let path = format!("{}\\key {name:02}", PATHS[path]);
                    editor.create(&path).unwrap();
                    root.at(&path);
                }
                Edit::DeleteKey(path, name) => {
                    editor.delete_key(&format!("{}\\key {name:02}", PATHS[path])).unwrap();
                    if exists(&root, PATHS[path]) {
                        root.at(PATHS[path]).keys.retain(|key| key.name != format!("key {name:02}"));
                    }
                }
            }
        }
        prop_assert_eq!(lines(&written(before, editor.finish())), expected(&root));
    }
}

//! What is left alone: named before anything is touched, each with its own words and the way out.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use rdpctl_sim::image::{DiskImage, Style, Trouble};

use super::{APPLY, BROKEN, beside, disk};
use crate::tool::Tool;

/// What is about a disk, how `doctor` ends, what it is called, and which words lead out.
type Case = (Trouble, i32, &'static str, &'static str);

const CASES: [Case; 13] = [
    (Trouble::Bitlocker, 3, "is locked by BitLocker", "manage-bde -unlock F:"),
    (Trouble::Refs, 3, "the volume is ReFS", "Windows Server 2022 or later"),
    (Trouble::StorageSpaces, 3, "belongs to a Storage Spaces pool", "az vm repair create"),
    (Trouble::DynamicDisk, 3, "is a dynamic disk", "which knows its volumes: az vm repair create"),
    (Trouble::Hibernated, 2, "is hibernated", "powercfg /h off"),
    (Trouble::FastStart, 2, "was shut down with fast startup", "shutdown /s /t 0"),
    (Trouble::UncleanLog, 2, "its log is open", "the log is replayed when the volume is mounted"),
    (Trouble::DirtyVolume, 2, "is marked dirty", "chkdsk F: /f"),
    (Trouble::SparseHive, 3, "the file is sparse", "copied with cp in Linux"),
    (Trouble::CompressedHive, 3, "the file is compressed by NTFS", "compact /u"),
    (Trouble::EncryptedHive, 3, "the file is encrypted by NTFS", "copy it beside itself"),
    (Trouble::CutOffHive, 3, "its logs do not carry on from it", "config\\RegBack"),
    (Trouble::DamagedHive, 3, "the registry hive is damaged", "reg load, which heals"),
];

#[test]
fn what_cannot_be_changed_is_named_with_its_way_out_and_nothing_is_touched() {
    for (trouble, code, named, way_out) in CASES {
        for style in [Style::Gpt, Style::Mbr] {
            let mut image = disk(BROKEN, style);
            image.spoil(trouble);
            let tool = beside(image);
            let before = std::fs::read(tool.path("server.raw")).unwrap();
            let ran = tool.run(&["doctor", "--disk", "server.raw"]).exits(code);
            assert!(ran.out.contains(named), "{trouble:?}: {}{}", ran.out, ran.err);
            assert!(ran.out.contains(way_out), "{trouble:?}: {}{}", ran.out, ran.err);
            let plan = tool.run(&["plan", "--disk", "server.raw"]).exits(3);
            assert!(plan.out.contains(way_out), "{trouble:?}: {}{}", plan.out, plan.err);
            let ran = tool.run(&APPLY).exits(3);
            assert!(ran.out.contains(way_out), "{trouble:?}: {}{}", ran.out, ran.err);
            let after = std::fs::read(tool.path("server.raw")).unwrap();
            assert!(after == before, "{trouble:?}: nothing is touched");
            assert!(!tool.path("kept").exists(), "{trouble:?}: and nothing is begun");
        }
    }
}

#[test]
fn a_boot_store_that_contradicts_itself_is_a_cause_and_the_rest_of_the_disk_is_judged_and_repaired()
{
    let mut image = disk(BROKEN, Style::Gpt);
    image.spoil(Trouble::DamagedBootStore);
    let store = image.get("EFI/Microsoft/Boot/BCD");
    let tool = beside(image);
    let ran = tool.run(&["doctor", "--disk", "server.raw"]).exits(2);
    for said in [
        "starts         no (UEFI)",
        "the boot store is damaged",
        "bcdboot F:\\Windows /s S: /f ALL",
    ] {
        assert!(ran.out.contains(said), "{said}: {}", ran.out);
    }
    assert!(ran.out.contains("denied → allowed"), "{}", ran.out);
    tool.run(&APPLY).exits(3);
    let ran = tool.run(&["doctor", "--disk", "server.raw"]).exits(2);
    assert!(!ran.out.contains("denied → allowed"), "{}", ran.out);
    let after = DiskImage::from_bytes(std::fs::read(tool.path("server.raw")).unwrap()).unwrap();
    assert!(after.get("EFI/Microsoft/Boot/BCD") == store, "and it is not edited");
}

#[test]
fn of_several_windows_one_has_to_be_chosen() {
    let mut bytes = disk(BROKEN, Style::Mbr).into_bytes();
    // The same volume twice in the table.
    let entry = bytes[446..462].to_vec();
    bytes[462..478].copy_from_slice(&entry);
    let tool = Tool::new();
    std::fs::write(tool.path("server.raw"), &bytes).unwrap();
    for command in ["doctor", "plan", "apply", "show"] {
        let state: &[&str] = if command == "apply" { &["--state", "kept"] } else { &[] };
        let ran = tool.run(&[&[command, "--disk", "server.raw"], state].concat()).exits(3);
        for said in ["there are 2 Windows on this disk", "--installation 1"] {
            assert!(ran.out.contains(said), "{command}: {}{}", ran.out, ran.err);
        }
    }
    let ran = tool.run(&["doctor", "--disk", "server.raw", "--installation", "3"]).exits(3);
    assert!(ran.out.contains("there is no installation 3, the disk has 2"), "{}", ran.out);
    assert!(std::fs::read(tool.path("server.raw")).unwrap() == bytes);
}

#[test]
fn a_disk_that_somebody_else_has_in_hand_is_not_changed() {
    let tool = beside(disk(BROKEN, Style::Gpt));
    let before = std::fs::read(tool.path("server.raw")).unwrap();
    // Somebody sits before the question.
    let mut first = tool
        .terminal("apply --disk server.raw --state kept")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("asks for offline-repair")));
    let second = tool.run(&APPLY).exits(1).complains("another program has this disk open");
    assert!(second.err.contains("stop the machine that runs from it"), "{}", second.err);
    tool.run(&["doctor", "--disk", "server.raw"]).exits(2);
    first.stdin.take().unwrap().write_all(b"no\n").unwrap();
    lines.for_each(drop);
    first.wait().unwrap();
    assert!(std::fs::read(tool.path("server.raw")).unwrap() == before);
    tool.run(&APPLY).exits(0);
}

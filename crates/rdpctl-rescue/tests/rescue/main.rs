//! The hands as a run-command uses them: one line for each call.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

use std::path::{Path, PathBuf};
use std::process::Command;

use rdpctl_disk::blocks::MemoryBlocks;
use rdpctl_disk::change::Planner;
use rdpctl_disk::hive::Kind;
use rdpctl_disk::windows::{Disk, HiveName};
use rdpctl_sim::image::{Data, DiskImage, HiveKey, HiveShape, Style, hive};

fn rescue(words: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rdpctl-rescue")).args(words).output().unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap().trim().to_owned())
}

/// A disk, and a change of it.
fn prepared(folder: &Path) -> (PathBuf, PathBuf) {
    let mut root = HiveKey::new("ROOT");
    root.set("Select", "Current", Data::Dword(1)).set("ControlSet001", "x", Data::Dword(1));
    let mut image = DiskImage::new(Style::Gpt);
    image.put("Windows/System32/config/SYSTEM", &hive(&root, HiveShape::new(1 << 20)));
    let blocks = MemoryBlocks::new(image.into_bytes());
    let disk = Disk::open(&blocks).unwrap();
    let installation = disk.installation(None).unwrap();
    let mut editor = disk.hive(&installation, HiveName::System).unwrap().edit(1).unwrap();
    editor.set("ControlSet001", "x", Kind::Dword, &[2, 0, 0, 0]).unwrap();
    let mut planner = Planner::new(&disk);
    planner.hive(&installation, HiveName::System, editor.finish()).unwrap();
    let (image, change) = (folder.join("disk"), folder.join("change"));
    std::fs::write(&change, planner.finish().encode()).unwrap();
    std::fs::write(&image, blocks.bytes()).unwrap();
    (image, change)
}

#[test]
fn a_change_is_done_told_and_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let (image, change) = prepared(folder.path());
    let before = std::fs::read(&image).unwrap();
    let (disk, file) = (image.to_str().unwrap(), change.to_str().unwrap());
    let (_, who) = rescue(&["who", disk]);
    assert_eq!(who, format!("ok 756d6973-616c-6574-6420-6469736b2121 {}", before.len()));
    assert_eq!(rescue(&["standing", disk, file]), (true, "ok before".to_owned()));
    for _ in 0..2 {
        let (done, line) = rescue(&["apply", disk, file]);
        assert!(done && line.starts_with("ok after "), "{line}");
    }
    assert_eq!(rescue(&["standing", disk, file]), (true, "ok after".to_owned()));
    assert!(rescue(&["undo", disk, file]).0);
    assert!(std::fs::read(&image).unwrap() == before);
    assert_eq!(rescue(&["read", disk, "510", "2"]), (true, "ok Vao=".to_owned()));
}

#[test]
fn what_is_not_whole_or_not_of_this_disk_is_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let (image, change) = prepared(folder.path());
    let bytes = std::fs::read(&change).unwrap();
    std::fs::write(&change, &bytes[..bytes.len() - 1]).unwrap();
    let (disk, file) = (image.to_str().unwrap(), change.to_str().unwrap());
    assert_eq!(
        rescue(&["apply", disk, file]),
        (
            false,
            "failed the journal of the repair is damaged at 0: it does not match its sum"
                .to_owned()
        )
    );
    std::fs::write(&change, &bytes).unwrap();
    let mut other = std::fs::read(&image).unwrap();
    let last = other.len();
    other.resize(last + 512, 0);
    std::fs::write(&image, other).unwrap();
    let (done, line) = rescue(&["apply", disk, file]);
    assert!(
        !done && line.starts_with("failed this is not the disk that the run changed"),
        "{line}"
    );
    assert!(!rescue(&["read", disk, "0", "100000"]).0);
}

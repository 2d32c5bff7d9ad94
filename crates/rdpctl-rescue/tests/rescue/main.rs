//! The hands as a run-command uses them: one line for each call.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as the test would")]

use std::path::{Path, PathBuf};
use std::process::Command;

use rdpctl_disk::blocks::{FileBlocks, MemoryBlocks, Open};
use rdpctl_disk::change::Planner;
use rdpctl_disk::hive::Kind;
use rdpctl_disk::windows::{Disk, HiveName};
use rdpctl_model::GuestAction;
use rdpctl_model::guest::RegData;
use rdpctl_model::step::Setting;
use rdpctl_offline::{Facts, Mended, Took, Wanted, facts};
use rdpctl_sim::guest::{Guest, GuestSpec, Template};
use rdpctl_sim::image::{Data, DiskImage, HiveKey, HiveShape, MACHINE_GUID, Style, hive};

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

/// All that a call keeps, in parts of what a run-command gives back.
fn gathered(folder: &Path, words: &[&str], kept: &str) -> serde_json::Value {
    let in_folder = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rdpctl-rescue"));
        let output = command.args(words).current_dir(folder).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.len() < 4096, "{said}");
        said.trim().strip_prefix("ok ").unwrap().to_owned()
    };
    let head = in_folder(words);
    let [sum, length, first] = head.split(' ').collect::<Vec<_>>()[..] else { panic!("{head}") };
    assert_eq!(sum.len(), 64);
    let mut text = first.to_owned();
    while text.len() < length.parse().unwrap() {
        text.push_str(&in_folder(&["part", kept, &text.len().to_string()]));
    }
    let packed = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, text).unwrap();
    serde_json::from_slice(&miniz_oxide::inflate::decompress_to_vec(&packed).unwrap()).unwrap()
}

/// The disk of a machine that refuses everybody.
fn refusing(folder: &Path) -> PathBuf {
    let spec: GuestSpec = toml::from_str(
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }",
    )
    .unwrap();
    let mut guest = Guest::new(Template::build(&spec, 1).unwrap(), "web", MACHINE_GUID);
    guest.on_power_on(1_795_000_000_000);
    let image = folder.join("disk");
    std::fs::write(&image, guest.disk(Style::Gpt).into_bytes()).unwrap();
    image
}

#[test]
fn what_somebody_far_away_reads_in_parts_is_what_a_look_here_sees() {
    let folder = tempfile::tempdir().unwrap();
    let image = refusing(folder.path());
    let told = gathered(folder.path(), &["look", image.to_str().unwrap(), "facts"], "facts");
    let here = facts(&FileBlocks::open(&image, Open::Look).unwrap(), None).unwrap();
    assert_eq!(told, serde_json::to_value(&here).unwrap());
    let back: Facts = serde_json::from_value(told).unwrap();
    assert_eq!(back.seen.guest, here.seen.guest);
}

#[test]
fn what_is_wanted_from_far_away_is_made_once_and_finished_where_it_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let image = refusing(folder.path());
    let before = std::fs::read(&image).unwrap();
    let allow = GuestAction::SetRegistry {
        key: r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server".to_owned(),
        name: "fDenyTSConnections".to_owned(),
        data: RegData::Dword(0),
        setting: Setting::RemoteConnections,
    };
    let retire = GuestAction::RetireKey { file: "none".to_owned() };
    let wanted = Wanted { installation: 1, now: 1, actions: vec![allow, retire] };
    std::fs::write(folder.path().join("wanted"), serde_json::to_vec(&wanted).unwrap()).unwrap();
    let words = ["make", image.to_str().unwrap(), "wanted", "made"];
    let made: Mended = serde_json::from_value(gathered(folder.path(), &words, "made")).unwrap();
    assert!(made.bytes > 0 && made.took[0] == Took::Edited, "{made:?}");
    let after = std::fs::read(&image).unwrap();
    assert!(before != after);
    // The answer was lost, or the power in the middle: it is asked for again.
    let cut = before.len() / 2;
    std::fs::write(&image, [&after[..cut], &before[cut..]].concat()).unwrap();
    let again: Mended = serde_json::from_value(gathered(folder.path(), &words, "made")).unwrap();
    assert_eq!(again, made);
    assert!(std::fs::read(&image).unwrap() == after, "written, and not edited twice");
}

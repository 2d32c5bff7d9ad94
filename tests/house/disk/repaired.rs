//! Repaired where it lies, and put back.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rdpctl_sim::image::Style;

use super::{APPLY, BROKEN, beside, disk};
use crate::tool::Tool;

#[test]
fn a_broken_disk_is_repaired_where_it_lies_and_put_back_to_the_byte() {
    for style in [Style::Gpt, Style::Mbr] {
        let tool = beside(disk(BROKEN, style));
        let before = std::fs::read(tool.path("server.raw")).unwrap();
        let plan = tool.run(&["plan", "--disk", "server.raw"]).exits(0);
        assert!(plan.out.contains("asks for offline-repair"), "{}", plan.out);
        assert_eq!(
            std::fs::read(tool.path("server.raw")).unwrap(),
            before,
            "a plan writes nothing"
        );

        let applied = tool.run(&APPLY).exits(0);
        tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
        let again = tool.run(&APPLY).exits(0);
        assert!(again.out.contains("No changes."), "{}", again.out);

        let run = applied.out.lines().find_map(|line| line.strip_prefix("Run ")).unwrap();
        let run = run.split(':').next().unwrap();
        let undo = ["undo", run, "--disk", "server.raw", "--state", "kept", "--auto-approve"];
        tool.run(&undo).exits(0);
        assert!(std::fs::read(tool.path("server.raw")).unwrap() == before, "to the byte");
        tool.run(&undo).exits(0);
    }
}

#[test]
fn nothing_is_written_without_a_yes_to_the_guard() {
    let tool = beside(disk(BROKEN, Style::Gpt));
    let before = std::fs::read(tool.path("server.raw")).unwrap();
    tool.run(&["apply", "--disk", "server.raw", "--state", "kept", "--auto-approve"])
        .exits(3)
        .complains("the guard offline-repair asks");
    tool.run(&["apply", "--disk", "server.raw", "--state", "kept"])
        .exits(1)
        .complains("nobody is there");
    assert!(std::fs::read(tool.path("server.raw")).unwrap() == before);
    assert!(!tool.path("kept").exists());
}

#[test]
fn a_disk_that_waits_for_a_session_is_planned_for_nothing() {
    let mut image = disk(BROKEN, Style::Gpt);
    image.put("hiberfil.sys", b"HIBR");
    let tool = beside(image);
    let before = std::fs::read(tool.path("server.raw")).unwrap();
    let plan = tool.run(&["plan", "--disk", "server.raw"]).exits(3);
    assert!(plan.out.contains("Plan       nothing is done to this disk"), "{}", plan.out);
    tool.run(&APPLY).exits(3);
    assert!(std::fs::read(tool.path("server.raw")).unwrap() == before);
}

#[test]
fn a_run_that_was_cut_off_is_finished_by_the_next_one() {
    let tool = beside(disk(BROKEN, Style::Gpt));
    let before = std::fs::read(tool.path("server.raw")).unwrap();
    tool.run(&APPLY).exits(0);
    let after = std::fs::read(tool.path("server.raw")).unwrap();
    // As far as the middle of the disk it is done, behind that it is not.
    let changed: Vec<usize> = (0..before.len())
        .step_by(512)
        .filter(|at| before[*at..at + 512] != after[*at..at + 512])
        .collect();
    let middle = changed[changed.len() / 2];
    std::fs::write(tool.path("server.raw"), [&after[..middle], &before[middle..]].concat())
        .unwrap();
    tool.run(&APPLY).exits(0).complains("was cut off in the middle; it is finished now");
    assert!(std::fs::read(tool.path("server.raw")).unwrap() == after);
}

#[test]
fn what_windows_wrote_since_is_not_undone() {
    let tool = beside(disk(BROKEN, Style::Gpt));
    let before = std::fs::read(tool.path("server.raw")).unwrap();
    let applied = tool.run(&APPLY).exits(0);
    let mut after = std::fs::read(tool.path("server.raw")).unwrap();
    let at = (0..before.len()).find(|at| before[*at] != after[*at]).unwrap();
    after[at] ^= 0x5a;
    std::fs::write(tool.path("server.raw"), &after).unwrap();
    let run = applied.out.lines().find_map(|line| line.strip_prefix("Run ")).unwrap();
    let run = run.split(':').next().unwrap();
    tool.run(&["undo", run, "--disk", "server.raw", "--state", "kept", "--auto-approve"])
        .exits(1)
        .complains("was written by somebody else since");
    tool.run(&["undo", "20000101T000000-000000Z", "--disk", "server.raw", "--state", "kept"])
        .exits(1)
        .complains("known are");
}

/// The journals below a folder: of which disk, and by which run.
fn journals(state: &Path) -> Vec<(String, PathBuf)> {
    let Ok(disks) = std::fs::read_dir(state.join("disks")) else { return Vec::new() };
    let of_disk = |disk: std::fs::DirEntry| {
        let identity = disk.file_name().into_string().unwrap();
        let files = std::fs::read_dir(disk.path()).unwrap().map(|file| file.unwrap().path());
        let changes = files.filter(|path| path.extension().is_some_and(|end| end == "change"));
        changes.map(|path| (identity.clone(), path)).collect::<Vec<_>>()
    };
    disks.flat_map(|disk| of_disk(disk.unwrap())).collect()
}

#[test]
fn without_a_declaration_what_is_kept_lies_in_the_users_folder_by_the_disks_identity() {
    let apply = ["apply", "--disk", "server.raw", "--auto-approve", "--allow", "offline-repair"];
    for (variable, below) in
        [("HOME", "mine/.local/state/rdpctl"), ("XDG_STATE_HOME", "mine/rdpctl")]
    {
        let tool = beside(disk(BROKEN, Style::Mbr));
        let before = std::fs::read(tool.path("server.raw")).unwrap();
        tool.run(&apply).exits(1).complains("name one with --state FOLDER");
        assert!(std::fs::read(tool.path("server.raw")).unwrap() == before);
        let mine = tool.path("mine");
        let tool = tool.with(variable, mine.to_str().unwrap());
        tool.run(&apply).exits(0);
        let kept = journals(&tool.path(below));
        let [(identity, path)] = kept.as_slice() else { panic!("{kept:?}") };
        assert_eq!(identity, "5d15c0de", "the disk's own signature");
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "nobody else reads what lies on a disk");
        let run = path.file_stem().unwrap().to_str().unwrap();
        tool.run(&["undo", run, "--disk", "server.raw", "--auto-approve"]).exits(0);
        assert!(std::fs::read(tool.path("server.raw")).unwrap() == before);
    }
}

#[test]
fn what_was_done_to_one_disk_is_not_undone_on_another() {
    let tool = beside(disk(BROKEN, Style::Mbr));
    tool.run(&APPLY).exits(0);
    let after = std::fs::read(tool.path("server.raw")).unwrap();
    let kept = journals(&tool.path("kept"));
    let run = kept[0].1.file_stem().unwrap().to_str().unwrap();
    let undo = ["undo", run, "--disk", "other.raw", "--state", "kept", "--auto-approve"];
    let refuses = |bytes: &[u8], why: &str| {
        std::fs::write(tool.path("other.raw"), bytes).unwrap();
        tool.run(&undo).exits(1).complains(why);
        assert!(std::fs::read(tool.path("other.raw")).unwrap() == bytes);
    };
    let mut other = after.clone();
    other[440] ^= 1;
    refuses(&other, "no run");
    // The same identity, and another size: a copy that was made larger.
    refuses(&[after.as_slice(), &[0; 4096]].concat(), "this is not the disk that the run changed");
}

#[test]
fn a_fixed_vhd_is_repaired_as_it_is_and_its_footer_stays() {
    let image = disk(BROKEN, Style::Gpt).into_bytes();
    let mut footer = [0; 512];
    footer[..8].copy_from_slice(b"conectix");
    footer[48..56].copy_from_slice(&u64::try_from(image.len()).unwrap().to_be_bytes());
    footer[60..64].copy_from_slice(&2_u32.to_be_bytes());
    let sum: u32 = footer.iter().map(|byte| u32::from(*byte)).sum();
    footer[64..68].copy_from_slice(&(!sum).to_be_bytes());
    let tool = Tool::new();
    std::fs::write(tool.path("server.raw"), [image.as_slice(), &footer].concat()).unwrap();
    tool.run(&APPLY).exits(0);
    tool.run(&["doctor", "--disk", "server.raw"]).exits(0);
    let after = std::fs::read(tool.path("server.raw")).unwrap();
    assert!(after.len() == image.len() + 512 && after.ends_with(&footer));
}

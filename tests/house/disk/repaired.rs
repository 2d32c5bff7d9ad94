//! Repaired where it lies, and put back.

use rdpctl_sim::image::Style;

use super::{APPLY, BROKEN, beside, disk};

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
    assert!(plan.out.contains("Plan: nothing is done to this disk."), "{}", plan.out);
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

#[test]
fn a_wrapped_image_is_repaired_through_qemus_storage_daemon_or_names_the_package() {
    let tool = beside(disk(BROKEN, Style::Gpt));
    let convert = ["convert", "-f", "raw", "-O", "qcow2"];
    let qemu_img = std::process::Command::new("qemu-img")
        .args(convert)
        .args([tool.path("server.raw"), tool.path("server.qcow2")])
        .output();
    let daemon = ["/usr/bin", "/usr/libexec", "/usr/local/bin"]
        .iter()
        .any(|folder| std::path::Path::new(folder).join("qemu-storage-daemon").is_file());
    if !daemon || !qemu_img.is_ok_and(|output| output.status.success()) {
        // Without QEMU the image is told from a raw one, and what shows it is named.
        std::fs::write(tool.path("server.qcow2"), [b"QFI\xfb".as_slice(), &[0; 4096]].concat())
            .unwrap();
        if !daemon {
            let ran = tool.run(&["doctor", "--disk", "server.qcow2"]).exits(3);
            assert!(ran.out.contains("install qemu-storage-daemon"), "{}", ran.out);
        }
        return;
    }
    tool.run(&["doctor", "--disk", "server.qcow2"]).exits(2);
    let apply = APPLY.map(|word| if word == "server.raw" { "server.qcow2" } else { word });
    tool.run(&apply).exits(0);
    tool.run(&["doctor", "--disk", "server.qcow2"]).exits(0);
    let check = std::process::Command::new("qemu-img")
        .arg("check")
        .arg(tool.path("server.qcow2"))
        .output()
        .unwrap();
    assert!(check.status.success(), "{check:?}");
}

//! A Windows that does not run, judged by the disk in the hand.

use std::time::{SystemTime, UNIX_EPOCH};

use rdpctl_sim::guest::{Guest, GuestSpec, Template};
use rdpctl_sim::image::{DiskImage, MACHINE_GUID, Style};
use serde_json::Value;

use crate::tool::{Ran, Tool};

/// The disk of a guest that differs from a healthy one as a world would say it.
fn disk(differs: &str, style: Style) -> DiskImage {
    let spec: GuestSpec = toml::from_str(differs).unwrap();
    let mut guest = Guest::new(Template::build(&spec, 1).unwrap(), "web-01", MACHINE_GUID);
    // It was started today, and has a certificate since.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    guest.on_power_on(u64::try_from(now.as_millis()).unwrap());
    guest.disk(style)
}

/// The facets that the report marks.
fn marked(ran: &Ran) -> Vec<&str> {
    let marked = |line: &&str| {
        line.starts_with("    ~ ") || line.starts_with("    ? ") || line.starts_with("    ! ")
    };
    ran.out.lines().filter(marked).map(|line| line[4..].trim_end()).collect()
}

fn doctor(image: DiskImage, more: &[&str]) -> Ran {
    let tool = Tool::new();
    std::fs::write(tool.path("server.raw"), image.into_bytes()).unwrap();
    tool.run(&[&["doctor", "--disk", "server.raw"], more].concat())
}

fn verdict(ran: &Ran, facet: &str) -> String {
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let facets = report["facets"].as_array().unwrap();
    let one = facets.iter().find(|one| one["facet"] == facet).unwrap();
    one["verdict"]["verdict"].as_str().unwrap().to_owned()
}

#[test]
fn a_healthy_disk_is_sound_by_either_firmware() {
    for (style, firmware) in [(Style::Gpt, "UEFI"), (Style::Mbr, "BIOS")] {
        let ran = doctor(disk("", style), &[]).exits(0);
        assert_eq!(marked(&ran), Vec::<&str>::new());
        let starts = format!("  starts: yes, as far as the disk tells ({firmware})\n");
        assert!(ran.out.contains(&starts), "{}", ran.out);
        assert!(ran.out.contains("Windows Server 2022 Datacenter, build 20348"), "{}", ran.out);
        // Nothing runs, and nothing is said to.
        assert!(!ran.out.contains("running\n"), "{}", ran.out);
    }
}

#[test]
fn what_would_keep_rdp_from_answering_is_named_with_what_it_should_be() {
    let differs = r#"
        machine-keys = "deny-network-service"
        [registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server']
        fDenyTSConnections = 1
        [registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp']
        UserAuthentication = 0
        PortNumber = 3390
        [services.TermService]
        start = "disabled"
    "#;
    let ran = doctor(disk(differs, Style::Gpt), &[]).exits(2);
    assert_eq!(
        marked(&ran),
        [
            "~ remote-desktop denied -> allowed",
            "~ service        TermService disabled -> auto, running",
            "~ port           port 3390 -> TermService on port 3389",
            "~ machine-keys   NETWORK SERVICE cannot read the RDP key -> readable by SYSTEM and NETWORK SERVICE",
            "~ nla            UserAuthentication = 0 -> required",
        ]
    );
}

#[test]
fn a_disk_that_got_another_identity_would_not_start_and_the_report_says_which_error() {
    let mut image = disk("", Style::Mbr);
    image.bytes_mut()[440] ^= 1;
    let ran = doctor(image, &["--format", "json"]).exits(2);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!((&report["starts"], &report["conclusion"]), (&Value::Bool(false), &"cause".into()));
    assert!(report["hindrances"][0].as_str().unwrap().contains("0xC000000E"), "{}", ran.out);
}

#[test]
fn safe_mode_at_the_next_start_is_found_in_the_boot_store() {
    let differs = r#"
        [registry.'HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\25000080']
        Element = { type = "REG_BINARY", data = "0100000000000000" }
    "#;
    let ran = doctor(disk(differs, Style::Gpt), &["--format", "json"]).exits(2);
    assert_eq!(verdict(&ran, "boot"), "drifted");
}

#[test]
fn a_disk_that_cannot_be_judged_is_an_answer_with_a_way_out() {
    let mut locked = disk("", Style::Mbr);
    let start = locked.windows_start();
    locked.bytes_mut()[start + 3..start + 11].copy_from_slice(b"-FVE-FS-");
    let ran = doctor(locked, &[]).exits(3);
    insta::assert_snapshot!(ran.out, @"
    server.raw  cannot be judged: the Windows volume is locked by BitLocker
      unlock it in Windows: attach it to a Windows VM (az vm repair create --unlock-encrypted-vm), manage-bde -unlock F: -RecoveryPassword KEY, manage-bde -off F:, and wait for the end of it
    ");
    let mut dirty = disk("", Style::Gpt);
    dirty.put("Windows/System32/config/SYSTEM", &[0; 512]);
    let ran = doctor(dirty, &["--format", "json"]).exits(3);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["conclusion"], "undecided");
}

#[test]
fn a_hibernated_windows_is_judged_and_not_to_be_repaired() {
    let mut image = disk("", Style::Gpt);
    image.put("hiberfil.sys", b"HIBR");
    let ran = doctor(image, &[]).exits(0);
    assert!(ran.out.contains("no repair by its disk: Windows is hibernated"), "{}", ran.out);
}

#[test]
fn what_makes_no_sense_is_said_before_anything_is_read() {
    let tool = Tool::new();
    tool.run(&["doctor", "--disk", "none.raw"]).exits(1).complains("cannot open none.raw");
    tool.run(&["doctor", "--disk", "none.raw", "--profile", "soft"])
        .exits(1)
        .complains("no such profile is built in");
    tool.write("empty.raw", "");
    let ran = tool.run(&["doctor", "--disk", "empty.raw"]).exits(3);
    assert!(ran.out.contains("there is no partition table"), "{}", ran.out);
}

/// Connections denied, no NLA, a key that nobody may read, safe mode ahead, no firewall rule.
const BROKEN: &str = r#"
    machine-keys = "no-network-service"
    [registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server']
    fDenyTSConnections = 1
    [registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp']
    UserAuthentication = 0
    [registry.'HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\25000080']
    Element = { type = "REG_BINARY", data = "0100000000000000" }
    [services.TermService]
    start = "disabled"
    [firewall]
    remote-desktop = "off"
"#;

/// The tool beside a disk, with the journal in a folder of its own.
fn beside(image: DiskImage) -> Tool {
    let tool = Tool::new();
    std::fs::write(tool.path("server.raw"), image.into_bytes()).unwrap();
    tool
}

const APPLY: [&str; 8] = [
    "apply",
    "--disk",
    "server.raw",
    "--state",
    "kept",
    "--auto-approve",
    "--allow",
    "offline-repair",
];

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

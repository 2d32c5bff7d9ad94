//! What its disk alone says.

use rdpctl_sim::image::Style;
use serde_json::Value;

use super::{BROKEN, beside, disk, doctor, marked, verdict};
use crate::forms::{keeps_to, schema};
use crate::tool::Tool;

#[test]
fn a_healthy_disk_is_sound_by_either_firmware() {
    for (style, firmware) in [(Style::Gpt, "UEFI"), (Style::Mbr, "BIOS")] {
        let ran = doctor(disk("", style), &[]).exits(0);
        assert_eq!(marked(&ran), Vec::<String>::new());
        let starts = format!("  starts         yes, as far as the disk tells ({firmware})\n");
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
            "~ remote-desktop denied → allowed",
            "~ service TermService disabled → auto, running",
            "~ port port 3390 → TermService on port 3389",
            "~ machine-keys NETWORK SERVICE cannot read the RDP key → readable by SYSTEM and NETWORK SERVICE",
            "~ nla UserAuthentication = 0 → required",
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
    insta::assert_snapshot!(ran.out, @r"
    server.raw  cannot be judged
      why  the Windows volume is locked by BitLocker
      do   unlock it in Windows: attach it to a Windows VM (az vm repair create -g GROUP -n VM --unlock-encrypted-vm), manage-bde -unlock F: -RecoveryPassword KEY, manage-bde -off F:, and wait for the end of it
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
    assert!(ran.out.contains("no repair      by its disk: Windows is hibernated"), "{}", ran.out);
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

fn with_disk(arguments: &[&str]) -> Vec<String> {
    let mut all: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
    all.extend(["--disk", "server.raw", "--format", "json"].map(str::to_owned));
    all
}

#[test]
fn what_machines_read_of_a_disk_keeps_to_its_schema() {
    let disk_schema = schema("disk.json");
    let tool = beside(disk(BROKEN, Style::Gpt));
    let said = |arguments: &[&str], code: i32| {
        let arguments = with_disk(arguments);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let ran = tool.run(&arguments).exits(code);
        keeps_to(&disk_schema, &ran.out);
        serde_json::from_str::<Value>(&ran.out).unwrap()
    };
    said(&["doctor"], 2);
    said(&["show"], 0);
    let plan = said(&["plan"], 0);
    assert_eq!(plan["plan"]["asks"], "offline-repair");
    let applied =
        said(&["apply", "--state", "kept", "--auto-approve", "--allow", "offline-repair"], 0);
    assert_eq!(applied["after"]["conclusion"], "sound");
    tool.write("server.raw", "");
    said(&["doctor"], 3);
}

#[test]
fn show_says_what_the_disk_answers_and_judges_nothing() {
    let tool = beside(disk(BROKEN, Style::Mbr));
    let shown = tool.run(&["show", "--disk", "server.raw"]).exits(0);
    let line = r"registry  hklm\system\currentcontrolset\control\terminal server\fdenytsconnections = 1 (0x1)";
    assert!(shown.out.contains(line), "{}", shown.out);
    assert!(shown.out.contains("via       offline"), "{}", shown.out);
    tool.run(&["show", "--disk", "server.raw", "web-01"]).exits(1).complains("cannot be used with");
}

//! The second founding document's steps at a disk in the cloud (A11, A13 to A18), each at a VM that answers in no other way,
//! and each thing that a disk may have that leaves it alone.

use crate::repaired_there::{APPLY, OFFLINE, made, office};
use crate::tool::{Ran, Tool};

const SERVER: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";

/// A machine whose agent is away and whose Windows is as said.
fn lost(guest: &str) -> String {
    format!("address = \"eip\"\nagent = \"offline\"\n{guest}\n")
}

/// It answers by the end, the former disk is kept, and nothing else is left.
#[track_caller]
fn heals(guest: &str, said: &[&str]) -> (Tool, Ran) {
    let tool = office(&lost(guest), "", OFFLINE);
    tool.sim(&["plan"]);
    let applied = tool.sim(&APPLY).exits(0);
    for said in said {
        assert!(applied.out.contains(said), "{said}: {}{}", applied.out, applied.err);
    }
    let proved = "web: repaired by its disk; it answers from outside as declared";
    assert!(applied.out.contains(proved), "{}{}", applied.out, applied.err);
    assert_eq!(made(&tool), ["disk"]);
    (tool, applied)
}

#[test]
fn a11_and_a18_a_snapshot_comes_first_and_the_machine_itself_runs_again_from_the_repaired_disk() {
    let denied = format!("guest.registry.'{SERVER}' = {{ fDenyTSConnections = 1 }}");
    let (tool, applied) = heals(&denied, &[]);
    let at =
        |said: &str| applied.err.find(said).unwrap_or_else(|| panic!("{said}: {}", applied.err));
    let order = [
        "stopping web",
        "copying its disk",
        "reading the copy",
        "attaching the copy",
        "detaching the copy",
        "swapping the system disk",
        "starting web",
    ];
    assert!(order.map(at).is_sorted(), "{}", applied.err);
    assert!(applied.out.contains("The former disk"), "{}", applied.out);
    // Nobody reaches its inside yet; that it answers is known from outside.
    let shown = tool.sim(&["probe", "web"]);
    assert!(!shown.out.contains("does not answer"), "{}", shown.out);
}

#[test]
fn a13_no_letter_and_nobody_who_logs_on_are_needed_and_both_are_said() {
    let tool = office(
        &lost(&format!("guest.registry.'{SERVER}' = {{ fDenyTSConnections = 1 }}")),
        "",
        OFFLINE,
    );
    let plan = tool.sim(&["plan"]);
    let said = "No drive letter and no log-on to the helping VM are needed: the disk is edited by its sectors";
    assert!(plan.out.contains(said), "{}", plan.out);
}

#[test]
fn a14_the_serial_console_and_crash_dumps_are_made_ready_on_the_disk_where_they_are_declared() {
    let denied = format!(
        r"guest.registry.'{SERVER}' = {{ fDenyTSConnections = 1 }}
guest.registry.'HKLM\SYSTEM\CurrentControlSet\Control\CrashControl' = {{ CrashDumpEnabled = 0, NMICrashDump = 0 }}
guest.registry.'HKLM\BCD00000000\Objects\{{5189b25c-5558-4bf2-bca4-289b11bd29e2}}\Elements\260000b0' = {{ Element = {{ type = 'REG_BINARY', data = '00' }} }}"
    );
    let tool = office(&lost(&denied), "", OFFLINE);
    let declared = tool.read("rdp.toml").replace("profile = \"standard\"", "profile = \"ready\"");
    tool.write(
        "rdp.toml",
        &format!("{declared}\n[profile.ready]\nextends = \"standard\"\nrecovery = \"enabled\"\n"),
    );
    tool.sim(&["plan"]);
    let applied = tool.sim(&APPLY).exits(0);
    for said in ["turn the serial console on", "CrashDumpEnabled to 1", "NMICrashDump to 1"] {
        assert!(applied.out.contains(said), "{said}: {}", applied.out);
    }
    assert!(applied.out.contains("it answers from outside as declared"), "{}", applied.out);
}

#[test]
fn a15_whoever_may_not_read_the_machines_key_may_again() {
    heals("guest.machine-keys = \"no-network-service\"", &["machine-keys"]);
}

#[test]
fn a16_tls_is_looked_at_by_itself_and_enabled_in_every_control_set() {
    // With one of them left on it would answer, and a machine that answers is never stopped for its disk.
    let off: String = ["1.0", "1.1", "1.2"]
        .map(|version| {
            format!(
                "guest.registry.'HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS {version}\\Server' = {{ Enabled = 0 }}\n"
            )
        })
        .concat()
        + "guest.os = \"2019\"";
    let tool = office(&lost(&off), "", OFFLINE);
    let looked = tool.sim(&["doctor", "web", "--look-into-disk", "--allow", "spend"]).exits(2);
    assert!(looked.out.contains("TLS"), "{}", looked.out);
    heals(&off, &["tls"]);
}

#[test]
fn a17_nla_is_required_again() {
    let weak = format!(
        r"guest.registry.'{SERVER}\WinStations\RDP-Tcp' = {{ UserAuthentication = 0, fDenyTSConnections = 0 }}
guest.registry.'{SERVER}' = {{ fDenyTSConnections = 1 }}"
    );
    heals(&weak, &["nla: set", "UserAuthentication"]);
}

/// What is about a disk, and the words that lead out. The disk in the hand shows them all.
const LEFT_ALONE: [(&str, &str); 5] = [
    ("bitlocker-inside", "az vm repair"),
    ("storage-spaces", "az vm repair create"),
    ("unclean-log", "the log is replayed when the volume is mounted"),
    ("dirty-volume", "chkdsk"),
    ("damaged-hive", "reg load, which heals"),
];

#[test]
fn what_a_disk_has_that_leaves_it_alone_is_told_with_the_way_out_and_everything_is_as_it_was() {
    for (trouble, way_out) in LEFT_ALONE {
        let denied = format!(
            "guest.registry.'{SERVER}' = {{ fDenyTSConnections = 1 }}\ndisk-trouble = \"{trouble}\""
        );
        let tool = office(&lost(&denied), "", OFFLINE);
        let ran = tool.sim(&APPLY).exits(3);
        let all = format!("{}{}", ran.out, ran.err);
        assert!(all.contains(way_out), "{trouble}: {all}");
        assert!(all.contains("everything is as it was"), "{trouble}: {all}");
        assert_eq!(made(&tool), Vec::<String>::new(), "{trouble}");
    }
}

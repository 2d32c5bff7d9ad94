//! Surveys read from replies, whole and damaged.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use proptest::prelude::*;
use rdpctl_model::guest::RunState;

use super::*;
use crate::frame::Nonce;
use crate::observe::Observation;

const TS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";

fn observation() -> Observation {
    match Observation::new(Nonce::from_number(0x7f3a), &BTreeSet::from([3389]), None) {
        Ok(observation) => observation,
        Err(error) => panic!("{error}"),
    }
}

/// Every command's answer: what is given, or exit code 1 with nothing printed.
fn reply(given: &[(&str, i32, &str)]) -> String {
    let given: BTreeMap<&str, (i32, &str)> =
        given.iter().map(|(tag, exit, text)| (*tag, (*exit, *text))).collect();
    let mut text = String::new();
    for tag in observation().batch().tags() {
        let (exit, body) = given.get(tag.as_str()).copied().unwrap_or((1, ""));
        write!(
            text,
            "#00007f3a B {tag}\r\n{}\r\n#00007f3a E {exit}\r\n",
            body.replace('\n', "\r\n")
        )
        .expect("a string grows");
    }
    text + "#00007f3a Z\r\n"
}

fn survey(given: &[(&str, i32, &str)]) -> GuestSurvey {
    observation().read(ChannelKind::Winrm, reply(given).as_bytes())
}

const TERMINAL_SERVER: (&str, i32, &str) = (
    r"C\Control\Terminal Server",
    0,
    "\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\n    fDenyTSConnections    REG_DWORD    0x0\n    \
     RCDependentServices    REG_MULTI_SZ    CertPropSvc\\0SessionEnv\n\n\
     HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\n",
);

#[test]
fn a_key_is_present_with_its_values_and_an_unanswered_value_is_absent() {
    let registry = survey(&[TERMINAL_SERVER]).registry;
    assert_eq!(registry.dword(TS, "FDENYTSCONNECTIONS"), Ok(Some(0)));
    assert_eq!(registry.dword(TS, "TSEnabled"), Ok(None));
    assert_eq!(
        registry.key(r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"),
        Ok(None)
    );
    assert_eq!(registry.key(r"HKLM\SOFTWARE\Elsewhere"), Err(Gap::NotAsked));
}

#[test]
fn a_key_that_its_parent_names_but_that_cannot_be_read_is_denied() {
    let registry = survey(&[TERMINAL_SERVER]).registry;
    let gap = registry.key(&format!(r"{TS}\WinStations"));
    assert!(matches!(gap, Err(Gap::Denied { .. })), "{gap:?}");
}

#[test]
fn in_a_tree_what_is_missing_is_absent_and_what_has_children_exists() {
    let schannel = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL";
    let registry = survey(&[(
        r"C\Control\SecurityProviders\SCHANNEL",
        0,
        "\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\n    EventLogging    REG_DWORD    0x1\n\n\
         HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\Server\n    \
         DisabledByDefault    REG_DWORD    0x1\n    Enabled    REG_DWORD    0x0\n",
    )])
    .registry;
    let server = |version: &str| format!(r"{schannel}\Protocols\TLS {version}\Server");
    assert_eq!(registry.dword(&server("1.2"), "Enabled"), Ok(Some(0)));
    assert_eq!(registry.dword(&server("1.3"), "Enabled"), Ok(None));
    assert_eq!(registry.key(&server("1.3")), Ok(None));
    assert_eq!(registry.key(&format!(r"{schannel}\Protocols\TLS 1.2")), Ok(Some(&BTreeMap::new())));
}

#[test]
fn single_values_are_read_and_known_to_be_absent() {
    let registry = survey(&[(
        "start/gpsvc",
        0,
        "\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\gpsvc\n    Start    REG_DWORD    0x4\n",
    )])
    .registry;
    assert_eq!(
        registry.dword(r"HKLM\SYSTEM\CurrentControlSet\Services\gpsvc", "Start"),
        Ok(Some(4))
    );
    assert_eq!(registry.dword(r"HKLM\SYSTEM\CurrentControlSet\Services\RDPDR", "Start"), Ok(None));
}

#[test]
fn a_boot_store_that_does_not_even_show_its_manager_is_denied() {
    let registry = survey(&[]).registry;
    let boot = r"HKLM\BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements\23000003";
    assert!(matches!(registry.text(boot, "Element"), Err(Gap::Denied { .. })));
}

#[test]
fn the_default_boot_entry_is_followed() {
    let manager =
        r"HKEY_LOCAL_MACHINE\BCD00000000\Objects\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\Elements";
    let entry =
        r"HKEY_LOCAL_MACHINE\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements";
    let registry = survey(&[
        (
            "bcd/boot",
            0,
            &format!("\n{manager}\\23000003\n    Element    REG_SZ    {{5189b25c-5558-4bf2-bca4-289b11bd29e2}}\n"),
        ),
        ("bcd/default/260000b0", 0, &format!("\n{entry}\\260000b0\n    Element    REG_BINARY    01\n")),
    ])
    .registry;
    let there = |path: &str, element: &str| {
        let path = format!("{}\\{element}", path.replace("HKEY_LOCAL_MACHINE", "HKLM"));
        registry.key(&path).map(|key| key.is_some())
    };
    assert_eq!(there(manager, "16000020"), Ok(false));
    assert_eq!(there(entry, "260000b0"), Ok(true));
    assert_eq!(there(entry, "25000080"), Ok(false));
}

#[test]
fn services_sockets_processes_and_rules_are_read() {
    let profile = "\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\StandardProfile\n    EnableFirewall    REG_DWORD    0x1\n";
    let survey = survey(&[
        ("sc/UmRdpService", 1060, "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\n"),
        (
            "netstat",
            0,
            "  TCP    0.0.0.0:3389           0.0.0.0:0              LISTENING       1084\n",
        ),
        ("tasksvc", 0, "\"System\",\"4\",\"N/A\"\n\"svchost.exe\",\"1084\",\"TermService\"\n"),
        (r"C\Services\SharedAccess\Parameters\FirewallPolicy\StandardProfile", 0, profile),
        (
            "fwrules",
            0,
            "    RemoteDesktop-UserMode-In-TCP    REG_SZ    v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3389|App=%SystemRoot%\\system32\\svchost.exe|Svc=termservice|\n",
        ),
    ]);
    assert_eq!(
        survey.services["umrdpservice"].as_ref().map(|state| state.run),
        Ok(RunState::NotInstalled)
    );
    assert_eq!(survey.listeners.map(|rows| rows[0].pid), Ok(1084));
    assert_eq!(
        survey.processes.map(|rows| rows[1].services.clone()),
        Ok(vec!["TermService".to_owned()])
    );
    let rules = survey.firewall_rules.unwrap_or_default();
    assert!(rules["RemoteDesktop-UserMode-In-TCP"].starts_with("v2.31|Action=Allow|"));
}

#[test]
fn no_rule_found_is_a_fact_only_where_the_policy_can_be_read() {
    assert!(matches!(survey(&[]).firewall_rules, Ok(rules) if rules.is_empty()));
    let cut = reply(&[]).replace(r"FirewallPolicy\StandardProfile", "FirewallPolicy");
    let survey = observation().read(ChannelKind::Winrm, cut.as_bytes());
    assert!(survey.firewall_rules.is_err());
}

#[test]
fn the_key_files_list_tells_none_from_denied() {
    let key = "f686aace6942fb7f7ceb231212eef4a4_c5d2b969-b61a-4159-8f78-6391a1c805db";
    let guid = (
        r"SOFTWARE\Microsoft\Cryptography /v MachineGuid",
        0,
        "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\n    MachineGuid    REG_SZ    C5D2B969-b61a-4159-8f78-6391a1c805db\n",
    );
    let listed = format!("rc 0\n{key}\nD:PAI(A;;FA;;;SY)\n");
    let partly = format!("rc 5\n{key}\nD:PAI(A;;FA;;;SY)\n");
    let other = "rc 5\nf686aace6942fb7f7ceb231212eef4a4_other\nD:PAI(A;;FA;;;SY)\n";
    let keys = |text: &str| survey(&[guid, ("acl/key", 1, text)]).acl_keys;
    assert_eq!(keys(&listed), Ok(vec![(key.to_owned(), "D:PAI(A;;FA;;;SY)".to_owned())]));
    assert_eq!(keys("rc 2\n"), Ok(Vec::new()));
    assert!(keys(&partly).is_ok());
    assert!(matches!(keys(other), Err(Gap::Denied { .. })));
    assert!(matches!(keys("rc 5\n"), Err(Gap::Denied { .. })));
    assert!(matches!(keys("\n"), Err(Gap::Garbled { .. })));
}

#[test]
fn boot_and_events_come_from_the_log() {
    let boot = "<E><Event><System><Provider Name='Microsoft-Windows-Kernel-General'/><EventID>12</EventID>\
        <TimeCreated SystemTime='2026-05-02T03:00:05Z'/><EventRecordID>77</EventRecordID></System><EventData>\
        <Data Name='StartTime'>2026-05-02T03:00:01.5Z</Data></EventData></Event></E>\n";
    let survey =
        survey(&[("boot", 0, boot), ("Provider[@Name='TermDD']", 0, boot), ("ev/lic", 15_007, "")]);
    assert_eq!(survey.booted, Ok(("2026-05-02T03:00:01.5Z".to_owned(), 77)));
    assert_eq!(survey.events.map(|events| events.len()), Ok(1));
    assert_eq!(survey.boot_nonce, Ok(None));
}

#[test]
fn nothing_at_all_is_gaps_and_not_absence() {
    let survey = observation().read(ChannelKind::RunCommand, b"'cmd' is not recognized");
    assert!(survey.services.values().all(Result::is_err));
    assert!(
        survey.registry.keys.values().all(|answer| matches!(answer, KeyAnswer::Gap(_))),
        "{:?}",
        survey.registry
    );
    assert!(
        survey.listeners.is_err() && survey.processes.is_err() && survey.firewall_rules.is_err()
    );
    assert!(survey.acl_folder.is_err() && survey.acl_keys.is_err() && survey.boot_nonce.is_err());
    assert!(survey.booted.is_err() && survey.events.is_err());
}

proptest! {
    /// Cutting a reply anywhere turns answers into gaps and never changes one.
    #[test]
    fn a_cut_reply_says_nothing_new(at in 0usize..9_000) {
        let whole = reply(&[TERMINAL_SERVER]);
        let cut = observation().read(ChannelKind::Winrm, &whole.as_bytes()[..at.min(whole.len())]);
        let full = observation().read(ChannelKind::Winrm, whole.as_bytes());
        for (path, answer) in &cut.registry.keys {
            let denied_only_with_its_parent = matches!(answer, KeyAnswer::Gap(_));
            prop_assert!(denied_only_with_its_parent || full.registry.keys.get(path) == Some(answer), "{path}");
        }
    }

    #[test]
    fn no_bytes_make_the_survey_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = observation().read(ChannelKind::Winrm, &bytes);
    }
}

//! What actions do to a guest, what is told of them, and the way back.

use std::time::Duration;

use rdpctl_contract::channel::{ChannelError, Finding};
use rdpctl_guest::script::Form;
use rdpctl_model::GuestAction;
use rdpctl_model::guest::{GuestSurvey, RegData, RunState};
use rdpctl_model::step::{
    BootElement, Check, FirewallProfile, KeyHolder, Setting, StartType, Switch,
};

use crate::inside::{KEY, check, guest, observe, order, pass, said};

const FORMS: [Form; 3] = [Form::Lines, Form::File, Form::Packed { reply: 24_576 }];
const TS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";
const RDP_TCP: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";

fn set(key: &str, name: &str, data: RegData) -> GuestAction {
    GuestAction::SetRegistry {
        key: key.to_owned(),
        name: name.to_owned(),
        data,
        setting: Setting::RemoteConnections,
    }
}

fn state(survey: &GuestSurvey, service: &str) -> Option<RunState> {
    survey.services.get(service)?.as_ref().ok().map(|state| state.run)
}

fn listens(survey: &GuestSurvey, port: u16) -> bool {
    survey.listeners.iter().flatten().any(|row| row.port == port)
}

#[tokio::test]
async fn values_are_written_as_they_are_and_put_back() {
    let values = [
        RegData::Dword(u32::MAX),
        RegData::Qword(1 << 40),
        RegData::Sz("a & b | c > d ^ (e) 100%".to_owned()),
        RegData::Sz(String::new()),
        RegData::ExpandSz(r"%SystemRoot%\MEMORY.DMP".to_owned()),
        RegData::Sz(r"v2.31|App=%SystemRoot%\system32\svchost.exe|Svc=termservice|".to_owned()),
        RegData::MultiSz(vec!["one".to_owned(), "two three".to_owned()]),
        RegData::Binary(vec![0, 0xc2, 0xff]),
    ];
    for form in FORMS {
        let guest = guest("", form);
        for data in &values {
            let receipts =
                order(&guest, &[set(TS, "RdpctlTest", data.clone())]).await.expect("done");
            let expected = Check::Registry {
                key: TS.to_owned(),
                name: "RdpctlTest".to_owned(),
                data: Some(data.clone()),
            };
            assert_eq!(check(&guest, vec![expected]).await, [Finding::Holds], "{data:?}");
            order(&guest, &receipts[0].undo).await.expect("undone");
        }
        let absent =
            Check::Registry { key: TS.to_owned(), name: "RdpctlTest".to_owned(), data: None };
        assert_eq!(check(&guest, vec![absent]).await, [Finding::Holds], "{form:?}");
    }
}

#[tokio::test]
async fn a_deleted_key_comes_back_with_its_values() {
    let certificates = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates";
    let guest = guest("", Form::Lines);
    let before = observe(&guest).await.expect("a survey");
    let key = before
        .registry
        .below(certificates)
        .map(|(key, _)| key.to_owned())
        .next()
        .expect("a certificate");
    let key = format!("HKLM\\{}", &key["hklm\\".len()..]);
    let receipts = order(
        &guest,
        &[GuestAction::DeleteRegistryKey { key: key.clone(), setting: Setting::RemoteConnections }],
    )
    .await
    .expect("done");
    assert_eq!(check(&guest, vec![Check::KeyAbsent { key }]).await, [Finding::Holds]);
    order(&guest, &receipts[0].undo).await.expect("undone");
    let after = observe(&guest).await.expect("a survey");
    let blobs = |survey: &GuestSurvey| -> Vec<_> {
        survey
            .registry
            .below(certificates)
            .map(|(key, values)| (key.to_owned(), values.clone()))
            .collect()
    };
    assert_eq!(blobs(&after), blobs(&before));
}

#[tokio::test]
async fn services_start_stop_and_change_their_start() {
    for form in FORMS {
        let guest =
            guest("[services]\nTermService = { start = \"disabled\", state = \"stopped\" }", form);
        assert_eq!(
            state(&observe(&guest).await.expect("a survey"), "termservice"),
            Some(RunState::Stopped)
        );
        let service = || "TermService".to_owned();
        let actions = [
            GuestAction::SetServiceStart { service: service(), start: StartType::Auto },
            GuestAction::StartService { service: service() },
        ];
        let receipts = order(&guest, &actions).await.expect("done");
        assert_eq!(
            receipts[0].undo,
            [GuestAction::SetServiceStart { service: service(), start: StartType::Disabled }]
        );
        let survey = observe(&guest).await.expect("a survey");
        assert_eq!(state(&survey, "termservice"), Some(RunState::Running));
        assert!(listens(&survey, 3389));
        let receipts =
            order(&guest, &[GuestAction::StopService { service: service() }]).await.expect("done");
        assert_eq!(receipts[0].undo, [GuestAction::StartService { service: service() }]);
        assert!(!listens(&observe(&guest).await.expect("a survey"), 3389));
    }
}

#[tokio::test]
async fn a_failure_stops_the_rest_and_says_where() {
    let guest = guest(
        "[services]\nTermService = { start = \"disabled\", state = \"stopped\" }",
        Form::Lines,
    );
    let actions = [
        set(TS, "First", RegData::Dword(1)),
        GuestAction::StartService { service: "TermService".to_owned() },
        set(TS, "Last", RegData::Dword(1)),
    ];
    let outcome = order(&guest, &actions).await;
    let Err(ChannelError::Failed { action: 1, exit: 1058, advice, command, .. }) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        (command.as_str(), rdpctl_words::english(&advice).contains("disabled")),
        (r"%SystemRoot%\System32\sc.exe start TermService", true)
    );
    let written = |name: &str| Check::Registry {
        key: TS.to_owned(),
        name: name.to_owned(),
        data: Some(RegData::Dword(1)),
    };
    let found = check(&guest, vec![written("First"), written("Last")]).await;
    let [Finding::Holds, Finding::Differs(last)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(rdpctl_words::english(last), "Last is absent");
}

#[tokio::test]
async fn remote_desktop_moves_to_another_port() {
    let guest = guest("", Form::Lines);
    let sources = vec!["203.0.113.0/24".parse().expect("a network")];
    let actions = [
        GuestAction::AddFirewallRule { port: 3390, sources: sources.clone() },
        set(RDP_TCP, "PortNumber", RegData::Dword(3390)),
        GuestAction::RestartRdp { session_env: false },
    ];
    let receipts = order(&guest, &actions).await.expect("done");
    assert_eq!(receipts[0].undo, [GuestAction::DeleteFirewallRule { port: 3390 }]);
    let survey = observe(&guest).await.expect("a survey");
    assert!(listens(&survey, 3390) && !listens(&survey, 3389));
    let rules = survey.firewall_rules.expect("rules");
    let own: Vec<&String> = rules.values().filter(|rule| rule.contains("|LPort=3390|")).collect();
    assert_eq!(own.len(), 2, "{own:?}");
    assert!(
        own.iter().all(|rule| rule.contains(r"|App=%SystemRoot%\system32\svchost.exe|")),
        "{own:?}"
    );
    let receipts =
        order(&guest, &[GuestAction::DeleteFirewallRule { port: 3390 }]).await.expect("done");
    assert_eq!(receipts[0].undo, [GuestAction::AddFirewallRule { port: 3390, sources }]);
}

#[tokio::test]
async fn the_rule_group_and_the_profiles_are_switched_and_put_back() {
    let guest =
        guest("[firewall]\nremote-desktop = \"off\"\nprofiles = { public = false }", Form::File);
    let on =
        GuestAction::SetFirewallProfile { profile: FirewallProfile::Public, state: Switch::On };
    let receipts = order(&guest, &[GuestAction::EnableRemoteDesktopRules, on]).await.expect("done");
    let survey = observe(&guest).await.expect("a survey");
    let rules = survey.firewall_rules.expect("rules");
    assert!(rules["RemoteDesktop-UserMode-In-TCP"].contains("|Active=TRUE|"));
    let off =
        GuestAction::SetFirewallProfile { profile: FirewallProfile::Public, state: Switch::Off };
    assert_eq!(receipts[1].undo, [off]);
    let back: Vec<bool> = receipts[0].undo.iter().map(|action| matches!(action, GuestAction::SetRegistry { data: RegData::Sz(rule), .. } if rule.contains("|Active=FALSE|"))).collect();
    assert_eq!(back, [true, true, true]);
}

#[tokio::test]
async fn a_key_that_the_service_cannot_read_is_repaired_and_the_service_listens_again() {
    for world in ["no-network-service", "deny-system", "deny-network-service", "locked"] {
        let guest = guest(&format!("machine-keys = \"{world}\""), Form::Lines);
        let take_ownership = world == "locked";
        let repair = GuestAction::RepairKeyAcl {
            file: KEY.to_owned(),
            third: KeyHolder::SessionEnv,
            take_ownership,
            folder: false,
        };
        order(&guest, &[repair, GuestAction::RestartRdp { session_env: false }])
            .await
            .expect("done");
        let survey = observe(&guest).await.expect("a survey");
        let dacl = survey.acl_keys.expect("keys")[0].1.clone();
        assert!(
            dacl.contains(";;;SY)") && dacl.contains(";;;NS)") && !dacl.contains("(D;"),
            "{world}: {dacl}"
        );
        assert!(listens(&observe(&guest).await.expect("a survey"), 3389), "{world}");
    }
}

#[tokio::test]
async fn a_retired_key_gives_way_to_a_new_one() {
    let guest = guest("", Form::Lines);
    let certificates = r"HKLM\SOFTWARE\Microsoft\SystemCertificates\Remote Desktop\Certificates";
    let before = observe(&guest).await.expect("a survey");
    let old: Vec<String> = before
        .registry
        .below(certificates)
        .map(|(key, _)| format!("HKLM\\{}", &key[5..]))
        .collect();
    let actions = [
        GuestAction::RetireKey { file: KEY.to_owned() },
        GuestAction::DeleteRegistryKey { key: old[0].clone(), setting: Setting::RemoteConnections },
        GuestAction::RestartRdp { session_env: true },
    ];
    order(&guest, &actions).await.expect("done");
    let after = observe(&guest).await.expect("a survey");
    let new: Vec<&str> = after.registry.below(certificates).map(|(key, _)| key).collect();
    assert_eq!(new.len(), 1);
    assert_ne!(format!("HKLM\\{}", &new[0][5..]), old[0]);
    let keys: Vec<String> =
        after.acl_keys.expect("keys").into_iter().map(|(name, _)| name).collect();
    assert!(
        keys.contains(&KEY.to_owned()) && keys.contains(&format!("{KEY}.rdpctl-run-1")),
        "{keys:?}"
    );
}

#[tokio::test]
async fn safe_mode_is_left_by_a_reboot_that_proves_itself() {
    let guest = guest("boot = \"safe-network\"", Form::File);
    let actions =
        [GuestAction::DeleteBootElement { element: BootElement::Safeboot }, GuestAction::Reboot];
    order(&guest, &actions).await.expect("done");
    assert_eq!(observe(&guest).await.expect("a survey").boot_nonce, Ok(Some("run-1".to_owned())));
    pass(&guest, Duration::from_mins(15));
    let survey = observe(&guest).await.expect("a survey");
    assert_eq!(survey.boot_nonce, Ok(None));
    assert_eq!(
        survey.registry.key(r"HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot\Option"),
        Ok(None)
    );
}

#[tokio::test]
async fn the_serial_console_is_turned_on() {
    let guest = guest("", Form::Lines);
    said(&guest, "bcdedit /ems {current} off");
    order(&guest, &[GuestAction::EnableSerialConsole]).await.expect("done");
    let loader =
        r"HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\260000b0";
    let survey = observe(&guest).await.expect("a survey");
    assert_eq!(survey.registry.value(loader, "Element"), Ok(Some(&RegData::Binary(vec![1]))));
}

#[tokio::test]
async fn policy_is_held_and_refreshed() {
    let policy =
        format!("[[domain-policy]]\nkey = '{TS}'\nname = \"fDenyTSConnections\"\nvalue = 1\n");
    let guest = guest(&policy, Form::Lines);
    order(&guest, &[set(TS, "fDenyTSConnections", RegData::Dword(0))]).await.expect("done");
    order(&guest, &[GuestAction::RefreshPolicy { keeps: Vec::new() }]).await.expect("done");
    let survey = observe(&guest).await.expect("a survey");
    assert_eq!(survey.registry.dword(TS, "fDenyTSConnections"), Ok(Some(1)));
    let hold =
        GuestAction::SetServiceStart { service: "gpsvc".to_owned(), start: StartType::Disabled };
    order(&guest, &[hold]).await.expect("done");
    let survey = observe(&guest).await.expect("a survey");
    assert_eq!(
        survey.registry.dword(r"HKLM\SYSTEM\CurrentControlSet\Services\gpsvc", "Start"),
        Ok(Some(4))
    );
}

/// The values that a switch would put back, and the order that needs one.
fn switched() -> [GuestAction; 2] {
    let dump = set(
        r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl",
        "DumpFile",
        RegData::ExpandSz(r"%SystemRoot%\MEMORY.DMP".to_owned()),
    );
    let restore = vec![
        set(TS, "fDenyTSConnections", RegData::Dword(0)),
        dump,
        GuestAction::RestartRdp { session_env: false },
    ];
    [
        GuestAction::ArmDeadMansSwitch { minutes: 10, restore },
        set(TS, "fDenyTSConnections", RegData::Dword(1)),
    ]
}

#[tokio::test]
async fn a_switch_that_is_not_disarmed_puts_the_values_back_and_leaves_its_mark() {
    for form in [Form::Lines, Form::File] {
        let guest = guest("", form);
        order(&guest, &switched()).await.expect("armed");
        assert!(!listens(&observe(&guest).await.expect("a survey"), 3389));
        pass(&guest, Duration::from_mins(12));
        // The task has restarted the service, which takes its time.
        pass(&guest, Duration::from_mins(1));
        let survey = observe(&guest).await.expect("a survey");
        assert_eq!(survey.registry.dword(TS, "fDenyTSConnections"), Ok(Some(0)), "{form:?}");
        assert_eq!(
            survey.registry.text(r"HKLM\SYSTEM\CurrentControlSet\Control\CrashControl", "DumpFile"),
            Ok(Some(r"%SystemRoot%\MEMORY.DMP"))
        );
        assert!(listens(&survey, 3389));
        assert_eq!(survey.registry.text(r"HKLM\SOFTWARE\rdpctl", "Restored"), Ok(Some("run-1")));
        let receipts = order(&guest, &[GuestAction::DisarmDeadMansSwitch]).await.expect("removed");
        let note = rdpctl_words::english(&receipts[0].note);
        assert!(note.contains("it had fired"), "{note}");
        assert_eq!(
            observe(&guest).await.expect("a survey").registry.key(r"HKLM\SOFTWARE\rdpctl"),
            Ok(None)
        );
    }
}

#[tokio::test]
async fn a_switch_that_is_disarmed_in_time_does_nothing() {
    let guest = guest("", Form::Lines);
    order(&guest, &switched()).await.expect("armed");
    assert_eq!(
        observe(&guest).await.expect("a survey").registry.text(r"HKLM\SOFTWARE\rdpctl", "Switch"),
        Ok(Some("run-1"))
    );
    order(&guest, &[GuestAction::DisarmDeadMansSwitch]).await.expect("removed");
    pass(&guest, Duration::from_mins(30));
    let survey = observe(&guest).await.expect("a survey");
    assert_eq!(survey.registry.dword(TS, "fDenyTSConnections"), Ok(Some(1)));
    assert_eq!(survey.registry.key(r"HKLM\SOFTWARE\rdpctl"), Ok(None));
}

#[tokio::test]
async fn winrm_is_made_to_answer() {
    let world = "[services]\nWinRM = { start = \"disabled\", state = \"stopped\" }\n\
                 [registry]\n'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WSMAN\\Listener\\*+HTTP' = false\n";
    for form in FORMS {
        let guest = guest(world, form);
        let bootstrap = [GuestAction::BootstrapWinrm { sources: Vec::new() }];
        assert!(!listens(&observe(&guest).await.expect("a survey"), 5986));
        let receipts = order(&guest, &bootstrap).await.expect("done");
        let survey = observe(&guest).await.expect("a survey");
        assert!(listens(&survey, 5986) && !listens(&survey, 5985));
        assert_eq!(state(&survey, "winrm"), Some(RunState::Running));
        let certificate = survey.winrm_certificate.expect("it was asked");
        assert!(certificate.is_some());
        // Once more changes nothing, and is taken back to where it was: set up.
        let again = order(&guest, &bootstrap).await.expect("done");
        let survey = observe(&guest).await.expect("a survey");
        assert_eq!(survey.winrm_certificate.as_ref(), Ok(&certificate));
        assert_eq!(again[0].undo[0], bootstrap[0]);
        // Cut off before the listener was made, it goes on with the certificate that is there.
        said(&guest, &format!("reg delete \"{}\" /f", rdpctl_model::action::WINRM_LISTENER));
        order(&guest, &bootstrap).await.expect("done");
        let survey = observe(&guest).await.expect("a survey");
        assert_eq!(survey.winrm_certificate, Ok(certificate));
        order(&guest, &receipts[0].undo).await.expect("taken back");
        let survey = observe(&guest).await.expect("a survey");
        assert!(!listens(&survey, 5986));
        assert_eq!(survey.winrm_certificate, Ok(None));
    }
}

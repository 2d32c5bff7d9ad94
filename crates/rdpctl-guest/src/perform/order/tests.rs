//! Orders: what is sent, when it stops, and what is told of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proptest::prelude::*;
use rdpctl_model::guest::RegData;
use rdpctl_model::step::{BootElement, FirewallProfile, KeyHolder, Setting, StartType, Switch};

use super::*;
use crate::script::LINE_LIMIT;

const TS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";
const PRINTED: &str =
    "\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\n    ";

fn deny(number: u32) -> GuestAction {
    GuestAction::SetRegistry {
        key: TS.to_owned(),
        name: "fDenyTSConnections".to_owned(),
        data: RegData::Dword(number),
        setting: Setting::RemoteConnections,
    }
}

fn start() -> GuestAction {
    GuestAction::SetServiceStart { service: "TermService".to_owned(), start: StartType::Auto }
}

fn order(actions: &[GuestAction], form: Form) -> Performance {
    match Performance::new(Nonce::from_number(0x7f3a), actions, "run-1", form) {
        Ok(performance) => performance,
        Err(refused) => panic!("{refused:?}"),
    }
}

/// Replies to all scripts: what is given per tag, else exit code 0 and silence.
fn replies(performance: &Performance, given: &[(&str, i32, &str)]) -> Vec<Vec<u8>> {
    let given: BTreeMap<&str, (i32, &str)> =
        given.iter().map(|(tag, exit, text)| (*tag, (*exit, *text))).collect();
    let mut failed = false;
    let mut all = Vec::new();
    for (batch, _) in &performance.parts {
        let mut text = String::new();
        for tag in batch.tags() {
            let (exit, body) = given.get(tag.as_str()).copied().unwrap_or((0, ""));
            if failed {
                write!(text, "#00007f3a K {tag}\r\n").expect("a string grows");
                continue;
            }
            write!(text, "#00007f3a B {tag}\r\n{body}\r\n#00007f3a E {exit}\r\n")
                .expect("a string grows");
            failed |=
                performance.command(tag).is_some_and(|command| !command.ok_codes.contains(&exit));
        }
        all.push(format!("{text}#00007f3a Z\r\n").into_bytes());
    }
    all
}

#[test]
fn an_order_is_one_line_whose_commands_stop_at_the_first_failure() {
    let performance = order(&[deny(0)], Form::Lines);
    let Some(Script::Lines(lines)) = performance.scripts().next() else { panic!("no line") };
    insta::assert_snapshot!(lines[0].replace('&', "&\n").replace("&\n1", "&1"), @r#"
        %SystemRoot%\System32\cmd.exe /v:on /d /q /s /c "set NoDefaultCurrentDirectoryInExePath=1&
        set X=!SystemRoot!\System32&
        set D=!SystemRoot!\rdpctl&
        (if not exist !D!\ md !D! 2>nul)&
        !X!\icacls.exe !D! /inheritance:r /grant:r "*S-1-5-18:(OI)(CI)F" "*S-1-5-32-544:(OI)(CI)F" >nul 2>&1&
        (if not !errorlevel!==0 (echo #00007f3a X made&
        exit /b 1))&
        md !D!\00007f3a 2>nul&
        cd /d !D!\00007f3a 2>nul&
        (if /i not "!cd!"=="!D!\00007f3a" (echo #00007f3a X entered&
        exit /b 1))&
        !X!\icacls.exe !D! >a 2>nul&
        !X!\findstr.exe /c:":(" a >b&
        set Q=0&
        (for /f "delims=" %q in (b) do set /a Q+=1 >nul)&
        (if not !Q!==2 (echo #00007f3a X open&
        cd ..&
        rd /s /q 00007f3a&
        exit /b 1))&
        chcp 65001 >nul&
        set F=0&
        echo #00007f3a B oemcp&
        !X!\reg.exe query HKLM\SYSTEM\CurrentControlSet\Control\Nls\CodePage /v OEMCP /reg:64 2>nul&
        echo #00007f3a E !errorlevel!&
        (if !F!==0 (echo #00007f3a B 0/was/0&
        %SystemRoot%\System32\reg.exe query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v "fDenyTSConnections" /reg:64 2>nul&
        echo #00007f3a E !errorlevel!) else echo #00007f3a K 0/was/0)&
        (if !F!==0 (echo #00007f3a B 0/do/0&
        %SystemRoot%\System32\reg.exe add "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v "fDenyTSConnections" /t REG_DWORD /d 0 /f /reg:64 >nul 2>&1&
        set R=!errorlevel!&
        echo #00007f3a E !R!&
        if !R! neq 0 set F=1) else echo #00007f3a K 0/do/0)&
        (if !F!==0 (echo #00007f3a B 0/is/0&
        %SystemRoot%\System32\reg.exe query "HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server" /v "fDenyTSConnections" /reg:64 2>nul&
        echo #00007f3a E !errorlevel!) else echo #00007f3a K 0/is/0)&
        cd ..&
        rd /s /q 00007f3a&
        echo #00007f3a Z"
        "#);
}

#[test]
fn what_was_there_before_becomes_the_way_back() {
    let performance = order(&[deny(0), start()], Form::File);
    let one = format!("{PRINTED}fDenyTSConnections    REG_DWORD    0x1\n");
    let zero = format!("{PRINTED}fDenyTSConnections    REG_DWORD    0x0\n");
    let service = "\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\TermService\n    Start    REG_DWORD    ";
    let done = performance.read(&replies(
        &performance,
        &[
            ("0/was/0", 0, &one),
            ("0/is/0", 0, &zero),
            ("1/was/0", 0, &format!("{service}0x4\n")),
            ("1/is/0", 0, &format!("{service}0x2\n")),
        ],
    ));
    let back = GuestAction::SetServiceStart {
        service: "TermService".to_owned(),
        start: StartType::Disabled,
    };
    assert_eq!(
        done,
        Ok(vec![
            Done { note: say::exit_codes(vec!["0"]), undo: vec![deny(1)] },
            Done { note: say::exit_codes(vec!["0"]), undo: vec![back] },
        ])
    );
}

#[test]
fn a_value_that_was_absent_is_deleted_on_the_way_back() {
    let performance = order(&[deny(0)], Form::Lines);
    let zero = format!("{PRINTED}fDenyTSConnections    REG_DWORD    0x0\n");
    let done =
        performance.read(&replies(&performance, &[("0/was/0", 1, ""), ("0/is/0", 0, &zero)]));
    let back = GuestAction::DeleteRegistryValue {
        key: TS.to_owned(),
        name: "fDenyTSConnections".to_owned(),
        setting: Setting::RemoteConnections,
    };
    assert_eq!(done.map(|done| done[0].undo.clone()), Ok(vec![back]));
}

#[test]
fn a_failed_command_names_itself_and_nothing_after_it_ran() {
    let performance = order(&[start(), deny(0)], Form::Lines);
    let replies = replies(&performance, &[("0/do/0", 1060, "")]);
    let Err(Failure::Failed { action, command, exit }) = performance.read(&replies) else {
        panic!("no failure")
    };
    assert_eq!((action, exit), (0, 1060));
    assert!(command.contains("sc.exe config TermService start= auto"), "{command}");
    assert!(!performance.goes_on(0, &replies[0]));
}

#[test]
fn a_state_that_does_not_follow_is_a_failure_although_every_command_succeeded() {
    let performance = order(&[deny(0)], Form::Lines);
    let one = format!("{PRINTED}fDenyTSConnections    REG_DWORD    0x1\n");
    let outcome = performance.read(&replies(&performance, &[("0/is/0", 0, &one)]));
    let Err(Failure::NotProved { action: 0, found, .. }) = outcome else { panic!("{outcome:?}") };
    assert_eq!(rdpctl_words::english(&found), "fDenyTSConnections is 1");
}

#[test]
fn a_cut_or_empty_reply_leaves_the_outcome_unknown() {
    let performance = order(&[deny(0), start()], Form::Lines);
    let zero = format!("{PRINTED}fDenyTSConnections    REG_DWORD    0x0\n");
    let mut replies = replies(&performance, &[("0/is/0", 0, &zero)]);
    let text = String::from_utf8_lossy(&replies[0]).into_owned();
    let at = text.find("1/do/0").unwrap_or_default();
    replies[0].truncate(at);
    assert!(matches!(performance.read(&replies), Err(Failure::Unknown { action: 1, .. })));
    assert!(!performance.goes_on(0, &replies[0]));
    assert!(matches!(performance.read(&[Vec::new()]), Err(Failure::Unknown { action: 0, .. })));
    assert!(matches!(performance.read(&[]), Err(Failure::Unknown { action: 0, .. })));
}

#[test]
fn firewall_rules_come_back_as_they_were() {
    let add = GuestAction::AddFirewallRule { port: 3390, sources: Vec::new() };
    let delete = GuestAction::DeleteFirewallRule { port: 3390 };
    let rule = "    {0A}    REG_SZ    v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=3390|RA4=203.0.113.0/255.255.255.0|\
                RA4=198.51.100.7|RA6=2001:db8::/32|Name=rdpctl-rdp-tcp-3390|\n";
    let performance = order(std::slice::from_ref(&delete), Form::Lines);
    let gone = [("0/is/0", 1, "rc 1\n")];
    let done =
        performance.read(&replies(&performance, &[&gone[..], &[("0/was/0", 0, rule)]].concat()));
    let sources = ["203.0.113.0/24", "198.51.100.7/32", "2001:db8::/32"]
        .iter()
        .filter_map(|text| text.parse().ok());
    let back = GuestAction::AddFirewallRule { port: 3390, sources: sources.collect() };
    assert_eq!(done.map(|done| done[0].undo.clone()), Ok(vec![back]));

    let performance = order(&[add], Form::Lines);
    let there = format!("{rule}rc 0\n");
    let done =
        performance.read(&replies(&performance, &[("0/was/0", 1, ""), ("0/is/0", 0, &there)]));
    assert_eq!(done.map(|done| done[0].undo.clone()), Ok(vec![delete]));
}

#[test]
fn what_cannot_be_written_back_is_said_to_be_lost() {
    let performance = order(&[deny(0)], Form::Lines);
    let odd = format!("{PRINTED}fDenyTSConnections    REG_SZ    say \"no\"\n");
    let zero = format!("{PRINTED}fDenyTSConnections    REG_DWORD    0x0\n");
    let done =
        performance.read(&replies(&performance, &[("0/was/0", 0, &odd), ("0/is/0", 0, &zero)]));
    let note = say::and_not_recorded(say::exit_codes(vec!["0"]));
    assert_eq!(done, Ok(vec![Done { note, undo: Vec::new() }]));
}

#[test]
fn a_switch_that_fired_says_so_when_it_is_removed() {
    let performance = order(&[GuestAction::DisarmDeadMansSwitch], Form::Lines);
    let fired = "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\rdpctl\n    Switch    REG_SZ    run-0\n    Restored    REG_SZ    run-0\n";
    let given = [("0/was/0", 0, fired), ("0/do/1", 1, ""), ("0/is/0", 1, "")];
    let done = performance.read(&replies(&performance, &given));
    let notes: Vec<String> = done
        .unwrap_or_default()
        .into_iter()
        .map(|done| rdpctl_words::english(&done.note))
        .collect();
    assert_eq!(notes, ["exit codes 0, 1, 0, 0; it had fired and put the old values back"]);
}

#[test]
fn a_refused_action_is_named_before_anything_is_sent() {
    let bad = GuestAction::StopService { service: "BFE".to_owned() };
    let refused =
        Performance::new(Nonce::from_number(1), &[deny(0), bad], "t", Form::Lines).map(|_| ());
    assert!(matches!(refused, Err(Refused { action: 1, why: Unrenderable::Protected { .. } })));
}

/// Every kind of action at its largest, as often as a plan could hold it.
fn largest() -> Vec<GuestAction> {
    let key = format!(r"HKLM\SYSTEM\{}", "k".repeat(255));
    let sources: Vec<ipnet::IpNet> = (0..1_000)
        .filter_map(|net| format!("2001:db8:{net:x}:ffff:ffff:ffff:ffff:ffff/128").parse().ok())
        .collect();
    let set = GuestAction::SetRegistry {
        key: key.clone(),
        name: "n".repeat(255),
        data: RegData::Binary(vec![0xab; 2_500]),
        setting: Setting::RemoteConnections,
    };
    let restore: Vec<GuestAction> = (0..20).map(|_| set.clone()).collect();
    let file = format!("f686aace6942fb7f7ceb231212eef4a4_{}", "a".repeat(36));
    let mut actions = Vec::new();
    for _ in 0..4 {
        actions.extend([
            set.clone(),
            GuestAction::DeleteRegistryValue {
                key: key.clone(),
                name: "n".repeat(255),
                setting: Setting::RemoteConnections,
            },
            GuestAction::DeleteRegistryKey {
                key: format!(r"{key}\x"),
                setting: Setting::RemoteConnections,
            },
            start(),
            GuestAction::StartService { service: "s".repeat(200) },
            GuestAction::StopService { service: "s".repeat(200) },
            GuestAction::RestartRdp { session_env: true },
            GuestAction::EnableRemoteDesktopRules,
            GuestAction::AddFirewallRule { port: 65_535, sources: sources.clone() },
            GuestAction::DeleteFirewallRule { port: 65_535 },
            GuestAction::SetFirewallProfile {
                profile: FirewallProfile::Public,
                state: Switch::Off,
            },
            GuestAction::DeleteBootElement { element: BootElement::SafebootAlternateShell },
            GuestAction::EnableSerialConsole,
            GuestAction::RepairKeyAcl {
                file: file.clone(),
                third: KeyHolder::SessionEnv,
                take_ownership: true,
                folder: true,
            },
            GuestAction::RetireKey { file: file.clone() },
            GuestAction::RefreshPolicy { keeps: Vec::new() },
            GuestAction::ArmDeadMansSwitch { minutes: 60, restore: restore.clone() },
            GuestAction::DisarmDeadMansSwitch,
            GuestAction::BootstrapWinrm { sources: sources.clone() },
            GuestAction::Reboot,
        ]);
    }
    actions
}

#[test]
fn every_line_of_the_largest_plan_fits() {
    for form in [Form::Lines, Form::File, Form::Packed { reply: 4_096 }] {
        let performance = order(&largest(), form);
        for script in performance.scripts() {
            match script {
                Script::Lines(lines) => {
                    assert_eq!(lines.len(), 1, "one line is sent at a time");
                    assert!(lines[0].len() <= LINE_LIMIT);
                }
                Script::File(text) | Script::Registered(text) => {
                    assert!(text.len() <= 48_000, "{}", text.len());
                    assert!(text.lines().all(|line| line.len() <= LINE_LIMIT));
                }
            }
        }
        let replies = replies(&performance, &[]);
        assert_eq!(replies.len(), performance.scripts().len());
    }
}

#[test]
fn data_that_fits_no_line_is_refused() {
    let set = GuestAction::SetRegistry {
        key: TS.to_owned(),
        name: "B".to_owned(),
        data: RegData::Binary(vec![0; 5_000]),
        setting: Setting::RemoteConnections,
    };
    for form in [Form::Lines, Form::File] {
        let refused =
            Performance::new(Nonce::from_number(1), std::slice::from_ref(&set), "t", form)
                .map(|_| ());
        assert!(matches!(refused, Err(Refused { why: Unrenderable::TooLong { .. }, .. })));
    }
}

proptest! {
    #[test]
    fn no_reply_makes_the_reading_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let performance = order(&[deny(0), start()], Form::Lines);
        let _ = performance.goes_on(0, &bytes);
        let _ = performance.read(&[bytes]);
    }
}

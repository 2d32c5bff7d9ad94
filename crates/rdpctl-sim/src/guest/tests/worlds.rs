//! Cause and effect: what is broken shows outside, and what repairs it takes effect when Windows
//! says so.

use super::*;
use crate::guest::{KeyMaterial, NotListening, RdpFace, TlsVersion};

const RDP_TCP: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp";
const TS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";
#[test]
fn a_healthy_guest_listens() {
    let listener = listener(&guest(""));
    assert_eq!(
        (listener.port, listener.security_layer, listener.user_authentication),
        (3389, 2, 1)
    );
    assert_eq!(
        listener.tls_versions,
        [TlsVersion::Tls10, TlsVersion::Tls11, TlsVersion::Tls12, TlsVersion::Tls13]
    );
    assert!(matches!(listener.key, KeyMaterial::Usable(_)));
    assert!(listener.certificate.is_some());
    let winrm = guest("").winrm_face(NOW).unwrap();
    assert_eq!((winrm.http, winrm.https), (Some(5985), None));
}

#[test]
fn denying_connections_closes_the_listener_at_once_and_the_policy_wins() {
    let mut guest = guest("");
    must(&mut guest, &format!(r#"reg add "{TS}" /v fDenyTSConnections /t REG_DWORD /d 1 /f"#), 0);
    assert_eq!(silent(&guest), NotListening::Denied);
    let policy = r"HKLM\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services";
    must(
        &mut guest,
        &format!(r#"reg add "{policy}" /v fDenyTSConnections /t REG_DWORD /d 0 /f"#),
        0,
    );
    listener(&guest);
}

#[test]
fn allowing_connections_starts_a_service_that_was_not_needed() {
    let mut guest = guest(&format!("registry.'{TS}' = {{ fDenyTSConnections = 1 }}"));
    assert_eq!(silent(&guest), NotListening::ServiceStopped);
    must(&mut guest, &format!(r#"reg add "{TS}" /v fDenyTSConnections /t REG_DWORD /d 0 /f"#), 0);
    must(&mut guest, "ping -n 4 127.0.0.1 >nul & sc start TermService", 1056);
    listener(&guest);
}

#[test]
fn a_disabled_service_starts_only_once_it_is_enabled() {
    let mut guest = guest("services.TermService.start = 'disabled'");
    assert_eq!(silent(&guest), NotListening::ServiceStopped);
    must(&mut guest, "sc start TermService", 1058);
    must(&mut guest, "net start TermService", 2);
    must(&mut guest, "sc config TermService start= auto", 0);
    must(&mut guest, "sc start TermService", 0);
    must(&mut guest, "sc start TermService & ping -n 3 127.0.0.1", 0);
    must(&mut guest, "sc start TermService", 1056);
    listener(&guest);
}

#[test]
fn a_disabled_dependency_is_the_dependency_s_fault() {
    let mut guest = guest("services.nsi.start = 'disabled'");
    must(&mut guest, "net stop SessionEnv /y & net start SessionEnv", 2);
    must(&mut guest, "sc start SessionEnv", 1068);
    must(&mut guest, "sc config nsi start= auto & sc start SessionEnv", 0);
}

#[test]
fn stopping_takes_dependents_along_only_when_told() {
    let mut guest = guest("");
    must(&mut guest, "sc stop TermService", 1051);
    must(&mut guest, "sc stop gpsvc", 1052);
    must(&mut guest, "net stop TermService /y", 0);
    must(&mut guest, "net stop TermService /y", 2);
    must(&mut guest, "sc stop TermService", 1062);
    assert_eq!(silent(&guest), NotListening::ServiceStopped);
}

#[test]
fn a_hung_service_stays_pending_and_a_crashing_one_says_so() {
    let mut guest = guest(
        "[services.TermService]\nhang = true\nstate = 'stopped'\n\
         [services.SessionEnv]\ncrash = true\nstate = 'stopped'",
    );
    must(&mut guest, "sc start TermService", 0);
    let (text, _) = said(&mut guest, "ping -n 60 127.0.0.1 >nul & sc query TermService");
    assert!(text.contains(": 2  START_PENDING"), "{text}");
    must(&mut guest, "sc start SessionEnv", 1067);
}

#[test]
fn the_port_moves_with_a_restart() {
    let mut guest = guest("");
    must(&mut guest, &format!(r#"reg add "{RDP_TCP}" /v PortNumber /t REG_DWORD /d 3390 /f"#), 0);
    assert_eq!(listener(&guest).port, 3389);
    restart(&mut guest);
    assert_eq!(listener(&guest).port, 3390);
}

#[test]
fn an_intruder_keeps_the_port_until_it_is_stopped_and_rdp_restarted() {
    let mut guest = guest("[ports]\n3389 = { image = 'nginx.exe', service = 'nginx' }");
    let RdpFace::PortTaken { port, image, pid } = guest.rdp_face(NOW) else { panic!() };
    assert_eq!((port, image.as_str()), (3389, "nginx.exe"));
    let (text, _) = said(&mut guest, "netstat -ano|findstr /c:\":3389 \"");
    assert!(text.lines().next().unwrap().ends_with(&format!(" {pid}")), "{text}");
    let (text, _) = said(&mut guest, "tasklist /svc /fo csv /nh|findstr nginx");
    assert_eq!(text, format!("\"nginx.exe\",\"{pid}\",\"nginx\"\r\n"));
    must(&mut guest, "sc config nginx start= demand & net stop nginx /y", 0);
    assert!(!matches!(guest.rdp_face(NOW), RdpFace::Listening(_)));
    restart(&mut guest);
    assert_eq!(listener(&guest).port, 3389);
}

#[test]
fn a_plain_program_leaves_the_port_when_it_is_ended() {
    let mut guest = guest("[ports]\n3389 = { image = 'tunnel.exe' }");
    let RdpFace::PortTaken { pid, .. } = guest.rdp_face(NOW) else { panic!() };
    must(&mut guest, &format!("taskkill /pid {pid} /f"), 0);
    must(&mut guest, &format!("taskkill /pid {pid} /f"), 128);
    restart(&mut guest);
    listener(&guest);
}

#[test]
fn a_listener_that_is_switched_off_or_bound_to_a_lost_adapter_is_silent() {
    for value in ["fEnableWinStation /t REG_DWORD /d 0", "LanAdapter /t REG_DWORD /d 3"] {
        let mut guest = guest("");
        must(&mut guest, &format!(r#"reg add "{RDP_TCP}" /v {value} /f"#), 0);
        listener(&guest);
        restart(&mut guest);
        assert_eq!(silent(&guest), NotListening::ListenerBroken, "{value}");
    }
    let mut guest = guest("");
    must(&mut guest, &format!(r#"reg delete "{RDP_TCP}" /f"#), 0);
    restart(&mut guest);
    assert_eq!(silent(&guest), NotListening::ListenerBroken);
}

#[test]
fn protocols_change_at_the_next_boot() {
    let key = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols";
    let mut guest = guest(&format!(
        r"registry.'{key}\TLS 1.2\Server' = {{ Enabled = 0, DisabledByDefault = 1 }}"
    ));
    assert!(!listener(&guest).tls_versions.contains(&TlsVersion::Tls12));
    must(
        &mut guest,
        &format!(r#"reg add "{key}\TLS 1.2\Server" /v Enabled /t REG_DWORD /d 1 /f"#),
        0,
    );
    reboot(&mut guest);
    // One of the two values is not enough.
    assert!(!listener(&guest).tls_versions.contains(&TlsVersion::Tls12));
    must(
        &mut guest,
        &format!(r#"reg add "{key}\TLS 1.2\Server" /v DisabledByDefault /t REG_DWORD /d 0 /f"#),
        0,
    );
    restart(&mut guest);
    assert!(!listener(&guest).tls_versions.contains(&TlsVersion::Tls12));
    reboot(&mut guest);
    assert!(listener(&guest).tls_versions.contains(&TlsVersion::Tls12));
}

#[test]
fn a_domain_policy_reverts_a_change_unless_its_client_is_held() {
    let world =
        format!("[[domain-policy]]\nkey = '{RDP_TCP}'\nname = 'UserAuthentication'\nvalue = 0");
    let read = format!(r#"reg query "{RDP_TCP}" /v UserAuthentication"#);
    let write = format!(r#"reg add "{RDP_TCP}" /v UserAuthentication /t REG_DWORD /d 1 /f"#);
    let mut guest = guest(&world);
    must(&mut guest, &write, 0);
    must(&mut guest, "gpupdate /target:computer /force /wait:120", 0);
    assert!(said(&mut guest, &read).0.contains("0x0"));
    let hold =
        r"reg add HKLM\SYSTEM\CurrentControlSet\Services\gpsvc /v Start /t REG_DWORD /d 4 /f";
    must(&mut guest, hold, 0);
    reboot(&mut guest);
    must(&mut guest, &write, 0);
    must(&mut guest, "gpupdate /target:computer /force", 1);
    guest.tick(NOW + 8 * 3_600_000);
    assert!(said(&mut guest, &read).0.contains("0x1"));
    must(&mut guest, &hold.replace("/d 4", "/d 2"), 0);
    reboot(&mut guest);
    assert!(said(&mut guest, &read).0.contains("0x0"));
}

#[test]
fn the_policy_refreshes_by_itself_within_two_hours() {
    let key = r"HKLM\SOFTWARE\Policies\Test";
    let mut guest = guest(&format!("[[domain-policy]]\nkey = '{key}'\nname = 'v'\nvalue = 7"));
    must(&mut guest, &format!("reg delete {key} /v v /f"), 0);
    guest.tick(NOW + 2 * 3_600_000);
    assert!(said(&mut guest, &format!("reg query {key} /v v")).0.contains("0x7"));
}

#[test]
fn a_mark_in_volatile_memory_is_gone_after_a_boot() {
    let mark = r"reg add HKLM\HARDWARE\DESCRIPTION\System /v RdpctlBoot /t REG_SZ /d n1 /f";
    let read = r"reg query HKLM\HARDWARE\DESCRIPTION\System /v RdpctlBoot";
    let mut guest = guest("");
    must(&mut guest, mark, 0);
    must(&mut guest, read, 0);
    must(&mut guest, r"reg add HKLM\HARDWARE\Own /v x /d y /f", 1);
    reboot(&mut guest);
    must(&mut guest, read, 1);
}

#[test]
fn safe_mode_ends_with_its_boot_element() {
    let option = r"reg query HKLM\SYSTEM\CurrentControlSet\Control\SafeBoot\Option /v OptionValue";
    let mut guest = guest("boot = 'safe-network'");
    must(&mut guest, option, 0);
    listener(&guest);
    assert!(guest.winrm_face(NOW).is_none());
    must(&mut guest, "bcdedit /deletevalue {current} safeboot", 0);
    must(&mut guest, "bcdedit /deletevalue {current} safeboot", 1);
    reboot(&mut guest);
    must(&mut guest, option, 1);
    assert!(guest.winrm_face(NOW).is_some());
    must(&mut guest, "bcdedit /set {default} safeboot minimal", 0);
    reboot(&mut guest);
    assert_eq!(silent(&guest), NotListening::ServiceStopped);
}

#[test]
fn a_selective_startup_is_undone_service_by_service() {
    let mut guest = guest("boot = 'selective'");
    assert_eq!(silent(&guest), NotListening::ServiceStopped);
    for service in ["TermService", "SessionEnv", "UmRdpService"] {
        let key = format!(r"HKLM\SYSTEM\CurrentControlSet\Services\{service}");
        must(&mut guest, &format!("reg add {key} /v Start /t REG_DWORD /d 3 /f"), 0);
    }
    reboot(&mut guest);
    listener(&guest);
}

#[test]
fn a_dead_man_s_switch_fires_by_the_simulated_clock() {
    let command = format!(r#"reg add \"{RDP_TCP}\" /v PortNumber /t REG_DWORD /d 3389 /f"#);
    let mut guest = guest("");
    must(&mut guest, &format!(r#"reg add "{RDP_TCP}" /v PortNumber /t REG_DWORD /d 3390 /f"#), 0);
    // It is 03:11 in this world.
    must(
        &mut guest,
        &format!(
            r#"schtasks /create /tn rdpctl-undo /sc once /st 03:20 /ru SYSTEM /tr "{command}" /f"#
        ),
        0,
    );
    must(&mut guest, "schtasks /query /tn rdpctl-undo", 0);
    let read = format!(r#"reg query "{RDP_TCP}" /v PortNumber"#);
    guest.tick(NOW + 8 * 60_000);
    assert!(said(&mut guest, &read).0.contains("0xd3e"));
    guest.tick(NOW + 9 * 60_000);
    assert!(said(&mut guest, &read).0.contains("0xd3d"));
    must(&mut guest, "schtasks /delete /tn rdpctl-undo /f", 0);
    must(&mut guest, "schtasks /delete /tn rdpctl-undo /f", 1);
}

#[test]
fn a_task_at_startup_runs_once_for_each_boot() {
    let mut guest = guest("");
    must(
        &mut guest,
        r#"schtasks /create /tn count /sc onstart /ru SYSTEM /tr "cmd /c echo x>>C:\Windows\Temp\boots.txt" /f"#,
        0,
    );
    guest.tick(NOW + 60_000);
    must(&mut guest, r"type C:\Windows\Temp\boots.txt", 1);
    reboot(&mut guest);
    guest.tick(NOW + 3_600_000);
    assert_eq!(said(&mut guest, r"type C:\Windows\Temp\boots.txt").0, "x\r\n");
}

#[test]
fn a_firewall_string_written_into_the_registry_waits_for_the_service_to_read_it() {
    use crate::guest::Transport;
    let from = "203.0.113.7".parse().unwrap();
    let mut guest = guest("firewall.remote-desktop = 'block'");
    let rules = r"HKLM\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules";
    let allow = r"v2.31^|Action=Allow^|Active=TRUE^|Dir=In^|Protocol=6^|LPort=3389^|EmbedCtxt=@FirewallAPI.dll,-28752^|";
    must(
        &mut guest,
        &format!("reg add {rules} /v RemoteDesktop-UserMode-In-TCP /t REG_SZ /d {allow} /f"),
        0,
    );
    assert!(!guest.firewall_allows(Transport::Tcp, 3389, from));
    reboot(&mut guest);
    assert!(guest.firewall_allows(Transport::Tcp, 3389, from));
}

#[test]
fn netsh_takes_effect_at_once() {
    use crate::guest::Transport;
    let from = "203.0.113.7".parse().unwrap();
    let mut guest = guest("firewall.remote-desktop = 'off'");
    let open = |guest: &Guest| guest.firewall_allows(Transport::Tcp, 3389, from);
    assert!(!open(&guest));
    let group =
        r#"netsh advfirewall firewall set rule group="@FirewallAPI.dll,-28752" new enable=yes"#;
    must(&mut guest, group, 0);
    assert!(open(&guest));
    must(&mut guest, &group.replace("=yes", "=no"), 0);
    must(
        &mut guest,
        r#"netsh advfirewall firewall set rule group="remote desktop" new enable=yes"#,
        1,
    );
    must(
        &mut guest,
        r#"netsh advfirewall firewall add rule name="rdpctl-rdp" dir=in action=allow enable=yes profile=any protocol=TCP localport=3389 program="%SystemRoot%\system32\svchost.exe" service=termservice remoteip=203.0.113.0/24"#,
        0,
    );
    assert!(open(&guest));
    assert!(!guest.firewall_allows(Transport::Tcp, 3389, "198.51.100.1".parse().unwrap()));
    must(&mut guest, r#"netsh advfirewall firewall delete rule name="rdpctl-rdp""#, 0);
    must(&mut guest, r#"netsh advfirewall firewall delete rule name="rdpctl-rdp""#, 1);
    assert!(!open(&guest));
    must(&mut guest, "netsh advfirewall set publicprofile state off", 0);
    assert!(open(&guest));
}

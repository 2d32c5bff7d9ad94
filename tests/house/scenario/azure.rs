//! Azure's page on the internal error, step by step.

use super::estate::{HEALTHY, Scenario};

/// Step 1.2: another program owns the port: stop it, then Remote Desktop takes its place.
#[test]
fn step_1_2_the_service_that_took_the_port_is_stopped() {
    let scenario = Scenario {
        guest: r#"ports.3389 = { image = "nginx.exe", service = "nginx" }"#,
        guard: r#"stop-service = "ask""#,
        allow: "stop-service",
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ port          port 3389 belongs to nginx (nginx.exe) → TermService on port 3389
              > reachable     follows from port
                  de-agent, en-agent, es-agent and 5 more
               1  set nginx to start manual                                                    stops it
               2  stop nginx                                                                   stops it
                  ! held: the guard `stop-service` asks (1, 2)
               3  restart TermService                                                    drops sessions
               4  prove it: RDP handshake from outside on port 3389
                  ! held: behind 1 (3, 4)
    B      8  ✗ port          port 3389 belongs to nginx (nginx.exe) → TermService on port 3389
              > reachable     follows from port
                  de-winrm, en-winrm, es-winrm and 5 more
               5  set nginx to start manual                                                    stops it
               6  stop nginx                                                                   stops it
                  ! held: the guard `stop-service` asks (5, 6)
               7  restart TermService                                                    drops sessions
               8  prove it: RDP handshake from outside on port 3389
                  ! held: behind 5 (7, 8)

    Plan       nothing can be done now
    Held       8 steps on 16 instances: stop-service (A, B)
               would drop sessions on 16 instances; nobody was logged on
    ");
}

/// Step 1.3: the port cannot be had: Remote Desktop moves, doors first.
#[test]
fn step_1_3_remote_desktop_moves_to_another_port_behind_doors_opened_before() {
    let scenario = Scenario { profile: &[("port", "3390")], ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ ingress       port 3390 closed → port 3390 open to 198.51.100.0/24
              ✗ port          port 3389 → TermService on port 3390
              ✗ firewall      port 3390 not let in → on, lets port 3390 in
              > reachable     follows from ingress
                  de-agent, en-agent, es-agent and 5 more
               1  sg-open0001: insert ACCEPT tcp 3390 from 198.51.100.0/24 at index 2 (concerns 16 instances)  opens 3390
               2  firewall: add a firewall rule for port 3390, TCP and UDP                   opens 3390
               3  port: set HKLM\...\WinStations\RDP-Tcp\PortNumber to 3390, after 1, 2
               4  restart TermService                                                    drops sessions
               5  prove it: RDP handshake from outside on port 3390
    B      8  ✗ ingress       port 3390 closed → port 3390 open to 198.51.100.0/24
              ✗ port          port 3389 → TermService on port 3390
              ✗ firewall      port 3390 not let in → on, lets port 3390 in
              > reachable     follows from ingress
                  de-winrm, en-winrm, es-winrm and 5 more
               6  sg-open0001: insert ACCEPT tcp 3390 from 198.51.100.0/24 at index 2 (concerns 16 instances)  opens 3390
               7  port: arm a dead man's switch of 15 minutes
               8  firewall: add a firewall rule for port 3390, TCP and UDP                   opens 3390
               9  port: set HKLM\...\WinStations\RDP-Tcp\PortNumber to 3390, after 6, 7, 8
               10  restart TermService                                                    drops sessions
               11  prove it: RDP handshake from outside on port 3390
               12  port: disarm the dead man's switch

    Plan       80 changes on 16 instances (A, B)
               opens: Windows firewall lets port 3390 in (on 16); port 3390 opened to 198.51.100.0/24 (on 16)
               drops sessions on 16 instances; nobody was logged on
               no reboot, no money; about 28 API calls, 72 guest round trips, 84 s
    ");
}

/// Step 2.1: the certificate has expired: it is deleted, and Windows makes a new one.
#[test]
fn step_2_1_an_expired_certificate_is_renewed() {
    let scenario = Scenario { guest: r#"certificate = "expired""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Differ, but answer
    A      8  ~ certificate   expired → valid for 14 days
              > reachable     follows from certificate
                  de-agent, en-agent, es-agent and 5 more
               1  delete the RDP certificate in use
               2  restart SessionEnv and TermService                                     drops sessions
               3  prove it: RDP handshake from outside on port 3389
    B      8  ~ certificate   expired → valid for 14 days
              > reachable     follows from certificate
                  de-winrm, en-winrm, es-winrm and 5 more
               4  delete the RDP certificate in use
               5  restart SessionEnv and TermService                                     drops sessions
               6  prove it: RDP handshake from outside on port 3389

    Plan       32 changes on 16 instances (A, B)
               drops sessions on 16 instances; nobody was logged on
               no reboot, no money; about 24 API calls, 64 guest round trips, 78 s
    ");
}

/// Step 2.3: the key cannot be read: its list is repaired, and no other key's.
#[test]
fn step_2_3_the_key_is_made_readable_again() {
    let scenario = Scenario { guest: r#"machine-keys = "no-network-service""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ machine-keys  NETWORK SERVICE cannot read the RDP key → readable by SYSTEM and NETWORK SERVICE
              > reachable     follows from machine-keys
                  de-agent, en-agent, es-agent and 5 more
               1  repair the ACL of the RDP key
               2  restart TermService                                                    drops sessions
               3  prove it: RDP handshake from outside on port 3389
    B      8  ✗ machine-keys  NETWORK SERVICE cannot read the RDP key → readable by SYSTEM and NETWORK SERVICE
              > reachable     follows from machine-keys
                  de-winrm, en-winrm, es-winrm and 5 more
               4  repair the ACL of the RDP key
               5  restart TermService                                                    drops sessions
               6  prove it: RDP handshake from outside on port 3389

    Plan       32 changes on 16 instances (A, B)
               opens: RDP key readable again by SYSTEM and NETWORK SERVICE (on 16)
               drops sessions on 16 instances; nobody was logged on
               no reboot, no money; about 24 API calls, 64 guest round trips, 78 s
    ");
}

/// Step 2.3 again: an entry that denies, which a grant alone would not overcome.
#[test]
fn step_2_3_a_denial_on_the_key_is_removed() {
    let scenario = Scenario { guest: r#"machine-keys = "deny-network-service""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ machine-keys  NETWORK SERVICE cannot read the RDP key → readable by SYSTEM and NETWORK SERVICE
              > reachable     follows from machine-keys
                  de-agent, en-agent, es-agent and 5 more
               1  repair the ACL of the RDP key
               2  restart TermService                                                    drops sessions
               3  prove it: RDP handshake from outside on port 3389
    B      8  ✗ machine-keys  NETWORK SERVICE cannot read the RDP key → readable by SYSTEM and NETWORK SERVICE
              > reachable     follows from machine-keys
                  de-winrm, en-winrm, es-winrm and 5 more
               4  repair the ACL of the RDP key
               5  restart TermService                                                    drops sessions
               6  prove it: RDP handshake from outside on port 3389

    Plan       32 changes on 16 instances (A, B)
               opens: RDP key readable again by SYSTEM and NETWORK SERVICE (on 16)
               drops sessions on 16 instances; nobody was logged on
               no reboot, no money; about 24 API calls, 64 guest round trips, 78 s
    ");
}

/// Step 3.1: TLS is switched off: the declared versions are enabled, with one reboot.
#[test]
fn step_3_1_a_disabled_tls_version_is_enabled() {
    let scenario = Scenario {
        guest: r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server' = { Enabled = 0, DisabledByDefault = 1 }",
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Differ, but answer
    A      8  ~ tls           TLS 1.2 off → 1.0, 1.1, 1.2 on
                  de-agent, en-agent, es-agent and 5 more
               1  set HKLM\...\TLS 1.2\Server\Enabled to 1
               2  set HKLM\...\TLS 1.2\Server\DisabledByDefault to 0
               3  reboot, after 1, 2                                                            reboots
                  ! held: the guard `reboot` asks (1 to 3)
               4  prove it: RDP handshake from outside on port 3389
                  ! held: behind 1
    B      8  ~ tls           TLS 1.2 off → 1.0, 1.1, 1.2 on
                  de-winrm, en-winrm, es-winrm and 5 more
               5  arm a dead man's switch of 15 minutes
               6  set HKLM\...\TLS 1.2\Server\Enabled to 1
               7  set HKLM\...\TLS 1.2\Server\DisabledByDefault to 0, after 5
               8  reboot, after 6, 7                                                            reboots
                  ! held: the guard `reboot` asks (5 to 8)
               9  prove it: RDP handshake from outside on port 3389
                  ! held: behind 6
               10  disarm the dead man's switch, after 5
                  ! held: behind 5

    Plan       nothing can be done now
    Held       10 steps on 16 instances: reboot (A, B)
               would drop sessions on 16 instances; nobody was logged on
               would harden: TLS 1.2 on (on 16)
    ");
}

/// Step 3.3: group policy was left suspended by somebody's repair: it is resumed and refreshed.
#[test]
fn step_3_3_suspended_group_policy_is_resumed() {
    let scenario = Scenario {
        guest: r#"services.gpsvc = { start = "disabled", state = "stopped" }"#,
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Differ, but answer
    A      8  ~ group-policy  suspended: local policies are not applied → running
                  de-agent, en-agent, es-agent and 5 more
               1  resume group policy
               2  refresh group policy
    B      8  ~ group-policy  suspended: local policies are not applied → running
                  de-winrm, en-winrm, es-winrm and 5 more
               3  resume group policy
               4  refresh group policy

    Plan       32 changes on 16 instances (A, B)
               no reboot, no session ends, no money; about 14 API calls, 64 guest round trips, 3 min
    ");
}

/// Step 4: network level authentication is required again, and the security layer is not lowered to 1.
#[test]
fn step_4_network_level_authentication_is_required() {
    let scenario = Scenario {
        guest: r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { UserAuthentication = 0, SecurityLayer = 0 }",
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ nla           UserAuthentication = 0, SecurityLayer = 0 → required
              > reachable     follows from nla
                  de-agent, en-agent, es-agent and 5 more
               1  set HKLM\...\WinStations\RDP-Tcp\UserAuthentication to 1
               2  set HKLM\...\WinStations\RDP-Tcp\SecurityLayer to 2
               3  restart TermService, after 1, 2                                        drops sessions
               4  prove it: RDP handshake from outside on port 3389
    B      8  ✗ nla           UserAuthentication = 0, SecurityLayer = 0 → required
              > reachable     follows from nla
                  de-winrm, en-winrm, es-winrm and 5 more
               5  arm a dead man's switch of 15 minutes
               6  set HKLM\...\WinStations\RDP-Tcp\UserAuthentication to 1
               7  set HKLM\...\WinStations\RDP-Tcp\SecurityLayer to 2, after 5
               8  restart TermService, after 6, 7                                        drops sessions
               9  prove it: RDP handshake from outside on port 3389
               10  disarm the dead man's switch

    Plan       64 changes on 16 instances (A, B)
               hardens: SecurityLayer = 2 (on 16); UserAuthentication = 1 (on 16)
               drops sessions on 16 instances; nobody was logged on
               no reboot, no money; about 24 API calls, 72 guest round trips, 82 s
    ");
}

/// The part on dumps and the serial console, done to a machine that runs.
#[test]
fn dumps_and_the_serial_console_are_enabled() {
    let scenario = Scenario {
        guest: r"
            registry.'HKLM\SYSTEM\CurrentControlSet\Control\CrashControl' = { CrashDumpEnabled = 0, NMICrashDump = 0 }
            registry.'HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\260000b0' = false
        ",
        profile: &[("recovery", r#""enabled""#)],
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Differ, but answer
    A      8  ~ recovery      serial console off, no crash dump, no dump on NMI → enabled
                  de-agent, en-agent, es-agent and 5 more
               1  turn the serial console on
               2  set HKLM\...\Control\CrashControl\CrashDumpEnabled to 1
               3  set HKLM\...\Control\CrashControl\NMICrashDump to 1
               4  reboot, after 1, 2, 3                                                         reboots
                  ! held: the guard `reboot` asks (1 to 4)
               5  prove it: RDP handshake from outside on port 3389
                  ! held: behind 1
    B      8  ~ recovery      serial console off, no crash dump, no dump on NMI → enabled
                  de-winrm, en-winrm, es-winrm and 5 more
               6  turn the serial console on
               7  set HKLM\...\Control\CrashControl\CrashDumpEnabled to 1
               8  set HKLM\...\Control\CrashControl\NMICrashDump to 1
               9  reboot, after 6, 7, 8                                                         reboots
                  ! held: the guard `reboot` asks (6 to 9)
               10  prove it: RDP handshake from outside on port 3389
                  ! held: behind 6

    Plan       nothing can be done now
    Held       10 steps on 16 instances: reboot (A, B)
               would drop sessions on 16 instances; nobody was logged on
    ");
}

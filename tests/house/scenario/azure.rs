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
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ port       port 3389 belongs to nginx (nginx.exe) -> TermService on port 3389
               1. set nginx to start manual   [Azure 1.2]  held: asks for stop-service
               2. stop nginx   after 1  [Azure 1.2]  held: asks for stop-service
      ~ reachable  no answer: filtered on the way, or not running -> answers on port 3389   (follows from port)
               3. restart TermService   after 1, 2  [Azure 2.4]  held behind 1
               4. prove it: RDP handshake from outside on port 3389   after 1, 2, 3  held behind 1

    Plan: 0 changes on 8 instances, 24 held.
    ");
}

/// Step 1.3: the port cannot be had: Remote Desktop moves, doors first.
#[test]
fn step_1_3_remote_desktop_moves_to_another_port_behind_doors_opened_before() {
    let scenario = Scenario { profile: &[("port", "3390")], ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r#"
    4 instances: de-agent, en-agent, ko-agent and 1 more
      ~ ingress    port 3390 closed -> port 3390 open to 198.51.100.0/24
               1. sg-open0001: insert ACCEPT tcp 3390 from 198.51.100.0/24 at index 2 (concerns 8 instances)   [Tencent 4]
      ~ port       port 3389 -> TermService on port 3390
      ~ firewall   port 3390 not let in -> on, lets port 3390 in
               2. add a firewall rule for port 3390, TCP and UDP   [Tencent 6.10-6.14]
               3. port: set WinStations\RDP-Tcp\PortNumber to 3390   after 1, 2  [Azure 1.3]
      ~ reachable  the connection is refused: nothing listens -> answers on port 3390   (follows from ingress)
               4. restart TermService   after 2, 3  [Azure 2.4]
               5. prove it: RDP handshake from outside on port 3390   after 1, 2, 3, 4

    4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ ingress    port 3390 closed -> port 3390 open to 198.51.100.0/24
               1. sg-open0001: insert ACCEPT tcp 3390 from 198.51.100.0/24 at index 2 (concerns 8 instances)   [Tencent 4]
      ~ port       port 3389 -> TermService on port 3390
               2. arm a dead man's switch of 15 minutes
      ~ firewall   port 3390 not let in -> on, lets port 3390 in
               3. add a firewall rule for port 3390, TCP and UDP   [Tencent 6.10-6.14]
               4. port: set WinStations\RDP-Tcp\PortNumber to 3390   after 1, 2, 3  [Azure 1.3]
      ~ reachable  the connection is refused: nothing listens -> answers on port 3390   (follows from ingress)
               5. restart TermService   after 3, 4  [Azure 2.4]
               6. prove it: RDP handshake from outside on port 3390   after 1, 2, 3, 4, 5
               7. port: disarm the dead man's switch   after 1, 2, 3, 4, 5, 6

    Security: opens: Windows firewall lets port 3390 in (on 8); port 3390 opened to 198.51.100.0/24 (on 8).
    Budget: about 30 API calls, 36 guest round trips, 84 s, drops sessions on 8 instances.
    Plan: 40 changes on 8 instances.
    "#);
}

/// Step 2.1: the certificate has expired: it is deleted, and Windows makes a new one.
#[test]
fn step_2_1_an_expired_certificate_is_renewed() {
    let scenario = Scenario { guest: r#"certificate = "expired""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ certificate  expired -> valid for 14 days
               1. delete the RDP certificate in use   [Azure 2.1]
      ~ reachable    answers with an expired certificate -> answers on port 3389   (follows from certificate)
               2. restart SessionEnv and TermService   after 1  [Azure 2.4]
               3. prove it: RDP handshake from outside on port 3389   after 1, 2

    Budget: about 24 API calls, 32 guest round trips, 78 s, drops sessions on 8 instances.
    Plan: 16 changes on 8 instances.
    ");
}

/// Step 2.3: the key cannot be read: its list is repaired, and no other key's.
#[test]
fn step_2_3_the_key_is_made_readable_again() {
    let scenario = Scenario { guest: r#"machine-keys = "no-network-service""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ machine-keys  NETWORK SERVICE cannot read the RDP key -> readable by SYSTEM and NETWORK SERVICE
               1. repair the ACL of the RDP key   [Azure 2.3]
      ~ reachable     TLS does not come about: the “internal error” -> answers on port 3389   (follows from machine-keys)
               2. restart TermService   after 1  [Azure 2.4]
               3. prove it: RDP handshake from outside on port 3389   after 1, 2

    Security: opens: RDP key readable again by SYSTEM and NETWORK SERVICE (on 8).
    Budget: about 24 API calls, 32 guest round trips, 78 s, drops sessions on 8 instances.
    Plan: 16 changes on 8 instances.
    ");
}

/// Step 2.3 again: an entry that denies, which a grant alone would not overcome.
#[test]
fn step_2_3_a_denial_on_the_key_is_removed() {
    let scenario = Scenario { guest: r#"machine-keys = "deny-network-service""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ machine-keys  NETWORK SERVICE cannot read the RDP key -> readable by SYSTEM and NETWORK SERVICE
               1. repair the ACL of the RDP key   [Azure 2.3]
      ~ reachable     TLS does not come about: the “internal error” -> answers on port 3389   (follows from machine-keys)
               2. restart TermService   after 1  [Azure 2.4]
               3. prove it: RDP handshake from outside on port 3389   after 1, 2

    Security: opens: RDP key readable again by SYSTEM and NETWORK SERVICE (on 8).
    Budget: about 24 API calls, 32 guest round trips, 78 s, drops sessions on 8 instances.
    Plan: 16 changes on 8 instances.
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
    4 instances: de-agent, en-agent, ko-agent and 1 more
      ~ tls  TLS 1.2 off -> 1.0, 1.1, 1.2 on
               1. set TLS 1.2\Server\Enabled to 1   [Azure 3.1]  held: asks for reboot
               2. set TLS 1.2\Server\DisabledByDefault to 0   [Azure 3.1]  held: asks for reboot
               3. reboot   after 1, 2  [Azure 2.4]  held: asks for reboot
               4. prove it: RDP handshake from outside on port 3389   after 1, 2, 3  held behind 1

    4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ tls  TLS 1.2 off -> 1.0, 1.1, 1.2 on
               1. arm a dead man's switch of 15 minutes   held: asks for reboot
               2. set TLS 1.2\Server\Enabled to 1   after 1  [Azure 3.1]  held: asks for reboot
               3. set TLS 1.2\Server\DisabledByDefault to 0   after 1  [Azure 3.1]  held: asks for reboot
               4. reboot   after 1, 2, 3  [Azure 2.4]  held: asks for reboot
               5. prove it: RDP handshake from outside on port 3389   after 1, 2, 3, 4  held behind 2
               6. tls: disarm the dead man's switch   after 1  held behind 1

    Security: hardens: TLS 1.2 on (on 8).
    Plan: 0 changes on 8 instances, 32 held.
    ");
}

/// Step 3.3: group policy was left suspended by somebody's repair: it is resumed and refreshed.
#[test]
fn step_3_3_suspended_group_policy_is_resumed() {
    let scenario = Scenario {
        guest: r#"services.gpsvc = { start = "disabled", state = "stopped" }"#,
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ group-policy  suspended: local policies are not applied -> running
               1. resume group policy   [Azure 3.3]
               2. refresh group policy   after 1  [Azure 3.3]

    Budget: about 14 API calls, 32 guest round trips, 3 min.
    Plan: 16 changes on 8 instances.
    ");
}

/// Step 4: network level authentication is required again, and the security layer is not lowered to 1.
#[test]
fn step_4_network_level_authentication_is_required() {
    let scenario = Scenario {
        guest: r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { UserAuthentication = 0, SecurityLayer = 0 }",
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r#"
    4 instances: de-agent, en-agent, ko-agent and 1 more
      ~ nla        UserAuthentication = 0, SecurityLayer = 0 -> required
               1. set WinStations\RDP-Tcp\UserAuthentication to 1   [Azure 4.4]
               2. set WinStations\RDP-Tcp\SecurityLayer to 2   [Azure 4.4]
      ~ reachable  answers, and no TLS comes about -> answers on port 3389   (follows from nla)
               3. restart TermService   after 1, 2  [Azure 2.4]
               4. prove it: RDP handshake from outside on port 3389   after 1, 2, 3

    4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ nla        UserAuthentication = 0, SecurityLayer = 0 -> required
               1. arm a dead man's switch of 15 minutes
               2. set WinStations\RDP-Tcp\UserAuthentication to 1   after 1  [Azure 4.4]
               3. set WinStations\RDP-Tcp\SecurityLayer to 2   after 1  [Azure 4.4]
      ~ reachable  answers, and no TLS comes about -> answers on port 3389   (follows from nla)
               4. restart TermService   after 2, 3  [Azure 2.4]
               5. prove it: RDP handshake from outside on port 3389   after 1, 2, 3, 4
               6. nla: disarm the dead man's switch   after 1, 2, 3, 4, 5

    Security: hardens: SecurityLayer = 2 (on 8); UserAuthentication = 1 (on 8).
    Budget: about 24 API calls, 36 guest round trips, 82 s, drops sessions on 8 instances.
    Plan: 32 changes on 8 instances.
    "#);
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
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ recovery  serial console off, no crash dump, no dump on NMI -> enabled
               1. turn the serial console on   [Azure 4.2]  held: asks for reboot
               2. set Control\CrashControl\CrashDumpEnabled to 1   [Azure 4.2]  held: asks for reboot
               3. set Control\CrashControl\NMICrashDump to 1   [Azure 4.2]  held: asks for reboot
               4. reboot   after 1, 2, 3  [Azure 2.4]  held: asks for reboot
               5. prove it: RDP handshake from outside on port 3389   after 1, 2, 3, 4  held behind 1

    Plan: 0 changes on 8 instances, 32 held.
    ");
}

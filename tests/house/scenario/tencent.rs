//! Tencent's guide, step by step.

use super::estate::{HEALTHY, Scenario, Ways};

/// Step 1: is the instance running? No: start it.
#[test]
fn step_1_a_stopped_instance_is_started_and_then_looked_into() {
    let scenario = Scenario { vm: &[("state", r#""stopped""#)], ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A     16  ✗ power         stopped → running
              ? 11 facets     unknown: the instance does not run; hides boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy, reachable; follows from power
                  de-agent, de-winrm, en-agent and 13 more
               1  start the instance
               2  look into the guest; decides these 11 facets

    Plan       16 changes on 16 instances, then what 2 finds
               no reboot, no session ends, no money; about 36 API calls, 35 guest round trips, 2 min
    Unknown    176 facets
    ");
}

/// Step 2: does it have a public address? No: an elastic one is obtained and bound.
#[test]
fn step_2_an_instance_without_an_address_gets_an_elastic_one() {
    let scenario = Scenario {
        ways: Ways::Agent,
        vm: &[("address", r#""none""#)],
        profile: &[("public-ip", r#""eip""#)],
        allow: "spend",
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ public-ip     no public address → elastic address
              > bandwidth     follows from public-ip
              > reachable     follows from public-ip
                  de-agent, en-agent, es-agent and 5 more
               1  obtain an elastic address with 5 Mbps, or reuse a free one of ours        costs money
                  ! held: the guard `spend` asks
               2  bind the address                                                       opens a way in
               3  prove it: RDP handshake from outside on port 3389
                  ! held: behind 1 (2, 3)

    Plan       nothing can be done now
    Held       3 steps on 8 instances: 1, 2, 3
               would cost money: 8 x elastic addresses, charged by traffic; the price is not quoted
               would open: public address bound (on 8)
    ");
}

/// Step 3: is the bandwidth 0? Yes: raise it to 5 Mbps; here it belongs to the address.
#[test]
fn step_3_an_address_without_bandwidth_gets_5_mbps() {
    let scenario = Scenario {
        ways: Ways::Agent,
        vm: &[("address", r#"{ type = "eip", bandwidth = 0 }"#)],
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ bandwidth     0 Mbps → 5 Mbps
              > reachable     follows from bandwidth
                  de-agent, en-agent, es-agent and 5 more
               1  set the address to 5 Mbps
               2  prove it: RDP handshake from outside on port 3389

    Plan       8 changes on 8 instances
               no reboot, no session ends, no money; about 21 API calls, 8 guest round trips, 12 s
    ");
}

/// Step 3 in an account of the older kind: the bandwidth belongs to the instance.
#[test]
fn step_3_an_instance_without_bandwidth_gets_5_mbps() {
    let scenario = Scenario {
        ways: Ways::Agent,
        account: r#"network-account-type = "LEGACY""#,
        vm: &[
            ("address", r#""wan""#),
            ("bandwidth", r#"{ charge-type = "TRAFFIC_POSTPAID_BY_HOUR", max-out = 0 }"#),
        ],
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ bandwidth     0 Mbps → 5 Mbps
              > reachable     follows from bandwidth
                  de-agent, en-agent, es-agent and 5 more
               1  set the instance to 5 Mbps
               2  prove it: RDP handshake from outside on port 3389

    Plan       8 changes on 8 instances
               no reboot, no session ends, no money; about 21 API calls, 8 guest round trips, 12 s
    ");
}

/// Step 4: is port 3389 open in the security group? No: the smallest rule is added.
#[test]
fn step_4_a_closed_security_group_is_opened_by_one_rule() {
    let scenario = Scenario { vm: &[("security-groups", r#"["sg-shut0001"]"#)], ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ ingress       port 3389 closed → port 3389 open to 198.51.100.0/24
              > reachable     follows from ingress
                  de-agent, en-agent, es-agent and 5 more
               1  sg-shut0001: insert ACCEPT tcp 3389 from 198.51.100.0/24 at index 2 (concerns 16 instances)  opens 3389
               2  prove it: RDP handshake from outside on port 3389
    B      8  ✗ ingress       port 3389 closed → port 3389 open to 198.51.100.0/24
              > reachable     follows from ingress
                  de-winrm, en-winrm, es-winrm and 5 more
               3  sg-shut0001: insert ACCEPT tcp 3389 from 198.51.100.0/24 at index 2 (concerns 16 instances)  opens 3389
               4  prove it: RDP handshake from outside on port 3389

    Plan       16 changes on 16 instances (A, B)
               opens: port 3389 opened to 198.51.100.0/24 (on 16)
               no reboot, no session ends, no money; about 22 API calls, 16 guest round trips, 14 s
    ");
}

/// Step 5.4: are remote connections allowed? No: allow them.
#[test]
fn step_5_4_denied_connections_are_allowed() {
    let scenario = Scenario {
        guest: r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }",
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ remote-desktop  denied → allowed
              > service       follows from remote-desktop
              > reachable     follows from service
                  de-agent, en-agent, es-agent and 5 more
               1  set HKLM\...\Control\Terminal Server\fDenyTSConnections to 0
               2  service: start TermService
               3  prove it: RDP handshake from outside on port 3389, after 1, 2
    B      8  ✗ remote-desktop  denied → allowed
              > service       follows from remote-desktop
              > reachable     follows from service
                  de-winrm, en-winrm, es-winrm and 5 more
               4  set HKLM\...\Control\Terminal Server\fDenyTSConnections to 0
               5  service: start TermService
               6  prove it: RDP handshake from outside on port 3389, after 4, 5

    Plan       32 changes on 16 instances (A, B)
               opens: remote connections allowed (on 16)
               no reboot, no session ends, no money; about 24 API calls, 64 guest round trips, 40 s
    ");
}

/// Step 5.7: does Remote Desktop Services run? No: start it.
#[test]
fn step_5_7_a_disabled_service_is_enabled_and_started() {
    let scenario = Scenario {
        guest: r#"services.TermService = { start = "disabled", state = "stopped" }"#,
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ service       TermService disabled, stopped → auto, running
              > reachable     follows from service
                  de-agent, en-agent, es-agent and 5 more
               1  set TermService to start auto
               2  start TermService
               3  prove it: RDP handshake from outside on port 3389
    B      8  ✗ service       TermService disabled, stopped → auto, running
              > reachable     follows from service
                  de-winrm, en-winrm, es-winrm and 5 more
               4  set TermService to start auto
               5  start TermService
               6  prove it: RDP handshake from outside on port 3389

    Plan       32 changes on 16 instances (A, B)
               no reboot, no session ends, no money; about 24 API calls, 64 guest round trips, 40 s
    ");
}

/// Step 5.10: is it the normal startup? No, a selective one: choose the normal one.
#[test]
fn step_5_10_a_selective_startup_becomes_the_normal_one() {
    let scenario = Scenario { guest: r#"boot = "selective""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ boot          selective startup (3 services switched off) → normal
              > service       follows from boot
              > reachable     follows from boot
                  de-agent, en-agent, es-agent and 5 more
               1  service: set SessionEnv to start manual
               2  service: set TermService to start auto
               3  service: set UmRdpService to start manual
               4  forget MSConfig's note about SessionEnv, after 1, 2, 3
               5  forget MSConfig's note about TermService, after 1, 2, 3
               6  forget MSConfig's note about UmRdpService, after 1, 2, 3
               7  set HKLM\...\MSConfig\state\services to 0
               8  set HKLM\...\MSConfig\state\startup to 0
               9  service: start TermService, after 2
               10  prove it: RDP handshake from outside on port 3389, after 4, 5, 6, 7, 8, 9
    B      8  ✗ boot          selective startup (3 services switched off) → normal
              > service       follows from boot
              > reachable     follows from boot
                  de-winrm, en-winrm, es-winrm and 5 more
               11  service: set SessionEnv to start manual
               12  service: set TermService to start auto
               13  service: set UmRdpService to start manual
               14  forget MSConfig's note about SessionEnv, after 11, 12, 13
               15  forget MSConfig's note about TermService, after 11, 12, 13
               16  forget MSConfig's note about UmRdpService, after 11, 12, 13
               17  set HKLM\...\MSConfig\state\services to 0
               18  set HKLM\...\MSConfig\state\startup to 0
               19  service: start TermService, after 12
               20  prove it: RDP handshake from outside on port 3389, after 14, 15, 16, 17, 18, 19

    Plan       144 changes on 16 instances (A, B)
               no reboot, no session ends, no money; about 24 API calls, 64 guest round trips, 54 s
    ");
}

/// Step 5.10 again: safe mode, which `WinRM` does not survive.
#[test]
fn step_5_10_safe_mode_is_left_with_a_reboot() {
    let scenario = Scenario { ways: Ways::Agent, guest: r#"boot = "safe-network""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Differ, but answer
    A      8  ~ boot          safe mode (network) → normal
                  de-agent, en-agent, es-agent and 5 more
               1  leave safe mode at the next start
               2  reboot                                                                        reboots
                  ! held: the guard `reboot` asks (1, 2)
               3  prove it: RDP handshake from outside on port 3389
                  ! held: behind 1

    Plan       nothing can be done now
    Held       3 steps on 8 instances: 1, 2, 3
               would drop sessions on 8 instances; nobody was logged on
    ");
}

/// Step 6: does the Windows firewall allow Remote Desktop? No: its own rules are enabled, and it stays on.
#[test]
fn step_6_the_firewall_lets_remote_desktop_in() {
    let scenario = Scenario { firewall: r#", remote-desktop = "off""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r"
    Do not answer
    A      8  ✗ firewall      port 3389 not let in → on, lets port 3389 in
              > reachable     follows from firewall
                  de-agent, en-agent, es-agent and 5 more
               1  enable the firewall's rule group for Remote Desktop
               2  prove it: RDP handshake from outside on port 3389
    B      8  ✗ firewall      port 3389 not let in → on, lets port 3389 in
              > reachable     follows from firewall
                  de-winrm, en-winrm, es-winrm and 5 more
               3  enable the firewall's rule group for Remote Desktop
               4  prove it: RDP handshake from outside on port 3389

    Plan       16 changes on 16 instances (A, B)
               opens: Windows firewall lets RDP in (on 16)
               no reboot, no session ends, no money; about 24 API calls, 64 guest round trips, 38 s
    ");
}

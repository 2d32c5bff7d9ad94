//! Tencent's guide, step by step.

use super::estate::{HEALTHY, Scenario, Ways};

/// Step 1: is the instance running? No: start it.
#[test]
fn step_1_a_stopped_instance_is_started_and_then_looked_into() {
    let scenario = Scenario { vm: &[("state", r#""stopped""#)], ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @"
    8 instances: de-agent, de-winrm, en-agent and 5 more
      ~ power      stopped -> running
               1. start the instance   [Tencent 1]
      ? 11 facets  unknown: the instance does not run; hides boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy, reachable   (follows from power)
               2. look into the guest; decides boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy, reachable   after 1

    Budget: about 36 API calls, 19 guest round trips, 2 min.
    Plan: 8 changes on 8 instances, 88 facets unknown.
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
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more
      ~ public-ip  no public address -> elastic address
               1. obtain an elastic address with 5 Mbps, or reuse a free one of ours   [Tencent 2]  held: asks for spend
               2. bind the address   after 1  [Tencent 2]  held behind 1
      ~ bandwidth  no public address, so 0 Mbps -> at least 1 Mbps   (follows from public-ip)
      ~ reachable  no public address to connect to -> answers on port 3389   (follows from public-ip)
               3. prove it: RDP handshake from outside on port 3389   after 1, 2  held behind 1

    Security: opens: public address bound (on 4).
    Plan: 0 changes on 4 instances, 8 held.
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
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more
      ~ bandwidth  0 Mbps -> 5 Mbps
               1. set the address to 5 Mbps   [Tencent 3]
      ~ reachable  no answer: filtered on the way, or not running -> answers on port 3389   (follows from bandwidth)
               2. prove it: RDP handshake from outside on port 3389   after 1

    Budget: about 21 API calls, 4 guest round trips, 12 s.
    Plan: 4 changes on 4 instances.
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
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more
      ~ bandwidth  0 Mbps -> 5 Mbps
               1. set the instance to 5 Mbps   [Tencent 3]
      ~ reachable  no answer: filtered on the way, or not running -> answers on port 3389   (follows from bandwidth)
               2. prove it: RDP handshake from outside on port 3389   after 1

    Budget: about 21 API calls, 4 guest round trips, 12 s.
    Plan: 4 changes on 4 instances.
    ");
}

/// Step 4: is port 3389 open in the security group? No: the smallest rule is added.
#[test]
fn step_4_a_closed_security_group_is_opened_by_one_rule() {
    let scenario = Scenario { vm: &[("security-groups", r#"["sg-shut0001"]"#)], ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ ingress    port 3389 closed -> port 3389 open to 198.51.100.0/24
               1. sg-shut0001: insert ACCEPT tcp 3389 from 198.51.100.0/24 at index 2 (concerns 8 instances)   [Tencent 4]
      ~ reachable  no answer: filtered on the way, or not running -> answers on port 3389   (follows from ingress)
               2. prove it: RDP handshake from outside on port 3389   after 1

    Security: opens: port 3389 opened to 198.51.100.0/24 (on 8).
    Budget: about 24 API calls, 8 guest round trips, 14 s.
    Plan: 8 changes on 8 instances.
    ");
}

/// Step 5.4: are remote connections allowed? No: allow them.
#[test]
fn step_5_4_denied_connections_are_allowed() {
    let scenario = Scenario {
        guest: r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }",
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @r#"
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ remote-desktop  denied -> allowed
               1. set Control\Terminal Server\fDenyTSConnections to 0   [Tencent 5.4, 6.7]
      ~ service         TermService stopped -> auto, running   (follows from remote-desktop)
               2. start TermService   [Tencent 5.7, 6.4]
      ~ reachable       no answer: filtered on the way, or not running -> answers on port 3389   (follows from service)
               3. prove it: RDP handshake from outside on port 3389   after 1, 2

    Security: opens: remote connections allowed (on 8).
    Budget: about 24 API calls, 32 guest round trips, 40 s.
    Plan: 16 changes on 8 instances.
    "#);
}

/// Step 5.7: does Remote Desktop Services run? No: start it.
#[test]
fn step_5_7_a_disabled_service_is_enabled_and_started() {
    let scenario = Scenario {
        guest: r#"services.TermService = { start = "disabled", state = "stopped" }"#,
        ..HEALTHY
    };
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ service    TermService disabled, stopped -> auto, running
               1. set TermService to start auto   [Tencent 5.7, 6.4]
               2. start TermService   after 1  [Tencent 5.7, 6.4]
      ~ reachable  no answer: filtered on the way, or not running -> answers on port 3389   (follows from service)
               3. prove it: RDP handshake from outside on port 3389   after 1, 2

    Budget: about 24 API calls, 32 guest round trips, 40 s.
    Plan: 16 changes on 8 instances.
    ");
}

/// Step 5.10: is it the normal startup? No, a selective one: choose the normal one.
#[test]
fn step_5_10_a_selective_startup_becomes_the_normal_one() {
    let scenario = Scenario { guest: r#"boot = "selective""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @r#"
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ boot       selective startup (3 services switched off) -> normal
      ~ service    SessionEnv disabled, TermService disabled, stopped, UmRdpService disabled -> auto, running   (follows from boot)
               1. set SessionEnv to start manual   [Tencent 5.7, 6.4]
               2. set TermService to start auto   [Tencent 5.7, 6.4]
               3. set UmRdpService to start manual   [Tencent 5.7, 6.4]
               4. boot: delete the key services\SessionEnv   after 1, 2, 3  [Tencent 5.10]
               5. boot: delete the key services\TermService   after 1, 2, 3  [Tencent 5.10]
               6. boot: delete the key services\UmRdpService   after 1, 2, 3  [Tencent 5.10]
               7. boot: set MSConfig\state\services to 0   [Tencent 5.10]
               8. boot: set MSConfig\state\startup to 0   [Tencent 5.10]
               9. start TermService   after 2  [Tencent 5.7, 6.4]
      ~ reachable  no answer: filtered on the way, or not running -> answers on port 3389   (follows from boot)
               10. prove it: RDP handshake from outside on port 3389   after 1, 2, 3, 4, 5, 6, 7, 8, 9

    Budget: about 24 API calls, 32 guest round trips, 54 s.
    Plan: 72 changes on 8 instances.
    "#);
}

/// Step 5.10 again: safe mode, which `WinRM` does not survive.
#[test]
fn step_5_10_safe_mode_is_left_with_a_reboot() {
    let scenario = Scenario { ways: Ways::Agent, guest: r#"boot = "safe-network""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more
      ~ boot  safe mode (network) -> normal
               1. leave safe mode at the next start   [Tencent 5.10]  held: asks for reboot
               2. reboot   after 1  [Azure 2.4]  held: asks for reboot
               3. prove it: RDP handshake from outside on port 3389   after 1, 2  held behind 1

    Plan: 0 changes on 4 instances, 8 held.
    ");
}

/// Step 6: does the Windows firewall allow Remote Desktop? No: its own rules are enabled, and it stays on.
#[test]
fn step_6_the_firewall_lets_remote_desktop_in() {
    let scenario = Scenario { firewall: r#", remote-desktop = "off""#, ..HEALTHY };
    insta::assert_snapshot!(scenario.repaired(), @"
    4 instances: de-agent, en-agent, ko-agent and 1 more; 4 instances: de-winrm, en-winrm, ko-winrm and 1 more
      ~ firewall   port 3389 not let in -> on, lets port 3389 in
               1. enable the firewall's rule group for Remote Desktop   [Tencent 6.10-6.14]
      ~ reachable  no answer: filtered on the way, or not running -> answers on port 3389   (follows from firewall)
               2. prove it: RDP handshake from outside on port 3389   after 1

    Security: opens: Windows firewall lets RDP in (on 8).
    Budget: about 24 API calls, 32 guest round trips, 38 s.
    Plan: 8 changes on 8 instances.
    ");
}

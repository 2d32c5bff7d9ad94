//! Guests that answer badly: cut, mixed, in the wrong code page, with lies and with values that make no sense.
//!
//! What was not understood is unknown or drift with its reason. It is never taken for healthy, and no other guest
//! suffers from it.

use std::fmt::Write;

use crate::tool::Tool;

/// One VM for each way to answer badly, and one that answers well.
pub(crate) fn folder(guests: &[(&str, &str)], profile: &str) -> Tool {
    let tool = Tool::new();
    let mut world = "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
         [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n"
        .to_owned();
    let mut declaration = format!(
        "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n[profile.desk]\n{profile}\n\n"
    );
    for (place, (name, guest)) in guests.iter().enumerate() {
        let _ = writeln!(
            world,
            "[vm.{name}]\nid = \"ins-0bad{place:04}\"\n\n[vm.{name}.guest]\n{guest}\n"
        );
        let _ = writeln!(
            declaration,
            "[instance.{name}]\nprovider = \"gz\"\nid = \"ins-0bad{place:04}\"\nprofile = \"desk\"\n"
        );
    }
    tool.write("world.toml", &world);
    tool.write("rdp.toml", &declaration);
    tool
}

#[test]
fn what_is_not_understood_is_unknown_with_its_reason() {
    let tool = folder(
        &[
            ("well", ""),
            ("cut-at-once", "faults.truncate-output = 10"),
            ("noisy", "faults.noise-every = 3"),
            ("other-page", "language = \"ko\"\nfaults.code-page = 1200"),
            ("no-netstat", "faults.missing = [\"netstat\"]"),
            ("no-reg", "faults.missing = [\"reg\"]"),
            ("denied", "faults.denied = [\"reg\"]"),
            ("hung", "faults.hung = [\"tasklist\"]"),
        ],
        "service = \"auto\"\nport = 3389\nnla = true",
    );
    let drift = tool.sim(&["drift"]).exits(3);
    insta::assert_snapshot!(drift.out, @r#"
    5 of 8 instances cannot be judged.

    Unknown
      ? service   unknown: answer not understood: the query `start/RpcSs` ended with 5
                  on denied; 1 facet follows
      ? service   unknown: answer not understood: the query `start/RpcSs` ended with 9009
                  on no-reg; 1 facet follows
      ? 3 facets  unknown: answer cut short: the packed reply's header, exit code 0, but "1:-----BEG"; hides service, port, nla
                  on cut-at-once
      ? 3 facets  unknown: no answer: TIMEOUT: the command ran out of time; hides service, port, nla
                  on hung
      ? port      unknown: answer not understood: `netstat` ended with 1 and named no listening socket
                  on no-netstat
      ? nla       unknown: answer not understood: the query `C\Control\Terminal Server\WinStations\RDP-Tcp` ended with 5
                  on denied
      ? nla       unknown: answer not understood: the query `C\Control\Terminal Server\WinStations\RDP-Tcp` ended with 9009
                  on no-reg

    In all     5 unknown, 3 as declared
    "#);
}

#[test]
fn values_out_of_range_are_drift_or_unknown_and_never_healthy() {
    let listener =
        r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp'";
    let value = |value: &str| format!("{listener} = {{ {value} }}");
    let guests = [
        ("port-70000", value("PortNumber = 70000")),
        ("port-text", value("PortNumber = 'three'")),
        ("nla-7", value("UserAuthentication = 7")),
        ("nla-text", value("UserAuthentication = 'yes'")),
        ("layer-9", value("SecurityLayer = 9")),
        (
            "start-9",
            r"registry.'HKLM\SYSTEM\CurrentControlSet\Services\TermService' = { Start = 9 }"
                .to_owned(),
        ),
        (
            "start-text",
            r"registry.'HKLM\SYSTEM\CurrentControlSet\Services\TermService' = { Start = 'auto' }"
                .to_owned(),
        ),
    ];
    let guests: Vec<(&str, &str)> =
        guests.iter().map(|(name, guest)| (*name, guest.as_str())).collect();
    let tool = folder(&guests, "service = \"auto\"\nport = 3389\nnla = true");
    let drift = tool.sim(&["drift"]).exits(2);
    insta::assert_snapshot!(drift.out, @r"
    4 of 7 instances differ from what is declared. 3 are unknown.

    Differs
      ~ nla      SecurityLayer = 9 -> required (on 1); UserAuthentication = 7 -> required (on 1)  Azure 4.4
                 on layer-9, nla-7; shows at the negotiation
      ~ service  TermService start type 9, stopped → auto, running                     Tencent 5.7, 6.4
                 on start-9; shows at TCP
      ~ port     port 70000 → TermService on port 3389                                        Azure 1.3
                 on port-70000; shows at TCP

    Unknown
      ? service  unknown: answer not understood: HKLM\SYSTEM\CurrentControlSet\Services\TermService\Start is not a REG_DWORD
                 on start-text
      ? port     unknown: answer not understood: HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp\PortNumber is not a REG_DWORD
                 on port-text
      ? nla      unknown: answer not understood: HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp\UserAuthentication is not a REG_DWORD
                 on nla-text

    In all     4 differ otherwise, 3 unknown
    ");
}

#[test]
fn a_hostile_name_neither_steers_the_terminal_nor_reaches_a_command() {
    let tool = folder(
        &[(
            "web-01",
            "ports.3389 = { image = \"a\\u001B[2J\\u202E\\\"&calc.exe\", service = \"x\\u0007&calc\" }",
        )],
        "port = 3389\n\n[guard]\nstop-service = \"allow\"",
    );
    let plan = tool.sim(&["plan", "--show-commands"]);
    let said = format!("{}{}", plan.out, plan.err);
    let raw = said.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    assert_eq!(raw, None, "{said}");
    insta::assert_snapshot!(plan.out, @r#"
    The instance differs from what is declared.

    web-01  differs  gz  ins-0bad0000  desk
      # port  port 3389 belongs to x�&calc (a�[2J\u{202e}"&calc.exe) → TermService on port 3389
              blocked by the service holds '�', which cannot stand on a command line
              what you can do: mend it in the machine itself, or rename what is called so

    Plan       nothing can be done now
    Blocked    1 facet by what wins over us
    "#);
}

/// What one machine says costs that machine alone: it is told when the plan is made, and stops nothing else.
#[test]
fn a_service_whose_name_stands_on_no_command_line_harms_its_own_machine_only() {
    let nla = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { UserAuthentication = 0 }";
    let hostile = format!("{nla}\nports.3389 = {{ image = \"evil.exe\", service = \"x & y\" }}");
    let names: Vec<String> = (0..200).map(|number| format!("web-{number:03}")).collect();
    let guests: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), if name == "web-100" { hostile.as_str() } else { nla }))
        .collect();
    let tool = folder(&guests, "nla = true\nport = 3389\n\n[guard]\nstop-service = \"allow\"");
    let plan = tool.sim(&["plan", "--target", "web-100"]).exits(0);
    assert!(plan.out.contains("# port"), "blocked: {}", plan.out);
    assert!(plan.out.contains("the service holds '&', which cannot stand on a command line"));
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(3);
    assert!(!applied.out.contains("failed"), "{}", applied.out);
    let drift = tool.sim(&["drift"]).exits(2);
    assert_eq!(
        drift.out.lines().filter(|line| line.starts_with("  ~")).count(),
        0,
        "{}",
        drift.out
    );
    assert_eq!(
        drift.out.lines().filter(|line| line.starts_with("  #")).count(),
        1,
        "{}",
        drift.out
    );
}

/// A command that never ends is ended by the channel; the step has failed, and says so.
#[test]
fn a_hung_command_is_a_failed_step_with_its_reason() {
    let tool = folder(
        &[("web-01", "firewall.remote-desktop = \"off\"\nfaults.hung = [\"netsh\"]")],
        "firewall = \"on\"",
    );
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(3);
    let failed: Vec<&str> = applied.out.lines().filter(|line| line.starts_with("  ✗")).collect();
    insta::assert_snapshot!(failed.join("\n"), @"  ✗ web-01  step 1, enable the firewall's rule group for Remote Desktop: it did not take effect: no active rule of Windows' group for Remote Desktop lets TCP in (the answer was lost: TIMEOUT: the command ran out of time)");
    // Nothing was opened and nobody was asked from outside, and so neither is said.
    assert!(
        !applied.out.contains("Security ") && !applied.out.contains("Proved "),
        "{}",
        applied.out
    );
    tool.sim(&["drift"]).exits(2);
}

/// What Windows, or the way in, cannot do without is not planned to be stopped, whatever the guard says.
#[test]
fn a_service_that_must_not_be_stopped_is_blocked_in_the_plan_and_not_first_when_it_is_carried_out()
{
    for service in ["nsi", "Dhcp", "gpsvc", "BrokerInfrastructure", "RpcSs", "WinRM"] {
        let tool = folder(
            &[(
                "web-01",
                &format!("ports.3389 = {{ image = \"svchost.exe\", service = \"{service}\" }}"),
            )],
            "port = 3389\n\n[guard]\nstop-service = \"allow\"",
        );
        let plan = tool.sim(&["plan", "--detailed-exitcode"]);
        assert!(plan.out.contains("must not be stopped"), "{}", plan.out);
        assert!(plan.out.contains("nothing can be done now"), "{service}: {}", plan.out);
        assert!(!plan.out.contains("allow the guard stop-service"), "{service}: {}", plan.out);
    }
}

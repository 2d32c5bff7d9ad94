//! Hosts without a cloud API: met at their addresses over `WinRM`, planned, repaired and proved like any other, and
//! when the way in is barred, told why.

use std::fmt::Write;

use crate::tool::{Simulator, Tool, closed_in_one_way};

const PASSWORD: &str = "Pa55-word!";

/// A host: its name, keys of its guest in the world, and how it is declared to be reached.
pub(crate) struct Host {
    pub(crate) name: &'static str,
    pub(crate) guest: &'static str,
    pub(crate) access: &'static str,
}

pub(crate) const NTLM: &str = r#"user = "Administrator", password = "env:PASSWORD""#;

/// The hosts' world, served, and a declaration of each at its address.
pub(crate) fn hosts(hosts: &[Host], profile: &str, faults: &str) -> (Tool, Simulator) {
    let tool = Tool::new().with("PASSWORD", PASSWORD).with("WRONG", "not-the-password");
    tool.write("world.toml", &format!("{}{faults}", world(hosts)));
    let simulator = Simulator::start(&tool);
    tool.write("authority.pem", simulator.authority());
    let mut declaration =
        format!("[provider.shop]\nkind = \"static\"\n\n[profile.host]\n{profile}\n");
    for Host { name, access, .. } in hosts {
        let address = simulator.address(name);
        let _ = writeln!(
            declaration,
            "[instance.{name}]\nprovider = \"shop\"\nid = \"{address}\"\nprofile = \"host\"\nguest = {{ {access} }}\n"
        );
    }
    tool.write("rdp.toml", &declaration);
    (tool.trusting(), simulator)
}

fn world(hosts: &[Host]) -> String {
    let mut world = "[world]\nseed = 3\ntime-scale = \"instant\"\n\n\
         [account.somebody]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
         [security-group.sg-open0001]\n\
         ingress = [\"ACCEPT tcp 3389 0.0.0.0/0\", \"ACCEPT tcp 5985-5986 0.0.0.0/0\"]\n\n"
        .to_owned();
    for Host { name, guest, .. } in hosts {
        let _ = writeln!(
            world,
            "[vm.{name}]\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\n\n[vm.{name}.guest]\n\
             users = {{ Administrator = \"{PASSWORD}\", operator = \"{PASSWORD}\" }}\n\
             firewall.rules = [\"v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|LPort=5986|Name=WinRM|\"]\n\
             {guest}\n"
        );
    }
    world
}

/// Guest keys of a host that listens over HTTPS, and takes Basic there.
const HTTPS: &str = r"
registry.'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener\*+HTTPS' = { Port = 5986 }
registry.'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Service' = { auth_basic = 1 }
";

#[test]
fn a_host_is_planned_repaired_and_proved_over_winrm_alone() {
    let broken = Host {
        name: "till-01",
        guest: "language = \"ko\"\nservices.TermService = { start = \"disabled\", state = \"stopped\" }",
        access: NTLM,
    };
    let (tool, simulator) = hosts(&[broken], "extends = \"standard\"", "");
    let plan = tool.run(&["plan"]).exits(0).out.replace(simulator.address("till-01"), "127.x.y.z");
    insta::assert_snapshot!(plan, @r"
    The instance does not answer RDP. 2 steps can be done.

    till-01  does not answer: ends at TCP  shop  127.x.y.z  host
      ✗ service    TermService disabled, stopped → auto, running                       Tencent 5.7, 6.4
            1  set TermService to start auto
            2  start TermService
      > reachable  follows from service
            3  prove it: RDP handshake from outside on port 3389

    Plan       2 changes on 1 instance
               no reboot, no session ends, no money; about 0 API calls, 4 guest round trips, 16 s
    ");
    let applied = tool.run(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
    tool.run(&["drift"]).exits(0);

    let seen = simulator.winrm("till-01");
    assert_eq!(
        (&seen["clear-text-bodies"], &seen["open-shells"]),
        (&0.into(), &0.into()),
        "{seen}"
    );
    assert!(simulator.counters()["total"] == 0, "no cloud was asked");
}

#[test]
fn a_whole_survey_costs_at_most_seven_exchanges_the_log_on_among_them() {
    let healthy = Host { name: "till-01", guest: "", access: NTLM };
    let (tool, simulator) = hosts(&[healthy], "extends = \"standard\"", "");
    tool.run(&["drift"]).exits(0);
    let seen = simulator.winrm("till-01");
    let requests = seen["requests"].as_u64().unwrap();
    assert!((1..=7).contains(&requests), "{seen}");
    assert_eq!((&seen["log-ons"], &seen["shells"]), (&1.into(), &1.into()), "{seen}");
    assert_eq!(seen["commands"], 1, "{seen}");
}

#[test]
fn a_declared_file_of_authorities_is_the_only_one_whatever_else_the_machine_trusts() {
    let till = Host { name: "till-01", guest: HTTPS, access: NTLM };
    let (tool, simulator) = hosts(&[till], "service = \"auto\"", "");
    let another = rdpctl_sim::winrm::Authority::new().unwrap();
    tool.write("another.pem", another.pem());
    let plain = tool.read("rdp.toml");
    let declare = |tool: Tool, winrm: &str| {
        let access = format!("{NTLM}, winrm = {{ {winrm} }}");
        tool.write("rdp.toml", &plain.replace(NTLM, &access));
        tool.trusting()
    };
    let file = |name: &str| tool.path(name).to_str().unwrap().to_owned();
    let (own, strange) = (file("authority.pem"), file("another.pem"));

    // Whom the machine trusts is believed where nothing is declared, and nobody else is.
    let tool = declare(tool, "tls = true").with("SSL_CERT_FILE", &own);
    tool.run(&["drift"]).exits(0);
    let tool = tool.with("SSL_CERT_FILE", &strange);
    let refused = tool.run(&["drift"]).exits(1);
    assert!(refused.out.contains("UnknownIssuer"), "{}", refused.out);

    // Where a file is declared, the machine's authorities are not asked, for or against.
    let tool = declare(tool, "tls = true, ca-file = \"authority.pem\"");
    tool.run(&["drift"]).exits(0);
    let before = simulator.winrm("till-01")["log-ons"].clone();
    let tool = declare(tool, "tls = true, ca-file = \"another.pem\"").with("SSL_CERT_FILE", &own);
    let refused = tool.run(&["drift"]).exits(1);
    assert!(refused.out.contains("UnknownIssuer"), "{}", refused.out);
    assert_eq!(simulator.winrm("till-01")["log-ons"], before, "no password was offered");
}

#[test]
fn over_https_the_authority_is_trusted_and_ntlm_and_basic_log_on() {
    let access = |rest: &'static str| Host { name: "till-01", guest: HTTPS, access: rest };
    for (name, log_on) in [("ntlm", ""), ("basic", ", auth = \"basic\"")] {
        let (tool, simulator) = hosts(&[access(NTLM)], "service = \"auto\"", "");
        let trusted = format!("winrm = {{ tls = true, ca-file = \"authority.pem\"{log_on} }}");
        tool.write("rdp.toml", &tool.read("rdp.toml").replace(NTLM, &format!("{NTLM}, {trusted}")));
        let tool = tool.trusting();
        let drift = tool.run(&["drift"]);
        assert_eq!(drift.code, Some(0), "{name}: {}{}", drift.out, drift.err);
        assert_eq!(simulator.winrm("till-01")["clear-text-bodies"], 0, "{name}");
    }
}

/// A barred way in is unknown, with its reason; it is neither healthy nor an error that hides the other hosts.
#[test]
fn a_barred_way_in_is_told_with_its_reason() {
    let host = |name, access| Host { name, guest: "", access };
    let (tool, simulator) = hosts(
        &[
            host("fine", NTLM),
            host("wrong-password", r#"user = "Administrator", password = "env:WRONG""#),
            host("not-admitted", r#"user = "operator", password = "env:PASSWORD""#),
            host("no-secret", r#"user = "Administrator", password = "env:NOT_SET""#),
            Host {
                name: "untrusted",
                guest: HTTPS,
                access: r#"user = "Administrator", password = "env:PASSWORD", winrm = { tls = true }"#,
            },
            Host {
                name: "no-basic",
                guest: r"registry.'HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WSMAN\Listener\*+HTTPS' = { Port = 5986 }",
                access: r#"user = "Administrator", password = "env:PASSWORD", winrm = { tls = true, ca-file = "authority.pem", auth = "basic" }"#,
            },
            Host {
                name: "switched-off",
                guest: r#"services.WinRM = { start = "disabled", state = "stopped" }"#,
                access: NTLM,
            },
            host("full", NTLM),
            host("stopping", NTLM),
            host("web-page", NTLM),
            host("half", NTLM),
            host("broken-off", NTLM),
            host("restarted", NTLM),
            host("undeclared", ""),
        ],
        "service = \"auto\"",
        r#"
[[fault.winrm]]
vm = "full"
at = "create"
effect = "too-many-shells"
[[fault.winrm]]
vm = "stopping"
at = "create"
effect = "unavailable"
[[fault.winrm]]
vm = "web-page"
at = "receive"
effect = "html"
[[fault.winrm]]
vm = "half"
at = "receive"
effect = "cut-xml"
[[fault.winrm]]
vm = "broken-off"
at = "command"
effect = "close-after"
[[fault.winrm]]
vm = "restarted"
at = "receive"
effect = "lose-shells"
"#,
    );
    let drift = tool.run(&["drift"]).exits(3);
    let drift =
        closed_in_one_way(&drift.out).replace(simulator.address("wrong-password"), "127.x.y.z");
    insta::assert_snapshot!(drift, @r"
    13 of 14 instances cannot be judged.

    Unknown
      ? service  unknown: denied: certificate not trusted: UnknownIssuer
                 on untrusted
      ? service  unknown: denied: winrm: logged on, but remote shells are not allowed: Access is denied.
                 on not-admitted
      ? service  unknown: denied: winrm: wrong user name or password
                 on no-basic
      ? service  unknown: denied: winrm: wrong user name or password (at 127.x.y.z:5985); the credential is suspended, so that the account is not locked out, until this command ends or the secret changes
                 on wrong-password
      ? service  unknown: no answer: sealed response: missing opening boundary (61 bytes)
                 on web-page
      ? service  unknown: no answer: the connection broke: connection closed before message completed
                 on broken-off
      ? service  unknown: no answer: the service's answers say nothing
                 on half
      ? service  unknown: no answer: the shell is gone; the guest may have restarted
                 on restarted
      ? service  unknown: no channel into the guest is declared
                 on undeclared
      ? service  unknown: unreachable: winrm: HTTP 503: the service is stopping or out of resources
                 on stopping
      ? service  unknown: unreachable: winrm: The WS-Management service cannot process the request. This user has exceeded the maximum number of concurrent shells.
                 on full
      ? service  unknown: unreachable: winrm: the connection broke: connection closed before message completed
                 on switched-off
      ? service  unknown: unreachable: winrm: the environment variable NOT_SET is not set
                 on no-secret

    In all     13 unknown, 1 as declared
    ");
    // Another try with the same wrong password may lock somebody out.
    assert!(simulator.winrm("wrong-password")["refused-log-ons"].as_u64().unwrap() <= 2);
    for shells in ["full", "half", "web-page", "broken-off", "restarted", "not-admitted"] {
        assert_eq!(simulator.winrm(shells)["open-shells"], 0, "{shells}");
    }
}

/// The answer to a change is lost: reading back decides, and nothing is done twice.
#[test]
fn a_change_whose_answer_is_lost_is_read_back_and_not_repeated() {
    // The apply's survey gives the first answer and its check the second, so that this concerns the change.
    for (at, effect, commands, code) in [
        ("receive", "close-after", 5, 0),
        ("receive", "cut-xml", 5, 0),
        ("receive", "lose-shells", 5, 0),
        ("command", "close-after", 5, 0),
        ("command", "lose-shells", 3, 3),
        ("command", "close-before", 4, 3),
    ] {
        let broken = Host {
            name: "till-01",
            guest: "services.TermService = { start = \"disabled\", state = \"stopped\" }",
            access: NTLM,
        };
        let fault = format!(
            "[[fault.winrm]]\nvm = \"till-01\"\nat = \"{at}\"\neffect = \"{effect}\"\nafter = 2\ntimes = 1\n"
        );
        let (tool, simulator) = hosts(&[broken], "service = \"auto\"", &fault);
        let first = tool.run(&["apply", "--auto-approve"]);
        let said = format!("{at} {effect}: {}{}", first.out, first.err);
        let ran = simulator.winrm("till-01")["commands"].clone();
        assert_eq!((first.code, ran), (Some(code), commands.into()), "{said}");
        assert_eq!(said.contains("answer lost"), code == 0, "{said}");
        assert_eq!(said.contains("  failed  till-01"), code == 3, "{said}");
        let second = tool.run(&["apply", "--auto-approve"]).exits(0);
        assert!(second.out.contains("No changes"), "{at} {effect}: {}", second.out);
    }
}

/// Over `WinRM` lines come as they are, unpacked: what is missing shows, and what is whole is read among strangers' lines.
#[test]
fn a_cut_answer_is_unknown_and_a_mixed_one_is_read() {
    let host = |name, guest| Host { name, guest, access: NTLM };
    let (tool, _simulator) = hosts(
        &[
            host("fine", ""),
            host("noisy", "faults.noise-every = 3"),
            host("cut", "faults.truncate-output = 3000"),
            host("other-page", "language = \"ko\"\nfaults.code-page = 1200"),
        ],
        "service = \"auto\"\nnla = true",
        "",
    );
    insta::assert_snapshot!(tool.run(&["drift"]).exits(3).out, @r"
    1 of 4 instances cannot be judged.

    Unknown
      ? service  unknown: answer cut short: no answer to `start/RpcSs`
                 on cut
      ? nla      unknown: answer cut short: `C\Control\Terminal Server\WinStations\RDP-Tcp`: the reply ended before it
                 on cut

    In all     1 unknown, 3 as declared
    ");
}

#[test]
fn a_host_that_is_declared_by_a_name_is_dialled_and_probed_where_the_name_leads() {
    let broken = Host {
        name: "till-01",
        guest: "services.TermService = { start = \"disabled\", state = \"stopped\" }",
        access: NTLM,
    };
    let (tool, simulator) = hosts(&[broken], "extends = \"standard\"", "");
    let address: std::net::Ipv4Addr = simulator.address("till-01").parse().unwrap();
    // No address by its form, but every resolver turns it into one.
    let name = format!("{:#x}", u32::from(address));
    let declared = tool.read("rdp.toml").replace(&address.to_string(), &name);
    tool.write("rdp.toml", &declared);
    let tool = tool.trusting();
    let plan = tool.run(&["plan"]).exits(0).out;
    assert!(plan.contains("does not answer: ends at TCP"), "{plan}");
    tool.run(&["apply", "--auto-approve"]).exits(0);
    tool.run(&["drift"]).exits(0);

    tool.write("rdp.toml", &declared.replace(&name, "till-01.invalid"));
    let tool = tool.trusting();
    let plan = tool.run(&["plan"]);
    insta::assert_snapshot!(plan.out, @r"
    Nothing could be looked at: 11 facets unknown on 1 instance.

    till-01  unknown  shop  till-01.invalid  host
      ? 10 facets  unknown: unreachable: winrm: till-01.invalid: failed to lookup address information: Name or service not known; hides boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy
      ? reachable  unknown: unreachable: till-01.invalid: failed to lookup address information: Name or service not known; follows from boot

    Plan       nothing can be done now
    Unknown    11 facets
    ");
    let said = tool.run(&["doctor", "till-01"]).out;
    insta::assert_snapshot!(said.lines().skip(2).take(8).collect::<Vec<_>>().join("\n"), @r"
    Not seen
      ? guest  not reached: winrm: till-01.invalid: failed to lookup address information: Name or service not known
        to know more: open WinRM (5985 or 5986) from here, or use the cloud's agent
      ? outside  not reached: till-01.invalid: failed to lookup address information: Name or service not known
        to know more: correct the name or the address, or look from a machine that reaches it

    Tencent Cloud: cannot connect to a Windows instance over Remote Desktop: 0 questions answered, 0 against (--all)
    ");
}

#[test]
fn a_port_is_no_part_of_where_a_host_is() {
    let tool = Tool::new();
    tool.write(
        "rdp.toml",
        "[provider.shop]\nkind = \"static\"\n\n[instance.till-01]\nprovider = \"shop\"\naddress = \"10.0.0.5:3390\"\nprofile = \"standard\"\n",
    );
    let said = tool.run(&["validate"]).exits(1).err;
    insta::assert_snapshot!(said, @r#"
    error: `10.0.0.5:3390` has a port, which is no part of where a host is
     --> rdp.toml:6:11
      |
    6 | address = "10.0.0.5:3390"
      |           ^^^^^^^^^^^^^^^
      |
      = help: Remote Desktop's is `port` in its profile, WinRM's is guest = { winrm = { port = 5986 } }

    1 mistake in 1 file. Nothing was looked at.
    "#);
}

//! Guests that nothing but their serial console leads into.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixListener;
use std::thread;

use crate::tool::{Simulator, Tool};

pub(crate) const PASSWORD: &str = "Pa55-word!";

/// A served world of one host with that guest, and its declaration over its serial line.
pub(crate) fn host(guest: &str, profile: &str) -> (Tool, Simulator) {
    let tool = Tool::new().with("PASSWORD", PASSWORD).with("WRONG", "not-the-password");
    let mut world = "[world]\nseed = 3\ntime-scale = \"instant\"\n\n\
         [account.somebody]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\n\
         [security-group.sg-open0001]\ningress = [\"ACCEPT tcp 3389 0.0.0.0/0\"]\n\n"
        .to_owned();
    let _ = writeln!(
        world,
        "[vm.till-01]\naddress = \"eip\"\nsecurity-groups = [\"sg-open0001\"]\n\n[vm.till-01.guest]\n\
         users = {{ Administrator = \"{PASSWORD}\" }}\n{guest}"
    );
    tool.write("world.toml", &world);
    let simulator = Simulator::start(&tool);
    declare(
        &tool,
        simulator.address("till-01"),
        &format!("tcp = \"{}\"", simulator.line("till-01")),
        profile,
    );
    (tool.trusting(), simulator)
}

pub(crate) fn declare(tool: &Tool, address: &str, line: &str, profile: &str) {
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.shop]\nkind = \"static\"\n\n[profile.host]\n{profile}\n\n\
             [instance.till-01]\nprovider = \"shop\"\nid = \"{address}\"\nprofile = \"host\"\n\
             guest = {{ via = [\"serial\"], user = \"Administrator\", password = \"env:PASSWORD\", serial = {{ {line} }} }}\n"
        ),
    );
}

pub(crate) const STANDARD: &str = "extends = \"standard\"";

#[test]
fn a_host_is_planned_repaired_and_proved_over_its_serial_line_alone() {
    let broken =
        "language = \"ko\"\nservices.TermService = { start = \"disabled\", state = \"stopped\" }";
    let (tool, simulator) = host(broken, STANDARD);
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
               no reboot, no session ends, no money; about 0 API calls, 4 guest round trips, 3 min
    ");
    let applied = tool.run(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
    let seen = simulator.serial("till-01");
    assert_eq!((&seen["refused"], &seen["channels"]), (&0.into(), &0.into()), "{seen}");
    assert!(simulator.counters()["total"] == 0, "no cloud was asked");
}

#[test]
fn a_survey_costs_at_most_6_kb_up_and_24_kb_down_with_its_echo_and_the_log_on() {
    let (tool, simulator) = host("", STANDARD);
    tool.run(&["drift"]).exits(0);
    let seen = simulator.serial("till-01");
    let bytes = |way: &str| seen[way].as_u64().unwrap();
    assert_eq!(seen["sessions"], 1, "{seen}");
    assert!((1..=6 * 1024).contains(&bytes("up")), "{seen}");
    assert!((1..=24 * 1024).contains(&bytes("down")), "{seen}");
}

/// However small the pieces are in which a screen is painted: what is typed arrives letter by letter, and each is painted
/// with the cursor's place before and behind it.
#[test]
fn a_survey_costs_no_more_where_each_letter_is_painted_by_itself() {
    let letters = "faults = { serial = \"piecemeal\" }";
    let broken = format!(
        "{letters}\nlanguage = \"ko\"\nmachine-keys = \"no-network-service\"\n\
         services.TermService = {{ start = \"disabled\", state = \"stopped\" }}"
    );
    let korean = format!("{letters}\nlanguage = \"ko\"");
    for (guest, drifts) in [(letters, 0), (&korean, 0), (&broken, 2)] {
        let (tool, simulator) = host(guest, STANDARD);
        tool.run(&["drift"]).exits(drifts);
        let seen = simulator.serial("till-01");
        let bytes = |way: &str| seen[way].as_u64().unwrap();
        assert!((1..=6 * 1024).contains(&bytes("up")), "{seen}");
        assert!((1..=24 * 1024).contains(&bytes("down")), "{seen}");
        assert_eq!((&seen["refused"], &seen["channels"]), (&0.into(), &0.into()), "{seen}");
    }
}

/// Without a script that reads keys a line is typed at, and brings the same.
#[test]
fn a_guest_that_reads_no_keys_is_typed_at_and_seen_as_any_other() {
    let unseen = {
        let (tool, simulator) = host("", STANDARD);
        tool.run(&["drift"]).exits(0);
        simulator.serial("till-01")["down"].as_u64().unwrap()
    };
    for fault in
        ["missing = [\"powershell\"]", "denied = [\"powershell\"]", "constrained-powershell = true"]
    {
        let (tool, simulator) = host(&format!("faults = {{ {fault} }}"), STANDARD);
        tool.run(&["drift"]).exits(0);
        let seen = simulator.serial("till-01");
        assert!(seen["down"].as_u64().unwrap() > unseen + 3_000, "{fault}: {seen}");
        assert_eq!((&seen["refused"], &seen["channels"]), (&0.into(), &0.into()), "{seen}");
    }
}

#[test]
fn a_line_on_which_others_write_brings_the_same_answers() {
    let noisy = "faults = { serial = \"noisy\" }";
    let (tool, simulator) = host(noisy, "service = \"auto\"\ntls = [\"1.2\"]");
    tool.run(&["drift"]).exits(0);
    assert_eq!(simulator.serial("till-01")["refused"], 0);
}

#[test]
fn what_bars_the_way_in_is_told_and_a_refused_password_is_not_tried_again() {
    const EMS: &str = r"registry.'HKLM\BCD00000000\Objects\{5189b25c-5558-4bf2-bca4-289b11bd29e2}\Elements\260000b0' = false";
    for (guest, said) in [
        (EMS, "no console answers: emergency management is off"),
        (
            "services.sacsvr = { start = \"disabled\" }",
            "its service sacsvr has not registered: it is not yet started, disabled or broken",
        ),
        (
            r"registry.'HKLM\SYSTEM\CurrentControlSet\Services\sacdrv' = { DisableCmdSessions = 1 }",
            "it is told to open none: DisableCmdSessions of sacdrv",
        ),
        ("faults = { denied = [\"icacls\"] }", "the account must be an administrator"),
        ("faults = { missing = [\"certutil\"] }", "`certutil -decode` or `expand` is blocked"),
    ] {
        let (tool, simulator) = host(guest, "service = \"auto\"");
        let drift = tool.run(&["drift"]).exits(1);
        assert!(drift.out.contains(said), "{said}:\n{}", drift.out);
        let channels = &simulator.serial("till-01")["channels"];
        assert!(channels.is_null() || *channels == 0, "{said}: a channel is left");
    }
    let (tool, simulator) = host("", "service = \"auto\"");
    tool.write("rdp.toml", &tool.read("rdp.toml").replace("env:PASSWORD", "env:WRONG"));
    let tool = tool.trusting();
    let drift = tool.run(&["drift"]).exits(1);
    assert!(drift.out.contains("wrong user name or password"), "{}", drift.out);
    let seen = simulator.serial("till-01");
    assert_eq!((&seen["refused"], &seen["channels"]), (&1.into(), &0.into()), "{seen}");
}

#[test]
fn a_socket_of_a_hypervisor_is_such_a_line_and_only_a_grant_opens_it() {
    let (tool, simulator) = host("", "service = \"auto\"");
    let path = tool.path("till.sock");
    let listener = UnixListener::bind(&path).unwrap();
    let line = simulator.line("till-01").to_owned();
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let machine = TcpStream::connect(&line).unwrap();
            let (ours, theirs) = (client.try_clone().unwrap(), machine.try_clone().unwrap());
            thread::spawn(move || {
                relay(ours, &theirs);
                let _gone = theirs.shutdown(Shutdown::Both);
            });
            thread::spawn(move || relay(machine, &client));
        }
    });
    let unix = format!("unix = \"{}\"", path.display());
    declare(&tool, simulator.address("till-01"), &unix, "service = \"auto\"");
    let tool = tool.granting("");
    let closed = tool.run(&["drift"]).exits(1);
    assert!(closed.out.contains("not granted"), "{}", closed.out);
    let tool = tool.trusting();
    tool.run(&["drift"]).exits(0);
}

fn relay(mut from: impl Read, mut to: impl Write) {
    let mut chunk = [0; 1024];
    while let Ok(count @ 1..) = from.read(&mut chunk) {
        if to.write_all(&chunk[..count]).is_err() {
            return;
        }
    }
}

#[test]
fn a_declared_line_is_one_line_and_stands_where_it_has_a_meaning() {
    for (line, said) in [
        ("unix = \"till.sock\"", "`unix` is not a whole path"),
        ("tcp = \"127.0.0.1\"", "`127.0.0.1` is not a host with a port"),
        ("unix = \"/a\", tcp = \"127.0.0.1:4\"", "`serial` names one line"),
        ("", "`serial` names one line"),
        ("pipe = \"/a\"", "`pipe`"),
    ] {
        let tool = Tool::new();
        declare(&tool, "127.0.0.1", line, "service = \"auto\"");
        tool.run(&["validate"]).exits(1).complains(said);
    }
    let tool = Tool::new();
    declare(&tool, "127.0.0.1", "unix = \"/a\"", "service = \"auto\"");
    tool.write("rdp.toml", &tool.read("rdp.toml").replace(", serial = { unix = \"/a\" }", ""));
    tool.run(&["validate"]).exits(1).complains("goes over a line, and none is named");
}

const SUBSCRIPTION: &str = "11111111-2222-3333-4444-555555555555";

/// A VM of Azure that only its console leads into, in a world with that subscription and that guest.
pub(crate) fn vm(account: &str, guest: &str) -> Tool {
    let tool = Tool::new();
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
             [account.corp]\nkind = \"azure\"\nregion = \"koreacentral\"\nsubscription = \"{SUBSCRIPTION}\"\n{account}\n\n\
             [nsg.web]\naccount = \"corp\"\ngroup = \"prod\"\nrules = [\"300 allow tcp 3389 198.51.100.0/24 office\"]\n\n\
             [vm.web]\naccount = \"corp\"\ngroup = \"prod\"\naddress = \"eip\"\nsecurity-groups = [\"web\"]\nagent = \"offline\"\n\n\
             [vm.web.guest]\nusers = {{ Administrator = \"{PASSWORD}\" }}\n{guest}\n"
        ),
    );
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.corp]\nkind = \"azure\"\nsubscription = \"{SUBSCRIPTION}\"\n\n\
             [profile.desk]\nextends = \"standard\"\npublic-ip = \"eip\"\ningress = {{ from = [\"198.51.100.0/24\"] }}\n\n\
             [instance.web]\nprovider = \"corp\"\nprofile = \"desk\"\nsnapshot = {{ first = false }}\n\
             id = \"/subscriptions/{SUBSCRIPTION}/resourceGroups/prod/providers/Microsoft.Compute/virtualMachines/web\"\n\
             guest = {{ via = [\"run-command\", \"serial\"], user = \"Administrator\", password = \"env:PASSWORD\" }}\n"
        ),
    );
    tool
}

#[test]
fn a_vm_of_azure_whose_agent_is_gone_is_repaired_through_the_serial_console() {
    let guest = "machine-keys = \"no-network-service\"\nlanguage = \"de\"";
    let tool = vm("", guest);
    let plan = tool.sim(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    The instance does not answer RDP. 2 steps can be done.

    web  does not answer: ends at TLS  corp  prod/web  desk
      ✗ machine-keys  NETWORK SERVICE cannot read the RDP key → readable by SYSTEM and NETWORK SERVICE  Azure 2.3
            1  repair the ACL of f686aace6942fb7f7ceb231212eef4a4_f2227fd2-0c51-4c6d-b633-d807f2bb55ae
      > reachable     follows from machine-keys
            2  restart TermService                                                       drops sessions
            3  prove it: RDP handshake from outside on port 3389

    Plan       2 changes on 1 instance
               opens: RDP key readable again by SYSTEM and NETWORK SERVICE
               drops sessions on 1 instance; nobody was logged on
               no reboot, no money; about 24 API calls, 4 guest round trips, 3 min
    ");
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}\n{}", applied.out, applied.err);
}

#[test]
fn a_subscription_without_the_console_and_a_role_without_its_action_are_told() {
    for (account, said) in [
        ("serial-console-off = true", "the serial console is disabled for the whole subscription"),
        (
            "deny = [\"Microsoft.SerialConsole/serialPorts/connect/action\"]",
            "Microsoft.SerialConsole/serialPorts/connect/action",
        ),
    ] {
        let drift = vm(account, "").sim(&["drift"]);
        assert!(drift.out.contains(said), "{said}:\n{}", drift.out);
    }
}

#[test]
fn a_line_that_loses_characters_brings_what_is_so_or_nothing() {
    let broken = "faults = { serial = \"lossy\" }\nservices.TermService = { start = \"disabled\", state = \"stopped\" }";
    let (tool, simulator) = host(broken, "service = \"auto\"");
    let drift = tool.run(&["drift"]);
    let said = format!("{}{}", drift.out, drift.err);
    assert!(said.contains("TermService disabled, stopped") || said.contains("unknown:"), "{said}");
    assert!(matches!(drift.code, Some(2 | 3)), "{said}");
    assert_eq!(simulator.serial("till-01")["refused"], 0, "a damaged password is not entered");
}

#[test]
fn whoever_takes_the_line_meanwhile_has_it_and_that_is_told() {
    // Slow enough that nobody is through before he is interrupted.
    let slow = "faults = { serial-latency = 60 }";
    let (tool, simulator) = host(slow, "service = \"auto\"");
    let drift = thread::scope(|scope| {
        let drift = scope.spawn(|| tool.run(&["drift"]));
        while simulator.serial("till-01")["up"].as_u64().unwrap_or(0) < 60 {}
        let taken = TcpStream::connect(simulator.line("till-01")).unwrap();
        let drift = drift.join().unwrap();
        drop(taken);
        drift
    });
    assert!(drift.out.contains("somebody else took the console"), "{}", drift.out);
    // Once they left it is ours again.
    tool.run(&["drift"]).exits(0);
}

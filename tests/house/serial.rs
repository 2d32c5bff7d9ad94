//! Guests that nothing but their serial console leads into.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixListener;
use std::thread;

use crate::tool::{Simulator, Tool};

const PASSWORD: &str = "Pa55-word!";

/// A served world of one host with that guest, and its declaration over its serial line.
fn host(guest: &str, profile: &str) -> (Tool, Simulator) {
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

fn declare(tool: &Tool, address: &str, line: &str, profile: &str) {
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.shop]\nkind = \"static\"\n\n[profile.host]\n{profile}\n\n\
             [instance.till-01]\nprovider = \"shop\"\nid = \"{address}\"\nprofile = \"host\"\n\
             guest = {{ via = [\"serial\"], user = \"Administrator\", password = \"env:PASSWORD\", serial = {{ {line} }} }}\n"
        ),
    );
}

const STANDARD: &str = "extends = \"standard\"";

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
            "opens no command channel, but answers: it is TILL-01, up for ",
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
fn vm(account: &str, guest: &str) -> Tool {
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

/// A machine without time for anybody: only its console says who it is, and starting anew mends it.
const OVERLOADED: &str =
    "faults = { serial = \"overloaded\" }\nservices.TermService = { state = \"stopped\" }";

#[test]
fn a_host_that_only_its_console_answers_for_is_restarted_from_there_by_its_own_word() {
    let (tool, simulator) = host(OVERLOADED, STANDARD);
    simulator.passes(7_500);
    let drift = tool.run(&["drift"]).exits(2);
    let said = "opens no command channel, but answers: it is TILL-01, up for 2:0";
    assert!(drift.out.contains(said), "{}", drift.out);
    assert!(drift.out.contains("`rdpctl console` can restart it from there"), "{}", drift.out);

    let seen = tool.run(&["console", "till-01"]).exits(0).out;
    assert!(seen.contains("It says that it is TILL-01, up for 2 h."), "{seen}");
    let held = tool.run(&["console", "till-01", "--restart"]).exits(3).out;
    assert!(held.contains("held: say --allow reboot (guard reboot)"), "{held}");
    // A line alone interrupts nobody, and the guard says no before that is tried.
    let denied = tool.run(&["console", "till-01", "--nmi", "--allow", "nmi,reboot"]).exits(3).out;
    assert!(denied.contains("held: the guard nmi says no"), "{denied}");
    assert_eq!(simulator.serial("till-01")["log-ons"], 0);

    let done = tool.run(&["console", "till-01", "--restart", "--allow", "reboot"]).exits(0).out;
    assert!(done.contains("restarted from its console; it says that it started anew"), "{done}");
    tool.run(&["drift"]).exits(0);
    let history = tool.run(&["state", "history"]).exits(0).out;
    assert!(history.contains("new start of till-01 over its console"), "{history}");
}

#[test]
fn an_order_to_a_console_that_was_cut_off_is_told_by_the_machine_and_not_given_twice() {
    const RESTART: [&str; 5] = ["console", "till-01", "--restart", "--allow", "reboot"];
    // Before the order, while it is typed, and behind it.
    for (what, least) in [("sessions", 1), ("up", 12), ("restarts", 1)] {
        let (tool, simulator) = host(OVERLOADED, STANDARD);
        simulator.passes(7_500);
        let null = std::process::Stdio::null;
        let mut child = tool.command(&RESTART).stdout(null()).stderr(null()).spawn().unwrap();
        while simulator.serial("till-01")[what].as_u64().unwrap_or(0) < least
            && child.try_wait().unwrap().is_none()
        {}
        let _ = child.kill();
        child.wait().unwrap();
        let again = tool.run(&RESTART).exits(0).out;
        assert!(again.contains("started anew"), "{what}: {again}");
        let seen = simulator.serial("till-01");
        assert_eq!(seen["restarts"], 1, "{what}: {again}");
        let history = tool.run(&["state", "history"]).exits(0).out;
        assert!(!history.contains("never ended"), "{what}: {history}");
    }
}

#[test]
fn a_line_that_loses_characters_brings_what_is_so_or_nothing() {
    let broken = "faults = { serial = \"lossy\" }\nservices.TermService = { start = \"disabled\", state = \"stopped\" }";
    let (tool, simulator) = host(broken, "service = \"auto\"");
    let drift = tool.run(&["drift"]);
    let said = format!("{}{}", drift.out, drift.err);
    assert!(said.contains("TermService disabled, stopped") || said.contains("unknown:"), "{said}");
    assert!(matches!(drift.code, Some(1 | 2)), "{said}");
    assert_eq!(simulator.serial("till-01")["refused"], 0, "a damaged password is not entered");
}

#[test]
fn whoever_takes_the_line_meanwhile_has_it_and_that_is_told() {
    let (tool, simulator) = host("", "service = \"auto\"");
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

/// The same in a world that goes on beside the tool, so that others may be in it.
fn served(guest: &str) -> (Tool, Simulator) {
    let tool = vm("", guest);
    let simulator = Simulator::start(&tool);
    let keys = simulator.endpoints["credentials"]["corp"].clone();
    let said = |key: &str| keys[key].as_str().unwrap();
    let endpoint = simulator.endpoints["azure"].as_str().unwrap();
    let provider = format!(
        "kind = \"azure\"\ntenant = \"{}\"\nendpoint = \"{endpoint}\"\n\
         credentials = {{ client-id = \"{}\", client-secret = \"env:AZ_SECRET\" }}\n",
        said("tenant"),
        said("secret-id")
    );
    tool.write("rdp.toml", &tool.read("rdp.toml").replacen("kind = \"azure\"\n", &provider, 1));
    let tool = tool.with("AZ_SECRET", said("secret-key")).with("PASSWORD", PASSWORD).trusting();
    (tool, simulator)
}

const NMI: [&str; 5] = ["console", "web", "--nmi", "--allow", "nmi,reboot"];

#[test]
fn an_interrupt_needs_its_own_guard_and_starts_a_vm_anew() {
    let (tool, simulator) = served("");
    simulator.passes(7_500);
    let denied = tool.run(&NMI).exits(3).out;
    assert!(denied.contains("held: the guard nmi says no"), "{denied}");
    tool.write("rdp.toml", &format!("{}\n[guard]\nnmi = \"ask\"\n", tool.read("rdp.toml")));
    let tool = tool.trusting();
    let held = tool.run(&["console", "web", "--nmi", "--allow", "nmi"]).exits(3).out;
    assert!(held.contains("(guard reboot)"), "{held}");
    let asked = tool.run(&["console", "web", "--format", "json"]).exits(0).out;
    let asked: serde_json::Value = serde_json::from_str(&asked).unwrap();
    assert_eq!(asked["name"], "WEB", "{asked}");
    assert!(asked["up-seconds"].as_u64().is_some_and(|up| up >= 7_500), "{asked}");
    let seen = simulator.serial("web");
    assert_eq!((&seen["interrupts"], &seen["log-ons"]), (&0.into(), &0.into()), "{seen}");
    let done = tool.run(&NMI).exits(0).out;
    assert!(done.contains("interrupted; it says that it started anew"), "{done}");
    assert_eq!(simulator.serial("web")["interrupts"], 1);
    // The right to connect is the right to interrupt, and none is narrower.
    let text = tool.run(&["permissions", "--for", "apply"]).exits(0).out;
    assert!(text.contains("send the interrupt of `console --nmi` (guard nmi)"), "{text}");
}

#[test]
fn a_console_of_azure_that_somebody_has_open_is_left_to_him() {
    let (tool, simulator) = served("machine-keys = \"no-network-service\"");
    let mut other = TcpStream::connect(simulator.line("web")).unwrap();
    other.write_all(b"\r").unwrap();
    let mut seen = [0; 6];
    other.read_exact(&mut seen).unwrap();
    let drift = tool.run(&["drift"]);
    assert!(drift.out.contains("somebody has the console open"), "{}", drift.out);
    let refused = tool.run(&["console", "web"]).exits(1);
    assert!(refused.err.contains("somebody has the console open"), "{}", refused.err);
    // He still has it.
    other.write_all(b"id\r").unwrap();
    other.read_exact(&mut seen).unwrap();
    assert_eq!(simulator.serial("web")["sessions"], 1);
}

//! `rdpctl console`: what a machine's serial console says and does, by its own word and by leave alone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixListener;

use crate::serial::{PASSWORD, STANDARD, declare, host, vm};
use crate::tool::{Simulator, Tool};

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

const APPLY: [&str; 4] = ["apply", "--auto-approve", "--allow", "reboot"];

/// How often it was started anew over its console.
fn restarts(simulator: &Simulator) -> u64 {
    simulator.serial("till-01")["restarts"].as_u64().unwrap_or(0)
}

#[test]
fn a_plan_starts_a_host_anew_from_its_console_where_nothing_else_takes_a_command() {
    let (tool, simulator) = host(OVERLOADED, STANDARD);
    simulator.passes(7_500);
    let plan = tool.run(&["plan"]).exits(0).out.replace(simulator.address("till-01"), "127.x.y.z");
    // It goes on counting while it is asked.
    let mut parts = plan.split("up for ");
    let mut plan = parts.next().unwrap().to_owned();
    for part in parts {
        plan += &format!("up for H:MM:SS{}", &part[part.find(';').unwrap()..]);
    }
    insta::assert_snapshot!(plan, @r"
    The instance does not answer RDP. 1 step is held.

    till-01  does not answer: ends at TCP  shop  127.x.y.z  host
      ✗ boot       its console alone answers, and takes no commands → takes commands
      ? 7 facets   unknown: its console alone answers: serial: the console opens no command channel, but answers: it is TILL-01, up for H:MM:SS; its service sacsvr has no time to open one; `rdpctl console` can restart it from there; hides remote-desktop, firewall, machine-keys, certificate, tls, nla, group-policy
      ? 2 facets   unknown: its console alone answers: serial: the console opens no command channel, but answers: it is TILL-01, up for H:MM:SS; its service sacsvr has no time to open one; `rdpctl console` can restart it from there; hides service, port; follows from boot
      > reachable  follows from boot
            1  reboot                                                                           reboots
               ! held: the guard `reboot` asks
            2  look into the guest; decides boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy, reachable
               ! held: behind 1

    Plan       nothing can be done now
    Held       2 steps on 1 instance: 1, 2
               would drop sessions on 1 instance; who is logged on was not seen
    Unknown    9 facets
    ");
    // What was seen is not looked at again: a console takes its time to say that it opens no channel.
    let held = tool.run(&["apply", "--auto-approve", "--refresh=false"]).exits(3).out;
    assert!(held.contains("the guard `reboot` asks"), "{held}");
    let commands = ["plan", "--allow", "reboot", "--show-commands", "--refresh=false"];
    let shown = tool.run(&commands).exits(0).out;
    assert!(shown.contains("SAC> restart"), "{shown}");
    assert_eq!((restarts(&simulator), &simulator.serial("till-01")["log-ons"]), (0, &0.into()));
    let remembered: Vec<&str> = APPLY.into_iter().chain(["--refresh=false"]).collect();
    let applied = tool.run(&remembered).exits(0);
    assert!(applied.out.contains("No changes"), "{}\n{}", applied.out, applied.err);
    assert_eq!(restarts(&simulator), 1);
    // What the run did has no way back, and that is said.
    let history = tool.run(&["state", "history", "--format", "json"]).exits(0).out;
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let run = history["runs"][0]["id"].as_str().unwrap();
    let undo = tool.run(&["undo", run, "--auto-approve"]);
    let said = format!("{}{}", undo.out, undo.err);
    assert!(said.contains("Nothing of this run can be undone"), "{said}");
    assert_eq!(restarts(&simulator), 1, "{said}");
}

/// A new start does not bring a service back that is switched off, and the console says which of the two it is.
#[test]
fn a_console_whose_service_is_off_is_no_reason_to_restart() {
    let off = "services.sacsvr = { start = \"disabled\" }\nservices.TermService = { state = \"stopped\" }";
    let (tool, simulator) = host(off, STANDARD);
    let plan = tool.run(&["plan", "--allow", "reboot"]).out;
    assert!(plan.contains("its service sacsvr has not registered"), "{plan}");
    assert!(!plan.contains("reboot"), "{plan}");
    assert_eq!(restarts(&simulator), 0);
}

/// A desktop that answers is nobody's to throw people out of because a console has no channel left.
#[test]
fn whoever_answers_from_outside_is_not_restarted_because_its_console_takes_no_commands() {
    let (tool, simulator) = host("faults = { serial = \"overloaded\" }", STANDARD);
    let plan = tool.run(&["plan", "--allow", "reboot"]).out;
    assert!(plan.contains("its console alone answers") && !plan.contains("reboot"), "{plan}");
    assert_eq!(restarts(&simulator), 0);
}

#[test]
fn a_plan_that_was_cut_off_behind_the_order_does_not_restart_twice() {
    let (tool, simulator) = host(OVERLOADED, STANDARD);
    simulator.passes(7_500);
    let null = std::process::Stdio::null;
    let mut child = tool.command(&APPLY).stdout(null()).stderr(null()).spawn().unwrap();
    while restarts(&simulator) == 0 && child.try_wait().unwrap().is_none() {}
    let _ = child.kill();
    child.wait().unwrap();
    let again = tool.run(&APPLY).exits(0);
    assert!(again.out.contains("No changes"), "{}\n{}", again.out, again.err);
    assert_eq!(restarts(&simulator), 1);
}

#[test]
fn a_vm_of_azure_that_takes_no_commands_is_started_anew_from_its_console() {
    let tool = vm("", OVERLOADED);
    let applied = tool.sim(&APPLY).exits(0);
    let all = format!("{}\n{}", applied.out, applied.err);
    assert!(all.contains("its console alone answers, and takes no commands"), "{all}");
    assert!(applied.out.contains("No changes"), "{all}");
}

/// Who writes a declaration names any file of this machine as a line; what is typed there is nobody's but the granted one's.
#[test]
fn a_line_that_nobody_granted_is_not_opened_for_its_console_either() {
    let tool = Tool::new().with("PASSWORD", PASSWORD);
    let line = tool.path("line.sock");
    let listener = UnixListener::bind(&line).unwrap();
    listener.set_nonblocking(true).unwrap();
    let named = format!("unix = \"{}\"", line.display());
    declare(&tool, "127.0.0.1", &named, STANDARD);
    // Nothing of it is granted; then all but the line, which no channel uses.
    let shut = tool.run(&["console", "till-01"]).exits(1).err;
    assert!(shut.contains("the console of till-01 is not opened: not granted: "), "{shut}");
    assert!(shut.contains("rdpctl trust"), "{shut}");
    let declared = std::fs::read_to_string(tool.path("rdp.toml")).unwrap();
    tool.write("rdp.toml", &declared.replace("via = [\"serial\"]", "via = [\"winrm\"]"));
    let tool = tool.trusting();
    for how in
        [&["console", "till-01"][..], &["console", "till-01", "--restart", "--allow", "reboot"]]
    {
        let unused = tool.run(how).exits(1).err;
        assert!(unused.contains("nothing leads to the console of till-01"), "{unused}");
    }
    let came = listener.accept().map(|_| ()).unwrap_err();
    assert_eq!(came.kind(), std::io::ErrorKind::WouldBlock, "somebody opened the line");
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

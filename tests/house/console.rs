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

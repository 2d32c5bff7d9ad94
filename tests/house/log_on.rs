//! One log-on, proved by a declared account: asked for, made once, never repeated, towards nobody but the guest itself.

use std::process::Stdio;

use crate::tool::{Ran, Running, Simulator, Tool};

const SECRET: &str = "S3cret-of-ops";

/// A served world of machines with these accounts, and a declaration that wants a log-on as `ops` proved on each.
struct Place {
    tool: Tool,
    simulator: Simulator,
}

impl Place {
    fn new(machines: usize, guest: &str, guard: &str, variable: &str) -> Self {
        let tool = Tool::new();
        let mut world = String::from(
            "[world]\nseed = 11\ntime-scale = \"instant\"\n[account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n[security-group.sg-open0001]\naccount = \"gz\"\ningress = [\"ACCEPT all all 0.0.0.0/0\"]\n",
        );
        let mut declared = format!(
            "[profile.people]\nextends = \"standard\"\nlogon = \"allowed\"\n[guard]\nlogon = \"{guard}\"\n"
        );
        for number in 1..=machines {
            world.push_str(&format!(
                "[vm.web-0{number}]\naccount = \"gz\"\nid = \"ins-0abc123{number}\"\nsecurity-groups = ['sg-open0001']\nagent = 'online'\naddress = {{ type = 'eip', bandwidth = 5, charge-type = 'TRAFFIC_POSTPAID_BY_HOUR' }}\n[vm.web-0{number}.guest]\nos = \"2019\"\n{guest}\n"
            ));
            declared.push_str(&format!(
                "[instance.web-0{number}]\nprovider = \"gz\"\nid = \"ins-0abc123{number}\"\nprofile = \"people\"\nproof = {{ logon = {{ user = \"ops\", password = \"env:OPS_PASSWORD\" }} }}\n"
            ));
        }
        tool.write("world.toml", &world);
        let simulator = Simulator::start(&tool);
        let (id, key) = simulator.keys("gz");
        let provider = format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"{}\"\ncredentials = {{ id = \"env:GZ_ID\", key = \"env:GZ_KEY\" }}\n",
            simulator.endpoint()
        );
        tool.write("rdp.toml", &format!("{provider}{declared}"));
        let tool =
            tool.with("GZ_ID", id).with("GZ_KEY", key).with("OPS_PASSWORD", variable).trusting();
        Self { tool, simulator }
    }

    fn apply(&self, more: &[&str]) -> Ran {
        self.tool.run(&[&["apply", "--auto-approve"], more].concat())
    }

    /// How often anybody answered a challenge of NTLM.
    fn attempts(&self) -> u64 {
        self.simulator.counters()["log_ons"].as_u64().unwrap()
    }
}

const OPS: &str = "users = { ops = 'S3cret-of-ops' }";

#[test]
fn a_log_on_that_is_declared_is_still_denied_until_a_guard_allows_it() {
    let place = Place::new(1, OPS, "deny", SECRET);
    let plan = place.tool.run(&["plan"]).out;
    assert!(plan.contains("log on as ops on port 3389, once"), "{plan}");
    place.apply(&["--allow", "logon"]);
    assert_eq!(place.attempts(), 0);
}

#[test]
fn one_log_on_is_proved_says_what_it_does_not_prove_and_is_good_for_a_week() {
    let place = Place::new(1, OPS, "ask", SECRET);
    let looks = place.tool.run(&["drift"]).exits(0).out;
    assert!(!looks.contains("log-on as"), "{looks}");
    let applied = place.apply(&["--allow", "logon"]);
    assert_eq!(place.attempts(), 1, "{}{}", applied.out, applied.err);
    let told = format!("{}{}", applied.out, applied.err);
    assert!(
        told.contains("proved up to the log-on: ops authenticates (NLA, NTLM); not looked at"),
        "{told}"
    );
    place.apply(&["--allow", "logon"]).exits(0);
    assert_eq!(place.attempts(), 1);
    // The password is in no file that rdpctl keeps.
    let state = place.tool.path(".rdpctl");
    for entry in std::fs::read_dir(state).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    }
}

#[test]
fn a_refusal_stands_until_a_person_says_again_and_never_near_the_threshold() {
    let lockout = "lockout = { threshold = 4, window-minutes = 600, duration-minutes = 600 }\n";
    let place = Place::new(1, &format!("{lockout}{OPS}"), "allow", "wrong");
    let refused = place.apply(&[]);
    let told = format!("{}{}", refused.out, refused.err);
    assert!(told.contains("the name or the password is wrong"), "{told}");
    // What the wire does not say the guest's own log does.
    assert!(
        told.contains(
            "event 4625): the password is wrong, Status 0xc000006d, SubStatus 0xc000006a (0xc000006d)"
        ),
        "{told}"
    );
    assert_eq!(place.attempts(), 1);
    let plan = place.tool.run(&["plan"]).out;
    assert!(plan.contains("apply --again web-01"), "{plan}");
    place.apply(&[]);
    assert_eq!(place.attempts(), 1);
    place.apply(&["--again", "web-01/logon"]);
    assert_eq!(place.attempts(), 2);
    // Two of four are left: a third would be one too many.
    let near = place.apply(&["--again", "web-01/logon"]);
    let told = format!("{}{}", near.out, near.err);
    assert!(told.contains("2 wrong passwords from being locked"), "{told}");
    assert_eq!(place.attempts(), 2);
}

#[test]
fn many_machines_and_one_wrong_variable_cost_one_failure() {
    let place = Place::new(6, OPS, "allow", "wrong");
    place.apply(&[]);
    assert_eq!(place.attempts(), 1);
    // Nor does the next run try the next machine.
    place.apply(&[]);
    assert_eq!(place.attempts(), 1);
}

#[test]
fn nothing_is_offered_to_whom_it_could_harm() {
    for (guest, why) in [
        (
            "users = { ops = { password = 'S3cret-of-ops', state = 'disabled' }, boss = 'x1Y2z3!' }",
            "disabled",
        ),
        ("users = { boss = 'x1Y2z3!' }", "no account ops"),
        ("credssp = 4\nusers = { ops = 'S3cret-of-ops' }", ""),
    ] {
        let place = Place::new(1, guest, "allow", SECRET);
        let applied = place.apply(&[]);
        let told = format!("{}{}", applied.out, applied.err);
        assert!(told.contains(why), "{guest}: {told}");
        assert_eq!(place.attempts(), 0, "{guest}");
    }
}

#[test]
fn the_secret_of_a_log_on_is_granted_for_rdp_or_nothing_is_offered() {
    let Place { tool, simulator } = Place::new(1, OPS, "allow", SECRET);
    // The same grants without that one.
    let grants = tool.grants();
    let (of_the_log_on, others): (Vec<&str>, Vec<&str>) =
        grants.split("[[").skip(1).partition(|one| one.contains("OPS_PASSWORD"));
    assert!(of_the_log_on.iter().any(|one| one.contains("rdp")), "{grants}");
    let others: String = others.into_iter().map(|one| format!("[[{one}")).collect();
    let tool = tool.granting(&others);
    let applied = tool.run(&["apply", "--auto-approve"]);
    assert_eq!(simulator.counters()["log_ons"], 0, "{}{}", applied.out, applied.err);
    assert!(
        applied.out.contains("not granted") || applied.err.contains("not granted"),
        "{}{}",
        applied.out,
        applied.err
    );
}

#[test]
fn what_is_never_answered_is_named_by_the_guests_log_or_proves_nothing() {
    let hangs = "faults = { log-ons-unanswered = true }\n";
    let hours = "users = { ops = { password = 'S3cret-of-ops', hours = 'none' } }";
    let place = Place::new(1, &format!("{hangs}{hours}"), "allow", SECRET);
    let applied = place.apply(&[]);
    let told = format!("{}{}", applied.out, applied.err);
    assert!(told.contains("outside of the account's hours"), "{told}");
    assert_eq!(place.attempts(), 1);
    // Let in, and nobody heard of it: no refusal was written, so that nothing is known.
    let place = Place::new(1, &format!("{hangs}{OPS}"), "allow", SECRET);
    let applied = place.apply(&[]);
    let told = format!("{}{}", applied.out, applied.err);
    assert!(told.contains("what came back proves nothing"), "{told}");
    place.apply(&[]);
    assert_eq!(place.attempts(), 1);
}

#[test]
fn a_kill_between_the_attempt_and_its_end_makes_no_second_one_with_the_same_secret() {
    let hangs = "faults = { log-ons-unanswered = true }\n";
    let place = Place::new(2, &format!("{hangs}{OPS}"), "allow", SECRET);
    let mut apply = place.tool.command(&["apply", "--auto-approve"]);
    let apply = apply.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut apply = Running(apply);
    // The server has its answer to the challenge, and says nothing: nobody can know what came of it.
    while place.attempts() == 0 {
        assert!(apply.0.try_wait().unwrap().is_none(), "it ended without an attempt");
    }
    apply.0.kill().unwrap();
    apply.0.wait().unwrap();
    assert_eq!(place.attempts(), 1);
    let plan = place.tool.run(&["plan"]).out;
    assert!(plan.contains("its end is not known"), "{plan}");
    let applied = place.apply(&[]);
    // Neither there nor on the other machine, whose account has the same secret.
    assert_eq!(place.attempts(), 1, "{}{}", applied.out, applied.err);
    let history = |name: &str| place.tool.run(&["state", "history", "--instance", name]).out;
    let told = format!("{}{}", history("web-01"), history("web-02"));
    assert!(told.contains("begun, and nobody knows what came of it"), "{told}");
    // A person may say otherwise.
    place.apply(&["--again", "web-01/logon"]);
    assert_eq!(place.attempts(), 2);
}

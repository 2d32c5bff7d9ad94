//! What is wrong with the input, the machine or the keys is said plainly, and the exit code says that it failed.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::tool::{Ran, Running, Simulator, Tool, against, pointed_at, root};

#[test]
fn an_unknown_key_is_named_with_the_one_that_was_meant() {
    let tool = Tool::quickstart();
    tool.write("rdp.toml", &tool.read("rdp.toml").replace("profile  =", "profil   ="));
    tool.run(&["plan", "--refresh=false"]).exits(1).complains("profil").complains("`profile`");
}

#[test]
fn an_instance_in_two_files_is_refused_with_both_places() {
    let tool = Tool::quickstart();
    tool.write(
        "second.toml",
        "[instance.web-01]\nprovider = \"gz\"\nid = \"ins-0abc1234\"\nprofile = \"office\"\n",
    );
    tool.run(&["validate", "rdp.toml", "second.toml"])
        .exits(1)
        .complains("rdp.toml")
        .complains("second.toml");
}

#[test]
fn a_missing_secret_is_named_by_its_variable() {
    let tool = Tool::quickstart();
    tool.write("rdp.toml", &pointed_at(&tool.read("rdp.toml"), "http://127.0.0.1:1"));
    tool.trusting().run(&["plan"]).exits(1).complains("GZ_ID");
}

#[test]
fn an_endpoint_that_does_not_answer_is_an_error_not_an_empty_plan() {
    let tool = Tool::quickstart()
        .with("GZ_ID", "AKIDnobody")
        .with("GZ_KEY", "nothing-at-all-1")
        .with("LEGACY_ID", "AKIDnobody")
        .with("LEGACY_KEY", "nothing-at-all-2");
    tool.write("rdp.toml", &pointed_at(&tool.read("rdp.toml"), "http://127.0.0.1:1"));
    let ran = tool.trusting().run(&["plan"]).exits(1).complains("`gz`");
    assert!(!ran.out.contains("No changes"), "{}", ran.out);
}

#[test]
fn a_wrong_key_is_told_from_a_broken_network() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator).with("GZ_KEY", "not-the-key-of-anybody");
    let ran = tool.run(&["plan"]).exits(3).complains("SignatureFailure");
    assert!(ran.out.contains("unknown: denied"), "{}", ran.out);
}

#[test]
fn an_id_that_does_not_exist_is_said_and_is_not_healthy() {
    let tool = Tool::quickstart();
    tool.write("rdp.toml", &tool.read("rdp.toml").replace("ins-0abc1234", "ins-0nobody0"));
    let drift = tool.sim(&["drift", "--target", "web-01"]);
    assert_ne!(drift.code, Some(0), "{}", drift.out);
    let said = format!("{}{}", drift.out, drift.err);
    assert!(said.contains("ins-0nobody0"), "{said}");
}

#[test]
fn a_damaged_state_is_refused_and_left_as_it_is() {
    let tool = Tool::quickstart();
    let rubbish = "this is not a database, and long enough that nobody takes it for an empty one\n"
        .repeat(99);
    tool.write("state.db", &rubbish);
    tool.run(&["plan", "--refresh=false", "--state", "state.db"]).exits(1).complains("state.db");
    assert_eq!(tool.read("state.db"), rubbish);
}

#[test]
fn a_state_of_a_newer_rdpctl_is_refused_and_left_as_it_is() {
    let tool = Tool::quickstart();
    let mut state = std::fs::read(root().join("state/golden/v1/state.db")).unwrap();
    // `PRAGMA user_version` lies at byte 60 of an SQLite file, big-endian.
    state[60..64].copy_from_slice(&9999_u32.to_be_bytes());
    std::fs::write(tool.path("state.db"), &state).unwrap();
    tool.run(&["plan", "--refresh=false", "--state", "state.db"]).exits(1).complains("newer");
    assert_eq!(std::fs::read(tool.path("state.db")).unwrap(), state);
}

#[test]
fn a_state_that_cannot_be_written_names_the_place() {
    let tool = Tool::quickstart();
    // A file stands where the folder should be: that stops even root, whom permissions do not.
    tool.write(".rdpctl", "");
    tool.run(&["plan", "--refresh=false"]).exits(1).complains(".rdpctl").complains("--state");
}

#[test]
fn a_second_apply_waits_for_nobody_and_names_the_first() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let mut first = tool
        .command(&["apply", "--auto-approve", "--allow", "spend,reboot", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Its first line of progress proves that it has the lock; the rest of its work takes many round trips.
    let mut line = String::new();
    BufReader::new(first.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let mut first = Running(first);
    let second = tool.run(&["apply", "--auto-approve"]);
    assert!(
        first.0.try_wait().unwrap().is_none(),
        "the first apply ended too soon to prove anything"
    );
    second.exits(1).complains("tester").complains("rdpctl state unlock");
}

#[test]
fn a_name_full_of_control_characters_does_not_steer_the_terminal() {
    let tool = Tool::quickstart();
    let world = tool
        .read("world.toml")
        .replace("[vm.web-01]", r#"[vm."web\u001B[2J\u0007\u202E"]"#)
        .replace("[vm.web-01.guest]", r#"[vm."web\u001B[2J\u0007\u202E".guest]"#);
    tool.write("world.toml", &world);
    let ran = |ran: Ran| format!("{}{}", ran.out, ran.err);
    let mut said = ran(tool.sim(&["plan"]).exits(0));
    for arguments in [["state", "list"], ["show", "web-01"], ["drift", "--refresh=false"]] {
        said.push_str(&ran(tool.run(&arguments)));
    }
    assert!(said.contains("web\\u{1b}[2J"), "the name is shown, escaped:\n{said}");
    let raw = said.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
    assert_eq!(raw, None, "{said}");
}

#[test]
fn a_secret_stands_in_no_file_and_no_output() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    let secrets = [simulator.keys("gz").1, simulator.keys("gz-legacy").1];
    let mut said = Vec::new();
    for arguments in [
        &["--log", "trace", "plan", "--show-commands", "--out", "plan.json"][..],
        &["--log", "trace", "apply", "--auto-approve", "--allow", "spend,reboot"],
        &["show", "web-01", "--format", "json"],
        &["state", "pull"],
    ] {
        let ran = tool.run(arguments).exits(0);
        said.push((arguments.join(" "), format!("{}{}", ran.out, ran.err).into_bytes()));
    }
    said.push(("the plan file".to_owned(), std::fs::read(tool.path("plan.json")).unwrap()));
    for entry in std::fs::read_dir(tool.path(".rdpctl")).unwrap() {
        let path = entry.unwrap().path();
        said.push((path.display().to_string(), std::fs::read(&path).unwrap()));
    }
    for (what, bytes) in said {
        for secret in secrets {
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "a secret stands in {what}");
        }
    }
}

#[test]
fn each_mistake_of_a_world_stands_on_a_line_of_its_own_with_its_place() {
    let tool = Tool::quickstart();
    let world =
        tool.read("world.toml").replace("account         = \"gz\"", "account         = \"gzz\"");
    let world = world.replace("account         = \"gz-legacy\"", "account         = \"old\"");
    tool.write("world.toml", &world);
    for command in [["plan", "--sim", "world.toml"].as_slice(), &["sim", "world.toml"]] {
        let said = tool.run(command).exits(1).err;
        assert!(said.starts_with("error: 2 mistakes in the world world.toml\n  where  "), "{said}");
        let places = said.lines().filter(|line| line.contains("world.toml:")).count();
        assert!(places == 2 && !said.contains("u{a}"), "{said}");
    }
}

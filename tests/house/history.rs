//! What runs did is told afterwards: to people with facet, action and both values, to machines whole, and provably.

use serde_json::Value;

use crate::crash::killed_after;
use crate::tool::{Simulator, Tool, against};

fn applied() -> Tool {
    let tool = Tool::quickstart();
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    tool
}

fn json(tool: &Tool, arguments: &[&str]) -> Value {
    let mut all = arguments.to_vec();
    all.extend(["--format", "json"]);
    let said: Value = serde_json::from_str(&tool.run(&all).exits(0).out).unwrap();
    assert_eq!(said["format"], 1);
    said
}

#[test]
fn history_names_facet_action_both_values_and_who_to_the_second() {
    let tool = applied();
    let runs = tool.run(&["state", "history"]).exits(0).out;
    let [head, run] = runs.lines().collect::<Vec<_>>()[..] else { panic!("one run:\n{runs}") };
    assert!(head.starts_with("Run ") && head.ends_with("Allowed"), "{head}");
    assert!(run.contains("  done  apply  "), "{run}");
    assert!(run.contains("reboot (") && run.contains("by --allow)"), "{run}");

    let steps = tool.run(&["state", "history", "--instance", "web-01"]).exits(0).out;
    let started = steps.lines().find(|line| line.contains("start the instance")).unwrap();
    assert!(started.contains("  done  ") && started.contains("  power  "), "{started}");
    assert!(started.contains("stopped → running"), "{started}");
    assert_eq!(steps.lines().filter(|line| line.contains("start the instance")).count(), 1);
    for text in [&runs, &steps] {
        let time = text.lines().nth(1).unwrap().split("  ").find(|cell| cell.ends_with(" UTC"));
        let length = time.map(|time| time.trim().len());
        assert!(matches!(length, Some(23..=24)), "26 Nov 2026 15:02:21 UTC: {text}");
    }

    let known = tool.run(&["state", "list"]).exits(0).out;
    assert!(known.starts_with("Instance "), "{known}");
    let said = json(&tool, &["state", "list"]);
    let instances = known.lines().skip(1).take_while(|line| !line.is_empty()).count();
    assert_eq!(said["instances"].as_array().unwrap().len(), instances);
    let made = said["made"].as_array().unwrap();
    assert!(made.iter().any(|one| one["kind"] == "address"), "{said}");
    let said = json(&tool, &["state", "history"]);
    assert_eq!(said["runs"][0]["end"], "done");
    let said = json(&tool, &["state", "history", "--instance", "web-01"]);
    assert_eq!(said["steps"][0]["facet"].as_str().map(str::is_empty), Some(false));
}

#[test]
fn times_are_those_of_the_readers_own_zone_which_they_name() {
    let tool = applied().with("TZ", "Asia/Seoul");
    let runs = tool.run(&["state", "history"]).exits(0).out;
    let run = runs.lines().nth(1).unwrap();
    let shown = tool.run(&["show", run.split(' ').next().unwrap()]).exits(0).out;
    let known = tool.run(&["state", "list"]).exits(0).out;
    let machine = tool.run(&["show", "web-01"]).exits(0).out;
    for text in [&runs, &shown, &known, &machine] {
        assert!(text.contains(" KST") && !text.contains("UTC"), "{text}");
    }
    // Programs read the same moment whoever asks.
    let said = json(&tool, &["state", "history"]).to_string();
    assert!(said.contains("Z\"") && !said.contains("KST"), "{said}");
}

#[test]
fn a_run_is_shown_whole_by_the_beginning_of_its_id() {
    let tool = applied();
    let id = json(&tool, &["state", "history"])["runs"][0]["id"].as_str().unwrap().to_owned();
    let shown = tool.run(&["show", &id[..6]]).exits(0).out;
    assert!(shown.starts_with(&format!("Run {id}: apply, done. ")), "{shown}");
    // What a look revealed in the middle of the run is named as well.
    assert!(shown.contains(".1  "), "{shown}");
    assert!(shown.contains("done: web-01"), "{shown}");
    let whole = json(&tool, &["show", &id]);
    assert_eq!(whole["run"]["id"], id.as_str());
    assert!(whole["journal"].as_array().unwrap().len() > 10);
    tool.run(&["show", "nobody"]).exits(1).complains("nothing is known of nobody");
}

#[test]
fn the_journal_is_proved_by_its_hashes_and_a_head_that_was_written_down_is_found_again() {
    let tool = Tool::quickstart();
    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let head = json(&tool, &["state", "verify"])["head"].as_str().unwrap().to_owned();
    applied.complains(&format!("The journal's head is {head}."));
    tool.sim(&["apply", "--auto-approve"]).exits(0);
    tool.run(&["state", "verify", "--head", &head]).exits(0);
    let other = tool.run(&["state", "verify", "--head", &"ab".repeat(32)]).exits(1).out;
    assert!(other.contains("its end was cut off, or it is another one"), "{other}");
}

#[test]
fn what_is_pulled_and_pushed_back_keeps_what_was_said_and_its_chain() {
    let tool = Tool::quickstart();
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let head = json(&tool, &["state", "verify"])["head"].as_str().unwrap().to_owned();
    let pulled = tool.run(&["state", "pull"]).exits(0).out;
    assert!(pulled.contains(r#""said":{"note":{"#), "{pulled}");
    tool.write("pulled.json", &pulled);
    tool.run(&["state", "push", "pulled.json", "--force"]).exits(0);
    tool.run(&["state", "verify", "--head", &head]).exits(0);
    assert_eq!(tool.run(&["state", "pull"]).exits(0).out, pulled);
}

#[test]
fn logs_as_json_carry_the_ids_of_run_instance_and_step() {
    let tool = Tool::quickstart();
    let applied = tool.sim(&[
        "apply",
        "--auto-approve",
        "--allow",
        "spend,reboot",
        "--log",
        "debug",
        "--log-format",
        "json",
    ]);
    let history = tool.sim(&["state", "history", "--format", "json"]).exits(0).out;
    let of_a_step = applied.err.lines().filter_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        let spans = line["spans"].as_array()?.clone();
        (spans.iter().map(|span| span["name"].as_str().unwrap()).eq(["run", "instance", "step"]))
            .then_some(spans)
    });
    let spans: Vec<Vec<serde_json::Value>> = of_a_step.collect();
    assert!(!spans.is_empty(), "{}", applied.err);
    for one in spans {
        let run = one[0]["id"].as_str().unwrap();
        assert!(history.contains(run), "{run} is none of {history}");
        assert!(["web-01", "legacy-01"].contains(&one[1]["id"].as_str().unwrap()), "{one:?}");
    }
}

#[test]
fn of_a_run_that_was_killed_nobody_knows_the_calls() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    assert!(killed_after(&tool, 12), "there is something left to kill");
    tool.run(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    let history = tool.run(&["state", "history"]).exits(0).out;
    let killed = history.lines().find(|line| line.contains("interrupted")).unwrap();
    assert!(killed.contains("  apply  -  "), "{history}");
    let run = killed.split(' ').next().unwrap();
    let shown = tool.run(&["show", run]).exits(0).out;
    assert!(shown.contains("not counted: it did not come to its end"), "{shown}");
}

//! What could not be looked at again is unknown, with its last value and its age; nothing is done that rests on it.

use serde_json::Value;

use crate::tool::{Simulator, Tool, against};

const APPLY: [&str; 4] = ["apply", "--auto-approve", "--allow", "spend,reboot"];

/// The quickstart, repaired and proved, in a world that is gone now.
fn repaired_and_then_out_of_reach() -> Tool {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    tool.run(&APPLY).exits(0);
    tool.run(&["drift"]).exits(0);
    tool
}

/// The report without what differs from run to run: ages, ports and ids of requests.
fn steady(report: &str) -> String {
    let lines = report.lines().map(|line| match line.split_once(" unknown: ") {
        Some((before, after)) if before.trim_start().starts_with('?') => {
            let hides = after.find("; hides").map_or("", |at| &after[at..]);
            let ages = hides.rfind(", ").map_or(hides, |at| &hides[..at]);
            format!("{before} unknown: …{ages}, … ago\n")
        }
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn an_account_that_answers_no_more_makes_its_instances_unknown_and_not_healthy() {
    let tool = repaired_and_then_out_of_reach();
    let drift = tool.run(&["drift"]).exits(1).complains("`gz`");
    insta::assert_snapshot!(steady(&drift.out), @r"
    Nothing could be looked at: 30 facets unknown on 2 instances.

    Unknown
      ? 15 facets  unknown: …; hides power, public-ip, bandwidth, ingress, boot, remote-desktop, service, port, firewall, machine-keys, certificate, tls, nla, group-policy, reachable; as declared when last seen, … ago
                   on legacy-01, web-01
    ");
    let plan = tool.run(&["plan"]).exits(1);
    assert!(plan.out.contains("as declared when last seen"), "{}", plan.out);
    assert!(plan.out.contains("Nothing could be looked at"), "{}", plan.out);
    let applied = tool.run(&APPLY).exits(1);
    assert!(applied.out.contains("Nothing could be looked at"), "{}", applied.out);
    for said in [&drift.out, &plan.out, &applied.out] {
        assert!(!said.contains("No drift") && !said.contains("No changes"), "{said}");
    }
}

#[test]
fn every_form_tells_the_same_of_what_could_not_be_looked_at() {
    let tool = repaired_and_then_out_of_reach();
    let markdown = tool.run(&["plan", "--format", "markdown"]).exits(1).out;
    assert!(markdown.contains("**Nothing could be looked at"), "{markdown}");
    assert_eq!(markdown.matches("- unknown: ").count(), 2, "{markdown}");

    let plan: Value =
        serde_json::from_str(&tool.run(&["plan", "--format", "json"]).exits(1).out).unwrap();
    assert_eq!(plan["basis"]["reached"], "nothing");
    assert_eq!(plan["summary"]["reached"], "nothing");
    assert_eq!(plan["healthy"], 0);
    let finding = &plan["groups"][0]["facets"][0];
    assert_eq!(finding["verdict"], "unknown");
    assert_eq!(finding["last"]["verdict"], "healthy");
    assert!(plan["groups"][0]["members"][0]["answered"]["cloud"].is_string(), "{plan}");

    let drift: Value =
        serde_json::from_str(&tool.run(&["drift", "--format", "json"]).exits(1).out).unwrap();
    assert_eq!(drift["drifted"], 0);
    assert_eq!(
        drift["findings"].as_array().unwrap().len(),
        2,
        "one gap of one instance is one finding"
    );
    assert_eq!(drift["findings"][0]["verdict"], "unknown");
    assert_eq!(drift["findings"][0]["hides"][0], "power");
}

#[test]
fn what_one_account_hides_says_nothing_of_the_other() {
    let tool = Tool::quickstart();
    let simulator = Simulator::start(&tool);
    let tool = against(tool, &simulator);
    tool.run(&APPLY).exits(0);
    let tool = tool.with("GZ_KEY", "not-the-key-of-anybody");
    let drift = tool.run(&["drift"]).exits(3);
    assert!(
        drift.out.contains("unknown: denied") && drift.out.contains("on web-01"),
        "{}",
        drift.out
    );
    assert!(!drift.out.contains("legacy-01"), "{}", drift.out);
    // The differences that were last known are no ground to do anything.
    simulator.behind("web-01", "sc config TermService start= disabled");
    let applied = tool.run(&APPLY).exits(3);
    assert!(!applied.err.contains("  ok      web-01"), "{}", applied.err);
    // The facts were left standing: once the account answers again, all is known again.
    let tool = tool.with("GZ_KEY", simulator.keys("gz").1);
    let drift = tool.run(&["drift"]).exits(2);
    assert!(drift.out.contains("~ service"), "{}", drift.out);
}

#[test]
fn without_a_look_a_report_says_how_old_it_is() {
    let tool = Tool::quickstart();
    tool.sim(&APPLY).exits(0);
    let plan = tool.run(&["plan", "--refresh=false"]).exits(0).out;
    assert!(plan.contains("Evidence: cloud seen "), "{plan}");
    assert!(plan.contains(" ago; nothing was looked at now."), "{plan}");
    let drift = tool.run(&["drift", "--refresh=false"]).exits(0).out;
    assert!(drift.contains("No drift by what is known of 2 instances."), "{drift}");
}

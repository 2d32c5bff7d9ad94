//! What a build server makes of a run: the plan and what happened fold, failures do not, and nobody else gives orders.

use crate::bad_guests::folder;
use crate::tool::{Ran, Tool};

/// A run in which one step fails.
fn failing(tool: Tool, arguments: &[&str]) -> Ran {
    let mut all = vec!["apply", "--auto-approve"];
    all.extend(arguments);
    tool.sim(&all).exits(3)
}

pub(crate) fn world() -> Tool {
    folder(
        &[("web-01", "firewall.remote-desktop = \"off\"\nfaults.hung = [\"netsh\"]")],
        "firewall = \"on\"",
    )
}

#[test]
fn plan_and_events_fold_and_failures_are_told_again_and_annotated() {
    let ran = failing(world().with("GITHUB_ACTIONS", "true"), &[]);
    let plan: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(plan.len(), 2, "{}", ran.out);
    assert!(
        plan[0].starts_with("::group::rdpctl plan: Plan: 1 change on 1 instance"),
        "{}",
        plan[0]
    );
    let after = ran.out.split("::endgroup::\n").nth(1).unwrap();
    assert!(after.contains("1 failed") || after.contains("It failed."), "{after}");

    let orders: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("::")).collect();
    let [group, end, error] = orders[..] else { panic!("{}", ran.err) };
    assert_eq!(group, "::group::rdpctl apply: 1 step on 1 instance");
    assert_eq!(end, "::endgroup::");
    assert!(
        error.starts_with(
            "::error title=web-01%2C step 1%3A firewall%3A enable the firewall's rule group"
        ) && error.contains("the answer was lost"),
        "{error}"
    );
    let told_again = ran.err.split("::endgroup::\n").nth(1).unwrap();
    assert!(told_again.lines().next().unwrap().contains("  failed  web-01"), "{told_again}");
}

#[test]
fn gitlab_has_sections_that_end_and_elsewhere_nothing_is_ordered() {
    let ran = failing(world(), &["--ci", "gitlab"]);
    for (stream, name) in [(&ran.out, "rdpctl_plan"), (&ran.err, "rdpctl_apply")] {
        let begins = stream.find(&format!(":{name}[collapsed=true]\r")).unwrap();
        let ends = stream.find(&format!("{name}\r")).unwrap();
        assert!(stream[..begins].ends_with(|c: char| c.is_ascii_digit()), "{stream}");
        assert!(begins < ends, "{stream}");
    }
    for tool in [world(), world().with("GITHUB_ACTIONS", "true")] {
        let ran = failing(tool, &["--ci", "none"]);
        let said = format!("{}{}", ran.out, ran.err);
        assert!(!said.contains("::group") && !said.contains("section_start"), "{said}");
    }
}

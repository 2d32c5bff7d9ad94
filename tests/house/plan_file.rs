//! A plan file is compared, never executed: whatever stands in it, what is done is what would be planned now.

use serde_json::{Value, json};

use crate::tool::{Ran, Tool};

/// A plan of the quickstart in a file, edited by somebody.
fn edited(edit: impl FnOnce(&mut Value)) -> Ran {
    let tool = Tool::quickstart();
    tool.sim(&["plan", "--out", "plan.json"]).exits(0);
    let mut plan: Value = serde_json::from_str(&tool.read("plan.json")).unwrap();
    edit(&mut plan);
    tool.write("plan.json", &plan.to_string());
    let ran = tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot", "plan.json"]);
    let history = tool.sim(&["state", "history"]);
    assert_eq!(history.out.lines().count(), 0, "nothing was begun:\n{}", history.out);
    ran
}

#[test]
fn a_machine_that_nobody_declared_is_not_touched_because_a_file_names_it() {
    edited(|plan| plan["groups"][0]["members"][0]["id"] = json!("ins-0victim1"))
        .exits(1)
        .complains("the plan is stale: ")
        .complains("has another id, profile, port or way in than in the file");
}

#[test]
fn all_that_moved_since_a_plan_was_made_is_named_and_what_was_unseen_is_counted() {
    let tool = Tool::quickstart();
    tool.sim(&["plan", "--out", "plan.json"]).exits(0);
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot"]).exits(0);
    tool.sim(&["apply", "--auto-approve", "plan.json"])
        .exits(1)
        .complains("the plan is stale: 2 instances moved since it was made at ")
        .complains("legacy-01  bandwidth  0 Mbps → as declared")
        .complains("web-01     power      stopped → as declared")
        .complains("web-01     ingress    port 3389 closed → as declared")
        .complains("facets that could not be seen then");
}

#[test]
fn a_step_that_somebody_wrote_into_a_file_is_not_done() {
    let sethc = json!({ "guest": {
        "do": "set-registry",
        "key": r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\Image File Execution Options\sethc.exe",
        "name": "Debugger", "data": { "sz": r"C:\Windows\System32\cmd.exe" }, "setting": "crash-dump",
    }});
    edited(|plan| {
        let step = &mut plan["steps"][0];
        step["action"] = sethc;
        step["guards"] = json!([]);
    })
    .exits(1)
    .complains("and in the file “")
    .complains(r"set HKLM\...\Image File Execution Options\sethc.exe\Debugger to");
}

#[test]
fn a_guard_that_was_taken_out_of_a_file_is_missed() {
    edited(|plan| {
        for step in plan["steps"].as_array_mut().unwrap() {
            step["guards"] = json!([]);
            step.as_object_mut().unwrap().remove("held");
        }
    })
    .exits(1)
    .complains("and in the file");
}

#[test]
fn what_a_file_says_of_a_step_is_held_against_what_it_does() {
    edited(|plan| plan["steps"][0]["after"] = json!("nothing of any importance"))
        .exits(1)
        .complains("nothing of any importance");
}

#[test]
fn a_plan_file_is_known_by_its_content_whatever_it_is_called() {
    let tool = Tool::quickstart();
    tool.sim(&["plan", "--out", "tonight.tfplan"]).exits(0);
    let shown = tool.run(&["show", "tonight.tfplan"]).exits(0);
    assert!(shown.out.contains("obtain an elastic address"), "{}", shown.out);
    tool.sim(&["apply", "--auto-approve", "--allow", "spend,reboot", "tonight.tfplan"]).exits(0);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_plan_of_a_part_is_applied_as_that_part() {
    let tool = Tool::quickstart();
    tool.sim(&["plan", "--target", "legacy-01", "--out", "part.json"]).exits(0);
    tool.sim(&["apply", "--auto-approve", "part.json"]).exits(1).complains("--target");
    tool.sim(&["apply", "--auto-approve", "--target", "legacy-01", "part.json"]).exits(0);
}

#[test]
fn a_strangers_declaration_is_never_applied() {
    Tool::quickstart()
        .sim(&["apply", "--auto-approve", "--untrusted"])
        .exits(1)
        .complains("a stranger's declaration is read, never applied");
}

#[test]
fn a_plan_file_of_three_gigabytes_is_refused_before_it_fills_the_memory() {
    let tool = Tool::quickstart();
    let file = std::fs::File::create(tool.path("plan.json")).unwrap();
    std::io::Write::write_all(&mut &file, b"{\"format\": 1, ").unwrap();
    file.set_len(3 << 30).unwrap();
    tool.sim(&["apply", "--auto-approve", "plan.json"])
        .exits(1)
        .complains("plan.json is larger than 256 MiB, which no plan is");
}

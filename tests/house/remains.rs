//! What rdpctl leaves in a guest: listed, kept as long as undo may need it, removed by the next apply, shut to others.

use crate::tool::{Simulator, Tool};

/// A machine whose RDP key nobody can read: mending it saves lists before and after.
fn office() -> (Tool, Simulator) {
    let (id, key) = ("AKIDofTheOwner", "may-do-anything");
    let tool = Tool::new().with("TENCENTCLOUD_SECRET_ID", id).with("TENCENTCLOUD_SECRET_KEY", key);
    tool.write(
        "world.toml",
        &format!(
            "[world]\nseed = 5\ntime-scale = \"instant\"\n\n\
             [account.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\n\
             secret-id = \"{id}\"\nsecret-key = \"{key}\"\n\n\
             [vm.web]\nid = \"ins-0c0b1ed1\"\n\n\
             [vm.web.guest]\nmachine-keys = \"no-network-service\"\n"
        ),
    );
    let simulator = Simulator::start(&tool);
    tool.write(
        "rdp.toml",
        &format!(
            "[provider.gz]\nkind = \"tencent\"\nregion = \"ap-guangzhou\"\nendpoint = \"{}\"\n\n\
             [profile.keys]\nmachine-keys = \"healthy\"\n\n\
             [instance.web]\nprovider = \"gz\"\nid = \"ins-0c0b1ed1\"\nprofile = \"keys\"\n\
             snapshot = {{ first = false }}\n",
            simulator.endpoint()
        ),
    );
    (tool.trusting(), simulator)
}

fn folder(simulator: &Simulator) -> String {
    let listed = simulator.behind("web", r"cmd /c dir /b C:\Windows\rdpctl");
    listed["stdout"].as_str().unwrap().to_owned()
}

/// Somebody else's, and one of ours of long ago.
fn plant(simulator: &Simulator) {
    for name in
        ["notes.txt", "20200101-0badcafe-0000000a-0.reg", "20200101-0badcafe-0000000a-x.acl"]
    {
        simulator.behind("web", &format!(r"cmd /c echo x>C:\Windows\rdpctl\{name}"));
    }
    let key = r"C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys\f686aace6942fb7f7ceb231212eef4a4_old.rdpctl-20200101-0badcafe-0000000a";
    simulator.behind("web", &format!("cmd /c echo x>{key}"));
    simulator.behind("web", r"cmd /c md C:\Windows\rdpctl\deadbeef");
}

#[test]
fn what_runs_left_is_listed_and_removed_by_the_next_apply_once_undo_needs_it_no_more() {
    let (tool, simulator) = office();
    tool.run(&["apply", "--auto-approve", "."]).exits(0);
    let fresh = folder(&simulator);
    assert!(fresh.contains("-before.acl") && fresh.contains("-after.txt"), "{fresh}");
    plant(&simulator);

    tool.run(&["plan", "."]).exits(0);
    let shown = tool.run(&["show", "web", "."]).exits(0).out;
    assert!(shown.contains("Left there by earlier runs"), "{shown}");
    for line in [
        "-before.acl  run ",
        "20200101-0badcafe-0000000a-0.reg  run 0badcafe of 1 Jan 2020",
        "_old.rdpctl-20200101-0badcafe-0000000a  run 0badcafe of 1 Jan 2020",
        "notes.txt  not by a name of ours; it is left alone",
        "deadbeef  a script that did not come to its end, or runs now",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }

    // There is nothing to mend, and what is over goes all the same.
    let applied = tool.run(&["apply", "--auto-approve", "."]).exits(0);
    assert!(
        applied.err.contains("removed from web: what run 0badcafe of 1 Jan 2020 left"),
        "{}",
        applied.err
    );
    let left = folder(&simulator);
    assert!(!left.contains("0badcafe") && left.contains("notes.txt"), "{left}");
    assert!(left.contains("-before.acl"), "what undo may need stays: {left}");
    let keys =
        simulator.behind("web", r"cmd /c dir /b C:\ProgramData\Microsoft\Crypto\RSA\MachineKeys");
    assert!(!keys.to_string().contains("0badcafe"), "{keys}");

    let again = tool.run(&["apply", "--auto-approve", "."]).exits(0);
    assert!(!again.err.contains("0badcafe"), "{}", again.err);
    assert_eq!(simulator.traps(), serde_json::json!([]));
}

#[test]
fn a_script_s_folder_of_a_day_ago_goes_and_one_that_may_be_in_use_stays() {
    let (tool, simulator) = office();
    tool.run(&["plan", "."]).exits(0);
    simulator.behind("web", r"cmd /c md C:\Windows\rdpctl\deadbeef");
    simulator.behind("web", r"cmd /c echo x>C:\Windows\rdpctl\deadbeef\txt");
    tool.run(&["apply", "--auto-approve", "."]).exits(0);
    assert!(folder(&simulator).contains("deadbeef"));
    simulator.passes(2 * 86_400);
    tool.run(&["apply", "--auto-approve", "."]).exits(0);
    assert!(!folder(&simulator).contains("deadbeef"));
}

#[test]
fn what_lies_there_is_for_administrators_alone() {
    let (tool, simulator) = office();
    tool.run(&["apply", "--auto-approve", "."]).exits(0);
    let names = folder(&simulator);
    let file = names.lines().find(|name| name.ends_with("-before.acl")).unwrap().trim();
    let path = format!(r"C:\Windows\rdpctl\{file}");
    let before = simulator.behind("web", &format!("cmd /c type {path}"))["stdout"].clone();
    assert_ne!(before, "");
    for (what, command) in [
        ("list", r"cmd /c dir /b C:\Windows\rdpctl".to_owned()),
        ("read", format!("cmd /c type {path}")),
        ("take away", format!(r"cmd /c copy {path} C:\Users\Public\stolen")),
        ("write", format!("cmd /c echo evil>{path}")),
        ("add to", format!("cmd /c echo evil>>{path}")),
        ("delete", format!("cmd /c del /f /q {path}")),
        ("replace", format!("cmd /c ren {path} mine")),
        ("plant", r"cmd /c echo evil>C:\Windows\rdpctl\reg.cmd".to_owned()),
        ("make a folder", r"cmd /c md C:\Windows\rdpctl\deadbeef".to_owned()),
        ("delete all", r"cmd /c rd /s /q C:\Windows\rdpctl".to_owned()),
    ] {
        let ran = simulator.as_user("web", &command);
        assert_ne!(ran["exit"], 0, "{what}: {ran}");
        assert_eq!(ran["stdout"], "", "{what}: {ran}");
    }
    // Where everybody may, he may: it is the list that keeps him out.
    let public = simulator.as_user("web", r"cmd /c echo mine>C:\Users\Public\mine");
    assert_eq!(public["exit"], 0, "{public}");
    assert_eq!(folder(&simulator), names);
    assert_eq!(simulator.behind("web", &format!("cmd /c type {path}"))["stdout"], before);
}

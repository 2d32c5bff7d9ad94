//! The ways into a guest: in the declared order, and whoever is passed over is told with the reason.

use serde_json::Value;

use crate::tool::{Tool, closed_in_one_way};

const DECLARATION: &str = r#"
[provider.gz]
kind = "tencent"
region = "ap-guangzhou"

[profile.desk]
service = "auto"

[instance.web-01]
provider = "gz"
id = "ins-0abc1234"
profile = "desk"
guest = { via = ["run-command", "winrm"], user = "Administrator", password = "env:PASSWORD" }
"#;

/// One VM; what differs from a healthy one stands in `vm` and `guest`.
fn folder(vm: &str, guest: &str, faults: &str) -> Tool {
    let tool = Tool::new().with("PASSWORD", "Pa55-word!");
    tool.write(
        "world.toml",
        &format!(
            r#"
[world]
seed = 5
time-scale = "instant"

[account.gz]
kind = "tencent"
region = "ap-guangzhou"

[vm.web-01]
id = "ins-0abc1234"
address = "eip"
security-groups = ["sg-web00001"]
{vm}

[vm.web-01.guest]
users = {{ Administrator = "Pa55-word!" }}
firewall.rules = ["v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|Name=WinRM|"]
{guest}

[security-group.sg-web00001]
ingress = ["ACCEPT tcp 3389,5985-5986 198.51.100.0/24"]
{faults}
"#
        ),
    );
    tool.write("rdp.toml", DECLARATION);
    tool
}

const STOPPED: &str = r#"services.TermService = { start = "disabled", state = "stopped" }"#;

fn survey(tool: &Tool) -> Value {
    let shown = tool.run(&["show", "web-01", "--format", "json"]).exits(0);
    serde_json::from_str(&shown.out).unwrap()
}

#[test]
fn the_first_channel_that_answers_is_taken_and_nobody_is_passed_over() {
    let tool = folder("", "", "");
    let drift = tool.sim(&["drift"]).exits(0);
    assert!(!drift.err.contains("skipped"), "{}", drift.err);
    let guest = &survey(&tool)["guest"]["answer"]["said"];
    assert_eq!((&guest["via"], &guest["passed_over"]), (&"run-command".into(), &Value::Null));
}

#[test]
fn a_silent_agent_is_passed_over_and_the_repair_goes_the_other_way() {
    let tool = folder(r#"agent = "offline""#, STOPPED, "");
    for command in ["plan", "drift"] {
        let ran = tool.sim(&[command]);
        let said = ran.err.lines().find(|line| line.contains("skipped")).unwrap_or_default();
        let said = said.find("run-command").map_or("", |at| &said[at..]);
        assert_eq!(
            said,
            "run-command skipped for 1 instance: guest agent: offline; check that it may reach the vendor's servers"
        );
    }
    let guest = &survey(&tool)["guest"]["answer"]["said"];
    assert_eq!(
        (&guest["via"], &guest["passed_over"][0][0]),
        (&"winrm".into(), &"run-command".into())
    );
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
}

#[test]
fn where_nobody_answers_each_channel_has_its_reason() {
    let tool = folder(
        r#"agent = "offline""#,
        r#"services.WinRM = { start = "disabled", state = "stopped" }"#,
        "",
    );
    let drift = closed_in_one_way(&tool.sim(&["drift"]).exits(3).out);
    insta::assert_snapshot!(drift, @r"
    The instance cannot be judged.

    Unknown
      ? service  unknown: unreachable: run-command: guest agent: offline; check that it may reach the vendor's servers; unreachable: winrm: the connection broke: connection closed before message completed
                 on web-01

    In all     1 unknown
    ");
}

const NO_SERVICE: &str = r#"services.WinRM = { start = "disabled", state = "stopped" }"#;

/// A guest whose `WinRM` nothing lets through, and which these lines describe further.
fn without_winrm(guest: &str) -> Tool {
    let tool = folder("", guest, "");
    let world = tool.read("world.toml");
    let world: Vec<&str> =
        world.lines().filter(|line| !line.starts_with("firewall.rules")).collect();
    tool.write("world.toml", &world.join("\n"));
    tool.write(
        "rdp.toml",
        &DECLARATION
            .replace(
                "service = \"auto\"",
                "service = \"auto\"\ningress = { from = [\"198.51.100.0/24\"] }",
            )
            .replace("[\"run-command\", \"winrm\"]", "[\"winrm\", \"run-command\"]")
            .replace("env:PASSWORD\" }", "env:PASSWORD\", winrm = { bootstrap = true } }"),
    );
    tool
}

#[test]
fn winrm_is_set_up_through_the_agent_where_the_declaration_asks_for_it() {
    let tool = without_winrm(NO_SERVICE);
    let plan = tool.sim(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    The instance differs from what is declared. 1 step is held.

    web-01  differs  gz  ins-0abc1234  desk
      ~ service  WinRM does not answer → running, WinRM answers
            1  set up WinRM over TLS                                            weakens, opens a way in
               ! held: the guard `weaken` asks

    Plan       nothing can be done now
    Held       1 step on 1 instance: 1
               would open: WinRM opened to 198.51.100.0/24, and all local administrators let in over it with all their rights
    ");

    // Opening a way in is a weakening: nobody gets it unasked.
    let refused = tool.sim(&["apply", "--auto-approve"]).exits(3);
    assert!(refused.out.contains("asks for weaken"), "{}", refused.out);

    tool.sim(&["apply", "--auto-approve", "--allow", "weaken"]).exits(0);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_winrm_that_runs_and_is_not_let_through_is_set_up_all_the_same() {
    let tool = without_winrm("");
    tool.sim(&["apply", "--auto-approve", "--allow", "weaken"]).exits(0);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn winrm_is_left_alone_where_nobody_asks_for_it() {
    let tool = without_winrm(NO_SERVICE);
    tool.write("rdp.toml", &tool.read("rdp.toml").replace("bootstrap = true", "bootstrap = false"));
    let plan = tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
    assert!(plan.out.contains("No changes"), "{}", plan.out);
}

#[test]
fn a_way_in_that_is_silent_does_not_count_as_one() {
    let nla = r"registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { UserAuthentication = 0 }";
    let planned = |vm: &str| {
        let tool = folder(vm, nla, "");
        tool.write("rdp.toml", &DECLARATION.replace("service = \"auto\"", "nla = true"));
        tool.sim(&["plan"]).exits(0).out
    };
    let both = planned("");
    assert!(!both.contains("dead man's switch"), "{both}");
    let winrm_alone = planned(r#"agent = "offline""#);
    assert!(winrm_alone.contains("dead man's switch"), "{winrm_alone}");
}

//! Never locked out: what counts as a way in is what answered, not what is declared, and a plan that lost its dead man's
//! switch is not done.

use serde_json::Value;

use crate::tool::Tool;

const WORLD: &str = r#"
[world]
seed       = 5
time-scale = "instant"

[account.gz]
kind                 = "tencent"
region               = "ap-guangzhou"
secret-id            = "AKIDquickstart00000000000000000standard"
secret-key           = "k"
network-account-type = "STANDARD"

[security-group.sg-open0001]
account = "gz"
name    = "open"
ingress = ["ACCEPT tcp 3389 198.51.100.0/24", "ACCEPT tcp 5985-5986 0.0.0.0/0"]
egress  = ["ACCEPT all all 0.0.0.0/0"]

[vm.desk]
account         = "gz"
id              = "ins-00000001"
zone            = "ap-guangzhou-3"
os              = "Windows Server 2022 Datacenter 64bit"
address         = "eip"
bandwidth       = 5
security-groups = ["sg-open0001"]

[vm.desk.guest]
os       = "2022"
users    = { Administrator = "Pa55-word!" }
firewall = { rules = ["v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=5985|LPort=5986|Name=WinRM|"] }
registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\RDP-Tcp' = { UserAuthentication = 0 }
"#;

/// One machine that must get Network Level Authentication, and these ways into it.
fn desk(via: &str) -> Tool {
    let tool = Tool::new().with("PW", "Pa55-word!");
    tool.write("world.toml", WORLD);
    let declared = r#"
[provider.gz]
kind   = "tencent"
region = "ap-guangzhou"

[profile.desk]
nla = true

[instance.desk]
provider = "gz"
id       = "ins-00000001"
profile  = "desk"
guest    = { via = VIA, user = "Administrator", password = "env:PW" }
"#;
    tool.write("rdp.toml", &declared.replace("VIA", via));
    tool
}

#[test]
fn a_way_that_is_only_declared_does_not_stand_in_for_a_dead_mans_switch() {
    for via in [r#"["winrm"]"#, r#"["winrm", "serial"]"#] {
        let plan = desk(via).sim(&["plan"]).exits(0);
        assert!(plan.out.contains("arm a dead man's switch of 15 minutes"), "{via}:\n{}", plan.out);
    }
    let plan = desk(r#"["run-command", "winrm"]"#).sim(&["plan"]).exits(0);
    assert!(!plan.out.contains("dead man's switch"), "{}", plan.out);
}

#[test]
fn a_plan_file_that_lost_its_dead_mans_switch_is_refused() {
    let tool = desk(r#"["winrm"]"#);
    tool.sim(&["plan", "--out", "plan.json"]).exits(0);
    let mut plan: Value = serde_json::from_str(&tool.read("plan.json")).unwrap();
    for step in plan["steps"].as_array_mut().unwrap() {
        let switch = step["action"]["guest"]["do"]
            .as_str()
            .unwrap_or_default()
            .ends_with("dead-mans-switch");
        if switch {
            step["action"]["guest"] = serde_json::json!({ "do": "enable-serial-console" });
        }
    }
    tool.write("plan.json", &plan.to_string());
    tool.sim(&["apply", "plan.json", "--auto-approve"]).exits(1).complains("LastWayIn");
}

#[test]
fn authentication_over_the_network_alone_is_set_under_the_switch_and_proved() {
    let tool = desk(r#"["winrm"]"#);
    let applied = tool.sim(&["apply", "--auto-approve"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
}

//! A dead man's switch that a killed run left in a guest: seen by the next survey, told, and removed first.

use crate::tool::Tool;

const DECLARATION: &str = r#"
[provider.gz]
kind   = "tencent"
region = "ap-guangzhou"

[profile.office]
PROFILE

[instance.web-01]
provider = "gz"
id       = "ins-0lef0001"
profile  = "office"
"#;

const WORLD: &str = r#"
[world]
seed = 13
time-scale = 60

[account.gz]
kind = "tencent"
region = "ap-guangzhou"
secret-id = "AKIDleftover000000000000000000000000"
secret-key = "opens-nothing"
network-account-type = "STANDARD"

[vm.web-01]
account = "gz"
id = "ins-0lef0001"
zone = "ap-guangzhou-3"
os = "Windows Server 2022 Datacenter 64bit"
address = "wan"
bandwidth = 5
security-groups = ["sg-lef00001"]

[vm.web-01.guest]
os = "2022"
[vm.web-01.guest.registry.'HKLM\SOFTWARE\rdpctl']
MARKS

[security-group.sg-lef00001]
account = "gz"
name = "left"
ingress = ["ACCEPT tcp 3389 198.51.100.0/24"]
egress = ["ACCEPT all all 0.0.0.0/0"]
"#;

const STANDARD: &str =
    "extends = \"standard\"\npublic-ip = \"any\"\ningress = { from = [\"198.51.100.0/24\"] }";

fn left(profile: &str, marks: &str) -> Tool {
    let tool = Tool::new();
    tool.write("rdp.toml", &DECLARATION.replace("PROFILE", profile));
    tool.write("world.toml", &WORLD.replace("MARKS", marks));
    tool
}

#[test]
fn a_switch_that_is_still_armed_is_told_and_removed() {
    let tool = left(STANDARD, "Switch = \"rdpctl-of-a-killed-run\"");
    let plan = tool.sim(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    web-01  (ins-0lef0001, provider gz, profile office)
      ~ remote-desktop  a dead man's switch of an earlier run is armed and will put former values back -> allowed
           1. remove the dead man's switch that an earlier run left

    Budget: about 6 API calls, 2 guest round trips, 1 s.
    Plan: 1 change on 1 instance.
    ");
    tool.sim(&["apply", "--auto-approve"]).exits(0);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn a_switch_that_fired_is_told_whatever_facet_is_managed() {
    let tool = left("nla = true", "Switch = \"rdpctl-x\"\nRestored = \"rdpctl-x\"");
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(
        plan.out.contains("nla  a dead man's switch of an earlier run has put former values back"),
        "{}",
        plan.out
    );
    tool.sim(&["apply", "--auto-approve"]).exits(0);
    tool.sim(&["plan", "--detailed-exitcode"]).exits(0);
}

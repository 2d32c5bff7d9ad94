//! Machines with the same difference are one group, whatever is each one's own: certificates, keys, security groups.

use std::fmt::Write;

use serde_json::Value;

use crate::tool::Tool;

const DECLARED: &str = r#"
[provider.gz]
kind   = "tencent"
region = "ap-guangzhou"

[profile.desks]
extends = "standard"
ingress = { from = ["198.51.100.0/24"] }

[fleet.desks]
provider = "gz"
select   = { tags = { role = "desk" } }
profile  = "desks"
snapshot = { first = false }
"#;

/// Twenty machines, each with a security group of its own that keeps RDP out, and a certificate of its own that ended.
fn twenty() -> Tool {
    let mut world = String::from(
        r#"
[world]
seed       = 5
time-scale = "instant"

[account.gz]
kind                 = "tencent"
region               = "ap-guangzhou"
secret-id            = "AKIDquickstart00000000000000000standard"
secret-key           = "k"
network-account-type = "STANDARD"
"#,
    );
    for number in 0..20 {
        let _ = write!(
            world,
            r#"
[security-group.sg-desk{number:04}]
account = "gz"
name    = "desk {number}"
ingress = ["ACCEPT tcp 22 10.{number}.0.0/16"]
egress  = ["ACCEPT all all 0.0.0.0/0"]

[vm.desk-{number:02}]
account         = "gz"
id              = "ins-desk{number:04}"
zone            = "ap-guangzhou-3"
os              = "Windows Server 2022 Datacenter 64bit"
address         = "eip"
bandwidth       = 5
security-groups = ["sg-desk{number:04}"]
tags            = {{ role = "desk" }}

[vm.desk-{number:02}.guest]
os          = "2022"
certificate = "expired"
"#
        );
    }
    let tool = Tool::new();
    tool.write("rdp.toml", DECLARED);
    tool.write("world.toml", &world);
    tool
}

#[test]
fn machines_with_the_same_difference_are_one_group_and_each_is_mended_by_its_own_values() {
    let tool = twenty();
    let plan = tool.sim(&["plan"]).exits(0);
    insta::assert_snapshot!(plan.out, @r"
    None of 20 instances answers RDP. 60 steps can be done.

    Do not answer                                                               20 instances in 1 group
    A     20  ✗ ingress       port 3389 closed → port 3389 open to 198.51.100.0/24                desks
              ✗ certificate   expired → valid for 14 days
              > reachable     follows from ingress
               1  let tcp 3389 in from 198.51.100.0/24, in each machine's rule set           opens 3389
               2  certificate: delete the RDP certificate in use
               3  restart SessionEnv and TermService                                     drops sessions
               4  prove it: RDP handshake from outside on port 3389, after 1, 3

    Plan       60 changes on 20 instances
               opens: port 3389 opened to 198.51.100.0/24 (on 20)
               drops sessions on 20 instances; nobody was logged on
               no reboot, no money; about 64 API calls, 80 guest round trips, 44 s
    ");

    let json: Value =
        serde_json::from_str(&tool.sim(&["plan", "--format", "json"]).exits(0).out).unwrap();
    assert_eq!(json["summary"]["groups"], 1);
    let members = json["groups"][0]["members"].as_array().unwrap();
    let own = |what: &str| {
        let values = members.iter().map(|member| member["binds"][what].to_string());
        values.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!((own("certificate"), own("openings")), (20, 20), "each is bound to its own");

    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "spend"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
}

#[test]
fn what_machines_share_is_edited_once_for_all_of_them() {
    let tool = twenty();
    let world = std::fs::read_to_string(tool.path("world.toml")).unwrap();
    let mut shared = String::new();
    for line in world.lines() {
        // All machines stand behind the first one's group.
        let line = if line.starts_with("security-groups") {
            r#"security-groups = ["sg-desk0000"]"#
        } else {
            line
        };
        shared.push_str(line);
        shared.push('\n');
    }
    tool.write("world.toml", &shared);
    let plan = tool.sim(&["plan"]).exits(0);
    assert!(
        plan.out.contains(
            "sg-desk0000: insert ACCEPT tcp 3389 from 198.51.100.0/24 at index 1 (concerns 20 instances)"
        ),
        "{}",
        plan.out
    );
    let applied = tool.sim(&["apply", "--auto-approve", "--allow", "spend"]).exits(0);
    assert!(applied.out.contains("No changes"), "{}", applied.out);
}

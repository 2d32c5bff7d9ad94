//! What a key must be allowed, and what that makes of whoever holds it.

use serde_json::Value;

use crate::tool::Tool;

#[test]
fn permissions_of_several_providers_are_one_document_with_their_names() {
    let tool = Tool::quickstart();
    let text = tool.sim(&["permissions", "--format", "json"]).exits(0).out;
    let all: Value = serde_json::from_str(&text).unwrap();
    let one = tool.sim(&["permissions", "--format", "json", "--provider", "gz"]).exits(0).out;
    let gz: Value = serde_json::from_str(&one).unwrap();
    assert_eq!(all["gz"], gz);
    assert!(all["gz-legacy"]["statement"].is_array(), "{text}");
    tool.sim(&["permissions", "--provider", "nobody"]).exits(1).complains("no provider `nobody`");
}

#[test]
fn what_equals_system_is_said_and_given_for_the_declared_machines_alone() {
    let tool = Tool::quickstart();
    let text = tool.sim(&["permissions", "--for", "plan", "--provider", "gz"]).exits(0).out;
    insta::assert_snapshot!(text, @r"
    Tencent Cloud, gz: plan needs 16 actions.

      look         cloudaudit:DescribeEvents, cvm:DescribeAddresses, cvm:DescribeInstances, cvm:DescribeNetworkAccountType, tat:DescribeAutomationAgentStatus, tat:DescribeInvocationTasks, tat:DescribeInvocations, vpc:DescribeAddressTemplateGroups, vpc:DescribeAddressTemplates, vpc:DescribeAddresses, vpc:DescribeNetworkAccountType, vpc:DescribeSecurityGroupAssociationStatistics, vpc:DescribeSecurityGroupPolicies, vpc:DescribeServiceTemplateGroups, vpc:DescribeServiceTemplates
      as SYSTEM    tat:RunCommand
                   whoever holds it is SYSTEM in every guest that it reaches, and can run anything there; give it for these alone:
                   qcs::tat:ap-guangzhou::command/*
                   qcs::cvm:ap-guangzhou::instance/ins-0abc1234
                   a key for looking can have less: `rdpctl permissions --register` has the vendor hold the commands for looking ready
    ");
    let fleet = "[fleet.kiosks]\nprovider = \"gz\"\nprofile = \"standard\"\nselect = { tags = { role = \"kiosk\" } }\n";
    tool.write("rdp.toml", &format!("{}\n{fleet}", tool.read("rdp.toml")));
    let policy =
        tool.sim(&["permissions", "--for", "plan", "--format", "json", "--provider", "gz"]);
    let policy: Value = serde_json::from_str(&policy.exits(0).out).unwrap();
    for statement in policy["statement"].as_array().unwrap() {
        let runs = statement["action"].as_array().unwrap().iter().any(|it| it == "tat:RunCommand");
        let all = |name: &Value| {
            name == "*" || name.as_str().is_some_and(|it| it.ends_with("instance/*"))
        };
        let everywhere = statement["resource"].as_array().unwrap().iter().any(all)
            && statement["condition"].is_null();
        assert!(!(runs && everywhere), "{statement}");
    }
    assert!(policy.to_string().contains("role&kiosk"), "{policy}");
}

#[test]
fn a_fleet_that_is_picked_by_several_tags_is_asked_for_by_all_of_them() {
    let tool = Tool::quickstart();
    let fleet = "[fleet.kiosks]\nprovider = \"gz\"\nprofile = \"standard\"\nselect = { tags = { role = \"kiosk\", env = \"prod\" } }\n";
    tool.write("rdp.toml", &format!("{}\n{fleet}", tool.read("rdp.toml")));
    let policy =
        tool.sim(&["permissions", "--for", "plan", "--format", "json", "--provider", "gz"]);
    let policy: Value = serde_json::from_str(&policy.exits(0).out).unwrap();
    let conditions: Vec<&Value> = policy["statement"]
        .as_array()
        .unwrap()
        .iter()
        .map(|statement| &statement["condition"])
        .filter(|condition| !condition.is_null())
        .collect();
    insta::assert_snapshot!(serde_json::to_string_pretty(&conditions).unwrap(), @r#"
    [
      {
        "for_any_value:string_equal": {
          "qcs:resource_tag": [
            "env&prod"
          ]
        },
        "for_any_value:string_like": {
          "qcs:resource_tag": [
            "role&kiosk"
          ]
        }
      }
    ]
    "#);
    let text = tool.sim(&["permissions", "--for", "plan", "--provider", "gz"]).exits(0).out;
    assert!(text.contains("what carries env=prod and role=kiosk"), "{text}");
}

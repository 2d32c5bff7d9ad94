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
    # provider gz
    cvm:DescribeAddresses
    cvm:DescribeInstances
    cvm:DescribeNetworkAccountType
    tat:DescribeAutomationAgentStatus
    tat:DescribeInvocationTasks
    tat:DescribeInvocations
    vpc:DescribeAddressTemplateGroups
    vpc:DescribeAddressTemplates
    vpc:DescribeAddresses
    vpc:DescribeNetworkAccountType
    vpc:DescribeSecurityGroupAssociationStatistics
    vpc:DescribeSecurityGroupPolicies
    vpc:DescribeServiceTemplateGroups
    vpc:DescribeServiceTemplates
    # Whoever holds the next is SYSTEM in every guest that it reaches, and can run anything there.
    # Give it for these alone:
    #   qcs::cvm:ap-guangzhou::instance/ins-0abc1234
    tat:RunCommand
    ");
    let fleet = "[fleet.kiosks]\nprovider = \"gz\"\nprofile = \"standard\"\nselect = { tags = { role = \"kiosk\" } }\n";
    tool.write("rdp.toml", &format!("{}\n{fleet}", tool.read("rdp.toml")));
    let policy =
        tool.sim(&["permissions", "--for", "plan", "--format", "json", "--provider", "gz"]);
    let policy: Value = serde_json::from_str(&policy.exits(0).out).unwrap();
    for statement in policy["statement"].as_array().unwrap() {
        let runs = statement["action"].as_array().unwrap().iter().any(|it| it == "tat:RunCommand");
        let everywhere = statement["resource"][0] == "*" && statement["condition"].is_null();
        assert!(!(runs && everywhere), "{statement}");
    }
    assert!(policy.to_string().contains("role&kiosk"), "{policy}");
}

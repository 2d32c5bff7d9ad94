//! Security group rules: versions, positions, duplicates.

use serde_json::{Value, json};

use super::Stage;

const GROUP: &str = r#"
[security-group.sg-00000001]
ingress = ["ACCEPT tcp 22 0.0.0.0/0", "DROP tcp 3389 0.0.0.0/0"]
egress = ["ACCEPT all all 0.0.0.0/0"]
[address-template.ipm-00000001]
members = ["203.0.113.0/24"]
"#;

fn edit(stage: &mut Stage, action: &str, set: &Value) -> Result<Value, String> {
    stage.vpc(action, json!({ "SecurityGroupId": "sg-00000001", "SecurityGroupPolicySet": set }))
}

fn rules(stage: &mut Stage) -> (String, Vec<String>) {
    let answer = stage
        .vpc("DescribeSecurityGroupPolicies", json!({ "SecurityGroupId": "sg-00000001" }))
        .unwrap();
    let set = &answer["SecurityGroupPolicySet"];
    let shown = set["Ingress"].as_array().unwrap().iter().map(|rule| {
        let text = |key: &str| rule[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {} {}", text("Action"), text("Protocol"), text("Port"), text("CidrBlock"))
    });
    (set["Version"].as_str().unwrap().to_owned(), shown.collect())
}

fn office(index: Option<i64>) -> Value {
    let mut rule = json!({ "Protocol": "tcp", "Port": "3389", "CidrBlock": "203.0.113.0/24", "Action": "accept" });
    if let Some(index) = index {
        rule["PolicyIndex"] = json!(index);
    }
    rule
}

#[test]
fn a_rule_goes_before_the_index_it_names_or_to_the_end() {
    for (index, at) in [(Some(0), 0), (Some(1), 1), (Some(2), 2), (None, 2)] {
        let mut stage = Stage::of(GROUP);
        edit(
            &mut stage,
            "CreateSecurityGroupPolicies",
            &json!({ "Version": "1", "Ingress": [office(index)] }),
        )
        .unwrap();
        let (version, seen) = rules(&mut stage);
        assert_eq!(version, "2");
        assert_eq!(seen[at], "ACCEPT tcp 3389 203.0.113.0/24", "{index:?}");
    }
}

#[test]
fn edits_that_are_wrong_change_nothing_and_say_why() {
    let with = |key: &str, value: Value| {
        let mut rule = office(Some(0));
        rule[key] = value;
        rule
    };
    let cases = [
        (
            json!({ "Version": "2", "Ingress": [office(Some(0))] }),
            "UnsupportedOperation.VersionMismatch",
        ),
        (json!({ "Ingress": [office(Some(3))] }), "InvalidParameterValue.Range"),
        (json!({ "Ingress": [office(Some(-1))] }), "InvalidParameterValue.Range"),
        (
            json!({ "Ingress": [office(Some(0)), office(Some(0))] }),
            "UnsupportedOperation.DuplicatePolicy",
        ),
        (
            json!({ "Ingress": [office(None)], "Egress": [office(None)] }),
            "InvalidParameter.Coexist",
        ),
        (json!({ "Ingress": [] }), "InvalidParameterValue.Empty"),
        (json!({ "Ingress": [with("Port", json!("99999"))] }), "InvalidParameterValue.Malformed"),
        (
            json!({ "Ingress": [with("CidrBlock", json!("everywhere"))] }),
            "InvalidParameterValue.Malformed",
        ),
        (json!({ "Ingress": [with("Ipv6CidrBlock", json!("::/0"))] }), "InvalidParameter.Coexist"),
        (json!({ "Ingress": [with("Action", json!("ALLOW"))] }), "InvalidParameterValue.Malformed"),
        (
            json!({ "Ingress": [with("PolicyDescription", json!("x".repeat(101)))] }),
            "InvalidParameterValue.TooLong",
        ),
        (json!({ "Ingress": [with("Colour", json!("red"))] }), "UnknownParameter"),
        (
            json!({ "Ingress": [{ "Protocol": "tcp", "AddressTemplate": { "AddressId": "ipm-00000009" }, "Action": "ACCEPT" }] }),
            "ResourceNotFound",
        ),
    ];
    for (set, code) in cases {
        let mut stage = Stage::of(GROUP);
        assert_eq!(
            edit(&mut stage, "CreateSecurityGroupPolicies", &set).unwrap_err(),
            code,
            "{set}"
        );
        assert_eq!(rules(&mut stage).0, "1", "{set}");
    }
}

#[test]
fn numbers_may_come_as_text_and_unused_members_as_empty_text() {
    let mut stage = Stage::of(GROUP);
    let rule = json!({
        "PolicyIndex": "1", "Protocol": "TCP", "Port": "3389", "Action": "ACCEPT", "CidrBlock": "",
        "AddressTemplate": { "AddressId": "ipm-00000001", "AddressGroupId": "" }, "SecurityGroupId": "",
    });
    edit(&mut stage, "CreateSecurityGroupPolicies", &json!({ "Version": 1, "Ingress": [rule] }))
        .unwrap();
    assert_eq!(rules(&mut stage).1[1], "ACCEPT tcp 3389 ");
}

#[test]
fn rules_are_deleted_by_index_or_by_what_they_say() {
    let mut stage = Stage::of(GROUP);
    edit(&mut stage, "DeleteSecurityGroupPolicies", &json!({ "Ingress": [{ "PolicyIndex": 0 }] }))
        .unwrap();
    assert_eq!(rules(&mut stage).1, ["DROP tcp 3389 0.0.0.0/0"]);
    let said =
        json!({ "Protocol": "TCP", "Port": "3389", "CidrBlock": "0.0.0.0/0", "Action": "DROP" });
    edit(&mut stage, "DeleteSecurityGroupPolicies", &json!({ "Ingress": [said.clone()] })).unwrap();
    assert_eq!(rules(&mut stage), ("3".to_owned(), Vec::new()));
    let again = edit(&mut stage, "DeleteSecurityGroupPolicies", &json!({ "Ingress": [said] }));
    assert_eq!(again.unwrap_err(), "ResourceNotFound");
}

#[test]
fn rewriting_the_whole_group_wipes_the_direction_that_is_left_out() {
    let mut stage = Stage::of(GROUP);
    edit(&mut stage, "ModifySecurityGroupPolicies", &json!({ "Ingress": [office(None)] })).unwrap();
    let answer = stage
        .vpc("DescribeSecurityGroupPolicies", json!({ "SecurityGroupId": "sg-00000001" }))
        .unwrap();
    assert_eq!(answer["SecurityGroupPolicySet"]["Egress"], json!([]));
}

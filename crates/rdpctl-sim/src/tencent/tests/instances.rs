//! Instances: power, bandwidth, listings.

use serde_json::json;

use super::Stage;

const WEB: &str = r#"
[vm.web-01]
id = "ins-web00001"
state = "stopped"
[vm.web-02]
id = "ins-web00002"
"#;

fn ids(ids: &[&str]) -> serde_json::Value {
    json!({ "InstanceIds": ids })
}

#[test]
fn a_start_is_seen_under_its_request_until_its_time_is_over() {
    let mut stage = Stage::of(WEB);
    let begun = stage.cvm("StartInstances", ids(&["ins-web00001"])).unwrap();
    let request = begun["RequestId"].as_str().unwrap().to_owned();
    assert_eq!(
        stage.state("ins-web00001"),
        ("STARTING".into(), "OPERATING".into(), request.clone())
    );
    stage.skip(24);
    assert_eq!(stage.state("ins-web00001").0, "STARTING");
    stage.skip(1);
    assert_eq!(stage.state("ins-web00001"), ("RUNNING".into(), "SUCCESS".into(), request));
}

#[test]
fn one_wrong_member_rejects_the_whole_batch() {
    let mut stage = Stage::of(WEB);
    let both = stage.cvm("StartInstances", ids(&["ins-web00001", "ins-web00002"]));
    assert_eq!(both.unwrap_err(), "UnsupportedOperation.InstanceStateRunning");
    assert_eq!(stage.state("ins-web00001").0, "STOPPED");
}

#[test]
fn an_instance_under_an_operation_takes_no_other() {
    let mut stage = Stage::of(WEB);
    stage
        .cvm(
            "ModifyInstancesAttribute",
            json!({ "InstanceIds": ["ins-web00002"], "InstanceName": "x" }),
        )
        .unwrap();
    let second = stage.cvm("RebootInstances", ids(&["ins-web00002"]));
    assert_eq!(second.unwrap_err(), "OperationDenied.InstanceOperationInProgress");
    stage.skip(3);
    assert_eq!(stage.instance("ins-web00002")["InstanceName"], "x");
    stage.cvm("RebootInstances", ids(&["ins-web00002"])).unwrap();
}

#[test]
fn an_operation_may_be_accepted_and_fail_in_the_end() {
    let mut stage = Stage::of(&format!(
        "{WEB}\n[[fault.operation]]\naction = \"StartInstances\"\nmessage = \"no capacity\"\ntimes = 1\n"
    ));
    stage.cvm("StartInstances", ids(&["ins-web00001"])).unwrap();
    stage.skip(25);
    let seen = stage.instance("ins-web00001");
    assert_eq!(seen["InstanceState"], "STOPPED");
    assert_eq!(seen["LatestOperationState"], "FAILED");
    assert_eq!(seen["LatestOperationErrorMsg"], "no capacity");
    stage.cvm("StartInstances", ids(&["ins-web00001"])).unwrap();
    stage.skip(25);
    assert_eq!(stage.state("ins-web00001").0, "RUNNING");
}

#[test]
fn where_reads_lag_a_write_shows_later() {
    let mut stage = Stage::of(&format!("{WEB}\n[fault]\neventual-consistency = \"5s\"\n"));
    stage.cvm("StartInstances", ids(&["ins-web00001"])).unwrap();
    assert_eq!(stage.state("ins-web00001"), ("STOPPED".into(), String::new(), String::new()));
    stage.skip(5);
    assert_eq!(stage.state("ins-web00001").0, "STARTING");
    stage.skip(25);
    assert_eq!(stage.state("ins-web00001").0, "RUNNING");
}

#[test]
fn stopping_without_charges_loses_the_ordinary_address_and_allows_only_a_start() {
    let mut stage = Stage::of(
        "[vm.web-01]\nid = \"ins-web00001\"\naddress = \"wan\"\nbandwidth = 5\n[eip.eip-free0001]\n",
    );
    assert!(stage.instance("ins-web00001")["PublicIpAddresses"].is_array());
    stage
        .cvm(
            "StopInstances",
            json!({ "InstanceIds": ["ins-web00001"], "StoppedMode": "STOP_CHARGING" }),
        )
        .unwrap();
    stage.skip(20);
    let seen = stage.instance("ins-web00001");
    assert_eq!(seen["StopChargingMode"], "STOP_CHARGING");
    assert!(seen["PublicIpAddresses"].is_null());
    let bind = json!({ "AddressId": "eip-free0001", "InstanceId": "ins-web00001" });
    assert_eq!(
        stage.vpc("AssociateAddress", bind).unwrap_err(),
        "UnsupportedOperation.InstanceStatusNotPermit"
    );
    let rename = json!({ "InstanceIds": ["ins-web00001"], "InstanceName": "x" });
    assert_eq!(
        stage.cvm("ModifyInstancesAttribute", rename).unwrap_err(),
        "UnsupportedOperation.StoppedModeStopCharging"
    );
    stage.cvm("StartInstances", ids(&["ins-web00001"])).unwrap();
}

#[test]
fn who_owes_money_starts_nothing() {
    let cases = [
        ("isolated = \"arrear\"", "UnsupportedOperation.InstanceStateIsolating"),
        ("[account.main]\nbalance = -1.0", "InvalidAccount.InsufficientBalance"),
    ];
    for (line, code) in cases {
        let text = if line.starts_with('[') {
            super::ACCOUNT.replace("[account.main]", line)
                + "[vm.web-01]\nid = \"ins-web00001\"\nstate = \"stopped\"\n"
        } else {
            format!(
                "{}[vm.web-01]\nid = \"ins-web00001\"\nstate = \"stopped\"\n{line}\n",
                super::ACCOUNT
            )
        };
        assert_eq!(
            Stage::whole(&text).cvm("StartInstances", ids(&["ins-web00001"])).unwrap_err(),
            code,
            "{line}"
        );
    }
}

#[test]
fn bandwidth_follows_the_charge_type() {
    let cases = [
        // Charge type, before, asked, dates given, outcome.
        ("TRAFFIC_POSTPAID_BY_HOUR", 5, 0, false, Ok(0)),
        ("TRAFFIC_POSTPAID_BY_HOUR", 0, 100, false, Ok(100)),
        ("TRAFFIC_POSTPAID_BY_HOUR", 0, 101, false, Err("InvalidParameterValue.Range")),
        ("TRAFFIC_POSTPAID_BY_HOUR", 0, 5, true, Err("InvalidParameterCombination")),
        ("BANDWIDTH_PACKAGE", 0, 2000, false, Ok(2000)),
        ("BANDWIDTH_PREPAID", 1, 5, false, Err("MissingParameter")),
        ("BANDWIDTH_PREPAID", 1, 5, true, Ok(5)),
        ("BANDWIDTH_PREPAID", 5, 1, true, Err("InvalidParameterValue.Range")),
        (
            "BANDWIDTH_POSTPAID_BY_MONTH",
            1,
            5,
            false,
            Err("UnsupportedOperation.InstanceChargeType"),
        ),
    ];
    for (charge, before, asked, dated, expected) in cases {
        let mut stage = Stage::of(&format!(
            "[vm.web-01]\nid = \"ins-web00001\"\naddress = \"wan\"\n\
             bandwidth = {{ charge-type = \"{charge}\", max-out = {before} }}\n"
        ));
        let mut request = json!({ "InstanceIds": ["ins-web00001"], "InternetAccessible": { "InternetMaxBandwidthOut": asked } });
        if dated {
            request["StartTime"] = json!("2026-01-05");
            request["EndTime"] = json!("2026-02-05");
        }
        let outcome = stage.cvm("ResetInstancesInternetMaxBandwidth", request);
        stage.skip(3);
        let seen = outcome.map(|_| {
            stage.instance("ins-web00001")["InternetAccessible"]["InternetMaxBandwidthOut"]
                .as_i64()
                .unwrap()
        });
        assert_eq!(seen, expected.map_err(str::to_owned), "{charge} {before} -> {asked}");
    }
}

#[test]
fn only_one_instance_at_a_time_where_bandwidth_is_paid_by_the_hour() {
    let mut stage = Stage::of(
        "[vm.web]\ncount = 2\naddress = \"wan\"\nbandwidth = { charge-type = \"BANDWIDTH_POSTPAID_BY_HOUR\" }\n",
    );
    let all = stage.cvm("DescribeInstances", json!({})).unwrap();
    let both: Vec<_> = (0..2).map(|at| all["InstanceSet"][at]["InstanceId"].clone()).collect();
    let request =
        |ids| json!({ "InstanceIds": ids, "InternetAccessible": { "InternetMaxBandwidthOut": 5 } });
    let refused = stage.cvm("ResetInstancesInternetMaxBandwidth", request(both.clone()));
    assert_eq!(refused.unwrap_err(), "InvalidParameterValue.LimitExceeded");
    stage.cvm("ResetInstancesInternetMaxBandwidth", request(both[..1].to_vec())).unwrap();
}

#[test]
fn a_page_beyond_the_end_is_empty_and_the_count_is_the_whole() {
    let mut stage =
        Stage::of("[vm.kiosk]\ncount = 1000\ndrift = { share = 0.013, state = \"stopped\" }\n");
    let page = stage.cvm("DescribeInstances", json!({ "Offset": 1000, "Limit": 100 })).unwrap();
    assert_eq!(
        (page["TotalCount"].as_i64(), page["InstanceSet"].as_array().map(Vec::len)),
        (Some(1000), Some(0))
    );
    let stopped =
        json!({ "Filters": [{ "Name": "instance-state", "Values": ["STOPPED"] }], "Limit": 1 });
    assert_eq!(stage.cvm("DescribeInstances", stopped).unwrap()["TotalCount"], 13);
}

//! Addresses: buying, binding, what stands in the way.

use serde_json::json;

use super::Stage;

#[test]
fn a_token_buys_once_and_serves_no_other_order() {
    let mut stage = Stage::of("");
    let order = json!({ "InternetMaxBandwidthOut": 5, "ClientToken": "one" });
    let first = stage.vpc("AllocateAddresses", order.clone()).unwrap();
    let again = stage.vpc("AllocateAddresses", order).unwrap();
    assert_eq!((&first["AddressSet"], &first["TaskId"]), (&again["AddressSet"], &again["TaskId"]));
    let other = stage
        .vpc("AllocateAddresses", json!({ "InternetMaxBandwidthOut": 6, "ClientToken": "one" }));
    assert_eq!(other.unwrap_err(), "InvalidParameterValue");
    assert_eq!(stage.vpc("DescribeAddresses", json!({})).unwrap()["TotalCount"], 1);
}

#[test]
fn quotas_bound_what_is_held_and_what_is_bought_in_a_day() {
    let mut stage = Stage::whole(
        &super::ACCOUNT
            .replace("[account.main]", "[account.main]\nquotas = { eip = 2, eip-daily = 3 }"),
    );
    let buy = |stage: &mut Stage| stage.vpc("AllocateAddresses", json!({}));
    let first = buy(&mut stage).unwrap();
    buy(&mut stage).unwrap();
    assert_eq!(buy(&mut stage).unwrap_err(), "AddressQuotaLimitExceeded");
    stage.skip(2);
    stage.vpc("ReleaseAddresses", json!({ "AddressIds": first["AddressSet"] })).unwrap();
    stage.skip(2);
    let third = buy(&mut stage).unwrap();
    stage.skip(2);
    stage.vpc("ReleaseAddresses", json!({ "AddressIds": third["AddressSet"] })).unwrap();
    stage.skip(2);
    assert_eq!(buy(&mut stage).unwrap_err(), "AddressQuotaLimitExceeded.DailyAllocate");
    stage.skip(86_400);
    buy(&mut stage).unwrap();
}

#[test]
fn what_is_for_sale_depends_on_the_charge_type() {
    let cases = [
        (json!({ "InternetMaxBandwidthOut": 0 }), "InvalidParameterValue.BandwidthTooSmall"),
        (json!({ "InternetMaxBandwidthOut": 101 }), "InvalidParameterValue.BandwidthOutOfRange"),
        (json!({ "InternetChargeType": "BANDWIDTH_PREPAID_BY_MONTH" }), "MissingParameter"),
        (json!({ "InternetChargeType": "BANDWIDTH_PACKAGE" }), "MissingParameter"),
        (json!({ "BandwidthPackageId": "bwp-1" }), "InvalidParameterValue.Combination"),
        (json!({ "AddressChargePrepaid": { "Period": 1 } }), "InvalidParameterValue.Combination"),
        (json!({ "AddressCount": 0 }), "InvalidParameterValue.Range"),
        (json!({ "ClientToken": "x".repeat(65) }), "InvalidParameterValue"),
    ];
    for (order, code) in cases {
        assert_eq!(
            Stage::of("").vpc("AllocateAddresses", order.clone()).unwrap_err(),
            code,
            "{order}"
        );
    }
}

#[test]
fn what_stands_in_the_way_of_binding_is_named() {
    let world = r#"
[vm.free-01]
id = "ins-free0001"
[vm.wan-01]
id = "ins-wan00001"
address = "wan"
[vm.eip-01]
id = "ins-eip00001"
address = "eip"
[vm.gone-01]
id = "ins-gone0001"
state = "shutdown"
[eip.eip-free0001]
[eip.eip-bad00001]
blocked = true
[eip.eip-owes0001]
arrears = true
"#;
    let cases = [
        ("eip-free0001", "ins-wan00001", "InvalidParameterValue.InstanceHasWanIP"),
        ("eip-free0001", "ins-eip00001", "InvalidInstanceId.AlreadyBindEip"),
        ("eip-free0001", "ins-gone0001", "UnsupportedOperation.InstanceStateNotSupported"),
        ("eip-free0001", "ins-00000000", "InvalidInstanceId.NotFound"),
        ("eip-bad00001", "ins-free0001", "InvalidAddressId.Blocked"),
        ("eip-owes0001", "ins-free0001", "OperationDenied.AddressInArrears"),
        ("eip-00000000", "ins-free0001", "InvalidAddressId.NotFound"),
    ];
    for (address, instance, code) in cases {
        let bind = json!({ "AddressId": address, "InstanceId": instance });
        assert_eq!(
            Stage::of(world).vpc("AssociateAddress", bind).unwrap_err(),
            code,
            "{address} {instance}"
        );
    }
}

#[test]
fn an_instance_shows_its_address_only_once_it_is_bound() {
    let mut stage = Stage::of(
        "[vm.web-01]\nid = \"ins-web00001\"\n[eip.eip-free0001]\nip = \"198.51.100.9\"\n",
    );
    let bind = json!({ "AddressId": "eip-free0001", "InstanceId": "ins-web00001" });
    let begun = stage.vpc("AssociateAddress", bind).unwrap();
    let task: u64 = begun["TaskId"].as_str().unwrap().parse().unwrap();
    assert_eq!(stage.address("eip-free0001")["AddressStatus"], "BINDING");
    assert!(stage.instance("ins-web00001")["PublicIpAddresses"].is_null());
    assert_eq!(
        stage.vpc("DescribeTaskResult", json!({ "TaskId": task })).unwrap()["Result"],
        "RUNNING"
    );
    stage.skip(3);
    assert_eq!(stage.instance("ins-web00001")["PublicIpAddresses"], json!(["198.51.100.9"]));
    assert_eq!(
        stage.vpc("DescribeTaskResult", json!({ "TaskId": task })).unwrap()["Result"],
        "SUCCESS"
    );
}

#[test]
fn a_failed_binding_leaves_both_ends_free() {
    let mut stage = Stage::of(
        "[vm.web-01]\nid = \"ins-web00001\"\n[eip.eip-free0001]\n\
         [[fault.operation]]\naction = \"AssociateAddress\"\ntimes = 1\n",
    );
    let bind = json!({ "AddressId": "eip-free0001", "InstanceId": "ins-web00001" });
    let begun = stage.vpc("AssociateAddress", bind.clone()).unwrap();
    stage.skip(3);
    let task: u64 = begun["TaskId"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        stage.vpc("DescribeTaskResult", json!({ "TaskId": task })).unwrap()["Result"],
        "FAILED"
    );
    assert_eq!(stage.address("eip-free0001")["AddressStatus"], "UNBIND");
    stage.vpc("AssociateAddress", bind).unwrap();
}

#[test]
fn an_address_paid_by_the_month_is_released_by_the_second_call() {
    let mut stage = Stage::of("[eip.eip-free0001]\ncharge-type = \"BANDWIDTH_PREPAID_BY_MONTH\"\n");
    let release = json!({ "AddressIds": ["eip-free0001"] });
    stage.vpc("ReleaseAddresses", release.clone()).unwrap();
    stage.skip(2);
    assert_eq!(stage.address("eip-free0001")["IsArrears"], true);
    stage.vpc("ReleaseAddresses", release).unwrap();
    stage.skip(2);
    assert_eq!(stage.vpc("DescribeAddresses", json!({})).unwrap()["TotalCount"], 0);
}

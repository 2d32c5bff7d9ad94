//! Changes to simulated accounts, each read back from the simulator.

use rdpctl_contract::cloud::{CloudChanger, CloudError};
use rdpctl_model::account::Rates;
use rdpctl_model::cloud::{AddressFact, BandwidthFact, ChargeType, PowerState};
use rdpctl_model::outcome::CreatedKind;
use rdpctl_model::plan::Per;
use rdpctl_model::rules::{NewRule, Place};
use rdpctl_model::{CloudAction, ResourceId};
use rdpctl_words::english;

use crate::estate::{Estate, order};

const VM: &str = "ins-0abc1234";

#[tokio::test]
async fn stopped_instances_are_started_together() {
    let estate = Estate::start(
        "[vm.kiosk]\ncount = 120\nstate = \"stopped\"\n[vm.up]\nid = \"ins-up000000\"\n",
    )
    .await;
    let all = estate.all().await;
    let orders = all.iter().map(|id| order(id, CloudAction::Start)).collect();
    let receipts = estate.perform(orders).await;
    assert_eq!(receipts.iter().filter(|receipt| receipt.is_ok()).count(), 121);
    assert_eq!(receipts.iter().flatten().filter(|receipt| receipt.already).count(), 1);
    assert_eq!(estate.calls("cvm", "StartInstances"), 2);
    for id in &all {
        assert_eq!(estate.see(id).await.power.state, PowerState::Running);
    }
}

#[tokio::test]
async fn one_instance_that_cannot_start_keeps_no_other_from_it() {
    let estate = Estate::start(
        "[vm.kiosk]\ncount = 9\nstate = \"stopped\"\n[vm.gone]\nid = \"ins-gone0000\"\nstate = \"shutdown\"\n",
    )
    .await;
    let all = estate.all().await;
    let orders: Vec<_> = all.iter().map(|id| order(id, CloudAction::Start)).collect();
    for (id, receipt) in all.iter().zip(estate.perform(orders).await) {
        assert_eq!(receipt.is_ok(), id != "ins-gone0000", "{id}: {receipt:?}");
    }
}

#[tokio::test]
async fn a_reboot_is_over_when_its_own_operation_is() {
    let estate = Estate::start("[vm.web-01]\nid = \"ins-0abc1234\"\n").await;
    let receipt = estate.act(VM, CloudAction::Reboot).await.unwrap();
    assert!(english(&receipt.note).starts_with("RUNNING (request "), "{:?}", receipt.note);
    assert_eq!(estate.calls("cvm", "RebootInstances"), 1);
}

#[tokio::test]
async fn an_address_is_obtained_and_bound() {
    let estate = Estate::start("[vm.web-01]\nid = \"ins-0abc1234\"\naddress = \"none\"\n").await;
    let obtained = estate.act(VM, CloudAction::AllocateAddress { mbps: 5 }).await.unwrap();
    let created = obtained.created.unwrap();
    assert_eq!(created.kind, CreatedKind::Address);

    let mut associate = order(VM, CloudAction::AssociateAddress);
    associate.created = vec![created.clone()];
    estate.perform(vec![associate.clone()]).await.remove(0).unwrap();
    let seen = estate.see(VM).await;
    assert_eq!(seen.address, AddressFact::Elastic { blocker: None });
    assert_eq!(seen.bandwidth, BandwidthFact::Address { mbps: 5, charge: ChargeType::Traffic });
    assert_eq!(seen.handles.address_id, Some(created.id));

    let again = estate.perform(vec![associate]).await.remove(0).unwrap();
    assert!(again.already);
    assert_eq!(estate.calls("vpc", "AssociateAddress"), 1);
}

#[tokio::test]
async fn an_order_that_is_repeated_after_a_kill_buys_nothing_twice() {
    let estate = Estate::start("[vm.web-01]\nid = \"ins-0abc1234\"\naddress = \"none\"\n").await;
    let allocate = || order(VM, CloudAction::AllocateAddress { mbps: 5 });
    let first = estate.perform(vec![allocate()]).await.remove(0).unwrap();
    // The loop makes the order again in the same process.
    let again = estate.perform(vec![allocate()]).await.remove(0).unwrap();
    assert_eq!(first.created, again.created);
    // A new process knows nothing of the first.
    let estate = estate.reconnected();
    let second = estate.perform(vec![allocate()]).await.remove(0).unwrap();
    assert_eq!(first.created, second.created);
    assert!(second.already);
    // Nor does it, killed before the address was noted, need to be told which one to bind.
    let bound = estate.act(VM, CloudAction::AssociateAddress).await.unwrap();
    assert!(bound.note.mentions(first.created.unwrap().id.as_str()), "{:?}", bound.note);
    assert_eq!(estate.calls("vpc", "AllocateAddresses"), 1);
}

#[tokio::test]
async fn addresses_obtained_side_by_side_are_different_ones() {
    let estate = Estate::start("[vm.kiosk]\ncount = 5\naddress = \"none\"\n").await;
    let all = estate.all().await;
    let orders = all.iter().map(|id| order(id, CloudAction::AllocateAddress { mbps: 1 })).collect();
    let mut ids: Vec<ResourceId> = estate
        .perform(orders)
        .await
        .into_iter()
        .map(|receipt| receipt.unwrap().created.unwrap().id)
        .collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[tokio::test]
async fn somebody_elses_free_address_is_left_alone() {
    let estate = Estate::start(
        "[vm.web-01]\nid = \"ins-0abc1234\"\naddress = \"none\"\n[eip.eip-theirs00]\n",
    )
    .await;
    let obtained = estate.act(VM, CloudAction::AllocateAddress { mbps: 5 }).await.unwrap();
    assert_ne!(obtained.created.unwrap().id.as_str(), "eip-theirs00");
    let refused = estate
        .act(VM, CloudAction::ReleaseAddress { address: ResourceId::new("eip-theirs00") })
        .await
        .unwrap_err();
    assert!(matches!(refused, CloudError::Unsupported { .. }), "{refused}");
}

#[tokio::test]
async fn what_was_obtained_can_be_given_back() {
    let estate = Estate::start("[vm.web-01]\nid = \"ins-0abc1234\"\naddress = \"none\"\n").await;
    let obtained = estate.act(VM, CloudAction::AllocateAddress { mbps: 5 }).await.unwrap();
    estate.act(VM, CloudAction::AssociateAddress).await.unwrap();
    let release = || CloudAction::ReleaseAddress { address: obtained.created.clone().unwrap().id };
    assert!(!estate.act(VM, release()).await.unwrap().already);
    assert_eq!(estate.see(VM).await.address, AddressFact::None);
    assert!(estate.act(VM, release()).await.unwrap().already);
}

#[tokio::test]
async fn an_exhausted_quota_says_what_to_do() {
    let world = r#"
        [account.gz]
        kind = "tencent"
        region = "ap-guangzhou"
        quotas = { eip = 0 }
        [vm.web-01]
        id = "ins-0abc1234"
        address = "none"
    "#;
    let estate = Estate::of(world, Rates::Unlimited).await;
    let error = estate.act(VM, CloudAction::AllocateAddress { mbps: 5 }).await.unwrap_err();
    let CloudError::Refused { code, advice, .. } = &error else { panic!("{error}") };
    assert_eq!(code, "AddressQuotaLimitExceeded");
    assert!(english(advice).contains("20 by default"), "{advice:?}");
}

#[tokio::test]
async fn an_ordinary_address_becomes_elastic_and_keeps_its_number() {
    let estate = Estate::start("[vm.web-01]\nid = \"ins-0abc1234\"\naddress = \"wan\"\n").await;
    let before = estate.see(VM).await;
    assert_eq!(before.address, AddressFact::Ordinary);
    estate.act(VM, CloudAction::TransformAddress).await.unwrap();
    let after = estate.see(VM).await;
    assert_eq!(after.address, AddressFact::Elastic { blocker: None });
    assert_eq!(after.handles.public_ip, before.handles.public_ip);
    assert!(estate.act(VM, CloudAction::TransformAddress).await.unwrap().already);
}

#[tokio::test]
async fn bandwidth_is_set_where_it_lives() {
    let estate = Estate::start(
        r#"
        [vm.elastic]
        id = "ins-elastic0"
        address = { type = "eip", bandwidth = 1 }
        [vm.traffic]
        id = "ins-traffic0"
        address = "wan"
        bandwidth = { charge-type = "TRAFFIC_POSTPAID_BY_HOUR", max-out = 0 }
        [vm.hourly]
        id = "ins-hourly00"
        address = "wan"
        bandwidth = { charge-type = "BANDWIDTH_POSTPAID_BY_HOUR", max-out = 1 }
        [vm.prepaid]
        id = "ins-prepaid0"
        address = "wan"
        bandwidth = { charge-type = "BANDWIDTH_PREPAID", max-out = 1 }
        "#,
    )
    .await;
    let mut receipts = estate
        .perform(vec![
            order("ins-elastic0", CloudAction::SetAddressBandwidth { mbps: 5 }),
            order("ins-traffic0", CloudAction::SetInstanceBandwidth { mbps: 5 }),
            order("ins-hourly00", CloudAction::SetInstanceBandwidth { mbps: 5 }),
            order("ins-prepaid0", CloudAction::SetInstanceBandwidth { mbps: 5 }),
        ])
        .await;
    let prepaid = receipts.pop().unwrap().unwrap_err();
    assert!(matches!(prepaid, CloudError::Unsupported { .. }), "{prepaid}");
    for receipt in receipts {
        assert_eq!(english(&receipt.unwrap().note), "5 Mbps");
    }
    let five = |charge| BandwidthFact::Instance { mbps: 5, charge };
    assert_eq!(
        estate.see("ins-elastic0").await.bandwidth,
        BandwidthFact::Address { mbps: 5, charge: ChargeType::Traffic }
    );
    assert_eq!(estate.see("ins-traffic0").await.bandwidth, five(ChargeType::Traffic));
    assert_eq!(estate.see("ins-hourly00").await.bandwidth, five(ChargeType::HourlyBandwidth));
    assert!(
        estate
            .act("ins-elastic0", CloudAction::SetAddressBandwidth { mbps: 5 })
            .await
            .unwrap()
            .already
    );
}

fn door(version: &str, index: u32, source: &str) -> CloudAction {
    CloudAction::OpenDoor {
        rule_set: ResourceId::new("sg-web00001"),
        version: version.to_owned(),
        rule: NewRule {
            place: Place::Position(index),
            port: 3389,
            sources: vec![source.parse().unwrap()],
            description: "rdpctl: RDP 3389".to_owned(),
        },
    }
}

const GROUP: &str = r#"
    [vm.web-01]
    id = "ins-0abc1234"
    security-groups = ["sg-web00001"]
    [security-group.sg-web00001]
    ingress = ["ACCEPT tcp 443 0.0.0.0/0", "DROP tcp 3389 0.0.0.0/0"]
"#;

impl Estate {
    /// The group's version and its rules as one line each.
    async fn rules(&self) -> (String, Vec<String>) {
        let seen = self.see(VM).await;
        let set = &seen.doors.stages[0].sets[0];
        let rules = set
            .rules
            .iter()
            .map(|rule| format!("{} {:?} {:?}", rule.index, rule.action, rule.service))
            .collect();
        (set.version.clone(), rules)
    }
}

#[tokio::test]
async fn a_door_is_opened_at_its_place_and_closed_again() {
    let estate = Estate::start(GROUP).await;
    let (version, before) = estate.rules().await;
    let receipt = estate.act(VM, door(&version, 1, "203.0.113.0/24")).await.unwrap();
    assert_eq!(receipt.created.unwrap().id.as_str(), "sg-web00001/rdpctl: RDP 3389");
    assert_eq!(
        estate.rules().await.1,
        [
            "0 Accept Ports([(443, 443)])",
            "1 Accept Ports([(3389, 3389)])",
            "2 Drop Ports([(3389, 3389)])"
        ]
    );
    assert!(estate.act(VM, door(&version, 1, "203.0.113.0/24")).await.unwrap().already);

    let CloudAction::OpenDoor { rule_set, version, rule, .. } = door("", 1, "203.0.113.0/24")
    else {
        panic!("not a door")
    };
    estate.act(VM, CloudAction::CloseDoor { rule_set, version, rule }).await.unwrap();
    assert_eq!(estate.rules().await.1, before);
}

#[tokio::test]
async fn a_rule_is_closed_by_two_calls_and_by_a_look_first_only_where_the_group_moved() {
    const OURS: &str = r#"
        [vm.web-01]
        id = "ins-0abc1234"
        security-groups = ["sg-web00001"]
        [security-group.sg-web00001]
        ingress = [
            "ACCEPT tcp 443 0.0.0.0/0",
            "ACCEPT tcp 3390 203.0.113.0/24 # rdpctl: RDP 3390",
            "ACCEPT tcp 3390 198.51.100.0/24 # rdpctl: RDP 3390",
        ]
    "#;
    let close = |version: &str, source: &str| CloudAction::CloseDoor {
        rule_set: ResourceId::new("sg-web00001"),
        version: version.to_owned(),
        rule: NewRule {
            place: Place::Position(1),
            port: 3390,
            sources: vec![source.parse().unwrap()],
            description: "rdpctl: RDP 3390".to_owned(),
        },
    };
    let estate = Estate::start(OURS).await;
    let calls = || {
        estate.calls("vpc", "DescribeSecurityGroupPolicies")
            + estate.calls("vpc", "DeleteSecurityGroupPolicies")
    };
    let (version, _) = estate.rules().await;
    for source in ["203.0.113.0/24", "198.51.100.0/24"] {
        // The second rests on what was read back of the first.
        let before = calls();
        estate.act(VM, close(&version, source)).await.unwrap();
        assert_eq!(calls() - before, 2, "{source}");
    }
    assert_eq!(estate.rules().await.1, ["0 Accept Ports([(443, 443)])"]);

    let estate = Estate::start(OURS).await;
    let calls = || {
        estate.calls("vpc", "DescribeSecurityGroupPolicies")
            + estate.calls("vpc", "DeleteSecurityGroupPolicies")
    };
    estate.act(VM, close("99", "203.0.113.0/24")).await.unwrap();
    assert_eq!(calls(), 4, "what was planned rests on another version");
    let left = ["0 Accept Ports([(443, 443)])", "1 Accept Ports([(3390, 3390)])"];
    assert_eq!(estate.rules().await.1, left);
}

#[tokio::test]
async fn a_group_that_moved_is_edited_only_where_the_plan_still_holds() {
    let estate = Estate::start(GROUP).await;
    let (version, _) = estate.rules().await;
    // Somebody edits the group after the plan was made.
    estate.act(VM, door(&version, 0, "198.51.100.7/32")).await.unwrap();
    // At its old place the second rule would now stand before the drop: it still does what was planned.
    estate.act(VM, door(&version, 1, "203.0.113.0/24")).await.unwrap();
    // Behind the drop it would do nothing.
    let error = estate.act(VM, door(&version, 4, "192.0.2.0/24")).await.unwrap_err();
    let CloudError::Stale { moved } = &error else { panic!("{error}") };
    let moved = rdpctl_words::english(moved);
    assert!(moved.contains("a rule at 3 now decides before the planned one would"), "{moved}");
}

#[tokio::test]
async fn a_system_disk_is_copied_once() {
    let estate = Estate::start("[vm.web-01]\nid = \"ins-0abc1234\"\n").await;
    let first = estate.act(VM, CloudAction::SnapshotSystemDisk).await.unwrap();
    let again = estate.act(VM, CloudAction::SnapshotSystemDisk).await.unwrap();
    assert_eq!(first.created, again.created);
    assert_eq!((first.already, again.already), (false, true));
    assert_eq!(estate.calls("cbs", "CreateSnapshot"), 1);
}

#[tokio::test]
async fn what_costs_money_has_a_price_where_the_vendor_quotes_one() {
    let estate = Estate::start("[vm.web-01]\nid = \"ins-0abc1234\"\naddress = \"eip\"\n").await;
    let allocate = order(VM, CloudAction::AllocateAddress { mbps: 5 });
    let price = estate.cloud.price(&allocate, &estate.stop).await.unwrap().unwrap();
    assert!(price.millionths > 0 && price.per == Per::Gigabyte, "{price:?}");
    let mut raise = order(VM, CloudAction::SetAddressBandwidth { mbps: 9 });
    raise.handles = estate.see(VM).await.handles;
    let price = estate.cloud.price(&raise, &estate.stop).await.unwrap().unwrap();
    assert!(price.millionths > 0 && price.per == Per::Gigabyte, "{price:?}");
    assert_eq!(
        estate.cloud.price(&order(VM, CloudAction::Reboot), &estate.stop).await.unwrap(),
        None
    );
}

//! Surveys of simulated accounts.

use rdpctl_contract::cloud::{CloudError, Which};
use rdpctl_model::account::Rates;
use rdpctl_model::cloud::{AddressFact, AgentFact, BandwidthFact, ChargeType, PowerState};
use rdpctl_model::declaration::Selector;
use rdpctl_model::rules::{RuleAction, RuleService, RuleSource};
use rdpctl_model::{Gap, ResourceId};

use crate::estate::Estate;

#[tokio::test]
async fn an_instance_is_surveyed_whole() {
    let estate = Estate::start(
        r#"
        [vm.web-01]
        id = "ins-0abc1234"
        address = { type = "eip", ip = "203.0.113.7", bandwidth = 5 }
        security-groups = ["sg-web00001", "sg-web00002"]
        tags = { role = "web" }
        [security-group.sg-web00001]
        ingress = ["ACCEPT tcp 80,443 0.0.0.0/0 # the site", "DROP tcp 3389 192.0.2.0/24"]
        [security-group.sg-web00002]
        ingress = ["ACCEPT tcp 3389 203.0.113.0/24"]
        "#,
    )
    .await;
    let seen = estate.see("ins-0abc1234").await;
    assert_eq!(seen.name, "web-01");
    assert_eq!((seen.power.state, seen.power.blocker), (PowerState::Running, None));
    assert_eq!(seen.address, AddressFact::Elastic { blocker: None });
    assert_eq!(seen.bandwidth, BandwidthFact::Address { mbps: 5, charge: ChargeType::Traffic });
    assert_eq!(seen.agent, AgentFact::Online);
    assert_eq!(seen.handles.public_ip.unwrap().to_string(), "203.0.113.7");
    assert_eq!(seen.handles.tags, [("role".to_owned(), "web".to_owned())]);
    assert!(seen.handles.address_id.unwrap().as_str().starts_with("eip-"));
    assert!(seen.handles.system_disk.unwrap().as_str().starts_with("disk-"));

    let sets = &seen.doors.stages[0].sets;
    assert_eq!(
        sets.iter().map(|set| set.id.as_str()).collect::<Vec<_>>(),
        ["sg-web00001", "sg-web00002"]
    );
    assert_eq!(sets[0].bound, Some(1));
    assert!(!sets[0].version.is_empty());
    let rule = &sets[0].rules[0];
    assert_eq!((rule.index, rule.action), (0, RuleAction::Accept));
    assert_eq!(rule.service, RuleService::Ports(vec![(80, 80), (443, 443)]));
    assert_eq!(rule.description, "the site");
    assert_eq!(sets[0].rules[1].action, RuleAction::Drop);
}

#[tokio::test]
async fn what_is_wrong_with_an_instance_is_seen() {
    let estate = Estate::start(
        r#"
        [vm.stopped]
        id = "ins-stopped0"
        state = "stopped"
        address = "none"
        [vm.ordinary]
        id = "ins-ordinary"
        address = "wan"
        bandwidth = { charge-type = "BANDWIDTH_POSTPAID_BY_HOUR", max-out = 1 }
        [vm.blocked]
        id = "ins-blocked0"
        address = { type = "eip", blocked = true }
        agent = "offline"
        [vm.classic]
        id = "ins-classic0"
        network = "classic"
        [vm.linux]
        id = "ins-linux000"
        os = "TencentOS Server 3.1"
        [vm.arrears]
        id = "ins-arrears0"
        isolated = "arrear"
        state = "shutdown"
        [vm.agentless]
        id = "ins-agentles"
        agent = "absent"
        "#,
    )
    .await;
    let stopped = estate.see("ins-stopped0").await;
    assert_eq!(stopped.power.state, PowerState::Stopped);
    assert_eq!((stopped.address, stopped.bandwidth), (AddressFact::None, BandwidthFact::NoAddress));

    let ordinary = estate.see("ins-ordinary").await;
    assert_eq!(ordinary.address, AddressFact::Ordinary);
    assert_eq!(
        ordinary.bandwidth,
        BandwidthFact::Instance { mbps: 1, charge: ChargeType::HourlyBandwidth }
    );
    assert_eq!(ordinary.handles.address_id, None);

    let attacked = estate.see("ins-blocked0").await;
    let AddressFact::Elastic { blocker: Some(blocker) } = attacked.address else {
        panic!("not blocked")
    };
    assert_eq!(
        rdpctl_words::english(&blocker.by),
        "the address is blocked, usually after an attack"
    );
    assert_eq!(attacked.agent, AgentFact::Offline);

    assert!(matches!(estate.see("ins-classic0").await.agent, AgentFact::Unsupported { .. }));
    assert!(matches!(estate.see("ins-linux000").await.agent, AgentFact::Unsupported { .. }));
    assert_eq!(estate.see("ins-agentles").await.agent, AgentFact::Absent);
    let arrears = estate.see("ins-arrears0").await;
    let arrears = arrears.power.blocker.unwrap();
    assert_eq!(rdpctl_words::english(&arrears.by), "the account is in arrears");
}

#[tokio::test]
async fn an_old_accounts_bandwidth_is_the_instances() {
    let estate = Estate::of(
        r#"
        [account.old]
        kind = "tencent"
        region = "ap-guangzhou"
        network-account-type = "LEGACY"
        [vm.web-01]
        id = "ins-0abc1234"
        address = "eip"
        bandwidth = { charge-type = "TRAFFIC_POSTPAID_BY_HOUR", max-out = 0 }
        "#,
        Rates::Unlimited,
    )
    .await;
    let seen = estate.see("ins-0abc1234").await;
    assert_eq!(seen.address, AddressFact::Elastic { blocker: None });
    assert_eq!(seen.bandwidth, BandwidthFact::Instance { mbps: 0, charge: ChargeType::Traffic });
}

#[tokio::test]
async fn templates_are_read_with_the_rules_that_name_them() {
    let estate = Estate::start(
        r#"
        [vm.web-01]
        id = "ins-0abc1234"
        security-groups = ["sg-web00001"]
        [security-group.sg-web00001]
        ingress = [
            "ACCEPT ppm-rdp00001 ipm-office01",
            "ACCEPT ppmg-rdp0001 ipmg-office1",
            "ACCEPT tcp all sg-web00001",
        ]
        [address-template.ipm-office01]
        members = ["198.51.100.1-198.51.100.9", "203.0.113.7"]
        [address-template-group.ipmg-office1]
        members = ["ipm-office01"]
        [service-template.ppm-rdp00001]
        members = ["tcp:3389", "udp:3389"]
        [service-template-group.ppmg-rdp0001]
        members = ["ppm-rdp00001"]
        "#,
    )
    .await;
    let seen = estate.see("ins-0abc1234").await;
    let rules = &seen.doors.stages[0].sets[0].rules;
    for rule in &rules[..2] {
        assert_eq!(rule.service, RuleService::Ports(vec![(3389, 3389)]));
        let RuleSource::Nets(nets) = &rule.source else { panic!("no networks") };
        let bounds: Vec<String> =
            nets.iter().map(|net| format!("{}-{}", net.bounds().0, net.bounds().1)).collect();
        assert_eq!(bounds, ["198.51.100.1-198.51.100.9", "203.0.113.7-203.0.113.7"]);
    }
    assert_eq!(rules[2].source, RuleSource::Group(ResourceId::new("sg-web00001")));
    assert_eq!(estate.calls("vpc", "DescribeAddressTemplates"), 1);
    assert_eq!(estate.calls("vpc", "DescribeServiceTemplates"), 1);
}

#[tokio::test]
async fn an_id_that_does_not_exist_is_a_gap_and_spoils_no_other() {
    let estate = Estate::start("[vm.web-01]\nid = \"ins-0abc1234\"\n").await;
    let ids = ["ins-0abc1234", "ins-00000000", "not-an-id"].map(ResourceId::new).to_vec();
    let seen = estate.survey(Which::Ids(ids)).await.unwrap();
    assert!(seen["ins-0abc1234"].is_ok());
    assert_eq!(seen["ins-00000000"], Err(Gap::NotFound { id: ResourceId::new("ins-00000000") }));
    assert!(seen["not-an-id"].is_err(), "{:?}", seen["not-an-id"]);
    assert_eq!(seen.len(), 3);
}

#[tokio::test]
async fn a_fleet_is_surveyed_in_few_calls() {
    let estate = Estate::start(
        r#"
        [vm.kiosk]
        count = 250
        address = "eip"
        security-groups = ["sg-kiosk001", "sg-kiosk002"]
        tags = { role = "kiosk" }
        [vm.other]
        count = 30
        tags = { role = "other" }
        [security-group.sg-kiosk001]
        ingress = ["ACCEPT tcp 22 0.0.0.0/0"]
        [security-group.sg-kiosk002]
        ingress = ["ACCEPT tcp 3389 0.0.0.0/0"]
        "#,
    )
    .await;
    let select =
        Selector { tags: [("role".to_owned(), "kiosk".to_owned())].into(), ..Selector::default() };
    let seen = estate.survey(Which::Select(select)).await.unwrap();
    assert_eq!(seen.len(), 250);
    assert!(
        seen.values()
            .all(|fact| fact.as_ref().unwrap().address == AddressFact::Elastic { blocker: None })
    );

    let counts = estate.cloud.client().counts();
    let calls: Vec<(&str, u64)> =
        counts.iter().map(|(action, count)| (*action, count.sent)).collect();
    assert_eq!(
        calls,
        [
            ("DescribeAddresses", 3),
            ("DescribeAutomationAgentStatus", 3),
            ("DescribeInstances", 3),
            ("DescribeNetworkAccountType", 1),
            ("DescribeSecurityGroupAssociationStatistics", 1),
            ("DescribeSecurityGroupPolicies", 2),
        ]
    );
    let sent: u64 = calls.iter().map(|(_, count)| count).sum();
    assert_eq!(estate.sim.counters().total, sent);
}

#[tokio::test]
async fn names_select_with_stars() {
    let estate = Estate::start("[vm.web]\ncount = 3\n[vm.db]\ncount = 2\n").await;
    let select = Selector { names: vec!["web*".to_owned()], ..Selector::default() };
    let seen = estate.survey(Which::Select(select)).await.unwrap();
    assert_eq!(seen.len(), 3);
    assert!(seen.values().all(|fact| fact.as_ref().unwrap().name.starts_with("web")));
}

#[tokio::test]
async fn what_the_account_may_not_do_is_refused_by_name() {
    let deny = |action: &str| {
        format!(
            r#"
            [account.gz]
            kind = "tencent"
            region = "ap-guangzhou"
            deny = ["{action}"]
            [vm.web-01]
            id = "ins-0abc1234"
            security-groups = ["sg-web00001"]
            [security-group.sg-web00001]
            "#
        )
    };
    let ids = || Which::Ids(vec![ResourceId::new("ins-0abc1234")]);
    let estate = Estate::of(&deny("DescribeInstances"), Rates::Unlimited).await;
    let error = estate.survey(ids()).await.unwrap_err();
    assert!(
        matches!(&error, CloudError::Refused { action, .. } if action == "DescribeInstances"),
        "{error}"
    );
    let advice = rdpctl_words::english(&error.advice());
    assert!(advice.contains("rdpctl permissions"), "{advice}");

    // Without the agent's state the rest is still worth having; without a group's rules the instance is not known.
    let estate = Estate::of(&deny("DescribeAutomationAgentStatus"), Rates::Unlimited).await;
    assert!(matches!(estate.see("ins-0abc1234").await.agent, AgentFact::Unsupported { .. }));
    let estate = Estate::of(&deny("DescribeSecurityGroupPolicies"), Rates::Unlimited).await;
    let seen = estate.survey(ids()).await.unwrap();
    assert!(
        matches!(&seen["ins-0abc1234"], Err(Gap::ApiError { .. })),
        "{:?}",
        seen["ins-0abc1234"]
    );
}

#[tokio::test]
async fn documented_limits_are_kept_without_being_told() {
    let world = r#"
        [account.gz]
        kind = "tencent"
        region = "ap-guangzhou"
        [vm.kiosk]
        count = 3000
        tags = { role = "kiosk" }
    "#;
    let estate = Estate::of(world, Rates::Documented).await;
    let select =
        Selector { tags: [("role".to_owned(), "kiosk".to_owned())].into(), ..Selector::default() };
    let seen = estate.survey(Which::Select(select)).await.unwrap();
    assert_eq!(seen.len(), 3000);
    assert_eq!(estate.sim.counters().errors.get("RequestLimitExceeded"), None);
}

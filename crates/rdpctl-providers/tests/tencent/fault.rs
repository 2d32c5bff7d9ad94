//! What becomes of changes when answers are lost, come late, or say no in the end.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::channel::{ChannelError, GuestTarget};
use rdpctl_contract::cloud::{CloudChanger, CloudError, Which};
use rdpctl_guest::script::Script;
use rdpctl_model::cloud::{AddressFact, PowerState};
use rdpctl_model::rules::{NewRule, Place};
use rdpctl_model::{CloudAction, InstanceName, ResourceId};
use rdpctl_providers::channel::dialect::{Carrier, Load};
use rdpctl_providers::tencent::RunCommand;
use tokio_util::sync::CancellationToken;

use crate::estate::{Estate, order};

const VM: &str = "ins-0abc1234";

/// A world of one VM with that fault.
async fn faulty(vm: &str, fault: &str) -> Estate {
    Estate::start(&format!("[vm.web-01]\nid = \"{VM}\"\n{vm}\n{fault}\n")).await
}

#[tokio::test]
async fn a_lost_answer_is_made_up_for_by_looking() {
    for fault in [
        "[[fault.reset]]\naction = \"StartInstances\"\ntimes = 1\nafter-effect = true",
        "[[fault.error]]\naction = \"StartInstances\"\ncode = \"InternalError\"\ntimes = 1\nafter-effect = true",
    ] {
        let estate = faulty("state = \"stopped\"", fault).await;
        estate.act(VM, CloudAction::Start).await.unwrap();
        assert_eq!(estate.see(VM).await.power.state, PowerState::Running);
        assert_eq!(estate.calls("cvm", "StartInstances"), 1, "{fault}");
    }
}

#[tokio::test]
async fn an_address_whose_answer_was_lost_is_not_bought_again() {
    for fault in [
        "[[fault.reset]]\naction = \"AllocateAddresses\"\ntimes = 1\nafter-effect = true",
        "[[fault.error]]\naction = \"AllocateAddresses\"\ncode = \"InternalError\"\ntimes = 2\nafter-effect = true",
    ] {
        let estate = faulty("address = \"none\"", fault).await;
        let first = estate
            .act(VM, CloudAction::AllocateAddress { mbps: 5 })
            .await
            .unwrap()
            .created
            .unwrap();
        estate.act(VM, CloudAction::AssociateAddress).await.unwrap();
        assert_eq!(estate.see(VM).await.handles.address_id, Some(first.id));
        // Had a second one been bought, it would be free, ours, and used now.
        let spare =
            estate.act("ins-other000", CloudAction::AllocateAddress { mbps: 5 }).await.unwrap();
        assert!(!spare.already, "{:?}", spare.note);
    }
}

#[tokio::test]
async fn a_binding_whose_answer_was_lost_is_found_done() {
    let fault = "[[fault.reset]]\naction = \"AssociateAddress\"\ntimes = 1\nafter-effect = true";
    let estate = faulty("address = \"none\"", fault).await;
    estate.act(VM, CloudAction::AllocateAddress { mbps: 5 }).await.unwrap();
    estate.act(VM, CloudAction::AssociateAddress).await.unwrap();
    assert_eq!(estate.see(VM).await.address, AddressFact::Elastic { blocker: None });
}

#[tokio::test]
async fn a_rule_whose_answer_was_lost_is_not_inserted_twice() {
    let world = r#"security-groups = ["sg-web00001"]
        [security-group.sg-web00001]
        ingress = ["DROP tcp 3389 0.0.0.0/0"]"#;
    let fault = "[[fault.error]]\naction = \"CreateSecurityGroupPolicies\"\ncode = \"InternalError\"\ntimes = 1\nafter-effect = true";
    let estate = faulty(world, fault).await;
    let version = estate.see(VM).await.doors.stages[0].sets[0].version.clone();
    let rule = NewRule {
        place: Place::Position(0),
        port: 3389,
        sources: vec!["203.0.113.0/24".parse().unwrap()],
        description: "rdpctl: RDP 3389".to_owned(),
    };
    let open = CloudAction::OpenDoor { rule_set: ResourceId::new("sg-web00001"), version, rule };
    estate.act(VM, open).await.unwrap();
    assert_eq!(estate.see(VM).await.doors.stages[0].sets[0].rules.len(), 2);
    assert_eq!(estate.calls("vpc", "CreateSecurityGroupPolicies"), 1);
}

#[tokio::test]
async fn a_snapshot_whose_answer_was_lost_is_found_by_its_name() {
    let fault = "[[fault.reset]]\naction = \"CreateSnapshot\"\ntimes = 1\nafter-effect = true";
    let estate = faulty("", fault).await;
    let snapshot = estate.act(VM, CloudAction::SnapshotSystemDisk).await.unwrap();
    assert!(snapshot.created.unwrap().id.as_str().starts_with("snap-"));
    assert_eq!(estate.calls("cbs", "CreateSnapshot"), 1);
}

#[tokio::test]
async fn an_operation_that_fails_in_the_end_says_why() {
    let fault =
        "[[fault.operation]]\naction = \"StartInstances\"\nmessage = \"no capacity in the zone\"";
    let estate = faulty("state = \"stopped\"", fault).await;
    let error = estate.act(VM, CloudAction::Start).await.unwrap_err();
    let CloudError::Refused { action, message, .. } = &error else { panic!("{error}") };
    assert_eq!((action.as_str(), message.as_str()), ("StartInstances", "no capacity in the zone"));
}

#[tokio::test]
async fn a_busy_object_is_waited_for() {
    let fault = "[[fault.error]]\naction = \"StartInstances\"\ncode = \"MutexOperation.TaskRunning\"\ntimes = 2";
    let estate = faulty("state = \"stopped\"", fault).await;
    estate.act(VM, CloudAction::Start).await.unwrap();
    assert_eq!(estate.calls("cvm", "StartInstances"), 3);
}

#[tokio::test]
async fn throttling_and_resets_of_reads_are_lived_through() {
    let fault = "[[fault.error]]\naction = \"DescribeInstances\"\ncode = \"RequestLimitExceeded\"\ntimes = 1\n\
                 [[fault.reset]]\naction = \"DescribeAddresses\"\ntimes = 2";
    let estate = faulty("", fault).await;
    assert_eq!(estate.see(VM).await.power.state, PowerState::Running);
}

#[tokio::test]
async fn a_skewed_clock_is_lived_through() {
    for skew in ["3600", "-3600"] {
        let estate = faulty("", &format!("[fault]\nclock-skew = {skew}")).await;
        assert_eq!(estate.see(VM).await.power.state, PowerState::Running);
        assert!(estate.sim.counters().errors.contains_key("AuthFailure.SignatureExpire"));
    }
}

#[tokio::test]
async fn an_order_that_was_refused_for_money_is_told_with_advice() {
    let fault = "[[fault.error]]\naction = \"AllocateAddresses\"\ncode = \"FailedOperation.BalanceInsufficient\"";
    let estate = faulty("address = \"none\"", fault).await;
    let error = estate.act(VM, CloudAction::AllocateAddress { mbps: 5 }).await.unwrap_err();
    let advice = rdpctl_words::english(&error.advice());
    assert!(advice.starts_with("top up the account"), "{advice}");
    assert_eq!(estate.calls("vpc", "AllocateAddresses"), 1);
}

#[tokio::test]
async fn an_order_under_a_spent_token_is_placed_under_another() {
    let fault = "[[fault.error]]\naction = \"AllocateAddresses\"\ncode = \"UnsupportedOperation.DeliveryFailed\"\ntimes = 1";
    let estate = faulty("address = \"none\"", fault).await;
    estate.act(VM, CloudAction::AllocateAddress { mbps: 5 }).await.unwrap();
    assert_eq!(estate.calls("vpc", "AllocateAddresses"), 2);
}

#[tokio::test]
async fn commands_whose_beginning_was_lost_are_never_sent_again() {
    let fault = "[[fault.reset]]\naction = \"RunCommand\"\ntimes = 1\nafter-effect = true";
    let estate = faulty("", fault).await;
    let target = GuestTarget {
        instance: InstanceName::new("web-01"),
        id: ResourceId::new(VM),
        host: None,
        access: Arc::default(),
    };
    let script = Arc::new(Script::File("@echo off\r\necho hi\r\n".to_owned()));
    let load = Load { targets: vec![target], script, within: Duration::from_mins(1) };
    let reply = RunCommand::new(estate.cloud.client())
        .carry(vec![load], &CancellationToken::new())
        .await
        .remove(0)
        .remove(0);
    assert!(matches!(reply, Err(ChannelError::OutcomeUnknown { .. })), "{reply:?}");
    assert_eq!(estate.calls("tat", "RunCommand"), 1);
}

#[tokio::test]
async fn a_stopped_run_changes_nothing_more() {
    let estate = faulty("state = \"stopped\"", "").await;
    estate.stop.cancel();
    let result =
        estate.cloud.perform(vec![order(VM, CloudAction::Start)], &estate.stop).await.remove(0);
    assert!(matches!(result, Err(CloudError::Stopped)), "{result:?}");
    assert_eq!(estate.sim.counters().total, 0);
    let survey = estate.survey(Which::Ids(vec![ResourceId::new(VM)])).await;
    assert!(matches!(survey, Err(CloudError::Stopped)), "{survey:?}");
}

#[tokio::test]
async fn what_is_written_is_waited_for_where_reads_lag_behind() {
    let estate = faulty("address = \"none\"", "[fault]\neventual-consistency = \"2s\"").await;
    let obtained = estate.act(VM, CloudAction::AllocateAddress { mbps: 5 }).await.unwrap();
    let mut associate = order(VM, CloudAction::AssociateAddress);
    associate.created = vec![obtained.created.unwrap()];
    estate.perform(vec![associate]).await.remove(0).unwrap();
    assert_eq!(estate.see(VM).await.address, AddressFact::Elastic { blocker: None });
}

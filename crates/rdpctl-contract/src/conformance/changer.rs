//! What every [`CloudChanger`] must do.

use rdpctl_model::action::CloudVerb;
use rdpctl_model::cloud::{AddressFact, BandwidthFact, Handles, PowerState};
use rdpctl_model::outcome::{CreatedKind, Receipt};
use rdpctl_model::rules::{NewRule, Place, RuleAction, RuleOrder, RuleService, RuleSet};
use rdpctl_model::{CloudAction, ResourceId};
use tokio_util::sync::CancellationToken;

use super::Account;
use super::look::see;
use crate::cloud::{CloudChanger, CloudError, CloudOrder};
use crate::leave::Leave;

/// Proves that a cloud changes as it must.
///
/// # Panics
///
/// When it does not.
pub async fn changer(cloud: &(impl CloudChanger + ?Sized), account: &Account) {
    what_is_stopped_changes_nothing(cloud, account).await;
    without_leave_nothing_is_changed(cloud, account).await;
    answers_stand_in_the_order_of_the_orders(cloud, account).await;
    what_was_done_is_seen_and_doing_it_again_is_said_to_be_done_already(cloud, account).await;
    an_order_that_is_repeated_makes_nothing_twice(cloud, account).await;
    what_was_made_is_ours_can_be_bound_and_given_back(cloud, account).await;
    a_rule_is_put_in_once_and_taken_out_again(cloud, account).await;
    let meters = meters(cloud, account).await;
    every_order_can_be_told_and_names_its_permission(cloud, account, Metered(meters));
}

/// Whether a cloud has bandwidth to set, and with it addresses to turn and disks to copy under names of its own.
#[derive(Clone, Copy)]
struct Metered(bool);

fn order(instance: &ResourceId, action: CloudAction) -> CloudOrder {
    CloudOrder {
        instance: instance.clone(),
        action,
        handles: Handles::default(),
        token: format!("conformance.{instance}"),
        created: Vec::new(),
    }
}

/// Does one thing, knowing what there is to know of the instance.
async fn act(
    cloud: &(impl CloudChanger + ?Sized),
    instance: &ResourceId,
    action: CloudAction,
) -> Result<Receipt, CloudError> {
    let handles = see(cloud, instance).await.handles.clone();
    let order = CloudOrder { handles, ..order(instance, action) };
    cloud.perform(vec![order], &CancellationToken::new()).await.remove(0)
}

async fn what_is_stopped_changes_nothing(cloud: &(impl CloudChanger + ?Sized), account: &Account) {
    let stop = CancellationToken::new();
    stop.cancel();
    let start = order(&account.stopped, CloudAction::Start);
    let outcome = cloud.perform(vec![start], &stop).await.remove(0);
    assert!(matches!(outcome, Err(CloudError::Stopped)), "{outcome:?}");
    assert_eq!(see(cloud, &account.stopped).await.power.state, PowerState::Stopped);
}

async fn without_leave_nothing_is_changed(cloud: &(impl CloudChanger + ?Sized), account: &Account) {
    let start = order(&account.stopped, CloudAction::Start);
    let stop = CancellationToken::new();
    let doing = cloud.perform(vec![start], &stop);
    let outcome = Leave::withdrawn().during(doing).await.remove(0);
    assert!(matches!(outcome, Err(CloudError::Stopped)), "{outcome:?}");
    assert_eq!(see(cloud, &account.stopped).await.power.state, PowerState::Stopped);
}

async fn answers_stand_in_the_order_of_the_orders(
    cloud: &(impl CloudChanger + ?Sized),
    account: &Account,
) {
    let handles = see(cloud, &account.running).await.handles.clone();
    let orders = vec![
        order(&account.nothing, CloudAction::Start),
        CloudOrder {
            handles,
            ..order(&account.running, CloudAction::SetAddressBandwidth { mbps: 7 })
        },
        order(&account.stopped, CloudAction::Start),
    ];
    let outcomes = cloud.perform(orders, &CancellationToken::new()).await;
    let done: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
    let meters = meters(cloud, account).await;
    assert_eq!(done, [false, meters, true], "{outcomes:?}");
    if !meters {
        // Where there is nothing to set, that is said, and not that it was done.
        assert!(matches!(outcomes[1], Err(CloudError::Unsupported { .. })), "{outcomes:?}");
    }
    assert_eq!(see(cloud, &account.stopped).await.power.state, PowerState::Running);
}

async fn what_was_done_is_seen_and_doing_it_again_is_said_to_be_done_already(
    cloud: &(impl CloudChanger + ?Sized),
    account: &Account,
) {
    let again = act(cloud, &account.stopped, CloudAction::Start).await.expect("a start");
    assert!(again.already, "it runs: {again:?}");
    if !meters(cloud, account).await {
        return;
    }
    let set = || CloudAction::SetAddressBandwidth { mbps: 9 };
    let first = act(cloud, &account.running, set()).await.expect("another bandwidth");
    assert!(!first.already);
    let seen = see(cloud, &account.running).await;
    assert!(matches!(seen.bandwidth, BandwidthFact::Address { mbps: 9, .. }), "{seen:?}");
    let again = act(cloud, &account.running, set()).await.expect("the same bandwidth");
    assert!(again.already);
}

/// Whether a bandwidth can be set there at all.
async fn meters(cloud: &(impl CloudChanger + ?Sized), account: &Account) -> bool {
    see(cloud, &account.running).await.bandwidth != BandwidthFact::Unmetered
}

async fn an_order_that_is_repeated_makes_nothing_twice(
    cloud: &(impl CloudChanger + ?Sized),
    account: &Account,
) {
    let allocate = || CloudAction::AllocateAddress { mbps: 5 };
    let first = act(cloud, &account.bare, allocate()).await.expect("an address");
    let again = act(cloud, &account.bare, allocate()).await.expect("the same address");
    let made = first.created.expect("something was made");
    assert_eq!(made.kind, CreatedKind::Address);
    assert_eq!(&made.provider, cloud.provider());
    assert_eq!(again.created, Some(made));
}

async fn what_was_made_is_ours_can_be_bound_and_given_back(
    cloud: &(impl CloudChanger + ?Sized),
    account: &Account,
) {
    let stop = CancellationToken::new();
    let allocate = CloudAction::AllocateAddress { mbps: 5 };
    let made = act(cloud, &account.bare, allocate).await.expect("an address").created;
    let made = made.expect("something was made");
    let id = made.id.clone();
    let associate =
        CloudOrder { created: vec![made], ..order(&account.bare, CloudAction::AssociateAddress) };
    cloud.perform(vec![associate], &stop).await.remove(0).expect("bound");
    let seen = see(cloud, &account.bare).await;
    assert_eq!(seen.address, AddressFact::Elastic { blocker: None });
    assert_eq!(seen.handles.address_id.as_ref(), Some(&id));
    assert!(seen.handles.public_ip.is_some(), "an address has a number");
    let release = || CloudAction::ReleaseAddress { address: id.clone() };
    assert!(!act(cloud, &account.bare, release()).await.expect("given back").already);
    assert_eq!(see(cloud, &account.bare).await.address, AddressFact::None);
    assert!(act(cloud, &account.bare, release()).await.expect("gone").already);
}

/// The first rule set that an instance is bound to.
async fn rule_set(cloud: &(impl CloudChanger + ?Sized), instance: &ResourceId) -> RuleSet {
    let seen = see(cloud, instance).await;
    RuleSet::clone(&seen.doors.stages.first().expect("a stage").sets[0])
}

async fn a_rule_is_put_in_once_and_taken_out_again(
    cloud: &(impl CloudChanger + ?Sized),
    account: &Account,
) {
    let before = rule_set(cloud, &account.running).await;
    let place = match before.order {
        RuleOrder::Positions => Place::Position(0),
        RuleOrder::Priorities { lowest, .. } => Place::Priority(lowest),
    };
    let rule = NewRule {
        place,
        port: 3390,
        sources: vec!["203.0.113.0/24".parse().expect("a network")],
        description: "rdpctl: RDP 3390".to_owned(),
    };
    let open = |set: &RuleSet| CloudAction::OpenDoor {
        rule_set: set.id.clone(),
        version: set.version.clone(),
        rule: rule.clone(),
    };
    assert!(!act(cloud, &account.running, open(&before)).await.expect("opened").already);
    let opened = rule_set(cloud, &account.running).await;
    let first = opened.rules.first().expect("a rule");
    assert_eq!((first.action, &first.service), (RuleAction::Accept, &ports(3390)));
    assert_eq!(opened.rules.len(), before.rules.len() + 1);
    assert!(act(cloud, &account.running, open(&opened)).await.expect("open").already);
    let close = CloudAction::CloseDoor {
        rule_set: opened.id.clone(),
        version: opened.version.clone(),
        rule: rule.clone(),
    };
    act(cloud, &account.running, close).await.expect("closed");
    assert_eq!(rule_set(cloud, &account.running).await.rules, before.rules);
}

fn ports(port: u16) -> RuleService {
    RuleService::Ports(vec![(port, port)])
}

/// What a cloud without bandwidth to set need not do.
const MAY_BE_MISSING: [CloudVerb; 3] =
    [CloudVerb::TransformAddress, CloudVerb::SetAddressBandwidth, CloudVerb::SetInstanceBandwidth];

fn every_order_can_be_told_and_names_its_permission(
    cloud: &(impl CloudChanger + ?Sized),
    account: &Account,
    Metered(metered): Metered,
) {
    let actions = [
        CloudAction::Start,
        CloudAction::Reboot,
        CloudAction::AllocateAddress { mbps: 5 },
        CloudAction::AssociateAddress,
        CloudAction::TransformAddress,
        CloudAction::SetAddressBandwidth { mbps: 5 },
        CloudAction::SetInstanceBandwidth { mbps: 5 },
        CloudAction::SnapshotSystemDisk,
    ];
    for action in actions {
        let order = order(&account.running, action);
        let needs = cloud.change_permissions(order.action.verb());
        if cloud.describe(&order).is_empty() {
            // What a cloud does not do is no call and needs nothing.
            assert!(!metered && MAY_BE_MISSING.contains(&order.action.verb()), "{order:?}");
            assert!(needs.is_empty(), "{:?} is not done here", order.action);
            continue;
        }
        assert!(!needs.is_empty(), "{:?} needs a permission", order.action);
    }
}

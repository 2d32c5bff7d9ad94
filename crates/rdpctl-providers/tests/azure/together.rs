//! Many operations at once are asked after by the one list that says how VMs run, and scripts run in two forms.

use std::sync::Arc;

use rdpctl_contract::channel::GuestTarget;
use rdpctl_contract::cloud::{CloudChanger, CloudOrder, Which};
use rdpctl_contract::conformance::{self, Guests};
use rdpctl_model::cloud::Handles;
use rdpctl_model::declaration::Selector;
use rdpctl_model::{CloudAction, InstanceName, ResourceId};
use rdpctl_providers::azure::RunCommand;
use rdpctl_providers::channel::dialect::Dialect;
use tokio_util::sync::CancellationToken;

use crate::estate::{Estate, vm};

/// Starts so many VMs that are off, one order each, in one go.
async fn started(world: &str, count: usize) -> (Estate, usize) {
    let estate =
        Estate::start(&format!("{world}\n[vm.off]\ncount = {count}\nstate = \"stopped\"\n")).await;
    let everybody = Which::Select(Selector::default());
    let all = estate.survey(everybody).await.unwrap();
    let orders = all.into_keys().map(|id| CloudOrder {
        instance: ResourceId::new(id),
        action: CloudAction::Start,
        handles: Handles::default(),
        token: "run-1".to_owned(),
        created: Vec::new(),
    });
    let outcomes = estate.cloud.perform(orders.collect(), &CancellationToken::new()).await;
    assert_eq!(outcomes.len(), count);
    let done = outcomes.into_iter().filter(|outcome| outcome.as_ref().is_ok_and(|it| !it.already));
    let done = done.count();
    (estate, done)
}

#[tokio::test]
async fn two_hundred_operations_are_asked_after_by_a_few_lists_and_none_by_itself() {
    let (estate, done) = started("", 200).await;
    assert_eq!(done, 200);
    assert_eq!(estate.calls("Microsoft.Compute/virtualMachines/start/action"), 200);
    // A page holds two hundred; a tenth of the reads that the vendor lets through at once is twenty-five.
    let lists = estate.calls("Microsoft.Compute/virtualMachines/read");
    assert!((2..=25).contains(&lists), "{lists}");
    assert_eq!(estate.calls("Microsoft.Compute/virtualMachines/instanceView/read"), 0);
    assert_eq!(estate.calls("Microsoft.Compute/locations/operations/read"), 0);
}

#[tokio::test]
async fn among_many_operations_the_one_that_fails_says_why() {
    let fault = "[[fault.operation]]\naction = \"start\"\nmessage = \"AllocationFailed: no room\"\ntimes = 1\n";
    let (estate, done) = started(fault, 20).await;
    assert_eq!(done, 19);
    assert!(
        estate.calls("Microsoft.Compute/locations/operations/read") <= 3,
        "that one alone is asked after"
    );
}

#[tokio::test]
async fn who_may_not_list_looks_at_each() {
    let deny = "deny = [\"Microsoft.Compute/virtualMachines/read\"]";
    let (estate, done) = started(deny, 20).await;
    assert_eq!(done, 20);
    assert!(estate.calls("Microsoft.Compute/virtualMachines/instanceView/read") >= 40);
}

fn target(name: &str) -> GuestTarget {
    GuestTarget {
        instance: InstanceName::new(name),
        id: vm(name),
        host: None,
        access: Arc::default(),
    }
}

#[tokio::test]
async fn where_the_plain_form_is_not_allowed_the_managed_one_answers_and_leaves_nothing() {
    let deny = "deny = [\"Microsoft.Compute/virtualMachines/runCommand/action\"]\n[vm.web]\n";
    let estate = Estate::start(deny).await;
    let channel = Dialect::new(RunCommand::new(estate.cloud.client()));
    let guests = Guests { answers: target("web"), silent: target("gone") };
    conformance::channel(&channel, &guests).await;
    let made = estate.calls("Microsoft.Compute/virtualMachines/runCommands/write");
    assert!(made > 0);
    assert_eq!(estate.calls("Microsoft.Compute/virtualMachines/runCommands/delete"), made);
    // What is known not to be allowed is not asked for again; at first several may ask at once.
    assert!(estate.calls("Microsoft.Compute/virtualMachines/runCommand/action") <= 2);
}

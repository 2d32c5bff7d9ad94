//! What a subscription does to whoever works on it: each is waited for, or a failure that says why; nothing is done twice.

use rdpctl_contract::cloud::{CloudError, Which};
use rdpctl_model::CloudAction;
use rdpctl_model::declaration::Selector;
use rdpctl_model::rules::{NewRule, Place};
use rdpctl_words::english;

use crate::estate::Estate;

const START: &str = "Microsoft.Compute/virtualMachines/start/action";
const RULE: &str = "Microsoft.Network/networkSecurityGroups/securityRules/write";

fn world(rules: &str, code: &str, action: &str, times: u32) -> String {
    format!(
        "[vm.web]\naddress = \"eip\"\nsecurity-groups = [\"nic\"]\n[vm.idle]\nstate = \"stopped\"\n\
         [nsg.nic]\nrules = [{rules}]\n\
         [[fault.error]]\naction = \"{action}\"\ncode = \"{code}\"\ntimes = {times}\n"
    )
}

async fn open(estate: &Estate) -> Result<(), CloudError> {
    let web = estate.see("web").await;
    let set = &web.doors.stages[0].sets[0];
    let rule = NewRule {
        place: Place::Priority(100),
        port: 3389,
        sources: vec!["198.51.100.0/24".parse().unwrap()],
        description: "rdpctl: RDP 3389".to_owned(),
    };
    let (rule_set, version) = (set.id.clone(), set.version.clone());
    estate.act("web", CloudAction::OpenDoor { rule_set, version, rule }).await.map(drop)
}

const FEW: &str = "\"300 deny tcp 3389 Internet no-rdp\"";

#[tokio::test]
async fn throttling_with_a_time_and_without_one_is_waited_for() {
    for code in ["TooManyRequests", "RetryableErrorDueToAnotherOperation"] {
        let estate = Estate::start(&world(FEW, code, START, 1)).await;
        estate.act("idle", CloudAction::Start).await.unwrap();
        assert_eq!(estate.calls(START), 2, "{code}");
    }
}

#[tokio::test]
async fn a_vm_on_which_somebody_else_is_at_work_is_waited_for() {
    let estate = Estate::start(&world(FEW, "AnotherOperationInProgress", START, 1)).await;
    estate.act("idle", CloudAction::Start).await.unwrap();
    assert_eq!(estate.calls(START), 2);
}

#[tokio::test]
async fn an_operation_that_is_said_to_have_succeeded_and_did_nothing_is_a_failure() {
    let estate = Estate::start(&world(FEW, "Succeeded", START, 1)).await;
    let error = estate.act("idle", CloudAction::Start).await.unwrap_err();
    assert!(matches!(error, CloudError::NotSettled { .. }), "{error}");
    assert!(english(&error.said()).contains("stopped"), "{}", english(&error.said()));
    let estate = Estate::start(&world(FEW, "Succeeded", RULE, 9)).await;
    let error = open(&estate).await.unwrap_err();
    assert!(matches!(error, CloudError::Stale { .. }), "{error}");
}

#[tokio::test]
async fn a_group_that_somebody_changed_in_between_is_read_again_and_gets_one_rule() {
    let estate = Estate::start(&world(FEW, "PreconditionFailed", RULE, 1)).await;
    open(&estate).await.unwrap();
    assert_eq!(estate.calls(RULE), 2);
    let rules = &estate.see("web").await.doors.stages[0].sets[0].rules;
    assert_eq!(rules.iter().filter(|rule| rule.description.contains("rdpctl")).count(), 1);
}

#[tokio::test]
async fn a_group_that_holds_as_many_rules_as_it_may_is_a_failure_with_the_vendor_s_reason() {
    let rules: Vec<String> = (0..1000)
        .map(|number| format!("\"{} allow tcp 443 * web{number}\"", 200 + number))
        .collect();
    let estate = Estate::start(&world(&rules.join(","), "Conflict", "nothing", 1)).await;
    let error = open(&estate).await.unwrap_err();
    let said = english(&error.said());
    assert!(said.contains("MaxSecurityRulesPerNetworkSecurityGroupLimitReached"), "{said}");
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_of_a_run_is_replaced_and_the_run_goes_on() {
    let estate = Estate::start(&world(FEW, "ExpiredAuthenticationToken", START, 1)).await;
    estate.survey(Which::Select(Selector::default())).await.unwrap();
    let before = estate.calls("token");
    estate.act("idle", CloudAction::Start).await.unwrap();
    assert_eq!(estate.calls("token"), before + 1);
    assert_eq!(estate.calls(START), 2);
}

#[tokio::test]
async fn a_lock_and_a_policy_are_named_as_what_forbids_it() {
    for (code, advice) in [("ScopeLocked", "lock"), ("RequestDisallowedByPolicy", "polic")] {
        let estate = Estate::start(&world(FEW, code, RULE, 1)).await;
        let error = open(&estate).await.unwrap_err();
        assert!(english(&error.advice()).contains(advice), "{code}: {}", english(&error.advice()));
    }
}

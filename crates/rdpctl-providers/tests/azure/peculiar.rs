//! What is Azure's own: groups on two levels, versions, long-running operations, a graph that lags, and refusals.

use rdpctl_contract::cloud::{CloudError, CloudReader, Which};
use rdpctl_model::CloudAction;
use rdpctl_model::cloud::{AddressFact, AgentFact, BandwidthFact, PowerState};
use rdpctl_model::declaration::Selector;
use rdpctl_model::rules::{NewRule, Place, RuleAction, RuleOrder};
use rdpctl_model::secret::Secret;
use rdpctl_words::english;
use tokio_util::sync::CancellationToken;

use crate::estate::{Estate, connect};

const WORLD: &str = r#"
    [vm.web]
    address = "eip"
    security-groups = ["nic"]
    [vm.lone]
    address = "eip"
    network = { vpc = "other", subnet = "open" }
    [vm.idle]
    state = "stopped"
    stop-charging = "stop-charging"
    agent = "offline"
    [nsg.nic]
    rules = ["300 deny tcp 3389 Internet no-rdp", "400 allow tcp 80,443 * web"]
    [nsg.net]
    subnets = ["vnet/default"]
    rules = ["200 allow * * 203.0.113.0/24 office"]
"#;

#[tokio::test]
async fn a_vm_is_seen_with_its_address_both_groups_and_its_agent() {
    let estate = Estate::start(WORLD).await;
    let web = estate.see("web").await;
    assert_eq!(web.name, "rg/web");
    assert_eq!(web.power.state, PowerState::Running);
    assert_eq!(web.address, AddressFact::Elastic { blocker: None });
    assert_eq!(web.bandwidth, BandwidthFact::Unmetered);
    assert_eq!(web.agent, AgentFact::Online);
    let sets: Vec<&str> = web
        .doors
        .stages
        .iter()
        .map(|stage| stage.sets[0].id.as_str().rsplit('/').next().unwrap())
        .collect();
    assert_eq!(sets, ["net", "nic"], "the subnet's comes first");
    assert_eq!(
        web.doors.stages[1].sets[0].order,
        RuleOrder::Priorities { lowest: 100, highest: 4096 }
    );
    assert_eq!(web.doors.stages[0].sets[0].bound, Some(2), "web and idle are in that subnet");
    let idle = estate.see("idle").await;
    assert_eq!(idle.power.state, PowerState::StoppedNotCharged);
    assert_eq!(idle.address, AddressFact::None);
}

#[tokio::test]
async fn a_standard_address_without_any_group_is_closed() {
    let estate = Estate::start(WORLD).await;
    let lone = estate.see("lone").await;
    assert!(lone.doors.stages.is_empty());
    assert_eq!(lone.doors.unfiltered, RuleAction::Drop);
}

#[tokio::test]
async fn a_fleet_costs_a_query_a_kind_for_each_thousand_and_names_its_group() {
    let world = format!("{WORLD}\n[vm.many]\ncount = 1100\ngroup = \"farm\"\n");
    let estate = Estate::start(&world).await;
    let select = Selector { resource_group: Some("FARM".to_owned()), ..Selector::default() };
    let seen = estate.survey(Which::Select(select)).await.unwrap();
    assert_eq!(seen.len(), 1100);
    // VMs, interfaces: two pages each; addresses, groups, networks, ruled networks, other ways in: one. Seven kinds.
    assert_eq!(estate.calls("Microsoft.ResourceGraph/resources/read"), 9);
    assert_eq!(estate.sim.counters().total, 10, "and a token");
}

#[tokio::test]
async fn where_the_graph_may_not_be_asked_lists_say_the_same() {
    let ruled = format!(
        "{WORLD}\n[security-admin.baseline]\nnetworks = [\"vnet\"]\nrules = [\"100 deny tcp 3389 * no-rdp\"]\n"
    );
    let graph = Estate::start(&ruled).await;
    let world = format!("deny = [\"Microsoft.ResourceGraph/resources/read\"]\n{ruled}");
    let lists = Estate::start(&world).await;
    let all = || Which::Select(Selector::default());
    let (by_graph, by_lists) =
        (graph.survey(all()).await.unwrap(), lists.survey(all()).await.unwrap());
    assert!(lists.calls("Microsoft.Compute/virtualMachines/read") >= 2);
    for (id, seen) in by_graph {
        let (seen, other) = (seen.unwrap(), by_lists[&id].clone().unwrap());
        assert_eq!(
            (seen.power, seen.address, seen.doors),
            (other.power, other.address, other.doors),
            "{id}"
        );
    }
}

#[tokio::test]
async fn what_we_did_ourselves_is_seen_however_far_the_graph_is_behind() {
    let estate = Estate::start(&format!("{WORLD}\n[fault]\ngraph-lag = \"10m\"\n")).await;
    assert_eq!(estate.see("idle").await.power.state, PowerState::StoppedNotCharged);
    estate.act("idle", CloudAction::Start).await.unwrap();
    assert_eq!(estate.see("idle").await.power.state, PowerState::Running);
}

fn rule(priority: u32) -> NewRule {
    NewRule {
        place: Place::Priority(priority),
        port: 3389,
        sources: vec!["198.51.100.0/24".parse().unwrap()],
        description: "rdpctl: RDP 3389".to_owned(),
    }
}

#[tokio::test]
async fn a_group_that_moved_since_the_plan_takes_the_rule_only_where_it_still_decides() {
    let estate = Estate::start(WORLD).await;
    let web = estate.see("web").await;
    let set = &web.doors.stages[1].sets[0];
    let open = |rule: NewRule, version: &str| CloudAction::OpenDoor {
        rule_set: set.id.clone(),
        version: version.to_owned(),
        rule,
    };
    // Behind the denial it would decide nothing.
    let moved = estate.act("web", open(rule(350), "W/\"old\"")).await.unwrap_err();
    assert!(matches!(moved, CloudError::Stale { .. }), "{moved}");
    let taken = estate.act("web", open(rule(300), "W/\"old\"")).await.unwrap_err();
    assert!(english(&taken.said()).contains("taken"), "{taken}");
    let made = estate.act("web", open(rule(299), "W/\"old\"")).await.unwrap();
    assert!(!made.already);
    assert!(estate.act("web", open(rule(299), &set.version)).await.unwrap().already);
}

#[tokio::test]
async fn a_role_that_lacks_one_action_is_told_which() {
    let world = format!("deny = [\"Microsoft.Compute/virtualMachines/start/action\"]\n{WORLD}");
    let estate = Estate::start(&world).await;
    let error = estate.act("idle", CloudAction::Start).await.unwrap_err();
    assert!(
        english(&error.advice()).contains("add \"Microsoft.Compute/virtualMachines/start/action\""),
        "{error}"
    );
}

#[tokio::test]
async fn a_throttled_call_waits_and_a_busy_vm_is_waited_for() {
    let world = format!(
        "{WORLD}\n[[fault.error]]\naction = \"Microsoft.Compute/virtualMachines/start/action\"\ncode = \"TooManyRequests\"\ntimes = 1\n"
    );
    let estate = Estate::start(&world).await;
    let done = estate.act("idle", CloudAction::Start).await.unwrap();
    assert!(!done.already);
    assert_eq!(estate.calls("Microsoft.Compute/virtualMachines/start/action"), 2);
}

#[tokio::test]
async fn an_operation_that_fails_in_the_end_is_a_failure_with_its_reason() {
    let world = format!(
        "{WORLD}\n[[fault.operation]]\naction = \"start\"\nmessage = \"AllocationFailed: no room\"\n"
    );
    let estate = Estate::start(&world).await;
    let error = estate.act("idle", CloudAction::Start).await.unwrap_err();
    assert!(english(&error.said()).contains("no room"), "{error}");
}

#[tokio::test]
async fn a_token_that_is_refused_is_replaced_once() {
    let world = format!(
        "{WORLD}\n[[fault.error]]\naction = \"Microsoft.ResourceGraph/resources/read\"\ncode = \"ExpiredAuthenticationToken\"\ntimes = 1\n"
    );
    let estate = Estate::start(&world).await;
    estate.see("web").await;
    assert!(estate.calls("token") >= 2);
}

#[tokio::test]
async fn credentials_that_do_not_work_name_the_cause_and_the_cure() {
    let estate = Estate::start(WORLD).await;
    let cloud = connect(&estate.sim, |around| {
        around.variables.insert("AZURE_CLIENT_SECRET", Secret::new("wrong".to_owned()));
    });
    let error = cloud.identity(&CancellationToken::new()).await.unwrap_err();
    assert!(english(&error.said()).contains("AADSTS7000215"), "{}", english(&error.said()));
    let advice = english(&error.advice());
    assert!(advice.contains("not its id"), "{advice}");
    assert!(!english(&error.said()).contains("wrong"), "the secret is not told");
}

#[tokio::test]
async fn the_machine_s_own_identity_and_a_cluster_s_token_do_as_well() {
    let estate = Estate::start(WORLD).await;
    let base = estate.sim.endpoints().azure.clone();
    let machine = connect(&estate.sim, |around| {
        around.variables.clear();
        around.variables.insert("AZURE_POD_IDENTITY_AUTHORITY_HOST", Secret::new(base));
    });
    let stop = CancellationToken::new();
    assert!(machine.identity(&stop).await.unwrap().contains("corp"));
    let key = estate.sim.endpoints().credentials["corp"].secret_id.clone();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    std::fs::write(&file, format!("federated-{key}\n")).unwrap();
    let cluster = connect(&estate.sim, |around| {
        around.variables.remove("AZURE_CLIENT_SECRET");
        let path = file.to_str().unwrap().to_owned();
        around.variables.insert("AZURE_FEDERATED_TOKEN_FILE", Secret::new(path));
    });
    assert!(cluster.identity(&stop).await.unwrap().contains("corp"));
}

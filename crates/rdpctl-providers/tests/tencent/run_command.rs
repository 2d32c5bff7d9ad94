//! Command files carried into simulated guests.

use std::sync::Arc;
use std::time::Duration;

use rdpctl_contract::channel::{Ask, Channel, ChannelError, GuestTarget, Questions};
use rdpctl_guest::script::Script;
use rdpctl_model::guest::ChannelKind;
use rdpctl_model::{InstanceName, ResourceId};
use rdpctl_providers::channel::dialect::{Carrier, Dialect, Load, RawReply};
use rdpctl_providers::tencent::RunCommand;
use rdpctl_words::english;
use tokio_util::sync::CancellationToken;

use crate::estate::Estate;

fn load(ids: &[&str], lines: &str) -> Load {
    Load {
        targets: ids
            .iter()
            .map(|id| GuestTarget {
                instance: InstanceName::new(format!("name-of-{id}")),
                id: ResourceId::new(id),
                host: None,
                access: Arc::default(),
            })
            .collect(),
        script: Arc::new(Script::File(format!("@echo off\r\n{lines}\r\n"))),
        within: Duration::from_mins(1),
    }
}

async fn carry(estate: &Estate, loads: Vec<Load>) -> Vec<Vec<Result<RawReply, ChannelError>>> {
    RunCommand::new(estate.cloud.client()).carry(loads, &CancellationToken::new()).await
}

#[tokio::test]
async fn a_script_runs_in_every_guest_and_answers_in_order() {
    let estate =
        Estate::start("[vm.a]\nid = \"ins-aaaaaaaa\"\n[vm.b]\nid = \"ins-bbbbbbbb\"\n").await;
    let loads = vec![
        load(&["ins-bbbbbbbb", "ins-aaaaaaaa"], "echo one"),
        load(&["ins-aaaaaaaa"], "echo two\r\nexit /b 3"),
    ];
    let replies = carry(&estate, loads).await;
    let shown: Vec<Vec<(String, Option<i32>)>> = replies
        .into_iter()
        .map(|load| {
            load.into_iter()
                .map(Result::unwrap)
                .map(|reply| (String::from_utf8(reply.stdout).unwrap(), reply.exit))
                .collect()
        })
        .collect();
    let one = ("one\r\n".to_owned(), Some(0));
    assert_eq!(shown, [vec![one.clone(), one], vec![("two\r\n".to_owned(), Some(3))]]);
    assert_eq!(estate.calls("tat", "RunCommand"), 2);
}

#[tokio::test]
async fn a_guest_that_cannot_be_asked_keeps_no_other_from_answering() {
    let estate = Estate::start(
        r#"
        [vm.up]
        count = 20
        [vm.offline]
        id = "ins-offline0"
        agent = "offline"
        [vm.absent]
        id = "ins-absent00"
        agent = "absent"
        [vm.stopped]
        id = "ins-stopped0"
        state = "stopped"
        "#,
    )
    .await;
    let all = estate.all().await;
    let ids: Vec<&str> = all.iter().map(String::as_str).collect();
    let replies = carry(&estate, vec![load(&ids, "echo hi")]).await.remove(0);
    for (id, reply) in ids.iter().zip(replies) {
        match (*id, reply) {
            ("ins-offline0" | "ins-absent00" | "ins-stopped0", Err(error)) => {
                assert!(error.executed_nothing(), "{error}");
            }
            (_, reply) => assert_eq!(reply.unwrap().stdout, b"hi\r\n", "{id}"),
        }
    }
}

#[tokio::test]
async fn many_guests_take_one_call_per_hundred_and_one_poll_for_all() {
    let estate = Estate::start("[vm.kiosk]\ncount = 500\n").await;
    let all = estate.all().await;
    let ids: Vec<&str> = all.iter().map(String::as_str).collect();
    let before = estate.sim.counters().total;
    let replies = carry(&estate, vec![load(&ids, "echo hi")]).await.remove(0);
    assert!(
        replies.iter().all(|reply| reply.as_ref().is_ok_and(|reply| reply.stdout == b"hi\r\n"))
    );
    assert_eq!(estate.calls("tat", "RunCommand"), 5);
    assert_eq!(estate.calls("tat", "DescribeInvocationTasks"), 5);
    let spent = estate.sim.counters().total - before;
    assert!(spent <= 15, "{spent} calls");
}

#[tokio::test]
async fn what_the_agent_throws_away_is_counted() {
    let estate = Estate::start("[vm.a]\nid = \"ins-aaaaaaaa\"\n").await;
    let lines = format!("echo {}\r\n", "x".repeat(200)).repeat(200);
    let reply =
        carry(&estate, vec![load(&["ins-aaaaaaaa"], &lines)]).await.remove(0).remove(0).unwrap();
    assert_eq!(reply.stdout.len(), 24_576);
    assert_eq!(reply.dropped, 200 * 202 - 24_576);
}

#[tokio::test]
async fn a_script_that_is_too_long_is_not_sent() {
    let estate = Estate::start("[vm.a]\nid = \"ins-aaaaaaaa\"\n").await;
    let error = carry(&estate, vec![load(&["ins-aaaaaaaa"], &"x".repeat(60_000))])
        .await
        .remove(0)
        .remove(0);
    let text = english(&error.unwrap_err().said());
    assert!(text.contains("65536 fit") && text.contains("name-of-ins-aaaaaaaa"), "{text}");
    assert_eq!(estate.calls("tat", "RunCommand"), 0);
}

#[tokio::test]
async fn a_guest_is_surveyed_in_one_round_trip() {
    let estate = Estate::start(
        r#"
        [vm.a]
        id = "ins-aaaaaaaa"
        [vm.a.guest]
        os = "2022"
        services.TermService = { start = "disabled" }
        registry.'HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server' = { fDenyTSConnections = 1 }
        "#,
    )
    .await;
    let channel = Dialect::new(RunCommand::new(estate.cloud.client()));
    let target = load(&["ins-aaaaaaaa"], "").targets.remove(0);
    let questions =
        Arc::new(Questions { ports: [3389].into(), pinned: None, ..Questions::default() });
    let ask = Ask { target, questions, within: Duration::from_mins(1) };
    let survey = channel.answer(vec![ask], &estate.stop).await.remove(0).unwrap();

    assert_eq!(survey.via, ChannelKind::RunCommand);
    let server = r"HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server";
    assert_eq!(survey.registry.dword(server, "fDenyTSConnections"), Ok(Some(1)));
    let service = r"HKLM\SYSTEM\CurrentControlSet\Services\TermService";
    assert_eq!(survey.registry.dword(service, "Start"), Ok(Some(4)));
    assert!(
        survey.listeners.is_ok() && survey.processes.is_ok() && survey.firewall_rules.is_ok(),
        "{survey:#?}"
    );
    assert_eq!(estate.calls("tat", "RunCommand"), 1);
}

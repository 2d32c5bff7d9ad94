//! What comes back, byte for byte, and at what price.

use std::time::Duration;

use rdpctl_contract::channel::ChannelError;
use rdpctl_sim::winrm::{Effect, Endpoint, Injection, Operation, Quotas, Ran, Server};

use super::fixture::{carrier, echo, machine, run, run_all, stock, target};

#[tokio::test]
async fn a_survey_of_a_stock_host_costs_at_most_seven_exchanges_and_none_in_clear() {
    let server = Server::new();
    let host = stock(&server, echo()).await;
    let carrier = carrier();
    let reply = run(&carrier, target(&host), &["cmd /s /c \"ver\""]).await.unwrap();
    assert_eq!(reply.stdout, b"cmd /s /c \"ver\"\r\n");
    assert_eq!(reply.exit, Some(0));
    let counters = host.counters();
    assert!(counters.requests <= 7, "{counters:?}");
    assert_eq!((counters.clear_text_bodies, counters.open_shells, counters.log_ons), (0, 0, 1));
}

#[tokio::test]
async fn a_second_survey_logs_on_no_more() {
    let server = Server::new();
    let host = stock(&server, echo()).await;
    let carrier = carrier();
    for _ in 0..3 {
        run(&carrier, target(&host), &["ver"]).await.unwrap();
    }
    let counters = host.counters();
    assert_eq!((counters.log_ons, counters.creates), (1, 3));
}

#[tokio::test]
async fn every_byte_comes_back() {
    let all = "한국어 🙂\r\n\0".as_bytes().to_vec();
    let big = b"0123456789ABCDEF".repeat(655_360);
    let (text, bytes) = (all.clone(), big.clone());
    let server = Server::new();
    let machine = machine(move |call| match call.line {
        "text" => Ran {
            stdout: text.clone(),
            stderr: b"warning\r\n".to_vec(),
            exit: -1,
            ..Ran::default()
        },
        _ => Ran { stdout: bytes.clone(), ..Ran::default() },
    });
    let pieces = Quotas { piece: 3, ..Quotas::default() };
    let small = server
        .open(Endpoint { quotas: pieces, ..Endpoint::stock("SMALL") }, machine.clone())
        .await
        .unwrap();
    let large = stock(&server, machine).await;
    let carrier = carrier();
    let reply = run(&carrier, target(&small), &["text"]).await.unwrap();
    assert_eq!((reply.stdout, reply.stderr, reply.exit), (all, b"warning\r\n".to_vec(), Some(-1)));
    let reply = run(&carrier, target(&large), &["big"]).await.unwrap();
    assert!(reply.stdout == big);
}

#[tokio::test]
async fn more_output_than_a_script_can_mean_ends_it() {
    let server = Server::new();
    let host =
        stock(&server, machine(|_| Ran { stdout: vec![b'x'; 100_000_000], ..Ran::default() }))
            .await;
    let failed = run(&carrier(), target(&host), &["type huge"]).await.unwrap_err();
    assert!(
        matches!(&failed, ChannelError::OutcomeUnknown { source, .. } if rdpctl_words::english(&source.said()).contains("printed more")),
        "{failed}"
    );
    assert_eq!((host.counters().terminates, host.counters().open_shells), (1, 0));
}

#[tokio::test]
async fn lines_share_a_shell_and_the_last_exit_code_counts() {
    let server = Server::new();
    let machine = machine(|call| Ran {
        stdout: format!("<{}>", call.line).into_bytes(),
        exit: if call.line == "two" { 2 } else { 1 },
        ..Ran::default()
    });
    let host = stock(&server, machine).await;
    let reply = run(&carrier(), target(&host), &["one", "two"]).await.unwrap();
    assert_eq!((reply.stdout.as_slice(), reply.exit), (b"<one><two>".as_slice(), Some(2)));
    assert_eq!((host.counters().creates, host.counters().terminates), (1, 1));
}

#[tokio::test]
async fn a_command_may_be_silent_for_longer_than_one_poll() {
    let server = Server::new();
    let took = Duration::from_millis(2_300);
    let host =
        stock(&server, machine(move |_| Ran { stdout: b"done".to_vec(), took, ..Ran::default() }))
            .await;
    let reply = run(&carrier(), target(&host), &["slow"]).await.unwrap();
    assert_eq!(reply.stdout, b"done");
}

#[tokio::test]
async fn a_web_page_in_place_of_output_is_never_an_empty_success() {
    let server = Server::new();
    let host = stock(&server, echo()).await;
    host.inject(Injection::once(Operation::Receive, Effect::Html));
    let failed = run(&carrier(), target(&host), &["ver"]).await.unwrap_err();
    assert!(matches!(failed, ChannelError::OutcomeUnknown { .. }), "{failed}");
    assert_eq!(host.counters().open_shells, 0);
}

#[tokio::test]
async fn half_an_envelope_leaves_a_reply_without_its_end() {
    // The crate takes it for an answer without output; the frame's end mark is what the reader misses.
    let server = Server::new();
    let host =
        stock(&server, machine(|_| Ran { stdout: b"#7f3a Z\r\n".repeat(300), ..Ran::default() }))
            .await;
    host.inject(Injection::once(Operation::Receive, Effect::CutXml));
    let reply = run(&carrier(), target(&host), &["ver"]).await.unwrap();
    assert_eq!(reply.stdout, b"");
}

#[tokio::test]
async fn sixty_hosts_at_once_all_answer_and_nobody_is_refused() {
    let server = Server::new();
    let mut hosts = Vec::new();
    for _ in 0..60 {
        hosts.push(stock(&server, echo()).await);
    }
    let carrier = carrier();
    let replies = run_all(&carrier, hosts.iter().map(target).collect(), &["ver"]).await;
    assert!(
        replies.iter().all(|reply| reply.as_ref().is_ok_and(|reply| reply.stdout == b"ver\r\n"))
    );
    for host in &hosts {
        let counters = host.counters();
        assert_eq!(
            (counters.refused_log_ons, counters.open_shells, counters.executed("ver")),
            (0, 0, 1)
        );
        assert!(counters.requests <= 7, "{counters:?}");
    }
}

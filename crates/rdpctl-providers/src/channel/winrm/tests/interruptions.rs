//! Whatever breaks in the middle: what ran stays run once, and no shell is left behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rdpctl_contract::channel::ChannelError;
use rdpctl_sim::winrm::{Accepts, Call, Effect, Fault, Injection, Machine, Operation, Ran, Server};
use rdpctl_words::english;
use tokio_util::sync::CancellationToken;

use super::fixture::{PASSWORD, carrier, echo, load, machine, run, stock, target};
use crate::channel::dialect::Carrier;

/// Never ends by itself.
fn hung() -> Arc<dyn Machine> {
    machine(|_| Ran { took: Duration::MAX, ..Ran::default() })
}

#[tokio::test]
async fn a_command_whose_answer_was_lost_ran_once_and_its_outcome_is_unknown() {
    for effect in [Effect::CloseAfter, Effect::CutBody] {
        let server = Server::new();
        let host = stock(&server, echo()).await;
        host.inject(Injection::once(Operation::Command, effect));
        let failed = run(&carrier(), target(&host), &["net stop x"]).await.unwrap_err();
        assert!(matches!(failed, ChannelError::OutcomeUnknown { .. }), "{failed}");
        let counters = host.counters();
        assert_eq!((counters.executed("net stop x"), counters.open_shells), (1, 0));
    }
}

#[tokio::test]
async fn a_command_that_may_not_have_arrived_is_not_sent_again() {
    let server = Server::new();
    let host = stock(&server, echo()).await;
    host.inject(Injection::once(Operation::Command, Effect::CloseBefore));
    let failed = run(&carrier(), target(&host), &["net stop x"]).await.unwrap_err();
    assert!(matches!(failed, ChannelError::OutcomeUnknown { .. }), "{failed}");
    assert_eq!(host.counters().executed("net stop x"), 0);
}

#[tokio::test]
async fn lost_output_is_an_unknown_outcome() {
    for effect in [Effect::CloseBefore, Effect::CloseAfter, Effect::CutBody, Effect::Status(503)] {
        let server = Server::new();
        let host = stock(&server, echo()).await;
        host.inject(Injection::once(Operation::Receive, effect));
        let failed = run(&carrier(), target(&host), &["ver"]).await.unwrap_err();
        assert!(matches!(failed, ChannelError::OutcomeUnknown { .. }), "{failed}");
        assert_eq!((host.counters().executed("ver"), host.counters().open_shells), (1, 0));
    }
}

#[tokio::test]
async fn what_the_service_refuses_to_start_was_not_executed() {
    let server = Server::new();
    let host = stock(&server, echo()).await;
    let carrier = carrier();
    for (operation, effect, quota) in [
        (Operation::Create, Effect::Status(503), true),
        (Operation::Create, Effect::Fault(Fault::TooManyShells), true),
        (Operation::Command, Effect::Fault(Fault::TooManyCommands), true),
        (Operation::Command, Effect::Fault(Fault::AccessDenied), false),
    ] {
        host.inject(Injection::once(operation, effect));
        let failed = run(&carrier, target(&host), &["ver"]).await.unwrap_err();
        assert!(failed.executed_nothing(), "{failed}");
        assert_eq!(matches!(failed, ChannelError::Quota { .. }), quota, "{failed}");
    }
    assert_eq!((host.counters().executed("ver"), host.counters().open_shells), (0, 0));
}

#[tokio::test]
async fn a_second_line_that_is_refused_leaves_the_first_one_done() {
    let server = Server::new();
    let host = stock(&server, echo()).await;
    let refused = Effect::Fault(Fault::AccessDenied);
    host.inject(Injection { operation: Operation::Command, effect: refused, after: 1, times: 1 });
    let failed = run(&carrier(), target(&host), &["one", "two"]).await.unwrap_err();
    assert!(matches!(failed, ChannelError::OutcomeUnknown { .. }), "{failed}");
    assert_eq!((host.counters().executed("one"), host.counters().executed("two")), (1, 0));
}

#[tokio::test]
async fn a_restart_in_the_middle_is_seen_as_one() {
    let server = Server::new();
    let host = stock(&server, hung()).await;
    host.inject(Injection::once(Operation::Receive, Effect::LoseShells));
    let failed = run(&carrier(), target(&host), &["shutdown /r"]).await.unwrap_err();
    assert!(
        english(&failed.said()).contains("the shell is gone; the guest may have restarted"),
        "{failed}"
    );
    // Create, Command, Receive, then the signal and the close that find nothing, and two for the log-on.
    assert_eq!(host.counters().requests, 7);
}

#[tokio::test]
async fn a_command_without_end_is_ended_at_the_deadline() {
    let server = Server::new();
    let host = stock(&server, hung()).await;
    let mut load = load(vec![target(&host)], &["pause"]);
    load.within = Duration::from_millis(1_500);
    let failed = carrier()
        .carry(vec![load], &CancellationToken::new())
        .await
        .remove(0)
        .remove(0)
        .unwrap_err();
    assert!(matches!(failed, ChannelError::OutcomeUnknown { .. }), "{failed}");
    let counters = host.counters();
    assert_eq!((counters.terminates, counters.open_shells, counters.executed("pause")), (1, 0, 1));
}

/// Waits for a level of a host's counters.
async fn until(reached: impl Fn() -> bool) {
    while !reached() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn stopping_ends_the_command_and_closes_the_shell() {
    let server = Server::new();
    let host = stock(&server, hung()).await;
    let (carrier, stop) = (carrier(), CancellationToken::new());
    let carrying = carrier.carry(vec![load(vec![target(&host)], &["pause"])], &stop);
    let stopping = async {
        until(|| host.counters().executed("pause") == 1).await;
        stop.cancel();
    };
    let (mut replies, ()) = tokio::join!(carrying, stopping);
    let failed = replies.remove(0).remove(0).unwrap_err();
    assert!(matches!(failed, ChannelError::OutcomeUnknown { .. }), "{failed}");
    assert_eq!(host.counters().open_shells, 0);
    // Nothing begins after the stop.
    let mut replies = carrier.carry(vec![load(vec![target(&host)], &["pause"])], &stop).await;
    assert!(matches!(replies.remove(0).remove(0), Err(ChannelError::Stopped)));
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_the_channel_in_the_middle_leaves_no_shell() {
    let server = Server::new();
    let host = stock(&server, hung()).await;
    let carrier = carrier();
    tokio::select! {
        _ = run(&carrier, target(&host), &["pause"]) => panic!("it never ends"),
        () = until(|| host.counters().executed("pause") == 1) => {}
    }
    tokio::task::spawn_blocking(move || drop(carrier)).await.unwrap();
    assert_eq!(host.counters().open_shells, 0);
}

#[tokio::test]
async fn a_shell_that_we_could_not_close_dies_within_two_minutes() {
    let server = Server::new();
    let host = stock(&server, echo()).await;
    host.inject(Injection::always(Operation::Delete, Effect::Status(503)));
    let carrier = carrier();
    run(&carrier, target(&host), &["ver"]).await.unwrap();
    run(&carrier, target(&host), &["ver"]).await.unwrap();
    assert_eq!((host.counters().longest_idle, host.counters().open_shells), (120, 2));
    // Two are enough.
    let failed = run(&carrier, target(&host), &["ver"]).await.unwrap_err();
    assert!(matches!(failed, ChannelError::Quota { .. }), "{failed}");
    assert_eq!(host.counters().open_shells, 2);
}

/// A machine with a power switch.
struct Switched(AtomicU64);

impl Machine for Switched {
    fn run(&self, _: &Call<'_>) -> Ran {
        Ran { stdout: b"up".to_vec(), ..Ran::default() }
    }

    fn password(&self, _: &str) -> Option<String> {
        Some(PASSWORD.to_owned())
    }

    fn boot(&self) -> Option<u64> {
        Some(self.0.load(Ordering::Relaxed)).filter(|boot| *boot > 0)
    }

    fn lets_in(&self, offered: Accepts) -> Option<Accepts> {
        self.boot().map(|_| offered)
    }
}

#[tokio::test]
async fn a_host_that_is_switched_off_is_unreachable_and_comes_back() {
    let server = Server::new();
    let machine = Arc::new(Switched(AtomicU64::new(1)));
    let host = stock(&server, Arc::clone(&machine) as Arc<dyn Machine>).await;
    let carrier = carrier();
    for boot in [1, 0, 2] {
        machine.0.store(boot, Ordering::Relaxed);
        let reply = run(&carrier, target(&host), &["ver"]).await;
        match boot {
            0 => assert!(matches!(reply, Err(ChannelError::Unreachable { .. })), "{reply:?}"),
            _ => assert_eq!(reply.unwrap().stdout, b"up"),
        }
    }
}

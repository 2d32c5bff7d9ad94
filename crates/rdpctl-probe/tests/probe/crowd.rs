//! Many targets at once.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rdpctl_model::handshake::HandshakeVerdict;
use rdpctl_probe::{Level, Target, affordable, probe_many};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::server::quick;
use crate::vectors::unhex;

/// A listener that counts how many callers it has, and the most that it ever had.
struct Counting {
    target: Target,
    most: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

async fn counting() -> Counting {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let mut task = JoinSet::new();
    task.spawn(async move {
        let now = Arc::new(AtomicUsize::new(0));
        let mut callers = JoinSet::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            seen.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            let now = Arc::clone(&now);
            callers.spawn(async move {
                let mut request = [0; 19];
                if stream.read_exact(&mut request).await.is_ok() {
                    // Counted down before the answer: from then on the caller may go.
                    now.fetch_sub(1, Ordering::SeqCst);
                    let answer = unhex("030000130ed000001234000201080000000000");
                    stream.write_all(&answer).await.unwrap();
                }
            });
        }
    });
    Counting { target: Target::at(address.ip(), address.port()), most, _task: task }
}

fn places(number: usize) -> NonZeroUsize {
    NonZeroUsize::new(number).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_target_gets_a_report() {
    let mut servers = Vec::new();
    for _ in 0..50 {
        servers.push(counting().await);
    }
    let targets: Vec<Target> = servers.iter().map(|server| server.target.clone()).collect();
    let mut reports = probe_many(targets.clone(), Level::Reach, quick(), places(8));
    let mut answered = Vec::new();
    while let Some(report) = reports.next().await {
        assert_eq!(report.verdict, HandshakeVerdict::Ok);
        answered.push(report.target);
    }
    answered.sort();
    let mut targets = targets;
    targets.sort();
    assert_eq!(answered, targets);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_address_is_never_probed_twice_at_once() {
    let server = counting().await;
    let targets = vec![server.target.clone(); 20];
    let mut reports = probe_many(targets, Level::Reach, quick(), places(20));
    let mut count = 0;
    while let Some(report) = reports.next().await {
        assert_eq!(report.verdict, HandshakeVerdict::Ok);
        count += 1;
    }
    assert_eq!((count, server.most.load(Ordering::SeqCst)), (20, 1));
}

#[tokio::test]
async fn reports_come_while_targets_are_still_arriving() {
    let server = counting().await;
    let (sender, receiver) = mpsc::channel(1);
    let mut reports = probe_many(receiver, Level::Reach, quick(), places(4));
    for _ in 0..3 {
        sender.send(server.target.clone()).await.unwrap();
        assert_eq!(reports.next().await.map(|report| report.verdict), Some(HandshakeVerdict::Ok));
    }
    drop(sender);
    assert!(reports.next().await.is_none());
}

#[test]
fn no_more_run_at_once_than_there_are_sockets_for() {
    assert_eq!(affordable(places(1)), places(1));
    assert!(affordable(places(usize::MAX)) < places(usize::MAX));
}

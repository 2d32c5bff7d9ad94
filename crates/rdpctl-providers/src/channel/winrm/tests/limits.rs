//! How much is done side by side.

use std::time::Duration;

use rdpctl_sim::winrm::{Endpoint, Quotas, Ran, Server};

use super::fixture::{carrier, machine, run_all, target};

#[tokio::test]
async fn five_jobs_in_a_host_that_allows_two_shells_all_finish() {
    let server = Server::new();
    let took = Duration::from_millis(50);
    let slow = machine(move |_| Ran { stdout: b"done".to_vec(), took, ..Ran::default() });
    let quotas = Quotas { shells_per_user: 2, ..Quotas::default() };
    let host = server.open(Endpoint { quotas, ..Endpoint::stock("SMALL") }, slow).await.unwrap();
    let replies = run_all(&carrier(), vec![target(&host); 5], &["ver"]).await;
    assert!(
        replies.iter().all(|reply| reply.as_ref().is_ok_and(|reply| reply.stdout == b"done")),
        "{replies:?}"
    );
    let counters = host.counters();
    assert_eq!((counters.most_shells, counters.open_shells, counters.executed("ver")), (2, 0, 5));
}

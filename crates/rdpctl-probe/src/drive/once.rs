//! One target: resolve, wait for its turn, look, and look again if a busy moment could explain the first result.

use jiff::Timestamp;
use tokio::time::{Instant, sleep};

use super::deadline::{Deadline, ms_since};
use super::dial::resolve;
use super::locks::hold;
use super::survey::Survey;
use crate::options::{Level, ProbeOptions};
use crate::report::{Report, Try};
use crate::seen::{Observations, TcpState};
use crate::target::Target;
use crate::verdict::may_pass;

/// Probes one target. It never fails: what could not be learnt is absent from the report.
pub async fn probe(target: &Target, level: Level, options: &ProbeOptions) -> Report {
    let asked = Instant::now();
    let addresses = match resolve(target, asked + options.connect).await {
        Ok(addresses) => addresses,
        Err(error) => {
            let mut seen = Observations::new(level, Timestamp::now());
            seen.tcp.state = TcpState::DnsFailed;
            seen.tcp.error = Some(error);
            return Report::new(target.clone(), seen, ms_since(asked));
        }
    };
    let _turn = match addresses.first() {
        Some(first) => Some(hold(*first).await),
        None => None,
    };
    let deadline = Deadline::after(options.total);
    let first = look(target, level, options, &addresses, deadline).await;
    let pause = match options.retry_after {
        Some(pause) if may_pass(first.verdict) && deadline.has_room_for(pause) => pause,
        Some(_) | None => return first,
    };
    let first_try = Try { verdict: first.verdict, ms: first.ms };
    sleep(pause).await;
    let again = Instant::now();
    let mut second = look(target, level, options, &addresses, deadline).await;
    second.tries = vec![first_try, Try { verdict: second.verdict, ms: ms_since(again) }];
    second.connections += first.connections;
    second
}

async fn look(
    target: &Target,
    level: Level,
    options: &ProbeOptions,
    addresses: &[std::net::SocketAddr],
    deadline: Deadline,
) -> Report {
    let seen = Survey::new(level, options, deadline).run(addresses).await;
    Report::new(target.clone(), seen, deadline.elapsed_ms())
}

//! Ctrl-C, SIGTERM and a terminal that is gone: the first asks for a safe end, a second Ctrl-C ends now. Whoever sends SIGTERM
//! again may be a machine that has not seen more than the first time: it counts as the second once the time of grace is over
//! that somebody gave, and never where nobody gave one.

use std::time::{Duration, Instant};

use rdpctl_engine::run::Stops;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::command::span::span;

/// How long a run may go on with what is in hand, whoever sends SIGTERM.
#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct Grace {
    /// From so long after a SIGTERM on, another one leaves at once, as a second Ctrl-C does [default: never]
    #[arg(long, value_name = "90s|15m|2h", value_parser = span)]
    grace: Option<Duration>,
}

/// Who asked for an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    Hand,
    Term,
    Hangup,
}

impl Grace {
    /// Whether somebody who asks again is to be obeyed at once.
    fn is_over(self, by: By, since: Duration) -> bool {
        match by {
            By::Hand => true,
            By::Term => self.grace.is_some_and(|grace| since >= grace),
            // A terminal that is gone is gone once.
            By::Hangup => false,
        }
    }
}

/// Watches for as long as the command runs.
pub(crate) fn watch(stops: &Stops) {
    watch_with(stops, Grace::default());
}

/// The same for what has no terminal, and is told something else by SIGHUP.
pub(crate) fn watch_loop(stops: &Stops) {
    listen(stops, Grace::default(), None);
}

/// The same for a run that may be given a time of grace.
pub(crate) fn watch_with(stops: &Stops, grace: Grace) {
    let hangups = if keeps_on_when_hung_up() { None } else { signal(SignalKind::hangup()).ok() };
    listen(stops, grace, hangups);
}

/// Whether whoever started it wants it to go on without its terminal, as `nohup` does. Where nobody can say, SIGHUP does what
/// it did before.
fn keeps_on_when_hung_up() -> bool {
    let ignored = std::fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"))?.trim().to_owned();
        u64::from_str_radix(&mask, 16).ok()
    });
    // Signals are counted from 1, and SIGHUP is the first.
    ignored.is_none_or(|mask| mask & 1 == 1)
}

fn listen(stops: &Stops, grace: Grace, mut hangups: Option<Signal>) {
    let stops = stops.clone();
    tokio::spawn(async move {
        let (Ok(mut interrupts), Ok(mut ends)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        let mut first = None;
        loop {
            let by = tokio::select! {
                _ = interrupts.recv() => By::Hand,
                _ = ends.recv() => By::Term,
                () = hung_up(&mut hangups) => By::Hangup,
            };
            let since = first.get_or_insert_with(Instant::now).elapsed();
            if !stops.gently.is_cancelled() {
                stops.gently.cancel();
            } else if grace.is_over(by, since) {
                stops.now.cancel();
            }
        }
    });
}

/// Returns when the terminal goes.
async fn hung_up(hangups: &mut Option<Signal>) {
    match hangups {
        Some(hangups) => drop(hangups.recv().await),
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_sigterm_counts_once_the_grace_is_over_and_never_without_one() {
        let given = Grace { grace: Some(Duration::from_secs(90)) };
        let (early, late) = (Duration::from_secs(89), Duration::from_secs(90));
        assert_eq!([early, late].map(|since| given.is_over(By::Term, since)), [false, true]);
        assert!(!Grace::default().is_over(By::Term, Duration::from_hours(9)));
        assert!(given.is_over(By::Hand, Duration::ZERO) && !given.is_over(By::Hangup, late));
    }
}

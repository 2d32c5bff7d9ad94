//! Ctrl-C and SIGTERM: the first asks for a safe end, a second Ctrl-C ends now.

use rdpctl_engine::run::Stops;
use tokio::signal::unix::{SignalKind, signal};

/// Watches for as long as the command runs.
pub(crate) fn watch(stops: &Stops) {
    let stops = stops.clone();
    tokio::spawn(async move {
        let (Ok(mut interrupts), Ok(mut ends)) =
            (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
        else {
            return;
        };
        // Whoever sends SIGTERM twice has not seen more than the first time, and may not be there.
        loop {
            let by_hand = tokio::select! {
                _ = interrupts.recv() => true,
                _ = ends.recv() => false,
            };
            if !stops.gently.is_cancelled() {
                stops.gently.cancel();
            } else if by_hand {
                stops.now.cancel();
            }
        }
    });
}

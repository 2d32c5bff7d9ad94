//! What a service manager is told, by the one socket that systemd names: that the loop is ready, that it goes on, that it
//! ends.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use rdpctl_watch::Signals;
use tokio_util::sync::CancellationToken;

/// Whoever started the service and wants to know how it does.
pub(super) struct Manager {
    socket: UnixDatagram,
    at: SocketAddr,
}

impl Manager {
    /// The one that the environment names, if it does.
    pub(super) fn of_process() -> Option<Self> {
        let named = std::env::var_os("NOTIFY_SOCKET")?;
        let at = match named.as_bytes() {
            [b'@', name @ ..] => SocketAddr::from_abstract_name(name),
            _ => SocketAddr::from_pathname(&named),
        };
        Some(Self { socket: UnixDatagram::unbound().ok()?, at: at.ok()? })
    }

    /// Says something. A manager that does not listen finds out by itself.
    fn say(&self, what: &str) {
        let _ = self.socket.send_to_addr(what.as_bytes(), &self.at);
    }

    /// Says that the loop is ready, that it ends, and in between that it goes on, as often as that is wanted: a loop that
    /// stands still says nothing.
    pub(super) async fn keep_informed(self, signals: Signals, stop: CancellationToken) {
        self.say("READY=1");
        let wanted = std::env::var("WATCHDOG_USEC").ok().and_then(|text| text.parse().ok());
        let every = wanted.map_or(Duration::from_mins(1), |limit| Duration::from_micros(limit) / 3);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(every) => {}
            }
            if signals.is_alive() {
                self.say("WATCHDOG=1");
            }
        }
        self.say("STOPPING=1");
    }
}

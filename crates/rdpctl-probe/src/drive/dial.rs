//! Resolving, connecting, and closing without a reset.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout_at};

use crate::seen::TcpState;
use crate::target::{Host, Target};

/// More addresses of one name than this are not tried.
const ADDRESSES: usize = 4;
/// What is read after our side closed, so that the kernel does not answer unread bytes with a reset.
const LEFTOVERS: usize = 64 * 1024;
/// The longest wait for the other side's close.
const LONGEST_LINGER: Duration = Duration::from_millis(250);

/// The addresses of a target, in the resolver's order.
pub(super) async fn resolve(target: &Target, until: Instant) -> Result<Vec<SocketAddr>, String> {
    let name = match &target.host {
        Host::Address(address) => return Ok(vec![SocketAddr::new(*address, target.port)]),
        Host::Name(name) => name.as_str(),
    };
    match timeout_at(until, lookup_host((name, target.port))).await {
        Ok(Ok(found)) => {
            let found: Vec<SocketAddr> = found.take(ADDRESSES).collect();
            if found.is_empty() { Err("the name has no address".to_owned()) } else { Ok(found) }
        }
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the resolver did not answer in time".to_owned()),
    }
}

/// Connects, without Nagle's delay.
pub(crate) async fn connect(address: SocketAddr, until: Instant) -> io::Result<TcpStream> {
    let stream = timeout_at(until, TcpStream::connect(address))
        .await
        .map_err(|_| io::Error::from(ErrorKind::TimedOut))??;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// What a failed connection attempt says about the way to the machine.
pub(super) fn state_of(error: &io::Error) -> TcpState {
    let kind = error.kind();
    if kind == ErrorKind::ConnectionRefused || was_reset(kind) {
        TcpState::Refused
    } else if kind == ErrorKind::TimedOut {
        TcpState::Filtered
    } else {
        // No route, a local rule, an address that this machine cannot use: there is no way from here.
        TcpState::Unreachable
    }
}

/// Whether a connection ended with a reset rather than a close.
pub(super) fn was_reset(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe
    )
}

/// Ends our side, and gives the other one two round trips to end its own.
pub(crate) async fn close(mut stream: TcpStream, round_trip: Duration) {
    if stream.shutdown().await.is_err() {
        return; // Already gone.
    }
    let until = Instant::now() + (round_trip * 2 + Duration::from_millis(5)).min(LONGEST_LINGER);
    let mut scratch = [0; 4096];
    let mut left = LEFTOVERS;
    while let Ok(Ok(())) = timeout_at(until, stream.readable()).await {
        match stream.try_read(&mut scratch) {
            Ok(0) => return,
            Ok(read) if read < left => left -= read,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(_) | Err(_) => return,
        }
    }
}

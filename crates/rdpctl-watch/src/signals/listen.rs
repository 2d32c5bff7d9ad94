//! A place where this machine alone may ask how the loop does.

use std::net::SocketAddr;

use tokio::net::TcpListener;

/// A place where the numbers can be asked for.
pub struct Listener {
    listener: TcpListener,
    at: SocketAddr,
}

/// Why nobody can ask there.
#[derive(Debug, thiserror::Error)]
pub enum NotHere {
    /// Others than this machine could ask.
    #[error("{0} is not an address of this machine alone")]
    Open(SocketAddr),
    /// It is taken, or not ours.
    #[error("nobody can be listened to at {at}")]
    Taken {
        /// Where.
        at: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

impl Listener {
    /// Opens it. What it tells is not for the network: whoever wants it there puts something before it that asks who
    /// comes.
    pub async fn open(at: SocketAddr) -> Result<Self, NotHere> {
        if !at.ip().is_loopback() {
            return Err(NotHere::Open(at));
        }
        let taken = |source| NotHere::Taken { at, source };
        let listener = TcpListener::bind(at).await.map_err(taken)?;
        let at = listener.local_addr().map_err(taken)?;
        Ok(Self { listener, at })
    }

    /// Where it is, port included.
    #[must_use]
    pub const fn at(&self) -> SocketAddr {
        self.at
    }

    /// What comes in there, for whoever answers.
    #[must_use]
    pub fn into_inner(self) -> TcpListener {
        self.listener
    }
}

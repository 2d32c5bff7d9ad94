//! The view from outside.

use std::net::IpAddr;

use async_trait::async_trait;
use rdpctl_model::Gap;
use rdpctl_model::handshake::Handshake;
use tokio_util::sync::CancellationToken;

/// Shakes hands with an RDP port and logs on to nothing.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Looks at one address and port.
    async fn look(
        &self,
        address: IpAddr,
        port: u16,
        stop: &CancellationToken,
    ) -> Result<Handshake, Gap>;
}

//! The view from outside.

use async_trait::async_trait;
use rdpctl_model::Gap;
use rdpctl_model::handshake::Handshake;
use rdpctl_model::host::Host;
use tokio_util::sync::CancellationToken;

/// Shakes hands with an RDP port and logs on to nothing.
#[async_trait]
pub trait Probe: Send + Sync {
    /// Looks at one host's port.
    async fn look(
        &self,
        host: &Host,
        port: u16,
        stop: &CancellationToken,
    ) -> Result<Handshake, Gap>;
}

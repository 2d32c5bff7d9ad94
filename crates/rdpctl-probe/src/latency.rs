//! How long the steps of a connection took.

use serde::Serialize;

/// Milliseconds of the steps of the first connection: connecting is the network, confirming the service's load.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct LatencyMs {
    /// Connecting.
    pub connect: Option<f64>,
    /// The answer to the negotiation request.
    pub confirm: Option<f64>,
    /// The TLS handshake.
    pub tls: Option<f64>,
    /// The NTLM challenge.
    pub ntlm: Option<f64>,
}

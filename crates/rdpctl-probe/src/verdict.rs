//! What a verdict means to whoever stands before a client, and whether to try once more.

use rdpctl_model::handshake::HandshakeVerdict;

/// What a person in front of a client sees.
#[must_use]
pub const fn symptom(verdict: HandshakeVerdict) -> &'static str {
    match verdict {
        HandshakeVerdict::Ok => "the client goes on to ask for credentials",
        HandshakeVerdict::DnsFailed => {
            "can't connect: the computer is not available on the network"
        }
        HandshakeVerdict::TcpRefused
        | HandshakeVerdict::TcpFiltered
        | HandshakeVerdict::TcpUnreachable => {
            "can't connect: remote access is not enabled, the computer is off, or it is not on the network"
        }
        HandshakeVerdict::NotRdp => "an internal error has occurred, or a protocol error",
        HandshakeVerdict::RdpSilent => "the client hangs at `configuring remote session`",
        HandshakeVerdict::RdpClosed
        | HandshakeVerdict::CertMissing
        | HandshakeVerdict::TlsBroken => "an internal error has occurred",
        HandshakeVerdict::NegotiationRefused => {
            "the client cannot agree with the server on a security layer"
        }
    }
}

/// Whether a busy moment can look like this, so that one more try is worth its time.
#[must_use]
pub(crate) const fn may_pass(verdict: HandshakeVerdict) -> bool {
    match verdict {
        HandshakeVerdict::TcpRefused
        | HandshakeVerdict::TcpFiltered
        | HandshakeVerdict::RdpSilent
        | HandshakeVerdict::RdpClosed => true,
        HandshakeVerdict::Ok
        | HandshakeVerdict::DnsFailed
        | HandshakeVerdict::TcpUnreachable
        | HandshakeVerdict::NotRdp
        | HandshakeVerdict::CertMissing
        | HandshakeVerdict::NegotiationRefused
        | HandshakeVerdict::TlsBroken => false,
    }
}

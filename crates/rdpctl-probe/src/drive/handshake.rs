//! A whole TLS handshake by rustls, driven by hand, because a failed one must still tell how far it came.

use std::io::{self, Read, Write};

use rdpctl_model::handshake::TlsVersion;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConnection, Error};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

use super::first_flight::hang_up;
use super::{pinned, verifier};
use crate::seen::{TlsFailure, Via};
use crate::wire::flight::LONGEST_FLIGHT;
use crate::wire::{credssp, version_of};

/// A handshake on a connection, finished or not.
pub(crate) struct TlsHandshake {
    tls: Option<ClientConnection>,
    /// Bytes that the server may still send before it says too much.
    allowance: usize,
}

/// What the server answered to the NTLM negotiation.
pub(super) enum NtlmAnswer {
    /// A `TSRequest`.
    Request(Vec<u8>),
    /// Nothing that is one.
    Nothing,
}

impl TlsHandshake {
    pub(super) fn new(stream: &TcpStream) -> Self {
        // An address as the name: no SNI, which a listener does not need and a log would keep.
        let tls = match (stream.peer_addr(), verifier::config()) {
            (Ok(peer), Ok(config)) => {
                ClientConnection::new(config, ServerName::IpAddress(peer.ip().into())).ok()
            }
            (Ok(_) | Err(_), Ok(_) | Err(_)) => None,
        };
        Self { tls, allowance: LONGEST_FLIGHT }
    }

    /// With whoever holds the key of this certificate, and with nobody else.
    pub(crate) fn towards(stream: &TcpStream, certificate: CertificateDer<'static>) -> Self {
        let tls = match (stream.peer_addr(), pinned::config(certificate)) {
            (Ok(peer), Ok(config)) => {
                ClientConnection::new(config, ServerName::IpAddress(peer.ip().into())).ok()
            }
            (Ok(_) | Err(_), Ok(_) | Err(_)) => None,
        };
        Self { tls, allowance: LONGEST_FLIGHT }
    }

    /// Shakes hands.
    pub(crate) async fn run(
        &mut self,
        stream: &mut TcpStream,
        until: Instant,
    ) -> Result<(), TlsFailure> {
        match timeout_at(until, self.shake(stream)).await {
            Ok(done) => done,
            Err(_) => Err(TlsFailure::Refused(Via::Timeout)),
        }
    }

    /// The version of the `ServerHello`, as soon as one came.
    pub(crate) fn version(&self) -> Option<TlsVersion> {
        version_of(u16::from(self.tls.as_ref()?.protocol_version()?))
    }

    /// The number of the cipher suite, as soon as one was chosen.
    pub(super) fn suite(&self) -> Option<u16> {
        Some(u16::from(self.tls.as_ref()?.negotiated_cipher_suite()?.suite()))
    }

    /// The certificates of a finished handshake.
    pub(crate) fn certificates(&self) -> Vec<Vec<u8>> {
        let chain = self.tls.as_ref().and_then(|tls| tls.peer_certificates()).unwrap_or_default();
        chain.iter().map(|certificate| certificate.to_vec()).collect()
    }

    /// Asks for the NTLM challenge and goes no further.
    pub(super) async fn ntlm(&mut self, stream: &mut TcpStream, until: Instant) -> NtlmAnswer {
        match self.exchange(stream, &credssp::NEGOTIATE, until).await {
            Ok(request) => NtlmAnswer::Request(request),
            Err(_) => NtlmAnswer::Nothing,
        }
    }

    /// Sends a `TSRequest`, in one record, and waits for the one that answers it.
    pub(crate) async fn exchange(
        &mut self,
        stream: &mut TcpStream,
        request: &[u8],
        until: Instant,
    ) -> Result<Vec<u8>, TlsFailure> {
        match timeout_at(until, self.say(stream, request)).await {
            Ok(said) => said,
            Err(_) => Err(TlsFailure::Refused(Via::Timeout)),
        }
    }

    /// Says goodbye in TLS; the socket is closed by the caller.
    pub(crate) async fn close(&mut self, stream: &mut TcpStream, until: Instant) {
        let Some(tls) = self.tls.as_mut() else { return };
        if tls.is_handshaking() {
            return; // An alert in the middle of a handshake is logged by the server.
        }
        tls.send_close_notify();
        // A server that is gone by now needs no goodbye.
        if let Ok(Err(_)) | Err(_) = timeout_at(until, flush(tls, stream)).await {}
    }

    async fn shake(&mut self, stream: &mut TcpStream) -> Result<(), TlsFailure> {
        let Some(tls) = self.tls.as_mut() else {
            return Err(TlsFailure::Unfinished("the TLS library cannot be used".to_owned()));
        };
        let mut first = true;
        loop {
            flush(tls, stream).await.map_err(|error| TlsFailure::Refused(hang_up(error.kind())))?;
            if !tls.is_handshaking() {
                return Ok(());
            }
            let mut buffer = [0; 4096];
            let read = match stream.read(&mut buffer).await {
                Ok(0) => return Err(TlsFailure::Refused(Via::Closed)),
                Ok(read) => read,
                Err(error) => return Err(TlsFailure::Refused(hang_up(error.kind()))),
            };
            if first && buffer.first() == Some(&3) {
                return Err(TlsFailure::Refused(Via::Plaintext));
            }
            first = false;
            take(tls, &mut self.allowance, buffer.get(..read).unwrap_or(&buffer))?;
        }
    }

    async fn say(&mut self, stream: &mut TcpStream, request: &[u8]) -> Result<Vec<u8>, TlsFailure> {
        let garbage = || TlsFailure::Refused(Via::Garbage);
        let gone = |error: &io::Error| TlsFailure::Refused(hang_up(error.kind()));
        let tls = self.tls.as_mut().ok_or_else(garbage)?;
        tls.writer().write_all(request).map_err(|error| gone(&error))?;
        let mut answer = Vec::new();
        let mut buffer = [0; credssp::LONGEST];
        loop {
            flush(tls, stream).await.map_err(|error| gone(&error))?;
            let missing = match credssp::scan(&answer) {
                credssp::Scan::Whole(length) => {
                    answer.truncate(length);
                    return Ok(answer);
                }
                credssp::Scan::Garbage => return Err(garbage()),
                credssp::Scan::Need(missing) => missing,
            };
            let space = buffer.get_mut(..missing).ok_or_else(garbage)?;
            match tls.reader().read(space) {
                Ok(0) => return Err(TlsFailure::Refused(Via::Closed)),
                Ok(read) => answer.extend_from_slice(space.get(..read).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let read = stream.read(&mut buffer).await.map_err(|error| gone(&error))?;
                    if read == 0 {
                        return Err(TlsFailure::Refused(Via::Closed));
                    }
                    take(tls, &mut self.allowance, &buffer[..read])?;
                }
                Err(error) => return Err(gone(&error)),
            }
        }
    }
}

/// Hands received bytes to the library.
fn take(
    tls: &mut ClientConnection,
    allowance: &mut usize,
    mut bytes: &[u8],
) -> Result<(), TlsFailure> {
    let garbage = TlsFailure::Refused(Via::Garbage);
    *allowance = allowance.checked_sub(bytes.len()).ok_or(garbage.clone())?;
    while !bytes.is_empty() {
        let read = tls.read_tls(&mut bytes).map_err(|_| garbage.clone())?;
        tls.process_new_packets().map_err(|error| failure(&error))?;
        if read == 0 {
            break;
        }
    }
    Ok(())
}

fn failure(error: &Error) -> TlsFailure {
    if let Error::AlertReceived(alert) = error {
        TlsFailure::Refused(Via::Alert(u8::from(*alert)))
    } else if matches!(error, Error::InvalidCertificate(CertificateError::BadSignature)) {
        TlsFailure::KeyMismatch
    } else if matches!(error, Error::InvalidMessage(_)) {
        TlsFailure::Refused(Via::Garbage)
    } else {
        TlsFailure::Unfinished(error.to_string())
    }
}

/// Sends what the library has ready.
async fn flush(tls: &mut ClientConnection, stream: &mut TcpStream) -> io::Result<()> {
    let mut out = Vec::new();
    while tls.wants_write() {
        tls.write_tls(&mut out)?;
    }
    if out.is_empty() { Ok(()) } else { stream.write_all(&out).await }
}

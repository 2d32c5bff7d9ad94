//! A declared file of authorities, and nobody else: the system's are not asked. Who is vouched for is known afterwards by
//! the digest of his certificate, which is what the client is told to demand.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::endpoint::Endpoint;
use super::failure::Failure;
use super::limits::CONNECT;
use super::symptom::tls_refusal;
use crate::channel::why::say;
use rdpctl_model::Said;

/// A company's authorities take kilobytes.
const LARGEST: u64 = 1024 * 1024;

/// The SHA-256, in hexadecimal digits, of the certificate that a service shows, if the file's authorities vouch for it.
pub(super) async fn vouched_for(endpoint: &Endpoint, file: &Path) -> Result<String, Failure> {
    let config =
        ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Failure::Unavailable(Said::quoted(error.to_string())))?
            .with_root_certificates(authorities(file)?)
            .with_no_client_auth();
    let bare = endpoint.host.trim_start_matches('[').trim_end_matches(']');
    let name = ServerName::try_from(bare.to_owned())
        .map_err(|error| Failure::Unavailable(say::at(bare, error.to_string())))?;
    let authority = endpoint.authority();
    let met = timeout(CONNECT, async {
        let stream = TcpStream::connect(&authority).await?;
        TlsConnector::from(Arc::new(config)).connect(name, stream).await
    });
    let stream = match met.await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            return Err(match tls_refusal(&error) {
                Some(refused) => Failure::Untrusted(Said::quoted(refused)),
                None => Failure::Unreachable(say::at(&authority, error.to_string())),
            });
        }
        Err(_) => {
            return Err(Failure::Unreachable(say::no_tls_within(authority, CONNECT.as_secs())));
        }
    };
    let shown = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
    let Some(certificate) = shown else {
        return Err(Failure::Untrusted(say::no_certificate_shown()));
    };
    let digest = digest(&SHA256, certificate.as_ref());
    Ok(digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn authorities(file: &Path) -> Result<RootCertStore, Failure> {
    let unusable = |why: Said| Failure::Unavailable(say::ca_file(file.display().to_string(), why));
    let quoted = |error: &dyn std::fmt::Display| unusable(Said::quoted(error.to_string()));
    let mut text = Vec::new();
    File::open(file)
        .and_then(|opened| opened.take(LARGEST + 1).read_to_end(&mut text))
        .map_err(|error| quoted(&error))?;
    if text.len() as u64 > LARGEST {
        return Err(unusable(say::larger_than_1_mib()));
    }
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let certificate = certificate.map_err(|error| quoted(&error))?;
        roots.add(certificate).map_err(|error| quoted(&error))?;
    }
    if roots.is_empty() {
        return Err(unusable(say::no_certificate_in_it()));
    }
    Ok(roots)
}

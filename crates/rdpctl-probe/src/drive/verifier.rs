//! The TLS client's configuration: it accepts every certificate, because a probe reports and does not trust.

use std::ops::RangeInclusive;
use std::sync::{Arc, LazyLock};

use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme, version,
};

use crate::certificate::{Certificate, Key};

/// The RSA keys whose signatures the library checks.
const RSA_BITS: RangeInclusive<u32> = 2048..=8192;

/// One configuration for all probes.
static CONFIG: LazyLock<Result<Arc<ClientConfig>, Error>> = LazyLock::new(build);

pub(super) fn config() -> Result<Arc<ClientConfig>, Error> {
    CONFIG.clone()
}

fn build() -> Result<Arc<ClientConfig>, Error> {
    // Classical key shares only: a post-quantum one makes the hello span two segments.
    let provider = Arc::new(ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anyone { provider }))
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    Ok(Arc::new(config))
}

#[derive(Debug)]
struct Anyone {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let checked = verify_tls12_signature(message, certificate, signed, algorithms);
        only_forgeries(checked, certificate)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        let checked = verify_tls13_signature(message, certificate, signed, algorithms);
        only_forgeries(checked, certificate)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![
            SignatureScheme::ECDSA_NISTP256_SHA256,
            SignatureScheme::ECDSA_NISTP384_SHA384,
            SignatureScheme::ECDSA_NISTP521_SHA512,
            SignatureScheme::ED25519,
            SignatureScheme::RSA_PSS_SHA256,
            SignatureScheme::RSA_PSS_SHA384,
            SignatureScheme::RSA_PSS_SHA512,
            SignatureScheme::RSA_PKCS1_SHA256,
            SignatureScheme::RSA_PKCS1_SHA384,
            SignatureScheme::RSA_PKCS1_SHA512,
            SignatureScheme::ECDSA_SHA1_Legacy,
            SignatureScheme::RSA_PKCS1_SHA1,
        ]
    }
}

/// A signature by another key is a finding. One that the library cannot check (an X.509 v1 certificate, an unknown
/// extension, SHA-1) is not, and neither is one by an RSA key whose size it refuses: it calls that a bad signature too.
fn only_forgeries(
    checked: Result<HandshakeSignatureValid, Error>,
    certificate: &CertificateDer<'_>,
) -> Result<HandshakeSignatureValid, Error> {
    let Err(Error::InvalidCertificate(CertificateError::BadSignature)) = checked else {
        return Ok(HandshakeSignatureValid::assertion());
    };
    let certificate = Certificate::read(certificate, 1);
    let is_checkable = match certificate.key {
        Some(Key::Rsa) => certificate.bits.is_some_and(|bits| RSA_BITS.contains(&bits)),
        Some(Key::Ec | Key::Other(_)) | None => true,
    };
    if is_checkable { checked } else { Ok(HandshakeSignatureValid::assertion()) }
}

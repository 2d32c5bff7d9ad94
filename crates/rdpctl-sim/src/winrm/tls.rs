//! A throw-away certificate authority for HTTPS endpoints and for clients that log on with a certificate.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use rustls::RootCertStore;
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use sha2::{Digest, Sha256};

use crate::ntlm::Binding;

/// Why certificates could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Certificate(#[from] rcgen::Error),
    /// The server's side of TLS could not be set up.
    #[error("cannot set TLS up")]
    Setup(#[from] rustls::Error),
    /// Client certificates cannot be checked.
    #[error("cannot check client certificates")]
    Clients(#[from] rustls::server::VerifierBuilderError),
}

/// Whether a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// It is.
    Good,
    /// It ended years ago.
    Expired,
}

/// A certificate authority that lives as long as the process.
pub struct Authority {
    certificate: CertificateDer<'static>,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
    clients: Arc<Clients>,
}

/// Whom the issued client certificates stand for, by their SHA-256.
#[derive(Default)]
pub(super) struct Clients(Mutex<BTreeMap<[u8; 32], String>>);

impl Clients {
    pub(super) fn user(&self, certificate: &[u8]) -> Option<String> {
        let users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.get(&fingerprint(certificate)).cloned()
    }
}

/// What an HTTPS endpoint shows and asks for.
#[derive(Clone)]
pub struct Tls {
    pub(super) config: Arc<ServerConfig>,
    pub(super) clients: Arc<Clients>,
    /// The SHA-256 of the endpoint's certificate.
    pub fingerprint: [u8; 32],
    /// How NTLM's channel bindings are judged.
    pub binding: Binding,
}

impl Tls {
    /// Accepts connections under this certificate.
    pub(crate) fn acceptor(&self) -> tokio_rustls::TlsAcceptor {
        Arc::clone(&self.config).into()
    }
}

impl Authority {
    /// Makes an authority with a fresh key.
    pub fn new() -> Result<Self, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        // Each its own name, or a stranger's certificate would look like one of ours with a bad signature.
        let name = format!("rdpctl simulator authority {}", uuid::Uuid::new_v4());
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            pem: certificate.pem(),
            certificate: certificate.der().clone(),
            issuer: Issuer::new(params, key),
            clients: Arc::default(),
        })
    }

    /// The authority's certificate, for those who are to trust it.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// Issues a server certificate for these names or addresses.
    pub fn issue(
        &self,
        names: &[&str],
        validity: Validity,
        binding: Binding,
    ) -> Result<Tls, TlsError> {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        if validity == Validity::Expired {
            params.not_before = date_time_ymd(2019, 1, 1);
            params.not_after = date_time_ymd(2020, 1, 1);
        }
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?.der().clone();
        self.show(certificate, PrivatePkcs8KeyDer::from(key.serialize_der()), binding)
    }

    /// Shows a certificate that is somebody's own; of clients, only our own are known.
    pub(super) fn show(
        &self,
        certificate: CertificateDer<'static>,
        key: PrivatePkcs8KeyDer<'static>,
        binding: Binding,
    ) -> Result<Tls, TlsError> {
        let fingerprint = fingerprint(&certificate);
        let mut roots = RootCertStore::empty();
        roots.add(self.certificate.clone())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .allow_unauthenticated()
                .build()?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate], PrivateKeyDer::from(key))?;
        Ok(Tls {
            config: Arc::new(config),
            clients: Arc::clone(&self.clients),
            fingerprint,
            binding,
        })
    }

    /// Issues a client certificate for an account: certificate and key as PEM.
    pub fn issue_client(&self, user: &str) -> Result<(String, String), TlsError> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, user);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let mut users = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.insert(fingerprint(certificate.der()), user.to_owned());
        Ok((certificate.pem(), key.serialize_pem()))
    }
}

/// The SHA-256 of a certificate.
pub(super) fn fingerprint(certificate: &[u8]) -> [u8; 32] {
    Sha256::digest(certificate).into()
}

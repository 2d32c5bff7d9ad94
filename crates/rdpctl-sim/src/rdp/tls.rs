//! TLS as the guest's SCHANNEL would speak it: only the versions in force, the suites of Windows, its own certificate.

use std::sync::{Arc, LazyLock};

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{CipherSuite, NamedGroup, ServerConfig, SupportedProtocolVersion, version};

use super::hello;
use super::keys::Keys;
use crate::guest::{KeyMaterial, RdpListener, TlsVersion};

/// What becomes of a hello.
pub(super) enum Start {
    /// The library can shake hands.
    Modern(Arc<ServerConfig>),
    /// A version that only the hand-made flight speaks.
    Old(TlsVersion),
    /// No version in common: alert 70.
    NoVersion,
    /// The listener cannot start TLS and drops the connection without an alert.
    Drop,
}

/// Windows offers no `ChaCha20` unless somebody asks for it.
static PROVIDER: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    let mut provider = ring::default_provider();
    provider.cipher_suites.retain(|suite| {
        !matches!(
            suite.suite(),
            CipherSuite::TLS13_CHACHA20_POLY1305_SHA256
                | CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256
                | CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256
        )
    });
    Arc::new(provider)
});

/// The same where FIPS is demanded, which knows curves of NIST alone.
static APPROVED: LazyLock<Arc<CryptoProvider>> = LazyLock::new(|| {
    let mut provider = CryptoProvider::clone(&PROVIDER);
    provider.kx_groups.retain(|group| group.name() != NamedGroup::X25519);
    Arc::new(provider)
});

#[derive(Debug)]
struct Own(Arc<CertifiedKey>);

impl ResolvesServerCert for Own {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

/// Decides what to do with a hello.
pub(super) fn start(listener: &RdpListener, offer: &hello::ClientHello, keys: &Keys) -> Start {
    let enabled =
        || listener.tls_versions.iter().copied().filter(|version| *version > TlsVersion::Ssl30);
    let (KeyMaterial::Usable(pkcs8), Some(certificate), Some(_)) =
        (&listener.key, &listener.certificate, enabled().next())
    else {
        return Start::Drop;
    };
    if listener.stumbles_over_tls13 && offer.offers(TlsVersion::Tls13) {
        return Start::Drop;
    }
    let offered = || enabled().filter(|version| offer.offers(*version));
    let usable = offered().filter(|version| listener.tls_usable.contains(version)).max();
    let version = match usable {
        // A version in common, and no suite for it.
        None if offered().next().is_some() => return Start::Drop,
        None => return Start::NoVersion,
        Some(old @ (TlsVersion::Ssl30 | TlsVersion::Tls10 | TlsVersion::Tls11)) => {
            return Start::Old(old);
        }
        Some(TlsVersion::Tls12) => &version::TLS12,
        Some(TlsVersion::Tls13) => &version::TLS13,
    };
    let provider = if listener.fips { &APPROVED } else { &PROVIDER };
    match keys.get(pkcs8).map(|key| config(version, provider, certificate, key)) {
        Some(Ok(config)) => Start::Modern(config),
        Some(Err(_)) | None => Start::Drop,
    }
}

fn config(
    version: &'static SupportedProtocolVersion,
    provider: &Arc<CryptoProvider>,
    certificate: &[u8],
    key: Arc<dyn rustls::sign::SigningKey>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    // Unchecked on purpose: a guest shows what it has, not what a library would accept.
    let own = CertifiedKey::new(vec![CertificateDer::from(certificate.to_vec())], key);
    let mut config = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_protocol_versions(&[version])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Own(Arc::new(own))));
    // The remote desktop service resumes nothing.
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(rustls::server::NoServerSessionStorage {});
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};

    use super::*;
    use crate::guest::of_another;
    use crate::rdp::tests::listener;

    /// Whether a client that knows one group of keys alone comes as far as the certificate.
    fn agrees(fips: bool, group: NamedGroup) -> bool {
        let (certificate, key) = of_another("web-01").unwrap();
        let listener = RdpListener {
            fips,
            certificate: Some(certificate),
            ..listener(KeyMaterial::Usable(key))
        };
        let offer = hello::ClientHello { legacy: 0x0303, listed: vec![], suites: vec![] };
        let Start::Modern(config) = start(&listener, &offer, &Keys::default()) else {
            panic!("the library can speak TLS 1.2");
        };
        let mut provider = ring::default_provider();
        provider.kx_groups.retain(|known| known.name() == group);
        let client = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&[&version::TLS12])
            .unwrap()
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let name = ServerName::try_from("web-01").unwrap();
        let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
        let mut server = ServerConnection::new(config).unwrap();
        let mut sent = Vec::new();
        client.write_tls(&mut sent).unwrap();
        server.read_tls(&mut sent.as_slice()).unwrap();
        server.process_new_packets().is_ok()
    }

    #[test]
    fn fips_takes_the_curves_of_nist_alone() {
        assert!(agrees(false, NamedGroup::X25519) && agrees(false, NamedGroup::secp256r1));
        assert!(!agrees(true, NamedGroup::X25519) && agrees(true, NamedGroup::secp256r1));
    }
}

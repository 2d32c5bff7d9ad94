//! TLS towards a server: which authorities are believed, and what of the certificate must fit.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::keywords::Wrong;
use super::verifier::WithoutName;

/// What a certificate must prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// That an authority that is believed made it.
    Authority,
    /// That, and that it was made for the host's name.
    Name,
}

/// TLS towards a server.
#[derive(Clone)]
pub(crate) struct Tls {
    config: ClientConfig,
}

impl Tls {
    /// Reads the authorities (the system's where none are named), and one's own certificate with its key.
    pub(crate) fn new(
        proof: Proof,
        roots: Option<&Path>,
        own: Option<(PathBuf, PathBuf)>,
    ) -> Result<Self, Wrong> {
        // Any certificate of a public authority would do without a name: then the name must fit.
        let proof = if roots.is_some() { proof } else { Proof::Name };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let wanted = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| Wrong::File { file: "TLS".to_owned(), why: error.to_string() })?;
        let trusted = Arc::new(match roots {
            Some(file) => of_file(file)?,
            None => of_system()?,
        });
        let wanted = match proof {
            Proof::Name => wanted.with_root_certificates(trusted),
            Proof::Authority => wanted
                .dangerous()
                .with_custom_certificate_verifier(without_name(trusted, &provider)?),
        };
        let config = match own {
            None => wanted.with_no_client_auth(),
            Some((certificate, key)) => {
                let chain = certificates(&certificate)?;
                let secret = PrivateKeyDer::from_pem_file(&key)
                    .map_err(|error| wrong(&key, &error.to_string()))?;
                wanted
                    .with_client_auth_cert(chain, secret)
                    .map_err(|error| wrong(&certificate, &error.to_string()))?
            }
        };
        Ok(Self { config })
    }

    /// What connects.
    pub(crate) fn connector(&self) -> MakeRustlsConnect {
        MakeRustlsConnect::new(self.config.clone())
    }
}

fn without_name(
    roots: Arc<RootCertStore>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, Wrong> {
    let whole = WebPkiServerVerifier::builder_with_provider(roots, Arc::clone(provider)).build();
    let whole = whole
        .map_err(|error| Wrong::File { file: "sslrootcert".to_owned(), why: error.to_string() })?;
    Ok(Arc::new(WithoutName(whole)))
}

fn of_file(file: &Path) -> Result<RootCertStore, Wrong> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(file)? {
        roots.add(certificate).map_err(|error| wrong(file, &error.to_string()))?;
    }
    Ok(roots)
}

fn of_system() -> Result<RootCertStore, Wrong> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(Wrong::Missing {
            what: "which authorities are believed, and the system names none: sslrootcert=FILE",
        });
    }
    Ok(roots)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Wrong> {
    let bytes = std::fs::read(file).map_err(|error| wrong(file, &error.to_string()))?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    match all {
        Ok(all) if all.is_empty() => Err(wrong(file, "there is no certificate in it")),
        Ok(all) => Ok(all),
        Err(error) => Err(wrong(file, &error.to_string())),
    }
}

fn wrong(file: &Path, why: &str) -> Wrong {
    Wrong::File { file: file.display().to_string(), why: why.to_owned() }
}

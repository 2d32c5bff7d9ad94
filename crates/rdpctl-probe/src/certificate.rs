//! What a certificate says of itself: names, validity, key and thumbprints, without any trust.

mod names;

use jiff::Timestamp;
use rdpctl_model::handshake::{Fingerprint, Sha1, Sha256};
use ring::digest;
use serde::Serialize;
use x509_cert::Certificate as X509;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::asn1::UintRef;
use x509_cert::der::{Decode, Reader, SliceReader};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

/// The facts of a server's certificate. Those that could not be read are absent; the thumbprints never are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// Whom it names, as RFC 4514 writes it.
    pub subject: Option<String>,
    /// Who issued it.
    pub issuer: Option<String>,
    /// Whether issuer and subject are the same.
    pub self_signed: Option<bool>,
    /// Since when it is valid.
    pub not_before: Option<Timestamp>,
    /// Until when it is valid.
    pub not_after: Option<Timestamp>,
    /// The kind of key.
    pub key: Option<Key>,
    /// The size of the key.
    pub bits: Option<u32>,
    /// The signature algorithm, as `OpenSSL` names it.
    pub signature: Option<String>,
    /// The alternative names: DNS names and addresses.
    pub names: Vec<String>,
    /// SHA-1 of the DER: the thumbprint that Windows shows.
    pub sha1: Sha1,
    /// SHA-256 of the DER.
    pub sha256: Sha256,
    /// How many certificates the server sent.
    pub chain_length: usize,
}

/// The kind of a public key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Key {
    /// RSA.
    Rsa,
    /// An elliptic curve.
    Ec,
    /// Another algorithm, by its object identifier.
    #[serde(untagged)]
    Other(String),
}

impl Certificate {
    /// Reads the first certificate of a chain.
    #[must_use]
    pub fn read(der: &[u8], chain_length: usize) -> Self {
        let mut facts = Self {
            subject: None,
            issuer: None,
            self_signed: None,
            not_before: None,
            not_after: None,
            key: None,
            bits: None,
            signature: None,
            names: Vec::new(),
            sha1: Fingerprint(digest_of(&digest::SHA1_FOR_LEGACY_USE_ONLY, der)),
            sha256: Fingerprint(digest_of(&digest::SHA256, der)),
            chain_length,
        };
        if let Ok(certificate) = X509::from_der(der) {
            facts.fill(&certificate);
        }
        facts
    }

    /// Whether the DER could be read as a certificate.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.not_after.is_some()
    }

    fn fill(&mut self, certificate: &X509) {
        let body = &certificate.tbs_certificate;
        self.subject = Some(names::distinguished(&body.subject));
        self.issuer = Some(names::distinguished(&body.issuer));
        self.self_signed = Some(body.subject == body.issuer);
        self.not_before = timestamp(body.validity.not_before);
        self.not_after = timestamp(body.validity.not_after);
        (self.key, self.bits) = key(&body.subject_public_key_info);
        self.signature = Some(signature_name(certificate.signature_algorithm.oid));
        self.names = names::alternative(certificate);
    }
}

/// The public key of a certificate: its bits, without the algorithm.
pub(crate) fn public_key(der: &[u8]) -> Option<Vec<u8>> {
    let certificate = X509::from_der(der).ok()?;
    let info = certificate.tbs_certificate.subject_public_key_info;
    Some(info.subject_public_key.raw_bytes().to_vec())
}

/// The hash by which a certificate is known to a channel binding (RFC 5929, 4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SignatureHash {
    /// Of its own signature, or in place of an older one.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// Which hash that is for a certificate.
pub(crate) fn signature_hash(der: &[u8]) -> SignatureHash {
    let name = X509::from_der(der).map(|it| signature_name(it.signature_algorithm.oid));
    match name.as_deref() {
        Ok("sha384WithRSAEncryption" | "ecdsa-with-SHA384") => SignatureHash::Sha384,
        Ok("sha512WithRSAEncryption" | "ecdsa-with-SHA512") => SignatureHash::Sha512,
        Ok(_) | Err(_) => SignatureHash::Sha256,
    }
}

/// A digest of the algorithm's length.
fn digest_of<const N: usize>(algorithm: &'static digest::Algorithm, der: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    for (byte, digit) in bytes.iter_mut().zip(digest::digest(algorithm, der).as_ref()) {
        *byte = *digit;
    }
    bytes
}

fn timestamp(time: x509_cert::time::Time) -> Option<Timestamp> {
    Timestamp::from_second(i64::try_from(time.to_unix_duration().as_secs()).ok()?).ok()
}

/// The kind and size of a key. A size that cannot be told is absent.
fn key(info: &SubjectPublicKeyInfoOwned) -> (Option<Key>, Option<u32>) {
    match info.algorithm.oid.to_string().as_str() {
        "1.2.840.113549.1.1.1" => (Some(Key::Rsa), rsa_bits(info.subject_public_key.raw_bytes())),
        "1.2.840.10045.2.1" => {
            let curve = info
                .algorithm
                .parameters
                .as_ref()
                .and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
            (Some(Key::Ec), curve.and_then(curve_bits))
        }
        other => (Some(Key::Other(other.to_owned())), None),
    }
}

/// The length of an RSA modulus: the first integer of a sequence.
fn rsa_bits(key: &[u8]) -> Option<u32> {
    let mut reader = SliceReader::new(key).ok()?;
    let modulus = reader
        .sequence(|inner| {
            let modulus = UintRef::decode(inner)?.as_bytes().to_vec();
            UintRef::decode(inner)?;
            Ok(modulus)
        })
        .ok()?;
    let first = modulus.first()?;
    u32::try_from(modulus.len()).ok()?.checked_mul(8)?.checked_sub(first.leading_zeros())
}

fn curve_bits(curve: ObjectIdentifier) -> Option<u32> {
    match curve.to_string().as_str() {
        "1.2.840.10045.3.1.1" => Some(192),
        "1.3.132.0.33" => Some(224),
        "1.2.840.10045.3.1.7" | "1.3.132.0.10" | "1.3.36.3.3.2.8.1.1.7" => Some(256),
        "1.3.132.0.34" | "1.3.36.3.3.2.8.1.1.11" => Some(384),
        "1.3.36.3.3.2.8.1.1.13" => Some(512),
        "1.3.132.0.35" => Some(521),
        _ => None,
    }
}

fn signature_name(algorithm: ObjectIdentifier) -> String {
    let dotted = algorithm.to_string();
    let name = match dotted.as_str() {
        "1.2.840.113549.1.1.2" => "md2WithRSAEncryption",
        "1.2.840.113549.1.1.4" => "md5WithRSAEncryption",
        "1.2.840.113549.1.1.5" => "sha1WithRSAEncryption",
        "1.3.14.3.2.29" => "sha1WithRSA",
        "1.2.840.113549.1.1.10" => "rsassaPss",
        "1.2.840.113549.1.1.11" => "sha256WithRSAEncryption",
        "1.2.840.113549.1.1.12" => "sha384WithRSAEncryption",
        "1.2.840.113549.1.1.13" => "sha512WithRSAEncryption",
        "1.2.840.113549.1.1.14" => "sha224WithRSAEncryption",
        "1.2.840.10045.4.1" => "ecdsa-with-SHA1",
        "1.2.840.10045.4.3.1" => "ecdsa-with-SHA224",
        "1.2.840.10045.4.3.2" => "ecdsa-with-SHA256",
        "1.2.840.10045.4.3.3" => "ecdsa-with-SHA384",
        "1.2.840.10045.4.3.4" => "ecdsa-with-SHA512",
        "1.3.101.112" => "ED25519",
        "1.3.101.113" => "ED448",
        other => other,
    };
    name.to_owned()
}

//! Certificates of a guest: real ones, the same for the same seed.
//!
//! They are RSA of 2048 bit, as Windows makes them. The seed chooses keys out of a fixed pool and signatures by PKCS #1 are
//! deterministic, so that a world that is loaded again shows the thumbprints that it had.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair,
    KeyUsagePurpose, PKCS_RSA_SHA256, SerialNumber, date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use sha2::Sha256;

/// Milliseconds in a day.
pub(crate) const DAY: u64 = 86_400_000;

/// A certificate that Windows made for itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Issued {
    pub(crate) der: Arc<[u8]>,
    pub(crate) not_before: u64,
    pub(crate) not_after: u64,
    /// Which key of the machine it belongs to.
    pub(crate) generation: u32,
}

impl Issued {
    pub(crate) fn sha1(&self) -> [u8; 20] {
        Sha1::digest(&self.der).into()
    }

    /// The thumbprint in upper-case hexadecimal, which is the name of the store's key.
    pub(crate) fn thumbprint(&self) -> String {
        upper_hex(&self.sha1())
    }

    /// The `Blob` value of the certificate store.
    pub(crate) fn blob(&self) -> Vec<u8> {
        let mut blob = Vec::with_capacity(self.der.len() + 300);
        record(&mut blob, 2, &provider_info());
        record(&mut blob, 3, &self.sha1());
        record(&mut blob, 4, &Md5::digest(&self.der));
        record(&mut blob, 20, &Sha1::digest(&self.der)[..]);
        record(&mut blob, 15, &Sha256::digest(&self.der));
        record(&mut blob, 32, &self.der);
        blob
    }
}

/// The certificate inside a `Blob`, if there is one.
pub(crate) fn der_in_blob(mut blob: &[u8]) -> Option<&[u8]> {
    while blob.len() >= 12 {
        let number =
            |at: usize| u32::from_le_bytes([blob[at], blob[at + 1], blob[at + 2], blob[at + 3]]);
        let length = usize::try_from(number(8)).ok()?;
        let end = 12_usize.checked_add(length)?;
        let data = blob.get(12..end)?;
        if number(0) == 32 {
            return Some(data);
        }
        blob = &blob[end..];
    }
    None
}

pub(crate) fn upper_hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02X}");
        text
    })
}

fn record(blob: &mut Vec<u8>, id: u32, data: &[u8]) {
    blob.extend(id.to_le_bytes());
    blob.extend(1_u32.to_le_bytes());
    blob.extend(u32::try_from(data.len()).unwrap_or(0).to_le_bytes());
    blob.extend(data);
}

/// Where the private key lies: container `TSSecKeySet1` of the classic provider.
fn provider_info() -> Vec<u8> {
    const CONTAINER: &str = "TSSecKeySet1";
    const PROVIDER: &str = "Microsoft Enhanced Cryptographic Provider v1.0";
    let mut info = Vec::new();
    for number in [0x1c_u32, 0x36, 1, 0x20, 0, 0, 1] {
        info.extend(number.to_le_bytes());
    }
    for text in [CONTAINER, PROVIDER] {
        info.extend(text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    }
    info
}

/// Keys in PKCS #8, made once: making one takes longer than a test may.
static POOL: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let lines = include_str!("../../keys/rsa-2048.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(|key| STANDARD.decode(key).ok())
        .collect()
});

/// The private key in PKCS #8. Generations of one machine that follow each other differ.
pub(crate) fn private_key(seed: u64, generation: u32) -> Option<Vec<u8>> {
    let digest = Sha256::new()
        .chain_update(b"rdpctl-sim machine key")
        .chain_update(seed.to_le_bytes())
        .finalize();
    let first = u32::from(digest.first().copied()?).wrapping_add(generation);
    let size = u32::try_from(POOL.len()).ok()?;
    POOL.get(usize::try_from(first.checked_rem(size)?).ok()?).cloned()
}

/// Makes a self-signed certificate as `SessionEnv` does.
pub(crate) fn issue(
    seed: u64,
    generation: u32,
    common_name: &str,
    not_before: u64,
    not_after: u64,
) -> Result<Issued, String> {
    issue_for(seed, generation, common_name, not_before..not_after, purposes(true))
}

/// What a certificate is for: for a server, or for nothing that it says.
pub(crate) fn purposes(serves: bool) -> Vec<ExtendedKeyUsagePurpose> {
    if serves { vec![ExtendedKeyUsagePurpose::ServerAuth] } else { Vec::new() }
}

/// The common name of the subject, which stands behind that of the issuer.
pub(crate) fn common_name(der: &[u8]) -> Option<String> {
    const OID: [u8; 5] = [0x06, 0x03, 0x55, 0x04, 0x03];
    let at = der.windows(OID.len()).rposition(|bytes| bytes == OID)? + OID.len();
    let (head, rest) = der.get(at..)?.split_first_chunk::<2>()?;
    let text = rest.get(..usize::from(head[1]))?;
    std::str::from_utf8(text).ok().map(str::to_owned)
}

/// Whether it says that it is for servers.
pub(crate) fn is_for_servers(der: &[u8]) -> bool {
    const OID: [u8; 10] = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
    der.windows(OID.len()).any(|bytes| bytes == OID)
}

/// Makes a self-signed certificate for these purposes.
pub(crate) fn issue_for(
    seed: u64,
    generation: u32,
    common_name: &str,
    valid: std::ops::Range<u64>,
    purposes: Vec<ExtendedKeyUsagePurpose>,
) -> Result<Issued, String> {
    let (not_before, not_after) = (valid.start, valid.end);
    let key = private_key(seed, generation).ok_or("no key comes from this seed")?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key));
    let key = KeyPair::from_der_and_sign_algo(&key, &PKCS_RSA_SHA256)
        .map_err(|error| error.to_string())?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let epoch = date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(not_before / 1000);
    params.not_after = epoch + Duration::from_secs(not_after / 1000);
    // As Windows has it, though TLS of today signs with it.
    params.key_usages = vec![KeyUsagePurpose::KeyEncipherment, KeyUsagePurpose::DataEncipherment];
    params.extended_key_usages = purposes;
    let mut serial = Sha256::new();
    serial.update(seed.to_le_bytes());
    serial.update(not_before.to_le_bytes());
    serial.update(common_name.as_bytes());
    let mut serial = serial.finalize()[..16].to_vec();
    serial[0] &= 0x7f;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    let certificate = params.self_signed(&key).map_err(|error| error.to_string())?;
    Ok(Issued { der: certificate.der().as_ref().into(), not_before, not_after, generation })
}

/// The certificate and key of somebody who is no guest, good from 2024 on for ten years.
pub(crate) fn of_another(name: &str) -> Option<(Arc<[u8]>, Vec<u8>)> {
    const BEGINS: u64 = 19_723 * DAY;
    let seed = name.bytes().fold(0, |seed: u64, byte| seed.wrapping_mul(31) + u64::from(byte));
    let issued = issue(seed, 0, name, BEGINS, BEGINS + 3653 * DAY).ok()?;
    Some((issued.der, private_key(seed, 0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_certificate() {
        let one = issue(7, 0, "WEB-01", 20_000 * DAY, 20_180 * DAY).unwrap();
        let two = issue(7, 0, "WEB-01", 20_000 * DAY, 20_180 * DAY).unwrap();
        let other = issue(8, 0, "WEB-01", 20_000 * DAY, 20_180 * DAY).unwrap();
        assert_eq!(one.thumbprint(), two.thumbprint());
        assert_ne!(one.thumbprint(), other.thumbprint());
    }

    #[test]
    fn every_key_of_the_pool_is_one_and_a_new_generation_has_another() {
        assert_eq!(POOL.len(), 8);
        for generation in 0..8 {
            assert_ne!(private_key(7, generation), private_key(7, generation + 1));
            let issued = issue(7, generation, "WEB-01", 20_000 * DAY, 20_180 * DAY).unwrap();
            // rsaEncryption.
            let rsa = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
            assert!(issued.der.windows(rsa.len()).any(|window| window == rsa));
        }
    }

    #[test]
    fn the_blob_starts_as_captured_and_holds_the_certificate() {
        let issued = issue(7, 0, "WEB-01", 20_000 * DAY, 20_180 * DAY).unwrap();
        let blob = issued.blob();
        let head = "020000000100000094000000 1C00000036000000010000002000000000000000";
        assert!(upper_hex(&blob).starts_with(&head.replace(' ', "")));
        assert_eq!(der_in_blob(&blob), Some(&*issued.der));
        assert_eq!(der_in_blob(&blob[..blob.len() - 1]), None);
    }
}

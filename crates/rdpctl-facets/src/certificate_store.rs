//! Windows' certificate store as the registry keeps it: records of a blob, and the certificate in one of them.

use sha1::{Digest, Sha1};
use x509_cert::Certificate;
use x509_cert::der::{Decode, Encode};

/// What an entry of the store holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Seconds since 1970.
    pub(crate) not_before: i64,
    pub(crate) not_after: i64,
    /// Whether its key lies with the classic provider, in `MachineKeys`.
    pub(crate) classic_key: bool,
}

/// Why an entry cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Broken {
    /// The records do not fit together.
    Records,
    /// There is no certificate among them.
    NoCertificate,
    /// The certificate cannot be read.
    Unreadable,
    /// It is not the certificate that its name promises.
    Mismatch,
}

const KEY_PROVIDER: u32 = 2;
const CERTIFICATE: u32 = 32;

/// The certificate in a blob, as DER.
pub(crate) fn certificate(blob: &[u8]) -> Option<&[u8]> {
    let mut rest = blob;
    while let (Some(id), Some(length)) = (number(rest, 0), number(rest, 8)) {
        let data = rest.get(12..)?.get(..length as usize)?;
        if id == CERTIFICATE {
            return Some(data);
        }
        rest = &rest[12 + length as usize..];
    }
    None
}

/// Reads the blob of the entry with this thumbprint.
pub(crate) fn read(thumbprint: &str, blob: &[u8]) -> Result<Entry, Broken> {
    let mut der = None;
    let mut classic_key = false;
    let mut rest = blob;
    while !rest.is_empty() {
        let id = number(rest, 0).ok_or(Broken::Records)?;
        let length = number(rest, 8).ok_or(Broken::Records)? as usize;
        let data = rest.get(12..12 + length).ok_or(Broken::Records)?;
        match id {
            // Container, provider, then the provider's type: 0 is the new kind, whose keys lie elsewhere.
            KEY_PROVIDER => classic_key = number(data, 8).is_some_and(|kind| kind != 0),
            CERTIFICATE => der = Some(data),
            _ => {}
        }
        rest = &rest[12 + length..];
    }
    let der = der.ok_or(Broken::NoCertificate)?;
    let mut digest = String::with_capacity(40);
    for byte in Sha1::digest(der) {
        digest.push_str(&format!("{byte:02x}"));
    }
    if !digest.eq_ignore_ascii_case(thumbprint) {
        return Err(Broken::Mismatch);
    }
    let certificate = Certificate::from_der(der).map_err(|_| Broken::Unreadable)?;
    let validity = certificate.tbs_certificate.validity;
    let seconds = |time: x509_cert::time::Time| {
        i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
    };
    // A key that cannot be written down again cannot be used by TLS either.
    if certificate.tbs_certificate.subject_public_key_info.to_der().is_err() {
        return Err(Broken::Unreadable);
    }
    Ok(Entry {
        not_before: seconds(validity.not_before),
        not_after: seconds(validity.not_after),
        classic_key,
    })
}

/// Whether a blob says that its key lies with one of the classic providers for Remote Desktop, which hold RSA keys alone.
pub(crate) fn held_by_rsa_provider(blob: &[u8]) -> bool {
    let mut rest = blob;
    while let (Some(id), Some(length)) = (number(rest, 0), number(rest, 8)) {
        let Some(data) = rest.get(12..).and_then(|data| data.get(..length as usize)) else {
            return false;
        };
        if id == KEY_PROVIDER {
            return number(data, 8).is_some_and(|kind| kind != 0);
        }
        rest = &rest[12 + length as usize..];
    }
    false
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(u32::from_le_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_that_do_not_fit_together_are_told_apart() {
        assert_eq!(read("00", &[1, 2, 3]), Err(Broken::Records));
        assert_eq!(read("00", &[]), Err(Broken::NoCertificate));
        let mut cut = vec![32, 0, 0, 0, 1, 0, 0, 0, 9, 0, 0, 0];
        cut.extend([1, 2]);
        assert_eq!(read("00", &cut), Err(Broken::Records));
        let mut other = vec![32, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0];
        other.extend([1, 2]);
        assert_eq!(read("00", &other), Err(Broken::Mismatch));
        // SHA-1 of the bytes 01 02.
        assert_eq!(
            read("0ca623e2855f2c75c842ad302fe820e41b4d197d", &other),
            Err(Broken::Unreadable)
        );
    }
}

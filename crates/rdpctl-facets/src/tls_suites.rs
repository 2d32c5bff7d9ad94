//! Whether a cipher suite is left that server and certificate can use: lists by policy and on the machine, ciphers and
//! key exchanges that are switched off, and what the certificate's kind of key can do.

use std::collections::BTreeSet;

use rdpctl_model::guest::{RegData, Registry};
use rdpctl_model::handshake::TlsVersion;
use rdpctl_model::{Gap, Said};
use serde::{Deserialize, Serialize};

use crate::certificate_store;
use crate::paths::{CIPHER_LIST, CIPHER_POLICY, FIPS, RDP_CERTIFICATES, SCHANNEL};

/// The kind of a private key, as far as suites ask for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeyKind {
    /// What Windows makes for itself.
    #[default]
    Rsa,
    /// An elliptic curve.
    Ecdsa,
}

/// Who sets a list of suites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ListBy {
    /// The policy for the order of cipher suites, which wins.
    Policy,
    /// The machine's own list.
    Machine,
}

impl ListBy {
    pub(crate) fn said(self) -> Said {
        match self {
            Self::Policy => say::the_policy(),
            Self::Machine => say::the_list(),
        }
    }
}

/// What is left to negotiate with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Suites {
    /// The list in force, where somebody set one.
    list: Option<(ListBy, Vec<String>)>,
    /// Ciphers whose value is not the one that leaves them on, with the value.
    pub(crate) ciphers_off: Vec<(String, u32)>,
    /// Key exchanges that are switched off.
    exchanges_off: BTreeSet<String>,
    pub(crate) key: KeyKind,
    /// Cryptography after FIPS is demanded.
    pub(crate) fips: bool,
}

/// The one value that leaves a cipher on.
pub(crate) const ON: u32 = u32::MAX;

/// What is wrong with the suites.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// A list names none.
    EmptyList(ListBy),
    /// A list names none that the certificate's key can use.
    Unfit(ListBy, KeyKind),
    /// The ciphers of every suite are switched off.
    Ciphers,
    /// The key exchange of every suite is switched off.
    Exchanges,
}

impl Suites {
    pub(crate) fn read(registry: &Registry) -> Result<Self, Gap> {
        let policy = list(registry, CIPHER_POLICY)?.map(|names| (ListBy::Policy, names));
        let machine = || Ok(list(registry, CIPHER_LIST)?.map(|names| (ListBy::Machine, names)));
        let numbers = |folder: &str| -> Vec<(String, u32)> {
            let root = format!(r"{SCHANNEL}\{folder}").to_ascii_lowercase();
            registry
                .below(&root)
                .filter_map(|(key, values)| {
                    let Some(RegData::Dword(number)) = values.get("enabled") else { return None };
                    Some((key[root.len() + 1..].to_owned(), *number))
                })
                .collect()
        };
        let fips = match registry.dword(FIPS, "Enabled") {
            Err(Gap::NotAsked) => None,
            number => number?,
        };
        Ok(Self {
            list: match policy {
                Some(policy) => Some(policy),
                None => machine()?,
            },
            ciphers_off: numbers("Ciphers")
                .into_iter()
                .filter(|(name, number)| *number != ON && is_current(name))
                .collect(),
            exchanges_off: numbers("KeyExchangeAlgorithms")
                .into_iter()
                .filter(|(_, number)| *number == 0)
                .map(|(name, _)| name)
                .collect(),
            key: key_kind(registry),
            fips: fips.is_some_and(|number| number != 0),
        })
    }

    /// What leaves nothing to negotiate, for all of these versions.
    pub(crate) fn lack(&self, versions: &[TlsVersion]) -> Option<Lack> {
        if let Some((by, names)) = &self.list
            && names.is_empty()
        {
            return Some(Lack::EmptyList(*by));
        }
        let fits =
            |suite: &Suite, version: &TlsVersion| suite.speaks(*version) && suite.fits(self.key);
        let any = |test: &dyn Fn(&Suite) -> bool| {
            let usable = |suite: &Suite| versions.iter().any(|version| fits(suite, version));
            match &self.list {
                Some((_, names)) => names
                    .iter()
                    .filter_map(|name| Suite::named(name))
                    .any(|it| usable(&it) && test(&it)),
                None => WINDOWS_OWN
                    .iter()
                    .filter_map(|name| Suite::named(name))
                    .any(|it| usable(&it) && test(&it)),
            }
        };
        if !any(&|_| true) {
            return self.list.as_ref().map(|(by, _)| Lack::Unfit(*by, self.key));
        }
        let ciphered =
            |suite: &Suite| !self.ciphers_off.iter().any(|(off, _)| suite.cipher == *off);
        if !any(&ciphered) {
            return Some(Lack::Ciphers);
        }
        let exchanged = |suite: &Suite| !self.exchanges_off.contains(suite.exchange);
        (!any(&|suite| ciphered(suite) && exchanged(suite))).then_some(Lack::Exchanges)
    }
}

/// A list of suites, one name an element or all in one text; `None` where nobody set one.
fn list(registry: &Registry, key: &str) -> Result<Option<Vec<String>>, Gap> {
    let value = match registry.value(key, "Functions") {
        Err(Gap::NotAsked) => None,
        value => value?,
    };
    let split =
        |text: &String| text.split(',').map(|name| name.trim().to_owned()).collect::<Vec<_>>();
    let names: Vec<String> = match value {
        None => return Ok(None),
        Some(RegData::MultiSz(list)) => list.iter().flat_map(split).collect(),
        Some(RegData::Sz(text) | RegData::ExpandSz(text)) => split(text),
        Some(_) => return Err(Gap::garbled(say::suites_garbled())),
    };
    Ok(Some(names.into_iter().filter(|name| !name.is_empty()).collect()))
}

/// Ciphers on which today's suites rest; that old ones are off is no fault.
fn is_current(name: &str) -> bool {
    name.starts_with("aes ")
}

/// Suites that every supported Windows offers by itself.
const WINDOWS_OWN: [&str; 4] = [
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_RSA_WITH_AES_128_CBC_SHA",
    "TLS_AES_256_GCM_SHA384",
];

/// A suite by what it asks for.
struct Suite {
    /// Of TLS 1.3, which leaves the certificate out of it.
    modern: bool,
    /// Whether versions before 1.2 have it.
    old: bool,
    signs: Option<KeyKind>,
    /// As SCHANNEL's keys are called, in lower case.
    exchange: &'static str,
    cipher: &'static str,
}

impl Suite {
    fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_uppercase();
        // Windows 8.1 and older name the curve as well.
        let name =
            name.trim_end_matches("_P521").trim_end_matches("_P384").trim_end_matches("_P256");
        let (front, cipher) = match name.split_once("_WITH_") {
            Some(parts) => parts,
            None => ("", name.strip_prefix("TLS_")?),
        };
        let modern = front.is_empty();
        let signs = match front {
            _ if modern => None,
            _ if front.ends_with("_ECDSA") => Some(KeyKind::Ecdsa),
            _ if front.ends_with("_RSA") => Some(KeyKind::Rsa),
            _ => return None,
        };
        let exchange = match front {
            _ if modern || front.contains("ECDHE") => "ecdh",
            _ if front.contains("DHE") => "diffie-hellman",
            _ => "pkcs",
        };
        let old = !modern && cipher.ends_with("_SHA");
        let cipher = match cipher {
            _ if cipher.starts_with("AES_128_") => "aes 128/128",
            _ if cipher.starts_with("AES_256_") => "aes 256/256",
            _ if cipher.starts_with("3DES_") => "triple des 168",
            _ if cipher.starts_with("RC4_") => "rc4 128/128",
            _ if cipher.starts_with("CHACHA20_") => "chacha20",
            // Without encryption, and what nobody knows, no client of RDP takes.
            _ => return None,
        };
        Some(Self { modern, old, signs, exchange, cipher })
    }

    const fn speaks(&self, version: TlsVersion) -> bool {
        match version {
            TlsVersion::V1_0 | TlsVersion::V1_1 => self.old,
            TlsVersion::V1_2 => !self.modern,
            TlsVersion::V1_3 => self.modern,
        }
    }

    fn fits(&self, key: KeyKind) -> bool {
        self.signs.is_none_or(|kind| kind == key)
    }
}

/// The kind of the self-signed certificate's key: the provider that holds it says so, where one of the classic ones
/// does; else the certificate. Where neither is known it is RSA, which Windows makes.
fn key_kind(registry: &Registry) -> KeyKind {
    /// `id-ecPublicKey` in DER.
    const ELLIPTIC: [u8; 9] = [0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01];
    let blobs: Vec<&Vec<u8>> = registry
        .below(RDP_CERTIFICATES)
        .filter_map(|(_, values)| match values.get("blob") {
            Some(RegData::Binary(bytes)) => Some(bytes),
            Some(_) | None => None,
        })
        .collect();
    let elliptic = |blob: &&Vec<u8>| {
        !certificate_store::held_by_rsa_provider(blob)
            && blob.windows(ELLIPTIC.len()).any(|window| window == ELLIPTIC)
    };
    if !blobs.is_empty() && blobs.iter().all(elliptic) { KeyKind::Ecdsa } else { KeyKind::Rsa }
}

rdpctl_model::says! { "tls":
    suites_garbled();
    the_policy();
    the_list();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lack(list: Option<&str>, off: &[&str], versions: &[TlsVersion]) -> Option<Lack> {
        let names = |text: &str| {
            text.split(',').filter(|name| !name.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let suites = Suites {
            list: list.map(|text| (ListBy::Policy, names(text))),
            ciphers_off: off.iter().map(|name| ((*name).to_owned(), 1)).collect(),
            ..Suites::default()
        };
        suites.lack(versions)
    }

    #[test]
    fn suites_count_only_where_version_key_and_cipher_take_them() {
        let two = [TlsVersion::V1_2];
        let both = [TlsVersion::V1_2, TlsVersion::V1_3];
        let ecdsa = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384_P384,TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256_P256";
        let unfit = Some(Lack::Unfit(ListBy::Policy, KeyKind::Rsa));
        assert_eq!(lack(None, &[], &two), None);
        assert_eq!(lack(Some(""), &[], &two), Some(Lack::EmptyList(ListBy::Policy)));
        assert_eq!(lack(Some(ecdsa), &[], &two), unfit);
        assert_eq!(lack(Some("TLS_AES_256_GCM_SHA384"), &[], &two), unfit);
        assert_eq!(lack(Some("TLS_AES_256_GCM_SHA384"), &[], &both), None);
        assert_eq!(
            lack(Some("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384"), &[], &[TlsVersion::V1_0]),
            unfit
        );
        assert_eq!(lack(Some("TLS_RSA_WITH_NULL_SHA256"), &[], &two), unfit);
        assert_eq!(lack(None, &["aes 128/128", "aes 256/256"], &both), Some(Lack::Ciphers));
        assert_eq!(lack(None, &["aes 128/128"], &two), None);
        assert_eq!(
            lack(Some("TLS_RSA_WITH_AES_128_CBC_SHA"), &["aes 128/128"], &two),
            Some(Lack::Ciphers)
        );
    }
}

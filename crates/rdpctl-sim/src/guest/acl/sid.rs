//! Accounts by security identifier, and the names that the tools print for them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

use crate::guest::text::Texts;

/// A security identifier in text form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Sid(Arc<str>);

/// SDDL's two letters for well-known accounts.
const ALIASES: [(&str, &str); 16] = [
    ("SY", "S-1-5-18"),
    ("LS", "S-1-5-19"),
    ("NS", "S-1-5-20"),
    ("BA", "S-1-5-32-544"),
    ("BU", "S-1-5-32-545"),
    ("BG", "S-1-5-32-546"),
    ("RD", "S-1-5-32-555"),
    ("WD", "S-1-1-0"),
    ("CO", "S-1-3-0"),
    ("AU", "S-1-5-11"),
    ("IU", "S-1-5-4"),
    ("NU", "S-1-5-2"),
    ("SU", "S-1-5-6"),
    ("AN", "S-1-5-7"),
    ("RC", "S-1-5-12"),
    ("OW", "S-1-3-4"),
];

/// Prefix of the local accounts' SIDs; all simulated machines share it.
const MACHINE: &str = "S-1-5-21-1004336348-1177238915-682003330";

impl Sid {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// A SID from its text; `None` when it is malformed.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix("S-1-").or_else(|| text.strip_prefix("s-1-"))?.split('-');
        let valid = parts.clone().count() >= 2
            && parts.all(|part| !part.is_empty() && part.parse::<u64>().is_ok());
        valid.then(|| Self(text.to_ascii_uppercase().into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn system() -> Self {
        Self::new("S-1-5-18")
    }

    pub(crate) fn network_service() -> Self {
        Self::new("S-1-5-20")
    }

    pub(crate) fn administrators() -> Self {
        Self::new("S-1-5-32-544")
    }

    pub(crate) fn everyone() -> Self {
        Self::new("S-1-1-0")
    }

    pub(crate) fn authenticated() -> Self {
        Self::new("S-1-5-11")
    }

    pub(crate) fn service_logon() -> Self {
        Self::new("S-1-5-6")
    }

    /// The SID of a local account; the built-in administrator is 500.
    pub(crate) fn local_account(rid: u32) -> Self {
        Self(format!("{MACHINE}-{rid}").into())
    }

    /// SDDL's alias or the SID itself.
    pub(super) fn sddl(&self) -> &str {
        ALIASES.iter().find(|(_, sid)| *sid == self.as_str()).map_or(&self.0, |(alias, _)| alias)
    }

    pub(super) fn from_sddl(text: &str) -> Option<Self> {
        ALIASES
            .iter()
            .find(|(alias, _)| *alias == text)
            .map(|(_, sid)| Self::new(sid))
            .or_else(|| Self::parse(text))
    }

    /// The account's name in the display language, as `icacls` prints it.
    pub(crate) fn account_name(&self, texts: &Texts, hostname: &str) -> String {
        let translated = texts.accounts.iter().find(|(sid, _)| *sid == self.as_str());
        if let Some((_, name)) = translated {
            return (*name).to_owned();
        }
        if *self == service_sid("SessionEnv") {
            return "NT SERVICE\\SessionEnv".to_owned();
        }
        if *self == Self::local_account(500) {
            return format!("{}\\Administrator", hostname.to_uppercase());
        }
        self.as_str().to_owned()
    }

    /// The account of a name, translated or English, with or without its domain.
    pub(crate) fn of_account(name: &str, texts: &Texts) -> Option<Self> {
        let bare = |full: &'static str| full.rsplit('\\').next().unwrap_or(full);
        let english = crate::guest::text::english().accounts;
        let found = texts.accounts.iter().chain(english).find(|(_, known)| {
            known.eq_ignore_ascii_case(name) || bare(known).eq_ignore_ascii_case(name)
        });
        if let Some((sid, _)) = found {
            return Some(Self::new(sid));
        }
        if let Some(service) = name.to_ascii_uppercase().strip_prefix("NT SERVICE\\") {
            return Some(service_sid(service));
        }
        let user = name.rsplit('\\').next().unwrap_or(name);
        user.eq_ignore_ascii_case("Administrator").then(|| Self::local_account(500))
    }
}

/// The SID of a service: the SHA-1 of its upper-case UTF-16 name, as five numbers.
pub(crate) fn service_sid(name: &str) -> Sid {
    let bytes: Vec<u8> = name.to_uppercase().encode_utf16().flat_map(u16::to_le_bytes).collect();
    let hash = Sha1::digest(&bytes);
    let mut text = "S-1-5-80".to_owned();
    for part in hash.chunks_exact(4) {
        let number = u32::from_le_bytes([part[0], part[1], part[2], part[3]]);
        text.push('-');
        text.push_str(&number.to_string());
    }
    Sid(text.into())
}

//! The certificate that the inside of Windows holds for RDP: found by the names in the registry, read from its store.

use jiff::Timestamp;
use rdpctl_model::guest::{RegData, Registry};
use rdpctl_model::{Gap, Said, Survey};
use serde::{Deserialize, Serialize};

use crate::certificate_pin::{self, Offered};
use crate::certificate_store::{self, Entry};
use crate::certificate_wish::MOST_DAYS;
use crate::paths::{
    CRYPTOGRAPHY, MY_CERTIFICATES, RDP_CERTIFICATES, RDP_TCP, TS_POLICY, WINSTATIONS,
};

/// How far a guest's clock may be ahead of ours, in seconds, before a certificate that it just made seems odd.
pub(crate) const SKEW: i64 = 3600;

/// What is wrong with an entry of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fault {
    /// Its certificate cannot be read.
    DoesNotParse,
    /// The entry itself cannot.
    Corrupt,
    /// The certificate has no private key any more.
    Keyless,
}

/// What was found inside. Thumbprints, which differ between machines, are looked up when a step needs them; that of a
/// certificate which somebody bound decides what is declared, and is kept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Held {
    pub(crate) in_use: InUse,
    /// Whether the name of the store is there.
    pub(crate) store_named: bool,
    /// A template by policy: enrolment is the domain's business.
    pub(crate) template: Option<String>,
    /// What the machine's own store holds of the certificate that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) offered: Option<Offered>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum InUse {
    /// None yet: Windows makes one when it needs it.
    None,
    /// In date for longer than anybody may ask.
    Sound { pinned: Option<String> },
    /// Readable, and due soon or already; the seconds are those at which it began and ends.
    Dated { not_before: i64, not_after: i64, pinned: Option<String> },
    /// Not usable.
    Faulty { fault: Fault },
    /// A pin that leads nowhere.
    LostPin { thumbprint: String },
}

/// What the guest holds, and the thumbprint by which its listener should be known.
pub(crate) fn held(survey: &Survey) -> Result<(Held, Option<String>), Gap> {
    let guest = survey.guest.as_ref().map_err(Clone::clone)?;
    let registry = &guest.registry;
    registry.key(RDP_CERTIFICATES)?;
    let pinned = match registry.value(RDP_TCP, "SSLCertificateSHA1Hash")? {
        Some(RegData::Binary(bytes)) if bytes.len() == 20 => Some(hex(bytes)),
        Some(_) => Some("not a thumbprint".to_owned()),
        None => None,
    };
    let (in_use, thumbprint) = match pinned {
        Some(pinned) => (pinned_entry(registry, pinned.clone()), Some(pinned)),
        None => {
            own_entry(registry, guest.acl_keys.as_ref().ok().map(Vec::as_slice), survey.taken_at)?
        }
    };
    let held = Held {
        in_use,
        store_named: registry.text(WINSTATIONS, "SelfSignedCertStore")?.is_some(),
        template: registry.text(TS_POLICY, "CertTemplateName")?.map(str::to_owned),
        offered: certificate_pin::offered(registry),
    };
    Ok((held, thumbprint))
}

/// The thumbprint of the certificate that Windows made for RDP by itself, where one is in use.
pub(crate) fn own_certificate(survey: &Survey) -> Option<String> {
    let (held, thumbprint) = held(survey).ok()?;
    let pinned = match held.in_use {
        InUse::Sound { pinned } | InUse::Dated { pinned, .. } => pinned,
        InUse::LostPin { thumbprint } => Some(thumbprint),
        InUse::None | InUse::Faulty { .. } => None,
    };
    thumbprint.filter(|_| pinned.is_none())
}

fn pinned_entry(registry: &Registry, pinned: String) -> InUse {
    let key = format!(r"{MY_CERTIFICATES}\{pinned}");
    match registry.value(&key, "Blob") {
        Ok(Some(RegData::Binary(blob))) => match certificate_store::read(&pinned, blob) {
            Ok(entry) => InUse::Dated {
                not_before: entry.not_before,
                not_after: entry.not_after,
                pinned: Some(pinned),
            },
            Err(_) => InUse::LostPin { thumbprint: pinned },
        },
        Ok(_) => InUse::LostPin { thumbprint: pinned },
        // The machine's own store was not asked for in this survey; what is bound is taken as bound.
        Err(_) => InUse::Sound { pinned: Some(pinned) },
    }
}

fn own_entry(
    registry: &Registry,
    keys: Option<&[(String, String)]>,
    taken_at: Timestamp,
) -> Result<(InUse, Option<String>), Gap> {
    let named = match registry.value(WINSTATIONS, "SelfSignedCertificate")? {
        Some(RegData::Binary(bytes)) if bytes.len() == 20 => Some(hex(bytes)),
        Some(_) | None => None,
    };
    let entries: Vec<(String, Result<Entry, certificate_store::Broken>)> = registry
        .below(RDP_CERTIFICATES)
        .filter_map(|(key, values)| {
            let thumbprint = key.rsplit('\\').next()?.to_owned();
            match values.get("blob") {
                Some(RegData::Binary(blob)) => {
                    Some((thumbprint.clone(), certificate_store::read(&thumbprint, blob)))
                }
                _ => None,
            }
        })
        .collect();
    let chosen = named
        .and_then(|named| entries.iter().find(|(thumbprint, _)| *thumbprint == named))
        .or_else(|| entries.first());
    let Some((thumbprint, entry)) = chosen else { return Ok((InUse::None, None)) };
    let fault = match entry {
        Err(certificate_store::Broken::Mismatch | certificate_store::Broken::Unreadable) => {
            Fault::DoesNotParse
        }
        Err(certificate_store::Broken::Records | certificate_store::Broken::NoCertificate) => {
            Fault::Corrupt
        }
        Ok(entry) => {
            if entry.classic_key && keys.is_some_and(|keys| !has_own_key(registry, keys)) {
                Fault::Keyless
            } else {
                let left = entry.not_after - taken_at.as_second();
                let in_use = if left > (MOST_DAYS + 1) * 86_400
                    && entry.not_before <= taken_at.as_second() + SKEW
                {
                    InUse::Sound { pinned: None }
                } else {
                    InUse::Dated {
                        not_before: entry.not_before,
                        not_after: entry.not_after,
                        pinned: None,
                    }
                };
                return Ok((in_use, Some(thumbprint.clone())));
            }
        }
    };
    let faulty = InUse::Faulty { fault };
    Ok((faulty, Some(thumbprint.clone())))
}

/// Only the key with the machine's present guid counts; others are leftovers of a cloned image.
fn has_own_key(registry: &Registry, keys: &[(String, String)]) -> bool {
    match registry.text(CRYPTOGRAPHY, "MachineGuid") {
        Ok(Some(guid)) => keys
            .iter()
            .any(|(file, _)| file.to_ascii_lowercase().ends_with(&guid.to_ascii_lowercase())),
        Ok(None) | Err(_) => true,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Fault {
    pub(crate) fn said(self) -> Said {
        match self {
            Self::DoesNotParse => say::does_not_parse(),
            Self::Corrupt => say::corrupt(),
            Self::Keyless => say::keyless(),
        }
    }
}

rdpctl_model::says! { "certificate":
    does_not_parse();
    corrupt();
    keyless();
}

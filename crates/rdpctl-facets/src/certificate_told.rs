//! The certificate by which a guest's listener should be known, as people know certificates: whose it is, who issued it, from
//! when until when, and its thumbprint.

use jiff::Timestamp;
use rdpctl_model::guest::{GuestSurvey, RegData};
use rdpctl_model::{Gap, Said, Survey};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::time::Time;

use crate::certificate_held::{Fault, InUse, held};
use crate::certificate_store;
use crate::paths::{MY_CERTIFICATES, RDP_CERTIFICATES};

/// A certificate that the guest's names lead to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateInUse {
    /// SHA-1 of the DER in hexadecimal, as the guest names it.
    pub thumbprint: String,
    /// What stands in it, or why that was not seen.
    pub contents: Result<CertificateContents, Said>,
}

/// What stands in a certificate. Nobody has verified who signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateContents {
    /// Whose it is, in the writing of RFC 4514.
    pub subject: String,
    /// Who says so.
    pub issuer: String,
    /// Since when it is valid.
    pub not_before: Timestamp,
    /// Until when it is valid.
    pub not_after: Timestamp,
}

/// The certificate that is in use in a guest; none where Windows has not made one yet, or a pin leads nowhere.
///
/// # Errors
///
/// The guest did not say which one it is.
pub fn certificate_in_use(
    guest: &GuestSurvey,
    asked_at: Timestamp,
) -> Result<Option<CertificateInUse>, Gap> {
    let survey = Survey { guest: Ok(guest.clone()), ..Survey::unseen(asked_at) };
    let (held, thumbprint) = held(&survey)?;
    let store = match held.in_use {
        InUse::None | InUse::LostPin { .. } => return Ok(None),
        InUse::Sound { pinned: Some(_) } | InUse::Dated { pinned: Some(_), .. } => MY_CERTIFICATES,
        InUse::Sound { pinned: None }
        | InUse::Dated { pinned: None, .. }
        | InUse::Faulty { .. } => RDP_CERTIFICATES,
    };
    Ok(thumbprint.map(|thumbprint| {
        let contents = match guest.registry.value(&format!(r"{store}\{thumbprint}"), "Blob") {
            Ok(Some(RegData::Binary(blob))) => certificate_store::certificate(blob)
                .and_then(contents)
                .ok_or(Fault::DoesNotParse.said()),
            Ok(_) => Err(Fault::Corrupt.said()),
            Err(gap) => Err(gap.said()),
        };
        CertificateInUse { thumbprint, contents }
    }))
}

fn contents(der: &[u8]) -> Option<CertificateContents> {
    let certificate = Certificate::from_der(der).ok()?.tbs_certificate;
    let moment = |time: Time| {
        let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
        Timestamp::from_second(seconds).ok()
    };
    Some(CertificateContents {
        subject: certificate.subject.to_string(),
        issuer: certificate.issuer.to_string(),
        not_before: moment(certificate.validity.not_before)?,
        not_after: moment(certificate.validity.not_after)?,
    })
}

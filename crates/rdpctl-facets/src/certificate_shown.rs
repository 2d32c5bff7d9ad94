//! The certificate that answers from outside, held against those that the guest reports.
//!
//! The two are compared only where both were seen, and the guest was looked into after the shown one was made: a look
//! that is older than a change of certificate proves nothing.

use jiff::Timestamp;
use rdpctl_model::guest::{GuestSurvey, RegData};
use rdpctl_model::handshake::{Handshake, HandshakeVerdict, Sha1, ShownCertificate};
use rdpctl_model::{Said, Survey};
use serde::{Deserialize, Serialize};

use crate::certificate_held::held;
use crate::certificate_wish::MOST_DAYS;
use crate::paths::{MY_CERTIFICATES, RDP_CERTIFICATES};
use crate::seen_from::handshake;

/// The certificate that the listener showed, without what differs between healthy machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Shown {
    pub(crate) whose: Whose,
    /// When it ends, in seconds, if that is soon enough to matter to anybody.
    pub(crate) ends: Option<i64>,
}

impl Shown {
    /// What is said of it, with the vendor's word where that is the same.
    pub(crate) fn vouched(self, said: Said) -> Said {
        if self.whose == Whose::Vouched { say::vouched(said) } else { said }
    }
}

/// Whose certificate answers from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Whose {
    /// The one by which the guest's listener should be known.
    Own,
    /// Another one that the guest holds: its listener loaded it before.
    Former,
    /// One that the guest does not hold: somebody else answers.
    Stranger,
    /// One that was made after the guest was looked into.
    Younger,
    /// None was shown.
    Nobody,
    /// The guest did not say what it holds, and the vendor's agent reported this one.
    Vouched,
    /// The guest did not say what it holds, and the vendor's agent reported another one.
    Disowned,
    /// Nobody said what the guest holds.
    NotCompared,
}

/// What answered, beside what the guest said in the same survey.
pub(crate) fn shown(survey: &Survey, own: Option<&str>) -> Option<Shown> {
    let refused = |outside: &Handshake| outside.verdict == HandshakeVerdict::CertMissing;
    if own.is_none() && survey.outside.as_ref().is_ok_and(refused) {
        return Some(Shown { whose: Whose::Nobody, ends: None });
    }
    let certificate = handshake(survey)?.certificate?;
    let ends = certificate.not_after?;
    let left = ends.as_second() - survey.taken_at.as_second();
    let whose = match (&survey.guest, own) {
        (Ok(guest), Some(own)) => whose(guest, own, &certificate, survey.taken_at),
        (Ok(_), None) => Whose::NotCompared,
        (Err(_), _) => reported(survey, &certificate),
    };
    Some(Shown { whose, ends: (left <= (MOST_DAYS + 1) * 86_400).then_some(ends.as_second()) })
}

/// What the vendor's own word makes of it, which may be older than the certificate.
fn reported(survey: &Survey, shown: &ShownCertificate) -> Whose {
    match survey.cloud.as_ref().ok().and_then(|cloud| cloud.rdp_certificate) {
        Some(word) if word == shown.sha1 => Whose::Vouched,
        Some(_) => Whose::Disowned,
        None => Whose::NotCompared,
    }
}

/// Whose certificate answers, by a handshake and what the guest said at another time, which is the older of the two.
/// Where a domain's enrolment decides which one is shown, or the guest holds none, nothing is compared.
#[must_use]
pub fn whose_certificate(guest: &GuestSurvey, asked_at: Timestamp, outside: &Handshake) -> Whose {
    let survey = Survey {
        guest: Ok(guest.clone()),
        outside: Ok(outside.clone()),
        ..Survey::unseen(asked_at)
    };
    match held(&survey) {
        Ok((held, own)) if held.template.is_none() => {
            shown(&survey, own.as_deref()).map_or(Whose::NotCompared, |shown| shown.whose)
        }
        Ok(_) | Err(_) => Whose::NotCompared,
    }
}

fn whose(guest: &GuestSurvey, own: &str, shown: &ShownCertificate, asked_at: Timestamp) -> Whose {
    let is = |thumbprint: &str| thumbprint.parse() == Ok::<Sha1, _>(shown.sha1);
    let holds = |store: &str| {
        guest.registry.below(store).any(|(key, values)| {
            let filled = matches!(values.get("blob"), Some(RegData::Binary(_)));
            filled && key.rsplit('\\').next().is_some_and(is)
        })
    };
    if is(own) {
        Whose::Own
    } else if holds(RDP_CERTIFICATES) || holds(MY_CERTIFICATES) {
        Whose::Former
    } else if shown.not_before.is_none_or(|made| made >= asked_at) {
        Whose::Younger
    } else {
        Whose::Stranger
    }
}

rdpctl_model::says! { "certificate":
    vouched(said);
}

//! What a first look at a guest gives reason to ask beyond it.
//!
//! The whole observation is asked of everybody in one batch. A few questions take a guest seconds, or can only be put
//! once something is known; they are asked where an answer could change a verdict, and nowhere else.

use rdpctl_model::guest::GuestSurvey;

use crate::certificate_pin;
use crate::table::Profile;
use crate::tls;

/// Questions beyond the observation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct More {
    /// A certificate of the machine's own store, by its thumbprint.
    pub pinned: Option<String>,
    /// Which registry values the domain's policies enforce.
    pub policies: bool,
    /// Who holds the rights that decide about logging on.
    pub rights: bool,
}

impl More {
    /// Whether there is anything to ask.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// What to ask after this first look.
#[must_use]
pub fn more(profile: &Profile, guest: &GuestSurvey) -> More {
    let certificate = profile.certificate.as_ref();
    More {
        pinned: certificate.and_then(|want| certificate_pin::to_ask(want, &guest.registry)),
        policies: profile.tls.as_ref().is_some_and(|want| tls::asks_for_policies(want, guest)),
        rights: profile.logon.is_some(),
    }
}

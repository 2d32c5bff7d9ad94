//! What a first look at a guest gives reason to ask beyond it.
//!
//! The whole observation is asked of everybody in one batch. A few questions take a guest seconds, or can only be put
//! once something is known; they are asked where an answer could change a verdict, and nowhere else.

use std::collections::BTreeSet;
use std::time::Duration;

use rdpctl_model::guest::{Closely, GuestSurvey};

use crate::certificate_pin;
use crate::firewall_policy;
use crate::licence;
use crate::paths::TS_POLICY;
use crate::service;
use crate::service_seen;
use crate::table::Profile;
use crate::tls;

/// Questions beyond the observation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct More {
    /// A certificate of the machine's own store, by its thumbprint.
    pub pinned: Option<String>,
    /// What a guest is not asked for nothing.
    pub closely: BTreeSet<Closely>,
    /// The same once more: something was on its way.
    pub again: bool,
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
    let tls = profile.tls.as_ref().is_some_and(|want| tls::asks_for_policies(want, guest));
    let asked = [
        (Closely::Policies, tls || policies_matter(profile, guest)),
        (Closely::Rights, profile.logon.is_some()),
        (Closely::Grace, profile.licence.is_some() && licence::days_matter(&guest.registry)),
    ];
    More {
        pinned: certificate.and_then(|want| certificate_pin::to_ask(want, &guest.registry)),
        closely: asked.into_iter().filter_map(|(what, matters)| matters.then_some(what)).collect(),
        again: under_way(guest).is_some(),
    }
}

/// The certificate of the machine's own store that is declared, by its thumbprint.
#[must_use]
pub fn declared_pin(profile: &Profile) -> Option<&str> {
    Some(profile.certificate.as_ref()?.thumbprint.as_ref()?.0.as_str())
}

/// How long to wait before looking again at services that are on their way: as long as they asked for, within reason.
#[must_use]
pub fn under_way(guest: &GuestSurvey) -> Option<Duration> {
    const AT_LEAST: u32 = 2_000;
    const AT_MOST: u32 = 10_000;
    let hints = service_seen::awaited(guest).map(|pending| pending.hint.clamp(AT_LEAST, AT_MOST));
    hints.max().map(|hint| Duration::from_millis(u64::from(hint)))
}

/// Marks what a second look, after this time, found where it was.
pub fn compare(first: &GuestSurvey, second: &mut GuestSurvey, waited: Duration) {
    for (name, state) in &mut second.services {
        let (Some(Ok(before)), Ok(now)) = (first.services.get(name), state) else { continue };
        let same = (before.run, before.pid) == (now.run, now.pid);
        if let (true, Some(before), Some(pending)) = (same, before.pending, &mut now.pending) {
            let over = waited >= Duration::from_millis(u64::from(before.hint));
            pending.stalled = over && before.checkpoint == pending.checkpoint;
        }
    }
}

/// The values of the policies' key for Remote Desktop that can stand against what is declared.
const STANDS_AGAINST: [&str; 3] = ["fDenyTSConnections", "UserAuthentication", "SecurityLayer"];

/// Whether it matters who stands behind values under the policies' key, and behind start types of services.
fn policies_matter(profile: &Profile, guest: &GuestSurvey) -> bool {
    let set = |name: &str| guest.registry.dword(TS_POLICY, name).ok().flatten();
    let denies =
        profile.remote_desktop.is_some() && set(STANDS_AGAINST[0]).is_some_and(|it| it != 0);
    let shapes =
        profile.nla.is_some() && STANDS_AGAINST[1..].iter().any(|name| set(name).is_some());
    let wall = profile.firewall.is_some() && firewall_policy::matters(guest);
    let starts = profile.service.is_some_and(|want| service::asks_for_policies(want, guest));
    let limits = profile.port.is_some() && set("MaxInstanceCount") == Some(0);
    denies || shapes || limits || wall || starts
}

//! What a guest knows of its domain: whether it is in one, and by its own log whether that one answers and trusts it.

use rdpctl_model::guest::{Event, GuestSurvey, KeyAnswer, RegData};

use crate::paths::GROUP_POLICY_STATE;

/// Whether a domain's policies reach the machine, as its own record of them says.
pub(crate) fn in_domain(guest: &GuestSurvey) -> bool {
    let answer = guest.registry.keys.get(&GROUP_POLICY_STATE.to_ascii_lowercase());
    matches!(
        answer,
        Some(KeyAnswer::Value(_, Some(RegData::Sz(name) | RegData::ExpandSz(name)))) if !name.is_empty()
    )
}

/// Whether the log of this start says that no controller takes the machine's password.
pub(crate) fn distrusted(guest: &GuestSurvey) -> bool {
    const REFUSED: u32 = 3210;
    complaint(guest, REFUSED).is_some()
}

/// Whether the log of this start says that no controller answered, and nothing says that one has answered since: a
/// machine that starts sooner than its network complains once, and then applies the domain's policies.
pub(crate) fn silent(guest: &GuestSurvey) -> bool {
    const NOBODY: u32 = 5719;
    let Some(complaint) = complaint(guest, NOBODY).filter(|_| in_domain(guest)) else {
        return false;
    };
    // Where the log was not asked when policies were applied, nothing is known.
    guest.accounts.as_ref().is_ok_and(|accounts| {
        accounts.domain_answered.as_ref().is_none_or(|answered| *answered < complaint.time)
    })
}

/// The newest of NETLOGON's events with this id since the start.
fn complaint(guest: &GuestSurvey, id: u32) -> Option<&Event> {
    let since = guest.booted.as_ref().ok().map(|(start, _)| start.as_str());
    let events = guest.events.as_ref().ok()?;
    events
        .iter()
        .filter(|event| {
            event.provider.eq_ignore_ascii_case("NETLOGON")
                && event.id == id
                && since.is_none_or(|since| event.time.as_str() >= since)
        })
        .max_by(|one, other| one.time.cmp(&other.time))
}

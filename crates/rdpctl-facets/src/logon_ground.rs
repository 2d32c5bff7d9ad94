//! Whether one log-on may be tried, by what the guest said of the account and of itself just now.
//!
//! Whatever cannot be read is a reason not to: a wrong password too many locks an account, and a right one towards the wrong
//! server is given away.

use jiff::Timestamp;
use rdpctl_model::declaration::LogOnProof;
use rdpctl_model::guest::{GuestSurvey, RegData};
use rdpctl_model::{Said, Survey};

use crate::certificate_held::held;
use crate::certificate_store;
use crate::logon_accounts::state;
use crate::paths::{MY_CERTIFICATES, RDP_CERTIFICATES};

/// Wrong passwords that must be left before an account is locked, so that one more does no harm.
const LEFT: u32 = 3;
/// The built-in administrator.
const ADMINISTRATOR: u32 = 500;

/// On what a log-on stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOnGround {
    /// The certificate by which the guest's listener must be known, as DER.
    pub certificate: Vec<u8>,
    /// The computer's name.
    pub computer: String,
}

/// What a guest's answer makes of a declared log-on; an error is why it is not tried.
pub fn log_on_ground(
    guest: &GuestSurvey,
    proof: &LogOnProof,
    now: Timestamp,
) -> Result<LogOnGround, Said> {
    let accounts = guest.accounts.as_ref().map_err(say::counter_unread)?;
    let computer = accounts.computer.clone().ok_or_else(say::name_unread)?;
    let (domain, user) = proof.user.split_once('\\').unwrap_or((".", proof.user.as_str()));
    if domain != "." && !domain.eq_ignore_ascii_case(&computer) {
        return Err(say::of_a_domain(&proof.user));
    }
    let named =
        |name: &Option<String>| name.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(user));
    let found = accounts.accounts.iter().find(|(_, account)| named(&account.name));
    let Some((rid, account)) = found else {
        return Err(say::no_such_account(user));
    };
    if *rid == ADMINISTRATOR && !proof.even_administrator {
        return Err(say::built_in_administrator(user));
    }
    if let Some(kept) = state(account, accounts.rules, now) {
        return Err(say::not_let_in(user, kept.said()));
    }
    if let Some(threshold) = accounts.rules.locks_after {
        let left = threshold.saturating_sub(account.wrong);
        if left < LEFT {
            return Err(say::nearly_locked(user, left, LEFT));
        }
    }
    Ok(LogOnGround { certificate: certificate(guest, now)?, computer })
}

/// The certificate by which the listener should be known.
fn certificate(guest: &GuestSurvey, now: Timestamp) -> Result<Vec<u8>, Said> {
    let survey = Survey { guest: Ok(guest.clone()), ..Survey::unseen(now) };
    let (_, thumbprint) = held(&survey).map_err(|gap| gap.said())?;
    let thumbprint = thumbprint.ok_or_else(say::no_certificate)?;
    let blob = [RDP_CERTIFICATES, MY_CERTIFICATES].iter().find_map(|store| {
        guest.registry.below(store).find_map(|(key, values)| {
            let is_it = key.rsplit('\\').next()?.eq_ignore_ascii_case(&thumbprint);
            match values.get("blob") {
                Some(RegData::Binary(blob)) if is_it => Some(blob),
                Some(_) | None => None,
            }
        })
    });
    let der = blob.and_then(|blob| certificate_store::certificate(blob));
    der.map(<[u8]>::to_vec).ok_or_else(say::certificate_not_shown)
}

rdpctl_model::says! { "log-on":
    counter_unread(gap);
    name_unread();
    of_a_domain(user);
    no_such_account(user);
    built_in_administrator(user);
    not_let_in(user, kept);
    nearly_locked(user, left, least);
    no_certificate();
    certificate_not_shown();
}

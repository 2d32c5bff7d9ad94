//! Local accounts that a group lets in: which of them can log on, and what keeps the others out.
//!
//! What is kept as evidence are states, not times, so that machines in the same state share one.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _};
use rdpctl_model::guest::GuestSurvey;
use rdpctl_model::local::{
    ADMINISTRATORS, AccountRules, Accounts, LocalAccount, REMOTE_DESKTOP_USERS,
};
use rdpctl_model::{Finding, Found, Said};
use serde::{Deserialize, Serialize};

use crate::paths::PRODUCT_OPTIONS;

/// The accounts that a group lets in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct LetIn {
    /// Whether one of them can log on, as far as its state and its own name in the rights go.
    pub(crate) somebody: bool,
    /// What keeps the others out, by their names.
    pub(crate) kept_out: BTreeMap<String, KeptOut>,
    /// Whether Remote Desktop Users has any member.
    pub(crate) remote_desktop_users: bool,
    /// Whether accounts or groups of a domain are members, of which nothing more is kept here.
    #[serde(default)]
    pub(crate) of_a_domain: bool,
}

/// What keeps one account out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum KeptOut {
    Disabled,
    Locked,
    Ended,
    MustChange,
    PasswordExpired,
    /// A denial names it.
    Denied,
}

impl KeptOut {
    pub(crate) fn said(self) -> Said {
        match self {
            Self::Disabled => say::disabled(),
            Self::Locked => say::locked(),
            Self::Ended => say::expired(),
            Self::MustChange => say::must_change(),
            Self::PasswordExpired => say::password_expired(),
            Self::Denied => say::denied_by_name(),
        }
    }

    const fn finding(self) -> Finding {
        match self {
            Self::Disabled => Finding::AccountDisabled,
            Self::Locked => Finding::AccountLocked,
            Self::Ended => Finding::AccountExpired,
            Self::MustChange => Finding::AccountMustChange,
            Self::PasswordExpired => Finding::AccountPasswordExpired,
            Self::Denied => Finding::AccountDenied,
        }
    }

    pub(crate) fn found(self, account: &str) -> Found {
        Found::from(self.finding()).with("account", account)
    }

    /// What a person can do.
    pub(crate) fn advice(self) -> Said {
        match self {
            Self::Disabled => say::enable_it(),
            Self::Locked => say::unlock_it(),
            Self::Ended => say::give_a_later_end(),
            Self::MustChange | Self::PasswordExpired => say::set_a_new_password(),
            Self::Denied => say::take_the_account_out(),
        }
    }
}

rdpctl_model::says! { "logon":
    disabled();
    locked();
    expired();
    must_change();
    password_expired();
    denied_by_name();
    enable_it();
    unlock_it();
    give_a_later_end();
    set_a_new_password();
    take_the_account_out();
}

/// The accounts that groups let in at a moment, where `denied` are names and SIDs that a denial names. `None` where they
/// were not read, or where they are kept elsewhere: on a domain controller.
pub(crate) fn let_in(guest: &GuestSurvey, denied: &[&str], now: Timestamp) -> Option<LetIn> {
    let controller = guest.registry.text(PRODUCT_OPTIONS, "ProductType").ok().flatten();
    let accounts = guest.accounts.as_ref().ok()?;
    (controller != Some("LanmanNT")).then(|| sort_out(accounts, denied, now))
}

fn sort_out(all: &Accounts, denied: &[&str], now: Timestamp) -> LetIn {
    let members = |group| all.members.get(&group).map_or(&[][..], Vec::as_slice);
    let mut let_in = LetIn {
        remote_desktop_users: !members(REMOTE_DESKTOP_USERS).is_empty(),
        ..LetIn::default()
    };
    // The machine's own accounts are those of its built-in administrator's authority; others are a domain's.
    let authority = members(ADMINISTRATORS).iter().find_map(|sid| sid.strip_suffix("-500"));
    for sid in members(ADMINISTRATORS).iter().chain(members(REMOTE_DESKTOP_USERS)) {
        let Some((own, rid)) = sid.rsplit_once('-') else { continue };
        let local = authority.is_none_or(|authority| authority == own);
        if !local && sid.starts_with("S-1-5-21-") {
            let_in.of_a_domain = true;
        }
        let account = rid.parse().ok().and_then(|rid: u32| all.accounts.get(&rid));
        let Some(account) = account.filter(|_| local) else { continue };
        let name = account.name.clone().unwrap_or_else(|| format!("the account {rid}"));
        let named = denied.iter().any(|one| one.eq_ignore_ascii_case(&name) || *one == sid);
        match state(account, all.rules, now).or(named.then_some(KeptOut::Denied)) {
            Some(kept) => {
                let_in.kept_out.insert(name, kept);
            }
            None => let_in.somebody = true,
        }
    }
    let_in
}

pub(crate) fn state(
    account: &LocalAccount,
    rules: AccountRules,
    now: Timestamp,
) -> Option<KeptOut> {
    if account.disabled {
        return Some(KeptOut::Disabled);
    }
    let locked = rules.locks_after.is_some_and(|limit| account.wrong >= limit)
        && account.last_wrong.is_some_and(|last| {
            let until = |minutes: u32| last.checked_add(i64::from(minutes).minutes());
            // Where nothing unlocks it, somebody has to.
            rules.unlocks_after.is_none_or(|minutes| until(minutes).is_ok_and(|until| until > now))
        });
    if locked {
        return Some(KeptOut::Locked);
    }
    if account.ends.is_some_and(|end| end <= now) {
        return Some(KeptOut::Ended);
    }
    let Some(set) = account.password_set else {
        return (!account.keeps_its_password).then_some(KeptOut::MustChange);
    };
    let expired = rules.password_days.filter(|_| !account.keeps_its_password).is_some_and(|days| {
        set.checked_add((24 * i64::from(days)).hours()).is_ok_and(|until| until <= now)
    });
    expired.then_some(KeptOut::PasswordExpired)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(change: impl FnOnce(&mut LocalAccount)) -> LocalAccount {
        let mut account = LocalAccount {
            name: Some("ops".to_owned()),
            disabled: false,
            keeps_its_password: false,
            password_set: Some(at(100)),
            ends: None,
            wrong: 0,
            last_wrong: None,
        };
        change(&mut account);
        account
    }

    fn at(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH.checked_add((24 * days).hours()).unwrap()
    }

    const RULES: AccountRules =
        AccountRules { password_days: Some(42), locks_after: Some(5), unlocks_after: Some(30) };

    #[test]
    fn what_keeps_an_account_out_is_told_by_its_state_and_the_policys_numbers() {
        let kept = |account: &LocalAccount| state(account, RULES, at(110));
        assert_eq!(kept(&account(|_| {})), None);
        assert_eq!(kept(&account(|it| it.disabled = true)), Some(KeptOut::Disabled));
        assert_eq!(kept(&account(|it| it.ends = Some(at(109)))), Some(KeptOut::Ended));
        assert_eq!(kept(&account(|it| it.password_set = None)), Some(KeptOut::MustChange));
        assert_eq!(
            kept(&account(|it| it.password_set = Some(at(60)))),
            Some(KeptOut::PasswordExpired)
        );
        let old = account(|it| (it.password_set, it.keeps_its_password) = (Some(at(60)), true));
        assert_eq!(kept(&old), None);
        let wrong = |last| account(|it| (it.wrong, it.last_wrong) = (5, Some(last)));
        assert_eq!(kept(&wrong(at(110))), Some(KeptOut::Locked));
        assert_eq!(kept(&wrong(at(109))), None);
        let until_unlocked = AccountRules { unlocks_after: None, ..RULES };
        assert_eq!(state(&wrong(at(109)), until_unlocked, at(110)), Some(KeptOut::Locked));
    }

    #[test]
    fn members_of_a_domain_are_not_taken_for_the_machines_own() {
        let mut all = Accounts { rules: RULES, ..Accounts::default() };
        all.accounts.insert(500, account(|it| it.disabled = true));
        all.accounts.insert(1000, account(|it| it.name = Some("own".to_owned())));
        let domain = ["S-1-5-21-1-1-1-500".to_owned(), "S-1-5-21-2-2-2-1000".to_owned()];
        all.members.insert(ADMINISTRATORS, domain.to_vec());
        let found = sort_out(&all, &[], at(110));
        assert!(!found.somebody && !found.remote_desktop_users && found.of_a_domain);
        all.members.insert(REMOTE_DESKTOP_USERS, vec!["S-1-5-21-1-1-1-1000".to_owned()]);
        assert!(sort_out(&all, &[], at(110)).somebody);
        assert!(!sort_out(&all, &["OWN"], at(110)).somebody);
    }
}

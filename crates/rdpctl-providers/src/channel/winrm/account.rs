//! One credential against all hosts: how many log-ons were refused, and when to stop trying.
//!
//! Windows locks accounts after a few wrong passwords, and a fleet has hundreds of hosts to be wrong at. So:
//! - until a credential has worked once, one log-on at a time is tried with it;
//! - two refusals without a success suspend it everywhere, for as long as the process lives or until the secret
//!   changes;
//! - once it has worked, an account of the machine itself is many accounts of one name: a host that refuses it twice is
//!   left alone, and the rest goes on. An account of a domain is one, and is suspended everywhere at its second refusal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ring::digest::{SHA256, digest};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::endpoint::{LogOn, Reach};
use super::failure::Failure;
use crate::channel::why::say;
use rdpctl_model::Said;

/// Refusals that suspend.
const ENOUGH: u8 = 2;

/// Identifies a credential without holding its secret.
pub(super) type CredentialId = [u8; 32];

/// All credentials that this process has used.
pub(in crate::channel) struct Accounts {
    /// So that ids mean nothing outside this process.
    salt: Uuid,
    known: Mutex<BTreeMap<CredentialId, Arc<Account>>>,
}

impl Accounts {
    pub(in crate::channel) fn new() -> Self {
        Self { salt: Uuid::new_v4(), known: Mutex::default() }
    }

    /// The account that a log-on with this secret counts for.
    pub(in crate::channel) fn of(&self, log_on: &LogOn, secret: &str) -> Arc<Account> {
        let who = log_on.who().to_lowercase();
        let mut text = Vec::with_capacity(17 + who.len() + secret.len());
        text.extend_from_slice(self.salt.as_bytes());
        text.extend_from_slice(who.as_bytes());
        text.push(0);
        text.extend_from_slice(secret.as_bytes());
        let mut id = CredentialId::default();
        id.copy_from_slice(digest(&SHA256, &text).as_ref());
        text.fill(0);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let reach = log_on.reach();
        Arc::clone(known.entry(id).or_insert_with(|| Arc::new(Account::new(id, reach))))
    }
}

/// One credential's record.
pub(in crate::channel) struct Account {
    pub(super) id: CredentialId,
    reach: Reach,
    record: Mutex<Record>,
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Default)]
struct Record {
    proven: bool,
    /// Refusals since the last success, by host.
    refusals: BTreeMap<String, u8>,
    /// Hosts that refused it twice though others took it.
    shunned: BTreeSet<String>,
    suspended: Option<Said>,
}

/// The right to try a log-on now. While a credential is not proven, there is only one.
pub(in crate::channel) struct Turn {
    _alone: Option<OwnedMutexGuard<()>>,
}

impl Account {
    fn new(id: CredentialId, reach: Reach) -> Self {
        Self { id, reach, record: Mutex::default(), turn: Arc::default() }
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn is_proven(&self) -> bool {
        self.record().proven
    }

    /// Waits for the right to try at a host; refused when trying could lock the account out.
    pub(in crate::channel) async fn turn(&self, host: &str) -> Result<Turn, Failure> {
        self.may_try(host)?;
        if self.is_proven() {
            return Ok(Turn { _alone: None });
        }
        let alone = Arc::clone(&self.turn).lock_owned().await;
        // Things may have changed while waiting.
        self.may_try(host)?;
        Ok(Turn { _alone: (!self.is_proven()).then_some(alone) })
    }

    fn may_try(&self, host: &str) -> Result<(), Failure> {
        let record = self.record();
        if let Some(why) = &record.suspended {
            return Err(Failure::Refused(why.clone()));
        }
        if record.shunned.contains(host) {
            return Err(Failure::Refused(say::refused_twice()));
        }
        Ok(())
    }

    /// A log-on worked.
    pub(in crate::channel) fn accepted(&self) {
        let mut record = self.record();
        record.proven = true;
        record.refusals.clear();
    }

    /// A log-on was refused. An error says that there must be no other at this host.
    pub(in crate::channel) fn refused(&self, host: &str) -> Result<(), Failure> {
        {
            let mut record = self.record();
            let here = record.refusals.entry(host.to_owned()).or_insert(0);
            *here = here.saturating_add(1);
            let twice_here = *here >= ENOUGH;
            let twice =
                record.refusals.values().fold(0_u8, |all, one| all.saturating_add(*one)) >= ENOUGH;
            if twice && (!record.proven || self.reach == Reach::Domain) {
                let hosts: Vec<&str> = record.refusals.keys().map(String::as_str).collect();
                record.suspended = Some(say::suspended(hosts));
            } else if twice_here {
                record.shunned.insert(host.to_owned());
                record.refusals.remove(host);
            }
        }
        self.may_try(host)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Arc<Account> {
        let log_on = LogOn::Basic { user: "Admin".to_owned() };
        Accounts::new().of(&log_on, "secret")
    }

    #[test]
    fn the_same_user_and_secret_are_one_account_and_another_secret_is_another() {
        let accounts = Accounts::new();
        let user = |user: &str| LogOn::Basic { user: user.to_owned() };
        let first = accounts.of(&user("Admin"), "a");
        assert_eq!(first.id, accounts.of(&user("admin"), "a").id);
        assert_ne!(first.id, accounts.of(&user("admin"), "b").id);
        assert_ne!(first.id, Accounts::new().of(&user("Admin"), "a").id);
    }

    #[tokio::test]
    async fn two_refusals_of_an_unproven_credential_suspend_it_everywhere() {
        let account = account();
        assert_eq!(account.refused("a"), Ok(()));
        assert!(account.refused("a").is_err());
        assert!(
            matches!(account.turn("b").await, Err(Failure::Refused(why)) if why.key().as_str() == "why.suspended")
        );
    }

    #[tokio::test]
    async fn one_odd_host_does_not_suspend_a_credential_that_works_elsewhere() {
        let account = account();
        account.accepted();
        assert_eq!(account.refused("odd"), Ok(()));
        assert!(account.refused("odd").is_err());
        assert!(account.turn("odd").await.is_err());
        assert!(account.turn("fine").await.is_ok());
    }

    #[tokio::test]
    async fn the_second_refusal_suspends_a_domain_s_account_and_no_machine_s_own_that_worked() {
        let ntlm =
            |domain: &str| LogOn::Ntlm { user: "admin".to_owned(), domain: domain.to_owned() };
        let at = LogOn::Basic { user: "admin@corp.example".to_owned() };
        for (log_on, suspended) in [(ntlm("CORP"), true), (at, true), (ntlm(""), false)] {
            let account = Accounts::new().of(&log_on, "secret");
            account.accepted();
            assert_eq!(account.refused("a"), Ok(()));
            assert_eq!(account.refused("b").is_err(), suspended, "{log_on:?}");
            assert_eq!(account.turn("c").await.is_err(), suspended, "{log_on:?}");
        }
    }

    #[tokio::test]
    async fn an_unproven_credential_is_tried_at_one_host_at_a_time() {
        let account = account();
        let first = account.turn("a").await.unwrap();
        let waiting = tokio::spawn({
            let account = Arc::clone(&account);
            async move { account.turn("b").await.map(|_| ()) }
        });
        tokio::task::yield_now().await;
        assert!(!waiting.is_finished());
        account.refused("a").unwrap();
        account.refused("a").unwrap_err();
        drop(first);
        assert!(matches!(waiting.await.unwrap(), Err(Failure::Refused(_))));
    }
}

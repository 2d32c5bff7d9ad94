//! The gateway's memory: whose keys there are, which were lent, and how often they called.

use std::{
    collections::HashMap,
    time::{SystemTime, UNIX_EPOCH},
};

use super::limits::Windows;
use crate::{
    estate::Estate,
    world::{AccountIndex, SecretKey, Text},
};

/// Keys that `AssumeRole` handed out.
#[derive(Debug)]
pub(super) struct Lent {
    pub(super) account: AccountIndex,
    pub(super) key: SecretKey,
    pub(super) token: String,
    pub(super) until: i64,
}

/// Who stands behind a key: an account, and which of its users, if it is not the account's own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Caller {
    pub(super) account: AccountIndex,
    pub(super) user: Option<usize>,
}

/// The gateway's own memory.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(super) windows: Windows,
    pub(super) keys: HashMap<Text, Caller>,
    pub(super) lent: HashMap<String, Lent>,
    pub(super) skew: i64,
}

impl Gate {
    pub(crate) fn new(estate: &Estate) -> Self {
        let mut keys = HashMap::new();
        for (index, account) in (0_u16..).zip(&estate.world.accounts) {
            let of = |user| Caller { account: AccountIndex(index), user };
            keys.insert(account.secret_id.clone(), of(None));
            keys.extend(
                account.keys.iter().enumerate().map(|(user, key)| (key.id.clone(), of(Some(user)))),
            );
        }
        Self {
            windows: Windows::new(),
            keys,
            lent: HashMap::new(),
            skew: estate.world.faults.clock_skew,
        }
    }

    /// The gateway's clock, in Unix seconds: the real one, as far off as the world says.
    pub(crate) fn clock(&self) -> i64 {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(real.as_secs()).unwrap_or(i64::MAX).saturating_add(self.skew)
    }

    /// Hands out a temporary key to `account`: its id, its key and its token.
    pub(crate) fn lend(
        &mut self,
        account: AccountIndex,
        seconds: i64,
    ) -> (String, String, String, i64) {
        let draw = || uuid::Uuid::new_v4().simple().to_string();
        let now = self.clock();
        self.lent.retain(|_, lent| lent.until > now);
        let (id, key, token) = (format!("AKID{}", draw()), draw(), format!("{}{}", draw(), draw()));
        let until = now.saturating_add(seconds);
        let lent = Lent { account, key: SecretKey(key.clone()), token: token.clone(), until };
        self.lent.insert(id.clone(), lent);
        (id, key, token, until)
    }
}

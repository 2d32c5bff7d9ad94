//! Who is signed in: sessions in memory, by the hash of what the browser holds, each for one token.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::error::CliError;
use crate::secret_of_page::{digest, fresh};

/// So long a session lasts, whatever is done.
const LONGEST: Duration = Duration::from_hours(12);
/// So long it lasts while nothing is done.
const IDLE: Duration = Duration::from_hours(2);
/// So many there are; beyond that the one goes that was idle longest.
const MOST: usize = 1_000;

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Session {
    /// The hash of the token by which he signed in.
    pub(super) token: String,
    /// What his forms carry, so that nobody else's page can send one.
    pub(super) form: String,
    began: Instant,
    last: Instant,
}

impl Session {
    fn lasts(&self, now: Instant) -> bool {
        now.duration_since(self.began) < LONGEST && now.duration_since(self.last) < IDLE
    }
}

/// All who are.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Session>>);

impl Sessions {
    fn all(&self) -> MutexGuard<'_, HashMap<String, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one for whoever holds the token of that hash; gives what his browser is to hold.
    pub(super) fn begin(&self, token: String, now: Instant) -> Result<String, CliError> {
        let (secret, form) = (fresh()?, fresh()?);
        let mut all = self.all();
        all.retain(|_, session| session.lasts(now));
        if all.len() >= MOST
            && let Some(idle) =
                all.iter().min_by_key(|(_, session)| session.last).map(|(key, _)| key.clone())
        {
            all.remove(&idle);
        }
        all.insert(digest(&secret), Session { token, form, began: now, last: now });
        Ok(secret)
    }

    /// Whose session it is, by what a browser holds; and by what it is counted.
    pub(super) fn find(&self, secret: &str, now: Instant) -> Option<(String, Session)> {
        let key = digest(secret);
        let mut all = self.all();
        let session = all.get_mut(&key)?;
        if !session.lasts(now) {
            all.remove(&key);
            return None;
        }
        session.last = now;
        let session = session.clone();
        Some((key, session))
    }

    /// Ends one.
    pub(super) fn end(&self, secret: &str) {
        self.all().remove(&digest(secret));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_after_two_idle_hours_after_twelve_at_all_and_at_once_when_somebody_leaves() {
        let (sessions, began) = (Sessions::default(), Instant::now());
        let hour = Duration::from_hours(1);
        let secret = sessions.begin("token".to_owned(), began).unwrap();
        for passed in 1..12 {
            assert!(sessions.find(&secret, began + hour * passed).is_some(), "{passed} hours");
        }
        assert!(sessions.find(&secret, began + hour * 12).is_none());
        let idle = sessions.begin("token".to_owned(), began).unwrap();
        assert!(sessions.find(&idle, began + hour * 2).is_none());
        let left = sessions.begin("token".to_owned(), began).unwrap();
        sessions.end(&left);
        assert!(sessions.find(&left, began).is_none());
        assert!(sessions.find("rdpctl-page-guessed", began).is_none());
    }

    #[test]
    fn there_are_never_more_than_a_thousand_and_the_idlest_goes_first() {
        let (sessions, began) = (Sessions::default(), Instant::now());
        let first = sessions.begin("token".to_owned(), began).unwrap();
        let second = began + Duration::from_secs(1);
        let last: Vec<String> =
            (0..MOST).map(|_| sessions.begin("token".to_owned(), second).unwrap()).collect();
        assert_eq!(sessions.all().len(), MOST);
        assert!(sessions.find(&first, second).is_none());
        assert!(sessions.find(&last[0], second).is_some());
    }
}

//! Names of managed commands: since when, by which process, and which of its commands. So whoever finds one knows whether
//! anybody waits for it still.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};

use super::client::Client;

/// What the names of ours begin with; the second of the beginning follows, then who made it and what makes it the only one.
const OURS: &str = "rdpctl-";

/// Whatever began before this is over, whoever began it.
pub(super) const OVER: SignedDuration = SignedDuration::from_hours(2);

/// Those that this process waits for, whichever of its clients began them.
static IN_HAND: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// A command that is waited for, as long as this lives.
pub(super) struct InHand(pub(super) String);

impl InHand {
    /// The name of one that is begun now.
    pub(super) fn new(client: &Client) -> Self {
        let mark = client.for_a_call.as_ref().map_or(0, |calls| calls.mark());
        let only = uuid::Uuid::new_v4().as_u64_pair().1;
        let name = format!("{OURS}{}-{mark:016x}{only:016x}", Timestamp::now().as_second());
        IN_HAND.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        Self(name)
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        IN_HAND.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}

/// A name of ours, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ours {
    began: Timestamp,
    mark: u64,
}

impl Ours {
    /// What a name says, where it is one of ours.
    pub(super) fn of(name: &str) -> Option<Self> {
        let (began, rest) = name.strip_prefix(OURS)?.split_once('-')?;
        let is_plain = rest.len() == 32 && rest.bytes().all(|byte| byte.is_ascii_hexdigit());
        let began = Timestamp::from_second(began.parse().ok()?).ok().filter(|_| is_plain)?;
        Some(Self { began, mark: u64::from_str_radix(rest.get(..16)?, 16).ok()? })
    }

    /// Whether it began so long ago that it is over, whatever is said of it.
    pub(super) fn is_old(self) -> bool {
        // Whoever may run commands there may have written the name, with any time in it.
        self.began.saturating_add(OVER).unwrap_or(Timestamp::MAX) < Timestamp::now()
    }

    /// Whether the process of that mark made it. Where the system does not say which process is which, all have the mark 0.
    const fn is_of(self, mark: u64) -> bool {
        self.mark != 0 && self.mark == mark
    }

    /// Whether nobody waits for it any more.
    pub(super) fn is_left(self, name: &str, client: &Client) -> bool {
        let Some(calls) = &client.for_a_call else { return self.is_old() };
        let is_own = self.is_of(calls.mark());
        let is_in_hand = || IN_HAND.lock().unwrap_or_else(PoisonError::into_inner).contains(name);
        self.is_old() || if is_own { !is_in_hand() } else { calls.is_over(self.mark) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_ours_is_known_by_its_name() {
        let id = "0123456789abcdef0123456789abcdef";
        for (name, expected) in [
            (format!("rdpctl-1799990000-{id}"), Some((1_799_990_000, 0x0123_4567_89ab_cdef))),
            (format!("rdpctl-soon-{id}"), None),
            ("rdpctl-1-somebodys".to_owned(), None),
            ("backup".to_owned(), None),
        ] {
            let ours = Ours::of(&name).map(|ours| (ours.began.as_second(), ours.mark));
            assert_eq!(ours, expected, "{name}");
        }
    }

    #[test]
    fn what_a_process_made_that_nobody_can_tell_from_others_is_nobodys_own() {
        let of =
            |mark: &str| Ours::of(&format!("rdpctl-1799990000-{mark}0123456789abcdef")).unwrap();
        assert!(of("0123456789abcdef").is_of(0x0123_4567_89ab_cdef));
        assert!(!of("0000000000000000").is_of(0));
    }

    #[test]
    fn a_name_with_the_last_of_all_times_is_of_one_that_is_not_over() {
        let name =
            format!("rdpctl-{}-0123456789abcdef0123456789abcdef", Timestamp::MAX.as_second());
        assert!(!Ours::of(&name).unwrap().is_old());
    }
}

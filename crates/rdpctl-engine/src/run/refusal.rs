//! Why a log-on was refused: by the number that came over the wire, which says little, and by what the guest wrote of it
//! into its own log.

use rdpctl_contract::log_on::LoggedOn;
use rdpctl_model::Said;
use rdpctl_model::guest::{Answer, Event};
use rdpctl_model::outcome::{LogonAttempt, LogonResult};

use super::report::Failure;
use crate::refusal::named;
use crate::said::say;

/// What a guest's event of a failed log-on (4625) says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Logged {
    status: u32,
    part: u32,
}

impl Logged {
    /// What the guest wrote of one attempt of this account: the one event that was not there before it. Where there are
    /// none or several, nobody can tell.
    pub(super) fn of(
        before: &Answer<Vec<Event>>,
        after: &Answer<Vec<Event>>,
        user: &str,
    ) -> Option<Self> {
        let (before, after) = (before.as_ref().ok()?, after.as_ref().ok()?);
        let user = user.rsplit_once('\\').map_or(user, |(_, user)| user);
        let mut new = after.iter().filter(|event| {
            event.id == 4625
                && !before.contains(event)
                && said(event, "TargetUserName").is_some_and(|name| name.eq_ignore_ascii_case(user))
        });
        let (event, None) = (new.next()?, new.next()) else { return None };
        let number = |name| {
            let digits = said(event, name)?.trim().strip_prefix("0x")?.to_owned();
            u32::from_str_radix(&digits, 16).ok()
        };
        Some(Self { status: number("Status")?, part: number("SubStatus").unwrap_or(0) })
    }

    /// What says most.
    const fn closest(self) -> u32 {
        if self.part == 0 { self.status } else { self.part }
    }
}

fn said<'a>(event: &'a Event, name: &str) -> Option<&'a str> {
    event.data.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
}

/// The number that speaks for or against the secret: the wire's, or that of the log where the wire gave none.
pub(super) fn code(came: LoggedOn, logged: Option<Logged>) -> Option<u32> {
    match came {
        LoggedOn::Refused(Some(code)) => Some(code),
        LoggedOn::Refused(None) | LoggedOn::Unclear => logged.map(|logged| logged.status),
        LoggedOn::Authenticated => None,
    }
}

/// What is said of a log-on that proved nothing, with the number by which the next run judges it.
pub(super) fn failure(user: &str, came: LoggedOn, logged: Option<Logged>) -> Failure {
    let code = code(came, logged);
    let result = match (came, code) {
        (LoggedOn::Unclear | LoggedOn::Authenticated, None) => LogonResult::NoAnswer,
        (LoggedOn::Refused(_), _) | (_, Some(_)) => LogonResult::Refused,
    };
    let attempt = LogonAttempt { account: user.to_owned(), result, status: code };
    let (why, advice) = told(user, came, code, logged);
    Failure::of_log_on(why, advice, attempt)
}

fn told(user: &str, came: LoggedOn, code: Option<u32>, logged: Option<Logged>) -> (Said, Said) {
    let Some(code) = code else {
        return match came {
            LoggedOn::Refused(_) => (say::refused_silently(user), say::not_by_itself()),
            LoggedOn::Unclear | LoggedOn::Authenticated => {
                (say::proves_nothing(user), say::counts_as_attempt())
            }
        };
    };
    let wire = match came {
        LoggedOn::Refused(Some(code)) => named(code).0,
        LoggedOn::Refused(None) => say::without_a_reason(),
        LoggedOn::Unclear | LoggedOn::Authenticated => say::nothing_that_proves(),
    };
    let Some(logged) = logged else {
        return (say::refused_log_on(user, wire, digits(code)), named(code).1);
    };
    let (why, advice) = named(logged.closest());
    let (status, part) = (digits(logged.status), digits(logged.part));
    (say::refused_and_logged(user, wire, why, status, part, digits(code)), advice)
}

fn digits(code: u32) -> String {
    format!("0x{code:08x}")
}

#[cfg(test)]
mod tests {
    use rdpctl_words::english;

    use super::*;
    use crate::refusal::LOGON_FAILURE;

    fn refused(time: &str, user: &str, part: &str) -> Event {
        let data = [("TargetUserName", user), ("Status", "0xc000006d"), ("SubStatus", part)];
        Event {
            provider: "Microsoft-Windows-Security-Auditing".to_owned(),
            id: 4625,
            time: time.to_owned(),
            data: data.map(|(name, text)| (name.to_owned(), text.to_owned())).into(),
        }
    }

    #[test]
    fn of_the_guests_log_only_the_one_event_that_is_new_speaks_of_an_attempt() {
        let old = refused("1", "ops", "0xc0000064");
        let new = refused("2", "OPS", "0xc000006a");
        let other = refused("3", "ann", "0xc000006a");
        let after = |events: &[&Event]| Ok(events.iter().map(|event| (*event).clone()).collect());
        let of = |found: &Answer<Vec<Event>>| Logged::of(&Ok(vec![old.clone()]), found, r".\ops");
        let found = of(&after(&[&other, &new, &old])).unwrap();
        assert_eq!(found, Logged { status: LOGON_FAILURE, part: 0xc000_006a });
        assert_eq!(of(&after(&[&old])), None);
        // Two at once: nobody can tell whose is whose.
        assert_eq!(of(&after(&[&refused("4", "ops", "0x0"), &new, &old])), None);
        assert_eq!(of(&Err(rdpctl_model::Gap::NotAsked)), None);
    }

    #[test]
    fn a_sentence_ends_with_the_number_that_speaks_for_or_against_the_secret() {
        let wrong = Some(Logged { status: LOGON_FAILURE, part: 0xc000_006a });
        for (came, logged, holds) in [
            (LoggedOn::Refused(Some(LOGON_FAILURE)), wrong, "the password is wrong, Status"),
            (LoggedOn::Refused(None), wrong, "the password is wrong, Status"),
            (LoggedOn::Unclear, wrong, "the password is wrong, Status"),
            (LoggedOn::Refused(Some(LOGON_FAILURE)), None, "the name or the password is wrong"),
        ] {
            let failure = failure("ops", came, logged);
            let said = english(&failure.why);
            assert!(said.contains(holds) && said.ends_with(" (0xc000006d)"), "{said}");
            assert_eq!(failure.logon.and_then(|attempt| attempt.status), Some(LOGON_FAILURE));
        }
        assert!(!english(&failure("ops", LoggedOn::Unclear, None).why).contains("0x"));
    }
}

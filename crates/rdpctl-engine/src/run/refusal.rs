//! Why a log-on was refused: by the number that came over the wire, which says little, and by what the guest wrote of it
//! into its own log.

use rdpctl_contract::log_on::LoggedOn;
use rdpctl_model::guest::{Answer, Event};

use super::report::Failure;
use crate::log_on::{LOCKED_OUT, LOGON_FAILURE};

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

const STANDS: &str = "it is not tried again by itself";

/// What is said of a log-on that proved nothing. A sentence ends with the number by which the next run judges it.
pub(super) fn failure(user: &str, came: LoggedOn, logged: Option<Logged>) -> Failure {
    let Some(code) = code(came, logged) else {
        return match came {
            LoggedOn::Refused(_) => Failure::new(
                format!("the log-on as {user} was refused, and Windows did not say why"),
                STANDS,
            ),
            LoggedOn::Unclear | LoggedOn::Authenticated => Failure::new(
                format!("the log-on as {user} was offered, and what came back proves nothing"),
                "it counts as an attempt; `rdpctl probe` shows what the door says without one",
            ),
        };
    };
    let on_the_wire = match came {
        LoggedOn::Refused(Some(code)) => named(code).0,
        LoggedOn::Refused(None) => "without a reason",
        LoggedOn::Unclear | LoggedOn::Authenticated => "no answer came that proves anything",
    };
    let Some(logged) = logged else {
        return Failure::new(
            format!("the log-on as {user} was refused: {on_the_wire} (0x{code:08x})"),
            named(code).1,
        );
    };
    let (why, advice) = named(logged.closest());
    Failure::new(
        format!(
            "the log-on as {user} was refused: {on_the_wire}; the guest's own log says (event 4625): {why}, Status 0x{:08x}, SubStatus 0x{:08x} (0x{code:08x})",
            logged.status, logged.part
        ),
        advice,
    )
}

/// What an NTSTATUS says, and what a person can do.
fn named(code: u32) -> (&'static str, &'static str) {
    let known = STATUSES.iter().find(|(status, ..)| *status == code);
    known.map_or(("a reason that is not known here", STANDS), |it| (it.1, it.2))
}

const STATUSES: [(u32, &str, &str); 21] = [
    (
        LOGON_FAILURE,
        "the name or the password is wrong",
        "Windows does not say which; event 4625 in the guest does: SubStatus 0xC0000064 is the name, 0xC000006A the password",
    ),
    (
        0xc000_0064,
        "there is no account of that name",
        "look at the declared name, and at whether it is the machine's own or a domain's",
    ),
    (
        0xc000_006a,
        "the password is wrong",
        "look at what the declared reference holds; a new password is set by the cloud or inside",
    ),
    (
        LOCKED_OUT,
        "the account is locked",
        "unlock it (`net user NAME /active:yes`), and look who guesses",
    ),
    (0xc000_0072, "the account is disabled", "`net user NAME /active:yes`"),
    (0xc000_0193, "the account has expired", "`net user NAME /expires:never`"),
    (
        0xc000_0224,
        "the password must be changed first",
        "NLA cannot change it: set a new one by the cloud or inside",
    ),
    (
        0xc000_0071,
        "the password has expired",
        "NLA cannot change it: set a new one by the cloud or inside",
    ),
    (
        0xc000_006e,
        "the account is restricted: an empty password, or no NTLM for it",
        "give it a password; members of Protected Users need Kerberos",
    ),
    (0xc000_006f, "it is outside of the account's hours", "`net user NAME /times:all`"),
    (
        0xc000_0070,
        "the account may come from named workstations alone, and RDPCTL is none",
        "`net user NAME /workstations:*`",
    ),
    (
        0xc000_015b,
        "the account may not log on over the network, or not through Remote Desktop",
        "look at both rights and their denials (facet logon)",
    ),
    (0xc000_005e, "no domain controller answers", "look at DNS and the way to the controllers"),
    (
        0xc000_018d,
        "the machine and its domain no longer trust each other",
        "`nltest /sc_reset:DOMAIN`, or join it again",
    ),
    (
        0xc000_018c,
        "the machine's domain and that of the account do not trust each other",
        "look at the trust between the two domains",
    ),
    (0xc000_0133, "the clock is off", "set it"),
    (0xc000_0192, "the service Netlogon does not run", "start Netlogon"),
    (
        0xc000_0413,
        "selective authentication of a trust does not let the account in",
        "allow the account to authenticate to this machine, where the trust is kept",
    ),
    (0xc000_0418, "NTLM is blocked", "allow it, or use Kerberos"),
    (0x8009_0302, "NTLM is blocked", "allow it, or use Kerberos"),
    (
        0xc000_00bb,
        "the server refuses this version of CredSSP, or holds another key than the one that it shows",
        "look at what stands between (a gateway, an inspecting firewall) before anybody types a password there",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

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
            let said = failure("ops", came, logged).why;
            assert!(said.contains(holds) && said.ends_with(" (0xc000006d)"), "{said}");
        }
        assert!(!failure("ops", LoggedOn::Unclear, None).why.contains("0x"));
    }
}

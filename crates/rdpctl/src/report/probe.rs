//! One probe as a page: a sentence, what was seen, and what would explain it.

use jiff::Timestamp;
use rdpctl_model::handshake::{HandshakeVerdict, NlaState, Problem, TlsVersion};
use rdpctl_probe::certificate::Certificate;
use rdpctl_probe::{Cause, Report, TcpState, symptom};
use rdpctl_term::{Ink, Mark, Page, Words, grid};

/// The longest name of a fact.
const LONGEST: usize = "calls itself".len();
/// So many likely causes are told.
const LIKELY: usize = 5;

/// What a probe saw, told at a moment.
pub(crate) fn page(report: &Report, now: Timestamp) -> Page {
    let mut page = Page::new();
    let target = Words::new().said_in(Ink::Strong, &report.target.to_string());
    page.push(grid::plain(target.own(sentence(report))));
    tcp(&mut page, report);
    if let Some(banner) = &report.banner {
        page.push(fact(Mark::Shut, "first bytes", Words::new().said(banner)));
    }
    nla(&mut page, report);
    tls(&mut page, report);
    if let Some(shown) = &report.certificate {
        certificate(&mut page, shown, &report.problems, now);
    }
    itself(&mut page, report);
    for problem in report.problems.iter().filter_map(|problem| besides(*problem)) {
        page.push(fact(Mark::Bad, "besides", problem.into()));
    }
    likely(&mut page, &report.causes());
    if report.verdict != HandshakeVerdict::Ok {
        let seen = Words::new().ink(Ink::Faint, "a client would say: ");
        page.push(grid::indented(2, seen.own(symptom(report.verdict))));
    }
    let cost = format!(
        "{} in {:.0} ms; nobody was logged on",
        super::words::count(report.connections as usize, "connection"),
        report.ms
    );
    page.push(grid::indented(2, Words::new().ink(Ink::Faint, cost)));
    page
}

/// How many answered, of several.
pub(crate) fn tally(answered: usize, all: usize) -> Page {
    let mut page = Page::new();
    let verb = if answered == 1 { "answers" } else { "answer" };
    let of = format!("{answered} of {all} {verb}.");
    page.push(grid::plain(Words::new().ink(Ink::Strong, of)));
    page
}

fn fact(mark: Mark, name: &'static str, words: Words) -> rdpctl_term::Row {
    grid::fact(mark, Words::new().own(name), LONGEST, words)
}

const fn sentence(report: &Report) -> &'static str {
    match report.verdict {
        HandshakeVerdict::Ok => match report.nla {
            NlaState::Required => " answers RDP and requires NLA.",
            NlaState::Optional => " answers RDP; NLA is offered and not required.",
            NlaState::Unavailable => " answers RDP; NLA is not offered.",
            NlaState::Unknown => " answers RDP; whether it requires NLA was not seen.",
        },
        HandshakeVerdict::DnsFailed => " is unknown: the name does not resolve.",
        HandshakeVerdict::TcpRefused => " refuses: nothing listens there.",
        HandshakeVerdict::TcpFiltered => " does not answer: nothing came back in time.",
        HandshakeVerdict::TcpUnreachable => " cannot be reached: no way leads there from here.",
        HandshakeVerdict::NotRdp => " answers, and not in RDP.",
        HandshakeVerdict::RdpSilent => " accepts callers and says nothing.",
        HandshakeVerdict::RdpClosed => " accepts callers and hangs up.",
        HandshakeVerdict::CertMissing => " has no certificate that it could use.",
        HandshakeVerdict::NegotiationRefused => " refuses what every current client offers.",
        HandshakeVerdict::TlsBroken => " negotiates and cannot start TLS.",
    }
}

fn tcp(page: &mut Page, report: &Report) {
    let (mark, how) = match report.tcp.state {
        TcpState::Open => (Mark::Good, "open"),
        TcpState::Refused => (Mark::Shut, "refused"),
        TcpState::Filtered => (Mark::Shut, "no answer"),
        TcpState::Unreachable => (Mark::Shut, "no way there"),
        TcpState::DnsFailed => (Mark::Shut, "not tried: there is no address"),
    };
    let mut words = Words::new().own(how);
    if let Some(ms) = report.tcp.ms {
        words = words.own(format!(" in {ms:.0} ms"));
    }
    if let [first, second] = report.tries.as_slice()
        && first.verdict == second.verdict
    {
        words = words.own(", twice");
    }
    page.push(fact(mark, "TCP", words));
    if let Some(error) = &report.tcp.error {
        page.push(grid::more(LONGEST, Words::new().said_in(Ink::Faint, error)));
    }
}

fn nla(page: &mut Page, report: &Report) {
    let (mark, said) = match report.nla {
        NlaState::Required => (Mark::Good, "required"),
        NlaState::Optional => (Mark::Bad, "offered, not required"),
        NlaState::Unavailable => (Mark::Bad, "not offered"),
        NlaState::Unknown => return,
    };
    page.push(fact(mark, "NLA", said.into()));
    // Shown, not judged: a server announces what it can do, not what it is set to do.
    if report.restricted_admin == Some(true) {
        page.push(fact(Mark::Nothing, "announces", "the restricted admin mode".into()));
    }
}

fn tls(page: &mut Page, report: &Report) {
    let Some(tls) = &report.tls else { return };
    let (old, current): (Vec<TlsVersion>, Vec<TlsVersion>) =
        tls.versions.iter().partition(|version| **version < TlsVersion::V1_2);
    let list = |versions: &[TlsVersion]| {
        versions.iter().map(|version| version.name()).collect::<Vec<_>>().join(", ")
    };
    let (mark, said) = match (current.as_slice(), old.as_slice()) {
        ([], []) => (Mark::Shut, "no version was shown".to_owned()),
        ([], old) => (Mark::Bad, format!("{} alone", list(old))),
        (current, []) => (Mark::Good, list(current)),
        (current, old) => (Mark::Bad, format!("{}, and still {}", list(current), list(old))),
    };
    page.push(fact(mark, "TLS", Words::new().own(said)));
    if !tls.refused.is_empty() {
        let refused: Vec<TlsVersion> = tls.refused.iter().copied().collect();
        page.push(grid::more(LONGEST, Words::new().own(format!("refused: {}", list(&refused)))));
    }
    if let Some(failure) = &tls.failure {
        let failed = Words::new().own("ends with: ").said(&failure.to_string());
        page.push(grid::more(LONGEST, failed));
    }
}

fn certificate(
    page: &mut Page,
    shown: &Certificate,
    problems: &std::collections::BTreeSet<Problem>,
    now: Timestamp,
) {
    let is_bad = |problem: &Problem| match problem {
        Problem::CertExpired | Problem::CertNotYetValid | Problem::CertUnreadable => true,
        Problem::CertExpiresSoon | Problem::CertWeakKey | Problem::CertWeakSignature => true,
        Problem::ClockSkew
        | Problem::CredsspOutdated
        | Problem::NtlmRefused
        | Problem::NlaNotRequired
        | Problem::StandardRdpAllowed
        | Problem::StandardRdpOnly
        | Problem::Tls12Missing
        | Problem::TlsOldEnabled => false,
    };
    let mark = if problems.iter().any(is_bad) { Mark::Bad } else { Mark::Good };
    let mut words = match &shown.subject {
        Some(subject) => Words::new().said(subject),
        None => Words::new().own("it cannot be read"),
    };
    words = match (shown.self_signed, &shown.issuer) {
        (Some(true), _) => words.own(", self-signed"),
        (_, Some(issuer)) => words.own(", issued by ").said(issuer),
        (_, None) => words,
    };
    if let Some(end) = shown.not_after {
        words = words.own(format!("; {}", until(end, now)));
    }
    page.push(fact(mark, "certificate", words));
    page.push(grid::more(LONGEST, Words::new().ink(Ink::Faint, in_fours(&shown.sha1.to_string()))));
}

/// Until when, and how far that is.
fn until(end: Timestamp, now: Timestamp) -> String {
    let date = end.strftime("%-d %b %Y");
    let days = end.duration_since(now).as_secs() / 86_400;
    match days {
        _ if end < now => format!("ended on {date}"),
        1 => format!("to {date}, 1 day left"),
        days => format!("to {date}, {days} days left"),
    }
}

/// A thumbprint as people compare it.
fn in_fours(digits: &str) -> String {
    let digits: Vec<char> = digits.to_uppercase().chars().collect();
    digits.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn itself(page: &mut Page, report: &Report) {
    let Some(ntlm) = &report.ntlm else { return };
    let name = ntlm.dns_computer.as_ref().or(ntlm.netbios_computer.as_ref());
    let Some(name) = name.or(ntlm.target.as_ref()) else { return };
    let mut words = Words::new().said(name);
    if let Some(version) = &ntlm.os_version {
        words = words.own(", Windows ").said(version);
    }
    page.push(fact(Mark::Nothing, "calls itself", words));
}

/// What no other line says.
const fn besides(problem: Problem) -> Option<&'static str> {
    match problem {
        Problem::CertWeakKey => Some("the certificate's key is short"),
        Problem::CertWeakSignature => Some("the certificate is signed with MD5 or SHA-1"),
        Problem::CertNotYetValid => Some("the certificate is not valid yet, or a clock is wrong"),
        Problem::ClockSkew => Some("its clock is more than five minutes off"),
        Problem::CredsspOutdated => {
            Some("its CredSSP lacks the update of 2018, which current clients demand")
        }
        Problem::NtlmRefused => {
            Some("it gives no NTLM challenge: outside a domain nobody can log on")
        }
        Problem::StandardRdpAllowed => Some("standard RDP security is allowed beside TLS"),
        Problem::StandardRdpOnly => Some("there is nothing but standard RDP security"),
        Problem::CertExpired
        | Problem::CertExpiresSoon
        | Problem::CertUnreadable
        | Problem::NlaNotRequired
        | Problem::Tls12Missing
        | Problem::TlsOldEnabled => None,
    }
}

fn likely(page: &mut Page, causes: &[&'static Cause]) {
    if causes.is_empty() {
        return;
    }
    page.push(grid::indented(2, "Likely, most likely first".into()));
    for (place, cause) in (1..).zip(causes.iter().take(LIKELY)) {
        let words = Words::new().own(cause.suggests).ink(Ink::Faint, "; look at ");
        page.push(grid::ranked(place, "", 0, words.own(cause.check)));
    }
}

#[cfg(test)]
mod tests {
    use rdpctl_probe::wire::x224::{Answer, Protocols};
    use rdpctl_probe::{Level, Ntlm, Observations, Target, Tcp, Tls};
    use rdpctl_term::{View, lay};

    use super::*;

    fn now() -> Timestamp {
        "2026-11-27T09:00:00Z".parse().unwrap()
    }

    fn told(seen: Observations) -> String {
        let target: Target = "203.0.113.7".parse().unwrap();
        lay(&page(&Report::new(target, seen, 214.0), now()), &View::plain())
    }

    #[test]
    fn a_listener_that_answers_is_told_by_what_it_showed() {
        let mut seen = Observations::new(Level::Standard, now());
        seen.tcp = Tcp { state: TcpState::Open, ms: Some(12.3), error: None, caller: None };
        seen.connections = 3;
        let chosen = Answer::Selected { selected: Protocols::HYBRID_EX, flags: 0 };
        seen.negotiation.insert(Protocols::MAIN, chosen);
        let refused = Answer::Failure { failure: 5 };
        seen.negotiation.insert(Protocols::TLS, refused);
        let versions = [TlsVersion::V1_0, TlsVersion::V1_2, TlsVersion::V1_3];
        seen.tls = Some(Tls { versions: versions.into(), ..Tls::default() });
        seen.ntlm = Some(Ntlm {
            netbios_computer: Some("WEB-\u{1b}[2J01".to_owned()),
            os_version: Some("10.0.20348".to_owned()),
            ..Ntlm::default()
        });
        insta::assert_snapshot!(told(seen), @r"
        203.0.113.7:3389 answers RDP and requires NLA.
          ✓ TCP           open in 12 ms
          ✓ NLA           required
          ~ TLS           1.2, 1.3, and still 1.0
          - calls itself  WEB-\u{1b}[2J01, Windows 10.0.20348
          3 connections in 214 ms; nobody was logged on
        ");
    }

    #[test]
    fn a_refusal_is_told_with_what_would_explain_it() {
        let mut seen = Observations::new(Level::Standard, now());
        let error = Some("Connection refused (os error 111)".to_owned());
        seen.tcp = Tcp { state: TcpState::Refused, ms: Some(11.0), error, caller: None };
        insta::assert_snapshot!(told(seen), @r"
        203.0.113.7:3389 refuses: nothing listens there.
          ✗ TCP           refused in 11 ms
                          Connection refused (os error 111)
          Likely, most likely first
          1    the Remote Desktop service is stopped; look at `sc query TermService` in the guest
          2    Remote Desktop is disabled; look at fDenyTSConnections in the guest's registry
          3    the listener is on another port; look at PortNumber of RDP-Tcp in the guest's registry
          a client would say: can't connect: remote access is not enabled, the computer is off, or it is not on the network
          0 connections in 214 ms; nobody was logged on
        ");
    }

    #[test]
    fn days_are_counted_to_the_end_and_a_thumbprint_stands_in_fours() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        assert_eq!(until(at("2027-05-28T00:00:00Z"), now()), "to 28 May 2027, 181 days left");
        assert_eq!(until(at("2026-11-28T10:00:00Z"), now()), "to 28 Nov 2026, 1 day left");
        assert_eq!(until(at("2026-11-26T00:00:00Z"), now()), "ended on 26 Nov 2026");
        assert_eq!(in_fours("dc63e627fa"), "DC63 E627 FA");
    }
}

//! The decision table, row by row, without any network.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rdpctl_model::handshake::{Fingerprint, HandshakeVerdict, NlaState, Problem, TlsVersion};
use rdpctl_probe::certificate::{Certificate, Key};
use rdpctl_probe::wire::x224::{Answer, Protocols, Without};
use rdpctl_probe::{CauseId, Level, Ntlm, Observations, Tcp, TcpState, Tls, causes, judge, nla};

fn now() -> Timestamp {
    "2026-07-01T10:00:00Z".parse().unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// A listener in order: NLA enforced, TLS 1.2 and 1.3, a fresh certificate of its own.
fn healthy() -> Observations {
    let mut seen = Observations::new(Level::Full, now());
    seen.tcp = Tcp { state: TcpState::Open, ms: Some(0.4), error: None, caller: None };
    seen.negotiation = BTreeMap::from([
        (Protocols::MAIN, Answer::Selected { selected: Protocols::HYBRID, flags: 31 }),
        (Protocols::TLS, Answer::Failure { failure: 5 }),
    ]);
    seen.tls =
        Some(Tls { versions: [TlsVersion::V1_2, TlsVersion::V1_3].into(), ..Tls::default() });
    seen.certificate = Some(Certificate {
        subject: Some("CN=vm1".to_owned()),
        issuer: Some("CN=vm1".to_owned()),
        self_signed: Some(true),
        not_before: Some(now() - days(90)),
        not_after: Some(now() + days(90)),
        key: Some(Key::Rsa),
        bits: Some(2048),
        signature: Some("sha256WithRSAEncryption".to_owned()),
        names: Vec::new(),
        sha1: Fingerprint([0; 20]),
        sha256: Fingerprint([0; 32]),
        chain_length: 1,
    });
    seen.ntlm = Some(Ntlm { skew_s: Some(0), ..Ntlm::default() });
    seen
}

fn problems_after(change: impl Fn(&mut Observations)) -> Vec<&'static str> {
    let mut seen = healthy();
    change(&mut seen);
    judge(&seen).1.into_iter().map(Problem::name).collect()
}

fn certificate(change: impl Fn(&mut Certificate)) -> Vec<&'static str> {
    problems_after(|seen| change(seen.certificate.as_mut().unwrap()))
}

#[test]
fn a_listener_in_order_has_no_problem() {
    assert_eq!(judge(&healthy()), (HandshakeVerdict::Ok, [].into()));
    assert_eq!(nla(&healthy()), NlaState::Required);
}

#[test]
fn connecting_decides_before_anything_else() {
    for (state, verdict) in [
        (TcpState::DnsFailed, HandshakeVerdict::DnsFailed),
        (TcpState::Refused, HandshakeVerdict::TcpRefused),
        (TcpState::Filtered, HandshakeVerdict::TcpFiltered),
        (TcpState::Unreachable, HandshakeVerdict::TcpUnreachable),
    ] {
        let mut seen = healthy();
        seen.tcp.state = state;
        assert_eq!(judge(&seen).0, verdict);
    }
}

#[test]
fn certificates_have_their_problems() {
    assert_eq!(certificate(|c| c.not_after = Some(now() - days(1))), ["cert_expired"]);
    assert_eq!(certificate(|c| c.not_before = Some(now() + days(1))), ["cert_not_yet_valid"]);
    assert_eq!(certificate(|c| c.bits = Some(1024)), ["cert_weak_key"]);
    assert_eq!(certificate(|c| c.bits = Some(2047)), ["cert_weak_key"]);
    assert_eq!(certificate(|c| (c.key, c.bits) = (Some(Key::Ec), Some(224))), ["cert_weak_key"]);
    assert_eq!(certificate(|c| (c.key, c.bits) = (Some(Key::Ec), Some(256))), [""; 0]);
    for weak in ["md5WithRSAEncryption", "sha1WithRSAEncryption", "sha1WithRSA", "ecdsa-with-SHA1"]
    {
        assert_eq!(
            certificate(|c| c.signature = Some(weak.to_owned())),
            ["cert_weak_signature"],
            "{weak}"
        );
    }
    assert_eq!(certificate(|c| *c = Certificate::read(b"no DER", 1)), ["cert_unreadable"]);
}

#[test]
fn only_an_authoritys_certificate_expires_soon() {
    let soon = |c: &mut Certificate| c.not_after = Some(now() + days(13));
    assert_eq!(certificate(soon), [""; 0]);
    assert_eq!(
        certificate(|c| {
            soon(c);
            c.self_signed = Some(false);
        }),
        ["cert_expires_soon"]
    );
}

#[test]
fn versions_have_their_problems() {
    let with = |versions: &'static [TlsVersion]| {
        problems_after(|seen| {
            seen.tls.as_mut().unwrap().versions = versions.iter().copied().collect();
        })
    };
    assert_eq!(with(&[TlsVersion::V1_0, TlsVersion::V1_1]), ["tls12_missing", "tls_old_enabled"]);
    assert_eq!(with(&[TlsVersion::V1_0, TlsVersion::V1_2]), ["tls_old_enabled"]);
    assert_eq!(with(&[TlsVersion::V1_3]), [""; 0]);
    // Nothing known is nothing said.
    assert_eq!(with(&[]), [""; 0]);
}

#[test]
fn nla_and_standard_rdp_are_read_from_the_answers() {
    let answers = |main: Answer, tls: Option<Answer>, standard: Option<Answer>| {
        let mut seen = healthy();
        seen.negotiation = BTreeMap::from([(Protocols::MAIN, main)]);
        seen.negotiation.extend(tls.map(|answer| (Protocols::TLS, answer)));
        seen.negotiation.extend(standard.map(|answer| (Protocols::STANDARD, answer)));
        (nla(&seen), judge(&seen).1.into_iter().map(Problem::name).collect::<Vec<_>>())
    };
    let selected = |protocols| Answer::Selected { selected: Protocols(protocols), flags: 0 };
    let failure = |failure| Answer::Failure { failure };
    assert_eq!(answers(selected(8), Some(failure(5)), None), (NlaState::Required, vec![]));
    assert_eq!(
        answers(selected(2), Some(selected(1)), None),
        (NlaState::Optional, vec!["nla_not_required"])
    );
    assert_eq!(
        answers(selected(2), Some(selected(1)), Some(selected(0))),
        (NlaState::Optional, vec!["nla_not_required", "standard_rdp_allowed"])
    );
    assert_eq!(
        answers(selected(2), Some(Answer::Without(Without::Silent)), None),
        (NlaState::Unknown, vec![])
    );
    assert_eq!(answers(selected(2), None, None), (NlaState::Unknown, vec![]));
    assert_eq!(
        answers(selected(1), None, Some(failure(1))),
        (NlaState::Unavailable, vec!["nla_not_required"])
    );
    assert_eq!(
        answers(selected(0), None, None),
        (NlaState::Unavailable, vec!["standard_rdp_only"])
    );
    assert_eq!(answers(failure(2), None, None), (NlaState::Unavailable, vec!["standard_rdp_only"]));
    // Who refuses everybody lets nobody in.
    assert_eq!(answers(failure(3), None, None), (NlaState::Unavailable, vec![]));
}

#[test]
fn five_minutes_is_the_limit_of_clocks() {
    let skew =
        |seconds| problems_after(move |seen| seen.ntlm.as_mut().unwrap().skew_s = Some(seconds));
    assert_eq!(skew(300), [""; 0]);
    assert_eq!(skew(301), ["clock_skew"]);
    assert_eq!(skew(-301), ["clock_skew"]);
}

#[test]
fn an_expired_certificate_of_its_own_points_at_the_keys() {
    let expired = [Problem::CertExpired].into();
    let ids = |self_signed| -> Vec<CauseId> {
        causes(HandshakeVerdict::Ok, &expired, None, Some(self_signed))
            .iter()
            .map(|cause| cause.id)
            .collect()
    };
    assert_eq!(ids(true), [CauseId::RenewalFailed]);
    assert_eq!(ids(false), []);
}

#[test]
fn every_verdict_but_ok_has_a_likely_cause() {
    for verdict in [
        HandshakeVerdict::DnsFailed,
        HandshakeVerdict::TcpRefused,
        HandshakeVerdict::TcpFiltered,
        HandshakeVerdict::TcpUnreachable,
        HandshakeVerdict::NotRdp,
        HandshakeVerdict::RdpSilent,
        HandshakeVerdict::RdpClosed,
        HandshakeVerdict::CertMissing,
        HandshakeVerdict::NegotiationRefused,
    ] {
        assert!(!causes(verdict, &[].into(), None, None).is_empty(), "{verdict}");
    }
    assert_eq!(
        causes(HandshakeVerdict::Ok, &[].into(), None, None),
        Vec::<&rdpctl_probe::Cause>::new()
    );
}

//! The decision table: from what was seen to a verdict and its problems.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use rdpctl_model::handshake::{HandshakeVerdict, NlaState, Problem, TlsVersion};

use crate::certificate::{Certificate, Key};
use crate::seen::{Observations, TcpState, Tls};
use crate::wire::x224::{Answer, Protocols, Without};

/// A certificate of an authority that ends sooner than this should have been renewed.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);
/// The version that came with the update against the encryption oracle.
const CREDSSP: u32 = 5;
/// What Kerberos tolerates.
const SKEW: i64 = 300;

/// The verdict, and the problems that a declaration may object to.
#[must_use]
pub fn judge(seen: &Observations) -> (HandshakeVerdict, BTreeSet<Problem>) {
    (verdict(seen), problems(seen))
}

/// Whether callers must authenticate first, as far as the answers tell.
#[must_use]
pub fn nla(seen: &Observations) -> NlaState {
    match seen.main() {
        Some(Answer::Selected { selected, .. }) if selected.is_nla() => {
            match seen.negotiation.get(&Protocols::TLS) {
                Some(Answer::Failure { failure: 5 }) => NlaState::Required,
                Some(Answer::Selected { selected: Protocols::TLS, .. }) => NlaState::Optional,
                Some(Answer::Selected { .. } | Answer::Failure { .. } | Answer::Without(_))
                | None => NlaState::Unknown,
            }
        }
        Some(
            Answer::Selected { .. }
            | Answer::Failure { .. }
            | Answer::Without(Without::NoNegotiation),
        ) => NlaState::Unavailable,
        Some(Answer::Without(_)) | None => NlaState::Unknown,
    }
}

fn verdict(seen: &Observations) -> HandshakeVerdict {
    match seen.tcp.state {
        TcpState::DnsFailed => HandshakeVerdict::DnsFailed,
        TcpState::Refused => HandshakeVerdict::TcpRefused,
        TcpState::Filtered => HandshakeVerdict::TcpFiltered,
        TcpState::Unreachable => HandshakeVerdict::TcpUnreachable,
        TcpState::Open => match seen.main() {
            None => HandshakeVerdict::RdpSilent,
            Some(Answer::Without(without)) => match without {
                Without::Malformed => HandshakeVerdict::NotRdp,
                Without::Silent => HandshakeVerdict::RdpSilent,
                Without::Closed | Without::Reset | Without::Disconnect => {
                    HandshakeVerdict::RdpClosed
                }
                Without::NoNegotiation => HandshakeVerdict::Ok,
            },
            Some(Answer::Failure { failure: 3 }) => HandshakeVerdict::CertMissing,
            Some(Answer::Failure { failure: 2 }) => HandshakeVerdict::Ok,
            Some(Answer::Failure { .. }) => HandshakeVerdict::NegotiationRefused,
            Some(Answer::Selected { selected, .. }) if !selected.was_offered() => {
                HandshakeVerdict::NotRdp
            }
            Some(Answer::Selected { .. }) => match &seen.tls {
                Some(tls) if !comes_about(tls, seen) => HandshakeVerdict::TlsBroken,
                Some(_) | None => HandshakeVerdict::Ok,
            },
        },
    }
}

/// Whether TLS was seen to come about. Without a version that the server chose, and without either a whole handshake or
/// its certificate, nothing shows that there is TLS at all behind what was negotiated.
fn comes_about(tls: &Tls, seen: &Observations) -> bool {
    !tls.versions.is_empty()
        && match &tls.failure {
            None => true,
            Some(failure) => seen.certificate.is_some() && !failure.is_fatal(),
        }
}

fn problems(seen: &Observations) -> BTreeSet<Problem> {
    if is_standard_only(seen) {
        return BTreeSet::from([Problem::StandardRdpOnly]);
    }
    let mut found = BTreeSet::new();
    let mut raise = |condition: bool, problem: Problem| {
        if condition {
            found.insert(problem);
        }
    };
    if let Some(certificate) = &seen.certificate {
        raise(!certificate.is_readable(), Problem::CertUnreadable);
        let expired = certificate.not_after.is_some_and(|end| end < seen.at);
        let soon = certificate.not_after.is_some_and(|end| end.duration_since(seen.at) < SOON);
        raise(expired, Problem::CertExpired);
        // A self-signed certificate renews itself.
        raise(soon && !expired && certificate.self_signed == Some(false), Problem::CertExpiresSoon);
        raise(
            certificate.not_before.is_some_and(|start| start > seen.at),
            Problem::CertNotYetValid,
        );
        raise(has_weak_key(certificate), Problem::CertWeakKey);
        raise(has_weak_signature(certificate), Problem::CertWeakSignature);
    }
    if let Some(tls) = &seen.tls
        && let Some(newest) = tls.versions.last()
    {
        raise(*newest < TlsVersion::V1_2, Problem::Tls12Missing);
        raise(
            tls.versions.first().is_some_and(|oldest| *oldest < TlsVersion::V1_2),
            Problem::TlsOldEnabled,
        );
    }
    // A listener that refuses everybody lets nobody in without NLA either.
    let lets_in =
        matches!(seen.main(), Some(Answer::Selected { selected, .. }) if selected.was_offered());
    raise(
        lets_in && matches!(nla(seen), NlaState::Optional | NlaState::Unavailable),
        Problem::NlaNotRequired,
    );
    let standard = seen.negotiation.get(&Protocols::STANDARD);
    raise(
        matches!(standard, Some(Answer::Selected { selected: Protocols::STANDARD, .. })),
        Problem::StandardRdpAllowed,
    );
    let version = seen.ntlm.as_ref().and_then(|ntlm| ntlm.credssp_version);
    raise(version.is_some_and(|version| version < CREDSSP), Problem::CredsspOutdated);
    let refused = seen.ntlm.as_ref().is_some_and(|ntlm| ntlm.error.is_some());
    raise(refused, Problem::NtlmRefused);
    let skew = seen.ntlm.as_ref().and_then(|ntlm| ntlm.skew_s);
    raise(skew.is_some_and(|skew| skew.abs() > SKEW), Problem::ClockSkew);
    found
}

fn is_standard_only(seen: &Observations) -> bool {
    match seen.main() {
        Some(Answer::Selected { selected, .. }) => selected == Protocols::STANDARD,
        Some(Answer::Failure { failure }) => failure == 2,
        Some(Answer::Without(without)) => without == Without::NoNegotiation,
        None => false,
    }
}

fn has_weak_key(certificate: &Certificate) -> bool {
    match (&certificate.key, certificate.bits) {
        (Some(Key::Rsa), Some(bits)) => bits < 2048,
        (Some(Key::Ec), Some(bits)) => bits < 256,
        (Some(Key::Rsa | Key::Ec), None) | (Some(Key::Other(_)) | None, _) => false,
    }
}

fn has_weak_signature(certificate: &Certificate) -> bool {
    let name = certificate.signature.as_deref().unwrap_or_default();
    name.starts_with("md") || name.starts_with("sha1") || name.ends_with("SHA1")
}

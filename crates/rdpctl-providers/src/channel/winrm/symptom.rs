//! What an error of `winrm-rs` means. The only place that looks at the crate's texts, which change with its version.

use std::error::Error;
use std::io;

use rdpctl_model::Said;
use winrm_rs::{NtlmError, SoapError, WinrmError};

use super::failure::Failure;
use crate::channel::why::say;

/// What went wrong, as far as it matters for what is done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Symptom {
    /// No connection came about.
    NoConnection(Said),
    /// The certificate was not trusted.
    Untrusted(Said),
    /// The log-on was refused. NTLM is refused in the same words when a log-on lost its connection, so that one more
    /// try is right; the others mean it.
    Rejected {
        /// Whether it may be just that.
        perhaps_by_chance: bool,
    },
    /// The host does not offer this way to log on.
    NotOffered(Said),
    /// An HTTP status that says nothing of the service.
    Status(u16),
    /// A fault of the service, with its words.
    Fault(Fault, Said),
    /// The connection broke, or lost its log-on.
    Lost(Said),
    /// The answer is not one of the service's.
    NotUnderstood(Said),
    /// No answer in time.
    NoAnswer(Said),
    /// The client could not be set up as declared.
    Setup(Said),
}

/// A fault by the useful part of its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Nothing yet.
    TimedOut,
    /// The shell is not known.
    NoShell,
    /// Logged on, but not allowed.
    AccessDenied,
    /// A limit was met.
    Quota,
    /// Anything that goes wrong inside, limits of older hosts included.
    Internal,
    /// Another.
    Other,
}

/// What an error means.
pub(super) fn symptom(error: &WinrmError) -> Symptom {
    match error {
        WinrmError::Http(error) => http(error),
        WinrmError::AuthFailed(text) => auth(text),
        WinrmError::Ntlm(NtlmError::InvalidMessage(text)) => match status_in(text) {
            Some(status) if status != 401 => Symptom::Status(status),
            Some(_) | None => Symptom::Lost(Said::quoted(text)),
        },
        WinrmError::Soap(SoapError::Fault { code, reason }) => {
            Symptom::Fault(fault(code), Said::quoted(reason))
        }
        WinrmError::Soap(error @ (SoapError::MissingElement(_) | SoapError::ParseError(_))) => {
            Symptom::NotUnderstood(Said::quoted(error.to_string()))
        }
        WinrmError::Timeout(seconds) => Symptom::NoAnswer(say::no_answer_within(*seconds)),
        WinrmError::Transfer(_) | WinrmError::Cancelled | WinrmError::CredSsp(_) => {
            Symptom::Lost(Said::quoted(error.to_string()))
        }
    }
}

fn http(error: &reqwest::Error) -> Symptom {
    let reason = deepest(error);
    if let Some(refused) = error.source().and_then(tls_refusal) {
        return Symptom::Untrusted(Said::quoted(refused));
    }
    if error.is_connect() {
        return Symptom::NoConnection(Said::quoted(reason));
    }
    if error.is_timeout() {
        return Symptom::NoAnswer(say::no_answer_in_time());
    }
    Symptom::Lost(say::connection_broke(reason))
}

/// The reason why a certificate was refused, where the error is about one.
pub(super) fn tls_refusal(cause: &(dyn Error + 'static)) -> Option<String> {
    if let Some(rustls::Error::InvalidCertificate(why)) = cause.downcast_ref() {
        return Some(why.to_string());
    }
    // An I/O error names the source of what it wraps as its own, and so hides what it wraps.
    let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    wrapped
        .and_then(|wrapped| tls_refusal(wrapped))
        .or_else(|| cause.source().and_then(tls_refusal))
}

fn deepest(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}

fn auth(text: &str) -> Symptom {
    if text.starts_with("NTLM authentication rejected") {
        return Symptom::Rejected { perhaps_by_chance: true };
    }
    if let Some(detail) =
        text.strip_prefix("TLS handshake refused by the pinned certificate check: ")
    {
        return Symptom::Untrusted(Said::quoted(detail));
    }
    if let Some(why) = text.strip_prefix("platform_roots(true): ") {
        return Symptom::Untrusted(Said::quoted(why));
    }
    if text.starts_with("missing WWW-Authenticate") || text.starts_with("missing Negotiate prefix")
    {
        return Symptom::NotOffered(say::no_ntlm());
    }
    match status_in(text) {
        Some(401) => Symptom::Rejected { perhaps_by_chance: false },
        Some(status) => Symptom::Status(status),
        None => Symptom::Setup(Said::quoted(text)),
    }
}

/// The HTTP status that a text names: `HTTP 503 …`, `…, got 503 …`.
fn status_in(text: &str) -> Option<u16> {
    let after = ["HTTP ", ", got "].iter().find_map(|mark| text.split_once(mark))?.1;
    let digits = after.get(..3)?;
    let status: u16 = digits.parse().ok()?;
    (100..600).contains(&status).then_some(status)
}

fn fault(code: &str) -> Fault {
    // The prefix is the server's choice.
    match code.rsplit([':', '/']).next().unwrap_or(code) {
        "TimedOut" => Fault::TimedOut,
        "InvalidSelectors" => Fault::NoShell,
        "AccessDenied" => Fault::AccessDenied,
        "QuotaLimit" => Fault::Quota,
        "InternalError" => Fault::Internal,
        _ => Fault::Other,
    }
}

impl Symptom {
    /// Whether the request that met it was surely not carried out.
    pub(super) fn nothing_was_done(&self) -> bool {
        match self {
            Self::NoConnection(_)
            | Self::Untrusted(_)
            | Self::Rejected { .. }
            | Self::NotOffered(_)
            | Self::Setup(_)
            | Self::Fault(Fault::NoShell | Fault::AccessDenied | Fault::Quota | Fault::Other, _) => {
                true
            }
            Self::Fault(Fault::TimedOut | Fault::Internal, _)
            | Self::Status(_)
            | Self::Lost(_)
            | Self::NotUnderstood(_)
            | Self::NoAnswer(_) => false,
        }
    }

    /// The failure when no command can have started.
    pub(super) fn before(self) -> Failure {
        match self {
            Self::Untrusted(reason) => Failure::Untrusted(reason),
            Self::Rejected { .. } => Failure::Refused(say::wrong_password()),
            Self::NotOffered(reason) => Failure::Refused(reason),
            Self::Status(403) => Failure::Refused(say::http(403_u16)),
            Self::Status(404) => Failure::Unavailable(say::not_at_wsman()),
            Self::Status(503) => Failure::Quota(say::out_of_resources()),
            Self::Fault(Fault::AccessDenied, words) => {
                Failure::Refused(say::shells_not_allowed(words))
            }
            Self::Fault(Fault::Quota | Fault::Internal, words) => Failure::Quota(words),
            Self::Setup(reason) | Self::Fault(Fault::Other, reason) => Failure::Unavailable(reason),
            other @ (Self::NoConnection(_)
            | Self::Status(_)
            | Self::Lost(_)
            | Self::NotUnderstood(_)
            | Self::NoAnswer(_)
            | Self::Fault(Fault::TimedOut | Fault::NoShell, _)) => {
                Failure::Unreachable(other.said())
            }
        }
    }

    /// The failure once a command may have started.
    pub(super) fn after(self) -> Failure {
        Failure::OutcomeUnknown(self.said())
    }

    fn said(self) -> Said {
        match self {
            Self::Rejected { .. } => say::log_on_refused(),
            Self::Untrusted(reason) => say::not_trusted(reason),
            Self::Status(status) => say::service_answered(status),
            Self::Fault(Fault::NoShell, _) => say::shell_gone(),
            Self::NoConnection(words)
            | Self::NotOffered(words)
            | Self::Fault(_, words)
            | Self::Lost(words)
            | Self::NotUnderstood(words)
            | Self::NoAnswer(words)
            | Self::Setup(words) => words,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crates_texts_mean_what_they_meant() {
        let status = |text: &str| symptom(&WinrmError::AuthFailed(text.to_owned()));
        let sealed =
            |text: &str| symptom(&WinrmError::Ntlm(NtlmError::InvalidMessage(text.to_owned())));
        let table = [
            (
                status("NTLM authentication rejected (bad credentials or CBT mismatch)"),
                Symptom::Rejected { perhaps_by_chance: true },
            ),
            (
                status("HTTP 401 Unauthorized from WinRM: "),
                Symptom::Rejected { perhaps_by_chance: false },
            ),
            (
                status("Certificate auth HTTP 401 Unauthorized: "),
                Symptom::Rejected { perhaps_by_chance: false },
            ),
            (status("HTTP 503 Service Unavailable from WinRM: "), Symptom::Status(503)),
            (status("expected 401 for NTLM negotiate, got 404 Not Found"), Symptom::Status(404)),
            (status("missing Negotiate prefix in challenge"), Symptom::NotOffered(say::no_ntlm())),
            (
                status(
                    "TLS handshake refused by the pinned certificate check: not the one; nothing was sent",
                ),
                Symptom::Untrusted(Said::quoted("not the one; nothing was sent")),
            ),
            (
                status("CA file: no certificate in it"),
                Symptom::Setup(Said::quoted("CA file: no certificate in it")),
            ),
            (
                sealed(
                    "server answered a sealed NTLM request without sealing: HTTP 503 Service Unavailable (0 bytes)",
                ),
                Symptom::Status(503),
            ),
            (
                sealed("missing opening boundary"),
                Symptom::Lost(Said::quoted("missing opening boundary")),
            ),
        ];
        for (found, meant) in table {
            assert_eq!(found, meant);
        }
        let lost = sealed(
            "HTTP 401 to a sealed NTLM request on an authenticated connection: the connection …",
        );
        assert!(matches!(lost, Symptom::Lost(_)), "{lost:?}");
    }

    #[test]
    fn faults_are_told_apart_by_the_part_after_the_prefix() {
        for (code, meant) in [
            ("w:TimedOut", Fault::TimedOut),
            ("wsman:InvalidSelectors", Fault::NoShell),
            ("http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd/AccessDenied", Fault::AccessDenied),
            ("QuotaLimit", Fault::Quota),
            ("w:InternalError", Fault::Internal),
            ("s:MustUnderstand", Fault::Other),
            ("", Fault::Other),
        ] {
            assert_eq!(fault(code), meant, "{code}");
        }
    }

    #[test]
    fn a_request_that_may_have_gone_through_counts_as_gone_through() {
        assert!(!Symptom::Lost(Said::default()).nothing_was_done());
        assert!(!Symptom::NotUnderstood(Said::default()).nothing_was_done());
        assert!(!Symptom::Status(503).nothing_was_done());
        assert!(Symptom::Fault(Fault::Quota, Said::default()).nothing_was_done());
        assert!(Symptom::Rejected { perhaps_by_chance: true }.nothing_was_done());
    }
}

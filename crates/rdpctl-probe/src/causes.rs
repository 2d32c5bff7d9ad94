//! What each verdict suggests: likely causes in order, worded as likely, never as facts.
//!
//! From outside most faults of a Windows guest look alike; the check says where certainty is to be had.

use std::collections::BTreeSet;

use rdpctl_model::handshake::{HandshakeVerdict, Problem};
use serde::Serialize;

use crate::seen::{TlsFailure, Via};

/// A likely cause and how to confirm it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Its stable name.
    pub id: CauseId,
    /// What would explain the symptom.
    pub suggests: &'static str,
    /// Where to look to be sure.
    pub check: &'static str,
}

macro_rules! cause_table {
    ($($variant:ident, $suggests:literal, $check:literal;)*) => {
        /// The stable names of the causes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum CauseId {
            $(#[doc = $suggests] $variant,)*
        }

        impl CauseId {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The cause with its explanation.
            #[must_use]
            pub fn cause(self) -> &'static Cause {
                match self {
                    $(Self::$variant => &Cause { id: Self::$variant, suggests: $suggests, check: $check },)*
                }
            }
        }
    };
}

cause_table! {
    DnsRecord, "the name has no address record", "the zone's records, from this resolver";
    Typing, "the name is mistyped", "the name against the inventory";
    ServiceStopped, "the Remote Desktop service is stopped", "`sc query TermService` in the guest";
    RemoteDesktopDisabled, "Remote Desktop is disabled", "fDenyTSConnections in the guest's registry";
    PortMoved, "the listener is on another port", "PortNumber of RDP-Tcp in the guest's registry";
    NotRunning, "the machine is not running", "the instance's state in the cloud";
    NoPublicAddress, "the machine has no public address, or another one now", "the instance's addresses in the cloud";
    NoBandwidth, "the public bandwidth is 0", "the bandwidth of the instance or its address in the cloud";
    SecurityGroup, "a security group does not let this source in", "the effective rules in the cloud";
    GuestFirewall, "the guest's firewall does not let the port in", "the Windows firewall's rules and profiles";
    Route, "a route or a middlebox is in the way", "a connection from another network";
    ForeignListener, "another program owns the port", "`netstat -ano` in the guest, then the process";
    ServiceHung, "the Remote Desktop service hangs or starves", "load and event log of the guest; restart TermService";
    HalfOpen, "a middlebox accepts for a machine that is not there", "a connection from inside the network";
    ServiceCrashing, "the Remote Desktop service crashes on each caller", "the application event log of the guest";
    ConnectionLimit, "the listener's limit of pending connections is reached", "`netstat -ano` in the guest";
    BareTls, "a TLS server without RDP listens here", "a TLS handshake without negotiation";
    ProxyWithoutBackend, "a proxy listens for a machine that does not answer it", "the proxy's backends";
    CertificateMissing, "the certificate was deleted or is unusable, and was not made again", "the Remote Desktop store; events 1057 and 1058";
    ContradictoryPolicy, "the security layer and the policy contradict each other", "SecurityLayer, UserAuthentication and group policy";
    ProtocolDisabled, "the TLS protocol is disabled for servers", "SCHANNEL\\Protocols\\TLS 1.x\\Server; events 36871 and 36874";
    NoCommonSuite, "no cipher suite is common, or the policy has none for RSA", "the cipher-suite policy; event 36874";
    KeyNotAccessible, "the service may not read its RSA key", "the permissions of MachineKeys; events 36870, 1057 and 1058";
    CertificateCorrupt, "the certificate is corrupt", "the Remote Desktop store; event 36870";
    AllProtocolsOff, "every TLS protocol is off", "SCHANNEL\\Protocols; event 36871";
    KeyForeign, "the key does not belong to the certificate", "the certificate's key container";
    RenewalFailed, "Windows failed to renew its own certificate, as happens when MachineKeys is not writable", "the permissions of MachineKeys; events 1057 and 1058";
    GuestClock, "the guest's clock is wrong", "`w32tm /query /status` in the guest";
    CredsspNotUpdated, "the server's CredSSP lacks the update of 2018, without which current clients refuse to log on", "the updates of the guest";
    NtlmForbidden, "the server refuses NTLM: a fault where the machine is in no domain, a choice where it is in one", "RestrictReceivingNTLMTraffic in the guest, and whether it is in a domain";
    OldWindows, "an old Windows whose suites current clients no longer offer", "the version and updates of the guest";
}

/// The likely causes of a verdict, most likely first; then those that a problem adds.
#[must_use]
pub fn causes(
    verdict: HandshakeVerdict,
    problems: &BTreeSet<Problem>,
    failure: Option<&TlsFailure>,
    self_signed: Option<bool>,
) -> Vec<&'static Cause> {
    use CauseId as C;
    let mut found = match verdict {
        HandshakeVerdict::Ok => match failure {
            Some(TlsFailure::OldSuites) => vec![C::OldWindows],
            Some(_) | None => vec![],
        },
        HandshakeVerdict::DnsFailed => vec![C::DnsRecord, C::Typing],
        HandshakeVerdict::TcpRefused => {
            vec![C::ServiceStopped, C::RemoteDesktopDisabled, C::PortMoved]
        }
        HandshakeVerdict::TcpFiltered => {
            vec![
                C::NotRunning,
                C::NoPublicAddress,
                C::NoBandwidth,
                C::SecurityGroup,
                C::GuestFirewall,
                C::Route,
            ]
        }
        HandshakeVerdict::TcpUnreachable => vec![C::NotRunning, C::Route],
        HandshakeVerdict::NotRdp => vec![C::ForeignListener],
        HandshakeVerdict::RdpSilent => vec![C::ServiceHung, C::ForeignListener, C::HalfOpen],
        HandshakeVerdict::RdpClosed => {
            vec![C::ServiceCrashing, C::ConnectionLimit, C::BareTls, C::ProxyWithoutBackend]
        }
        HandshakeVerdict::CertMissing => vec![C::CertificateMissing, C::KeyNotAccessible],
        HandshakeVerdict::NegotiationRefused => vec![C::ContradictoryPolicy],
        HandshakeVerdict::TlsBroken => broken_tls(failure),
    };
    if problems.contains(&Problem::CertExpired) && self_signed == Some(true) {
        found.push(C::RenewalFailed);
    }
    if problems.contains(&Problem::ClockSkew) || problems.contains(&Problem::CertNotYetValid) {
        found.push(C::GuestClock);
    }
    if problems.contains(&Problem::CredsspOutdated) {
        found.push(C::CredsspNotUpdated);
    }
    if problems.contains(&Problem::NtlmRefused) {
        found.push(C::NtlmForbidden);
    }
    found.into_iter().map(CauseId::cause).collect()
}

fn broken_tls(failure: Option<&TlsFailure>) -> Vec<CauseId> {
    use CauseId as C;
    match failure {
        Some(TlsFailure::Refused(via)) => match via {
            Via::Alert(70) => vec![C::ProtocolDisabled],
            Via::Alert(40) => vec![C::NoCommonSuite],
            Via::Alert(_) => vec![C::KeyNotAccessible, C::CertificateCorrupt, C::ProtocolDisabled],
            Via::Closed | Via::Reset => {
                vec![C::KeyNotAccessible, C::CertificateCorrupt, C::AllProtocolsOff]
            }
            Via::Plaintext => vec![C::KeyForeign],
            Via::Garbage => vec![C::ForeignListener],
            Via::Timeout => vec![C::ServiceHung],
        },
        Some(TlsFailure::NoKeyExchange) => vec![C::KeyNotAccessible],
        Some(TlsFailure::KeyMismatch) => vec![C::KeyForeign],
        // It goes on talking and never says what a server says.
        Some(TlsFailure::Unfinished(_)) => vec![C::ForeignListener, C::ServiceHung],
        Some(TlsFailure::OldSuites | TlsFailure::OldVersions) | None => vec![],
    }
}

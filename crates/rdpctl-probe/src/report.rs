//! The report of one probe, as its JSON names it.

use std::collections::{BTreeMap, BTreeSet};

use rdpctl_model::Stage;
use rdpctl_model::handshake::{Handshake, HandshakeVerdict, NlaState, Problem, ShownCertificate};
use serde::{Serialize, Serializer};

use crate::causes::{Cause, causes};
use crate::certificate::Certificate;
use crate::judge::{judge, nla};
use crate::latency::LatencyMs;
use crate::options::Level;
use crate::seen::{Ntlm, Observations, Tcp, Tls};
use crate::target::Target;
use crate::wire::x224::{Answer, Protocols};

/// The flag of a negotiation by which a server announces the restricted admin mode.
const RESTRICTED_ADMIN: u8 = 0x08;

/// What a probe tells. Absent knowledge is `null` or a missing key, never a guess.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whom it was about.
    #[serde(serialize_with = "as_text")]
    pub target: Target,
    /// The one thing to know.
    pub verdict: HandshakeVerdict,
    /// What a declaration may object to.
    pub problems: BTreeSet<Problem>,
    /// What became of connecting.
    pub tcp: Tcp,
    /// The answers, by the protocols that were asked for.
    pub negotiation: BTreeMap<Protocols, Answer>,
    /// Whether callers must authenticate first.
    pub nla: NlaState,
    /// The last stage of a connection that was proved.
    pub proved: Option<Stage>,
    /// Whether the server announces the restricted admin mode: shown, not judged.
    pub restricted_admin: Option<bool>,
    /// What TLS showed.
    pub tls: Option<Tls>,
    /// The certificate.
    pub certificate: Option<Certificate>,
    /// The NTLM challenge.
    pub ntlm: Option<Ntlm>,
    /// The first bytes of something that is not RDP.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub banner: Option<String>,
    /// Where the time of the first connection went.
    pub latency_ms: LatencyMs,
    /// Both tries, when the first was repeated.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tries: Vec<Try>,
    /// How many connections were established.
    pub connections: u32,
    /// How long it all took.
    pub ms: f64,
    /// How much was asked.
    #[serde(skip)]
    pub level: Level,
}

/// One try of a probe that was repeated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Try {
    /// What it came to.
    pub verdict: HandshakeVerdict,
    /// How long it took.
    pub ms: f64,
}

impl Report {
    /// Judges what was seen.
    #[must_use]
    pub fn new(target: Target, seen: Observations, ms: f64) -> Self {
        let (verdict, problems) = judge(&seen);
        let restricted_admin = match seen.main() {
            Some(Answer::Selected { flags, .. }) => Some(flags & RESTRICTED_ADMIN != 0),
            Some(Answer::Failure { .. } | Answer::Without(_)) | None => None,
        };
        let mut report = Self {
            target,
            proved: None,
            restricted_admin,
            verdict,
            problems,
            nla: nla(&seen),
            tcp: seen.tcp,
            negotiation: seen.negotiation,
            tls: seen.tls,
            certificate: seen.certificate,
            ntlm: seen.ntlm,
            banner: seen.banner,
            latency_ms: seen.latency,
            tries: Vec::new(),
            connections: seen.connections,
            ms,
            level: seen.level,
        };
        report.proved = report.handshake().reached();
        report
    }

    /// What a survey keeps of it.
    #[must_use]
    pub fn handshake(&self) -> Handshake {
        let (accepted, refused) = self
            .tls
            .as_ref()
            .map(|tls| (tls.versions.clone(), tls.refused.clone()))
            .unwrap_or_default();
        Handshake {
            port: self.target.port,
            caller: self.tcp.caller,
            verdict: self.verdict,
            problems: self.problems.clone(),
            nla: self.nla,
            accepted,
            refused,
            certificate: self.certificate.as_ref().map(|certificate| ShownCertificate {
                not_before: certificate.not_before,
                not_after: certificate.not_after,
                sha1: certificate.sha1,
                sha256: certificate.sha256,
            }),
        }
    }

    /// The likely causes of the verdict, most likely first.
    #[must_use]
    pub fn causes(&self) -> Vec<&'static Cause> {
        let failure = self.tls.as_ref().and_then(|tls| tls.failure.as_ref());
        let self_signed = self.certificate.as_ref().and_then(|certificate| certificate.self_signed);
        causes(self.verdict, &self.problems, failure, self_signed)
    }
}

fn as_text<S: Serializer>(target: &Target, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(target)
}

//! The proof: an RDP handshake from outside shows what was declared.

use rdpctl_model::survey::OutsideSurvey;
use rdpctl_model::{FacetId, Gap, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet};
use crate::manual::Manual;

/// The facet.
pub struct Reachable;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(from = "bool", into = "bool")]
#[schemars(with = "bool")]
pub struct Desired(bool);

impl From<bool> for Desired {
    fn from(wished: bool) -> Self {
        Self(wished)
    }
}

impl From<Desired> for bool {
    fn from(desired: Desired) -> Self {
        desired.0
    }
}

/// The handshake, without what differs between healthy machines.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    verdict: String,
    nla: String,
    tls: Vec<String>,
    port: u16,
    expired: bool,
}

impl Facet for Reachable {
    const ID: FacetId = FacetId::Reachable;
    const CAUSES: &'static [FacetId] = &[
        FacetId::Power,
        FacetId::PublicIp,
        FacetId::Bandwidth,
        FacetId::Ingress,
        FacetId::Boot,
        FacetId::Service,
        FacetId::RemoteDesktop,
        FacetId::Port,
        FacetId::Firewall,
        FacetId::MachineKeys,
        FacetId::Certificate,
        FacetId::Tls,
        FacetId::Nla,
    ];
    const MANUAL: Manual = Manual {
        summary: "An RDP handshake from outside shows what was declared.",
        declare: "reachable = true",
        reads: &[
            "outside: TCP, X.224 negotiation, TLS versions, certificate, NLA, without logging on",
        ],
        healthy: "the port answers as Remote Desktop, TLS comes about, the certificate is in date",
        sets: &["nothing: it is the proof"],
        risk: "None. No log-on is attempted, so no lockout counter moves; Windows notes a connection in its log.",
        undo: "Nothing to undo.",
        seed: &["both documents: “then connect again”"],
        pages: &["https://learn.microsoft.com/openspecs/windows_protocols/ms-rdpbcgr"],
        errata: &[],
    };

    type Desired = Desired;
    type Seen = Seen;

    fn read(survey: &Survey) -> Result<Seen, Gap> {
        if let (Err(Gap::NotAsked), Ok(cloud)) = (&survey.outside, &survey.cloud)
            && cloud.handles.public_ip.is_none()
        {
            return Ok(Seen {
                verdict: "no_address".to_owned(),
                nla: "unknown".to_owned(),
                tls: Vec::new(),
                port: 0,
                expired: false,
            });
        }
        let outside: &OutsideSurvey = survey.outside.as_ref().map_err(Clone::clone)?;
        Ok(Seen {
            verdict: outside.verdict.clone(),
            nla: outside.nla.clone(),
            tls: outside.tls.clone(),
            port: outside.port,
            expired: outside.problems.iter().any(|problem| problem == "cert_expired"),
        })
    }

    fn judge(want: &Desired, seen: &Seen, at: &Context) -> Verdict {
        if !want.0 {
            return Verdict::NotApplicable { reason: "not wished for".to_owned() };
        }
        let to = format!("answers on port {}", at.port);
        if seen.verdict != "ok" {
            return Verdict::drifted(words(&seen.verdict), to);
        }
        if seen.expired {
            return Verdict::drifted("answers with an expired certificate", to);
        }
        Verdict::healthy(format!(
            "answers on port {}, NLA {}, TLS {}",
            seen.port,
            seen.nla,
            seen.tls.join(", ")
        ))
    }

    fn mend(_: &Desired, _: &Seen, _: &Context) -> Vec<Step> {
        Vec::new()
    }
}

/// The probe's verdicts as people say them.
fn words(verdict: &str) -> String {
    match verdict {
        "no_address" => "no public address to connect to".to_owned(),
        "dns_failed" => "its name does not resolve".to_owned(),
        "tcp_refused" => "the connection is refused: nothing listens".to_owned(),
        "tcp_filtered" => "no answer: filtered on the way, or not running".to_owned(),
        "tcp_unreachable" => "no way to the address".to_owned(),
        "not_rdp" => "another program answers on the port".to_owned(),
        "rdp_silent" => "connected, and then silence".to_owned(),
        "rdp_closed" => "connected, and then closed".to_owned(),
        "cert_missing" => "the listener has no usable certificate".to_owned(),
        "negotiation_refused" => "the listener refuses every security protocol".to_owned(),
        "tls_broken" => "TLS does not come about: the “internal error”".to_owned(),
        other => other.to_owned(),
    }
}

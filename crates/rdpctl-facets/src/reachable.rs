//! The proof: an RDP handshake from outside shows what was declared.

use std::collections::BTreeSet;
use std::net::IpAddr;

use rdpctl_model::cloud::{AddressFact, OtherWay};
use rdpctl_model::facet::World;
use rdpctl_model::handshake::{HandshakeVerdict, NlaState, Problem, TlsVersion};
use rdpctl_model::verdict::Answers;
use rdpctl_model::{FacetId, Finding, Found, Gap, Said, Step, Survey, Verdict};
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

/// What became of connecting, without what differs between healthy machines.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seen {
    /// There is no public address to connect to.
    NoAddress,
    /// There is none, and somebody who asks callers to log on leads in.
    Behind {
        /// The name of what leads in.
        bastion: String,
    },
    /// There is none, and a load balancer leads to it or to others beside it.
    Among {
        /// Its name.
        balancer: String,
    },
    /// A handshake was tried.
    Tried {
        /// What it came to.
        verdict: HandshakeVerdict,
        /// Whether callers must authenticate first.
        nla: NlaState,
        /// The versions of TLS that came about.
        tls: BTreeSet<TlsVersion>,
        /// The port that was tried.
        port: u16,
        /// Whether the certificate is no longer valid.
        expired: bool,
        /// The address of whoever looked, as the machine sees it, where our own socket tells it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        caller: Option<IpAddr>,
    },
}

impl Seen {
    /// The address of whoever looked, as the machine sees it.
    pub(crate) const fn caller(&self) -> Option<IpAddr> {
        match self {
            Self::NoAddress | Self::Behind { .. } | Self::Among { .. } => None,
            Self::Tried { caller, .. } => *caller,
        }
    }
}

impl Facet for Reachable {
    const ID: FacetId = FacetId::Reachable;
    const READS: &'static [World] = &[World::Outside, World::Cloud];
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
            && cloud.handles.fronts.is_empty()
        {
            return Ok(behind(&cloud.address));
        }
        let outside = survey.outside.as_ref().map_err(Clone::clone)?;
        Ok(Seen::Tried {
            verdict: outside.verdict,
            nla: outside.nla,
            tls: outside.accepted.clone(),
            port: outside.port,
            expired: outside.problems.contains(&Problem::CertExpired),
            caller: outside.caller,
        })
    }

    fn judge(want: &Desired, seen: &Seen, at: &Context) -> Verdict {
        if !want.0 {
            return Verdict::NotApplicable { reason: say::not_wished() };
        }
        let to = say::answers_on(at.port);
        let (nla, tls, port, expired) = match seen {
            Seen::NoAddress => return Verdict::drifted(say::no_address(), to),
            // Whoever asks callers to log on shows nothing to those who do not.
            Seen::Behind { bastion } => {
                let reason = say::behind_bastion(&**bastion);
                return Verdict::Unknown { gap: Gap::Unreachable { reason } };
            }
            // An answer there may be anybody's of the pool.
            Seen::Among { balancer } => {
                let reason = say::among_others(&**balancer);
                return Verdict::Unknown { gap: Gap::Unreachable { reason } };
            }
            // Asked again in peace, and silent once more: slow or broken, which nobody can tell from here.
            Seen::Tried { verdict: HandshakeVerdict::RdpSilent, .. } => {
                let what = say::silent_twice();
                return Verdict::Unknown { gap: Gap::TimedOut { what } };
            }
            // Whoever is to be kept out proves nothing by being kept out.
            Seen::Tried { verdict, .. }
                if is_silence(*verdict) && at.stands_outside().is_some() =>
            {
                let reason = at.stands_outside().unwrap_or_default();
                return Verdict::Unknown { gap: Gap::Denied { reason } };
            }
            Seen::Tried { verdict, nla, tls, port, expired, .. } => match fault(*verdict) {
                Some(fault) => return Verdict::drifted(fault, to),
                None => (nla, tls, port, *expired),
            },
        };
        // Who answers and shows no TLS may be anybody, and nothing protects what is typed there.
        if tls.is_empty() {
            return Verdict::drifted(say::no_tls(), to);
        }
        if expired {
            return Verdict::drifted(say::expired(), to);
        }
        let tls: Vec<&str> = tls.iter().map(|version| version.name()).collect();
        Verdict::healthy(say::answers(*port, nla.to_string(), tls))
    }

    fn answers(seen: &Seen) -> Answers {
        match seen {
            Seen::NoAddress => Answers::No,
            Seen::Behind { .. }
            | Seen::Among { .. }
            | Seen::Tried { verdict: HandshakeVerdict::RdpSilent, .. } => Answers::NotSeen,
            Seen::Tried { verdict: HandshakeVerdict::Ok, tls, .. } if !tls.is_empty() => {
                Answers::Yes
            }
            Seen::Tried { .. } => Answers::No,
        }
    }

    fn findings(_: &Desired, seen: &Seen, at: &Context) -> Vec<Found> {
        match seen {
            Seen::Tried { verdict, .. }
                if is_silence(*verdict) && at.stands_outside().is_none() =>
            {
                vec![Found::from(Finding::NoAnswer).with("verdict", verdict.name())]
            }
            Seen::Tried { .. } | Seen::NoAddress | Seen::Behind { .. } | Seen::Among { .. } => {
                Vec::new()
            }
        }
    }

    fn mend(_: &Desired, _: &Seen, _: &Context) -> Vec<Step> {
        Vec::new()
    }
}

/// Behind whom an instance without an address is met, where that is somebody.
fn behind(address: &AddressFact) -> Seen {
    let AddressFact::Elsewhere { ways } = address else { return Seen::NoAddress };
    let met = ways.iter().find_map(|way| match way {
        OtherWay::Bastion { name } => Some(Seen::Behind { bastion: name.clone() }),
        OtherWay::Pool { name, .. } => Some(Seen::Among { balancer: name.clone() }),
        OtherWay::Balancer { .. } | OtherWay::NatGateway { .. } => None,
    });
    met.unwrap_or(Seen::NoAddress)
}

/// Whether nobody answered at all.
const fn is_silence(verdict: HandshakeVerdict) -> bool {
    match verdict {
        HandshakeVerdict::TcpRefused
        | HandshakeVerdict::TcpFiltered
        | HandshakeVerdict::TcpUnreachable => true,
        HandshakeVerdict::Ok
        | HandshakeVerdict::DnsFailed
        | HandshakeVerdict::NotRdp
        | HandshakeVerdict::RdpSilent
        | HandshakeVerdict::RdpClosed
        | HandshakeVerdict::CertMissing
        | HandshakeVerdict::NegotiationRefused
        | HandshakeVerdict::TlsBroken => false,
    }
}

/// What keeps a client out, as people say it.
fn fault(verdict: HandshakeVerdict) -> Option<Said> {
    match verdict {
        HandshakeVerdict::Ok => None,
        HandshakeVerdict::DnsFailed => Some(say::not_resolved()),
        HandshakeVerdict::TcpRefused => Some(say::refused()),
        HandshakeVerdict::TcpFiltered => Some(say::filtered()),
        HandshakeVerdict::TcpUnreachable => Some(say::unreachable()),
        HandshakeVerdict::NotRdp => Some(say::another_program()),
        HandshakeVerdict::RdpSilent => Some(say::silence()),
        HandshakeVerdict::RdpClosed => Some(say::closed()),
        HandshakeVerdict::CertMissing => Some(say::no_certificate()),
        HandshakeVerdict::NegotiationRefused => Some(say::refuses_all()),
        HandshakeVerdict::TlsBroken => Some(say::tls_broken()),
    }
}

rdpctl_model::says! { "reachable":
    silent_twice();
    not_wished();
    answers_on(port);
    no_address();
    behind_bastion(name);
    among_others(name);
    no_tls();
    expired();
    answers(port, nla, tls);
    not_resolved();
    refused();
    filtered();
    unreachable();
    another_program();
    silence();
    closed();
    no_certificate();
    refuses_all();
    tls_broken();
}

#[cfg(test)]
mod tests {
    use rdpctl_model::declaration::ProviderKind;

    use super::*;

    #[test]
    fn an_answer_without_tls_is_not_healthy() {
        let at = Context::plain(jiff::Timestamp::UNIX_EPOCH, 3389, ProviderKind::Static);
        let seen = |tls: &[TlsVersion]| Seen::Tried {
            verdict: HandshakeVerdict::Ok,
            nla: NlaState::Required,
            tls: tls.iter().copied().collect(),
            port: 3389,
            expired: false,
            caller: None,
        };
        let judged = |tls: &[TlsVersion]| Reachable::judge(&Desired(true), &seen(tls), &at);
        assert!(judged(&[TlsVersion::V1_2]).is_healthy());
        assert!(matches!(judged(&[]), Verdict::Drifted { .. }));
    }

    #[test]
    fn whoever_is_to_be_kept_out_proves_nothing_by_being_kept_out() {
        let at = |from: &[&str], caller: Option<&str>| Context {
            caller: caller.map(|caller| caller.parse().unwrap()),
            sources: from.iter().map(|net| net.parse().unwrap()).collect(),
            ..Context::plain(jiff::Timestamp::UNIX_EPOCH, 3389, ProviderKind::Static)
        };
        let seen = Seen::Tried {
            verdict: HandshakeVerdict::TcpFiltered,
            nla: NlaState::Unknown,
            tls: BTreeSet::new(),
            port: 3389,
            expired: false,
            caller: None,
        };
        let judged = |at: &Context| Reachable::judge(&Desired(true), &seen, at);
        let office = ["203.0.113.0/24"];
        let outside = at(&office, Some("198.51.100.1"));
        assert!(matches!(judged(&outside), Verdict::Unknown { gap: Gap::Denied { reason } }
            if reason.mentions("198.51.100.1") && reason.mentions("203.0.113.0/24")));
        assert!(Reachable::findings(&Desired(true), &seen, &outside).is_empty());
        for may in [at(&office, Some("203.0.113.9")), at(&office, None), at(&[], Some("192.0.2.1"))]
        {
            assert!(judged(&may).is_drifted(), "{may:?}");
            let found = Reachable::findings(&Desired(true), &seen, &may);
            assert_eq!(found.first().map(|found| found.finding), Some(Finding::NoAnswer));
        }
    }
}

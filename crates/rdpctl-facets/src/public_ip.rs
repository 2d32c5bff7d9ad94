//! A public address is bound, so that there is something to connect to.

use rdpctl_model::action::CloudVerb;
use rdpctl_model::cloud::{AddressFact, OtherWay};
use rdpctl_model::step::Guarded;
use rdpctl_model::{CloudAction, FacetId, Finding, Found, Gap, Said, Step, Survey, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::facet::{Context, Facet, Purpose, StepWords};
use crate::manual::Manual;
use crate::steps::say as step;

/// The facet.
pub struct PublicIp;

/// What can be declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Desired {
    /// An elastic address, which outlives the instance.
    Eip,
    /// Any public address.
    Any,
}

impl Facet for PublicIp {
    const ID: FacetId = FacetId::PublicIp;
    const CAUSES: &'static [FacetId] = &[];
    const ASKS: &'static [CloudVerb] =
        &[CloudVerb::AllocateAddress, CloudVerb::AssociateAddress, CloudVerb::TransformAddress];
    const MANUAL: Manual = Manual {
        summary: "A public address is bound.",
        declare: "public-ip = \"eip\"   (or \"any\", which is content with an ordinary public address)",
        reads: &[],
        healthy: "an elastic address is bound to the primary interface, neither blocked nor in arrears",
        sets: &[],
        risk: "An elastic address costs money while it is unbound, and traffic or bandwidth while it is bound.",
        undo: "The journal keeps the way back, which unbinds the address and gives it back, if rdpctl obtained it.",
        seed: &["Tencent 2: does the instance have a public address?"],
        pages: &["https://intl.cloud.tencent.com/document/product/213/16586"],
        errata: &[],
    };

    type Desired = Desired;
    type Seen = AddressFact;

    fn read(survey: &Survey) -> Result<AddressFact, Gap> {
        survey.cloud.as_ref().map(|cloud| cloud.address.clone()).map_err(Clone::clone)
    }

    fn judge(want: &Desired, seen: &AddressFact, at: &Context) -> Verdict {
        let to = match want {
            Desired::Eip => say::elastic(),
            Desired::Any => say::any(),
        };
        match (seen, want) {
            (AddressFact::Elastic { blocker: Some(blocker) }, _) => Verdict::Blocked {
                from: say::elastic_broken(),
                to,
                by: blocker.by.clone(),
                advice: blocker.advice.clone(),
            },
            (AddressFact::Elastic { blocker: None }, _) => Verdict::healthy(say::elastic()),
            (AddressFact::Ordinary, Desired::Any) => Verdict::healthy(say::ordinary()),
            (AddressFact::Ordinary, Desired::Eip) => Verdict::drifted(say::ordinary(), to),
            (AddressFact::None, _) => Verdict::drifted(say::none(), to),
            // Who declares an elastic address wants one beside any other way, and is told of the other.
            (AddressFact::Elsewhere { ways }, Desired::Any)
                if ways.iter().any(|way| way.leads_to(at.port)) =>
            {
                Verdict::healthy(elsewhere(ways))
            }
            (AddressFact::Elsewhere { ways }, _) => Verdict::drifted(elsewhere(ways), to),
            (AddressFact::SecondaryInterface, _) => Verdict::Blocked {
                from: say::secondary(),
                to,
                by: say::bound_to_secondary(),
                advice: say::bind_to_primary(),
            },
            (AddressFact::Transitional { state }, _) => {
                Verdict::Unknown { gap: Gap::TimedOut { what: say::on_its_way(state) } }
            }
        }
    }

    fn findings(want: &Desired, seen: &AddressFact, at: &Context) -> Vec<Found> {
        match (seen, want) {
            (AddressFact::Elsewhere { ways }, _)
                if ways.iter().any(|way| way.leads_to(at.port)) =>
            {
                match want {
                    Desired::Eip => vec![Finding::AddressOther.into()],
                    Desired::Any => Vec::new(),
                }
            }
            (AddressFact::Elsewhere { .. }, _) => vec![Finding::AddressNone.into()],
            (AddressFact::Elastic { blocker: Some(_) }, _) => vec![Finding::AddressBlocked.into()],
            (AddressFact::Ordinary, Desired::Eip) | (AddressFact::SecondaryInterface, _) => {
                vec![Finding::AddressOther.into()]
            }
            (AddressFact::None, _) => vec![Finding::AddressNone.into()],
            (AddressFact::Elastic { blocker: None } | AddressFact::Transitional { .. }, _)
            | (AddressFact::Ordinary, Desired::Any) => Vec::new(),
        }
    }

    fn mend(want: &Desired, seen: &AddressFact, at: &Context) -> Vec<Step> {
        let to = goal(*want);
        let purpose = Purpose {
            facet: Self::ID,
            seed: at.provider.vendor().step(FacetId::PublicIp),
            why: step::nobody_without_address(),
        };
        match seen {
            AddressFact::Ordinary => {
                vec![
                    purpose
                        .cloud(CloudAction::TransformAddress, say::ordinary(), to)
                        .irreversible(),
                ]
            }
            AddressFact::None
            | AddressFact::Elsewhere { .. }
            | AddressFact::Elastic { .. }
            | AddressFact::SecondaryInterface
            | AddressFact::Transitional { .. } => vec![
                purpose
                    .cloud(
                        CloudAction::AllocateAddress { mbps: DEFAULT_MBPS },
                        say::none(),
                        step::address_obtained(),
                    )
                    .guarded(Guarded::Spend),
                purpose.cloud(CloudAction::AssociateAddress, say::none(), to),
            ],
        }
    }
}

/// The bandwidth with which an address is obtained, before the facet `bandwidth` has its say: what the founding
/// document advises, so that one step does for both.
pub(crate) const DEFAULT_MBPS: u32 = 5;

/// That there is no address, and what is there instead.
fn elsewhere(ways: &[OtherWay]) -> Said {
    let one = |way: &OtherWay| match way {
        OtherWay::Balancer { name, to } => say::balancer(&**name, *to),
        OtherWay::Pool { name, to } => say::pool(&**name, *to),
        OtherWay::Bastion { name } => say::bastion(&**name),
        OtherWay::NatGateway { name } => say::nat_gateway(&**name),
    };
    let all = ways.iter().map(one).reduce(say::and_also);
    all.map_or_else(say::none, say::none_of_its_own)
}

fn goal(want: Desired) -> Said {
    match want {
        Desired::Eip => say::elastic(),
        Desired::Any => say::any(),
    }
}

rdpctl_model::says! { "public-ip":
    on_its_way(state);
    elastic();
    any();
    elastic_broken();
    ordinary();
    none();
    none_of_its_own(ways);
    and_also(one, more);
    balancer(name, port);
    pool(name, port);
    bastion(name);
    nat_gateway(name);
    secondary();
    bound_to_secondary();
    bind_to_primary();
}

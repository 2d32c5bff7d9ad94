//! Security group rules as requests write them.

use std::net::IpAddr;

use serde::{Deserialize, de::IgnoredAny};

use super::policy::resolve_group;
use crate::{
    estate::Group,
    tencent::{call::Call, errors::Refusal, wire::Int},
    world::{Peer, Rule, RuleError, Text, Traffic, Verdict, parse_traffic},
};

/// A set of rules as requests write it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct PolicySet {
    pub(super) version: Option<Int>,
    #[serde(default)]
    pub(super) ingress: Option<Vec<Policy>>,
    #[serde(default)]
    pub(super) egress: Option<Vec<Policy>>,
    #[serde(rename = "PolicyStatistics")]
    _statistics: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Policy {
    pub(super) policy_index: Option<Int>,
    /// The newer twin of `PolicyIndex`.
    #[serde(rename = "Priority")]
    _priority: Option<IgnoredAny>,
    protocol: Option<String>,
    port: Option<String>,
    service_template: Option<ServiceTemplate>,
    cidr_block: Option<String>,
    ipv6_cidr_block: Option<String>,
    security_group_id: Option<String>,
    address_template: Option<AddressTemplate>,
    action: Option<String>,
    policy_description: Option<String>,
    /// Read only; accepted and ignored.
    #[serde(rename = "ModifyTime")]
    _modify_time: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ServiceTemplate {
    service_id: Option<String>,
    service_group_id: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct AddressTemplate {
    address_id: Option<String>,
    address_group_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Ingress,
    Egress,
}

impl Direction {
    pub(super) fn rules(self, group: &mut Group) -> &mut Vec<Rule> {
        match self {
            Self::Ingress => &mut group.ingress,
            Self::Egress => &mut group.egress,
        }
    }
}

impl PolicySet {
    /// The one direction that a call may edit, with its rules.
    pub(super) fn one_direction(&self) -> Result<(Direction, &[Policy]), Refusal> {
        let given =
            |rules: &Option<Vec<Policy>>| rules.as_ref().is_some_and(|rules| !rules.is_empty());
        match (given(&self.ingress), given(&self.egress)) {
            (true, true) => Err(Refusal::new(
                "InvalidParameter.Coexist",
                "`Ingress` and `Egress` cannot be edited by the same call.",
            )),
            (true, false) => Ok((Direction::Ingress, self.ingress.as_deref().unwrap_or_default())),
            (false, true) => Ok((Direction::Egress, self.egress.as_deref().unwrap_or_default())),
            (false, false) => {
                Err(Refusal::new("InvalidParameterValue.Empty", "The set has no rules."))
            }
        }
    }

    pub(super) fn require_version(&self, group: &Group) -> Result<(), Refusal> {
        match self.version {
            Some(version) if u64::try_from(version.0) != Ok(group.version) => Err(Refusal::new(
                "UnsupportedOperation.VersionMismatch",
                format!("The version is {}, not {}.", group.version, version.0),
            )),
            Some(_) | None => Ok(()),
        }
    }
}

fn present(text: Option<&String>) -> Option<&str> {
    text.map(String::as_str).filter(|text| !text.is_empty())
}

impl Policy {
    /// The rule that this writes.
    pub(super) fn rule(&self, call: &Call<'_>) -> Result<Rule, Refusal> {
        let malformed =
            |error: RuleError| Refusal::new("InvalidParameterValue.Malformed", format!("{error}."));
        let service = self.service_template.as_ref();
        let traffic = match (
            present(service.and_then(|template| template.service_id.as_ref())),
            present(service.and_then(|template| template.service_group_id.as_ref())),
            present(self.protocol.as_ref()),
        ) {
            (Some(id), None, None) => Traffic::Service(known_template(call, id)?),
            (None, Some(id), None) => Traffic::ServiceGroup(known_template(call, id)?),
            (None, None, Some(protocol)) => {
                parse_traffic(protocol, self.port.as_deref().unwrap_or_default())
                    .map_err(malformed)?
            }
            (None, None, None) => return Err(Refusal::missing("Protocol")),
            (_, _, _) => {
                return Err(Refusal::new(
                    "InvalidParameter.Coexist",
                    "`Protocol` and `ServiceTemplate` cannot be used together.",
                ));
            }
        };
        let action = present(self.action.as_ref()).ok_or_else(|| Refusal::missing("Action"))?;
        let description = self.policy_description.as_deref().unwrap_or_default();
        if description.chars().count() > 100 {
            return Err(Refusal::new(
                "InvalidParameterValue.TooLong",
                "`PolicyDescription` has at most 100 characters.",
            ));
        }
        let (peer, magic) = self.peer(call)?;
        let description = if magic && description.is_empty() {
            "Replaced-From-MY_PUBLIC_IP"
        } else {
            description
        };
        Ok(Rule {
            verdict: action.parse::<Verdict>().map_err(malformed)?,
            traffic,
            peer,
            description: description.into(),
            modified: call.estate.now,
        })
    }

    /// The one peer, and whether it was written as the caller's own address.
    fn peer(&self, call: &Call<'_>) -> Result<(Peer, bool), Refusal> {
        let template = self.address_template.as_ref();
        let given = [
            present(self.cidr_block.as_ref()),
            present(self.ipv6_cidr_block.as_ref()),
            present(self.security_group_id.as_ref()),
            present(template.and_then(|template| template.address_id.as_ref())),
            present(template.and_then(|template| template.address_group_id.as_ref())),
        ];
        if given.iter().flatten().count() > 1 {
            return Err(Refusal::new(
                "InvalidParameter.Coexist",
                "Only one of `CidrBlock`, `Ipv6CidrBlock`, `SecurityGroupId` and `AddressTemplate` may be used.",
            ));
        }
        let malformed =
            |error: RuleError| Refusal::new("InvalidParameterValue.Malformed", format!("{error}."));
        match given {
            [Some("MY_PUBLIC_IP"), ..] | [_, Some("MY_PUBLIC_IP"), ..] => Ok(match call.caller {
                IpAddr::V4(address) => (Peer::V4(address.to_string().into()), true),
                IpAddr::V6(address) => (Peer::V6(address.to_string().into()), true),
            }),
            [Some(block), ..] => Ok((Peer::v4(block).map_err(malformed)?, false)),
            [_, Some(block), ..] => Ok((Peer::v6(block).map_err(malformed)?, false)),
            [_, _, Some(id), ..] => {
                resolve_group(call, id)?;
                Ok((Peer::Group(id.into()), false))
            }
            [_, _, _, Some(id), _] => Ok((Peer::Template(known_template(call, id)?), false)),
            [_, _, _, _, Some(id)] => Ok((Peer::TemplateGroup(known_template(call, id)?), false)),
            [None, None, None, None, None] => Err(Refusal::missing("CidrBlock")),
        }
    }

    pub(super) fn index(&self) -> Result<Option<usize>, Refusal> {
        self.policy_index
            .map(|index| {
                usize::try_from(index.0).map_err(|_| {
                    Refusal::new(
                        "InvalidParameterValue.Range",
                        "`PolicyIndex` must not be negative.",
                    )
                })
            })
            .transpose()
    }
}

fn known_template(call: &Call<'_>, id: &str) -> Result<Text, Refusal> {
    call.estate
        .world
        .template(id)
        .filter(|template| call.owns(template.account, &template.region))
        .map(|template| template.id.clone())
        .ok_or_else(|| {
            Refusal::new("ResourceNotFound", format!("The template `{id}` does not exist."))
        })
}

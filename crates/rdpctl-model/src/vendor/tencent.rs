//! Tencent Cloud.

use super::{Answers, FacetApi, Place, SerialPort, Vendor};
use crate::facet::FacetId;

/// Tencent Cloud.
pub(crate) const TENCENT: Vendor = Vendor {
    word: "tencent",
    name: "Tencent",
    place: Place::Cloud,
    keys: &["kind", "region", "credentials", "commands", "endpoint", "proxy", "rates"],
    is: "an account of Tencent Cloud",
    without: "remove it; that account is known by its keys",
    id: "\"ins-0abc1234\"",
    serial: SerialPort::Elsewhere {
        says: "Tencent Cloud leads no serial port out of its machines",
        help: "lines are for the hosts of a provider of the kind `static`",
    },
    own_domains: &["tencentcloudapi.com"],
    answers: Some(Answers {
        power: "cvm DescribeInstances: InstanceState",
        address: "vpc DescribeAddresses",
        bandwidth: "cvm DescribeInstances, vpc DescribeAddresses: bandwidth",
        rules: "vpc DescribeSecurityGroupPolicies",
        agent: "tat DescribeAutomationAgentStatus",
    }),
    registers_none: None,
    apis: APIS,
    steps: &[
        (FacetId::Power, "Tencent 1"),
        (FacetId::PublicIp, "Tencent 2"),
        (FacetId::Bandwidth, "Tencent 3"),
        (FacetId::Ingress, "Tencent 4"),
    ],
    closing: "",
};

const APIS: &[FacetApi] = &[
    FacetApi {
        facet: FacetId::Power,
        reads: &[
            "cvm DescribeInstances: InstanceState, RestrictState, IsolatedSource, StopChargingMode, LatestOperation*",
        ],
        sets: &[
            "cvm StartInstances, polled until the operation succeeded and the state is RUNNING",
        ],
    },
    FacetApi {
        facet: FacetId::PublicIp,
        reads: &[
            "cvm DescribeInstances: PublicIpAddresses",
            "vpc DescribeAddresses by instance, every address type",
        ],
        sets: &[
            "vpc AllocateAddresses with a client token and our tag, or a free address of ours",
            "vpc AssociateAddress",
            "vpc TransformAddress where an ordinary address is to become elastic: it keeps its number",
        ],
    },
    FacetApi {
        facet: FacetId::Bandwidth,
        reads: &[
            "vpc DescribeNetworkAccountType, once per account",
            "vpc DescribeAddresses: Bandwidth, InternetChargeType, BandwidthPackageId",
            "cvm DescribeInstances: InternetAccessible, for ordinary addresses and old accounts",
        ],
        sets: &[
            "vpc ModifyAddressesBandwidth for an elastic address",
            "cvm ResetInstancesInternetMaxBandwidth for an ordinary address or an old account",
        ],
    },
    FacetApi {
        facet: FacetId::Ingress,
        reads: &[
            "cvm DescribeInstances: SecurityGroupIds in their order",
            "vpc DescribeSecurityGroupPolicies once per distinct group, with the templates they name",
        ],
        sets: &[
            "after a move to another port, once that one is proved: vpc DeleteSecurityGroupPolicies of our own rule for the former port, where the group is bound to this instance alone",
            "vpc CreateSecurityGroupPolicies: the smallest rule, before the drop that decided, under the group's Version",
        ],
    },
];

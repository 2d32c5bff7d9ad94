//! Microsoft Azure.

use super::{Answers, FacetApi, Place, SerialPort, Vendor};
use crate::facet::FacetId;

/// Microsoft Azure.
pub(crate) const AZURE: Vendor = Vendor {
    word: "azure",
    name: "Azure",
    place: Place::Cloud,
    keys: &["kind", "subscription", "tenant", "cloud", "credentials", "endpoint", "proxy", "rates"],
    is: "a subscription of Azure",
    without: "remove it; an id of Azure says where its VM is",
    id: "\"/subscriptions/…/virtualMachines/NAME\"",
    serial: SerialPort::Elsewhere {
        says: "the serial port of a VM of Azure leads to Azure's own console",
        help: "remove the line: `via = [\"serial\"]` is enough",
    },
    own_domains: &[
        "management.azure.com",
        "management.chinacloudapi.cn",
        "management.usgovcloudapi.net",
    ],
    answers: Some(Answers {
        power: "virtualMachines instanceView: PowerState",
        address: "publicIPAddresses",
        bandwidth: "virtualMachines: hardwareProfile",
        rules: "networkSecurityGroups: securityRules",
        agent: "virtualMachines instanceView: vmAgent",
    }),
    registers_none: Some(
        "Azure knows no right to run one command alone; there is nothing to register.",
    ),
    apis: APIS,
    steps: &[(FacetId::Ingress, "Azure 1.3")],
    closing: "Azure 1.3",
};

const APIS: &[FacetApi] = &[
    FacetApi {
        facet: FacetId::Power,
        reads: &[
            "resource graph, or virtualMachines?statusOnly=true: PowerState, provisioningState",
        ],
        sets: &[
            "POST virtualMachines/start, its operation followed to the end, and the instance view read back",
        ],
    },
    FacetApi {
        facet: FacetId::PublicIp,
        reads: &[
            "resource graph or lists: networkInterfaces ipConfigurations of the first interface, publicIPAddresses",
            "where it has none: rules of loadBalancers that lead to it or to its pool, bastionHosts of its network and those joined to it, the subnet's natGateway",
        ],
        sets: &[
            "PUT publicIPAddresses: Standard, static, with our tag, under a name of its own for each VM",
            "PUT networkInterfaces as it is, with the address, under its etag",
        ],
    },
    FacetApi {
        facet: FacetId::Bandwidth,
        reads: &["nothing: the size of the VM decides, and no setting could be too small"],
        sets: &[],
    },
    FacetApi {
        facet: FacetId::Ingress,
        reads: &[
            "resource graph or lists: networkSecurityGroups of the subnet and of the first interface; both must let a packet in, and without any a Standard address is closed",
        ],
        sets: &[
            "PUT networkSecurityGroups/securityRules: the smallest rule, at a free priority before the denial that decided, under the group's etag",
            "DELETE of our own rule for a port that RDP has left, where the group guards one interface alone",
        ],
    },
];

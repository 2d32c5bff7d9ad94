//! The resources of ARM, as far as they are read: unknown members are ignored, and what is missing is empty.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// A page of a list.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page<T> {
    #[serde(default = "Vec::new")]
    pub(super) value: Vec<T>,
    pub(super) next_link: Option<String>,
}

/// A reference to something.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Reference {
    pub(super) id: String,
}

/// A status of an instance view.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Status {
    pub(super) code: String,
    pub(super) display_status: String,
}

/// An instance view.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct View {
    pub(super) statuses: Vec<Status>,
    pub(super) os_name: String,
    pub(super) vm_agent: Option<Agent>,
    pub(super) rdp_thumb_print: String,
}

/// The agent, as the vendor hears of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Agent {
    pub(super) statuses: Vec<Status>,
}

impl View {
    /// The vendor's word for the power state; empty where there is none.
    pub(super) fn power(&self) -> &str {
        self.statuses
            .iter()
            .find_map(|one| one.code.strip_prefix("PowerState/"))
            .unwrap_or_default()
    }
}

/// A network interface among those of a VM.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Attached {
    pub(super) id: String,
    pub(super) properties: Primary,
}

/// Whether it is the first.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Primary {
    pub(super) primary: bool,
}

/// The interface that counts: the one that is marked, or the only one.
pub(super) fn primary(attached: &[Attached]) -> Option<&str> {
    let marked = attached.iter().find(|nic| nic.properties.primary);
    marked.or_else(|| attached.first()).map(|nic| nic.id.as_str())
}

/// A VM with its model and, where it was asked for, its view.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Vm {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) location: String,
    pub(super) zones: Vec<String>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) properties: VmProperties,
}

/// The part of a VM that says what it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct VmProperties {
    pub(super) provisioning_state: String,
    pub(super) network_profile: NetworkProfile,
    pub(super) storage_profile: StorageProfile,
    pub(super) instance_view: View,
}

/// A VM's interfaces.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct NetworkProfile {
    pub(super) network_interfaces: Vec<Attached>,
}

/// A VM's disks.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct StorageProfile {
    pub(super) os_disk: OsDisk,
}

/// The disk that Windows is on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct OsDisk {
    pub(super) os_type: String,
    pub(super) managed_disk: Reference,
}

/// A resource of which only the properties matter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Resource<T> {
    pub(super) id: String,
    pub(super) etag: String,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) properties: T,
}

/// An interface.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Nic {
    pub(super) virtual_machine: Option<Reference>,
    pub(super) network_security_group: Option<Reference>,
    pub(super) ip_configurations: Vec<Configuration>,
}

/// An address of an interface.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration {
    pub(super) properties: ConfigurationProperties,
}

/// What an address of an interface is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ConfigurationProperties {
    pub(super) primary: bool,
    #[serde(rename = "privateIPAddress")]
    pub(super) private_ip: String,
    pub(super) subnet: Option<Reference>,
    #[serde(rename = "publicIPAddress")]
    pub(super) public_ip: Option<Reference>,
    pub(super) application_security_groups: Vec<Reference>,
}

impl Nic {
    /// The configuration that counts.
    pub(super) fn into_first(mut self) -> Option<ConfigurationProperties> {
        let marked = self.ip_configurations.iter().position(|one| one.properties.primary);
        let first = marked.unwrap_or(0);
        (first < self.ip_configurations.len())
            .then(|| self.ip_configurations.swap_remove(first).properties)
    }
}

/// A public address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Address {
    #[serde(rename = "ipAddress")]
    pub(super) number: String,
    pub(super) ip_configuration: Option<Reference>,
    #[serde(rename = "publicIPAllocationMethod")]
    pub(super) allocation: String,
}

/// A network security group.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Nsg {
    pub(super) security_rules: Vec<NsgRule>,
    pub(super) network_interfaces: Vec<Reference>,
    pub(super) subnets: Vec<Reference>,
}

/// A rule with its name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NsgRule {
    pub(super) name: String,
    pub(super) properties: NsgRuleProperties,
}

/// What a rule says.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct NsgRuleProperties {
    pub(super) priority: u32,
    pub(super) direction: String,
    pub(super) access: String,
    pub(super) protocol: String,
    pub(super) description: String,
    pub(super) source_address_prefix: Option<String>,
    pub(super) source_address_prefixes: Option<Vec<String>>,
    pub(super) source_application_security_groups: Vec<Reference>,
    pub(super) destination_address_prefix: Option<String>,
    pub(super) destination_address_prefixes: Option<Vec<String>>,
    pub(super) destination_application_security_groups: Vec<Reference>,
    pub(super) destination_port_range: Option<String>,
    pub(super) destination_port_ranges: Option<Vec<String>>,
}

/// A network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Vnet {
    pub(super) subnets: Vec<Resource<Subnet>>,
    #[serde(rename = "virtualNetworkPeerings")]
    pub(super) peerings: Vec<Resource<Peering>>,
}

/// A network that is joined to another.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Peering {
    pub(super) peering_state: String,
    pub(super) remote_virtual_network: Option<Reference>,
}

/// A subnet.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Subnet {
    pub(super) network_security_group: Option<Reference>,
    pub(super) nat_gateway: Option<Reference>,
}

/// A rule of a load balancer: to one machine, or to a pool of them.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct NatRule {
    pub(super) protocol: String,
    pub(super) frontend_port: u16,
    pub(super) backend_port: u16,
    #[serde(rename = "frontendIPConfiguration")]
    pub(super) front: Option<Reference>,
    #[serde(rename = "backendIPConfiguration")]
    pub(super) back: Option<Reference>,
    #[serde(rename = "backendAddressPool")]
    pub(super) pool: Option<Reference>,
}

/// Machines to which a load balancer leads alike.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Pool {
    #[serde(rename = "backendIPConfigurations")]
    pub(super) members: Vec<Reference>,
    #[serde(rename = "loadBalancerBackendAddresses")]
    pub(super) addresses: Vec<Resource<PoolMember>>,
    /// The network of those that are told by their addresses.
    #[serde(rename = "virtualNetwork")]
    pub(super) network: Option<Reference>,
}

/// One of them, by its interface or by its address, with the ports that are its own.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PoolMember {
    #[serde(rename = "networkInterfaceIPConfiguration")]
    pub(super) card: Option<Reference>,
    #[serde(rename = "ipAddress")]
    pub(super) number: Option<String>,
    #[serde(rename = "virtualNetwork")]
    pub(super) network: Option<Reference>,
    pub(super) subnet: Option<Reference>,
    #[serde(rename = "inboundNatRulesPortMapping")]
    pub(super) ports: Vec<PortOfMember>,
}

/// A port at the front that leads to one of a pool.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PortOfMember {
    pub(super) inbound_nat_rule_name: String,
    pub(super) frontend_port: u16,
    pub(super) backend_port: u16,
}

/// A load balancer.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Balancer {
    pub(super) inbound_nat_rules: Vec<Resource<NatRule>>,
    pub(super) load_balancing_rules: Vec<Resource<NatRule>>,
    pub(super) backend_address_pools: Vec<Resource<Pool>>,
    #[serde(rename = "frontendIPConfigurations")]
    pub(super) fronts: Vec<Resource<ConfigurationProperties>>,
}

/// A Bastion.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Bastion {
    pub(super) ip_configurations: Vec<Resource<ConfigurationProperties>>,
    pub(super) virtual_network: Option<Reference>,
}

/// An answer of the resource graph.
#[derive(Deserialize)]
pub(super) struct GraphPage<T> {
    #[serde(default = "Vec::new")]
    pub(super) data: Vec<T>,
    #[serde(rename = "$skipToken")]
    pub(super) skip_token: Option<String>,
}

/// A subscription.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subscription {
    pub(super) display_name: String,
}

/// The streams of a script.
#[derive(Deserialize)]
pub(super) struct Streams {
    #[serde(default)]
    pub(super) value: Vec<Stream>,
}

/// One stream.
#[derive(Deserialize)]
pub(super) struct Stream {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) message: String,
}

/// Anything whose parts are put back as they were.
pub(super) type Whole = Value;

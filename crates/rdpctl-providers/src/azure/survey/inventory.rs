//! Everything of a subscription that a survey needs: at most seven queries of the resource graph, each a page for a
//! thousand rows. Where the graph may not be asked, or does not know yet of what we did ourselves, plain lists.

use std::collections::{BTreeMap, HashMap};

use futures_util::future::join_all;
use rdpctl_contract::cloud::{CloudError, CloudNeeds};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::cards::Cards;
use super::{admin, ways};
use crate::azure::arm::{
    Address, Attached, Balancer, Bastion, Configuration, GraphPage, NsgRule, Peering, Reference,
    Resource, Subnet, View, Vm,
};
use crate::azure::arm::{Nic, Nsg, Vnet};
use crate::azure::client::{Ask, COMPUTE, Client, GRAPH, NETWORK};
use crate::azure::error::ArmError;
use crate::azure::id::{ArmId, key};
use crate::azure::pace::Kind;

/// So many VMs are asked one by one for what no list says: how their agents are, and which certificate they reported. Of
/// the 250 reads that the vendor gives at once this leaves more than half to others.
const FEW: usize = 100;

/// A VM, as the inventory has it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct VmRow {
    pub(super) id: String,
    pub(super) name: String,
    /// A list, as a tree of one or two takes ten times their room.
    #[serde(deserialize_with = "listed")]
    pub(super) tags: Vec<(String, String)>,
    pub(super) nics: Vec<Attached>,
    pub(super) os: String,
    #[serde(rename = "osDisk")]
    pub(super) os_disk: String,
    #[serde(rename = "osName")]
    pub(super) os_name: String,
    pub(super) prov: String,
    /// `PowerState/…`
    pub(super) power: String,
}

/// An interface.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NicRow {
    id: String,
    nsg: String,
    ipconfigs: Vec<Configuration>,
}

/// A public address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct AddressRow {
    pub(super) id: String,
    pub(super) ip: String,
    pub(super) alloc: String,
}

/// A network security group.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct NsgRow {
    id: String,
    etag: String,
    rules: Vec<NsgRule>,
    nics: Option<Vec<Reference>>,
    subnets: Option<Vec<Reference>>,
}

/// A network.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct VnetRow {
    id: String,
    subnets: Option<Vec<Resource<Subnet>>>,
    peerings: Option<Vec<Resource<Peering>>>,
}

/// A subscription's things, by lower-case id.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    pub(super) vms: BTreeMap<String, VmRow>,
    pub(super) cards: Cards,
    pub(super) addresses: HashMap<String, AddressRow>,
    pub(super) nsgs: HashMap<String, Resource<Nsg>>,
    /// The groups of subnets.
    pub(super) subnets: HashMap<String, String>,
    /// The views of those few that were asked one by one.
    pub(super) views: HashMap<String, View>,
    /// Other ways to machines than addresses of their own.
    pub(super) ways: ways::Ways,
    /// The networks, where they were listed.
    networks: Vec<String>,
    /// Security admin rules by network.
    pub(super) admins: HashMap<String, admin::Rules>,
}

const VMS: &str = "Resources | where type =~ 'microsoft.compute/virtualmachines' | project id, name, tags, nics=properties.networkProfile.networkInterfaces, os=tostring(properties.storageProfile.osDisk.osType), osDisk=tostring(properties.storageProfile.osDisk.managedDisk.id), osName=tostring(properties.extended.instanceView.osName), prov=tostring(properties.provisioningState), power=tostring(properties.extended.instanceView.powerState.code) | order by id asc";
const NICS: &str = "Resources | where type =~ 'microsoft.network/networkinterfaces' | project id, nsg=tostring(properties.networkSecurityGroup.id), ipconfigs=properties.ipConfigurations | order by id asc";
const ADDRESSES: &str = "Resources | where type =~ 'microsoft.network/publicipaddresses' | project id, ip=tostring(properties.ipAddress), alloc=tostring(properties.publicIPAllocationMethod) | order by id asc";
const NSGS: &str = "Resources | where type =~ 'microsoft.network/networksecuritygroups' | project id, etag=tostring(etag), rules=properties.securityRules, nics=properties.networkInterfaces, subnets=properties.subnets | order by id asc";
const VNETS: &str = "Resources | where type =~ 'microsoft.network/virtualnetworks' | project id, subnets=properties.subnets, peerings=properties.virtualNetworkPeerings | order by id asc";

impl Inventory {
    /// Reads what is needed. Those that are meant are asked for their agents, where they are few.
    pub(super) async fn read(
        client: &Client,
        needs: &CloudNeeds,
        is_meant: impl Fn(&VmRow) -> bool,
        stop: &CancellationToken,
    ) -> Result<Self, CloudError> {
        let reader = Reader { client, needs, stop };
        let mut inventory = if client.wrote_lately() {
            reader.lists().await?
        } else {
            match reader.graph().await {
                // The account may list, and not query.
                Err(error) if error.is_denied() => reader.lists().await?,
                other => other?,
            }
        };
        // Nobody but their administrator writes them, so that the graph is never behind us; where it may not be asked,
        // every network is.
        let ruled = match reader.query::<admin::Row>(admin::NETWORKS, needs.doors).await {
            Err(error) if error.is_denied() => {
                inventory.networks.iter().map(|id| admin::Row::of(id)).collect()
            }
            other => other?,
        };
        inventory.admins = admin::read(client, ruled, stop).await?;
        if needs.agent {
            let views = inventory.few(is_meant).into_iter().map(|(at, id)| async move {
                let ask = format!("{}/instanceView", ArmId::parse(&id)?.path);
                let answer = client.call(&Ask::get(&ask, COMPUTE), stop).await.ok()?;
                Some((at, answer.read::<View>().ok()?))
            });
            inventory.views = join_all(views).await.into_iter().flatten().collect();
        }
        Ok(inventory)
    }

    /// Those that are meant, by key and id; nobody where they are more than a few.
    fn few(&self, is_meant: impl Fn(&VmRow) -> bool) -> Vec<(String, String)> {
        let meant = self.vms.iter().filter(|(_, vm)| is_meant(vm));
        let meant: Vec<(String, String)> =
            meant.take(FEW + 1).map(|(at, vm)| (at.clone(), vm.id.clone())).collect();
        if meant.len() <= FEW { meant } else { Vec::new() }
    }
}

struct Reader<'a> {
    client: &'a Client,
    needs: &'a CloudNeeds,
    stop: &'a CancellationToken,
}

impl Reader<'_> {
    const fn needs_nics(&self) -> bool {
        self.needs.addresses || self.needs.doors
    }

    async fn graph(&self) -> Result<Inventory, ArmError> {
        let mut cards = Cards::default();
        let (vms, (), addresses, nsgs, vnets, others) = tokio::try_join!(
            self.query::<VmRow>(VMS, true),
            self.query_each(NICS, self.needs_nics(), |row: NicRow| {
                let group = Some(Reference { id: row.nsg }).filter(|group| !group.id.is_empty());
                let nic = Nic {
                    virtual_machine: None,
                    network_security_group: group,
                    ip_configurations: row.ipconfigs,
                };
                cards.add(&row.id, nic);
            }),
            self.query::<AddressRow>(ADDRESSES, self.needs.addresses),
            self.query::<NsgRow>(NSGS, self.needs.doors),
            self.query::<VnetRow>(VNETS, self.needs_nics()),
            self.query::<ways::Row>(ways::QUERY, self.needs.addresses),
        )?;
        let nsg = |row: NsgRow| {
            let properties = Nsg {
                security_rules: row.rules,
                network_interfaces: row.nics.unwrap_or_default(),
                subnets: row.subnets.unwrap_or_default(),
            };
            let (id, etag) = (row.id, row.etag);
            (key(&id), Resource { id, etag, tags: BTreeMap::new(), properties })
        };
        let addresses: HashMap<String, AddressRow> =
            addresses.into_iter().map(|one| (key(&one.id), one)).collect();
        // Who is ruled says the graph itself.
        let networks = Vec::new();
        let number = |id: &str| addresses.get(id).map(|row| row.ip.as_str());
        let mut ways = ways::Ways::new(others, number);
        for vnet in &vnets {
            ways.join(&vnet.id, vnet.peerings.as_deref().unwrap_or_default());
        }
        let subnets = vnets.into_iter().flat_map(|vnet| vnet.subnets.unwrap_or_default());
        let (subnets, ways) = placed(subnets, ways);
        Ok(Inventory {
            vms: vms.into_iter().map(|vm| (key(&vm.id), vm)).collect(),
            cards,
            addresses,
            nsgs: nsgs.into_iter().map(nsg).collect(),
            subnets,
            ways,
            networks,
            views: HashMap::new(),
            admins: HashMap::new(),
        })
    }

    /// All rows of a query, page after page.
    async fn query<T: DeserializeOwned>(
        &self,
        text: &str,
        needed: bool,
    ) -> Result<Vec<T>, ArmError> {
        let mut rows = Vec::new();
        self.query_each(text, needed, |row| rows.push(row)).await?;
        Ok(rows)
    }

    /// The same, handed on row by row.
    async fn query_each<T: DeserializeOwned>(
        &self,
        text: &str,
        needed: bool,
        mut each: impl FnMut(T),
    ) -> Result<(), ArmError> {
        if !needed {
            return Ok(());
        }
        let mut token = None;
        loop {
            let body = json!({
                "subscriptions": [self.client.subscription],
                "query": text,
                "options": { "$top": 1000, "$skipToken": token, "resultFormat": "objectArray" },
            });
            let path = "/providers/Microsoft.ResourceGraph/resources";
            let ask = Ask { body: Some(&body), ..Ask::post(path, GRAPH, Kind::Graph) };
            let answer = self.client.call(&ask, self.stop).await?;
            let page: GraphPage<T> = answer.read()?;
            page.data.into_iter().for_each(&mut each);
            match page.skip_token.filter(|token| !token.is_empty()) {
                Some(next) => token = Some(next),
                None => return Ok(()),
            }
        }
    }

    async fn lists(&self) -> Result<Inventory, ArmError> {
        let (models, states, nics, addresses, nsgs, vnets, balancers, bastions) = tokio::try_join!(
            self.list::<Vm>("Microsoft.Compute/virtualMachines", COMPUTE, true),
            self.list::<Vm>("Microsoft.Compute/virtualMachines?statusOnly=true", COMPUTE, true),
            self.list::<Resource<Nic>>(
                "Microsoft.Network/networkInterfaces",
                NETWORK,
                self.needs_nics()
            ),
            self.list::<Resource<Address>>(
                "Microsoft.Network/publicIPAddresses",
                NETWORK,
                self.needs.addresses
            ),
            self.list::<Resource<Nsg>>(
                "Microsoft.Network/networkSecurityGroups",
                NETWORK,
                self.needs.doors
            ),
            self.list::<Resource<Vnet>>(
                "Microsoft.Network/virtualNetworks",
                NETWORK,
                self.needs_nics()
            ),
            self.list_if_allowed::<Resource<Balancer>>("Microsoft.Network/loadBalancers"),
            self.list_if_allowed::<Resource<Bastion>>("Microsoft.Network/bastionHosts"),
        )?;
        let power: HashMap<String, String> = states
            .into_iter()
            .map(|vm| (key(&vm.id), format!("PowerState/{}", vm.properties.instance_view.power())))
            .collect();
        let vm = |vm: Vm| {
            let at = key(&vm.id);
            let properties = vm.properties;
            let row = VmRow {
                power: power.get(&at).cloned().unwrap_or_default(),
                id: vm.id,
                name: vm.name,
                tags: vm.tags.into_iter().collect(),
                nics: properties.network_profile.network_interfaces,
                os: properties.storage_profile.os_disk.os_type,
                os_disk: properties.storage_profile.os_disk.managed_disk.id,
                os_name: properties.instance_view.os_name,
                prov: properties.provisioning_state,
            };
            (at, row)
        };
        let address = |one: Resource<Address>| {
            let row = AddressRow {
                id: one.id,
                ip: one.properties.number,
                alloc: one.properties.allocation,
            };
            (key(&row.id), row)
        };
        let addresses: HashMap<String, AddressRow> = addresses.into_iter().map(address).collect();
        let others = balancers.into_iter().map(ways::Row::from);
        let others = others.chain(bastions.into_iter().map(ways::Row::from)).collect();
        let networks = vnets.iter().map(|vnet| vnet.id.clone()).collect();
        let number = |id: &str| addresses.get(id).map(|row| row.ip.as_str());
        let mut ways = ways::Ways::new(others, number);
        for vnet in &vnets {
            ways.join(&vnet.id, &vnet.properties.peerings);
        }
        let subnets = vnets.into_iter().flat_map(|vnet| vnet.properties.subnets);
        let (subnets, ways) = placed(subnets, ways);
        let mut cards = Cards::default();
        for nic in nics {
            cards.add(&nic.id, nic.properties);
        }
        Ok(Inventory {
            vms: models.into_iter().map(vm).collect(),
            cards,
            addresses,
            nsgs: nsgs.into_iter().map(|nsg| (key(&nsg.id), nsg)).collect(),
            subnets,
            ways,
            networks,
            views: HashMap::new(),
            admins: HashMap::new(),
        })
    }

    /// The same of what only says more: the graph leaves out what may not be seen, and so does this.
    async fn list_if_allowed<T: DeserializeOwned>(&self, what: &str) -> Result<Vec<T>, ArmError> {
        match self.list(what, NETWORK, self.needs.addresses).await {
            Err(error) if error.is_denied() => Ok(Vec::new()),
            other => other,
        }
    }

    /// All of a list, where it is needed.
    async fn list<T: DeserializeOwned>(
        &self,
        what: &str,
        version: &str,
        needed: bool,
    ) -> Result<Vec<T>, ArmError> {
        if needed { self.client.list(what, version, self.stop).await } else { Ok(Vec::new()) }
    }
}

/// Tags, which are missing where there are none.
fn listed<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<(String, String)>, D::Error> {
    let tags = Option::<BTreeMap<String, String>>::deserialize(from)?;
    Ok(tags.unwrap_or_default().into_iter().collect())
}

/// The groups of subnets by the subnets' ids, and the gateways that they have among the ways.
fn placed(
    subnets: impl Iterator<Item = Resource<Subnet>>,
    mut ways: ways::Ways,
) -> (HashMap<String, String>, ways::Ways) {
    let guarded = subnets
        .filter_map(|subnet| {
            ways.note(&subnet);
            Some((key(&subnet.id), key(&subnet.properties.network_security_group?.id)))
        })
        .collect();
    (guarded, ways)
}

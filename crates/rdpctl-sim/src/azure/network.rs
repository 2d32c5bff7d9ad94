//! Interfaces, public addresses and networks.

use serde_json::{Value, json};

use super::{
    call::{Call, Follow, Served},
    place::{Kind, Place},
    refusal::Refusal,
    show::{etag, show_admin_rule},
    work::Operation,
};
use crate::{
    estate::{Eip, EipWork},
    world::{AddressKind, Network, Tag, Text, TrafficCharge, VmIndex},
};

/// How much of a list is on a page.
const PAGE: usize = 500;

impl Call<'_> {
    pub(super) fn network_request(
        &mut self,
        method: &str,
        place: &Place<'_>,
    ) -> Result<Served, Refusal> {
        match (method, place.kind, place.name) {
            ("GET", Kind::Nic, None) => {
                let vms = self.vms();
                Ok(Served::ok(self.page(&vms, PAGE, |vm| self.show_nic(*vm))))
            }
            ("GET", Kind::Address, None) => {
                let addresses = self.addresses();
                Ok(Served::ok(self.page(&addresses, PAGE, |number| self.show_address(*number))))
            }
            ("GET", Kind::Vnet, None) => {
                let all = self.show_vnets();
                Ok(Served::ok(self.page(&all, PAGE, Value::clone)))
            }
            ("GET" | "PUT" | "DELETE", Kind::Nic, Some(name))
                if self.vm_of_nic(place, name).is_err() =>
            {
                self.card_request(method, place, name)
            }
            ("GET", Kind::Nic, Some(name)) => {
                let vm = self.vm_of_nic(place, name)?;
                Ok(Served::ok(self.show_nic(vm)))
            }
            ("GET", Kind::Address, Some(name)) => {
                let number = self.address(place.group, name)?;
                Ok(Served::ok(self.show_address(number)))
            }
            ("GET", Kind::Vnet, Some(name)) => {
                let all = self.show_vnets();
                let found = all.into_iter().find(|one| {
                    one["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name))
                });
                found.map(Served::ok).ok_or_else(|| Refusal::not_found(name))
            }
            ("POST", Kind::Vnet, Some(name))
                if place.rest.first().is_some_and(|verb| {
                    verb.eq_ignore_ascii_case("listNetworkManagerEffectiveSecurityAdminRules")
                }) =>
            {
                let rules = self.estate.admin_rules(self.account, name);
                let value: Vec<Value> = rules.map(show_admin_rule).collect();
                Ok(Served::ok(json!({ "value": value, "skipToken": "" })))
            }
            ("PUT", Kind::Nic, Some(name)) => self.put_nic(place, name),
            ("PUT", Kind::Address, Some(name)) => self.put_address(place, name),
            ("DELETE", Kind::Address, Some(name)) => self.delete_address(place, name),
            _ => Err(Refusal::new(405, "MethodNotAllowed", "This is not served here.")),
        }
    }

    fn vm_of_nic(&self, place: &Place<'_>, name: &str) -> Result<VmIndex, Refusal> {
        let lower = name.to_ascii_lowercase();
        let vm = lower.strip_suffix("-nic").and_then(|vm| self.vm(place.group, vm).ok());
        vm.ok_or_else(|| Refusal::not_found(name))
    }

    /// The numbers of all public addresses.
    pub(super) fn addresses(&self) -> Vec<u32> {
        let born = self.vms().into_iter().map(|vm| vm.0);
        let total = self.estate.world.total;
        let others = self.estate.eips.range(total..).map(|(number, _)| *number);
        born.chain(others)
            .filter(|number| {
                self.estate.eip(*number).is_some_and(|eip| {
                    eip.account == self.account && eip.is_listed(self.estate.now)
                })
            })
            .collect()
    }

    /// Group and name of an address.
    fn address_name(&self, number: u32) -> (String, String) {
        if number < self.estate.world.total {
            let vm = VmIndex(number);
            let group = self.estate.place(vm).0.resource_group.to_string();
            return (group, format!("{}-ip", self.estate.world.vm_name(vm)));
        }
        match self.estate.eip(number) {
            Some(eip) => (eip.name.to_string(), eip.id.to_string()),
            None => ("rg".to_owned(), format!("address-{number}")),
        }
    }

    pub(super) fn address_id(&self, number: u32) -> String {
        let (group, name) = self.address_name(number);
        let (subscription, kind) = (self.subscription(), Kind::Address.name());
        format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{name}")
    }

    fn address(&self, group: Option<&str>, name: &str) -> Result<u32, Refusal> {
        let wanted = group.unwrap_or_default();
        let found = self.addresses().into_iter().find(|number| {
            let (group, known) = self.address_name(*number);
            known.eq_ignore_ascii_case(name) && group.eq_ignore_ascii_case(wanted)
        });
        found.ok_or_else(|| Refusal::not_found(name))
    }

    pub(super) fn show_address(&self, number: u32) -> Value {
        let id = self.address_id(number);
        let Some(eip) = self.estate.eip(number) else { return Value::Null };
        let mut properties = json!({
            "provisioningState": if eip.task.is_some() { "Updating" } else { "Succeeded" },
            "ipAddress": eip.ip.to_string(),
            "publicIPAllocationMethod": "Static",
            "publicIPAddressVersion": "IPv4",
            "idleTimeoutInMinutes": 4,
        });
        if let Some(vm) = eip.seen_vm(self.estate.now) {
            let nic = format!("{}-nic/ipConfigurations/ipconfig1", self.estate.vm_name(vm));
            let id = self.estate.world.arm_id(vm, Kind::Nic.name(), &nic);
            properties["ipConfiguration"] = json!({ "id": id });
        }
        if let Some(front) = self.front_at(number) {
            properties["ipConfiguration"] = json!({ "id": front });
        }
        let tags: serde_json::Map<String, Value> =
            eip.tags.iter().map(|tag| (tag.key.to_string(), json!(tag.value))).collect();
        json!({
            "id": id,
            "name": self.address_name(number).1,
            "type": Kind::Address.name(),
            "location": eip.region,
            "tags": tags,
            "sku": { "name": "Standard", "tier": "Regional" },
            "etag": etag(&properties.to_string()),
            "properties": properties,
        })
    }

    /// Makes an address; one that is there keeps what it is.
    fn put_address(&mut self, place: &Place<'_>, name: &str) -> Result<Served, Refusal> {
        let asked = self.fields()?;
        let Some(region) = asked["location"].as_str() else {
            return Err(Refusal::new(
                400,
                "LocationRequired",
                "The location property is required.",
            ));
        };
        if asked["sku"]["name"].as_str() != Some("Standard")
            || asked["properties"]["publicIPAllocationMethod"].as_str() != Some("Static")
        {
            return Err(Refusal::new(
                400,
                "IPv4BasicSkuPublicIpCountLimitReached",
                "Cannot create more than 0 IPv4 Basic SKU public IP addresses for this subscription in this region.",
            ));
        }
        let (status, number) = match self.address(place.group, name) {
            Ok(number) => (200, number),
            Err(_) => (201, self.make_address(place, name, region, &asked)?),
        };
        let made = Served { status, ..Served::ok(self.show_address(number)) };
        let operation = Operation::Address(number);
        Ok(self.following(made, operation, "Microsoft.Network", region, Follow::Async))
    }

    fn make_address(
        &mut self,
        place: &Place<'_>,
        name: &str,
        region: &str,
        asked: &Value,
    ) -> Result<u32, Refusal> {
        let quota = self.estate.world.account(self.account).quotas.eip;
        if quota.is_some_and(|most| self.addresses().len() >= usize::try_from(most).unwrap_or(0)) {
            return Err(Refusal::new(
                400,
                "PublicIPCountLimitReached",
                "Cannot create more public IP addresses for this subscription in this region.",
            ));
        }
        let tags = asked["tags"].as_object().into_iter().flatten().map(|(key, value)| Tag {
            key: key.as_str().into(),
            value: value.as_str().unwrap_or_default().into(),
        });
        let tags: Vec<Tag> = tags.collect();
        let (account, created) = (self.account, self.estate.now);
        let group = place.group.unwrap_or("rg");
        let world = std::sync::Arc::clone(&self.estate.world);
        let number = self.estate.add_eip(|number| Eip {
            id: name.into(),
            account,
            region: region.into(),
            name: group.into(),
            kind: AddressKind::Eip,
            ip: world.public_ip(number),
            bound: None,
            task: None,
            bandwidth: 1,
            charge_type: TrafficCharge::default(),
            package: None,
            arrears: false,
            blocked: false,
            created,
            paid_until: None,
            tags,
            released: false,
        });
        self.estate.begin_eip_task(&[number], EipWork::Create, "publicIPAddresses");
        Ok(number)
    }

    fn delete_address(&mut self, place: &Place<'_>, name: &str) -> Result<Served, Refusal> {
        let Ok(number) = self.address(place.group, name) else { return Ok(Served::empty(204)) };
        let Some(eip) = self.estate.eip(number).map(std::borrow::Cow::into_owned) else {
            return Ok(Served::empty(204));
        };
        if eip.bound.is_some() || eip.task.is_some() {
            return Err(Refusal::new(
                400,
                "PublicIPAddressCannotBeDeleted",
                format!(
                    "Public IP address {name} can not be deleted since it is still allocated to a resource."
                ),
            ));
        }
        self.estate.begin_eip_task(&[number], EipWork::Release, "publicIPAddresses");
        let (operation, region) = (Operation::Address(number), eip.region);
        let accepted = Served::empty(202);
        Ok(self.following(accepted, operation, "Microsoft.Network", &region, Follow::Both))
    }

    /// Replaces an interface: what is left out is taken off.
    fn put_nic(&mut self, place: &Place<'_>, name: &str) -> Result<Served, Refusal> {
        let vm = self.vm_of_nic(place, name)?;
        let before = self.show_nic(vm);
        if self.if_match.is_some_and(|tag| tag != "*" && before["etag"].as_str() != Some(tag)) {
            return Err(Refusal::stale(name));
        }
        let asked = self.fields()?;
        let properties = &asked["properties"];
        let Some(configuration) = properties["ipConfigurations"].get(0) else {
            return Err(Refusal::new(400, "InvalidRequestFormat", "ipConfigurations are missing."));
        };
        let groups: Vec<Text> = match properties["networkSecurityGroup"]["id"].as_str() {
            None => Vec::new(),
            Some(id) => vec![self.nsg_by_id(id).ok_or_else(|| Refusal::not_found(id))?],
        };
        let wanted = match configuration["properties"]["publicIPAddress"]["id"].as_str() {
            None => None,
            Some(id) => Some(
                self.addresses()
                    .into_iter()
                    .find(|number| self.address_id(*number).eq_ignore_ascii_case(id))
                    .ok_or_else(|| Refusal::not_found(id))?,
            ),
        };
        let now = self.estate.address_of(vm);
        if let Some(number) = wanted.filter(|_| wanted != now)
            && self.estate.eip(number).is_some_and(|eip| eip.bound.is_some() || eip.task.is_some())
        {
            return Err(Refusal::new(
                400,
                "PublicIPAddressInUse",
                "The public IP address is referenced by another ipConfiguration.",
            ));
        }
        let mut operation = Operation::Until(self.estate.now);
        if wanted != now {
            if let Some(number) = now {
                let unbind = EipWork::Unbind { ordinary_instead: false };
                self.estate.begin_eip_task(&[number], unbind, "networkInterfaces");
                operation = Operation::Address(number);
            }
            if let Some(number) = wanted {
                self.estate.begin_eip_task(&[number], EipWork::Bind(vm), "networkInterfaces");
                operation = Operation::Address(number);
            }
        }
        if *self.estate.vm(vm).groups != *groups {
            self.estate.vm_mut(vm).groups = groups.into();
        }
        let region = self.estate.place(vm).0.region.to_string();
        let mut shown = self.show_nic(vm);
        shown["properties"]["provisioningState"] = json!("Updating");
        Ok(self.following(
            Served::ok(shown),
            operation,
            "Microsoft.Network",
            &region,
            Follow::Async,
        ))
    }

    /// The group of a network: that of the first VM in it.
    pub(super) fn vnet_group(&self, network: &str) -> String {
        let mut cohorts = self.estate.world.cohorts.iter();
        let first = cohorts.find(|cohort| {
            cohort.account == self.account
                && matches!(&cohort.network, Network::Vpc { vpc, .. } if **vpc == *network)
        });
        first.map_or_else(|| "rg".to_owned(), |cohort| cohort.resource_group.to_string())
    }

    /// The id of a subnet that is written `NETWORK/SUBNET`.
    pub(super) fn subnet_id(&self, subnet: &str) -> String {
        let (network, subnet) = subnet.split_once('/').unwrap_or((subnet, "default"));
        format!("{}/subnets/{subnet}", self.vnet_id(network))
    }

    pub(super) fn vnet_id(&self, network: &str) -> String {
        let (subscription, group) = (self.subscription(), self.vnet_group(network));
        let kind = Kind::Vnet.name();
        format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/{kind}/{network}")
    }

    /// The networks that an administrator rules, as the graph has them.
    pub(super) fn ruled_networks(&self) -> Vec<Value> {
        let admins = self.estate.world.admins.iter().filter(|one| one.account == self.account);
        let mut networks: Vec<&Text> = admins.flat_map(|one| &one.networks).collect();
        networks.sort();
        networks.dedup();
        let row = |network: &Text| {
            let id = format!(
                "{}/providers/Microsoft.Network/effectiveSecurityAdminRules/default",
                self.vnet_id(network)
            );
            json!({ "id": id, "type": "microsoft.network/effectivesecurityadminrules" })
        };
        networks.into_iter().map(row).collect()
    }

    /// Every network with its subnets and what guards them.
    pub(super) fn show_vnets(&self) -> Vec<Value> {
        let mut places: Vec<(Text, Text, Text)> = Vec::new();
        for cohort in &self.estate.world.cohorts {
            let Network::Vpc { vpc, subnet } = &cohort.network else { continue };
            let place = (vpc.clone(), subnet.clone(), cohort.region.clone());
            if cohort.account == self.account && !places.contains(&place) {
                places.push(place);
            }
        }
        places.sort();
        let mut networks: Vec<Value> = Vec::new();
        for (network, subnet, region) in places {
            let written = format!("{network}/{subnet}");
            let mut properties =
                json!({ "provisioningState": "Succeeded", "addressPrefix": "10.0.0.0/8" });
            if let Some(gateway) = self.gateway_of(&written) {
                properties["natGateway"] = json!({ "id": gateway });
            }
            if let Some(nsg) = self.estate.nsg_of_subnet(self.account, &written) {
                properties["networkSecurityGroup"] = json!({ "id": self.nsg_id(nsg) });
            }
            let subnet =
                json!({ "id": self.subnet_id(&written), "name": subnet, "properties": properties });
            match networks.last_mut().filter(|last| last["name"] == json!(network)) {
                Some(last) => {
                    if let Some(subnets) = last["properties"]["subnets"].as_array_mut() {
                        subnets.push(subnet);
                    }
                }
                None => networks.push(json!({
                    "id": self.vnet_id(&network), "name": network, "type": Kind::Vnet.name(), "location": region,
                    "properties": {
                        "provisioningState": "Succeeded",
                        "addressSpace": { "addressPrefixes": ["10.0.0.0/8"] },
                        "subnets": [subnet],
                        "virtualNetworkPeerings": self.peerings_of(&network),
                    },
                })),
            }
        }
        networks
    }
}

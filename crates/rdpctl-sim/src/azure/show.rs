//! The estate's things as ARM resources.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Value, json};

use super::{call::Call, place::Kind};
use crate::{
    estate::{VmState, Work},
    world::{Access, Kept, NsgRule, Power, StopCharging, Text, VmIndex},
};

/// A version of something, from what it holds.
pub(super) fn etag(content: &str) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    let hash = hasher.finish();
    format!("W/\"{:08x}-{:04x}-4000-8000-{hash:012x}\"", hash >> 32, hash & 0xffff)
}

/// The vendor's word for a power state.
fn power(state: &VmState, now: jiff::Timestamp) -> &'static str {
    let deallocating = matches!(
        state.seen_operation(now).map(|operation| &operation.work),
        Some(Work::Stop(StopCharging::Free))
    );
    match state.seen_power(now) {
        Power::Running | Power::Rebooting => "running",
        Power::Starting | Power::Pending => "starting",
        Power::Stopping if deallocating => "deallocating",
        Power::Stopping => "stopping",
        Power::Stopped if state.stop_charging == StopCharging::Free => "deallocated",
        Power::Stopped => "stopped",
        Power::LaunchFailed
        | Power::Shutdown
        | Power::Terminating
        | Power::EnterRescueMode
        | Power::RescueMode
        | Power::ExitRescueMode
        | Power::EnterServiceLiveMigrate
        | Power::ServiceLiveMigrate
        | Power::ExitServiceLiveMigrate => "unknown",
    }
}

impl Call<'_> {
    /// Every resource of a type, as the graph has it.
    pub(super) fn resources(&self, kind: Kind) -> Vec<Value> {
        let mut all = match kind {
            Kind::Vm => {
                let vms = self.vms().into_iter();
                vms.map(|vm| {
                    let mut shown = self.show_vm(vm);
                    let state = self.estate.vm(vm);
                    let code = format!("PowerState/{}", power(&state, self.estate.now));
                    shown["properties"]["extended"] = json!({ "instanceView": {
                        "powerState": { "code": code },
                        "hyperVGeneration": "V2",
                        "osName": &*self.estate.place(vm).0.os,
                    } });
                    shown
                })
                .collect()
            }
            Kind::Nic => self.vms().into_iter().map(|vm| self.show_nic(vm)).collect(),
            Kind::Address => {
                self.addresses().into_iter().map(|number| self.show_address(number)).collect()
            }
            Kind::Nsg => self.nsg_names().iter().filter_map(|name| self.show_nsg(name)).collect(),
            Kind::Vnet => self.show_vnets(),
            Kind::Balancer => self.show_balancers(),
            Kind::Bastion => self.show_bastions(),
            Kind::Disk
            | Kind::Snapshot
            | Kind::Location
            | Kind::NetworkLocation
            | Kind::Provider
            | Kind::Group
            | Kind::Subscription
            | Kind::Console => Vec::new(),
        };
        for resource in &mut all {
            resource["type"] = Value::String(kind.name().to_ascii_lowercase());
        }
        all
    }

    /// A VM's model.
    pub(super) fn show_vm(&self, vm: VmIndex) -> Value {
        let world = &self.estate.world;
        let (cohort, _) = world.place(vm);
        let name = self.estate.vm_name(vm);
        let state = self.estate.vm(vm);
        let provisioning = match (&state.operation, &state.latest) {
            (Some(_), _) => "Updating",
            (None, Some(latest)) if latest.failure.is_some() => "Failed",
            (None, _) => "Succeeded",
        };
        let tags: serde_json::Map<String, Value> = cohort
            .tags
            .iter()
            .map(|tag| (tag.key.to_string(), Value::String(tag.value.to_string())))
            .collect();
        let (disk, disk_id) = if let Some(id) = &state.os_disk {
            let known = self.estate.volume(id).map(|volume| volume.label.id.to_string());
            let id = known.unwrap_or_else(|| id.to_string());
            (id.rsplit('/').next().unwrap_or_default().to_owned(), id)
        } else {
            let disk = format!("{name}-os");
            let id = world.arm_id(vm, "Microsoft.Compute/disks", &disk);
            (disk, id)
        };
        let mut shown = json!({
            "id": world.vm_id(vm),
            "name": name,
            "type": Kind::Vm.name(),
            "location": cohort.region,
            "tags": tags,
            "properties": {
                "vmId": world.vm_uuid(vm),
                "provisioningState": provisioning,
                "hardwareProfile": { "vmSize": "Standard_D2s_v5" },
                "storageProfile": {
                    "osDisk": {
                        "osType": if cohort.is_windows() { "Windows" } else { "Linux" },
                        "name": disk,
                        "createOption": "FromImage",
                        "managedDisk": { "id": disk_id },
                    },
                    "dataDisks": [],
                },
                "osProfile": { "computerName": name },
                "networkProfile": { "networkInterfaces": [{
                    "id": world.arm_id(vm, Kind::Nic.name(), &format!("{name}-nic")),
                    "properties": { "primary": true },
                }] },
                "diagnosticsProfile": { "bootDiagnostics": { "enabled": true } },
            },
        });
        let properties = &mut shown["properties"];
        let os_disk = &mut properties["storageProfile"]["osDisk"];
        match cohort.system_disk.kept {
            Kept::Managed => {}
            Kept::Unmanaged => {
                let uri = format!("https://simulated.blob.core.windows.net/vhds/{name}.vhd");
                os_disk["vhd"] = json!({ "uri": uri });
                if let Some(disk) = os_disk.as_object_mut() {
                    disk.remove("managedDisk");
                }
            }
            Kept::Ephemeral => {
                os_disk["diffDiskSettings"] = json!({ "option": "Local" });
            }
            Kept::Confidential => {
                properties["securityProfile"] = json!({ "securityType": "ConfidentialVM" });
            }
        }
        shown
    }

    /// A VM in the list that shows states and nothing else.
    pub(super) fn show_status(&self, vm: VmIndex) -> Value {
        let whole = self.show_vm(vm);
        let view = self.show_view(vm);
        json!({
            "id": whole["id"], "name": whole["name"], "type": whole["type"], "location": whole["location"],
            "properties": {
                "vmId": whole["properties"]["vmId"],
                "provisioningState": whole["properties"]["provisioningState"],
                "hardwareProfile": {},
                "instanceView": { "statuses": view["statuses"] },
            },
        })
    }

    /// A VM's instance view.
    pub(super) fn show_view(&self, vm: VmIndex) -> Value {
        let (state, now) = (self.estate.vm(vm), self.estate.now);
        let word = power(&state, now);
        let mut view = json!({
            "hyperVGeneration": "V2",
            "statuses": [
                { "code": "ProvisioningState/succeeded", "level": "Info", "displayStatus": "Provisioning succeeded" },
                { "code": format!("PowerState/{word}"), "level": "Info", "displayStatus": format!("VM {word}") },
            ],
        });
        if word != "running" {
            return view;
        }
        let (cohort, _) = self.estate.place(vm);
        view["computerName"] = json!(self.estate.vm_name(vm));
        view["osName"] = json!(cohort.os);
        if state.agent != crate::world::Agent::Absent {
            let ready = state.agent_answers(now);
            view["vmAgent"] = json!({
                "vmAgentVersion": "2.7.41491.1172",
                "statuses": [{
                    "code": if ready { "ProvisioningState/succeeded" } else { "ProvisioningState/Unavailable" },
                    "level": if ready { "Info" } else { "Warning" },
                    "displayStatus": if ready { "Ready" } else { "Not Ready" },
                }],
            });
        }
        view
    }

    /// A VM's interface.
    pub(super) fn show_nic(&self, vm: VmIndex) -> Value {
        let world = &self.estate.world;
        let (cohort, _) = world.place(vm);
        let name = format!("{}-nic", self.estate.vm_name(vm));
        let id = world.arm_id(vm, Kind::Nic.name(), &name);
        let state = self.estate.vm(vm);
        let mut configuration = json!({
            "primary": true,
            "privateIPAddress": world.private_ip(vm).to_string(),
            "privateIPAllocationMethod": "Dynamic",
            "provisioningState": "Succeeded",
        });
        if let Some(subnet) = self.estate.subnet_of(vm) {
            configuration["subnet"] = json!({ "id": self.subnet_id(&subnet) });
        }
        let rules = self.rules_to(vm);
        if !rules.is_empty() {
            configuration["loadBalancerInboundNatRules"] = Value::Array(rules);
        }
        let pools = self.pools_of(vm);
        if !pools.is_empty() {
            configuration["loadBalancerBackendAddressPools"] = Value::Array(pools);
        }
        if let Some(number) = self.estate.address_of(vm) {
            configuration["publicIPAddress"] = json!({ "id": self.address_id(number) });
        }
        let mut properties = json!({
            "provisioningState": "Succeeded",
            "primary": true,
            "virtualMachine": { "id": world.vm_id(vm) },
            "ipConfigurations": [{
                "id": format!("{id}/ipConfigurations/ipconfig1"),
                "name": "ipconfig1",
                "properties": configuration,
            }],
        });
        if let Some(id) = state.groups.first().and_then(|name| self.nsg_id(name)) {
            properties["networkSecurityGroup"] = json!({ "id": id });
        }
        let etag = etag(&properties.to_string());
        json!({
            "id": id, "name": name, "type": Kind::Nic.name(), "location": cohort.region,
            "etag": etag, "properties": properties,
        })
    }

    /// A network security group with the vendor's own rules behind its own.
    pub(super) fn show_nsg(&self, name: &str) -> Option<Value> {
        let nsg = self.estate.nsgs.get(name)?;
        let id = self.nsg_id(name)?;
        let etag = etag(&format!("{id} {}", nsg.version));
        let rules: Vec<Value> = nsg.rules.iter().map(|rule| show_rule(&id, &etag, rule)).collect();
        let nics: Vec<Value> = self
            .vms()
            .into_iter()
            .filter(|vm| self.estate.vm(*vm).groups.iter().any(|bound| **bound == *name))
            .map(|vm| {
                let nic = format!("{}-nic", self.estate.vm_name(vm));
                json!({ "id": self.estate.world.arm_id(vm, Kind::Nic.name(), &nic) })
            })
            .collect();
        let subnets: Vec<Value> =
            nsg.subnets.iter().map(|subnet| json!({ "id": self.subnet_id(subnet) })).collect();
        Some(json!({
            "id": id, "name": name, "type": Kind::Nsg.name(), "location": nsg.region, "etag": etag,
            "properties": {
                "provisioningState": "Succeeded",
                "securityRules": rules,
                "defaultSecurityRules": defaults(&id, &etag),
                "networkInterfaces": nics,
                "subnets": subnets,
            },
        }))
    }
}

const fn access(access: Access) -> &'static str {
    match access {
        Access::Allow => "Allow",
        Access::Deny => "Deny",
        Access::AlwaysAllow => "AlwaysAllow",
    }
}

/// A security admin rule as it is in force in a network.
pub(super) fn show_admin_rule(rule: &NsgRule) -> Value {
    let prefixes = |list: &[Text]| -> Vec<Value> {
        let kind =
            |text: &str| if text == "*" || text.contains('.') { "IPPrefix" } else { "ServiceTag" };
        list.iter()
            .map(|one| json!({ "addressPrefix": one, "addressPrefixType": kind(one) }))
            .collect()
    };
    json!({
        "id": format!("/providers/Microsoft.Network/networkManagers/nm/securityAdminConfigurations/c/ruleCollections/r/rules/{}", rule.name),
        "kind": "Custom",
        "properties": {
            "priority": rule.priority,
            "direction": "Inbound",
            "access": access(rule.access),
            "protocol": if &*rule.protocol == "*" { "Any" } else { &rule.protocol },
            "sources": prefixes(&rule.sources),
            "destinations": prefixes(&rule.destinations),
            "sourcePortRanges": ["0-65535"],
            "destinationPortRanges": rule.ports,
            "provisioningState": "Succeeded",
        },
    })
}

/// A rule.
pub(super) fn show_rule(nsg: &str, etag: &str, rule: &NsgRule) -> Value {
    let mut properties = json!({
        "provisioningState": "Succeeded",
        "priority": rule.priority,
        "direction": if rule.inbound { "Inbound" } else { "Outbound" },
        "access": access(rule.access),
        "protocol": rule.protocol,
        "sourcePortRange": "*",
        "sourcePortRanges": [],
        "description": rule.description,
    });
    for (one, many, values) in [
        ("sourceAddressPrefix", "sourceAddressPrefixes", &rule.sources),
        ("destinationAddressPrefix", "destinationAddressPrefixes", &rule.destinations),
        ("destinationPortRange", "destinationPortRanges", &rule.ports),
    ] {
        match values.as_slice() {
            [single] => {
                properties[one] = json!(single);
                properties[many] = json!([]);
            }
            several => properties[many] = json!(several),
        }
    }
    json!({
        "id": format!("{nsg}/securityRules/{}", rule.name),
        "name": rule.name,
        "etag": etag,
        "type": "Microsoft.Network/networkSecurityGroups/securityRules",
        "properties": properties,
    })
}

fn defaults(nsg: &str, etag: &str) -> Vec<Value> {
    let rule = |name: &str, priority, access, source: &str, destination: &str| NsgRule {
        name: name.into(),
        priority,
        access,
        inbound: true,
        protocol: "*".into(),
        sources: vec![source.into()],
        destinations: vec![destination.into()],
        ports: vec!["*".into()],
        description: "".into(),
    };
    let rules = [
        rule("AllowVnetInBound", 65000, Access::Allow, "VirtualNetwork", "VirtualNetwork"),
        rule("AllowAzureLoadBalancerInBound", 65001, Access::Allow, "AzureLoadBalancer", "*"),
        rule("DenyAllInBound", 65500, Access::Deny, "*", "*"),
    ];
    rules
        .iter()
        .map(|rule| {
            let mut shown = show_rule(nsg, etag, rule);
            shown["id"] = json!(format!("{nsg}/defaultSecurityRules/{}", rule.name));
            shown
        })
        .collect()
}

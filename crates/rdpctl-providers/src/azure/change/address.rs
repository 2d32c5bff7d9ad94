//! Public addresses: made under a name of their own, so that a repetition finds the first, and bound through the
//! interface, which is put back whole under its version.

use std::time::Duration;

use rdpctl_contract::cloud::{CloudError, CloudOrder};
use rdpctl_model::ResourceId;
use rdpctl_model::outcome::{CreatedKind, Receipt};
use serde_json::{Value, json};

use super::{
    Changer, PATIENCE, TAG, TAG_INSTANCE, TAG_VALUE, already, busy, done, no_id, stale, unsupported,
};
use crate::azure::arm::{Address, Resource, Whole, primary};
use crate::azure::client::{Ask, NETWORK};
use crate::azure::id::{ArmId, key};
use crate::moved::say as moved;
use crate::said::say;

/// The type of addresses.
const KIND: &str = "Microsoft.Network/publicIPAddresses";

/// How often a lost race for an interface is run again.
const RACES: u32 = 5;

/// The name of the address that we make for a VM: always the same, so that none is made twice.
pub(in crate::azure) fn name_for(vm: &ArmId) -> String {
    let mut name = vm.name.clone();
    name.truncate(64);
    vm.sibling(KIND, &format!("{name}-rdpctl"))
}

/// The body of an address that is made.
pub(in crate::azure) fn allocation(vm: &ArmId, location: &str, zones: &[String]) -> Value {
    let mut body = json!({
        "location": location,
        "sku": { "name": "Standard", "tier": "Regional" },
        "tags": { TAG: TAG_VALUE, TAG_INSTANCE: vm.short() },
        "properties": {
            "publicIPAllocationMethod": "Static",
            "publicIPAddressVersion": "IPv4",
            "idleTimeoutInMinutes": 4,
        },
    });
    if !zones.is_empty() {
        body["zones"] = json!(zones);
    }
    body
}

impl Changer<'_> {
    /// Makes an address for a VM, or finds the one that was made before.
    pub(super) async fn allocate(&self, order: &CloudOrder) -> Result<Receipt, CloudError> {
        let (at, vm) = self.vm(&order.instance).await?;
        let path = name_for(&at);
        let created = |note: Receipt| Receipt {
            created: Some(self.created(CreatedKind::Address, &path)),
            ..note
        };
        if let Some(known) = self.address(&path).await? {
            let bound = known.properties.ip_configuration.map(|one| key(&one.id));
            let nic = primary(&vm.properties.network_profile.network_interfaces).map(key);
            let elsewhere = match (&bound, &nic) {
                (None, _) => false,
                (Some(bound), Some(nic)) => !bound.starts_with(nic.as_str()),
                (Some(_), None) => true,
            };
            if known.tags.get(TAG).is_none_or(|value| value != TAG_VALUE) || elsewhere {
                return Err(unsupported(
                    moved::address_named(
                        ArmId::parse(&path).map_or_else(|| path.clone(), |id| id.short()),
                    ),
                    moved::name_is_taken(),
                ));
            }
            return Ok(created(already(say::ours_is_there())));
        }
        let body = allocation(&at, &vm.location, &vm.zones);
        let begun = self.client.call(&Ask::put(&path, NETWORK, &body), self.stop).await?;
        self.client.follow(begun, PATIENCE, self.stop).await?;
        match self.address(&path).await? {
            Some(made) if !made.properties.number.is_empty() => {
                Ok(created(done(say::obtained(&*made.properties.number))))
            }
            Some(_) | None => Err(CloudError::NotSettled {
                what: moved::new_address(),
                waited: PATIENCE,
                last: moved::no_number_yet(),
            }),
        }
    }

    /// Binds the address that was made for a VM to its first interface.
    pub(super) async fn associate(&self, order: &CloudOrder) -> Result<Receipt, CloudError> {
        let (at, vm) = self.vm(&order.instance).await?;
        let address = order
            .made(CreatedKind::Address)
            .map_or_else(|| name_for(&at), |made| made.as_str().to_owned());
        let nic = primary(&vm.properties.network_profile.network_interfaces)
            .ok_or_else(|| unsupported(moved::binding(), moved::no_interface()))?;
        self.bind(nic, Some(&address)).await
    }

    /// Gives an address back, after it was taken off whatever it is bound to.
    pub(in crate::azure) async fn release(
        &self,
        address: &ResourceId,
    ) -> Result<Receipt, CloudError> {
        let at = ArmId::of(address).ok_or_else(|| no_id(address))?;
        let Some(known) = self.address(&at.path).await? else {
            return Ok(already(say::gone(at.short())));
        };
        if known.tags.get(TAG).is_none_or(|value| value != TAG_VALUE) {
            return Err(unsupported(moved::giving(at.short()), moved::not_ours()));
        }
        if let Some(bound) = known.properties.ip_configuration {
            let nic = bound.id.split("/ipConfigurations/").next().unwrap_or_default().to_owned();
            self.bind(&nic, None).await?;
        }
        let begun = self.client.call(&Ask::delete(&at.path, NETWORK), self.stop).await?;
        self.client.follow(begun, PATIENCE, self.stop).await?;
        match self.address(&at.path).await? {
            None => Ok(done(say::given_back(at.short()))),
            Some(_) => Err(CloudError::NotSettled {
                what: moved::giving(at.short()),
                waited: PATIENCE,
                last: moved::still_there(),
            }),
        }
    }

    async fn address(&self, path: &str) -> Result<Option<Resource<Address>>, CloudError> {
        match self.client.call(&Ask::get(path, NETWORK), self.stop).await {
            Ok(answer) => Ok(Some(answer.read()?)),
            Err(error) if error.is_missing() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts an address on an interface, or takes it off: the interface as it is, with this one member changed.
    async fn bind(&self, nic: &str, address: Option<&str>) -> Result<Receipt, CloudError> {
        for _ in 0..RACES {
            let mut whole: Whole =
                self.client.call(&Ask::get(nic, NETWORK), self.stop).await?.read()?;
            let Some(configuration) = first_configuration(&mut whole) else {
                return Err(unsupported(moved::binding(), moved::no_configuration()));
            };
            let bound = configuration["publicIPAddress"]["id"].as_str().map(key);
            if bound == address.map(key) {
                return Ok(already(say::so_already()));
            }
            match (address, configuration.as_object_mut()) {
                (Some(_), _) if bound.is_some() => {
                    return Err(stale(moved::another_address()));
                }
                (Some(id), Some(members)) => {
                    members.insert("publicIPAddress".to_owned(), json!({ "id": id }));
                }
                (None, Some(members)) => drop(members.remove("publicIPAddress")),
                (_, None) => {
                    return Err(unsupported(moved::binding(), moved::not_understood()));
                }
            }
            let etag = whole["etag"].as_str().map(str::to_owned);
            if let Some(properties) = whole["properties"].as_object_mut() {
                properties.remove("provisioningState");
            }
            let ask = Ask { etag: etag.as_deref(), ..Ask::put(nic, NETWORK, &whole) };
            match self.client.call(&ask, self.stop).await {
                Ok(begun) => {
                    self.client.follow(begun, PATIENCE, self.stop).await?;
                }
                Err(error) if busy(&error) => self.pause().await?,
                Err(error) => return Err(error.into()),
            }
            let mut now: Whole =
                self.client.call(&Ask::get(nic, NETWORK), self.stop).await?.read()?;
            let bound = first_configuration(&mut now)
                .and_then(|now| now["publicIPAddress"]["id"].as_str().map(key));
            if bound == address.map(key) {
                return Ok(done(if address.is_some() { say::bound() } else { say::taken_off() }));
            }
        }
        Err(stale(moved::interface_changed()))
    }

    pub(super) async fn pause(&self) -> Result<(), CloudError> {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => Ok(()),
            () = self.stop.cancelled() => Err(CloudError::Stopped),
        }
    }
}

/// The properties of the configuration that counts.
fn first_configuration(nic: &mut Whole) -> Option<&mut Value> {
    let all = nic["properties"]["ipConfigurations"].as_array_mut()?;
    let marked = all.iter().position(|one| one["properties"]["primary"].as_bool() == Some(true));
    all.get_mut(marked.unwrap_or(0)).map(|one| &mut one["properties"])
}

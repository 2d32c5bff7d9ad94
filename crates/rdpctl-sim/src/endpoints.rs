//! Where a running simulator can be reached, and with which keys.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Serialize;

use crate::{
    serial,
    shared::Shared,
    winrm,
    world::{Vendor, VmIndex, World},
};

/// Where a running simulator can be reached, and with which keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Endpoints {
    /// The base URL of the Tencent Cloud API, for every service.
    pub tencent: String,
    /// The base URL of Azure: directory and resource manager.
    pub azure: String,
    /// The same over HTTPS, which the vendor's own clients insist on.
    pub azure_tls: String,
    /// The certificate to trust for that, as PEM.
    pub azure_authority: String,
    /// Doors into the instances, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub instances: BTreeMap<String, InstanceEndpoints>,
    /// The certificate to trust for WinRM over HTTPS, as PEM.
    pub winrm_authority: String,
    /// Keys, by account.
    pub credentials: BTreeMap<String, Credentials>,
}

/// Doors into an instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct InstanceEndpoints {
    /// The URL of its WinRM listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub winrm: Option<String>,
    /// Host and port of its Remote Desktop listener.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rdp: Option<String>,
    /// Host and port that its serial port leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
}

/// Keys of a simulated account. They open nothing outside the simulator, so they may be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Credentials {
    /// The vendor.
    pub kind: &'static str,
    /// Where its things are.
    pub region: String,
    /// The public half.
    pub secret_id: String,
    /// The secret half.
    pub secret_key: String,
    /// The directory, of an Azure account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The subscription, of an Azure account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subscription: Option<String>,
}

/// So many instances are named with their doors when the simulator starts.
const NAMED: u32 = 2048;

fn instances(
    world: &World,
    shared: &Shared,
    lines: &serial::Lines,
) -> BTreeMap<String, InstanceEndpoints> {
    let core = shared.lock();
    (0..world.total.min(NAMED))
        .map(VmIndex)
        .map(|vm| {
            let address = core.estate.public_address(vm);
            let rdp = address.map(|ip| format!("{ip}:3389"));
            let serial = lines.of(vm).map(|line| line.to_string());
            (
                world.vm_name(vm).to_string(),
                InstanceEndpoints { rdp, winrm: address.map(winrm::Doors::url), serial },
            )
        })
        .collect()
}

pub(crate) fn endpoints(
    world: &World,
    shared: &Shared,
    address: SocketAddr,
    winrm_authority: &str,
    azure: (SocketAddr, String),
    lines: &serial::Lines,
) -> Endpoints {
    let credentials = world.accounts().iter().map(|account| {
        let azure = account.vendor == Vendor::Azure;
        let credentials = Credentials {
            kind: account.vendor.name(),
            region: account.region.to_string(),
            secret_id: account.secret_id.to_string(),
            secret_key: account.secret_key.0.clone(),
            tenant: azure.then(|| account.tenant.to_string()),
            subscription: azure.then(|| account.subscription.to_string()),
        };
        (account.name.to_string(), credentials)
    });
    Endpoints {
        tencent: format!("http://{address}"),
        azure: format!("http://{address}"),
        azure_tls: format!("https://{}", azure.0),
        azure_authority: azure.1,
        instances: instances(world, shared, lines),
        winrm_authority: winrm_authority.to_owned(),
        credentials: credentials.collect(),
    }
}

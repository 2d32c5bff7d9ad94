//! Whose account a provider is, and as whom we ask there: per vendor, so that a wrong mix cannot be built.

use std::path::PathBuf;

use serde::Serialize;

use crate::secret::SecretRef;
use crate::vendor::{self, Place, Vendor};

/// The vendors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// Tencent Cloud.
    Tencent,
    /// Microsoft Azure.
    Azure,
    /// Hosts without a cloud API.
    Static,
}

impl ProviderKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Tencent, Self::Azure, Self::Static];

    /// What is said of that vendor, once.
    #[must_use]
    pub const fn vendor(self) -> &'static Vendor {
        match self {
            Self::Tencent => &vendor::tencent::TENCENT,
            Self::Azure => &vendor::azure::AZURE,
            Self::Static => &vendor::hosts::HOSTS,
        }
    }

    /// Whether its machines are in a cloud.
    #[must_use]
    pub const fn is_cloud(self) -> bool {
        matches!(self.vendor().place, Place::Cloud)
    }
}

/// What is declared of a vendor's account; never a credential itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Account {
    /// Tencent Cloud.
    Tencent(Tencent),
    /// Microsoft Azure.
    Azure(Azure),
    /// None: hosts without a cloud API.
    Static,
}

/// An account of Tencent Cloud in one region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tencent {
    /// The region.
    pub region: String,
    /// Where the credentials come from.
    pub credentials: TencentCredentials,
    /// The ids of the registered commands by which alone guests are looked into; none, to look by whatever is asked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
    /// How it is called.
    pub calls: Calls,
}

/// Where `EnterRescueMode` exists, by the vendor's page of it (edition of 2026-03-26). That a region stands here says
/// nothing of a Windows: no call tells that beforehand.
const RESCUES: [&str; 18] = [
    "ap-bangkok",
    "ap-beijing",
    "ap-chengdu",
    "ap-chongqing",
    "ap-guangzhou",
    "ap-hongkong",
    "ap-jakarta",
    "ap-nanjing",
    "ap-seoul",
    "ap-shanghai",
    "ap-shanghai-fsi",
    "ap-shenzhen-fsi",
    "ap-singapore",
    "ap-tokyo",
    "eu-frankfurt",
    "na-ashburn",
    "na-siliconvalley",
    "sa-saopaulo",
];

/// What is left, in a region of Tencent Cloud, for a machine that nobody reaches: its system disk is never detached, and
/// nobody gets its blocks.
#[must_use]
pub fn way_out_of_tencent(region: &str) -> String {
    let by_hand = "roll its disk back to a snapshot";
    if RESCUES.contains(&region) {
        format!(
            "Tencent Cloud detaches no system disk, and whether its rescue mode takes this Windows is told by nothing but EnterRescueMode itself, which stops the machine: {by_hand}, or enter rescue mode by hand, which {region} has"
        )
    } else {
        format!(
            "Tencent Cloud detaches no system disk, and its rescue mode is not documented for {region}: {by_hand}"
        )
    }
}

/// Where Tencent Cloud's credentials come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TencentCredentials {
    /// The vendor's usual chain, starting with the environment.
    Chain,
    /// A named profile of the vendor's command line.
    Profile(String),
    /// The role of the machine or pod that rdpctl runs on.
    Role,
    /// A role to assume.
    AssumeRole(String),
    /// Explicit references.
    Keys {
        /// The id of the key.
        id: SecretRef,
        /// The key.
        key: SecretRef,
    },
}

/// A subscription of Microsoft Azure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Azure {
    /// Which of the vendor's clouds.
    pub cloud: AzureCloud,
    /// The tenant, where it is declared.
    pub tenant: Option<String>,
    /// The subscription.
    pub subscription: String,
    /// Where the credentials come from.
    pub credentials: AzureCredentials,
    /// How it is called.
    pub calls: Calls,
}

/// The clouds of Azure, which know nothing of each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AzureCloud {
    /// The public one.
    #[default]
    Public,
    /// China, operated by 21Vianet.
    China,
    /// The government of the United States.
    UsGovernment,
}

/// Where Azure's credentials come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AzureCredentials {
    /// The vendor's usual chain, starting with the environment.
    Chain,
    /// An application with a secret.
    ClientSecret {
        /// The application's id.
        client: String,
        /// Its secret.
        secret: SecretRef,
    },
    /// An application with a certificate.
    ClientCertificate {
        /// The application's id.
        client: String,
        /// Where its certificate and key are found, as PEM.
        certificate: SecretRef,
    },
    /// A token that a cluster or a pipeline issues for an application.
    WorkloadIdentity {
        /// The application's id, where the environment does not name it.
        client: Option<String>,
        /// The file of the token, where the environment does not name it.
        token_file: Option<PathBuf>,
    },
    /// The identity of the machine that rdpctl runs on.
    ManagedIdentity {
        /// Which one, where the machine has several.
        client: Option<String>,
    },
    /// Whoever is logged on to the vendor's command line.
    Cli,
}

/// How a vendor's API is called.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calls {
    /// One base URL in place of the vendor's hosts.
    pub endpoint: Option<String>,
    /// By which way it is reached.
    pub route: Route,
    /// Client-side rate limits.
    pub rates: Rates,
}

/// By which way a vendor's API is reached. Guests, hosts and metadata services are always reached directly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Route {
    /// Through the proxy that the environment names (`HTTPS_PROXY`, `NO_PROXY`), if it names one.
    #[default]
    Usual,
    /// Directly, whatever the environment says.
    Direct,
    /// Through this proxy, but for what `NO_PROXY` excepts.
    Through(String),
}

/// Client-side rate limits.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rates {
    /// A share of what the vendor documents.
    Documented,
    /// Documented numbers multiplied, for accounts whose quota was raised.
    Factor(f64),
    /// None; for endpoints that set no limits.
    Unlimited,
}

impl Account {
    /// Which vendor.
    #[must_use]
    pub const fn kind(&self) -> ProviderKind {
        match self {
            Self::Tencent(_) => ProviderKind::Tencent,
            Self::Azure(_) => ProviderKind::Azure,
            Self::Static => ProviderKind::Static,
        }
    }

    /// How it is called, where there is an API.
    #[must_use]
    pub const fn calls(&self) -> Option<&Calls> {
        match self {
            Self::Tencent(tencent) => Some(&tencent.calls),
            Self::Azure(azure) => Some(&azure.calls),
            Self::Static => None,
        }
    }

    /// The region that the account is seen in; none where the vendor's ids say where a thing is.
    #[must_use]
    pub const fn region(&self) -> Option<&str> {
        match self {
            Self::Tencent(tencent) => Some(tencent.region.as_str()),
            Self::Azure(_) | Self::Static => None,
        }
    }

    /// Where its API is, unless an endpoint says so.
    #[must_use]
    pub const fn host(&self) -> Option<&'static str> {
        match self {
            Self::Tencent(_) => Some("cvm.tencentcloudapi.com"),
            Self::Azure(azure) => Some(match azure.cloud {
                AzureCloud::Public => "management.azure.com",
                AzureCloud::China => "management.chinacloudapi.cn",
                AzureCloud::UsGovernment => "management.usgovcloudapi.net",
            }),
            Self::Static => None,
        }
    }

    /// What is left for a machine that nobody reaches, where the vendor gives nobody its system disk; nothing where it does.
    #[must_use]
    pub fn way_out(&self) -> Option<String> {
        match self {
            Self::Tencent(tencent) => Some(way_out_of_tencent(&tencent.region)),
            Self::Azure(_) | Self::Static => None,
        }
    }

    /// The whole id of a machine that is called by a part of it; as it is, where that is all.
    #[must_use]
    pub fn id_of(&self, called: &str) -> String {
        match (self, called.split_once('/')) {
            (Self::Azure(azure), Some((group, vm))) if !group.is_empty() => {
                vm_of_azure(&azure.subscription, group, vm)
            }
            (Self::Azure(_) | Self::Tencent(_) | Self::Static, _) => called.to_owned(),
        }
    }
}

/// The id of a VM of Azure.
#[must_use]
pub fn vm_of_azure(subscription: &str, group: &str, name: &str) -> String {
    format!(
        "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Compute/virtualMachines/{name}"
    )
}

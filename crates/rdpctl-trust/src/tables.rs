//! The tables of a grants file.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `[[secret]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecretGrant {
    /// `env:NAME`, `env:PREFIX*`, `file:/PATH` or `cmd:/PROGRAM ARGS`, exact but for the prefix.
    pub(crate) from: String,
    /// Who may receive it.
    pub(crate) to: To,
}

/// The receiver of a secret: a host, or VMs of a cloud account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct To {
    /// A name, an address, a network (`10.0.0.0/28`) or whole labels (`*.corp.example`); or a serial line
    /// (`unix:/run/vm/db-02.sock`, `device:/dev/ttyS0`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) host: Option<String>,
    /// The port, where it is not the channel's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) port: Option<u16>,
    /// `tencent` or `azure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) provider: Option<String>,
    /// The endpoint, where it is not the vendor's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    /// The account's number or id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    /// One VM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Every VM that this picks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) select: Option<Select>,
    /// `winrm`, `serial`, or `api` for a provider's own key.
    pub(crate) channel: String,
    /// `required`, or `none` where a sealed log-on over plain HTTP is granted as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<String>,
}

/// A selector in a grant; it must be that of the declaration, no more and no less.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Select {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) names: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) resource_group: Option<String>,
}

/// `[[host]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct HostGrant {
    /// A name, an address, a network (`10.0.0.0/28`) or whole labels (`*.corp.example`).
    pub(crate) address: String,
}

/// `[[identity]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentityGrant {
    /// `tencent` or `azure`.
    pub(crate) provider: String,
    /// A profile of the vendor's command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) profile: Option<String>,
    /// A role to assume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) role: Option<String>,
}

/// `[[endpoint]]` and `[[proxy]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointGrant {
    /// `tencent` or `azure`.
    pub(crate) provider: String,
    /// The base URL.
    pub(crate) url: String,
}

/// `[[file]]` and `[[disk]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileGrant {
    /// The whole path, behind all links.
    pub(crate) path: String,
}

/// `[[vm-disk]]`
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct VmDiskGrant {
    /// `azure`.
    pub(crate) provider: String,
    /// The endpoint, where it is not the vendor's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    /// The account's number or id, for the VMs that a selector picks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
    /// One VM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) id: Option<String>,
    /// Every VM that this picks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) select: Option<Select>,
}

/// `[[enforce]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EnforceGrant {
    /// The whole path of the work tree, behind all links.
    pub(crate) tree: String,
}

/// `[[webhook]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookGrant {
    /// The URL or the reference to it, as it is declared.
    pub(crate) url: String,
    /// The reference to what it is signed by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<String>,
}

/// `[[state]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StateGrant {
    /// The URL as it is declared.
    pub(crate) url: String,
}

/// `[[page]]`
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PageGrant {
    /// Under which address it is reached.
    pub(crate) url: String,
    /// Networks from which a proxy may speak for others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) proxies: Vec<String>,
    /// The header in which it names them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user_header: Option<String>,
}

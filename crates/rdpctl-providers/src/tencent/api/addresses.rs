//! Elastic and ordinary public addresses.

use serde::{Deserialize, Serialize};

use super::filter::Filter;
use super::instances::{ItemPrice, NetworkCharge};
use super::{NewTag, Tag, TaskStarted, actions, pages, words};
use crate::tencent::lenient::{List, Nested, Number, Text};

/// Every kind of address. Without naming them, ordinary ones are left out of listings.
pub const ALL_TYPES: [&str; 6] =
    ["WanIP", "EIP", "AnycastEIP", "HighQualityEIP", "AntiDDoSEIP", "ResidentialEIP"];

/// Lists addresses.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeAddresses {
    /// At most a hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub address_ids: Vec<String>,
    /// At most ten, with at most a hundred values each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filters: Vec<Filter>,
    /// How many to skip.
    pub offset: usize,
    /// At most a hundred.
    pub limit: usize,
}

/// A page of addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Addresses {
    /// How many there are in all.
    pub total_count: Number,
    /// Those of this page.
    pub address_set: List<Address>,
}

/// An address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Address {
    /// Its id; ordinary addresses have one of the same form.
    pub address_id: Text,
    /// The address.
    pub address_ip: Text,
    /// Its state.
    pub address_status: AddressStatus,
    /// Its kind.
    pub address_type: AddressType,
    /// Where it is bound.
    pub instance_id: Text,
    /// The interface's private address.
    pub private_address_ip: Text,
    /// Mbps; `null` where the account is charged by instance.
    pub bandwidth: Number,
    /// How it is charged; `null` where the account is charged by instance.
    pub internet_charge_type: NetworkCharge,
    /// The package that it belongs to.
    pub bandwidth_package_id: Text,
    /// Frozen because the account owes money.
    pub is_arrears: Option<bool>,
    /// Blocked for an attack or for security's sake.
    pub is_blocked: Option<bool>,
    /// Its tags; untrusted text.
    pub tag_set: List<Tag>,
}

words! {
    /// The state of an address.
    AddressStatus {
        /// Being made.
        Creating = "CREATING",
        /// Being bound.
        Binding = "BINDING",
        /// Bound.
        Bind = "BIND",
        /// Being unbound.
        Unbinding = "UNBINDING",
        /// Free.
        Unbind = "UNBIND",
        /// Being given back.
        Offlining = "OFFLINING",
        /// Bound to an interface that no instance has.
        BindEni = "BIND_ENI",
    }
}

words! {
    /// The kind of an address.
    AddressType {
        /// Ordinary: lives and dies with its instance.
        WanIp = "WanIP",
        /// The same, in older words.
        CalcIp = "CalcIP",
        /// Elastic.
        Eip = "EIP",
        /// Elastic, anycast.
        AnycastEip = "AnycastEIP",
        /// Elastic, on better lines.
        HighQualityEip = "HighQualityEIP",
        /// Elastic, behind protection.
        AntiDdosEip = "AntiDDoSEIP",
        /// Elastic, residential.
        ResidentialEip = "ResidentialEIP",
    }
}

impl AddressType {
    /// Whether it lives and dies with its instance.
    #[must_use]
    pub const fn is_ordinary(&self) -> bool {
        match self {
            Self::WanIp | Self::CalcIp => true,
            Self::Eip
            | Self::AnycastEip
            | Self::HighQualityEip
            | Self::AntiDdosEip
            | Self::ResidentialEip
            | Self::Other(_)
            | Self::Unsaid => false,
        }
    }
}

/// Asks whether the account is charged by address or by instance.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct DescribeNetworkAccountType {}

/// How the account is charged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NetworkAccount {
    /// By address or by instance.
    pub network_account_type: NetworkAccountType,
}

words! {
    /// How public traffic is charged to the account.
    NetworkAccountType {
        /// By address.
        Standard = "STANDARD",
        /// By instance.
        Legacy = "LEGACY",
    }
}

/// Obtains elastic addresses.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllocateAddresses {
    /// How many.
    pub address_count: u32,
    /// How they are charged; left out where the account is charged by instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet_charge_type: Option<&'static str>,
    /// Mbps; left out where the account is charged by instance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet_max_bandwidth_out: Option<u32>,
    /// By which they are known as ours.
    pub tags: Vec<NewTag>,
    /// Makes a repetition harmless; at most 64 ASCII characters.
    pub client_token: String,
}

/// The addresses obtained.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Allocated {
    /// Their ids.
    pub address_set: List<Text>,
}

/// Binds an elastic address to an instance's primary interface.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AssociateAddress {
    /// The address, which is free.
    pub address_id: String,
    /// The instance, which has none.
    pub instance_id: String,
}

/// Unbinds an elastic address.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateAddress {
    /// The address.
    pub address_id: String,
}

/// Gives free addresses back, for good.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReleaseAddresses {
    /// The addresses.
    pub address_ids: Vec<String>,
}

/// Sets the bandwidth of elastic addresses that are charged alike.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ModifyAddressesBandwidth {
    /// The addresses.
    pub address_ids: Vec<String>,
    /// Mbps.
    pub internet_max_bandwidth_out: u32,
}

/// Turns an instance's ordinary address into an elastic one, keeping its number.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TransformAddress {
    /// The instance.
    pub instance_id: String,
}

/// Asks for the price of an address.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InquiryPriceAllocateAddresses {
    /// As when obtaining it.
    pub internet_charge_type: &'static str,
    /// As when obtaining it.
    pub internet_max_bandwidth_out: u32,
}

/// Asks for the price of another bandwidth.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InquiryPriceModifyAddressesBandwidth {
    /// As when setting it.
    pub address_ids: Vec<String>,
    /// As when setting it.
    pub internet_max_bandwidth_out: u32,
}

/// A quoted price.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AddressPrice {
    /// The price.
    pub price: Nested<AddressPriceParts>,
}

/// The parts of a quoted price.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AddressPriceParts {
    /// For the address with its bandwidth.
    pub address_price: Nested<ItemPrice>,
}

pages! {
    Addresses: address_set of Address;
}

actions! {
    DescribeAddresses => Vpc "DescribeAddresses", 20 a second, Read, Addresses;
    DescribeNetworkAccountType => Vpc "DescribeNetworkAccountType", 20 a second, Read, NetworkAccount;
    AllocateAddresses => Vpc "AllocateAddresses", 10 a second, Token, Allocated;
    AssociateAddress => Vpc "AssociateAddress", 10 a second, Write, TaskStarted;
    DisassociateAddress => Vpc "DisassociateAddress", 10 a second, Write, TaskStarted;
    ReleaseAddresses => Vpc "ReleaseAddresses", 10 a second, Write, TaskStarted;
    ModifyAddressesBandwidth => Vpc "ModifyAddressesBandwidth", 20 a second, Write, TaskStarted;
    TransformAddress => Vpc "TransformAddress", 10 a second, Write, TaskStarted;
    InquiryPriceAllocateAddresses => Vpc "InquiryPriceAllocateAddresses", 20 a second, Read, AddressPrice;
    InquiryPriceModifyAddressesBandwidth =>
        Vpc "InquiryPriceModifyAddressesBandwidth", 20 a second, Read, AddressPrice;
}

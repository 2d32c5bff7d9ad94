//! Templates: named lists of addresses or of protocols with ports, which rules may refer to. Their listings take
//! numbers as texts.

use serde::{Deserialize, Serialize};

use super::actions;
use super::filter::Filter;
use crate::tencent::lenient::{List, Text};

/// Declares the four listings, which differ in their names only.
macro_rules! listings {
    ($($(#[$doc:meta])* $request:ident by $filter:literal;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, Serialize)]
            #[serde(rename_all = "PascalCase")]
            pub struct $request {
                /// Which.
                pub filters: Vec<Filter>,
                /// How many to skip, as a text.
                pub offset: &'static str,
                /// At most a hundred, as a text.
                pub limit: &'static str,
            }

            impl $request {
                /// Asks for one of them.
                #[must_use]
                pub fn one(id: &str) -> Self {
                    Self { filters: vec![Filter::new($filter, [id])], offset: "0", limit: "100" }
                }
            }
        )+
    };
}

listings! {
    /// Lists address templates.
    DescribeAddressTemplates by "address-template-id";
    /// Lists groups of address templates.
    DescribeAddressTemplateGroups by "address-template-group-id";
    /// Lists service templates.
    DescribeServiceTemplates by "service-template-id";
    /// Lists groups of service templates.
    DescribeServiceTemplateGroups by "service-template-group-id";
}

/// Address templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AddressTemplates {
    /// The templates.
    pub address_template_set: List<AddressTemplate>,
}

/// An address template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AddressTemplate {
    /// Its id.
    pub address_template_id: Text,
    /// Addresses, networks and ranges.
    pub address_set: List<Text>,
}

/// Groups of address templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AddressTemplateGroups {
    /// The groups.
    pub address_template_group_set: List<AddressTemplateGroup>,
}

/// A group of address templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AddressTemplateGroup {
    /// Its id.
    pub address_template_group_id: Text,
    /// Its templates.
    pub address_template_id_set: List<Text>,
}

/// Service templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServiceTemplates {
    /// The templates.
    pub service_template_set: List<ServiceTemplate>,
}

/// A service template.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServiceTemplate {
    /// Its id.
    pub service_template_id: Text,
    /// Entries such as `tcp:80,443`.
    pub service_set: List<Text>,
}

/// Groups of service templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServiceTemplateGroups {
    /// The groups.
    pub service_template_group_set: List<ServiceTemplateGroup>,
}

/// A group of service templates.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ServiceTemplateGroup {
    /// Its id.
    pub service_template_group_id: Text,
    /// Its templates.
    pub service_template_id_set: List<Text>,
}

actions! {
    DescribeAddressTemplates => Vpc "DescribeAddressTemplates", 50 a second, Read, AddressTemplates;
    DescribeAddressTemplateGroups =>
        Vpc "DescribeAddressTemplateGroups", 50 a second, Read, AddressTemplateGroups;
    DescribeServiceTemplates => Vpc "DescribeServiceTemplates", 50 a second, Read, ServiceTemplates;
    DescribeServiceTemplateGroups =>
        Vpc "DescribeServiceTemplateGroups", 50 a second, Read, ServiceTemplateGroups;
}

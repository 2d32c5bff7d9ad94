//! Templates: named lists of addresses or of protocols with ports, which rules may refer to. Their listings take
//! numbers as texts.

use serde::{Deserialize, Serialize};

use super::actions;
use super::filter::Filter;
use crate::tencent::client::Action;
use crate::tencent::lenient::{List, Text};

/// A listing that can be asked for one thing by its id.
pub trait Listing: Action {
    /// Asks for one.
    fn one(id: &str) -> Self;

    /// The members of that one, if it was listed.
    fn members(listed: Self::Reply, id: &str) -> Option<Vec<Text>>;
}

/// Declares the four listings, which differ in their names only.
macro_rules! listings {
    ($($(#[$doc:meta])* $request:ident by $filter:literal: $reply:ident $set:ident $id:ident $members:ident;)+) => {
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

            impl Listing for $request {
                fn one(id: &str) -> Self {
                    Self { filters: vec![Filter::new($filter, [id])], offset: "0", limit: "100" }
                }

                fn members(listed: $reply, id: &str) -> Option<Vec<Text>> {
                    let mut listed = listed.$set.0.into_iter();
                    listed.find(|one| one.$id.as_str() == id).map(|one| one.$members.0)
                }
            }
        )+
    };
}

listings! {
    /// Lists address templates.
    DescribeAddressTemplates by "address-template-id":
        AddressTemplates address_template_set address_template_id address_set;
    /// Lists groups of address templates.
    DescribeAddressTemplateGroups by "address-template-group-id":
        AddressTemplateGroups address_template_group_set address_template_group_id address_template_id_set;
    /// Lists service templates.
    DescribeServiceTemplates by "service-template-id":
        ServiceTemplates service_template_set service_template_id service_set;
    /// Lists groups of service templates.
    DescribeServiceTemplateGroups by "service-template-group-id":
        ServiceTemplateGroups service_template_group_set service_template_group_id service_template_id_set;
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

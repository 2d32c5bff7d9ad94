//! Templates of addresses and services, and their groups.

use serde::{Deserialize, Serialize, de::IgnoredAny};
use serde_json::{Value, json};

use crate::{
    tencent::{
        call::{Action, Call},
        errors::Refusal,
        service::Service,
        wire::{Filter, FilterLimits, Int, Page, count, local},
    },
    world::{TemplateKind, TemplateSpec, range_contains},
};

/// What all four listings take.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Listing {
    filters: Option<Vec<Filter>>,
    offset: Option<Int>,
    limit: Option<Int>,
    #[serde(rename = "NeedMemberInfo")]
    _need_member_info: Option<IgnoredAny>,
    #[serde(rename = "OrderField")]
    _order_field: Option<IgnoredAny>,
    #[serde(rename = "OrderDirection")]
    _order_direction: Option<IgnoredAny>,
    #[serde(rename = "MemberOrderField")]
    _member_order_field: Option<IgnoredAny>,
    #[serde(rename = "MemberOrderDirection")]
    _member_order_direction: Option<IgnoredAny>,
}

/// One listing's own words.
struct Words {
    kind: TemplateKind,
    id_filter: &'static str,
    name_filter: &'static str,
    set: &'static str,
}

impl Listing {
    fn serve(
        self,
        call: &Call<'_>,
        words: &Words,
        show: fn(&TemplateSpec, &str) -> Value,
    ) -> Result<Value, Refusal> {
        let page = Page::new(self.offset, self.limit, "InvalidParameterValue.Range")?;
        let filters = self.filters.unwrap_or_default();
        FilterLimits { values: 100, code: "InvalidParameterValue.LimitExceeded" }
            .check(&filters)?;
        let mut found = Vec::new();
        for template in &call.estate.world.templates {
            if template.kind != words.kind || !call.owns(template.account, &template.region) {
                continue;
            }
            let mut kept = true;
            for filter in &filters {
                let among = |text: &str| filter.values.iter().any(|value| value == text);
                kept &= if filter.name == words.id_filter {
                    among(&template.id)
                } else if filter.name == words.name_filter {
                    among(&template.name)
                } else if filter.name == "address-ip" && words.kind == TemplateKind::Addresses {
                    filter.values.iter().filter_map(|value| value.parse().ok()).any(|address| {
                        template.members.iter().any(|member| range_contains(member, address))
                    })
                } else {
                    let message = format!("The filter `{}` is not supported.", filter.name);
                    return Err(Refusal::new("InvalidParameter", message));
                };
            }
            if kept {
                found.push(template);
            }
        }
        let born = local(call.estate.born());
        let shown: Vec<Value> =
            page.of(&found).iter().map(|template| show(template, &born)).collect();
        Ok(json!({ "TotalCount": count(found.len()), words.set: shown }))
    }
}

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct DescribeAddressTemplates(Listing);

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct DescribeAddressTemplateGroups(Listing);

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct DescribeServiceTemplates(Listing);

#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct DescribeServiceTemplateGroups(Listing);

/// A listing's answer; its members are named by the kind of template.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Templates(Value);

impl Action for DescribeAddressTemplates {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeAddressTemplates";
    const RATE: u32 = 50;
    type Answer = Templates;

    fn serve(self, call: &mut Call<'_>) -> Result<Templates, Refusal> {
        let words = Words {
            kind: TemplateKind::Addresses,
            id_filter: "address-template-id",
            name_filter: "address-template-name",
            set: "AddressTemplateSet",
        };
        let show = |template: &TemplateSpec, born: &str| {
            let extra = template
                .members
                .iter()
                .map(|member| json!({ "Address": member, "Description": "" }));
            json!({
                "AddressTemplateId": template.id,
                "AddressTemplateName": template.name,
                "AddressSet": template.members,
                "AddressExtraSet": extra.collect::<Vec<_>>(),
                "CreatedTime": born,
                "UpdatedTime": born,
            })
        };
        self.0.serve(call, &words, show).map(Templates)
    }
}

impl Action for DescribeAddressTemplateGroups {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeAddressTemplateGroups";
    const RATE: u32 = 50;
    type Answer = Templates;

    fn serve(self, call: &mut Call<'_>) -> Result<Templates, Refusal> {
        let words = Words {
            kind: TemplateKind::AddressGroup,
            id_filter: "address-template-group-id",
            name_filter: "address-template-group-name",
            set: "AddressTemplateGroupSet",
        };
        let show = |template: &TemplateSpec, born: &str| {
            json!({
                "AddressTemplateGroupId": template.id,
                "AddressTemplateGroupName": template.name,
                "AddressTemplateIdSet": template.members,
                "CreatedTime": born,
                "UpdatedTime": born,
            })
        };
        self.0.serve(call, &words, show).map(Templates)
    }
}

impl Action for DescribeServiceTemplates {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeServiceTemplates";
    const RATE: u32 = 50;
    type Answer = Templates;

    fn serve(self, call: &mut Call<'_>) -> Result<Templates, Refusal> {
        let words = Words {
            kind: TemplateKind::Services,
            id_filter: "service-template-id",
            name_filter: "service-template-name",
            set: "ServiceTemplateSet",
        };
        let show = |template: &TemplateSpec, born: &str| {
            let extra = template
                .members
                .iter()
                .map(|member| json!({ "Service": member, "Description": "" }));
            json!({
                "ServiceTemplateId": template.id,
                "ServiceTemplateName": template.name,
                "ServiceSet": template.members,
                "ServiceExtraSet": extra.collect::<Vec<_>>(),
                "CreatedTime": born,
                "UpdatedTime": born,
            })
        };
        self.0.serve(call, &words, show).map(Templates)
    }
}

impl Action for DescribeServiceTemplateGroups {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "DescribeServiceTemplateGroups";
    const RATE: u32 = 50;
    type Answer = Templates;

    fn serve(self, call: &mut Call<'_>) -> Result<Templates, Refusal> {
        let words = Words {
            kind: TemplateKind::ServiceGroup,
            id_filter: "service-template-group-id",
            name_filter: "service-template-group-name",
            set: "ServiceTemplateGroupSet",
        };
        let show = |template: &TemplateSpec, born: &str| {
            json!({
                "ServiceTemplateGroupId": template.id,
                "ServiceTemplateGroupName": template.name,
                "ServiceTemplateIdSet": template.members,
                "CreatedTime": born,
                "UpdatedTime": born,
            })
        };
        self.0.serve(call, &words, show).map(Templates)
    }
}

//! What addresses would cost.

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::find::resolve_address;
use super::{
    bind::adjustable,
    lifecycle::{Prepaid, checked_bandwidth},
};
use crate::{
    tencent::{
        call::{Action, Call},
        cvm::hourly,
        errors::Refusal,
        service::Service,
        wire::Int,
    },
    world::TrafficCharge,
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Quote {
    price: Price,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Price {
    address_price: AddressPrice,
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AddressPrice {
    #[serde(skip_serializing_if = "Option::is_none")]
    unit_price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge_unit: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original_price: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    discount_price: Option<f64>,
}

impl Quote {
    fn of(charge: TrafficCharge, mbps: u32, months: i64) -> Result<Self, Refusal> {
        let address_price = match charge {
            // The vendor says HOUR here too, although the unit is the gigabyte.
            TrafficCharge::TrafficPostpaidByHour => AddressPrice {
                unit_price: Some(0.8),
                charge_unit: Some("HOUR"),
                ..AddressPrice::default()
            },
            TrafficCharge::BandwidthPostpaidByHour => AddressPrice {
                unit_price: Some(hourly(mbps)),
                charge_unit: Some("HOUR"),
                ..AddressPrice::default()
            },
            TrafficCharge::BandwidthPrepaid => {
                let months = u32::try_from(months).unwrap_or(1);
                let price = f64::from(mbps) * 20.0 * f64::from(months);
                AddressPrice {
                    original_price: Some(price),
                    discount_price: Some(price),
                    ..AddressPrice::default()
                }
            }
            TrafficCharge::BandwidthPackage | TrafficCharge::BandwidthPostpaidByMonth => {
                return Err(Refusal::new(
                    "InvalidParameterValue",
                    "Addresses with this charge type are not priced here.",
                ));
            }
        };
        Ok(Self { price: Price { address_price } })
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct InquiryPriceAllocateAddresses {
    internet_charge_type: TrafficCharge,
    internet_max_bandwidth_out: Option<Int>,
    address_charge_prepaid: Option<Prepaid>,
    #[serde(rename = "AddressType")]
    _address_type: Option<IgnoredAny>,
    #[serde(rename = "IPChargeType")]
    _ip_charge_type: Option<IgnoredAny>,
}

impl Action for InquiryPriceAllocateAddresses {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "InquiryPriceAllocateAddresses";
    const RATE: u32 = 20;
    type Answer = Quote;

    fn serve(self, _: &mut Call<'_>) -> Result<Quote, Refusal> {
        let mbps = match self.internet_max_bandwidth_out {
            None => 1,
            Some(asked) => checked_bandwidth(asked, self.internet_charge_type)?,
        };
        Quote::of(
            self.internet_charge_type,
            mbps,
            self.address_charge_prepaid.map_or(1, |prepaid| prepaid.period.0),
        )
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(crate) struct InquiryPriceModifyAddressesBandwidth {
    address_ids: Vec<String>,
    internet_max_bandwidth_out: Int,
}

impl Action for InquiryPriceModifyAddressesBandwidth {
    const SERVICE: Service = Service::Vpc;
    const NAME: &'static str = "InquiryPriceModifyAddressesBandwidth";
    const RATE: u32 = 20;
    type Answer = Quote;

    fn serve(self, call: &mut Call<'_>) -> Result<Quote, Refusal> {
        let (_, mbps) = adjustable(call, &self.address_ids, self.internet_max_bandwidth_out)?;
        let charge = match self.address_ids.first() {
            Some(id) => resolve_address(call, id)?.1.charge_type,
            None => TrafficCharge::default(),
        };
        Quote::of(charge, mbps, 1)
    }
}

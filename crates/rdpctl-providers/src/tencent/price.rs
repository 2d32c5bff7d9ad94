//! What the vendor asks for a change, where it quotes a price.

use rdpctl_contract::cloud::CloudOrder;
use rdpctl_model::CloudAction;
use tokio_util::sync::CancellationToken;

use super::api::addresses::{
    DescribeAddresses, InquiryPriceAllocateAddresses, InquiryPriceModifyAddressesBandwidth,
};
use super::api::instances::{
    InquiryPriceResetInstancesInternetMaxBandwidth, ItemPrice, NetworkCharge, WantedBandwidth,
};
use super::client::Client;
use super::error::CallError;

/// What a quoted price is per, where the vendor's own unit misleads.
enum Per {
    /// Traffic: answers say `HOUR` although the unit is a gigabyte.
    Gigabyte,
    /// As the answer says.
    AsSaid,
}

/// The price of an order, in the account's own currency; none where there is nothing to pay, or nothing is quoted.
pub(super) async fn price(
    client: &Client,
    order: &CloudOrder,
    stop: &CancellationToken,
) -> Result<Option<String>, CallError> {
    match quoted(client, order, stop).await {
        // Whatever the vendor has against quoting, the change itself may still be made.
        Err(CallError::Api(error)) => {
            tracing::debug!(%error, "no price quoted");
            Ok(None)
        }
        other => other,
    }
}

async fn quoted(
    client: &Client,
    order: &CloudOrder,
    stop: &CancellationToken,
) -> Result<Option<String>, CallError> {
    match &order.action {
        CloudAction::AllocateAddress { mbps } => {
            let request = InquiryPriceAllocateAddresses {
                internet_charge_type: "TRAFFIC_POSTPAID_BY_HOUR",
                internet_max_bandwidth_out: *mbps,
            };
            let answer = client.call(&request, stop).await?.fields;
            Ok(worded(&answer.price.0.address_price.0, &Per::Gigabyte))
        }
        CloudAction::SetAddressBandwidth { mbps } => {
            let Some(address) = &order.handles.address_id else { return Ok(None) };
            let request = InquiryPriceModifyAddressesBandwidth {
                address_ids: vec![address.as_str().to_owned()],
                internet_max_bandwidth_out: *mbps,
            };
            let listing = DescribeAddresses {
                address_ids: request.address_ids.clone(),
                limit: 1,
                ..DescribeAddresses::default()
            };
            let (answer, listed) =
                tokio::join!(client.call(&request, stop), client.call(&listing, stop));
            let by_traffic = listed?
                .fields
                .address_set
                .iter()
                .any(|address| address.internet_charge_type == NetworkCharge::Traffic);
            let per = if by_traffic { Per::Gigabyte } else { Per::AsSaid };
            Ok(worded(&answer?.fields.price.0.address_price.0, &per))
        }
        CloudAction::SetInstanceBandwidth { mbps } => {
            let request = InquiryPriceResetInstancesInternetMaxBandwidth {
                instance_ids: vec![order.instance.as_str().to_owned()],
                internet_accessible: WantedBandwidth { internet_max_bandwidth_out: *mbps },
            };
            let answer = client.call(&request, stop).await?.fields;
            Ok(worded(&answer.price.0.bandwidth_price.0, &Per::AsSaid))
        }
        CloudAction::Start
        | CloudAction::AssociateAddress
        | CloudAction::TransformAddress
        | CloudAction::OpenDoor { .. }
        | CloudAction::CloseDoor { .. }
        | CloudAction::SnapshotSystemDisk
        | CloudAction::Reboot
        | CloudAction::ReleaseAddress { .. } => Ok(None),
    }
}

/// In words for people. The vendor does not name the currency.
fn worded(price: &ItemPrice, per: &Per) -> Option<String> {
    if let Some(amount) = price.unit_price_discount.or(price.unit_price) {
        let unit = match per {
            Per::Gigabyte => "GB".to_owned(),
            Per::AsSaid => match price.charge_unit.given() {
                Some(unit) if unit.eq_ignore_ascii_case("gb") => "GB".to_owned(),
                Some(unit) => unit.to_lowercase(),
                None => "unit".to_owned(),
            },
        };
        return Some(format!("{amount} per {unit}"));
    }
    price.discount_price.or(price.original_price).map(|amount| format!("{amount} at once"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_worded_by_what_it_is_per() {
        for (json, per, expected) in [
            (r#"{"UnitPrice":0.8,"ChargeUnit":"GB"}"#, Per::AsSaid, Some("0.8 per GB")),
            (r#"{"UnitPrice":0.8,"ChargeUnit":"HOUR"}"#, Per::Gigabyte, Some("0.8 per GB")),
            (
                r#"{"UnitPrice":0.063,"UnitPriceDiscount":0.05,"ChargeUnit":"HOUR"}"#,
                Per::AsSaid,
                Some("0.05 per hour"),
            ),
            (r#"{"OriginalPrice":100,"DiscountPrice":80}"#, Per::AsSaid, Some("80 at once")),
            ("{}", Per::AsSaid, None),
        ] {
            let price: ItemPrice = serde_json::from_str(json).unwrap();
            assert_eq!(worded(&price, &per).as_deref(), expected, "{json}");
        }
    }
}
